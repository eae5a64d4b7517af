"""収集: what goes out to municipalities (forms, requests, reminders, returns), and who has answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jukixl.commands.inputs import told_of_template
from jukixl.commands.registry import Arguments, Outcome, Progress, optional_path_of, path_of
from jukixl.workbook.host import host_of
from jukixl.workbook.layout import Layout

if TYPE_CHECKING:
    from jukixl.survey.letter import LetterTemplate
    from jukixl.survey.letter_kinds import LetterKind
    from jukixl.survey.status import StatusRow

_BAR_LENGTH = 27


def distribute(arguments: Arguments, progress: Progress) -> Outcome:
    """調査票の配布. All forms or none: stopped half-way, it takes back those that it has written."""
    from jukixl.survey.distribute import write_forms
    from jukixl.survey.letter_kinds import REQUEST
    from jukixl.survey.request import request_folder, write_request

    template = _template(REQUEST, arguments)
    master = host_of(arguments).read()
    folder = path_of(arguments, "out")
    names = Layout(master.report).municipality_sheets
    today = datetime.now().astimezone().date()
    with _all_or_none() as written:
        forms: dict[str, Path] = {}
        for done, (code, path) in enumerate(zip(names, write_forms(master, folder), strict=True), 1):
            forms[code] = path
            written.append(path)
            progress(done, len(names), names[code])
        for path in write_request(master, template, forms, request_folder(folder), today):
            written.append(path)
    letter, *mails = written[len(forms) :]
    lines = (
        f"調査票 {len(forms)} 件を作成しました: {folder}",
        f"依頼文を作成しました: {letter}",
        *_told(template),
        *([f"調査票を添付したメール {len(mails)} 件を作成しました: {letter.parent}"] if mails else []),
        "市町村に送り、返送されたら「調査票の取込」をしてください。",
    )
    data = {
        "forms": str(folder),
        "files": list(map(str, forms.values())),
        "letter": str(letter),
        "mails": list(map(str, mails)),
    }
    return Outcome(lines, data)


def _template(kind: LetterKind, arguments: Arguments, *, is_choice: bool = True) -> LetterTemplate:
    """The template of a letter: chosen, beside the master, or shipped. InputError where it can't be filled."""
    from jukixl.survey.letter import read_letter_template

    chosen = optional_path_of(arguments, "template") if is_choice else None
    return read_letter_template(kind, host_of(arguments).path.parent, chosen)


def _told(*templates: LetterTemplate) -> list[str]:
    """Which templates of their own were used."""
    return [line for template in templates for line in told_of_template(template.file)]


@contextmanager
def _all_or_none() -> Iterator[list[Path]]:
    """A list of new files; whatever happens before the end, half a set must not go out."""
    written: list[Path] = []
    try:
        yield written
    except BaseException:  # whatever happened: the files are all new, so all can be taken back
        for path in written:
            path.unlink(missing_ok=True)
        raise


def status(arguments: Arguments, _progress: Progress) -> Outcome:
    """提出状況."""
    from jukixl.survey.status import count_states, read_status

    rows = read_status(host_of(arguments).read())
    done = sum(row.is_collected for row in rows)
    counts = count_states(rows)
    lines = [_status_line(row) for row in rows]
    filled = _BAR_LENGTH * done // max(len(rows), 1)
    lines.append("■" * filled + "□" * (_BAR_LENGTH - filled))
    lines.append("、".join(f"{state} {count}" for state, count in counts.items()))
    lines.append(f"提出 {done} / {len(rows)} 市町村")
    data = {
        "municipalities": [row.to_json() for row in rows],
        "collected": done,
        "total": len(rows),
        "counts": counts,
    }
    return Outcome(tuple(lines), data)


def _status_line(row: StatusRow) -> str:
    findings = f"指摘 {row.findings}" if row.findings else ""
    parts = (f"{row.code} {row.name}", row.state, row.time, row.file, findings, row.contact)
    return "　".join(part for part in parts if part)


def remind(arguments: Arguments, progress: Progress) -> Outcome:
    """督促: a letter to each municipality whose answer is missing, and the list of them."""
    from jukixl.survey.letter_kinds import MISSING_LIST, REMINDER
    from jukixl.survey.remind import ReminderTemplates, find_missing, write_reminders

    templates = ReminderTemplates(
        _template(REMINDER, arguments), _template(MISSING_LIST, arguments, is_choice=False)
    )
    master = host_of(arguments).read()
    folder = path_of(arguments, "out")
    rows = find_missing(master)
    if not rows:
        return Outcome(
            ("すべての市町村から提出されています。督促文は作成していません。",), {"files": [], "missing": []}
        )
    today = datetime.now().astimezone().date()
    with _all_or_none() as written:
        for done, path in enumerate(write_reminders(master, templates, rows, folder, today), 1):
            written.append(path)
            if done <= len(rows):  # the list of all comes after the letters
                progress(done, len(rows), rows[done - 1].name)
    lines = (
        f"督促文 {len(rows)} 件と未提出一覧を作成しました: {folder}",
        *_told(templates.letter, templates.list),
        "対象: " + "、".join(row.name for row in rows),
        "Word で確かめてから送ってください。",
    )
    return Outcome(lines, {"files": list(map(str, written)), "missing": [row.code for row in rows]})


def send_back(arguments: Arguments, progress: Progress) -> Outcome:
    """差戻し: a letter for each returned file that is rejected or to be confirmed. Nothing is collected."""
    from jukixl.survey.collect import collect_folder
    from jukixl.survey.letter_kinds import RETURN
    from jukixl.survey.send_back import find_returns, write_returns

    template = _template(RETURN, arguments)
    master = host_of(arguments).read()
    source, folder = path_of(arguments, "DIR"), path_of(arguments, "out")
    names = Layout(master.report).municipality_sheets

    def step(done: int, total: int, file: Path) -> None:
        progress(done, total, next((name for code, name in names.items() if code in file.name), file.name))

    returns = find_returns(master, collect_folder(master, source, step))
    if not returns:
        return Outcome(("差し戻す調査票はありません。",), {"files": [], "returned": []})
    today = datetime.now().astimezone().date()
    with _all_or_none() as written:
        for path in write_returns(master, template, returns, folder, today):
            written.append(path)
    lines = [f"差戻し文 {len(written)} 件を作成しました: {folder}", *_told(template)]
    lines += [f"{one.addressee}: {one.file}（指摘 {len(one.findings)}）" for one in returns]
    lines.append("Word で確かめてから送ってください。マスターには何も書き込んでいません。")
    data = {"files": list(map(str, written)), "returned": [one.to_json() for one in returns]}
    return Outcome(tuple(lines), data)
