"""Years don't make the work dearer: neither those that a master holds, nor those that went before it.

A master is one year's. It holds earlier years in two ways: as rows of a table (here a row a municipality and year), and as
last year's answers and waivers, taken over from the master before by `import MASTER 前年 FILE`.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jukixl.check.master import check_master
from jukixl.codes import parse_code
from jukixl.report.loading import report_from_sources
from jukixl.report.model import Report
from jukixl.report.sources import read_sources
from jukixl.survey.collect import survey_columns
from jukixl.survey.previous import import_previous
from jukixl.workbook.creation import create_master
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import read_master
from jukixl.workbook.names import cell_name, setting_name, survey_name
from jukixl.workbook.patch import patch_workbook
from jukixl.workbook.recalculate import evaluate
from jukixl.workbook.snapshot import read_snapshot

LIBRARY = Path(__file__).parents[1] / "reports" / "library"
BODIES = 27
YEARS = (1, 5, 10, 20)
ROUNDS = 5
LIMIT = (
    1.5  # flat is 1; less than that where a part of the work doesn't depend on the years; noise either way
)


def report_with(years: int) -> Report:
    """The small report of the tests for 27 municipalities, with a table that has a row for each of them and each year."""
    codes = [str(parse_code(20201 + number)) for number in range(BODIES)]
    cities = "".join(f"{code},第{number}市\n" for number, code in enumerate(codes))
    history = "".join(f"y{year}_{n},第{n}市 {year}年前\n" for year in range(years) for n in range(BODIES))
    rows = {"rows/cities.csv": f"code,city\n{cities}", "rows/libraries.csv": f"id,library\n{history}"}
    return report_from_sources({**read_sources(LIBRARY), **rows})


def fill(path: Path, year: int) -> Path:
    """A master with every answer and every row of history typed, of a year of its own."""
    snapshot = read_snapshot(path)
    report = read_master(path).report
    assert report.municipalities is not None
    answers = [
        survey_name(table.id, column.id, code)
        for table, column in survey_columns(report)
        for code in report.municipalities.ids
    ]
    rows = report.tables_by_id["holdings"].row_ids
    typed = [cell_name("holdings", column, row) for column in ("books", "lent") for row in rows]
    edits = [
        Edit(*snapshot.locate(name), 1000 + number % 7 + year)
        for number, name in enumerate((*answers, *typed))
    ]
    edits.append(Edit(*snapshot.locate(setting_name("survey_date")), 40_000 + 365 * year))
    patch_workbook(path, edits)
    return path


def seconds_of_check(path: Path) -> tuple[float, int]:
    """CPU seconds of recomputing and checking a master, and how many formulas it has."""
    master = read_master(path)
    gc.collect()
    gc.disable()
    start = time.process_time()
    evaluate(master.package, master.snapshot)
    outcome = check_master(master)
    spent = time.process_time() - start
    gc.enable()
    assert outcome.formulas.disagreeing == 0
    assert outcome.formulas.recomputed == outcome.formulas.total
    return spent, outcome.formulas.total


def least(paths: dict[int, Path]) -> dict[int, tuple[float, int]]:
    """The least of some rounds, all taking turns: a busy machine only ever adds."""
    runs = [{key: seconds_of_check(path) for key, path in paths.items()} for _ in range(ROUNDS)]
    return {key: min(run[key] for run in runs) for key in paths}


@pytest.fixture(scope="module")
def by_years(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[float, int]]:
    folder = tmp_path_factory.mktemp("years")
    paths = {years: folder / f"{years}.xlsx" for years in YEARS}
    for years, path in paths.items():
        path.write_bytes(create_master(report_with(years), {}))
        fill(path, 0)
    return least(paths)


@pytest.mark.parametrize("years", YEARS[1:])
def test_a_formula_takes_no_longer_to_recompute_and_check_with_more_years(
    by_years: dict[int, tuple[float, int]], years: int
) -> None:
    """Per formula, against a master of one year: linear in the years that a master holds."""
    (few, least_formulas), (many, formulas) = by_years[1], by_years[years]
    assert formulas == least_formulas + (years - 1) * BODIES
    assert (many / formulas) / (few / least_formulas) < LIMIT, by_years


def roll(folder: Path, years: int) -> Iterator[Path]:
    """Masters of so many years, each with the answers and waivers of the one before."""
    content = create_master(report_with(1), {})
    former: Path | None = None
    for year in range(1, years + 1):
        path = folder / f"{year}年目.xlsx"
        path.write_bytes(content)
        fill(path, year)
        if former:
            edits, _ = import_previous(read_master(path), former)
            assert edits
            patch_workbook(path, edits)
        yield path
        former = path


def test_the_twentieth_master_in_a_row_is_checked_as_fast_as_the_second(tmp_path: Path) -> None:
    """What is taken over from year to year doesn't pile up: last year's answers take the place of those before."""
    masters = list(roll(tmp_path, 20))
    found = least({2: masters[1], 20: masters[19]})
    assert found[2][1] == found[20][1]
    assert found[20][0] / found[2][0] < LIMIT, found
    sizes = [path.stat().st_size for path in masters]
    assert sizes[19] < sizes[1] * 1.02
