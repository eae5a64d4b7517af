"""Figures: what is expected comes from the printed handout, from CLDR (Babel) and from the decimal module."""

from __future__ import annotations

import csv
import io
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from babel.numbers import format_decimal

from jukixl.errors import InputError
from jukixl.figures import (
    Missing,
    format_count,
    format_points,
    format_rate,
    looks_like_digit_slip,
    parse_count,
    parse_rate,
    round_half_up,
)

# 別紙5 as of 令和6年12月31日, as printed: applications, population, sent and the two rates.
PRINTED_RATES = """
甲府市,179641,184827,97.2%,166687,92.8%
富士吉田市,47096,46770,100.7%,42876,91.0%
早川町,918,884,103.8%,850,92.6%
忍野村,10590,9758,108.5%,9856,93.1%
小菅村,696,639,108.9%,659,94.7%
丹波山村,498,514,96.9%,454,91.2%
合計,772405,806369,95.8%,715448,92.6%
"""


@pytest.mark.parametrize("row", list(csv.reader(io.StringIO(PRINTED_RATES.strip()))), ids=lambda row: row[0])
def test_a_rate_prints_as_in_the_handout(row):
    applications, population, sent = int(row[1]), int(row[2]), int(row[4])

    rates = [Fraction(applications, population), Fraction(sent, applications)]
    assert list(map(format_rate, rates)) == [row[3], row[5]]


def test_a_tie_is_rounded_up_where_floats_would_round_it_down():
    assert round_half_up(Fraction(371, 560) * 100, 1) == Decimal("66.3")
    assert format_rate(Fraction(371, 560)) == "66.3%"
    assert round(371 / 560 * 100, 1) == 66.2


@pytest.mark.parametrize("digits", [0, 1, 2])
def test_rounding_is_decimals_round_half_up_on_every_thousandth_either_side_of_zero(digits):
    unit = Decimal(1).scaleb(-digits)
    values = [Decimal(n).scaleb(-3) for n in range(-2500, 2501)]
    assert [v for v in values if round_half_up(v, digits) != v.quantize(unit, ROUND_HALF_UP)] == []


def test_rounding_is_exact_beyond_the_precision_of_decimal_arithmetic():
    assert str(round_half_up(Fraction(10**40 * 4 + 1, 4), 1)) == f"{10**40}.3"


def test_what_rounds_to_zero_has_no_sign():
    assert str(round_half_up(Fraction(-1, 100), 1)) == "0.0"
    assert format_points(Fraction(-4, 10000)) == "0.0ポイント"
    assert format_rate(Fraction(-4, 10000)) == "0.0%"


def test_a_rounded_number_keeps_the_places_asked_for():
    assert str(round_half_up(1, 1)) == "1.0"
    assert str(round_half_up(Fraction(5, 2), 0)) == "3"
    assert str(round_half_up(Fraction(100, 3), 3)) == "33.333"


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 39627, 772405, 1437750584, 10**15])
def test_a_count_is_grouped_as_cldr_groups_it_for_japan(count):
    assert format_count(count) == format_decimal(count, locale="ja_JP")


def test_minus_is_printed_as_a_triangle():
    assert format_count(-1234) == "△1,234"
    assert format_rate(Fraction(-12, 1000)) == "△1.2%"
    assert format_points(Fraction(-12, 1000)) == "△1.2ポイント"


def test_a_rate_beyond_a_thousand_percent_is_grouped():
    assert format_rate(Fraction(12345, 1000)) == "1,234.5%"


def test_a_change_is_computed_from_the_exact_rates_and_rounded_once():
    now, before = Fraction("0.9579"), Fraction("0.9474")

    assert (format_rate(now), format_rate(before)) == ("95.8%", "94.7%")
    assert format_points(now - before) == "1.1ポイント"  # 1.05 before rounding
    assert format_points(now - before, 2, "%") == "1.05%"


def test_the_printed_change_may_differ_from_that_of_the_printed_rates():
    # 全国 in 【参考】 prints 84.5%, 83.4% and 1.2%.
    now, before = Fraction(105562941, 124885175), Fraction("0.8335")

    assert (format_rate(now), format_rate(before)) == ("84.5%", "83.4%")
    assert format_points(now - before, unit="%") == "1.2%"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("－", Missing.NONE), ("―", Missing.NONE), ("ー", Missing.NONE), ("-", Missing.NONE), (" － ", Missing.NONE),
        ("…", Missing.UNKNOWN), ("x", Missing.SUPPRESSED), ("Ｘ", Missing.SUPPRESSED),
        ("・", Missing.NOT_APPLICABLE), ("", Missing.NOT_FILLED), ("　", Missing.NOT_FILLED),
    ],
)  # fmt: skip
def test_a_missing_value_is_known_by_its_symbol_or_a_look_alike(text, missing):
    assert Missing.from_symbol(text) is missing


@pytest.mark.parametrize("text", ["0", "0.0", "－5", "x5", "なし", "△", "――5"])
def test_anything_more_than_the_symbol_is_no_missing_value(text):
    assert Missing.from_symbol(text) is None


@pytest.mark.parametrize("missing", list(Missing))
def test_each_printed_symbol_is_read_back(missing):
    assert Missing.from_symbol(missing.symbol) is missing


def test_the_symbols_are_all_different():
    assert [missing.symbol for missing in Missing] == ["－", "…", "x", "・", ""]


