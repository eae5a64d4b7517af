"""Handouts and masters of two years, and of two definitions: what belongs together is compared, nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from conftest import (
    CARDS,
    NOTIFICATIONS,
    body_rows,
    total_row,
    write_blank_master,
)
from msgspec.structs import replace
from two_years import built, filled_columns, write_master

from jukixl.comparison.differences import Comparison, Difference, Topic
from jukixl.comparison.handouts import compare_handouts, read_handout
from jukixl.comparison.masters import compare_masters
from jukixl.errors import InputError
from jukixl.report.computation import Results
from jukixl.report.loading import load_report
from jukixl.report.model import Report
from jukixl.report.sources import bundled_folder
from jukixl.workbook.master import Master, read_master

CUMULATIVE = "別紙6 各種届出の状況（累計）"
ANNUAL = "別紙6 各種届出の状況（対象年）"
CARDS_TITLE = "別紙5 個人番号カード申請状況等"
CARDS_SHEET = "別紙5"


def count(number: int) -> str:
    return f"{number:,}".replace("-", "△")


def rounded(percentage: Fraction) -> str:
    exact = Decimal(percentage.numerator) / Decimal(percentage.denominator)
    return str(exact.quantize(Decimal("0.1"), ROUND_HALF_UP)).replace("-", "△")


def rate(part: int, whole: int) -> str:
    return f"{Decimal(rounded(Fraction(part * 100, whole))):,}%" if whole else "－"


def compared(old: Master, new: Master) -> Comparison:
    return compare_masters(("旧.xlsx", old), ("新.xlsx", new))


def compared_handouts(report: Report, old: bytes, new: bytes) -> Comparison:
    both = [read_handout(report, "資料.docx", data) for data in (old, new)]
    return compare_handouts(report, ("旧.docx", both[0]), ("新.docx", both[1]))


@pytest.fixture(scope="module")
def of_masters(masters: tuple[Master, Master]) -> Comparison:
    return compared(*masters)


@pytest.fixture(scope="module")
def of_handouts(report: Report, masters: tuple[Master, Master]) -> Comparison:
    return compared_handouts(report, *(built(report, master) for master in masters))


@pytest.fixture(scope="module", params=["of_masters", "of_handouts"])
def comparison(request: pytest.FixtureRequest) -> Comparison:
    return request.getfixturevalue(request.param)


def numbers_of(comparison: Comparison, title: str) -> dict[tuple[str, str], Difference]:
    found = [one for one in comparison.of(Topic.NUMBER) if one.group == title]
    by_place = {(one.row, one.column): one for one in found}
    assert len(by_place) == len(found)
    return by_place


def titles(report: Report, master: Master, table: str) -> dict[str, str]:
    """Columns as 新旧対照表 calls them: title behind that of the group, without line breaks."""
    columns = report.tables_by_id[table].columns
    return {
        column.id: "・".join(
            master.results.render(text).replace("\n", "") for text in (column.group, column.title) if text
        )
        for column in columns
    }


def notifications(report: Report) -> Iterator[tuple[str, str, int, int]]:
    """Row, column, cumulative number of the year before, number of the year: all published."""
    annual = [*body_rows(NOTIFICATIONS["annex6_annual"]), total_row(NOTIFICATIONS["annex6_annual"])]
    cumulative = [
        *body_rows(NOTIFICATIONS["annex6_cumulative"]),
        total_row(NOTIFICATIONS["annex6_cumulative"]),
    ]
    for year, now in zip(annual, cumulative, strict=True):
        name = year["municipality"] or "合計"
        for column in filled_columns(report, "annex6_annual"):
            yield name, column, int(now[column]) - int(year[column]), int(year[column])


def test_the_change_of_what_accumulates_is_the_published_number_of_the_year(
    report: Report, masters: tuple[Master, Master], comparison: Comparison
):
    title = titles(report, masters[1], "annex6_cumulative")
    expected = {
        (name, title[column]): (count(before), count(before + year), count(year), rate(year, before))
        for name, column, before, year in notifications(report)
        if year
    }
    found = numbers_of(comparison, CUMULATIVE)
    told = {place: (one.old, one.new, one.change, one.percent) for place, one in found.items()}
    assert {place: told.get(place) for place in expected} == expected
    assert {column for _, column in told.keys() - expected.keys()} <= {
        title[column.id] for column in report.tables_by_id["annex6_cumulative"].columns if column.value
    }


def test_what_was_not_filled_in_has_no_change(
    report: Report, masters: tuple[Master, Master], comparison: Comparison
):
    title = titles(report, masters[1], "annex6_annual")
    found = numbers_of(comparison, ANNUAL)
    for name, column, _, year in notifications(report):
        one = found[name, title[column]]
        assert (one.old, one.new, one.change, one.percent) == ("", count(year), "－", "－")


def cards() -> Iterator[tuple[str, dict[str, int], dict[str, int]]]:
    columns = ("applications", "population", "sent", "preset", "delivered")
    files = [[*body_rows(file), total_row(file)] for file in (CARDS["annex5"], CARDS["annex5_reference"])]
    for old, new in zip(*files, strict=True):
        yield (
            old["municipality"] or "合計",
            {one: int(old[one]) for one in columns},
            {one: int(new[one]) for one in columns},
        )


def test_rates_change_in_points_of_the_unrounded_ones_in_masters(
    report: Report, masters: tuple[Master, Master], of_masters: Comparison
):
    title = titles(report, masters[1], "annex5")["application_rate"]
    found = numbers_of(of_masters, CARDS_TITLE)
    for name, old, new in cards():
        before = Fraction(old["applications"], old["population"])
        after = Fraction(new["applications"], new["population"])
        if rounded(before * 100) == rounded(after * 100):
            assert (name, title) not in found
            continue
        one = found[name, title]
        assert (one.old, one.new) == (f"{rounded(before * 100)}%", f"{rounded(after * 100)}%")
        assert (one.change, one.percent) == (f"{rounded((after - before) * 100)}ポイント", "－")


def test_rates_change_in_points_of_the_printed_ones_in_handouts(of_handouts: Comparison):
    found = [
        one for one in of_handouts.of(Topic.NUMBER) if one.new.endswith("%") and one.group == CARDS_TITLE
    ]
    assert len(found) > 50
    for one in found:
        points = Decimal(one.new.removesuffix("%")) - Decimal(one.old.removesuffix("%"))
        assert (one.change, one.percent) == (f"{points:f}ポイント".replace("-", "△"), "－")


def test_dates_are_told_as_dates(comparison: Comparison):
    texts = {(one.old, one.new) for one in comparison.of(Topic.TEXT)}
    assert ("令和6年12月31日", "令和7年8月31日") in texts
    assert not [one for one in comparison.of(Topic.NUMBER) if "年" in one.old]


def test_headings_that_bear_another_date_stand_for_the_same_columns(comparison: Comparison):
    found = comparison.of(Topic.COLUMN)
    assert found
    assert all(one.old and one.new and one.row == "見出し" for one in found)
    assert comparison.of(Topic.ROW) == ()


def test_cells_of_masters_hold_the_numbers_that_are_told(
    earlier_path: Path, later_path: Path, of_masters: Comparison
):
    """As openpyxl reads what Excel would show."""
    books = [openpyxl.load_workbook(path, data_only=True) for path in (earlier_path, later_path)]

    def held(book: openpyxl.Workbook, cell: str) -> object:
        sheet, _, place = cell.rpartition("!")
        return book[sheet][place].value

    found = [one for one in of_masters.of(Topic.NUMBER) if not one.new.endswith("%") and one.old]
    assert len(found) > 300
    for one in found:
        told = [held(book, cell) for book, cell in zip(books, (one.old_cell, one.new_cell), strict=True)]
        assert [count(int(str(value))) for value in told] == [one.old, one.new]


def test_tables_that_are_the_same_are_counted_and_not_told(comparison: Comparison):
    title = "別紙3 国の行政機関等に対する本人確認情報の提供状況"
    (table,) = [one for one in comparison.tables if one.title == title]
    assert table.unchanged == len(body_rows("annex3_national.csv")) + 1
    assert not [one for one in comparison.of(Topic.NUMBER) if one.group == title]


@pytest.mark.parametrize("symbol", ["－", "…", "x", "・"])
def test_what_is_no_number_has_no_change(
    report: Report, published_master: Master, master_path: Path, symbol: str
):
    """カード発送件数 of 甲府市 is 166,687 in print."""
    other = read_master(write_master(master_path, {("annex5", "sent", "192015"): symbol}, {}))
    both = [
        compared(published_master, other),
        compared_handouts(report, built(report, published_master), built(report, other)),
    ]
    for comparison in both:
        one = numbers_of(comparison, CARDS_TITLE)["甲府市", "カード発送件数(c)"]
        assert (one.old, one.new, one.change, one.percent) == ("166,687", symbol, "－", "－")


def test_a_rate_that_prints_the_same_is_the_same(published_master: Master, master_path: Path):
    """One application more of 甲府市's 179,641: 97.2 % and 92.8 % stay what they are."""
    other = read_master(write_master(master_path, {("annex5", "applications", "192015"): 179_642}, {}))
    found = numbers_of(compared(published_master, other), CARDS_TITLE)
    assert set(found) == {("甲府市", "申請件数(a)"), ("合計", "申請件数(a)")}


