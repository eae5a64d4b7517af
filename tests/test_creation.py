"""A new master and its forms are complete workbooks: named, protected, printable, computed, and clean."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import formualizer
import openpyxl
import pytest
from conftest import SETTINGS, is_total, read_rows, write_blank_master
from office import convert
from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openxml_audit import OpenXmlValidator, ValidationSeverity

from jukixl.check.formulas import is_same
from jukixl.check.master import check_master
from jukixl.errors import InputError
from jukixl.report.model import Fill, Kind, Report, Total
from jukixl.report.values import Value
from jukixl.survey.distribute import write_forms
from jukixl.workbook.addresses import split_a1
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import Master, read_master
from jukixl.workbook.matrix import read_matrix
from jukixl.workbook.package import read_package
from jukixl.workbook.patch import patch_workbook
from jukixl.workbook.snapshot import Snapshot, read_snapshot
from jukixl.workbook.waivers import read_waivers

Cells = set[tuple[str, str]]
EXCEL_PROMPT, EXCEL_PROMPT_TITLE, EXCEL_ERROR = 255, 32, 225
"""Characters that Excel allows in the messages of a validation."""
NATIVE = {
    *("AND", "CHAR", "COUNT", "COUNTIF", "DAY", "IF", "ISNUMBER", "MONTH", "OR"),
    *("REPT", "ROUND", "SUM", "SUMPRODUCT", "TEXT", "YEAR"),
}
"""Functions that Excel 2010, LibreOffice and the recalculation share."""


@pytest.fixture(scope="module")
def book(blank_path: Path) -> Workbook:
    return openpyxl.load_workbook(blank_path)


@pytest.fixture(scope="module")
def snapshot(blank_path: Path) -> Snapshot:
    return read_snapshot(blank_path)


def input_names(report: Report) -> Iterator[str]:
    """The names of every cell that somebody types into."""
    for setting in report.settings:
        yield f"setting.{setting.id}"
    for table in report.tables:
        for column in table.columns:
            prefix = {Fill.MUNICIPALITY: "input.", Fill.PREFECTURE: ""}.get(column.fill)  # type: ignore[arg-type]
            if prefix is not None:
                yield from (f"{prefix}{table.id}.{column.id}.{row}" for row in table.row_ids)


def typed_cells(snapshot: Snapshot, report: Report) -> Cells:
    """Every cell that somebody types into: inputs, what letters say, addresses, last year's answers, reasons, waivers."""
    board = [f"status.{item}" for item in ("deadline", "sender", "phone", "mail")]
    board += [f"status.{code}.mail" for code in report.tables_by_id["annex5"].row_ids]
    names = (*input_names(report), *board)
    named = {(snapshot.names[name].sheet, snapshot.names[name].first) for name in names}
    matrices = ("previous.table", "reason.table")
    cells = (cell for name in matrices for cell in read_matrix(snapshot, name).values())
    waivers = {(line.sheet, cell) for line in read_waivers(snapshot) for cell in line.cells[-3:]}
    return named | waivers | {(cell.sheet, cell.cell) for cell in cells}


def validations(book: Workbook) -> Iterator[tuple[str, DataValidation]]:
    for sheet in book.worksheets:
        for validation in sheet.data_validations.dataValidation:
            yield sheet.title, validation


def test_a_master_has_a_sheet_for_each_table_and_municipality_besides_its_own(
    book: Workbook, report: Report
) -> None:
    municipalities = [record["municipality"] for record in read_rows("annex5_cards_2024-12-31.csv")]
    assert book.sheetnames == [
        *("設定", "提出状況"),
        *(table.sheet for table in report.tables),
        *("本文", "検算", "前年", "理由"),
        *municipalities[:-1],
        "_jukixl",
    ]
    assert book["_jukixl"].sheet_state == "veryHidden"


def test_every_input_total_figure_column_and_table_has_a_name(snapshot: Snapshot, report: Report) -> None:
    cells = {*input_names(report)}
    cells |= {f"text.{part.tag}" for part in report.printed_figures}
    cells |= {f"figure.{part.tag}" for part in report.printed_figures}
    areas = set()
    for table in report.tables:
        areas |= {f"{table.id}.table"} | {f"{table.id}.{column.id}" for column in table.columns}
        totals = [column.id for column in table.columns if column.total is not Total.NONE]
        cells |= {f"{table.id}.{column}.total" for column in totals}
        cells |= {f"rule.{table.id}.{number}" for number, _ in enumerate(table.rules, 1)}
    assert len(cells) > 27 * 22
    assert not (cells | areas) - snapshot.names.keys()
    assert all(snapshot.names[name].is_cell for name in cells)


