"""How long refresh and verify take beside the floor, as ratios: `handout.py MASTER [--runs 15]`.

MASTER is a complete one, such as `jukixl demo` makes. The floor is what any program must do that opens and saves the same
document: unzip, parse, serialise, zip. Each round times all three in turn; the medians of the rounds' ratios count.
Verified: the refreshed document has the changed number, verify reads every value and finds nothing.
"""

from __future__ import annotations

import argparse
import gc
import io
import statistics
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from jukixl.handout.build import build_handout
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.shipped import read_template
from jukixl.handout.verify import verify_handout
from jukixl.report.computation import Inputs, Results
from jukixl.workbook.master import Master, read_master

LIMIT = 3
CHANGED = ("annex5", "applications", "192015")


def floor(document: bytes) -> bytes:
    """The document saved as it is by someone who parses all of its XML."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(document)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for part in source.namelist():
            root = etree.fromstring(source.read(part))
            archive.writestr(part, etree.tostring(root, encoding="UTF-8", xml_declaration=True))
    return target.getvalue()


def with_one_more(master: Master) -> Results:
    """The results after 甲府市 has corrected one number."""
    inputs = master.results.inputs
    cells = dict(inputs.cells)
    cells[CHANGED] = int(str(cells[CHANGED])) + 1
    return Results(master.report, Inputs(inputs.settings, cells))


def measure(master: Master, runs: int) -> dict[str, float]:
    """Median ratio of each to the floor."""
    report = master.report
    document = build_handout(report, master.results, read_template(report)).document
    tasks: dict[str, Callable[[], object]] = {
        "refresh": lambda: refresh_handout(report, with_one_more(master), document),
        "verify": lambda: verify_handout(report, Results(report, master.results.inputs), document),
    }
    refreshed = refresh_handout(report, with_one_more(master), document)
    assert len(refreshed.changes) >= 3
    assert not refreshed.kept
    verification = verify_handout(report, master.results, document)
    assert verification.ok
    assert verification.values > 1_000
    ratios: dict[str, list[float]] = {name: [] for name in tasks}
    gc.disable()
    for _ in range(runs):
        base = min(timed(lambda: floor(document)) for _ in range(3))
        for name, task in tasks.items():
            ratios[name].append(min(timed(task) for _ in range(3)) / base)
        gc.collect()
    return {name: statistics.median(values) for name, values in ratios.items()}


def timed(task: Callable[[], object]) -> float:
    """Seconds of CPU: what else the machine does counts less."""
    start = time.process_time()
    task()
    return time.process_time() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("master", type=Path)
    parser.add_argument("--runs", type=int, default=15)
    arguments = parser.parse_args()
    for name, ratio in measure(read_master(arguments.master), arguments.runs).items():
        print(f"{name}: {ratio:.2f} times the floor ({'kept' if ratio <= LIMIT else 'NOT kept'}: {LIMIT})")
