"""Merged cells: which rows of a table belong together, where a page may part them, and how that looks in Word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from msgspec import Struct

from jukixl.handout.grid import Grid, Row, set_keep_next, set_merge
from jukixl.handout.ooxml import Element, w
from jukixl.handout.rows import part_of, part_row
from jukixl.handout.styles import TABLE_BREAK
from jukixl.handout.tabletext import TableText
from jukixl.handout.tallrows import Break, TallRow


class Groups(Struct, frozen=True, dict=True):
    """`starts[level][row]`: whether a merged cell of that level (0 outermost) starts in that row.

    Equal texts are merged only within equal texts to their left; blank cells never, as nothing says that they are equal.
    """

    starts: tuple[tuple[bool, ...], ...]
    rows: int

    def group(self, level: int, row: int) -> range:
        """The rows of the merged cell that `row` belongs to."""
        return self._groups[level][row]

    @cached_property
    def _groups(self) -> tuple[tuple[range, ...], ...]:
        """By level and row."""
        levels = []
        for starts in self.starts:
            edges = [row for row, begins in enumerate(starts) if begins]
            groups = map(range, edges, [*edges[1:], self.rows])
            levels.append(tuple(group for group in groups for _ in group))
        return tuple(levels)


def groups_of(text: TableText) -> Groups:
    """The merged cells of a table."""
    starts: list[tuple[bool, ...]] = []
    outer = [row == 0 for row in range(len(text.rows))]
    for column in text.merge_columns:
        cells = [row[column] for row in text.rows]
        outer = [outer[at] or not cell or cell != cells[at - 1] for at, cell in enumerate(cells)]
        starts.append(tuple(outer))
    return Groups(tuple(starts), len(text.rows))


class _Line(Struct, frozen=True):
    """A row as a page has it. `begins`: whether it begins there; `parted`: the columns of which this is only a part."""

    at: int
    row: Row
    begins: bool = True
    parted: frozenset[int] = frozenset()


def apply_breaks(
    content: Element, grid: Grid, text: TableText, breaks: Sequence[Break], tall: Mapping[int, TallRow]
) -> None:
    """Split the table in `content` at these places, one part a page, and merge the cells within each part.

    Parts and not page breaks inside one table: those are ignored by LibreOffice, and parts are the same in every program.
    A row that is parted goes on in a row of its own, below what is merged with it (`tall` has such rows).
    """
    groups = groups_of(text)
    edges = [Break(0), *breaks, Break(len(text.rows))]
    # What goes on is copied from a row before the row is cut: from the last page to the first.
    pages = [list(_lines(grid, tall, first, end)) for first, end in reversed(list(pairwise(edges)))][::-1]
    for page, (first, end) in zip(pages, pairwise(edges), strict=True):
        _merge(page, text, groups)
        whole = range(first.row + (first.line > 0), end.row)
        _keep_together(page, grid.total, groups, whole)
    for number, page in enumerate(pages[1:], 2):
        content.append(w("p", w("pPr", w("pStyle", val=TABLE_BREAK))))
        content.append(part_of(grid, [line.row for line in page], number))
    if breaks and grid.total is not None:
        content[-1].append(grid.total.element)


def _lines(grid: Grid, tall: Mapping[int, TallRow], first: Break, end: Break) -> Iterator[_Line]:
    """The rows between two breaks."""
    last = end.row + (end.line > 0)
    for at in range(first.row, last):
        top = first.line if at == first.row else 0
        bottom = end.line if at == end.row else 0
        if top or bottom:
            parted = tall[at]
            texts = parted.texts(top, bottom or parted.lines)
            columns = frozenset(column for column, one in enumerate(texts) if one is not None)
            yield _Line(at, part_row(grid.body[at], texts, begins=not top), not top, columns)
        else:
            yield _Line(at, grid.body[at])


def _merge(page: Sequence[_Line], text: TableText, groups: Groups) -> None:
    for line in page[:1]:
        if not text.merge_columns and not line.begins and 0 not in line.parted:
            line.row.write(0, text.continued(line.at, 0))
    for level, column in enumerate(text.merge_columns):
        starts = groups.starts[level]
        for place, line in enumerate(page):
            if column >= len(line.row.cells) or column in line.parted:
                continue  # one cell over all columns; a text that is no repetition
            below = page[place + 1 : place + 2]
            goes_on = bool(below) and not starts[below[0].at]
            begins = starts[line.at] and line.begins
            if begins or place == 0:
                set_merge(line.row.cells[column], "restart" if goes_on else None)
                line.row.write(
                    column, text.rows[line.at][column] if begins else text.continued(line.at, column)
                )
            else:
                set_merge(line.row.cells[column], "continue")
                line.row.write(column, "")


def _keep_together(page: Sequence[_Line], total: Row | None, groups: Groups, whole: range) -> None:
    """A merged group that is on one page stays on one, whatever Word does with the lines; so does the total.

    `whole`: the rows that the page has all of.
    """
    last = groups.rows - 1
    for line in page:
        kept = line.at + 1 in whole and any(
            _is_whole(groups, level, line.at, whole) for level in range(len(groups.starts))
        )
        if groups.starts or line.at == last:
            above_total = line is page[-1] and line.at == last and total is not None
            set_keep_next(line.row.cells, kept or above_total)


def _is_whole(groups: Groups, level: int, row: int, page: range) -> bool:
    """Whether this row and the next are in one group, and the page has all of it."""
    if groups.starts[level][row + 1]:
        return False
    group = groups.group(level, row)
    return page.start <= group.start and group.stop <= page.stop
