"""What commands read besides the master: files by their content, and the definition of a report."""

from __future__ import annotations

from pathlib import Path

from jukixl.commands.registry import Arguments, optional_path_of
from jukixl.errors import InputError, Place, Problem
from jukixl.report.loading import load_report
from jukixl.report.model import Report
from jukixl.report.sources import bundled_folder


def read_file(path: Path) -> bytes:
    """A file's content; InputError where it can't be opened."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(Problem("ファイルを開けません。", Place(file=str(path)))) from error


def report_of(arguments: Arguments) -> Report:
    """The report in the folder that `--report` names, else the bundled one."""
    return load_report(optional_path_of(arguments, "report") or bundled_folder())
