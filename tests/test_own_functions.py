"""A workbook that staff extended with JK_ functions is recomputed with the very functions that Excel calls."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from html import escape
from pathlib import Path
from types import MappingProxyType

from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from jukixl.check.master import check_master
from jukixl.findings import Finding
from jukixl.workbook.cells import CellError, CellValue
from jukixl.workbook.master import read_master
from jukixl.workbook.package import Package, read_package, write_atomic
from jukixl.workbook.patch import Edit, patch_workbook
from jukixl.workbook.recalculate import Recalculation, evaluate
from jukixl.workbook.snapshot import read_snapshot

SHEET = "設定"
PRINTED: Mapping[str, str | float] = MappingProxyType(
    {
        'JK_FIGURE("base_date")': "令和6年12月31日",
        'JK_FIGURE("prefecture_cases")': "39,627",
        'JK_FIGURE("training_start.short")': "R6.5.27",
        "JK_WAREKI(setting.base_date)": "令和6年12月31日",
        "[1]!JK_WAREKI(setting.training_start)": "令和6年5月27日",
        '_xll.JK_WAREKI(setting.training_start,"short")': "R6.5.27",
        "JK_NENDO(setting.base_date)": "令和6年度",
        "JK_DANTAI(19201)": "192015",
        "JK_RITSU(371,560)": 0.663,
        'JK_FIGURE("prefecture_"&"cases")&"件"': "39,627件",
        'IF(LEN([1]!JK_FIGURE("base_date"))=10,[1]!JK_NENDO(setting.base_date),"")': "令和6年度",
    }
)
"""Formulas of staff's, with what the handout of 令和7年10月 prints; the code is 総務省's, the rate is half up."""


def extend(path: Path, formulas: Mapping[str, CellValue]) -> list[str]:
    """Type formulas into new rows of a sheet, with the values that Excel would have stored; their cells."""
    package = read_package(path)
    sheet = read_snapshot(package).sheets[SHEET]
    rows = "".join(
        f'<row r="{row}"><c r="B{row}" t="{"str" if isinstance(value, str) else "n"}">'
        f"<f>{escape(formula)}</f>{'' if value is None else f'<v>{value}</v>'}</c></row>"
        for row, (formula, value) in enumerate(formulas.items(), 500)
    )
    xml = package[sheet.part].replace(b"</sheetData>", f"{rows}</sheetData>".encode())
    write_atomic(path, package.with_parts({sheet.part: xml}).to_bytes())
    return [f"B{row}" for row in range(500, 500 + len(formulas))]


def findings_at(path: Path, cells: list[str]) -> list[Finding]:
    """What the check says of these cells."""
    return [
        one for one in check_master(read_master(path)).findings if one.sheet == SHEET and one.cell in cells
    ]


def values_at(path: Path, cells: list[str]) -> list[CellValue]:
    """What is stored in these cells."""
    sheet = read_snapshot(path).sheets[SHEET]
    return [sheet.cells[a1].value for a1 in cells]


def edit(path: Path, name: str, value: int) -> None:
    patch_workbook(path, [Edit(*read_snapshot(path).locate(name), value)])


def test_the_check_recomputes_them_and_agrees_with_what_is_printed(master_path: Path) -> None:
    cells = extend(master_path, PRINTED)
    assert findings_at(master_path, cells) == []


def test_the_check_finds_a_stored_value_that_is_not_theirs(master_path: Path) -> None:
    cells = extend(master_path, dict.fromkeys(PRINTED, "古い値"))
    found = findings_at(master_path, cells)
    assert [one.code for one in found] == ["stale"] * len(PRINTED)
    assert [one.expected for one in found] == list(map(str, PRINTED.values()))


def test_an_edit_elsewhere_brings_their_stored_values_up_to_date(master_path: Path) -> None:
    cells = extend(master_path, dict.fromkeys(PRINTED, "古い値"))
    edit(master_path, "setting.disclosure_requests", 3)
    assert values_at(master_path, cells) == list(PRINTED.values())


def test_a_figure_follows_the_very_edit_that_changes_it(master_path: Path) -> None:
    formulas = {'JK_FIGURE("disclosure_requests")': "0", 'JK_FIGURE("disclosure_requests")&"件"': "0件"}
    cells = extend(master_path, formulas)
    edit(master_path, "setting.disclosure_requests", 3)
    assert values_at(master_path, cells) == ["3", "3件"]


def test_the_count_of_a_tables_findings_follows_the_very_edit_that_changes_it(master_path: Path) -> None:
    """甲府市 gets one application: it then has delivered more than it was asked for, a break of the declared order."""
    cells = extend(master_path, {'JK_CHECK("annex5")': None, 'JK_CHECK("別紙５")+0': None})
    edit(master_path, "setting.disclosure_requests", 3)
    before = values_at(master_path, cells)
    edit(master_path, "input.annex5.applications.192015", 1)
    after = values_at(master_path, cells)
    assert before[0] < after[0]
    assert before[0] == before[1]
    assert after[0] == after[1]
    assert findings_at(master_path, cells) == []


def test_an_unknown_figure_or_table_is_an_error_value_as_in_excel(master_path: Path) -> None:
    cells = extend(master_path, {'JK_FIGURE("no_such")': None, 'JK_CHECK("別紙99")': None})
    edit(master_path, "setting.disclosure_requests", 3)
    assert values_at(master_path, cells) == [CellError("#VALUE!")] * 2


def test_a_figure_that_reads_itself_is_not_recomputed(master_path: Path) -> None:
    """Each computing makes another text of it, so there is none that is right."""
    package = read_package(master_path)
    sheet, a1 = read_snapshot(package).locate("text.disclosure_requests")
    part = read_snapshot(package).sheets[sheet].part
    loop = escape('JK_FIGURE("disclosure_requests")&"!"').encode()
    xml, count = re.subn(
        rf'(<c r="{a1}"[^>]*>)<f>.*?</f>'.encode(), rb"\1<f>" + loop + rb"</f>", package[part]
    )
    assert count == 1
    write_atomic(master_path, package.with_parts({part: xml}).to_bytes())
    package = read_package(master_path)
    assert (sheet, a1) in evaluate(package, read_snapshot(package)).not_computed


def recompute(book: Workbook, tmp_path: Path) -> Recalculation:
    path = tmp_path / "計算.xlsx"
    book.save(path)
    package = Package.from_bytes(path.read_bytes(), path.name)
    return evaluate(package, read_snapshot(package))


def test_a_range_is_computed_cell_by_cell_within_a_formula(tmp_path: Path) -> None:
    """1/4 + 2/4 + 3/4; the error in a cell doesn't spoil what is taken from others."""
    book = Workbook()
    for row in ((1, 4), (2, 4), (3, 4), ("=1/0", 4)):
        book.active.append(row)
    book.active["D1"] = "=SUM(JK_RITSU(A1:A3,B1:B3))"
    book.active["D2"] = "=INDEX(JK_RITSU(A1:A4,B1:B4),2)"
    book.active["D3"] = "=INDEX(JK_RITSU(A1:A4,B1:B4),4)"
    book.active["D4"] = "=IFERROR(JK_RITSU(A4,B4),9)"
    values = recompute(book, tmp_path).values
    assert [values["Sheet", f"D{row}"] for row in range(1, 5)] == [1.5, 0.5, CellError("#DIV/0!"), 9]


