"""What every formula cell of a master should show, from the declaration alone: the other half of the cross-check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from jukixl.era import excel_serial
from jukixl.figures import Missing, round_half_up
from jukixl.report.computation import RATIO_DIGITS, Results
from jukixl.report.expression import TOTAL_ROW
from jukixl.report.model import Column, Fill, Kind, Table, Total
from jukixl.report.values import Value
from jukixl.workbook import names

_SHOWN = 24
"""Characters of a row's name that a message shows."""

Content = int | Decimal | str
"""What a formula cell holds: a number, or a text ("" where nothing is filled in)."""


class Expectation(Struct, frozen=True):
    """What the cell with this name should hold; `kind` says how to print it, `what` it is, with `row` in a table's row."""

    name: str
    content: Content
    kind: Kind
    what: str
    municipality: str | None = None
    row: tuple[Table, str] | None = None

    @property
    def label(self) -> str:
        """What it is, for messages."""
        if self.row is None:
            return self.what
        table, row = self.row
        return f"{table.title} {row_label(table, row)} {self.what}"

    @property
    def is_total(self) -> bool:
        return self.name.endswith(f".{TOTAL_ROW}")


def iter_expectations(
    results: Results, rule_counts: Mapping[tuple[str, int], Value]
) -> Iterator[Expectation]:
    """Every formula cell of the master by name. `rule_counts`: how many places break each declared rule."""
    for table in results.report.tables:
        yield from _of_table(results, table)
    for part in results.report.printed_figures:
        figure = results.report.figures_by_id[part.figure]
        value = to_content(results.figure(figure), figure.kind)
        yield Expectation(names.figure_name(part), value, figure.kind, figure.label)
        yield Expectation(names.text_name(part), results.text(part), Kind.TEXT, figure.label)
    for (table_id, number), count in rule_counts.items():
        label = f"{results.report.tables_by_id[table_id].title} 検算{number}"
        yield Expectation(names.rule_name(table_id, number), to_content(count, Kind.COUNT), Kind.COUNT, label)
    for setting in results.report.settings:
        shown = next(part for part in results.report.printed_figures if part.tag == setting.id)
        yield Expectation(names.shown_name(setting.id), results.text(shown), Kind.TEXT, setting.label)


def _of_table(results: Results, table: Table) -> Iterator[Expectation]:
    if table.caption and table.caption.placeholders:
        text = results.render(table.caption)
        yield Expectation(names.title_name(table.id, "caption"), text, Kind.TEXT, table.title)
        for code in table.row_ids if table in results.report.survey_tables else ():
            yield Expectation(
                names.survey_title_name(table.id, "caption", code), text, Kind.TEXT, table.title, code
            )
    for column in table.columns:
        if column.title.placeholders:
            title = results.render(column.title)
            yield Expectation(
                names.title_name(table.id, column.id), title, Kind.TEXT, f"{table.title} 見出し"
            )
        yield from _of_column(results, table, column)
    for group, first, _ in table.iter_groups():
        if group.placeholders:
            name = names.title_name(table.id, names.group_part(first))
            yield Expectation(name, results.render(group), Kind.TEXT, f"{table.title} 見出し")


def _of_column(results: Results, table: Table, column: Column) -> Iterator[Expectation]:
    rows = table.row_ids if column.value is not None or column.fill is Fill.MUNICIPALITY else ()
    if column.total is not Total.NONE:
        rows = (*rows, TOTAL_ROW)
    is_municipal = results.report.municipalities is table.rows
    title = column.title.plain
    for row in rows:
        content = to_content(results.value(table, column, row), column.kind)
        name = names.cell_name(table.id, column.id, row)
        municipality = row if is_municipal and row != TOTAL_ROW else None
        yield Expectation(name, content, column.kind, title, municipality, (table, row))


def row_label(table: Table, row: str) -> str:
    """What staff call a row: a municipality's name; of several texts, which begin with the most general, the last two;
    合計; or its number."""
    if row == TOTAL_ROW:
        return table.total_label or "合計"
    record = table.rows.by_id.get(row, {}) if table.rows is not None else {}
    texts = [record.get(column.id) for column in table.columns if column.kind is Kind.TEXT]
    return "・".join(_short(text) for text in [text for text in texts if text][-2:]) or row


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def to_content(value: Value, kind: Kind) -> Content:
    """A value as its cell holds it: rates rounded once, days as serial numbers, missing values as symbols."""
    if isinstance(value, int | Fraction):
        return round_half_up(value, RATIO_DIGITS) if kind.is_rounded else int(value)
    if isinstance(value, Missing):
        return value.symbol
    return excel_serial(value) if isinstance(value, date) else str(value)
