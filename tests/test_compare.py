"""Two handouts, two masters: every difference is told, with change and percentage, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path

import chromium
import docx
import pytest
from built import build_handout
from conftest import SETTINGS
from lxml import etree
from msgspec.structs import replace
from openxml_audit import FileFormat, OpenXmlValidator
from test_handout_build import W, rewrite, row_of
from test_handout_edits import EDITS
from test_handout_edits import Edit as ByHand
from test_handout_edits import edited as edit_of
from test_handout_tampering import iter_changes, texts_of

from jukixl.cli import main
from jukixl.comparison.differences import Comparison, Difference, Spot, Topic, Value, iter_change
from jukixl.comparison.handouts import compare_handouts, read_handout
from jukixl.comparison.masters import compare_masters
from jukixl.comparison.page import create_comparison_page
from jukixl.comparison.printed_tables import PrintedTable, sides_of
from jukixl.comparison.wording import mark_changes, pair_texts
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.template import create_template
from jukixl.report.computation import Inputs, Results
from jukixl.report.model import Report
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import Master, read_master
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


def comparison_of(report: Report, old: bytes, new: bytes) -> Comparison:
    files = [(name, read_handout(report, name, data)) for name, data in (("旧.docx", old), ("新.docx", new))]
    return compare_handouts(report, files[0], files[1])


def compared(report: Report, old: bytes, new: bytes) -> tuple[Difference, ...]:
    return comparison_of(report, old, new).differences


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


def test_a_table_that_the_definition_no_longer_has_is_compared_as_it_stands(report, handout):
    """An annex of an earlier year: its first column of words names the rows, 合計 of print is 772,405."""

    def change(root: etree._Element) -> None:
        cell_of(root, "甲府市", 2).text = "180,000"
        cell_of(root, "合計", 1).text = "772,764"

    fewer = replace(report, tables=tuple(table for table in report.tables if table.id != "annex5"))
    found = compared(fewer, handout, rewrite(handout, change))
    told = {(one.row, one.old, one.new, one.change) for one in found}
    assert told == {("甲府市", "179,641", "180,000", "359"), ("合計", "772,405", "772,764", "359")}


UNSEEN = ("HandoutHidden", "TableNoteHidden", "TOC1", "TOC2")


def is_seen(text: etree._Element) -> bool:
    """Neither in a sentence that isn't shown, nor in the contents, whose lines are those of the headings."""
    return not set(UNSEEN).intersection(
        text.xpath("ancestor::w:p/w:pPr/w:pStyle/@w:val", namespaces={"w": W[1:-1]})
    )


def test_every_single_change_that_readers_see_is_told(report, handout):
    """One digit or character of any text, also of total rows' labels and of headings on a table's second page."""
    tried = 0
    for at, text in list(iter_changes(handout))[::7]:
        seen: list[bool] = []

        def change(root: etree._Element, at: int = at, text: str = text, seen: list[bool] = seen) -> None:
            seen.append(is_seen(texts_of(root)[at]))
            texts_of(root)[at].text = text

        found = compared(report, handout, rewrite(handout, change))
        assert bool(found) or not seen[0], text
        tried += seen[0]
    assert tried > 25


@pytest.mark.parametrize(("at", "typed"), [(-1, "総数"), (0, "市町村")])
def test_labels_of_totals_and_headings_of_further_pages_are_read(report, handout, at: int, typed: str):
    """別紙3 goes over several pages; its total is called 計 in print."""

    def change(root: etree._Element) -> None:
        tables = list(next(row_of(root, "annex3", "計").iterancestors(f"{W}sdt")).iter(f"{W}tbl"))
        assert len(tables) > 1
        next(tables[-1].findall(f"{W}tr")[at].iter(f"{W}t")).text = typed

    (one,) = compared(report, handout, rewrite(handout, change))
    assert one.new.endswith(typed)


def test_a_reworded_row_is_told_as_one(report, handout):
    """財務省 is the provider of two rows of print."""

    def change(root: etree._Element) -> None:
        for text in row_of(root, "annex3", "財務省").iter(f"{W}t"):
            text.text = (text.text or "").replace("財務省", "財務省等")

    found = compared(report, handout, rewrite(handout, change))
    assert {(one.topic, one.old, one.new) for one in found} == {(Topic.TEXT, "財務省", "財務省等")}


def test_rows_in_another_order_are_told_as_such(report, handout):
    def move(root: etree._Element) -> None:
        row_of(root, "annex5", "甲府市").addprevious(row_of(root, "annex5", "都留市"))

    (moved,) = compared(report, handout, rewrite(handout, move))
    assert (moved.topic, moved.row) == (Topic.ROW, "順序")
    assert (moved.old, moved.new) == ("甲府市、富士吉田市、都留市", "都留市、甲府市、富士吉田市")


