"""What a check writes on sheet 検算 of a new master, before the first one: whether it is still true, and every formula."""

from __future__ import annotations

from copy import copy

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink

from jukixl.report.model import Kind
from jukixl.workbook import styles
from jukixl.workbook.addresses import quote_sheet
from jukixl.workbook.layout import CHECKS_SHEET, Address, Layout
from jukixl.workbook.results import FORMULA_HEADINGS, FORMULAS_RANGE
from jukixl.workbook.sheets import BookWriter
from jukixl.workbook.stamp import (
    INPUTS,
    STATE,
    TIME,
    now_name,
    stamp_formula,
    stamp_keys,
    stamp_title,
    then_name,
)

OUTDATED = "古くなっています"
"""Words of the line on top from which its colour, and everybody, tells that the lists aren't true any more."""
_STATE, _TIME, _LINK, _INPUTS = (Address(CHECKS_SHEET, 1, column) for column in (2, 5, 3, 6))
_STAMP_HEADINGS = ("入力の照合（表）", "検算のとき", "今")
_FIRST_ROW, _LABEL_COLUMN = 4, 5
_LAST_ROW = 1_048_576
_GREY = Side(style="thin", color="BFBFBF")
RED, YELLOW, GREEN, GREY = (
    PatternFill("solid", bgColor=colour) for colour in ("F8CBAD", "FFF2CC", "E2EFDA", "EDEDED")
)
"""Something is wrong; is to be looked at; was looked at; is gone."""


def write_stamps(writer: BookWriter, layout: Layout) -> int:
    """Add the sums of what is typed and the line on top that compares them; the number of their last row."""
    report = layout.report
    for column, heading in enumerate(_STAMP_HEADINGS, _LABEL_COLUMN):
        writer.write(Address(CHECKS_SHEET, _FIRST_ROW - 1, column), heading, styles.HEADER)
    keys = stamp_keys(report)
    for row, key in enumerate(keys, _FIRST_ROW):
        _write_stamp(writer, layout, key, row)
    last = _FIRST_ROW + len(keys) - 1
    then, now = (f"{letter}{_FIRST_ROW}:{letter}{max(last, _FIRST_ROW)}" for letter in "FG")
    writer.write(_STATE, _state(then, now), styles.STATE, STATE, listed=False)
    writer.write(_TIME, None, styles.NOTE, TIME, listed=False)
    writer.write(_INPUTS, None, styles.NOTE, INPUTS, listed=False)
    sheet = writer.book[CHECKS_SHEET]
    changed = FormulaRule(formula=[f'AND($F{_FIRST_ROW}<>"",$F{_FIRST_ROW}<>$G{_FIRST_ROW})'], fill=RED)
    sheet.conditional_formatting.add(f"E{_FIRST_ROW}:G{max(last, _FIRST_ROW)}", changed)
    _colour_state(writer, _STATE)
    return last


def _write_stamp(writer: BookWriter, layout: Layout, key: str, row: int) -> None:
    at = [Address(CHECKS_SHEET, row, _LABEL_COLUMN + number) for number in range(3)]
    count = styles.computed_style(Kind.COUNT)
    writer.write(at[0], stamp_title(layout.report, key), styles.ROW_TEXT)
    writer.write(at[1], None, count, then_name(key), listed=False)
    writer.write(at[2], stamp_formula(layout, layout.report, key), count, now_name(key), listed=False)


def _state(then: str, now: str) -> str:
    none = "検算の結果はまだありません。「指摘の確認」を押すと、ここに書かれます。"
    same = " の検算の結果です。その後、入力は変わっていません。"
    old = f" の検算の結果は{OUTDATED}。その後、入力が変わりました。「指摘の確認」で書き直してください。"
    time = _TIME.a1
    return f'=IF(COUNT({then})=0,"{none}",{time}&IF(SUMPRODUCT(--({then}<>{now}))=0,"{same}","{old}"))'


def write_state(writer: BookWriter, row: int, what: str) -> None:
    """The same line again, beside the title of a list; `what` tells the lists apart."""
    address = Address(CHECKS_SHEET, row, 2)
    writer.write(address, f"={_STATE.a1}", styles.STATE, f"{STATE}.{what}", listed=False)
    _colour_state(writer, address)


def _colour_state(writer: BookWriter, address: Address) -> None:
    formula = f'ISNUMBER(SEARCH("{OUTDATED}",{address.a1}))'
    rule = FormulaRule(formula=[formula], fill=RED, font=Font(bold=True))
    writer.book[CHECKS_SHEET].conditional_formatting.add(address.a1, rule)


def write_formula_list(writer: BookWriter, first_row: int) -> None:
    """Add the heading of the list of all formulas. Its lines are written by a check and look like their columns."""
    sheet = writer.book[CHECKS_SHEET]
    writer.write(Address(CHECKS_SHEET, first_row, 1), "数式の検算", styles.TITLE)
    write_state(writer, first_row, "formulas")
    head = first_row + 1
    for column, heading in enumerate(FORMULA_HEADINGS, 1):
        writer.write(Address(CHECKS_SHEET, head, column), heading, styles.HEADER)
    first, last = Address(CHECKS_SHEET, head, 1), Address(CHECKS_SHEET, head, len(FORMULA_HEADINGS))
    writer.name_range(FORMULAS_RANGE, first, last)
    for column in range(
        1, len(FORMULA_HEADINGS) + 1
    ):  # a cell that is new in the file takes the look of its column
        pattern = sheet.cell(head + 1, column)
        pattern.style = styles.LISTED
        sheet.column_dimensions[get_column_letter(column)]._style = copy(pattern._style)
    area = f"A{head + 1}:{last.a1.rstrip('0123456789')}{_LAST_ROW}"
    box = Border(left=_GREY, right=_GREY, top=_GREY, bottom=_GREY)
    sheet.conditional_formatting.add(area, FormulaRule(formula=[f'$F{head + 1}="×"'], fill=RED, border=box))
    sheet.conditional_formatting.add(area, FormulaRule(formula=[f'$A{head + 1}<>""'], border=box))
    writer.write(_LINK, "→ 数式の検算", styles.STATE)
    place = f"{quote_sheet(CHECKS_SHEET)}!A{first_row}"
    sheet.cell(_LINK.row, _LINK.column).hyperlink = Hyperlink(ref=_LINK.a1, location=place)
