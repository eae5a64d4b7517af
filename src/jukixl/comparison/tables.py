"""Two tables, wherever they were read from: columns by their keys, rows by theirs, then value by value."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from jukixl.comparison.differences import (
    ComparedTable,
    Difference,
    Spot,
    Topic,
    Value,
    iter_change,
    text_change,
)


class Column(Struct, frozen=True):
    """Columns of the same key are compared. `is_number` None: as its values read."""

    key: str
    title: str
    is_number: bool | None


class Row(Struct, frozen=True):
    """A row. Rows of the same `key` are compared, of those left over the ones with the same `code` ("": none).

    `names` are the texts that tell it from others, the most general first; `values` has one a column, `cells` where they
    stand (別紙5!C6, "" where unknown; none at all in a document).
    """

    key: tuple[str, ...]
    code: str
    names: tuple[str, ...]
    values: tuple[Value, ...]
    cells: tuple[str, ...] = ()


class Side(Struct, frozen=True):
    """A table of one file."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None

    def words(self, row: Row | None) -> str:
        """A whole row: 都留市（申請件数(a) 28,972、…）; "" for none."""
        if row is None:
            return ""
        pairs = zip(self.columns, row.values, strict=True)
        rest = [
            f"{column.title} {one.text}" for column, one in pairs if one.text and one.text not in row.names
        ]
        name = "・".join(row.names)
        return f"{name}（{'、'.join(rest)}）" if rest else name


class TablePair:
    """A table of both files."""

    def __init__(self, old: Side, new: Side) -> None:
        self._old, self._new = old, new
        places = {column.key: at for at, column in enumerate(old.columns)}
        self._columns = [
            (places[column.key], at) for at, column in enumerate(new.columns) if column.key in places
        ]
        self._rows = _pair_rows(old.rows, new.rows)
        self._pair_reworded()

    def _pair_reworded(self) -> None:
        """Rows left over that have no code, but the same numbers and a name in common, are one row that was reworded."""
        taken = set(self._rows.values())
        left: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for there, row in enumerate(self._new.rows):
            if there not in taken and not row.code:
                left[_numbers(row, [after for _, after in self._columns])].append(there)
        for number, row in enumerate(self._old.rows):
            numbers = _numbers(row, [before for before, _ in self._columns])
            if number in self._rows or row.code or set(numbers) <= {None}:
                continue
            alike = (one for one in left[numbers] if not set(row.names).isdisjoint(self._new.rows[one].names))
            found = next(alike, None)
            if found is not None:
                self._rows[number] = found
                left[numbers].remove(found)

    def compare(self) -> tuple[list[Difference], ComparedTable]:
        """What differs, in the order of the new one."""
        found = [*self._headings()]
        labels = row_labels(self._new.rows)
        partners = {there: number for number, there in self._rows.items()}
        unchanged = 0
        for there, row in enumerate(self._new.rows):
            if there in partners:
                changes = [*self._cells(labels[there], self._old.rows[partners[there]], row)]
                unchanged += not changes
                found += changes
            else:
                found.append(self._row_change(None, row))
        gone = (row for number, row in enumerate(self._old.rows) if number not in self._rows)
        found += [self._row_change(row, None) for row in gone]
        found += self._order(labels)
        totals = [*self._totals()]
        unchanged += not totals and self._new.total is not None
        titles = tuple(self._new.columns[after].title for _, after in self._columns)
        values = len(self._columns) * (len(self._rows) + (self._new.total is not None))
        return found + totals, ComparedTable(self._new.title, titles, unchanged, values)

    def _headings(self) -> Iterator[Difference]:
        spot = Spot(self._new.title, "見出し")
        for before, after in self._columns:
            titles = self._old.columns[before].title, self._new.columns[after].title
            if titles[0] != titles[1]:
                yield text_change(Topic.COLUMN, spot, *titles)
        kept = {before for before, _ in self._columns}, {after for _, after in self._columns}
        spot = Spot(self._new.title, "列")
        for at, column in enumerate(self._old.columns):
            if at not in kept[0]:
                yield text_change(Topic.COLUMN, spot, column.title, "")
        for at, column in enumerate(self._new.columns):
            if at not in kept[1]:
                yield text_change(Topic.COLUMN, spot, "", column.title)

    def _order(self, labels: list[str]) -> Iterator[Difference]:
        """The rows that both have, from the first that stands elsewhere to the last."""
        now = sorted(self._rows.values())
        before = [there for _, there in sorted(self._rows.items())]
        moved = [at for at, (one, other) in enumerate(zip(before, now, strict=True)) if one != other]
        if moved:
            part = slice(moved[0], moved[-1] + 1)
            texts = ["、".join(labels[there] for there in order[part]) for order in (before, now)]
            yield text_change(Topic.ROW, Spot(self._new.title, "順序"), *texts)

    def _totals(self) -> Iterator[Difference]:
        old, new = self._old.total, self._new.total
        if old and new:
            if old.names != new.names:
                yield text_change(Topic.TEXT, Spot(self._new.title, "合計行"), *old.names, *new.names)
            yield from self._cells(new.names[0], old, new)
        elif old or new:
            yield self._row_change(old, new)

    def _row_change(self, old: Row | None, new: Row | None) -> Difference:
        cells = ["" if row is None else next(iter(row.cells), "") for row in (old, new)]
        spot = Spot(self._new.title, "", "", *cells)
        return text_change(Topic.ROW, spot, self._old.words(old), self._new.words(new))

    def _cells(self, label: str, old: Row, new: Row) -> Iterator[Difference]:
        for before, after in self._columns:
            column = self._new.columns[after]
            one, other = old.values[before], new.values[after]
            is_number = column.is_number
            if is_number is None:
                is_number = None not in (one.number, other.number)
            cells = (old.cells[before] if old.cells else "", new.cells[after] if new.cells else "")
            spot = Spot(self._new.title, label, column.title, *cells)
            yield from iter_change(spot, one, other, is_number=is_number)


def _numbers(row: Row, columns: Sequence[int]) -> tuple[object, ...]:
    """The numbers in these columns, None for what is none."""
    values = [row.values[at] for at in columns]
    return tuple(None if one.number is None else one.identity for one in values)


def missing_table(title: str, *, is_new: bool) -> Difference:
    """A table that only one file has."""
    there = "" if is_new else "あり", "あり" if is_new else ""
    return text_change(Topic.COLUMN, Spot(title, "表"), *there)


def _pair_rows(old: Sequence[Row], new: Sequence[Row]) -> dict[int, int]:
    """Numbers of the new rows by those of the old ones; of equal keys the first with the first."""
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for there, row in enumerate(new):
        places[row.key].append(there)
    pairs = {number: places[row.key].pop(0) for number, row in enumerate(old) if places[row.key]}
    taken = set(pairs.values())
    codes = {row.code: there for there, row in enumerate(new) if row.code and there not in taken}
    for number, row in enumerate(old):
        if number not in pairs and row.code in codes:
            pairs[number] = codes.pop(row.code)
    return pairs


def row_labels(rows: Sequence[Row]) -> list[str]:
    """What staff call each row: the last two of its names, all of them where that isn't the only one, at last a number."""
    short = ["・".join(row.names[-2:]) for row in rows]
    often = Counter(short)
    labels = [one if often[one] == 1 else "・".join(row.names) for one, row in zip(short, rows, strict=True)]
    often, seen = Counter(labels), Counter[str]()
    for at, label in enumerate(labels):
        seen[label] += 1
        if often[label] > 1:
            labels[at] = f"{label}（{seen[label]}番目）"
    return labels
