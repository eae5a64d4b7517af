"""Creates the master workbook from the declaration: sheets, names, formulas, validation, paper. Never changes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from openpyxl import Workbook

from jukixl.era import excel_serial
from jukixl.report.model import Kind, Orientation, Report, Table
from jukixl.report.text import Text
from jukixl.report.values import Value
from jukixl.workbook import names, styles
from jukixl.workbook.board_sheet import write_board
from jukixl.workbook.definition import write_definition
from jukixl.workbook.formulas import Formulas
from jukixl.workbook.layout import (
    CHECKS_SHEET,
    FIGURES_SHEET,
    SETTINGS_SHEET,
    Address,
    Layout,
)
from jukixl.workbook.matrix_sheet import write_matrices
from jukixl.workbook.recalculate import fill_caches
from jukixl.workbook.results_sheet import write_formula_list, write_stamps
from jukixl.workbook.sheets import BookWriter, CellContent, protect, set_paper, set_widths
from jukixl.workbook.survey_sheet import SurveySheet, write_survey
from jukixl.workbook.table_sheet import write_table
from jukixl.workbook.waiver_sheet import write_waivers


def create_master(report: Report, settings: Mapping[str, Value]) -> bytes:
    """A new master workbook with these settings (by id) and nothing collected yet; caches of formulas are filled."""
    writer = BookWriter(Workbook())
    writer.book.remove(writer.book.active)
    styles.add_styles(writer.book)
    _Master(report, Layout(report), writer).write(settings)
    return fill_caches(writer.to_package("マスター.xlsx")).to_bytes()


class _Master:
    def __init__(self, report: Report, layout: Layout, writer: BookWriter) -> None:
        self.report = report
        self.layout = layout
        self.writer = writer
        self.formulas = Formulas(layout)

    def write(self, settings: Mapping[str, Value]) -> None:
        self._write_settings(settings)
        write_board(self.writer, self.layout)
        for table in self.report.tables:
            write_table(self.writer, self.formulas, table)
        self._write_figures()
        self._write_checks()
        if self.layout.survey_items:
            write_matrices(self.writer, self.layout)
        for code, sheet in self.layout.municipality_sheets.items():
            self._write_municipality(code, sheet)
        write_definition(self.writer, self.report)

    def start_sheet(self, sheet: str, title: str, note: str, headings: tuple[str, ...], row: int = 3) -> None:
        """A sheet that is a list: title, one line of explanation, column headings."""
        self.writer.add_sheet(sheet)
        self.writer.write(Address(sheet, 1, 1), title, styles.TITLE)
        self.writer.write(Address(sheet, 2, 1), note, styles.NOTE)
        for column, heading in enumerate(headings, 1):
            self.writer.write(Address(sheet, row, column), heading, styles.HEADER)
        self.writer.book[sheet].freeze_panes = f"A{row + 1}"

    def finish_sheet(self, sheet: str, widths: tuple[float, ...], last_row: int, header_row: int = 3) -> None:
        worksheet = self.writer.book[sheet]
        set_widths(worksheet, dict(enumerate(widths, 1)))
        set_paper(worksheet, Orientation.LANDSCAPE, (last_row, len(widths)), (header_row, header_row))
        protect(worksheet)

    def _write_settings(self, settings: Mapping[str, Value]) -> None:
        note = "黄色のセルに入力します。日付は西暦で入力すると和暦で表示されます。"
        self.start_sheet(SETTINGS_SHEET, f"{self.report.title}　設定", note, ("項目", "値", "印字", "説明"))
        for setting in self.report.settings:
            address = self.layout.settings[setting.id]
            content = _content(settings.get(setting.id))
            self.writer.write(_beside(address, 1), setting.label, styles.LABEL)
            style = styles.input_style(setting.kind)
            self.writer.write(address, content, style, names.setting_name(setting.id))
            self.writer.validate(address, setting.kind, setting.label, setting.prompt)
            text = next(part for part in self.report.printed_figures if part.tag == setting.id)
            shown = self.layout.figure_text(text).seen_from(SETTINGS_SHEET)
            name = names.shown_name(setting.id)
            self.writer.write(
                _beside(address, 3), f"={shown}", styles.computed_style(Kind.TEXT), name, listed=False
            )
            self.writer.write(_beside(address, 4), setting.prompt, styles.PROMPT)
        self.finish_sheet(SETTINGS_SHEET, (34, 28, 28, 60), 3 + len(self.report.settings))

    def _write_figures(self) -> None:
        headings = ("識別子", "数値", "値", "印字", "単位", "出所")
        note = "審議会資料の本文に入る数値と日付です。資料作成はこの「印字」のとおりに書き込みます。"
        self.start_sheet(FIGURES_SHEET, "本文の数値", note, headings)
        for part in self.report.printed_figures:
            figure = self.report.figures_by_id[part.figure]
            value, text = self.layout.figure_value(part), self.layout.figure_text(part)
            self.writer.write(_beside(value, 1), part.tag, styles.ROW_TEXT)
            self.writer.write(_beside(value, 2), figure.label, styles.ROW_TEXT)
            formula = self.formulas.figure_value(figure, FIGURES_SHEET)
            self.writer.write(value, formula, styles.computed_style(figure.kind), names.figure_name(part))
            printed = self.formulas.figure_text(part, figure)
            self.writer.write(text, printed, styles.computed_style(Kind.TEXT), names.text_name(part))
            self.writer.write(_beside(value, 5), figure.unit, styles.ROW_TEXT)
            self.writer.write(_beside(value, 6), formula.removeprefix("="), styles.PROMPT)
        self.finish_sheet(FIGURES_SHEET, (30, 34, 24, 24, 8, 60), 3 + len(self.report.printed_figures))

    def _write_checks(self) -> None:
        note = "宣言された検算です。該当件数はこのブックの数式で数えています。指摘は「指摘の確認」で下に並びます。"
        self.start_sheet(CHECKS_SHEET, "検算", note, ("表", "検算", "程度", "該当件数"))
        for (table_id, number), address in self.layout.rules.items():
            table = self.report.tables_by_id[table_id]
            rule = table.rules[number - 1]
            self.writer.write(_beside(address, 1), table.title, styles.ROW_TEXT)
            self.writer.write(_beside(address, 2), rule.describe(_title_of(table)), styles.PROMPT)
            self.writer.write(_beside(address, 3), rule.counted_severity.label, styles.ROW_TEXT)
            formula = self.formulas.rule(table, rule, CHECKS_SHEET)
            name = names.rule_name(table_id, number)
            self.writer.write(address, formula, styles.computed_style(Kind.COUNT), name)
        last = max(3 + max(len(self.layout.rules), 1), write_stamps(self.writer, self.layout))
        last = write_waivers(self.writer, last + 3)
        write_formula_list(self.writer, last + 3)
        self.finish_sheet(CHECKS_SHEET, (48, 80, 22, 16, 40, 16, 18), last)

    def _write_municipality(self, code: str, sheet: str) -> None:
        self.writer.add_sheet(sheet)
        self.writer.write(Address(sheet, 1, 1), f"{sheet}（{code}）", styles.TITLE)
        note = "調査票の取込で書き換わります。直接直すときは、市町村に確認してからにしてください。"
        self.writer.write(Address(sheet, 2, 1), note, styles.NOTE)

        def render(text: Text) -> str:
            return self.formulas.text(text, sheet)

        def name(table: str, column: str) -> str:
            return names.survey_name(table, column, code)

        def title_name(table: str, part: str) -> str:
            return names.survey_title_name(table, part, code)

        write_survey(self.writer, self.report, SurveySheet(sheet, render, name, title_name))


def _content(value: Value | None) -> CellContent:
    """A setting as its cell holds it: dates as serial numbers."""
    if isinstance(value, date):
        return excel_serial(value)
    return value if isinstance(value, str | int) else None


def _title_of(table: Table) -> Callable[[str], str]:
    """Gives a column's title as plain words."""
    return lambda column: table.by_id[column].title.plain


def _beside(address: Address, column: int) -> Address:
    """Another cell of the same row."""
    return Address(address.sheet, address.row, column)
