"""Two handouts, two masters: every difference is told, with change and percentage, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import chromium
import docx
import pytest
from conftest import SETTINGS
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator
from test_handout_build import W, rewrite, row_of

from jukixl.cli import main
from jukixl.comparison.differences import Difference, Topic, mark_changes, number_change, pair_texts
from jukixl.comparison.handouts import compare_handouts
from jukixl.comparison.masters import compare_masters
from jukixl.comparison.page import create_comparison_page
from jukixl.handout.build import build_handout
from jukixl.handout.template import create_template
from jukixl.report.computation import Results
from jukixl.report.model import Report
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import Master
from jukixl.workbook.patch import patch_workbook


def cell_of(root: etree._Element, name: str, column: int) -> etree._Element:
    return next(row_of(root, "annex5", name).findall(f"{W}tc")[column].iter(f"{W}t"))


def edited(handout: bytes) -> bytes:
    """A figure of print, an answer of print, a name and a sentence are changed."""

    def change(root: etree._Element) -> None:
        cell_of(root, "甲府市", 2).text = "180,000"
        cell_of(root, "富士吉田市", 1).text = "富士五湖市"
        for text in root.iter(f"{W}t"):
            text.text = (text.text or "").replace("39,627", "41,002")
        parent = row_of(root, "annex5", "都留市")
        parent.getparent().remove(parent)

    return rewrite(handout, change)


def compared(report: Report, old: bytes, new: bytes) -> tuple[Difference, ...]:
    return compare_handouts(report, ("旧.docx", old), ("新.docx", new)).differences


def test_a_handout_is_the_same_as_itself(report, handout):
    assert compared(report, handout, handout) == ()


def test_every_change_of_a_handout_is_told_with_its_place(report, handout):
    """39,627 → 41,002 is 1,375 and 3.46…% more; 179,641 → 180,000 is 359 and 0.19…%."""
    found = compared(report, handout, edited(handout))
    numbers = {(one.old, one.new, one.change, one.percent) for one in found if one.topic is Topic.NUMBER}
    assert numbers == {("39,627", "41,002", "1,375", "3.5%"), ("179,641", "180,000", "359", "0.2%")}
    assert [(one.old, one.new) for one in found if one.topic is Topic.TEXT] == [("富士吉田市", "富士五湖市")]
    assert any("甲府市" in one.place and "別紙5" in one.place for one in found)
    (gone,) = [one for one in found if one.topic is Topic.ROW]
    assert "都留市" in gone.old
    assert gone.new == ""
    (sentence,) = [one for one in found if one.topic is Topic.SENTENCE]
    assert ("39,627" in sentence.old, "41,002" in sentence.new) == (True, True)


@pytest.mark.parametrize(
    ("old", "new", "change", "percent"),
    [
        (0, 5, "5", "－"),
        (5, 0, "△5", "△100.0%"),
        (3, 4, "1", "33.3%"),
        (800, 801, "1", "0.1%"),
        (None, 7, "－", "－"),
    ],
)
def test_a_change_is_exact_and_rounded_half_up_once(old, new, change, percent):
    one = number_change("", ("", old), ("", new))
    assert (one.change, one.percent) == (change, percent)


def test_only_the_words_that_differ_are_marked():
    old, new = mark_changes("侵入はなかった。", "侵入は2件あった。")
    assert "".join(text for text, _ in old) == "侵入はなかった。"
    assert new[0] == ("侵入は", False)
    assert new[-1] == ("った。", False)


def test_sentences_are_paired_by_their_words():
    pairs = list(
        pair_texts(["前文", "件数は5件", "後文です"], ["件数は7件", "新しい一文を加える", "後文です"])
    )
    assert pairs == [
        ("前文", None),
        ("件数は5件", "件数は7件"),
        (None, "新しい一文を加える"),
        ("後文です", "後文です"),
    ]


def test_handouts_of_two_years_have_all_their_columns_paired(report, published_master, handout):
    """Headings bear the year: they are told as changed, not as columns gone and added."""
    inputs = published_master.results.inputs
    settings = SETTINGS | {"target_year": 2025, "fiscal_year": 2025}
    results = Results(report, type(inputs)(settings, inputs.cells))
    found = compared(report, handout, build_handout(report, results, create_template(report)))
    columns = [one for one in found if one.topic is Topic.COLUMN]
    assert all(one.old and one.new for one in columns)
    assert not [one for one in found if one.topic is Topic.NUMBER and "甲府市" in one.place]
    assert any("令和7年" in one.new for one in found)


def test_a_changed_cell_of_a_master_is_told_with_its_cell(
    published_path: Path, published_master: Master, master_path: Path
):
    area = published_master.snapshot.names["annex3.cases.r001"]
    before = published_master.snapshot.sheets[area.sheet].cells[area.first].value
    patch_workbook(master_path, [Edit(area.sheet, area.first, int(str(before)) + 10, "")], recalculate=False)
    found = compare_masters(published_path, master_path).differences
    (cell,) = [one for one in found if one.cells == f"{area.sheet}!{area.first}"]
    assert (cell.change, cell.topic) == ("10", Topic.NUMBER)
    assert {one.change for one in found} == {"10"}
    assert any(one.place.startswith("数値「") for one in found)


def test_the_command_writes_both_forms_and_passes_offices_schema_checks(
    handout, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("旧.docx").write_bytes(handout)
    Path("新.docx").write_bytes(edited(handout))
    options = ["--out", "対照.docx", "--html", "対照.html"]
    assert main(["compare", "旧.docx", "新.docx", *options, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {one["topic"] for one in data["differences"]} >= {"数値", "文章"}
    audit = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate("対照.docx")
    assert [str(error) for error in audit.errors] == []
    document = docx.Document("対照.docx")
    marked = [
        run.text
        for table in document.tables
        for row in table.rows
        for cell in row.cells
        for paragraph in cell.paragraphs
        for run in paragraph.runs
        if run.underline
    ]
    assert {"41,002", "39,627"} <= set(marked)
    assert document.core_properties.author == ""
    again = [
        sys.executable,
        "-m",
        "jukixl",
        "compare",
        "旧.docx",
        "新.docx",
        "--out",
        "二.docx",
        "--html",
        "二.html",
    ]
    assert subprocess.run(again, check=False, capture_output=True).returncode == 0
    for one, other in (("対照.docx", "二.docx"), ("対照.html", "二.html")):
        assert Path(one).read_bytes() == Path(other).read_bytes()


def test_the_page_sorts_numbers_by_their_size(report, handout):
    page = create_comparison_page(
        compare_handouts(report, ("旧.docx", handout), ("新.docx", edited(handout)))
    )
    script = """
      const table = document.querySelector("table.list");
      await press(table.tHead.rows[0].cells[4]);
      return Array.from(table.tBodies[0].rows).map(row => row.cells[4].textContent);
    """
    assert chromium.ask(page, script) == ["359", "1,375", "1,375"]


def test_files_that_can_not_be_compared_are_refused_with_what_to_do(
    handout, published_path, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("資料.docx").write_bytes(handout)
    Path("壊れ.docx").write_bytes(handout[:2000])
    for pair, words in (
        (("資料.docx", str(published_path)), "マスターどうし"),
        (("資料.docx", "壊れ.docx"), "壊れている"),
        (("ない.docx", "資料.docx"), "ない.docx"),
    ):
        assert main(["compare", *pair]) == 2
        assert words in capsys.readouterr().err


def test_refresh_lists_its_changes_as_a_word_page(published_path, handout, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("資料.docx").write_bytes(
        rewrite(handout, lambda root: setattr(cell_of(root, "甲府市", 2), "text", "180,000"))
    )
    assert main(["refresh", "資料.docx", str(published_path), "--list", "変更.docx"]) == 0
    audit = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate("変更.docx")
    assert [str(error) for error in audit.errors] == []
    rows = [
        [cell.text for cell in row.cells] for table in docx.Document("変更.docx").tables for row in table.rows
    ]
    assert any("甲府市" in row[0] and row[1:] == ["180,000", "179,641"] for row in rows)
