"""`ExcelSim`: the add-in loaded, workbooks opened, buttons pressed, functions called, and a record of all that was shown."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyopenvba import ExcelFile
from pyopenvba.apps.excel import SheetView
from pyopenvba.apps.excel._io import load_workbook
from pyopenvba.apps.excel._model import Range, Workbook
from pyopenvba.exceptions import VBAUnsupportedError
from pyopenvba.interpreter._objects import VBAObject
from pyopenvba.interpreter._values import EMPTY, VBAErrorValue, VBAInt, to_text
from pyopenvba.vba import VBAModuleKind

from excel_sim import pywin32
from excel_sim.application import SimApplication, extend_workbooks, settle
from excel_sim.com import ComObject, Guard, refuse, to_python, to_vba
from excel_sim.desktop import Desktop
from excel_sim.host import Button, Host
from excel_sim.windows import FileSystem, Server, Windows, WindowsShell, default_windows

CALL_REJECTED = -2147418111
"""RPC_E_CALL_REJECTED: a dialog is open, or Excel computes."""
CELL_IN_EDIT = -2146777998
"""VBA_E_IGNORE: a cell is being edited."""

_ERROR_TEXTS = {
    2000: "#NULL!",
    2007: "#DIV/0!",
    2015: "#VALUE!",
    2023: "#REF!",
    2029: "#NAME?",
    2036: "#NUM!",
    2042: "#N/A",
}

# The library's two entries, which VBA can't call here: the same signatures over what Windows would do.
_LIBRARY = """
Function LoadLibrary(ByVal FileName As String) As Long
    LoadLibrary = SimLoadLibrary(FileName)
End Function
Function XLPyDLLActivateAuto(ByRef Result As Variant, Optional ByVal Config As String = "", Optional ByVal mode As Long = 1) As Long
    Set Result = SimActivate(Config)
