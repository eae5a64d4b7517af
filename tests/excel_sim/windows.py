"""What the add-in's VBA reaches outside Excel: files, the shell, the library that starts the server of functions."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from pyopenvba.interpreter._objects import VBAObject, member, method
from pyopenvba.interpreter._values import EMPTY, MISSING, VBAInt, error, to_text

from excel_sim.com import to_python, to_vba

APPDATA = r"C:\Users\職員\AppData\Roaming"
PYTHON = r"C:\Users\職員\AppData\Local\jukixl\venv\Scripts\pythonw.exe"
CONFIG = APPDATA + r"\jukixl\xlwings.conf"
_COMMAND = re.compile(r'"(?P<python>[^"]+)" -P -B -c "(?P<code>[^"]*)"')
AUTOMATION_ERROR = 440


@dataclass
class Windows:
    """A Windows of one user: files by path, environment; and a record of what was asked of it."""

    files: dict[str, str]
    environment: dict[str, str]
    asked: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    popups: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    server_commands: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)

    def exists(self, path: str) -> bool:
        self.asked.append(path)
        return path in self.files

    def expand(self, text: str) -> str:
        return re.sub(r"%(\w+)%", lambda match: self.environment.get(match[1].upper(), match[0]), text)

    def load_library(self, path: str) -> int:
        """Its handle, 0 where there is no such file."""
        self.libraries.append(path)
        return int(path in self.files)

    def run(self, command: str) -> int:
        """Run a command line as its own process would; the exit code. Only Python's own form is known."""
        self.commands.append(command)
        match = _COMMAND.fullmatch(command)
        assert match, f"unexpected command line: {command}"
        return self._run_python(match["code"], ["-c"])

    def _run_python(self, code: str, arguments: list[str]) -> int:
        before, sys.argv = sys.argv, arguments
        try:
            exec(compile(code, "<RunPython>", "exec"), {"__name__": "__main__"})  # noqa: S102 - this is RunPython
        except SystemExit as end:
            return int(end.code or 0)
        except Exception:  # noqa: BLE001 - a process ends with 1, whatever went wrong in it
            self.tracebacks.append(traceback.format_exc())
            return 1
        finally:
            sys.argv = before
        return 0


def default_windows() -> Windows:
    """A PC where the add-in has been installed."""
    venv = PYTHON.rsplit("\\", 2)[0]
    files = {PYTHON: "", CONFIG: '"INTERPRETER_WIN","%LOCALAPPDATA%\\jukixl\\venv\\Scripts\\pythonw.exe"\r\n'}
    files |= {f"{venv}\\xlwings{bits}-0.37.8.dll": "" for bits in (32, 64)}
    environment = {"APPDATA": APPDATA, "LOCALAPPDATA": r"C:\Users\職員\AppData\Local", "TEMP": r"C:\Temp"}
    return Windows(files, environment)


class WindowsShell(VBAObject):
    """WScript.Shell."""

    vba_type_name = "WshShell"

    def __init__(self, windows: Windows) -> None:
        self.windows = windows

    @method
    def ExpandEnvironmentStrings(self, text: object = MISSING) -> object:
        return self.windows.expand(to_text(text))

    @method
    def Run(
        self, Command: object = MISSING, WindowStyle: object = MISSING, WaitOnReturn: object = MISSING
    ) -> object:
        assert WaitOnReturn is True, "Excel must wait"
        return VBAInt(self.windows.run(to_text(Command)), "Long")

    @method
    def Popup(
        self, Text: object = MISSING, Wait: object = MISSING, Title: object = MISSING, Type: object = MISSING
    ) -> object:
        self.windows.popups.append(to_text(Text))
        return VBAInt(1, "Long")


class FileSystem(VBAObject):
    """Scripting.FileSystemObject."""

    vba_type_name = "FileSystemObject"

    def __init__(self, windows: Windows) -> None:
        self.windows = windows

    @method
    def FileExists(self, path: object = MISSING) -> object:
        return self.windows.exists(to_text(path))

    @method
    def OpenTextFile(self, path: object = MISSING, mode: object = MISSING) -> object:
        if not self.windows.exists(to_text(path)):
            raise error(53)
        return TextStream(self.windows.files[to_text(path)].splitlines())


class TextStream(VBAObject):
    """What OpenTextFile gives."""

    vba_type_name = "TextStream"

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    @member
    def AtEndOfStream(self) -> object:
        return not self.lines

    @method
    def ReadLine(self) -> object:
        return self.lines.pop(0)

    @method
    def Close(self) -> object:
        return EMPTY


class Server(VBAObject):
    """The object that the xlwings library gives VBA: xlwings' own server, without a process between."""

    vba_type_name = "XLPython"

    def __init__(self, windows: Windows) -> None:
        from xlwings.com_server import XLPython

        self.windows = windows
        self.server = XLPython()

    @method
    def CallUDF(
        self,
        module: object = MISSING,
        name: object = MISSING,
        arguments: object = MISSING,
        book: object = MISSING,
        caller: object = MISSING,
    ) -> object:
        given = (to_text(module), to_text(name), to_python(arguments), to_python(book), to_python(caller))
        return to_vba(self._answer(self.server.CallUDF, *given))

    @method
    def Exec(self, statement: object = MISSING) -> object:
        self._answer(self.server.Exec, to_text(statement), {"__name__": "__main__"})
        return EMPTY

    def _answer(self, function: Callable[..., object], *arguments: object) -> object:
        """What Python gives back; its exception reaches VBA as an automation error."""
        try:
            return function(*arguments)
        except Exception as failure:
            self.windows.tracebacks.append(traceback.format_exc())
            raise error(AUTOMATION_ERROR, f"{type(failure).__name__}: {failure}") from failure


__all__ = [
    "APPDATA",
    "CONFIG",
    "PYTHON",
    "FileSystem",
    "Server",
    "Windows",
    "WindowsShell",
    "default_windows",
]
