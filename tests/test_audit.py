"""The audit of workbooks that nobody declared: slips are found, ordinary workbooks aren't accused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from office import convert
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from jukixl.check.audit import audit_workbook
from jukixl.check.patterns import relative_form
from jukixl.cli import main
from jukixl.findings import Severity
from jukixl.workbook.package import read_package, write_atomic
from jukixl.workbook.recalculate import fill_caches

FIRST, LAST, TOTAL = 4, 30, 31


def monthly(sheet: Worksheet) -> None:
    """27 bodies with two counts, their sum and a rate, and a total row."""
    sheet.append(["調べ"])
    sheet.append([])
    sheet.append(["市町村", "上期", "下期", "計", "率"])
    for row in range(FIRST, LAST + 1):
        sheet.append([f"団体{row}", row * 10, row * 7 + 3, f"=B{row}+C{row}", f"=ROUND(C{row}/D{row},3)"])
    sheet.append(["合計", *(f"=SUM({c}{FIRST}:{c}{LAST})" for c in "BCD"), f"=ROUND(C{TOTAL}/D{TOTAL},3)"])


def save(book: Workbook, path: Path) -> Path:
    """Saved with its cached values, as Excel leaves a workbook."""
    book.save(path)
    write_atomic(path, fill_caches(read_package(path)).to_bytes())
    return path


def spoiled(tmp_path: Path, spoil: Callable[[Worksheet], None]) -> set[tuple[str, str | None]]:
    book = Workbook()
    monthly(book.active)
    spoil(book.active)
    outcome = audit_workbook(save(book, tmp_path / "集計.xlsx"))
    return {(finding.code, finding.cell) for finding in outcome.findings}


def put(cell: str, content: object) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        sheet[cell] = content

    return change


def test_a_filled_column_has_one_relative_form():
    assert relative_form("B5+C5", "D5") == relative_form("B9+C9", "D9") != relative_form("B9+C8", "D9")
    assert relative_form("SUM($B$4:B9)", "B9") == relative_form("SUM($B$4:B8)", "B8")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (put("D10", 153), ("overwritten", "D10")),
        (put("D10", "=B10+C11"), ("pattern", "D10")),
        (put("E20", "=ROUND(C20/B20,3)"), ("pattern", "E20")),
        (put("B31", "=SUM(B4:B29)"), ("range", "B31")),
        (put("B12", "120"), ("text_number", "B12")),
        (put("B12", "１２０件"), ("text_number", "B12")),
        (put("B31", "=SUM(B4:B30)+SUM(B4:B30)*0+TODAY()*0"), ("volatile", "B31")),
        (put("D12", "=B12/0"), ("error_value", "D12")),
        (put("D31", "=[1]前年!D31"), ("external", "D31")),
    ],
)
def test_a_slip_is_found_at_its_cell(tmp_path, change, found):
    assert found in spoiled(tmp_path, change)


def test_a_sum_over_its_own_subtotals_is_found(tmp_path):
    def subtotal(sheet: Worksheet) -> None:
        sheet["B15"] = "=SUM(B4:B14)"

    assert ("double_counting", "B31") in spoiled(tmp_path, subtotal)


def test_a_workbook_without_a_slip_has_no_finding(tmp_path):
    assert spoiled(tmp_path, put("A1", "調べ")) == set()


def test_a_stale_value_is_found(tmp_path):
    book = Workbook()
    monthly(book.active)
    path = save(book, tmp_path / "集計.xlsx")
    package = read_package(path)
    part = "xl/worksheets/sheet1.xml"
    xml = package[part].replace(b"<v>71</v>", b"<v>72</v>", 1)
    assert xml != package[part]
    write_atomic(path, package.with_parts({part: xml}).to_bytes())
    assert "stale" in {finding.code for finding in audit_workbook(path).findings}


def with_formula(path: Path, xml: bytes) -> set[tuple[str, str | None]]:
    """What is found where G4 is a formula cell as another program saved it: its type, `>`, formula and value."""
    book = Workbook()
    monthly(book.active)
    book.active["G4"] = "=1+1"
    package = read_package(save(book, path))
    part = "xl/worksheets/sheet1.xml"
    changed, count = re.subn(rb'(<c r="G4")[^>]*>.*?</c>', rb"\1%b</c>" % xml, package[part])
    assert count == 1
    write_atomic(path, package.with_parts({part: changed}).to_bytes())
    return {(finding.code, finding.cell) for finding in audit_workbook(path).findings}


@pytest.mark.parametrize("formula", ["RAND()*10", "TODAY()-40000", "NOW()", "RANDBETWEEN(1,9)"])
def test_a_value_that_is_another_one_every_time_is_not_called_stale(tmp_path, formula):
    found = with_formula(tmp_path / "集計.xlsx", b"><f>%b</f><v>0.335634</v>" % formula.encode())
    assert ("volatile", "G4") in found
    assert ("stale", "G4") not in found


def test_row_numbers_of_a_range_are_left_to_excel(tmp_path):
    """4 × 40 + 5 × 50 + 6 × 60 is 770; the engine says 600."""
    xml = b"><f>SUMPRODUCT(B4:B6,ROW(B4:B6))</f><v>770</v>"
    assert with_formula(tmp_path / "集計.xlsx", xml) == {("not_recomputed", "G4")}
    single = b"><f>B4*ROW(B4)+ROWS(B4:B6)</f><v>163</v>"
    assert with_formula(tmp_path / "集計2.xlsx", single) == set()


def test_an_error_value_that_google_sheets_writes_as_text_is_one(tmp_path):
    found = with_formula(tmp_path / "集計.xlsx", b' t="str"><f>1/0</f><v>#DIV/0!</v>')
    assert found == {("error_value", "G4")}


DYNAMIC = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<metadata xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:xda="http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray"><metadataTypes count="1">
<metadataType name="XLDAPR" minSupportedVersion="120000" copy="1" pasteAll="1" pasteValues="1" merge="1" splitFirst="1"
 rowColShift="1" clearFormats="1" clearComments="1" assign="1" coerce="1" cellMeta="1"/></metadataTypes>
<futureMetadata name="XLDAPR" count="1"><bk><extLst><ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}">
<xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/></ext></extLst></bk></futureMetadata>
<cellMetadata count="1"><bk><rc t="1" v="0"/></bk></cellMetadata></metadata>"""
"""What Excel 365 writes beside formulas whose results spill: `cm="1"` in a cell refers to it."""


