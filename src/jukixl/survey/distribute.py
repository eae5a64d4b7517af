"""Writes the survey forms of all municipalities (調査票の配布)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jukixl.check.missing import check_settings
from jukixl.check.rules import Context
from jukixl.errors import InputError, Place, Problem
from jukixl.survey.letterhead import notice_of, read_letterhead
from jukixl.workbook.form import NOTICE, address_form, create_blank_form
from jukixl.workbook.form_card import form_file_name
from jukixl.workbook.layout import Layout
from jukixl.workbook.master import Master
from jukixl.workbook.package import write_atomic
from jukixl.workbook.previous import iter_unreadable, read_previous
from jukixl.workbook.snapshot import read_snapshot


def write_forms(master: Master, folder: Path) -> Iterator[Path]:
    """Write one form a municipality into `folder`, yielding each path; existing files are never overwritten.

    InputError before anything is written: where settings are missing (a form without its dates is worthless), and
    where a file is already there.
    """
    _require_complete(master)
    layout = Layout(master.report)
    sheets = layout.municipality_sheets
    paths = {code: folder / form_file_name(master.results, code, name) for code, name in sheets.items()}
    if existing := [path for path in paths.values() if path.exists()]:
        message = "同じ名前のファイルが既にあります。別のフォルダーを指定するか、古い調査票を移してください。"
        raise InputError(*(Problem(message, Place(file=str(path))) for path in existing))
    notice = " ".join(part for part in (NOTICE, notice_of(read_letterhead(master))) if part)
    folder.mkdir(parents=True, exist_ok=True)
    blank = create_blank_form(master.results, notice)
    snapshot = read_snapshot(blank)
    previous = read_previous(master)
    for code, path in paths.items():
        write_atomic(path, address_form(blank, snapshot, layout, code, previous[code]).to_bytes())
        yield path


def _require_complete(master: Master) -> None:
    """InputError with every setting that is missing and every value of last year that can't be read."""
    missing = check_settings(Context(master.results, master.snapshot))
    problems = [*(Problem(finding.message) for finding in missing), *iter_unreadable(master)]
    if problems:
        raise InputError(*problems)
