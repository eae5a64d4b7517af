"""The declaration computes what was printed: rates from counts, rounded once, and totals from rows."""

from __future__ import annotations

from datetime import date, time
from fractions import Fraction

import pytest
from conftest import CARDS, NEIGHBOURS, NOTIFICATIONS, SETTINGS, body_rows, code_of, read_rows, total_row

from jukixl.figures import Missing
from jukixl.report.computation import Inputs, Results, is_unexplained, print_value
from jukixl.report.expression import Expression
from jukixl.report.model import Kind, Report
from jukixl.report.text import Placeholder
from jukixl.report.values import Value
from jukixl.workbook.master import Master

PRINTED = "_printed"


def lending(library: Report, **cells: Value) -> Results:
    """The small report with some cells of 長野市 filled in."""
    inputs = {("lending", column, "202011"): value for column, value in cells.items()}
    return Results(library, Inputs({}, inputs))


def active_rate(results: Results, row: str = "202011") -> Value:
    table = results.report.tables_by_id["lending"]
    return results.value(table, table.by_id["active_rate"], row)


@pytest.mark.parametrize("table_id", CARDS)
def test_every_printed_rate_is_the_quotient_of_its_counts_rounded_half_up_once(
    results: Results, table_id: str
) -> None:
    table = results.report.tables_by_id[table_id]
    checked = 0
    for record in read_rows(CARDS[table_id]):
        row = code_of(results.report, record) if record["code"] else "total"
        for heading, text in record.items():
            if heading.endswith(PRINTED) and text:
                column = table.by_id[heading.removesuffix(PRINTED)]
                assert results.printed(table, column, row) == text, (record["municipality"], heading)
                checked += 1
    assert checked == 27 * 5 + 3  # print leaves two rates out of the total row


@pytest.mark.parametrize("table_id", [*CARDS, *NOTIFICATIONS])
def test_every_total_is_the_printed_one(results: Results, table_id: str) -> None:
    table = results.report.tables_by_id[table_id]
    printed = total_row((CARDS | NOTIFICATIONS)[table_id])
    counts = {key: int(text) for key, text in printed.items() if text.isdigit()}
    assert len(counts) >= 5
    assert {key: results.value(table, table.by_id[key], "total") for key in counts} == counts


@pytest.mark.parametrize("table_id", NEIGHBOURS)
def test_the_rates_of_the_neighbours_are_the_printed_ones(published_master: Master, table_id: str) -> None:
    results = published_master.results
    table = results.report.tables_by_id[table_id]
    for row, record in zip(table.row_ids, body_rows(NEIGHBOURS[table_id]), strict=True):
        for heading, text in record.items():
            column = table.by_id[heading.removesuffix(PRINTED)]
            expected = f"{int(text):,}" if text.isdigit() else text
            assert results.printed(table, column, row) == expected, (record["area"], heading)


def test_the_figures_of_the_text_are_the_published_ones(published_master: Master) -> None:
    results = published_master.results
    printed = {
        "prefecture_cases": "39,627",
        "national_cases": "1,437,750,584",
        "applications": "772,405",
        "reference_applications": "838,955",
        "wide_area_issue_place": "13,083",
        "special_move_out": "39,447",
        "convenience_store": "523,743",
        "convenience_store_municipalities": "22",
        "target_year": "令和6年",
        "fiscal_year": "令和6年度",
        "base_date": "令和6年12月31日",
        "base_date.short": "R6.12.31",
        "base_date.year": "令和6年",
        "network_start.month": "平成14年8月",
        "meeting_month": "令和7年10月",
    }
    assert {tag: results.text(Placeholder.of_tag(tag)) for tag in printed} == printed


@pytest.mark.parametrize(
    ("cards", "active", "expected"),
    [
        (Missing.NOT_FILLED, 5, Missing.NOT_FILLED),
        (Missing.NONE, 5, Missing.NONE),
        (Missing.UNKNOWN, 5, Missing.UNKNOWN),
        (Missing.SUPPRESSED, 5, Missing.UNKNOWN),
        (Missing.NONE, Missing.NOT_FILLED, Missing.NOT_FILLED),
        (Missing.UNKNOWN, Missing.NOT_FILLED, Missing.NOT_FILLED),
        (Missing.UNKNOWN, Missing.NONE, Missing.NONE),
        (0, 5, Missing.NONE),
        (0, 0, Missing.NONE),
        (0, Missing.UNKNOWN, Missing.UNKNOWN),
        (8, 0, Fraction(0)),
        (3, 1, Fraction(1, 3)),
    ],
)
def test_a_result_is_not_filled_before_none_before_unknown_and_division_by_zero_is_none(
    library: Report, cards: Value, active: Value, expected: Value
) -> None:
    assert active_rate(lending(library, cards=cards, active=active)) == expected


