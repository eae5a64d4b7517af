"""Every formula on the report page: its text, Excel's value, the recomputed one, Python's, and whether all agree."""

from __future__ import annotations

from jukixl.check.formulas import FormulaOutcome, FormulaView, show
from jukixl.check.page_parts import Anchors, element, heading_row, link, shown
from jukixl.report.model import Kind
from jukixl.workbook.cells import CellValue
from jukixl.workbook.expected import Content
from jukixl.workbook.formula_text import is_same_formula
from jukixl.workbook.snapshot import Snapshot

RIGHT, WRONG = "〇", "×"
_HEADINGS = {
    "シート": 9,
    "セル": 5,
    "項目": 21,
    "数式": 24,
    "Excel の値": 12,
    "再計算の値": 12,
    "Python の値": 12,
    "判定": 5,
}
"""Heading → width in percent."""
_OWN = "（宣言にない数式）"
_TYPED_OVER = "（数式なし）"
_NOT_COMPUTED = "（再計算できません）"


def render_formulas(snapshot: Snapshot, outcome: FormulaOutcome, anchors: Anchors) -> str:
    """The table of all formulas with its controls."""
    rows = "".join(_row(view, anchors) for view in outcome.iter_views(snapshot))
    controls = (
        "<p>数式ごとに、Excel が保存した値、数式を計算し直した値、Python が宣言から計算した値と、数式そのものを比べました。</p>"
        '<p class="controls"><input type="search" id="formula-filter" placeholder="語で絞り込む" aria-label="数式を語で絞り込む">'
        f'<label><input type="checkbox" id="wrong-only">{WRONG} のものだけ</label></p>'
        '<p class="count"><span id="formula-count"></span></p>'
    )
    table = element("table", f"{heading_row(_HEADINGS)}<tbody>{rows}</tbody>", "list", {"id": "formula-list"})
    return controls + table


def _row(view: FormulaView, anchors: Anchors) -> str:
    sheet, cell = view.place
    expectation = view.expectation
    kind = expectation.kind if expectation else Kind.TEXT
    stored, computed = _value(view.cell.value, kind, view), _value(view.computed, kind, view)
    declared = _value(expectation.content, kind, view) if expectation else _OWN
    cells = (
        element("td", shown(sheet)),
        element("td", link(anchors.of(sheet, cell), shown(cell))),
        element("td", shown(expectation.label if expectation else _OWN), "text"),
        element("td", _formula(view), "formula"),
        element("td", shown(stored), "number"),
        element(
            "td", shown(_NOT_COMPUTED if view.cell.formula and view.computed is None else computed), "number"
        ),
        element("td", shown(declared), "number"),
        element("td", RIGHT if view.is_right else WRONG, "mark"),
    )
    return element("tr", "".join(cells), "right" if view.is_right else "wrong") + "\n"


def _formula(view: FormulaView) -> str:
    """The formula and, where another one belongs there, that one below it."""
    text = f"={view.cell.formula}" if view.cell.formula is not None else _TYPED_OVER
    differs = view.declared and not is_same_formula(view.cell.formula or "", view.declared)
    return shown(text) + (f"<br>正: {shown(f'={view.declared}')}" if differs else "")


def _value(value: CellValue | Content, kind: Kind, view: FormulaView) -> str:
    """A value as printed; a rounded one that is part of a disagreement in full too, for it may show only there."""
    text = show(value, kind)
    return text if view.is_right or not kind.is_rounded or isinstance(value, str) else f"{text}（{value}）"
