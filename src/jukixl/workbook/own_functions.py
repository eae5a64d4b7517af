"""The functions of `functions.py` as the recalculation of one workbook calls them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from jukixl.workbook.cells import Cell, CellValue, Sheet
from jukixl.workbook.cellwise import Argument, Result
from jukixl.workbook.edits import Key
from jukixl.workbook.functions import BOOK_UDFS, DATE_UDFS, UDFS, Udf
from jukixl.workbook.snapshot import Snapshot

_ROUNDS = 4


class OwnFunctions:
    """All of them; those that ask the workbook see its values as far as they are computed.

    A workbook that counts its days from 1904 gets none that takes or gives days: the functions know the serial
    numbers of 1900 only.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = self._seen = snapshot
        self._was_asked = False
        plain = {name: udf for name, udf in UDFS.items() if not (snapshot.date1904 and name in DATE_UDFS)}
        asking = {name: partial(self._ask, udf) for name, udf in BOOK_UDFS.items()}
        self.by_name: Mapping[str, Udf] = {**plain, **asking}

    def _ask(self, function: Callable[[Snapshot, Argument], Result], wanted: Argument) -> Result:
        self._was_asked = True
        return function(self._seen, wanted)

    def settle(
        self, values: dict[Key, CellValue], compute: Callable[[], dict[Key, CellValue]]
    ) -> tuple[dict[Key, CellValue], set[Key]]:
        """Compute again until the functions saw what comes out; the values, and the cells that never come to rest.

        A function's cell doesn't say which cells it read, so the engine can't know the order of computing them.
        """
        unsettled: set[Key] = set()
        for _ in range(_ROUNDS if self._was_asked else 0):
            self._seen = _with_values(self._snapshot, values)
            before, values = values, compute()
            unsettled = {key for key, value in values.items() if value != before.get(key)}
            if not unsettled:
                break
        return values, unsettled


def _with_values(snapshot: Snapshot, values: Mapping[Key, CellValue]) -> Snapshot:
    """The snapshot with these values of formula cells in place of those that it has."""
    computed: dict[str, dict[str, CellValue]] = {}
    for (sheet, a1), value in values.items():
        computed.setdefault(sheet, {})[a1] = value
    sheets = {
        name: Sheet(name, partial(_with_values_of_sheet, sheet, computed.get(name, {})))
        for name, sheet in snapshot.sheets.items()
    }
    return Snapshot(snapshot.name, sheets, snapshot.names, snapshot.other_names, date1904=snapshot.date1904)


def _with_values_of_sheet(sheet: Sheet, values: Mapping[str, CellValue]) -> dict[str, Cell]:
    return {a1: Cell(values.get(a1, cell.value), cell.formula) for a1, cell in sheet.cells.items()}