@pytest.mark.parametrize(
    ("text", "count"), [("0", 0), ("1234", 1234), ("1,437,750,584", 1437750584), ("-5", -5)]
)
def test_a_number_as_it_should_be_is_read_without_a_note(text, count):
    assert parse_count(text) == (count, ())


@pytest.mark.parametrize(
    ("text", "count", "noted"),
    [
        ("１２３４", 1234, ["全角"]),
        ("１，２３４", 1234, ["全角"]),
        ("1,234件", 1234, ["単位「件」"]),
        ("5人", 5, ["単位「人」"]),
        ("772,405枚", 772405, ["単位「枚」"]),
        (" 12 ", 12, ["空白"]),
        ("1, 437, 750, 584", 1437750584, ["空白"]),
        ("△12", -12, ["「△」を負の符号"]),
        ("▲12", -12, ["「▲」を負の符号"]),
        ("－12", -12, ["「－」を負の符号"]),
        ("007", 7, ["先頭の0"]),
        ("　△１，２３４ 件", -1234, ["空白", "単位「件」", "全角", "「△」を負の符号"]),
    ],
)
def test_each_change_made_to_a_typed_number_is_noted(text, count, noted):
    found, notes = parse_count(text)

    assert found == count
    assert len(notes) == len(noted)
    assert all(words in note for words, note in zip(noted, notes, strict=True))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("①", "「①」は数として読めない"),
        ("1〇", "「〇」は数として読めない"),
        ("ー5", "「ー」は数として読めない"),
        ("千二百", "「千二百」は数として読めない"),
        ("約1,200件", "「約」は数として読めない"),
        ("1、234", "「、」は数として読めない"),
        ("1,2345", "3桁ごと"),
        ("1,23", "3桁ごと"),
        (",123", "3桁ごと"),
        ("12.5", "小数点"),
        ("1.234", "小数点"),
        ("12．0", "小数点"),
        ("", "何も書かれていません"),
        ("－", "数がないことを表す記号"),
        ("△", "数の形になっていません"),
        ("1-2", "数の形になっていません"),
        ("²", "「²」は数として読めない"),
    ],
)
def test_what_would_be_a_guess_is_refused_with_its_reason_and_an_example(text, reason):
    with pytest.raises(InputError, match=f"{reason}.*「1,234」のような半角の整数"):
        parse_count(text)


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("96.7%", Fraction(967, 1000)),
        ("96.7％", Fraction(967, 1000)),
        ("９６．７ ％", Fraction(967, 1000)),
        ("△1.2%", Fraction(-12, 1000)),
        ("0.967", Fraction(967, 1000)),
        ("100%", Fraction(1)),
        ("1,234.5%", Fraction(12345, 1000)),
        ("0.1", Fraction(1, 10)),
    ],
)
def test_a_rate_is_read_exactly_as_percentage_or_ratio(text, ratio):
    assert parse_rate(text) == ratio


@pytest.mark.parametrize("text", ["", "%", "九割", "96.7.1%", "96,7%", "-", "96.7%%", ".5", "1/2", "nan"])
def test_a_text_that_is_no_rate_is_refused_with_examples(text):
    with pytest.raises(InputError, match=r"「96\.7%」か「0\.967」"):
        parse_rate(text)


@pytest.mark.parametrize("text", ["個人番号123456789018", "1234-5678-9018", "１２３４５６７８９０１８番"])
@pytest.mark.parametrize("parse", [parse_count, parse_rate])
def test_no_message_repeats_a_number_as_long_as_a_personal_number(parse, text):
    with pytest.raises(InputError) as caught:
        parse(text)
    assert "12********18" in str(caught.value)
    assert "5678" not in str(caught.value)


def test_no_note_repeats_a_number_as_long_as_a_personal_number():
    notes = parse_count("１２３４ ５６７８ ９０１８")[1]

    assert len(notes) == 2
    assert all("12********18" in note and "５６７８" not in note for note in notes)


@pytest.mark.parametrize(
    ("expected", "actual", "words"),
    [
        (35339, 353439, "余分な「4」"),
        (35339, 3539, "「3」が1つ抜けた"),
        (35339, 5339, "「3」が1つ抜けた"),
        (35339, 353391, "余分な「1」"),
        (35339, 53339, "「35」が「53」に入れ替わった"),
        (35339, 35393, "「39」が「93」に入れ替わった"),
        (35339, 353390, "の10倍"),
        (353390, 35339, "の10分の1"),
        (5, 50, "の10倍"),
        (-120, -1200, "の10倍"),
    ],
)
def test_a_slip_of_the_keyboard_is_called_by_its_name(expected, actual, words):
    assert words in looks_like_digit_slip(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [(35339, 35339), (35339, 36001), (35339, 35340), (35339, 93533), (5, 53), (53, 3), (0, 10), (10, 0), (5, -50),
     (35339, 360000), (1200, 12)],
)  # fmt: skip
def test_other_differences_are_not_called_slips(expected, actual):
    assert looks_like_digit_slip(expected, actual) is None


def test_ten_times_is_also_seen_in_a_figure_that_changed_a_little():
    assert "約10倍" in looks_like_digit_slip(35339, 360000, drift=Fraction(1, 10))
    assert "約10分の1" in looks_like_digit_slip(35339, 3600, drift=Fraction(1, 10))
    assert looks_like_digit_slip(35339, 420000, drift=Fraction(1, 10)) is None
