"""Who has answered (提出状況)."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict

from jukixl.workbook import names
from jukixl.workbook.layout import COLLECTED, Layout
from jukixl.workbook.master import Master


class StatusRow(Struct, frozen=True):
    """One municipality: six-digit code, name, state, and of the collected file: when, its name, findings."""

    code: str
    name: str
    state: str
    time: str
    file: str
    findings: int

    @property
    def is_collected(self) -> bool:
        return self.state == COLLECTED

    def to_json(self) -> dict[str, object]:
        """The row with its keys as they are; empty texts become null."""
        return {key: (None if value == "" else value) for key, value in asdict(self).items()}


def read_status(master: Master) -> list[StatusRow]:
    """All municipalities of a master, in order."""
    return [_read_row(master, code, name) for code, name in Layout(master.report).municipality_sheets.items()]


def _read_row(master: Master, code: str, name: str) -> StatusRow:
    texts = {
        item: str(master.snapshot.value(names.status_name(code, item)) or "")
        for item in ("state", "time", "file")
    }
    findings = master.snapshot.value(names.status_name(code, "findings"))
    return StatusRow(code, name, findings=int(findings) if isinstance(findings, int) else 0, **texts)
