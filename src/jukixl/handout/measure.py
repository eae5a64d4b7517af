"""How wide a text is and how many lines it takes, in the fixed-pitch fonts that the handout is set in.

Widths are counted in half characters: a kanji is 2, a Latin letter or digit 1. Lines break as Word breaks Japanese:
between any two characters, but not inside a Latin word or number, not before 、 or 」 and not after 「.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_CLOSING = "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】°′″℃％‰ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ)]}｡､｣,.:;?!%"
_OPENING = "‘“（〔［｛〈《「『【([{￥＄$"
_WORD = r"[0-9A-Za-z,.\-_'/&@#+]+"
# The smallest pieces that a line end doesn't part.
_UNIT = re.compile(
    f"[{re.escape(_OPENING)}]*(?:{_WORD}|[^{re.escape(_OPENING)}])[{re.escape(_CLOSING)}]*|[{re.escape(_OPENING)}]+",
    re.DOTALL,
)


class _HalfWidths(dict[str, int]):
    """Half characters of each character, worked out once."""

    def __missing__(self, character: str) -> int:
        wide = unicodedata.east_asian_width(character) in "WFA"
        width = self[character] = 2 if wide else 1
        return width


_HALVES = _HalfWidths()


def half_widths(text: str) -> int:
    """The width of a text in half characters.

    >>> half_widths("39,627件")
    8
    """
    return sum(map(_HALVES.__getitem__, text))


@dataclass(frozen=True, slots=True)
class Wrapped:
    """How many lines a text takes, and how wide the last one is, in half characters."""

    lines: int
    last: int


def wrap(text: str, width: int, first_width: int | None = None) -> Wrapped:
    """Lines of `width` half characters, the first of `first_width` (as wide as the others where it is None).

    >>> wrap("市町村振興課", 4), wrap("（1,437,750,584件）", 12)
    (Wrapped(lines=3, last=4), Wrapped(lines=3, last=4))
    """
    total = half_widths(text)
    limit = max(width if first_width is None else first_width, 2)
    if total <= limit and "\n" not in text:
        return Wrapped(1, total)
    lines, used = 1, 0
    for unit in _UNIT.findall(text):
        if unit.startswith("\n"):
            lines, used, limit = lines + 1, 0, max(width, 2)
            unit = unit[1:]
        size = half_widths(unit)
        if used and used + size > limit:
            lines, used, limit = lines + 1, 0, max(width, 2)
        while size > limit:  # a word longer than a line is cut
            lines, size, limit = lines + 1, size - limit, max(width, 2)
        used += size
    return Wrapped(lines, used)
