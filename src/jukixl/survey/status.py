"""Who has answered (提出状況)."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict

from jukixl.workbook import names
from jukixl.workbook.layout import COLLECTED, STATES, STATUS_ITEMS, TO_CONFIRM, Layout
from jukixl.workbook.master import Master


class StatusRow(Struct, frozen=True):
    """One municipality: six-digit code, name, state, and of the last file: when, its name, digest, findings, contact."""

    code: str
    name: str
    state: str
    time: str
    file: str
    findings: int
    digest: str = ""
    contact: str = ""

    @property
    def is_collected(self) -> bool:
        """Whether its answers are in the master, to be confirmed or not."""
        return self.state in (COLLECTED, TO_CONFIRM)

    def to_json(self) -> dict[str, object]:
        """The row with its keys as they are; empty texts become null."""
        return {key: (None if value == "" else value) for key, value in asdict(self).items()}


def read_status(master: Master) -> list[StatusRow]:
    """All municipalities of a master, in order."""
    return [_read_row(master, code, name) for code, name in Layout(master.report).municipality_sheets.items()]


def count_states(rows: list[StatusRow]) -> dict[str, int]:
    """How many municipalities are in each state, all states named."""
    return {state: sum(row.state == state for row in rows) for state in STATES}


def _read_row(master: Master, code: str, name: str) -> StatusRow:
    known = [item for item in STATUS_ITEMS if names.status_name(code, item) in master.snapshot.names]
    values = {item: master.snapshot.value(names.status_name(code, item)) for item in known}
    findings = values.pop("findings", None)
    texts = {item: str(value or "") for item, value in values.items()}
    return StatusRow(code, name, findings=findings if isinstance(findings, int) else 0, **texts)
