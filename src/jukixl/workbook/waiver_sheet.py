"""Writes the list of findings and waivers (確認済み) below the rules on sheet 検算 of a new master."""

from __future__ import annotations

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font

from jukixl.report.model import Kind
from jukixl.workbook import styles
from jukixl.workbook.layout import CHECKS_SHEET, Address
from jukixl.workbook.results_sheet import GREEN, GREY, RED, YELLOW, write_state
from jukixl.workbook.sheets import BookWriter
from jukixl.workbook.waivers import HEADINGS, ROOM, WAIVERS_RANGE

_NOTE = (
    "「指摘の確認」を実行すると、誤りと要確認の指摘がここに並びます。場所を押すとそのセルに移ります。確かめた要確認に理由・確認者・"
    "確認日を入力すると、値か検算が変わるまで数えません。誤りは確認済みにできません。"
)
_POINTS = 27.0  # two lines
_TYPED = {
    "理由": (Kind.TEXT, "要確認のままでよい理由"),
    "確認者": (Kind.TEXT, "確かめた人"),
    "確認日": (Kind.DATE, "確かめた日（例 2025/10/1）"),
}
"""What clerks type, with its prompt; the other columns are written by the command."""

_COLOURS = {"誤り": RED, "再確認": YELLOW, "未確認": YELLOW, "確認済み": GREEN, "該当なし": GREY}
"""By the first words of a line's state."""


def write_waivers(writer: BookWriter, first_row: int) -> int:
    """Add the empty list from this row on; the number of its last row."""
    writer.write(Address(CHECKS_SHEET, first_row, 1), "指摘の一覧", styles.TITLE)
    write_state(writer, first_row, "findings")
    writer.write(Address(CHECKS_SHEET, first_row + 1, 1), _NOTE, styles.NOTE)
    head = first_row + 2
    for column, heading in enumerate(HEADINGS, 1):
        writer.write(Address(CHECKS_SHEET, head, column), heading, styles.HEADER)
        for row in range(head + 1, head + 1 + ROOM):
            _write_cell(writer, Address(CHECKS_SHEET, row, column), heading)
    for row in range(head + 1, head + 1 + ROOM):
        writer.book[CHECKS_SHEET].row_dimensions[row].height = _POINTS
    last = Address(CHECKS_SHEET, head + ROOM, len(HEADINGS))
    writer.name_range(WAIVERS_RANGE, Address(CHECKS_SHEET, head, 1), last)
    _colour(writer, head + 1, last)
    return last.row


def _colour(writer: BookWriter, row: int, last: Address) -> None:
    """Each line by its state, and the headings of the states."""
    sheet = writer.book[CHECKS_SHEET]
    for words, fill in _COLOURS.items():
        rule = FormulaRule(formula=[f'LEFT($C{row},{len(words)})="{words}"'], fill=fill)
        sheet.conditional_formatting.add(f"A{row}:C{last.row}", rule)
    heading = FormulaRule(formula=[f'LEFT($A{row},1)="■"'], font=Font(bold=True), fill=GREY)
    sheet.conditional_formatting.add(f"A{row}:G{last.row}", heading)


def _write_cell(writer: BookWriter, address: Address, heading: str) -> None:
    if heading not in _TYPED:
        writer.write(address, None, styles.PROMPT)
        return
    kind, prompt = _TYPED[heading]
    writer.write(address, None, styles.input_style(kind))
    writer.validate(address, kind, heading, prompt)
