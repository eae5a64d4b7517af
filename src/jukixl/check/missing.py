"""Inputs that nobody filled in yet."""

from __future__ import annotations

from collections.abc import Iterator

from jukixl.check.rules import Context
from jukixl.figures import Missing
from jukixl.findings import Described, Finding, Severity
from jukixl.report.model import Column, Fill, Table, TableKind
from jukixl.workbook import names
from jukixl.workbook.expected import row_label
from jukixl.workbook.inputs import input_name

CODES = (
    Described(
        "missing",
        (Severity.ERROR, Severity.WARNING),
        "必須の設定、市町村の回答、表の値が入力されていない",
        "入力する。市町村の回答なら、調査票を返送してもらい取り込む。",
    ),
)


def check_missing(context: Context) -> Iterator[Finding]:
    """One finding for each empty input that is required: settings, then tables in order."""
    yield from check_settings(context)
    for table in context.results.report.tables:
        yield from _check_table(context, table)


def check_settings(context: Context) -> Iterator[Finding]:
    """One finding for each required setting that is empty."""
    for setting in context.results.report.settings:
        value = context.results.inputs.settings.get(setting.id, Missing.NOT_FILLED)
        if setting.required and value is Missing.NOT_FILLED:
            area = context.snapshot.names.get(names.setting_name(setting.id))
            place = (area.sheet, area.first) if area else (None, None)  # a lost name is a finding of its own
            message = f"設定「{setting.label}」が入力されていません。{setting.prompt}"
            yield Finding("missing", Severity.ERROR, message, *place)


def _check_table(context: Context, table: Table) -> Iterator[Finding]:
    columns = [column for column in table.input_columns if column.required]
    for row in context.results.rows(table):
        is_remainder = _is_remainder(context, table, row)
        for column in columns:
            if is_remainder and not column.kind.is_number:
                continue
            if context.results.value(table, column, row) is Missing.NOT_FILLED:
                yield _finding(context, table, column, row)
    if table.has_open_rows and table.rows is not None and not context.results.rows(table):
        message = f"「{table.title}」に行が一つもありません。別紙の取込を実行してください。"
        yield Finding("missing", Severity.ERROR, message, table.sheet)


def _is_remainder(context: Context, table: Table, row: str) -> bool:
    """Whether a row holds what is missing from a printed total: it has no texts of its own."""
    if table.remainder is None:
        return False
    values = (context.results.value(table, column, row) for column in table.columns)
    return table.remainder in values


def _finding(context: Context, table: Table, column: Column, row: str) -> Finding:
    name = input_name(table, column, row)
    area = context.snapshot.names.get(name)
    sheet, cell = (area.sheet, area.first) if area else (table.sheet, None)
    who = "市町村の回答" if column.fill is Fill.MUNICIPALITY else "値"
    message = f"{table.title} {row_label(table, row)}「{column.title.plain}」: {who}が入力されていません。"
    municipality = row if table.kind is TableKind.MUNICIPALITY else None
    return Finding("missing", column.missing, message, sheet, cell, municipality=municipality)