def test_a_total_is_the_sum_of_the_numbers_there_are(library: Report) -> None:
    table = library.tables_by_id["lending"]
    cells: dict[tuple[str, str, str], Value] = {
        ("lending", "cards", "202011"): 100,
        ("lending", "cards", "202029"): Missing.NONE,
        ("lending", "active", "202011"): Missing.NONE,
    }
    results = Results(library, Inputs({}, cells))
    assert results.value(table, table.by_id["cards"], "total") == 100
    assert results.value(table, table.by_id["active"], "total") is Missing.NOT_FILLED


def test_the_total_rate_is_the_ratio_of_the_totals_and_no_mean_of_rates(library: Report) -> None:
    cells: dict[tuple[str, str, str], Value] = {}
    for row, cards, active in (("202011", 10, 10), ("202029", 90, 10), ("202037", 100, 20)):
        cells |= {("lending", "cards", row): cards, ("lending", "active", row): active}
    assert active_rate(Results(library, Inputs({}, cells)), "total") == Fraction(40, 200)


def test_a_tie_is_rounded_up_from_the_exact_quotient(library: Report) -> None:
    table = library.tables_by_id["lending"]
    for active, cards, printed in ((371, 560, "66.3%"), (1, 16, "6.3%"), (3, 16, "18.8%"), (9, 80, "11.3%")):
        results = lending(library, cards=cards, active=active)
        assert results.printed(table, table.by_id["active_rate"], "202011") == printed


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (1437750584, Kind.COUNT, "1,437,750,584"),
        (0, Kind.COUNT, "0"),
        (-5, Kind.COUNT, "△5"),
        (Fraction(-1, 100), Kind.POINTS, "△1.0%"),
        (Fraction(0), Kind.RATE, "0.0%"),
        (2019, Kind.YEAR, "令和元年"),
        (2019, Kind.FISCAL_YEAR, "令和元年度"),
        (2024, Kind.FISCAL_YEAR, "令和6年度"),
        (date(2019, 4, 30), Kind.DATE, "平成31年4月30日"),
        (date(2019, 5, 1), Kind.DATE, "令和元年5月1日"),
        (date(2002, 8, 5), Kind.MONTH, "平成14年8月"),
        (time(9, 5), Kind.TIME, "9:05"),
        (Missing.NONE, Kind.COUNT, "－"),
        (Missing.UNKNOWN, Kind.RATE, "…"),
        (Missing.NOT_FILLED, Kind.COUNT, ""),
    ],
)
def test_a_value_is_printed_as_the_handout_prints_its_kind(value: Value, kind: Kind, text: str) -> None:
    assert print_value(value, kind) == text


def test_a_change_is_unexplained_only_where_the_printed_rates_differ_by_something_else() -> None:
    # 全国, 令和6年12月: 84.5 % − 83.4 % = 1.1, printed 1.2; 山梨県: 95.8 − 94.7 = 1.1, printed 1.0; 長野県: 92.0 − 90.9 = 1.1.
    def rate(tenths: int) -> Fraction:
        return Fraction(tenths, 1000)

    assert is_unexplained(rate(12), rate(845), rate(834))
    assert is_unexplained(rate(10), rate(958), rate(947))
    assert not is_unexplained(rate(11), rate(920), rate(909))
    assert not is_unexplained(Missing.NOT_FILLED, rate(920), rate(909))


def test_counting_and_blank_ask_each_row(library: Report) -> None:
    cells: dict[tuple[str, str, str], Value] = {
        ("lending", "cards", "202011"): 5,
        ("lending", "cards", "202029"): 0,
        ("lending", "cards", "202037"): Missing.NONE,
        ("lending", "active", "202011"): 1,
    }
    results = Results(library, Inputs({}, cells))
    assert results.evaluate(Expression("count(lending.cards > 0)")) == 1
    assert results.evaluate(Expression("count(lending.cards >= 0)")) == 2
    table = library.tables_by_id["lending"]
    assert results.evaluate(Expression("blank(active)"), table) == 2
    assert results.evaluate(Expression("blank(cards)"), table) == 0


def test_only_rows_with_something_in_them_exist_in_an_open_table(report: Report) -> None:
    cells: dict[tuple[str, str, str], Value] = {
        ("annex1_log", "kind", "r002"): "発見",
        ("annex1_log", "cause", "r005"): Missing.NOT_FILLED,
    }
    results = Results(report, Inputs(dict(SETTINGS), cells))
    assert results.rows(report.tables_by_id["annex1_log"]) == ("r002",)


def test_a_note_is_printed_only_where_its_condition_holds(published_master: Master, report: Report) -> None:
    published, empty = published_master.results, Results(report, Inputs())
    for table_id in (*NEIGHBOURS, "annex2"):
        table = published.report.tables_by_id[table_id]
        assert [published.holds(table, note) for note in table.notes] == [True]
        other = empty.report.tables_by_id[table_id]
        assert [empty.holds(other, note) for note in other.notes] == [False]
