"""Where a table that is longer than its page is parted, by the heights of its rows (`heights.py`)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate, pairwise

from msgspec import Struct, field

from jukixl.handout.merging import Groups
from jukixl.handout.tallrows import FIRST_LINES, LAST_LINES, Break, TallRow

_MIN_ROWS = 2
"""A table doesn't begin at the foot of a page with fewer rows."""
_LAST_ROWS = 5
"""Where the rows of a long table can be moved so, its last page has no fewer."""


class TableGeometry(Struct, frozen=True, dict=True):
    """Heights in twips. `merged[level][row]` is what the text of a merged cell that starts in `row` needs.

    `tall` has the rows that may be parted where they take more than half a page.
    """

    header: int
    rows: tuple[int, ...]
    total: int
    groups: Groups
    merged: tuple[tuple[int, ...], ...] = ()
    tall: Mapping[int, TallRow] = field(default_factory=dict)

    @cached_property
    def _sums(self) -> tuple[int, ...]:
        """Height of the rows above each row, and of all."""
        return (0, *accumulate(self.rows))

    def extent(self, first: Break, end: int) -> int:
        """Height of a part from `first` to before row `end`: header, rows, and the total row below the last."""
        height = self.header + self._height(first, end)
        height += max((self._excess(level, first, end) for level in range(len(self.merged))), default=0)
        return height + (self.total if end == len(self.rows) else 0)

    def _height(self, first: Break, end: int) -> int:
        height = self._sums[end] - self._sums[first.row]
        if first.line and end > first.row:
            tall = self.tall[first.row]
            height += tall.height(first.line, tall.lines) - self.rows[first.row]
        return height

    def _excess(self, level: int, first: Break, end: int) -> int:
        """What the merged cells of one level need beyond the rows they stand in; what goes on has room in its own row."""
        starts = self.groups.starts[level]
        edges = [row for row in range(first.row, end) if starts[row] or row == first.row] + [end]
        needed = self.merged[level]
        return sum(
            max(0, needed[top] - (self._sums[bottom] - self._sums[top]))
            for top, bottom in pairwise(edges)
            if top > first.row or not first.line
        )

    def least(self, page: int) -> int:
        """The height that must be free for the table to begin on a page of which `page` twips are for tables."""
        top = Break(0)
        whole = self.extent(top, len(self.rows))
        if whole <= page:
            return whole
        count = min(_MIN_ROWS, len(self.rows))
        parted = next((row for row in range(count) if self._tall(row, page)), None)
        if parted is None:
            return self.extent(top, count)
        return self.extent(top, parted) + self.tall[parted].height(0, FIRST_LINES)

    def _tall(self, row: int, page: int) -> TallRow | None:
        """The row, if it may be parted between pages of this height."""
        return self.tall.get(row) if 2 * self.rows[row] > page else None

    def breaks(self, free: int, page: int) -> tuple[Break, ...]:
        """Where a new page starts, with `free` twips on the first page and `page` on the others.

        A merged group that fits on one page is never parted; a longer one is parted where the groups inside it
        allow. A row is parted only where it takes more than half a page. The total row is never alone.
        """
        found: list[Break] = []
        first, room = Break(0), free
        while (end := self._last_fitting(first, room, page)) < len(self.rows):
            first, room = self._next(first, end, room, page), page
            found.append(first)
        return (*found[:-1], self._last_break(found, page)) if found else ()

    def _last_break(self, found: Sequence[Break], page: int) -> Break:
        """The last break, earlier where it would leave next to nothing for the last page."""
        rows, last = len(self.rows), found[-1]
        if last.line or rows - last.row >= _LAST_ROWS:
            return last
        first = found[-2] if len(found) > 1 else Break(0)
        moved = self._part_before(first, max(rows - _LAST_ROWS, 0), page)
        fits = moved.row - first.row >= _LAST_ROWS and self.extent(moved, rows) <= page
        return moved if fits else last

    def _last_fitting(self, first: Break, room: int, page: int) -> int:
        """The end of the rows from `first` on that fit; at least one, unless it may be parted."""
        end = first.row if self._tall(first.row, page) else first.row + 1
        longer = range(end + 1, len(self.rows) + 1)
        return end + bisect_right(longer, room, key=lambda further: self.extent(first, further))

    def _next(self, first: Break, end: int, room: int, page: int) -> Break:
        """Where the page ends that begins with `first`, if row `end` doesn't fit on it."""
        tall = self._tall(end, page)
        if tall is None:
            return self._part_before(first, end, page)
        above = self.extent(first, end) if end > first.row else self.header
        line = first.line if end == first.row else 0
        lines = min(tall.fitting(room - above), tall.lines - line - LAST_LINES)
        if lines >= FIRST_LINES:
            return Break(end, line + lines)
        if end > first.row:
            return Break(end)
        return Break(end, line + FIRST_LINES) if tall.lines - line > FIRST_LINES else Break(end + 1)

    def _part_before(self, first: Break, end: int, page: int) -> Break:
        for level in range(len(self.groups.starts)):
            group = self.groups.group(level, end)
            fits = self.extent(Break(group.start), group.stop) <= page
            if fits and group.start > first.row:
                return Break(group.start)
        return Break(end)
