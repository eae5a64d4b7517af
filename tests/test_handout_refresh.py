"""A handout that people worked on is brought up to date: what the workbook changed is written, what a hand wrote stays."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
from built import build_handout
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator
from test_handout_build import (
    W,
    body_of,
    cells,
    control,
    rewrite,
    row_of,
    rows_of,
    text_of,
    with_cells,
)

from jukixl.cli import main
from jukixl.errors import InputError
from jukixl.handout.refresh import Refreshed, refresh_handout
from jukixl.handout.states import State
from jukixl.handout.template import create_template
from jukixl.handout.verify import verify_handout
from jukixl.report.computation import Results
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import read_master
from jukixl.workbook.patch import patch_workbook

Change = Callable[[etree._Element], None]
KOFU = "192015"


@pytest.fixture(scope="module")
def results(published_master) -> Results:
    return published_master.results


@pytest.fixture(scope="module")
def changed(results: Results) -> Results:
    """One application less in 甲府市: 179,641 → 179,640, 772,405 → 772,404."""
    return with_cells(results, ("annex5", "applications", KOFU, 179640))


def write(element: etree._Element, text: str) -> None:
    """Type over the text of a cell or control, as a hand does."""
    nodes = list(element.iter(f"{W}t"))
    for node in nodes[1:]:
        node.text = ""
    nodes[0].text = text


def hand(tag: str, text: str) -> Change:
    return lambda root: write(control(root, tag), text)


def cell(table: str, row: str, column: int, text: str) -> Change:
    return lambda root: write(row_of(root, table, row).findall(f"{W}tc")[column], text)


def texts(data: bytes) -> list[str]:
    return [text_of(paragraph) for paragraph in body_of(data).iter(f"{W}p")]


def body(data: bytes) -> bytes:
    """The text's XML in one way of writing."""
    return bytes(etree.tostring(body_of(data), method="c14n"))


def differing(one: bytes, other: bytes) -> list[tuple[str, str]]:
    """The paragraphs that differ."""
    return [pair for pair in zip(texts(one), texts(other), strict=True) if pair[0] != pair[1]]


def states(refreshed: Refreshed) -> list[tuple[State, str, str, bool]]:
    return [(change.state, change.shown, change.due, change.is_written) for change in refreshed.changes]


def test_a_handout_in_sync_stays_byte_for_byte(report, results, handout):
    refreshed = refresh_handout(report, results, handout)
    assert refreshed.document == handout
    assert refreshed.changes == ()


def test_a_changed_answer_changes_exactly_what_depends_on_it(report, changed, handout):
    refreshed = refresh_handout(report, changed, handout)
    assert {old for old, _ in differing(handout, refreshed.document)} >= {"179,641", "772,405"}
    assert refreshed.kept == ()
    assert {state for state, *_ in states(refreshed)} == {State.STALE}
    assert verify_handout(report, changed, refreshed.document).mismatches == ()
    assert refreshed.document == build_handout(report, changed, handout)


@pytest.mark.parametrize(
    ("edit", "shown", "due"),
    [
        (hand("applications", "772,400"), "772,400", "772,405"),
        (cell("annex5", "甲府市", 5, "166,000"), "166,000", "166,687"),
        (cell("annex5", "合計", 1, "772,000"), "772,000", "772,405"),
        (cell("annex3", "計", 1, "1,437,750,585"), "1,437,750,585", "1,437,750,584"),
    ],
)
def test_what_a_hand_wrote_stays_and_is_told(report, results, handout, edit, shown, due):
    edited = rewrite(handout, edit)
    refreshed = refresh_handout(report, results, edited)
    assert texts(refreshed.document) == texts(edited)
    assert (State.EDITED, shown, due, False) in states(refreshed)
    assert refreshed.conflicts == ()


@pytest.mark.parametrize(
    ("edit", "shown", "due"),
    [
        (hand("applications", "772,400"), "772,400", "772,404"),
        (cell("annex5", "甲府市", 2, "179,000"), "179,000", "179,640"),
        (cell("annex5", "合計", 1, "772,000"), "772,000", "772,404"),
    ],
)
def test_a_hand_and_a_change_in_one_place_are_a_conflict_for_a_person(
    report, changed, handout, edit, shown, due
):
    refreshed = refresh_handout(report, changed, rewrite(handout, edit))
    assert [(c.shown, c.due) for c in refreshed.conflicts] == [(shown, due)]
    assert any(shown in text for text in texts(refreshed.document))


def test_a_conflict_stays_one_until_somebody_decides(report, changed, handout):
    once = refresh_handout(report, changed, rewrite(handout, hand("applications", "772,400")))
    again = refresh_handout(report, changed, once.document)
    assert again.document == once.document
    assert [change.state for change in again.conflicts] == [State.CONFLICT]


@pytest.mark.parametrize(
    ("edit", "name"),
    [(hand("applications", "772,400"), "applications"), (cell("annex5", "甲府市", 2, "179,000"), "annex5")],
)
def test_the_workbook_wins_where_it_is_asked_for(report, changed, handout, edit, name):
    refreshed = refresh_handout(report, changed, rewrite(handout, edit), take=[name])
    assert refreshed.kept == ()
    assert body(refreshed.document) == body(build_handout(report, changed, handout))


