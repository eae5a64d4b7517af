"""A master as read: its cells, the report it was made from, and the report's values computed from what was typed."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from jukixl.findings import Finding
from jukixl.report.computation import Results
from jukixl.report.model import Report
from jukixl.workbook.definition import read_definition
from jukixl.workbook.inputs import read_inputs
from jukixl.workbook.package import Package, read_package
from jukixl.workbook.recalculate import Recalculation
from jukixl.workbook.snapshot import Snapshot, read_snapshot


class Master(Struct, frozen=True):
    """A master workbook at one moment. `reading`: what was wrong with its inputs.

    `recalculation`: the values of its formulas, where they are known from writing it; None where they must be computed.
    """

    package: Package
    snapshot: Snapshot
    report: Report
    results: Results
    reading: tuple[Finding, ...]
    recalculation: Recalculation | None = None


def read_master(path: Path) -> Master:
    """Read a master. InputError where the file is none."""
    package = read_package(path)
    return master_of(package, read_snapshot(package))


def master_of(package: Package, snapshot: Snapshot, recalculation: Recalculation | None = None) -> Master:
    """The master in a package. InputError where it is none."""
    report = read_definition(snapshot)
    inputs, findings = read_inputs(report, snapshot)
    return Master(package, snapshot, report, Results(report, inputs), tuple(findings), recalculation)
