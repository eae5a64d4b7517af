"""Formula texts compared: whether two say the same, and what was done to one that doesn't any more.

Programs write the same formula in several ways: quotes around a sheet's name, $, spaces, small letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from itertools import zip_longest

from msgspec import Struct

from jukixl.workbook.addresses import split_a1

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"]|"")*")
    |(?:(?P<quoted>'(?:[^']|'')*'|[^\W\d][\w.]*)!)?(?P<range>\$?[A-Za-z]{1,3}\$?[0-9]{1,7}(?::\$?[A-Za-z]{1,3}\$?[0-9]{1,7})?)(?![\w.(!])
    |(?P<number>[0-9]+(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]+)?%?)
    |(?P<word>[^\W\d][\w.]*)
    |(?P<space>\s+)
    |(?P<mark>.)""",
    re.VERBOSE,
)
_FUTURE = re.compile(r"^(?:_XLFN\.|_XLWS\.)+")


class Token(Struct, frozen=True):
    """One piece of a formula in its plain form: `kind` is text, range, number, word or mark."""

    kind: str
    text: str


class Slip(StrEnum):
    """What happened to a formula."""

    RANGE = "range"
    REFERENCE = "reference"
    CONSTANT = "constant"
    CHANGED = "formula_changed"

    @property
    def explanation(self) -> str:
        """The half sentence that says so."""
        return _EXPLANATIONS[self]


_EXPLANATIONS = {
    Slip.RANGE: "数式の範囲が変わっています",
    Slip.REFERENCE: "数式が別のセルを参照しています",
    Slip.CONSTANT: "数式の中に数値が直接入力されています",
    Slip.CHANGED: "数式が書き換えられています",
}


@lru_cache(maxsize=512)
def tokens_of(formula: str) -> tuple[Token, ...]:
    """The pieces of a formula, without spaces, in one way of writing."""
    return tuple(_iter_tokens(formula))


def _iter_tokens(formula: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(formula):
        kind = match.lastgroup or "mark"
        if kind == "range":
            sheet = (match["quoted"] or "").strip("'").replace("''", "'")
            cells = match["range"].replace("$", "").upper()
            first, _, last = cells.partition(":")
            yield Token(kind, f"{sheet}!{first if first == last or not last else cells}")
        elif kind == "word":
            yield Token(kind, _FUTURE.sub("", match[0].upper()))
        elif kind != "space":
            yield Token(kind, match[0])


def is_same_formula(one: str, other: str) -> bool:
    """Whether two formulas say the same."""
    return one == other or tokens_of(one) == tokens_of(other)


def find_slip(actual: str, declared: str) -> Slip | None:
    """What makes a formula differ from the declared one; None where they say the same."""
    if is_same_formula(actual, declared):
        return None
    found, wanted = tokens_of(actual), tokens_of(declared)
    pairs = [(a, b) for a, b in zip_longest(found, wanted) if a != b]
    if len(found) == len(wanted) and all(a and b and a.kind == b.kind == "range" for a, b in pairs):
        return Slip.RANGE if all(_is_extent(a.text, b.text) for a, b in pairs) else Slip.REFERENCE
    numbers = [token for token in wanted if token.kind == "number"]
    extra = [token for token in found if token.kind == "number" and token not in numbers]
    return Slip.CONSTANT if extra else Slip.CHANGED


def _is_extent(actual: str, declared: str) -> bool:
    """Whether one of two ranges holds the other: grown or shrunk, not moved."""
    (sheet, _, mine), (other_sheet, _, theirs) = actual.rpartition("!"), declared.rpartition("!")
    if sheet != other_sheet or ":" not in mine + theirs:
        return False
    one, other = _corners(mine), _corners(theirs)
    return _holds(one, other) or _holds(other, one)


def _corners(cells: str) -> tuple[int, int, int, int]:
    first, _, last = cells.partition(":")
    return (*split_a1(first), *split_a1(last or first))


def _holds(outer: tuple[int, int, int, int], inner: tuple[int, int, int, int]) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]
