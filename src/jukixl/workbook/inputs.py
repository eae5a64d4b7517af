"""From cells to values: what people typed, by kind, with everything that is not as it should be.

Numbers typed as text are read (and reported, for SUM skips them); what could mean two things is not guessed.
"""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from jukixl.era import (
    date_from_serial,
    quote_input,
)
from jukixl.errors import InputError
from jukixl.figures import Missing
from jukixl.findings import Described, Finding, Severity
from jukixl.report.computation import Inputs, Key
from jukixl.report.model import Column, Fill, Kind, Report, Table, TableKind
from jukixl.report.reading import Reading, read_text, read_year, wanted
from jukixl.report.values import Value
from jukixl.workbook import names
from jukixl.workbook.cells import CellError, CellValue
from jukixl.workbook.snapshot import Snapshot

_MINUTES_A_DAY = 24 * 60


CODES = (
    Described(
        "lost_cell",
        (Severity.ERROR,),
        "名前が失われ、セルが見つからない（行、列、シート、名前の削除）",
        "削除を元に戻す。戻せなければ、控えのマスターから作業し直す。",
    ),
    Described(
        "formula_in_input",
        (Severity.WARNING,),
        "入力欄に数式が入っている",
        "値を入力し直す。",
    ),
    Described(
        "bad_input",
        (Severity.ERROR,),
        "読み取れない値が入っている（負の数、小数、エラー値、日付にならない文字など）",
        "内容の欄にある形で入力し直す。",
    ),
    Described(
        "text_number",
        (Severity.ERROR, Severity.INFO),
        "数値が文字として入力されている（合計に入らない）",
        "数値として入力し直す。調査票の取込では数値に読み替えられる。",
    ),
)


def read_value(raw: CellValue, kind: Kind, *, date1904: bool = False) -> Reading:
    """A cell's content as a value of this kind. Never raises: what cannot be read has a problem (Japanese)."""
    if raw is None or raw == "":
        return Reading(Missing.NOT_FILLED)
    if isinstance(raw, CellError):
        return Reading(
            Missing.NOT_FILLED, f"エラー値 {raw} が入っています。{wanted(kind)}を入力してください。"
        )
    if isinstance(raw, bool):
        return Reading(Missing.NOT_FILLED, f"TRUE/FALSE が入っています。{wanted(kind)}を入力してください。")
    try:
        return read_text(raw, kind) if isinstance(raw, str) else _read_number(raw, kind, date1904=date1904)
    except InputError as error:
        return Reading(Missing.NOT_FILLED, str(error))


def _read_number(raw: int | float, kind: Kind, *, date1904: bool) -> Reading:
    if kind in (Kind.TEXT, Kind.CODE):
        return Reading(str(int(raw)) if raw == int(raw) else str(raw))
    if kind is Kind.DIGITS:
        return read_text(str(raw), kind)
    if kind in (Kind.DATE, Kind.MONTH):
        return Reading(date_from_serial(raw, date1904=date1904))
    if kind is Kind.TIME:
        return _read_time(raw)
    if kind.is_rounded:
        return Reading(_exact(raw))
    if raw != int(raw):
        return Reading(
            Missing.NOT_FILLED, f"{wanted(kind)}ではなく小数 {quote_input(str(raw))} が入っています。"
        )
    if raw < 0:
        return Reading(
            Missing.NOT_FILLED,
            f"負の数 {quote_input(str(int(raw)))} が入っています。{wanted(kind)}を入力してください。",
        )
    return Reading(read_year(int(raw), kind) if kind in (Kind.YEAR, Kind.FISCAL_YEAR) else int(raw))


@lru_cache(maxsize=4096)  # a master is read before and after it changes
def _exact(raw: int | float) -> Fraction:
    """The decimal that was typed, not the double next to it."""
    return Fraction(Decimal(repr(raw)))


def _read_time(raw: int | float) -> Reading:
    minutes = round((raw % 1) * _MINUTES_A_DAY)
    return Reading(time(minutes // 60 % 24, minutes % 60))


def input_name(table: Table, column: Column, row: str) -> str:
    """The defined name, in the master, of the cell in which this value is typed."""
    if column.fill is Fill.MUNICIPALITY:
        return names.survey_name(table.id, column.id, row)
    return names.cell_name(table.id, column.id, row)


def read_inputs(report: Report, snapshot: Snapshot) -> tuple[Inputs, list[Finding]]:
    """All inputs of a master, and findings for what could not be read or was typed as text."""
    reader = _InputReader(snapshot)
    settings = {
        setting.id: reader.read(names.setting_name(setting.id), setting.kind, setting.label)
        for setting in report.settings
    }
    cells: dict[Key, Value] = {}
    for table in report.tables:
        is_municipal = table.kind is TableKind.MUNICIPALITY
        for column in table.input_columns:
            kind, label = column.kind, column.title.plain
            for row in table.row_ids:
                municipality = row if is_municipal else None
                value = reader.read(input_name(table, column, row), kind, label, municipality)
                if value is not Missing.NOT_FILLED:
                    cells[table.id, column.id, row] = value
    return Inputs(settings, cells), reader.findings


class _InputReader:
    def __init__(self, snapshot: Snapshot) -> None:
        self.names = snapshot.names
        self.sheets = snapshot.sheets
        self.date1904 = snapshot.date1904
        self.findings: list[Finding] = []

    def read(self, name: str, kind: Kind, label: str, municipality: str | None = None) -> Value:
        area = self.names.get(name)
        sheet = self.sheets.get(area.sheet) if area and area.is_cell else None
        if area is None or sheet is None:
            message = f"「{label}」のセル（名前 {name}）が見つかりません。行や列、シートの削除を元に戻してください。"
            self.findings.append(Finding("lost_cell", Severity.ERROR, message, municipality=municipality))
            return Missing.NOT_FILLED
        cell = sheet.cells.get(area.first)
        if cell is None:
            return Missing.NOT_FILLED
        if kind is Kind.COUNT and type(cell.value) is int and cell.value >= 0 and cell.formula is None:
            return cell.value  # true of nearly all
        reading = read_value(cell.value, kind, date1904=self.date1904)
        if cell.formula is not None:
            message = f"「{label}」: 入力欄に数式が入っています。値を入力し直してください（計算結果を値として使いました）。"
            place = (area.sheet, area.first)
            finding = Finding(
                "formula_in_input", Severity.WARNING, message, *place, municipality=municipality
            )
            self.findings.append(finding)
        if reading.problem:
            self._report("bad_input", area.sheet, area.first, f"「{label}」: {reading.problem}", municipality)
        elif reading.note:
            message = f"「{label}」: {reading.note}数値として入力し直してください（文字のままでは合計に入りません）。"
            self._report("text_number", area.sheet, area.first, message, municipality)
        return reading.value

    def _report(self, code: str, sheet: str, cell: str, message: str, municipality: str | None) -> None:
        self.findings.append(Finding(code, Severity.ERROR, message, sheet, cell, municipality=municipality))
