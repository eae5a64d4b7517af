"""Where a button can't work: each fault provoked, its one message read, and Excel left as it was found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from buttons import (
    BUSY,
    EXCEPTION,
    NOT_DONE,
    WAY_OUT,
    Calls,
    Workplace,
)
from excel_sim import ExcelSim
from excel_sim.com import ComError, ComObject
from excel_sim.sim import CALL_REJECTED, CELL_IN_EDIT
from openpyxl import Workbook
from pyopenvba.exceptions import VBAUnsupportedError

from jukixl.commands.registry import COMMANDS, Ask, Command
from jukixl.folders import log_file

pytestmark = pytest.mark.usefixtures("home")

BUTTONS = [command for command in COMMANDS if command.icon]
ON_A_MASTER = [c for c in BUTTONS if any(p.ask is Ask.MASTER for p in c.parameters)]
WITHOUT_EXCEL = ["manual", "doctor", "version"]
OTHER_EXCEL = "別の Excel で開いているときは、その Excel のボタンを押してください。"
NO_WORKBOOK = (
    "ブックが一つも開かれていません。マスターを開いてから（新規作成では「空白のブック」を開いてから）、"
    f"もう一度押してください。{OTHER_EXCEL}"
)


@pytest.fixture
def alone(addin: bytes, tmp_path: Path) -> Workplace:
    """Excel without a workbook."""
    (tmp_path / "空").mkdir()
    return Workplace(ExcelSim(addin), tmp_path / "空")


def log() -> str:
    return log_file().read_text(encoding="utf-8") if log_file().exists() else ""


@pytest.mark.parametrize("command", ON_A_MASTER, ids=lambda command: command.id)
def test_a_workbook_that_is_no_master_is_named(alone: Workplace, command: Command, tmp_path: Path) -> None:
    path = tmp_path / "予算.xlsx"
    Workbook().save(path)
    alone.sim.open(path)
    before, content = alone.sim.settings, path.read_bytes()
    message = alone.press(command.id)
    assert message == (
        "予算.xlsx: マスターではありません。"
        "「新規作成」（jukixl new）で作成したブックを前面に出すか、指定してください。"
    )
    assert alone.sim.questions == [], "the dialog would be in vain"
    assert (alone.sim.settings, path.read_bytes()) == (before, content)


@pytest.mark.parametrize(
    "command", [c for c in BUTTONS if c.id not in WITHOUT_EXCEL], ids=lambda command: command.id
)
def test_without_a_workbook_a_message_says_to_open_one(alone: Workplace, command: Command) -> None:
    """Windows can't reach an Excel without a workbook; the message comes all the same, and not from VBA."""
    assert alone.press(command.id) == NO_WORKBOOK
    assert alone.sim.questions == []


@pytest.mark.parametrize("command_id", WITHOUT_EXCEL)
def test_what_needs_no_workbook_works_without_one(alone: Workplace, command_id: str, home: Path) -> None:
    message = alone.press(command_id)
    assert NO_WORKBOOK not in message
    assert alone.sim.windows.opened == (
        [str(home / "jukixl" / "手引.html")] if command_id == "manual" else []
    )


def test_a_hidden_workbook_such_as_the_user_s_macros_is_not_taken_for_a_master(desk: Workplace) -> None:
    desk.sim.application.active_book = None
    assert desk.press("check") == (
        f"ブックが開かれていません。マスターを開いてから押してください。{OTHER_EXCEL}"
    )


@pytest.mark.parametrize("command_id", ["collect", "verify"])
def test_a_workbook_that_was_never_saved_is_to_be_saved_first(alone: Workplace, command_id: str) -> None:
    alone.sim.application.vba_get("Workbooks").vba_get("Add")
    before = alone.sim.settings
    assert alone.press(command_id) == (
        "このブックはまだ保存されていません。名前を付けて保存してから、もう一度押してください。"
    )
    assert alone.sim.questions == [], "the dialog would be in vain"
    assert alone.sim.settings == before


@pytest.mark.parametrize("place", ["https://pref.sharepoint.com/sites/juki", "https://d.docs.live.net/1"])
def test_a_workbook_on_the_web_is_to_be_saved_on_the_pc(desk: Workplace, place: str) -> None:
    desk.sim.application.active_book.path = place
    before = desk.sim.settings
    assert desk.status() == (
        "このブックは OneDrive か SharePoint の上で開かれています。"
        "PC のフォルダーに保存してから、もう一度押してください。"
    )
    assert desk.sim.settings == before


def test_a_read_only_master_is_checked_but_not_written_to(desk: Workplace) -> None:
    desk.sim.application.active_book.read_only = True
    with desk.unharmed():
        message = desk.collect()
    assert message == (
        "このブックは読み取り専用で開かれているため、書き込みませんでした。"
        "ほかの人や別の Excel が開いていないか確かめ、開き直してから押してください。"
    )
    desk.sim.messages.clear()
    assert "指摘: " in desk.press("check")


def test_in_protected_view_editing_is_to_be_enabled(desk: Workplace) -> None:
    desk.sim.application.protected_views = 1
    with desk.unharmed():
        message = desk.collect()
    assert message == (
        "保護ビューで開かれています。「編集を有効にする」を押してから、もう一度押してください。"
    )


