"""The list on sheet 検算 in which clerks write why a warning may stand: who, when, and for which value."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from jukixl.workbook.cells import EMPTY, CellError
from jukixl.workbook.edits import Edit
from jukixl.workbook.snapshot import Snapshot

WAIVERS_RANGE = "waiver.table"
"""The name of the whole list, heading included."""
HEADINGS = ("場所", "指摘", "状態", "記号", "理由", "確認者", "確認日")
LAST_YEAR = "前年に確認済み"
"""The state of a line that came from last year's master: it tells why, and waives nothing."""
ROOM = 200
"""How many warnings the list has room for."""


class Waiver(Struct, frozen=True):
    """One line of the list. `key` says which warning it is about and for which value; empty on a free line."""

    sheet: str
    cells: tuple[str, ...]
    place: str = ""
    message: str = ""
    state: str = ""
    key: str = ""
    reason: str = ""
    name: str = ""
    day: int | float | str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether it says why, who and when."""
        return bool(self.key and self.reason and self.name and self.day not in (None, ""))

    @property
    def is_last_years(self) -> bool:
        return self.state == LAST_YEAR


def carry_over(former: Snapshot, snapshot: Snapshot) -> Iterator[Edit]:
    """The edits that bring last year's complete waivers into the free lines of this year's list."""
    there = {line.key for line in read_waivers(snapshot)}
    free = (line for line in read_waivers(snapshot) if not line.key)
    carried = (line for line in read_waivers(former) if line.is_complete and line.key not in there)
    for line, old in zip(free, carried, strict=False):
        contents = (old.place, old.message, LAST_YEAR, old.key, old.reason, old.name, old.day)
        for cell, content in zip(line.cells, contents, strict=True):
            yield Edit(line.sheet, cell, content or None, "前年の取込")


def read_waivers(snapshot: Snapshot) -> list[Waiver]:
    """Every line of the list, free ones included; none in a master without one."""
    return list(_iter_lines(snapshot))


def _iter_lines(snapshot: Snapshot) -> Iterator[Waiver]:
    area = snapshot.names.get(WAIVERS_RANGE)
    if area is None or area.sheet not in snapshot.sheets:
        return
    cells = snapshot.sheets[area.sheet].cells
    for row in area.rows()[1:]:
        if cells.keys().isdisjoint(row):
            yield Waiver(area.sheet, tuple(row))
            continue
        *texts, day = (cells.get(a1, EMPTY).value for a1 in row)
        place, message, state, key, reason, name = (
            "" if text is None else str(text).strip() for text in texts
        )
        known = str(day) if isinstance(day, CellError) else day
        yield Waiver(area.sheet, tuple(row), place, message, state, key, reason, name, known)
