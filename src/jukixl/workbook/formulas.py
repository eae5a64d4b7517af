"""The Excel side of an expression: native formulas that are right in Excel, LibreOffice and formualizer alike.

No formula needs a function of ours, and none writes 和暦 by `TEXT(…,"ggge")`, which needs a Japanese locale.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from itertools import pairwise
from typing import Any

from msgspec import Struct

from jukixl.era import ERAS, DateForm, excel_serial
from jukixl.figures import Missing
from jukixl.report.computation import RATIO_DIGITS
from jukixl.report.expression import TOTAL_ROW, Binary, Call, Cell, Expression, Name, Node, Number, iter_nodes
from jukixl.report.model import Column, Figure, Fill, Kind, Table, Total
from jukixl.report.rules import (
    Cumulative,
    Difference,
    Distinct,
    Equal,
    Order,
    Outlier,
    OverLimit,
    Rule,
    Since,
)
from jukixl.report.text import Placeholder, Text
from jukixl.workbook.layout import Address, Layout, range_seen_from
from jukixl.workbook.placed import PlacedCell, PlacedLayout

_ERAS_IN_EXCEL = [era for era in ERAS if era.start.year >= 1900]  # Excel knows no day before 1900


class Formulas(Struct, frozen=True):
    """Writes the formulas of a master: of a new one by its plan, of an existing one by its names. All begin with `=`."""

    layout: Layout | PlacedLayout

    def cell(self, table: Table, column: Column, row: str) -> str | None:
        """The formula of a body or total cell; None where something is typed, taken from the rows, or left empty."""
        if row == TOTAL_ROW:
            return self._total(table, column)
        sheet = self.layout.tables[table.id].sheet
        if column.fill is Fill.MUNICIPALITY:
            source = self.layout.survey_cell(table.id, column.id, row).seen_from(sheet)
            return f"={_guarded_reference(source)}"
        if column.value is None:
            return None
        return "=" + self._expression(column.value, column.kind, table, row, sheet)

    def _total(self, table: Table, column: Column) -> str | None:
        sheet = self.layout.tables[table.id].sheet
        if column.total is Total.SUM:
            cells = range_seen_from(self.layout.tables[table.id].column_range(column.id), sheet)
            return f'=IF(COUNT({cells})=0,"",SUM({cells}))'
        if column.total is Total.RATIO and column.value is not None:
            return "=" + self._expression(column.value, column.kind, table, TOTAL_ROW, sheet)
        return None

    def figure_value(self, figure: Figure, sheet: str) -> str:
        """The value of a figure, on `sheet`."""
        return "=" + self._expression(figure.value, figure.kind, None, None, sheet)

    def figure_text(self, part: Placeholder, figure: Figure) -> str:
        """A figure as printed, from its value beside it."""
        cell = self.layout.figure_value(part).a1
        return f'=IF(ISNUMBER({cell}),{_printed(cell, figure.kind, part.form)},{cell}&"")'

    def text(self, text: Text, sheet: str) -> str:
        """A text with placeholders; without any, the text itself (no formula)."""
        if not text.placeholders:
            return text.source
        parts = [
            _quoted(part) if isinstance(part, str) else self.layout.figure_text(part).seen_from(sheet)
            for part in text
        ]
        return "=" + "&".join(parts)

    def rule(self, table: Table, rule: Rule, sheet: str) -> str:
        """How many places break a rule."""
        return "=" + _RuleFormula(self, table, sheet).count(rule)

    def _expression(
        self, expression: Expression, kind: Kind, table: Table | None, row: str | None, sheet: str
    ) -> str:
        """The value of an expression, guarded as `Results.evaluate` says: missing operands and division by 0."""
        scope = Scope(self.layout, table, row, sheet)
        operands = [scope.reference(operand) for operand in expression.operands]
        if not operands:
            return scope.render(expression.node)
        if isinstance(expression.node, Name | Cell):
            return _guarded_reference(operands[0])
        pattern = _pattern(expression, kind)
        return pattern.format(*operands) if pattern else _guarded(expression, kind, operands, scope.render)


@cache
def _pattern(expression: Expression, kind: Kind) -> str | None:
    """What the formulas of all rows have in common, `{0}`, `{1}` … for the operands; None where one has a range."""
    if any(isinstance(part, Call) for part in iter_nodes(expression.node)):
        return None
    slots = {operand: f"{{{number}}}" for number, operand in enumerate(expression.operands)}
    return _guarded(expression, kind, list(slots.values()), partial(_render, slots.__getitem__))


def _guarded(expression: Expression, kind: Kind, operands: list[str], render: Callable[[Node], str]) -> str:
    value = render(expression.node)
    if kind.is_rounded:
        value = f"ROUND({value},{RATIO_DIGITS})"
    for divisor in reversed(expression.divisors):
        value = f'IF({render(divisor)}=0,"{Missing.NONE.symbol}",{value})'
    return _guarded_operands(value, operands)


def _guarded_reference(cell: str) -> str:
    """An empty cell stays empty instead of becoming 0."""
    return f'IF({cell}="","",{cell})'


def _guarded_operands(value: str, operands: list[str]) -> str:
    """`value` where all operands are numbers; else not filled in, － or …, in this order."""
    empty = ",".join(f'{cell}=""' for cell in operands)
    none = ",".join(f'{cell}="{Missing.NONE.symbol}"' for cell in operands)
    otherwise = f'IF(OR({empty}),"",IF(OR({none}),"{Missing.NONE.symbol}","{Missing.UNKNOWN.symbol}"))'
    return f"IF(COUNT({','.join(operands)})={len(operands)},{value},{otherwise})"


class Scope(Struct, frozen=True):
    """What names mean in one formula: its table and row (None outside tables) and its sheet."""

    layout: Layout | PlacedLayout
    table: Table | None
    row: str | None
    sheet: str

    def reference(self, operand: Name | Cell) -> str:
        """The cell of an operand."""
        return self._address(operand).seen_from(self.sheet)

    def _address(self, operand: Name | Cell) -> Address | PlacedCell:
        if isinstance(operand, Cell):
            row = operand.row or self.row
            assert row is not None
            return self.layout.tables[operand.table].cell(operand.column, row)
        if self.table is not None and operand.id in self.table.by_id:
            assert self.row is not None
            return self.layout.tables[self.table.id].cell(operand.id, self.row)
        return self.layout.setting(operand.id)

    def render(self, node: Node) -> str:
        """The bare formula, without guards."""
        return _render(self._leaf, node)

    def _leaf(self, node: Name | Cell | Call) -> str:
        return self._call(node.function, node.args) if isinstance(node, Call) else self.reference(node)

    def _call(self, function: str, args: tuple[Node, ...]) -> str:
        if function == "sum":
            cells = self.range(args[0])
            return f'IF(COUNT({cells})=0,"",SUM({cells}))'
        if function == "count":
            condition = args[0]
            assert isinstance(condition, Binary)
            return f'COUNTIF({self.range(condition.left)},"{condition.op}{self.render(condition.right)}")'
        raise NotImplementedError(
            function
        )  # blank, unexplained: conditions of notes only, which no cell shows

    def range(self, node: Node) -> str:
        """The cells that a function runs over: a whole column, or a row's series."""
        if isinstance(node, Cell):
            return range_seen_from(self.layout.tables[node.table].column_range(node.column), self.sheet)
        assert isinstance(node, Name)
        assert self.table is not None
        plan = self.layout.tables[self.table.id]
        if node.id in self.table.by_id:
            return range_seen_from(plan.column_range(node.id), self.sheet)
        assert self.row is not None
        series = [plan.cell(column.id, self.row) for column in self.table.columns if column.series == node.id]
        return range_seen_from((series[0], series[-1]), self.sheet)


