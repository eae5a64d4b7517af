"""A master that is open in Excel: read from a saved copy of what is on the screen, written in blocks of cells.

Before anything is written the master as it was is kept as a file beside it; what fails or is stopped half-way is undone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jukixl.addin.busy import patiently
from jukixl.addin.excel import require_usable
from jukixl.addin.kept import keep_copy
from jukixl.addin.protection import Unprotected
from jukixl.errors import InputError, Place, Problem, Refusal
from jukixl.workbook.addresses import split_a1
from jukixl.workbook.cells import CellError
from jukixl.workbook.definition import no_master
from jukixl.workbook.edits import Edit, find_changes
from jukixl.workbook.host import Announce
from jukixl.workbook.layout import DEFINITION_SHEET
from jukixl.workbook.links import Link, read_links
from jukixl.workbook.master import Master, read_master

if TYPE_CHECKING:
    import xlwings

_MANUAL = -4135  # xlCalculationManual

Content = float | str | bool | None
"""What Excel takes for a cell."""

Step = Callable[[str], None]
"""Where a host says what it does now; may raise to stop it."""


@dataclass(frozen=True, slots=True)
class CellContent:
    """A cell of a sheet (row and column from 1) and what it is to hold."""

    row: int
    column: int
    content: Content


@dataclass(frozen=True, slots=True)
class Block:
    """Contents below each other, from a cell down: one write to Excel."""

    row: int
    column: int
    contents: tuple[Content, ...]


SheetContents = dict[str, list[CellContent]]
"""Cells by sheet."""


@dataclass(frozen=True, slots=True)
class SheetWrite:
    """What is written to a sheet in one go."""

    cells: list[CellContent]
    links: tuple[Link, ...]


SheetWrites = dict[str, SheetWrite]
"""What is written, by sheet."""


def is_master(book: xlwings.Book) -> bool:
    """Whether a workbook carries the definition of a report."""
    return any(sheet.name == DEFINITION_SHEET for sheet in book.sheets)


class LiveHost:
    """The master in front. `write` leaves it unsaved, so that Excel's user decides. `kept` is the copy made before writing.

    InputError at once where the workbook is no master, or one that can't be worked on.
    """

    def __init__(self, book: xlwings.Book, step: Step = lambda _: None) -> None:
        self.book = book
        self.step = step
        self.kept: Path | None = None
        require_usable(book, to_write=False)
        if not is_master(book):
            raise no_master(str(book.name))

    def read(self) -> Master:
        """The master as it is on the screen, unsaved changes included; its file isn't touched."""
        self.step(f"読込中 {self.book.name}")
        if self._calculation() == _MANUAL:
            self.book.app.calculate()  # or the check would find formulas that only weren't computed yet
        with tempfile.TemporaryDirectory(prefix="jukixl-") as folder:
            copy = Path(folder) / str(self.book.name)
            self.book.api.SaveCopyAs(str(copy))
            return read_master(copy)

    @property
    def path(self) -> Path:
        """Where the open workbook is saved."""
        return Path(str(self.book.api.Path)) / str(self.book.name)

    def require_writable(self) -> None:
        """InputError where the workbook can't be written to. Excel itself holds its lock."""
        require_usable(self.book, to_write=True)

    def write(
        self,
        master: Master,
        edits: Sequence[Edit],
        announce: Announce | None = None,
        links: Sequence[Link] = (),
    ) -> int:
        """Make all edits, or put everything back as it was.

        Calculation is left manual: once `Excel.quiet` puts it back, Excel computes all that depends on the edits.
        """
        require_usable(self.book, to_write=True)
        changes = find_changes(master.snapshot, edits)
        if not changes:
            return 0
        wanted = _by_sheet((change.sheet, change.cell, change.new) for change in changes)
        before = _by_sheet((change.sheet, change.cell, change.old) for change in changes)
        self._require_sheets(wanted)
        self.kept = keep_copy(self.path, master.package.to_bytes())
        if announce:
            announce(None)
        self._write_or_undo(_with_links(wanted, links), _with_links(before, _former_links(master, links)))
        return len(changes)

    def _require_sheets(self, wanted: SheetContents) -> None:
        """The sheets must still be there, and show all rows: Excel passes over the rows that a filter hides."""
        there = {sheet.name: sheet for sheet in self.book.sheets}
        for name in wanted:
            if name not in there:
                message = "シートがありません。名前を元に戻してから、もう一度押してください。"
                raise InputError(Problem(message, Place(sheet=name)))
            if there[name].api.FilterMode:
                message = "絞り込みで隠れている行には書き込めません。絞り込みを解除してから、もう一度押してください。"
                raise InputError(Problem(message, Place(sheet=name)))

    def _write_or_undo(self, wanted: SheetWrites, before: SheetWrites) -> None:
        was_saved = self.book.api.Saved
        begun: SheetWrites = {}
        try:
            is_manual = self._calculation() == _MANUAL
            self.book.app.api.Calculation = _MANUAL
            for number, (sheet, write) in enumerate(wanted.items(), 1):
                self.step(f"書込中 {number}/{len(wanted)} {sheet}")
                with Unprotected(self.book.sheets[sheet]) as open_sheet:
                    begun[sheet] = before[sheet]
                    _write_sheet(open_sheet, write)
            if is_manual:
                self.book.app.calculate()
        except BaseException:  # whatever happened, half of an import must not stay
            self._undo(begun, was_saved=was_saved)
            raise

    def _undo(self, begun: SheetWrites, *, was_saved: bool) -> None:
        """Refusal, with the way out, where Excel doesn't let it."""
        try:
            for sheet, write in begun.items():
                patiently(partial(self._rewrite, sheet, write))
            self.book.api.Saved = was_saved
        except Exception as error:
            message = (
                "書き込みの途中で Excel が応答しなくなり、元に戻せませんでした。"
                f"マスターを保存せずに閉じ、書き込む前の控えを開いてください: {self.kept}"
            )
            raise Refusal(message) from error

    def _rewrite(self, sheet: str, write: SheetWrite) -> None:
        with Unprotected(self.book.sheets[sheet]) as open_sheet:
            _write_sheet(open_sheet, write)

    def _calculation(self) -> int:
        return int(self.book.app.api.Calculation)


