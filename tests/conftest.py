"""What several tests need: the published numbers, and workbooks made from them once for the whole run."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from built import build_handout

from jukixl.addin.build import build_addin
from jukixl.handout.template import create_template
from jukixl.report.computation import Inputs, Results
from jukixl.report.loading import load_report
from jukixl.report.model import Fill, Report
from jukixl.report.sources import bundled_folder
from jukixl.report.values import Value
from jukixl.survey.collect import CollectOutcome, collect_folder
from jukixl.survey.distribute import write_forms
from jukixl.survey.importing import find_table, import_table
from jukixl.workbook import names
from jukixl.workbook.creation import create_master
from jukixl.workbook.edits import Edit
from jukixl.workbook.host import FileHost
from jukixl.workbook.master import Master, read_master
from jukixl.workbook.package import write_atomic
from jukixl.workbook.patch import patch_workbook
from jukixl.workbook.snapshot import read_snapshot

if TYPE_CHECKING:
    from buttons import Workplace

pytest_plugins = ("without_pro", "two_years")

PUBLISHED = bundled_folder() / "published"
LIBRARY = Path(__file__).parent / "reports" / "library"

SETTINGS: Mapping[str, Value] = {
    "council": "個人情報保護審議会",
    "meeting_month": date(2025, 10, 1),
    "office": "市町村振興課",
    "target_year": 2024,
    "fiscal_year": 2024,
    "base_date": date(2024, 12, 31),
    "reference_date": date(2025, 8, 31),
    "population_date": date(2024, 1, 1),
    "reference_population_date": date(2025, 1, 1),
    "training_start": date(2024, 5, 27),
    "training_end": date(2024, 6, 28),
    "serious_failures": 0,
    "intrusions": 0,
    "protection_problems": 0,
    "disclosure_requests": 0,
    "past_disclosure_year": 2015,
    "past_disclosure_requests": 1,
    "network_start": date(2002, 8, 5),
    "service_start": date(2003, 8, 25),
    "card_start": date(2016, 1, 1),
    "juki_card_end": date(2015, 12, 31),
}
"""The settings of the handout of 令和7年10月, as its text gives them."""

CARDS = {"annex5": "annex5_cards_2024-12-31.csv", "annex5_reference": "annex5_cards_2025-08-31.csv"}
NEIGHBOURS = {
    "annex5_neighbours": "annex5_neighbours_2024-12-31.csv",
    "annex5_neighbours_reference": "annex5_neighbours_2025-08-31.csv",
}
NOTIFICATIONS = {
    "annex6_cumulative": "annex6_notifications_cumulative.csv",
    "annex6_annual": "annex6_notifications_annual.csv",
}
SURVEYED = {**CARDS, **NOTIFICATIONS}
"""Tables filled by survey forms, with the file of what the municipalities answered."""

IMPORTED = {
    "annex1": "annex1_incidents_by_cause.csv",
    "annex2": "annex2_prefecture.csv",
    "annex3": "annex3_national.csv",
    "population": CARDS["annex5"],
    "population_reference": CARDS["annex5_reference"],
    **NEIGHBOURS,
}
"""Tables imported from a published file as it is."""


def read_rows(file: str) -> list[dict[str, str]]:
    """The records of a published file, total row included."""
    with (PUBLISHED / file).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def is_total(record: Mapping[str, str]) -> bool:
    return any(text in ("合計", "計") for text in record.values())


def body_rows(file: str) -> list[dict[str, str]]:
    """The records of a published file without its total row."""
    return [record for record in read_rows(file) if not is_total(record)]


def total_row(file: str) -> dict[str, str]:
    return next(record for record in read_rows(file) if is_total(record))


def code_of(report: Report, record: Mapping[str, str]) -> str:
    """The six-digit code of a published row, which prints five."""
    assert report.municipalities is not None
    return next(code for code in report.municipalities.ids if code.startswith(record["code"]))


def previous_rows() -> list[dict[str, str]]:
    """前年までの累計: cumulative − annual, as the two published tables of 別紙6 imply."""
    annual = body_rows(NOTIFICATIONS["annex6_annual"])
    cumulative = body_rows(NOTIFICATIONS["annex6_cumulative"])
    return [
        {
            key: text if key in ("code", "municipality") else str(int(text) - int(year[key]))
            for key, text in now.items()
        }
        for now, year in zip(cumulative, annual, strict=True)
    ]


def write_rows(path: Path, rows: list[dict[str, str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def survey_answers(report: Report) -> dict[str, dict[tuple[str, str], int]]:
    """What each municipality answered, by code, then by (table, column)."""
    answers: dict[str, dict[tuple[str, str], int]] = {}
    for table_id, file in SURVEYED.items():
        columns = report.tables_by_id[table_id].columns_filled_by(Fill.MUNICIPALITY)
        for record in body_rows(file):
            values = answers.setdefault(code_of(report, record), {})
            values |= {(table_id, column.id): int(record[column.id]) for column in columns}
    return answers


def fill_form(path: Path, values: Mapping[tuple[str, str], int | float | str | None]) -> Path:
    """Type answers into a form, as its municipality would."""
    snapshot = read_snapshot(path)
    edits = [
        Edit(*snapshot.locate(names.form_name(table, column)), value)
        for (table, column), value in values.items()
    ]
    patch_workbook(path, edits, recalculate=False)
    return path


def write_blank_master(path: Path, report: Report, settings: Mapping[str, Value] = SETTINGS) -> Path:
    write_atomic(path, create_master(report, settings))
    return path


def import_published(path: Path, scratch: Path) -> None:
    """Import every annex that is not surveyed."""
    files = {table: PUBLISHED / file for table, file in IMPORTED.items()}
    files["annex6_previous"] = write_rows(scratch / "前年累計.csv", previous_rows())
    for table_id, file in files.items():
        master = read_master(path)
        outcome = import_table(master, find_table(master.report, table_id), file)
        FileHost(path).write(master, outcome.edits)
        assert not [finding for finding in outcome.findings if finding.severity == "error"], table_id


@pytest.fixture(scope="session")
def report() -> Report:
    """The bundled report."""
    return load_report(bundled_folder())


@pytest.fixture(scope="session")
def library() -> Report:
    """The small second report."""
    return load_report(LIBRARY)


@pytest.fixture(scope="session")
def results(report: Report) -> Results:
    """The published numbers, given to the declaration without any workbook."""
    cells: dict[tuple[str, str, str], Value] = {}
    for code, values in survey_answers(report).items():
        cells |= {(table, column, code): value for (table, column), value in values.items()}
    for table, file in CARDS.items():
        population = "population" if table == "annex5" else "population_reference"
        for record in body_rows(file):
            cells[population, "population", code_of(report, record)] = int(record["population"])
    return Results(report, Inputs(dict(SETTINGS), cells))


@pytest.fixture(scope="session")
def blank_path(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new master with its settings; not to be written to."""
    return write_blank_master(tmp_path_factory.mktemp("blank") / "マスター.xlsx", report)


