"""Excel as the commands see it: the workbook in front, dialogs, status bar, one message; everything put back afterwards.

Goes through xlwings (its BSD part) and Excel's own object model below it (`.api`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jukixl.addin import desktop
from jukixl.addin.busy import is_busy, patiently
from jukixl.addin.engine import limit_attempts, spare_excels
from jukixl.errors import InputError, Refusal

if TYPE_CHECKING:
    import xlwings

_FOLDER_PICKER = 4  # msoFileDialogFolderPicker
_CHOSEN = -1
DOCUMENTS = "Word 文書 (*.docx),*.docx"
_NEW_FILES = {
    ".xlsx": "Excel ブック (*.xlsx),*.xlsx",
    ".docx": DOCUMENTS,
    ".html": "HTML (*.html),*.html",
}
DATA_FILES = "CSV・Excel ブック (*.csv;*.xlsx),*.csv;*.xlsx"
HANDOUTS_AND_MASTERS = "Word 文書・Excel ブック (*.docx;*.xlsx),*.docx;*.xlsx"
_MESSAGE_LINES = 20
_LAST_LINES = 6
"""Counts, what is missing, what to do next: what a command says at its end."""
_QUIET = ("EnableEvents", "DisplayAlerts", "ScreenUpdating")
_OTHER_EXCEL = "別の Excel で開いているときは、その Excel のボタンを押してください。"
_NOT_PUT_BACK = "Excel の画面や設定が元に戻らないときは、Excel を開き直してください。"


class Cancelled(Exception):  # noqa: N818 - not an error: the user changed their mind
    """A dialog was closed; nothing has been done."""


class Stopped(Cancelled):
    """Esc was held down in the middle of the work; what was done so far has to be undone on the way out."""


def find_excel(window: int) -> Excel:
    """The Excel that this window belongs to. Without a workbook Windows can't reach it: then one that only shows messages."""
    import xlwings

    limit_attempts()
    spare_excels()
    process = desktop.process_of(window)
    app = next((app for app in xlwings.apps if app.pid == process), None)
    return Excel(app, window) if app is not None else EmptyExcel(window)


