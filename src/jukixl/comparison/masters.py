"""Two masters: settings, figures and every value of every table, by declared table, row and column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jukixl.comparison.differences import Comparison, Difference, Topic, number_change, text_change
from jukixl.errors import InputError, Place, Problem
from jukixl.handout.mismatches import shortened
from jukixl.handout.tabletext import table_text
from jukixl.report.computation import print_value
from jukixl.report.expression import TOTAL_ROW
from jukixl.report.model import Column, Kind, Table, Total
from jukixl.report.text import Placeholder
from jukixl.report.values import Value
from jukixl.report.wording import word_column
from jukixl.workbook import names
from jukixl.workbook.expected import row_label
from jukixl.workbook.master import Master, read_master

MASTERS = "マスター"


def compare_masters(old: Path, new: Path) -> Comparison:
    """What differs. InputError where one isn't a master or they are of different reports."""
    former, latter = read_master(old), read_master(new)
    if former.report.id != latter.report.id:
        message = f"別の報告（{latter.report.id}）のマスターです。もう一方は {former.report.id} です。同じ報告のものを指定してください。"
        raise InputError(Problem(message, Place(file=new.name)))
    reading = _Reading(former, latter)
    found = tuple(reading.iter_differences())
    return Comparison(MASTERS, old.name, new.name, reading.values, found)


class _Reading:
    def __init__(self, old: Master, new: Master) -> None:
        self._old, self._new = old, new
        self.values = 0

    def iter_differences(self) -> Iterator[Difference]:
        yield from self._figures()
        old, new = self._old.report.tables_by_id, self._new.report.tables_by_id
        for table_id in dict.fromkeys((*new, *old)):
            if table_id in old and table_id in new:
                yield from self._table(old[table_id], new[table_id])
            else:
                one = new.get(table_id) or old[table_id]
                yield text_change(
                    Topic.COLUMN,
                    f"表「{one.title}」",
                    "あり" if table_id in old else "",
                    "あり" if table_id in new else "",
                )

    def _figures(self) -> Iterator[Difference]:
        old, new = self._old.report.figures_by_id, self._new.report.figures_by_id
        for figure_id in dict.fromkeys((*new, *old)):
            before, after = old.get(figure_id), new.get(figure_id)
            kind = (after or old[figure_id]).kind
            kept = "設定" if figure_id in self._new.report.settings_by_id else "数値"
            place = f"{kept}「{(after or old[figure_id]).label}」"
            values = (
                self._old.results.figure(before) if before else None,
                self._new.results.figure(after) if after else None,
            )
            candidates = names.setting_name(figure_id), names.figure_name(Placeholder(figure_id))
            cells = _locate(self._old, *candidates), _locate(self._new, *candidates)
            yield from self._value(place, kind, values, cells)

    def _table(self, old: Table, new: Table) -> Iterator[Difference]:
        place = f"表「{new.title}」"
        yield from self._columns(old, new, place)
        columns = [(old.by_id[column.id], column) for column in new.columns if column.id in old.by_id]
        pairs = self._pair_rows(old, new)
        partners = {after: before for before, after in pairs.items()}
        for row in self._new.results.rows(new):
            if row in partners:
                yield from self._cells(columns, (old, partners[row]), (new, row))
            else:
                yield text_change(Topic.ROW, place, "", self._row_text(self._new, new, row))
        for row in self._old.results.rows(old):
            if row not in pairs:
                yield text_change(Topic.ROW, place, self._row_text(self._old, old, row), "")
        if old.has_total() and new.has_total():
            yield from self._cells(columns, (old, TOTAL_ROW), (new, TOTAL_ROW))

    def _columns(self, old: Table, new: Table, place: str) -> Iterator[Difference]:
        for column_id in dict.fromkeys((*new.by_id, *old.by_id)):
            before, after = old.by_id.get(column_id), new.by_id.get(column_id)
            titles = (
                word_column(before, self._old.results) if before else "",
                word_column(after, self._new.results) if after else "",
            )
            if titles[0] != titles[1]:
                what = "見出し" if all(titles) else "列"
                yield text_change(Topic.COLUMN, f"{place}の{what}", *titles)

    def _pair_rows(self, old: Table, new: Table) -> dict[str, str]:
        """Rows of the new table by those of the old: known ones by their id, such as the municipality's code; typed ones by key."""
        before, after = self._old.results.rows(old), self._new.results.rows(new)
        if not new.has_open_rows:
            return {row: row for row in before if row in after}
        if not before or not after:
            return {}
        pairs = table_text(self._old.results, old).pair(table_text(self._new.results, new).rows)
        return {before[number]: after[there] for number, there in pairs.items()}

    def _cells(
        self, columns: list[tuple[Column, Column]], old: tuple[Table, str], new: tuple[Table, str]
    ) -> Iterator[Difference]:
        label = self._row_text(self._new, *new)
        for before, after in columns:
            is_total = new[1] == TOTAL_ROW
            if is_total and Total.NONE in (before.total, after.total):
                continue
            values = (
                self._old.results.value(old[0], before, old[1]),
                self._new.results.value(new[0], after, new[1]),
            )
            place = f"表「{new[0].title}」　{label}「{word_column(after, self._new.results)}」"
            cells = (
                _locate(self._old, _cell_name(old[0], before, old[1])),
                _locate(self._new, _cell_name(new[0], after, new[1])),
            )
            yield from self._value(place, after.kind, values, cells)

    def _row_text(self, master: Master, table: Table, row: str) -> str:
        """A row in words: its texts and days, or all that it has."""
        if row == TOTAL_ROW or not table.has_open_rows:
            return row_label(table, row)
        texts = [column for column in table.columns if not column.kind.is_number]
        shown = (master.results.printed(table, column, row) for column in texts or table.columns)
        return " ／ ".join(shortened(text) for text in shown if text) or row

    def _value(
        self, place: str, kind: Kind, values: tuple[Value | None, Value | None], cells: tuple[str, str]
    ) -> Iterator[Difference]:
        self.values += 1
        if values[0] == values[1]:
            return
        old, new = ("" if value is None else print_value(value, kind) for value in values)
        if kind.is_number:
            yield number_change(place, (old, values[0]), (new, values[1]), cells)
        else:
            yield text_change(Topic.TEXT, place, old, new, cells)


def _cell_name(table: Table, column: Column, row: str) -> str:
    return (
        names.total_name(table.id, column.id)
        if row == TOTAL_ROW
        else names.cell_name(table.id, column.id, row)
    )


def _locate(master: Master, *candidates: str) -> str:
    """別紙5!C6: where the first of these names that the master has leads; "" where it has none."""
    for one in candidates:
        area = master.snapshot.names.get(one)
        if area is not None and area.is_cell:
            return f"{area.sheet}!{area.first}"
    return ""
