"""The declared rules at work: one small class a rule, which yields findings. What they need is in `report.rules`.

To add a rule: declare it in `report.rules`, write its class here, and add its counting formula in
`workbook.formulas`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, Generic, TypeVar

from msgspec import Struct

from jukixl.era import format_date
from jukixl.figures import Missing, format_count, percent
from jukixl.findings import Finding, Severity
from jukixl.report.computation import PERCENT_DIGITS, Results, is_unexplained, print_value
from jukixl.report.expression import TOTAL_ROW, Cell
from jukixl.report.model import Column, Kind, Table, TableKind, Total
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
from jukixl.report.values import Value
from jukixl.workbook import names
from jukixl.workbook.expected import row_label
from jukixl.workbook.snapshot import Snapshot

R = TypeVar("R", bound=Rule)

_TWO_ROUNDINGS = Fraction(1, 1000)
"""How far a change may be from minuend − rounded subtrahend: half a unit of print for each of the two."""


class Context(Struct, frozen=True):
    """A report's values, and where they stand in the workbook."""

    results: Results
    snapshot: Snapshot

    def place(self, table: Table, column: Column, row: str) -> tuple[str | None, str | None]:
        """Sheet and cell; the table's sheet alone where the name is lost."""
        area = self.snapshot.names.get(names.cell_name(table.id, column.id, row))
        return (area.sheet, area.first) if area else (table.sheet, None)


class Check(Generic[R]):
    """A rule of one table. `findings` yields what breaks it; `count` is what the workbook's own formula must count."""

    def __init__(self, rule: R, table: Table, context: Context) -> None:
        self.rule = rule
        self.table = table
        self.context = context

    def findings(self) -> Iterator[Finding]:
        """What breaks the rule, row by row."""
        raise NotImplementedError

    @cached_property
    def found(self) -> tuple[Finding, ...]:
        """All findings."""
        return tuple(self.findings())

    def needed(self) -> Iterator[int | Fraction | None]:
        """The numbers without which the rule can't be judged as a whole; None where one is missing."""
        return iter(())

    def count(self) -> Value:
        """How many places break it; … where a number that it needs is missing."""
        return Missing.UNKNOWN if None in self.needed() else self.broken()

    def broken(self) -> int:
        """How many places break it, all numbers being there."""
        return len(self.found)

    def value(self, column: str, row: str, table: Table | None = None) -> int | Fraction | None:
        """A number of the table (or another); None where there is none."""
        table = table or self.table
        value = self.context.results.value(table, table.by_id[column], row)
        return value if isinstance(value, int | Fraction) else None

    def finding(self, column: str, row: str, message: str, **more: str) -> Finding:
        """A finding at a cell of the table."""
        sheet, cell = self.context.place(self.table, self.table.by_id[column], row)
        is_municipal = self.table.kind is TableKind.MUNICIPALITY and row != TOTAL_ROW
        where = f"{self.table.title} {row_label(self.table, row)}"
        text = f"{where}: {message}{self.rule.message if not isinstance(self.rule, Equal) else ''}"
        municipality = row if is_municipal else None
        return Finding(
            self.rule.code, self.rule.severity, text, sheet, cell, municipality=municipality, **more
        )

    def title(self, column: str) -> str:
        """A column's title for messages."""
        return self.table.by_id[column].title.plain


class OrderCheck(Check[Order]):
    """交付 ≤ 交付前設定 ≤ 発送 ≤ 申請, in every row."""

    def findings(self) -> Iterator[Finding]:
        for row in self.context.results.rows(self.table):
            for low, high in pairwise(self.rule.columns):
                smaller, larger = self.value(low, row), self.value(high, row)
                if smaller is not None and larger is not None and smaller > larger:
                    shown, limit = format_count(int(smaller)), format_count(int(larger))
                    message = f"{self.title(low)} {shown} が {self.title(high)} {limit} を上回っています。"
                    yield self.finding(low, row, message, expected=f"{limit} 以下", actual=shown)

    def needed(self) -> Iterator[int | Fraction | None]:
        rows = self.context.results.rows(self.table)
        return (self.value(column, row) for column in self.rule.columns for row in rows)


class OverLimitCheck(Check[OverLimit]):
    """A rate over 100 %, totals included."""

    def findings(self) -> Iterator[Finding]:
        limit = Fraction(self.rule.limit, 100)
        for column_id in self.rule.columns:
            column = self.table.by_id[column_id]
            total = (TOTAL_ROW,) if column.total is not Total.NONE else ()
            for row in (*self.context.results.rows(self.table), *total):
                rate = self.value(column_id, row)
                if (
                    rate is None or rate <= limit
                ):  # nor is it more than the limit when rounded, a whole percentage
                    continue
                if percent(rate, PERCENT_DIGITS) > self.rule.limit:
                    shown = print_value(rate, Kind.RATE)
                    message = f"{self.title(column_id)} {shown} が {self.rule.limit}% を超えています。"
                    yield self.finding(
                        column_id, row, message, expected=f"{self.rule.limit}% 以下", actual=shown
                    )


