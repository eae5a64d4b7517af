"""Makes columns as wide as their numbers: a number, date or code that goes over two lines is misread.

The widths in the document hold as long as they do, so that those that staff chose stay. Where they don't, room is taken
from columns that have some to spare, and where none is left the numbers are set in small type.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise, product

from jukixl.handout.formats import ParagraphFormat, StyleSheet
from jukixl.handout.grid import Grid, Row, cells_of, column_edges, grid_columns, iter_rows, span_of
from jukixl.handout.heights import side_margins
from jukixl.handout.measure import FULL, text_width
from jukixl.handout.ooxml import TCPR, Element, P, child_of, name, style_of
from jukixl.handout.styles import NUMBER_FAMILIES
from jukixl.handout.tables import label_span
from jukixl.handout.tabletext import TableText
from jukixl.report.model import Kind

_ROUNDING = 20
"""Twips more than a text is wide, as programs round widths and draw borders differently."""
_WORDS = (6, 4)
"""Full-width characters that a line of words keeps in a column that gives room away: if that is enough, else."""
_FAMILY = {style: family for family in NUMBER_FAMILIES for style in family}


def fit_columns(grid: Grid, text: TableText, styles: StyleSheet) -> list[str]:
    """Give every number of a filled table, which isn't split, room on one line, as far as the page allows.

    What has no room even so: the longest number of each such column.
    """
    columns = _Columns(grid, text, styles)
    if columns.fit():
        return []
    for size, words in product(range(len(NUMBER_FAMILIES[0])), _WORDS):
        widths = columns.rearranged(size, words)
        if widths is not None:
            columns.set_size(size)
            _set_widths(grid.table, widths)
            return []
    return columns.too_wide()


def find_too_wide(grid: Grid, text: TableText, styles: StyleSheet) -> list[str]:
    """The longest number of each column in which it goes over two lines, as the table stands."""
    return _Columns(grid, text, styles).too_wide()


class _Columns:
    """The columns of one table: how wide they are (twips) and what stands in them. A size is a place in `NUMBER_FAMILIES`."""

    def __init__(self, grid: Grid, text: TableText, styles: StyleSheet) -> None:
        self._grid = grid
        self._styles = styles
        self._sides = side_margins(grid.table) + _ROUNDING
        self._widths = [right - left for left, right in pairwise(column_edges(grid.table))]
        columns = text.table.printed_columns
        self._longest = [max(texts, key=len) for texts in zip(*text.rows, strict=True)]
        for at, printed in enumerate(text.total or (), label_span(text.table)):
            self._longest[at] = max(self._longest[at], printed, key=len)
        usual = next((row for row in grid.body if len(row.cells) == len(columns)), None)
        self._used = _styles(usual) if usual else (None,) * len(columns)
        self._is_words = [column.kind is Kind.TEXT for column in columns]
        self._is_small = any(style in _FAMILY and style != _FAMILY[style][0] for style in self._used)

    def fit(self) -> bool:
        """Whether there is nothing to do."""
        return not self._is_small and all(map(int.__le__, self._needs(0), self._widths))

    def too_wide(self) -> list[str]:
        """The longest numbers that have no room in the looks and widths that there are."""
        found = [
            printed
            for printed, style, words, width in zip(
                self._longest, self._used, self._is_words, self._widths, strict=True
            )
            if not words and printed and self._width(printed, self._styles.named(style, 0)) > width
        ]
        return list(dict.fromkeys(found))

    def _needs(self, size: int) -> list[int]:
        """What the longest number of each column needs; 0 in columns of words, which may take several lines."""
        return [
            0 if words or not printed else self._width(printed, self._look(style, size))
            for words, printed, style in zip(self._is_words, self._longest, self._used, strict=True)
        ]

    def _look(self, style: str | None, size: int) -> ParagraphFormat:
        return self._styles.named(_FAMILY[style][size] if style in _FAMILY else style, 0)

    def _width(self, printed: str, look: ParagraphFormat) -> int:
        return text_width(printed) * look.size // FULL + look.left + look.right + self._sides

    def rearranged(self, size: int, words: int) -> list[int] | None:
        """Widths with room for every number, as wide together as before; None where that can't be."""
        needs = self._needs(size)
        floors = list(map(max, needs, self._floors(words)))
        lacks = [max(0, need - width) for need, width in zip(needs, self._widths, strict=True)]
        spare = [max(0, width - floor) for width, floor in zip(self._widths, floors, strict=True)]
        if sum(lacks) > sum(spare):
            return None
        left = accumulate(spare, initial=0)
        taken = pairwise(sum(lacks) * part // max(sum(spare), 1) for part in left)
        return [
            width + lack - (end - start)
            for width, lack, (start, end) in zip(self._widths, lacks, taken, strict=True)
        ]

    def _floors(self, words: int) -> list[int]:
        """What columns keep: their title on its lines, and of words so many characters."""
        floors = [0] * len(self._widths)
        for row in self._grid.header:
            at = 0
            for cell, text, look in zip(row.cells, row.texts, self._styles.formats(row.cells), strict=True):
                if look is not None and span_of(cell) == 1:
                    title = max(self._width(line, look) for line in text.split("\n"))
                    floors[at] = max(floors[at], title)
                at += span_of(cell)
        for at, (is_words, printed, style) in enumerate(
            zip(self._is_words, self._longest, self._used, strict=True)
        ):
            if is_words:
                floors[at] = max(floors[at], self._width(printed[:words], self._look(style, 0)))
        return floors

    def set_size(self, size: int) -> None:
        """Set the numbers in type of this size."""
        if size == 0 and not self._is_small:
            return
        total = [self._grid.total] if self._grid.total else []
        for row in (*self._grid.body, *total):
            row.change_styles({style: family[size] for style, family in _FAMILY.items()})


def _styles(row: Row) -> Sequence[str | None]:
    """The style of each cell's first paragraph."""
    if row.styles is not None:
        return row.styles
    paragraphs = (child_of(cell, P) for cell in row.cells)
    return tuple(None if paragraph is None else style_of(paragraph) for paragraph in paragraphs)


def _set_widths(table: Element, widths: Sequence[int]) -> None:
    for column, width in zip(grid_columns(table), widths, strict=True):
        column.set(name("w"), str(width))
    edges = [0, *accumulate(widths)]
    for row in iter_rows(table):
        at = 0
        for cell in cells_of(row):
            end = min(at + span_of(cell), len(widths))
            for own in cell.iterfind(f"{TCPR}/{name('tcW')}"):
                own.set(name("w"), str(edges[end] - edges[at]))
            at = end
