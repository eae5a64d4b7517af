"""Cell addresses: column letters, A1 text, ranges, and references inside formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

MAX_COLUMN = 16_384  # XFD
MAX_ROW = 1_048_576

_A1 = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?", re.ASCII)
_NOT_BARE = r"[\s'!,:\[\]()+*/&<>=-]"  # an unquoted sheet name has none of these
# What must not be taken for a reference comes first: text, quoted sheet names, structured references.
_REFERENCE = r"""(?P<skip>"(?:[^"]|"")*"|'(?:[^']|'')*'|\[[^\]]*\])
    |(?<![\w.$\\?])(?:
        (?P<cell>\$?[A-Za-z]{1,3}\$?[0-9]{1,7})
        |(?P<columns>\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3})
        |(?P<rows>\$?[0-9]{1,7}:\$?[0-9]{1,7})
    )(?![\w.(!\\?])"""
_AXES = r"(\$?)([A-Za-z]+|[0-9]+)"


@lru_cache(maxsize=1024)
def column_letters(number: int) -> str:
    """1 → A, 27 → AA, 16384 → XFD; `ValueError` outside."""
    if not 1 <= number <= MAX_COLUMN:
        raise ValueError(f"no such column: {number}")
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=1024)
def column_number(letters: str) -> int:
    """A → 1, XFD → 16384 (either case); `ValueError` when it is no column."""
    number = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            raise ValueError(f"no such column: {letters!r}")
        number = number * 26 + ord(letter) - 64
    if not 1 <= number <= MAX_COLUMN:
        raise ValueError(f"no such column: {letters!r}")
    return number


@lru_cache(maxsize=8192)
def split_a1(a1: str) -> tuple[int, int]:
    """`D6` → (row 6, column 4), both from 1; `ValueError` for anything else, `$D$6` included."""
    match = _A1.fullmatch(a1)
    if not match or int(match[2]) > MAX_ROW:
        raise ValueError(f"no such cell: {a1!r}")
    return int(match[2]), column_number(match[1])


def join_a1(row: int, column: int) -> str:
    """(6, 4) → `D6`."""
    return f"{column_letters(column)}{row}"


class CellRange(Struct, frozen=True):
    """A cell or a rectangle on one sheet: `first` is the top left cell, `last` the bottom right one (A1)."""

    sheet: str
    first: str
    last: str

    @classmethod
    def parse(cls, reference: str) -> CellRange | None:
        """`'別紙 5'!$A$1:$B$2` → range; None when it is anything but one cell or rectangle of a named sheet."""
        quoted, _, cells = reference.rpartition("!")
        match = _AREA.fullmatch(cells)
        sheet = unquote_sheet(quoted)
        if not match or not sheet:
            return None
        left, top, right, bottom = match.groups()
        return cls(sheet, left + top, right + bottom if right else left + top)

    @property
    def is_cell(self) -> bool:
        """Whether it is one single cell."""
        return self.first == self.last

    def rows(self) -> list[list[str]]:
        """The addresses, row by row."""
        (top, left), (bottom, right) = split_a1(self.first), split_a1(self.last)
        return [[join_a1(row, column) for column in range(left, right + 1)] for row in range(top, bottom + 1)]

    def iter_cells(self) -> Iterator[str]:
        """The addresses, row by row, as one sequence."""
        for row in self.rows():
            yield from row

    def __str__(self) -> str:
        """As a formula writes it: `'別紙 5'!$A$1:$B$2`."""
        ends = [self.first] if self.is_cell else [self.first, self.last]
        cells = ":".join(re.sub(_AXES, r"$\2", end) for end in ends)
        return f"{quote_sheet(self.sheet)}!{cells}"


@lru_cache(maxsize=256)
def unquote_sheet(text: str) -> str | None:
    """The sheet's name as its tab shows it; None when the text is not one sheet of the same workbook."""
    if len(text) > 2 and text[0] == text[-1] == "'":
        inner = text[1:-1].replace("''", "\0")
        return None if "'" in inner or "[" in inner else inner.replace("\0", "'")
    return None if not text or re.search(_NOT_BARE, text) else text


def quote_sheet(name: str) -> str:
    """The sheet name as a formula writes it, always quoted (which Excel accepts for every name)."""
    return "'" + name.replace("'", "''") + "'"


def shift_formula(formula: str, rows: int, columns: int) -> str:
    """The formula as it reads when filled `rows` down and `columns` to the right; parts with $ stay.

    References that leave the sheet become #REF!, as in Excel. This is how the cells of a shared formula get theirs.
    """

    def shift(match: re.Match[str]) -> str:
        if match["skip"]:
            return match[0]
        shifted = [_shift_axis(axis[1], axis[2], rows, columns) for axis in re.finditer(_AXES, match[0])]
        if match["cell"] and not _is_column(re.findall(_AXES, match[0])[0][1]):
            return match[0]  # a name such as ZZZ1, beyond the last column
        if "" in shifted:
            return "#REF!"
        return (":" if not match["cell"] else "").join(shifted)

    return re.sub(_REFERENCE, shift, formula, flags=re.VERBOSE)


def _is_column(letters: str) -> bool:
    return len(letters) < 3 or letters.upper() <= "XFD"


def _shift_axis(dollar: str, axis: str, rows: int, columns: int) -> str:
    """One half of a reference, moved; empty when it leaves the sheet."""
    if dollar:
        return dollar + axis
    if axis.isdigit():
        row = int(axis) + rows
        return str(row) if 1 <= row <= MAX_ROW else ""
    if not _is_column(axis):
        return axis
    column = column_number(axis) + columns
    return column_letters(column) if 1 <= column <= MAX_COLUMN else ""
