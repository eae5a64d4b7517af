"""What goes wrong in Excel: each fault provoked, its one message read, and Excel left as it was found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from buttons import MASTER, Calls, cells_of, differences, files_of, kept_in, open_with_selection, prepare
from excel_sim import ExcelSim
from excel_sim.com import ComError, ComObject
from excel_sim.desktop import WORD
from excel_sim.sim import CALL_REJECTED, CELL_IN_EDIT
from openpyxl import Workbook
from pyopenvba.exceptions import VBAUnsupportedError
from pyopenvba.interpreter._values import EMPTY

from jukixl.addin.build import build_addin
from jukixl.commands.registry import COMMANDS, Ask, Command
from jukixl.folders import log_file

BUTTONS = [command for command in COMMANDS if command.icon]
ON_A_MASTER = [c for c in BUTTONS if any(p.ask is Ask.MASTER for p in c.parameters)]
WITHOUT_EXCEL = ["manual", "doctor", "version"]
OTHER_EXCEL = "別の Excel で開いているときは、その Excel のボタンを押してください。"
NO_WORKBOOK = (
    "ブックが一つも開かれていません。マスターを開いてから（新規作成では「空白のブック」を開いてから）、"
    f"もう一度押してください。{OTHER_EXCEL}"
)
BUSY = (
    "Excel が処理中です。セルの編集やダイアログを閉じてから、もう一度押してください。何も書き換えていません。"
)
NOT_DONE = ": 処理を続けられませんでした。マスターは元のままです。"
WAY_OUT = (
    "ブックを保存し、Excel を開き直してからもう一度押してください。"
    "続くときは「診断」の結果を添えて担当に連絡してください。"
)
STOPPED = "「調査票の取込」を中止しました。マスターは元のままです。"
NOT_PUT_BACK = "Excel の画面や設定が元に戻らないときは、Excel を開き直してください。"
EXCEPTION = -2147352567
"""DISP_E_EXCEPTION: Excel took the call and failed."""


@pytest.fixture(scope="module")
def addin() -> bytes:
    return build_addin()


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The user's own folder; and nobody waits for an Excel that will never take a call."""
    monkeypatch.delenv("APPDATA", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("jukixl.addin.busy.PATIENCE", 0.0)
    return tmp_path / "home"


@dataclass
class Desk:
    """Excel with a master into which no form was collected yet, and the folder of the forms."""

    sim: ExcelSim
    folder: Path

    def press(self, command_id: str, *answers: str) -> str:
        """Press a button; the one message."""
        self.sim.answer(*answers)
        self.sim.press(f"jukixl_{command_id}")
        (message,) = self.sim.messages
        return message

    def status(self) -> str:
        return self.press("status")

    def collect(self) -> str:
        return self.press("collect", str(self.folder / "回答"))

    @contextmanager
    def unharmed(self) -> Iterator[None]:
        """Whatever happens inside, Excel's settings, every cell and every file are as before."""
        before = self.sim.settings, files_of(self.folder), self.live_cells()
        yield
        assert (self.sim.settings, files_of(self.folder), self.live_cells()) == before

    def live_cells(self) -> dict[tuple[str, int, int], tuple[object, str]]:
        """Value and formula of every cell of the master as it is in Excel."""
        book = next(book for book in self.sim.application.workbooks_.books if book.name == MASTER)
        return {
            (sheet.name, row, column): (cell.value, cell.formula)
            for sheet in book.sheets_
            for (row, column), cell in sheet.cells_.items()
            if cell.formula or (cell.value is not EMPTY and cell.value != "")
        }


@pytest.fixture
def desk(addin: bytes, blank_path: Path, forms: Path, tmp_path: Path) -> Desk:
    folder = prepare(tmp_path / "機密", {MASTER: blank_path, "回答": forms})
    sim = ExcelSim(addin)
    open_with_selection(sim, folder / MASTER)
    return Desk(sim, folder)


@pytest.fixture
def alone(addin: bytes, tmp_path: Path) -> Desk:
    """Excel without a workbook."""
    (tmp_path / "空").mkdir()
    return Desk(ExcelSim(addin), tmp_path / "空")


def log() -> str:
    return log_file().read_text(encoding="utf-8") if log_file().exists() else ""


# --- where the button can't work ---------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ON_A_MASTER, ids=lambda command: command.id)
def test_a_workbook_that_is_no_master_is_named(alone: Desk, command: Command, tmp_path: Path) -> None:
    path = tmp_path / "予算.xlsx"
    Workbook().save(path)
    alone.sim.open(path)
    before, content = alone.sim.settings, path.read_bytes()
    answers = [str(tmp_path / "x")] * (len(command.parameters) - 1)
    message = alone.press(command.id, *answers)
    assert message == "予算.xlsx: マスターではありません。「jukixl new」で作成したブックを指定してください。"
    assert (alone.sim.settings, path.read_bytes()) == (before, content)


@pytest.mark.parametrize(
    "command", [c for c in BUTTONS if c.id not in WITHOUT_EXCEL], ids=lambda command: command.id
)
def test_without_a_workbook_a_message_says_to_open_one(alone: Desk, command: Command) -> None:
    """Windows can't reach an Excel without a workbook; the message comes all the same, and not from VBA."""
    assert alone.press(command.id) == NO_WORKBOOK
    assert alone.sim.questions == []


@pytest.mark.parametrize("command_id", WITHOUT_EXCEL)
def test_what_needs_no_workbook_works_without_one(alone: Desk, command_id: str, home: Path) -> None:
    message = alone.press(command_id)
    assert NO_WORKBOOK not in message
    assert alone.sim.windows.opened == (
        [str(home / "jukixl" / "手引.html")] if command_id == "manual" else []
    )


def test_a_hidden_workbook_such_as_the_user_s_macros_is_not_taken_for_a_master(desk: Desk) -> None:
    desk.sim.application.active_book = None
    assert desk.press("check") == (
        f"ブックが開かれていません。マスターを開いてから押してください。{OTHER_EXCEL}"
    )


@pytest.mark.parametrize("command_id", ["collect", "verify"])
def test_a_workbook_that_was_never_saved_is_to_be_saved_first(alone: Desk, command_id: str) -> None:
    alone.sim.application.vba_get("Workbooks").vba_get("Add")
    before = alone.sim.settings
    assert alone.press(command_id) == (
        "このブックはまだ保存されていません。名前を付けて保存してから、もう一度押してください。"
    )
    assert alone.sim.questions == [], "the dialog would be in vain"
    assert alone.sim.settings == before


@pytest.mark.parametrize("place", ["https://pref.sharepoint.com/sites/juki", "https://d.docs.live.net/1"])
def test_a_workbook_on_the_web_is_to_be_saved_on_the_pc(desk: Desk, place: str) -> None:
    desk.sim.application.active_book.path = place
    before = desk.sim.settings
    assert desk.status() == (
        "このブックは OneDrive か SharePoint の上で開かれています。"
        "PC のフォルダーに保存してから、もう一度押してください。"
    )
    assert desk.sim.settings == before


def test_a_read_only_master_is_checked_but_not_written_to(desk: Desk) -> None:
    desk.sim.application.active_book.read_only = True
    with desk.unharmed():
        message = desk.collect()
    assert message == (
        "このブックは読み取り専用で開かれているため、書き込みませんでした。"
        "ほかの人や別の Excel が開いていないか確かめ、開き直してから押してください。"
    )
    desk.sim.messages.clear()
    assert "指摘: " in desk.press("check")


def test_in_protected_view_editing_is_to_be_enabled(desk: Desk) -> None:
    desk.sim.application.protected_views = 1
    with desk.unharmed():
        message = desk.collect()
    assert message == (
        "保護ビューで開かれています。「編集を有効にする」を押してから、もう一度押してください。"
    )


def test_while_a_cell_is_edited_it_is_to_be_finished(desk: Desk) -> None:
    desk.sim.application.is_ready = False
    with desk.unharmed():
        message = desk.collect()
    assert message == (
        "Excel が応答できません。セルの編集中であれば Enter か Esc で確定してから、もう一度押してください。"
    )


@pytest.mark.parametrize("refusal", [CALL_REJECTED, CELL_IN_EDIT])
def test_an_excel_that_refuses_every_call_ends_in_a_message_of_ours(desk: Desk, refusal: int) -> None:
    with desk.unharmed(), desk.sim.busy(refusal):
        message = desk.collect()
    assert message == BUSY


def test_an_excel_that_is_busy_for_a_moment_is_waited_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jukixl.addin.busy.PATIENCE", 5.0)
    refused = Calls(
        1, lambda: ComError(CALL_REJECTED, "Call was rejected by callee.", None, None), 300, "Ready"
    )
    with desk.sim.guarded(refused):
        assert "提出 0 / 27 市町村" in desk.status()
    assert len(refused.seen) > 300


def test_a_window_that_windows_tells_nothing_about_is_reported(desk: Desk) -> None:
    with desk.unharmed():
        desk.sim.desktop.hides_processes = True
        message = desk.collect()
        desk.sim.desktop.hides_processes = False
    assert message == (
        "Excel に接続できませんでした。Excel を開き直してから、もう一度押してください。何も書き換えていません。"
        f"\n記録: {log_file()}"
    )


def test_a_button_of_another_version_is_told_so(desk: Desk) -> None:
    desk.sim.callbacks["jukixl_gone"] = desk.sim.callbacks["jukixl_check"]
    assert desk.press("gone") == (
        "このボタンは、入っている版の jukixl にはありません。"
        "導入手順書の install.cmd をもう一度実行してから、Excel を開き直してください。"
    )


@pytest.mark.parametrize(("pressed", "said_at_the_end"), [(False, "kills\n"), (True, "")])
def test_no_excel_is_ended_with_the_process_of_a_button(pressed: bool, said_at_the_end: str) -> None:
    """Of itself xlwings kills, at the end of Python, every Excel that has no workbook open."""
    code = (
        f"import sys; sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}\n"
        "from excel_sim import pywin32, com\n"
        "from jukixl.addin.engine import spare_excels\n"
        "engine = pywin32.install(com.ComObject)\n"
        "engine.Apps.cleanup = lambda: print('kills')\n"
        f"if {pressed}: spare_excels()\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == said_at_the_end


# --- several Excels ----------------------------------------------------------------------------------------------


def test_of_two_excels_the_one_that_was_pressed_is_used(desk: Desk, addin: bytes, tmp_path: Path) -> None:
    """Even when the other one lies in front of it."""
    other = ExcelSim(addin, beside=desk.sim)
    Workbook().save(tmp_path / "予算.xlsx")
    other.open(tmp_path / "予算.xlsx")
    before = other.settings
    assert "提出 0 / 27 市町村" in desk.status()
    assert (other.messages, other.settings, other.status_texts) == ([], before, [])


def test_a_master_that_is_open_in_another_excel_is_looked_for_there(desk: Desk, addin: bytes) -> None:
    other = Desk(ExcelSim(addin, beside=desk.sim), desk.folder)
    with desk.unharmed():
        message = other.press("collect")
    assert message == NO_WORKBOOK
    assert desk.sim.messages == []


# --- stopped half-way --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["読込中", "取込中 8/27 北杜市", "書込中 2/28", "書込中 28/28"])
def test_esc_stops_and_undoes_what_was_written(desk: Desk, moment: str) -> None:
    desk.sim.at_status(moment, desk.sim.hold_escape)
    with desk.unharmed():
        message = desk.collect()
    assert message == STOPPED
    assert moment in desk.sim.status_texts[-1]


def test_esc_leaves_no_half_set_of_forms(desk: Desk) -> None:
    desk.sim.at_status("配布中 8/27 北杜市", desk.sim.hold_escape)
    with desk.unharmed():
        message = desk.press("distribute", str(desk.folder / "調査票"))
        (desk.folder / "調査票").rmdir()  # nothing in it
    assert message == "「調査票の配布」を中止しました。マスターは元のままです。"


def test_esc_in_another_program_stops_nothing(desk: Desk) -> None:
    def type_in_word() -> None:
        desk.sim.desktop.in_front = WORD
        desk.sim.hold_escape()

    desk.sim.at_status("取込中 12/27", type_in_word)
    assert "取込 27 件" in desk.collect()


def test_a_dialog_that_is_closed_ends_without_a_word(desk: Desk) -> None:
    with desk.unharmed():
        desk.sim.press("jukixl_collect")
    assert desk.sim.messages == []
    assert len(desk.sim.questions) == 1


# --- failures in the middle --------------------------------------------------------------------------------------


def test_an_error_inside_a_command_is_logged_without_data_and_says_what_to_do(desk: Desk) -> None:
    said = (0, "Microsoft Excel", "個人番号 123456789018", None, 0, -2146827284)
    failing = Calls(1, lambda: ComError(EXCEPTION, "x", said, None), member="SaveCopyAs")
    with desk.unharmed(), desk.sim.guarded(failing):
        message = desk.status()
    assert message.splitlines() == [f"「提出状況」{NOT_DONE}", WAY_OUT, f"記録: {log_file()}"]
    assert "status failed: ComError at" in log()
    assert "live.py" in log()
    assert "123456789018" not in log()


def test_the_log_names_neither_files_nor_folders_nor_contents(desk: Desk, tmp_path: Path) -> None:
    (desk.folder / "回答" / "個人番号123456789018.txt").write_text("123456789018")
    desk.collect()
    desk.sim.messages.clear()
    desk.press("import", "別紙99", str(tmp_path / "秘密.csv"))
    lines = log().splitlines()
    assert ["collect ended: 1" in lines[0], "import failed: InputError at" in lines[1]] == [True, True]
    for word in ("123456789018", "機密", "秘密", "別紙99"):
        assert word not in log()


def test_the_log_is_cut_and_only_a_few_are_kept(desk: Desk) -> None:
    folder = log_file().parent
    folder.mkdir(parents=True)
    for number in range(6):
        log_file().write_text("x" * 600_000, encoding="utf-8")
        desk.press("version")
        desk.sim.messages.clear()
        assert log_file().stat().st_size < 1000, number
    assert len(list(folder.iterdir())) == 4


def test_a_log_that_cannot_be_written_keeps_no_button_from_working(desk: Desk, home: Path) -> None:
    home.mkdir()
    (home / "jukixl").write_text("a file where the folder should be")
    assert "指摘: " in desk.press("check")


@pytest.mark.parametrize("write", [1, 20, 60])
def test_an_error_in_the_middle_of_writing_is_undone(desk: Desk, write: int) -> None:
    calls = Calls(fails_at=write)
    with desk.unharmed(), desk.sim.guarded(calls):
        message = desk.collect()
    assert message.splitlines() == [f"「調査票の取込」{NOT_DONE}", WAY_OUT, f"記録: {log_file()}"]
    assert len(calls.seen) > write, "it was written to, and back"
    assert desk.sim.application.active_book.saved, "closing it asks for nothing"


def test_an_excel_that_refuses_a_few_calls_in_the_middle_is_asked_again(desk: Desk) -> None:
    busy = lambda: ComError(CALL_REJECTED, "Call was rejected by callee.", None, None)  # noqa: E731
    with desk.sim.guarded(Calls(20, busy, times=3)):
        assert "取込 27 件" in desk.collect()


def test_a_cell_opened_for_editing_in_the_middle_is_undone(desk: Desk) -> None:
    edit = lambda: ComError(EXCEPTION, "x", (0, None, None, None, 0, CELL_IN_EDIT), None)  # noqa: E731
    with desk.unharmed(), desk.sim.guarded(Calls(20, edit, times=201)):
        message = desk.collect()
    assert message == BUSY


def test_where_undoing_fails_too_the_copy_from_before_is_named(desk: Desk) -> None:
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


def test_an_excel_that_is_gone_in_the_middle_is_told_so(desk: Desk) -> None:
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


# --- what is written to ------------------------------------------------------------------------------------------


def test_a_filtered_sheet_is_not_written_to(desk: Desk) -> None:
    """Excel writes to the rows only that a filter shows, and says nothing."""
    desk.sim.sheet("提出状況").sheet.vba_get("Unprotect")
    desk.sim.range("提出状況", "A4:A31").vba_get("AutoFilter", [1, "192015"])
    with desk.unharmed():
        message = desk.collect()
    assert message == (
        "「提出状況」: 絞り込みで隠れている行には書き込めません。絞り込みを解除してから、もう一度押してください。"
    )


def test_a_sheet_renamed_meanwhile_is_named(desk: Desk) -> None:
    def rename() -> None:
        desk.sim.sheet("北杜市").sheet.vba_set("Name", "ほくと")

    desk.sim.at_status("取込中 27/27", rename)
    assert desk.collect() == "「北杜市」: シートがありません。名前を元に戻してから、もう一度押してください。"
    assert kept_in(desk.folder) == []


def test_a_sheet_with_a_password_is_named_and_nothing_stays_written(desk: Desk) -> None:
    sheet = desk.sim.sheet("北杜市").sheet
    sheet.vba_get("Unprotect")
    sheet.vba_get("Protect", ["秘密"])
    with desk.unharmed():
        message = desk.collect()
    assert message == (
        "「北杜市」: シートがパスワードで保護されています。"
        "「校閲」の「シート保護の解除」をしてから、もう一度押してください。"
    )


def test_protected_sheets_are_protected_as_before(desk: Desk) -> None:
    def protection() -> list[object]:
        return [sheet.protection.options() if sheet.protection else None for sheet in book.sheets_]

    book = desk.sim.application.active_book
    before = protection()
    desk.collect()
    assert protection() == before
    assert sum(option is not None for option in before) > 27


def test_without_a_copy_nothing_is_written(desk: Desk) -> None:
    (desk.folder / "控え").write_text("a file where the folder should be")
    with desk.unharmed():
        message = desk.collect()
    assert message == (
        f"{desk.folder / '控え'}: 控えを保存するフォルダーを作れないため、書き込みませんでした。"
        "フォルダーの権限を確かめてください。"
    )


def test_nothing_to_write_leaves_no_copy(desk: Desk) -> None:
    desk.collect()
    desk.sim.messages.clear()
    message = desk.collect()
    assert message.splitlines()[0] == "取込 0 件、変更なし 27 件、取込不可 0 件、未提出 0 団体"
    assert len(kept_in(desk.folder)) == 1


def test_what_cannot_be_opened_is_said_after_the_work_is_done(desk: Desk, tmp_path: Path) -> None:
    """Excel opens no two workbooks of one name."""
    Workbook().save(tmp_path / "指摘一覧.xlsx")
    desk.sim.open(tmp_path / "指摘一覧.xlsx")
    desk.sim.open(desk.folder / MASTER)
    message = desk.press("findings", str(desk.folder / "指摘一覧.xlsx"))
    assert message.splitlines()[-1] == "自動では開けませんでした。上のファイルを開いてください。"
    assert (desk.folder / "指摘一覧.xlsx").exists()


# --- settings that the user chose --------------------------------------------------------------------------------


@pytest.mark.parametrize("fails", [False, True])
def test_manual_calculation_stays_manual_and_what_was_written_is_computed(desk: Desk, fails: bool) -> None:
    desk.sim.application.vba_set("Calculation", -4135)
    before = desk.sim.settings
    with desk.sim.guarded(Calls(fails_at=20 if fails else None)):
        desk.collect()
    assert desk.sim.settings == before
    total = desk.sim.sheet("別紙5").value("C32")
    assert total == ("" if fails else 772_405)


def test_under_manual_calculation_formulas_are_computed_before_they_are_checked(desk: Desk) -> None:
    desk.collect()
    desk.sim.messages.clear()
    desk.sim.application.vba_set("Calculation", -4135)
    desk.sim.sheet("甲府市").sheet.vba_get("Unprotect")
    desk.sim.range("甲府市", "B6").vba_set("Value", 1)
    assert desk.press("check").splitlines()[-1].endswith("不一致は 0 件です。")


@pytest.mark.parametrize("name", ["ScreenUpdating", "EnableEvents", "DisplayAlerts"])
def test_a_setting_that_was_off_stays_off(desk: Desk, name: str) -> None:
    desk.sim.application.vba_set(name, False)
    before = desk.sim.settings
    desk.status()
    assert desk.sim.settings == before


def test_a_text_in_the_status_bar_comes_back(desk: Desk) -> None:
    desk.sim.application.vba_set("StatusBar", "集計中（他のアドイン）")
    desk.status()
    assert desk.sim.status_bar == "集計中（他のアドイン）"


def test_a_selection_changed_meanwhile_comes_back(desk: Desk, tmp_path: Path) -> None:
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


def test_a_setting_that_excel_does_not_take_back_is_told_and_the_others_are_put_back(desk: Desk) -> None:
    def refuse_automatic(target: object, member: str, is_set: bool) -> None:
        if member == "Calculation" and is_set and target.calculation == -4135:
            raise ComError(EXCEPTION, "x", (0, "Microsoft Excel", None, None, 0, -2146827284), None)

    before = desk.sim.settings
    with desk.sim.guarded(refuse_automatic):
        message = desk.collect()
    assert message.splitlines()[-1] == NOT_PUT_BACK
    assert desk.sim.settings == replace(before, calculation=-4135)


def test_a_selected_picture_is_no_reason_to_fail(desk: Desk) -> None:
    desk.sim.application.has_picture_selected = True
    assert "提出 0 / 27 市町村" in desk.status()


# --- the simulation itself ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        lambda app: app.NoSuchMember,
        lambda app: app.ActiveWorkbook.ExportAsFixedFormat(0, "x.pdf"),
        lambda app: setattr(app, "NoSuchMember", 1),
        lambda app: app.Workbooks.Open("x.xlsx", None, True),
    ],
)
def test_what_the_simulated_excel_lacks_raises(desk: Desk, use: Callable[[ComObject], object]) -> None:
    with pytest.raises((VBAUnsupportedError, ComError, TypeError)):
        use(ComObject(desk.sim.application))
