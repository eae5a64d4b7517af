"""Files that staff paste together: CSV and .xlsx as rows of cells, with the place of each for messages."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from jukixl.errors import InputError, Place, Problem
from jukixl.workbook.addresses import join_a1, split_a1
from jukixl.workbook.cells import CellValue
from jukixl.workbook.snapshot import read_snapshot

_ENCODINGS = ("utf-8-sig", "cp932")


class Grid(Struct, frozen=True):
    """A rectangle of cells from the first row of a file (or of a workbook's first visible sheet) down."""

    file: str
    sheet: str | None
    rows: list[list[CellValue]]
    date1904: bool = False

    def place(self, row: int, column: int) -> Place:
        """The place of a cell, both counted from 0."""
        return Place(self.file, self.sheet, join_a1(row + 1, column + 1))


def read_grid(path: Path) -> Grid:
    """The cells of a .csv (UTF-8 or Shift_JIS) or .xlsx file. InputError for anything else."""
    if not path.is_file():
        raise InputError(Problem("ファイルがありません。", Place(file=str(path))))
    if path.suffix.lower() == ".csv":
        return Grid(path.name, None, [list(row) for row in csv.reader(io.StringIO(_decode(path)))])
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return _read_workbook(path)
    raise InputError(Problem("CSV か xlsx のファイルを指定してください。", Place(file=path.name)))


def _decode(path: Path) -> str:
    data = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    message = (
        "文字コードが UTF-8 でも Shift_JIS でもありません。Excel で「CSV UTF-8」として保存し直してください。"
    )
    raise InputError(Problem(message, Place(file=path.name)))


def _read_workbook(path: Path) -> Grid:
    snapshot = read_snapshot(path)
    sheet = next((sheet for sheet in snapshot.sheets.values() if sheet.state == "visible"), None)
    if sheet is None or not sheet.cells:
        raise InputError(Problem("表示されているシートが空です。", Place(file=path.name)))
    places = {split_a1(a1): cell.value for a1, cell in sheet.cells.items()}
    height, width = max(row for row, _ in places), max(column for _, column in places)
    rows = [[places.get((row, column)) for column in range(1, width + 1)] for row in range(1, height + 1)]
    return Grid(path.name, sheet.name, rows, snapshot.date1904)


def fold(text: object) -> str:
    """A heading for comparison: width, case and white space folded. Never for people's or places' names in data."""
    return "".join(unicodedata.normalize("NFKC", str(text or "")).casefold().split())


def iter_filled_rows(grid: Grid, start: int) -> Iterator[tuple[int, list[CellValue]]]:
    """Rows from `start` (from 0) with anything in them, with their number."""
    for number, row in enumerate(grid.rows[start:], start):
        if any(str(cell).strip() for cell in row if cell is not None):
            yield number, row
