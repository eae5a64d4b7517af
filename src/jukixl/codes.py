"""全国地方公共団体コード: the six-digit code of a prefecture or municipality. Text, never a number."""

from __future__ import annotations

import re
from typing import Self

from jukixl.era import fold_digits, quote_input
from jukixl.errors import InputError

_WEIGHTS = (6, 5, 4, 3, 2)
_PREFECTURES = range(1, 48)


def check_digit(base5: str) -> str:
    """The sixth digit for the first five: the last digit of 11 − r, with r = (6a+5b+4c+3d+2e) mod 11.

    The rule is the one published with the code (総務省); it is not that of the 個人番号.

    >>> check_digit("19201"), check_digit("19209"), check_digit("19204")
    ('5', '1', '0')
    """
    if not re.fullmatch("[0-9]{5}", base5):
        raise InputError(
            f"{quote_input(base5)}から検査数字は計算できません。団体コードの先頭5桁（半角数字）が必要です。"
        )
    weighted = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, base5, strict=True))
    return str((11 - weighted % 11) % 10)


class MunicipalityCode(str):
    """A six-digit code whose check digit is right; equal to its text, and sorted as its text.

    InputError for any other text, naming the right code where only the check digit is wrong.
    """

    __slots__ = ()

    def __new__(cls, code: str) -> Self:
        if not re.fullmatch("[0-9]{6}", code):
            raise InputError(
                f"{quote_input(code)}は団体コードではありません。「192015」のような6桁の半角数字が必要です。"
            )
        _refuse_unknown_area(code)
        right = code[:5] + check_digit(code[:5])
        if code != right:
            raise InputError(
                f"団体コード「{code}」は6桁目の検査数字が合いません。先頭の5桁が正しければ「{right}」です。"
                "団体コードを確かめてください。"
            )
        return super().__new__(cls, code)

    @property
    def base5(self) -> str:
        """The code without its check digit, as some tables print it: 19201."""
        return self[:5]

    @property
    def prefecture(self) -> str:
        """The two digits of the prefecture, 01 to 47: 19 for 山梨県."""
        return self[:2]


def parse_code(code: str | int) -> MunicipalityCode:
    """The code that a text or a cell's number names: five or six digits, any width, spaces around it.

    A cell's number has lost its leading zero: one of four or five digits is read as the five-digit code.
    InputError for anything else.

    >>> parse_code("１９２０１"), parse_code(192015), parse_code(1202)
    ('192015', '192015', '012025')
    """
    text = str(code).zfill(5) if isinstance(code, int) else fold_digits(code).strip()
    if not re.fullmatch("[0-9]{5,6}", text):
        found = f"{quote_input(str(code))}は団体コードではありません" if text else "団体コードが空です"
        raise InputError(f"{found}。「19201」か「192015」のように、5桁か6桁の数字で書いてください。")
    return MunicipalityCode(text if len(text) == 6 else text + check_digit(text))


def _refuse_unknown_area(code: str) -> None:
    """Refuse numbers that no code has: prefectures beyond 47, and municipalities 001–099."""
    if int(code[:2]) not in _PREFECTURES:
        raise InputError(
            f"団体コード「{code}」の先頭2桁「{code[:2]}」にあたる都道府県はありません（01から47まで）。"
            "団体コードを確かめてください。"
        )
    if 0 < int(code[2:5]) < 100:
        raise InputError(
            f"団体コード「{code}」の3～5桁目「{code[2:5]}」にあたる市区町村はありません。"
            "先頭の0が落ちていないか確かめ、6桁の文字列で書いてください。"
        )
