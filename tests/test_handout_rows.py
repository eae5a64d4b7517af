"""Rows as the document has them: a diary without entries, rows that go on on the next page, widths of columns."""

from __future__ import annotations

from datetime import date, time

import pytest
from built import build_handout
from lxml import etree
from msgspec.structs import replace
from openxml_audit import FileFormat, OpenXmlValidator
from test_handout_build import W, body_of, cells, control, rewrite, rows_of, with_cells

from jukixl.handout.grid import read_row, read_table
from jukixl.handout.lint import lint_template
from jukixl.handout.ooxml import parent_of
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.template import create_template
from jukixl.handout.tie_out import tie_out
from jukixl.handout.verify import verify_handout
from jukixl.report.computation import Results
from jukixl.report.model import Report

LONG = (
    "国民年金法による同法第14条の届出に関する事務であって主務省令で定めるもの（令和6年度分を含む。）、" * 30
)
INCIDENT = {
    "kind": "発見",
    "occurred_date": date(2024, 11, 12),
    "occurred_time": time(10, 5),
    "restored_date": date(2024, 11, 12),
    "restored_time": time(11, 40),
    "body_code": "192015",
    "body_name": "甲府市",
    "cause": "ルータ",
    "description": "回線の瞬断",
    "action": "再起動により復旧",
}
PRINTED = "発見 R6.11.12 10:05 R6.11.12 11:40 192015 甲府市 ルータ 回線の瞬断 再起動により復旧"


@pytest.fixture(scope="module")
def results(published_master) -> Results:
    return published_master.results


@pytest.fixture(scope="module")
def incident(results: Results) -> Results:
    """One incident in 別紙1."""
    return with_cells(results, *(("annex1_log", column, "r001", value) for column, value in INCIDENT.items()))


@pytest.fixture(scope="module")
def long(report: Report, results: Results) -> Results:
    """別紙3 with a cell that takes more than two pages."""
    row = report.tables_by_id["annex3"].row_ids[1]
    return with_cells(results, ("annex3", "affairs", row, LONG))


@pytest.fixture(scope="module")
def long_handout(report: Report, long: Results) -> bytes:
    return build_handout(report, long, create_template(report))


def log_of(data: bytes) -> list[list[str]]:
    return [cells(row) for row in rows_of(body_of(data), "annex1_log")]


def assert_sound(report: Report, results: Results, data: bytes, tmp_path) -> None:
    """Our own lint, the audit and verification find nothing."""
    path = tmp_path / "資料.docx"
    path.write_bytes(data)
    audit = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path))
    assert [str(error) for error in audit.errors] == []
    assert lint_template(report, data) == []
    assert verify_handout(report, results, data).mismatches == ()


def test_a_log_without_entries_says_so_in_one_cell_over_all_columns(report, results, handout, tmp_path):
    (row,) = rows_of(body_of(handout), "annex1_log")
    assert cells(row) == ["該当なし"]
    assert row.find(f"{W}tc/{W}tcPr/{W}gridSpan").get(f"{W}val") == "10"
    assert_sound(report, results, handout, tmp_path)


@pytest.mark.parametrize("bring", [build_handout, lambda *args: refresh_handout(*args).document])
def test_the_entries_come_back_and_leave_again(report, results, incident, handout, tmp_path, bring):
    filled = bring(report, incident, handout)
    assert log_of(filled) == [PRINTED.split(" ")]
    assert_sound(report, incident, filled, tmp_path)
    assert log_of(bring(report, results, filled)) == [["該当なし"]]


def test_an_old_log_that_says_nothing_happened_is_a_mismatch(report, incident, handout):
    places = [one.place for one in verify_handout(report, incident, handout).mismatches]
    assert places == [
        "「別紙1」の表「障害状況一覧」の該当なしの行",
        "「別紙1」の表「障害状況一覧」の回線の瞬断・再起動により復旧の行",
    ]


def test_what_a_hand_wrote_in_place_of_it_stays(report, results, handout):
    def reword(root):
        (cell,) = rows_of(root, "annex1_log")[0].iter(f"{W}t")
        cell.text = "該当する障害はなかった。"

    refreshed = refresh_handout(report, results, rewrite(handout, reword))
    assert log_of(refreshed.document) == [["該当する障害はなかった。"]]


