"""確認済み: warnings that a clerk looked into, through the sheet as a clerk fills it."""

from __future__ import annotations

from pathlib import Path

import pytest

from jukixl.check.master import check_master
from jukixl.check.waivers import State
from jukixl.cli import main
from jukixl.findings import Finding, Severity
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import read_master
from jukixl.workbook.patch import patch_workbook
from jukixl.workbook.waivers import Waiver, carry_over, read_waivers

REASON, NAME, DAY = "転出入によるもの", "○○", 45931  # 2025-10-01


def lines(path: Path) -> list[Waiver]:
    return [line for line in read_waivers(read_master(path).snapshot) if line.key]


def warnings(path: Path) -> list[Finding]:
    return [f for f in check_master(read_master(path)).findings if f.severity is Severity.WARNING]


def orders(path: Path) -> list[Finding]:
    """早川町's order of 交付 and 交付前設定 is the one that is waived here."""
    return [finding for finding in warnings(path) if finding.code == "order"]


@pytest.fixture
def listed(master_path: Path) -> Path:
    assert main(["review", str(master_path)]) == 0
    return master_path


def waive(path: Path, wanted: Finding, reason: str = REASON, name: str = NAME, day: object = DAY) -> Waiver:
    """Type reason, name and day beside a warning."""
    place = f"{wanted.sheet}!{wanted.cell}"
    line = next(line for line in lines(path) if line.place == place and line.key.startswith(wanted.code))
    typed = zip(line.cells[-3:], (reason, name, day), strict=True)
    patch_workbook(path, [Edit(line.sheet, cell, content) for cell, content in typed])  # type: ignore[arg-type]
    return line


def add_one(path: Path, finding: Finding) -> None:
    """Change the answer that a warning is about."""
    snapshot = read_master(path).snapshot
    areas = [(name, area) for name, area in snapshot.names.items() if area.is_cell]
    (name,) = [n for n, area in areas if (area.sheet, area.first) == (finding.sheet, finding.cell)]
    place = snapshot.locate(f"input.{name}")
    value = snapshot.sheets[place[0]].cells[place[1]].value
    assert isinstance(value, int)
    patch_workbook(path, [Edit(*place, value + 1)])


def test_every_open_warning_is_listed_once(listed):
    assert len(lines(listed)) == len(warnings(listed)) == len({line.key for line in lines(listed)})
    assert {line.state for line in lines(listed)} == {State.OPEN.value}


def test_listing_again_changes_nothing(listed):
    before = listed.read_bytes()
    assert main(["review", str(listed)]) == 0
    assert listed.read_bytes() == before


def test_a_waived_warning_is_quiet_and_says_why(listed):
    chosen, *others = orders(listed)
    waive(listed, chosen)
    assert orders(listed) == others
    (info,) = [f for f in check_master(read_master(listed)).findings if REASON in f.message]
    assert (info.severity, info.sheet, info.cell) == (Severity.INFO, chosen.sheet, chosen.cell)


@pytest.mark.parametrize(
    ("reason", "name", "day"), [("", NAME, DAY), (REASON, "", DAY), (REASON, NAME, None)]
)
def test_without_reason_name_and_day_nothing_is_waived(listed, reason, name, day):
    before = orders(listed)
    waive(listed, before[0], reason, name, day)
    assert orders(listed) == before


def test_a_changed_value_opens_it_again_and_keeps_what_was_written(listed):
    chosen = orders(listed)[0]
    waive(listed, chosen)
    add_one(listed, chosen)
    (again,) = [f for f in orders(listed) if (f.sheet, f.cell) == (chosen.sheet, chosen.cell)]
    assert "以前の確認の後" in again.message
    assert main(["review", str(listed)]) == 0
    (kept,) = [line for line in lines(listed) if line.reason]
    assert (kept.state, kept.name) == (State.REOPENED.value, NAME)


def test_what_was_reopened_can_be_waived_for_its_new_value(listed):
    chosen = orders(listed)[0]
    waive(listed, chosen)
    add_one(listed, chosen)
    assert main(["review", str(listed)]) == 0
    (again,) = [f for f in orders(listed) if (f.sheet, f.cell) == (chosen.sheet, chosen.cell)]
    (line,) = [one for one in lines(listed) if one.place == f"{again.sheet}!{again.cell}" and not one.reason]
    typed = zip(line.cells[-3:], (REASON, NAME, DAY), strict=True)
    patch_workbook(listed, [Edit(line.sheet, cell, content) for cell, content in typed])
    assert [f for f in orders(listed) if (f.sheet, f.cell) == (chosen.sheet, chosen.cell)] == []


def test_a_line_that_waives_says_so_when_the_list_is_made_again(listed):
    waive(listed, orders(listed)[0])
    assert main(["review", str(listed)]) == 0
    (kept,) = [line for line in lines(listed) if line.reason]
    assert kept.state == State.WAIVED.value


def test_last_years_reason_is_told_but_waives_nothing(listed, tmp_path, published_path):
    chosen = orders(listed)[0]
    waive(listed, chosen)
    this_year = tmp_path / "今年.xlsx"
    this_year.write_bytes(published_path.read_bytes())
    edits = list(carry_over(read_master(listed).snapshot, read_master(this_year).snapshot))
    patch_workbook(this_year, edits)
    (again,) = [f for f in orders(this_year) if (f.sheet, f.cell) == (chosen.sheet, chosen.cell)]
    assert f"前年は「{REASON}」により確認済み" in again.message
    assert len(orders(this_year)) == len(orders(published_path))


def test_an_error_is_listed_first_and_cannot_be_waived(listed):
    """What is typed beside it says nothing, and stays."""
    place = read_master(listed).snapshot.locate("input.annex5.sent.192015")
    patch_workbook(listed, [Edit(*place, None)])
    assert main(["review", str(listed)]) == 0
    found = [f for f in check_master(read_master(listed)).findings if f.severity is Severity.ERROR]
    errors = [line for line in lines(listed) if line.state == State.ERROR.value]
    assert {line.place for line in errors} == {f"{finding.sheet}!{finding.cell}" for finding in found}
    assert lines(listed)[: len(errors)] == errors
    typed = zip(errors[0].cells[-3:], (REASON, NAME, DAY), strict=True)
    patch_workbook(listed, [Edit(errors[0].sheet, cell, content) for cell, content in typed])
    assert main(["review", str(listed)]) == 0
    again = [f for f in check_master(read_master(listed)).findings if f.severity is Severity.ERROR]
    assert again == found
    (kept,) = [line for line in lines(listed) if line.reason]
    assert (kept.state, kept.name) == (State.ERROR.value, NAME)


def test_a_waived_warning_that_is_gone_keeps_its_line(listed):
    chosen = orders(listed)[0]
    waive(listed, chosen)
    master = read_master(listed)
    code = chosen.municipality
    edits = [
        Edit(*master.snapshot.locate(f"input.annex5.{column}.{code}"), 900)
        for column in ("applications", "sent", "preset", "delivered")
    ]
    edits += [
        Edit(*master.snapshot.locate(f"input.annex5_reference.{column}.{code}"), 900)
        for column in ("applications", "sent", "preset", "delivered")
    ]
    patch_workbook(listed, edits)
    assert main(["review", str(listed)]) == 0
    (kept,) = [line for line in lines(listed) if line.reason]
    assert kept.state == State.GONE.value
