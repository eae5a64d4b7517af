"""The list of findings as a workbook of its own (指摘一覧), to print and to work off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink

from jukixl.findings import Finding
from jukixl.report.model import Kind, Orientation
from jukixl.workbook import styles
from jukixl.workbook.addresses import quote_sheet
from jukixl.workbook.layout import Address
from jukixl.workbook.sheets import BookWriter, set_paper, set_widths

_SHEET = "指摘一覧"
_HEADINGS = ("程度", "シート", "セル", "団体コード", "内容", "あるべき値", "今の値", "対応")
_WIDTHS = (8.0, 24.0, 8.0, 10.0, 80.0, 16.0, 16.0, 24.0)
_FIRST_ROW = 4


def create_listing(findings: Sequence[Finding], master: Path) -> bytes:
    """The workbook: one row a finding, its cell linked to the master, a column for what was done about it."""
    writer = BookWriter(Workbook())
    writer.book.remove(writer.book.active)
    styles.add_styles(writer.book)
    sheet = writer.add_sheet(_SHEET)
    writer.write(Address(_SHEET, 1, 1), f"{_SHEET}　{master.name}", styles.TITLE)
    writer.write(Address(_SHEET, 2, 1), f"{len(findings)} 件", styles.NOTE)
    for column, heading in enumerate(_HEADINGS, 1):
        writer.write(Address(_SHEET, _FIRST_ROW - 1, column), heading, styles.HEADER)
    for row, finding in enumerate(findings, _FIRST_ROW):
        _write_row(writer, row, finding, master)
    sheet.freeze_panes = f"A{_FIRST_ROW}"
    sheet.auto_filter.ref = f"A{_FIRST_ROW - 1}:H{max(_FIRST_ROW, _FIRST_ROW + len(findings) - 1)}"
    set_widths(sheet, dict(enumerate(_WIDTHS, 1)))
    last = (max(_FIRST_ROW, _FIRST_ROW + len(findings) - 1), len(_HEADINGS))
    set_paper(sheet, Orientation.LANDSCAPE, last, (_FIRST_ROW - 1, _FIRST_ROW - 1))
    return writer.to_package(f"{_SHEET}.xlsx").to_bytes()


def _write_row(writer: BookWriter, row: int, finding: Finding, master: Path) -> None:
    texts = (
        finding.severity.label,
        finding.sheet,
        finding.cell,
        finding.municipality,
        finding.message,
        finding.expected,
        finding.actual,
        None,
    )
    for column, text in enumerate(texts, 1):
        style = styles.input_style(Kind.TEXT) if column == len(texts) else styles.ROW_TEXT
        writer.write(Address(_SHEET, row, column), text, style)
    if finding.sheet and finding.cell:
        cell = writer.book[_SHEET].cell(row, 3)
        place = f"{quote_sheet(finding.sheet)}!{finding.cell}"
        cell.hyperlink = Hyperlink(ref=cell.coordinate, target=master.name, location=place)