def test_a_result_over_several_cells_that_are_filled_keeps_what_excel_stored(tmp_path: Path) -> None:
    book = Workbook()
    for row in (45439, 43586):
        book.active.append([row])
    book.active["C1"], book.active["C2"] = "=JK_WAREKI(A1:A2)", "令和元年5月1日"
    result = recompute(book, tmp_path)
    assert "複数のセル" in result.not_computed["Sheet", "C1"]
    assert ("Sheet", "C1") not in result.values


def test_days_counted_from_1904_are_left_to_excel(tmp_path: Path) -> None:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active["A1"], book.active["A2"], book.active["A3"] = "=JK_WAREKI(43977)", "=JK_RITSU(1,4)", "=1+1"
    result = recompute(book, tmp_path)
    assert "JK_WAREKI" in result.not_computed["Sheet", "A1"]
    assert result.values == {("Sheet", "A2"): 0.25, ("Sheet", "A3"): 2}


def test_a_function_of_another_addin_is_still_left_to_excel(tmp_path: Path) -> None:
    book = Workbook()
    book.active["A1"], book.active["A2"] = "=[1]!OTHER_WAREKI(1)", "=JK_OTHER(1)"
    assert set(recompute(book, tmp_path).not_computed) == {("Sheet", "A1"), ("Sheet", "A2")}


def test_no_formula_of_a_master_needs_the_addin(published_path: Path) -> None:
    """Where the add-in isn't loaded, totals, rates and figures are still computed."""
    assert [
        place for place, cell in read_snapshot(published_path).formulas.items() if "JK_" in cell.formula
    ] == []


def test_they_are_loaded_only_where_a_formula_calls_one(published_path: Path) -> None:
    code = (
        "import sys\n"
        "from jukixl.workbook.package import read_package\n"
        "from jukixl.workbook.snapshot import read_snapshot\n"
        "from jukixl.workbook.recalculate import evaluate\n"
        "package = read_package(sys.argv[1])\n"
        "evaluate(package, read_snapshot(package))\n"
        "print(sorted(name for name in sys.modules if name.endswith('functions')))\n"
    )
    asked = [sys.executable, "-c", code, str(published_path)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
