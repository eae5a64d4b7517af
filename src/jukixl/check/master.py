"""The whole check of a master: recompute the formulas, compare with the declaration, apply the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from jukixl.check.changes import check_changes
from jukixl.check.formulas import FormulaOutcome, check_formulas
from jukixl.check.missing import check_missing
from jukixl.check.rules import Context, check_rules
from jukixl.check.structure import Book, ErrorValue, Place, check_structure
from jukixl.check.waivers import Waivers
from jukixl.findings import Finding
from jukixl.workbook.declared import iter_declared
from jukixl.workbook.expected import iter_expectations
from jukixl.workbook.master import Master
from jukixl.workbook.recalculate import evaluate
from jukixl.workbook.stamp import iter_stamps


class CheckOutcome(Struct, frozen=True):
    """All findings in the order of the work (inputs, gaps, formulas, rules), and the count of formulas.

    `found` are the findings of a master before what clerks wrote about warnings (確認済み) was looked at.
    """

    findings: tuple[Finding, ...]
    formulas: FormulaOutcome
    found: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The shape of `jukixl check --json`."""
        return {
            "findings": [finding.to_json() for finding in self.findings],
            "formulas": {
                "total": self.formulas.total,
                "recomputed": self.formulas.recomputed,
                "disagreeing": self.formulas.disagreeing,
            },
        }


def check_master(master: Master) -> CheckOutcome:
    """Every finding of a master; nothing is written."""
    context = Context(master.results, master.snapshot)
    rules = check_rules(context)
    expectations = (
        *iter_expectations(master.results, rules.counts),
        *iter_stamps(master.results, master.snapshot.names),
    )
    recalculation = master.recalculation or evaluate(master.package, master.snapshot)
    declared = {
        (area.sheet, area.first): text for area, text in iter_declared(master.report, master.snapshot.names)
    }
    formulas = check_formulas(master.snapshot, recalculation, expectations, declared)
    findings = (
        *master.reading,
        *check_missing(context),
        *formulas.findings,
        *_check_structure(master, declared, formulas.findings),
        *rules.findings,
        *check_changes(master),
    )
    return CheckOutcome(Waivers(master.snapshot).apply(findings), formulas, findings)


def _check_structure(
    master: Master, declared: Mapping[Place, str], known: Iterable[Finding]
) -> Iterator[Finding]:
    """What is wrong with the workbook as such: not the formulas that are as declared, no error value named already."""
    formulas = master.snapshot.formulas
    trusted = {place for place, cell in formulas.items() if cell.formula == declared.get(place)}
    places = {(finding.sheet, finding.cell) for finding in (*master.reading, *known)}
    for finding in check_structure(Book(master.package, master.snapshot, trusted)):
        if finding.code != ErrorValue.code or (finding.sheet, finding.cell) not in places:
            yield finding
