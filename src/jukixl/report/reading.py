"""From what somebody typed to a value of a kind, with everything that isn't as it should be.

What could mean two things is not guessed.
"""

from __future__ import annotations

from datetime import time

from msgspec import Struct

from jukixl.era import (
    Digits,
    EraYear,
    FiscalYear,
    parse_date_with_notes,
    parse_era_year,
    parse_fiscal_year,
    parse_month,
    quote_input,
)
from jukixl.errors import InputError
from jukixl.figures import Missing, parse_count, parse_rate
from jukixl.report.model import Kind
from jukixl.report.values import Value


class Reading(Struct, frozen=True):
    """One value read. `problem`: why it cannot be used; `note`: what was done to it (a text read as a number);
    `doubts`: what in the text somebody should look at again (平成32年)."""

    value: Value
    problem: str | None = None
    note: str | None = None
    doubts: tuple[str, ...] = ()


def read_text(raw: str, kind: Kind) -> Reading:
    """A typed text as a value of this kind; InputError (Japanese) where it is none."""
    text = raw.strip()
    if kind in (Kind.TEXT, Kind.CODE):
        return Reading(raw if text else Missing.NOT_FILLED)
    if kind is Kind.DIGITS:
        return Reading(Digits.of_label(text).label if text else Missing.NOT_FILLED)
    missing = Missing.from_symbol(text)
    if missing is not None:
        return Reading(missing)
    value, doubts = _parse(text, kind)
    if isinstance(value, int) and value < 0:
        return Reading(
            Missing.NOT_FILLED,
            f"負の数 {quote_input(text)} が入っています。{wanted(kind)}を入力してください。",
        )
    note = f"文字として入力された {quote_input(text)} を読み替えました。{''.join(doubts)}"
    return Reading(value, note=note, doubts=doubts)


def _parse(text: str, kind: Kind) -> tuple[Value, tuple[str, ...]]:
    """The value, and what is doubtful about it."""
    if kind is Kind.COUNT:
        return parse_count(text)[0], ()  # what was dropped from it (件, commas) leaves no doubt
    if kind.is_rounded:
        return parse_rate(text), ()
    if kind is Kind.DATE:
        return parse_date_with_notes(text)
    if kind is Kind.MONTH:
        return parse_month(text), ()
    if kind in (Kind.YEAR, Kind.FISCAL_YEAR):
        return _parse_year(text, kind), ()
    return _parse_time(text), ()


def _parse_year(text: str, kind: Kind) -> int:
    if text.isascii() and text.isdigit():
        return read_year(int(text), kind)
    return parse_era_year(text).western if kind is Kind.YEAR else parse_fiscal_year(text).start


def read_year(western: int, kind: Kind) -> int:
    """A year or 年度 given by its western number. InputError where it has no era, such as 24 for 2024."""
    return EraYear(western).western if kind is Kind.YEAR else FiscalYear(western).start


def _parse_time(text: str) -> time:
    hours, _, minutes = text.replace("時", ":").replace("分", "").replace("：", ":").partition(":")
    try:
        return time(int(hours), int(minutes or 0))
    except ValueError as error:
        raise InputError(
            f"{quote_input(text)} は時刻として読めません。9:30 のように入力してください。"
        ) from error


def wanted(kind: Kind) -> str:
    """What is to be typed for a kind, in the words of messages."""
    words = {Kind.COUNT: "0以上の整数", Kind.RATE: "率（例 95.6%）", Kind.POINTS: "率の増減（例 1.1%）"}
    words |= {
        Kind.DATE: "日付",
        Kind.MONTH: "年月の日付",
        Kind.YEAR: "西暦4桁の年",
        Kind.FISCAL_YEAR: "西暦4桁の年度",
        Kind.DIGITS: "一覧にある数字の書き方",
    }
    return words.get(kind, "文字")