def test_no_name_is_broken_or_means_a_cell_address(snapshot: Snapshot) -> None:
    assert not [name for name in snapshot.other_names if "Print_" not in name]
    assert not [name for name in snapshot.names if "." not in name]


def test_exactly_the_input_cells_are_unlocked_on_protected_sheets(
    book: Workbook, snapshot: Snapshot, report: Report
) -> None:
    unlocked: Cells = set()
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            assert sheet.protection.sheet
            assert sheet.protection.password is None
        unlocked |= {
            (sheet.title, cell.coordinate)
            for row in sheet.iter_rows()
            for cell in row
            if not cell.protection.locked
        }
    assert unlocked == typed_cells(snapshot, report)


def test_input_cells_are_coloured_and_computed_ones_are_not(book: Workbook, snapshot: Snapshot) -> None:
    sheet, cell = snapshot.locate("annex5.applications.192015")
    assert book[sheet][cell].fill.patternType is None
    sheet, cell = snapshot.locate("input.annex5.applications.192015")
    assert book[sheet][cell].fill.patternType == "solid"


@pytest.mark.parametrize(
    ("name", "number_format"),
    [
        ("annex5.applications.192015", "#,##0;△#,##0"),
        ("annex5.application_rate.192015", "0.0%"),
        ("annex5_neighbours.application_rate_change.yamanashi", "0.0%;△0.0%"),
        ("input.annex5.applications.192015", "#,##0;△#,##0"),
        ("annex1_log.occurred_time.r001", "h:mm"),
        ("annex1_log.body_code.r001", "@"),
        ("setting.target_year", "0"),
    ],
)
def test_a_cell_has_the_number_format_of_its_kind(
    book: Workbook, snapshot: Snapshot, name: str, number_format: str
) -> None:
    sheet, cell = snapshot.locate(name)
    assert book[sheet][cell].number_format == number_format


@pytest.mark.parametrize(
    "name", ["setting.base_date", "setting.meeting_month", "annex1_log.occurred_date.r001"]
)
def test_a_date_format_writes_the_first_year_of_reiwa_as_gannen(
    book: Workbook, snapshot: Snapshot, name: str
) -> None:
    sheet, cell = snapshot.locate(name)
    sections = book[sheet][cell].number_format.split(";")
    assert sections[0].startswith("[<=43585]")  # 平成31年4月30日, the day before 令和
    assert sections[1].startswith("[>=43831]")  # 令和2年1月1日
    assert sections[2].startswith('"令和元年"')


def test_every_sheet_prints_on_a4_with_its_head_repeated_and_in_sight(book: Workbook) -> None:
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        assert sheet.page_setup.paperSize == 9, sheet.title  # A4
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_area, sheet.title
        assert sheet.print_title_rows, sheet.title
        assert sheet.freeze_panes, sheet.title


def test_the_wide_annex_prints_in_landscape(book: Workbook) -> None:
    assert book["別紙5"].page_setup.orientation == "landscape"
    assert book["別紙3"].page_setup.orientation == "portrait"


def test_every_input_cell_says_in_japanese_what_belongs_into_it(
    book: Workbook, snapshot: Snapshot, report: Report
) -> None:
    explained: Cells = set()
    for sheet, validation in validations(book):
        for area in validation.sqref.ranges:
            cells = openpyxl.utils.cell.rows_from_range(area.coord)
            explained |= {(sheet, cell) for row in cells for cell in row}
        assert re.search("[ぁ-んァ-ヶ一-龠]", validation.prompt), validation.prompt
        assert validation.showInputMessage
        assert len(validation.prompt) <= EXCEL_PROMPT
        assert len(validation.promptTitle) <= EXCEL_PROMPT_TITLE
        assert len(validation.error) <= EXCEL_ERROR
        assert len(validation.formula1 or "") <= EXCEL_PROMPT
    assert explained == typed_cells(snapshot, report)


def test_formulas_use_only_functions_that_every_office_has(snapshot: Snapshot) -> None:
    called = set()
    for cell in snapshot.formulas.values():
        bare = re.sub(r'"[^"]*"|\'[^\']*\'', "", cell.formula or "")
        called |= set(re.findall(r"([A-Z][A-Z0-9.]*)\(", bare))
    assert called
    assert called <= NATIVE


