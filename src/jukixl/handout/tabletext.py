"""What a table of the handout must read: the one source for filling, merging, verifying and the manifest."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from jukixl.handout.names import CONTINUED, NOTHING
from jukixl.handout.tables import label_span
from jukixl.report.expression import TOTAL_ROW
from jukixl.report.model import Table, TableKind

if TYPE_CHECKING:
    from jukixl.report.computation import Results

BLANK_ROWS = 2
"""Blank rows of a list that nobody has filled in yet."""

RowText = tuple[str, ...]
_PART_OF_NUMBER = re.compile("[0-9０-９][0-9０-９,.，．]*")


class TableText(Struct, frozen=True, dict=True):
    """The printed texts of a table: `rows[i][column]` without header and total; `total` from the first column
    after the label on, None without a total row."""

    table: Table
    rows: tuple[RowText, ...]
    total: RowText | None

    @cached_property
    def key_columns(self) -> tuple[int, ...]:
        """Places of the columns that tell rows apart; the texts where the definition names no key."""
        columns = self.table.printed_columns
        keys = tuple(at for at, column in enumerate(columns) if column in self.table.key_columns)
        return keys or tuple(at for at, column in enumerate(columns) if not column.kind.is_number)

    @cached_property
    def merge_columns(self) -> tuple[int, ...]:
        """Places of the columns whose equal cells are merged, outermost first."""
        return tuple(at for at, column in enumerate(self.table.printed_columns) if column.merge)

    @property
    def continued_columns(self) -> tuple[int, ...]:
        """Places of the columns that say on the next page that a row goes on."""
        return self.merge_columns or (0,)

    def continued(self, row: int, column: int) -> str:
        """What such a column says of a row: a merged one its text again. A blank one of these has nothing to say."""
        if column not in self.merge_columns:
            return CONTINUED
        return f"{self.rows[row][column]}{CONTINUED}" if self.rows[row][column] else ""

    def key(self, row: Sequence[str]) -> RowText:
        """What tells a row from the others; spaces and line breaks that somebody added don't count."""
        return tuple([normal(row[at]) for at in self.key_columns])

    @cached_property
    def keys(self) -> tuple[RowText, ...]:
        """The key of every row here."""
        return tuple(map(self.key, self.rows))

    def pair(self, shown: Sequence[Sequence[str]]) -> dict[int, int]:
        """Numbers of a document's rows by those of the rows here with the same key; of equal keys the first with the first."""
        places: dict[RowText, list[int]] = defaultdict(list)
        for there, row in enumerate(shown):
            places[self.key(row)].append(there)
        return {number: places[key].pop(0) for number, key in enumerate(self.keys) if places[key]}

    def reads(self, shown: Sequence[Sequence[str]]) -> bool:
        """Whether a document's rows are these, text for text."""
        return len(shown) == len(self.rows) and all(
            tuple(texts) == row for texts, row in zip(shown, self.rows, strict=True)
        )

    @property
    def says_nothing(self) -> bool:
        """Whether the table is a diary without entries, whose one row is one cell over all columns."""
        return self.table.kind is TableKind.LOG and [row[0] for row in self.rows] == [NOTHING]

    def is_remainder(self, row: Sequence[str]) -> bool:
        """Whether a row is what is missing from a printed total, and not an observation."""
        return self.table.remainder is not None and self.table.remainder in row


def table_text(results: Results, table: Table) -> TableText:
    """The texts of a table as the results have them.

    A diary without entries has one row that says so in its first cell. Any other table without rows has blank ones: nobody
    has said that there is nothing.
    """
    columns = table.printed_columns
    rows = tuple(zip(*(results.printed_column(table, column) for column in columns), strict=True))
    total = None
    if table.has_total():
        total = tuple(results.printed(table, column, TOTAL_ROW) for column in columns[label_span(table) :])
    return TableText(table, rows or _without_rows(table), total)


def _without_rows(table: Table) -> tuple[RowText, ...]:
    rest = ("",) * (len(table.printed_columns) - 1)
    if table.kind is TableKind.LOG:
        return ((NOTHING, *rest),)
    return (("", *rest),) * BLANK_ROWS


def alike(one: str, other: str) -> bool:
    """Whether two texts say the same: spaces and line breaks carry no meaning, unless they part a number."""
    return one == other or (
        normal(one) == normal(other) and _PART_OF_NUMBER.findall(one) == _PART_OF_NUMBER.findall(other)
    )


@lru_cache(maxsize=8192)  # the texts of a table come back in its keys, merged cells and comparisons
def normal(text: str) -> str:
    """A text for comparison: without line breaks and spaces, which carry no meaning in a cell."""
    return "".join(text.split())