def test_a_name_that_is_not_there_is_refused(report, results, handout):
    with pytest.raises(InputError, match=r"「aplications」という数値・表はありません"):
        refresh_handout(report, results, handout, "資料.docx", take=["aplications"])


def test_a_renamed_row_keeps_its_name_and_gets_its_numbers(report, changed, handout):
    edited = rewrite(handout, cell("annex5", "甲府市", 1, "甲府市（県都）"))
    refreshed = refresh_handout(report, changed, edited)
    assert "179,640" in cells(row_of(body_of(refreshed.document), "annex5", "甲府市（県都）"))
    assert [(c.state, c.shown) for c in refreshed.kept] == [(State.EDITED, "甲府市（県都）")]
    again = refresh_handout(report, changed, refreshed.document)
    assert again.document == refreshed.document


def test_a_row_that_a_hand_added_stays_where_it_is(report, changed, handout):
    def add(root: etree._Element) -> None:
        row = rows_of(root, "annex3")[3]
        added = copy.deepcopy(row)
        write(added.findall(f"{W}tc")[1], "追加の事務")
        row.addnext(added)

    def rows_names(root: etree._Element) -> list[str]:
        return [cells(row)[1] for row in rows_of(root, "annex3")[:-1]]

    edited = rewrite(handout, add)
    refreshed = refresh_handout(report, changed, edited)
    assert rows_names(body_of(refreshed.document)) == rows_names(body_of(edited))
    assert [(c.state, c.is_written) for c in refreshed.kept] == [(State.EXTRA, False)]


def test_a_row_that_a_hand_took_out_stays_out_and_is_told(report, changed, handout):
    def take_out(root: etree._Element) -> None:
        row = row_of(root, "annex5", "早川町")
        row.getparent().remove(row)

    refreshed = refresh_handout(report, changed, rewrite(handout, take_out))
    assert "早川町" not in [cells(row)[1] for row in rows_of(body_of(refreshed.document), "annex5")]
    assert [c.state for c in refreshed.kept] == [State.MISSING]
    assert "早川町" in refreshed.kept[0].place
    taken = refresh_handout(report, changed, rewrite(handout, take_out), take=["annex5"])
    assert body(taken.document) == body(build_handout(report, changed, handout))


def test_a_table_of_another_shape_is_left_and_told_while_the_others_are_refreshed(report, changed, handout):
    def reshape(root: etree._Element) -> None:
        for row in control(root, "table.annex3").iter(f"{W}tr"):
            row.append(copy.deepcopy(row.findall(f"{W}tc")[-1]))

    edited = rewrite(handout, reshape)
    refreshed = refresh_handout(report, changed, edited)
    assert [(c.name, c.state) for c in refreshed.conflicts] == [("annex3", State.STRUCTURE)]
    kept = etree.tostring(control(body_of(refreshed.document), "table.annex3"), method="c14n")
    assert kept == etree.tostring(control(body_of(edited), "table.annex3"), method="c14n")
    assert "179,640" in cells(row_of(body_of(refreshed.document), "annex5", "甲府市"))


def test_a_document_that_jukixl_did_not_write_is_refused(report, results):
    with pytest.raises(InputError, match="この道具で作成した資料ではない"):
        refresh_handout(report, results, create_template(report), "資料.docx")


def test_what_was_refreshed_passes_offices_schema_checks(report, changed, handout, tmp_path):
    path = tmp_path / "資料.docx"
    path.write_bytes(
        refresh_handout(report, changed, rewrite(handout, cell("annex5", "甲府市", 2, "1"))).document
    )
    result = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path))
    assert [str(error) for error in result.errors] == []


def test_the_command_tells_every_change_keeps_the_former_file_and_ends_with_1_for_a_conflict(
    master_path: Path, tmp_path: Path, handout: bytes, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "資料.docx"
    path.write_bytes(rewrite(handout, hand("applications", "772,400")))
    place = read_master(master_path).snapshot.locate(f"input.annex5.applications.{KOFU}")
    patch_workbook(master_path, [Edit(*place, 179640)])
    assert main(["refresh", str(path), str(master_path)]) == 1
    out = capsys.readouterr().out
    assert "更新: 表「別紙5 個人番号カード申請状況等」の19201・甲府市・申請件数(a)　179,641 → 179,640" in out
    assert "要判断: " in out
    assert "--take-workbook applications" in out
    assert (tmp_path / "資料_旧1.docx").exists()
    assert main(["refresh", str(path), str(master_path), "--take-workbook", "applications"]) == 0
    assert main(["verify", str(path), str(master_path)]) == 0


def test_rows_that_a_hand_put_into_another_order_are_put_back_and_told(report, results, handout):
    def move(root: etree._Element) -> None:
        row = row_of(root, "annex5", "早川町")
        rows_of(root, "annex5")[0].addprevious(row)

    refreshed = refresh_handout(report, results, rewrite(handout, move))
    assert texts(refreshed.document) == texts(handout)
    assert [(c.place, c.shown, c.due) for c in refreshed.changes] == [
        ("表「別紙5 個人番号カード申請状況等」の行の順序", "手で並べ替えた順", "マスターの順")
    ]
