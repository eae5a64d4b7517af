"""pip, resolving for Windows on any computer: `python target_pip.py 3.11 download …`.

`pip download --platform` chooses files for another computer but reads the conditions of requirements ("only on
Windows") with this one's answers, and so forgets pywin32 wherever it isn't run on Windows. pip is given the answers of
the computer meant. That is inside pip: where a later pip no longer asks there, the tests find pywin32 missing.
"""

from __future__ import annotations

import runpy
import sys
from importlib import import_module
from typing import Any


def windows_markers(python: str) -> dict[str, str]:
    """What PEP 508 asks of an environment, answered for CPython of this version (such as 3.11) on 64-bit Windows."""
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "nt",
        "platform_machine": "AMD64",
        "platform_python_implementation": "CPython",
        "platform_release": "10",
        "platform_system": "Windows",
        "platform_version": "10.0.19045",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "win32",
    }


def main() -> None:
    """Run pip with the rest of the command line."""
    _, python, *arguments = sys.argv
    markers: Any = import_module("pip._vendor.packaging.markers")
    if not callable(getattr(markers, "default_environment", None)):
        raise SystemExit("this pip keeps its markers elsewhere")
    markers.default_environment = lambda: windows_markers(python)
    sys.argv = ["pip", *arguments]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
