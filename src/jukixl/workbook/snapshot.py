"""A workbook as values: sheets, cells with formula and cached value, and cell names. Nothing here writes.

Snapshots come from a .xlsx file (`read_snapshot`) or are put together from plain dicts, as the live hosts do.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from functools import cached_property

from jukixl.errors import InputError, Place, Problem
from jukixl.workbook.addresses import CellRange, column_letters, column_number, split_a1
from jukixl.workbook.cells import EMPTY, Cell, CellError, CellValue, Sheet, SheetState
from jukixl.workbook.package import Package, read_package
from jukixl.workbook.reader import read_workbook, reread_sheets

__all__ = [
    "EMPTY",
    "Cell",
    "CellError",
    "CellRange",
    "CellValue",
    "Sheet",
    "SheetState",
    "Snapshot",
    "column_letters",
    "column_number",
    "read_snapshot",
    "reread_snapshot",
    "split_a1",
]


class Snapshot:
    """A workbook at one moment. `name` is the file's name, for messages.

    `names` are the workbook-wide names of one cell or rectangle. `other_names` keeps the text of all others
    (constants, formulas, #REF!, external; names of one sheet under `sheet!name`).
    """

    def __init__(
        self,
        name: str,
        sheets: Mapping[str, Sheet],
        names: Mapping[str, CellRange],
        other_names: Mapping[str, str] | None = None,
        *,
        date1904: bool = False,
        workbook_part: str = "",
    ) -> None:
        self.name = name
        self.sheets = sheets
        self.names = names
        self.other_names = other_names or {}
        self.date1904 = date1904
        self.workbook_part = (
            workbook_part  # its main part in the package, empty when it doesn't come from a file
        )

    def locate(self, name: str) -> tuple[str, str]:
        """The sheet and A1 address of a named cell; `InputError` when there is no such name or it is no single cell."""
        area = self._area(name)
        if not area.is_cell:
            raise self._error(name, f"名前「{name}」は一つのセルを指すはずですが、{area} を指しています。")
        return area.sheet, area.first

    def cell(self, name: str) -> Cell:
        """The named cell, `EMPTY` when nothing was entered; `InputError` as for `locate`."""
        sheet, a1 = self.locate(name)
        return self._sheet(sheet, name).cells.get(a1, EMPTY)

    def value(self, name: str) -> CellValue:
        """The named cell's value; `InputError` as for `locate`."""
        return self.cell(name).value

    def formula(self, name: str) -> str | None:
        """The named cell's formula without `=`, None for an input cell; `InputError` as for `locate`."""
        return self.cell(name).formula

    def range_values(self, name: str) -> list[list[CellValue]]:
        """The values of a named cell or rectangle, row by row; `InputError` when there is no such name."""
        area = self._area(name)
        cells = self._sheet(area.sheet, name).cells
        return [[cells.get(a1, EMPTY).value for a1 in row] for row in area.rows()]

    @cached_property
    def formulas(self) -> Mapping[tuple[str, str], Cell]:
        """(sheet, A1) → cell of every formula cell, in sheet order."""
        return {
            (sheet.name, a1): cell for sheet in self.sheets.values() for a1, cell in sheet.formulas.items()
        }

    def _area(self, name: str) -> CellRange:
        area = self.names.get(name)
        if area is None:
            found = self.other_names.get(name)
            state = f"セルではなく「{found}」を指しています" if found is not None else "ありません"
            message = f"名前「{name}」が{state}。行や列、シートの削除で失われた場合は、元のファイルから作り直してください。"
            raise self._error(name, message)
        return area

    def _sheet(self, sheet: str, name: str) -> Sheet:
        if sheet not in self.sheets:
            raise self._error(name, f"名前「{name}」のあるシート「{sheet}」がありません。")
        return self.sheets[sheet]

    def _error(self, name: str, message: str) -> InputError:
        return InputError(Problem(message, Place(file=self.name, key=name)))


def read_snapshot(
    source: str | os.PathLike[str] | Package, *, sheets: Collection[str] | None = None
) -> Snapshot:
    """Take the snapshot of a .xlsx file, of all sheets or those named; a sheet is parsed when its cells are first used.

    `InputError` when the file is no usable workbook.
    """
    package = source if isinstance(source, Package) else read_package(source)
    parsed = read_workbook(package)
    kept = {sheet.name: sheet for sheet in parsed.sheets if sheets is None or sheet.name in sheets}
    return Snapshot(
        package.name,
        kept,
        parsed.names,
        parsed.other_names,
        date1904=parsed.date1904,
        workbook_part=parsed.part,
    )


def reread_snapshot(package: Package, former: Package, snapshot: Snapshot) -> Snapshot:
    """The snapshot of a package made from `former` by changing cells; `snapshot` is that of `former`, of all sheets."""
    sheets = reread_sheets(
        package, former, snapshot.workbook_part, snapshot.sheets.values(), date1904=snapshot.date1904
    )
    return Snapshot(
        package.name,
        {sheet.name: sheet for sheet in sheets},
        snapshot.names,
        snapshot.other_names,
        date1904=snapshot.date1904,
        workbook_part=snapshot.workbook_part,
    )