class EqualCheck(Check[Equal]):
    """Two expressions with one value."""

    def findings(self) -> Iterator[Finding]:
        left, right = (self.context.results.evaluate(side) for side in (self.rule.left, self.rule.right))
        if isinstance(left, Missing) or isinstance(right, Missing) or left == right:
            return
        shown, wanted = (
            format_count(int(value)) for value in (left, right) if isinstance(value, int | Fraction)
        )
        message = f"{shown} と {wanted} が一致しません。{self.rule.message}"
        node = self.rule.left.node
        assert isinstance(node, Cell)
        yield self.finding(node.column, node.row or TOTAL_ROW, message, expected=wanted, actual=shown)

    def needed(self) -> Iterator[int | Fraction | None]:
        for side in (self.rule.left, self.rule.right):
            value = self.context.results.evaluate(side)
            yield value if isinstance(value, int | Fraction) else None


class CumulativeCheck(Check[Cumulative]):
    """累計 = 前年までの累計 + 対象年, in every row and column."""

    def findings(self) -> Iterator[Finding]:
        for column in self.rule.columns:
            for row in self.table.row_ids:
                now, before, year = self._values(column, row)
                if now is not None and before is not None and year is not None and now != before + year:
                    shown, wanted = format_count(int(now)), format_count(int(before + year))
                    message = (
                        f"{self.title(column)} の累計 {shown} が、前年までの累計 {format_count(int(before))} と"
                        f"対象年 {format_count(int(year))} の和 {wanted} と一致しません。"
                    )
                    yield self.finding(column, row, message, expected=wanted, actual=shown)

    def _values(self, column: str, row: str) -> tuple[int | Fraction | None, ...]:
        tables = self.context.results.report.tables_by_id
        before, year = tables[self.rule.previous], tables[self.rule.annual]
        return self.value(column, row), self.value(column, row, before), self.value(column, row, year)

    def needed(self) -> Iterator[int | Fraction | None]:
        for column in self.rule.columns:
            for row in self.table.row_ids:
                yield from self._values(column, row)


class DifferenceCheck(Check[Difference]):
    """A change against a rate known only as printed: beyond two roundings wrong, else at most worth a note."""

    def findings(self) -> Iterator[Finding]:
        for row in self.context.results.rows(self.table):
            change, minuend, subtrahend = self._values(row)
            if change is None or minuend is None or subtrahend is None:
                continue
            if abs(Fraction(change) - (minuend - subtrahend)) > _TWO_ROUNDINGS:
                yield self._wrong(row, change, minuend, subtrahend)
            elif is_unexplained(change, minuend, subtrahend):
                yield self._rounding(row, change, minuend, subtrahend)

    def _wrong(self, row: str, *values: int | Fraction) -> Finding:
        shown = [print_value(value, Kind.RATE) for value in values]
        _, minuend, subtrahend = values
        difference = print_value(minuend - round_rate(subtrahend), Kind.RATE)
        message = f"{self.title(self.rule.change)} {shown[0]} が {shown[1]} と {shown[2]} の差に合いません。"
        return self.finding(self.rule.change, row, message, expected=difference, actual=shown[0])

    def _rounding(self, row: str, *values: int | Fraction) -> Finding:
        """Right, but a reader who subtracts the printed rates gets something else."""
        shown = [print_value(value, Kind.RATE) for value in values]
        sheet, cell = self.context.place(self.table, self.table.by_id[self.rule.change], row)
        message = (
            f"{self.table.title} {row_label(self.table, row)}: 増減 {shown[0]} は四捨五入前の率によるもので、"
            f"印字した {shown[1]} と {shown[2]} の差とは一致しません。表の下に注記を付けます。"
        )
        return Finding("rounding", Severity.INFO, message, sheet, cell, actual=shown[0])

    def _values(self, row: str) -> tuple[int | Fraction | None, ...]:
        return tuple(self.value(c, row) for c in (self.rule.change, self.rule.minuend, self.rule.subtrahend))

    def needed(self) -> Iterator[int | Fraction | None]:
        for row in self.table.row_ids:
            yield from self._values(row)

    def broken(self) -> int:
        rows = ([value for value in self._values(row) if value is not None] for row in self.table.row_ids)
        return sum(is_unexplained(*row) for row in rows)


