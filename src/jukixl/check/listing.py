"""What the check found as a workbook of its own, to print and to work off: 指摘一覧, and every formula with its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import PatternFill
from openpyxl.worksheet.hyperlink import Hyperlink

from jukixl.check.formula_lines import HEADINGS, FormulaLine, iter_formula_lines
from jukixl.check.master import CheckOutcome
from jukixl.findings import Finding, Severity
from jukixl.report.model import Kind, Orientation
from jukixl.workbook import styles
from jukixl.workbook.addresses import quote_sheet
from jukixl.workbook.layout import Address
from jukixl.workbook.master import Master
from jukixl.workbook.sheets import BookWriter, fit_height, set_paper, set_widths

FINDINGS, FORMULAS = "指摘一覧", "数式の検算"
_FINDING_COLUMNS = {
    "程度": 8.0,
    "シート": 24.0,
    "セル": 8.0,
    "団体コード": 10.0,
    "内容": 80.0,
    "あるべき値": 16.0,
    "今の値": 16.0,
    "対応": 24.0,
}
_FORMULA_COLUMNS = dict(zip(HEADINGS, (24.0, 8.0, 44.0, 60.0, 18.0, 18.0, 18.0, 6.0), strict=True))
"""Heading → width in characters."""
_FILLS = {
    Severity.ERROR: PatternFill("solid", fgColor="F8CBAD"),
    Severity.WARNING: PatternFill("solid", fgColor="FFF2CC"),
}
_FIRST_ROW = 4


def create_listing(master: Master, outcome: CheckOutcome, findings: Sequence[Finding]) -> bytes:
    """The workbook: a row a finding, with a column for what was done about it; a row a formula. Cells link to the master."""
    writer = BookWriter(Workbook())
    writer.book.remove(writer.book.active)
    styles.add_styles(writer.book)
    name = Path(master.package.name).name
    listed = _Sheet(writer, FINDINGS, name, _FINDING_COLUMNS, f"{len(findings)} 件")
    for finding in findings:
        listed.add(_finding_cells(finding), finding.sheet, finding.cell, 3, _FILLS.get(finding.severity))
    listed.finish(input_column=len(_FINDING_COLUMNS))
    note = "数式ごとに、Excel が保存した値、数式を計算し直した値、Python が宣言から計算した値と、数式そのものを比べました。"
    formulas = _Sheet(writer, FORMULAS, name, _FORMULA_COLUMNS, note)
    for line in iter_formula_lines(master.snapshot, outcome.formulas):
        fill = None if line.is_right else _FILLS[Severity.ERROR]
        formulas.add(_formula_cells(line), line.sheet, line.cell, 2, fill)
    formulas.finish()
    return writer.to_package(f"{FINDINGS}.xlsx").to_bytes()


def _finding_cells(finding: Finding) -> tuple[str | None, ...]:
    return (
        finding.severity.label,
        finding.sheet,
        finding.cell,
        finding.municipality,
        finding.message,
        finding.expected,
        finding.actual,
        None,
    )


def _formula_cells(line: FormulaLine) -> tuple[str, ...]:
    formula = f"{line.formula}\n正: {line.due}" if line.due else line.formula
    values = (line.stored, line.computed, line.declared)
    return (line.sheet, line.cell, line.label, formula, *values, line.verdict)


class _Sheet:
    """A list with headings, one row after the other."""

    def __init__(
        self, writer: BookWriter, title: str, master: str, columns: Mapping[str, float], note: str
    ) -> None:
        self._writer = writer
        self._title = title
        self._master = master
        self._sheet = writer.add_sheet(title)
        self._last = _FIRST_ROW - 1
        self._put(1, (f"{title}　{master}",), styles.TITLE)
        self._put(2, (note,), styles.NOTE)
        self._put(self._last, columns, styles.HEADER)
        self._widths = tuple(columns.values())
        self._sheet.freeze_panes = f"A{_FIRST_ROW}"

    def add(
        self,
        texts: Sequence[str | None],
        sheet: str | None,
        cell: str | None,
        link_column: int,
        fill: PatternFill | None,
    ) -> None:
        """A row; the text in `link_column` leads to that cell of the master, its first and last cell have the colour."""
        self._last += 1
        self._put(self._last, texts, styles.ROW_TEXT)
        filled = ((text or "", width) for text, width in zip(texts, self._widths, strict=True))
        fit_height(self._sheet, self._last, filled)
        if sheet and cell:
            linked = self._sheet.cell(self._last, link_column)
            place = f"{quote_sheet(sheet)}!{cell}"
            linked.hyperlink = Hyperlink(ref=linked.coordinate, target=self._master, location=place)
        if fill is not None:
            for column in (1, len(texts)):
                self._sheet.cell(self._last, column).fill = fill

    def finish(self, input_column: int | None = None) -> None:
        last = (max(_FIRST_ROW, self._last), len(self._widths))
        if input_column:
            for row in range(_FIRST_ROW, self._last + 1):
                self._sheet.cell(row, input_column).style = styles.input_style(Kind.TEXT)
        self._sheet.auto_filter.ref = f"A{_FIRST_ROW - 1}:{self._sheet.cell(*last).coordinate}"
        set_widths(self._sheet, dict(enumerate(self._widths, 1)))
        set_paper(self._sheet, Orientation.LANDSCAPE, last, (_FIRST_ROW - 1, _FIRST_ROW - 1))

    def _put(self, row: int, texts: Iterable[str | None], style: str) -> None:
        for column, text in enumerate(texts, 1):
            address = Address(self._title, row, column)
            self._writer.write(address, text, style)
            if text:  # a formula is told here, not computed
                self._sheet.cell(row, column).data_type = "s"
