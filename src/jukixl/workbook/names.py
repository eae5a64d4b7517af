"""Defined names of the master and of the survey forms: the only way in which cells are found again.

Excel allows letters, digits, `_` and `.`; a dot keeps a name from looking like a cell (ANNEX5 would be one).
"""

from __future__ import annotations

from jukixl.report.expression import TOTAL_ROW
from jukixl.report.text import Placeholder


def cell_name(table: str, column: str, row: str) -> str:
    """A cell of a table's own sheet: `annex5.applications.192015`, `annex5.applications.total`."""
    return f"{table}.{column}.{row}"


def total_name(table: str, column: str) -> str:
    return cell_name(table, column, TOTAL_ROW)


def column_name(table: str, column: str) -> str:
    """All rows of a column, without header and total."""
    return f"{table}.{column}"


def table_name(table: str) -> str:
    """A whole table, header and total included."""
    return f"{table}.table"


def title_name(table: str, part: str) -> str:
    """A heading of a table's sheet: its caption, a column's or a group's title."""
    return f"title.{table}.{part}"


def group_part(first_column: int) -> str:
    """The part of `title_name` for a group title over the columns from this one (from 0) on."""
    return f"group{first_column}"


def survey_title_name(table: str, part: str, municipality: str) -> str:
    """A heading on a municipality's sheet of the master."""
    return f"{title_name(table, part)}.{municipality}"


def survey_name(table: str, column: str, municipality: str) -> str:
    """The input cell of a municipality in the master."""
    return f"input.{table}.{column}.{municipality}"


def form_name(table: str, column: str) -> str:
    """The input cell of a survey form, which belongs to one municipality."""
    return f"input.{table}.{column}"


def check_name(table: str, column: str) -> str:
    """What a survey form says of an input."""
    return f"check.{table}.{column}"


def form_previous_name(table: str, column: str) -> str:
    """Last year's value beside an input of a survey form."""
    return f"previous.{table}.{column}"


def form_reason_name(table: str, column: str) -> str:
    """The reason that a municipality gives in its form for a change from last year."""
    return f"reason.{table}.{column}"


def contact_name(item: str) -> str:
    """A cell of a survey form that says who filled it: `division`, `person`, `phone`, `mail`."""
    return f"contact.{item}"


def setting_name(setting: str) -> str:
    return f"setting.{setting}"


def shown_name(setting: str) -> str:
    """A setting as printed, beside what was typed."""
    return f"shown.{setting}"


def figure_name(part: Placeholder) -> str:
    """The value of a figure."""
    return f"figure.{part.tag}"


def text_name(part: Placeholder) -> str:
    """A figure as printed."""
    return f"text.{part.tag}"


def status_name(municipality: str, item: str) -> str:
    """A cell of 提出状況: `state`, `time`, `file`, `digest`, `findings`, `contact`, `mail`."""
    return f"status.{municipality}.{item}"


def letter_name(item: str) -> str:
    """What letters to municipalities say, typed on 提出状況: `deadline`, `sender`, `phone`, `mail`."""
    return f"status.{item}"


def rule_name(table: str, number: int) -> str:
    """How many rows break a rule of a table, by the workbook's own formula; rules are counted from 1."""
    return f"rule.{table}.{number}"
