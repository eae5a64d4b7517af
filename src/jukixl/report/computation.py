"""What the declaration says every value is, computed exactly and without any spreadsheet.

This is the independent side of the cross-check: it sees only what was typed in and the declared expressions. Rates are
fractions until they are printed, and are rounded once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from fractions import Fraction
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from jukixl.era import DateForm, Digits, EraYear, FiscalYear, format_date
from jukixl.figures import Missing, format_count, format_rate, percent
from jukixl.report.expression import TOTAL_ROW, Binary, Call, Cell, Expression, Name, Node, Number
from jukixl.report.model import Column, Figure, Fill, Kind, Note, Paragraph, Report, Table, Total
from jukixl.report.text import Placeholder, Text
from jukixl.report.values import Value

Key = tuple[str, str, str]
"""Table id, column id, row id."""

PERCENT_DIGITS = 1
"""Decimals of a printed percentage."""

RATIO_DIGITS = PERCENT_DIGITS + 2
"""Decimals of the same number as a ratio, which is what a cell holds."""


class Inputs(Struct, frozen=True):
    """What people typed: settings by id and cells by (table, column, row). What is absent isn't filled in."""

    settings: Mapping[str, Value] = MappingProxyType({})
    cells: Mapping[Key, Value] = MappingProxyType({})


class Results:
    """All values of a report, computed from its inputs and the declaration alone."""

    def __init__(self, report: Report, inputs: Inputs) -> None:
        self.report = report
        self.inputs = inputs
        self._values: dict[Key, Value] = {}
        self._figures: dict[str, Value] = {}
        self._programs: dict[tuple[str, str], Program] = {}

    def rows(self, table: Table) -> tuple[str, ...]:
        """Ids of the rows that exist: all of a fixed table, of an open one those with anything typed in."""
        if not table.has_open_rows:
            return table.row_ids
        return self._filled_rows[table.id]

    @cached_property
    def _filled_rows(self) -> dict[str, tuple[str, ...]]:
        tables = [table for table in self.report.tables if table.has_open_rows]
        filled: dict[str, set[str]] = {table.id: set() for table in tables}
        for (table_id, _, row), value in self.inputs.cells.items():
            if table_id in filled and value is not Missing.NOT_FILLED:
                filled[table_id].add(row)
        return {table.id: tuple(row for row in table.row_ids if row in filled[table.id]) for table in tables}

    def value(self, table: Table, column: Column, row: str) -> Value:
        """The exact value of a cell; `row` may be `total`. Rates are unrounded fractions (1 = 100 %)."""
        key = (table.id, column.id, row)
        value = self._values.get(key)
        if value is None:
            value = self._values[key] = self._compute(table, column, row)
        return value

    def _compute(self, table: Table, column: Column, row: str) -> Value:
        if row == TOTAL_ROW:
            return self._total(table, column)
        if column.value is not None:
            return self._program(table, column, column.value)(row)
        if column.fill is Fill.ROWS:
            return self._row_text(table, column, row)
        return self.inputs.cells.get((table.id, column.id, row), Missing.NOT_FILLED)

    def _row_text(self, table: Table, column: Column, row: str) -> Value:
        assert table.rows is not None
        return table.rows.by_id[row][column.id] or Missing.NOT_FILLED

    def _total(self, table: Table, column: Column) -> Value:
        if column.total is Total.SUM:
            return _sum(self.column(table, column))
        if column.total is Total.RATIO and column.value is not None:
            return self._program(table, column, column.value)(TOTAL_ROW)
        return Missing.NOT_FILLED

    def _program(self, table: Table, column: Column, expression: Expression) -> Program:
        key = (table.id, column.id)
        if key not in self._programs:
            self._programs[key] = _Compiler(self, table, True).program(expression.node)
        return self._programs[key]

    def column(self, table: Table, column: Column) -> list[Value]:
        """The values of a column, without the total."""
        rows = self.rows(table)
        if column.value is None and column.fill is not Fill.ROWS:  # typed in
            cells = self.inputs.cells
            return [cells.get((table.id, column.id, row), Missing.NOT_FILLED) for row in rows]
        if column.value is None:
            return [self._row_text(table, column, row) for row in rows]
        values, program = self._values, self._program(table, column, column.value)
        for row in rows:
            key = (table.id, column.id, row)
            if key not in values:
                values[key] = program(row)
        return [values[table.id, column.id, row] for row in rows]

    def figure(self, figure: Figure) -> Value:
        """The exact value of a figure; a setting's is what was typed."""
        setting = self.report.settings_by_id.get(figure.id)
        if setting is not None:
            return self.inputs.settings.get(setting.id, Missing.NOT_FILLED)
        if figure.id not in self._figures:
            self._figures[figure.id] = self.evaluate(figure.value)
        return self._figures[figure.id]

    def evaluate(self, expression: Expression, table: Table | None = None, row: str | None = None) -> Value:
        """The value of an expression in a row (or in the total row, or in no table at all).

        Where an operand is missing the result is too: not filled in if any is, else － if any is, else ….
        Division by 0 gives －.
        """
        return _Compiler(self, table, row is not None).program(expression.node)(row or "")

    def printed(self, table: Table, column: Column, row: str) -> str:
        """The text of a cell in the handout: `1,437,750,584`, `95.8%`, ``, `－`."""
        return _print_cells(column, [self.value(table, column, row)])[0]

    def printed_column(self, table: Table, column: Column) -> list[str]:
        """The texts of a column in the handout, without the total."""
        return _print_cells(column, self.column(table, column))

    def text(self, part: Placeholder) -> str:
        """The text of a figure in the handout: `令和6年12月31日`, `772,405`."""
        figure = self.report.figures_by_id[part.figure]
        form = DateForm(part.form) if part.form else None
        return print_value(self.figure(figure), figure.kind, form)

    def render(self, text: Text) -> str:
        """A whole text with its placeholders replaced."""
        return "".join(part if isinstance(part, str) else self.text(part) for part in text)

    @cached_property
    def digits(self) -> Digits:
        """How numbers are set in the text: as chosen on 設定, else as the report says."""
        setting = self.report.digits_setting
        chosen = setting and self.inputs.settings.get(setting.id)
        return Digits.of_label(chosen) if isinstance(chosen, str) else self.report.digits

    def holds(self, table: Table, note: Note) -> bool:
        """Whether a note is printed: always without a condition, else where the condition is true."""
        return note.when is None or self.evaluate(note.when, table) == 1

    def chosen(self, alternatives: Sequence[Paragraph]) -> int | None:
        """Which of a choice's alternatives is printed, from 0; None while a value that decides it is missing."""
        for number, one in enumerate(alternatives):
            holds = 1 if one.when is None else self.evaluate(one.when)
            if isinstance(holds, Missing):
                return None
            if holds == 1:
                return number
        return None


