"""The computer as the diagnosis sees it: folders, versions, Windows' registry. Handed to each probe, so a test can
hand in another.

What touches Windows itself (registry, drive types) has been run on Windows by nobody yet: see docs/excel-checklist.md.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from jukixl.folders import config_folder

ReadKey = Callable[[str], Mapping[str, object]]
r"""A registry key such as `HKCU\Software\…` → its values by name in lower case, the default value as "".

Empty where there is no such key, or it may not be read.
"""

_REMOTE_DRIVE = 4  # DRIVE_REMOTE of GetDriveTypeW
_HIVES = {"HKCU": "HKEY_CURRENT_USER", "HKLM": "HKEY_LOCAL_MACHINE"}


@dataclass(frozen=True)
class Environment:
    """One computer, one user.

    `version_of` gives the version of an installed distribution, None where there is none. `config` is the user's own
    folder of jukixl, `xlstart` the one from which Excel opens everything at start; None where nothing says where
    Excel would look. `program_folders` may hold LibreOffice. `needed` are the distributions without which no command works.
    """

    is_windows: bool
    python_version: tuple[int, int, int]
    python_folder: Path
    config: Path
    xlstart: Path | None
    font_folders: tuple[Path, ...]
    program_folders: tuple[Path, ...]
    read_key: ReadKey
    is_remote: Callable[[Path], bool]
    version_of: Callable[[str], str | None]
    needed: tuple[str, ...]


def this_environment() -> Environment:
    """The computer and the user that this runs for."""
    is_windows = sys.platform == "win32"
    return Environment(
        is_windows,
        sys.version_info[:3],
        Path(sys.prefix),
        config_folder(),
        find_xlstart(),
        _folders(("WINDIR", "Fonts"), ("LOCALAPPDATA", "Microsoft/Windows/Fonts")),
        (
            *(Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder),
            *_folders(("PROGRAMFILES", "LibreOffice/program"), ("PROGRAMFILES(X86)", "LibreOffice/program")),
        ),
        _read_key if is_windows else lambda _key: {},
        _is_remote,
        find_version,
        find_needed(),
    )


def find_xlstart() -> Path | None:
    """The folder whose workbooks Excel opens when it starts, below %APPDATA%; None where that isn't set (no Windows)."""
    base = os.environ.get("APPDATA")
    return Path(base) / "Microsoft" / "Excel" / "XLSTART" if base else None


def find_version(distribution: str) -> str | None:
    """The installed version of a distribution; None where it isn't installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def find_needed() -> tuple[str, ...]:
    """The distributions that jukixl needs for its commands, as its own metadata says; none where it isn't installed."""
    try:
        lines = requires("jukixl") or []
    except PackageNotFoundError:
        return ()
    return tuple(re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in lines if "extra ==" not in line)


def _folders(*places: tuple[str, str]) -> tuple[Path, ...]:
    """Folders below those that environment variables name; those that aren't set are left out."""
    return tuple(Path(base) / below for variable, below in places if (base := os.environ.get(variable)))


def _read_key(key: str) -> Mapping[str, object]:
    """Windows only."""
    winreg: Any = import_module("winreg")
    hive, _, path = key.partition("\\")
    try:
        with winreg.OpenKey(getattr(winreg, _HIVES[hive]), path) as handle:
            count = winreg.QueryInfoKey(handle)[1]
            values = [winreg.EnumValue(handle, number) for number in range(count)]
    except OSError:
        return {}
    return {str(name).lower(): value for name, value, _ in values}


def _is_remote(path: Path) -> bool:
    r"""Whether a path lies on another computer: `\\server\share\…`, or a drive letter that stands for one (Windows)."""
    if str(path).startswith(("\\\\", "//")):
        return True
    if sys.platform != "win32":
        return False
    ctypes: Any = import_module("ctypes")
    return bool(ctypes.windll.kernel32.GetDriveTypeW(f"{path.drive}\\") == _REMOTE_DRIVE)
