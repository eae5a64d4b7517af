"""The return for correction (差戻し文): each cell, what stands in it, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from msgspec import Struct

from jukixl.errors import JukixlError
from jukixl.findings import Finding, Severity
from jukixl.personal import hide_numbers
from jukixl.survey.letter import Letter, LetterTemplate
from jukixl.survey.letterhead import Letterhead, letter_fields, read_letterhead
from jukixl.survey.outcome import REJECTED, CollectOutcome, FileOutcome
from jukixl.workbook.cells import EMPTY, CellValue
from jukixl.workbook.layout import Layout
from jukixl.workbook.master import Master
from jukixl.workbook.package import require_new, write_atomic
from jukixl.workbook.snapshot import Snapshot, read_snapshot

_UNKNOWN = "（団体不明）"
_EMPTY = "（空欄）"
_LONGEST = 40
_TO_STAFF, _TO_MUNICIPALITY = "てもらってください", "てください"
"""Messages of a collection speak to staff; a letter asks the municipality itself."""
_WHAT_TO_DO = {
    "missing": "値を入力してください。該当がないときは 0 を入力してください。",
    "bad_input": "0以上の整数を半角の数字で入力し直してください。",
    "formula_in_input": "数式を消し、計算結果の数値を入力してください。",
    "personal_number": "記入された番号を消し、誤って送ったメールやファイルを削除したうえで、再提出してください。",
    "other_year": "今回送付した調査票に入力し直してください。",
    "other_version": "今回送付した調査票に入力し直してください。",
    "other_report": "今回送付した調査票に入力し直してください。",
    "unreadable": "今回送付した調査票（Excel）に入力し、そのまま保存して再提出してください。",
    "lost_cell": "行や列を削除せず、今回送付した調査票に入力し直してください。",
    "code_mismatch": "貴団体あての調査票に入力し直してください。",
    "macros": "マクロのない、今回送付した調査票に入力し直してください。",
    "external_link": "他のブックへのリンクをやめ、数値を直接入力してください。",
}
_FOR_STAFF_ONLY = ("newer_rejected",)
"""The newer file has a letter of its own."""
_USUAL = "内容を確かめ、直して再提出してください。"


class Return(Struct, frozen=True):
    """A file to be returned: to whom, its name, what is wrong, with the value of each finding's cell as shown."""

    code: str | None
    name: str
    file: str
    findings: tuple[Finding, ...]
    values: tuple[str, ...]

    @property
    def addressee(self) -> str:
        return self.name or _UNKNOWN

    def to_json(self) -> dict[str, object]:
        findings = [finding.to_json() for finding in self.findings]
        return {"municipality": self.code, "file": self.file, "findings": findings}


def find_returns(master: Master, outcome: CollectOutcome) -> list[Return]:
    """The files that a municipality must correct or confirm, in the order in which they were read.

    A file that a newer one of the same municipality replaces is left out.
    """
    names = Layout(master.report).municipality_sheets
    taken = {file.municipality: file.modified for file in outcome.files if file.status != REJECTED}
    return [
        _return_of(file, names.get(file.municipality or "", ""), findings)
        for file in outcome.files
        if not _is_replaced(file, taken) and (findings := _to_correct(file))
    ]


def _is_replaced(file: FileOutcome, taken: Mapping[str | None, float]) -> bool:
    """Whether its municipality has sent a newer one that was taken (`taken`: when that was saved)."""
    is_corrected = file.status == REJECTED and file.modified < taken.get(file.municipality, 0)
    return file.is_superseded or is_corrected


def _to_correct(file: FileOutcome) -> tuple[Finding, ...]:
    wanted = (Severity.ERROR, Severity.WARNING)
    findings = tuple(
        finding
        for finding in file.findings
        if finding.severity in wanted and finding.code not in _FOR_STAFF_ONLY
    )
    return findings if findings or file.status != REJECTED else tuple(file.findings)


def _return_of(file: FileOutcome, name: str, findings: tuple[Finding, ...]) -> Return:
    snapshot = None if file.is_private else _open(file.path)
    values = tuple(_value(snapshot, finding) for finding in findings)
    return Return(file.municipality, name, file.shown_name, findings, values)


def _open(path: Path) -> Snapshot | None:
    """The returned workbook; None where it can't be read, as its findings say."""
    try:
        return read_snapshot(path)
    except JukixlError:
        return None


def _value(snapshot: Snapshot | None, finding: Finding) -> str:
    """What stands in a finding's cell, shortened and without what may be a person's number."""
    if finding.actual is not None:
        return hide_numbers(finding.actual)
    if snapshot is None or not finding.sheet or not finding.cell or finding.sheet not in snapshot.sheets:
        return ""
    try:
        cell = snapshot.sheets[finding.sheet].cells.get(finding.cell, EMPTY)
    except JukixlError:
        return ""
    text = hide_numbers(_shown(cell.value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _shown(value: CellValue) -> str:
    """A cell's value as Excel shows it."""
    if isinstance(value, bool):
        return str(value).upper()
    return _EMPTY if value in (None, "") else str(value)


def write_returns(
    master: Master, template: LetterTemplate, returns: Sequence[Return], folder: Path, day: date
) -> Iterator[Path]:
    """Write a letter for each of `returns`, yielding its path. InputError where one is already there."""
    head = read_letterhead(master)
    paths = list(_paths(returns, folder))
    for path in paths:
        require_new(path)
    folder.mkdir(parents=True, exist_ok=True)
    for path, one in zip(paths, returns, strict=True):
        write_atomic(path, template.render(_letter(master, one, head, day)))
        yield path


def _paths(returns: Sequence[Return], folder: Path) -> Iterator[Path]:
    """Named by body, where it isn't known by file; a second one of the same name gets a number."""
    taken: set[str] = set()
    for one in returns:
        stem = f"差戻し文_{one.code}_{one.name}" if one.name else f"差戻し文_{Path(one.file).stem}"
        name = stem
        for number in range(2, len(returns) + 2):
            if name not in taken:
                break
            name = f"{stem}_{number}"
        taken.add(name)
        yield folder / f"{name}.docx"


def _letter(master: Master, one: Return, head: Letterhead, day: date) -> Letter:
    has_errors = any(finding.severity is Severity.ERROR for finding in one.findings)
    fields = {
        "municipality": one.addressee,
        "code": one.code or "",
        "file": one.file,
        "count": str(len(one.findings)),
        "deadline": head.text_until(day),
    }
    return Letter(
        title=f"{master.report.title}に係る調査票の{'差戻し' if has_errors else '確認'}について",
        day=day,
        fields=letter_fields(master, head, day) | fields,
        cases=head.cases | {"when.errors" if has_errors else "when.warnings"},
        rows=[_row(finding, value) for finding, value in zip(one.findings, one.values, strict=True)],
    )


def _row(finding: Finding, value: str) -> tuple[str, str, str, str]:
    place = f"{finding.sheet} {finding.cell}" if finding.sheet and finding.cell else finding.sheet or "全体"
    message = finding.message.replace(_TO_STAFF, _TO_MUNICIPALITY)
    return place, value, message, _WHAT_TO_DO.get(finding.code, _USUAL)