def _print_cells(column: Column, values: Iterable[Value]) -> list[str]:
    kind = column.kind
    if column.digits:
        values = [value[: column.digits] if isinstance(value, str) else value for value in values]
    if kind is Kind.COUNT:
        return [format_count(v) if type(v) is int else print_value(v, kind) for v in values]
    return [v if type(v) is str else print_value(v, kind, DateForm.SHORT) for v in values]


def print_value(value: Value, kind: Kind, form: DateForm | None = None) -> str:
    """A value as the handout prints it. `form` chooses among a date's forms; None: the usual one of its kind."""
    if type(value) is int:  # the usual case first; `isinstance` of a Fraction is slow
        return format_count(value) if kind is Kind.COUNT else _print_number(value, kind)
    if isinstance(value, Missing):
        return value.symbol
    if isinstance(value, date):
        return format_date(value, form or (DateForm.MONTH if kind is Kind.MONTH else DateForm.LONG))
    if isinstance(value, time):
        return f"{value.hour}:{value.minute:02d}"
    if isinstance(value, str):
        return value
    return _print_number(value, kind)


def _print_number(value: int | Fraction, kind: Kind) -> str:
    if kind is Kind.YEAR:
        return EraYear(int(value)).name
    if kind is Kind.FISCAL_YEAR:
        return FiscalYear(int(value)).name
    if kind.is_rounded:  # of POINTS print says %, not ポイント: the column's header already says 増減
        return format_rate(value)
    return format_count(int(value))


def is_unexplained(change: Value, minuend: Value, subtrahend: Value) -> bool:
    """Whether a printed change isn't the difference of the two printed rates beside it."""
    if not isinstance(change, int | Fraction) or not isinstance(minuend, int | Fraction):
        return False
    if not isinstance(subtrahend, int | Fraction):
        return False
    shown = [percent(value, PERCENT_DIGITS) for value in (change, minuend, subtrahend)]
    return shown[0] != shown[1] - shown[2]


