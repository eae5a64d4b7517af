"""How high the rows of a table are, by counting the lines of their cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat

from jukixl.handout.formats import ParagraphFormat, StyleSheet
from jukixl.handout.geometry import TableGeometry
from jukixl.handout.grid import Grid, Reader, Row, column_edges, merges_of, span_of
from jukixl.handout.merging import Groups, groups_of
from jukixl.handout.names import CONTINUED
from jukixl.handout.ooxml import Element, attribute, child_of, name, parent_of
from jukixl.handout.styles import SIDE_MARGIN
from jukixl.handout.tabletext import TableText
from jukixl.handout.tallrows import FIRST_LINES, CellText, TallRow
from jukixl.report.model import Kind

BORDER = 12
"""Twips that the line between two rows adds, rounded up."""
_TABLE_PROPERTIES, _MARGINS = name("tblPr"), name("tblCellMar")
_TALL = 4500
"""Rows below this height (twips) are never parted, on pages of whatever height."""


def table_geometry(grid: Grid, text: TableText, styles: StyleSheet) -> TableGeometry:
    """The heights of a table that isn't split, with these texts."""
    measure = _Cells(grid.table, styles)
    groups = groups_of(text)
    printed = _with_continuations(text, groups)
    needs = measure.needs_of_all(grid.body, printed)
    rows = tuple(
        measure.row_height(row.element, _unmerged(need, at, text.merge_columns, groups))
        for at, (row, need) in enumerate(zip(grid.body, needs, strict=True))
    )
    tall = {
        at: row
        for at, height in enumerate(rows)
        if height > _TALL and (row := measure.tall_row(grid.body[at], text, groups, at))
    }
    merged = tuple(tuple(need[column] + BORDER for need in needs) for column in text.merge_columns)
    total = sum(measure.heights([grid.total], {})) if grid.total else 0
    header = sum(measure.heights(grid.header, merges_of(row.element for row in grid.header)))
    return TableGeometry(header, rows, total, groups, merged, tall)


def _is_grouped(text: TableText, groups: Groups, column: int, row: int) -> bool:
    """Whether a cell is merged with cells of other rows."""
    merged = column in text.merge_columns
    return merged and len(groups.group(text.merge_columns.index(column), row)) > 1


def _with_continuations(text: TableText, groups: Groups) -> Sequence[Sequence[str]]:
    """The texts of the rows, each as if a page began with it: a merged cell that goes on says so."""
    if not text.merge_columns:
        return text.rows
    rows: list[Sequence[str]] = []
    for at, texts in enumerate(text.rows):
        inner = [
            column for starts, column in zip(groups.starts, text.merge_columns, strict=True) if not starts[at]
        ]
        goes_on = [one + CONTINUED if column in inner else one for column, one in enumerate(texts)]
        rows.append(goes_on if inner else texts)
    return rows


def _unmerged(need: list[int], row: int, merge_columns: Sequence[int], groups: Groups) -> list[int]:
    """What the cells of a row need that aren't merged with cells of other rows."""
    merged = {column for level, column in enumerate(merge_columns) if len(groups.group(level, row)) > 1}
    return [height for column, height in enumerate(need) if column not in merged] if merged else need


def free_table_heights(table: Element, styles: StyleSheet, read: Reader) -> list[tuple[Element, int]]:
    """Rows and their heights of a table of which nothing is known, such as one that staff inserted."""
    found = read(table)
    rows = [*found.header, *found.others]
    heights = _Cells(table, styles).heights(rows, merges_of([table]))
    return list(zip((row.element for row in rows), heights, strict=True))


class _Room:
    """The room of one cell: how its text is set, how wide its column is, what stands above and below (twips)."""

    __slots__ = ("_fitting", "_look", "_padding", "_width", "one_line")

    def __init__(self, look: ParagraphFormat | None, width: int, padding: int) -> None:
        self._look = look
        self._width = width
        self._padding = padding
        self._fitting = look.fitting(width) if look else 0
        self.one_line = padding + (look.height(1) if look else 0)
        """The height that one line needs."""

    def holds(self, text: str) -> bool:
        """Whether a text stands on one line for sure; Latin letters and digits are half as wide as others."""
        fitting = 2 * self._fitting if text.isascii() else self._fitting
        return len(text) <= fitting and "\n" not in text

    def cell(self, text: str) -> CellText | None:
        """A text in this room; None where the cell has no paragraph."""
        return CellText(text, self._look, self._width) if self._look else None

    def height(self, text: str) -> int:
        """The height that a text needs."""
        look = self._look
        return self._padding + (look.height(look.lines(text, self._width)) if look else 0)


