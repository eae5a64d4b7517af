"""The declared rules: each notices what breaks it, at its cell, and nothing else. Expected from the published files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from conftest import CARDS, LIBRARY, NEIGHBOURS, SETTINGS, body_rows, code_of, is_total, read_rows

from jukixl.check.master import CheckOutcome, check_master
from jukixl.check.missing import check_missing
from jukixl.check.rules import Context, check_rules
from jukixl.figures import Missing
from jukixl.findings import Finding, Severity
from jukixl.report.computation import Inputs, Results
from jukixl.report.loading import load_report, report_from_sources
from jukixl.report.model import Report
from jukixl.report.sources import read_sources
from jukixl.report.values import Value
from jukixl.workbook.cells import CellValue
from jukixl.workbook.creation import create_master
from jukixl.workbook.edits import Edit, apply_edits
from jukixl.workbook.master import Master
from jukixl.workbook.package import Package
from jukixl.workbook.recalculate import evaluate
from jukixl.workbook.snapshot import Snapshot, read_snapshot

Spot = tuple[str | None, str | None]
ORDER = ("delivered", "preset", "sent", "applications")


@pytest.fixture(scope="module")
def outcome(published_master: Master) -> CheckOutcome:
    return check_master(published_master)


def spots(outcome: CheckOutcome, code: str) -> list[Spot]:
    return sorted((f.sheet or "", f.cell or "") for f in outcome.findings if f.code == code)


def cell(master: Master, name: str) -> Spot:
    return master.snapshot.locate(name)


def violated_pairs(report: Report) -> Iterator[tuple[str, str, str, str, dict[str, str]]]:
    """(table, code, smaller column, larger column, record) for each published pair in the wrong order."""
    for table, file in CARDS.items():
        for record in body_rows(file):
            for low, high in pairwise(ORDER):
                if int(record[low]) > int(record[high]):
                    yield table, code_of(report, record), low, high, record


def test_the_published_master_has_no_errors(outcome: CheckOutcome) -> None:
    assert [finding for finding in outcome.findings if finding.severity is Severity.ERROR] == []
    assert {finding.code for finding in outcome.findings} == {"order", "over_limit", "missing", "rounding"}


def test_order_is_reported_exactly_for_the_published_pairs_in_the_wrong_order(
    outcome: CheckOutcome, published_master: Master
) -> None:
    broken = list(violated_pairs(published_master.report))
    assert len(broken) == 17
    expected = {
        (
            *cell(published_master, f"{table}.{low}.{code}"),
            code,
            f"{int(record[high]):,} 以下",
            f"{int(record[low]):,}",
        )
        for table, code, low, high, record in broken
    }
    found = [finding for finding in outcome.findings if finding.code == "order"]
    assert {(f.sheet, f.cell, f.municipality, f.expected, f.actual) for f in found} == expected
    assert len(found) == len(expected)
    assert {finding.severity for finding in found} == {Severity.WARNING}


def test_a_rate_is_reported_exactly_where_one_over_100_percent_is_printed(
    outcome: CheckOutcome, published_master: Master
) -> None:
    expected = set()
    for table, file in (CARDS | NEIGHBOURS).items():
        rows = published_master.report.tables_by_id[table].row_ids
        for number, record in enumerate(read_rows(file)):
            row = "total" if is_total(record) else rows[number]
            for heading, text in record.items():
                column = heading.removesuffix("_printed")
                if column == heading or "previous" in column or "change" in column or not text:
                    continue
                if Decimal(text.rstrip("%")) > 100:
                    place = cell(published_master, f"{table}.{column}.{row}")
                    is_body = table in CARDS and row != "total"
                    expected.add((*place, text, row if is_body else None))
    found = [finding for finding in outcome.findings if finding.code == "over_limit"]
    assert {(f.sheet, f.cell, f.actual, f.municipality) for f in found} == expected
    assert len(found) == len(expected)
    assert any(table == "別紙5（参考基準日）" and text == "104.7%" for table, _, text, _ in expected)
    assert {finding.severity for finding in found} == {Severity.WARNING}


def test_rounding_is_noted_exactly_where_a_printed_change_is_not_the_difference_of_the_printed_rates(
    outcome: CheckOutcome, published_master: Master
) -> None:
    expected = []
    for table, file in NEIGHBOURS.items():
        rows = published_master.report.tables_by_id[table].row_ids
        for row, record in zip(rows, body_rows(file), strict=True):
            for rate in ("application_rate", "delivered_rate"):
                now, before, change = (
                    Decimal(record[f"{rate}{part}_printed"].rstrip("%"))
                    for part in ("", "_previous_month", "_change")
                )
                if change != now - before:
                    expected.append(cell(published_master, f"{table}.{rate}_change.{row}"))
    assert expected
    assert spots(outcome, "rounding") == sorted(expected)  # type: ignore[type-var]
    severities = {finding.severity for finding in outcome.findings if finding.code == "rounding"}
    assert severities == {Severity.INFO}


def test_missing_is_reported_exactly_for_the_empty_cells_of_annex_2(
    outcome: CheckOutcome, published_master: Master
) -> None:
    columns = {"basis": "basis", "law": "law", "affairs": "affairs", "office": "office"}
    columns |= {"registered_users": "registered_users", "cases": "cases"}
    expected = []
    for number, record in enumerate(body_rows("annex2_prefecture.csv"), 1):
        is_remainder = record["law"] == "(判読不能分)"
        for heading, column in columns.items():
            is_count = heading in ("registered_users", "cases")
            if not record[heading] and (is_count or not is_remainder):
                expected.append(cell(published_master, f"annex2.{column}.r{number:03d}"))
    assert len(expected) > 20
    assert spots(outcome, "missing") == sorted(expected)  # type: ignore[type-var]
    severities = {finding.severity for finding in outcome.findings if finding.code == "missing"}
    assert severities == {Severity.WARNING}


def test_a_gap_of_annex_2_is_named_by_what_is_typed_in_its_row(outcome: CheckOutcome) -> None:
    """The basis is the same for fifty rows: the last two texts tell them apart."""
    first, *_ = (finding for finding in outcome.findings if finding.code == "missing")
    title = "別紙2 県サーバからの本人確認情報の提供状況"
    row = "地方公務員災害補償法による災害補償等に関する事務・職員厚生課"
    assert first.message == f"{title} {row}「件数」: 値が入力されていません。"


def test_the_workbook_counts_what_the_rules_find(outcome: CheckOutcome, published_master: Master) -> None:
    def count(name: str) -> object:
        return published_master.snapshot.value(name)

    for table in CARDS:
        sheet = published_master.report.tables_by_id[table].sheet
        of_sheet = [finding for finding in outcome.findings if finding.sheet == sheet]
        assert count(f"rule.{table}.1") == sum(finding.code == "order" for finding in of_sheet)
        assert count(f"rule.{table}.2") == sum(finding.code == "over_limit" for finding in of_sheet)
    for table in NEIGHBOURS:
        sheet = published_master.report.tables_by_id[table].sheet
        of_sheet = [finding for finding in outcome.findings if finding.sheet == sheet]
        rounding = sum(finding.code == "rounding" for finding in of_sheet)
        assert count(f"rule.{table}.1") == sum(finding.code == "over_limit" for finding in of_sheet)
        differences = [count(f"rule.{table}.2"), count(f"rule.{table}.3")]
        assert sum(value for value in differences if isinstance(value, int)) == rounding
        assert [count(f"rule.{table}.{number}") for number in (4, 5, 6)] == [0, 0, 0]
    assert count("rule.annex6_cumulative.1") == 0


def changed(master: Master, **cells: Value) -> list[Finding]:
    """The rules' findings after these cells (`table__column__row`) of the published master hold other values."""
    inputs = master.results.inputs
    new = {tuple(key.split("__")): value for key, value in cells.items()}
    results = Results(master.report, Inputs(inputs.settings, {**inputs.cells, **new}))  # type: ignore[dict-item]
    return check_rules(Context(results, master.snapshot)).findings


