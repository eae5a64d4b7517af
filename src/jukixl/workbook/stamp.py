"""How sheet 検算 tells whether what it lists is still true: sums of what is typed, beside those of the day of the check.

Excel itself compares both, so that a list from before a change says so without anybody running anything. Sums don't
notice two numbers that change places: the checksum of all inputs, which only jukixl can take, does at the next check.
"""

from __future__ import annotations

from binascii import crc32
from collections.abc import Iterator
from datetime import date

from jukixl.era import excel_serial
from jukixl.figures import Missing
from jukixl.report.computation import Results
from jukixl.report.model import Column, Kind, Report, Setting, Table
from jukixl.report.values import Value
from jukixl.workbook.addresses import CellRange
from jukixl.workbook.expected import Expectation
from jukixl.workbook.layout import CHECKS_SHEET, Layout, range_seen_from
from jukixl.workbook.placed import Names, NotPlacedError, PlacedLayout
from jukixl.workbook.snapshot import Snapshot

SETTINGS_STAMP = "settings"
STATE, TIME, INPUTS = "stamp.state", "stamp.time", "stamp.inputs"
"""Names of the cells that say whether the lists are true, when they were written, and for which inputs."""
_LABEL = "入力の照合"
_DATES = (Kind.DATE, Kind.MONTH)
_WHOLE = (Kind.COUNT, Kind.YEAR, Kind.FISCAL_YEAR, *_DATES)


def now_name(key: str) -> str:
    """The cell with the sum of what is typed for a table now; `key` is the table's id, or that of the settings."""
    return f"stamp.now.{key}"


def then_name(key: str) -> str:
    """The cell with that sum at the time of the check."""
    return f"stamp.then.{key}"


def stamped_columns(table: Table) -> tuple[Column, ...]:
    """The columns that are added up: whole numbers, which every program adds up alike."""
    return tuple(column for column in table.columns if column.is_input and column.kind is Kind.COUNT)


def stamp_formula(layout: Layout | PlacedLayout, report: Report, key: str) -> str:
    """The sum of a table's inputs, or of the settings, each column weighted by its place. NotPlacedError as the layout."""
    if key == SETTINGS_STAMP:
        cells = [layout.setting(one.id).seen_from(CHECKS_SHEET) for one in _stamped_settings(report)]
    else:
        columns = stamped_columns(report.tables_by_id[key])
        ranges = (layout.tables[key].column_range(column.id) for column in columns)
        cells = [range_seen_from(cells, CHECKS_SHEET) for cells in ranges]
    return "=" + "+".join(f"{weight}*SUM({area})+COUNT({area})" for weight, area in enumerate(cells, 1))


def _stamped_settings(report: Report) -> list[Setting]:
    return [setting for setting in report.settings if setting.kind in _WHOLE]


def iter_stamp_formulas(report: Report, known: Names) -> Iterator[tuple[CellRange, str]]:
    """Each of these cells of an existing master with the formula that belongs there, without `=`."""
    layout = PlacedLayout(report, known)
    for key in stamp_keys(report):
        area = known.get(now_name(key))
        if area is not None:
            try:
                yield area, stamp_formula(layout, report, key).removeprefix("=")
            except NotPlacedError:  # the lost name is a finding of its own
                continue


def iter_stamps(results: Results, known: Names) -> Iterator[Expectation]:
    """What these cells should hold, from what was typed; nothing in a master made before there were any."""
    for key in stamp_keys(results.report):
        name = now_name(key)
        if name in known:
            yield Expectation(
                name, _sum(results, key), Kind.COUNT, f"{stamp_title(results.report, key)} {_LABEL}"
            )


def stamp_keys(report: Report) -> list[str]:
    """What has a sum of its own."""
    tables = [table.id for table in report.tables if stamped_columns(table)]
    return [*([SETTINGS_STAMP] if _stamped_settings(report) else []), *tables]


def stamp_title(report: Report, key: str) -> str:
    """What staff call it."""
    return "設定" if key == SETTINGS_STAMP else report.tables_by_id[key].title


def _sum(results: Results, key: str) -> int:
    if key == SETTINGS_STAMP:
        typed = [[results.inputs.settings.get(one.id)] for one in _stamped_settings(results.report)]
    else:
        table = results.report.tables_by_id[key]
        cells = results.inputs.cells
        typed = [
            [cells.get((key, column.id, row)) for row in table.row_ids] for column in stamped_columns(table)
        ]
    numbers = [[number for value in column if (number := _number(value)) is not None] for column in typed]
    return sum(weight * sum(column) + len(column) for weight, column in enumerate(numbers, 1))


def _number(value: Value | None) -> int | None:
    """What Excel adds up of an input: nothing of texts and missing values."""
    if value is None or isinstance(value, Missing | str | bool):
        return None
    if isinstance(value, int):
        return value
    return excel_serial(value) if isinstance(value, date) else None


def inputs_digest(results: Results) -> str:
    """A checksum of everything typed."""
    inputs = results.inputs
    lines = (f"{key}={value!r}" for part in (inputs.settings, inputs.cells) for key, value in part.items())
    return f"{crc32(chr(10).join(sorted(lines)).encode()):08x}"


def is_outdated(snapshot: Snapshot, results: Results) -> bool:
    """Whether sheet 検算 lists what was found for other inputs; False where nothing is listed."""
    then = snapshot.value(INPUTS) if INPUTS in snapshot.names else None
    return bool(then) and then != inputs_digest(results)
