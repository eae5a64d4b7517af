"""Rows that are too tall to be kept in one piece: where a page may end inside one, and what then stands on each page."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from jukixl.handout.formats import ParagraphFormat

FIRST_LINES, LAST_LINES = 5, 3
"""Lines of a row that is parted which a page has at least: its first, its last."""


class Break(Struct, frozen=True):
    """Where a new page starts: before this line of this row; 0 is the row's top."""

    row: int
    line: int = 0


class CellText(Struct, frozen=True):
    """The text of a cell, how it is set, and between edges how far apart (twips)."""

    text: str
    look: ParagraphFormat
    width: int

    def lines(self) -> int:
        return self.look.lines(self.text, self.width)

    def up_to(self, height: int) -> int:
        """How many characters stand in so many twips."""
        return self.look.fitting_text(self.text, self.width, height // self.look.pitch)


class TallRow(Struct, frozen=True):
    """A row that may be parted. `lines` of `pitch` twips is what its longest cell takes; `base` is the room above and below.

    `cells` has those of which each page gets its part, None for the others. `least`: the height of what is said anew on
    every page.
    """

    lines: int
    pitch: int
    base: int
    cells: Sequence[CellText | None]
    least: int

    def height(self, first: int, end: int) -> int:
        """Of the lines from `first` to before `end`."""
        return max(self.base + (end - first) * self.pitch, self.least if first else 0)

    def fitting(self, room: int) -> int:
        """How many lines stand in so many twips."""
        return (room - self.base) // self.pitch

    def texts(self, first: int, end: int) -> list[str | None]:
        """What stands in these lines, by cell; None for a cell that isn't parted."""
        return [
            None if cell is None else cell.text[self._place(cell, first) : self._place(cell, end)]
            for cell in self.cells
        ]

    def _place(self, cell: CellText, line: int) -> int:
        """The first character of a line."""
        if line == 0:
            return 0
        return len(cell.text) if line >= self.lines else cell.up_to(line * self.pitch)
