"""What a ribbon button does. The add-in's only macro calls `press`; nothing gets past it but a Japanese message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from jukixl.addin import desktop
from jukixl.addin.busy import is_busy
from jukixl.addin.excel import (
    DATA_FILES,
    DOCUMENTS,
    HANDOUTS_AND_MASTERS,
    Cancelled,
    Excel,
    Stopped,
    find_excel,
)
from jukixl.addin.live import LiveHost, is_master
from jukixl.addin.log import write_done, write_failure
from jukixl.commands.registry import COMMANDS, Ask, Command, Outcome, Parameter
from jukixl.errors import JukixlError

_UNKNOWN = (
    "このボタンは、入っている版の jukixl にはありません。"
    "導入手順書の install.cmd をもう一度実行してから、Excel を開き直してください。"
)
_UNREACHABLE = (
    "Excel に接続できませんでした。Excel を開き直してから、もう一度押してください。何も書き換えていません。"
)
_BUSY = (
    "Excel が処理中です。セルの編集やダイアログを閉じてから、もう一度押してください。何も書き換えていません。"
)
_STOPPED = "を中止しました。マスターは元のままです。"
_FAILED = (
    "処理を続けられませんでした。マスターは元のままです。",
    "ブックを保存し、Excel を開き直してからもう一度押してください。続くときは「診断」の結果を添えて担当に連絡してください。",
)
_NOT_OPENED = "自動では開けませんでした。上のファイルを開いてください。"
_NOT_SAVED = "マスターはまだ保存されていません。確かめてから上書き保存してください。"


def press(control: str, window: int) -> None:
    """Run the command of a button in the Excel that this window belongs to. Never raises."""
    command = next((command for command in COMMANDS if command.control == control), None)
    if command is None:
        desktop.show_box(window, _UNKNOWN)
        return
    try:
        excel = find_excel(window)
    except Exception as error:  # noqa: BLE001 - the last line of defence: Excel would show an empty English box
        log = write_failure(command.id, error)
        desktop.show_box(window, f"{_UNREACHABLE}\n記録: {log}")
        return
    _press_in(excel, command)


def _press_in(excel: Excel, command: Command) -> None:
    """Run a command; whatever happens ends in one message or, when a dialog was cancelled, in none."""
    try:
        excel.require_ready()
        outcome = _Button(excel, command).run()
    except Stopped:
        excel.show_message((f"「{command.label}」{_STOPPED}",))
    except Cancelled:
        return
    except JukixlError as error:
        write_failure(command.id, error)
        excel.show_message(tuple(str(problem) for problem in error.problems))
    except Exception as error:  # noqa: BLE001 - the last line of defence, as above
        _report(excel, command, error)
    else:
        write_done(command.id, outcome.exit_code)
        excel.show_message(outcome.lines)


def _report(excel: Excel, command: Command, error: Exception) -> None:
    log = write_failure(command.id, error)
    if is_busy(error):
        excel.show_message((_BUSY,))
    else:
        excel.show_message((f"「{command.label}」: {_FAILED[0]}", *_FAILED[1:], f"記録: {log}"))


class _Button:
    """One press: ask for what is needed, run, show what was made."""

    def __init__(self, excel: Excel, command: Command) -> None:
        self.excel = excel
        self.command = command
        self.master: LiveHost | None = None
        self.document = Path()

    def run(self) -> Outcome:
        arguments = {parameter.name: self._ask(parameter) for parameter in self._parameters()}
        with self.excel.quiet():
            outcome = self.command.load()(arguments, self._progress)
        return self._with_what_was_kept(self._shown(outcome))

    def _parameters(self) -> list[Parameter]:
        """The master first: where it can't be worked on, no dialog is shown."""
        return sorted(self.command.parameters, key=lambda parameter: parameter.ask is not Ask.MASTER)

    def _shown(self, outcome: Outcome) -> Outcome:
        """Open what was made. The work is done by then, so that what can't be opened is only said."""
        try:
            if outcome.opens is not None:
                self.excel.open_file(outcome.opens)
            if outcome.shows is not None:
                self.excel.show_sheet(outcome.shows)
        except Exception as error:  # noqa: BLE001 - Excel's and Windows' reasons are many; the work is done
            write_failure(self.command.id, error)
            return replace(outcome, lines=(*outcome.lines, _NOT_OPENED))
        return outcome

    def _with_what_was_kept(self, outcome: Outcome) -> Outcome:
        if self.master is None or self.master.kept is None:
            return outcome
        return replace(outcome, lines=(*outcome.lines, _NOT_SAVED, f"書き込む前の控え: {self.master.kept}"))

    def _progress(self, done: int, total: int, text: str) -> None:
        self._step(f"{_activity(self.command)} {done}/{total} {text}")

    def _step(self, text: str) -> None:
        self.excel.show_progress(text)
        if self.excel.wants_to_stop():
            raise Stopped

    def _live_master(self) -> LiveHost:
        self.master = LiveHost(self.excel.active_book(), self._step)
        return self.master

    def _definition(self) -> LiveHost | None:
        """The workbook in front if it is a master; None for any other."""
        return self._live_master() if is_master(self.excel.active_book()) else None

    def _ask_document(self, title: str) -> Path:
        self.document = self.excel.ask_file(title, DOCUMENTS)
        return self.document

    def _ask(self, parameter: Parameter) -> object:
        title = f"{self.command.label}: {parameter.help}"
        proposed = self.command.proposed
        asks: dict[Ask, Callable[[], object]] = {
            Ask.MASTER: self._live_master,
            Ask.FOLDER: lambda: self.excel.ask_folder(title),
            Ask.DATA_FILE: lambda: self.excel.ask_file(title, DATA_FILES),
            Ask.DOCUMENT: lambda: self._ask_document(title),
            Ask.BESIDE: lambda: self.document.with_name(f"{self.document.stem}_{proposed}.docx"),
            Ask.HANDOUT_OR_MASTER: lambda: self.excel.ask_file(title, HANDOUTS_AND_MASTERS),
            Ask.NEW_WORKBOOK: lambda: self.excel.ask_new_file(title, Path(f"{proposed}.xlsx")),
            Ask.NEW_DOCUMENT: lambda: self.excel.ask_new_file(title, Path(f"{proposed}.docx")),
            Ask.NEW_PAGE: lambda: self.excel.ask_new_file(title, Path(f"{proposed}.html")),
            Ask.DEFINITION: self._definition,
            Ask.TABLE: lambda: self.excel.ask_text(title),
        }
        return asks.get(parameter.ask, lambda: None)()


def _activity(command: Command) -> str:
    """What is going on, in the status bar: 取込中 for 調査票の取込."""
    return f"{command.label.rpartition('の')[2]}中"