class DistinctCheck(Check[Distinct]):
    """Numbers of another date that came in unchanged: a stale denominator."""

    _FEWEST = 3  # rows that can't be equal by chance

    def findings(self) -> Iterator[Finding]:
        other = self.context.results.report.tables_by_id[self.rule.other]
        for column in self.rule.columns:
            rows = list(self._pairs(column))
            if len(rows) >= self._FEWEST and all(mine == theirs for mine, theirs in rows):
                message = (
                    f"{self.title(column)} が、すべての行で「{other.title}」と同じです。"
                    "別の時点の数値を取り込んでいないか確かめてください。"
                )
                yield self.finding(column, self.table.row_ids[0], message)

    def _pairs(self, column: str) -> Iterator[tuple[int | Fraction, int | Fraction]]:
        other = self.context.results.report.tables_by_id[self.rule.other]
        for row in self.table.row_ids:
            mine, theirs = self.value(column, row), self.value(column, row, other)
            if mine is not None and theirs is not None:
                yield mine, theirs

    def needed(self) -> Iterator[int | Fraction | None]:
        other = self.context.results.report.tables_by_id[self.rule.other]
        for column in self.rule.columns:
            for row in self.table.row_ids:
                yield from (self.value(column, row), self.value(column, row, other))


class OutlierCheck(Check[Outlier]):
    """A rate far from that of all together, as printed. While an answer is missing, that of all isn't known."""

    def findings(self) -> Iterator[Finding]:
        for column in self.rule.columns:
            rows = (*self.context.results.rows(self.table), TOTAL_ROW)
            rates = {row: rate for row in rows if (rate := self.value(column, row)) is not None}
            if len(rates) == len(rows):
                yield from self._far_off(column, rates)

    def _far_off(self, column: str, rates: Mapping[str, int | Fraction]) -> Iterator[Finding]:
        total, limit = rates[TOTAL_ROW], Fraction(self.rule.points, 100)
        for row, rate in rates.items():
            if abs(Fraction(rate) - Fraction(total)) <= limit - _TWO_ROUNDINGS:
                continue  # nor is it further when both are rounded
            if abs(round_rate(rate) - round_rate(total)) > limit:
                shown, usual = print_value(rate, Kind.RATE), print_value(total, Kind.RATE)
                message = (
                    f"{self.title(column)} {shown} が、合計の {usual} から {self.rule.points} ポイントを超えて"
                    "離れています。"
                )
                yield self.finding(column, row, message, actual=shown)

    def needed(self) -> Iterator[int | Fraction | None]:
        for column in self.rule.columns:
            for row in (*self.context.results.rows(self.table), TOTAL_ROW):
                yield self.value(column, row)


class SinceCheck(Check[Since]):
    """A number for a time at which there was nothing to count yet: － is meant, or the date is wrong."""

    def findings(self) -> Iterator[Finding]:
        day = self._as_of
        if day is None or day >= self.rule.first_day:
            return
        for column in self.rule.columns:
            for row in self.context.results.rows(self.table):
                number = self.value(column, row)
                if number is not None:
                    shown, symbol = format_count(int(number)), Missing.NONE.symbol
                    message = (
                        f"{self.title(column)} は {format_date(self.rule.first_day)} に始まりました。"
                        f"その前の時点では {shown} ではなく {symbol} です。"
                    )
                    yield self.finding(column, row, message, expected=symbol, actual=shown)

    @property
    def _as_of(self) -> date | None:
        value = self.context.results.inputs.settings.get(self.rule.as_of)
        return value if isinstance(value, date) else None

    def needed(self) -> Iterator[int | Fraction | None]:
        yield None if self._as_of is None else 0


def round_rate(rate: int | Fraction) -> Fraction:
    """A rate as it was printed (it was typed from print, so this changes nothing unless more digits were typed)."""
    return Fraction(percent(rate, PERCENT_DIGITS)) / 100


CHECKS: Mapping[type[Rule], type[Check[Any]]] = {
    Order: OrderCheck,
    OverLimit: OverLimitCheck,
    Equal: EqualCheck,
    Cumulative: CumulativeCheck,
    Difference: DifferenceCheck,
    Distinct: DistinctCheck,
    Outlier: OutlierCheck,
    Since: SinceCheck,
}


class RuleOutcome(Struct, frozen=True):
    """What all declared rules found, and how often each (by table and number of the rule from 1)."""

    findings: list[Finding]
    counts: dict[tuple[str, int], Value]


def check_rules(context: Context) -> RuleOutcome:
    """Run every declared rule of a report."""
    outcome = RuleOutcome([], {})
    for table in context.results.report.tables:
        for number, rule in enumerate(table.rules, 1):
            check = CHECKS[type(rule)](rule, table, context)
            outcome.findings.extend(check.found)
            outcome.counts[table.id, number] = check.count()
    return outcome
