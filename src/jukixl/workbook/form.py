"""Creates survey forms (調査票): one macro-free workbook for each municipality."""

from __future__ import annotations

from collections.abc import Mapping

from openpyxl import Workbook

from jukixl.report.computation import Results
from jukixl.report.values import Value
from jukixl.workbook import names, styles
from jukixl.workbook.edits import Edit, EditValue, apply_edits
from jukixl.workbook.expected import to_content
from jukixl.workbook.form_card import CARD_ITEMS, FormCard, form_edition, layout_fingerprint
from jukixl.workbook.form_guide import write_guide
from jukixl.workbook.form_sheet import FORM_SHEET, write_form_sheet
from jukixl.workbook.layout import DEFINITION_SHEET, Address, Layout
from jukixl.workbook.package import Package
from jukixl.workbook.recalculate import recalculate
from jukixl.workbook.sheets import BookWriter
from jukixl.workbook.snapshot import Snapshot

__all__ = ["FORM_SHEET", "NOTICE", "address_form", "create_blank_form"]

NOTICE = "黄色のセルに入力し、上の帯が緑になったら、ファイル名を変えずに保存して返送してください。"
"""What a form says where no deadline is known."""


def create_blank_form(results: Results, notice: str = NOTICE) -> Package:
    """A form that belongs to no municipality yet; `address_form` makes it one's own. Dates come from the settings."""
    writer = BookWriter(Workbook())
    writer.book.remove(writer.book.active)
    styles.add_styles(writer.book)
    write_guide(writer, results)
    write_form_sheet(writer, results, notice)
    writer.book.active = writer.book.sheetnames.index(FORM_SHEET)
    fingerprint = layout_fingerprint(results)
    _write_card(writer, FormCard(results.report.id, "-", "-", form_edition(results), fingerprint=fingerprint))
    return writer.to_package("調査票.xlsx")


def _write_card(writer: BookWriter, card: FormCard) -> None:
    writer.add_sheet(DEFINITION_SHEET).sheet_state = "veryHidden"
    for row, item in enumerate(CARD_ITEMS, 1):
        writer.write(Address(DEFINITION_SHEET, row, 1), item, styles.NOTE)
        writer.write(
            Address(DEFINITION_SHEET, row, 2), getattr(card, item), styles.NOTE, f"form.{item}", listed=False
        )


def address_form(
    blank: Package,
    snapshot: Snapshot,
    layout: Layout,
    municipality: str,
    previous: Mapping[tuple[str, str], Value],
) -> Package:
    """The form of one municipality; `snapshot` is the blank form's.

    `previous`: last year's answers by (table, column), as far as they are known. Caches of formulas are filled.
    """
    name = layout.municipality_sheets[municipality]
    contents: dict[str, EditValue] = {
        "form.title": f"調査票　{name}（{municipality}）",
        "form.municipality": municipality,
        "form.name": name,
    }
    for item in layout.survey_items:
        key = (item.table.id, item.column.id)
        if key in previous:
            contents[names.form_previous_name(*key)] = to_content(previous[key], item.column.kind)
    edits = [Edit(*snapshot.locate(cell), content, "調査票の作成") for cell, content in contents.items()]
    filled = apply_edits(blank, edits, snapshot=snapshot)
    return apply_edits(filled, (), recalculate(filled, snapshot), snapshot=snapshot)