def _sum(values: Iterable[Value]) -> Value:
    """The sum of the numbers there are; not filled in where there are none (as SUM skips texts)."""
    numbers = [value for value in values if isinstance(value, int)]
    return sum(numbers) if numbers else Missing.NOT_FILLED


def _count(operation: Callable[[Value, Value], Value], values: Iterable[Value], limit: Value) -> int:
    """How many values compare with the limit as the operation says."""
    return sum(operation(value, limit) == 1 for value in values)


def worst_missing(values: Iterator[Value]) -> Missing | None:
    """What a result is when these are its operands; None where all are there."""
    missing = {value for value in values if isinstance(value, Missing | str)}
    if not missing:
        return None
    for one in (Missing.NOT_FILLED, Missing.NONE):
        if one in missing:
            return one
    return Missing.UNKNOWN


Program = Callable[[str], Value]
"""An expression in one table, or in none, as a function of the row; "" where there is none."""


class _Compiler(Struct, frozen=True):
    """Makes programs of expressions: what their names mean is looked up once, not in every row. Comparisons give 1 or 0."""

    results: Results
    table: Table | None
    has_row: bool

    def program(self, node: Node) -> Program:
        match node:
            case Name(name):
                return self._named(name)
            case Binary(op, left, right):
                return _combined(_OPERATIONS[op], self.program(left), self.program(right))
            case Cell():
                return self._cell(node)
            case Number(value):
                return lambda _row: value
            case Call(function, args):
                return self._call(function, args)

    def _named(self, name: str) -> Program:
        if self.table is not None and self.has_row and name in self.table.by_id:
            return partial(self.results.value, self.table, self.table.by_id[name])
        figure = self.results.report.figures_by_id[name]
        return lambda _row: self.results.figure(figure)

    def _cell(self, node: Cell) -> Program:
        table = self.results.report.tables_by_id[node.table]
        value = partial(self.results.value, table, table.by_id[node.column])
        if node.row is None:
            assert self.has_row, "validation refuses cells without a row outside a row"
            return value
        fixed = node.row
        return lambda _row: value(fixed)

    def _call(self, function: str, args: tuple[Node, ...]) -> Program:
        if function == "count":
            condition = args[0]
            assert isinstance(condition, Binary)
            operation, limit = _OPERATIONS[condition.op], self.program(condition.right)
            counted = self._range(condition.left)
            return lambda row: _count(operation, counted(row), limit(row))
        ranges = [self._range(one) for one in args]
        if function == "sum":
            return lambda row: _sum(ranges[0](row))
        if function == "blank":
            return lambda row: sum(value is Missing.NOT_FILLED for value in ranges[0](row))
        return lambda row: sum(
            is_unexplained(*values) for values in zip(*(one(row) for one in ranges), strict=True)
        )

    def _range(self, node: Node) -> Callable[[str], Iterable[Value]]:
        """The values a function runs over: a row's series, or a whole column."""
        if isinstance(node, Cell):
            table = self.results.report.tables_by_id[node.table]
            return self._column(table, table.by_id[node.column])
        assert isinstance(node, Name)
        assert self.table is not None
        if node.id in self.table.by_id:
            return self._column(self.table, self.table.by_id[node.id])
        assert self.has_row
        table, results = self.table, self.results
        series = [column for column in table.columns if column.series == node.id]
        return lambda row: [results.value(table, column, row) for column in series]

    def _column(self, table: Table, column: Column) -> Callable[[str], Iterable[Value]]:
        return lambda _row: self.results.column(table, column)


def _combined(operation: Callable[[Value, Value], Value], left: Program, right: Program) -> Program:
    return lambda row: operation(left(row), right(row))


def _operation(calculate: Callable[[Any, Any], Value]) -> Callable[[Value, Value], Value]:
    """An operation on numbers that gives a missing value where an operand is one."""

    def operate(left: Value, right: Value) -> Value:
        if isinstance(left, int | Fraction) and isinstance(right, int | Fraction):
            return calculate(left, right)
        missing = worst_missing(iter((left, right)))
        assert missing is not None, "validation refuses arithmetic on dates and times"
        return missing

    return operate


_OPERATIONS = {
    op: _operation(calculate)
    for op, calculate in {
        ">": lambda a, b: int(a > b),
        ">=": lambda a, b: int(a >= b),
        "<": lambda a, b: int(a < b),
        "<=": lambda a, b: int(a <= b),
        "=": lambda a, b: int(a == b),
        "<>": lambda a, b: int(a != b),
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: Fraction(a, b) if b else Missing.NONE,
    }.items()
}
