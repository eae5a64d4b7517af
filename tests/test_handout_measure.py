"""Counting lines: what the pages are worked out from."""

from __future__ import annotations

import pytest

from jukixl.handout.measure import text_width, wrap


@pytest.mark.parametrize(
    ("text", "quarters"),
    [
        ("甲府市", 12),  # three full-width characters
        ("1,437,750,584", 26),  # thirteen half-width ones
        ("令和6年", 16),  # a quarter of a character is set on both sides of the digit
        ("（ア）", 12),  # but none beside brackets
        ("ｱｲｳ", 6),  # half-width kana
    ],
)
def test_kanji_are_twice_as_wide_as_digits_with_a_quarter_between_them(text: str, quarters: int):
    assert quarters == text_width(text)


def test_a_line_ends_between_any_two_kanji():
    assert wrap("住民基本台帳", 12).lines == 2


def test_a_number_is_not_parted_while_it_fits_on_a_line():
    assert (wrap("件数1,437,750", 26).lines, wrap("件数1,437,750", 24).lines) == (2, 2)
    assert wrap("件数1,437,750", 27).lines == 1


def test_no_line_begins_with_closing_punctuation():
    """行頭禁則: in 4-character lines 。 takes the character before it along."""
    assert wrap("住民基本。", 16) == wrap("住民基\n本。", 16)


def test_no_line_ends_with_an_opening_bracket():
    """行末禁則."""
    assert wrap("住民基「本台」", 16) == wrap("住民基\n「本台」", 16)


def test_a_word_longer_than_the_line_is_cut():
    assert wrap("1234567890", 8).lines == 3


def test_a_word_is_cut_between_characters_and_never_within_one():
    """「10,562」 in lines of nine quarters: four half-width characters a line, the ninth quarter stays empty."""
    assert wrap("10,562,941", 9).lines == 3


def test_a_long_address_may_also_end_a_line_after_a_slash():
    """LibreOffice does, which takes a line more than cutting anywhere."""
    assert wrap("https://www.example.jp/shichoson/", 20) == wrap(
        "https://\nwww.exampl\ne.jp/\nshichoson/", 20
    )


def test_line_breaks_in_the_text_count():
    assert wrap("市町村\nコード", 40).lines == 2
