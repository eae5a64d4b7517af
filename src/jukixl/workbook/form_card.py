"""What a survey form says of itself: whose it is, of which report and year, who filled it. And how its file is called."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from jukixl.era import ERAS
from jukixl.errors import InputError, Place, Problem
from jukixl.report.computation import Results
from jukixl.report.model import Kind
from jukixl.report.text import Placeholder
from jukixl.workbook.layout import Layout
from jukixl.workbook.names import contact_name
from jukixl.workbook.snapshot import Snapshot

FORM_VERSION = "2"
CARD_ITEMS = ("report", "municipality", "name", "edition", "version", "fingerprint")
CONTACT_ITEMS = {"division": "担当課", "person": "氏名", "phone": "電話番号", "mail": "メール"}
"""Who filled the form: last part of the cell's name (`contact.division`), label."""
_FINGERPRINT_LENGTH = 16


class FormCard(Struct, frozen=True):
    """What a form says of itself on its hidden sheet.

    `edition`: the headings with the dates it asks for. `fingerprint`: see `layout_fingerprint`; empty in forms older
    than version 2.
    """

    report: str
    municipality: str
    name: str
    edition: str
    version: str = FORM_VERSION
    fingerprint: str = ""


def form_edition(results: Results) -> str:
    """What tells this year's form from last year's: the captions of the surveyed tables, dates included."""
    captions = (results.render(table.caption) for table in results.report.survey_tables if table.caption)
    return " ".join(captions)


def form_labels(results: Results) -> dict[tuple[str, str], str]:
    """What the form calls each input, by (table, column)."""
    items = Layout(results.report).survey_items
    return {(item.table.id, item.column.id): results.render(item.label) for item in items}


def layout_fingerprint(results: Results) -> str:
    """A digest of the form's inputs, their names and labels in order: equal ones have the same inputs in the same places."""
    lines = (f"{table}.{column}\t{label}" for (table, column), label in form_labels(results).items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:_FINGERPRINT_LENGTH]


def form_file_name(results: Results, municipality: str, name: str) -> str:
    """`調査票_R6_192015_甲府市.xlsx`; without the year where the report declares no calendar year."""
    parts = ["調査票", _short_year(year_text(results)), municipality, name]
    return "_".join(part for part in parts if part) + ".xlsx"


def year_text(results: Results) -> str:
    """The year of the report, 令和6年; empty where it declares none."""
    year = next((setting for setting in results.report.settings if setting.kind is Kind.YEAR), None)
    return results.text(Placeholder(year.id)) if year else ""


def _short_year(text: str) -> str:
    """令和6年 → R6."""
    era = next((era for era in ERAS if text.startswith(era.name)), None)
    number = text.removeprefix(era.name).removesuffix("年") if era else ""
    return f"{era.short}{'1' if number == '元' else number}" if era else ""


def read_card(snapshot: Snapshot) -> FormCard:
    """What a returned form says of itself. InputError where it isn't one of jukixl's forms."""
    if any(f"form.{item}" not in snapshot.names for item in CARD_ITEMS if item != "fingerprint"):
        message = (
            "調査票ではありません。「調査票の配布」で作成したファイルに入力して返送してもらってください。"
        )
        raise InputError(Problem(message, Place(file=snapshot.name)))
    known = [item for item in CARD_ITEMS if f"form.{item}" in snapshot.names]
    return FormCard(**{item: str(snapshot.value(f"form.{item}") or "") for item in known})


def read_contact(snapshot: Snapshot) -> str:
    """Who filled a form, as 提出状況 shows it: 市民課 ○○ 055-… mail; empty where nothing was typed."""
    named = [contact_name(item) for item in CONTACT_ITEMS if contact_name(item) in snapshot.names]
    return " ".join(text for name in named if (text := str(snapshot.value(name) or "").strip()))