def added(master: Master, **cells: Value) -> list[Finding]:
    """The findings that there are only after the change."""
    before = set(changed(master))
    return [finding for finding in changed(master, **cells) if finding not in before]


def test_equal_reports_both_numbers_at_the_cell_of_the_left_side(published_master: Master) -> None:
    (finding,) = added(published_master, annex5_neighbours__applications__yamanashi=772406)
    assert (finding.code, finding.severity) == ("equal", Severity.ERROR)
    assert (finding.expected, finding.actual) == ("772,405", "772,406")
    assert (finding.sheet, finding.cell) == cell(published_master, "annex5_neighbours.applications.yamanashi")
    assert "近隣県" in finding.message
    assert finding.municipality is None


@pytest.mark.parametrize(("typed", "wanted"), [(165, "3,215"), (163, "3,213")])
def test_cumulative_reports_the_row_and_column_whose_sum_is_wrong(
    published_master: Master, typed: int, wanted: str
) -> None:
    # 甲府市's 広域交付（交付地）: 3,214 since 平成15年, of which 164 in 令和6年.
    (finding,) = added(published_master, annex6_annual__wide_area_issue_place__192015=typed)
    assert (finding.code, finding.severity) == ("cumulative", Severity.ERROR)
    assert (finding.expected, finding.actual, finding.municipality) == (wanted, "3,214", "192015")
    assert (finding.sheet, finding.cell) == cell(
        published_master, "annex6_cumulative.wide_area_issue_place.192015"
    )


