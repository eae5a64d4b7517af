"""What a ribbon button does. The add-in's only macro calls `press`; nothing gets past it but a Japanese message."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jukixl.addin.excel import Cancelled, Excel, is_busy
from jukixl.addin.live import LiveHost
from jukixl.addin.log import write_done, write_failure
from jukixl.commands.registry import COMMANDS, Ask, Command, Outcome, Parameter
from jukixl.errors import JukixlError

if TYPE_CHECKING:
    import xlwings

_HANDLE = "--hwnd="
_BUSY = (
    "Excel が処理中です。セルの編集やダイアログを閉じてから、もう一度押してください。何も書き換えていません。"
)
_FAILED = (
    "処理を続けられませんでした。マスターは元のままです。",
    "ブックを保存し、Excel を開き直してからもう一度押してください。続くときは「診断」の結果を添えて担当に連絡してください。",
)


def press(control: str) -> None:
    """Run the command of a button in the Excel that called. Never raises."""
    press_in(_calling_excel(), control)


def _calling_excel() -> xlwings.App:
    """The Excel whose button it was: the macro says which; `Book.caller` would want an open workbook, too."""
    import xlwings

    handles = [argument[len(_HANDLE) :] for argument in sys.argv if argument.startswith(_HANDLE)]
    found = next((app for app in xlwings.apps if str(app.hwnd) in handles), None) or xlwings.apps.active
    assert found is not None, "a button was pressed, so there is an Excel"
    return found


def press_in(app: xlwings.App, control: str) -> None:
    """Run the command of a button in this Excel; whatever happens ends in one message or, when cancelled, in none."""
    excel = Excel(app)
    command = next(command for command in COMMANDS if command.control == control)
    try:
        excel.require_ready()
        outcome = _Button(excel, command).run()
    except Cancelled:
        return
    except JukixlError as error:
        excel.show_message(tuple(str(problem) for problem in error.problems))
    except Exception as error:  # noqa: BLE001 - the last line of defence: Excel would show an empty English box
        _report(excel, command, error)
    else:
        write_done(command.id, outcome.exit_code)
        excel.show_message(outcome.lines)


def _report(excel: Excel, command: Command, error: Exception) -> None:
    if is_busy(error):
        excel.show_message((_BUSY,))
        return
    log = write_failure(command.id, error)
    excel.show_message((f"「{command.label}」: {_FAILED[0]}", *_FAILED[1:], f"記録: {log}"))


class _Button:
    """One press: ask for what is needed, run, show what was made."""

    def __init__(self, excel: Excel, command: Command) -> None:
        self.excel = excel
        self.command = command

    def run(self) -> Outcome:
        arguments = {parameter.name: self._ask(parameter) for parameter in self.command.parameters}
        with self.excel.quiet():
            outcome = self.command.load()(arguments, self._progress)
        if outcome.opens is not None:
            self.excel.open_file(outcome.opens)
        if outcome.shows is not None:
            self.excel.show_sheet(outcome.shows)
        return outcome

    def _progress(self, done: int, total: int, text: str) -> None:
        self.excel.show_progress(f"{self.command.label}中 {done}/{total} {text}")
        if self.excel.wants_to_stop():
            raise Cancelled

    def _ask(self, parameter: Parameter) -> object:
        title = f"{self.command.label}: {parameter.help}"
        proposed = self.command.proposed
        asks: dict[Ask, Callable[[], object]] = {
            Ask.MASTER: lambda: LiveHost(self.excel.active_book()),
            Ask.FOLDER: lambda: self.excel.ask_folder(title),
            Ask.DATA_FILE: lambda: self.excel.ask_file(title, documents=False),
            Ask.DOCUMENT: lambda: self.excel.ask_file(title, documents=True),
            Ask.NEW_WORKBOOK: lambda: self.excel.ask_new_file(
                title, Path(f"{proposed}.xlsx"), documents=False
            ),
            Ask.NEW_DOCUMENT: lambda: self.excel.ask_new_file(
                title, Path(f"{proposed}.docx"), documents=True
            ),
            Ask.TABLE: lambda: self.excel.ask_text(title),
        }
        return asks.get(parameter.ask, lambda: None)()
