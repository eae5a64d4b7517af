"""Answers against last year's: what changed beyond the declared limit is a slipped digit, or needs a reason."""

from __future__ import annotations

from collections.abc import Iterator

from jukixl.check.digits import find_slip, is_within
from jukixl.figures import format_count
from jukixl.findings import Described, Finding, Severity
from jukixl.report.model import Column, Table
from jukixl.workbook import names
from jukixl.workbook.expected import row_label
from jukixl.workbook.master import Master
from jukixl.workbook.matrix import REASONS_RANGE, read_matrix
from jukixl.workbook.previous import Previous, read_previous

CODES = (
    Described(
        "digits",
        (Severity.WARNING,),
        "前年から大きく離れ、桁の誤り（10倍、10分の1、余分な字、抜け、入れ替わり）と見られる",
        "市町村に確かめ、誤りなら調査票を直してもらう。",
    ),
    Described(
        "change",
        (Severity.WARNING,),
        "前年からの増減が、列に決めた限度を超えている",
        "「理由」シートに理由を入力するか、市町村に確かめる。",
    ),
)


def check_changes(master: Master) -> Iterator[Finding]:
    """One finding for each answer that is further from last year's than its column allows.

    Nothing where the municipality gave its reason (sheet 理由).
    """
    limited = {
        f"{table.id}.{column.id}": (table, column)
        for table in master.report.survey_tables
        for column in table.columns
        if column.change_limit is not None
    }
    known = read_previous(master, limited) if limited else {}
    if not any(known.values()):
        return
    reasons = {key for key, cell in read_matrix(master.snapshot, REASONS_RANGE).items() if cell.value}
    for key, (table, column) in limited.items():
        for code in table.row_ids:
            finding = _compare(master, table, column, code, known.get(code, {}))
            if finding and (code, key) not in reasons:
                yield finding


def _compare(master: Master, table: Table, column: Column, code: str, known: Previous) -> Finding | None:
    now, before = master.results.value(table, column, code), known.get((table.id, column.id))
    limit = column.change_limit
    if not isinstance(now, int) or not isinstance(before, int) or limit is None:
        return None
    if before <= 0 or is_within(now, before, limit):
        return None
    shown, former = format_count(now), format_count(before)
    what = f"{table.title} {row_label(table, code)}「{column.title.plain}」: {shown} は、前年の {former} から"
    suspicion = find_slip(now, before, limit)
    if suspicion:
        meant = f"（{format_count(suspicion.meant)} ではありませんか）" if suspicion.meant else ""
        message = f"{what}大きく離れています。{suspicion.slip.explanation}のようです{meant}。市町村に確認してください。"
        return _finding(master, "digits", message, table, column, code)
    message = f"{what} {limit}% を超えて変わっています。「理由」シートに理由を入力するか、市町村に確認してください。"
    return _finding(master, "change", message, table, column, code)


def _finding(
    master: Master, code: str, message: str, table: Table, column: Column, municipality: str
) -> Finding:
    area = master.snapshot.names.get(names.survey_name(table.id, column.id, municipality))
    sheet, cell = (area.sheet, area.first) if area else (table.sheet, None)
    return Finding(code, Severity.WARNING, message, sheet, cell, municipality=municipality)
