"""Takes the paid part out of xlwings for the whole run: a copy without the folder `pro` goes before the installed one."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """For this process and, by PYTHONPATH, for those that tests start."""
    assert "xlwings" not in sys.modules, "loaded before its paid part was taken out"
    installed = find_spec("xlwings")
    assert installed, "the tests need the extra 'test'"
    assert installed.origin
    folder = TemporaryDirectory(ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    copy_without_pro(Path(installed.origin).parent, Path(folder.name, "xlwings"))
    sys.path.insert(0, folder.name)
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([folder.name, before] if before else [folder.name])


def copy_without_pro(installed: Path, copy: Path) -> None:
    """Everything of the package but its folder `pro`."""
    shutil.copytree(installed, copy, ignore=lambda folder, _: ["pro"] if Path(folder) == installed else [])
