"""Reads a folder of returned forms into the master (取込). One bad file rejects only itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TypeVar

from jukixl.era import format_date
from jukixl.errors import JukixlError
from jukixl.figures import Missing
from jukixl.findings import Described, Finding, Severity, has_errors
from jukixl.personal import hide_numbers
from jukixl.report.computation import print_value
from jukixl.report.model import Column, Fill, Kind, Report, Table
from jukixl.survey.archive import Archive, digest_of
from jukixl.survey.duplicates import modified_at, settle_duplicates
from jukixl.survey.form_cells import FormInput
from jukixl.survey.form_reading import FormReader
from jukixl.survey.intake import find_files, open_form, read_bytes
from jukixl.survey.outcome import (
    IMPORTED,
    REJECTED,
    STATUS_LABELS,
    UNCHANGED,
    CollectOutcome,
    FileOutcome,
)
from jukixl.survey.screening import find_personal_numbers
from jukixl.workbook import names
from jukixl.workbook.edits import Edit
from jukixl.workbook.expected import to_content
from jukixl.workbook.layout import COLLECTED, NOT_SUBMITTED, RETURNED, TO_CONFIRM, Layout
from jukixl.workbook.limits import MAX_SECONDS
from jukixl.workbook.master import Master
from jukixl.workbook.matrix import REASONS_RANGE, read_matrix
from jukixl.workbook.package import Package
from jukixl.workbook.snapshot import Snapshot, read_snapshot

__all__ = [
    "IMPORTED",
    "REJECTED",
    "STATUS_LABELS",
    "UNCHANGED",
    "CollectOutcome",
    "FileOutcome",
    "collect_folder",
    "survey_columns",
]

T = TypeVar("T")
_NOTHING_TAKEN = (NOT_SUBMITTED, RETURNED)
_BROKEN = "読み取れない作りのファイルです。Excelで開いて保存し直すか、配布した調査票に入力し直してもらってください。"


CODES = (
    Described(
        "unreadable",
        (Severity.ERROR,),
        "ファイルを読み取れない（破損、暗号化、別の種類のファイル）",
        "内容の欄の指示に従うか、送り直してもらう。",
    ),
    Described(
        "too_slow", (Severity.ERROR,), "読み取りに時間がかかりすぎる", "配布した調査票に入力し直してもらう。"
    ),
    Described(
        "changed",
        (Severity.INFO,),
        "取り込みで、前に取り込んだ値が変わった",
        "市町村の訂正であることを確かめる。",
    ),
)


def collect_folder(
    master: Master,
    folder: Path,
    progress: Callable[[int, int, Path], None] = lambda _done, _total, _file: None,
    *,
    own: Path | None = None,
    archive: Archive | None = None,
) -> CollectOutcome:
    """Read all forms in `folder` (and below); the outcome has the edits that bring them into the master.

    `progress` is called before each file. `own` is the master's file, which isn't read. Every file is kept in `archive`
    before anything is made of it. InputError where there is no such folder, or where a file can't be kept.
    """
    intake = find_files(folder, own)
    reader = _FileReader(master, archive)
    outcomes = []
    for number, file in enumerate(intake.files, 1):
        progress(number, len(intake.files), file)
        outcomes.append(reader.read(file))
    settle_duplicates(outcomes, reader.forms.finder.inputs)
    writer = _EditWriter(master, reader.forms.finder.inputs)
    edits = writer.edits_of(outcomes)
    taken = {outcome.municipality for outcome in outcomes if outcome.status != REJECTED}
    return CollectOutcome(tuple(outcomes), tuple(_missing(master, taken)), tuple(edits), intake.skipped)


class _FileReader:
    def __init__(self, master: Master, archive: Archive | None) -> None:
        self.forms = FormReader(master)
        self.archive = archive

    def read(self, path: Path) -> FileOutcome:
        """Read one file; whatever is wrong with it becomes findings of its own."""
        outcome = FileOutcome(path)
        started = monotonic()
        form = self._take(path, outcome)
        if form is not None:
            _guarded(outcome, lambda: self._read_form(*form, outcome))
        if monotonic() - started > MAX_SECONDS:
            message = f"読み取りに時間がかかりすぎます（上限 {MAX_SECONDS:.0f}秒）。配布した調査票に入力し直してもらってください。"
            outcome.findings.append(Finding("too_slow", Severity.ERROR, message))
        if not has_errors(outcome.findings):
            outcome.status = IMPORTED
        elif outcome.municipality is None and not _is_of_another(outcome):
            outcome.municipality = self.forms.identity.code_in_file_name(path.name)
        return outcome

    def _take(self, path: Path, outcome: FileOutcome) -> tuple[Package, Snapshot] | None:
        """Look for personal numbers in a file, then keep it; its workbook, None where it isn't to be read."""
        data = _guarded(outcome, lambda: _read_data(path, outcome))
        if data is None:
            return None
        form = _guarded(outcome, lambda: _open(data, path.name))
        found = _guarded(outcome, lambda: find_personal_numbers(data, path.name, form))
        if found is None or has_errors(found):
            outcome.is_private = True
            outcome.findings = [*(found or outcome.findings)]
            return None
        outcome.findings += found
        if self.archive is not None:
            self.archive.keep(data, outcome.sha256, path.suffix)
        return form

    def _read_form(self, package: Package, snapshot: Snapshot, outcome: FileOutcome) -> None:
        outcome.modified = modified_at(package, outcome.path)
        answers = self.forms.read(package, snapshot)
        outcome.municipality = answers.municipality
        outcome.findings += answers.findings
        outcome.values, outcome.reasons, outcome.contact = answers.values, answers.reasons, answers.contact


