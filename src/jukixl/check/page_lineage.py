"""The lineage of every number on the report page, as trees that open: a cell in full where it first comes up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jukixl.check.page_findings import finding_id
from jukixl.check.page_parts import Anchors, element, link, place_text, shown, shown_digest
from jukixl.check.trace import FigureTrace, Step, TableTrace, Trace
from jukixl.findings import Finding

_EMPTY = "（空欄）"


def render_lineage(trace: Trace, findings: Sequence[Finding]) -> tuple[str, Anchors]:
    """Both sections of the lineage, and the anchors in them."""
    writer = _Writer(trace, findings)
    figures = "".join(writer.figure(figure) for figure in trace.figures)
    tables = "".join(writer.table(table) for table in trace.tables if table.rows)
    opening = '<p class="controls"><button type="button" class="toggle">すべて開く／閉じる</button></p>'
    html = (
        f'<h2 id="figures">本文の数値の根拠</h2><section class="lineage">{opening}{figures}</section>\n'
        f'<h2 id="tables">表の数値の根拠</h2><section class="lineage">{tables}</section>'
    )
    return html, Anchors(trace.ids, frozenset(writer.written))


class _Writer:
    def __init__(self, trace: Trace, findings: Sequence[Finding]) -> None:
        self.written: set[str] = set()
        self._marks: Mapping[str, str] = _marks_of(trace, findings)

    def figure(self, figure: FigureTrace) -> str:
        """A figure of the text: as printed, its expression, what it stands on."""
        place = f"{shown(place_text(figure.place))}　" if figure.place else ""
        how = f"{place}＝ {shown(figure.words)} <code>{shown(figure.expression)}</code>"
        head = f"{shown(figure.label)}　<b>{shown(figure.printed or _EMPTY)}</b>"
        inside = element("p", how, "how") + "".join(map(self.step, figure.below))
        return self._tree(head, inside, f"figure-{figure.tag}")

    def table(self, traced: TableTrace) -> str:
        """A table of the handout: its rows, in each its numbers."""
        rows = "".join(
            self._tree(shown(title), "".join(map(self.step, steps)), "") for title, steps in traced.rows
        )
        return self._tree(f"<b>{shown(traced.table.title)}</b>", rows, f"table-{traced.table.id}")

    def step(self, step: Step) -> str:
        """A cell with what it stands on; where it was written before, a link to that place."""
        value = f"<b>{shown(step.shown or _EMPTY)}</b>"
        if step.id in self.written:
            return element("div", f"{self._place(step, step.id)}{shown(step.title)}　{value}", "step again")
        if step.id:
            self.written.add(step.id)
        words = f"　＝ {shown(step.words)}" if step.words else ""
        digest = f"（照合値 {shown_digest(step.digest)}）" if step.digest else ""
        source = f'　<span class="source">{shown(step.source)}{digest}</span>' if step.source else ""
        text = f"{self._place(step, '')}{shown(step.title)}　{value}{words}{source}{self._marks.get(step.id, '')}"
        if step.below:
            return self._tree(text, "".join(map(self.step, step.below)), step.id)
        return element("div", text, "step", {"id": step.id} if step.id else None)

    def _place(self, step: Step, anchor: str) -> str:
        return link(anchor, shown(place_text(step.place)), "place") + "　" if step.place else ""

    def _tree(self, head: str, inside: str, anchor: str) -> str:
        attributes = {"id": anchor} if anchor else None
        return element("details", f"<summary>{head}</summary>{inside}", attributes=attributes) + "\n"


def _marks_of(trace: Trace, findings: Sequence[Finding]) -> dict[str, str]:
    """Links from a cell to its findings, by the id of the cell."""
    marks: dict[str, str] = {}
    for number, finding in enumerate(findings):
        anchor = trace.ids.of((finding.sheet, finding.cell)) if finding.sheet and finding.cell else ""
        if anchor:
            mark = link(finding_id(number), finding.severity.label, f"mark {finding.severity.value}")
            marks[anchor] = f"{marks.get(anchor, '')}　{mark}"
    return marks
