"""How wide a text is and how many lines it takes, in the fixed-pitch fonts that the handout is set in.

Widths are counted in quarters of a full-width character: a kanji is 4, a Latin letter or digit 2, the space that is set
between a kanji and a digit 1. Lines break as Word breaks Japanese: between any two characters, but not inside a Latin
word or number, not before 、 or 」 and not after 「.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

from msgspec import Struct

FULL = 4
"""Quarters of a full-width character."""
_GAP = 1
_CLOSING = "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】°′″℃％‰ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ)]}｡､｣,.:;?!%"
_OPENING = "‘“（〔［｛〈《「『【([{￥＄$"
_WORD = r"[0-9A-Za-z,.:\-_'/&@#+]+"
# The smallest pieces that a line end doesn't part.
_UNIT = re.compile(
    f"[{re.escape(_OPENING)}]*(?:{_WORD}|[^{re.escape(_OPENING)}])[{re.escape(_CLOSING)}]*|[{re.escape(_OPENING)}]+"
)
# Where a word that is longer than a line may end one: LibreOffice parts it there, Word anywhere.
_WORD_PIECE = r"[^/\-?&]*[/\-?&]+|[^/\-?&]+"


_LETTER, _CIRCLED, _KANJI, _WIDE, _NARROW = "L", "①", "K", "W", " "
_WIDTHS = {_LETTER: FULL // 2, _CIRCLED: FULL, _KANJI: FULL, _WIDE: FULL, _NARROW: FULL // 2}
_GAPS = {(kanji, other) for kanji in _KANJI for other in (_LETTER, _CIRCLED)}


class _Kinds(dict[int, str]):
    """What kind each character is of, by its code; worked out once."""

    def __missing__(self, code: int) -> str:
        kind = self[code] = _kind_of(chr(code))
        return kind


def _kind_of(character: str) -> str:
    if character.isascii():
        return _LETTER if character.isalnum() else _NARROW
    if "①" <= character <= "⑳":
        return _CIRCLED
    if unicodedata.east_asian_width(character) not in "WFA":
        return _NARROW
    is_japanese = "ぁ" <= character <= "ヿ" or "一" <= character <= "鿿" or character == "々"
    return _KANJI if is_japanese else _WIDE


_KINDS = _Kinds()
_STEPS = {
    (before, kind): width + (_GAP if (before, kind) in _GAPS or (kind, before) in _GAPS else 0)
    for before in _WIDTHS
    for kind, width in _WIDTHS.items()
}
"""How far a character reaches beyond the one before it: its width, and the gap where one is a kanji or kana and the
other a letter or digit."""


def _widths(text: str) -> Iterator[int]:
    return map(_WIDTHS.__getitem__, text.translate(_KINDS))


def _steps(text: str) -> Iterator[int]:
    kinds = text.translate(_KINDS)
    return map(_STEPS.__getitem__, zip(_NARROW + kinds, kinds, strict=False))


def text_width(text: str) -> int:
    """The width of a text on one line, in quarters of a full-width character.

    >>> text_width("39,627件")
    17
    """
    return FULL // 2 * len(text) if text.isascii() else sum(_steps(text))


class Wrapped(Struct, frozen=True):
    """How many lines a text takes, and how wide the last one is, in quarters."""

    lines: int
    last: int


@lru_cache(maxsize=4096)  # a merged cell's text comes back in every row of its group
def wrap(text: str, width: int, first_width: int | None = None) -> Wrapped:
    """Lines of `width` quarters, the first of `first_width` (as wide as the others where it is None).

    >>> wrap("市町村振興課", 8), wrap("（1,437,750,584人）", 24)
    (Wrapped(lines=3, last=8), Wrapped(lines=2, last=15))
    """
    rest = max(width, FULL)
    limit = max(width if first_width is None else first_width, FULL)
    lines, last = 0, 0
    for part in text.split("\n"):
        wrapped = _wrap_paragraph(part, rest, limit)
        lines, last, limit = lines + wrapped.lines, wrapped.last, rest
    return Wrapped(lines, last)


def fitting_text(text: str, lines: int, width: int, first_width: int) -> int:
    """How many characters of a text stand on so many lines; widths as in `wrap`.

    >>> fitting_text("市町村振興課", 2, 8, 8), fitting_text("第12条", 1, 8, 8)
    (4, 1)
    """
    ends = [0, *(match.end() for match in _UNIT.finditer(text))]
    count = bisect_right(
        ends, lines, 1, key=lambda end: wrap.__wrapped__(text[:end], width, first_width).lines
    )
    return ends[count - 1]


def _wrap_paragraph(text: str, rest: int, limit: int) -> Wrapped:
    """The lines of a text without line breaks; `limit` is the width of the first, `rest` of the others."""
    if len(text) * (FULL + _GAP) <= limit:
        return Wrapped(1, text_width(text))
    edges = [0, *accumulate(_steps(text))]
    if edges[-1] <= limit:
        return Wrapped(1, edges[-1])
    ends = [match.end() for match in _UNIT.finditer(text)]
    filled = [edges[end] for end in ends]  # how wide the text is up to the end of each unit
    lines, used, unit, start = 1, 0, 0, 0
    while unit < len(ends):
        # A line doesn't begin with a gap.
        before = edges[start] - used if used else edges[start + 1] - text_width(text[start])
        fitting = bisect_right(filled, before + limit, unit)
        if fitting == len(ends):
            return Wrapped(lines, filled[-1] - before)
        if fitting > unit or used:  # the next unit begins a line
            lines, used, unit = lines + 1, 0, fitting
            start, limit = ends[unit - 1] if unit else 0, rest
        else:
            cut = _cut(text[start : ends[unit]], rest, limit)
            lines, used, start, limit = lines + cut.lines - 1, cut.last, ends[unit], rest
            unit += 1
    return Wrapped(lines, used)


def _cut(word: str, width: int, first_width: int) -> Wrapped:
    """The lines of a word longer than one, which is cut between any two characters at worst."""
    lines, used, limit = 1, 0, first_width
    for piece in re.findall(_WORD_PIECE, word):
        if used and used + sum(_widths(piece)) > limit:
            lines, used, limit = lines + 1, 0, width
        for character_width in _widths(piece):
            if used + character_width > limit:
                lines, used, limit = lines + 1, 0, width
            used += character_width
    return Wrapped(lines, used)