def _guarded(outcome: FileOutcome, work: Callable[[], T]) -> T | None:
    """What `work` gives; None where it fails, which becomes findings of the file."""
    try:
        return work()
    except JukixlError as error:
        for problem in error.problems:
            place, text = problem.place, hide_numbers(problem.message)
            outcome.findings.append(Finding("unreadable", Severity.ERROR, text, place.sheet, place.cell))
    except Exception:  # noqa: BLE001 - files come from anywhere: whatever one provokes must reject only that one
        outcome.findings.append(Finding("unreadable", Severity.ERROR, _BROKEN))
    return None


def _read_data(path: Path, outcome: FileOutcome) -> bytes:
    data = read_bytes(path)
    outcome.modified = path.stat().st_mtime
    outcome.sha256 = digest_of(data)
    return data


def _open(data: bytes, name: str) -> tuple[Package, Snapshot]:
    package = open_form(data, name)
    return package, read_snapshot(package)


def _is_of_another(outcome: FileOutcome) -> bool:
    """Whether the file's name can't be believed."""
    return any(finding.code == "code_mismatch" for finding in outcome.findings)


def survey_columns(report: Report) -> Iterator[tuple[Table, Column]]:
    """Every column that municipalities fill, with its table."""
    for table in report.survey_tables:
        for column in table.columns_filled_by(Fill.MUNICIPALITY):
            yield table, column


