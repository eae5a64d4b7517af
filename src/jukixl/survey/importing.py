"""Loads a table of the report from a file (別紙の取込): CSV or .xlsx with the columns' ids or titles as headings.

Totals and computed columns in the file are compared with what jukixl computes, never imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from jukixl.codes import parse_code
from jukixl.errors import InputError, Place, Problem
from jukixl.figures import Missing
from jukixl.findings import Described, Finding, Severity, has_errors
from jukixl.report.computation import Inputs, Key, Results, print_value
from jukixl.report.expression import TOTAL_ROW
from jukixl.report.model import Column, Fill, Kind, Report, Table
from jukixl.report.values import Value
from jukixl.survey.grid import Grid, fold, iter_filled_rows, read_grid
from jukixl.survey.screening import screen_file
from jukixl.workbook.cells import CellValue
from jukixl.workbook.edits import Edit
from jukixl.workbook.expected import row_label, to_content
from jukixl.workbook.inputs import input_name, read_value
from jukixl.workbook.master import Master

_TOTAL_WORDS = {"合計", "計", "総計", "総数"}
_COMPARED_SUFFIX = "_printed"
_BEYOND = "+"  # begins the ids of rows for which the sheet has no room


CODES = (
    Described(
        "unused_column",
        (Severity.INFO,),
        "取り込むファイルに、表にない列がある（取り込まない）",
        "列の見出しが違うだけなら、定義の見出しに直して取り込み直す。",
    ),
)


class ImportOutcome(Struct, frozen=True):
    """What a file says: how many rows, what is wrong with it, and the edits still to be made in the master."""

    table: Table
    rows: int
    findings: tuple[Finding, ...]
    edits: tuple[Edit, ...]


def find_table(report: Report, wanted: str) -> Table:
    """The table with this id, title or other name. InputError with those that can be imported."""
    importable = [table for table in report.tables if table.columns_filled_by(Fill.PREFECTURE)]
    for table in report.tables:
        if fold(wanted) in {fold(name) for name in (table.id, table.title, table.sheet, *table.names)}:
            if table not in importable:
                raise InputError(
                    f"「{table.title}」は市町村の調査票から取り込みます。「調査票の取込」を使ってください。"
                )
            return table
    names = "、".join(f"{table.id}（{table.title}）" for table in importable)
    raise InputError(f"「{wanted}」という表はありません。取り込める表: {names}。")


def import_table(master: Master, table: Table, file: Path) -> ImportOutcome:
    """Read `file` as `table`; the outcome has the edits that bring it into the master, none where it has errors.

    InputError where the file can't be matched with the table; differing totals are findings.
    """
    suspicions = screen_file(file)
    if has_errors(suspicions):
        return ImportOutcome(table, 0, tuple(suspicions), ())
    content = _FileReader(master, table, read_grid(file)).read()
    findings = [*suspicions, *content.findings]
    if not has_errors(findings):
        inputs = Inputs(master.results.inputs.settings, {**_without(master, table), **content.cells})
        findings += _compare(Results(master.report, inputs), table, content)
    edits = () if has_errors(findings) else tuple(_edits(master, table, content.cells))
    return ImportOutcome(table, len(content.rows), tuple(findings), edits)


class _Content(Struct):
    """What a file says: inputs by key, and texts to compare by (row, column)."""

    cells: dict[Key, Value] = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)
    compared: dict[tuple[str, str], tuple[CellValue, Place]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


class _FileReader:
    def __init__(self, master: Master, table: Table, grid: Grid) -> None:
        self.master = master
        self.table = table
        self.grid = grid
        self.content = _Content()

    def read(self) -> _Content:
        header_row, columns = self._find_header()
        self._check_columns(columns)
        self._unknown_headings(header_row, columns)
        for number, row in iter_filled_rows(self.grid, header_row + 1):
            self._read_row(number, row, columns)
        self._check_rows()
        return self.content

    def _find_header(self) -> tuple[int, dict[int, Column]]:
        """The first row in which at least two headings (or all there are) belong to the table."""
        known = dict(self._headings())
        for number, row in iter_filled_rows(self.grid, 0):
            found = {
                position: known[name]
                for position, cell in enumerate(row)
                if (name := fold(cell).removesuffix(_COMPARED_SUFFIX)) in known
            }
            if len(found) >= min(2, len(self.table.columns)):
                return number, found
        wanted = "、".join(self._title(column) for column in self.table.columns)
        raise self._error(f"「{self.table.title}」の見出しの行が見つかりません。必要な見出し: {wanted}。")

    def _headings(self) -> Iterator[tuple[str, Column]]:
        """Every way to call a column; a title shared by two columns of a group counts only with the group."""
        titles = [fold(self._title(column)) for column in self.table.columns]
        for column, title in zip(self.table.columns, titles, strict=True):
            group = self.master.results.render(column.group) if column.group else ""
            names = [column.id, *column.names, group + self._title(column)]
            yield from ((fold(name), column) for name in names)
            if titles.count(title) == 1:
                yield title, column

    def _title(self, column: Column) -> str:
        return self.master.results.render(column.title.one_line)

    def _check_columns(self, columns: Mapping[int, Column]) -> None:
        found = {column.id for column in columns.values()}
        needed = [column for column in self.table.columns_filled_by(Fill.PREFECTURE) if column.required]
        missing = [self._title(column) for column in needed if column.id not in found]
        if not any(column.id in found for column in self.table.key_columns):
            missing.append("又は".join(self._title(column) for column in self.table.key_columns))
        if missing:
            raise self._error(f"「{self.table.title}」に必要な列がありません: {'、'.join(missing)}。")
        for column in columns.values():
            if sum(other is column for other in columns.values()) > 1:
                raise self._error(f"「{self._title(column)}」の列が二つあります。一つにしてください。")

    def _unknown_headings(self, header_row: int, columns: Mapping[int, Column]) -> None:
        row = self.grid.rows[header_row]
        unknown = [str(cell) for position, cell in enumerate(row) if cell and position not in columns]
        if unknown:
            message = f"使わない列があります: {'、'.join(unknown)}。"
            self.content.findings.append(Finding("unused_column", Severity.INFO, message, self.grid.sheet))

    def _read_row(self, number: int, row: list[CellValue], columns: Mapping[int, Column]) -> None:
        values = {
            column.id: (row[position] if position < len(row) else None)
            for position, column in columns.items()
        }
        places = {column.id: self.grid.place(number, position) for position, column in columns.items()}
        row_id = TOTAL_ROW if self._is_total(values) else self._row_id(values, places)
        if row_id is None:
            return
        if row_id != TOTAL_ROW:
            if row_id in self.content.rows:
                self._complain(
                    f"「{row_label(self.table, row_id)}」の行が二つあります。", self.grid.place(number, 0)
                )
            self.content.rows.append(row_id)
        for column in columns.values():
            raw, place = values[column.id], places[column.id]
            if row_id == TOTAL_ROW or column.value is not None:
                if raw not in (None, ""):
                    self.content.compared[row_id, column.id] = raw, place
            elif column.fill is Fill.PREFECTURE:
                self._read_cell(column, row_id, raw, place)

    def _is_total(self, values: Mapping[str, CellValue]) -> bool:
        words = _TOTAL_WORDS | ({self.table.total_label} if self.table.total_label else set())
        texts = [str(values.get(c.id) or "").strip() for c in self.table.key_columns]
        return next((text for text in texts if text), "") in words

    def _row_id(self, values: Mapping[str, CellValue], places: Mapping[str, Place]) -> str | None:
        if self.table.has_open_rows:
            number = len(self.content.rows)
            return self.table.row_ids[number] if number < len(self.table.row_ids) else f"{_BEYOND}{number}"
        assert self.table.rows is not None
        for column in self.table.key_columns:
            if column.id not in values:
                continue
            wanted = self._key(column, values[column.id])
            for row_id, record in self.table.rows:
                if record[column.id] == wanted:
                    return row_id
            self._complain(f"「{values[column.id]}」は、この表の行にありません。", places[column.id])
            return None
        return None

    def _key(self, column: Column, raw: CellValue) -> str:
        text = str(raw if raw is not None else "").strip()
        if column.kind is not Kind.CODE:
            return text
        try:
            return str(parse_code(text))
        except InputError:
            return text

    def _read_cell(self, column: Column, row: str, raw: CellValue, place: Place) -> None:
        reading = read_value(raw, column.kind, date1904=self.grid.date1904)
        if reading.problem:
            self._complain(f"「{self._title(column)}」: {reading.problem}", place)
        elif reading.value is not Missing.NOT_FILLED:
            self.content.cells[self.table.id, column.id, row] = reading.value

    def _check_rows(self) -> None:
        found = set(self.content.rows)
        if any(row.startswith(_BEYOND) for row in found):
            room = len(self.table.row_ids)
            message = f"{len(self.content.rows)} 行ありますが、このシートに入るのは {room} 行までです。"
            self._complain(message, self.grid.place(0, 0))
        if not self.table.has_open_rows:
            for row in self.table.row_ids:
                if row not in found:
                    message = f"「{row_label(self.table, row)}」の行がありません。"
                    self._complain(message, Place(self.grid.file, self.grid.sheet))
        elif not found and self.table.rows is not None:
            raise self._error(f"「{self.table.title}」の行が一つもありません。")

    def _complain(self, message: str, place: Place) -> None:
        where = f"{place}: " if place.cell else ""
        self.content.findings.append(
            Finding("bad_input", Severity.ERROR, f"{where}{message}", place.sheet, place.cell)
        )

    def _error(self, message: str) -> InputError:
        return InputError(Problem(message, Place(self.grid.file, self.grid.sheet)))


def _without(master: Master, table: Table) -> dict[Key, Value]:
    """The master's inputs but for what an import of `table` replaces."""
    replaced = {column.id for column in table.columns_filled_by(Fill.PREFECTURE)}
    return {
        key: value
        for key, value in master.results.inputs.cells.items()
        if key[0] != table.id or key[1] not in replaced
    }


