"""The sheet that a municipality fills: the same rows in its survey form and on its sheet in the master."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from jukixl.report.model import Orientation, Report
from jukixl.report.text import Text
from jukixl.workbook import styles
from jukixl.workbook.layout import SURVEY_VALUE_COLUMN, Address, SurveyItem, survey_sections
from jukixl.workbook.sheets import BookWriter, protect, set_paper, set_widths

_WIDTHS = (40.0, 18.0, 6.0, 70.0)
_HEADINGS = ("項目", "値", "単位", "説明")


class SurveySheet(Struct, frozen=True):
    """How one survey sheet differs from the others.

    `render` gives a text or a formula for a declared text; `name` the defined name of the input cell, `title_name`
    that of a heading, by table and column (or part).
    """

    sheet: str
    render: Callable[[Text], str]
    name: Callable[[str, str], str]
    title_name: Callable[[str, str], str]


def write_survey(writer: BookWriter, report: Report, survey: SurveySheet) -> None:
    """Fill an existing sheet from row 4 down."""
    last = 4
    for table, row, items in survey_sections(report):
        writer.write(Address(survey.sheet, row, 1), table.title, styles.TITLE)
        if table.caption:
            name = survey.title_name(table.id, "caption")
            writer.write(
                Address(survey.sheet, row, 4), survey.render(table.caption), styles.NOTE, name, listed=False
            )
        for column, heading in enumerate(_HEADINGS, 1):
            writer.write(Address(survey.sheet, row + 1, column), heading, styles.HEADER)
        for item in items:
            _write_item(writer, survey, item)
            last = item.row
    worksheet = writer.book[survey.sheet]
    worksheet.freeze_panes = "A4"
    set_widths(worksheet, dict(enumerate(_WIDTHS, 1)))
    set_paper(worksheet, Orientation.LANDSCAPE, (last, len(_WIDTHS)), (1, 2))
    protect(worksheet)


def _write_item(writer: BookWriter, survey: SurveySheet, item: SurveyItem) -> None:
    column, sheet = item.column, survey.sheet
    label = item.label
    value = Address(sheet, item.row, SURVEY_VALUE_COLUMN)
    writer.write(Address(sheet, item.row, 1), survey.render(label), styles.LABEL)
    writer.write(value, None, styles.input_style(column.kind), survey.name(item.table.id, column.id))
    writer.validate(value, column.kind, label.plain, column.prompt)
    writer.write(Address(sheet, item.row, 3), column.unit, styles.ROW_TEXT)
    writer.write(Address(sheet, item.row, 4), column.prompt, styles.PROMPT)
