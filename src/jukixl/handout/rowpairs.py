"""Which row of a document is which row of the workbook, when hands may have changed names, added rows or taken some out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from jukixl.handout.grid import Grid
from jukixl.handout.manifest import row_name
from jukixl.handout.tabletext import RowText, TableText


class Pairing(Struct, frozen=True):
    """`shown`: what the document says for a row of the workbook, by its number; `added`: rows that only the document has, by
    the number of the workbook's row that they stand behind (None: before all); `is_reordered`: a hand moved rows."""

    shown: dict[int, RowText]
    added: dict[int | None, list[RowText]]
    is_reordered: bool = False


def pair_rows(grid: Grid, due: TableText, last: Mapping[str, RowText]) -> Pairing:
    """Rows are paired by their key; what then is left over on both sides was renamed by hand, if it was there last time."""
    shown = [tuple(row) for row in grid.resolved]
    numbers = due.pair(shown)
    _pair_renamed(due, shown, last, numbers)
    partners = {there: number for number, there in numbers.items()}
    added: dict[int | None, list[RowText]] = defaultdict(list)
    due_keys = set(due.keys)
    behind: int | None = None
    for there, row in enumerate(shown):
        if there in partners:
            behind = partners[there]
        elif any(row) and (due.key(row) in due_keys or row_name(due.key(row)) not in last):
            added[behind].append(
                row
            )  # a copy of a row too; what only was there last time has left the workbook
    order = [due.key(due.rows[partners[there]]) for there in sorted(partners)]
    places = {name: place for place, name in enumerate(last)}
    before = [place for key in order if (place := places.get(row_name(key))) is not None]
    return Pairing(
        {number: shown[there] for number, there in numbers.items()}, dict(added), before != sorted(before)
    )


def _pair_renamed(
    due: TableText, shown: Sequence[RowText], last: Mapping[str, RowText], numbers: dict[int, int]
) -> None:
    """Pair what has no partner: by the other cells being those last written, else one by one where as many are left."""
    taken = set(numbers.values())
    strange = [
        there
        for there, row in enumerate(shown)
        if there not in taken and any(row) and row_name(due.key(row)) not in last
    ]
    lost = [
        number
        for number, row in enumerate(due.rows)
        if number not in numbers and row_name(due.key(row)) in last
    ]
    values = [at for at in range(len(due.table.printed_columns)) if at not in due.key_columns]
    for number in list(lost):
        before = last[row_name(due.key(due.rows[number]))]
        same = [there for there in strange if all(shown[there][at] == before[at] for at in values)]
        if values and same:
            numbers[number] = same[0]
            strange.remove(same[0])
            lost.remove(number)
    if len(strange) == len(lost):
        numbers.update(zip(lost, strange, strict=True))
