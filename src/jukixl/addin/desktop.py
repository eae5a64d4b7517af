"""What the add-in needs of Windows itself, not of Excel: so that it can still say something when Excel can't be asked."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

TITLE = "住基資料"
_SET_FOREGROUND = 0x10000  # MB_SETFOREGROUND: the box of a process without a window would open behind Excel
_ESCAPE, _HELD = 0x1B, 0x8000
_SHOW_NORMAL = 1


def show_box(window: int, text: str) -> None:
    """A message box in front of this window; returns when it is closed."""
    _pywin32("win32api").MessageBox(window, text, TITLE, _SET_FOREGROUND)


def process_of(window: int) -> int:
    """The number of the process that this window belongs to; one Excel is one process."""
    return int(_pywin32("win32process").GetWindowThreadProcessId(window)[1])


def is_escape_held(window: int) -> bool:
    """Whether Esc is held down for the program of this window; Esc in Word stops nothing here."""
    if not _pywin32("win32api").GetAsyncKeyState(_ESCAPE) & _HELD:
        return False
    front = _pywin32("win32gui").GetForegroundWindow()  # 0 while the focus goes from one to another
    return front != 0 and process_of(front) == process_of(window)


def open_file(window: int, path: Path) -> None:
    """Open a file with the program that Windows has for it."""
    _pywin32("win32api").ShellExecute(window, "open", str(path), None, None, _SHOW_NORMAL)


def _pywin32(module: str) -> Any:  # noqa: ANN401 - pywin32 has no types, and is there on Windows only
    return import_module(module)
