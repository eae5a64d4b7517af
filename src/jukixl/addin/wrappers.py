"""How Excel reaches `workbook/functions.py`: the module that the add-in's VBA names, with an entry for each declared function.

An entry is made when xlwings asks for it, so that nothing here needs xlwings or Windows before a cell calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from jukixl.workbook.addresses import CellRange, join_a1
from jukixl.workbook.cells import Cell, CellError, CellValue, Sheet
from jukixl.workbook.cellwise import Argument, Result, Scalar
from jukixl.workbook.dates import to_serial
from jukixl.workbook.functions import BOOK_UDFS, UDFS
from jukixl.workbook.snapshot import Snapshot

if TYPE_CHECKING:
    import xlwings

Entry = Callable[..., object]
_ERROR_CODES = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})


def __getattr__(name: str) -> Entry:
    """The entry of a declared function, for xlwings."""
    if name in UDFS or name in BOOK_UDFS:
        return _entry(name)
    raise AttributeError(name)


@cache
def _entry(name: str) -> Entry:
    """The function with what xlwings must know of it: arguments as blocks, error values as texts."""
    from xlwings import udfs

    if name in BOOK_UDFS:

        def entry(wanted: object, caller: xlwings.Range) -> object:
            snapshot = live_snapshot(caller.sheet.book)
            return _to_excel(BOOK_UDFS[name](snapshot, _from_excel(wanted)))

        return _declared(udfs, entry, "wanted")

    def plain_entry(*cells: object) -> object:
        return _to_excel(UDFS[name](*map(_from_excel, cells)))

    return _declared(udfs, plain_entry, "cells")


def _declared(udfs: Any, entry: Entry, argument: str) -> Entry:  # noqa: ANN401 - a module
    entry.__annotations__ = {}  # xlwings takes annotations for conversions
    declared: Entry = udfs.xlarg(argument, ndim=2, err_to_str=True)(udfs.xlfunc(entry))
    return declared


def _from_excel(block: object) -> Argument:
    """An argument as xlwings hands it over: always rows; a single cell becomes its value."""
    if not isinstance(block, list):
        return None  # an optional argument that was left out
    rows: list[list[Scalar]] = [[_cell_from_excel(value) for value in row] for row in block]
    return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows


def _cell_from_excel(value: Any) -> Any:  # noqa: ANN401 - whatever COM gives
    if isinstance(value, str) and value in _ERROR_CODES:
        return CellError(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _to_excel(result: Result) -> object:
    """What the VBA side turns into a cell's value: error values as their texts, a blank as empty text."""
    if isinstance(result, list):
        return [[_cell_to_excel(value) for value in row] for row in result]
    return _cell_to_excel(result)


def _cell_to_excel(value: Scalar) -> object:
    if isinstance(value, CellError):
        return value.code
    return "" if value is None else value


def live_snapshot(book: xlwings.Book) -> Snapshot:
    """A workbook open in Excel as values, each name and sheet read when it is first asked for; formulas aren't read."""
    return Snapshot(str(book.name), _LiveSheets(book), _LiveNames(book))


class _LiveNames(Mapping[str, CellRange]):
    """The names of an open workbook that stand for a cell or a rectangle."""

    def __init__(self, book: xlwings.Book) -> None:
        self._book = book

    def __getitem__(self, name: str) -> CellRange:
        names = self._book.names
        area = CellRange.parse(str(names[name].refers_to).removeprefix("=")) if names.contains(name) else None
        if area is None:
            raise KeyError(name)
        return area

    def __iter__(self) -> Iterator[str]:
        return (str(name.name) for name in self._book.names)

    def __len__(self) -> int:
        return len(self._book.names)


class _LiveSheets(Mapping[str, Sheet]):
    """The sheets of an open workbook; the cells of one are read in a single block."""

    def __init__(self, book: xlwings.Book) -> None:
        self._book = book

    def __getitem__(self, name: str) -> Sheet:
        if name not in list(self):
            raise KeyError(name)
        return Sheet(name, lambda: _read_cells(self._book.sheets[name]))

    def __iter__(self) -> Iterator[str]:
        return (str(sheet.name) for sheet in self._book.sheets)

    def __len__(self) -> int:
        return len(self._book.sheets)


def _read_cells(sheet: xlwings.Sheet) -> dict[str, Cell]:
    used = sheet.used_range
    top, left = int(used.row), int(used.column)
    rows = used.options(ndim=2, err_to_str=True).value
    return {
        join_a1(top + down, left + right): Cell(_cell_value(value))
        for down, row in enumerate(rows)
        for right, value in enumerate(row)
        if value is not None
    }


def _cell_value(value: object) -> CellValue:
    if isinstance(value, date):
        return to_serial(value, date1904=False)  # COM gives the date, whatever the workbook counts from
    found: CellValue = _cell_from_excel(value)
    return found