class _EditWriter:
    """The edits that bring answers into the master and tell 提出状況 of them."""

    def __init__(self, master: Master, inputs: list[FormInput]) -> None:
        self.master = master
        self.inputs = inputs
        self.reasons = read_matrix(master.snapshot, REASONS_RANGE)
        now = datetime.now().astimezone()
        self.time = f"{format_date(now.date())} {now:%H:%M}"

    def edits_of(self, outcomes: list[FileOutcome]) -> list[Edit]:
        """The edits for all files; each file gets its own, and is marked as unchanged where there are none."""
        for outcome in outcomes:
            if outcome.status == IMPORTED:
                self._take(outcome)
        taken = {outcome.municipality for outcome in outcomes if outcome.status != REJECTED}
        returned = {one.municipality: one for one in sorted(outcomes, key=lambda one: one.modified)}
        for code, outcome in returned.items():
            if code is not None and code not in taken:
                self._return(code, outcome)
        return [edit for outcome in outcomes for edit in outcome.edits]

    def _take(self, outcome: FileOutcome) -> None:
        code = outcome.municipality
        assert code is not None, "only a form that says whose it is is taken"
        reason = f"取込 {outcome.shown_name}"
        edits = [edit for item in self.inputs if (edit := self._edit_of(item, code, outcome, reason))]
        edits += self._reason_edits(code, outcome)
        state = TO_CONFIRM if _counted(outcome) else COLLECTED
        is_known = not self._has(code, "contact") or self._stored(code, "contact") == outcome.contact
        if not edits and is_known and self._stored(code, "state") == state:
            outcome.status = UNCHANGED
        else:
            outcome.edits = edits + self._status_edits(code, state, outcome)

    def _return(self, code: str, outcome: FileOutcome) -> None:
        """Tell 提出状況 of a municipality of which nothing but a rejected file has come."""
        is_known = (self._stored(code, "state"), self._stored(code, "digest")) == (RETURNED, outcome.digest)
        if self._stored(code, "state") in _NOTHING_TAKEN and not is_known:
            outcome.edits = self._status_edits(code, RETURNED, outcome)

    def _stored(self, code: str, item: str) -> str:
        return str(self.master.snapshot.value(names.status_name(code, item)) or "")

    def _has(self, code: str, item: str) -> bool:
        """Whether 提出状況 has such a column: masters of older versions have no 連絡先."""
        return names.status_name(code, item) in self.master.snapshot.names

    def _status_edits(self, code: str, state: str, outcome: FileOutcome) -> list[Edit]:
        contents: dict[str, int | str | None] = {
            "state": state,
            "time": self.time,
            "file": outcome.shown_name,
            "digest": outcome.digest,
            "findings": _counted(outcome),
            "contact": outcome.contact or None,
        }
        locate = self.master.snapshot.locate
        return [
            Edit(*locate(names.status_name(code, item)), content, "取込")
            for item, content in contents.items()
            if item != "contact" or self._has(code, item)
        ]

    def _edit_of(self, item: FormInput, code: str, outcome: FileOutcome, reason: str) -> Edit | None:
        value, kind = outcome.values[item.key], item.column.kind
        sheet, cell = self.master.snapshot.locate(names.survey_name(*item.key, code))
        before = self.master.results.value(item.table, item.column, code)
        if value == before and self._is_stored_as_number(sheet, cell, kind):
            return None
        if before not in (Missing.NOT_FILLED, value):
            old, new = print_value(before, kind), print_value(value, kind) or "（空欄）"
            outcome.findings.append(_changed(item.title, old, new, (sheet, cell), code))
        content = to_content(value, kind)
        return Edit(sheet, cell, None if content == "" else content, reason)

    def _reason_edits(self, code: str, outcome: FileOutcome) -> Iterator[Edit]:
        for item in self.inputs:
            place = self.reasons.get((code, ".".join(item.key)))
            reason = outcome.reasons.get(item.key)
            if place is None or (place.value or None) == reason:
                continue
            if place.value:
                title = f"{item.title}の増減の理由"
                where = (place.sheet, place.cell)
                outcome.findings.append(_changed(title, str(place.value), reason or "（空欄）", where, code))
            yield Edit(place.sheet, place.cell, reason, f"取込 {outcome.shown_name}")

    def _is_stored_as_number(self, sheet: str, cell: str, kind: Kind) -> bool:
        """Whether the master's cell isn't a number kept as text, which a new collection puts right."""
        stored = self.master.snapshot.sheets[sheet].cells.get(cell)
        return (
            stored is None
            or not kind.is_number
            or not isinstance(stored.value, str)
            or (Missing.from_symbol(stored.value) is not None)
        )


def _counted(outcome: FileOutcome) -> int:
    """How many findings somebody has to look at."""
    return sum(finding.severity is not Severity.INFO for finding in outcome.findings)


def _changed(title: str, old: str, new: str, place: tuple[str, str], code: str) -> Finding:
    message = f"{title}: {old} → {new} に変わりました。"
    return Finding("changed", Severity.INFO, message, *place, expected=old, actual=new, municipality=code)


def _missing(master: Master, taken: set[str | None]) -> Iterator[str]:
    for code in Layout(master.report).municipalities.ids:
        state = master.snapshot.value(names.status_name(code, "state"))
        if code not in taken and state in _NOTHING_TAKEN:
            yield code
