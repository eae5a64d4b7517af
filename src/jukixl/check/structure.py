"""What can be wrong with any workbook, declared or not: one small class a check, which yields findings.

To add a check: write its class here and list it in `CHECKS`. Its `code` and docstring go into the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import cached_property
from typing import ClassVar

from jukixl.errors import InputError
from jukixl.figures import parse_count
from jukixl.findings import Finding, Severity
from jukixl.workbook.addresses import CellRange, split_a1
from jukixl.workbook.calculation import read_calculation
from jukixl.workbook.cells import Cell, CellValue
from jukixl.workbook.formula_text import Token, tokens_of
from jukixl.workbook.layout import DEFINITION_SHEET
from jukixl.workbook.package import Package
from jukixl.workbook.snapshot import Snapshot

Place = tuple[str, str]
_VOLATILE = frozenset(
    {"NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY", "OFFSET", "INDIRECT", "INFO", "CELL"}
)
_ADDING = frozenset({"SUM", "SUBTOTAL", "AGGREGATE", "AVERAGE", "PRODUCT", "SUMPRODUCT", "MAX", "MIN"})
_EXTERNAL = re.compile(r"\[\d+\][^\]!]*!(?![^\W\d][\w.]*\()")
_LARGE = 20_000
"""Cells of a range that are looked at one by one; whole columns are left to the other checks."""


class Book:
    """A workbook as the checks see it. `trusted`: formulas that are as declared, of which nothing is to be said."""

    def __init__(self, package: Package, snapshot: Snapshot, trusted: Container[Place] = ()) -> None:
        self.package = package
        self.snapshot = snapshot
        self._trusted = trusted

    @cached_property
    def formulas(self) -> dict[Place, Cell]:
        """The formula cells to look at, in order."""
        found = self.snapshot.formulas.items()
        return {place: cell for place, cell in found if place not in self._trusted}

    def tokens(self, place: Place) -> tuple[Token, ...]:
        return tokens_of(self.formulas[place].formula or "")

    def value(self, sheet: str, a1: str) -> CellValue:
        """A cell's value; None where there is no such sheet."""
        found = self.snapshot.sheets.get(sheet)
        cell = found.cells.get(a1) if found else None
        return cell.value if cell else None

    def ranges(self, place: Place) -> Iterator[tuple[str | None, CellRange]]:
        """The cells and ranges that a formula refers to, each with the function it stands in directly."""
        open_calls: list[str | None] = []
        before: Token | None = None
        for token in self.tokens(place):
            if token.text == "(":
                open_calls.append(before.text if before and before.kind == "word" else None)
            elif token.text == ")" and open_calls:
                open_calls.pop()
            elif token.kind == "range":
                sheet, _, cells = token.text.rpartition("!")
                first, _, last = cells.partition(":")
                yield (
                    (open_calls[-1] if open_calls else None),
                    CellRange(sheet or place[0], first, last or first),
                )
            before = token


class StructureCheck:
    """One thing that can be wrong. `findings` yields where it is.

    Docstring and `advice` (what to do) are for staff: they are a line of the catalogue (docs/checks.md).
    """

    code: ClassVar[str]
    advice: ClassVar[str]
    severity: ClassVar[Severity] = Severity.WARNING

    def __init__(self, book: Book) -> None:
        self.book = book

    def findings(self) -> Iterator[Finding]:
        """What was found, in the order of the sheets."""
        raise NotImplementedError

    def finding(
        self, message: str, sheet: str | None = None, cell: str | None = None, **more: str
    ) -> Finding:
        return Finding(self.code, self.severity, message, sheet, cell, **more)


class ErrorValue(StructureCheck):
    """エラー値（#REF! など）のセル"""

    code = "error_value"
    severity = Severity.ERROR
    advice = "参照先のセルと数式を確かめ、エラーの元を直す。"

    def findings(self) -> Iterator[Finding]:
        for sheet in self.book.snapshot.sheets.values():
            for a1, error in sheet.errors.items():
                message = f"エラー値 {error} になっています。参照先のセルと数式を確かめてください。"
                yield self.finding(message, sheet.name, a1, actual=str(error))


class TextAmongNumbers(StructureCheck):
    """合計などの範囲の中の、文字として入力された数値（計算に入らない）"""

    code = "text_number"
    severity = Severity.ERROR
    advice = "セルの書式を「標準」か「数値」にして、数値を入力し直す。"

    def findings(self) -> Iterator[Finding]:
        seen: set[Place] = set()
        for place in self.book.formulas:
            for function, area in self.book.ranges(place):
                if function in _ADDING and not area.is_cell:
                    yield from self._in_range(area, place, seen)

    def _in_range(self, area: CellRange, place: Place, seen: set[Place]) -> Iterator[Finding]:
        for a1 in cells_in(area):
            value = self.book.value(area.sheet, a1)
            if isinstance(value, str) and (area.sheet, a1) not in seen and _is_number_text(value):
                seen.add((area.sheet, a1))
                message = (
                    f"数値が文字として入力されているため、{place[0]}!{place[1]} の計算に入っていません。"
                    "数値として入力し直してください。"
                )
                yield self.finding(message, area.sheet, a1)


