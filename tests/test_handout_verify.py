"""Verification: every value is read back from the document itself, and whatever differs is named."""

from __future__ import annotations

import copy
import json

import pytest
from lxml import etree
from test_handout_build import W, cells, control, rewrite, row_of, rows_of, with_cells

from jukixl.handout.verify import Verification, verify_handout
from jukixl.report.computation import Results
from jukixl.report.model import Report


@pytest.fixture(scope="module")
def results(published_master) -> Results:
    return published_master.results


@pytest.fixture(scope="module")
def verify(report: Report, results: Results, handout: bytes):
    """Verify the handout after a change by hand."""

    def verified(change=lambda _: None, against: Results = results) -> Verification:
        return verify_handout(report, against, rewrite(handout, change), "資料.docx")

    return verified


def type_into(cell: etree._Element, text: str) -> None:
    next(cell.iter(f"{W}t")).text = text


def cell(root: etree._Element, table: str, name: str, column: int) -> etree._Element:
    return row_of(root, table, name).findall(f"{W}tc")[column]


def test_the_published_handout_has_no_mismatch_and_every_value_is_counted(verify):
    """27 × (12 + 12 + 9 + 9) cells of 別紙5 and 6 alone are 1,134."""
    verification = verify()
    assert (verification.ok, verification.mismatches) == (True, ())
    assert verification.values > 1_700


def test_a_number_typed_over_in_a_table_is_named_by_annex_row_and_column(verify):
    (mismatch,) = verify(lambda root: type_into(cell(root, "annex5", "甲府市", 2), "179,614")).mismatches
    assert (mismatch.expected, mismatch.actual, mismatch.state) == ("179,641", "179,614", "edited")
    assert mismatch.message.startswith(
        "「別紙5」の表「個人番号カード申請状況等」の甲府市・申請件数(a)は「179,641」のはずです"
    )
    assert "文書の上で書き換えられています" in mismatch.message


@pytest.mark.parametrize("table", ["annex1", "annex5", "annex5_neighbours", "annex6_annual"])
def test_in_whatever_column_a_number_is_typed_over_it_is_named(verify, report: Report, table: str):
    columns = report.tables_by_id[table].printed_columns
    numbers = [at for at, column in enumerate(columns) if column.kind.is_number]
    assert len(numbers) >= 7
    for at in numbers:

        def change(root: etree._Element, at: int = at) -> None:
            type_into(rows_of(root, table)[0].findall(f"{W}tc")[at], "9,999,999")

        assert [mismatch.actual for mismatch in verify(change).mismatches] == ["9,999,999"], columns[at].id


def test_a_number_typed_over_in_the_text_is_named_by_its_label(verify):
    (mismatch,) = verify(lambda root: type_into(control(root, "applications"), "772,504")).mismatches
    assert (
        mismatch.place,
        mismatch.expected,
        mismatch.actual,
    ) == ("数値「基準日までの累計申請枚数」", "772,405", "772,504")


def test_a_value_that_changed_after_the_handout_was_built_is_stale(verify, results):
    changed = with_cells(results, ("annex5", "applications", "192015", 179_642))
    states = [mismatch.state for mismatch in verify(against=changed).mismatches]
    assert states == ["stale"] * 3  # the sentence, the cell, the total


def test_both_changed_is_a_conflict(verify, results):
    changed = with_cells(results, ("annex6_annual", "kiosk_other_municipality", "192058", 31))
    found = verify(lambda root: type_into(cell(root, "annex6_annual", "山梨市", 7), "29"), changed).mismatches
    assert (found[0].state, found[0].expected, found[0].actual) == ("conflict", "31", "29")


def test_a_figure_replaced_by_a_bare_number_is_missing(verify):
    """The number on the page is even right: but nothing would ever update it."""

    def unwrap(root):
        sdt = control(root, "applications")
        for run in sdt.find(f"{W}sdtContent"):
            sdt.addprevious(run)
        sdt.getparent().remove(sdt)

    (mismatch,) = verify(unwrap).mismatches
    assert (mismatch.state, mismatch.place) == ("missing", "数値「基準日までの累計申請枚数」")


def test_a_figure_used_twice_is_verified_twice(verify):
    def twice(root):
        again = copy.deepcopy(control(root, "applications"))
        type_into(again, "1")
        control(root, "applications").addnext(again)

    (mismatch,) = verify(twice).mismatches
    assert (mismatch.expected, mismatch.actual) == ("772,405", "1")


