"""How wide a text is and how many lines it takes, in the fixed-pitch fonts that the handout is set in.

Widths are counted in quarters of a full-width character: a kanji is 4, a Latin letter or digit 2, the space that is set
between a kanji and a digit 1. Lines break as Word breaks Japanese: between any two characters, but not inside a Latin
word or number, not before 、 or 」 and not after 「.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

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
_WORD_PIECE = re.compile(r"[^/\-?&]*[/\-?&]+|[^/\-?&]+")


class _Widths(dict[str, int]):
    """Quarters of each character, worked out once."""

    def __missing__(self, character: str) -> int:
        wide = unicodedata.east_asian_width(character) in "WFA"
        width = self[character] = FULL if wide else FULL // 2
        return width


class _Scripts(dict[str, str]):
    """`L` for a letter or digit, `K` for a kanji or kana, else a space: a gap is set wherever L and K meet."""

    def __missing__(self, character: str) -> str:
        if (character.isascii() and character.isalnum()) or "①" <= character <= "⑳":
            script = "L"
        else:
            script = (
                "K" if "ぁ" <= character <= "ヿ" or "一" <= character <= "鿿" or character == "々" else " "
            )
        self[character] = script
        return script


_WIDTHS = _Widths()
_SCRIPTS = _Scripts()


def _scripts_of(text: str) -> str:
    return "".join(map(_SCRIPTS.__getitem__, text))


def text_width(text: str) -> int:
    """The width of a text on one line, in quarters of a full-width character.

    >>> text_width("39,627件")
    17
    """
    width = sum(map(_WIDTHS.__getitem__, text))
    if text.isascii():
        return width
    scripts = _scripts_of(text)
    return width + _GAP * (scripts.count("LK") + scripts.count("KL"))


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
    total = text_width(text)
    if total <= limit and "\n" not in text:
        return Wrapped(1, total)
    scripts = _scripts_of(text)
    lines, used, at = 1, 0, 0
    for unit in _UNIT.findall(text):
        if unit[0] == "\n":
            lines, used, limit = lines + 1, 0, rest
        size = sum(map(_WIDTHS.__getitem__, unit.lstrip("\n")))
        gap = _GAP if scripts[max(at - 1, 0) : at + 1] in ("LK", "KL") else 0
        if used and used + gap + size > limit:
            lines, used, limit, gap = lines + 1, 0, rest, 0
        if size > limit:
            cut = _cut(unit.lstrip("\n"), rest, limit)
            lines, size, limit = lines + cut.lines - 1, cut.last, rest
        used += gap + size
        at += len(unit)
    return Wrapped(lines, used)


def _cut(word: str, width: int, first_width: int) -> Wrapped:
    """The lines of a word longer than one, which is cut between any two characters at worst."""
    lines, used, limit = 1, 0, first_width
    for piece in _WORD_PIECE.findall(word):
        if used and used + sum(map(_WIDTHS.__getitem__, piece)) > limit:
            lines, used, limit = lines + 1, 0, width
        for character in piece:
            if used + _WIDTHS[character] > limit:
                lines, used, limit = lines + 1, 0, width
            used += _WIDTHS[character]
    return Wrapped(lines, used)
