"""The 読み合わせ表: each number of the handout with its page (as LibreOffice prints it), its cell and its source."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree
from openpyxl import load_workbook
from test_handout_build import W, control, rewrite, row_of
from test_handout_pages import convert_all, pages_of, printed_number

from jukixl.cli import main
from jukixl.handout.tie_out import TieOut, tie_out
from jukixl.handout.tie_out_book import FIGURES, TABLES, create_tie_out_book
from jukixl.workbook.master import Master


@pytest.fixture(scope="module")
def tied(published_master: Master, handout: bytes) -> TieOut:
    return tie_out(published_master, handout, "資料.docx")


def type_over(root: etree._Element, name: str, column: int, text: str) -> None:
    next(row_of(root, "annex5", name).findall(f"{W}tc")[column].iter(f"{W}t")).text = text


def rows_of(tied: TieOut, title: str) -> dict[str, list[str]]:
    table = next(table for table in tied.tables if table.title == title)
    return {entry.title: entry.shown.split(" ／ ") for entry in table.entries}


def test_the_published_handout_agrees_in_every_line(tied: TieOut):
    assert tied.differing == ()


def test_a_figure_has_its_cell_its_words_and_the_files_it_stands_on(tied: TieOut, published_master: Master):
    """772,405 is print's; what the cell holds is read from the workbook itself."""
    entry = next(entry for entry in tied.figures if entry.title == "基準日までの累計申請枚数")
    sheet, cell = entry.cells.split("!")
    assert entry.shown == "772,405"
    assert published_master.snapshot.sheets[sheet].cells[cell].value == "772,405"
    assert "別紙5" in entry.words
    assert re.fullmatch(r"取込済 ファイル .*甲府市.* ほか26件", entry.sources)


def test_every_row_of_print_is_there_with_its_cells(tied: TieOut):
    """甲府市 and 山梨県 as printed in 別紙5."""
    rows = rows_of(tied, "別紙5 個人番号カード申請状況等")
    assert len(rows) == 28
    assert "179,641" in rows["甲府市"]
    assert "772,405" in next(texts for texts in rows.values() if len(texts) < len(rows["甲府市"]))


def test_pages_are_those_that_libreoffice_prints(tied: TieOut, handout: bytes, tmp_path: Path):
    """Every row and figure is looked for on the page that the table names; a paragraph may end on the next one."""
    printed = pages_of(convert_all({"handout": handout}, tmp_path)["handout"])
    texts = {printed_number(page): page for page in printed}
    found = 0
    for entry in (*tied.figures, *(entry for table in tied.tables for entry in table.entries)):
        if entry.page is None:
            continue
        around = texts[str(entry.page)] + texts.get(str(entry.page + 1), "")
        numbers = re.findall(r"[0-9][0-9,.%]+", entry.shown)
        assert all(number in around for number in numbers), entry
        found += 1
    assert found > 300


def test_only_the_cover_bears_no_number(tied: TieOut):
    without = {entry.title for entry in tied.figures if entry.page is None}
    assert without == {"審議会名", "審議会開催年月", "所管課"}


def test_what_the_document_shows_is_what_is_read(published_master: Master, handout: bytes):
    changed = rewrite(handout, lambda root: type_over(root, "甲府市", 2, "179,614"))
    (entry,) = tie_out(published_master, changed).differing
    assert "179,614" in entry.shown
    assert "179,641" in entry.due


def test_what_has_gone_from_the_document_is_a_line_with_nothing_to_read(
    published_master: Master, handout: bytes
):
    """A row of print and a number of the text: 早川町 is in print, and so is 772,405."""

    def take_out(root: etree._Element) -> None:
        for gone in (row_of(root, "annex5", "早川町"), control(root, "applications")):
            gone.getparent().remove(gone)

    row, figure = sorted(
        tie_out(published_master, rewrite(handout, take_out)).differing, key=lambda entry: len(entry.title)
    )
    assert (row.title, row.page, row.shown) == ("早川町", None, "")
    assert "早川町" in row.due.split(" ／ ")
    assert (figure.title, figure.page, figure.shown, figure.due) == (
        "基準日までの累計申請枚数",
        None,
        "",
        "772,405",
    )


def test_a_figure_used_twice_is_read_twice(published_master: Master, handout: bytes, tied: TieOut):
    def twice(root: etree._Element) -> None:
        sdt = control(root, "applications")
        sdt.addnext(etree.fromstring(etree.tostring(sdt)))

    assert len(tie_out(published_master, rewrite(handout, twice)).figures) == len(tied.figures) + 1


def test_a_personal_number_is_hidden(published_master: Master, handout: bytes):
    changed = rewrite(handout, lambda root: type_over(root, "甲府市", 2, "123456789018"))
    (entry,) = tie_out(published_master, changed).differing
    assert "123456789018" not in entry.shown


def test_a_log_without_entries_is_read_as_it_says(tied: TieOut):
    (log,) = [table for table in tied.tables if "障害状況" in table.title]
    assert [(one.shown, one.due) for one in log.entries] == [("該当なし", "該当なし")]


def test_a_tables_title_that_takes_two_lines_has_room_for_them(tied: TieOut):
    """40 half-width characters in a column of 24."""
    sheet = load_workbook(BytesIO(create_tie_out_book(tied, "資料.docx")))[TABLES]
    (row,) = [cell.row for cell in sheet["C"] if cell.value == "別紙2 県サーバからの本人確認情報の提供状況"]
    assert sheet.row_dimensions[row].height > 20  # points; one line of this sheet takes 10


def test_the_workbook_prints_on_a4_with_two_boxes_a_line(tied: TieOut):
    book = load_workbook(BytesIO(create_tie_out_book(tied, "資料.docx")))
    assert book.sheetnames == [FIGURES, TABLES]
    for sheet in book:
        assert sheet.page_setup.paperSize == 9
        assert sheet.print_title_rows == "$3:$3"
        lines = [row for row in sheet.iter_rows(min_row=4, values_only=True) if row[0]]
        assert all(row[-2:] == ("□", "□") for row in lines)
        assert [int(row[0]) for row in lines] == list(range(1, len(lines) + 1))


def test_a_line_that_differs_is_coloured_and_the_command_ends_with_1(
    published_path: Path, handout: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path, out = tmp_path / "資料.docx", tmp_path / "読み合わせ表.xlsx"
    path.write_bytes(handout)
    assert main(["tieout", str(path), str(published_path), "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["figures"]) > 50
    path.write_bytes(rewrite(handout, lambda root: type_over(root, "甲府市", 2, "179,614")))
    assert main(["tieout", str(path), str(published_path), "--out", str(out)]) == 1
    assert "資料とマスターが違います: 甲府市" in capsys.readouterr().out
    coloured = [
        row[2].value
        for row in load_workbook(out)[TABLES].iter_rows(min_row=4)
        if row[0].fill.fgColor.rgb == "00F8CBAD"
    ]
    assert coloured == ["甲府市"]