def test_from_nothing_there_is_no_percentage(report: Report, published_master: Master, master_path: Path):
    """All counts of 別紙1 are 0 in print."""
    table = report.tables_by_id["annex1"]
    other = read_master(write_master(master_path, {("annex1", "m01", table.row_ids[0]): 5}, {}))
    found = numbers_of(compared(published_master, other), table.title).values()
    assert {(one.old, one.new, one.change, one.percent) for one in found} == {("0", "5", "5", "－")}
    back = numbers_of(compared(other, published_master), table.title).values()
    assert {(one.old, one.new, one.change, one.percent) for one in back} == {("5", "0", "△5", "△100.0%")}


# Two definitions: another list of municipalities, other columns.

MUNICIPALITIES = "rows/municipalities.csv"


def changed_definition(folder: Path, changes: Mapping[str, Callable[[str], str]]) -> Report:
    shutil.copytree(bundled_folder(), folder)
    for file, change in changes.items():
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert change(text) != text
        path.write_text(change(text), encoding="utf-8")
    return load_report(folder)


def without(*words: str) -> Callable[[str], str]:
    """Without the lines that begin so."""
    return lambda text: "".join(
        line for line in text.splitlines(keepends=True) if not line.strip().startswith(words)
    )


def with_other_columns(text: str) -> str:
    fewer = without('{ id = "delivered_per_preset"')(text).replace(', "delivered_per_preset"', "")
    added = '{ id = "returned", title = "返納", kind = "count", unit = "件", fill = "municipality", total = "sum" },'
    behind = '    { id = "delivered", title = "交付\\n(e)"'
    return fewer.replace(behind, f"    {added}\n{behind}")


