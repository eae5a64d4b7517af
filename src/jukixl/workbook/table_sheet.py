"""One sheet of the master for one declared table: headings, body, total, notes, names, validation."""

from __future__ import annotations

from jukixl.report.expression import TOTAL_ROW
from jukixl.report.model import Column, Fill, Table, TableKind
from jukixl.workbook import names, styles
from jukixl.workbook.formulas import Formulas
from jukixl.workbook.layout import Address, TablePlan
from jukixl.workbook.sheets import BookWriter, CellContent, fit_height, protect, set_paper, set_widths

_CHARACTERS_A_SHARE = 10.0
_MIN_WIDTH = 9.0
_HEADER_POINTS = 42.0


def write_table(writer: BookWriter, formulas: Formulas, table: Table) -> None:
    """Add the sheet of a table to a new master."""
    _TableWriter(writer, formulas, table).write_sheet()


class _TableWriter:
    def __init__(self, writer: BookWriter, formulas: Formulas, table: Table) -> None:
        self.writer = writer
        self.formulas = formulas
        self.table = table
        plan = formulas.layout.tables[table.id]
        assert isinstance(plan, TablePlan), "only a new master has its tables written"
        self.plan = plan

    def write_sheet(self) -> None:
        sheet = self.writer.add_sheet(self.table.sheet)
        self.writer.write(self.plan.title, self.table.title, styles.TITLE)
        if self.table.caption:
            caption = self.formulas.text(self.table.caption, self.table.sheet)
            self.writer.write(
                self.plan.caption, caption, styles.NOTE, names.title_name(self.table.id, "caption")
            )
        self._write_header()
        for column in self.table.columns:
            for row in self.table.row_ids:
                self._write_cell(column, row)
            self.writer.name_range(
                names.column_name(self.table.id, column.id), *self.plan.column_range(column.id)
            )
        for row in self.table.row_ids:
            self._set_height(row)
        if self.table.has_total():
            self._write_total()
        self.writer.name_range(names.table_name(self.table.id), *self.plan.corners)
        for number, note in enumerate(self.table.notes):
            address = Address(self.table.sheet, self.plan.notes_row + number, 1)
            condition = "（該当するときだけ印字）" if note.when else ""
            self.writer.write(address, note.text.source + condition, styles.NOTE)
        sheet.freeze_panes = Address(self.table.sheet, self.plan.first_row, self._frozen_columns() + 1).a1
        set_widths(sheet, {n: self._width(column) for n, column in enumerate(self.table.columns, 1)})
        last = (self.plan.notes_row + len(self.table.notes), len(self.table.columns))
        set_paper(sheet, self.table.orientation, last, (self.plan.header_row, self.plan.first_row - 1))
        protect(sheet)

    def _frozen_columns(self) -> int:
        """The columns that name the rows stay in sight."""
        return len(self.table.key_columns) if self.table.kind is not TableKind.LIST else 0

    def _width(self, column: Column) -> float:
        return max(column.width * _CHARACTERS_A_SHARE, _MIN_WIDTH)

    def _write_header(self) -> None:
        sheet = self.writer.book[self.table.sheet]
        for column in self.table.columns:
            address = self.plan.header(column.id)
            title = self.formulas.text(column.title, self.table.sheet)
            name = names.title_name(self.table.id, column.id)
            top = Address(address.sheet, self.plan.header_row, address.column)
            if self.plan.header_rows == 2 and not column.group:
                below = Address(address.sheet, self.plan.header_row + 1, address.column)
                self.writer.write(below, None, styles.HEADER)
                sheet.merge_cells(f"{top.a1}:{below.a1}")
            self.writer.write(address, title, styles.HEADER, name, listed=False)
        for group, first, width in self.plan.groups():
            for column_number in range(first.column, first.column + width):
                self.writer.write(Address(first.sheet, first.row, column_number), None, styles.HEADER)
            name = names.title_name(self.table.id, names.group_part(first.column - 1))
            self.writer.write(
                first, self.formulas.text(group, self.table.sheet), styles.HEADER, name, listed=False
            )
            last = Address(first.sheet, first.row, first.column + width - 1)
            sheet.merge_cells(f"{first.a1}:{last.a1}")
        sheet.row_dimensions[self.plan.first_row - 1].height = _HEADER_POINTS

    def _write_cell(self, column: Column, row: str) -> None:
        address = self.plan.cell(column.id, row)
        name = names.cell_name(self.table.id, column.id, row)
        formula = self.formulas.cell(self.table, column, row)
        if formula is not None:
            self.writer.write(address, formula, styles.computed_style(column.kind), name, listed=False)
        elif column.fill is Fill.ROWS:
            self.writer.write(address, self._row_text(column, row), styles.ROW_TEXT)
        else:
            self.writer.write(address, self._row_text(column, row), styles.input_style(column.kind), name)
            title = column.title.plain
            self.writer.validate(address, column.kind, title, column.prompt)

    def _row_text(self, column: Column, row: str) -> CellContent:
        """What the row master says of a cell; None for a spare row or a column it doesn't have."""
        rows = self.table.rows
        if rows is None or column.id not in rows.columns or row not in rows.ids:
            return None
        return rows.records[rows.ids.index(row)][column.id] or None

    def _set_height(self, row: str) -> None:
        texts = (
            (str(self._row_text(column, row) or ""), self._width(column)) for column in self.table.columns
        )
        number = self.plan.cell(self.table.columns[0].id, row).row
        fit_height(self.writer.book[self.table.sheet], number, texts)

    def _write_total(self) -> None:
        label_written = False
        for column in self.table.columns:
            address = self.plan.cell(column.id, TOTAL_ROW)
            formula = self.formulas.cell(self.table, column, TOTAL_ROW)
            name = names.total_name(self.table.id, column.id) if formula else ""
            content = formula if formula or label_written else self.table.total_label
            label_written = True
            self.writer.write(address, content, styles.total_style(column.kind), name)