@pytest.mark.parametrize("absent", [Missing.NOT_FILLED, Missing.NONE, Missing.UNKNOWN])
def test_a_rule_says_nothing_where_a_number_is_missing(published_master: Master, absent: Missing) -> None:
    assert (
        added(
            published_master,
            annex6_annual__wide_area_issue_place__192015=absent,
            annex5_neighbours__applications__yamanashi=absent,
            annex5_neighbours__delivered_rate_change__nagano=absent,
            annex5__sent__192015=absent,
        )
        == []
    )


def test_a_population_that_is_last_years_is_found(published_master: Master) -> None:
    """A table published elsewhere used last year's population for eight months."""
    inputs = published_master.results.inputs.cells
    copied = {
        f"population_reference__population__{row}": value
        for (table, column, row), value in inputs.items()
        if (table, column) == ("population", "population")
    }
    found = [finding for finding in added(published_master, **copied) if finding.code == "distinct"]
    assert [(f.sheet, f.severity) for f in found] == [("住基人口（参考）", Severity.ERROR)]
    first = next(iter(copied))
    assert [f for f in added(published_master, **{**copied, first: 1}) if f.code == "distinct"] == []


def test_a_rate_far_from_that_of_all_is_found(published_master: Master) -> None:
    # 甲府市 has 179,641 applications for 184,848 people; all together 95.8 %.
    found = added(published_master, annex5__applications__192015=17964)
    assert ("outlier", "192015") in {(finding.code, finding.municipality) for finding in found}


def since(day: date, answer: Value) -> tuple[list[Finding], CellValue]:
    """The findings of a rule over cards counted since 27 May 2024, and what the master's own formula counts."""
    sources = dict(read_sources(LIBRARY))
    rule = '{ kind = "since", columns = ["cards"], start = "2024-05-27", as_of = "survey_date" }'
    old = '{ kind = "order", columns = ["active", "cards"] }'
    assert old in sources["report.toml"]
    sources["report.toml"] = sources["report.toml"].replace(old, rule)
    report = report_from_sources(sources)
    table = report.tables_by_id["lending"]
    package = Package.from_bytes(create_master(report, {"survey_date": day}), "マスター.xlsx")
    snapshot = read_snapshot(package)
    rows = [snapshot.locate(f"input.lending.cards.{row}") for row in table.row_ids]
    content = answer.symbol if isinstance(answer, Missing) else answer
    edited = apply_edits(package, [Edit(*place, content) for place in rows])  # type: ignore[arg-type]
    inputs = Inputs({"survey_date": day}, {("lending", "cards", row): answer for row in table.row_ids})
    found = check_rules(Context(Results(report, inputs), snapshot)).findings
    return found, evaluate(edited, snapshot).values[snapshot.locate("rule.lending.1")]


def test_before_its_start_an_item_is_none_and_not_zero() -> None:
    """附票連携 began on 27 May 2024: before, print has －."""
    rows = len(load_report(LIBRARY).tables_by_id["lending"].row_ids)
    found, counted = since(date(2024, 5, 26), 0)
    assert ([finding.code for finding in found], counted) == (["since"] * rows, rows)
    assert "令和6年5月27日" in found[0].message
    assert since(date(2024, 5, 26), Missing.NONE) == ([], 0)
    assert since(date(2024, 5, 27), 0) == ([], 0)


