"""Masters of two years, both of published numbers."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from built import build_handout
from conftest import CARDS, body_rows, code_of, previous_rows

from jukixl.handout.template import create_template
from jukixl.report.model import Fill, Report
from jukixl.report.values import Value
from jukixl.workbook import names
from jukixl.workbook.edits import Edit
from jukixl.workbook.host import FileHost
from jukixl.workbook.master import Master, read_master

Cells = Mapping[tuple[str, str, str], int | str | None]


def write_master(path: Path, cells: Cells, settings: Mapping[str, Value]) -> Path:
    """Type values into a master, on the sheets where people type them."""
    master = read_master(path)
    edits = [Edit(*master.snapshot.locate(names.setting_name(one)), value) for one, value in settings.items()]
    for (table, column, row), value in cells.items():
        name = names.survey_name(table, column, row)
        if name not in master.snapshot.names:
            name = names.cell_name(table, column, row)
        edits.append(Edit(*master.snapshot.locate(name), value))
    FileHost(path).write(master, edits)
    return path


def filled_columns(report: Report, table: str) -> list[str]:
    return [column.id for column in report.tables_by_id[table].columns_filled_by(Fill.MUNICIPALITY)]


@pytest.fixture(scope="session")
def earlier_path(report: Report, published_path: Path, tmp_path_factory) -> Path:
    """令和6年's: 別紙6 up to the year before, as the published numbers imply; that year's own numbers aren't known."""
    path = shutil.copy(published_path, tmp_path_factory.mktemp("earlier") / "R6.xlsx")
    cells: dict[tuple[str, str, str], int | str | None] = {}
    for record in previous_rows():
        for column in filled_columns(report, "annex6_cumulative"):
            code = code_of(report, record)
            cells["annex6_cumulative", column, code] = int(record[column])
            cells["annex6_annual", column, code] = None
    settings = {"target_year": 2023, "fiscal_year": 2023, "meeting_month": date(2024, 10, 1)}
    return write_master(path, cells, settings)


@pytest.fixture(scope="session")
def later_path(report: Report, published_path: Path, tmp_path_factory) -> Path:
    """令和7年's, in which 別紙5 is that of the published later date."""
    path = shutil.copy(published_path, tmp_path_factory.mktemp("later") / "R7.xlsx")
    cells: dict[tuple[str, str, str], int | str | None] = {}
    for record in body_rows(CARDS["annex5_reference"]):
        code = code_of(report, record)
        cells["population", "population", code] = int(record["population"])
        for column in filled_columns(report, "annex5"):
            cells["annex5", column, code] = int(record[column])
    settings = {"base_date": date(2025, 8, 31), "population_date": date(2025, 1, 1)}
    return write_master(path, cells, settings)


@pytest.fixture(scope="session")
def masters(earlier_path: Path, later_path: Path) -> tuple[Master, Master]:
    return read_master(earlier_path), read_master(later_path)


def built(report: Report, master: Master) -> bytes:
    return build_handout(report, master.results, create_template(report))
