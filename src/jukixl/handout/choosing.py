"""Which text a document gets where it and the workbook differ: the workbook's (build), or what a hand wrote (refresh)."""

from __future__ import annotations

from typing import Protocol

from msgspec.structs import replace

from jukixl.era import fold_digits
from jukixl.handout.controls import Control
from jukixl.handout.grid import Grid
from jukixl.handout.manifest import TOTAL, Manifest, row_name
from jukixl.handout.tabletext import RowText, TableText


class Chooser(Protocol):
    """Says what is to stand in the document, and what the manifest is to remember as last written. `last`: what that was."""

    last: Manifest

    def figure(self, control: Control, due: str) -> str:
        """The text for a figure's control; `due` is the workbook's."""

    def table(self, grid: Grid, due: TableText) -> TableText:
        """The texts for a table, as it stands in the document and as the workbook has it."""

    def skips(self, table_id: str) -> bool:
        """Whether a table is left alone."""

    def set_free(self, control: Control, words: str) -> None:
        """Told of words that a hand typed into a sentence that is hidden now: they stand outside of its control."""

    def manifest(self) -> Manifest:
        """What was written last, everywhere."""


class WorkbookWins:
    """Everything as the workbook has it."""

    def __init__(self, last: Manifest) -> None:
        self.last = last
        self._figures: dict[str, str] = {}
        self._tables: dict[str, dict[str, RowText]] = {}

    def figure(self, control: Control, due: str) -> str:
        self._figures[control.tag or ""] = fold_digits(due)
        return due

    def table(self, grid: Grid, due: TableText) -> TableText:  # noqa: ARG002 - what stood there doesn't matter
        self._tables[due.table.id] = written_rows(due)
        return due

    def skips(self, table_id: str) -> bool:  # noqa: ARG002
        return False

    def set_free(self, control: Control, words: str) -> None:
        """Nobody needs to know."""

    def manifest(self) -> Manifest:
        return replace(self.last, figures=self._figures, tables=self._tables)


def written_rows(text: TableText) -> dict[str, RowText]:
    """What a table's manifest remembers. Texts of key columns aren't repeated: the row's name stands for them."""
    rows = {row_name(key): written_row(text, row) for key, row in zip(text.keys, text.rows, strict=True)}
    return rows if text.total is None else {**rows, TOTAL: text.total}


def written_row(text: TableText, row: RowText) -> RowText:
    """One row of it."""
    written = list(row)
    for at in text.key_columns:
        written[at] = ""
    return tuple(written)
