"""One difference between an old and a new file, and all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct

from jukixl.errors import InputError
from jukixl.figures import Missing, format_count, format_points, format_rate, parse_count, parse_rate
from jukixl.personal import hide_numbers

_NOTHING = Missing.NONE.symbol
_WORDS = re.compile(r"[0-9０-９]+(?:[,，.．][0-9０-９]+)*|[A-Za-z]+|[ァ-ヶー]+|[一-龠々]+|.", re.DOTALL)


class Topic(StrEnum):
    """What a difference is about; the value is its heading."""

    NUMBER = "数値"
    TEXT = "日付・名称等"
    SENTENCE = "文章"
    ROW = "行の追加・削除"
    COLUMN = "表・列・見出し"


class Difference(Struct, frozen=True):
    """`old` is "" for what was added, `new` for what is gone. `change` and `percent` are of numbers, as they are printed.

    `old_cell` and `new_cell` (別紙5!C6) are of masters.
    """

    topic: Topic
    place: str
    old: str
    new: str
    change: str = ""
    percent: str = ""
    old_cell: str = ""
    new_cell: str = ""

    @property
    def cells(self) -> str:
        """Where it stands; both places where they differ."""
        return " → ".join(dict.fromkeys(filter(None, (self.old_cell, self.new_cell))))


class Comparison(Struct, frozen=True):
    """All differences of two files. `kind`: what both are; `values`: how many numbers and texts were compared."""

    kind: str
    old_name: str
    new_name: str
    values: int
    differences: tuple[Difference, ...]

    def of(self, topic: Topic) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.topic is topic)


Number = int | Fraction


def number_change(
    place: str, old: tuple[str, object], new: tuple[str, object], cells: tuple[str, str] = ("", "")
) -> Difference:
    """The difference of two numbers, each as it is printed and as it is; what isn't a number has no change.

    A change of counts is a count and a percentage of the old one, a change of rates one in points.
    """
    change, percent = _change(old[1], new[1])
    texts = hide_numbers(old[0]), hide_numbers(new[0])
    return Difference(Topic.NUMBER, hide_numbers(place), *texts, change, percent, *cells)


def _change(old: object, new: object) -> tuple[str, str]:
    if not isinstance(old, Number) or not isinstance(new, Number):
        return _NOTHING, _NOTHING
    if isinstance(old, int) and isinstance(new, int):
        return format_count(new - old), format_rate(Fraction(new - old, abs(old))) if old else _NOTHING
    return format_points(Fraction(new) - Fraction(old)), _NOTHING


def text_change(
    topic: Topic, place: str, old: str, new: str, cells: tuple[str, str] = ("", "")
) -> Difference:
    """A difference of anything that has no size."""
    return Difference(
        topic, hide_numbers(place), hide_numbers(old), hide_numbers(new), old_cell=cells[0], new_cell=cells[1]
    )


def read_printed(text: str) -> Number | None:
    """The number that a document shows: 39,627 or 95.6%; None where it shows none.

    >>> read_printed("△1,234"), read_printed("95.6%"), read_printed("－")
    (-1234, Fraction(239, 250), None)
    """
    plain = text.strip().removesuffix("ポイント")
    try:
        if plain != text.strip():
            return parse_rate(f"{plain}%")
        return parse_rate(plain) if plain.endswith(("%", "％")) else parse_count(plain)[0]
    except InputError:
        return None


Marked = tuple[tuple[str, bool], ...]
"""Pieces of a text, each with whether it is changed."""


def mark_changes(old: str, new: str) -> tuple[Marked, Marked]:
    """Both texts with the words and numbers that the other doesn't have; an added or gone one is changed altogether.

    >>> mark_changes("提供は39,627件", "提供は41,002件")[1]
    (('提供は', False), ('41,002', True), ('件', False))
    """
    words = _WORDS.findall(old), _WORDS.findall(new)
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    matcher = SequenceMatcher(None, *words, autojunk=False)
    for code, start, end, other_start, other_end in matcher.get_opcodes():
        left.append(("".join(words[0][start:end]), code != "equal"))
        right.append(("".join(words[1][other_start:other_end]), code != "equal"))
    return tuple(one for one in left if one[0]), tuple(one for one in right if one[0])


Pair = tuple[str | None, str | None]
_ALIKE = 0.5


def pair_texts(old: list[str], new: list[str]) -> Iterator[Pair]:
    """Sentences that are the same one, in order: by their words without numbers, then the most alike; None: no partner."""
    plain = [[re.sub("[0-9０-９,，.．]+", "0", text) for text in texts] for texts in (old, new)]
    matcher = SequenceMatcher(None, plain[0], plain[1], autojunk=False)
    for code, start, end, other_start, other_end in matcher.get_opcodes():
        if code == "equal":
            yield from zip(old[start:end], new[other_start:other_end], strict=True)
        else:
            yield from _pair_alike(old[start:end], new[other_start:other_end])


def _pair_alike(old: list[str], new: list[str]) -> Iterator[Pair]:
    for text in old:
        ratios = [SequenceMatcher(None, text, other, autojunk=False).ratio() for other in new]
        best = max(range(len(new)), key=ratios.__getitem__, default=None)
        if best is None or ratios[best] < _ALIKE:
            yield text, None
            continue
        yield from ((None, other) for other in new[:best])
        yield text, new[best]
        new = new[best + 1 :]
    yield from ((None, other) for other in new)
