"""Where everything stands in an existing master: by its names, wherever rows, columns and sheets have gone since."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from jukixl.report.model import Report
from jukixl.report.text import Placeholder
from jukixl.workbook import names
from jukixl.workbook.addresses import CellRange, quote_sheet

Names = Mapping[str, CellRange]


class NotPlacedError(LookupError):
    """Something that is needed has no name any more."""


class PlacedCell(Struct, frozen=True):
    """One cell as it is called now: what `jukixl.workbook.layout.Address` is in a plan."""

    sheet: str
    a1: str

    def seen_from(self, sheet: str) -> str:
        """As a formula on `sheet` refers to it."""
        return self.a1 if sheet == self.sheet else f"{quote_sheet(self.sheet)}!{self.a1}"


class PlacedTable(Struct, frozen=True):
    """A table as it stands now; NotPlacedError where a name is lost."""

    id: str
    sheet: str
    known: Names

    def cell(self, column: str, row: str) -> PlacedCell:
        """A body cell, or the total row's with `total`."""
        return _first(_area(self.known, names.cell_name(self.id, column, row)))

    def column_range(self, column: str) -> tuple[PlacedCell, PlacedCell]:
        """First and last body cell of a column."""
        area = _area(self.known, names.column_name(self.id, column))
        return _first(area), PlacedCell(area.sheet, area.last)


class PlacedLayout(Struct, frozen=True, dict=True):
    """What `jukixl.workbook.layout.Layout` plans, as it stands now; NotPlacedError where a name is lost."""

    report: Report
    known: Names

    @cached_property
    def tables(self) -> Mapping[str, PlacedTable]:
        """The tables by id, each on the sheet that its own name says."""
        areas = {table.id: self.known.get(names.table_name(table.id)) for table in self.report.tables}
        return {
            table.id: PlacedTable(
                table.id, area.sheet if (area := areas[table.id]) else table.sheet, self.known
            )
            for table in self.report.tables
        }

    def setting(self, setting: str) -> PlacedCell:
        """The cell in which a setting is typed."""
        return _first(_area(self.known, names.setting_name(setting)))

    def survey_cell(self, table: str, column: str, code: str) -> PlacedCell:
        """The input cell on a municipality's sheet."""
        return _first(_area(self.known, names.survey_name(table, column, code)))

    def figure_value(self, part: Placeholder) -> PlacedCell:
        return _first(_area(self.known, names.figure_name(part)))

    def figure_text(self, part: Placeholder) -> PlacedCell:
        return _first(_area(self.known, names.text_name(part)))


def _area(known: Names, name: str) -> CellRange:
    area = known.get(name)
    if area is None:
        raise NotPlacedError(name)
    return area


def _first(area: CellRange) -> PlacedCell:
    return PlacedCell(area.sheet, area.first)
