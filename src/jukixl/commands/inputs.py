"""What commands read besides the master: files by their content, and the definition of a report."""

from __future__ import annotations

from pathlib import Path

from jukixl.commands.registry import Arguments, optional_path_of
from jukixl.era import Digits
from jukixl.errors import InputError, Place, Problem
from jukixl.report.loading import load_report
from jukixl.report.model import Report
from jukixl.report.sources import bundled_folder
from jukixl.workbook.host import FileHost, MasterHost


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
    """The report of a master in front or of the one that `--report` names, or that in a folder it names; else the bundled one."""
    return report_and_digits_of(arguments)[0]


def report_and_digits_of(arguments: Arguments) -> tuple[Report, Digits]:
    """The same, and how numbers are set in its handout's text: as chosen in a master, else as the report says."""
    given = arguments.get("report")
    path = None if isinstance(given, MasterHost) else optional_path_of(arguments, "report")
    if path is not None and path.is_file():
        given = FileHost(path)
    if isinstance(given, MasterHost):
        results = given.read().results
        return results.report, results.digits
    report = load_report(path or bundled_folder())
    return report, report.digits