def master_of_definition(path: Path, report: Report) -> Path:
    """申請件数 of the published table, for the municipalities that this definition has."""
    write_blank_master(path, report)
    assert report.municipalities is not None
    published = {record["code"]: int(record["applications"]) for record in body_rows(CARDS["annex5"])}
    cells = {("annex5", "applications", code): published[code[:5]] for code in report.municipalities.ids}
    return write_master(path, cells, {})


@pytest.fixture(scope="module")
def reformed(tmp_path_factory) -> tuple[Report, Report, Path, Path]:
    """丹波山村 is new, 都留市 gone, 富士吉田市 has another name; 交付前設定後の交付率 is gone, a column is new."""
    folder = tmp_path_factory.mktemp("reformed")
    old = changed_definition(folder / "旧", {MUNICIPALITIES: without("194433")})
    new = changed_definition(
        folder / "新",
        {
            MUNICIPALITIES: lambda text: without("192040")(text).replace("富士吉田市", "富士五湖市"),
            "annex5.toml": with_other_columns,
        },
    )
    paths = master_of_definition(folder / "旧.xlsx", old), master_of_definition(folder / "新.xlsx", new)
    return old, new, *paths


@pytest.fixture(scope="module", params=["masters", "handouts"])
def reform(request: pytest.FixtureRequest, reformed) -> Comparison:
    _, new_report, old_path, new_path = reformed
    old, new = read_master(old_path), read_master(new_path)
    if request.param == "masters":
        return compared(old, new)
    return compared_handouts(new_report, built(old.report, old), built(new.report, new))


