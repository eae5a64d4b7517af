"""Excel's Application and workbooks with what the add-in needs beyond pyOpenVBA."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

from pyopenvba.apps.excel._io import save_workbook
from pyopenvba.apps.excel._model import Application, Workbook
from pyopenvba.interpreter._objects import MemberSpec, VBACollection, VBAObject, member, method, setter
from pyopenvba.interpreter._values import EMPTY, MISSING, NOTHING, VBAErrorValue, VBAInt, error, to_text
from pyopenvba.powerquery import _opc

from excel_sim import pywin32
from excel_sim.com import to_python

_XL_WORKBOOK = 51


class SimApplication(Application):
    """Excel's Application with what the add-in needs beyond pyOpenVBA, and a record of every property set."""

    vba_type_name = "Application"
    vba_library = Application.vba_library

    def __init__(self) -> None:
        super().__init__()
        self.caller: object = VBAErrorValue(2023)
        self.changes: list[tuple[str, object]] = []
        self.cursor: object = VBAInt(-4143, "Long")
        self.interactive: object = True
        self.is_ready = True
        self.protected_views = 0
        self.window = pywin32.HWND
        self.cancel_key: object = VBAInt(1, "Long")
        self.has_picture_selected = False
        self.watchers: list[Callable[[str, object], None]] = []
        self.answers: list[str | None] = []
        self.questions: list[str] = []

    def vba_set(self, name: str, value: object, *args: object, **named: object) -> None:
        super().vba_set(name, value, *args, **named)
        self.changes.append((name, to_python(value)))
        for watcher in self.watchers:
            watcher(name, to_python(value))

    @member
    def Hwnd(self) -> object:
        return VBAInt(self.window, "Long")

    @member
    def Caller(self) -> object:
        return self.caller

    @member
    def Ready(self) -> object:
        return self.is_ready

    @member
    def Cursor(self) -> object:
        return self.cursor

    @setter("Cursor")
    def _set_cursor(self, value: object) -> None:
        self.cursor = value

    @member
    def Interactive(self) -> object:
        return self.interactive

    @setter("Interactive")
    def _set_interactive(self, value: object) -> None:
        self.interactive = value

    @member
    def EnableCancelKey(self) -> object:
        return self.cancel_key

    @setter("EnableCancelKey")
    def _set_cancel_key(self, value: object) -> None:
        self.cancel_key = value

    @member
    def Selection(self) -> object:
        return Picture() if self.has_picture_selected else super().Selection()

    @member
    def ActiveProtectedViewWindow(self) -> object:
        return ProtectedView() if self.protected_views else NOTHING

    def ask(self, question: object) -> object:
        """What the user answers next; False, as Excel gives it, when they cancel or no answer was prepared."""
        self.questions.append(to_text(question))
        answer = self.answers.pop(0) if self.answers else None
        return False if answer is None else answer

    @method
    def GetOpenFilename(
        self,
        FileFilter: object = MISSING,
        FilterIndex: object = MISSING,
        Title: object = MISSING,
    ) -> object:
        return self.ask(Title)

    @method
    def GetSaveAsFilename(
        self,
        InitialFilename: object = MISSING,
        FileFilter: object = MISSING,
        FilterIndex: object = MISSING,
        Title: object = MISSING,
    ) -> object:
        return self.ask(Title)

    @method
    def InputBox(self, Prompt: object = MISSING, Title: object = MISSING) -> object:
        return self.ask(Prompt)

    @member
    def FileDialog(self, kind: object = MISSING) -> object:
        return FileDialog(self)


class Picture(VBAObject):
    """A picture on a sheet: no cells, so it has no address."""

    vba_type_name = "Picture"

    @member
    def Address(self) -> object:
        raise error(438, "Object doesn't support this property or method")


class ProtectedView(VBAObject):
    """A workbook that is only shown, in front."""

    vba_type_name = "ProtectedViewWindow"


class Items(VBACollection):
    """A collection of texts."""

    vba_type_name = "Collection"

    def __init__(self, items: list[str]) -> None:
        self.items = items

    def vba_items(self) -> list[object]:
        return list(self.items)


class FileDialog(VBAObject):
    """A dialog that chooses a folder."""

    vba_type_name = "FileDialog"

    def __init__(self, application: SimApplication) -> None:
        self.application = application
        self.title: object = ""
        self.chosen: list[str] = []

    @member
    def Title(self) -> object:
        return self.title

    @setter("Title")
    def _set_title(self, value: object) -> None:
        self.title = value

    @method
    def Show(self) -> object:
        answer = self.application.ask(self.title)
        self.chosen = [answer] if isinstance(answer, str) else []
        return VBAInt(-1 if self.chosen else 0, "Long")

    @member
    def SelectedItems(self) -> object:
        return Items(self.chosen)


def settle(book: Workbook) -> None:
    """Have what depends on changed cells computed, unless computing is manual, and saved with them: pyOpenVBA writes
    only the sheets that were written to."""
    if not any(sheet.dirty for sheet in book.sheets_):
        return
    if book.calculator.automatic:
        book.calculator.calculate_all()
    was_saved = book.saved
    for sheet in book.sheets_:
        sheet.touched()
    book.saved = was_saved


def _deflated(data: bytes) -> bytes:
    compressor = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


_opc.raw_compress = _deflated  # pyOpenVBA's own, in Python, took half the time of all tests


def extend_workbooks() -> None:
    """What xlwings and the commands ask of every workbook, beyond pyOpenVBA; `read_only` may be set on one."""

    def save_copy(book: Workbook, file_name: object) -> object:
        settle(book)
        save_workbook(book, Path(to_text(file_name)))
        return EMPTY

    Workbook.vba_add_member(MemberSpec("FileFormat", "property", lambda _: VBAInt(_XL_WORKBOOK, "Long")))
    Workbook.vba_add_member(
        MemberSpec("ReadOnly", "property", lambda book: getattr(book, "read_only", False))
    )
    Workbook.vba_add_member(MemberSpec("SaveCopyAs", "method", save_copy, parameters=("Filename",)))