@pytest.fixture(scope="session")
def forms(report: Report, blank_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the 27 forms, each filled with its published numbers; not to be written to."""
    folder = tmp_path_factory.mktemp("returned") / "回答"
    answers = survey_answers(report)
    for path in write_forms(read_master(blank_path), folder):
        fill_form(path, answers[path.name.split("_")[2]])
    return folder


@pytest.fixture(scope="session")
def collected(
    blank_path: Path, forms: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, CollectOutcome]:
    """A master into which all forms were collected, and what the collection said; not to be written to."""
    path = tmp_path_factory.mktemp("collected") / "マスター.xlsx"
    shutil.copy(blank_path, path)
    master = read_master(path)
    outcome = collect_folder(master, forms)
    FileHost(path).write(master, outcome.edits)
    return path, outcome


@pytest.fixture(scope="session")
def published_path(collected: tuple[Path, CollectOutcome], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The master of the published handout, complete; not to be written to."""
    folder = tmp_path_factory.mktemp("published")
    path = folder / "マスター.xlsx"
    shutil.copy(collected[0], path)
    import_published(path, folder)
    return path


@pytest.fixture(scope="session")
def published_master(published_path: Path) -> Master:
    """The master of the published handout, as read."""
    return read_master(published_path)


@pytest.fixture
def master_path(published_path: Path, tmp_path: Path) -> Path:
    """A copy of the complete master, to be changed."""
    return Path(shutil.copy(published_path, tmp_path / "マスター.xlsx"))


@pytest.fixture(scope="session")
def handout(report: Report, published_master: Master) -> bytes:
    """The published handout, freshly built."""
    return build_handout(report, published_master.results, create_template(report))


@pytest.fixture(scope="session")
def addin() -> bytes:
    return build_addin()


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The user's own folder; and nobody waits for an Excel that will never take a call."""
    monkeypatch.delenv("APPDATA", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("jukixl.addin.busy.PATIENCE", 0.0)
    return tmp_path / "home"


@pytest.fixture
def desk(addin: bytes, blank_path: Path, forms: Path, tmp_path: Path) -> Workplace:
    """Excel with a master into which nothing was collected yet, and the returned forms beside it."""
    import buttons
    from excel_sim import ExcelSim

    folder = buttons.prepare(tmp_path / "機密", {buttons.MASTER: blank_path, "回答": forms})
    sim = ExcelSim(addin)
    buttons.open_with_selection(sim, folder / buttons.MASTER)
    return buttons.Workplace(sim, folder)
