"""A master that is open in Excel: read from a saved copy of what is on the screen, written cell by cell in blocks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jukixl.addin.excel import require_usable
from jukixl.errors import InputError
from jukixl.workbook.addresses import split_a1
from jukixl.workbook.edits import Edit, EditValue, find_changes
from jukixl.workbook.master import Master, read_master

if TYPE_CHECKING:
    import xlwings


@dataclass(frozen=True, slots=True)
class Block:
    """Values below each other, from a cell (row and column from 1) down: one write to Excel."""

    sheet: str
    row: int
    column: int
    values: tuple[EditValue, ...]


class LiveHost:
    """The master in front. `write` leaves it unsaved, so that Excel's user decides."""

    def __init__(self, book: xlwings.Book) -> None:
        self.book = book

    def read(self) -> Master:
        """The master as it is on the screen, unsaved changes included; its file isn't touched."""
        require_usable(self.book, to_write=False)
        with tempfile.TemporaryDirectory(prefix="jukixl-") as folder:
            copy = Path(folder) / str(self.book.name)
            self.book.api.SaveCopyAs(str(copy))
            return read_master(copy)

    def write(self, master: Master, edits: Sequence[Edit]) -> int:
        """Make all edits, or put everything back as it was; Excel recalculates what depends on them."""
        require_usable(self.book, to_write=True)
        changes = find_changes(master.snapshot, edits)
        wanted = [Edit(change.sheet, change.cell, _typed(change.new)) for change in changes]
        before = [Edit(change.sheet, change.cell, _typed(change.old)) for change in changes]
        self._require_sheets(before)
        try:
            self._write_all(wanted)
        except BaseException:  # whatever happened, half of an import must not stay
            self._write_all(before)
            raise
        return len(changes)

    def _require_sheets(self, edits: Iterable[Edit]) -> None:
        """The sheets must still be there: the user may have renamed one meanwhile. InputError names it."""
        there = {sheet.name for sheet in self.book.sheets}
        for sheet in {edit.sheet for edit in edits}:
            if sheet not in there:
                raise InputError(f"シート「{sheet}」がありません。元に戻してから、もう一度押してください。")

    def _write_all(self, edits: Sequence[Edit]) -> None:
        by_sheet: dict[str, list[Edit]] = {}
        for edit in edits:
            by_sheet.setdefault(edit.sheet, []).append(edit)
        for sheet, own in by_sheet.items():
            with _Unprotected(self.book.sheets[sheet]) as open_sheet:
                for block in to_blocks(own):
                    last = (block.row + len(block.values) - 1, block.column)
                    target = open_sheet.range((block.row, block.column), last)
                    target.value = [[_as_typed(value)] for value in block.values]


class _Unprotected:
    """A sheet whose protection (without password) is lifted meanwhile."""

    def __init__(self, sheet: xlwings.Sheet) -> None:
        self.sheet = sheet
        self.was_protected = bool(sheet.api.ProtectContents)

    def __enter__(self) -> xlwings.Sheet:
        if self.was_protected:
            self.sheet.api.Unprotect()
        return self.sheet

    def __exit__(self, *_: object) -> None:
        if self.was_protected:
            self.sheet.api.Protect(AllowFormattingColumns=True, AllowFormattingRows=True)


def to_blocks(edits: Iterable[Edit]) -> Iterator[Block]:
    """The edits of one sheet as runs of cells below each other.

    >>> [block.values for block in to_blocks([Edit("s", "B2", 1), Edit("s", "B3", 2), Edit("s", "C3", 3)])]
    [(1, 2), (3,)]
    """
    placed = sorted((split_a1(edit.cell)[::-1], edit) for edit in _unique(edits))
    run: list[tuple[tuple[int, int], Edit]] = []
    for (column, row), edit in placed:
        if run and run[-1][0] != (column, row - 1):
            yield _block(run)
            run = []
        run.append(((column, row), edit))
    if run:
        yield _block(run)


def _unique(edits: Iterable[Edit]) -> list[Edit]:
    return list({edit.cell: edit for edit in edits}.values())


def _block(run: Sequence[tuple[tuple[int, int], Edit]]) -> Block:
    (column, row), first = run[0]
    return Block(first.sheet, row, column, tuple(edit.value for _, edit in run))


def _typed(value: object) -> EditValue:
    """A cell's content as something that can be written; error values can't."""
    return value if isinstance(value, int | float | str | bool) else None


def _as_typed(value: EditValue) -> EditValue:
    """Text that begins like a formula stays text: Excel takes a leading apostrophe for that."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "'") else value
