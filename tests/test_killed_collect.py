"""A process killed at any moment of a collection leaves the old master or the new one, and a log that is true."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import random
import shutil
import sys
import time
from datetime import date
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from conftest import write_blank_master
from killed import run

from jukixl.commands.collecting import collect
from jukixl.report.model import Report
from jukixl.survey.archive import BEGUN, DONE, UNDONE, UNKNOWN, read_log
from jukixl.survey.collect import survey_columns
from jukixl.survey.distribute import write_forms
from jukixl.workbook import names
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import read_master
from jukixl.workbook.patch import patch_workbook
from jukixl.workbook.snapshot import read_snapshot

KILLS = 200
ANSWER = 7
SETTINGS = {"survey_date": date(2024, 4, 1), "meeting_month": date(2024, 5, 1), "council": "図書館協議会"}


class Desk:
    """A small master and its filled forms, put back to the beginning before each collection."""

    def __init__(self, folder: Path, report: Report) -> None:
        self.blank = write_blank_master(folder / "始め" / "マスター.xlsx", report, SETTINGS)
        self.old = self.blank.read_bytes()
        self.forms = folder / "回答"
        self.report = report
        for path in list(write_forms(read_master(self.blank), self.forms)):
            form = read_snapshot(path)
            edits = [
                Edit(*form.locate(names.form_name(table.id, column.id)), ANSWER)
                for table, column in survey_columns(report)
            ]
            patch_workbook(path, edits, recalculate=False)
        self.count = len(list(self.forms.iterdir()))
        self.work = folder / "仕事"
        self.master = self.work / "マスター.xlsx"
        self.archive = self.work / "回答控"
        self.log = self.archive / "取込記録.jsonl"

    def prepare(self) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        self.master.write_bytes(self.old)

    def start(self) -> BaseProcess:
        """A clean process that is forked from one that has everything loaded."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(
            ["jukixl.commands.collecting", "jukixl.workbook.recalculate", "formualizer"]
        )
        process = context.Process(target=run, args=(str(self.master), str(self.forms)))
        process.start()
        return process


@pytest.fixture(scope="module")
def desk(library: Report, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("killed")
    (folder / "始め").mkdir()
    return Desk(folder, library)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def duration(desk: Desk) -> float:
    """Seconds of a whole collection."""
    seconds = []
    for _ in range(3):
        desk.prepare()
        start = time.monotonic()
        process = desk.start()
        process.join()
        seconds.append(time.monotonic() - start)
        assert process.exitcode == 0
    return min(seconds)


def check_log(desk: Desk) -> bool:
    """The log against the master: whether a write was begun. Only its last line may be torn."""
    lines = desk.log.read_bytes().split(b"\n") if desk.log.exists() else [b""]
    entries = [json.loads(line) for line in lines[:-1]]
    now = sha(desk.master.read_bytes())
    begun = [entry for entry in entries if entry["event"] == BEGUN]
    done = [entry for entry in entries if entry["event"] == DONE]
    assert now in [sha(desk.old), *(entry["after"] for entry in begun)]
    assert not done or now == done_hash(begun, done)
    assert not any(entry["event"] in (UNDONE, UNKNOWN) for entry in entries)
    return bool(begun)


def done_hash(begun: list[dict[str, str]], done: list[dict[str, str]]) -> str:
    return next(entry["after"] for entry in begun if entry["run"] == done[-1]["run"])


def check_archive(desk: Desk) -> None:
    """Whatever is kept is whole."""
    for path in desk.archive.glob("*.xlsx"):
        assert sha(path.read_bytes()) == path.stem


def check_answers(desk: Desk, expected: int | None) -> None:
    snapshot = read_master(desk.master).snapshot
    assert desk.report.municipalities is not None
    for table, column in survey_columns(desk.report):
        for code in desk.report.municipalities.ids:
            assert snapshot.value(names.survey_name(table.id, column.id, code)) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="a process is forked")
def test_a_process_killed_at_two_hundred_moments_leaves_old_or_new_and_a_true_log(desk: Desk) -> None:
    whole = duration(desk)
    moments = random.Random(4)  # noqa: S311 - moments, no secret
    seen = {"old": 0, "new": 0, "begun": 0}
    for number in range(KILLS):
        desk.prepare()
        process = desk.start()
        time.sleep(moments.uniform(0.1, 1.05) * whole)
        process.kill()
        process.join()
        process.close()
        state = "old" if desk.master.read_bytes() == desk.old else "new"
        seen[state] += 1
        seen["begun"] += check_log(desk)
        check_archive(desk)
        if number % 5 == 0:
            check_answers(desk, None if state == "old" else ANSWER)
            check_recovery(desk)
    assert seen["old"] > 20, seen
    assert seen["new"] > 5, seen


def check_recovery(desk: Desk) -> None:
    """The next collection brings everything to its end, and the log to the truth."""
    collect({"MASTER": desk.master, "DIR": desk.forms}, lambda *_: None)
    check_answers(desk, ANSWER)
    entries = read_log(desk.log)
    open_runs = {entry["run"] for entry in entries if entry["event"] == BEGUN}
    ended = {entry["run"]: entry["event"] for entry in entries if entry["event"] in (DONE, UNDONE, UNKNOWN)}
    assert open_runs == set(ended)
    assert UNKNOWN not in ended.values()
    assert len(list(desk.archive.glob("*.xlsx"))) == desk.count
    assert list(ended.values()).count(DONE) == 1