def test_no_formula_formats_an_era_by_text(snapshot: Snapshot) -> None:
    formats = set()
    for cell in snapshot.formulas.values():
        formats |= set(re.findall(r'TEXT\([^,]+,"([^"]*)"\)', cell.formula or ""))
    assert formats <= {"#,##0;△#,##0", "0.0%;△0.0%"}


def test_every_formula_of_a_new_and_of_a_full_master_has_its_value_stored(
    snapshot: Snapshot, published_master: Master
) -> None:
    for taken in (snapshot, published_master.snapshot):
        assert len(taken.formulas) > 1000
        assert not [place for place, cell in taken.formulas.items() if cell.value is None]


def test_the_printed_settings_are_shown_beside_what_was_typed(snapshot: Snapshot) -> None:
    assert snapshot.value("shown.base_date") == "令和6年12月31日"
    assert snapshot.value("shown.target_year") == "令和6年"
    assert snapshot.value("shown.fiscal_year") == "令和6年度"
    assert snapshot.value("shown.meeting_month") == "令和7年10月"


def test_row_masters_stand_in_the_new_master(snapshot: Snapshot) -> None:
    rows = [record for record in read_rows("annex3_national.csv") if not is_total(record)]
    stored = [row[0] for row in snapshot.range_values("annex3.affairs")]
    assert stored[: len(rows)] == [record["affairs"] for record in rows]
    assert not any(stored[len(rows) :])


def without_cached_values(path: Path, target: Path) -> Path:
    """The workbook with no stored result left in any formula cell."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                data = re.sub(rb"(</f>|<f/>)\s*<v>[^<]*</v>", rb"\1", data)
            copy.writestr(name, data)
    left = [cell.value for cell in read_snapshot(target).formulas.values() if cell.value is not None]
    assert not left
    return target


def disagreements_with_libreoffice(path: Path, folder: Path) -> list[str]:
    """The formula cells whose stored value isn't what LibreOffice computes."""
    bare = without_cached_values(path, folder / "bare.xlsx")
    theirs = read_snapshot(convert(bare, "xlsx", folder / "converted"))
    ours = read_snapshot(path).formulas
    assert ours
    computed = {(sheet, a1): theirs.sheets[sheet].cells.get(a1) for sheet, a1 in ours}
    return [
        f"{sheet}!{a1}: {cell.value!r} / {other.value if other else None!r} {cell.formula}"
        for (sheet, a1), cell in ours.items()
        if not is_same(cell.value, (other := computed[sheet, a1]) and other.value)
    ]


def test_every_stored_value_of_the_published_master_is_what_libreoffice_computes(
    published_path: Path, tmp_path: Path
) -> None:
    assert disagreements_with_libreoffice(published_path, tmp_path) == []


AWKWARD: dict[str, int | str | None] = {
    "input.lending.cards.202011": 560,
    "input.lending.active.202011": 371,  # 66.25 %: a tie
    "input.lending.cards.202029": 0,
    "input.lending.active.202029": 5,  # divided by 0
    "input.lending.cards.202037": None,
    "input.lending.active.202037": "－",
    "holdings.books.main": "…",
    "holdings.lent.main": "－",
    "holdings.books.branch": "x",
    "holdings.lent.branch": 3,
    "holdings.books.mobile": 16,
    "holdings.lent.mobile": 1,  # 6.25 %: a tie
}


