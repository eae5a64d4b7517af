"""Two masters: settings, figures and every value of every table, by declared table, row and column."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from jukixl.comparison.differences import (
    ComparedTable,
    Comparison,
    Difference,
    Spot,
    Topic,
    Value,
    iter_change,
)
from jukixl.comparison.tables import Column, Row, Side, TablePair, missing_table
from jukixl.errors import InputError, Place, Problem
from jukixl.figures import Missing
from jukixl.handout.tabletext import TableText, normal
from jukixl.report import model
from jukixl.report.computation import print_value
from jukixl.report.expression import TOTAL_ROW
from jukixl.report.model import Kind, Table, Total
from jukixl.report.text import Placeholder
from jukixl.report.values import Value as Content
from jukixl.report.wording import word_column
from jukixl.workbook import names
from jukixl.workbook.addresses import join_a1, split_a1
from jukixl.workbook.master import Master

MASTERS = "マスター"
_FIGURES, _SETTINGS = "文中の数値・日付等", "設定"
_ABSENT = Value("", Missing.NOT_FILLED)


def compare_masters(old: tuple[str, Master], new: tuple[str, Master]) -> Comparison:
    """What differs, in the order of the new one; each with the file's name. InputError where they are of different reports."""
    former, latter = old[1], new[1]
    if former.report.id != latter.report.id:
        message = f"別の報告（{latter.report.id}）のマスターです。もう一方は {former.report.id} です。同じ報告のものを指定してください。"
        raise InputError(Problem(message, Place(file=new[0])))
    differences = [*_figures(former, latter)]
    tables: list[ComparedTable] = []
    before, after = former.report.tables_by_id, latter.report.tables_by_id
    for table_id in dict.fromkeys((*after, *before)):
        if table_id in before and table_id in after:
            pair = TablePair(_side(former, before[table_id]), _side(latter, after[table_id]))
            found, table = pair.compare()
            differences += found
            tables.append(table)
        else:
            one = after.get(table_id) or before[table_id]
            differences.append(missing_table(one.title, is_new=table_id in after))
    values = len(latter.report.figures) + sum(table.values for table in tables)
    topics = tuple(topic for topic in Topic if topic is not Topic.SENTENCE)
    return Comparison(MASTERS, topics, old[0], new[0], values, tuple(differences), tuple(tables))


def _figures(old: Master, new: Master) -> Iterator[Difference]:
    for figure_id in dict.fromkeys((*new.report.figures_by_id, *old.report.figures_by_id)):
        before, after = (one.report.figures_by_id.get(figure_id) for one in (old, new))
        figure = after or before
        assert figure is not None, "one of the two has it"
        is_setting = figure_id in (new if after else old).report.settings_by_id
        cells = names.setting_name(figure_id), names.figure_name(Placeholder(figure_id))
        spot = Spot(
            _SETTINGS if is_setting else _FIGURES,
            "",
            figure.label,
            _locate(old, *cells),
            _locate(new, *cells),
        )
        values = [
            _value(master.results.figure(one), one.kind) if one else _ABSENT
            for master, one in ((old, before), (new, after))
        ]
        yield from iter_change(spot, *values, is_number=figure.kind.is_number)


def _side(master: Master, table: Table) -> Side:
    results = master.results
    columns = tuple(
        Column(column.id, word_column(column, results), column.kind.is_number) for column in table.columns
    )
    rows = tuple(_row(master, table, row) for row in results.rows(table))
    total = _row(master, table, TOTAL_ROW) if table.has_total() else None
    return Side(table.title, columns, rows, total)


def _row(master: Master, table: Table, row: str) -> Row:
    """Known by the texts that tell it from others, and by its id where that is one of its texts, such as a municipality's code."""
    results = master.results
    values = [
        _ABSENT
        if row == TOTAL_ROW and column.total is Total.NONE
        else _value(results.value(table, column, row), column.kind)
        for column in table.columns
    ]
    cells = _cells(master, table, row)
    if row == TOTAL_ROW:
        return Row((), "", (table.total_label or "合計",), tuple(values), cells)
    texts = {column.id: value.text for column, value in zip(table.columns, values, strict=True)}
    printed = TableText(table, (), None)
    keys = [table.printed_columns[at] for at in printed.key_columns]
    shown = tuple(texts[one.id] for one in _telling(keys) if texts[one.id])
    code = row if row in texts.values() else ""
    key = tuple(normal(texts[one.id]) for one in keys) or (row,)
    return Row(key, code, shown or (row,), tuple(values), cells)


def _telling(keys: list[model.Column]) -> list[model.Column]:
    """Those that staff call a row by."""
    return [column for column in keys if column.kind is not Kind.CODE] or keys


def _value(content: Content, kind: Kind) -> Value:
    """Rates are the same where they print the same; their change is that of the unrounded ones."""
    text = print_value(content, kind)
    number = content if isinstance(content, int | Fraction) and kind.is_number else None
    if kind.is_rounded:
        return Value(text, text, None if number is None else Fraction(number))
    return Value(text, content, number)


def _cells(master: Master, table: Table, row: str) -> tuple[str, ...]:
    """Where a row's values stand: by their names; what has none, such as a municipality's, in its column beside them."""
    areas = master.snapshot.names
    known = [areas.get(names.cell_name(table.id, column.id, row)) for column in table.columns]
    number = next((split_a1(area.first)[0] for area in known if area), None)
    cells = []
    for column, area in zip(table.columns, known, strict=True):
        place = area or areas.get(names.column_name(table.id, column.id))
        at = split_a1(place.first)[1] if place else 0
        cells.append(f"{place.sheet}!{join_a1(number, at)}" if place and number else "")
    return tuple(cells)


def _locate(master: Master, *candidates: str) -> str:
    """設定!C6: where the first of these names that the master has leads; "" where it has none."""
    found = (master.snapshot.names.get(one) for one in candidates)
    return next((f"{area.sheet}!{area.first}" for area in found if area and area.is_cell), "")
