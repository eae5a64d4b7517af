"""The functions of cells: as plain functions, and as Excel calls them through the add-in's VBA."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import icu
import pytest
from conftest import body_rows
from excel_sim import ExcelSim
from openpyxl import Workbook

from jukixl.workbook.cells import CellError
from jukixl.workbook.cellwise import VALUE_ERROR, Argument
from jukixl.workbook.functions import BOOK_UDFS, DECLARATIONS, UDFS, jk_check, jk_figure
from jukixl.workbook.package import Package
from jukixl.workbook.recalculate import recalculate
from jukixl.workbook.snapshot import read_snapshot

ANNEX5_RATES = [
    ("applications", "population", "application_rate_printed"),
    ("sent", "applications", "sent_rate_printed"),
    ("preset", "applications", "preset_rate_printed"),
    ("delivered", "applications", "delivered_per_application_printed"),
    ("delivered", "preset", "delivered_per_preset_printed"),
]
"""Numerator, denominator and rate of each printed rate of 別紙5."""

DIV0, NA = CellError("#DIV/0!"), CellError("#N/A")

CASES: list[tuple[str, tuple[Argument, ...], object]] = [
    # The days on which eras change are those of the 元号 政令.
    ("JK_WAREKI", (43585,), "平成31年4月30日"),
    ("JK_WAREKI", (43586,), "令和元年5月1日"),
    ("JK_WAREKI", (43586, "short"), "R1.5.1"),
    ("JK_WAREKI", (45439, "month"), "令和6年5月"),
    ("JK_WAREKI", (45439, "YEAR"), "令和6年"),
    ("JK_WAREKI", (45439.75,), "令和6年5月27日"),
    ("JK_WAREKI", ("2024/5/27",), "令和6年5月27日"),
    ("JK_WAREKI", (45439, "kanji"), VALUE_ERROR),
    ("JK_WAREKI", ("未定",), VALUE_ERROR),
    ("JK_WAREKI", (True,), VALUE_ERROR),
    ("JK_WAREKI", (-1,), VALUE_ERROR),
    ("JK_NENDO", (45747,), "令和6年度"),  # 2025-03-31
    ("JK_NENDO", (45748,), "令和7年度"),
    ("JK_NENDO", (43556,), "令和元年度"),  # 2019-04-01
    ("JK_SEIREKI", ("令和6年5月27日",), 45439),
    ("JK_SEIREKI", ("R6.5.27",), 45439),
    ("JK_SEIREKI", ("平成元年",), 1989),
    ("JK_SEIREKI", ("平成31年度",), 2019),
    ("JK_SEIREKI", (45439,), 45439),
    ("JK_SEIREKI", ("令和6年2月30日",), VALUE_ERROR),
    # 66.25 % and 0.05 % lie on the boundary: half up.
    ("JK_RITSU", (371, 560), 0.663),
    ("JK_RITSU", (1, 2000), 0.001),
    ("JK_RITSU", (371, 560, 0), 0.66),
    ("JK_RITSU", (371, 560, 2), 0.6625),
    ("JK_RITSU", ("1,234", "２，４６８"), 0.5),
    ("JK_RITSU", (5, 0), "－"),
    ("JK_RITSU", ("－", 5), "－"),
    ("JK_RITSU", (5, "…"), "…"),
    ("JK_RITSU", (5, None), ""),
    ("JK_RITSU", (5, 10, 1.5), VALUE_ERROR),
    ("JK_RITSU", ("約5", 10), VALUE_ERROR),
    # The codes are those that 総務省 publishes: 甲府市 192015, 札幌市 011002.
    ("JK_DANTAI", (19201,), "192015"),
    ("JK_DANTAI", (1100,), "011002"),
    ("JK_DANTAI", ("１９２０１",), "192015"),
    ("JK_DANTAI", ("192016",), VALUE_ERROR),
    ("JK_DANTAI", (19201.5,), VALUE_ERROR),
]
BLOCKS: list[tuple[str, tuple[Argument, ...], object]] = [
    ("JK_WAREKI", ([[43585, None], [DIV0, "x"]],), [["平成31年4月30日", ""], [DIV0, VALUE_ERROR]]),
    ("JK_WAREKI", (45439, [["short"], ["year"]]), [["R6.5.27"], ["令和6年"]]),
    ("JK_RITSU", ([[1], [2]], [[4, 8]]), [[0.25, 0.125], [0.5, 0.25]]),
    ("JK_RITSU", ([[1], [2], [3]], [[4], [4]]), [[0.25], [0.5], [NA]]),
]


@pytest.fixture(scope="module")
def excel(addin: bytes, tmp_path_factory: pytest.TempPathFactory) -> ExcelSim:
    """Excel with a workbook of one empty sheet."""
    path = tmp_path_factory.mktemp("udfs") / "計算.xlsx"
    Workbook().save(path)
    sim = ExcelSim(addin)
    sim.open(path)
    return sim


def as_shown(result: object) -> object:
    """A result as `call_udf` gives it: error values as texts; Excel takes a single row for a list."""
    if isinstance(result, list):
        rows = [[as_shown(cell) for cell in row] for row in result]
        return rows[0] if len(rows) == 1 else rows
    return str(result) if isinstance(result, CellError) else result


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES + BLOCKS)
def test_a_function_gives_what_law_and_print_say(
    name: str, arguments: tuple[Argument, ...], expected: object
) -> None:
    assert UDFS[name](*arguments) == expected


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES + BLOCKS[1:])
def test_the_vba_wrapper_gives_what_the_plain_function_gives(
    excel: ExcelSim, name: str, arguments: tuple[Argument, ...], expected: object
) -> None:
    cell = excel.range(1, "H9")
    assert excel.call_udf(name, *arguments, caller=cell) == as_shown(expected), excel.windows.tracebacks[-1:]


@pytest.mark.parametrize("name", UDFS)
def test_a_blank_gives_a_blank_and_an_error_goes_through(name: str) -> None:
    rest = (1,) if name == "JK_RITSU" else ()
    assert UDFS[name](None, *rest) == ""
    assert UDFS[name]("", *rest) == ""
    assert UDFS[name](DIV0, *rest) == DIV0
    assert UDFS[name]([[None, NA]], *rest) == [["", NA]]


def test_the_rates_of_annex5_come_out_as_printed() -> None:
    for record in body_rows("annex5_cards_2024-12-31.csv"):
        for over, under, rate in ANNEX5_RATES:
            found = UDFS["JK_RITSU"](int(record[over]), int(record[under]))
            assert f"{found:.1%}" == record[rate], (record["municipality"], rate)


def test_every_day_has_the_era_that_icu_gives_it() -> None:
    japanese = icu.SimpleDateFormat("Gy年M月d日", icu.Locale("ja_JP@calendar=japanese"))
    japanese.setTimeZone(icu.TimeZone.createTimeZone("UTC"))
    for serial in range(25569, 47000, 97):  # from 1970-01-01
        shown = japanese.format((serial - 25569) * 86400.0)
        assert UDFS["JK_WAREKI"](serial) == shown


def test_a_date_cell_and_its_serial_number_give_the_same(excel: ExcelSim, tmp_path: Path) -> None:
    path = tmp_path / "日付.xlsx"
    book = Workbook()
    book.active.append([date(2024, 5, 27), 45439, "2024-05-27"])
    book.save(path)
    opened = excel.open(path)
    try:
        found = excel.call_udf("JK_WAREKI", excel.range(1, "A1:C1"), caller=excel.range(1, "H9"))
    finally:
        opened.vba_get("Close", [False])
    assert found == ["令和6年5月27日"] * 3


def test_error_values_of_cells_reach_the_function_and_come_back_as_error_values(excel: ExcelSim) -> None:
    sheet = excel.sheet(1)
    excel.range(1, "A1").vba_set("Formula", "=1/0")
    excel.range(1, "A2").vba_set("Formula", "=NA()")
    sheet.set_value("A3", 45439)
    found = excel.call_udf("JK_NENDO", excel.range(1, "A1:A3"), caller=excel.range(1, "H9"))
    assert found == [["#DIV/0!"], ["#N/A"], ["令和6年度"]]


def test_a_function_that_fails_gives_an_error_value_and_no_text(addin: bytes) -> None:
    sim = ExcelSim(addin)
    sim.windows.files.clear()  # the add-in is there, Python isn't
    assert sim.call_udf("JK_NENDO", 45439) == "#VALUE!"
    assert sim.messages == []


def test_every_declared_function_exists_and_every_function_is_declared() -> None:
    assert {declaration.name for declaration in DECLARATIONS} == UDFS.keys() | BOOK_UDFS.keys()


@pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda one: one.name)
def test_what_the_wizard_shows_is_ascii_and_fits(declaration: object) -> None:
    assert declaration.summary.isascii()
    assert 0 < len(declaration.summary) <= 255
    assert '"' not in declaration.summary


def test_the_engine_of_recalculation_takes_the_functions_as_they_are(tmp_path: Path) -> None:
    """What it computes is what Excel would show."""
    path = tmp_path / "式.xlsx"
    book = Workbook()
    book.active["A1"], book.active["A2"] = date(2024, 5, 27), 371
    formulas = [
        "JK_WAREKI(A1)",
        "JK_NENDO(A1)",
        'JK_SEIREKI("令和6年")',
        "JK_RITSU(A2,560)",
        "JK_DANTAI(19201)",
        'JK_NENDO("x")',
        "JK_WAREKI(B9)",
    ]
    for row, formula in enumerate(formulas, 1):
        book.active[f"C{row}"] = f"={formula}"
    book.save(path)
    package = Package.from_bytes(path.read_bytes(), path.name)
    values = recalculate(package, read_snapshot(package), UDFS)
    found = [values["Sheet", f"C{row}"] for row in range(1, len(formulas) + 1)]
    assert found == ["令和6年5月27日", "令和6年度", 2024, 0.663, "192015", VALUE_ERROR, ""]


@pytest.fixture(scope="module")
def master(
    addin: bytes, published_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExcelSim]:
    """Excel with the master of the published handout in front."""
    sim = ExcelSim(addin)
    sim.open(Path(shutil.copy(published_path, tmp_path_factory.mktemp("master"))))
    yield sim


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("base_date", "令和6年12月31日"),
        ("training_start.short", "R6.5.27"),
        ("prefecture_cases", "39,627"),
        ("national_cases", "1,437,750,584"),
        ("no_such_figure", "#VALUE!"),
        ("", ""),
    ],
)
def test_a_figure_is_shown_as_the_handout_prints_it(master: ExcelSim, name: str, printed: str) -> None:
    assert master.call_udf("JK_FIGURE", name, caller=master.range(1, "H9")) == printed


def test_a_figure_follows_what_is_typed_before_anything_is_saved(addin: bytes, master_path: Path) -> None:
    sim = ExcelSim(addin)
    sim.open(master_path)
    sheet, cell = read_snapshot(master_path).locate("setting.disclosure_requests")
    sim.sheet(sheet).set_value(cell, 3)
    assert sim.call_udf("JK_FIGURE", "disclosure_requests", caller=sim.range(1, "H9")) == "3"


def test_open_findings_are_counted_by_table_under_any_of_its_names(addin: bytes, master_path: Path) -> None:
    """甲府市 gets one application: it then has delivered more than it was asked for, a break of the declared order."""
    sim = ExcelSim(addin)
    sim.open(master_path)
    caller = sim.range(1, "H9")
    before = sim.call_udf("JK_CHECK", "annex5", caller=caller)
    sheet, cell = read_snapshot(master_path).locate("input.annex5.applications.192015")
    sim.sheet(sheet).set_value(cell, 1)
    after = sim.call_udf("JK_CHECK", [["annex5", "別紙５"]], caller=caller)
    assert before < after[0]
    assert after[0] == after[1]
    assert sim.call_udf("JK_CHECK", "別紙99", caller=caller) == "#VALUE!"


def test_findings_are_unknown_while_numbers_are_missing(blank_path: Path) -> None:
    snapshot = read_snapshot(blank_path)
    assert jk_check(snapshot, "annex5") == "…"


def test_a_workbook_that_is_no_master_has_neither_figures_nor_findings(excel: ExcelSim) -> None:
    cell = excel.range(1, "H9")
    assert excel.call_udf("JK_FIGURE", "base_date", caller=cell) == "#VALUE!"
    assert excel.call_udf("JK_CHECK", "annex5", caller=cell) == "#VALUE!"


def test_the_live_workbook_and_its_file_give_the_same(master: ExcelSim, published_path: Path) -> None:
    snapshot = read_snapshot(published_path)
    caller = master.range(1, "H9")
    tables = ["annex5", "annex5_reference", "annex5_neighbours", "annex6_cumulative", "annex1"]
    assert [master.call_udf("JK_CHECK", table, caller=caller) for table in tables] == [
        jk_check(snapshot, table) for table in tables
    ]
    names = [name.removeprefix("text.") for name in snapshot.names if name.startswith("text.")]
    assert [master.call_udf("JK_FIGURE", name, caller=caller) for name in names] == [
        jk_figure(snapshot, name) for name in names
    ]