def test_a_pasted_copy_of_a_table_is_compared_with_its_own(report, handout):
    def paste(root: etree._Element) -> None:
        control = next(row_of(root, "annex5", "甲府市").iterancestors(f"{W}sdt"))
        control.addnext(deepcopy(control))

    def change(root: etree._Element) -> None:
        cell_of(root, "甲府市", 2).text = "180,000"  # of the first
        paste(root)
        cell_of(root, "都留市", 2).text = "30,000"  # of the first alone

    both = rewrite(handout, paste), rewrite(handout, change)
    told = {
        (one.group.removeprefix("別紙5 個人番号カード申請状況等"), one.row, one.new)
        for one in compared(report, *both)
    }
    assert told == {("", "甲府市", "180,000"), ("", "都留市", "30,000"), ("（2番目）", "甲府市", "180,000")}
    (added,) = compared(report, handout, both[0])
    assert (added.topic, added.row, added.old) == (Topic.COLUMN, "表", "")


def test_a_table_whose_header_somebody_took_out_is_compared_all_the_same(report, handout):
    def behead(root: etree._Element) -> None:
        table = row_of(root, "annex5", "甲府市").getparent()
        for row in [row for row in table if row.find(f"{W}trPr/{W}tblHeader") is not None]:
            table.remove(row)

    def change(root: etree._Element) -> None:
        cell_of(root, "甲府市", 2).text = "180,000"
        behead(root)

    found = compared(report, rewrite(handout, behead), rewrite(handout, change))
    assert [(one.row, one.column, one.old, one.new) for one in found] == [
        ("甲府市", "3列目", "179,641", "180,000")
    ]


def test_sentences_stand_below_all_their_headings(report, handout):
    def change(root: etree._Element) -> None:
        for text in root.iter(f"{W}t"):
            text.text = (text.text or "").replace("39,627", "41,002").replace("772,405", "772,406")

    found = compared(report, handout, rewrite(handout, change))
    assert [one.group for one in found if one.topic is Topic.SENTENCE] == [
        "第1　稼働状況について ＞ 1　運用管理の状況 ＞ (4)　本人確認情報の提供状況",
        "第2　住民基本台帳ネットワークに関する市町村窓口の状況について ＞ 1　個人番号カードの交付申請状況等",
    ]


def test_rows_that_stay_the_same_are_counted(report, handout):
    """27 municipalities and 合計."""
    changed = rewrite(handout, lambda root: setattr(cell_of(root, "甲府市", 2), "text", "180,000"))
    comparison = comparison_of(report, handout, changed)
    (table,) = [one for one in comparison.tables if one.title == "別紙5 個人番号カード申請状況等"]
    assert table.unchanged == 27


def printed(*titles: str) -> PrintedTable:
    """One row with the number 1 in the first column after the name, 2 in the next."""
    row = ("甲府市", *(str(number) for number in range(1, len(titles) + 1)))
    return PrintedTable("別紙5", ["市町村名", *titles], [row], None)


@pytest.fixture(scope="module")
def changed(published_master: Master) -> Results:
    """One application less in 甲府市."""
    inputs = published_master.results.inputs
    cells = {**inputs.cells, ("annex5", "applications", "192015"): 179_640}
    return Results(published_master.report, Inputs(inputs.settings, cells))


LOOKS = (
    "number in pieces after a spelling check",
    "number in bold",
    "first digits of the number in red and larger",
    "language of the number",
    "revision ids on every run",
    "bookmark within the control",
    "control unlocked, renamed, coloured and with a frame of Word 2013",
    "control with a number of Word's own, below 0",
    "bookmark around the control",
    "comment on the number",
    "look of words changed with changes tracked",
    "smart tag around the words",
    "smart tag around the control",
    "hyperlink around the control",
    "picture beside the number",
    "look of a paragraph changed with changes tracked",
    "style of a paragraph changed",
    "picture-sized gap",
    "page break",
    "row shaded and higher, its cells in bold",
    "total row shaded",
    "columns of other widths",
    "number of a cell in pieces, the first in red",
    "bookmark in a cell",
    "line break in a name",
)
"""Kinds of edit that leave every word and number as it was."""


def by_name(names: Iterable[str]) -> list[ByHand]:
    edits = {edit.what: edit for edit in EDITS}
    return [edits[name] for name in names]


