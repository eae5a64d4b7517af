"""What every formula of an existing master should say, from the declaration and the places of its names alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jukixl.report.expression import TOTAL_ROW
from jukixl.report.model import Column, Figure, Fill, Report, Table, Total
from jukixl.report.text import Placeholder, Text
from jukixl.workbook import names
from jukixl.workbook.addresses import CellRange
from jukixl.workbook.formulas import Formulas
from jukixl.workbook.placed import Names, NotPlacedError, PlacedLayout
from jukixl.workbook.stamp import iter_stamp_formulas

Declared = tuple[CellRange, str]
"""A formula cell and its formula, without `=`."""


def iter_declared(report: Report, known: Names) -> Iterator[Declared]:
    """Every formula cell that has its name, with the formula that belongs there. `known` are the workbook's names.

    Left out is what can't be said, because a name that the formula needs is lost (which is a finding of its own).
    """
    return _Declared(report, known).iter_all()


class _Declared:
    def __init__(self, report: Report, known: Names) -> None:
        self.report = report
        self.known = known
        self.layout = PlacedLayout(report, known)
        self.formulas = Formulas(self.layout)

    def iter_all(self) -> Iterator[Declared]:
        for table in self.report.tables:
            yield from self._headings(table)
            for column in table.columns:
                yield from self._column(table, column)
            for number, rule in enumerate(table.rules, 1):
                yield from self._cell(names.rule_name(table.id, number), self.formulas.rule, table, rule)
        yield from self._figures()
        yield from iter_stamp_formulas(self.report, self.known)

    def _cell(self, name: str, formula: Callable[..., str | None], *of: object) -> tuple[Declared, ...]:
        """The cell of this name, if it has a formula; `formula` gets what it is of, and the cell's sheet."""
        area = self.known.get(name)
        if area is None:
            return ()
        try:
            text = formula(*of, area.sheet)
        except NotPlacedError:
            return ()
        return ((area, text[1:]),) if text and text.startswith("=") else ()

    def _headings(self, table: Table) -> Iterator[Declared]:
        if table.caption:
            yield from self._text(names.title_name(table.id, "caption"), table.caption)
            for code in table.row_ids if table in self.report.survey_tables else ():
                yield from self._text(names.survey_title_name(table.id, "caption", code), table.caption)
        for column in table.columns:
            yield from self._text(names.title_name(table.id, column.id), column.title)
        for group, first, _ in table.iter_groups():
            yield from self._text(names.title_name(table.id, names.group_part(first)), group)

    def _text(self, name: str, text: Text) -> Iterator[Declared]:
        if text.placeholders:
            yield from self._cell(name, self.formulas.text, text)

    def _column(self, table: Table, column: Column) -> Iterator[Declared]:
        is_computed = column.value is not None or column.fill is Fill.MUNICIPALITY
        rows = table.row_ids if is_computed else ()
        for row in (*rows, *((TOTAL_ROW,) if column.total is not Total.NONE else ())):
            name = names.cell_name(table.id, column.id, row)
            yield from self._cell(name, self._body, table, column, row)

    def _body(self, table: Table, column: Column, row: str, _sheet: str) -> str | None:
        return self.formulas.cell(table, column, row)

    def _figures(self) -> Iterator[Declared]:
        for part in self.report.printed_figures:
            figure = self.report.figures_by_id[part.figure]
            yield from self._cell(names.figure_name(part), self.formulas.figure_value, figure)
            yield from self._cell(names.text_name(part), self._printed, part, figure)
        for setting in self.report.settings:
            shown = next(part for part in self.report.printed_figures if part.tag == setting.id)
            yield from self._cell(names.shown_name(setting.id), self._shown, shown)

    def _printed(self, part: Placeholder, figure: Figure, _sheet: str) -> str:
        return self.formulas.figure_text(part, figure)

    def _shown(self, part: Placeholder, sheet: str) -> str:
        return "=" + self.layout.figure_text(part).seen_from(sheet)
