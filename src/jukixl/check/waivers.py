"""確認済み: a warning that a clerk has looked into stays quiet while its value and its rule are the same. Errors can't be waived."""

from __future__ import annotations

from binascii import crc32
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property

from msgspec.structs import replace

from jukixl.findings import Finding, Severity
from jukixl.workbook.edits import Edit, EditValue
from jukixl.workbook.snapshot import Snapshot
from jukixl.workbook.waivers import Waiver, read_waivers

Row = tuple[EditValue, ...]
"""A line of the list as its cells hold it."""


class State(StrEnum):
    """How a line of the list stands; the words that clerks read."""

    OPEN = "未確認"
    WAIVED = "確認済み"
    REOPENED = "再確認（値か検算が変わりました）"
    GONE = "該当なし"


class Waivers:
    """The list of a master, and what it says of warnings."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.lines = read_waivers(snapshot)
        complete = [line for line in self.lines if line.is_complete]
        self._known = {line.key: line for line in complete if not line.is_last_years}
        self._subjects = {_subject(key) for key in self._known}
        self._last_year = {_subject(line.key): line for line in complete if line.is_last_years}

    def apply(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings, with waived warnings as infos that say why, and reopened ones saying that they are."""
        if not self._known and not self._last_year:
            return tuple(findings)
        return tuple(map(self._judge, findings))

    def _judge(self, finding: Finding) -> Finding:
        if finding.severity is not Severity.WARNING:
            return finding
        key = self.key(finding)
        line = self._known.get(key)
        if line:
            message = f"確認済み（{line.reason}　{line.name}）: {finding.message}"
            return replace(finding, severity=Severity.INFO, message=message)
        if _subject(key) in self._subjects:
            message = f"{finding.message}（以前の確認の後に、値か検算が変わりました）"
            return replace(finding, message=message)
        former = self._last_year.get(_subject(key))
        if former:
            return replace(finding, message=f"{finding.message}（前年は「{former.reason}」により確認済み）")
        return finding

    def key(self, finding: Finding) -> str:
        """Which warning it is, by its cell's name, and a checksum of what it says; both stay when rows move."""
        place = (finding.sheet, finding.cell)
        subject = self._names.get(place) or (
            finding.sheet if finding.cell is None else "!".join(map(str, place))
        )
        said = "\n".join(map(str, (finding.message, finding.expected, finding.actual)))
        return f"{finding.code}:{subject or ''}#{crc32(said.encode()):08x}"

    @cached_property
    def _names(self) -> Mapping[tuple[str | None, str | None], str]:
        areas = self._snapshot.names.items()
        return {(area.sheet, area.first): name for name, area in areas if area.is_cell}

    def list_edits(self, findings: Iterable[Finding]) -> Iterator[Edit]:
        """The edits that bring the warnings into the list; `findings` as they were found, before `apply`.

        What clerks wrote stays, also where a warning is gone.
        """
        written = [line for line in self.lines if line.reason or line.name or line.day not in (None, "")]
        warnings = {self.key(one): one for one in findings if one.severity is Severity.WARNING}
        rows = [self._with_state(line, warnings) for line in written]
        taken = {line.key for line in written}
        rows += [self._row(key, one) for key, one in warnings.items() if key not in taken]
        blank = ("",) * 4
        for number, line in enumerate(self.lines):
            content = rows[number] if number < len(rows) else (*blank, "", "", None)
            now = (line.place, line.message, line.state, line.key, line.reason, line.name, line.day)
            for cell, old, new in zip(line.cells, now, content, strict=True):
                if (old or None) != (new or None):
                    yield Edit(line.sheet, cell, new or None, "指摘の確認")

    def _with_state(self, line: Waiver, warnings: Mapping[str, Finding]) -> Row:
        subjects = {_subject(key) for key in warnings}
        if line.is_last_years:
            return (line.place, line.message, line.state, line.key, line.reason, line.name, line.day)
        if line.key in warnings:
            state = State.WAIVED if line.is_complete else State.OPEN
        else:
            state = State.REOPENED if _subject(line.key) in subjects else State.GONE
        return (line.place, line.message, state.value, line.key, line.reason, line.name, line.day)

    def _row(self, key: str, finding: Finding) -> Row:
        place = f"{finding.sheet}!{finding.cell}" if finding.cell else finding.sheet or ""
        return (place, finding.message, State.OPEN.value, key, "", "", None)


def _subject(key: str) -> str:
    return key.rpartition("#")[0]
