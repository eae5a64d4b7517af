"""確認済み: a warning that a clerk has looked into stays quiet while its value and its rule are the same. Errors can't be waived."""

from __future__ import annotations

from binascii import crc32
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from itertools import groupby

from msgspec.structs import replace

from jukixl.findings import Finding, Severity
from jukixl.workbook.edits import Edit, EditValue
from jukixl.workbook.snapshot import Snapshot
from jukixl.workbook.waivers import LAST_YEAR, Waiver, read_waivers

Row = tuple[EditValue, ...]
"""A line of the list as its cells hold it."""


class State(StrEnum):
    """How a line of the list stands; the words that clerks read."""

    ERROR = "誤り"
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

    def arrange(self, findings: Iterable[Finding]) -> list[Row]:
        """The rows of the list, by state, each state under a heading; `findings` as they were found, before `apply`.

        What clerks wrote stays, also where a warning is gone. Where there isn't room for all, the last are left out, and
        the last line says how many.
        """
        written = [line for line in self.lines if line.reason or line.name or line.day not in (None, "")]
        listed = {self.key(one): one for one in findings if one.severity is not Severity.INFO}
        rows = [self._with_state(line, listed) for line in written]
        taken = {line.key for line in written}
        new = [self._row(key, one) for key, one in listed.items() if key not in taken]
        new.sort(key=_group)
        room = max(0, len(self.lines) - len(rows) - len(_GROUPS))
        if room < len(new):
            room = max(0, room - 1)
        rows = sorted((*rows, *new[:room]), key=_group)
        if len(rows) + len(_GROUPS) > len(self.lines):  # what was written takes all the room
            return rows
        listed_rows = [
            row for state, group in groupby(rows, _state) for row in _with_heading(state, list(group))
        ]
        return [*listed_rows, *_rest(new[room:])]

    def list_edits(self, rows: Sequence[Row]) -> Iterator[Edit]:
        """The edits that bring these rows into the list."""
        for number, line in enumerate(self.lines):
            content = rows[number] if number < len(rows) else _BLANK
            now = (line.place, line.message, line.state, line.key, line.reason, line.name, line.day)
            for cell, old, new in zip(line.cells, now, content, strict=True):
                if (old or None) != (new or None):
                    yield Edit(line.sheet, cell, new or None, "指摘の確認")

    def _with_state(self, line: Waiver, listed: Mapping[str, Finding]) -> Row:
        subjects = {_subject(key) for key in listed}
        if line.is_last_years:
            return (line.place, line.message, line.state, line.key, line.reason, line.name, line.day)
        if line.key in listed:
            is_error = listed[line.key].severity is Severity.ERROR
            state = State.ERROR if is_error else State.WAIVED if line.is_complete else State.OPEN
        else:
            state = State.REOPENED if _subject(line.key) in subjects else State.GONE
        return (line.place, line.message, state.value, line.key, line.reason, line.name, line.day)

    def _row(self, key: str, finding: Finding) -> Row:
        place = f"{finding.sheet}!{finding.cell}" if finding.cell else finding.sheet or ""
        state = State.ERROR if finding.severity is Severity.ERROR else State.OPEN
        return (place, _described(finding), state.value, key, "", "", None)


_GROUPS = (State.ERROR, State.REOPENED, State.OPEN, State.WAIVED, LAST_YEAR, State.GONE)
"""The states in the order of the list: what is to be done comes first."""
_BLANK: Row = ("", "", "", "", "", "", None)


def _state(row: Row) -> str:
    return str(row[2])


def _group(row: Row) -> int:
    return next((number for number, state in enumerate(_GROUPS) if row[2] == state), len(_GROUPS))


def _with_heading(state: str, rows: list[Row]) -> list[Row]:
    return [(f"■ {state}　{len(rows)} 件", *_BLANK[1:]), *rows]


def _rest(left_out: Sequence[Row]) -> list[Row]:
    text = f"■ ほか {len(left_out)} 件は、ここに入りきりません。「指摘一覧」に全件を書き出せます。"
    return [(text, *_BLANK[1:])] if left_out else []


def _described(finding: Finding) -> str:
    """Of an error also what should stand there; a warning's list says what was confirmed."""
    if finding.severity is not Severity.ERROR or finding.expected is None:
        return finding.message
    return f"{finding.message}（今の値 {finding.actual or '空欄'}、あるべき値 {finding.expected}）"


def _subject(key: str) -> str:
    return key.rpartition("#")[0]
