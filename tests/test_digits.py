"""A number far from last year's is called what it probably is."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from jukixl.check.digits import DigitSlip, find_slip
from jukixl.check.master import check_master
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import read_master
from jukixl.workbook.matrix import PREVIOUS_RANGE, REASONS_RANGE, read_matrix
from jukixl.workbook.patch import patch_workbook

LIMIT = 20


@pytest.mark.parametrize(
    ("now", "before", "slip", "meant"),
    [
        (353439, 35339, DigitSlip.INSERTED, 35339),  # the misprint that went to 123 places
        (1796410, 179641, DigitSlip.TIMES_TEN, 179641),
        (17964, 179641, DigitSlip.TENTH, 179640),
        (719641, 179000, DigitSlip.TRANSPOSED, 179641),
        (1641, 16421, DigitSlip.TENTH, 16410),
    ],
)
def test_a_slip_of_one_digit_is_named(now, before, slip, meant):
    found = find_slip(now, before, LIMIT)
    assert found is not None
    assert found.slip is slip
    if meant is not None:
        assert abs((found.meant or 0) - meant) <= 0.2 * before


@pytest.mark.parametrize(("now", "before"), [(120, 100), (80, 100), (0, 100), (100, 0), (179641, 170000)])
def test_what_is_within_the_limit_or_cannot_be_compared_is_no_slip(now, before):
    assert find_slip(now, before, LIMIT) is None


def test_every_single_slip_of_a_plausible_number_is_explained():
    """Of 2,000 drawn numbers near last year's, one digit inserted, or ×10: always called a slip."""
    draw = random.Random(7)  # noqa: S311
    for _ in range(1000):
        before = draw.randrange(1000, 900_000)
        true = before + draw.randrange(-before // 10, before // 10)
        text, at = str(true), draw.randrange(1, len(str(true)))
        for typed in (text[:at] + draw.choice("123456789") + text[at:], text + "0"):
            assert find_slip(int(typed), before, LIMIT) is not None, (typed, before)


@pytest.fixture
def with_last_year(master_path: Path) -> Path:
    """The complete master, with 甲府市's 発送件数 of last year on sheet 前年: 10 % less than this year's 166,687."""
    cell = read_matrix(read_master(master_path).snapshot, PREVIOUS_RANGE)["192015", "annex5.sent"]
    patch_workbook(master_path, [Edit(cell.sheet, cell.cell, 150018)])
    return master_path


def typed(path: Path, value: int) -> list[tuple[str, str | None, str | None]]:
    master = read_master(path)
    place = master.snapshot.locate("input.annex5.sent.192015")
    patch_workbook(path, [Edit(*place, value)])
    found = check_master(read_master(path)).findings
    return [(f.code, f.sheet, f.cell) for f in found if f.code in ("digits", "change")]


def test_a_change_within_the_limit_is_taken_as_it_is(with_last_year):
    assert typed(with_last_year, 166687) == []


def test_a_slipped_digit_is_found_at_the_input_cell(with_last_year):
    place = read_master(with_last_year).snapshot.locate("input.annex5.sent.192015")
    assert typed(with_last_year, 1666870) == [("digits", *place)]


def test_a_change_beyond_the_limit_asks_for_a_reason_until_there_is_one(with_last_year):
    place = read_master(with_last_year).snapshot.locate("input.annex5.sent.192015")
    assert typed(with_last_year, 230000) == [("change", *place)]
    cell = read_matrix(read_master(with_last_year).snapshot, REASONS_RANGE)["192015", "annex5.sent"]
    patch_workbook(with_last_year, [Edit(cell.sheet, cell.cell, "一斉発送を行ったため")])
    assert typed(with_last_year, 230001) == []
