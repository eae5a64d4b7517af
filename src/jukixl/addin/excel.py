"""Excel as the commands see it: the workbook in front, dialogs, status bar, one message; everything put back afterwards.

Goes through xlwings (its BSD part) and Excel's own object model below it (`.api`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jukixl.errors import InputError, Refusal

if TYPE_CHECKING:
    import xlwings

TITLE = "住基資料"
_FOLDER_PICKER = 4  # msoFileDialogFolderPicker
_CHOSEN = -1
_WORKBOOKS = "Excel ブック (*.xlsx),*.xlsx"
_DOCUMENTS = "Word 文書 (*.docx),*.docx"
_DATA_FILES = "CSV・Excel ブック (*.csv;*.xlsx),*.csv;*.xlsx"
_MESSAGE_LINES = 20
_ESCAPE, _HELD = 0x1B, 0x8000
_BUSY = {-2147418111, -2147417846, -2146777998}
"""HRESULTs of a busy Excel: call rejected, retry later, VBA_E_IGNORE (a cell is being edited)."""


class Cancelled(Exception):  # noqa: N818 - not an error: the user changed their mind
    """A dialog was closed or Esc was pressed; nothing has been written."""


def is_busy(error: BaseException) -> bool:
    """Whether Excel refused a call because it is busy, shows a dialog or a cell is being edited."""
    code = getattr(error, "hresult", None)
    return code in _BUSY


class Excel:
    """The running Excel that the button was pressed in."""

    def __init__(self, app: xlwings.App) -> None:
        self.app = app

    @property
    def api(self) -> Any:  # noqa: ANN401 - Excel's own objects have no types
        return self.app.api

    def require_ready(self) -> None:
        """InputError where Excel can't take calls: a cell is being edited, or only a protected view is open."""
        if self.api.Ready is False:
            raise InputError(
                "Excel が応答できません。セルの編集中であれば Enter か Esc で確定してから、もう一度押してください。"
            )
        if self.api.ActiveWorkbook is None and self.api.ProtectedViewWindows.Count:
            raise InputError(
                "保護ビューで開かれています。「編集を有効にする」を押してから、もう一度押してください。"
            )

    def active_book(self) -> xlwings.Book:
        """The workbook in front. InputError where there is none."""
        if self.api.ActiveWorkbook is None:
            raise InputError("ブックが開かれていません。マスターを開いてから押してください。")
        return self.app.books.active

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """No redrawing, events or questions meanwhile; settings, status bar and selection are put back whatever happens."""
        kept = {name: getattr(self.api, name) for name in ("ScreenUpdating", "EnableEvents", "DisplayAlerts")}
        book, selection = self.api.ActiveWorkbook, self._selection()
        for name in kept:
            setattr(self.api, name, False)
        try:
            yield
        finally:
            for name, value in kept.items():
                setattr(self.api, name, value)
            self.api.StatusBar = False
            if book is not None:
                book.Activate()
            if selection is not None:
                selection.Worksheet.Activate()
                selection.Select()

    def _selection(self) -> Any:  # noqa: ANN401
        """The selected cells; None where something else (a picture, nothing) is selected."""
        selection = self.api.Selection
        return selection if selection is not None and hasattr(selection, "Worksheet") else None

    def show_progress(self, text: str) -> None:
        """Text in the status bar."""
        self.api.StatusBar = text

    def wants_to_stop(self) -> bool:
        """Whether Esc is held down: long work asks between its steps, before anything is written."""
        try:
            import win32api
        except ImportError:  # no Windows: nothing to ask
            return False
        return bool(win32api.GetAsyncKeyState(_ESCAPE) & _HELD)

    def show_message(self, lines: tuple[str, ...]) -> None:
        """The one message at the end; long ones are cut, with how much was left out."""
        shown = list(lines)
        if len(shown) > _MESSAGE_LINES:
            hidden = len(shown) - _MESSAGE_LINES
            shown = [
                *shown[: _MESSAGE_LINES - 4],
                f"（ほか {hidden} 行）",
                *shown[-4:],
            ]
        self.app.alert("\n".join(shown), TITLE, "ok")

    def ask_folder(self, title: str) -> Path:
        """A folder that the user chooses. Cancelled where they don't."""
        dialog = self.api.FileDialog(_FOLDER_PICKER)
        dialog.Title = title
        if dialog.Show() != _CHOSEN:
            raise Cancelled
        return Path(str(dialog.SelectedItems(1)))

    def ask_file(self, title: str, *, documents: bool) -> Path:
        """An existing file that the user chooses."""
        return self._chosen(self.api.GetOpenFilename(_DOCUMENTS if documents else _DATA_FILES, 1, title))

    def ask_new_file(self, title: str, proposed: Path, *, documents: bool) -> Path:
        """A path to save to."""
        return self._chosen(
            self.api.GetSaveAsFilename(str(proposed), _DOCUMENTS if documents else _WORKBOOKS, 1, title)
        )

    def _chosen(self, answer: object) -> Path:
        if not isinstance(answer, str) or not answer:
            raise Cancelled
        return Path(answer)

    def ask_text(self, question: str) -> str:
        """A line that the user types."""
        answer = self.api.InputBox(question, TITLE)
        if not isinstance(answer, str) or not answer.strip():
            raise Cancelled
        return answer.strip()

    def open_file(self, path: Path) -> None:
        """Open a workbook in this Excel, anything else with the program that Windows has for it."""
        if path.suffix == ".xlsx":
            self.app.books.open(str(path))
        else:
            self.api.ActiveWorkbook.FollowHyperlink(str(path))

    def show_sheet(self, name: str) -> None:
        """Bring a sheet of the workbook in front to the front."""
        self.app.books.active.sheets[name].activate()


def require_usable(book: xlwings.Book, *, to_write: bool) -> None:
    """InputError or Refusal where a workbook can't be worked on: unsaved, on the web, read-only."""
    folder = str(book.api.Path)
    if not folder:
        raise InputError(
            "このブックはまだ保存されていません。名前を付けて保存してから、もう一度押してください。"
        )
    if folder.lower().startswith(("http:", "https:")):
        message = "このブックは OneDrive か SharePoint の上で開かれています。PC のフォルダーに保存してから、もう一度押してください。"
        raise InputError(message)
    if to_write and book.api.ReadOnly:
        message = "このブックは読み取り専用で開かれています。ほかの人が開いていないか確かめ、開き直してから押してください。"
        raise Refusal(message)
