"""What a survey form says of itself: whose it is, of which report and year. And how its file is called."""

from __future__ import annotations

from typing import NamedTuple

from jukixl.era import ERAS
from jukixl.errors import InputError, Place, Problem
from jukixl.report.computation import Results
from jukixl.report.model import Kind
from jukixl.report.text import Placeholder
from jukixl.workbook.snapshot import Snapshot

FORM_VERSION = "1"
CARD_ITEMS = ("report", "municipality", "name", "edition", "version")


class FormCard(NamedTuple):
    """What a form says of itself on its hidden sheet. `edition`: the headings with the dates it asks for."""

    report: str
    municipality: str
    name: str
    edition: str
    version: str = FORM_VERSION


def form_edition(results: Results) -> str:
    """What tells this year's form from last year's: the captions of the surveyed tables, dates included."""
    captions = (results.render(table.caption) for table in results.report.survey_tables if table.caption)
    return " ".join(captions)


def form_file_name(results: Results, municipality: str, name: str) -> str:
    """`調査票_R6_192015_甲府市.xlsx`; without the year where the report declares no calendar year."""
    year = next((setting for setting in results.report.settings if setting.kind is Kind.YEAR), None)
    parts = ["調査票", _short_year(results.text(Placeholder(year.id))) if year else "", municipality, name]
    return "_".join(part for part in parts if part) + ".xlsx"


def _short_year(text: str) -> str:
    """令和6年 → R6."""
    era = next((era for era in ERAS if text.startswith(era.name)), None)
    number = text.removeprefix(era.name).removesuffix("年") if era else ""
    return f"{era.short}{'1' if number == '元' else number}" if era else ""


def read_card(snapshot: Snapshot) -> FormCard:
    """What a returned form says of itself. InputError where it isn't one of jukixl's forms."""
    if any(f"form.{item}" not in snapshot.names for item in CARD_ITEMS):
        message = (
            "調査票ではありません。「調査票の配布」で作成したファイルに入力して返送してもらってください。"
        )
        raise InputError(Problem(message, Place(file=snapshot.name)))
    return FormCard(**{item: str(snapshot.value(f"form.{item}") or "") for item in CARD_ITEMS})
