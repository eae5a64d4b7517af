"""The 変更一覧 of a refresh: each change with its page, as LibreOffice prints the handout."""

from __future__ import annotations

import copy
from io import BytesIO
from pathlib import Path

import docx
import pytest
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator
from test_handout_build import W, control, rewrite, row_of, rows_of, with_cells
from test_handout_pages import convert_all, pages_of, printed_number
from test_handout_refresh import write

from jukixl.cli import main
from jukixl.handout.change_list import create_change_list
from jukixl.handout.refresh import refresh_handout
from jukixl.report.computation import Results
from jukixl.report.model import Report
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import read_master
from jukixl.workbook.patch import patch_workbook

KOFU = "192015"
# Rows of 別紙3, which takes several pages, with numbers that stand nowhere else.
NATIONAL = {"r001": 70_000_001, "r030": 70_000_030, "r050": 70_000_050, "r065": 70_000_065}


@pytest.fixture(scope="module")
def changed(published_master) -> Results:
    """One application less in 甲府市, so that the sum of print, 772,405, is 772,404; and four numbers of 別紙3."""
    national = [("annex3", "cases", row, value) for row, value in NATIONAL.items()]
    return with_cells(published_master.results, ("annex5", "applications", KOFU, 179_640), *national)


def by_hand(root: etree._Element) -> None:
    """A row taken out of 別紙3 and two added, so that what stands below isn't where the master has it; a figure typed over."""
    rows = rows_of(root, "annex3")
    for words in ("追加の事務", "もう一つの事務"):
        added = copy.deepcopy(rows[4])
        write(added.findall(f"{W}tc")[1], words)
        rows[4].addnext(added)
    rows[8].getparent().remove(rows[8])
    write(control(root, "prefecture_cases"), "39,672")


def lists_of(report: Report, results: Results, document: bytes) -> tuple[list[list[list[str]]], bytes]:
    """The tables of the list, row by row without their headings, and the handout."""
    refreshed = refresh_handout(report, results, document)
    listed = docx.Document(BytesIO(create_change_list(report, refreshed, "資料.docx")))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in listed.tables]
    return [rows[1:] for rows in tables], refreshed.document


def test_each_change_has_the_page_that_libreoffice_prints_it_on(report, changed, handout, tmp_path: Path):
    (written, kept), document = lists_of(report, changed, rewrite(handout, by_hand))
    pages = pages_of(convert_all({"handout": document}, tmp_path)["handout"])
    texts = {printed_number(page): page for page in pages}
    national = {new: page for page, _, _, new in written if new in [f"{one:,}" for one in NATIONAL.values()]}
    assert len(national) == len(NATIONAL)
    assert len(set(national.values())) >= 3
    assert all(number in texts[page] for number, page in national.items())
    kofu = next(row for row in written if "甲府市・申請件数" in row[1])
    assert "甲府市" in texts[kofu[0]]
    assert "179,640" in texts[kofu[0]]
    for row in (row for row in written if row[3] == "772,404"):
        assert all("772,404" in texts[page] for page in row[0].split("、")), row
    for words in ("追加の事務", "もう一つの事務"):
        (page,) = [row[0] for row in kept if words in row[1]]
        assert words in texts[page]
        assert [row[2:] for row in kept if words in row[1]] == [["文書で追加", ""]]
    (page,) = [row[0] for row in kept if row[2:] == ["39,672", "39,627"]]
    assert "39,672件" in texts[page]


def test_the_list_goes_through_the_handout_page_by_page(report, changed, handout):
    lists, _ = lists_of(report, changed, rewrite(handout, by_hand))
    for rows in lists:
        pages = [int(row[0].partition("〜")[0].partition("、")[0]) for row in rows]
        assert pages == sorted(pages)