@pytest.fixture(scope="module")
def awkward_path(library: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A master of the small report with everything missing, zero or on the edge between two eras."""
    settings: dict[str, Value] = {"survey_date": date(2019, 5, 1), "meeting_month": date(2019, 4, 1)}
    path = write_blank_master(tmp_path_factory.mktemp("awkward") / "図書館.xlsx", library, settings)
    taken = read_snapshot(path)
    patch_workbook(path, [Edit(*taken.locate(name), value) for name, value in AWKWARD.items()])
    return path


def test_missing_values_and_zero_divisors_are_computed_alike_by_libreoffice(
    awkward_path: Path, tmp_path: Path
) -> None:
    assert disagreements_with_libreoffice(awkward_path, tmp_path) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lending.active_rate.202011", 0.663),
        ("lending.active_rate.202029", "－"),
        ("lending.active_rate.202037", ""),
        ("lending.cards.total", 560),
        ("lending.active_rate.total", 0.671),  # 376 / 560
        ("holdings.lent_rate.main", "－"),
        ("holdings.lent_rate.branch", "…"),
        ("holdings.lent_rate.mobile", 0.063),
        ("text.survey_date", "令和元年5月1日"),
        ("text.meeting_month", "平成31年4月"),
        ("rule.lending.1", "…"),
    ],
)
def test_a_formula_shows_why_there_is_no_number(awkward_path: Path, name: str, value: object) -> None:
    assert read_snapshot(awkward_path).value(name) == value


def test_the_workbook_and_the_declaration_agree_where_values_are_missing(awkward_path: Path) -> None:
    assert check_master(read_master(awkward_path)).formulas.disagreeing == 0


def audit(path: Path) -> list[str]:
    """The errors of the file format; where Excel keeps texts (inline or in a table of their own) is no error."""
    result = OpenXmlValidator().validate(str(path))
    return [str(error) for error in result.errors if error.severity is ValidationSeverity.ERROR]


def test_master_and_form_pass_the_audit_of_the_file_format(
    blank_path: Path, published_path: Path, forms: Path, awkward_path: Path
) -> None:
    paths = (blank_path, published_path, awkward_path, next(forms.glob("*甲府市*")))
    assert [error for path in paths for error in audit(path)] == []


def test_no_macro_or_external_link_is_in_a_master_or_form(blank_path: Path, forms: Path) -> None:
    for path in (blank_path, next(forms.glob("*甲府市*"))):
        parts = list(read_package(path))
        assert not [part for part in parts if "vba" in part or "external" in part.lower()]


def test_a_form_asks_for_what_its_municipality_fills_and_nothing_else(forms: Path, report: Report) -> None:
    book = openpyxl.load_workbook(next(forms.glob("*甲府市*")))
    unlocked = [cell for row in book["入力"].iter_rows() for cell in row if not cell.protection.locked]
    asked = [column for table in report.tables for column in table.columns_filled_by(Fill.MUNICIPALITY)]
    assert len(asked) == 4 + 4 + 7 + 7
    contact, merged_with_it = 4, 3 * 4
    assert len(unlocked) == 2 * len(asked) + contact + merged_with_it  # the value and the reason of each
    assert all(column.kind is Kind.COUNT for column in asked)
    assert book["入力"]["A1"].value == "調査票　甲府市（192015）"
    assert [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"] == [
        "記入要領",
        "入力",
    ]


def test_forms_are_called_by_year_code_and_name(forms: Path) -> None:
    names = sorted(path.name for path in forms.iterdir())
    assert len(names) == 27
    assert names[0] == "調査票_R6_192015_甲府市.xlsx"


def test_forms_without_their_dates_are_not_written(report: Report, tmp_path: Path) -> None:
    settings = {key: value for key, value in SETTINGS.items() if key != "base_date"}
    path = write_blank_master(tmp_path / "マスター.xlsx", report, settings)
    with pytest.raises(InputError, match="基準日"):
        list(write_forms(read_master(path), tmp_path / "調査票"))
    assert not (tmp_path / "調査票").exists()


def test_a_form_never_overwrites_a_file(blank_path: Path, tmp_path: Path) -> None:
    existing = tmp_path / "調査票_R6_194433_丹波山村.xlsx"
    existing.write_bytes(b"kept")
    with pytest.raises(InputError, match="丹波山村"):
        list(write_forms(read_master(blank_path), tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [existing.name]
    assert existing.read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("name", "accepted", "refused"),
    [
        ("input.annex5.applications.192015", (0, 12, 1_437_750_584, "－", "…"), (-5, 1.5, "12件", "①")),
        ("annex5_neighbours.application_rate_previous_month.yamanashi", (0.956, 1.2, "－"), ("95.6%",)),
        ("setting.target_year", (1989, 2024, 2100), (6, 24, 2024.5, "令和6年")),
        ("setting.base_date", (45657,), (0, "令和6年12月31日")),
    ],
)
def test_excel_refuses_what_an_input_cell_cannot_take(
    book: Workbook, snapshot: Snapshot, name: str, accepted: tuple[object, ...], refused: tuple[object, ...]
) -> None:
    sheet, cell = snapshot.locate(name)
    (rule,) = (one for title, one in validations(book) if title == sheet and cell in one.sqref)
    first = str(rule.sqref).split()[0].split(":")[0]  # the formula is written for the first cell of its area
    for value in (*accepted, *refused):
        engine = formualizer.Workbook()
        engine.add_sheet(sheet)
        engine.set_value(sheet, *split_a1(first), value)
        engine.set_formula(sheet, 500, 50, f"={rule.formula1}")
        engine.evaluate_all()
        holds = engine.get_value(sheet, 500, 50) is True  # an error value, too, is a refusal
        assert holds is (value in accepted), (value, rule.formula1)
