"""Reads a folder of returned forms into the master (取込). One bad file rejects only itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct, field

from jukixl.era import format_date
from jukixl.errors import InputError, JukixlError
from jukixl.figures import Missing
from jukixl.findings import Finding, Severity, has_errors
from jukixl.report.model import Column, Fill, Kind, Report, Table
from jukixl.report.values import Value
from jukixl.workbook import names
from jukixl.workbook.edits import Edit
from jukixl.workbook.expected import to_content
from jukixl.workbook.form_card import FORM_VERSION, FormCard, form_edition, read_card
from jukixl.workbook.inputs import read_value
from jukixl.workbook.layout import COLLECTED, NOT_SUBMITTED, Layout
from jukixl.workbook.master import Master
from jukixl.workbook.package import Package, read_package
from jukixl.workbook.snapshot import Snapshot, read_snapshot

IMPORTED, UNCHANGED, REJECTED = "imported", "unchanged", "rejected"
STATUS_LABELS = {IMPORTED: "取込", UNCHANGED: "変更なし", REJECTED: "取込不可"}
_LOCK_PREFIX = "~$"
_DIGEST_LENGTH = 12


class FileOutcome(Struct):
    """What became of one returned file. `values` are what it answered, by (table, column)."""

    path: Path
    municipality: str | None = None
    status: str = REJECTED
    findings: list[Finding] = field(default_factory=list)
    values: dict[tuple[str, str], Value] = field(default_factory=dict)
    digest: str = ""

    def to_json(self) -> dict[str, object]:
        return {
            "file": self.path.name,
            "municipality": self.municipality,
            "status": self.status,
            "findings": [finding.to_json() for finding in self.findings],
        }


class CollectOutcome(NamedTuple):
    """What became of a folder: its files, the municipalities (codes) of which nothing has been collected yet, and the
    edits still to be made in the master."""

    files: tuple[FileOutcome, ...]
    missing: tuple[str, ...]
    edits: tuple[Edit, ...] = ()

    def to_json(self) -> dict[str, object]:
        return {"files": [file.to_json() for file in self.files], "missing": list(self.missing)}


def collect_folder(
    master: Master, folder: Path, progress: Callable[[Path], None] = lambda _: None
) -> CollectOutcome:
    """Read all forms in `folder` (and below); the outcome has the edits that bring them into the master.

    `progress` is called before each file. InputError where there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"フォルダー「{folder}」がありません。回答の入ったフォルダーを指定してください。")
    reader = _FormReader(master)
    outcomes = []
    for file in iter_files(folder):
        progress(file)
        outcomes.append(reader.read(file))
    _reject_duplicates(outcomes)
    edits = tuple(edit for outcome in outcomes for edit in _edits_of(master, outcome))
    taken = {outcome.municipality for outcome in outcomes if outcome.status != REJECTED}
    return CollectOutcome(tuple(outcomes), tuple(_missing(master, taken)), edits)


