"""Where everything stands in a new master: the one place that turns the declaration into rows and columns.

Only creation uses coordinates. Whatever reads or changes an existing master goes by the names of `workbook.names`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Protocol

from msgspec import Struct

from jukixl.report.expression import TOTAL_ROW
from jukixl.report.model import Column, Fill, Kind, Report, RowMaster, Table
from jukixl.report.text import Placeholder, Text
from jukixl.workbook.addresses import CellRange, join_a1, quote_sheet

SETTINGS_SHEET = "設定"
STATUS_SHEET = "提出状況"
FIGURES_SHEET = "本文"
CHECKS_SHEET = "検算"
PREVIOUS_SHEET, REASONS_SHEET = "前年", "理由"
"""Of every municipality: last year's answers, and the reasons given for changes from them."""
DEFINITION_SHEET = "_jukixl"

STATUS_ITEMS = {
    "state": "状態",
    "time": "取込日時",
    "file": "ファイル名",
    "digest": "ファイルの照合値",
    "findings": "指摘",
    "contact": "連絡先",
}
"""Columns of 提出状況 after code and name: last part of the cell's name, heading. A collection writes them all."""

MAIL_ITEM, MAIL_HEADING = "mail", "送付先メール"
"""The last column of 提出状況: the address to which a form is sent, typed by staff."""

LETTER_ITEMS = {
    "deadline": ("提出期限", Kind.DATE, "調査票の提出期限（例 2025/7/31）"),
    "sender": ("発信者", Kind.TEXT, "依頼文などの発信者（例 ○○県○○部市町村振興課長）"),
    "phone": ("電話番号", Kind.TEXT, "問合せ先の電話番号"),
    "mail": ("返送先メール", Kind.TEXT, "調査票を返送してもらうメールアドレス"),
}
"""What letters and forms say, typed above the list of 提出状況: last part of the cell's name, label, kind, prompt."""

NOT_SUBMITTED, COLLECTED, TO_CONFIRM, RETURNED = "未提出", "取込済", "要確認", "差戻し"
"""States of a municipality on 提出状況: nothing came; taken; taken with warnings; rejected, to be sent again."""
STATES = (NOT_SUBMITTED, COLLECTED, TO_CONFIRM, RETURNED)

_TITLE_ROW = 1
_CAPTION_ROW = 2
_HEADER_ROW = 4
_FIRST_LIST_ROW = 4
_FIRST_LETTER_ROW = 4
STATUS_HEADER_ROW = 11


class Address(Struct, frozen=True):
    """One cell; rows and columns count from 1."""

    sheet: str
    row: int
    column: int

    @property
    def a1(self) -> str:
        return join_a1(self.row, self.column)

    @property
    def absolute(self) -> str:
        """As defined names refer to it: `'別紙5'!$C$6`."""
        return str(CellRange(self.sheet, self.a1, self.a1))

    def seen_from(self, sheet: str) -> str:
        """As a formula on `sheet` refers to it."""
        return self.a1 if sheet == self.sheet else f"{quote_sheet(self.sheet)}!{self.a1}"


class Located(Protocol):
    """A cell of which it is known where it is."""

    @property
    def a1(self) -> str: ...

    def seen_from(self, sheet: str) -> str: ...


def range_seen_from(ends: tuple[Located, Located], sheet: str) -> str:
    """The range from one cell to another as a formula on `sheet` refers to it."""
    first, last = ends
    return f"{first.seen_from(sheet)}:{last.a1}"


class TablePlan(Struct, frozen=True, dict=True):
    """A table on its sheet: title, caption, one or two header rows, body, total, notes."""

    table: Table

    @property
    def sheet(self) -> str:
        return self.table.sheet

    @property
    def title(self) -> Address:
        return Address(self.sheet, _TITLE_ROW, 1)

    @property
    def caption(self) -> Address:
        return Address(self.sheet, _CAPTION_ROW, 1)

    @property
    def header_row(self) -> int:
        return _HEADER_ROW

    @cached_property
    def header_rows(self) -> int:
        """1, or 2 where some columns stand under a group title."""
        return 2 if any(column.group for column in self.table.columns) else 1

    @property
    def first_row(self) -> int:
        return _HEADER_ROW + self.header_rows

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.table.row_ids) - 1

    @property
    def bottom_row(self) -> int:
        """The total row, or the last body row."""
        return self.last_row + self.table.has_total()

    @cached_property
    def _rows(self) -> Mapping[str, int]:
        rows = {row: self.first_row + number for number, row in enumerate(self.table.row_ids)}
        return {**rows, TOTAL_ROW: self.last_row + 1}

    @cached_property
    def _columns(self) -> Mapping[str, int]:
        return {column.id: number for number, column in enumerate(self.table.columns, 1)}

    def cell(self, column: str, row: str) -> Address:
        """A body cell, or the total row's with `total`."""
        return Address(self.sheet, self._rows[row], self._columns[column])

    def header(self, column: str) -> Address:
        """A column's title: in the lower header row where it has a group, else in the upper one."""
        row = _HEADER_ROW + (1 if self.table.by_id[column].group else 0)
        return Address(self.sheet, row, self._columns[column])

    def column_range(self, column: str) -> tuple[Address, Address]:
        """First and last body cell of a column."""
        number = self._columns[column]
        return Address(self.sheet, self.first_row, number), Address(self.sheet, self.last_row, number)

    def groups(self) -> Iterator[tuple[Text, Address, int]]:
        """Group titles: text, first cell, how many columns wide."""
        for text, first, width in self.table.iter_groups():
            yield text, Address(self.sheet, _HEADER_ROW, first + 1), width

    @property
    def corners(self) -> tuple[Address, Address]:
        """The whole table, header and total included."""
        return (
            Address(self.sheet, _HEADER_ROW, 1),
            Address(self.sheet, self.bottom_row, len(self.table.columns)),
        )

    @property
    def notes_row(self) -> int:
        return self.bottom_row + 2


