"""Single faults in the complete master, made in its XML as Excel would leave them: each is found, at its cell, by its code.

The places are drawn with a fixed seed, so that every run has the same ones.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from jukixl.check.master import check_master
from jukixl.findings import Finding, Severity
from jukixl.workbook.master import Master, master_of, read_master
from jukixl.workbook.package import Package, read_package
from jukixl.workbook.snapshot import read_snapshot

Change = Callable[[str], str]
Place = tuple[str, str]
SEED = 20250831
_CELL = '<c r="{}"(?: [^>]*)?>.*?</c>'


class Fault(NamedTuple):
    """What was done to one cell, and the code under which it must be found there."""

    place: Place
    change: Change
    code: str


@pytest.fixture(scope="module")
def master(published_path: Path) -> Master:
    return read_master(published_path)


@pytest.fixture
def draw() -> random.Random:
    return random.Random(SEED)  # noqa: S311 - for places, not for secrets


def spoil(master: Master, fault: Fault) -> list[Finding]:
    """The findings of the master with this fault in it, beyond those it always has."""
    sheet, a1 = fault.place
    part = master.snapshot.sheets[sheet].part
    old = master.package[part].decode()
    new = re.sub(_CELL.format(a1), lambda match: fault.change(match[0]), old, count=1, flags=re.DOTALL)
    assert new != old, fault
    return findings(master.package.with_parts({part: new.encode()}))


def findings(package: Package) -> list[Finding]:
    return list(check_master(master_of(package, read_snapshot(package))).findings)


def missed(master: Master, faults: Iterator[Fault]) -> list[tuple[Fault, list[str]]]:
    """The faults that aren't found at their cell by their code, with what was found there."""
    lost = []
    for fault in faults:
        there = [f for f in spoil(master, fault) if (f.sheet, f.cell) == fault.place]
        if fault.code not in {finding.code for finding in there}:
            lost.append((fault, [finding.code for finding in there]))
    return lost


def places(master: Master, pattern: str) -> list[Place]:
    """The cells whose names match."""
    found = [area for name, area in master.snapshot.names.items() if re.fullmatch(pattern, name)]
    return [(area.sheet, area.first) for area in found if area.is_cell]


def formulas(master: Master, pattern: str) -> list[Place]:
    known = set(master.snapshot.formulas)
    return [place for place in places(master, pattern) if place in known]


def cached(master: Master, place: Place) -> object:
    return master.snapshot.sheets[place[0]].cells[place[1]].value


def numbers(master: Master, pattern: str) -> list[Place]:
    return [place for place in formulas(master, pattern) if isinstance(cached(master, place), int | float)]


ANY = r"(?:annex|figure|population|neighbours|annex5_).*"
TOTALS = r"annex.*\.total"
RATES = r"annex5.*_(?:rate|per_application|per_preset)\.\d{6}"
INPUTS = r"input\..*\.\d{6}"


def replaced(pattern: str, new: str) -> Change:
    return lambda xml: re.sub(pattern, new, xml, count=1)


@pytest.mark.parametrize("step", [0, 1])
def test_a_number_over_a_formula_is_found_right_or_wrong(master, draw, step):
    chosen = draw.sample(numbers(master, ANY), 30)

    def typed(place: Place) -> Change:
        value = cached(master, place)
        assert isinstance(value, int | float)
        return lambda xml: re.sub(r"<f>.*?</f><v>.*?</v>", f"<v>{value + step}</v>", xml)

    assert missed(master, (Fault(place, typed(place), "overwritten") for place in chosen)) == []


def test_a_stale_value_is_found(master, draw):
    chosen = draw.sample(numbers(master, ANY), 40)
    stale = (Fault(place, replaced(r"<v>([^<]*)</v>", r"<v>1\1</v>"), "stale") for place in chosen)
    assert missed(master, stale) == []


@pytest.mark.parametrize("end", ["first", "last"])
@pytest.mark.parametrize("by", [-1, 1])
def test_a_range_one_row_short_or_long_is_found(master, draw, end, by):
    chosen = draw.sample(formulas(master, TOTALS), 12)

    def moved(xml: str) -> str:
        def shift(match: re.Match[str]) -> str:
            first, last = int(match[2]), int(match[4])
            first, last = (first + by, last) if end == "first" else (first, last + by)
            return f"{match[1]}{first}:{match[3]}{last}"

        head, sum_, tail = xml.rpartition("SUM(")
        return head + sum_ + re.sub(r"([A-Z]+)(\d+):([A-Z]+)(\d+)", shift, tail, count=1)

    summed = [place for place in chosen if "SUM(" in (formula_of(master, place) or "")]
    assert summed
    assert missed(master, (Fault(place, moved, "range") for place in summed)) == []


def formula_of(master: Master, place: Place) -> str | None:
    return master.snapshot.sheets[place[0]].cells[place[1]].formula


@pytest.mark.parametrize("offset", [-1, 1, 2])
def test_references_that_slid_are_found(master, draw, offset):
    chosen = draw.sample(formulas(master, RATES), 15)

    def slid(xml: str) -> str:
        head, formula, tail = re.split(r"(?<=<f>)(.*?)(?=</f>)", xml, maxsplit=1)
        return (
            head
            + re.sub(r"(?<![A-Z!])([A-Z])(\d+)(?!\()", lambda m: f"{m[1]}{int(m[2]) + offset}", formula)
            + tail
        )

    assert missed(master, (Fault(place, slid, "reference") for place in chosen)) == []


@pytest.mark.parametrize("tail", ["+1", "*1.01", "+0.001"])
def test_a_number_written_into_a_formula_is_found(master, draw, tail):
    chosen = draw.sample(formulas(master, ANY), 15)
    faults = (Fault(place, replaced("</f>", f"{tail}</f>"), "constant") for place in chosen)
    assert missed(master, faults) == []


