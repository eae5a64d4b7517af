"""Sheet 提出状況 of a new master: who has answered, as a list, as counts, as bars and as a chart."""

from __future__ import annotations

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.series import DataPoint
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import PatternFill

from jukixl.report.model import Kind, Orientation
from jukixl.workbook import names, styles
from jukixl.workbook.layout import (
    COLLECTED,
    LETTER_ITEMS,
    MAIL_HEADING,
    MAIL_ITEM,
    NOT_SUBMITTED,
    RETURNED,
    STATES,
    STATUS_HEADER_ROW,
    STATUS_ITEMS,
    STATUS_SHEET,
    TO_CONFIRM,
    Address,
    Layout,
)
from jukixl.workbook.sheets import BookWriter, protect, set_paper, set_widths

_COLOURS = {NOT_SUBMITTED: "D9D9D9", COLLECTED: "C6E0B4", TO_CONFIRM: "FFE699", RETURNED: "F4B084"}
_WIDTHS = (12.0, 18.0, 10.0, 22.0, 34.0, 16.0, 36.0, 30.0, 30.0)
_FIRST_COUNT_ROW = 4
_BAR_LENGTH = 10
_CHART_PLACE, _CHART_WIDTH_CM, _CHART_HEIGHT_CM = "H2", 11.0, 4.4


def write_board(writer: BookWriter, layout: Layout) -> None:
    """Add the sheet to a new master, with every municipality's state 未提出."""
    _Board(writer, layout).write()


class _Board:
    def __init__(self, writer: BookWriter, layout: Layout) -> None:
        self.writer = writer
        self.layout = layout
        self.total = len(layout.municipalities)
        self.last_row = STATUS_HEADER_ROW + max(self.total, 1)
        self.states = f"C{STATUS_HEADER_ROW + 1}:C{self.last_row}"

    def write(self) -> None:
        sheet = self.writer.add_sheet(STATUS_SHEET)
        self._put(1, 1, "提出状況", styles.TITLE)
        self._put(
            2,
            1,
            "調査票を取り込むと書き換わります。黄色のセルは依頼文、督促文、調査票に使います。",
            styles.NOTE,
        )
        self._write_counts()
        self._write_letter_items()
        headings = ("団体コード", "市町村名", *STATUS_ITEMS.values(), MAIL_HEADING)
        for column, heading in enumerate(headings, 1):
            self._put(STATUS_HEADER_ROW, column, heading, styles.HEADER)
        for code in self.layout.municipalities.ids:
            self._write_row(code)
        self._colour_states()
        if self.total:
            sheet.add_chart(self._chart(), _CHART_PLACE)
        sheet.freeze_panes = f"C{STATUS_HEADER_ROW + 1}"
        set_widths(sheet, dict(enumerate(_WIDTHS, 1)))
        header = (STATUS_HEADER_ROW, STATUS_HEADER_ROW)
        set_paper(sheet, Orientation.LANDSCAPE, (self.last_row, len(headings)), header)
        protect(sheet)

    def _put(self, row: int, column: int, content: str | None, style: str, name: str = "") -> None:
        self.writer.write(Address(STATUS_SHEET, row, column), content, style, name, listed=False)

    def _write_counts(self) -> None:
        """How many are in each state; what is done as one line and one bar."""
        for column, heading in enumerate(("状態", "団体数", "割合", ""), 1):
            self._put(_FIRST_COUNT_ROW - 1, column, heading, styles.HEADER)
        for row, state in enumerate(STATES, _FIRST_COUNT_ROW):
            self._put(row, 1, state, styles.ROW_TEXT)
            self._put(row, 2, f'=COUNTIF({self.states},"{state}")', styles.computed_style(Kind.COUNT))
            share = f"=ROUND(B{row}/{max(self.total, 1)},3)"
            self._put(row, 3, share, styles.computed_style(Kind.RATE))
            self._put(row, 4, f"={self._bar(f'B{row}')}", styles.ROW_TEXT)
        counts = {state: f"B{row}" for row, state in enumerate(STATES, _FIRST_COUNT_ROW)}
        done = f"({counts[COLLECTED]}+{counts[TO_CONFIRM]})"
        row = _FIRST_COUNT_ROW + len(STATES)
        self._put(row, 1, f'="提出 "&{done}&" / {self.total} 市町村"', styles.NOTE, "status.summary")
        self._put(row, 4, f"={self._bar(done)}", styles.ROW_TEXT, "status.progress")

    def _bar(self, count: str) -> str:
        filled = f"ROUND({_BAR_LENGTH}*{count}/{max(self.total, 1)},0)"
        return f'REPT("■",{filled})&REPT("□",{_BAR_LENGTH}-{filled})'

    def _write_letter_items(self) -> None:
        self._put(_FIRST_COUNT_ROW - 1, 6, "文書・調査票", styles.HEADER)
        self._put(_FIRST_COUNT_ROW - 1, 7, "値", styles.HEADER)
        for item, (label, kind, prompt) in LETTER_ITEMS.items():
            address = self.layout.letter(item)
            self._put(address.row, address.column - 1, label, styles.ROW_TEXT)
            self.writer.write(address, None, styles.input_style(kind), names.letter_name(item))
            self.writer.validate(address, kind, label, prompt)

    def _write_row(self, code: str) -> None:
        row = self.layout.status(code, "state").row
        self._put(row, 1, code, styles.ROW_TEXT)
        self._put(row, 2, self.layout.municipality_sheets[code], styles.ROW_TEXT)
        for item in STATUS_ITEMS:
            content = NOT_SUBMITTED if item == "state" else None
            column = self.layout.status(code, item).column
            self._put(row, column, content, styles.ROW_TEXT, names.status_name(code, item))
        mail = self.layout.status(code, MAIL_ITEM)
        self.writer.write(mail, None, styles.input_style(Kind.TEXT), names.status_name(code, MAIL_ITEM))
        self.writer.validate(mail, Kind.TEXT, MAIL_HEADING, "調査票を送るメールアドレス（なければ空欄）")

    def _colour_states(self) -> None:
        """By state, in the list and beside the counts."""
        sheet = self.writer.book[STATUS_SHEET]
        counts = f"A{_FIRST_COUNT_ROW}:A{_FIRST_COUNT_ROW + len(STATES) - 1}"
        for area in (self.states, counts):
            first = area.split(":")[0]
            for state, colour in _COLOURS.items():
                fill = PatternFill("solid", bgColor=colour)
                sheet.conditional_formatting.add(area, FormulaRule(formula=[f'{first}="{state}"'], fill=fill))

    def _chart(self) -> BarChart:
        """The counts as horizontal bars, each in the colour of its state."""
        chart = BarChart()
        chart.type, chart.style, chart.legend = "bar", 10, None
        chart.title = None
        chart.width, chart.height, chart.gapWidth = _CHART_WIDTH_CM, _CHART_HEIGHT_CM, 40
        sheet = self.writer.book[STATUS_SHEET]
        last = _FIRST_COUNT_ROW + len(STATES) - 1
        chart.add_data(Reference(sheet, min_col=2, min_row=_FIRST_COUNT_ROW, max_row=last))
        chart.set_categories(Reference(sheet, min_col=1, min_row=_FIRST_COUNT_ROW, max_row=last))
        for number, state in enumerate(STATES):
            point = DataPoint(idx=number)
            point.graphicalProperties.solidFill = _COLOURS[state]
            chart.series[0].dPt.append(point)
        chart.x_axis.scaling.orientation = "maxMin"
        chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, self.total
        chart.x_axis.delete = chart.y_axis.delete = False
        chart.y_axis.majorGridlines = None
        return chart