def test_order_is_broken_only_beyond_equality(published_master: Master) -> None:
    # 甲府市: 発送 166,687, 申請 179,641.
    assert added(published_master, annex5__sent__192015=179641) == []
    (finding,) = added(published_master, annex5__sent__192015=179642, annex5__applications__192015=179641)
    assert (finding.code, finding.expected, finding.actual) == ("order", "179,641 以下", "179,642")


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        # 長野県, 令和6年12月: 92.0 % (1,865,701 / 2,028,135 = 91.990 %) − 90.9 % = 1.090 points exactly.
        (Decimal("1.1"), []),
        (Decimal("1.0"), ["rounding"]),
        (Decimal("1.2"), ["difference"]),
        (Decimal("0.9"), ["difference"]),
        (Decimal("11"), ["difference"]),
        (Decimal("-1.1"), ["difference"]),
    ],
)
def test_a_change_beyond_what_two_roundings_explain_is_an_error_else_at_most_noted(
    published_master: Master, change: Decimal, codes: list[str]
) -> None:
    value = Fraction(change) / 100
    found = added(published_master, annex5_neighbours__application_rate_change__nagano=value)
    assert [finding.code for finding in found] == codes
    for finding in found:
        assert (finding.sheet, finding.cell) == cell(
            published_master, "annex5_neighbours.application_rate_change.nagano"
        )


@pytest.fixture(scope="module")
def limited() -> Report:
    """The small report with a limit to its rate."""
    sources = read_sources(LIBRARY)
    old = '{ kind = "order", columns = ["active", "cards"] }'
    assert old in sources["report.toml"]
    new = '{ kind = "over_limit", columns = ["active_rate"], limit = 50, severity = "error" }'
    sources["report.toml"] = sources["report.toml"].replace(old, new)
    return report_from_sources(sources)


@pytest.mark.parametrize(
    ("active", "shown"),
    [
        (5000, None),
        (5004, None),  # 50.04 % is printed as 50.0 %
        (5005, "50.1%"),  # a tie is printed as 50.1 %
        (9999, "100.0%"),
    ],
)
def test_a_rate_is_over_its_limit_where_the_printed_one_is(
    limited: Report, active: int, shown: str | None
) -> None:
    cells: dict[tuple[str, str, str], Value] = {
        ("lending", "cards", "202011"): 10000,
        ("lending", "active", "202011"): active,
    }
    context = Context(Results(limited, Inputs(dict(SETTINGS), cells)), Snapshot("図書館.xlsx", {}, {}))
    found = check_rules(context).findings
    expected = [("over_limit", Severity.ERROR, shown)] * 2 if shown else []  # the row and the total
    assert [(finding.code, finding.severity, finding.actual) for finding in found] == expected


def test_settings_that_are_empty_are_errors_at_their_cells(published_master: Master) -> None:
    inputs = published_master.results.inputs
    settings = {**inputs.settings, "base_date": Missing.NOT_FILLED}
    results = Results(published_master.report, Inputs(settings, inputs.cells))
    found = [
        finding
        for finding in check_missing(Context(results, published_master.snapshot))
        if finding.severity is Severity.ERROR
    ]
    assert [(finding.sheet, finding.cell) for finding in found] == [
        cell(published_master, "setting.base_date")
    ]
    assert "基準日" in found[0].message


def test_an_answer_that_is_not_there_is_an_error_of_its_municipality(published_master: Master) -> None:
    inputs = published_master.results.inputs
    key = ("annex5", "sent", "192040")
    cells = {name: value for name, value in inputs.cells.items() if name != key}
    results = Results(published_master.report, Inputs(inputs.settings, cells))
    found = [
        finding
        for finding in check_missing(Context(results, published_master.snapshot))
        if finding.severity is Severity.ERROR
    ]
    assert [(finding.municipality, finding.sheet) for finding in found] == [("192040", "都留市")]
    assert (found[0].sheet, found[0].cell) == cell(published_master, "input.annex5.sent.192040")
