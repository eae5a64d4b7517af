"""The sheet that a municipality fills: the same rows in its survey form and on its sheet in the master."""

from __future__ import annotations

from collections.abc import Callable

from jukixl.report.model import Orientation, Report
from jukixl.report.text import Text
from jukixl.workbook import styles
from jukixl.workbook.layout import SURVEY_VALUE_COLUMN, Address, SurveyItem, survey_sections
from jukixl.workbook.sheets import BookWriter, protect, set_paper, set_widths

_WIDTHS = (40.0, 18.0, 6.0, 70.0)
_HEADINGS = ("項目", "値", "単位", "説明")


def write_survey(
    writer: BookWriter,
    report: Report,
    sheet: str,
    render: Callable[[Text], str],
    name: Callable[[str, str], str],
) -> None:
    """Fill an existing sheet from row 4 down.

    `render` gives a text or a formula for a declared text; `name` the defined name of the input cell of a table's
    column.
    """
    last = 4
    for table, row, items in survey_sections(report):
        writer.write(Address(sheet, row, 1), table.title, styles.TITLE)
        if table.caption:
            writer.write(Address(sheet, row, 4), render(table.caption), styles.NOTE)
        for column, heading in enumerate(_HEADINGS, 1):
            writer.write(Address(sheet, row + 1, column), heading, styles.HEADER)
        for item in items:
            _write_item(writer, sheet, item, render, name(table.id, item.column.id))
            last = item.row
    worksheet = writer.book[sheet]
    worksheet.freeze_panes = "A4"
    set_widths(worksheet, dict(enumerate(_WIDTHS, 1)))
    set_paper(worksheet, Orientation.LANDSCAPE, (last, len(_WIDTHS)), (1, 2))
    protect(worksheet)


def _write_item(writer: BookWriter, sheet: str, item: SurveyItem, render: Callable[[Text], str], name: str) -> None:
    column = item.column
    label = one_line(column.title)
    if column.group:
        label = Text(f"{one_line(column.group).source}　{label.source}")
    value = Address(sheet, item.row, SURVEY_VALUE_COLUMN)
    writer.write(Address(sheet, item.row, 1), render(label), styles.LABEL)
    writer.write(value, None, styles.input_style(column.kind), name)
    writer.validate(value, column.kind, label.source, column.prompt)
    writer.write(Address(sheet, item.row, 3), column.unit, styles.ROW_TEXT)
    writer.write(Address(sheet, item.row, 4), column.prompt, styles.PROMPT)


def one_line(text: Text) -> Text:
    """A title without its line breaks."""
    return Text(text.source.replace("\n", ""))
