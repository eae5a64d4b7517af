"""Where a formula was left to Excel, the file asks Excel to compute it; else the file's other parts stay as they were."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl import Workbook
from openxml_audit import OpenXmlValidator

from jukixl.workbook.calculation import ask_for_calculation
from jukixl.workbook.package import Package, read_package, write_atomic
from jukixl.workbook.patch import Edit, patch_workbook
from jukixl.workbook.snapshot import read_snapshot

PART = "xl/workbook.xml"
SHEETS = b'<sheets><sheet name="S" sheetId="1"/></sheets>'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SHEETS + b'<calcPr calcId="191029"/>', SHEETS + b'<calcPr calcId="191029" fullCalcOnLoad="1"/>'),
        (SHEETS + b"<calcPr fullCalcOnLoad='0' />", SHEETS + b'<calcPr fullCalcOnLoad="1"/>'),
        (
            SHEETS + b'<calcPr calcMode="manual"></calcPr>',
            SHEETS + b'<calcPr calcMode="manual" fullCalcOnLoad="1"></calcPr>',
        ),
        (SHEETS, SHEETS + b'<calcPr fullCalcOnLoad="1"/>'),
        (
            SHEETS + b'<definedNames><definedName name="a">S!$A$1</definedName></definedNames><oleSize/>',
            SHEETS
            + b'<definedNames><definedName name="a">S!$A$1</definedName></definedNames>'
            + b'<calcPr fullCalcOnLoad="1"/><oleSize/>',
        ),
        (
            b"<x:sheets><x:sheet/></x:sheets>",
            b'<x:sheets><x:sheet/></x:sheets><x:calcPr fullCalcOnLoad="1"/>',
        ),
    ],
    ids=["Excel", "said otherwise", "not empty", "nothing said", "after names", "with a prefix"],
)
def test_the_wish_stands_where_the_schema_has_it(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "計算.xlsx"
    Workbook().save(path)
    package = read_package(path).with_parts({PART: before})
    assert ask_for_calculation(package, PART)[PART] == after


def settled(path: Path, formula: str) -> Package:
    """A workbook as Excel saves it, with nothing left to compute."""
    book = Workbook()
    book.active["A1"], book.active["B1"] = 45439, formula
    book.calculation.fullCalcOnLoad = False
    book.save(path)
    return read_package(path)


def test_a_formula_left_to_excel_makes_excel_compute_when_it_opens_the_file(tmp_path: Path) -> None:
    path = tmp_path / "計算.xlsx"
    settled(path, '=TEXT(A1,"ggge年m月d日")')
    patch_workbook(path, [Edit("Sheet", "A1", 43586)])
    assert openpyxl.load_workbook(path).calculation.fullCalcOnLoad is True


def test_where_all_is_computed_only_the_sheet_changes(tmp_path: Path) -> None:
    path = tmp_path / "計算.xlsx"
    before = settled(path, "=JK_WAREKI(A1)")
    patch_workbook(path, [Edit("Sheet", "A1", 43586)])
    after = read_package(path)
    assert [part for part in after if after[part] != before[part]] == ["xl/worksheets/sheet1.xml"]
    assert read_snapshot(after).sheets["Sheet"].cells["B1"].value == "令和元年5月1日"


def test_every_program_that_reads_the_file_still_does(tmp_path: Path, master_path: Path) -> None:
    """The schema's own checks find nothing that they didn't find before."""

    def issues(path: Path) -> list[str]:
        return sorted(str(issue) for issue in OpenXmlValidator().validate(str(path)).errors)

    before = issues(master_path)
    package = read_package(master_path)
    asked = ask_for_calculation(package, read_snapshot(package).workbook_part)
    write_atomic(tmp_path / "計算.xlsx", asked.to_bytes())
    assert issues(tmp_path / "計算.xlsx") == before