class ExternalReference(StructureCheck):
    """ほかのブックを参照する数式"""

    code = "external"
    advice = "参照している値を、このブックに値として入力する。"

    def findings(self) -> Iterator[Finding]:
        for (sheet, a1), cell in self.book.formulas.items():
            if _EXTERNAL.search(cell.formula or ""):
                message = "ほかのブックを参照しています。値が変わっても気付けないので、値をこのブックに入力してください。"
                yield self.finding(message, sheet, a1)


class VolatileFunction(StructureCheck):
    """開くたびに値が変わりうる関数（TODAY、OFFSET、INDIRECT など）"""

    code = "volatile"
    advice = "日付や範囲を直接指定した数式に書き換える。"

    def findings(self) -> Iterator[Finding]:
        for sheet, a1 in self.book.formulas:
            names = {token.text for token in self.book.tokens((sheet, a1)) if token.kind == "word"}
            for name in sorted(names & _VOLATILE):
                message = f"{name} 関数は、開くたびに値が変わったり参照先を追えなくなったりします。別の式にしてください。"
                yield self.finding(message, sheet, a1)


class HiddenReference(StructureCheck):
    """非表示のシートを参照する数式"""

    code = "hidden_reference"
    advice = "シートを再表示して、参照している値を確かめる。"

    def findings(self) -> Iterator[Finding]:
        hidden = {sheet.name for sheet in self.book.snapshot.sheets.values() if sheet.state != "visible"}
        for place in self.book.formulas if hidden else ():
            for sheet in sorted({area.sheet for _, area in self.book.ranges(place)} & hidden - {place[0]}):
                message = (
                    f"非表示のシート「{sheet}」を参照しています。シートを表示して、値を確かめてください。"
                )
                yield self.finding(message, *place)


class HiddenSheet(StructureCheck):
    """通常の操作では表示できないシート（この道具のものを除く）"""

    code = "very_hidden_sheet"
    advice = "中身を確かめ、不要なら削除する（再表示には VBA の画面が要る）。"

    def findings(self) -> Iterator[Finding]:
        for sheet in self.book.snapshot.sheets.values():
            if sheet.state == "veryHidden" and sheet.name != DEFINITION_SHEET:
                message = "メニューからは再表示できないシートです。中身を確かめ、不要なら削除してください。"
                yield self.finding(message, sheet.name)


class BrokenName(StructureCheck):
    """参照先が失われた名前（#REF!）"""

    code = "broken_name"
    advice = "行や列、シートの削除を元に戻す。使っていない名前なら「名前の管理」で削除する。"

    def findings(self) -> Iterator[Finding]:
        for name, text in self.book.snapshot.other_names.items():
            if "#REF!" in text:
                message = f"名前「{name}」の参照先が失われています。行や列、シートの削除を元に戻すか、名前を削除してください。"
                yield self.finding(message)


class ManualCalculation(StructureCheck):
    """計算方法が「手動」"""

    code = "manual_calculation"
    advice = "「数式」タブの「計算方法の設定」を「自動」にし、再計算して保存する。"

    def findings(self) -> Iterator[Finding]:
        if read_calculation(self.book.package, self.book.snapshot.workbook_part).is_manual:
            message = (
                "計算方法が「手動」になっているため、古い値が残ります。「数式」タブの「計算方法の設定」を"
                "「自動」にしてください。"
            )
            yield self.finding(message)


class PrecisionAsDisplayed(StructureCheck):
    """「表示桁数で計算する」の設定（丸めた値が元の値を上書きする）"""

    code = "precision_as_displayed"
    severity = Severity.ERROR
    advice = "「詳細設定」でチェックを外し、丸められた入力値を元の資料と照らして直す。"

    def findings(self) -> Iterator[Finding]:
        if read_calculation(self.book.package, self.book.snapshot.workbook_part).is_as_displayed:
            message = (
                "「表示桁数で計算する」になっているため、丸めた値で計算されます。「ファイル」→「オプション」→「詳細設定」で"
                "チェックを外し、入力した値を確かめてください。"
            )
            yield self.finding(message)


CHECKS: tuple[type[StructureCheck], ...] = (
    ErrorValue,
    TextAmongNumbers,
    ExternalReference,
    VolatileFunction,
    HiddenReference,
    HiddenSheet,
    BrokenName,
    ManualCalculation,
    PrecisionAsDisplayed,
)


def check_structure(book: Book) -> Iterator[Finding]:
    """All findings of all checks."""
    for check in CHECKS:
        yield from check(book).findings()


def cells_in(area: CellRange) -> Iterator[str]:
    """The addresses of a range; none of one so large that it is a whole column or row."""
    top, left = split_a1(area.first)
    bottom, right = split_a1(area.last)
    if (bottom - top + 1) * (right - left + 1) <= _LARGE:
        yield from area.iter_cells()


def _is_number_text(text: str) -> bool:
    """Whether a text looks like a number that somebody meant as one."""
    if not any(character.isdigit() for character in text):
        return False
    try:
        parse_count(text)
    except InputError:
        return False
    return True