class _Cells:
    """Measures the cells of one table by its grid and margins."""

    def __init__(self, table: Element, styles: StyleSheet) -> None:
        self._styles = styles
        self._edges = column_edges(table)
        self._padding = _margin(table, "top", 0) + _margin(table, "bottom", 0)
        self._sides = side_margins(table)
        declared = table.iter(name("trHeight"))
        self._usual: dict[tuple[str | None, ...], list[_Room]] = {}
        self._declared = {parent_of(parent_of(height)): int(attribute(height) or 0) for height in declared}

    def tall_row(self, row: Row, text: TableText, groups: Groups, at: int) -> TallRow | None:
        """The row as it may be parted; None where it has no text for that.

        Words are parted. What is merged with the rows around, or could be, is said anew on each page unless it is long
        itself; without such columns the first one says that the row goes on.
        """
        cells: list[CellText | None] = []
        least = 0
        for column, (room, printed) in enumerate(zip(self._rooms(row), text.rows[at], strict=False)):
            cell = room.cell(printed)
            if (
                column in text.continued_columns
                and cell is not None
                and (cell.lines() <= FIRST_LINES or _is_grouped(text, groups, column, at))
            ):
                cells.append(None)
                least = max(least, room.height(text.continued(at, column)) + BORDER)
            else:
                cells.append(cell if text.table.printed_columns[column].kind is Kind.TEXT else None)
        longest = max(filter(None, cells), key=lambda cell: cell.lines() * cell.look.pitch, default=None)
        if longest is None:
            return None
        base = self._padding + longest.look.height(0) + BORDER
        return TallRow(longest.lines(), longest.look.pitch, base, cells, least)

    def row_height(self, row: Element, needs: Sequence[int]) -> int:
        """The height of a row whose cells need so much; at least what somebody set for it."""
        return max([*needs, self._declared.get(row, 0)]) + BORDER

    def needs(self, row: Row, texts: Sequence[str]) -> list[int]:
        """The height that each column of a row needs for its text; 0 for those that a cell to the left reaches over."""
        rooms = self._rooms(row)
        needs = [
            room.one_line if room.holds(text) else room.height(text)
            for room, text in zip(rooms, texts, strict=False)
        ]
        return needs + [0] * (len(texts) - len(rooms))

    def needs_of_all(self, rows: Sequence[Row], texts: Sequence[Sequence[str]]) -> list[list[int]]:
        """As `needs` for every row; columns whose longest text has room on one line are looked at once only."""
        width = len(self._edges) - 1
        longest = [
            _longest(column) for column in zip(*(row for row in texts if len(row) == width), strict=True)
        ]
        plans: dict[int, tuple[list[_Room], list[int], list[int]]] = {}
        found: list[list[int]] = []
        for row, printed in zip(rows, texts, strict=True):
            rooms = self._rooms(row)
            if not len(rooms) == len(printed) == width:
                found.append(self.needs(row, printed))
                continue
            if id(rooms) not in plans:  # the same list for all rows that look alike
                tight = [at for at, room in enumerate(rooms) if not room.holds(longest[at])]
                plans[id(rooms)] = rooms, [room.one_line for room in rooms], tight
            _, one_line, tight = plans[id(rooms)]
            needs = one_line.copy() if tight else one_line
            for at in tight:
                if not rooms[at].holds(printed[at]):
                    needs[at] = rooms[at].height(printed[at])
            found.append(needs)
        return found

    def _rooms(self, row: Row) -> list[_Room]:
        is_whole = len(row.cells) == len(self._edges) - 1
        spans = repeat(1) if is_whole else map(span_of, row.cells)
        if row.styles is None:
            return list(self._iter_rooms(self._styles.formats(row.cells), spans))
        styles = tuple(row.styles)
        if is_whole and styles in self._usual:  # nearly all rows of a table look alike
            return self._usual[styles]
        rooms = list(self._iter_rooms([self._styles.named(style, 0) for style in styles], spans))
        if is_whole:
            self._usual[styles] = rooms
        return rooms

    def _iter_rooms(self, looks: Iterable[ParagraphFormat | None], spans: Iterable[int]) -> Iterator[_Room]:
        column = 0
        for look, span in zip(looks, spans, strict=False):
            end = min(column + span, len(self._edges) - 1)
            width = self._edges[end] - self._edges[min(column, end)] - self._sides
            yield _Room(look, width, self._padding)
            column = end

    def heights(self, rows: Sequence[Row], merged: Mapping[Element, str]) -> list[int]:
        """Row heights by the texts in the document; a cell that reaches down needs its height over its rows. `merged` has
        the cells that are merged with others below or above (`grid.merges_of`).
        """
        heights: list[int] = []
        deepest = 0
        for row, needs in zip(rows, self.needs_of_all(rows, [row.texts for row in rows]), strict=True):
            merges = list(map(merged.get, row.cells)) if merged else []
            if any(merges):
                reaching = [need for merge, need in zip(merges, needs, strict=True) if merge == "restart"]
                own = [need for merge, need in zip(merges, needs, strict=True) if merge is None]
                deepest = max([deepest, *reaching])
            else:
                own = needs
            heights.append(self.row_height(row.element, own))
        if heights and deepest > sum(heights):
            heights[-1] += deepest - sum(heights)
        return heights


def _longest(texts: Sequence[str]) -> str:
    """A text that has room only where all of these have."""
    everything = "".join(texts)
    line = ("0" if everything.isascii() else "０") * max(map(len, texts))
    return f"{line}\n" if "\n" in everything else line


def side_margins(table: Element) -> int:
    """Twips of a cell's width that its text doesn't get."""
    return _margin(table, "left", SIDE_MARGIN) + _margin(table, "right", SIDE_MARGIN)


def _margin(table: Element, side: str, default: int) -> int:
    properties = child_of(table, _TABLE_PROPERTIES)
    margins = None if properties is None else child_of(properties, _MARGINS)
    value = None if margins is None else attribute(child_of(margins, name(side)), "w")
    return int(value) if value else default