def _write_sheet(sheet: xlwings.Sheet, write: SheetWrite) -> None:
    for block in to_blocks(write.cells):
        last = (block.row + len(block.contents) - 1, block.column)
        sheet.range((block.row, block.column), last).value = [[content] for content in block.contents]
    for link in write.links:
        _set_link(sheet, link)


def _set_link(sheet: xlwings.Sheet, link: Link) -> None:
    cell = sheet.range(link.cell).api
    cell.ClearHyperlinks()  # unlike Hyperlinks.Delete it leaves the cell's look
    if link.target:
        sheet.api.Hyperlinks.Add(cell, "", link.target)


def _with_links(contents: SheetContents, links: Iterable[Link]) -> SheetWrites:
    """The cells of each sheet with the links that belong to them."""
    by_sheet: dict[str, list[Link]] = {}
    for link in links:
        by_sheet.setdefault(link.sheet, []).append(link)
    return {sheet: SheetWrite(cells, tuple(by_sheet.get(sheet, ()))) for sheet, cells in contents.items()}


def _former_links(master: Master, links: Sequence[Link]) -> Iterator[Link]:
    """Where the cells of these links led to before."""
    former = {
        sheet: read_links(master.package[master.snapshot.sheets[sheet].part])
        for sheet in {link.sheet for link in links}
    }
    return (Link(link.sheet, link.cell, former[link.sheet].get(link.cell)) for link in links)


def to_blocks(cells: Iterable[CellContent]) -> Iterator[Block]:
    """The cells of one sheet as runs below each other.

    >>> cells = [CellContent(2, 2, 1), CellContent(3, 2, 2), CellContent(3, 3, 3)]
    >>> [block.contents for block in to_blocks(cells)]
    [(1, 2), (3,)]
    """
    run: list[CellContent] = []
    for cell in sorted(cells, key=lambda cell: (cell.column, cell.row)):
        if run and (run[-1].column, run[-1].row + 1) != (cell.column, cell.row):
            yield _block(run)
            run = []
        run.append(cell)
    if run:
        yield _block(run)


def _block(run: Sequence[CellContent]) -> Block:
    return Block(run[0].row, run[0].column, tuple(cell.content for cell in run))


def _by_sheet(cells: Iterable[tuple[str, str, object]]) -> SheetContents:
    found: SheetContents = {}
    for sheet, a1, value in cells:
        row, column = split_a1(a1)
        found.setdefault(sheet, []).append(CellContent(row, column, to_content(value)))
    return found


def to_content(value: object) -> Content:
    """A cell's value as it has to be given to Excel, which reads whatever text it gets as if it were typed.

    Text gets the apostrophe that keeps it text: `1/2`, `12E3`, `令和6年5月27日` and `=A1` would become something else.

    >>> to_content("令和6年5月27日"), to_content(""), to_content(CellError("#N/A"))
    ("'令和6年5月27日", None, '#N/A')
    >>> to_content(Decimal("0.5")), to_content(3_000_000_000), to_content(True)
    (0.5, 3000000000.0, True)
    """
    if isinstance(value, CellError):
        return str(value)
    if isinstance(value, str):
        return f"'{value}" if value else None
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(value)  # as Excel keeps every number; an integer of more than 32 bits would be refused
    assert value is None or isinstance(value, bool), "an edit is stored as number, text or truth value"
    return value