def _compare(results: Results, table: Table, content: _Content) -> Iterator[Finding]:
    """Totals and computed columns of the file against ours."""
    for (row, column_id), (raw, place) in content.compared.items():
        column = table.by_id[column_id]
        ours = results.printed(table, column, row)
        if not ours or column.kind not in (Kind.COUNT, Kind.RATE, Kind.POINTS):
            continue
        theirs = _printed(raw, column)
        if theirs != ours:
            what = "合計" if row == TOTAL_ROW else row_label(table, row)
            message = (
                f"{place}: {what}の「{column.title.plain}」がファイルでは {theirs}、"
                f"各行から計算すると {ours} です。ファイルの数値を確かめてください。何も取り込んでいません。"
            )
            yield Finding("total", Severity.ERROR, message, place.sheet, place.cell, ours, theirs)


def _printed(raw: CellValue, column: Column) -> str:
    """A compared cell in the form in which we print."""
    reading = read_value(raw, column.kind)
    return str(raw) if reading.problem else print_value(reading.value, column.kind)


def _edits(master: Master, table: Table, cells: Mapping[Key, Value]) -> Iterator[Edit]:
    """The edits that make the master's inputs of `table` equal to `cells`."""
    for column in table.columns_filled_by(Fill.PREFECTURE):
        for row in table.row_ids:
            value = cells.get((table.id, column.id, row), Missing.NOT_FILLED)
            sheet, cell = master.snapshot.locate(input_name(table, column, row))
            content = to_content(value, column.kind)
            yield Edit(sheet, cell, None if content == "" else content, "別紙の取込")
