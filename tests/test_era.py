"""Era dates: what is expected comes from ICU's Japanese calendar, the era ordinances and the handout."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date, datetime, timedelta
from itertools import pairwise

import icu
import openpyxl
import openpyxl.utils.datetime as openpyxl_dates
import pytest

from jukixl.era import (
    ERAS,
    EXCEL_LONG_FORMAT,
    DateForm,
    Digits,
    EraYear,
    FiscalYear,
    date_from_serial,
    era_of,
    excel_serial,
    format_date,
    format_period,
    parse_date,
    parse_date_with_notes,
    parse_era_year,
    parse_fiscal_year,
    parse_month,
    parse_period,
    quote_input,
    set_digits,
)
from jukixl.errors import InputError

FIRST_DAY = date(1873, 1, 1)
LAST_DAY = date(2100, 12, 31)


def icu_formatter(pattern):
    """ICU's own text of a day in the Japanese calendar, by the pattern given."""
    formatter = icu.SimpleDateFormat(pattern, icu.Locale("ja_JP@calendar=japanese"))
    formatter.setTimeZone(icu.TimeZone.createTimeZone("UTC"))
    epoch = date(1970, 1, 1)
    return lambda day: formatter.format((day - epoch).days * 86400.0)


def every_day():
    return (FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))


def test_every_day_from_1873_to_2100_is_written_as_icu_writes_it():
    icu_text = icu_formatter("Gy年M月d日")
    assert [day for day in every_day() if format_date(day) != icu_text(day)] == []


def test_every_day_is_read_back_from_icus_text_without_a_note():
    icu_text = icu_formatter("Gy年M月d日")
    assert [day for day in every_day() if parse_date_with_notes(icu_text(day)) != (day, ())] == []


def test_every_month_and_day_in_its_year_is_written_as_icu_writes_it():
    icu_month, icu_year = icu_formatter("Gy年M月"), icu_formatter("Gy年")
    firsts = [day for day in every_day() if day.day == 1]
    assert [day for day in firsts if format_date(day, DateForm.MONTH) != icu_month(day)] == []
    assert [day for day in firsts if format_date(day, DateForm.YEAR) != icu_year(day)] == []


def test_every_year_as_a_whole_is_named_after_the_era_that_icu_gives_its_last_day():
    icu_year = icu_formatter("Gy年")
    for western in range(1873, 2101):
        expected = icu_year(date(western, 12, 31))
        assert (EraYear(western).name, FiscalYear(western).name) == (expected, f"{expected}度")


@pytest.mark.parametrize(
    ("first", "last", "era", "year_zero"),
    [(1927, 1988, "昭和", 1925), (1990, 2018, "平成", 1988), (2020, 2100, "令和", 2018)],
)
def test_fiscal_years_count_on_within_their_era(first, last, era, year_zero):
    for western in range(first, last + 1):
        assert FiscalYear(western).name == f"{era}{western - year_zero}年度"


@pytest.mark.parametrize(
    ("western", "name"), [(1926, "昭和元年度"), (1989, "平成元年度"), (2019, "令和元年度")]
)
def test_the_fiscal_year_in_which_an_era_counts_one_is_its_gannendo(western, name):
    assert FiscalYear(western).name == name
    assert parse_fiscal_year(name) == FiscalYear(western)


def test_the_fiscal_year_2019_is_reiwa_gannendo_whole_though_its_first_day_is_in_heisei():
    year = FiscalYear.of(date(2019, 4, 1))

    assert year == FiscalYear.of(date(2020, 3, 31)) == FiscalYear(2019)
    assert (year.name, format_date(year.first_day)) == ("令和元年度", "平成31年4月1日")


def test_a_fiscal_year_runs_from_april_to_march():
    year = parse_fiscal_year("令和6年度")

    assert (year.first_day, year.last_day) == (date(2024, 4, 1), date(2025, 3, 31))
    one_day = timedelta(days=1)
    assert FiscalYear.of(year.first_day - one_day) < year < FiscalYear.of(year.last_day + one_day)


def test_a_calendar_year_runs_from_january_to_december():
    year = parse_era_year("令和6年")

    assert (year.first_day, year.last_day, str(year)) == (date(2024, 1, 1), date(2024, 12, 31), "令和6年")
    assert EraYear.of(year.first_day) == EraYear.of(year.last_day) == year


