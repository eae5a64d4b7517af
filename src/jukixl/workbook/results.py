"""The list of all formulas on sheet 検算: where it stands, and the edits that write it anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jukixl.workbook.addresses import join_a1, quote_sheet, split_a1
from jukixl.workbook.cells import EMPTY
from jukixl.workbook.edits import Edit
from jukixl.workbook.links import Link
from jukixl.workbook.snapshot import Snapshot

FORMULAS_RANGE = "result.formulas"
"""The name of its headings; its lines are the rows below, to the end of the sheet."""
FORMULA_HEADINGS = ("セル", "数式", "Excel の値", "Python の値", "項目", "判定")
_REASON = "検算"

Line = tuple[str, ...]
"""The texts of a line under `FORMULA_HEADINGS`; the first is its place, `別紙5!C32`."""


def has_formula_list(snapshot: Snapshot) -> bool:
    """Whether a master has room for the list; those of earlier versions haven't."""
    area = snapshot.names.get(FORMULAS_RANGE)
    return area is not None and area.sheet in snapshot.sheets


def formula_list_edits(snapshot: Snapshot, lines: Sequence[Line]) -> Iterator[Edit]:
    """The edits that bring these lines into the list and take out what is below them."""
    area = snapshot.names[FORMULAS_RANGE]
    row, column = split_a1(area.first)
    cells = snapshot.sheets[area.sheet].cells
    filled = (split_a1(a1) for a1 in cells)
    last = max((there for there, _ in filled), default=row)
    for number in range(max(len(lines), last - row)):
        texts = lines[number] if number < len(lines) else ("",) * len(FORMULA_HEADINGS)
        for place, text in enumerate(texts):
            a1 = join_a1(row + 1 + number, column + place)
            if (cells.get(a1, EMPTY).value or "") != text:
                yield Edit(area.sheet, a1, text or None, _REASON)


def place_links(edits: Sequence[Edit], column: int = 1) -> list[Link]:
    """A link for each edited place (`別紙5!C32`) in a column; none for one that was emptied."""
    places = ((edit, str(edit.value or "")) for edit in edits if split_a1(edit.cell)[1] == column)
    return [Link(edit.sheet, edit.cell, _target(text)) for edit, text in places]


def _target(place: str) -> str | None:
    sheet, mark, cell = place.rpartition("!")
    return f"{quote_sheet(sheet)}!{cell}" if mark else None
