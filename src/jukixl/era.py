"""和暦: Japanese era dates, calendar years and fiscal years, and the digits they are written with.

Two rules are kept apart. A *date* belongs to the era of that day: 2019-04-30 is 平成31年4月30日. A *calendar
year* and a *fiscal year* are named whole, after the era on 31 December of the year in which they start: 2019
is 令和元年, and 2019-04-01…2020-03-31 is 令和元年度. Reading is strict; errors say what would be right.
"""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from jukixl.errors import InputError

# A number format for date cells that shows 令和元年, where `e` alone would show 令和1年. The bounds are the
# serials of 2019-04-30 and 2020-01-01. The first years of older eras still show as 1. The locale is given by its
# number (0x411, ja-JP), since LibreOffice 7.4 takes a format with [$-ja-JP] for no format and shows the serial.
EXCEL_LONG_FORMAT = (
    '[<=43585][$-411]ggge"年"m"月"d"日";[>=43831][$-411]ggge"年"m"月"d"日";"令和元年"m"月"d"日"'
)

_HALF = "0123456789.,"
_FULL = "０１２３４５６７８９．，"
_TO_HALF = str.maketrans(_FULL, _HALF)
_TO_FULL = str.maketrans(_HALF, _FULL)
# Beyond digits a date may hold full-width letters and separators, and the era written as one character.
_ONE_CHARACTER_ERAS: dict[str | int, int | str] = dict(
    zip("㍾㍽㍼㍻㋿", ("明治", "大正", "昭和", "平成", "令和"), strict=True)
)
_DATE_FOLD: dict[int, int | str] = {
    **str.maketrans(_FULL + "ＭＴＳＨＲｍｔｓｈｒ／－−‐〜~", _HALF + "MTSHRmtshr/---～～"),
    **str.maketrans(_ONE_CHARACTER_ERAS),
}


class Era(Struct, frozen=True):
    """An era by its first day in the Gregorian calendar; `year_one` is the western year of 元年."""

    name: str
    short: str
    start: date
    year_one: int

    def year_number(self, western: int) -> int:
        """The era's number for a western year: 2024 → 6 in 令和."""
        return western - self.year_one + 1


ERAS = (
    Era("令和", "R", date(2019, 5, 1), 2019),
    Era("平成", "H", date(1989, 1, 8), 1989),
    Era("昭和", "S", date(1926, 12, 25), 1926),
    Era("大正", "T", date(1912, 7, 30), 1912),
    # 明治 began in 1868, but until 明治5年 its months are those of the lunar calendar.
    Era("明治", "M", date(1873, 1, 1), 1868),
)
_ERA_BY_TEXT = {text: era for era in ERAS for text in (era.name, era.short)}


def era_of(day: date) -> Era:
    """The era that a day belongs to. InputError before 1873-01-01, when Japan used another calendar."""
    for era in ERAS:
        if day.toordinal() >= era.start.toordinal():  # a datetime is a date, but doesn't compare with one
            return era
    raise InputError(
        f"{day.year}年{day.month}月{day.day}日は和暦で扱えません。"
        "扱えるのは、太陽暦になった明治6年（1873年）1月1日からの日付です。年を確かめてください。"
    )


class Digits(StrEnum):
    """How Arabic digits are set in running text: one choice for a whole document."""

    HALF = "half"
    ONE_FULL = "one_full"
    FULL = "full"

    @property
    def label(self) -> str:
        """What staff call it, and choose on 設定."""
        return {"half": "半角", "one_full": "1桁は全角、2桁以上は半角", "full": "全角"}[self.value]

    @classmethod
    def of_label(cls, label: str) -> Digits:
        """What staff chose. InputError for any other text."""
        labels = {one.label: one for one in cls}
        if label not in labels:
            known = "、".join(f"「{one}」" for one in labels)
            raise InputError(f"{quote_input(label)}という数字の書き方はありません。使えるもの: {known}。")
        return labels[label]

    def apply(self, text: str) -> str:
        """`text` with its numbers set this way; see `set_digits`."""
        return set_digits(text, self)


# The first branch takes whole Latin words, whose digits belong to a name: L3SW, R6.5.27.
_NUMBER_IN_TEXT = r"[A-Za-z][A-Za-z0-9]*(?:[.,][0-9]+)*|(?P<number>[0-9]+(?:[.,][0-9]+)*)"


