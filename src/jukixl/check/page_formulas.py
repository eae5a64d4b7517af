"""Every formula on the report page: its text, Excel's value, the recomputed one, Python's, and whether all agree."""

from __future__ import annotations

from jukixl.check.formula_lines import HEADINGS, WRONG, FormulaLine, iter_formula_lines
from jukixl.check.formulas import FormulaOutcome
from jukixl.check.page_parts import Anchors, element, heading_row, link, shown
from jukixl.workbook.snapshot import Snapshot

_WIDTHS = (9, 5, 21, 24, 12, 12, 12, 5)
"""Percent of each column."""


def render_formulas(snapshot: Snapshot, outcome: FormulaOutcome, anchors: Anchors) -> str:
    """The table of all formulas with its controls."""
    rows = "".join(_row(line, anchors) for line in iter_formula_lines(snapshot, outcome))
    controls = (
        "<p>数式ごとに、Excel が保存した値、数式を計算し直した値、Python が宣言から計算した値と、数式そのものを比べました。</p>"
        '<p class="controls"><input type="search" id="formula-filter" placeholder="語で絞り込む" aria-label="数式を語で絞り込む">'
        f'<label><input type="checkbox" id="wrong-only">{WRONG} のものだけ</label></p>'
        '<p class="count"><span id="formula-count"></span></p>'
    )
    headings = heading_row(dict(zip(HEADINGS, _WIDTHS, strict=True)))
    table = element("table", f"{headings}<tbody>{rows}</tbody>", "list", {"id": "formula-list"})
    return controls + table


def _row(line: FormulaLine, anchors: Anchors) -> str:
    due = f"<br>正: {shown(line.due)}" if line.due else ""
    cells = (
        element("td", shown(line.sheet)),
        element("td", link(anchors.of(line.sheet, line.cell), shown(line.cell))),
        element("td", shown(line.label), "text"),
        element("td", shown(line.formula) + due, "formula"),
        element("td", shown(line.stored), "number"),
        element("td", shown(line.computed), "number"),
        element("td", shown(line.declared), "number"),
        element("td", line.verdict, "mark"),
    )
    return element("tr", "".join(cells), "right" if line.is_right else "wrong") + "\n"