End Function
"""


@dataclass(frozen=True)
class Settings:
    """What a command must leave as it was."""

    screen_updating: bool
    calculation: int
    display_alerts: bool
    enable_events: bool
    status_bar: object
    book: str | None
    selection: str | None


class ExcelSim:
    """One Excel with the add-in. `windows` are the user's files; `callbacks` maps a button's id to its macro.

    `messages`: the texts of all message boxes, VBA's and Python's, in order. `desktop` is what the user sees and holds
    down; `beside` is another Excel that runs on it already.
    """

    def __init__(
        self,
        addin: bytes,
        *,
        windows: Windows | None = None,
        modules_before: Mapping[str, str] | None = None,
        beside: ExcelSim | None = None,
    ) -> None:
        engine = pywin32.install(ComObject)
        self.desktop = beside.desktop if beside else Desktop(engine)
        self.windows = windows or default_windows()
        self.messages = self.windows.popups
        self.excel = Host()
        self.application: SimApplication = self.excel.application
        self.window = self.application.window = self.desktop.add(self)
        extend_workbooks()
        self._connect()
        for name, source in (modules_before or {}).items():
            self.excel.add_module(source, name=name)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "jukixl.xlam"
            path.write_bytes(addin)
            self._load_addin(path)

    @property
    def has_window(self) -> bool:
        """Whether a workbook is open, without which programs can't reach this Excel."""
        return bool(self.application.workbooks_.books) or self.application.protected_views > 0

    @property
    def status_bar(self) -> object:
        """Its text now; False when Excel has it."""
        return to_python(self.application.status_bar)

    @property
    def status_texts(self) -> list[object]:
        """All texts that the status bar has shown."""
        return [
            value
            for name, value in self.application.changes
            if name.lower() == "statusbar" and value is not False
        ]

    @property
    def questions(self) -> list[str]:
        """The titles of all dialogs that asked for a file, a folder or a text."""
        return self.application.questions

    def answer(self, *answers: str | None) -> None:
        """What the user chooses in the next such dialogs; None, and any dialog beyond, is cancelled."""
        self.application.answers.extend(answers)

    @contextmanager
    def guarded(self, guard: Guard) -> Iterator[None]:
        """Every call from outside is first put to `guard`, which may raise what Excel would."""
        ComObject.guard = guard
        try:
            yield
        finally:
            ComObject.guard = None

    def busy(self, hresult: int = CALL_REJECTED) -> AbstractContextManager[None]:
        """Excel refuses every call from outside, as while a dialog is open."""
        return self.guarded(lambda *_: refuse(hresult))

    def at_status(self, text: str, act: Callable[[], None]) -> None:
        """Do something as soon as the status bar shows this text."""

        def watch(name: str, value: object) -> None:
            if name.lower() == "statusbar" and isinstance(value, str) and text in value:
                act()

        self.application.watchers.append(watch)

    def hold_escape(self) -> None:
        """The user holds Esc down."""
        self.desktop.holds_escape = True

    @property
    def settings(self) -> Settings:
        """Excel's settings now."""
        app = self.application
        selection = app.vba_get("Selection") if app.active_book else None
        address = None
        if isinstance(selection, Range):
            address = f"{selection.sheet.name}!{to_text(selection.vba_get('Address'))}"
        return Settings(
            screen_updating=app.screen_updating,
            calculation=app.calculation,
            display_alerts=app.display_alerts,
            enable_events=app.enable_events,
            status_bar=to_python(app.status_bar),
            book=app.active_book.name if app.active_book else None,
            selection=address,
        )

    def open(self, path: Path) -> Workbook:
        """Open a workbook and make it the active one."""
        return self.excel.open_workbook(path)

    def sheet(self, name: str | int, book: Workbook | None = None) -> SheetView:
        """A sheet of the active workbook, or of this one, with `value(a1)` and `set_value(a1, value)`."""
        return self.excel.sheet(name, workbook=book)

    def save(self, path: Path) -> Path:
        """Save the active workbook to a file, to be read with other programs."""
        assert self.application.active_book is not None
        settle(self.application.active_book)
        return self.excel.save(path)

    def press(self, control_id: str) -> None:
        """Press a button of the ribbon."""
        self.desktop.in_front = self.window
        macro = self.callbacks[control_id]
        self.excel.interpreter.run(macro, [Button(control_id)])

    def call_udf(self, name: str, *arguments: object, caller: Range | None = None) -> object:
        """Call a function as a cell would, through its VBA wrapper; error values come back as their texts.

        Arguments are plain values, lists of rows, or ranges (`range`). `caller` is the cell with the formula.
        """
        self.application.caller = caller or VBAErrorValue(2023)
        try:
            found = self.excel.interpreter.run(
                f"JukixlFunctions.{name}", [to_vba_argument(one) for one in arguments]
            )
        finally:
            self.application.caller = VBAErrorValue(2023)
        return _with_error_texts(to_python(found))

    def range(self, sheet: str | int, address: str) -> Range:
        """A range of the active workbook."""
        found = self.sheet(sheet).sheet.vba_get("Range", [address])
        assert isinstance(found, Range)
        return found

    def _connect(self) -> None:
        """Give VBA what it reaches outside Excel."""
        interpreter = self.excel.interpreter
        interpreter._intrinsics = {
            **interpreter._intrinsics,
            "environ": lambda _, args, __: self.windows.environment.get(to_text(args[0]).upper(), ""),
            "simloadlibrary": lambda _, args, __: VBAInt(self.windows.load_library(to_text(args[0])), "Long"),
            "simactivate": lambda _, args, __: self._activate(to_text(args[0])),
        }
        objects = {"wscript.shell": WindowsShell, "scripting.filesystemobject": FileSystem}

        def create(name: str) -> VBAObject:
            if name.lower() not in objects:
                raise VBAUnsupportedError(f"CreateObject({name!r})")
            return objects[name.lower()](self.windows)

        interpreter.host.create = create

    def _activate(self, command: str) -> Server:
        self.windows.server_commands.append(command)
        return Server(self.windows)

    def _load_addin(self, path: Path) -> None:
        self.addin = load_workbook(self.application, path)
        self.application._this_workbook = self.addin  # an add-in isn't among the Workbooks
        with ExcelFile(path) as file:
            for module in file.vba_project().modules:
                self._load_module(
                    module.name, module.source, is_standard=module.kind is VBAModuleKind.standard
                )
        self._replace_library()
        self.callbacks = _read_callbacks(path)

    def _load_module(self, name: str, source: str, *, is_standard: bool) -> None:
        lines = source.splitlines()
        kept = [
            line for line in lines if not (line.startswith("Attribute ") and ".VB_" in line)
        ]  # of procedures
        self.excel.add_module("\n".join(kept), name=name, kind="standard" if is_standard else "document")
        if is_standard:
            self.excel.interpreter.host.modules |= {name.lower()}

    def _replace_library(self) -> None:
        interpreter = self.excel.interpreter
        library = interpreter.add_module(_LIBRARY, name="SimLibrary")
        module = interpreter.module("JukixlPython")
        for declare in module.parsed.declares:
            module.procedures[declare.name.lower()] = library.procedures[declare.name.lower()]
        module.parsed.declares.clear()
        del interpreter.modules["simlibrary"]


def to_vba_argument(value: object) -> object:
    """An argument of a cell's formula as VBA gets it; a blank cell is Empty."""
    return value if isinstance(value, VBAObject) else to_vba(value)


def _with_error_texts(value: object) -> object:
    if isinstance(value, tuple):
        return [_with_error_texts(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and value < -2_000_000_000:
        return _ERROR_TEXTS.get(value + 2146828288, value)
    return value


def _read_callbacks(path: Path) -> dict[str, str]:
    """Button → macro, from the ribbon part that the package's relationships name."""
    import zipfile

    from lxml import etree

    with zipfile.ZipFile(path) as package:
        relationships = etree.fromstring(package.read("_rels/.rels"))
        parts = [one.get("Target") for one in relationships if one.get("Type").endswith("/ui/extensibility")]
        ribbons = [etree.fromstring(package.read(part.lstrip("/"))) for part in parts]
    return {
        e.get("id"): e.get("onAction")
        for ribbon in ribbons
        for e in ribbon.iter(etree.Element)
        if e.get("onAction")
    }


__all__ = ["EMPTY", "ExcelSim", "Settings"]
