"""What commands read besides the master: files by their content, and the definition of a report."""

from __future__ import annotations

from pathlib import Path

from jukixl.commands.registry import Arguments, optional_path_of
from jukixl.errors import InputError, Place, Problem
from jukixl.report.loading import load_report
from jukixl.report.model import Report
from jukixl.report.sources import bundled_folder
from jukixl.workbook.host import MasterHost


def read_file(path: Path) -> bytes:
    """A file's content; InputError where it can't be opened."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        message = "ファイルがありません。名前とフォルダーを確かめてください。"
        raise InputError(Problem(message, Place(file=str(path)))) from error
    except OSError as error:
        raise InputError(Problem("ファイルを開けません。", Place(file=str(path)))) from error


def told_of_template(file: Path | None) -> list[str]:
    """That a template of staff's own was used; nothing where there is none."""
    return [f"ひな形は {file} を使いました。"] if file else []


def report_of(arguments: Arguments) -> Report:
    """The report of a master in front, or in the folder that `--report` names; else the bundled one."""
    given = arguments.get("report")
    if isinstance(given, MasterHost):
        return given.read().report
    return load_report(optional_path_of(arguments, "report") or bundled_folder())