def test_the_reading_list_has_the_line_of_an_empty_log(published_master, handout):
    (log,) = [one for one in tie_out(published_master, handout).tables if "障害状況" in one.title]
    assert [entry.shown.split(" ／ ")[0] for entry in log.entries] == ["該当なし"]
    assert all(entry.agrees for entry in log.entries)


def parts_of_long_row(data: bytes) -> list[list[str]]:
    """The rows that the row with the long cell stands in."""
    rows = [cells(row) for row in rows_of(body_of(data), "annex3")]
    first = next(at for at, row in enumerate(rows) if "デジタル庁" in row)
    end = next(at for at, row in enumerate(rows) if at > first and "（続き）" not in row[0])
    return rows[first:end]


def test_a_long_cell_goes_on_below_its_provider_and_its_number_stands_once(
    report, long, long_handout, tmp_path
):
    rows = parts_of_long_row(long_handout)
    assert len(rows) >= 2
    assert {row[0] for row in rows[1:]} == {"デジタル庁（続き）"}
    assert "".join(row[1] for row in rows) == LONG
    assert [row[2] for row in rows] == ["3,203,337"] + [""] * (len(rows) - 1)
    assert_sound(report, long, long_handout, tmp_path)


def test_a_cell_that_gets_short_again_leaves_nothing_behind(report, results, long_handout, handout):
    shown, expected = (body_of(one) for one in (build_handout(report, results, long_handout), handout))
    assert etree.tostring(shown) == etree.tostring(expected)


def test_a_second_build_and_a_refresh_change_nothing(report, long, long_handout):
    assert build_handout(report, long, long_handout) == long_handout
    refreshed = refresh_handout(report, long, long_handout)
    assert (refreshed.document, refreshed.changes) == (long_handout, ())


@pytest.mark.parametrize("part", [0, 1])
def test_a_character_typed_over_on_either_page_is_found(report, long, long_handout, part):
    wanted = parts_of_long_row(long_handout)[part][1]

    def tamper(root):
        node = next(one for one in control(root, "table.annex3").iter(f"{W}t") if one.text == wanted)
        node.text = wanted[:20] + "甲" + wanted[21:]

    found = verify_handout(report, long, rewrite(long_handout, tamper)).mismatches
    # 事務区分 is a key: the row is one that the workbook doesn't have, and the workbook's is missing.
    assert [one.state.value for one in found] == ["extra", "missing"]
    assert all("別紙3" in one.place for one in found)


def test_what_a_hand_wrote_on_the_second_page_stays(report, long, long_handout):
    wanted = parts_of_long_row(long_handout)[1][1]

    def reword(root):
        node = next(one for one in control(root, "table.annex3").iter(f"{W}t") if one.text == wanted)
        node.text = "【追記】" + wanted

    refreshed = refresh_handout(report, long, rewrite(long_handout, reword))
    assert "【追記】" in "".join(row[1] for row in parts_of_long_row(refreshed.document))
    rebuilt = build_handout(report, long, refreshed.document)
    assert parts_of_long_row(rebuilt) == parts_of_long_row(long_handout)


def test_the_reading_list_has_a_parted_row_once_and_whole(published_master, long, long_handout):
    master = (
        replace(published_master, results=long) if hasattr(published_master, "__struct_fields__") else None
    )
    assert master is not None
    (table,) = [one for one in tie_out(master, long_handout).tables if "別紙3" in one.title]
    (entry,) = [one for one in table.entries if "3,203,337" in one.shown]
    assert entry.agrees
    assert LONG in entry.shown


def test_an_entry_of_a_log_that_goes_on_says_so_in_its_first_cell(report, incident, handout, tmp_path):
    long = with_cells(incident, ("annex1_log", "description", "r001", LONG))
    data = build_handout(report, long, handout)
    first, *others = log_of(data)
    assert first[0] == "発見"
    assert others
    assert all(row[0] == "（続き）" and not any(row[1:8]) for row in others)
    assert "".join(row[8] for row in (first, *others)) == LONG
    assert_sound(report, long, data, tmp_path)
    assert build_handout(report, long, data) == data
    assert log_of(build_handout(report, incident, data)) == [PRINTED.split(" ")]


