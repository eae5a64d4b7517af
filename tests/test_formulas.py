"""The cross-check of formulas: whatever is done to a master's cells, the cell is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from office import convert

from jukixl.check.master import CheckOutcome, check_master
from jukixl.findings import Severity
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import read_master
from jukixl.workbook.package import read_package, write_atomic
from jukixl.workbook.patch import patch_workbook
from jukixl.workbook.snapshot import read_snapshot
from jukixl.workbook.stamp import now_name

Spot = tuple[str, str]


def locate(path: Path, name: str) -> Spot:
    return read_snapshot(path).locate(name)


def check(path: Path) -> CheckOutcome:
    return check_master(read_master(path))


def errors(path: Path) -> set[tuple[str, str | None, str | None]]:
    return {(f.code, f.sheet, f.cell) for f in check(path).findings if f.severity is Severity.ERROR}


def edit_part(path: Path, part: str, change: Callable[[str], str]) -> None:
    """Change the XML of one part, as another program might have left it."""
    package = read_package(path)
    old = package[part].decode()
    new = change(old)
    assert new != old
    write_atomic(path, package.with_parts({part: new.encode()}).to_bytes())


def edit_cell(path: Path, name: str, change: Callable[[str], str]) -> Spot:
    """Change the XML of one named cell; its place."""
    sheet, a1 = locate(path, name)
    part = read_snapshot(path).sheets[sheet].part

    def edited(xml: str) -> str:
        return re.sub(rf'<c r="{a1}"[^>]*?>.*?</c>', lambda match: change(match[0]), xml, count=1)

    edit_part(path, part, edited)
    return sheet, a1


def test_on_the_untouched_master_all_three_values_of_every_formula_agree(published_path: Path) -> None:
    formulas = check(published_path).formulas
    assert formulas.total == formulas.recomputed > 1000
    assert formulas.disagreeing == 0
    assert formulas.findings == ()


def test_a_stored_value_that_is_out_of_date_is_found_with_the_right_one(master_path: Path) -> None:
    # 甲府市's 申請率 is printed 97.2 %.
    place = edit_cell(
        master_path,
        "annex5.application_rate.192015",
        lambda xml: re.sub("<v>[^<]*</v>", "<v>0.971</v>", xml),
    )
    outcome = check(master_path).formulas
    (finding,) = outcome.findings
    assert (finding.code, finding.sheet, finding.cell) == ("stale", *place)
    assert (finding.expected, finding.actual, finding.municipality) == ("97.2%", "97.1%", "192015")
    assert outcome.disagreeing == 1


def test_a_typed_number_without_recalculation_leaves_its_dependants_stale(master_path: Path) -> None:
    sheet, cell = locate(master_path, "input.annex5.sent.192015")
    patch_workbook(master_path, [Edit(sheet, cell, 166688)], recalculate=False)
    stale = {(f.sheet, f.cell) for f in check(master_path).findings if f.code == "stale"}
    # 92.8 % and 92.6 % stay as they are; what the findings on 検算 are compared with doesn't.
    names = ("annex5.sent.192015", "annex5.sent.total", now_name("annex5"))
    assert stale == {locate(master_path, name) for name in names}


def test_a_formula_overwritten_by_a_number_is_found_even_where_the_number_is_right(master_path: Path) -> None:
    place = edit_cell(
        master_path,
        "annex5.applications.total",
        lambda xml: re.sub("<f>.*?</f>", "", xml),
    )
    assert errors(master_path) == {("overwritten", *place)}
    (finding,) = check(master_path).formulas.findings
    assert (finding.expected, finding.actual) == ("772,405", "772,405")


def test_a_total_over_the_wrong_range_is_found_with_both_sums(master_path: Path) -> None:
    place = edit_cell(
        master_path,
        "annex5.sent.total",
        lambda xml: re.sub(r"(F\d+):F31", r"\1:F30", xml),
    )
    found = [f for f in check(master_path).formulas.findings if (f.sheet, f.cell) == place]
    # 丹波山村, the last row, has 454 of the 715,448.
    assert [(f.code, f.expected, f.actual) for f in found] == [("range", "715,448", "714,994")]


def test_a_rate_over_the_wrong_column_is_found(master_path: Path) -> None:
    # e/d instead of e/a: print says 89.0 % and 96.2 %.
    place = edit_cell(
        master_path,
        "annex5.delivered_per_application.192015",
        lambda xml: xml.replace("J5/C5", "J5/H5"),
    )
    found = [f for f in check(master_path).formulas.findings if (f.sheet, f.cell) == place]
    assert [(f.code, f.expected, f.actual) for f in found] == [("reference", "89.0%", "96.2%")]


def test_a_number_typed_as_text_is_found_at_its_input_cell(master_path: Path) -> None:
    sheet, cell = locate(master_path, "input.annex5.sent.192015")
    patch_workbook(master_path, [Edit(sheet, cell, "１６６，６８７件")])
    found = {(f.code, f.sheet, f.cell, f.municipality) for f in check(master_path).findings}
    assert ("text_number", sheet, cell, "192015") in found


@pytest.mark.parametrize(
    ("value", "fragment"),
    [(1.5, "小数"), (-3, "負の数"), ("約百件", "約百件"), ("①", "①"), (True, "TRUE")],
)
def test_an_input_that_is_no_count_is_found_at_its_cell(
    master_path: Path, value: float | str | bool, fragment: str
) -> None:
    sheet, cell = locate(master_path, "input.annex5.sent.192015")
    patch_workbook(master_path, [Edit(sheet, cell, value)])
    found = [f for f in check(master_path).findings if f.code == "bad_input"]
    assert [(f.sheet, f.cell, f.municipality) for f in found] == [(sheet, cell, "192015")]
    assert fragment in found[0].message


def test_an_input_whose_name_is_lost_is_found(master_path: Path) -> None:
    name = "input.annex5.sent.192015"

    def without(xml: str) -> str:
        return re.sub(rf'<definedName name="{re.escape(name)}"[^>]*>[^<]*</definedName>', "", xml)

    edit_part(master_path, "xl/workbook.xml", without)
    found = [f for f in check(master_path).findings if f.code == "lost_cell"]
    assert [finding.municipality for finding in found] == ["192015"]
    assert name in found[0].message


def test_a_computed_cell_whose_name_is_lost_does_not_go_unnoticed(master_path: Path) -> None:
    name = "annex5.applications.total"
    place = locate(master_path, name)

    def without(xml: str) -> str:
        return re.sub(rf'<definedName name="{re.escape(name)}"[^>]*>[^<]*</definedName>', "", xml)

    edit_part(master_path, "xl/workbook.xml", without)
    found = check(master_path).findings
    assert [f for f in found if f.severity is Severity.ERROR and (name in f.message or f.cell == place[1])]


def test_a_master_saved_by_another_program_is_checked_alike(master_path: Path, tmp_path: Path) -> None:
    # LibreOffice rewrites the whole file: other XML, same names, same values.
    again = convert(master_path, "xlsx", tmp_path / "saved")
    formulas = check(again).formulas
    assert formulas.recomputed == formulas.total
    assert formulas.disagreeing == 0


def test_findings_come_with_a_formula_count(master_path: Path) -> None:
    outcome = check(master_path).to_json()
    assert set(outcome) == {"findings", "formulas"}
    assert set(outcome["formulas"]) == {"total", "recomputed", "disagreeing"}  # type: ignore[call-overload]