def test_another_function_is_found(master, draw):
    chosen = [place for place in formulas(master, TOTALS) if ",SUM(" in (formula_of(master, place) or "")]
    faults = (
        Fault(place, replaced(",SUM[(]", ",MAX("), "formula_changed") for place in draw.sample(chosen, 15)
    )
    assert missed(master, faults) == []


def test_a_formula_over_an_input_is_found(master, draw):
    chosen = draw.sample(places(master, INPUTS), 20)
    faults = (
        Fault(place, replaced(r"><v>([^<]*)</v>", r"><f>\1+0</f><v>\1</v>"), "formula_in_input")
        for place in chosen
    )
    assert missed(master, faults) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("１２３", "text_number"), ("1,234件", "text_number"), ("約百件", "bad_input"), ("①", "bad_input")],
)
def test_a_text_for_a_number_is_found(master, draw, text, code):
    chosen = draw.sample(places(master, INPUTS), 8)

    def typed(xml: str) -> str:
        return re.sub(r"(?: t=\"\w+\")?><v>[^<]*</v>", f' t="inlineStr"><is><t>{text}</t></is>', xml)

    assert missed(master, (Fault(place, typed, code) for place in chosen)) == []


@pytest.mark.parametrize("value", ["-3", "1.5"])
def test_a_number_that_is_no_count_is_found(master, draw, value):
    chosen = draw.sample(places(master, INPUTS), 8)
    faults = (Fault(place, replaced("<v>[^<]*</v>", f"<v>{value}</v>"), "bad_input") for place in chosen)
    assert missed(master, faults) == []


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A", "#VALUE!"])
def test_an_error_value_in_an_input_is_found(master, draw, error):
    chosen = draw.sample(places(master, INPUTS), 5)
    faults = (
        Fault(place, replaced(r"><v>[^<]*</v>", f' t="e"><v>{error}</v>'), "bad_input") for place in chosen
    )
    assert missed(master, faults) == []


def test_an_emptied_input_is_found(master, draw):
    chosen = draw.sample(places(master, INPUTS), 15)
    faults = (Fault(place, replaced("<v>[^<]*</v>", ""), "missing") for place in chosen)
    assert missed(master, faults) == []


def test_an_input_changed_without_recalculation_leaves_findings_on_what_depends_on_it(master, draw):
    """The cell itself is only an input; it is the table's cell and its total that no longer agree."""
    for place in draw.sample(places(master, r"input\.annex6.*\.\d{6}"), 15):
        (name,) = (
            name
            for name, area in master.snapshot.names.items()
            if (area.sheet, area.first) == place and name.startswith("input.") and area.is_cell
        )
        table, column, code = name.removeprefix("input.").rsplit(".", 2)
        found = spoil(master, Fault(place, replaced("<v>([^<]*)</v>", r"<v>1\1</v>"), "stale"))
        stale = {(finding.sheet, finding.cell) for finding in found if finding.code == "stale"}
        for row in (code, "total"):
            area = master.snapshot.names[f"{table}.{column}.{row}"]
            assert (area.sheet, area.first) in stale, (name, row)


def test_a_lost_name_is_found(master, draw):
    part = master.snapshot.workbook_part
    names = [name for name in master.snapshot.names if re.fullmatch(f"{INPUTS}|{RATES}|{TOTALS}", name)]
    for name in draw.sample(names, 15):
        xml = re.sub(
            rf'<definedName name="{re.escape(name)}"[^>]*>[^<]*</definedName>',
            "",
            master.package[part].decode(),
        )
        found = findings(master.package.with_parts({part: xml.encode()}))
        assert [f for f in found if f.code == "lost_cell" and name in f.message], name


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("</workbook>", '<calcPr calcMode="manual"/></workbook>', "manual_calculation"),
        ("</workbook>", '<calcPr fullPrecision="0"/></workbook>', "precision_as_displayed"),
        ('name="別紙3" sheetId', 'name="別紙3" state="veryHidden" sheetId', "very_hidden_sheet"),
        ("</definedNames>", '<definedName name="ローカル">#REF!</definedName></definedNames>', "broken_name"),
    ],
)
def test_a_setting_of_the_workbook_that_spoils_numbers_is_found(master, old, new, code):
    part = master.snapshot.workbook_part
    xml = re.sub(r"<calcPr[^>]*/>", "", master.package[part].decode())
    xml = re.sub(r'(name="別紙3" sheetId="\d+") state="visible"', r"\1", xml)
    assert old in xml
    found = findings(master.package.with_parts({part: xml.replace(old, new).encode()}))
    assert code in {finding.code for finding in found}


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("TODAY()", "volatile"),
        ("OFFSET(A1,1,1)", "volatile"),
        ("[1]Sheet1!A1", "external"),
        ("'_jukixl'!A1", "hidden_reference"),
    ],
)
def test_a_formula_that_staff_added_is_looked_at_too(master, formula, code):
    sheet = "別紙3"
    part = master.snapshot.sheets[sheet].part
    row = f'<row r="500"><c r="H500"><f>{formula}</f><v>1</v></c></row></sheetData>'
    xml = master.package[part].decode().replace("</sheetData>", row)
    found = findings(master.package.with_parts({part: xml.encode()}))
    assert code in {finding.code for finding in found if (finding.sheet, finding.cell) == (sheet, "H500")}


def test_the_clean_master_has_no_error(published_path: Path) -> None:
    package = read_package(published_path)
    assert [f for f in findings(package) if f.severity is Severity.ERROR] == []
