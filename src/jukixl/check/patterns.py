"""Formulas that don't fit their neighbours: how a slip shows in a workbook that nobody declared.

Formulas are compared in relative form (the cell above is R[-1]C), in which those of a filled column are all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jukixl.check.structure import Book, Place, StructureCheck, cells_in
from jukixl.findings import Finding
from jukixl.workbook.addresses import CellRange, join_a1, split_a1
from jukixl.workbook.cells import CellValue

_PART = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')|(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})(?![\w.(!])""")
_SUMS = frozenset({"SUM", "SUBTOTAL", "AVERAGE"})
_NEAR = 3
"""Cells between a range and its sum that are looked at; what is further away is another table."""


def relative_form(formula: str, a1: str) -> str:
    """A formula with its references as seen from its cell; parts with $ as they are.

    >>> relative_form("SUM(B2:B5)*$A$1", "B6")
    'SUM(R[-4]C[0]:R[-1]C[0])*$A$1'
    """
    row, column = split_a1(a1)

    def relative(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        there, across = split_a1(f"{match[3].upper()}{match[5]}")
        rows = f"${match[5]}" if match[4] else f"R[{there - row}]"
        columns = f"${match[3].upper()}" if match[2] else f"C[{across - column}]"
        return columns + rows if match[2] or match[4] else rows + columns

    return _PART.sub(relative, formula.replace(" ", ""))


class _Forms:
    """The formulas of one sheet in relative form, by row and column."""

    def __init__(self, book: Book, sheet: str) -> None:
        self._forms = {
            split_a1(a1): relative_form(cell.formula or "", a1)
            for (place, a1), cell in book.formulas.items()
            if place == sheet
        }

    def iter_misfits(self) -> Iterator[tuple[int, int]]:
        """Cells between two equal formulas that hold another formula or none.

        Not those that fit in the other direction: rows of subtotals between rows of rates are no misfits.
        """
        beside = {(row + down, column + 1 - down) for row, column in self._forms for down in (0, 1)}
        for row, column in sorted(self._forms.keys() | beside):
            fitting = {self._shared(row, column, 1, 0), self._shared(row, column, 0, 1)} - {None}
            if fitting and self._forms.get((row, column)) not in fitting:
                yield row, column

    def __contains__(self, place: tuple[int, int]) -> bool:
        return place in self._forms

    def _shared(self, row: int, column: int, down: int, right: int) -> str | None:
        """The form of both neighbours and of one beyond them; None where they differ."""
        further, before, after, beyond = (
            self._forms.get((row + step * down, column + step * right)) for step in (-2, -1, 1, 2)
        )
        return before if before == after and before in (further, beyond) else None


class PatternBreak(StructureCheck):
    """前後の数式と型の違う数式"""

    code = "pattern"
    advice = "前後の数式と見比べ、範囲や参照先を直す。意図したものなら、そのままでよい。"

    def findings(self) -> Iterator[Finding]:
        for sheet in self.book.snapshot.sheets:
            forms = _Forms(self.book, sheet)
            for place in forms.iter_misfits():
                if place in forms:
                    message = "前後のセルの数式と型が違います。範囲や参照先がずれていないか確かめてください。"
                    yield self.finding(message, sheet, join_a1(*place))


class NumberAmongFormulas(StructureCheck):
    """数式が並ぶ中に直接入力された数値"""

    code = "overwritten"
    advice = "隣の数式を複写して、数式に戻す。"

    def findings(self) -> Iterator[Finding]:
        for sheet in self.book.snapshot.sheets:
            forms = _Forms(self.book, sheet)
            for place in forms.iter_misfits():
                a1 = join_a1(*place)
                if place not in forms and _is_number(self.book.value(sheet, a1)):
                    message = (
                        "前後は数式ですが、このセルには数値が直接入力されています。数式に戻してください。"
                    )
                    yield self.finding(message, sheet, a1)


class RangeGap(StructureCheck):
    """合計の範囲と合計のセルの間にあって、範囲に入っていない数値"""

    code = "range"
    advice = "合計の範囲を、間の数値まで広げる。"

    def findings(self) -> Iterator[Finding]:
        for place in self.book.formulas:
            for function, area in self.book.ranges(place):
                if function in _SUMS and area.sheet == place[0]:
                    for a1 in self._left_out(place[1], area):
                        message = f"範囲 {area.first}:{area.last} と合計の間の {a1} の数値が、範囲に入っていません。"
                        yield self.finding(message, *place)

    def _left_out(self, a1: str, area: CellRange) -> Iterator[str]:
        (row, column), (_, left), (bottom, right) = map(split_a1, (a1, area.first, area.last))
        below = range(bottom + 1, row) if left == right == column else ()
        beside = range(right + 1, column) if row == bottom == split_a1(area.first)[0] else ()
        between = [join_a1(one, column) for one in below] + [join_a1(row, one) for one in beside]
        for one in between[:_NEAR]:
            if (area.sheet, one) not in self.book.formulas and _is_number(self.book.value(area.sheet, one)):
                yield one


class DoubleCounting(StructureCheck):
    """小計を含む範囲の合計（二重計上）"""

    code = "double_counting"
    advice = "小計を除いた範囲にするか、小計だけを足す。"

    def findings(self) -> Iterator[Finding]:
        sums = {place: list(self._sums(place)) for place in self.book.formulas}
        for place, areas in sums.items():
            for area in areas:
                for a1 in cells_in(area):
                    inner = sums.get((area.sheet, a1), ())
                    if any(
                        set(cells_in(one)) & set(cells_in(area)) for one in inner if one.sheet == area.sheet
                    ):
                        message = f"合計の範囲 {area.first}:{area.last} に、同じ範囲の一部の小計 {a1} が入っています（二重計上）。"
                        yield self.finding(message, *place)
                        break

    def _sums(self, place: Place) -> Iterator[CellRange]:
        for function, area in self.book.ranges(place):
            if function == "SUM" and not area.is_cell:
                yield area


PATTERN_CHECKS: tuple[type[StructureCheck], ...] = (
    PatternBreak,
    NumberAmongFormulas,
    RangeGap,
    DoubleCounting,
)


def _is_number(value: CellValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
