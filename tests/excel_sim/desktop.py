"""The user's desktop: the windows of the Excels that run, message boxes, the Esc key, files opened by Windows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyopenvba.apps.excel._model import Range

from excel_sim.com import ComObject
from excel_sim.pywin32 import HWND

if TYPE_CHECKING:
    from types import ModuleType

    from excel_sim.sim import ExcelSim

WORD = 99
"""The window of another program."""
_HELD = 0x8000


class Desktop:
    """All Excels, the one in front first. `holds_escape`: the user holds Esc down; `in_front`: the window they look at;
    `hides_processes`: Windows won't say which process a window belongs to, as for a program run as administrator.
    """

    def __init__(self, engine: ModuleType) -> None:
        self.excels: list[ExcelSim] = []
        self.holds_escape = False
        self.in_front = HWND
        self.hides_processes = False
        self._connect_engine(engine)
        self._connect_windows()

    def add(self, excel: ExcelSim) -> int:
        """Start another Excel, in front; the number of its window."""
        self.excels.insert(0, excel)
        self.in_front = HWND + len(self.excels) - 1
        return self.in_front

    def excel(self, window: int) -> ExcelSim:
        return next(excel for excel in self.excels if excel.window == window)

    def reachable(self) -> Iterator[int]:
        """The windows by which Windows can reach an Excel: those of Excels with a workbook."""
        return iter([excel.window for excel in self.excels if excel.has_window])

    def _connect_engine(self, engine: ModuleType) -> None:
        """Let xlwings find these Excels, each in the wrapper in which it always has them."""
        engine.get_xl_app_from_hwnd = lambda window: engine.COMRetryObjectWrapper(
            ComObject(self.excel(window).application)
        )
        engine.get_excel_hwnds = self.reachable
        engine.is_range_instance = _is_range
        engine.BOOK_CALLER = None

    def _connect_windows(self) -> None:
        api, gui, process = (sys.modules[name] for name in ("win32api", "win32gui", "win32process"))
        api.MessageBox = lambda window, text, *_: self.excel(window).messages.append(text)
        api.ShellExecute = lambda window, _verb, path, *_: self.excel(window).windows.opened.append(path)
        api.GetAsyncKeyState = lambda _: _HELD if self.holds_escape else 0
        gui.GetForegroundWindow = lambda: self.in_front
        process.GetWindowThreadProcessId = self._process_of

    def _process_of(self, window: int) -> tuple[int, int]:
        if self.hides_processes:
            raise sys.modules["pywintypes"].error(5, "GetWindowThreadProcessId", "Access is denied.")
        return 1, 1000 + window


def _is_range(one: object) -> bool:
    vba = getattr(one, "vba", None)
    return isinstance(vba, Range)