class Excel:
    """The running Excel that the button was pressed in. `window` is the number of its window."""

    def __init__(self, app: xlwings.App, window: int) -> None:
        self.app = app
        self.window = window
        self.is_put_back = True

    @property
    def api(self) -> Any:  # noqa: ANN401 - Excel's own objects have no types
        return self.app.api

    def require_ready(self) -> None:
        """InputError where Excel can't take calls: a cell is being edited, or a protected view is in front."""
        if patiently(lambda: self.api.Ready) is False:
            raise InputError(
                "Excel が応答できません。セルの編集中であれば Enter か Esc で確定してから、もう一度押してください。"
            )
        if self.api.ActiveProtectedViewWindow is not None:
            raise InputError(
                "保護ビューで開かれています。「編集を有効にする」を押してから、もう一度押してください。"
            )

    def active_book(self) -> xlwings.Book:
        """The workbook in front. InputError where there is none."""
        if self.api.ActiveWorkbook is None:
            raise InputError(f"ブックが開かれていません。マスターを開いてから押してください。{_OTHER_EXCEL}")
        return self.app.books.active

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """No redrawing, events or questions meanwhile; settings, status bar and selection are put back whatever happens."""
        put_back = [self._keep("StatusBar"), *self._keep_book(), *map(self._keep, _QUIET)]
        try:
            for name in _QUIET:
                setattr(self.api, name, False)
            yield
        finally:
            self._put_back(put_back)

    def _keep(self, name: str) -> Callable[[], None]:
        value = getattr(self.api, name)
        return lambda: setattr(self.api, name, value)

    def _keep_book(self) -> list[Callable[[], None]]:
        """When Excel computes, the workbook in front and the cells selected there (not so a picture)."""
        book = self.api.ActiveWorkbook
        if book is None:
            return []
        selection = None if self.api.Selection is None else self.app.selection
        cells = [] if selection is None else [selection.sheet.activate, selection.select]
        return [self._keep("Calculation"), book.Activate, *cells]

    def _put_back(self, steps: list[Callable[[], None]]) -> None:
        for step in steps:
            try:
                patiently(step)
            except Exception as error:  # noqa: BLE001 - the other settings must still be put back
                self.is_put_back = False
                if is_busy(error):  # it won't take the others either
                    return

    def show_progress(self, text: str) -> None:
        """Text in the status bar."""
        self.api.StatusBar = text

    def wants_to_stop(self) -> bool:
        """Whether Esc is held down in Excel: long work asks between its steps."""
        return desktop.is_escape_held(self.window)

    def show_message(self, lines: tuple[str, ...]) -> None:
        """The one message at the end; long ones are cut, with how much was left out."""
        shown = list(lines)
        if len(shown) > _MESSAGE_LINES:
            hidden = len(shown) - _MESSAGE_LINES
            first = _MESSAGE_LINES - _LAST_LINES
            shown = [*shown[:first], f"（ほか {hidden} 行）", *shown[-_LAST_LINES:]]
        if not self.is_put_back:
            shown.append(_NOT_PUT_BACK)
        desktop.show_box(self.window, "\n".join(shown))

    def ask_folder(self, title: str) -> Path:
        """A folder that the user chooses. Cancelled where they don't."""
        dialog = self.api.FileDialog(_FOLDER_PICKER)
        dialog.Title = title
        if dialog.Show() != _CHOSEN:
            raise Cancelled
        return Path(str(dialog.SelectedItems(1)))

    def ask_file(self, title: str, kinds: str) -> Path:
        """An existing file that the user chooses, of these kinds."""
        return self._chosen(self.api.GetOpenFilename(kinds, 1, title))

    def ask_new_file(self, title: str, proposed: Path) -> Path:
        """A path to save to, a file of the kind that is proposed."""
        kind = _NEW_FILES[proposed.suffix]
        return self._chosen(self.api.GetSaveAsFilename(str(proposed), kind, 1, title))

    def _chosen(self, answer: object) -> Path:
        if not isinstance(answer, str) or not answer:
            raise Cancelled
        return Path(answer)

    def ask_text(self, question: str) -> str:
        """A line that the user types."""
        answer = self.api.InputBox(question, desktop.TITLE)
        if not isinstance(answer, str) or not answer.strip():
            raise Cancelled
        return answer.strip()

    def open_file(self, path: Path) -> None:
        """Open a workbook in this Excel, anything else with the program that Windows has for it."""
        if path.suffix == ".xlsx":
            self.app.books.open(str(path))
        else:
            desktop.open_file(self.window, path)

    def show_sheet(self, name: str) -> None:
        """Bring a sheet of the workbook in front to the front."""
        self.app.books.active.sheets[name].activate()


class EmptyExcel(Excel):
    """An Excel without a workbook. It has no window that programs could reach it by, so there are messages and nothing else."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.is_put_back = True

    @property
    def api(self) -> Any:  # noqa: ANN401
        """InputError: whatever needs Excel needs a workbook."""
        raise InputError(
            "ブックが一つも開かれていません。マスターを開いてから（新規作成では「空白のブック」を開いてから）、"
            f"もう一度押してください。{_OTHER_EXCEL}"
        )

    def require_ready(self) -> None:
        """Nothing to ask."""

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Nothing to put back."""
        yield

    def show_progress(self, text: str) -> None:
        """There is no status bar to reach."""

    def open_file(self, path: Path) -> None:
        """Open a file with the program that Windows has for it."""
        desktop.open_file(self.window, path)


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
        message = (
            "このブックは読み取り専用で開かれているため、書き込みませんでした。"
            "ほかの人や別の Excel が開いていないか確かめ、開き直してから押してください。"
        )
        raise Refusal(message)