def test_while_a_cell_is_edited_it_is_to_be_finished(desk: Workplace) -> None:
    desk.sim.application.is_ready = False
    with desk.unharmed():
        message = desk.collect()
    assert message == (
        "Excel が応答できません。セルの編集中であれば Enter か Esc で確定してから、もう一度押してください。"
    )


@pytest.mark.parametrize("refusal", [CALL_REJECTED, CELL_IN_EDIT])
def test_an_excel_that_refuses_every_call_ends_in_a_message_of_ours(desk: Workplace, refusal: int) -> None:
    with desk.unharmed(), desk.sim.busy(refusal):
        message = desk.collect()
    assert message == BUSY


def test_an_excel_that_is_busy_for_a_moment_is_waited_for(
    desk: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jukixl.addin.busy.PATIENCE", 5.0)
    refused = Calls(
        1, lambda: ComError(CALL_REJECTED, "Call was rejected by callee.", None, None), 300, "Ready"
    )
    with desk.sim.guarded(refused):
        assert "提出 0 / 27 市町村" in desk.status()
    assert len(refused.seen) > 300


def test_a_window_that_windows_tells_nothing_about_is_reported(desk: Workplace) -> None:
    with desk.unharmed():
        desk.sim.desktop.hides_processes = True
        message = desk.collect()
        desk.sim.desktop.hides_processes = False
    assert message == (
        "Excel に接続できませんでした。Excel を開き直してから、もう一度押してください。何も書き換えていません。"
        f"\n記録: {log_file()}"
    )


def test_a_button_of_another_version_is_told_so(desk: Workplace) -> None:
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


def test_of_two_excels_the_one_that_was_pressed_is_used(
    desk: Workplace, addin: bytes, tmp_path: Path
) -> None:
    """Even when the other one lies in front of it."""
    other = ExcelSim(addin, beside=desk.sim)
    Workbook().save(tmp_path / "予算.xlsx")
    other.open(tmp_path / "予算.xlsx")
    before = other.settings
    assert "提出 0 / 27 市町村" in desk.status()
    assert (other.messages, other.settings, other.status_texts) == ([], before, [])


def test_a_master_that_is_open_in_another_excel_is_looked_for_there(desk: Workplace, addin: bytes) -> None:
    other = Workplace(ExcelSim(addin, beside=desk.sim), desk.folder)
    with desk.unharmed():
        message = other.press("collect")
    assert message == NO_WORKBOOK
    assert desk.sim.messages == []


def test_an_error_inside_a_command_is_logged_without_data_and_says_what_to_do(desk: Workplace) -> None:
    said = (0, "Microsoft Excel", "個人番号 123456789018", None, 0, -2146827284)
    failing = Calls(1, lambda: ComError(EXCEPTION, "x", said, None), member="SaveCopyAs")
    with desk.unharmed(), desk.sim.guarded(failing):
        message = desk.status()
    assert message.splitlines() == [f"「提出状況」{NOT_DONE}", WAY_OUT, f"記録: {log_file()}"]
    assert "status failed: ComError(0x80020009) at" in log()
    assert "live.py" in log()
    assert "123456789018" not in log()


def test_the_log_names_neither_files_nor_folders_nor_contents(desk: Workplace, tmp_path: Path) -> None:
    (desk.folder / "回答" / "個人番号123456789018.txt").write_text("123456789018")
    desk.collect()
    desk.sim.messages.clear()
    desk.press("import", "別紙99", str(tmp_path / "秘密.csv"))
    lines = log().splitlines()
    assert ["collect ended: 1" in lines[0], "import failed: InputError at" in lines[1]] == [True, True]
    for word in ("123456789018", "機密", "秘密", "別紙99"):
        assert word not in log()


def test_the_log_is_cut_and_only_a_few_are_kept(desk: Workplace) -> None:
    folder = log_file().parent
    folder.mkdir(parents=True)
    for number in range(6):
        log_file().write_text("x" * 600_000, encoding="utf-8")
        desk.press("version")
        desk.sim.messages.clear()
        assert log_file().stat().st_size < 1000, number
    assert len(list(folder.iterdir())) == 4


def test_a_log_that_cannot_be_written_keeps_no_button_from_working(desk: Workplace, home: Path) -> None:
    home.mkdir()
    (home / "jukixl").write_text("a file where the folder should be")
    assert "指摘: " in desk.press("check")


@pytest.mark.parametrize(
    "use",
    [
        lambda app: app.NoSuchMember,
        lambda app: app.ActiveWorkbook.ExportAsFixedFormat(0, "x.pdf"),
        lambda app: setattr(app, "NoSuchMember", 1),
        lambda app: app.Workbooks.Open("x.xlsx", None, True),
    ],
)
def test_what_the_simulated_excel_lacks_raises(desk: Workplace, use: Callable[[ComObject], object]) -> None:
    with pytest.raises((VBAUnsupportedError, ComError, TypeError)):
        use(ComObject(desk.sim.application))
