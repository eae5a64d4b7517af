"""指摘一覧: the findings to work off, and every formula with Excel's value, Python's, and the verdict."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from jukixl.cli import main

FIRST_ROW = 4


def listing_of(master: Path) -> Workbook:
    out = master.with_name("指摘一覧.xlsx")
    assert main(["findings", str(master), "--out", str(out)]) == 0
    return load_workbook(out)


@pytest.fixture(scope="module")
def listed(published_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    return listing_of(Path(shutil.copy(published_path, tmp_path_factory.mktemp("listing") / "マスター.xlsx")))


def rows_of(sheet: Worksheet) -> list[tuple[object, ...]]:
    return list(sheet.iter_rows(min_row=FIRST_ROW, values_only=True))


def test_every_formula_of_the_workbook_is_there_as_it_stands_there(listed: Workbook, published_path: Path):
    """The workbook's own formulas, read by openpyxl."""
    master = load_workbook(published_path)
    formulas = {
        (sheet.title, cell.coordinate): cell.value
        for sheet in master
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }
    rows = rows_of(listed["数式の検算"])
    assert {(row[0], row[1]): row[3] for row in rows} == formulas
    assert {row[7] for row in rows} == {"〇"}
    assert all(row[4] == row[5] for row in rows)
    undeclared = {row[0] for row in rows if row[6] != row[5]}
    assert undeclared == {"提出状況", "検算"}, (
        "only the board and the line on top of 検算 aren't the report's"
    )


def test_a_printed_total_is_told_three_times(listed: Workbook):
    """772,405 applications in print."""
    (row,) = [row for row in rows_of(listed["数式の検算"]) if row[0] == "別紙5" and row[1] == "C32"]
    assert row[4:7] == ("772,405",) * 3


def test_every_line_leads_to_its_cell_in_the_master(listed: Workbook):
    for name, column in (("指摘一覧", 3), ("数式の検算", 2)):
        for row in listed[name].iter_rows(min_row=FIRST_ROW):
            sheet, cell = row[column - 2].value, row[column - 1]
            if cell.value:
                assert cell.hyperlink.target == "マスター.xlsx"
                assert cell.hyperlink.location == f"'{sheet}'!{cell.value}"


def test_formulas_are_told_and_not_computed_again(listed: Workbook):
    assert not any(cell.data_type == "f" for sheet in listed for row in sheet.iter_rows() for cell in row)


def test_a_number_typed_over_a_formula_is_coloured_and_has_the_formula_that_belongs_there(master_path: Path):
    book = load_workbook(master_path)
    book["別紙5"]["C32"] = 772_504
    book.save(master_path)
    sheet = listing_of(master_path)["数式の検算"]
    wrong = [row for row in sheet.iter_rows(min_row=FIRST_ROW) if row[7].value == "×"]
    (row,) = [row for row in wrong if row[1].value == "C32" and row[0].value == "別紙5"]
    assert row[3].value.startswith("（数式なし）\n正: =")
    assert "SUM(C5:C31)" in row[3].value
    assert (row[4].value, row[6].value) == ("772,504", "772,405")
    assert row[0].fill.fgColor.rgb == row[7].fill.fgColor.rgb == "00F8CBAD"