def iter_files(folder: Path) -> Iterator[Path]:
    """The files to collect, by name; Excel's own lock files and hidden files are left alone."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith((_LOCK_PREFIX, ".")):
            yield path


class _FormReader:
    def __init__(self, master: Master) -> None:
        self.report = master.report
        self.edition = form_edition(master.results)
        self.layout = Layout(master.report)

    def read(self, path: Path) -> FileOutcome:
        """Read one file; whatever is wrong with it becomes findings of its own."""
        outcome = FileOutcome(path)
        try:
            package = read_package(path)
            outcome.digest = hashlib.sha256(package.to_bytes()).hexdigest()[:_DIGEST_LENGTH]
            self._read_form(package, outcome)
        except JukixlError as error:
            for problem in error.problems:
                outcome.findings.append(Finding("unreadable", Severity.ERROR, problem.message))
        if not has_errors(outcome.findings):
            outcome.status = IMPORTED
        return outcome

    def _read_form(self, package: Package, outcome: FileOutcome) -> None:
        snapshot = read_snapshot(package)
        card = read_card(snapshot)
        wrong = list(self._check_card(card))
        outcome.findings += wrong
        if wrong:
            return
        outcome.municipality = card.municipality
        for table, column in survey_columns(self.report):
            self._read_cell(snapshot, table, column, outcome)

    def _check_card(self, card: FormCard) -> Iterator[Finding]:
        if card.report != self.report.id:
            message = f"別の報告（{card.report}）の調査票です。この報告は {self.report.id} です。"
            yield Finding("other_report", Severity.ERROR, message)
        elif card.version != FORM_VERSION:
            message = (
                f"調査票の版が {card.version} です。版 {FORM_VERSION} の調査票で返送してもらってください。"
            )
            yield Finding("other_version", Severity.ERROR, message)
        elif card.edition != self.edition:
            message = f"別の年の調査票です。調査票: {card.edition}　マスター: {self.edition}"
            yield Finding("other_year", Severity.ERROR, message, expected=self.edition, actual=card.edition)
        elif card.municipality not in self.layout.municipalities.ids:
            message = f"団体コード {card.municipality}（{card.name}）は、この報告の市町村にありません。"
            yield Finding("unknown_municipality", Severity.ERROR, message, actual=card.municipality)

    def _read_cell(self, snapshot: Snapshot, table: Table, column: Column, outcome: FileOutcome) -> None:
        title = column.title.plain
        sheet, cell = snapshot.locate(names.form_name(table.id, column.id))
        raw = snapshot.sheets[sheet].cells.get(cell)
        reading = read_value(raw.value if raw else None, column.kind, date1904=snapshot.date1904)
        where = f"{table.title}「{title}」: "
        place = {"sheet": sheet, "cell": cell, "municipality": outcome.municipality}
        if reading.problem:
            outcome.findings.append(Finding("bad_input", Severity.ERROR, where + reading.problem, **place))
        elif reading.value is Missing.NOT_FILLED and column.required:
            message = f"{where}入力されていません。該当がなければ 0 を入力してもらってください。"
            outcome.findings.append(Finding("missing", Severity.ERROR, message, **place))
        elif reading.note:
            outcome.findings.append(Finding("text_number", Severity.INFO, where + reading.note, **place))
        if raw and raw.formula is not None:
            message = f"{where}数式が入力されています。計算結果の値を取り込みました。"
            outcome.findings.append(Finding("formula_in_input", Severity.WARNING, message, **place))
        outcome.values[table.id, column.id] = reading.value


def survey_columns(report: Report) -> Iterator[tuple[Table, Column]]:
    """Every column that municipalities fill, with its table."""
    for table in report.survey_tables:
        for column in table.columns_filled_by(Fill.MUNICIPALITY):
            yield table, column


def _reject_duplicates(outcomes: list[FileOutcome]) -> None:
    """Two files of one municipality that differ are both rejected: which one holds isn't ours to guess."""
    by_body: dict[str, list[FileOutcome]] = {}
    for outcome in outcomes:
        if outcome.status != REJECTED and outcome.municipality:
            by_body.setdefault(outcome.municipality, []).append(outcome)
    for same in by_body.values():
        if any(outcome.values != same[0].values for outcome in same):
            files = "、".join(outcome.path.name for outcome in same)
            message = f"同じ市町村の、内容の違う調査票が {len(same)} 件あります（{files}）。正しい方だけを残してください。"
            for outcome in same:
                outcome.status = REJECTED
                outcome.findings.append(
                    Finding("duplicate", Severity.ERROR, message, municipality=outcome.municipality)
                )


def _edits_of(master: Master, outcome: FileOutcome) -> list[Edit]:
    """The edits that bring a file's answers into the master; marks the file as unchanged where there are none."""
    code = outcome.municipality
    if outcome.status == REJECTED or code is None:
        return []
    edits = [
        edit
        for table, column in survey_columns(master.report)
        if (edit := _edit_of(master, table, column, code, outcome)) is not None
    ]
    if not edits and master.snapshot.value(names.status_name(code, "state")) == COLLECTED:
        outcome.status = UNCHANGED
        return []
    now = datetime.now().astimezone()
    state: dict[str, int | str] = {
        "state": COLLECTED,
        "time": f"{format_date(now.date())} {now:%H:%M}",
        "file": outcome.path.name,
        "digest": outcome.digest,
        "findings": len(outcome.findings),
    }
    located = {item: master.snapshot.locate(names.status_name(code, item)) for item in state}
    return edits + [Edit(*located[item], content, "取込") for item, content in state.items()]


def _edit_of(master: Master, table: Table, column: Column, code: str, outcome: FileOutcome) -> Edit | None:
    value = outcome.values[table.id, column.id]
    sheet, cell = master.snapshot.locate(names.survey_name(table.id, column.id, code))
    if value == master.results.value(table, column, code) and _is_stored_as_number(
        master, sheet, cell, column.kind
    ):
        return None
    content = to_content(value, column.kind)
    return Edit(sheet, cell, None if content == "" else content, f"取込 {outcome.path.name}")


def _is_stored_as_number(master: Master, sheet: str, cell: str, kind: Kind) -> bool:
    """Whether the master's cell isn't a number kept as text, which a new collection puts right."""
    stored = master.snapshot.sheets[sheet].cells.get(cell)
    return (
        stored is None
        or not kind.is_number
        or not isinstance(stored.value, str)
        or (Missing.from_symbol(stored.value) is not None)
    )


def _missing(master: Master, taken: set[str | None]) -> Iterator[str]:
    for code in Layout(master.report).municipalities.ids:
        if code not in taken and master.snapshot.value(names.status_name(code, "state")) == NOT_SUBMITTED:
            yield code
