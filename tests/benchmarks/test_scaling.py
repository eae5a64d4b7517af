"""No step of the work is quadratic in rows: four times the municipalities take about four times the CPU time."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from built import build_handout

from jukixl.check.master import check_master
from jukixl.codes import parse_code
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.template import create_template
from jukixl.handout.verify import verify_handout
from jukixl.report.loading import report_from_sources
from jukixl.report.model import Report
from jukixl.report.sources import read_sources
from jukixl.survey.collect import survey_columns
from jukixl.workbook.creation import create_master
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import read_master
from jukixl.workbook.names import cell_name, survey_name
from jukixl.workbook.patch import patch_workbook

LIBRARY = Path(__file__).parents[1] / "reports" / "library"
FEW, TIMES = 100, 4
ROUNDS = 5
LIMIT = 6  # linear is 4, quadratic 16; what doesn't depend on rows draws it down, noise either way
STEPS = ("read", "collect", "check", "build", "refresh", "verify")
Result = TypeVar("Result")


@dataclass
class Workload:
    """The master of a report with `size` municipalities and as many rows in a table that the prefecture fills."""

    folder: Path
    size: int

    def __post_init__(self) -> None:
        self.path = self.folder / f"{self.size}.xlsx"
        self.path.write_bytes(create_master(_report(self.size), {}))
        self.template = create_template(_report(self.size))
        self.handout = b""  # of the run before: every number in it is stale
        self.rounds = 0

    def run(self) -> dict[str, float]:
        """CPU seconds of each step, on other numbers than the last time."""
        seconds: dict[str, float] = {}
        self.rounds += 1
        master = _timed(seconds, "read", lambda: read_master(self.path))
        base = (master.package, master.snapshot)
        edits = [
            Edit(*master.snapshot.locate(name), number + self.rounds)
            for number, name in enumerate(_input_names(master.report), 1)
        ]
        _timed(seconds, "collect", lambda: patch_workbook(self.path, edits, base=base))
        master = read_master(self.path)
        checked = _timed(seconds, "check", lambda: check_master(master))
        assert checked.formulas.disagreeing == 0
        report, results = master.report, master.results
        built = _timed(seconds, "build", lambda: build_handout(report, results, self.template))
        refreshed = _timed(
            seconds, "refresh", lambda: refresh_handout(report, results, self.handout or built).document
        )
        assert _timed(seconds, "verify", lambda: verify_handout(report, results, refreshed)).ok
        self.handout = refreshed
        return seconds


def _timed(seconds: dict[str, float], step: str, work: Callable[[], Result]) -> Result:
    """Without garbage collection, which strikes one step for what the others have left."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    result = work()
    seconds[step] = time.process_time() - start
    gc.enable()
    return result


def _report(size: int) -> Report:
    """The small report of the tests with generated rows."""
    codes = [str(parse_code(20201 + number % 400 + number // 400 * 1000)) for number in range(size)]
    cities = "".join(f"{code},第{number}市\n" for number, code in enumerate(codes))
    libraries = "".join(f"library{number},第{number}図書館\n" for number in range(size))
    rows = {"rows/cities.csv": f"code,city\n{cities}", "rows/libraries.csv": f"id,library\n{libraries}"}
    return report_from_sources({**read_sources(LIBRARY), **rows})


def _input_names(report: Report) -> list[str]:
    assert report.municipalities is not None
    holdings = report.tables_by_id["holdings"]
    answers = [
        survey_name(table.id, column.id, code)
        for table, column in survey_columns(report)
        for code in report.municipalities.ids
    ]
    return answers + [
        cell_name("holdings", column, row) for column in ("books", "lent") for row in holdings.row_ids
    ]


@pytest.fixture(scope="module")
def seconds(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, Mapping[str, float]]:
    """Least CPU seconds of each step by size, few and many taking turns: a busy machine only ever adds."""
    folder = tmp_path_factory.mktemp("scaling")
    workloads = [Workload(folder, FEW), Workload(folder, FEW * TIMES)]
    for workload in workloads:
        workload.run()
    runs = [{workload.size: workload.run() for workload in workloads} for _ in range(ROUNDS)]
    return {
        workload.size: {step: min(run[workload.size][step] for run in runs) for step in STEPS}
        for workload in workloads
    }


@pytest.mark.parametrize("step", STEPS)
def test_no_step_is_quadratic_in_rows(seconds: Mapping[int, Mapping[str, float]], step: str) -> None:
    """Four times the rows take less than six times the time: reading, collecting, checking, building, refreshing, verifying."""
    assert seconds[FEW * TIMES][step] / seconds[FEW][step] < LIMIT, seconds