def _render(leaf: Callable[[Any], str], node: Node) -> str:
    """A node as a formula; `leaf` writes its names, cells and functions."""
    match node:
        case Number(value):
            return str(value)
        case Binary(op, left, right):
            return f"{_factor(leaf, left, op)}{op}{_factor(leaf, right, op, is_right=True)}"
        case _:
            return leaf(node)


def _factor(leaf: Callable[[Any], str], node: Node, op: str, *, is_right: bool = False) -> str:
    needs = isinstance(node, Binary) and (
        _PRECEDENCE[node.op] < _PRECEDENCE[op] or (is_right and _PRECEDENCE[node.op] == _PRECEDENCE[op])
    )
    return f"({_render(leaf, node)})" if needs else _render(leaf, node)


_PRECEDENCE = {"=": 0, "<>": 0, "<": 0, "<=": 0, ">": 0, ">=": 0, "+": 1, "-": 1, "*": 2, "/": 2}


class _RuleFormula(Struct, frozen=True):
    """Counts the places that break a rule, by formula."""

    formulas: Formulas
    table: Table
    sheet: str

    def count(self, rule: Rule) -> str:
        match rule:
            case Order():
                return self._order(rule)
            case OverLimit():
                return "+".join(self._over_limit(column, rule.limit) for column in rule.columns)
            case Equal():
                return self._equal(rule)
            case Cumulative():
                return self._cumulative(rule)
            case Difference():
                return self._difference(rule)
            case Distinct():
                return self._distinct(rule)
            case Outlier():
                return self._outlier(rule)
            case Since():
                return self._since(rule)
        raise NotImplementedError(type(rule))

    def _range(self, column: str, table: str | None = None) -> str:
        first, last = self.formulas.layout.tables[table or self.table.id].column_range(column)
        return range_seen_from((first, last), self.sheet)

    def _order(self, rule: Order) -> str:
        cells = [self._range(column) for column in rule.columns]
        broken = "+".join(f"SUMPRODUCT(--({low}>{high}))" for low, high in pairwise(cells))
        return self._where_complete(cells, broken)

    def _over_limit(self, column: str, limit: int) -> str:
        plan = self.formulas.layout.tables[self.table.id]
        first, last = plan.column_range(column)
        if self.table.by_id[column].total is not Total.NONE:
            last = plan.cell(column, TOTAL_ROW)
        return f'COUNTIF({range_seen_from((first, last), self.sheet)},">{limit / 100:g}")'

    def _equal(self, rule: Equal) -> str:
        scope = Scope(self.formulas.layout, None, None, self.sheet)
        left, right = (scope.render(side.node) for side in (rule.left, rule.right))
        return f'IF(COUNT({left},{right})=2,IF({left}={right},0,1),"{Missing.UNKNOWN.symbol}")'

    def _cumulative(self, rule: Cumulative) -> str:
        tables = (self.table.id, rule.previous, rule.annual)
        triples = [tuple(self._range(column, table) for table in tables) for column in rule.columns]
        broken = "+".join(f"SUMPRODUCT(--({now}<>{before}+{year}))" for now, before, year in triples)
        return self._where_complete([cells for triple in triples for cells in triple], broken)

    def _difference(self, rule: Difference) -> str:
        cells = [self._range(column) for column in (rule.change, rule.minuend, rule.subtrahend)]
        change, minuend, subtrahend = cells
        # Squares instead of ROUND: a function over a range inside SUMPRODUCT isn't understood everywhere.
        half_a_unit = f"(0.5*10^-{RATIO_DIGITS})^2"
        broken = f"SUMPRODUCT(--(({change}-({minuend}-{subtrahend}))^2>{half_a_unit}))"
        return self._where_complete(cells, broken)

    def _distinct(self, rule: Distinct) -> str:
        pairs = [(self._range(column), self._range(column, rule.other)) for column in rule.columns]
        broken = "+".join(f"IF(SUMPRODUCT(--({mine}<>{theirs}))=0,1,0)" for mine, theirs in pairs)
        return self._where_complete([cells for pair in pairs for cells in pair], broken)

    def _outlier(self, rule: Outlier) -> str:
        plan = self.formulas.layout.tables[self.table.id]
        totals = [plan.cell(column, TOTAL_ROW).seen_from(self.sheet) for column in rule.columns]
        ranges = [self._range(column) for column in rule.columns]
        # Cells hold whole tenths of a percent, so half of one tells more from not more, whatever binary fractions do.
        limit = f"({rule.points / 100:g}+0.5*10^-{RATIO_DIGITS})^2"
        broken = "+".join(
            f"SUMPRODUCT(--(({cells}-{total})^2>{limit}))"
            for cells, total in zip(ranges, totals, strict=True)
        )
        complete = self._where_complete(ranges, broken)
        return f'IF(COUNT({",".join(totals)})={len(totals)},{complete},"{Missing.UNKNOWN.symbol}")'

    def _since(self, rule: Since) -> str:
        day = self.formulas.layout.setting(rule.as_of).seen_from(self.sheet)
        counted = f"COUNT({','.join(map(self._range, rule.columns))})"
        early = f"IF({day}<{excel_serial(rule.first_day)},{counted},0)"
        return f'IF(ISNUMBER({day}),{early},"{Missing.UNKNOWN.symbol}")'

    def _where_complete(self, columns: list[str], value: str) -> str:
        """`value` where every row has a number in each of `columns`; before, how many break a rule isn't known.

        The guard also keeps comparisons and arithmetic from meeting texts, which are larger than any number in the
        one and an error in the other.
        """
        rows = f"COUNT({columns[0]})" if self.table.has_open_rows else str(len(self.table.row_ids))
        return f'IF(COUNT({",".join(columns)})={len(columns)}*{rows},{value},"{Missing.UNKNOWN.symbol}")'


