"""数値出典一覧: an appendix that says where every number of the handout comes from, and stays right."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from built import build_handout
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator
from test_handout_build import W, body_of, cells, control, rewrite, text_of, with_cells

from jukixl.cli import main
from jukixl.handout.lint import lint_template
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.release import release_handout
from jukixl.handout.sources import SourceList
from jukixl.handout.template import create_template
from jukixl.handout.verify import verify_handout
from jukixl.report.model import Annex, Report
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import Master, read_master
from jukixl.workbook.names import survey_name
from jukixl.workbook.patch import patch_workbook

TITLE = "数値出典一覧"
NAME, VALUE, CELL, WORDS, TYPED = range(2, 7)
"""Columns of the list behind number and page."""


@pytest.fixture(scope="module")
def listed(report: Report, published_master: Master) -> bytes:
    """The published handout with the appendix."""
    sources = SourceList(published_master, wanted=True)
    return build_handout(report, published_master.results, create_template(report), None, sources)


def list_of(data: bytes) -> list[list[str]]:
    """Its lines, without the header."""
    return [cells(row) for row in control(body_of(data), "sources").iter(f"{W}tr")][1:]


def line_of(data: bytes, name: str) -> list[str]:
    (line,) = [line for line in list_of(data) if line[NAME] == name]
    return line


def test_every_figure_of_the_text_and_every_table_has_a_line(report: Report, listed: bytes):
    lines = list_of(listed)
    assert [line[0] for line in lines] == [str(number) for number in range(1, len(lines) + 1)]
    names = [line[NAME] for line in lines]
    assert len(set(names)) == len(names)
    annexes = [block for block in report.document if isinstance(block, Annex)]
    tables = [f"表「{report.tables_by_id[table].title}」" for annex in annexes for table in annex.tables]
    assert [name for name in names if name.startswith("表「")] == tables
    printed = [
        block for block in report.document if not getattr(block, "choice", None) or block.when
    ]  # as in print
    texts = [text for block in printed for text in block.iter_texts()]
    used = {part.figure for text in texts for part in text.placeholders}
    assert {report.figures_by_id[figure].label for figure in used} <= set(names)


@pytest.mark.parametrize(
    ("name", "value", "typed"),
    [  # as printed in 令和7年10月; 27 municipalities answered
        ("基準日までの累計申請枚数", "772,405", "ほか26件"),
        ("全国サーバからの提供件数", "1,437,750,584", "県が入力、又は取り込んだ値"),
        ("基準日", "令和6年12月31日", "「設定」シートに入力した値"),
        ("表「別紙1 障害状況一覧」", "該当なし", ""),
    ],
)
def test_a_line_says_what_it_is_and_where_it_was_typed(listed: bytes, name: str, value: str, typed: str):
    line = line_of(listed, name)
    assert line[VALUE] == value
    assert typed in line[TYPED]


def test_the_cells_of_the_master_hold_the_values(listed: bytes, published_path: Path):
    """Read by openpyxl: what stands in the cell that a line names."""
    book = openpyxl.load_workbook(published_path, data_only=True)
    figures = [line for line in list_of(listed) if not line[NAME].startswith("表「")]
    assert len(figures) > 20
    for line in figures:
        sheet, _, place = line[CELL].partition("!")
        assert str(book[sheet][place].value).startswith(line[VALUE])


def test_it_is_sound_and_the_same_bytes_each_time(report, published_master, listed, tmp_path):
    path = tmp_path / "資料.docx"
    path.write_bytes(listed)
    audit = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path))
    assert [str(error) for error in audit.errors] == []
    assert lint_template(report, listed) == []
    sources = SourceList(published_master, wanted=True)
    again = build_handout(report, published_master.results, create_template(report), None, sources)
    assert again == listed
    assert build_handout(report, published_master.results, listed, None, sources) == listed


def test_verification_reads_it(report, published_master, listed):
    def verify(change) -> list[str]:
        data = rewrite(listed, change)
        sources = SourceList(published_master)
        found = verify_handout(report, published_master.results, data, None, sources)
        assert found.looks == ()
        return [one.place for one in found.mismatches]

    def typed(root, old: str, new: str) -> None:
        nodes = control(root, "sources").iter(f"{W}t")
        next(node for node in nodes if node.text == old).text = new

    assert verify(lambda _root: None) == []
    assert verify(lambda root: typed(root, "1,437,750,584", "1,437,750,548")) == [
        f"{TITLE}の「全国サーバからの提供件数」・値"
    ]
    assert verify(lambda root: typed(root, "3〜6", "3〜7")) == [
        f"{TITLE}の「表「別紙2 県サーバからの本人確認情報の提供状況」」・頁"
    ]

    def without_last(root) -> None:
        last = list(control(root, "sources").iter(f"{W}tr"))[-1]
        last.getparent().remove(last)

    assert verify(without_last) == [f"{TITLE}の「表「別紙6 各種届出の状況（対象年）」」"]


def test_a_refresh_keeps_it_right_and_a_hand_outside_it_untouched(report, published_path, listed, tmp_path):
    def add_sentence(root) -> None:
        place = control(root, "national_cases").getparent()
        place.addnext(etree.fromstring(f'<w:p xmlns:w="{W[1:-1]}"><w:r><w:t>課長の追記。</w:t></w:r></w:p>'))

    path = tmp_path / "マスター.xlsx"
    path.write_bytes(published_path.read_bytes())
    place = read_master(path).snapshot.locate(survey_name("annex5", "applications", "192015"))
    patch_workbook(path, [Edit(*place, 179_640)])
    master = read_master(path)
    edited = rewrite(listed, add_sentence)
    refreshed = refresh_handout(report, master.results, edited, sources=SourceList(master)).document
    assert line_of(refreshed, "基準日までの累計申請枚数")[VALUE] == "772,404"
    assert "課長の追記。" in text_of(body_of(refreshed))
    found = verify_handout(report, master.results, refreshed, None, SourceList(master))
    assert found.mismatches == ()


def test_words_that_a_hand_typed_around_the_list_stay_outside_of_it(report, published_master, listed):
    """Enter before its note or behind its table makes a paragraph that still lies in its control."""

    def type_around(root: etree._Element) -> None:
        content = control(root, "sources").find(f"{W}sdtContent")
        for place, words in ((0, "次のとおりである。"), (len(content) + 1, "以上、12月現在。")):
            paragraph = etree.Element(f"{W}p")
            content.insert(place, paragraph)
            etree.SubElement(etree.SubElement(paragraph, f"{W}r"), f"{W}t").text = words

    sources = SourceList(published_master)
    typed = rewrite(listed, type_around)
    refreshed = refresh_handout(report, published_master.results, typed, sources=sources).document
    around = control(body_of(refreshed), "sources")
    assert text_of(around.getprevious()) == "次のとおりである。"
    assert text_of(around.getnext()) == "以上、12月現在。"
    assert text_of(around) == text_of(control(body_of(listed), "sources"))
    assert verify_handout(report, published_master.results, refreshed, None, sources).mismatches == ()


def test_a_handout_whose_list_is_wrong_is_not_released(published_master, listed):
    def typed(root) -> None:
        nodes = control(root, "sources").iter(f"{W}t")
        next(node for node in nodes if node.text == "1,437,750,584").text = "1,437,750,548"

    assert release_handout(published_master, listed, "資料.docx").document is not None
    released = release_handout(published_master, rewrite(listed, typed), "資料.docx")
    assert released.document is None
    assert TITLE in " ".join(one.message for one in released.obstacles)


def test_who_deletes_it_does_not_get_it_again(report, published_master, listed):
    def delete(root) -> None:
        gone = control(root, "sources")
        gone.getparent().remove(gone)

    results, sources = published_master.results, SourceList(published_master)
    for data in (
        build_handout(report, results, rewrite(listed, delete), None, sources),
        refresh_handout(report, results, rewrite(listed, delete), sources=sources).document,
    ):
        assert not [one for one in body_of(data).iter(f"{W}tag") if one.get(f"{W}val") == "sources"]


def test_the_sections_before_it_keep_their_pages(handout: bytes, listed: bytes):
    """What was the last section ends as it did; the new one lies across, with the same footer."""
    before = [etree.tostring(one) for one in body_of(handout).iter(f"{W}sectPr")]
    after = list(body_of(listed).iter(f"{W}sectPr"))
    assert [etree.tostring(one) for one in after[:-1]] == before
    assert after[-1].find(f"{W}pgSz").get(f"{W}orient") == "landscape"
    assert [one.attrib.values() for one in after[-1].iter(f"{W}footerReference")] == [
        one.attrib.values() for one in after[-2].iter(f"{W}footerReference")
    ]


def test_build_adds_it_when_asked_and_the_command_to_a_handout_that_is_there(
    master_path: Path, handout: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    built, later = tmp_path / "新.docx", tmp_path / "既.docx"
    later.write_bytes(handout)
    assert main(["build", str(master_path), "--out", str(built), "--sources"]) == 0
    assert main(["sources", str(later), str(master_path)]) == 0
    assert f"数値出典一覧を付けました: {later}" in capsys.readouterr().out
    assert list_of(built.read_bytes()) == list_of(later.read_bytes())
    assert main(["verify", str(later), str(master_path)]) == 0
    assert main(["sources", str(later), str(master_path)]) == 0
    capsys.readouterr()
    assert text_of(body_of(later.read_bytes())).count(TITLE) == 2  # contents and heading


def test_values_that_changed_are_no_reason_to_add_it(report, published_master, handout):
    changed = with_cells(published_master.results, ("annex5", "applications", "192015", 179_640))
    built = build_handout(report, changed, handout, None, SourceList(published_master))
    assert TITLE not in text_of(body_of(built))