def with_spilled(path: Path, formula: str, below: str = "") -> set[tuple[str, str | None]]:
    """What is found where G4 spills twice column B over G4:G30, as Excel leaves it; G32 has the formula `below`."""
    book = Workbook()
    monthly(book.active)
    for row in range(FIRST, LAST + 1):
        book.active[f"G{row}"] = row
    book.active["G32"] = f"={below or '1+1'}"
    package = read_package(save(book, path))
    part = "xl/worksheets/sheet1.xml"
    xml = package[part]
    for row in range(FIRST, LAST + 1):
        array = f'<f t="array" ref="G{FIRST}:G{LAST}">{formula}</f>' if row == FIRST else ""
        mark = ' cm="1"' if row == FIRST else ""
        cell = f'<c r="G{row}"{mark}>{array}<v>{row * 20}</v></c>'.encode()
        xml, count = re.subn(rb'<c r="G%d"[^>]*>.*?</c>' % row, lambda _, cell=cell: cell, xml)
        assert count == 1
    if below:
        total = sum(row * 20 for row in range(FIRST, LAST + 1))
        cell = f'<c r="G32"><f>{below}</f><v>{total}</v></c>'.encode()
        xml, count = re.subn(rb'<c r="G32"[^>]*>.*?</c>', lambda _: cell, xml)
        assert count == 1
    changed = package.with_parts({part: xml, "xl/metadata.xml": DYNAMIC})
    write_atomic(path, changed.to_bytes())
    return {(finding.code, finding.cell) for finding in audit_workbook(path).findings}


@pytest.mark.parametrize(
    "formula", ["B4:B30*2", "_xlfn._xlws.SORT(B4:B30*2)", "_xlfn._xlws.FILTER(B4:B30*2,B4:B30&gt;0)"]
)
def test_a_formula_whose_result_spills_is_left_to_excel_and_its_cells_are_no_slips(tmp_path, formula):
    """Told as not computed, once; the numbers that it fills are neither typed among formulas nor stale."""
    assert with_spilled(tmp_path / "集計.xlsx", formula) == {("not_recomputed", "G4")}


@pytest.mark.parametrize("below", ["SUM(G4:G30)", "SUM(_xlfn.ANCHORARRAY(G4))"])
def test_what_adds_up_a_spilled_result_is_no_error(tmp_path, below):
    found = with_spilled(tmp_path / "集計.xlsx", "B4:B30*2", below)
    assert {code for code, _ in found} == {"not_recomputed"}


def test_an_array_formula_of_one_cell_is_computed(tmp_path):
    total = sum(row * 10 * (row * 7 + 3) for row in range(FIRST, LAST + 1))
    array = f' cm="1"><f t="array" ref="G4">SUM(B4:B30*C4:C30)</f><v>{total}</v>'
    assert with_formula(tmp_path / "集計.xlsx", array.encode()) == set()
    wrong = array.replace(str(total), str(total + 1))
    assert with_formula(tmp_path / "集計2.xlsx", wrong.encode()) == {("stale", "G4")}


