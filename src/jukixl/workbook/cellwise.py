"""A function of single cells applied to blocks of them, as Excel does in an array formula."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeAlias

from jukixl.errors import InputError
from jukixl.workbook.cells import CellError

Scalar: TypeAlias = int | float | str | bool | date | CellError | None
"""A cell's value. Dates are serial numbers or, where the host knows that a cell is a date, dates."""

Block: TypeAlias = list[list[Scalar]]
Argument: TypeAlias = Scalar | Block
Result: TypeAlias = Scalar | list[list[Scalar]]

VALUE_ERROR = CellError("#VALUE!")
NOT_AVAILABLE = CellError("#N/A")


def over_cells(function: Callable[..., Scalar], *arguments: Argument) -> Result:
    """Apply a function cell by cell, stretching single rows, columns and cells as Excel does; #N/A beyond."""
    blocks = [argument for argument in arguments if isinstance(argument, list)]
    if not blocks:
        return _guarded(function, arguments)
    rows = max(len(block) for block in blocks)
    columns = max(len(row) for block in blocks for row in block)
    return [
        [
            _guarded(function, [_cell(argument, row, column) for argument in arguments])
            for column in range(columns)
        ]
        for row in range(rows)
    ]


def _cell(argument: Argument, row: int, column: int) -> Scalar:
    if not isinstance(argument, list):
        return argument
    cells = argument[0] if len(argument) == 1 else argument[row] if row < len(argument) else []
    if len(cells) == 1:
        return cells[0]
    return cells[column] if column < len(cells) else NOT_AVAILABLE


def _guarded(function: Callable[..., Scalar], cells: list[Scalar] | tuple[Argument, ...]) -> Scalar:
    """An error goes through, before a blank first cell; what can't be read is #VALUE!."""
    error = next((cell for cell in cells if isinstance(cell, CellError)), None)
    if error is not None:
        return error
    if cells[0] is None or cells[0] == "":
        return ""
    try:
        return function(*cells)
    except (InputError, OverflowError):
        return VALUE_ERROR
