"""The cross-check of formulas: their text and the declared one, what the file says, what they give, what the declaration gives.

Any two that differ are a finding. A formula that isn't ours (staff may add some) is only recomputed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from jukixl.era import date_from_serial
from jukixl.errors import InputError
from jukixl.findings import Described, Finding, Severity
from jukixl.report.computation import print_value
from jukixl.report.model import Kind
from jukixl.workbook.addresses import split_a1
from jukixl.workbook.cells import EMPTY, Cell, CellValue
from jukixl.workbook.expected import Content, Expectation
from jukixl.workbook.formula_text import Slip, find_slip
from jukixl.workbook.recalculate import Recalculation
from jukixl.workbook.snapshot import Snapshot

_TOLERANCE = Decimal("1e-9")
_SHOWN = 120
"""Characters of a formula that a message shows."""
Place = tuple[str, str]


_KEEP = "数式を内容の欄にある正しいものに戻す。"
CODES = (
    Described(
        "overwritten",
        (Severity.ERROR,),
        "数式が消され、値が直接入力されている",
        "元の数式に戻す。正しい数式は検算報告の「数式」にある。",
    ),
    Described(Slip.RANGE, (Severity.ERROR,), "数式の範囲が、宣言より狭いか広い", _KEEP),
    Described(Slip.REFERENCE, (Severity.ERROR,), "数式が、宣言とは別のセルを参照している", _KEEP),
    Described(Slip.CONSTANT, (Severity.ERROR,), "数式の中に、数値が直接入力されている", _KEEP),
    Described(Slip.CHANGED, (Severity.ERROR,), "数式が、宣言と違うものに書き換えられている", _KEEP),
    Described(
        "total",
        (Severity.ERROR,),
        "合計が、宣言から計算した値と違う",
        "合計の範囲と、範囲の中の文字を確かめる。",
    ),
    Described("rate", (Severity.ERROR,), "率が、宣言から計算した値と違う", "分子と分母のセルを確かめる。"),
    Described(
        "points",
        (Severity.ERROR,),
        "増減が、宣言から計算した値と違う",
        "引かれる率と引く率のセルを確かめる。",
    ),
    Described(
        "formula", (Severity.ERROR,), "数式の値が、宣言から計算した値と違う", "参照先のセルを確かめる。"
    ),
    Described(
        "stale",
        (Severity.ERROR,),
        "保存されている値が、数式を計算し直した値と違う（古いまま）",
        "Excel で再計算（F9）して保存する。",
    ),
    Described(
        "not_recomputed",
        (Severity.WARNING,),
        "数式を計算し直せない（循環参照、未対応の関数）",
        "循環参照をなくす。関数なら、値を電卓などで確かめる。",
    ),
    Described(
        "no_cache", (Severity.WARNING,), "計算結果が保存されていない", "Excel で開いて上書き保存する。"
    ),
)
"""`lost_cell` is described where inputs are read."""


class FormulaView(Struct, frozen=True):
    """One formula cell, seen in four ways: its text and the declared one; the stored, recomputed and declared value.

    `cell.formula` is None where a value was typed over it; `declared` and `expectation` where the cell isn't ours;
    `computed` where it can't be recomputed. `is_right`: nothing was found in it.
    """

    place: Place
    cell: Cell
    declared: str | None
    computed: CellValue
    expectation: Expectation | None
    is_right: bool


class Compared(Struct, frozen=True):
    """What was compared: the formula cells, and for each place what it gives and what it should be."""

    formulas: Mapping[Place, Cell]
    recalculation: Recalculation
    expected: Mapping[Place, Expectation]
    declared: Mapping[Place, str]


class FormulaOutcome(Struct, frozen=True):
    """How many formulas the workbook has, how many were recomputed, in how many the values disagree."""

    total: int
    recomputed: int
    disagreeing: int
    findings: tuple[Finding, ...]
    compared: Compared

    def iter_views(self, snapshot: Snapshot) -> Iterator[FormulaView]:
        """The four views of every formula cell in the order of the sheets, those typed over included."""
        formulas, expected = self.compared.formulas, self.compared.expected
        wrong = {(finding.sheet, finding.cell) for finding in self.findings}
        for sheet in snapshot.sheets.values():
            lost = [a1 for (place, a1) in expected if place == sheet.name and (place, a1) not in formulas]
            for a1 in sorted((*sheet.formulas, *lost), key=split_a1):
                place = (sheet.name, a1)
                yield FormulaView(
                    place,
                    formulas.get(place) or sheet.cells.get(a1, EMPTY),
                    self.compared.declared.get(place),
                    self.compared.recalculation.values.get(place),
                    expected.get(place),
                    place not in wrong,
                )


def check_formulas(
    snapshot: Snapshot,
    recalculation: Recalculation,
    expectations: Iterable[Expectation],
    declared: Mapping[Place, str],
) -> FormulaOutcome:
    """Compare the four views of every formula cell; `declared` has the text that belongs there."""
    formulas = snapshot.formulas
    expected: dict[Place, Expectation] = {}
    findings: list[Finding] = []
    for one in expectations:
        place = _locate(snapshot, one.name)
        if place is None:
            findings.append(_lost(one))
        else:
            expected[place] = one
    has_caches = any(cell.value is not None for cell in formulas.values())
    findings += _check_overwritten(snapshot, expected)
    disagreeing = len(findings)
    for place, cell in formulas.items():
        wanted = declared.get(place, cell.formula)
        if cell.formula == wanted and _agree(place, cell, recalculation, expected.get(place)):
            continue  # true of nearly all
        found = list(_check_text(place, cell, wanted, recalculation, expected.get(place))) or list(
            _compare(place, cell if has_caches else None, recalculation, expected.get(place))
        )
        findings += found
        disagreeing += bool(found)
    if formulas and not has_caches:
        message = "計算結果が保存されていません。Excel で開いて上書き保存してください（検算は数式から計算し直して行いました）。"
        findings.append(Finding("no_cache", Severity.WARNING, message))
    recomputed = sum(place in recalculation.values for place in formulas)
    compared = Compared(formulas, recalculation, expected, declared)
    return FormulaOutcome(len(formulas), recomputed, disagreeing, tuple(findings), compared)


def _agree(place: Place, cell: Cell, recalculation: Recalculation, expectation: Expectation | None) -> bool:
    """Whether a formula's values are equal at first sight; where they aren't, `_compare` says what is wrong, if anything."""
    computed = recalculation.values.get(place)
    if expectation is None or computed is None or cell.value != computed:
        return False
    content = expectation.content
    return computed == (float(content) if isinstance(content, Decimal) else content)


def _locate(snapshot: Snapshot, name: str) -> Place | None:
    area = snapshot.names.get(name)
    return (area.sheet, area.first) if area and area.is_cell else None


def _lost(one: Expectation) -> Finding:
    """A formula cell that can't be found again can't be checked."""
    message = f"{one.label}: セル（名前 {one.name}）が見つかりません。行や列、シート、名前の削除を元に戻してください。"
    wanted = show(one.content, one.kind)
    return Finding("lost_cell", Severity.ERROR, message, expected=wanted, municipality=one.municipality)


def _check_overwritten(snapshot: Snapshot, expected: Mapping[Place, Expectation]) -> Iterator[Finding]:
    """A typed value where a formula belongs."""
    for (sheet, a1), one in expected.items():
        if (sheet, a1) not in snapshot.formulas:
            cell = snapshot.sheets[sheet].cells.get(a1, EMPTY) if sheet in snapshot.sheets else EMPTY
            message = f"{one.label}: 数式が消され、値が直接入力されています。元の数式に戻してください。"
            shown, wanted = show(cell.value, one.kind), show(one.content, one.kind)
            yield Finding(
                "overwritten",
                Severity.ERROR,
                message,
                sheet,
                a1,
                wanted,
                shown,
                municipality=one.municipality,
            )


def _check_text(
    place: Place,
    cell: Cell,
    declared: str | None,
    recalculation: Recalculation,
    expectation: Expectation | None,
) -> Iterator[Finding]:
    """A formula that doesn't say what was declared, even where its value happens to be right."""
    slip = find_slip(cell.formula or "", declared or "")
    if slip is None or expectation is None:
        return
    message = (
        f"{expectation.label}: {slip.explanation}。今の数式は ={_short(cell.formula or '')}、"
        f"正しい数式は ={_short(declared or '')} です。"
    )
    kind = expectation.kind
    shown = show(recalculation.values.get(place, cell.value), kind)
    wanted = show(expectation.content, kind)
    yield Finding(
        slip.value, Severity.ERROR, message, *place, wanted, shown, municipality=expectation.municipality
    )