@pytest.mark.parametrize("western", [1872, 0, 9999])
def test_years_outside_the_calendar_are_refused(western):
    for kind in (EraYear, FiscalYear):
        with pytest.raises(InputError, match="1873年"):
            kind(western)


@pytest.mark.parametrize(
    ("day", "long", "short"),
    [
        (date(2024, 5, 27), "令和6年5月27日", "R6.5.27"),
        (date(2002, 8, 5), "平成14年8月5日", "H14.8.5"),
        (date(2003, 8, 25), "平成15年8月25日", "H15.8.25"),
        (date(2019, 5, 1), "令和元年5月1日", "R1.5.1"),
        (date(2019, 4, 30), "平成31年4月30日", "H31.4.30"),
    ],
)
def test_a_day_has_a_long_and_a_short_form(day, long, short):
    assert (format_date(day), format_date(day, DateForm.SHORT)) == (long, short)


def test_the_first_year_in_the_short_form_is_1_or_gan_as_set():
    day = date(2019, 5, 1)

    assert format_date(day, DateForm.SHORT, first_year="元") == "R元.5.1"
    assert format_date(date(2020, 5, 1), DateForm.SHORT, first_year="元") == "R2.5.1"


def test_a_datetime_as_spreadsheets_give_it_is_written_like_its_day():
    assert format_date(datetime(2019, 5, 1, 0, 0)) == "令和元年5月1日"
    assert excel_serial(datetime(2019, 5, 1, 23, 59)) == 43586


def test_a_period_is_printed_with_a_full_width_wave():
    assert format_period(date(2024, 5, 27), date(2024, 6, 28)) == "R6.5.27\uff5eR6.6.28"
    whole = format_period(date(2003, 8, 25), date(2024, 12, 31), DateForm.LONG)
    assert whole == "平成15年8月25日～令和6年12月31日"


def test_each_era_ends_on_the_day_before_the_next_begins():
    for newer, older in pairwise(ERAS):
        assert era_of(newer.start) is newer
        assert era_of(newer.start - timedelta(days=1)) is older


def test_there_are_no_era_dates_before_the_gregorian_calendar():
    with pytest.raises(InputError, match="明治6年（1873年）1月1日から"):
        era_of(date(1872, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "令和6年5月27日", "R6.5.27", "令和６年５月２７日", "Ｒ６．５．２７", "r6.5.27", "R6/5/27",
        "㋿6年5月27日", " 令和 6年 5月27日", "令和6年　5月27日", "2024-05-27", "2024/5/27", "2024.5.27", "2024年5月27日",
        "西暦2024年5月27日", "２０２４－０５－２７", "令和06年05月27日",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_usually_written(text):
    assert parse_date_with_notes(text) == (date(2024, 5, 27), ())


@pytest.mark.parametrize("text", ["令和元年5月1日", "令和1年5月1日", "R元.5.1", "R1.5.1"])
def test_the_first_year_is_read_with_gan_or_1(text):
    assert parse_date(text) == date(2019, 5, 1)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("令和元年4月30日", "平成31年4月30日"),
        ("R1.4.30", "平成31年4月30日"),
        ("平成元年1月7日", "昭和64年1月7日"),
        ("昭和元年12月24日", "大正15年12月24日"),
        ("大正元年7月29日", "明治45年7月29日"),
    ],
)
def test_a_day_before_its_era_began_is_refused_and_the_right_date_named(text, right):
    with pytest.raises(InputError, match=f"「{text}」.*「{right}」"):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "day", "right"),
    [
        ("平成32年4月1日", date(2020, 4, 1), "令和2年4月1日"),
        ("平成31年5月1日", date(2019, 5, 1), "令和元年5月1日"),
        ("昭和64年1月8日", date(1989, 1, 8), "平成元年1月8日"),
    ],
)
def test_a_day_after_its_era_ended_is_read_with_a_warning_that_names_the_right_date(text, day, right):
    found, notes = parse_date_with_notes(text)

    assert found == parse_date(text) == day
    assert len(notes) == 1
    assert f"「{text}」" in notes[0]
    assert f"「{right}」" in notes[0]


@pytest.mark.parametrize(
    "text",
    ["", "　", "令年6年5月27日", "令和六年五月二十七日", "①年5月1日", "5月27日", "6.5.27", "令和6年5月",
     "24/5/27", "2024-5/27", "R6.5.27～", "令和6年末", "20240527", "令和106年1月1日"],
)  # fmt: skip
def test_a_text_that_is_no_day_is_refused_with_examples(text):
    with pytest.raises(InputError, match=r"「令和6年5月27日」「R6\.5\.27」「2024-05-27」のように"):
        parse_date(text)