def test_what_bears_no_page_number_comes_last(report, published_master, handout):
    """The cover: it prints the council's name."""
    (kept,), _ = lists_of(
        report,
        published_master.results,
        rewrite(handout, lambda root: [write(control(root, "council"), "審議会"), by_hand(root)]),
    )
    assert [row[1] for row in kept if row[0] == "－"] == ["数値「審議会名」"] == [kept[-1][1]]


def test_of_a_figure_in_two_places_the_one_that_a_hand_changed_is_named(
    report, published_master, handout, tmp_path
):
    """A second one is pasted further down; LibreOffice says on which page each stands."""

    def change(root: etree._Element) -> None:
        line = control(root, "applications").getparent()
        line_below = next(one for one in root.iter(f"{W}p") if "自動交付機" in "".join(one.itertext()))
        pasted = copy.deepcopy(line)
        for number, given in enumerate(pasted.iter(f"{W}id"), 1):
            given.set(f"{W}val", str(number))
        line_below.addnext(pasted)
        write(control(root, "applications"), "772,000")

    (kept,), document = lists_of(report, published_master.results, rewrite(handout, change))
    (page,) = [row[0] for row in kept if row[2:] == ["772,000", "772,405"]]
    pages = pages_of(convert_all({"handout": document}, tmp_path)["handout"])
    assert [printed_number(text) for text in pages if "772,000" in text] == [page]


def test_the_list_is_one_that_office_opens_and_the_same_each_time(report, changed, handout, tmp_path):
    refreshed = refresh_handout(report, changed, rewrite(handout, by_hand))
    path = tmp_path / "変更一覧.docx"
    path.write_bytes(create_change_list(report, refreshed, "資料.docx"))
    audit = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path))
    assert [str(error) for error in audit.errors] == []
    assert create_change_list(report, refreshed, "資料.docx") == path.read_bytes()


def test_a_former_list_is_kept(published_path, handout, tmp_path, capsys):
    path, listed = tmp_path / "資料.docx", tmp_path / "資料_変更一覧.docx"
    path.write_bytes(rewrite(handout, by_hand))
    listed.write_bytes(b"with notes of staff")
    assert main(["refresh", str(path), str(published_path), "--list", str(listed)]) == 0
    assert (tmp_path / "資料_変更一覧_旧1.docx").read_bytes() == b"with notes of staff"
    assert f"前の一覧を残しました: {tmp_path / '資料_変更一覧_旧1.docx'}" in capsys.readouterr().out


def test_where_the_list_cannot_be_written_the_refresh_is_told_all_the_same(
    master_path, handout, tmp_path, capsys
):
    path = tmp_path / "資料.docx"
    path.write_bytes(handout)
    place = read_master(master_path).snapshot.locate(f"input.annex5.applications.{KOFU}")
    patch_workbook(master_path, [Edit(*place, 179_640)])
    listed = tmp_path / "ないフォルダー" / "一覧.docx"
    assert main(["refresh", str(path), str(master_path), "--list", str(listed)]) == 1
    said = capsys.readouterr().out
    assert "179,641 → 179,640" in said
    assert f"変更一覧を作成できませんでした: {listed}: 保存先のフォルダーがありません" in said
    assert main(["verify", str(path), str(master_path)]) == 0


def test_a_row_that_a_hand_took_out_has_the_page_it_would_stand_on(
    report, published_master, handout, tmp_path
):
    """早川町 of 別紙5: in print on one page with 甲府市 and its 166,687."""

    def take_out(root: etree._Element) -> None:
        row = row_of(root, "annex5", "早川町")
        row.getparent().remove(row)

    (kept,), document = lists_of(report, published_master.results, rewrite(handout, take_out))
    (page,) = [row[0] for row in kept if "早川町" in row[1]]
    texts = {printed_number(text): text for text in pages_of(convert_all({"it": document}, tmp_path)["it"])}
    assert "166,687" in texts[page]
    assert [row[2:] for row in kept if "早川町" in row[1]] == [["文書で削除", ""]]
