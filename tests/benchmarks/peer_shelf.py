"""The fastest that is on the shelf: python-calamine, openpyxl, formualizer, docxtpl. `… MASTER FORMS OUT INPUTS`."""

from __future__ import annotations

import without_numpy  # isort: skip  # noqa: F401  # before openpyxl

import sys
from pathlib import Path

from formualizer import recalculate_xlsx_file
from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple
from peer_common import FORM_CODE, Job, Read
from python_calamine import CalamineWorkbook


def open_values(path: Path) -> Read:
    """The values of a workbook by sheet and cell; each sheet is read once."""
    workbook = CalamineWorkbook.from_path(path)
    sheets: dict[str, list[list[object]]] = {}

    def read(sheet: str, cell: str) -> object:
        if sheet not in sheets:
            sheets[sheet] = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        row, column = coordinate_to_tuple(cell)
        rows = sheets[sheet]
        return rows[row - 1][column - 1] if row <= len(rows) and column <= len(rows[row - 1]) else None

    return read


def read_form(path: Path) -> tuple[str, Read]:
    read = open_values(path)
    return str(read(*FORM_CODE)), read


def main(*arguments: str) -> None:
    job = Job(*arguments)
    master = load_workbook(job.master)
    for sheet, cell, value in job.edits(read_form):
        master[sheet][cell] = value
    master.save(job.master)
    recalculate_xlsx_file(str(job.master))
    read = open_values(job.master)
    job.finish(job.read_tables(read), job.read_texts(read))


if __name__ == "__main__":
    main(*sys.argv[1:])