def set_digits(text: str, digits: Digits) -> str:
    """Set the half-width numbers of a text in the given width.

    A number with commas or a point (1,234 or 66.3) is one number. Digits that follow a Latin letter belong to
    a name and stay as they are.

    >>> set_digits("L3SW 9件、39,627件、66.3%", Digits.ONE_FULL)
    'L3SW ９件、39,627件、66.3%'
    >>> set_digits("39,627件", Digits.FULL)
    '３９，６２７件'
    """
    if digits is Digits.HALF:
        return text

    def widened(match: re.Match[str]) -> str:
        number = match["number"]
        if number is None or (digits is Digits.ONE_FULL and len(number) > 1):
            return match[0]
        return number.translate(_TO_FULL)

    return re.sub(_NUMBER_IN_TEXT, widened, text)


def fold_digits(text: str) -> str:
    """Full-width digits, points and commas to half width; everything else stays.

    >>> fold_digits("１，２３４件")
    '1,234件'
    """
    return text.translate(_TO_HALF)


# The separators that people put between the digits of a 個人番号 or 住民票コード.
_LONG_NUMBER = r"[0-9]{11,}|[0-9](?:[ 　\-‐‑–—―−ー－ｰ]?[0-9]){10,11}(?![0-9])"


def quote_input(text: str) -> str:
    """An input as messages quote it. A number that could be a 個人番号 or 住民票コード never appears in one.

    >>> quote_input("1234-5678-9018"), quote_input("約1,200件")
    ('「12********18」', '「約1,200件」')
    """

    def masked(match: re.Match[str]) -> str:
        digits = re.sub("[^0-9]", "", match[0])
        return f"{digits[:2]}{'*' * (len(digits) - 4)}{digits[-2:]}"

    hidden = re.sub(_LONG_NUMBER, masked, fold_digits(text))
    return f"「{text if hidden == fold_digits(text) else hidden}」"


class DateForm(StrEnum):
    """令和6年5月27日, 令和6年5月, 令和6年, R6.5.27."""

    LONG = "long"
    MONTH = "month"
    YEAR = "year"
    SHORT = "short"


def format_date(
    day: date,
    form: DateForm = DateForm.LONG,
    digits: Digits = Digits.HALF,
    *,
    first_year: Literal["1", "元"] = "1",
) -> str:
    """A day in its own era. The first year is 元 in the Japanese forms and `first_year` in the short form.

    `YEAR` names the era of this very day (2019-04-30 → 平成31年); a year as a whole is `EraYear.name`.

    >>> format_date(date(2024, 5, 27)), format_date(date(2019, 5, 1), DateForm.SHORT)
    ('令和6年5月27日', 'R1.5.1')
    """
    era = era_of(day)
    number = era.year_number(day.year)
    if form is DateForm.SHORT:
        year = first_year if number == 1 else str(number)
        return set_digits(f"{era.short}{year}.{day.month}.{day.day}", digits)
    text = _era_year_text(era, day.year)
    if form is not DateForm.YEAR:
        text += f"{day.month}月"
    if form is DateForm.LONG:
        text += f"{day.day}日"
    return set_digits(text, digits)


def format_period(
    start: date, end: date, form: DateForm = DateForm.SHORT, digits: Digits = Digits.HALF
) -> str:
    """Both ends with ～ (U+FF5E) between.

    >>> format_period(date(2024, 5, 27), date(2024, 6, 28))
    'R6.5.27～R6.6.28'
    """
    return f"{format_date(start, form, digits)}～{format_date(end, form, digits)}"


def _era_year_text(era: Era, western: int) -> str:
    number = era.year_number(western)
    return f"{era.name}{'元' if number == 1 else number}年"


def _whole_year_name(western: int) -> str:
    return _era_year_text(era_of(date(western, 12, 31)), western)


def _refuse_year_outside_calendar(western: int) -> None:
    if not ERAS[-1].start.year <= western < date.max.year:
        raise InputError(
            f"{western}年は扱えません。扱えるのは1873年（明治6年）から9998年までです。年を確かめてください。"
        )


class EraYear(Struct, frozen=True, order=True):
    """A calendar year (対象年) by its western number, named after the era at its end: 2019 is 令和元年."""

    western: int

    def __post_init__(self) -> None:
        _refuse_year_outside_calendar(self.western)

    @classmethod
    def of(cls, day: date) -> EraYear:
        """The calendar year that a day lies in."""
        return cls(day.year)

    @property
    def name(self) -> str:
        """令和6年; 令和元年 for the whole of 2019."""
        return _whole_year_name(self.western)

    @property
    def first_day(self) -> date:
        """1 January."""
        return date(self.western, 1, 1)

    @property
    def last_day(self) -> date:
        """31 December."""
        return date(self.western, 12, 31)

    def __str__(self) -> str:
        return self.name


