"""The reminder (督促文) for municipalities whose answer is missing, and the list of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from jukixl.era import format_date
from jukixl.survey.letter import Letter, LetterTable, render_letter
from jukixl.survey.letterhead import Letterhead, read_letterhead
from jukixl.survey.status import StatusRow, read_status
from jukixl.workbook.layout import RETURNED
from jukixl.workbook.master import Master
from jukixl.workbook.package import require_new, write_atomic

_LIST = "未提出一覧.docx"


def find_missing(master: Master) -> list[StatusRow]:
    """The municipalities of which nothing usable has come: 未提出 and 差戻し."""
    return [row for row in read_status(master) if not row.is_collected]


def write_reminders(master: Master, rows: Sequence[StatusRow], folder: Path, day: date) -> Iterator[Path]:
    """Write a letter for each of `rows` and the list of all, yielding each path; the list comes last.

    InputError where a file is already there, before anything is written.
    """
    head = read_letterhead(master)
    letters = {folder / f"督促文_{row.code}_{row.name}.docx": row for row in rows}
    for path in (*letters, folder / _LIST):
        require_new(path)
    folder.mkdir(parents=True, exist_ok=True)
    for path, row in letters.items():
        write_atomic(path, render_letter(_reminder(master, row, head, day)))
        yield path
    write_atomic(folder / _LIST, render_letter(_list(master, rows, head, day)))
    yield folder / _LIST


def _reminder(master: Master, row: StatusRow, head: Letterhead, day: date) -> Letter:
    what = "差し戻した調査票の再提出" if row.state == RETURNED else "貴団体からの回答"
    return Letter(
        day=day,
        addressee=f"{row.name}　担当課長　様",
        head=head,
        title=f"{master.report.title}に係る調査について（督促）",
        body=(
            f"先に依頼しましたこのことについて、{format_date(day)}現在、{what}を確認できていません。"
            f"{_about_deadline(head, day)}",
            "なお、本書と行き違いに提出いただいた場合は御容赦ください。",
        ),
        items=(
            ("提出期限", (head.deadline_text,)),
            ("提出するもの", ("調査票（Excel）。お手元にないときは、下記の担当まで御連絡ください。",)),
        ),
    )


def _about_deadline(head: Letterhead, day: date) -> str:
    if head.deadline is not None and head.deadline < day:
        return "提出期限を過ぎていますので、至急、提出くださるようお願いします。"
    return "提出期限までに提出くださるようお願いします。"


def _list(master: Master, rows: Sequence[StatusRow], head: Letterhead, day: date) -> Letter:
    total = len(master.report.municipalities or ())
    table = LetterTable(
        ("団体コード", "市町村名", "状態", "連絡先"),
        (2, 3, 2, 6),
        tuple((row.code, row.name, row.state, row.contact) for row in rows),
    )
    return Letter(
        day=day,
        head=head,
        title=f"{master.report.title}に係る調査　未提出一覧",
        body=(
            f"{format_date(day)}現在、{total} 団体のうち {len(rows)} 団体が未提出です（差戻しを含む。）。",
        ),
        table=table,
    )