@pytest.mark.parametrize("text", ["令和6年2月30日", "R5.2.29", "2024-13-01", "令和6年5月0日"])
def test_a_day_that_the_calendar_does_not_have_is_refused(text):
    with pytest.raises(InputError, match=f"「{text}」.*暦にありません"):
        parse_date(text)


def test_year_zero_is_refused():
    with pytest.raises(InputError, match="令和は元年"):
        parse_date("令和0年5月1日")


@pytest.mark.parametrize("text", ["明治5年12月2日", "1872-12-31", "0001-01-01"])
def test_days_before_the_gregorian_calendar_are_refused_in_every_notation(text):
    with pytest.raises(InputError, match="太陽暦"):
        parse_date(text)


@pytest.mark.parametrize("text", ["令和6年5月", "R6.5", "2024-05", "2024年5月", "令和６年５月"])
def test_a_month_is_read_as_its_first_day(text):
    assert parse_month(text) == date(2024, 5, 1)


def test_a_month_in_which_the_era_changed_may_have_either_name():
    assert parse_month("昭和64年1月") == parse_month("平成元年1月") == date(1989, 1, 1)


def test_a_month_before_its_era_is_refused_and_the_right_month_named():
    with pytest.raises(InputError, match="「平成31年4月」"):
        parse_month("令和元年4月")


@pytest.mark.parametrize("text", ["令和6年13月", "令和6年0月"])
def test_a_month_beyond_twelve_is_refused(text):
    with pytest.raises(InputError, match="暦にありません"):
        parse_month(text)


@pytest.mark.parametrize("text", ["令和6年", "R6", "2024年", "2024", "令和６年", "平成36年"])
def test_a_calendar_year_is_read(text):
    assert parse_era_year(text) == EraYear(2024)


@pytest.mark.parametrize("text", ["令和6年度", "R6", "R6年度", "2024年度", "2024", "令和６年度"])
def test_a_fiscal_year_is_read(text):
    assert parse_fiscal_year(text) == FiscalYear(2024)


def test_heisei_31_nendo_is_the_same_fiscal_year_as_reiwa_gannendo():
    assert parse_fiscal_year("平成31年度") == parse_fiscal_year("令和元年度") == FiscalYear(2019)


def test_a_calendar_year_and_a_fiscal_year_are_not_taken_for_each_other():
    with pytest.raises(InputError, match="「令和6年度」を年として"):
        parse_era_year("令和6年度")
    with pytest.raises(InputError, match="「令和6年」を年度として"):
        parse_fiscal_year("令和6年")


@pytest.mark.parametrize(
    "text",
    ["R6.5.27～R6.6.28", "R6.5.27〜R6.6.28", "R6.5.27~R6.6.28", "令和6年5月27日から令和6年6月28日まで",
     "2024-05-27 ～ 2024-06-28", "2024年5月27日から令和6年6月28日"],
)  # fmt: skip
def test_a_period_is_read_with_every_kind_of_wave_and_in_words(text):
    assert parse_period(text) == (date(2024, 5, 27), date(2024, 6, 28))


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(InputError, match="終わりの日（令和6年5月27日）が初めの日（令和6年6月28日）より前"):
        parse_period("R6.6.28～R6.5.27")


@pytest.mark.parametrize("text", ["R6.5.27", "", "R6.5.27～R6.5.28～R6.5.29", "R6.5.27－R6.6.28"])
def test_a_text_without_exactly_two_ends_is_no_period(text):
    with pytest.raises(InputError, match=r"「R6\.5\.27～R6\.6\.28」のように"):
        parse_period(text)


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        (Digits.HALF, "令和6年12月に9件、39,627件、66.3%、L3SW"),
        (Digits.ONE_FULL, "令和６年12月に９件、39,627件、66.3%、L3SW"),
        (Digits.FULL, "令和６年１２月に９件、３９，６２７件、６６．３%、L3SW"),
    ],
)
def test_one_digit_width_holds_for_all_numbers_of_a_text(digits, expected):
    assert set_digits("令和6年12月に9件、39,627件、66.3%、L3SW", digits) == expected
    assert digits.apply("令和6年12月に9件、39,627件、66.3%、L3SW") == expected


