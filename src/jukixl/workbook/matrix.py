"""Sheets 前年 and 理由: one row a municipality, one column an input of the survey.

A cell is found by the municipality's code in the first column and by the input's key (`annex5.applications`) in the
first row of one named rectangle. So 2,000 cells need no names of their own, and staff can paste a whole year at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from jukixl.workbook.cells import EMPTY, CellValue
from jukixl.workbook.snapshot import Snapshot

PREVIOUS_RANGE, REASONS_RANGE = "previous.table", "reason.table"

Key = tuple[str, str]  # municipality, key of the input


class MatrixCell(Struct, frozen=True):
    """A cell of a matrix: where it is, and what it holds."""

    sheet: str
    cell: str
    value: CellValue


def read_matrix(snapshot: Snapshot, name: str) -> dict[Key, MatrixCell]:
    """Every cell of a matrix (`PREVIOUS_RANGE`, `REASONS_RANGE`); none in a master that has no such sheet."""
    return dict(_iter_cells(snapshot, name))


def _iter_cells(snapshot: Snapshot, name: str) -> Iterator[tuple[Key, MatrixCell]]:
    area = snapshot.names.get(name)
    if area is None or area.sheet not in snapshot.sheets:
        return
    cells = snapshot.sheets[area.sheet].cells
    heads, *rows = area.rows()
    keys = [cells.get(head, EMPTY).value for head in heads]
    for row in rows:
        code = cells.get(row[0], EMPTY).value
        if isinstance(code, str):
            for key, a1 in zip(keys, row, strict=True):
                if isinstance(key, str) and "." in key:
                    yield (code, key), MatrixCell(area.sheet, a1, cells.get(a1, EMPTY).value)