@pytest.mark.parametrize("edit", by_name(LOOKS), ids=lambda edit: edit.what)
def test_what_only_looks_different_is_the_same(report, handout, edit: ByHand):
    assert compared(report, handout, edit_of(handout, edit)) == ()


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.what)
def test_what_a_refresh_changed_is_told_whatever_staff_did_to_the_document(
    report, handout, changed, edit: ByHand
):
    """One application less: its cell, the total and the sentence; each number once, however often it stands in the text."""
    before = edit_of(handout, edit)
    found = compared(report, before, refresh_handout(report, changed, before).document)
    assert {(one.old, one.new) for one in found if one.topic is Topic.NUMBER} == set(edit.changes)
    assert {one.topic for one in found} <= {Topic.NUMBER, Topic.SENTENCE}
    assert {one.change for one in found if one.topic is Topic.NUMBER} == {"△1"}


def test_words_of_headers_and_footers_stand_below_a_heading_of_their_own(report, handout):
    (edit,) = by_name(["footer reworded"])
    (one,) = compared(report, handout, edit_of(handout, edit))
    assert (one.group, one.old, one.new) == ("欄外・注", "－ 1 －", "資料1　－ 1 －")


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        # Another heading for the same, another thing in its place, another order, another year, one column less.
        (["交付枚数"], ["交付枚数（累計）"], {("1", "1")}),
        (["住基カード"], ["返納件数"], set()),
        (["令和5年交付件数", "交付前件数"], ["交付前件数", "令和6年交付件数"], {("2", "1"), ("1", "2")}),
        (["平成30年末"], ["令和元年末"], {("1", "1")}),
        (["12月", "12月"], ["12月"], {("1", "1")}),
        (["令和5年末", "令和6年末"], ["令和6年末", "令和7年末"], {("1", "1"), ("2", "2")}),
        (["11月", "12月"], ["10月", "11月", "12月"], {("1", "2"), ("2", "3")}),
        (
            ["令和5年11月", "令和5年12月"],
            ["令和6年10月", "令和6年11月", "令和6年12月"],
            {("1", "2"), ("2", "3")},
        ),
        (["R6.1.1時点", "R6.8.31時点"], ["R7.8.31時点"], {("2", "1")}),
    ],
)
def test_columns_are_paired_by_what_their_headings_say(
    old: list[str], new: list[str], pairs: set[tuple[str, str]]
):
    sides = sides_of(None, printed(*old), printed(*new))
    places = [{column.key: at for at, column in enumerate(side.columns)} for side in sides]
    found = {
        (sides[0].rows[0].values[places[0][key]].text, sides[1].rows[0].values[at].text)
        for key, at in places[1].items()
        if key in places[0]
    }
    assert found == {("甲府市", "甲府市"), *pairs}


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
    values = (Value(str(one), one, one) for one in (old, new))
    (one,) = iter_change(Spot(""), *values, is_number=True)
    assert (one.change, one.percent) == (change, percent)


def test_only_the_words_that_differ_are_marked():
    old, new = mark_changes("侵入はなかった。", "侵入は2件あった。")
    assert "".join(text for text, _ in old) == "侵入はなかった。"
    assert new[0] == ("侵入は", False)
    assert new[-1] == ("った。", False)


def test_sentences_are_paired_by_their_words():
    pairs = pair_texts(["前文", "件数は5件", "後文です"], ["件数は7件", "新しい一文を加える", "後文です"])
    assert list(pairs) == [(0, None), (1, 0), (None, 1), (2, 2)]


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
    found = compare_masters(
        ("旧.xlsx", read_master(published_path)), ("新.xlsx", read_master(master_path))
    ).differences
    (cell,) = [one for one in found if one.cells == f"{area.sheet}!{area.first}"]
    assert (cell.change, cell.topic) == ("10", Topic.NUMBER)
    assert {one.change for one in found} == {"10"}
    assert any(one.group == "文中の数値・日付等" for one in found)


def test_the_page_sorts_numbers_by_their_size(report, handout):
    def change(root: etree._Element) -> None:
        for name, text in (("甲府市", "180,000"), ("山梨市", "2"), ("大月市", "30,000")):
            cell_of(root, name, 2).text = text

    page = create_comparison_page(comparison_of(report, handout, rewrite(handout, change)))
    script = """
      const table = document.querySelector("table.list"), cells = table.tHead.rows[1].cells;
      const column = Array.from(cells).findIndex(cell => cell.textContent == "増減");
      await press(cells[column]);
      return Array.from(table.tBodies[0].rows).map(row => row.cells[column].textContent);
    """
    # 申請件数 of print: 山梨市 31,848, 甲府市 179,641, 大月市 21,383
    assert chromium.ask(page, script) == ["△31,846", "359", "8,617"]


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
    assert any("甲府市" in row[1] and row[2:] == ["180,000", "179,641"] for row in rows)