def test_dates_follow_the_digit_width_and_the_short_form_stays_half_width():
    day = date(2024, 5, 27)

    assert format_date(day, digits=Digits.ONE_FULL) == "令和６年５月27日"
    assert format_date(day, digits=Digits.FULL) == "令和６年５月２７日"
    assert format_date(day, DateForm.SHORT, Digits.FULL) == "R6.5.27"


# Serials as Microsoft documents them: 1 is 1900-01-01, 39448 is 2008-01-01, the last is 2958465.
@pytest.mark.parametrize(
    ("serial", "day"),
    [(1, date(1900, 1, 1)), (59, date(1900, 2, 28)), (61, date(1900, 3, 1)), (39448, date(2008, 1, 1)),
     (2958465, date(9999, 12, 31))],
)  # fmt: skip
def test_serials_count_from_1900_and_skip_the_leap_day_that_never_was(serial, day):
    assert (excel_serial(day), date_from_serial(serial)) == (serial, day)


def test_serials_agree_with_openpyxl_on_every_day_since_march_1900():
    days = [day for day in every_day() if day >= date(1900, 3, 1)]
    assert [day for day in days if openpyxl_dates.to_excel(day) != excel_serial(day)] == []
    assert [day for day in days if date_from_serial(excel_serial(day)) != day] == []


def test_the_time_of_day_in_a_serial_is_dropped():
    assert date_from_serial(45439.99999) == date(2024, 5, 27)


def test_a_workbook_of_the_1904_system_counts_from_zero_and_1462_days_later():
    assert date_from_serial(0, date1904=True) == date(1904, 1, 1)
    assert date_from_serial(excel_serial(date(2024, 5, 27)) - 1462, date1904=True) == date(2024, 5, 27)


@pytest.mark.parametrize("serial", [0, 0.5, -1, 2958466, float("nan"), float("inf")])
def test_a_number_that_is_no_serial_is_refused(serial):
    with pytest.raises(InputError, match="Excelの日付の番号ではありません"):
        date_from_serial(serial)


@pytest.mark.parametrize("serial", [-1, 2957004])
def test_a_number_that_is_no_serial_of_the_1904_system_is_refused(serial):
    with pytest.raises(InputError, match="Excelの日付の番号ではありません"):
        date_from_serial(serial, date1904=True)


def test_the_false_leap_day_is_refused_by_name():
    with pytest.raises(InputError, match="1900年2月29日"):
        date_from_serial(60)


def test_a_day_before_1900_has_no_serial():
    with pytest.raises(InputError, match="1900年1月1日から"):
        excel_serial(date(1899, 12, 31))


def test_the_number_format_changes_at_the_ends_of_heisei_and_of_reiwas_first_year():
    assert f"[<={excel_serial(date(2019, 4, 30))}]" in EXCEL_LONG_FORMAT
    assert f"[>={excel_serial(date(2020, 1, 1))}]" in EXCEL_LONG_FORMAT


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_shows_cells_of_the_number_format_as_icu_writes_the_days(tmp_path):
    days = [date(2019, 4, 30), date(2019, 5, 1), date(2019, 12, 31), date(2020, 1, 1), date(2024, 5, 27)]
    workbook = openpyxl.Workbook()
    for row, day in enumerate(days, start=1):
        cell = workbook.active.cell(row, 1, excel_serial(day))
        cell.number_format = EXCEL_LONG_FORMAT
    workbook.save(tmp_path / "days.xlsx")

    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    convert = ["--headless", "--convert-to", "html", "--outdir", tmp_path, tmp_path / "days.xlsx"]
    subprocess.run(
        ["soffice", profile, *convert], check=True, capture_output=True, timeout=120, start_new_session=True
    )

    shown = re.findall(r">([^<>]+)</font></td>", (tmp_path / "days.html").read_text("utf-8"))
    assert shown == [icu_formatter("Gy年M月d日")(day) for day in days]


@pytest.mark.parametrize(
    "text", ["123456789018", "1234 5678 9018", "１２３４－５６７８－９０１８", "R6.1.1 123456789018号"]
)
def test_no_message_repeats_a_number_as_long_as_a_personal_number(text):
    with pytest.raises(InputError) as caught:
        parse_date(text)
    assert "12********18" in str(caught.value)
    assert "5678" not in str(caught.value)
    assert "５６７８" not in str(caught.value)


def test_other_inputs_are_quoted_as_they_came():
    assert quote_input("２０２４年５月") == "「２０２４年５月」"