def test_a_tracked_deletion_does_not_count_and_a_tracked_insertion_does(verify):
    def track(root):
        content = control(root, "applications").find(f"{W}sdtContent")
        run = content.find(f"{W}r")
        deleted = etree.SubElement(content, f"{W}del")
        inserted = etree.SubElement(content, f"{W}ins")
        new = copy.deepcopy(run)
        new.find(f"{W}t").text = "772,406"
        inserted.append(new)
        run.find(f"{W}t").tag = f"{W}delText"
        deleted.append(run)

    (mismatch,) = verify(track).mismatches
    assert mismatch.actual == "772,406"


def test_rows_that_are_missing_added_or_moved_are_named(verify):
    def drop(root):
        row = row_of(root, "annex5", "早川町")
        row.getparent().remove(row)

    def add(root):
        row = row_of(root, "annex6_annual", "早川町")  # whose page has room: the contents stay true
        extra = copy.deepcopy(row)
        type_into(extra.findall(f"{W}tc")[0], "19999")
        type_into(extra.findall(f"{W}tc")[1], "架空町")
        row.addnext(extra)

    def move(root):
        rows = rows_of(root, "annex5")
        rows[0].addprevious(rows[1])

    assert [[mismatch.state for mismatch in verify(change).mismatches] for change in (drop, add, move)] == [
        ["missing"],
        ["extra"],
        ["structure"],
    ]
    assert "早川町の行" in verify(drop).mismatches[0].message
    assert "架空町の行" in verify(add).mismatches[0].message
    assert "順序" in verify(move).mismatches[0].message


def test_a_changed_header_is_named_with_both_texts(verify):
    def rename(root):
        table = control(root, "table.annex6_annual")
        next(one for one in table.iter(f"{W}t") if one.text == "転入届").text = "転出届"

    (mismatch,) = verify(rename).mismatches
    assert "「転入届」のはずの見出しが「転出届」です" in mismatch.message


def test_a_table_whose_columns_were_changed_is_named(verify):
    def cut(root):
        for row in control(root, "table.annex6_annual").iter(f"{W}tr"):
            row.remove(row.findall(f"{W}tc")[-1])

    verification = verify(cut)
    assert {"structure"} == {mismatch.state for mismatch in verification.mismatches}
    assert verification.values < verify().values, "what can't be read isn't counted as read"


def test_a_table_without_its_control_is_missing(verify):
    def unwrap(root):
        sdt = control(root, "table.annex1")
        for one in sdt.find(f"{W}sdtContent"):
            sdt.addprevious(one)
        sdt.getparent().remove(sdt)

    found = verify(unwrap).mismatches
    assert ("missing", "表「別紙1 原因区分別一覧」") in [(one.state, one.place) for one in found]


def test_a_page_number_typed_over_in_the_contents_is_named(verify):
    def number(root):
        lines = control(root, "contents").findall(f".//{W}p")
        [one for one in lines[2].iter(f"{W}t") if one.text][-1].text = "9"

    (mismatch,) = verify(number).mismatches
    assert (
        mismatch.expected,
        mismatch.actual,
    ) == ("別紙1　ネットワーク機器等の障害一覧 2", "別紙1　ネットワーク機器等の障害一覧 9")


def test_a_note_that_is_shown_though_untrue_is_named(verify, report, results):
    table = report.tables_by_id["annex2"]
    filled = with_cells(results, *(("annex2", "cases", row, 0) for row in results.rows(table)))
    places = [mismatch.place for mismatch in verify(against=filled).mismatches]
    assert any(place.endswith("の注1") for place in places)


def test_a_personal_number_in_a_cell_is_never_repeated(verify):
    """123456789018 has a valid check digit."""
    verification = verify(lambda root: type_into(cell(root, "annex5", "甲府市", 2), "123456789018"))
    assert "123456789018" not in json.dumps(verification.to_json(), ensure_ascii=False)
    assert "12********18" in verification.mismatches[0].message


def test_the_json_says_all(verify):
    shown = verify(lambda root: type_into(cell(root, "annex5", "甲府市", 2), "0")).to_json()
    assert json.loads(json.dumps(shown)) == shown
    assert (shown["file"], shown["ok"]) == ("資料.docx", False)
    assert {"place", "message", "state", "expected", "actual"} == set(shown["mismatches"][0])


def test_blank_and_continued_cells_are_read_as_what_they_stand_for(verify):
    """The one cell of a log without entries and the merged cells that go on over a page are no mismatches."""
    continued = []
    verify(
        lambda root: continued.extend(
            row for row in rows_of(root, "annex2") if "（続き）" in "".join(cells(row))
        )
    )
    assert continued
    assert verify().ok
