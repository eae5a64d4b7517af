"""Every formula as people read it: what stands in the cell, what belongs there, the three values and the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from jukixl.check.formulas import FormulaOutcome, FormulaView, show
from jukixl.report.model import Kind
from jukixl.workbook.cells import CellValue
from jukixl.workbook.expected import Content
from jukixl.workbook.formula_text import is_same_formula
from jukixl.workbook.snapshot import Snapshot

RIGHT, WRONG = "〇", "×"
HEADINGS = ("シート", "セル", "項目", "数式", "Excel の値", "再計算の値", "Python の値", "判定")
OWN = "（宣言にない数式）"
"""Stands for the label and the declared value of a formula that the report doesn't have."""
_TYPED_OVER = "（数式なし）"
_NOT_COMPUTED = "（再計算できません）"


class FormulaLine(Struct, frozen=True):
    """The texts of one formula under `HEADINGS`; `due`: the formula that belongs there, None where it stands there."""

    sheet: str
    cell: str
    label: str
    formula: str
    due: str | None
    stored: str
    computed: str
    declared: str
    is_right: bool

    @property
    def verdict(self) -> str:
        return RIGHT if self.is_right else WRONG


def iter_formula_lines(snapshot: Snapshot, outcome: FormulaOutcome) -> Iterator[FormulaLine]:
    """All formulas in the order of the sheets."""
    return map(_line, outcome.iter_views(snapshot))


def _line(view: FormulaView) -> FormulaLine:
    sheet, cell = view.place
    expectation = view.expectation
    kind = expectation.kind if expectation else Kind.TEXT
    formula = view.cell.formula
    is_uncomputed = bool(formula) and view.computed is None
    differs = view.declared and not is_same_formula(formula or "", view.declared)
    return FormulaLine(
        sheet,
        cell,
        expectation.label if expectation else OWN,
        _TYPED_OVER if formula is None else f"={formula}",
        f"={view.declared}" if differs else None,
        _value(view.cell.value, kind, view),
        _NOT_COMPUTED if is_uncomputed else _value(view.computed, kind, view),
        _value(expectation.content, kind, view) if expectation else OWN,
        view.is_right,
    )


def _value(value: CellValue | Content, kind: Kind, view: FormulaView) -> str:
    """A value as printed; a rounded one that is part of a disagreement in full too, for it may show only there."""
    text = show(value, kind)
    return text if view.is_right or not kind.is_rounded or isinstance(value, str) else f"{text}（{value}）"
