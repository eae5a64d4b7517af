"""What a check writes on sheet 検算: the findings, every formula with its verdict, and for which inputs that is true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from jukixl.check.formula_lines import OWN, FormulaLine, iter_formula_lines
from jukixl.check.master import CheckOutcome
from jukixl.check.waivers import Waivers
from jukixl.era import format_date
from jukixl.findings import Severity
from jukixl.workbook.edits import Edit, find_changes
from jukixl.workbook.links import Link
from jukixl.workbook.master import Master
from jukixl.workbook.results import Line, formula_list_edits, place_links
from jukixl.workbook.stamp import INPUTS, STATE, TIME, inputs_digest, now_name, stamp_keys, then_name

_REASON = "検算"


class ResultEdits(Struct, frozen=True):
    """The edits that write a check's results, with their links; `left_out`: findings for which there was no room."""

    edits: tuple[Edit, ...]
    links: tuple[Link, ...]
    left_out: int


def result_edits(master: Master, outcome: CheckOutcome, moment: datetime) -> ResultEdits:
    """What brings the lists of sheet 検算 up to date; no edits where they are."""
    waivers = Waivers(master.snapshot)
    rows = waivers.arrange(outcome.found)
    own = {(area.sheet, area.first) for name, area in master.snapshot.names.items() if name.startswith(STATE)}
    lines = [
        _line(line)
        for line in iter_formula_lines(master.snapshot, outcome.formulas)
        if (line.sheet, line.cell) not in own  # they tell of this very list
    ]
    listed = [*waivers.list_edits(rows), *formula_list_edits(master.snapshot, lines)]
    edits = [*listed, *_stamp_edits(master, outcome)]
    if find_changes(master.snapshot, edits):
        day = format_date(moment.date())
        edits.append(Edit(*master.snapshot.locate(TIME), f"{day} {moment:%H:%M}", _REASON))
    wanted = {waivers.key(one) for one in outcome.found if one.severity is not Severity.INFO}
    return ResultEdits(tuple(edits), tuple(place_links(listed)), len(wanted - {row[3] for row in rows}))


def _line(line: FormulaLine) -> Line:
    formula = f"{line.formula}\n正: {line.due}" if line.due else line.formula
    python = line.computed if line.declared == OWN else line.declared
    return (f"{line.sheet}!{line.cell}", formula, line.stored, python, line.label, line.verdict)


def _stamp_edits(master: Master, outcome: CheckOutcome) -> Iterator[Edit]:
    """The sums of the inputs as they are now, by which Excel will tell whether they have changed."""
    known, computed = master.snapshot.names, outcome.formulas.compared.recalculation.values
    for key in stamp_keys(master.report):
        if now_name(key) in known and then_name(key) in known:
            now = computed.get(master.snapshot.locate(now_name(key)))
            value = now if isinstance(now, int | float) else None
            yield Edit(*master.snapshot.locate(then_name(key)), value, _REASON)
    yield Edit(*master.snapshot.locate(INPUTS), inputs_digest(master.results), _REASON)
