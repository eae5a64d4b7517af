"""How long collecting takes beside bare reading by others, as ratios: `collecting.py [--municipalities 179] [--runs 7]`.

Each round reads the same forms by each program in turn, so that a busy machine disturbs all alike; the medians of the
rounds' ratios count. Verified: every form must be taken with the numbers that were typed.

- reading: every sheet of every form as values by python-calamine; by jukixl with all that collecting does to a file
  (hash, personal numbers, identity, cells) but for keeping it
- patching: all answers of all municipalities written into the master from file to file, cell by cell, without recalculation,
  beside a copy of its zip with recompression
- collecting: the whole command with copies kept, log and recalculated master, beside openpyxl merely opening the forms
"""

from __future__ import annotations

import argparse
import gc
import shutil
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from jukixl.codes import parse_code
from jukixl.commands.collecting import collect
from jukixl.figures import Missing
from jukixl.report.loading import report_from_sources
from jukixl.report.model import Kind, Report
from jukixl.report.sources import bundled_folder, read_sources
from jukixl.survey.collect import IMPORTED, _FileReader, survey_columns
from jukixl.survey.distribute import write_forms
from jukixl.workbook import names
from jukixl.workbook.creation import create_master
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import read_master
from jukixl.workbook.patch import patch_workbook
from jukixl.workbook.snapshot import read_snapshot

_SETTINGS = {"base_date": date(2024, 12, 31), "reference_date": date(2025, 8, 31)}
ANSWER = 1234


def make_report(size: int) -> Report:
    """The bundled report with so many municipalities."""
    codes = [str(parse_code(1101 + number % 400 + number // 400 * 1000)) for number in range(size)]
    rows = "".join(f"{code},第{number}市\n" for number, code in enumerate(codes, 1))
    sources = {**read_sources(bundled_folder()), "rows/municipalities.csv": f"code,municipality\n{rows}"}
    return report_from_sources(sources)


def make_inputs(folder: Path, size: int) -> tuple[Path, Path]:
    """A master, and a folder of its filled forms."""
    report = make_report(size)
    settings = {setting.id: _SETTINGS.get(setting.id, setting.default) for setting in report.settings}
    master, forms = folder / "マスター.xlsx", folder / "回答"
    known = {
        key: _fill(report, key) if value in (None, Missing.NOT_FILLED) else value
        for key, value in settings.items()
    }
    master.write_bytes(create_master(report, known))
    for path in list(write_forms(read_master(master), forms)):
        form = read_snapshot(path)
        edits = [
            Edit(*form.locate(names.form_name(table.id, column.id)), ANSWER)
            for table, column in survey_columns(report)
        ]
        patch_workbook(path, edits)
    return master, forms


def _fill(report: Report, setting: str) -> object:
    """Any value of the right kind."""
    kind = next(one.kind for one in report.settings if one.id == setting)
    values = {Kind.DATE: date(2024, 1, 1), Kind.MONTH: date(2025, 10, 1), Kind.TEXT: "文字"}
    return values.get(kind, 2024)


def by_calamine(forms: list[Path]) -> None:
    from python_calamine import CalamineWorkbook

    for path in forms:
        workbook = CalamineWorkbook.from_path(str(path))
        for sheet in workbook.sheet_names:
            workbook.get_sheet_by_name(sheet).to_python()


def by_openpyxl(forms: list[Path]) -> None:
    from openpyxl import load_workbook

    for path in forms:
        load_workbook(path)


def by_jukixl(master: Path) -> Callable[[list[Path]], None]:
    reader = _FileReader(read_master(master), None)

    def read(forms: list[Path]) -> None:
        for path in forms:
            outcome = reader.read(path)
            assert outcome.status == IMPORTED, outcome.findings
            assert set(outcome.values.values()) == {ANSWER}

    return read


def by_patching(master: Path, edits: list[Edit], scratch: Path) -> Callable[[list[Path]], None]:
    def patch(_: list[Path]) -> None:
        copy = Path(shutil.copy(master, scratch / "書込.xlsx"))
        assert len(patch_workbook(copy, edits, recalculate=False).changes) == len(edits)

    return patch


def by_zipfile(master: Path, scratch: Path) -> Callable[[list[Path]], None]:
    def copy(_: list[Path]) -> None:
        target = scratch / "複製.xlsx"
        with zipfile.ZipFile(master) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in source.namelist():
                archive.writestr(name, source.read(name))

    return copy


def answers(master: Path) -> list[Edit]:
    """Every answer of every municipality, for its cell in the master."""
    read = read_master(master)
    columns = survey_columns(read.report)
    rows = read.report.municipalities
    assert rows is not None
    found = [names.survey_name(table.id, column.id, code) for table, column in columns for code in rows.ids]
    return [Edit(*read.snapshot.locate(name), ANSWER) for name in found]


def whole_command(master: Path, forms: Path, scratch: Path) -> Callable[[list[Path]], None]:
    def run(_: list[Path]) -> None:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        copy = Path(shutil.copy(master, scratch / master.name))
        outcome = collect({"MASTER": copy, "DIR": forms}, lambda *_: None)
        assert outcome.exit_code == 0, outcome.lines
        assert outcome.data["missing"] == []

    return run


def ratio(
    ours: Callable[[list[Path]], None], theirs: Callable[[list[Path]], None], forms: list[Path], runs: int
) -> float:
    """The median over rounds of our time by theirs."""
    for work in (ours, theirs):
        work(forms)
    rounds = []
    for _ in range(runs):
        first, second = (_seconds(work, forms) for work in (ours, theirs))
        rounds.append(first / second)
    return statistics.median(rounds)


def _seconds(work: Callable[[list[Path]], None], forms: list[Path]) -> float:
    gc.collect()
    start = time.perf_counter()
    work(forms)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--municipalities", type=int, default=179)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    gc.set_threshold(100_000)  # as a command has it (`jukixl.process`)
    with tempfile.TemporaryDirectory() as folder:
        master, folder_of_forms = make_inputs(Path(folder), options.municipalities)
        forms = sorted(folder_of_forms.iterdir())
        reading = ratio(by_jukixl(master), by_calamine, forms, options.runs)
        edits, place = answers(master), Path(folder)
        patching = ratio(by_patching(master, edits, place), by_zipfile(master, place), forms, options.runs)
        scratch = Path(folder) / "取込"
        collecting = ratio(whole_command(master, folder_of_forms, scratch), by_openpyxl, forms, options.runs)
    print(f"forms: {len(forms)}")
    print(f"reading, by the time of python-calamine: {reading:.2f} (promised: at most 3)")
    print(
        f"patching {len(edits)} cells, by the time of copying the zip: {patching:.2f} (promised: at most 3)"
    )
    print(f"collecting, by the time of openpyxl to open the forms: {collecting:.2f} (promised: below 0.25)")


if __name__ == "__main__":
    main()
