"""Creates survey forms (調査票): one macro-free workbook for each municipality."""

from __future__ import annotations

from openpyxl import Workbook

from jukixl.report.computation import Results
from jukixl.workbook import names, styles
from jukixl.workbook.edits import Edit, apply_edits
from jukixl.workbook.form_card import CARD_ITEMS, FormCard, form_edition
from jukixl.workbook.layout import DEFINITION_SHEET, Address
from jukixl.workbook.package import Package
from jukixl.workbook.sheets import BookWriter
from jukixl.workbook.snapshot import Snapshot
from jukixl.workbook.survey_sheet import SurveySheet, write_survey

FORM_SHEET = "入力"


def create_blank_form(results: Results) -> Package:
    """A form that belongs to no municipality yet; `address_form` makes it one's own. Dates come from the settings."""
    report = results.report
    writer = BookWriter(Workbook())
    writer.book.remove(writer.book.active)
    styles.add_styles(writer.book)
    writer.add_sheet(FORM_SHEET)
    writer.write(Address(FORM_SHEET, 1, 1), "調査票", styles.TITLE, "form.title")
    note = (
        "黄色のセルに入力し、名前を変えずに保存して返送してください。該当がないときは 0 を入力してください。"
    )
    writer.write(Address(FORM_SHEET, 2, 1), note, styles.NOTE)
    write_survey(writer, report, SurveySheet(FORM_SHEET, results.render, names.form_name, names.title_name))
    _write_card(writer, FormCard(report.id, "-", "-", form_edition(results)))
    return writer.to_package("調査票.xlsx")


def _write_card(writer: BookWriter, card: FormCard) -> None:
    writer.add_sheet(DEFINITION_SHEET).sheet_state = "veryHidden"
    for row, item in enumerate(CARD_ITEMS, 1):
        writer.write(Address(DEFINITION_SHEET, row, 1), item, styles.NOTE)
        writer.write(
            Address(DEFINITION_SHEET, row, 2), getattr(card, item), styles.NOTE, f"form.{item}", listed=False
        )


def address_form(blank: Package, snapshot: Snapshot, municipality: str, name: str) -> Package:
    """The form of one municipality; `snapshot` is the blank form's."""
    contents = {
        "form.title": f"調査票　{name}（{municipality}）",
        "form.municipality": municipality,
        "form.name": name,
    }
    edits = [Edit(*snapshot.locate(cell), content, "調査票の作成") for cell, content in contents.items()]
    return apply_edits(blank, edits, snapshot=snapshot)
