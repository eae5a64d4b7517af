"""Merged cells: which rows of a table belong together, where a page may part them, and how that looks in Word."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from jukixl.handout.grid import Grid, set_keep_next, set_merge
from jukixl.handout.names import CONTINUED
from jukixl.handout.ooxml import Element, w
from jukixl.handout.rows import part_of
from jukixl.handout.styles import TABLE_BREAK
from jukixl.handout.tabletext import TableText


class Groups(Struct, frozen=True):
    """`starts[level][row]`: whether a merged cell of that level (0 outermost) starts in that row.

    Equal texts are merged only within equal texts to their left; blank cells never, as nothing says that they are equal.
    """

    starts: tuple[tuple[bool, ...], ...]
    rows: int

    def group(self, level: int, row: int) -> range:
        """The rows of the merged cell that `row` belongs to."""
        starts = self.starts[level]
        first = row
        while not starts[first]:
            first -= 1
        end = row + 1
        while end < self.rows and not starts[end]:
            end += 1
        return range(first, end)


def groups_of(text: TableText) -> Groups:
    """The merged cells of a table."""
    starts: list[tuple[bool, ...]] = []
    outer = [row == 0 for row in range(len(text.rows))]
    for column in text.merge_columns:
        cells = [row[column] for row in text.rows]
        outer = [outer[at] or not cell or cell != cells[at - 1] for at, cell in enumerate(cells)]
        starts.append(tuple(outer))
    return Groups(tuple(starts), len(text.rows))


def apply_breaks(content: Element, grid: Grid, text: TableText, breaks: Sequence[int]) -> None:
    """Split the table in `content` before these rows, one part a page, and merge the cells within each part.

    Parts and not page breaks inside one table: those are ignored by LibreOffice, and parts are the same in every program.
    """
    groups = groups_of(text)
    edges = [0, *breaks, len(text.rows)]
    for first, end in pairwise(edges):
        _merge(grid, text, groups, range(first, end))
        _keep_together(grid, groups, range(first, end))
    for first, end in list(pairwise(edges))[1:]:
        content.append(w("p", w("pPr", w("pStyle", val=TABLE_BREAK))))
        content.append(part_of(grid, grid.body[first:end]))
    if breaks and grid.total is not None:
        content[-1].append(grid.total.element)


def _merge(grid: Grid, text: TableText, groups: Groups, page: range) -> None:
    for level, column in enumerate(text.merge_columns):
        starts = groups.starts[level]
        for at in page:
            goes_on = at + 1 in page and not starts[at + 1]
            row = grid.body[at]
            if starts[at] or at == page.start:
                set_merge(row.cells[column], "restart" if goes_on else None)
                row.write(column, text.rows[at][column] + ("" if starts[at] else CONTINUED))
            else:
                set_merge(row.cells[column], "continue")
                row.write(column, "")


def _keep_together(grid: Grid, groups: Groups, page: range) -> None:
    """A merged group that is on one page stays on one, whatever Word does with the lines; so does the total."""
    last = groups.rows - 1
    for at in page:
        kept = at + 1 in page and any(
            _is_whole(groups, level, at, page) for level in range(len(groups.starts))
        )
        if groups.starts or at == last:
            set_keep_next(grid.body[at].cells, kept or (at == last and grid.total is not None))


def _is_whole(groups: Groups, level: int, row: int, page: range) -> bool:
    """Whether this row and the next are in one group, and the page has all of it."""
    if groups.starts[level][row + 1]:
        return False
    group = groups.group(level, row)
    return page.start <= group.start and group.stop <= page.stop