def widths(root: etree._Element, table: str) -> list[int]:
    return [int(one.get(f"{W}w")) for one in control(root, f"table.{table}").iter(f"{W}gridCol")]


def test_columns_get_room_for_longer_numbers_from_the_others(report, results, handout):
    """12 digits in a column of 別紙6, which has room for eight characters: 15 of 9.5 points are 71 points wide."""
    code = report.tables_by_id["annex6_annual"].row_ids[0]
    larger = with_cells(results, ("annex6_annual", "convenience_store", code, 123_456_789_012))
    before, after = (
        widths(body_of(one), "annex6_annual") for one in (handout, build_handout(report, larger, handout))
    )
    assert sum(after) == sum(before)
    assert before[6] / 20 < 71 < after[6] / 20
    assert all(new <= old for at, (new, old) in enumerate(zip(after, before, strict=True)) if at != 6)


def test_widths_that_staff_chose_stay_while_the_numbers_fit(report, results, handout):
    def narrow(root):
        columns = list(control(root, "table.annex6_annual").iter(f"{W}gridCol"))
        for column, width in zip(columns[:2], (800, 1600), strict=True):
            column.set(f"{W}w", str(width))

    changed = rewrite(handout, narrow)
    assert widths(body_of(build_handout(report, results, changed)), "annex6_annual")[:2] == [800, 1600]


def test_numbers_are_small_only_while_the_page_has_no_room_for_them(report, results, handout, tmp_path):
    columns = [one.id for one in report.tables_by_id["annex6_annual"].columns if one.is_input]
    code = report.tables_by_id["annex6_annual"].row_ids[0]
    larger = with_cells(results, *(("annex6_annual", column, code, 123_456_789_012) for column in columns))
    small = build_handout(report, larger, handout)

    def styles(data):
        found = control(body_of(data), "table.annex6_annual").iter(f"{W}pStyle")
        return {one.get(f"{W}val") for one in found if one.get(f"{W}val").startswith("TableNumber")}

    assert styles(handout) == {"TableNumber"}
    assert styles(small) in ({"TableNumberSmall"}, {"TableNumberSmallest"})
    assert styles(build_handout(report, results, small)) == {"TableNumber"}
    assert_sound(report, larger, small, tmp_path)


def test_cells_without_properties_of_their_own_are_merged_all_the_same(report, published_master, handout):
    """Programs other than Word leave them out where nothing is to be said: the schema lets them."""
    first, second = report.tables_by_id["annex3"].row_ids[:2]
    provider = published_master.results.inputs.cells["annex3", "provided_to", first]
    changed = with_cells(published_master.results, ("annex3", "provided_to", second, provider))

    def strip(root):
        for row in rows_of(root, "annex3")[:2]:
            for cell in row.iter(f"{W}tc"):
                cell.remove(cell.find(f"{W}tcPr"))

    built = build_handout(report, changed, rewrite(handout, strip))
    assert verify_handout(report, changed, built).ok
    merged = [next(row.iter(f"{W}vMerge")).get(f"{W}val") for row in rows_of(body_of(built), "annex3")[:2]]
    assert merged == ["restart", "continue"]


def test_the_style_that_a_paragraph_had_before_a_tracked_change_is_not_the_one_it_has():
    """Word keeps the former properties beside those in force (ECMA-376 17.13.5.29)."""
    former = (
        '<w:pPrChange w:id="1" w:author="係長"><w:pPr><w:pStyle w:val="TableNumber"/></w:pPr></w:pPrChange>'
    )
    cell = f"<w:tc><w:p><w:pPr>{former}</w:pPr><w:r><w:t>39,627</w:t></w:r></w:p></w:tc>"
    row = etree.fromstring(f'<w:tbl xmlns:w="{W[1:-1]}"><w:tr>{cell}</w:tr></w:tbl>')[0]
    assert read_row(row).styles is None
    assert read_row(row).texts == ["39,627"]
    assert read_table(parent_of(row)).others[0].styles is None