def test_municipalities_that_came_or_went_are_rows_and_not_numbers(reform: Comparison):
    rows = [one for one in reform.of(Topic.ROW) if one.group == CARDS_TITLE]
    assert [("丹波山村" in one.new, one.old) for one in rows if one.new] == [(True, "")]
    assert [("都留市" in one.old, one.new) for one in rows if one.old] == [(True, "")]
    numbers = numbers_of(reform, CARDS_TITLE)
    assert {row for row, _ in numbers} == {"合計"}


def test_the_total_changes_by_what_came_and_went(reform: Comparison):
    published = {record["municipality"]: int(record["applications"]) for record in body_rows(CARDS["annex5"])}
    total = int(total_row(CARDS["annex5"])["applications"])
    (one,) = [
        one for (_, column), one in numbers_of(reform, CARDS_TITLE).items() if column.startswith("申請件数")
    ]
    assert one.old == count(total - published["丹波山村"])
    assert one.new == count(total - published["都留市"])
    assert one.change == count(published["丹波山村"] - published["都留市"])


def test_a_renamed_municipality_is_known_by_its_code(reform: Comparison):
    texts = [one for one in reform.of(Topic.TEXT) if one.group == CARDS_TITLE]
    assert [(one.old, one.new) for one in texts] == [("富士吉田市", "富士五湖市")]


def test_names_and_rows_of_masters_bear_their_cells(reformed):
    _, _, old_path, new_path = reformed
    books = [openpyxl.load_workbook(path) for path in (old_path, new_path)]
    found = compared(read_master(old_path), read_master(new_path))
    (renamed,) = [one for one in found.of(Topic.TEXT) if one.group == CARDS_TITLE]
    held = [
        book[CARDS_SHEET][cell.removeprefix(f"{CARDS_SHEET}!")].value
        for book, cell in zip(books, (renamed.old_cell, renamed.new_cell), strict=True)
    ]
    assert held == ["富士吉田市", "富士五湖市"]
    for one in found.of(Topic.ROW):
        book, cell = (books[1], one.new_cell) if one.new else (books[0], one.old_cell)
        sheet, _, first = cell.rpartition("!")
        assert str(book[sheet][first].value) == ("194433" if one.new else "192040")


def test_columns_that_came_or_went_are_told_as_columns(reform: Comparison):
    columns = [one for one in reform.of(Topic.COLUMN) if one.group == CARDS_TITLE and one.row == "列"]
    assert [one.new for one in columns if one.new] == ["返納"]
    assert ["後の交付率" in one.old for one in columns if one.old] == [True]
    assert not [one for one in reform.of(Topic.COLUMN) if one.group == CARDS_TITLE and one.row == "見出し"]


def test_a_table_that_only_one_definition_has_is_told_once(report: Report, published_master: Master):
    """Whatever stands in it: a table is one thing."""
    title = "別紙1 障害状況一覧"
    tables = tuple(table for table in report.tables if table.title != title)
    fewer = replace(report, tables=tables)
    lacking = replace(published_master, report=fewer, results=Results(fewer, published_master.results.inputs))
    (gone,) = compared(published_master, lacking).differences
    assert (gone.topic, gone.place, gone.old, gone.new) == (Topic.COLUMN, f"{title}　表", "あり", "")
    (new,) = compared(lacking, published_master).differences
    assert (new.topic, new.place, new.old, new.new) == (Topic.COLUMN, f"{title}　表", "", "あり")


def test_a_master_of_another_report_is_not_compared(
    library: Report, published_master: Master, tmp_path: Path
):
    path = write_blank_master(tmp_path / "図書館.xlsx", library, {})
    with pytest.raises(InputError, match="別の報告（library）のマスターです"):
        compared(published_master, read_master(path))
