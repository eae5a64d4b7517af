"""How the workbooks look: one named style for each role of a cell, so that staff can change them in Excel at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side

from jukixl.era import EXCEL_LONG_FORMAT
from jukixl.report.model import Kind

if TYPE_CHECKING:
    from openpyxl import Workbook

FONT = "ＭＳ ゴシック"
_COUNT_FORMAT = "#,##0;△#,##0"
_MONTH_FORMAT = '[<=43585][$-411]ggge"年"m"月";[>=43831][$-411]ggge"年"m"月";"令和元年"m"月"'
NUMBER_FORMATS = {
    Kind.COUNT: _COUNT_FORMAT,
    Kind.RATE: "0.0%",
    Kind.POINTS: "0.0%;△0.0%",
    Kind.DATE: EXCEL_LONG_FORMAT,
    Kind.MONTH: _MONTH_FORMAT,
    Kind.YEAR: "0",
    Kind.FISCAL_YEAR: "0",
    Kind.TIME: "h:mm",
    Kind.TEXT: "@",
    Kind.CODE: "@",
    Kind.DIGITS: "@",
}
"""Excel's number format of each kind; dates show 元年 and need no Japanese Windows."""

_THIN = Side(style="thin", color="808080")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_INPUT_FILL = PatternFill("solid", fgColor="FFF9DB")
_HEADER_FILL = PatternFill("solid", fgColor="DCE6F1")
_TOTAL_FILL = PatternFill("solid", fgColor="EDEDED")

TITLE, NOTE, LABEL, HEADER, ROW_TEXT = "住基 表題", "住基 注記", "住基 項目", "住基 見出し", "住基 行名"
PROMPT = "住基 説明"
STATE, LISTED = "住基 状態", "住基 一覧"
CHECK, EXAMPLE = "住基 確認", "住基 記入例"


def input_style(kind: Kind) -> str:
    """The style of a cell that somebody fills."""
    return f"住基 入力 {kind.value}"


def computed_style(kind: Kind) -> str:
    """The style of a cell with a formula."""
    return f"住基 計算 {kind.value}"


def total_style(kind: Kind) -> str:
    """The style of a cell of the total row."""
    return f"住基 合計 {kind.value}"


def add_styles(book: Workbook) -> None:
    """Register all styles in a new workbook."""
    plain = Font(name=FONT, size=10)
    wrap = Alignment(vertical="center", wrap_text=True)
    centre = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for style in (
        NamedStyle(TITLE, font=Font(name=FONT, size=14), alignment=Alignment(vertical="center")),
        NamedStyle(NOTE, font=Font(name=FONT, size=9), alignment=Alignment(vertical="center")),
        NamedStyle(LABEL, font=plain, border=_BOX, alignment=wrap),
        NamedStyle(PROMPT, font=Font(name=FONT, size=9, color="595959"), border=_BOX, alignment=wrap),
        NamedStyle(HEADER, font=plain, border=_BOX, fill=_HEADER_FILL, alignment=centre),
        NamedStyle(CHECK, font=Font(name=FONT, size=9), border=_BOX, alignment=wrap),
        NamedStyle(STATE, font=plain, alignment=wrap),
        NamedStyle(LISTED, font=Font(name=FONT, size=9), alignment=wrap, number_format="@"),
        NamedStyle(EXAMPLE, font=plain, border=_BOX, fill=_INPUT_FILL, alignment=wrap, number_format="@"),
        NamedStyle(ROW_TEXT, font=plain, border=_BOX, alignment=wrap, number_format="@"),
    ):
        book.add_named_style(style)
    for kind in Kind:
        _add_styles_of_kind(book, kind)


def _add_styles_of_kind(book: Workbook, kind: Kind) -> None:
    font = Font(name=FONT, size=10)
    horizontal = "right" if kind.is_number else None
    alignment = Alignment(horizontal=horizontal, vertical="center", wrap_text=kind is Kind.TEXT)
    for name, fill, locked in (
        (input_style(kind), _INPUT_FILL, False),
        (computed_style(kind), None, True),
        (total_style(kind), _TOTAL_FILL, True),
    ):
        style = NamedStyle(
            name, font=font, border=_BOX, alignment=alignment, number_format=NUMBER_FORMATS[kind]
        )
        if fill is not None:
            style.fill = fill
        style.protection = Protection(locked=locked)
        book.add_named_style(style)
