"""A button that writes: stopped or failing half-way it leaves everything as it was, and what the user set stays set."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from buttons import (
    BUSY,
    EXCEPTION,
    MASTER,
    NOT_DONE,
    NOT_PUT_BACK,
    WAY_OUT,
    Calls,
    Workplace,
    cells_of,
    differences,
    kept_in,
)
from excel_sim.com import ComError
from excel_sim.desktop import WORD
from excel_sim.sim import CALL_REJECTED, CELL_IN_EDIT
from openpyxl import Workbook, load_workbook

from jukixl.folders import log_file
from jukixl.survey.archive import read_log

pytestmark = pytest.mark.usefixtures("home")

STOPPED = "「調査票の取込」を中止しました。マスターは元のままです。"


@pytest.mark.parametrize("moment", ["読込中", "取込中 8/27 北杜市", "書込中 2/28", "書込中 28/28"])
def test_esc_stops_and_undoes_what_was_written(desk: Workplace, moment: str) -> None:
    desk.sim.at_status(moment, desk.sim.hold_escape)
    with desk.unharmed():
        message = desk.collect()
    assert message == STOPPED
    assert moment in desk.sim.status_texts[-1]


def events_of(desk: Workplace) -> list[tuple[object, object]]:
    """What the log beside the master says of the last write."""
    entries = read_log(desk.folder / "回答控" / "取込記録.jsonl")
    return [(entry["event"], entry.get("saved")) for entry in entries[-2:]]


def test_the_log_says_that_a_collection_in_excel_is_not_saved_yet(desk: Workplace) -> None:
    desk.collect()
    assert events_of(desk) == [("書込開始", None), ("書込完了", False)]


def test_the_log_says_that_a_stopped_collection_wrote_nothing(desk: Workplace) -> None:
    desk.sim.at_status("書込中 2/28", desk.sim.hold_escape)
    desk.collect()
    assert events_of(desk) == [("書込開始", None), ("書込なし", None)]


def test_esc_leaves_no_half_set_of_forms(desk: Workplace) -> None:
    desk.sim.at_status("配布中 8/27 北杜市", desk.sim.hold_escape)
    with desk.unharmed():
        message = desk.press("distribute", str(desk.folder / "調査票"))
        (desk.folder / "調査票").rmdir()  # nothing in it
    assert message == "「調査票の配布」を中止しました。マスターは元のままです。"


def test_esc_in_another_program_stops_nothing(desk: Workplace) -> None:
    def type_in_word() -> None:
        desk.sim.desktop.in_front = WORD
        desk.sim.hold_escape()

    desk.sim.at_status("取込中 12/27", type_in_word)
    assert "取込 27 件" in desk.collect()


def test_a_dialog_that_is_closed_ends_without_a_word(desk: Workplace) -> None:
    with desk.unharmed():
        desk.sim.press("jukixl_collect")
    assert desk.sim.messages == []
    assert len(desk.sim.questions) == 1


@pytest.mark.parametrize("write", [1, 20, 60])
def test_an_error_in_the_middle_of_writing_is_undone(desk: Workplace, write: int) -> None:
    calls = Calls(fails_at=write)
    with desk.unharmed(), desk.sim.guarded(calls):
        message = desk.collect()
    assert message.splitlines() == [f"「調査票の取込」{NOT_DONE}", WAY_OUT, f"記録: {log_file()}"]
    assert len(calls.seen) > write, "it was written to, and back"
    assert desk.sim.application.active_book.saved, "closing it asks for nothing"


def test_an_excel_that_refuses_a_few_calls_in_the_middle_is_asked_again(desk: Workplace) -> None:
    busy = lambda: ComError(CALL_REJECTED, "Call was rejected by callee.", None, None)  # noqa: E731
    with desk.sim.guarded(Calls(20, busy, times=3)):
        assert "取込 27 件" in desk.collect()


def test_a_cell_opened_for_editing_in_the_middle_is_undone(desk: Workplace) -> None:
    edit = lambda: ComError(EXCEPTION, "x", (0, None, None, None, 0, CELL_IN_EDIT), None)  # noqa: E731
    with desk.unharmed(), desk.sim.guarded(Calls(20, edit, times=201)):
        message = desk.collect()
    assert message == BUSY


def test_where_undoing_fails_too_the_copy_from_before_is_named(desk: Workplace) -> None:
    settings = desk.sim.settings
    with desk.sim.guarded(Calls(fails_at=20, times=1000)):
        message = desk.collect()
    (kept,) = kept_in(desk.folder)
    assert message == (
        "書き込みの途中で Excel が応答しなくなり、元に戻せませんでした。"
        f"マスターを保存せずに閉じ、書き込む前の控えを開いてください: {kept}"
    )
    assert differences(cells_of(desk.folder / MASTER), cells_of(kept)) == {}
    assert desk.sim.settings == settings
    assert re.search(
        r"collect failed: Refusal at .* because of ComError\(0x80020009\) at ", log_file().read_text()
    )


def test_an_excel_that_is_gone_in_the_middle_is_told_so(desk: Workplace) -> None:
    """Nothing can be put back in it; what to do is said."""
    calls = Calls()

    def gone(target: object, member: str, is_set: bool) -> None:
        calls(target, member, is_set)
        if len(calls.seen) >= 20:
            raise ComError(CALL_REJECTED, "Call was rejected by callee.", None, None)

    with desk.sim.guarded(gone):
        message = desk.collect()
    (kept,) = kept_in(desk.folder)
    assert message.splitlines()[-1] == NOT_PUT_BACK
    assert str(kept) in message


def test_a_filtered_sheet_is_not_written_to(desk: Workplace) -> None:
    """Excel writes to the rows only that a filter shows, and says nothing."""
    desk.sim.sheet("提出状況").sheet.vba_get("Unprotect")
    desk.sim.range("提出状況", "A11:A38").vba_get("AutoFilter", [1, "192015"])
    with desk.unharmed():
        message = desk.collect()
    assert message == (
        "「提出状況」: 絞り込みで隠れている行には書き込めません。絞り込みを解除してから、もう一度押してください。"
    )


def test_a_sheet_renamed_meanwhile_is_named(desk: Workplace) -> None:
    def rename() -> None:
        desk.sim.sheet("北杜市").sheet.vba_set("Name", "ほくと")

    desk.sim.at_status("取込中 27/27", rename)
    assert desk.collect() == "「北杜市」: シートがありません。名前を元に戻してから、もう一度押してください。"
    assert kept_in(desk.folder) == []


def test_a_sheet_with_a_password_is_named_and_nothing_stays_written(desk: Workplace) -> None:
    sheet = desk.sim.sheet("北杜市").sheet
    sheet.vba_get("Unprotect")
    sheet.vba_get("Protect", ["秘密"])
    with desk.unharmed():
        message = desk.collect()
    assert message == (
        "「北杜市」: シートがパスワードで保護されています。"
        "「校閲」の「シート保護の解除」をしてから、もう一度押してください。"
    )


def test_protected_sheets_are_protected_as_before(desk: Workplace) -> None:
    def protection() -> list[object]:
        return [sheet.protection.options() if sheet.protection else None for sheet in book.sheets_]

    book = desk.sim.application.active_book
    before = protection()
    desk.collect()
    assert protection() == before
    assert sum(option is not None for option in before) > 27


def test_without_a_copy_nothing_is_written(desk: Workplace) -> None:
    (desk.folder / "控え").write_text("a file where the folder should be")
    with desk.unharmed():
        message = desk.collect()
    assert message == (
        f"{desk.folder / '控え'}: 控えを保存するフォルダーを作れないため、書き込みませんでした。"
        "フォルダーの権限を確かめてください。"
    )


def test_nothing_to_write_leaves_no_copy(desk: Workplace) -> None:
    desk.collect()
    desk.sim.messages.clear()
    message = desk.collect()
    assert message.splitlines()[0] == "取込 0 件、変更なし 27 件、取込不可 0 件、未提出 0 団体"
    assert len(kept_in(desk.folder)) == 1


def test_what_cannot_be_opened_is_said_after_the_work_is_done(desk: Workplace, tmp_path: Path) -> None:
    """Excel opens no two workbooks of one name."""
    Workbook().save(tmp_path / "指摘一覧.xlsx")
    desk.sim.open(tmp_path / "指摘一覧.xlsx")
    desk.sim.open(desk.folder / MASTER)
    message = desk.press("findings", str(desk.folder / "指摘一覧.xlsx"))
    assert message.splitlines()[-1] == "自動では開けませんでした。上のファイルを開いてください。"
    assert (desk.folder / "指摘一覧.xlsx").exists()


@pytest.mark.parametrize("fails", [False, True])
def test_manual_calculation_stays_manual_and_what_was_written_is_computed(
    desk: Workplace, fails: bool
) -> None:
    desk.sim.application.vba_set("Calculation", -4135)
    before = desk.sim.settings
    with desk.sim.guarded(Calls(fails_at=20 if fails else None)):
        desk.collect()
    assert desk.sim.settings == before
    total = desk.sim.sheet("別紙5").value("C32")
    assert total == ("" if fails else 772_405)


def test_under_manual_calculation_formulas_are_computed_before_they_are_checked(desk: Workplace) -> None:
    desk.collect()
    desk.sim.messages.clear()
    desk.sim.application.vba_set("Calculation", -4135)
    desk.sim.sheet("甲府市").sheet.vba_get("Unprotect")
    desk.sim.range("甲府市", "B6").vba_set("Value", 1)
    assert desk.press("check").splitlines()[-1].endswith("不一致は 0 件です。")


@pytest.mark.parametrize("name", ["ScreenUpdating", "EnableEvents", "DisplayAlerts"])
def test_a_setting_that_was_off_stays_off(desk: Workplace, name: str) -> None:
    desk.sim.application.vba_set(name, False)
    before = desk.sim.settings
    desk.status()
    assert desk.sim.settings == before


def test_a_text_in_the_status_bar_comes_back(desk: Workplace) -> None:
    desk.sim.application.vba_set("StatusBar", "集計中（他のアドイン）")
    desk.status()
    assert desk.sim.status_bar == "集計中（他のアドイン）"


def test_a_selection_changed_meanwhile_comes_back(desk: Workplace, tmp_path: Path) -> None:
    """The sheet, the cells and the workbook in front are those of before the press."""

    def look_elsewhere() -> None:
        desk.sim.sheet("別紙5").sheet.vba_get("Activate")
        desk.sim.range("別紙5", "C5").vba_get("Select")
        desk.sim.open(tmp_path / "予算.xlsx")

    Workbook().save(tmp_path / "予算.xlsx")
    before = desk.sim.settings
    desk.sim.at_status("読込中", look_elsewhere)
    desk.status()
    assert (before.book, before.selection) == (MASTER, "別紙3!$B$5:$C$7")
    assert desk.sim.settings == before


def test_a_setting_that_excel_does_not_take_back_is_told_and_the_others_are_put_back(desk: Workplace) -> None:
    def refuse_automatic(target: object, member: str, is_set: bool) -> None:
        if member == "Calculation" and is_set and target.calculation == -4135:
            raise ComError(EXCEPTION, "x", (0, "Microsoft Excel", None, None, 0, -2146827284), None)

    before = desk.sim.settings
    with desk.sim.guarded(refuse_automatic):
        message = desk.collect()
    assert message.splitlines()[-1] == NOT_PUT_BACK
    assert desk.sim.settings == replace(before, calculation=-4135)


def test_a_selected_picture_is_no_reason_to_fail(desk: Workplace) -> None:
    desk.sim.application.has_picture_selected = True
    assert "提出 0 / 27 市町村" in desk.status()


def test_the_lists_of_a_check_lead_to_their_cells_in_excel_too(desk: Workplace) -> None:
    """A formula for each line, as the command line writes it."""
    desk.press("review")
    copy = desk.sim.save(desk.folder / "保存.xlsx")
    sheet = load_workbook(copy)["検算"]
    linked = [cell for (cell,) in sheet.iter_rows(max_col=1) if "!" in str(cell.value)]
    assert len(linked) > 1200
    for cell in linked:
        place, _, a1 = str(cell.value).rpartition("!")
        assert cell.hyperlink is not None
        assert cell.hyperlink.location == f"'{place}'!{a1}"


@pytest.mark.parametrize("link", [1, 700])
def test_an_error_in_the_middle_of_linking_is_undone(desk: Workplace, link: int) -> None:
    before = len(desk.sim.sheet("検算").sheet.hyperlinks)
    added = 0

    def fail(_target: object, member: str, _is_set: bool) -> None:
        nonlocal added
        added += member == "Add"
        if member == "Add" and added == link:
            raise ComError(EXCEPTION, "x", (0, "Microsoft Excel", "1234 名前", None, 0, -2146827284), None)

    with desk.unharmed(), desk.sim.guarded(fail):
        message = desk.press("review")
    assert message.splitlines()[0] == f"「指摘の確認」{NOT_DONE}"
    assert added >= link
    assert len(desk.sim.sheet("検算").sheet.hyperlinks) == before
