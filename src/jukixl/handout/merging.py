"""Merged cells: which rows of a table belong together, where a page may part them, and how that looks in Word."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from jukixl.handout.grid import Grid, cells_of, continued, set_keep_next, set_merge, write_cell
from jukixl.handout.ooxml import TR, Element, w
from jukixl.handout.styles import TABLE_BREAK
from jukixl.handout.tabletext import TableText


@dataclass(frozen=True)
class Groups:
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
        outer = [
            outer[at] or not cell or cell != cells[at - 1] for at, cell in enumerate(cells)
        ]
        starts.append(tuple(outer))
    return Groups(tuple(starts), len(text.rows))


def apply_breaks(content: Element, grid: Grid, text: TableText, breaks: Sequence[int]) -> None:
    """Split the table in `content` before these rows, one part a page, and merge the cells within each part.

    Parts and not page breaks inside one table: those are ignored by LibreOffice, and parts are the same in every program.
    """
    groups = groups_of(text)
    edges = [0, *breaks, len(text.rows)]
    _merge(grid, text, groups, edges)
    _keep_together(grid, groups, edges)
    for first, end in list(pairwise(edges))[1:]:
        content.append(w("p", w("pPr", w("pStyle", val=TABLE_BREAK))))
        content.append(_part(grid, grid.body[first:end]))
    if breaks and grid.total is not None:
        content[-1].append(grid.total)


def _part(grid: Grid, rows: Sequence[Element]) -> Element:
    table = grid.parts[0]
    part = copy.copy(table)
    for row in part.findall(TR):
        part.remove(row)
    part.extend(copy.deepcopy(row) for row in grid.header)
    part.extend(rows)
    return part


def _merge(grid: Grid, text: TableText, groups: Groups, edges: Sequence[int]) -> None:
    cells = [cells_of(row) for row in grid.body] if text.merge_columns else []
    for level, column in enumerate(text.merge_columns):
        starts = groups.starts[level]
        for first, end in pairwise(edges):
            for row in range(first, end):
                _merge_cell(cells[row][column], text.rows[row][column], _place(starts, row, first, end))


@dataclass(frozen=True, slots=True)
class _CellPlace:
    """Where a cell stands in its merged group and page."""

    is_first: bool
    goes_on: bool
    began_before: bool


def _place(starts: Sequence[bool], row: int, first: int, end: int) -> _CellPlace:
    is_first = starts[row] or row == first
    return _CellPlace(is_first, row + 1 < end and not starts[row + 1], not starts[row])


def _merge_cell(cell: Element, text: str, place: _CellPlace) -> None:
    if not place.is_first:
        set_merge(cell, "continue")
        write_cell(cell, "")
        return
    set_merge(cell, "restart" if place.goes_on else None)
    write_cell(cell, continued(text, place.began_before))


def _keep_together(grid: Grid, groups: Groups, edges: Sequence[int]) -> None:
    """A merged group that is on one page stays on one, whatever Word does with the lines; so does the total."""
    last = groups.rows - 1
    with_total = grid.total is not None
    for first, end in pairwise(edges):
        for row in range(first, end):
            kept = row + 1 < end and any(_within(groups, level, row, first, end) for level in range(len(groups.starts)))
            if groups.starts or row == last:
                set_keep_next(grid.body[row], kept or (row == last and with_total))


def _within(groups: Groups, level: int, row: int, first: int, end: int) -> bool:
    if groups.starts[level][row + 1]:
        return False
    whole = groups.group(level, row)
    return first <= whole.start and whole.stop <= end
