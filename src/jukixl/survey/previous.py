"""How last year's answers come into a master."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jukixl.errors import InputError, Place, Problem
from jukixl.findings import Described, Finding, Severity
from jukixl.report.model import Table
from jukixl.workbook.edits import Edit
from jukixl.workbook.expected import to_content
from jukixl.workbook.form_card import form_edition
from jukixl.workbook.layout import PREVIOUS_SHEET, Layout, SurveyItem
from jukixl.workbook.master import Master, read_master
from jukixl.workbook.matrix import PREVIOUS_RANGE, MatrixCell, read_matrix
from jukixl.workbook.waivers import carry_over

CODES = (
    Described(
        "no_previous",
        (Severity.INFO,),
        "前年のマスターに、この市町村又は項目の値がない",
        "新しい項目や市町村なら、そのままでよい。",
    ),
)


def import_previous(master: Master, file: Path) -> tuple[list[Edit], list[Finding]]:
    """The edits that bring the answers of last year's master into sheet 前年, and what it doesn't have.

    InputError where `file` is no master, is of the same year or of another report, or `master` has no such sheet.
    """
    former = read_master(file)
    if former.report.id != master.report.id:
        raise _unusable(
            file, f"別の報告（{former.report.id}）のマスターです。この報告は {master.report.id} です。"
        )
    if form_edition(former.results) == form_edition(master.results):
        raise _unusable(file, "同じ年のマスターです。前年のマスターを指定してください。")
    cells = read_matrix(master.snapshot, PREVIOUS_RANGE)
    if not cells:
        raise _unusable(
            file,
            f"今のマスターに「{PREVIOUS_SHEET}」シートがありません。新しく作成したマスターを使ってください。",
        )
    items = Layout(master.report).survey_items
    edits = [
        edit
        for item in items
        for code in master.report.tables_by_id[item.table.id].row_ids
        if (edit := _edit_of(former, cells, item, code)) is not None
    ]
    edits += carry_over(former.snapshot, master.snapshot)
    return edits, [_unknown(item) for item in items if _former_table(former, item) is None]


def _edit_of(
    former: Master, cells: Mapping[tuple[str, str], MatrixCell], item: SurveyItem, code: str
) -> Edit | None:
    table, cell = _former_table(former, item), cells.get((code, item.key))
    if table is None or cell is None or code not in table.row_ids:
        return None
    column = table.by_id[item.column.id]
    content = to_content(former.results.value(table, column, code), column.kind)
    return Edit(cell.sheet, cell.cell, None if content == "" else content, "前年の取込")


def _former_table(former: Master, item: SurveyItem) -> Table | None:
    """The table of last year's master that asked for the same."""
    table = former.report.tables_by_id.get(item.table.id)
    return table if table and item.column.id in table.by_id else None


def _unknown(item: SurveyItem) -> Finding:
    message = (
        f"{item.table.title}「{item.label.plain}」: 前年のマスターにないため、前年の値は空欄のままです。"
    )
    return Finding("no_previous", Severity.INFO, message, PREVIOUS_SHEET)


def _unusable(file: Path, message: str) -> InputError:
    return InputError(Problem(message, Place(file=file.name)))
