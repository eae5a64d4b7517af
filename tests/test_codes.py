"""Municipality codes: the check digits are those published by the ministry with the list of codes."""

from __future__ import annotations

import pytest

from jukixl.codes import MunicipalityCode, check_digit, parse_code
from jukixl.errors import InputError

# 全国地方公共団体コード as published: all municipalities of 山梨県, the prefecture itself, some from elsewhere.
PUBLISHED = [
    *("192015", "192023", "192040", "192058", "192066", "192074", "192082", "192091", "192104", "192112"),
    *("192121", "192139", "192147", "193461", "193640", "193658", "193666", "193682", "193844", "194221"),
    *("194239", "194247", "194255", "194298", "194301", "194425", "194433"),
    *("190004", "011002", "131016", "271004", "472018"),
]


@pytest.mark.parametrize("code", PUBLISHED)
def test_the_five_digits_of_a_published_code_give_its_sixth(code):
    assert check_digit(code[:5]) == code[5]


@pytest.mark.parametrize("code", PUBLISHED)
def test_five_and_six_digits_name_the_same_code(code):
    assert parse_code(code) == parse_code(code[:5]) == code


def test_remainders_of_zero_and_one_are_not_those_of_the_personal_number():
    assert (check_digit("19209"), check_digit("19204")) == ("1", "0")


@pytest.mark.parametrize("text", ["１９２０１", " 19201 ", "　１９２０１５", 19201, 192015])
def test_width_spaces_and_numbers_of_a_cell_do_not_matter(text):
    assert parse_code(text) == "192015"


def test_a_number_that_lost_its_leading_zero_gets_it_back():
    assert parse_code(1100) == "011002"


def test_a_code_tells_its_prefecture_and_its_five_digits():
    code = parse_code("19201")

    assert (code.prefecture, code.base5) == ("19", "19201")


def test_a_code_is_its_text_and_sorts_and_hashes_as_such():
    assert sorted([parse_code("19364"), parse_code("19201")]) == ["192015", "193640"]
    assert {"192015": "甲府市"}[parse_code(19201)] == "甲府市"


@pytest.mark.parametrize("last", [digit for digit in "0123456789" if digit != "5"])
def test_any_other_sixth_digit_is_refused_and_the_right_code_named(last):
    with pytest.raises(InputError, match=f"「19201{last}」.*「192015」"):
        parse_code(f"19201{last}")


@pytest.mark.parametrize("text", ["", "1920", "1920156", "19-201", "1９２O1", "-19201", -19201, "19201.0"])
def test_anything_but_five_or_six_digits_is_refused_with_an_example(text):
    with pytest.raises(InputError, match="「19201」か「192015」"):
        parse_code(text)


def test_a_prefecture_beyond_47_is_refused():
    with pytest.raises(InputError, match="「48」にあたる都道府県"):
        parse_code("48201")


def test_a_six_digit_number_that_lost_its_leading_zero_is_not_taken_for_another_municipality():
    with pytest.raises(InputError, match="先頭の0"):
        parse_code(12025)  # 函館市 is 012025; 千葉県 has no 025


@pytest.mark.parametrize("code", ["19201", "１９２０１５", "192016", " 192015"])
def test_a_code_value_can_only_be_made_from_six_valid_digits(code):
    with pytest.raises(InputError):
        MunicipalityCode(code)


def test_a_personal_number_in_the_place_of_a_code_is_not_repeated_in_the_message():
    with pytest.raises(InputError, match=r"「12\*{8}18」") as caught:
        parse_code("123456789018")
    assert "123456789018" not in str(caught.value)


@pytest.mark.parametrize("base5", ["", "1920", "192015", "１９２０１"])
def test_a_check_digit_needs_exactly_five_half_width_digits(base5):
    with pytest.raises(InputError, match="先頭5桁"):
        check_digit(base5)
