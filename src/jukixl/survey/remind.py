"""The reminder (督促文) for municipalities whose answer is missing, and the list of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from msgspec import Struct

from jukixl.survey.letter import Letter, LetterTemplate
from jukixl.survey.letterhead import Letterhead, letter_fields, read_letterhead
from jukixl.survey.status import StatusRow, read_status
from jukixl.workbook.form_card import form_file_name
from jukixl.workbook.layout import RETURNED
from jukixl.workbook.master import Master
from jukixl.workbook.package import require_new, write_atomic

_LIST = "未提出一覧.docx"


class ReminderTemplates(Struct, frozen=True):
    """The templates of the letter to each municipality and of the list of them all."""

    letter: LetterTemplate
    list: LetterTemplate


def find_missing(master: Master) -> list[StatusRow]:
    """The municipalities of which nothing usable has come: 未提出 and 差戻し."""
    return [row for row in read_status(master) if not row.is_collected]


def write_reminders(
    master: Master, templates: ReminderTemplates, rows: Sequence[StatusRow], folder: Path, day: date
) -> Iterator[Path]:
    """Write a letter for each of `rows` and the list of all, yielding each path; the list comes last.

    InputError where a file is already there, before anything is written.
    """
    head = read_letterhead(master)
    letters = {folder / f"督促文_{row.code}_{row.name}.docx": row for row in rows}
    for path in (*letters, folder / _LIST):
        require_new(path)
    folder.mkdir(parents=True, exist_ok=True)
    for path, row in letters.items():
        write_atomic(path, templates.letter.render(_reminder(master, row, head, day)))
        yield path
    write_atomic(folder / _LIST, templates.list.render(_list(master, rows, head, day)))
    yield folder / _LIST


def _reminder(master: Master, row: StatusRow, head: Letterhead, day: date) -> Letter:
    is_overdue = head.deadline is not None and head.deadline < day
    cases = {
        "when.returned" if row.state == RETURNED else "when.unanswered",
        "when.overdue" if is_overdue else "when.in_time",
    }
    fields = {
        "municipality": row.name,
        "code": row.code,
        "form": form_file_name(master.results, row.code, row.name),
    }
    return Letter(
        title=f"{master.report.title}に係る調査について（督促）",
        day=day,
        fields=letter_fields(master, head, day) | fields,
        cases=head.cases | cases,
    )


def _list(master: Master, rows: Sequence[StatusRow], head: Letterhead, day: date) -> Letter:
    counts = {"total": str(len(master.report.municipalities or ())), "count": str(len(rows))}
    return Letter(
        title=f"{master.report.title}に係る調査　未提出一覧",
        day=day,
        fields=letter_fields(master, head, day) | counts,
        cases=head.cases,
        rows=[(row.code, row.name, row.state, row.contact) for row in rows],
    )
