"""個人番号 and 住民票コード in a text: found, and never shown whole.

The check sum of the 個人番号 is two lines of arithmetic from the ministerial order (平成26年総務省令第85号第5条). They
stand here rather than python-stdnum's, whose LGPL every kit that carries it would have to answer for; the tests
compare both. That of the 住民票コード is known second hand only: it is a hint, no proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from jukixl.era import fold_digits

PERSONAL, RESIDENT = "個人番号", "住民票コード"

_SEPARATOR = "[ 　\\-‐‑‒–—―−ー－ｰ]"
# A run as long as it gets, not continued by a decimal or grouped number.
_RUN = re.compile(rf"(?<![0-9][.,])(?<![0-9])[0-9](?:{_SEPARATOR}?[0-9]){{10,}}(?![.,][0-9])")
_MAYBE = re.compile(rf"[0-9０-９](?:{_SEPARATOR}?[0-9０-９]){{9}}")
_WORDS = {
    PERSONAL: re.compile("(?:マイ・?ナンバー|個人番号)(?!の?カード)"),
    RESIDENT: re.compile("住民票コード|コード番号"),
}
_PHONE = re.compile("0[5789]0")
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_LENGTHS = {12: PERSONAL, 11: RESIDENT}
_COMMON_COUNT = 10
"""Digits that counts of a whole country have: with fewer than two zeros dropped a number is no count."""


class Suspicion(Struct, frozen=True):
    """A number that may be a person's: what it may be, masked; `is_sure` where more than chance speaks for it.

    One in ten of all numbers has a right check digit, so a suspicion is no proof.
    """

    kind: str
    masked: str
    is_sure: bool = True


def check_digit(digits: str) -> str:
    """The twelfth digit of a 個人番号 for its first eleven: 0 where r ≤ 1, else 11 − r, r the weighted sum mod 11.

    >>> check_digit("12345678901")
    '8'
    """
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 11
    return "0" if rest <= 1 else str(11 - rest)


def mask(digits: str) -> str:
    """All that is ever shown of such a number: `12********18`."""
    return f"{digits[:2]}{'*' * (len(digits) - 4)}{digits[-2:]}"


def hide_numbers(text: str) -> str:
    """The text with every run of 11 or 12 digits masked; for whatever is shown or logged.

    >>> hide_numbers("控_1234-5678-9018.xlsx")
    '控_12********18.xlsx'
    """
    folded = fold_digits(text)  # one character for one, so that places stay
    shown: list[str] = []
    done = 0
    for match in _RUN.finditer(folded):
        digits = _digits(match[0])
        if len(digits) in _LENGTHS:
            shown += text[done : match.start()], mask(digits)
            done = match.end()
    return "".join((*shown, text[done:]))


def may_have_numbers(text: str) -> bool:
    """Whether looking closer is worth while: quick, and true wherever a text has ten digits in a row."""
    return _MAYBE.search(text) is not None


def find_in_text(text: str, context: str = "") -> Iterator[Suspicion]:
    """What may be a person's number in a text. `context` is what stands near it (its row, its heading).

    >>> [one.masked for one in find_in_text("１２３４－５６７８－９０１８")]
    ['12********18']
    """
    folded = fold_digits(text)
    for match in _RUN.finditer(folded):
        digits = _digits(match[0])
        kind = _LENGTHS.get(len(digits))
        if kind and _is_suspicious(digits, kind, text + "\n" + context, _before(folded, match.start())):
            yield Suspicion(kind, mask(digits))


def find_in_number(number: int, context: str = "") -> Iterator[Suspicion]:
    """What may be a person's number in a numeric cell, from which Excel has dropped leading zeros.

    With ten digits it is a suspicion only: a country's counts have as many.
    """
    plain = str(number)
    for length, kind in _LENGTHS.items():
        if not _COMMON_COUNT <= len(plain) <= length:
            continue
        digits = plain.zfill(length)
        is_named = _WORDS[kind].search(context) is not None
        if kind == RESIDENT and len(plain) < length and not is_named:
            continue
        if _is_suspicious(digits, kind, context, ""):
            yield Suspicion(kind, mask(digits), is_named or len(plain) > _COMMON_COUNT)


def _is_suspicious(digits: str, kind: str, context: str, before: str) -> bool:
    if len(set(digits)) == 1:
        return False
    if _WORDS[kind].search(context):
        return True
    if kind == RESIDENT and (_PHONE.match(digits) or before == "+"):
        return False
    return _has_right_check_digit(digits)


def _has_right_check_digit(digits: str) -> bool:
    """Both numbers weight their digits alike, from the right."""
    return check_digit(digits[:-1].zfill(len(_WEIGHTS))) == digits[-1]


def _digits(run: str) -> str:
    return re.sub("[^0-9]", "", run)


def _before(text: str, at: int) -> str:
    return text[at - 1 : at]
