"""Figures: counts, rates, point differences and missing values, exact until they are printed.

A count is an int, a rate an exact fraction, rounded once, half up, when it is formatted. There are no floats.
None (－), unknown (…), suppressed (x), not applicable (・), not filled in and 0 are six different things.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

from jukixl.era import fold_digits, quote_input
from jukixl.errors import InputError

_NEGATIVE = "△"


class Missing(Enum):
    """Why there is no figure; the value is the symbol printed in its place.

    The symbols are those of 山梨県's statistics; ・ (cannot occur) is that of the ministries' tables.
    """

    NONE = "－"
    UNKNOWN = "…"
    SUPPRESSED = "x"
    NOT_APPLICABLE = "・"
    NOT_FILLED = ""

    @property
    def symbol(self) -> str:
        """What is printed in the cell; empty for a cell that nobody filled in yet."""
        return self.value

    @classmethod
    def from_symbol(cls, text: str) -> Missing | None:
        """The missing value that a whole text stands for, look-alikes included; None for any other text.

        >>> Missing.from_symbol("ー"), Missing.from_symbol("－5")
        (<Missing.NONE: '－'>, None)
        """
        return _MISSING_BY_TEXT.get(text.strip())


_LOOKALIKES = {
    Missing.NONE: ("－", "-", "ー", "ｰ", "―", "—", "–", "‐", "−", "─"),
    Missing.UNKNOWN: ("…", "⋯", "...", "・・・", "……"),
    Missing.SUPPRESSED: ("x", "X", "ｘ", "Ｘ"),
    Missing.NOT_APPLICABLE: ("・", "･", "·"),
    Missing.NOT_FILLED: ("",),
}
_MISSING_BY_TEXT = {text: missing for missing, texts in _LOOKALIKES.items() for text in texts}

Number: TypeAlias = int | Fraction


def round_half_up(value: Fraction | Decimal | int, digits: int) -> Decimal:
    """`value` to `digits` decimal places, ties away from zero, exactly; never a negative zero.

    >>> round_half_up(Fraction(25, 10), 0), round_half_up(Fraction(-1, 30), 1)
    (Decimal('3'), Decimal('0.0'))
    """
    return _round(*value.as_integer_ratio(), digits)


def percent(rate: Fraction | Decimal | int, digits: int = 1) -> Decimal:
    """A ratio in percent, rounded as by `round_half_up`, once.

    >>> percent(Fraction(371, 560))
    Decimal('66.3')
    """
    numerator, denominator = rate.as_integer_ratio()
    return _round(numerator * 100, denominator, digits)


def _round(numerator: int, denominator: int, digits: int) -> Decimal:
    # Built from a text, since arithmetic on a Decimal would round to the precision of its context.
    return Decimal(f"{_count_units(numerator, denominator, digits)}E{-digits}")


def _count_units(numerator: int, denominator: int, digits: int) -> int:
    """How many units of the last of `digits` decimal places a quotient has, ties away from zero."""
    if digits >= 0:
        numerator *= 10**digits
    else:
        denominator *= 10**-digits
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -size if numerator < 0 else size


def format_count(count: int) -> str:
    """A count with grouping commas and △ for minus.

    >>> format_count(1437750584), format_count(-1234)
    ('1,437,750,584', '△1,234')
    """
    return f"{count:,}".replace("-", _NEGATIVE)


def format_rate(rate: Number, digits: int = 1) -> str:
    """A ratio as a percentage, rounded half up once: 371/560 → 66.3%."""
    return f"{_format_percent(rate, digits)}%"


def format_points(change: Fraction, digits: int = 1, unit: str = "ポイント") -> str:
    """A difference of two ratios in percentage points, △ when it still is negative after rounding.

    >>> format_points(Fraction(-3, 250)), format_points(Fraction(11, 1000), unit="%")
    ('△1.2ポイント', '1.1%')
    """
    return f"{_format_percent(change, digits)}{unit}"


def _format_percent(rate: Number, digits: int) -> str:
    """In integers, as a Decimal takes twice the time; `digits` are 0 or more."""
    numerator, denominator = rate.as_integer_ratio()
    units = _count_units(numerator * 100, denominator, digits)
    whole, rest = divmod(abs(units), 10**digits)
    return f"{_NEGATIVE if units < 0 else ''}{whole:,}{f'.{rest:0{digits}}' if digits else ''}"


_UNITS = ("件", "人", "枚")
_MINUS = "-－−△▲"
_GROUPED = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
_INTEGER = f"-?{_GROUPED}"
_DECIMAL = rf"-?{_GROUPED}(?:\.[0-9]+)?"
_COUNT_HINT = "「1,234」のような半角の整数で書いてください"


def parse_count(text: str) -> tuple[int, tuple[str, ...]]:
    """The whole number that somebody typed, and a note to show for each change that reading it took.

    Changes are: spaces, the units 件, 人, 枚, full-width characters, signs other than -, leading zeros. Commas
    in their right places need no note. InputError for anything that would be a guess (①, 〇, ー, kanji numerals,
    約, a decimal point, wrong grouping) and for symbols of `Missing`.

    >>> parse_count("△１，２３４件")[0]
    -1234
    """
    notes: list[str] = []
    plain = _noting_changes(text, notes)
    if not re.fullmatch(_INTEGER, plain):
        raise InputError(f"{quote_input(text)}を件数として読めません。{_why_not_a_count(text, plain)}。")
    number = plain.replace(",", "")
    if re.match("-?0[0-9]", number):
        notes.append(f"{quote_input(text)}の先頭の0を取りました。")
    return int(number), tuple(notes)


def parse_rate(text: str) -> Fraction:
    """The ratio that a text names: 96.7% → 967/1000; without % the number is the ratio itself (0.967).

    Any width and spaces; -, － △ ▲ for minus. InputError for anything else.

    >>> parse_rate("△1.2％"), parse_rate("0.967")
    (Fraction(-3, 250), Fraction(967, 1000))
    """
    plain = _fold_sign(fold_digits("".join(text.split())).replace("％", "%"))
    number = plain.removesuffix("%")
    if not re.fullmatch(_DECIMAL, number):
        raise InputError(
            f"{quote_input(text)}を率として読めません。「96.7%」か「0.967」のように書いてください。"
        )
    ratio = Fraction(number.replace(",", ""))
    return ratio / 100 if plain.endswith("%") else ratio


def _noting_changes(text: str, notes: list[str]) -> str:
    """`text` without spaces and unit, half width, with - as its minus; appends a note for each of these."""
    compact = "".join(text.split())
    if compact != text:
        notes.append(f"{quote_input(text)}の空白を取りました。")
    plain = compact
    if compact[:-1] and compact.endswith(_UNITS):
        plain = compact[:-1]
        notes.append(f"{quote_input(text)}の単位「{compact[-1]}」を取りました。")
    half = fold_digits(plain)
    if half != plain:
        notes.append(f"{quote_input(text)}の全角文字を半角に直しました。")
    signed = _fold_sign(half)
    if signed != half:
        notes.append(f"{quote_input(text)}の「{half[0]}」を負の符号（マイナス）として読みました。")
    return signed


def _fold_sign(text: str) -> str:
    return f"-{text[1:]}" if text[:1] and text[0] in _MINUS else text


def _why_not_a_count(text: str, plain: str) -> str:
    """What stands in the way of reading a count, and what to write instead."""
    if not plain:
        return f"何も書かれていません。{_COUNT_HINT}"
    if Missing.from_symbol(text) is not None:
        return f"数がないことを表す記号です。数があるときは、{_COUNT_HINT}"
    if re.fullmatch(_DECIMAL, plain):
        return f"小数点があります。{_COUNT_HINT}"
    if re.fullmatch("-?[0-9,]+", plain):
        return f"桁区切りの「,」の位置が3桁ごとになっていません。数を確かめ、{_COUNT_HINT}"
    odd = re.sub("[-0-9,.]", "", plain)
    reason = f"「{odd}」は数として読めない文字です" if odd else "数の形になっていません"
    return f"{reason}。{_COUNT_HINT}"


def looks_like_digit_slip(expected: int, actual: int, drift: Fraction = Fraction(0)) -> str | None:
    """What slip of the keyboard would turn `expected` into `actual`, in Japanese; None when none would.

    Recognised: ten times, a tenth, one digit too many, one missing, two neighbours swapped. `drift` is how
    far `actual` may be from ten times or a tenth (1/10: by 10 %), for figures that change every year anyway.

    >>> looks_like_digit_slip(35339, 353439)
    '35,339 に余分な「4」が入った疑いがあります'
    """
    if expected == actual or (expected > 0) != (actual > 0) or 0 in (expected, actual):
        return None
    for factor, words in ((Fraction(10), "10倍"), (Fraction(1, 10), "10分の1")):
        target = expected * factor
        if abs(actual - target) <= drift * abs(target):
            about = "" if actual == target else "約"
            return f"{format_count(expected)} の{about}{words}になっており、桁を誤った疑いがあります"
    return _digit_slip(format_count(expected), str(abs(expected)), str(abs(actual)))


def _digit_slip(shown: str, expected: str, actual: str) -> str | None:
    if extra := _one_digit_more(expected, actual):
        return f"{shown} に余分な「{extra}」が入った疑いがあります"
    if missing := _one_digit_more(actual, expected):
        return f"{shown} の「{missing}」が1つ抜けた疑いがあります"
    if swapped := _swapped_neighbours(expected, actual):
        return f"{shown} の「{swapped}」が「{swapped[::-1]}」に入れ替わった疑いがあります"
    return None


def _one_digit_more(short: str, long: str) -> str | None:
    """The digit that `long` has beyond `short`. Single digits tell nothing: 5 is contained in every 5x."""
    if len(short) < 2 or len(long) != len(short) + 1:
        return None
    at = next((i for i, digit in enumerate(short) if digit != long[i]), len(short))
    return long[at] if short[at:] == long[at + 1 :] else None


def _swapped_neighbours(expected: str, actual: str) -> str | None:
    """The two digits of `expected` that stand the other way round in `actual`."""
    if len(expected) != len(actual):
        return None
    at = next(i for i, digit in enumerate(expected) if digit != actual[i])
    pair = expected[at : at + 2]
    return pair if expected[:at] + pair[::-1] + expected[at + 2 :] == actual else None
