"""The usual script without an office suite: openpyxl, pycel for the recalculation, docxtpl. `… MASTER FORMS OUT INPUTS`.

openpyxl writes no cached values, so the saved master shows its totals only after Excel has computed them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.datetime import to_excel
from peer_common import FORM_CODE, Job, Read
from pycel import ExcelCompiler


def read_form(path: Path) -> tuple[str, Read]:
    workbook = load_workbook(path)
    return str(workbook[FORM_CODE[0]][FORM_CODE[1]].value), lambda sheet, cell: workbook[sheet][cell].value


def write_serial_dates(master: Workbook) -> None:
    """For pycel a datetime is no number, so that ISNUMBER and comparisons of dates would come out wrong."""
    for row in master["設定"].iter_rows():
        for cell in row:
            if cell.is_date:
                cell.value = to_excel(cell.value)


def main(*arguments: str) -> None:
    job = Job(*arguments)
    master = load_workbook(job.master)
    for sheet, cell, value in job.edits(read_form):
        master[sheet][cell] = value
    master.save(job.master)
    write_serial_dates(master)
    read = evaluated(ExcelCompiler(excel=master), job)
    job.finish(job.read_tables(read), job.read_texts(read))


def evaluated(compiler: ExcelCompiler, job: Job) -> Read:
    """An area at once, which is faster than cell by cell; the headings above use functions that pycel doesn't know."""
    values: dict[tuple[str, int, int], Any] = {}
    for sheet, first, last in job.areas():
        top, left = coordinate_to_tuple(first)
        for row, found in enumerate(compiler.evaluate(f"'{sheet}'!{first}:{last}"), top):
            cells = found if isinstance(found, tuple) else (found,)  # an area of one column is flat
            values.update(((sheet, row, column), value) for column, value in enumerate(cells, left))
    return lambda sheet, cell: values[sheet, *coordinate_to_tuple(cell)]


if __name__ == "__main__":
    main(*sys.argv[1:])
