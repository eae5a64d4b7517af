"""収集: answers in, annexes in. What goes out to municipalities is in `corresponding`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from jukixl.commands.registry import Arguments, Outcome, Progress, path_of
from jukixl.findings import has_errors
from jukixl.personal import hide_numbers
from jukixl.survey.archive import Archive
from jukixl.survey.collect import IMPORTED, REJECTED, STATUS_LABELS, CollectOutcome, collect_folder
from jukixl.survey.recording import record_collection, record_import
from jukixl.survey.screening import screen_file
from jukixl.workbook.edits import Edit
from jukixl.workbook.host import MasterHost, host_of
from jukixl.workbook.layout import PREVIOUS_SHEET, Layout
from jukixl.workbook.master import Master

_NEXT = "次に「検算」をしてください。"


def _whose(form: Path, names: Mapping[str, str]) -> str:
    """The municipality (by code) whose form this is, to go by the file's name; the file's name where it tells nothing."""
    file = form.name
    return next((name for code, name in names.items() if code in file or name in file), file)


def collect(arguments: Arguments, progress: Progress) -> Outcome:
    """調査票の取込."""
    host, folder = host_of(arguments), path_of(arguments, "DIR")
    dry_run = bool(arguments.get("dry_run"))
    if not dry_run:
        host.require_writable()
    master = host.read()
    names = Layout(master.report).municipality_sheets
    archive = None if dry_run else Archive(host.path)
    if archive is not None:
        archive.settle(host.path)

    def show(done: int, total: int, file: Path) -> None:
        progress(done, total, hide_numbers(_whose(file, names)))

    outcome = collect_folder(master, folder, show, own=host.path, archive=archive)
    if archive is not None:
        record_collection(host, master, outcome, archive)
    is_rejected = any(file.status == REJECTED for file in outcome.files)
    return Outcome(
        tuple(_collect_lines(outcome, names, dry_run=dry_run)), outcome.to_json(), int(is_rejected)
    )


def _collect_lines(outcome: CollectOutcome, names: Mapping[str, str], *, dry_run: bool) -> list[str]:
    lines = []
    for file in outcome.files:
        if file.status == REJECTED or file.findings:
            lines.append(f"{file.shown_name}: {STATUS_LABELS[file.status]}")
            lines += [f"  {finding}" for finding in file.findings]
    lines += [f"{one.to_json()['file']}: {one.finding.message}" for one in outcome.skipped]
    counts = Counter(file.status for file in outcome.files)
    summary = "、".join(f"{label} {counts[status]} 件" for status, label in STATUS_LABELS.items())
    lines.append(f"{summary}、未提出 {len(outcome.missing)} 団体")
    if outcome.missing:
        lines.append("未提出: " + "、".join(names[code] for code in outcome.missing))
    if dry_run:
        lines.append("確認だけを行い、マスターには何も書き込んでいません。")
    elif counts[IMPORTED]:
        lines.append(_NEXT)
    return lines


def import_file(arguments: Arguments, _progress: Progress) -> Outcome:
    """別紙の取込; with the word 前年 as table, last year's answers from last year's master."""
    from jukixl.survey.importing import find_table, import_table

    host, file = host_of(arguments), path_of(arguments, "FILE")
    master = host.read()
    if str(arguments["TABLE"]).strip() == PREVIOUS_SHEET:
        return _import_previous(host, master, file)
    table = find_table(master.report, str(arguments["TABLE"]))
    outcome = import_table(master, table, file)
    failed = has_errors(outcome.findings)
    changed = 0 if failed else _record(host, master, outcome.edits, file)
    result = "取り込めませんでした" if failed else f"{outcome.rows} 行を取り込みました（変更 {changed} セル）"
    lines = [str(finding) for finding in outcome.findings] + [f"{table.title}: {result}"]
    lines += [] if failed else [_NEXT]
    data = {
        "table": table.id,
        "rows": outcome.rows,
        "changed": changed,
        "findings": [finding.to_json() for finding in outcome.findings],
    }
    return Outcome(tuple(lines), data, int(failed))


def _record(host: MasterHost, master: Master, edits: Sequence[Edit], file: Path) -> int:
    """Keep the file beside the master, then write; how many cells changed."""
    host.require_writable()
    archive = Archive(host.path)
    archive.settle(host.path)
    return record_import(host, master, edits, file, archive)


def _import_previous(host: MasterHost, master: Master, file: Path) -> Outcome:
    from jukixl.survey.previous import import_previous

    suspicions = screen_file(file)
    if has_errors(suspicions):
        refused = (*map(str, suspicions), "前年の回答を取り込めませんでした。")
        return Outcome(refused, {"findings": [finding.to_json() for finding in suspicions]}, 1)
    edits, findings = import_previous(master, file)
    changed = _record(host, master, edits, file)
    lines = [str(finding) for finding in findings]
    lines.append(f"前年の回答を取り込みました（変更 {changed} セル）。調査票の各入力欄の横に入ります。")
    data = {
        "table": "previous",
        "rows": len(master.report.municipalities or ()),
        "changed": changed,
        "findings": [finding.to_json() for finding in findings],
    }
    return Outcome(tuple(lines), data)
