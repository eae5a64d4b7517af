"""What a workbook's cells hold: values, error values, formulas; and the sheets that hold the cells."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Literal

from msgspec import Struct


class CellError(Struct, frozen=True):
    """An error value of a cell: `#DIV/0!`, `#N/A`, `#NAME?`, `#NULL!`, `#NUM!`, `#REF!`, `#VALUE!` and newer ones."""

    code: str

    def __str__(self) -> str:
        return self.code


CellValue = int | float | str | bool | CellError | None
SheetState = Literal["visible", "hidden", "veryHidden"]


class Cell(Struct, frozen=True):
    """What a cell holds. `value` of a formula cell is the value last computed (None: none was stored).

    Integers are exact `int`; dates are serial numbers. `formula` is without `=`, None for an input cell.
    """

    value: CellValue = None
    formula: str | None = None

    @property
    def cached(self) -> CellValue:
        """The value, under the name that says where a formula's value comes from."""
        return self.value


EMPTY = Cell()


class LazyCells(ABC, Mapping[str, Cell]):
    """Cells that are read when they are first asked for: of most sheets only a few ever are."""

    @abstractmethod
    def formula_places(self) -> Iterable[str]:
        """The addresses of the formula cells."""

    @abstractmethod
    def error_places(self) -> Iterable[str]:
        """The addresses of the cells with an error value."""


class Sheet:
    """One sheet: `cells` maps A1 → cell and holds only cells with a value or a formula.

    `part` is the sheet's part in the package, empty when the snapshot doesn't come from a file. `cells` may be given
    as a function, called when the cells are first asked for.
    """

    def __init__(
        self,
        name: str,
        cells: Mapping[str, Cell] | Callable[[], Mapping[str, Cell]],
        part: str = "",
        state: SheetState = "visible",
    ) -> None:
        self.name = name
        self.part = part
        self.state = state
        self._cells = cells

    @cached_property
    def cells(self) -> Mapping[str, Cell]:
        """A1 → cell, in the order of the sheet; `InputError` when the sheet's XML is damaged."""
        return self._cells() if callable(self._cells) else self._cells

    @cached_property
    def formulas(self) -> Mapping[str, Cell]:
        """A1 → cell of the formula cells; errors as for `cells`."""
        cells = self.cells
        if isinstance(cells, LazyCells):
            return {a1: cells[a1] for a1 in cells.formula_places()}
        return {a1: cell for a1, cell in cells.items() if cell.formula is not None}

    @property
    def errors(self) -> Mapping[str, CellError]:
        """A1 → error value of the cells that have one; errors as for `cells`."""
        cells = self.cells
        places = cells.error_places() if isinstance(cells, LazyCells) else cells
        return {a1: value for a1 in places if isinstance(value := cells[a1].value, CellError)}

    def __repr__(self) -> str:
        return f"<Sheet {self.name!r}>"
