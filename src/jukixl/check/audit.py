"""The audit of a workbook without a declaration: its structure, its patterns, and every formula computed again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jukixl.check.formulas import check_formulas
from jukixl.check.master import CheckOutcome
from jukixl.check.patterns import PATTERN_CHECKS
from jukixl.check.structure import Book, check_structure
from jukixl.findings import Finding
from jukixl.workbook.package import read_package
from jukixl.workbook.recalculate import evaluate
from jukixl.workbook.snapshot import read_snapshot


def audit_workbook(path: Path) -> CheckOutcome:
    """Every finding in a workbook; nothing is written. InputError where the file is none."""
    package = read_package(path)
    snapshot = read_snapshot(package)
    book = Book(package, snapshot)
    formulas = check_formulas(snapshot, evaluate(package, snapshot), (), {})
    found = (*formulas.findings, *_without_repeats(book, formulas.findings))
    return CheckOutcome(found, formulas)


def _without_repeats(book: Book, known: tuple[Finding, ...]) -> Iterator[Finding]:
    """What is wrong beyond the values; a cell and what it is called only once."""
    seen = {(finding.code, finding.sheet, finding.cell) for finding in known}
    patterns = (finding for check in PATTERN_CHECKS for finding in check(book).findings())
    for finding in (*check_structure(book), *patterns):
        key = (finding.code, finding.sheet, finding.cell)
        if finding.cell is None or key not in seen:
            seen.add(key)
            yield finding
