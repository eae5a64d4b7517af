"""Writes the sheets 前年 and 理由 of a new master (see `jukixl.workbook.matrix`)."""

from __future__ import annotations

from collections.abc import Mapping

from jukixl.report.model import Kind, Orientation
from jukixl.workbook import styles
from jukixl.workbook.layout import PREVIOUS_SHEET, REASONS_SHEET, Address, Layout
from jukixl.workbook.matrix import PREVIOUS_RANGE, REASONS_RANGE
from jukixl.workbook.sheets import BookWriter, protect, set_paper, set_widths

_TITLE_ROW, _HEADER_ROW, _KEY_ROW, _FIRST_ROW, _FIRST_COLUMN = 3, 4, 5, 6, 3
_CODE_WIDTH, _NAME_WIDTH, _COLUMN_WIDTH = 12.0, 16.0, 15.0


def write_matrices(writer: BookWriter, layout: Layout) -> None:
    """Add both sheets to a new master."""
    note = "前年の回答です。調査票の各入力欄の横に印字されます。「別紙の取込」で表に「前年」、ファイルに前年のマスターを選ぶと入ります。"
    kinds = {item.key: item.column.kind for item in layout.survey_items}
    prompt = "前年の同じ調査の回答"
    _MatrixWriter(writer, layout, PREVIOUS_SHEET, kinds, prompt).write("前年の回答", note, PREVIOUS_RANGE)
    note = "前年からの増減について、市町村が調査票に記入した理由です。取込で書き換わります。"
    texts = dict.fromkeys(kinds, Kind.TEXT)
    _MatrixWriter(writer, layout, REASONS_SHEET, texts, "増減の理由").write("増減の理由", note, REASONS_RANGE)


class _MatrixWriter:
    def __init__(
        self, writer: BookWriter, layout: Layout, sheet: str, kinds: Mapping[str, Kind], prompt: str
    ) -> None:
        self.writer = writer
        self.layout = layout
        self.sheet = sheet
        self.kinds = kinds
        self.prompt = prompt

    def write(self, title: str, note: str, name: str) -> None:
        self.writer.add_sheet(self.sheet)
        self.writer.write(self._at(1, 1), title, styles.TITLE)
        self.writer.write(self._at(2, 1), note, styles.NOTE)
        self._write_heads()
        codes = self.layout.municipality_sheets
        for row, (code, municipality) in enumerate(codes.items(), _FIRST_ROW):
            self.writer.write(self._at(row, 1), code, styles.ROW_TEXT)
            self.writer.write(self._at(row, 2), municipality, styles.ROW_TEXT)
            self._write_row(row)
        last = self._at(_FIRST_ROW + len(codes) - 1, _FIRST_COLUMN + len(self.kinds) - 1)
        self.writer.name_range(name, self._at(_KEY_ROW, 1), last)
        self._finish(last)

    def _at(self, row: int, column: int) -> Address:
        return Address(self.sheet, row, column)

    def _write_heads(self) -> None:
        for column, head in enumerate(("団体コード", "市町村名"), 1):
            self.writer.write(self._at(_KEY_ROW, column), "識別子" if column == 1 else None, styles.PROMPT)
            self.writer.write(self._at(_HEADER_ROW, column), head, styles.HEADER)
        former = None
        for column, item in enumerate(self.layout.survey_items, _FIRST_COLUMN):
            title = item.table.title if item.table is not former else None
            self.writer.write(self._at(_TITLE_ROW, column), title, styles.NOTE)
            self.writer.write(self._at(_KEY_ROW, column), item.key, styles.PROMPT)
            self.writer.write(self._at(_HEADER_ROW, column), item.label.plain, styles.HEADER)
            former = item.table

    def _write_row(self, row: int) -> None:
        for column, item in enumerate(self.layout.survey_items, _FIRST_COLUMN):
            kind = self.kinds[item.key]
            address = self._at(row, column)
            self.writer.write(address, None, styles.input_style(kind))
            self.writer.validate(address, kind, self.sheet, self.prompt)

    def _finish(self, last: Address) -> None:
        sheet = self.writer.book[self.sheet]
        sheet.freeze_panes = self._at(_FIRST_ROW, _FIRST_COLUMN).a1
        widths = {1: _CODE_WIDTH, 2: _NAME_WIDTH}
        set_widths(sheet, widths | dict.fromkeys(range(_FIRST_COLUMN, last.column + 1), _COLUMN_WIDTH))
        set_paper(sheet, Orientation.LANDSCAPE, (last.row, last.column), (_TITLE_ROW, _KEY_ROW))
        protect(sheet)
