"""The usual script: openpyxl, LibreOffice for the recalculation, docxtpl. `… MASTER FORMS OUT INPUTS`."""

from __future__ import annotations

import without_numpy  # isort: skip  # noqa: F401  # before openpyxl

import os
import shutil
import subprocess
import sys
from pathlib import Path

from openpyxl import load_workbook
from peer_common import FORM_CODE, Job, Read


def read_form(path: Path) -> tuple[str, Read]:
    workbook = load_workbook(path)
    return str(workbook[FORM_CODE[0]][FORM_CODE[1]].value), lambda sheet, cell: workbook[sheet][cell].value


def recalculate(master: Path, out: Path) -> None:
    """In a profile of its own, so that a LibreOffice that is open elsewhere doesn't get in the way."""
    profile = os.environ["BENCHMARK_SOFFICE_PROFILE"]
    command = ["soffice", f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--norestore"]
    command += ["--convert-to", "xlsx", "--outdir", str(out), str(master)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.move(out / master.name, master)


def main(*arguments: str) -> None:
    job = Job(*arguments)
    master = load_workbook(job.master)
    for sheet, cell, value in job.edits(read_form):
        master[sheet][cell] = value
    master.save(job.master)
    recalculate(job.master, job.out)
    values = load_workbook(job.master, data_only=True)

    def read(sheet: str, cell: str) -> object:
        return values[sheet][cell].value

    job.finish(job.read_tables(read), job.read_texts(read))


if __name__ == "__main__":
    main(*sys.argv[1:])
