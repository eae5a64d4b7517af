"""What a figure counts: the unit behind it, as far as staff haven't put it into words of their own."""

from __future__ import annotations

from collections.abc import Iterator

from jukixl.handout.controls import Control
from jukixl.handout.mismatches import Mismatch, mismatch_at
from jukixl.handout.prose import MULTIPLIERS
from jukixl.handout.states import State
from jukixl.report.model import Report
from jukixl.report.text import Placeholder

_COUNTERS = ("件", "人", "枚", "円", "名", "台", "回", "世帯", "団体", "市町村", "%", "ポイント")
"""What a number may count in such a document; the report's own units come on top."""


class Units:
    """The units of a report's figures."""

    def __init__(self, report: Report) -> None:
        self._declared = {figure.id: figure.unit for figure in report.figures if figure.unit}
        self._known = sorted({*self._declared.values(), *_COUNTERS}, key=len, reverse=True)

    def iter_wrong(self, control: Control, behind: str, place: str) -> Iterator[Mismatch]:
        """Where the words behind a figure make another number of it, or count something else."""
        unit = self._declared.get(Placeholder.of_tag(control.tag or "").figure, "")
        if unit and behind.startswith(unit):
            return
        if behind[:1] in MULTIPLIERS and control.text[-1:].isdecimal():
            yield mismatch_at(place, State.EDITED, control.text, f"{control.text}{behind[:1]}")
        elif unit and (other := next(filter(behind.startswith, self._known), None)):
            yield mismatch_at(f"{place}の単位", State.EDITED, unit, other)