class FiscalYear(Struct, frozen=True, order=True):
    """年度, April to March, by the western year in which it starts: 令和6年度 is `FiscalYear(2024)`."""

    start: int

    def __post_init__(self) -> None:
        _refuse_year_outside_calendar(self.start)

    @classmethod
    def of(cls, day: date) -> FiscalYear:
        """The fiscal year that a day lies in: 2025-03-31 is still in 令和6年度."""
        return cls(day.year if day.month >= 4 else day.year - 1)

    @property
    def name(self) -> str:
        """令和6年度. All of 2019-04-01…2020-03-31 is 令和元年度, all of 1988-04-01…1989-03-31 昭和63年度."""
        return f"{_whole_year_name(self.start)}度"

    @property
    def first_day(self) -> date:
        """1 April."""
        return date(self.start, 4, 1)

    @property
    def last_day(self) -> date:
        """31 March of the next western year."""
        return date(self.start + 1, 3, 31)

    def __str__(self) -> str:
        return self.name


_YEAR = r"(?:(?P<era>明治|大正|昭和|平成|令和|[MTSHR])(?P<year>元|[0-9]{1,2})|(?:西暦)?(?P<western>[0-9]{4}))"
_ONE_OR_TWO = "[0-9]{1,2}"
# Compiled (and then kept by `re`) when first needed: a command that reads no such text starts sooner.
_DATE = (
    rf"{_YEAR}(?:年(?P<month>{_ONE_OR_TWO})月(?P<day>{_ONE_OR_TWO})日"
    rf"|(?P<mark>[./-])(?P<month2>{_ONE_OR_TWO})(?P=mark)(?P<day2>{_ONE_OR_TWO}))"
)
_MONTH = rf"{_YEAR}(?:年(?P<month>{_ONE_OR_TWO})月|[./-](?P<month2>{_ONE_OR_TWO}))"
_CALENDAR_YEAR = rf"{_YEAR}年?"
_FISCAL_YEAR = rf"{_YEAR}(?:年度)?"


def parse_date_with_notes(text: str) -> tuple[date, tuple[str, ...]]:
    """The day that a text names, with a warning to show if the era had ended by then (平成32年 in old texts).

    Accepts 令和6年5月27日, R6.5.27, R元.5.1, 2024-05-27, 2024/5/27, 2024年5月27日, any width, any spaces.
    InputError for anything else, for days that don't exist, and for days before their era began.
    """
    match = _matched(_DATE, text, "日付", "「令和6年5月27日」「R6.5.27」「2024-05-27」")
    western, era = _year_of(match, text)
    month, day_of_month = match["month"] or match["month2"], match["day"] or match["day2"]
    day = _existing_day(western, int(month), int(day_of_month), text)
    right = format_date(day)
    _refuse_before_era(text, era, day, right)
    return day, _notes_after_era(text, era, day, right)


def parse_date(text: str) -> date:
    """As `parse_date_with_notes`, without the notes.

    >>> parse_date("平成14年8月5日"), parse_date("R６.５.２７")
    (datetime.date(2002, 8, 5), datetime.date(2024, 5, 27))
    """
    return parse_date_with_notes(text)[0]