def _quoted(text: str) -> str:
    """A text as a formula writes it; line breaks become CHAR(10)."""
    lines = ['"' + line.replace('"', '""') + '"' for line in text.split("\n")]
    return "&CHAR(10)&".join(lines)


def _printed(cell: str, kind: Kind, form: str | None) -> str:
    """A number as printed."""
    if kind in (Kind.DATE, Kind.MONTH):
        usual = DateForm.MONTH if kind is Kind.MONTH else DateForm.LONG
        return _era_date(cell, DateForm(form) if form else usual)
    if kind in (Kind.YEAR, Kind.FISCAL_YEAR):
        return _era_of_year(cell) + ('&"年度"' if kind is Kind.FISCAL_YEAR else '&"年"')
    if kind.is_rounded:
        return f'TEXT({cell},"0.0%;△0.0%")'
    return f'TEXT({cell},"#,##0;△#,##0")'


def _era_date(cell: str, form: DateForm) -> str:
    year = f"YEAR({cell})"
    if form is DateForm.SHORT:
        return f'{_by_era(cell, year, short=True)}&"."&MONTH({cell})&"."&DAY({cell})'
    parts = [f'{_by_era(cell, year)}&"年"']
    if form in (DateForm.MONTH, DateForm.LONG):
        parts.append(f'MONTH({cell})&"月"')
    if form is DateForm.LONG:
        parts.append(f'DAY({cell})&"日"')
    return "&".join(parts)


def _by_era(cell: str, year: str, *, short: bool = False) -> str:
    """Era and year of the era of a date serial: 令和6, 令和元, or R6, R1."""
    text = '""'
    for era in reversed(_ERAS_IN_EXCEL):
        number = f"({year}-{era.year_one - 1})"
        if not short:
            number = f'IF({year}={era.year_one},"元",{number})'
        name = era.short if short else era.name
        text = f'IF({cell}>={excel_serial(era.start)},"{name}"&{number},{text})'
    return text


def _era_of_year(cell: str) -> str:
    """Era and year of the era of a calendar or fiscal year, by the era at its end: 2019 → 令和元."""
    text = '""'
    for era in reversed(_ERAS_IN_EXCEL):
        first = era.year_one
        text = f'IF({cell}>={first},"{era.name}"&IF({cell}={first},"元",({cell}-{first - 1})),{text})'
    return text
