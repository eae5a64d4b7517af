"""Personal numbers in what comes in: found before anything else is made of a file, and told without showing them."""

from __future__ import annotations

import re
from pathlib import Path

from jukixl.errors import InputError
from jukixl.findings import Described, Finding, Severity
from jukixl.workbook.package import Package
from jukixl.workbook.personal_scan import Hit, scan_bytes, scan_document, scan_text, scan_workbook
from jukixl.workbook.snapshot import Snapshot, read_snapshot

_SHOWN = 20
_TIME = re.compile(r"(?<!\d)20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d(?!\d)")
"""A day and time of day, as many names of files have it."""
_ZIP = b"PK\x03\x04"
_WAY_OUT = (
    "ファイルは取り込まず、保管もしていません。番号を消した調査票を送り直すよう市町村に連絡し、"
    "このファイルは規程に従って消去するか、「隔離」で分けて保管してください。"
)
_CHECK = "番号でなければ、そのままで差し支えありません。"


CODES = (
    Described(
        "personal_number",
        (
            Severity.ERROR,
            Severity.WARNING,
        ),
        "個人番号又は住民票コードと思われる番号がある（番号は伏せて示す）",
        "ファイルを消去又は隔離し、番号を消して送り直してもらう。番号でなければ、そのままでよい。",
    ),
)


def find_personal_numbers(
    data: bytes, name: str, form: tuple[Package, Snapshot] | None = None
) -> list[Finding]:
    """Findings for all that may be a 個人番号 or 住民票コード in a file, its name included; errors reject the file.

    `form` is the file as a workbook, None where it can't be read as one.
    """
    hits = scan_text(name, [_TIME.sub(" ", name)]) + _scan(data, name, form)
    findings = [_finding_of(hit) for hit in hits[:_SHOWN]]
    if len(hits) > _SHOWN:
        message = f"個人番号などと思われる番号が、ほかに {len(hits) - _SHOWN} か所あります。{_WAY_OUT}"
        findings.append(Finding("personal_number", Severity.ERROR, message))
    return findings


def screen_file(file: Path) -> list[Finding]:
    """The same for a file to be imported. What can't be read has nothing to be screened: reading it says why."""
    try:
        data = file.read_bytes()
    except OSError:
        return []
    try:
        package = Package.from_bytes(data, file.name) if data.startswith(_ZIP) else None
        form = (package, read_snapshot(package)) if package else None
    except InputError:
        form = None
    return find_personal_numbers(data, file.name, form)


def _scan(data: bytes, name: str, form: tuple[Package, Snapshot] | None) -> list[Hit]:
    if form is not None:
        try:
            return scan_workbook(*form)
        except InputError:  # a damaged sheet: what its cells hold is looked for in its text
            return scan_document(form[0])
    if data.startswith(_ZIP):
        try:
            return scan_document(Package.from_bytes(data, name))
        except InputError:  # nothing can be seen in a damaged zip
            return []
    return scan_bytes(name, data)


def _finding_of(hit: Hit) -> Finding:
    suspicion = hit.suspicion
    where = "" if hit.place.cell else f"{hit.where}に、"
    message = f"{where}{suspicion.kind}と思われる番号（{suspicion.masked}）があります。{_WAY_OUT if suspicion.is_sure else _CHECK}"
    severity = Severity.ERROR if suspicion.is_sure else Severity.WARNING
    return Finding("personal_number", severity, message, hit.place.sheet, hit.place.cell)
