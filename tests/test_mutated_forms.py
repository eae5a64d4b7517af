"""Ten thousand forms gone wrong at random: no traceback, no hang, no master damaged."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from mutations import mutate
from returned import rewrite, with_prefixes
from rewritten import google
from test_returned_files import KOFU

from jukixl.findings import Severity
from jukixl.survey import collect
from jukixl.survey.collect import IMPORTED, REJECTED, FileOutcome
from jukixl.workbook.edits import apply_edits
from jukixl.workbook.master import Master, read_master
from jukixl.workbook.package import Package, read_package
from jukixl.workbook.snapshot import read_snapshot

FORMS: dict[str, tuple[int, Callable[[Path], Path]]] = {
    "as sent out": (4_000, lambda path: path),
    "Google Sheets": (3_000, google),
    "prefixes": (3_000, lambda path: rewrite(path, with_prefixes)),
}
"""How many mutations of each, 10,000 together: a minute of a slow computer."""
SECONDS = 25.0
"""What each may take. A computer too slow for all of them does fewer, but never fewer than a tenth."""
PATCHED = 50


class Reading:
    """Reads mutated forms into one master, as a collection does."""

    def __init__(self, master: Master, file: Path) -> None:
        self.master = master
        self.reader = collect._FileReader(master, None)
        self.file = file
        self.statuses: Counter[str] = Counter()
        self.slowest = 0.0

    def read(self, data: bytes) -> FileOutcome:
        self.file.write_bytes(data)
        start = time.monotonic()
        outcome = self.reader.read(self.file)
        self.slowest = max(self.slowest, time.monotonic() - start)
        self.statuses[outcome.status] += 1
        return outcome

    def patch(self, outcome: FileOutcome) -> Package:
        """The master that these answers would give."""
        writer = collect._EditWriter(self.master, self.reader.forms.finder.inputs)
        return apply_edits(self.master.package, writer.edits_of([outcome]), snapshot=self.master.snapshot)


@pytest.mark.parametrize("kind", FORMS)
def test_mutated_forms_are_read_or_refused_with_a_message(
    kind: str, blank_path: Path, forms: Path, tmp_path: Path
) -> None:
    count, change = FORMS[kind]
    form = read_package(change(Path(shutil.copy(forms / KOFU, tmp_path / "元.xlsx"))))
    master = read_master(blank_path)
    before = blank_path.read_bytes()
    reading = Reading(master, tmp_path / "回答.xlsx")
    end = time.monotonic() + SECONDS
    for number in range(count):
        if time.monotonic() > end and number >= count // 10:
            break
        outcome = reading.read(mutate(form, number))
        errors = [finding for finding in outcome.findings if finding.severity is Severity.ERROR]
        assert bool(errors) == (outcome.status == REJECTED)
        # What is caught only by the last line of defence is a mistake of ours.
        assert collect._BROKEN not in {finding.message for finding in errors}, (kind, number)
        assert all(finding.message for finding in outcome.findings)
        if outcome.status == IMPORTED and number % PATCHED == 0:
            patched = read_snapshot(reading.patch(outcome))
            assert all(sheet.cells is not None for sheet in patched.sheets.values())
            assert patched.value("status.192015.state") in ("取込済", "要確認")
    assert reading.slowest < 5.0
    assert reading.statuses[IMPORTED] > 100
    assert reading.statuses[REJECTED] > 100
    assert blank_path.read_bytes() == before