def parse_month(text: str) -> date:
    """The first day of the month that a text names: 令和6年5月, R6.5, 2024-05. InputError as for dates."""
    match = _matched(_MONTH, text, "年月", "「令和6年5月」「R6.5」「2024-05」")
    western, era = _year_of(match, text)
    first_day = _existing_day(western, int(match["month"] or match["month2"]), 1, text)
    last_day = (first_day + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    _refuse_before_era(text, era, last_day, format_date(last_day, DateForm.MONTH))
    return first_day


def parse_era_year(text: str) -> EraYear:
    """The calendar year that a text names: 令和6年, R6, 2024年. 令和6年度, another period, is refused."""
    match = _matched(_CALENDAR_YEAR, text, "年", "「令和6年」「R6」「2024年」")
    return EraYear(_year_of(match, text)[0])


def parse_fiscal_year(text: str) -> FiscalYear:
    """The fiscal year that a text names: 令和6年度, R6, 2024年度. 令和6年, another period, is refused.

    平成31年度 and 令和元年度 are the same fiscal year, 2019.
    """
    match = _matched(_FISCAL_YEAR, text, "年度", "「令和6年度」「R6年度」「2024年度」")
    return FiscalYear(_year_of(match, text)[0])


def parse_period(text: str) -> tuple[date, date]:
    """First and last day of a period such as R6.5.27～R6.6.28 or 令和6年1月1日から令和6年12月31日まで."""
    ends = re.split("～|から", text.translate(_DATE_FOLD))
    if len(ends) != 2:
        raise InputError(
            f"{quote_input(text)}を期間として読めません。"
            "「R6.5.27～R6.6.28」のように、初めの日と終わりの日を「～」でつないでください。"
        )
    start, end = parse_date(ends[0]), parse_date(ends[1].strip().removesuffix("まで"))
    if end < start:
        raise InputError(
            f"期間{quote_input(text)}は、終わりの日（{format_date(end)}）が初めの日（{format_date(start)}）より前です。"
            "日付を確かめてください。"
        )
    return start, end


def _matched(pattern: str, text: str, kind: str, examples: str) -> re.Match[str]:
    match = re.fullmatch(pattern, "".join(text.translate(_DATE_FOLD).split()), re.IGNORECASE)
    if match is None:
        found = f"{quote_input(text)}を{kind}として読めません" if text.strip() else f"{kind}が空です"
        raise InputError(f"{found}。{examples}のように書いてください。")
    return match


def _year_of(match: re.Match[str], text: str) -> tuple[int, Era | None]:
    """The western year, and the era it was written in (None for a western year)."""
    if match["western"]:
        return int(match["western"]), None
    era = _ERA_BY_TEXT[match["era"].upper()]
    number = 1 if match["year"] == "元" else int(match["year"])
    if number == 0:
        raise InputError(
            f"{quote_input(text)}の年が0になっています。{era.name}は元年（1年）からです。年を確かめてください。"
        )
    return era.year_one + number - 1, era


def _existing_day(western: int, month: int, day: int, text: str) -> date:
    try:
        return date(western, month, day)
    except ValueError:
        message = f"{quote_input(text)}という日付は暦にありません。月と日を確かめてください。"
        raise InputError(message) from None


def _refuse_before_era(text: str, era: Era | None, last_day: date, right: str) -> None:
    if era is not None and last_day < era.start:
        raise InputError(
            f"{quote_input(text)}はありません。{era.name}は{format_date(era.start)}からです。"
            f"正しくは「{right}」です。"
        )


def _notes_after_era(text: str, era: Era | None, day: date, right: str) -> tuple[str, ...]:
    if era is None or era is era_of(day):
        return ()
    return (f"{quote_input(text)}は{era.name}が終わった後の日付です。「{right}」として読みました。",)


_FALSE_LEAP_DAY = 60  # Lotus 1-2-3, and Excel after it, count a 1900-02-29
_LAST_SERIAL = 2_958_465  # 9999-12-31, the last day of both Excel and Python


def excel_serial(day: date) -> int:
    """The number that Excel (1900 date system) keeps for a day: 2019-05-01 → 43586. InputError before 1900.

    From 1900-03-01 on every serial is one too high, since 60 stands for a 1900-02-29 that never was.
    """
    if day.year < 1900:
        raise InputError(f"{day:%Y-%m-%d}はExcelの日付にできません。Excelの日付は1900年1月1日からです。")
    serial = day.toordinal() - date(1899, 12, 31).toordinal()
    return serial if serial < _FALSE_LEAP_DAY else serial + 1


def date_from_serial(serial: int | float, *, date1904: bool = False) -> date:
    """The day of an Excel serial; the time of day (its fraction) is dropped.

    InputError for numbers that are no day in Excel: below 1 (below 0 in a workbook of the 1904 system), 60
    (the 1900-02-29 that never was), after 9999-12-31, not finite.
    """
    last = _LAST_SERIAL - (1462 if date1904 else 0)
    if not math.isfinite(serial) or not (0 if date1904 else 1) <= serial < last + 1:
        raise InputError(
            f"{quote_input(str(serial))}はExcelの日付の番号ではありません。セルの値を確かめてください。"
        )
    days = math.floor(serial)
    if date1904:
        return date(1904, 1, 1) + timedelta(days=days)
    if days == _FALSE_LEAP_DAY:
        raise InputError("Excelの番号60は、暦にない1900年2月29日です。セルの値を確かめてください。")
    return date(1899, 12, 31) + timedelta(days=days if days < _FALSE_LEAP_DAY else days - 1)