def _short(formula: str) -> str:
    return formula if len(formula) <= _SHOWN else f"{formula[: _SHOWN - 1]}…"


def _compare(
    place: Place, cell: Cell | None, recalculation: Recalculation, expectation: Expectation | None
) -> Iterator[Finding]:
    kind = expectation.kind if expectation else Kind.TEXT
    label = expectation.label if expectation else "数式"
    municipality = expectation.municipality if expectation else None
    if place not in recalculation.values:
        reason = recalculation.not_computed.get(place, "計算できません")
        yield Finding(
            "not_recomputed", Severity.WARNING, f"{label}: 数式を検算できません（{reason}）。", *place
        )
        return
    computed = recalculation.values[place]
    if expectation is not None and not is_same(computed, expectation.content):
        code = "total" if expectation.is_total else kind.value if kind.is_rounded else "formula"
        message = f"{label}: 数式の結果が、宣言から計算した値と一致しません。数式か範囲が変わっていないか確かめてください。"
        wanted, shown = show(expectation.content, kind), show(computed, kind)
        yield Finding(code, Severity.ERROR, message, *place, wanted, shown, municipality=municipality)
    elif cell is not None and not is_same(cell.value, computed):
        message = f"{label}: 保存されている値が古いままです。Excel で再計算して保存してください。"
        yield Finding(
            "stale",
            Severity.ERROR,
            message,
            *place,
            show(computed, kind),
            show(cell.value, kind),
            municipality=municipality,
        )


def is_same(one: CellValue | Content, other: CellValue | Content) -> bool:
    """Whether two cell contents are one value; nothing and an empty text are the same."""
    one, other = ("" if one is None else one), ("" if other is None else other)
    if one == other:
        return True
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        return abs(_decimal(one) - _decimal(other)) <= _TOLERANCE
    return False


def _decimal(value: float | Decimal) -> Decimal:
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def show(value: CellValue | Content, kind: Kind) -> str:
    """A cell's content as staff see it."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int) and kind in (Kind.DATE, Kind.MONTH, Kind.YEAR, Kind.FISCAL_YEAR):
        return _show_calendar(value, kind)
    if kind.is_rounded and isinstance(value, int | float | Decimal):
        return print_value(Fraction(_decimal(value)), kind)
    if kind is Kind.COUNT and isinstance(value, int):
        return print_value(value, kind)
    return str(value)


def _show_calendar(value: int, kind: Kind) -> str:
    """A day (serial number) or year by era; what is none stays a number."""
    try:
        return print_value(date_from_serial(value) if kind in (Kind.DATE, Kind.MONTH) else value, kind)
    except InputError:
        return str(value)
