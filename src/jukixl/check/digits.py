"""What a number that changed too much since last year probably is: a slipped, added, lost or swapped digit.

35,339 typed as 353,439 was carried to 123 places of a printed report elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct


class DigitSlip(StrEnum):
    """What probably happened to a number."""

    TIMES_TEN = "×10"
    TENTH = "÷10"
    INSERTED = "inserted"
    DROPPED = "dropped"
    TRANSPOSED = "transposed"

    @property
    def explanation(self) -> str:
        """What it is, in the words of messages."""
        return _EXPLANATIONS[self]


_EXPLANATIONS = {
    DigitSlip.TIMES_TEN: "10倍の値（末尾に0が一つ多い）",
    DigitSlip.TENTH: "10分の1の値（末尾の0が一つ足りない）",
    DigitSlip.INSERTED: "桁が一つ多い値",
    DigitSlip.DROPPED: "桁が一つ足りない値",
    DigitSlip.TRANSPOSED: "隣り合う桁が入れ替わった値",
}


class Suspicion(Struct, frozen=True):
    """What a number probably is, and what was probably meant; `meant` None where many numbers may have been."""

    slip: DigitSlip
    meant: int | None


def find_slip(now: int, before: int, limit: int) -> Suspicion | None:
    """What `now` probably is, if it is `limit` percent or more off `before` and a single slip of a digit explains it.

    Of several numbers that may have been meant, the one nearest to `before` is named.

    >>> find_slip(353439, 35102, 20)
    Suspicion(slip=<DigitSlip.INSERTED: 'inserted'>, meant=35439)
    """
    if before <= 0 or now <= 0 or is_within(now, before, limit):
        return None
    for slip, candidates in _explanations(now):
        near = [number for number in candidates if is_within(number, before, limit)]
        if near:
            return Suspicion(slip, min(near, key=lambda number: abs(number - before)))
    if is_within(now * 10, before, 100) and len(str(now)) == len(str(before)) - 1:
        return Suspicion(DigitSlip.DROPPED, None)
    return None


def is_within(now: int, before: int, limit: int) -> bool:
    """Whether a number is at most `limit` percent off another, exactly."""
    return abs(now - before) * 100 <= limit * before


def _explanations(now: int) -> Iterator[tuple[DigitSlip, list[int]]]:
    """What may have been meant, the likelier slips first."""
    text = str(now)
    if now % 10 == 0:
        yield DigitSlip.TIMES_TEN, [now // 10]
    yield DigitSlip.INSERTED, [int(text[:at] + text[at + 1 :]) for at in range(len(text)) if len(text) > 1]
    swapped = (text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(len(text) - 1))
    yield DigitSlip.TRANSPOSED, [int(other) for other in swapped if other != text]
    yield DigitSlip.TENTH, [now * 10]