def _years(book: Workbook) -> None:
    sheet = book.active
    sheet.append(["年度", 2021, 2022, 2023, 2024])
    for row in range(2, 8):
        sheet.append([f"事業{row}", *(row * year for year in range(1, 5))])
    sheet.append(["計", *(f"=SUM({c}2:{c}7)" for c in "BCDE")])
    sheet.append(["前年比", None, *(f"={c}8/{p}8" for p, c in zip("BCD", "CDE", strict=True))])


def _subtotals(book: Workbook) -> None:
    sheet = book.active
    for block in range(3):
        top = block * 5 + 1
        for row in range(top, top + 4):
            sheet.append([f"項目{row}", row * 3])
        sheet.append(["小計", f"=SUM(B{top}:B{top + 3})"])
    sheet.append(["総計", "=B5+B10+B15"])


def _dates(book: Workbook) -> None:
    sheet = book.active
    for day in range(1, 10):
        sheet.append([date(2024, 4, day), f'=TEXT(A{day},"yyyy/mm/dd")', f"=A{day}+1"])


def _lookup(book: Workbook) -> None:
    sheet, master = book.active, book.create_sheet("一覧")
    for row in range(1, 11):
        master.append([f"19{row:03d}", f"名前{row}", row * 100])
        sheet.append([f"19{row:03d}", f"=VLOOKUP(A{row},一覧!A1:C10,2,FALSE)", f"=INDEX(一覧!C1:C10,{row})"])


def _chart(book: Workbook) -> None:
    monthly(book.active)
    chart = BarChart()
    chart.add_data(Reference(book.active, min_col=2, min_row=3, max_row=LAST), titles_from_data=True)
    book.active.add_chart(chart, "H3")
    book.active["B5"].comment = Comment("確認済み", "")


def _texts(book: Workbook) -> None:
    sheet = book.active
    sheet.append(["電話", "番号"])
    sheet.append(["055-000-0000", "R6-12"])
    sheet.append(["備考", "第3回（12月）"])
    sheet["A5"] = '=A2&" "&B2'


def _conditions(book: Workbook) -> None:
    sheet = book.active
    for row in range(1, 12):
        sheet.append([row, f'=IF(A{row}>5,"大","小")', f'=COUNTIF(A$1:A$11,">"&A{row})'])
    sheet["E1"] = '=SUMIF(A1:A11,">3")'


def _blank(book: Workbook) -> None:
    book.active["A1"] = "これから入力"


def _running(book: Workbook) -> None:
    sheet = book.active
    sheet.append([1, "=A1"])
    for row in range(2, 15):
        sheet.append([row, f"=B{row - 1}+A{row}"])


def _percent(book: Workbook) -> None:
    sheet = book.active
    for row in range(1, 9):
        sheet.append([row, f"=A{row}/SUM(A$1:A$8)"])
        sheet.cell(row, 2).number_format = "0.0%"


ORDINARY = [
    lambda book: monthly(book.active),
    _years,
    _subtotals,
    _dates,
    _lookup,
    _chart,
    _texts,
    _conditions,
    _blank,
    _running,
    _percent,
]


@pytest.mark.parametrize("program", ["openpyxl", "LibreOffice"])
def test_ordinary_workbooks_are_not_accused(tmp_path, program):
    """No error in any; 11 workbooks as openpyxl writes them and as LibreOffice saves them."""
    for number, fill in enumerate(ORDINARY):
        book = Workbook()
        fill(book)
        path = save(book, tmp_path / f"{number}.xlsx")
        if program == "LibreOffice":
            path = convert(path, "xlsx", tmp_path / "saved")
        errors = [f for f in audit_workbook(path).findings if f.severity is Severity.ERROR]
        assert errors == [], number


def test_the_command_says_what_is_wrong_and_ends_with_1(tmp_path, capsys):
    book = Workbook()
    monthly(book.active)
    book.active["B12"] = "120"
    path = save(book, tmp_path / "集計.xlsx")
    assert main(["audit", str(path)]) == 1
    assert "Sheet!B12 数値が文字として入力されている" in capsys.readouterr().out


def test_what_is_no_workbook_is_refused(tmp_path, capsys):
    path = tmp_path / "集計.xlsx"
    path.write_text("市町村,件数\n", encoding="utf-8")
    assert main(["audit", str(path)]) == 2
    assert "Excel" in capsys.readouterr().err


def test_a_circular_reference_is_said_not_to_be_computed(tmp_path):
    def circle(sheet: Worksheet) -> None:
        sheet["G5"], sheet["G6"] = "=G6+1", "=G5+1"

    assert {("not_recomputed", "G5"), ("not_recomputed", "G6")} <= spoiled(tmp_path, circle)


def test_the_filled_forms_are_not_accused(forms, tmp_path):
    for form in sorted(forms.glob("*.xlsx"))[:5]:
        path = tmp_path / form.name
        write_atomic(path, fill_caches(read_package(form)).to_bytes())  # computed, as Excel saves it
        assert [f for f in audit_workbook(path).findings if f.severity is Severity.ERROR] == []
