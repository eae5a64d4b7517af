"""Which sentences of two texts belong together, and which of their words differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

_WORDS = re.compile(r"[0-9０-９]+(?:[,，.．][0-9０-９]+)*|[A-Za-z]+|[ァ-ヶー]+|[一-龠々]+|.", re.DOTALL)
_NUMBERS = re.compile("元年|[0-9０-９,，.．]+")
_YEARS = re.compile("(?:平成|令和|[HR])(?:元|[0-9０-９]+)[年.]")
_ERAS = re.compile("平成|令和")
_ALIKE = 0.5

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


def without_years(text: str) -> str:
    """A text without the years of its dates: of the months of two years the same ones are equal.

    >>> without_years("令和6年・1月") == without_years("令和元年・1月"), without_years("R7.1.1時点")
    (True, '1.1時点')
    """
    return _YEARS.sub("", text)


def without_numbers(text: str) -> str:
    """A text in which years, dates and numbers are all the same.

    >>> without_numbers("令和元年12月") == without_numbers("平成30年8月")
    True
    """
    return _ERAS.sub("元号", _NUMBERS.sub(lambda match: "0年" if "年" in match[0] else "0", text))


def are_alike(one: str, other: str) -> float:
    """How much of two texts is the same: 0 nothing, 1 all."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


Pair = tuple[int | None, int | None]


def pair_texts(old: Sequence[str], new: Sequence[str]) -> Iterator[Pair]:
    """Numbers of the sentences that are the same one, in order: by their words without numbers, then the most alike;
    None: no partner."""
    matcher = SequenceMatcher(
        None, list(map(without_numbers, old)), list(map(without_numbers, new)), autojunk=False
    )
    for code, start, end, other_start, other_end in matcher.get_opcodes():
        if code == "equal":
            yield from zip(range(start, end), range(other_start, other_end), strict=True)
        else:
            yield from _pair_alike(old, new, range(start, end), range(other_start, other_end))


def _pair_alike(old: Sequence[str], new: Sequence[str], here: range, there: range) -> Iterator[Pair]:
    for number in here:
        ratios = [are_alike(old[number], new[other]) for other in there]
        best = max(range(len(there)), key=ratios.__getitem__, default=None)
        if best is None or ratios[best] < _ALIKE:
            yield number, None
            continue
        yield from ((None, other) for other in there[:best])
        yield number, there[best]
        there = there[best + 1 :]
    yield from ((None, other) for other in there)