class SurveyItem(Struct, frozen=True):
    """One line of a survey: a column that the municipality fills."""

    table: Table
    column: Column
    row: int

    @property
    def label(self) -> Text:
        """Its title on one line, after that of its group."""
        title = self.column.title.one_line
        return Text(f"{self.column.group.one_line.source}　{title.source}") if self.column.group else title

    @property
    def key(self) -> str:
        """What it is called on the sheets 前年 and 理由."""
        return f"{self.table.id}.{self.column.id}"


SURVEY_VALUE_COLUMN = 2
_SURVEY_FIRST_ROW = 4


def survey_sections(
    report: Report, row: int = _SURVEY_FIRST_ROW
) -> Iterator[tuple[Table, int, tuple[SurveyItem, ...]]]:
    """The parts of a survey from `row` to the bottom: table, row of its heading, its items."""
    for table in report.survey_tables:
        columns = table.columns_filled_by(Fill.MUNICIPALITY)
        items = tuple(SurveyItem(table, column, row + 2 + number) for number, column in enumerate(columns))
        yield table, row, items
        row += len(columns) + 3


class Layout:
    """The plan of a new master workbook."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.tables = {table.id: TablePlan(table) for table in report.tables}
        self.settings = {
            setting.id: Address(SETTINGS_SHEET, _FIRST_LIST_ROW + number, 2)
            for number, setting in enumerate(report.settings)
        }
        self._figure_rows = {part: _FIRST_LIST_ROW + n for n, part in enumerate(report.printed_figures)}

    @property
    def municipalities(self) -> RowMaster:
        """The municipalities; empty where the report surveys none."""
        return self.report.municipalities or RowMaster(id="none", ids=(), columns=(), records=())

    @cached_property
    def municipality_sheets(self) -> Mapping[str, str]:
        """Sheet names of the municipalities by code: their names, as the second column of the row master says."""
        name = self.municipalities.columns[1] if len(self.municipalities.columns) > 1 else None
        return {code: (record[name] if name else code)[:31] for code, record in self.municipalities}

    @cached_property
    def survey_cells(self) -> Mapping[tuple[str, str, str], Address]:
        """The input cells on the municipalities' sheets by (table, column, code)."""
        return {
            (item.table.id, item.column.id, code): Address(sheet, item.row, SURVEY_VALUE_COLUMN)
            for code, sheet in self.municipality_sheets.items()
            for item in self.survey_items
        }

    def setting(self, setting: str) -> Address:
        """The cell in which a setting is typed."""
        return self.settings[setting]

    def survey_cell(self, table: str, column: str, code: str) -> Address:
        """The input cell on a municipality's sheet."""
        return self.survey_cells[table, column, code]

    def figure_value(self, part: Placeholder) -> Address:
        return Address(FIGURES_SHEET, self._figure_rows[part], 3)

    def figure_text(self, part: Placeholder) -> Address:
        return Address(FIGURES_SHEET, self._figure_rows[part], 4)

    def status(self, municipality: str, item: str) -> Address:
        """A cell of 提出状況 (see `STATUS_ITEMS`, `MAIL_ITEM`)."""
        row = STATUS_HEADER_ROW + 1 + self.municipalities.ids.index(municipality)
        return Address(STATUS_SHEET, row, 3 + [*STATUS_ITEMS, MAIL_ITEM].index(item))

    def letter(self, item: str) -> Address:
        """A cell of 提出状況 that letters take something from (see `LETTER_ITEMS`)."""
        return Address(STATUS_SHEET, _FIRST_LETTER_ROW + list(LETTER_ITEMS).index(item), 7)

    @cached_property
    def survey_items(self) -> tuple[SurveyItem, ...]:
        """Every input of the survey, in order."""
        return tuple(item for _, _, items in survey_sections(self.report) for item in items)

    @cached_property
    def rules(self) -> Mapping[tuple[str, int], Address]:
        """The cells of 検算 that count what breaks a rule, by (table, number of the rule from 1)."""
        keys = [(table.id, number) for table in self.report.tables for number, _ in enumerate(table.rules, 1)]
        return {key: Address(CHECKS_SHEET, _FIRST_LIST_ROW + row, 4) for row, key in enumerate(keys)}
