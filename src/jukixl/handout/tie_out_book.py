"""The 読み合わせ表 as a workbook for A4 paper, with two boxes a line: one for who reads, one for who listens."""

from __future__ import annotations

from collections.abc import Iterator

from openpyxl import Workbook
from openpyxl.styles import PatternFill

from jukixl.handout.tie_out import Entry, TieOut
from jukixl.report.model import Orientation
from jukixl.workbook import styles
from jukixl.workbook.layout import Address
from jukixl.workbook.sheets import BookWriter, fit_height, set_paper, set_widths

FIGURES, TABLES = "本文の読み合わせ", "表の読み合わせ"
_BOX = "□"
_NOTE = "資料を読む人と、マスターを見る人の二人で読み合わせ、それぞれ □ に印を付けます。頁は資料に印刷される番号です。"
_FIGURE_HEADINGS = (
    "番号",
    "頁",
    "数値",
    "資料の記載",
    "マスターの値",
    "セル",
    "計算",
    "元の回答・入力",
    "読み手",
    "聞き手",
)
_FIGURE_WIDTHS = (6.0, 5.0, 30.0, 18.0, 18.0, 14.0, 44.0, 34.0, 7.0, 7.0)
_TABLE_HEADINGS = (
    "番号",
    "頁",
    "行",
    "資料の記載",
    "マスターの値",
    "セル",
    "元の回答・入力",
    "読み手",
    "聞き手",
)
_TABLE_WIDTHS = (6.0, 5.0, 24.0, 76.0, 44.0, 24.0, 30.0, 7.0, 7.0)
_SAME = "同じ"
_DIFFERS = PatternFill("solid", fgColor="F8CBAD")
_HEADER_ROW = 3


def create_tie_out_book(tied: TieOut, handout: str) -> bytes:
    """The workbook: a sheet for the figures of the text, one for the rows of the tables."""
    writer = BookWriter(Workbook())
    writer.book.remove(writer.book.active)
    styles.add_styles(writer.book)
    figures = (
        (entry, (entry.title, entry.shown, _due(entry), entry.cells, entry.words, entry.sources))
        for entry in tied.figures
    )
    subject = f"{handout}（マスターの指紋 {tied.origin.master}）"
    _Sheet(writer, FIGURES, subject, _FIGURE_HEADINGS).write(figures, _FIGURE_WIDTHS)
    _Sheet(writer, TABLES, subject, _TABLE_HEADINGS).write(_table_lines(tied), _TABLE_WIDTHS)
    return writer.to_package(f"{handout}_読み合わせ表.xlsx").to_bytes()


_Line = tuple[Entry | None, tuple[str, ...]]


def _table_lines(tied: TieOut) -> Iterator[_Line]:
    for table in tied.tables:
        yield None, (table.title, table.headings)
        for entry in table.entries:
            yield entry, (entry.title, entry.shown, _due(entry), entry.cells, entry.sources)


def _due(entry: Entry) -> str:
    """A row's texts once are enough where they agree; a figure's too."""
    return _SAME if entry.agrees else entry.due


class _Sheet:
    def __init__(self, writer: BookWriter, title: str, subject: str, headings: tuple[str, ...]) -> None:
        self._writer = writer
        self._title = title
        self._width = len(headings)
        self._sheet = writer.add_sheet(title)
        self._put(1, (f"{title}　{subject}",), styles.TITLE)
        self._put(2, (_NOTE,), styles.NOTE)
        self._put(_HEADER_ROW, headings, styles.HEADER)
        self._sheet.freeze_panes = f"A{_HEADER_ROW + 1}"

    def write(self, lines: Iterator[_Line], widths: tuple[float, ...]) -> None:
        row, number = _HEADER_ROW, 0
        for entry, texts in lines:
            row += 1
            if entry is None:
                cells = ("", "", *texts, *[""] * (self._width - 2 - len(texts)))
                self._put(row, cells, styles.LABEL)
                fit_height(self._sheet, row, zip(cells, widths, strict=True))
                continue
            number += 1
            page = "" if entry.page is None else str(entry.page)
            cells = (str(number), page, *texts, _BOX, _BOX)
            self._put(row, cells, styles.ROW_TEXT)
            fit_height(self._sheet, row, zip(cells, widths, strict=True))
            if not entry.agrees:
                for cell in self._sheet[row]:
                    cell.fill = _DIFFERS
        set_widths(self._sheet, dict(enumerate(widths, 1)))
        set_paper(self._sheet, Orientation.LANDSCAPE, (row, self._width), (_HEADER_ROW, _HEADER_ROW))

    def _put(self, row: int, texts: tuple[str, ...], style: str) -> None:
        for column, text in enumerate(texts, 1):
            self._writer.write(Address(self._title, row, column), text, style)
