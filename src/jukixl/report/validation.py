"""What the types alone cannot say of a definition: ids, references between tables, sums of the right things."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from keyword import iskeyword

from jukixl.codes import MunicipalityCode
from jukixl.errors import InputError, Place, Problem
from jukixl.report.expression import TOTAL_ROW
from jukixl.report.expression_validation import ExpressionScope, Role, find_cycle, find_source
from jukixl.report.model import (
    Column,
    Fill,
    Kind,
    Report,
    RowMaster,
    Setting,
    Table,
    TableKind,
    Total,
)
from jukixl.report.reading import read_text
from jukixl.report.rule_validation import validate_rule
from jukixl.report.sources import MAIN_FILE
from jukixl.report.text_validation import ID, validate_block, validate_choices, validate_text

_ROW_ID = re.compile(r"[a-z0-9_]{1,20}")
_FORBIDDEN_IN_SHEET = re.compile(r"[\[\]:*?/\\']")
_SHEET_LENGTH = 31
RESERVED_SHEETS = ("設定", "提出状況", "本文", "検算", "前年", "理由", "_jukixl")
"""Sheets that every master has."""
RESERVED_TABLES = (
    *("title", "input", "setting", "shown", "figure", "text", "status", "rule", "form"),
    *("check", "contact", "previous", "reason"),
)
"""First parts of the cell names that mean something else than a table."""
RESERVED_COLUMN = "table"
"""`annex5.table` is the name of a whole table."""


def validate_report(report: Report) -> Iterator[Problem]:
    """Every mistake that needs more than one key to see; `Problem.place.key` says where, blocks by number from 1."""
    yield from _validate_ids(report)
    yield from _validate_sheets(report)
    yield from _validate_municipalities(report)
    for setting in report.settings:
        yield from _validate_default(setting)
    yield from _validate_digits(report)
    for table in report.tables:
        yield from _validate_table(report, table)
    for figure in report.figures:
        if (
            figure.id in report.settings_by_id
        ):  # its expression is the setting's id, which was checked as such
            continue
        where = f"figures.{figure.id}.value"
        yield from ExpressionScope(report, None, Role.SINGLE, where).problems(figure.value, figure.kind)
    yield from _validate_cycle(report)
    for number, block in enumerate(report.document, 1):
        yield from validate_block(report, block, f"document.{number}")
    yield from validate_choices(report)


def _problem(key: str, message: str) -> Problem:
    return Problem(message, Place(key=key))


def _validate_default(setting: Setting) -> Iterator[Problem]:
    try:
        problem = read_text(setting.default, setting.kind).problem if setting.default else None
    except InputError as error:
        problem = str(error)
    if problem:
        yield _problem(f"settings.{setting.id}.default", problem)


def _validate_digits(report: Report) -> Iterator[Problem]:
    """How numbers are set is chosen once, by a setting, and is no value of its own."""
    chosen = report.digits_setting
    if chosen is not None and chosen.default != report.digits.label:
        yield _problem(
            f"settings.{chosen.id}.default", f"ここには書かず、{MAIN_FILE} の digits に書いてください。"
        )
    for setting in report.settings:
        if setting.kind is Kind.DIGITS and chosen is not None and setting is not chosen:
            message = f'kind = "{Kind.DIGITS}" の設定は一つだけです。ほかに「{chosen.id}」があります。'
            yield _problem(f"settings.{setting.id}.kind", message)
    kinds = {
        f"tables.{table.id}.columns.{one.id}": one.kind for table in report.tables for one in table.columns
    }
    kinds |= {f"figures.{one.id}": one.kind for one in report.figures if one.id not in report.settings_by_id}
    for where in (where for where, kind in kinds.items() if kind is Kind.DIGITS):
        yield _problem(f"{where}.kind", f"「{Kind.DIGITS}」は [[settings]] でだけ使えます。")


def _validate_ids(report: Report) -> Iterator[Problem]:
    for section, ids in (
        ("figures", [figure.id for figure in report.figures]),
        ("row_masters", [master.id for master in report.row_masters]),
        ("tables", [table.id for table in report.tables]),
    ):
        yield from _validate_id_list(section, ids)
    for table in report.tables:
        if table.id in RESERVED_TABLES:
            yield _problem(
                f"tables.{table.id}", f"この識別子は使えません。使えないもの: {'、'.join(RESERVED_TABLES)}。"
            )
    for master in report.row_masters:
        where = f"row_masters.{master.id}"
        for bad in [row for row in master.ids if not _ROW_ID.fullmatch(row) or row == TOTAL_ROW]:
            yield _problem(
                where, f"行の識別子「{bad}」は使えません。英小文字、数字、_ で20字まで（total を除く）。"
            )
        yield from _repeated(where, master.ids)


def _validate_sheets(report: Report) -> Iterator[Problem]:
    taken: Counter[str] = Counter(table.sheet.casefold() for table in report.tables)
    taken += Counter(sheet.casefold() for sheet in RESERVED_SHEETS)
    taken += Counter(name.casefold() for name in _municipality_names(report))
    for table in report.tables:
        where = f"tables.{table.id}.sheet"
        if not _is_sheet_name(table.sheet):
            yield _problem(where, "シート名は1字から31字まで、[ ] : * ? / \\ ' は使えません。")
        if taken[table.sheet.casefold()] > 1:
            used = "、".join(RESERVED_SHEETS)
            yield _problem(
                where,
                f"シート名「{table.sheet}」は別のシートと同じです。別の表、市町村名、{used} とは変えてください。",
            )


def _is_sheet_name(name: str) -> bool:
    return 1 <= len(name) <= _SHEET_LENGTH and not _FORBIDDEN_IN_SHEET.search(name)


def _municipality_names(report: Report) -> list[str]:
    """The names of the municipalities, which become sheets: the second column of their row master."""
    master = report.municipalities
    if master is None or len(master.columns) < 2:
        return []
    return [record[master.columns[1]] for record in master.records]


def _validate_municipalities(report: Report) -> Iterator[Problem]:
    masters = {
        table.rows.id: table.rows
        for table in report.tables
        if table.kind is TableKind.MUNICIPALITY and table.rows
    }
    if len(masters) > 1:
        yield _problem(
            "tables", f"市町村別の表の rows は一つでなければなりません。今: {'、'.join(sorted(masters))}。"
        )
    for master in masters.values():
        where = f"row_masters.{master.id}"
        yield from (_problem(where, message) for message in _wrong_codes(master))
        if len(master.columns) < 2:
            yield _problem(where, f"二つ目の列に市町村名が必要です。今の列: {'、'.join(master.columns)}。")
    where = f"row_masters.{report.municipalities.id}" if report.municipalities else ""
    municipalities = _municipality_names(report)
    yield from _repeated(where, municipalities)
    for name in municipalities:
        if not _is_sheet_name(name):
            yield _problem(
                where,
                f"市町村名「{name}」はシート名になりません。1字から31字まで、[ ] : * ? / \\ ' は使えません。",
            )


def _wrong_codes(master: RowMaster) -> Iterator[str]:
    for row in master.ids:
        try:
            MunicipalityCode(row)
        except InputError as error:
            yield str(error)


def _validate_cycle(report: Report) -> Iterator[Problem]:
    if cycle := find_cycle(report):
        table, _, column = cycle[0].partition(".")
        path = " → ".join([*cycle, cycle[0]])
        yield _problem(f"tables.{table}.columns.{column}.value", f"計算が循環しています: {path}。")


def _validate_id_list(section: str, ids: list[str]) -> Iterator[Problem]:
    for bad in [one for one in ids if not ID.fullmatch(one) or iskeyword(one)]:
        yield _problem(
            f"{section}.{bad}",
            "識別子は英小文字で始め、英小文字、数字、_ で40字までです（if など Python の予約語を除く）。",
        )
    yield from _repeated(section, ids)


def _repeated(where: str, names: Iterable[str]) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield _problem(f"{where}.{name}", f"「{name}」が {times} 回あります。一度だけ使えます。")


def _validate_table(report: Report, table: Table) -> Iterator[Problem]:
    where = f"tables.{table.id}"
    yield from _validate_rows(table, where)
    yield from _validate_id_list(f"{where}.columns", [column.id for column in table.columns])
    for column in table.columns:
        yield from _validate_column(report, table, column)
    for number, note in enumerate(table.notes, 1):
        yield from validate_text(report, note.text, f"{where}.notes.{number}.text")
        if note.when:
            scope = ExpressionScope(report, table, Role.CONDITION, f"{where}.notes.{number}.when")
            yield from scope.problems(note.when)
    if table.caption:
        yield from validate_text(report, table.caption, f"{where}.caption")
    for number, rule in enumerate(table.rules, 1):
        yield from validate_rule(report, table, rule, f"{where}.rules.{number}")


def _validate_rows(table: Table, where: str) -> Iterator[Problem]:
    if not table.columns:
        yield _problem(f"{where}.columns", "列が一つもありません。")
    if table.rows is None and table.kind is not TableKind.LOG:
        yield _problem(f"{where}.rows", f'kind = "{table.kind}" の表には rows が必要です。')
    if table.rows is not None and table.kind is TableKind.LOG:
        yield _problem(f"{where}.rows", 'kind = "log" の表に rows は使えません。行は spare で用意します。')
    if table.has_open_rows and not table.row_ids:
        yield _problem(f"{where}.spare", "行を書き足せる表には spare（予備の行数）が必要です。")
    if table.spare < 0 or (table.spare and not table.has_open_rows):
        yield _problem(
            f"{where}.spare", 'spare（0以上の予備の行数）は kind = "list" と "log" の表でだけ使えます。'
        )
    if not table.has_total() and any(column.total is not Total.NONE for column in table.columns):
        yield _problem(
            f"{where}.total_label", "total のある列があるので、合計の行の見出し total_label が必要です。"
        )
    if table.columns_filled_by(Fill.PREFECTURE) and not table.key_columns:
        yield _problem(f"{where}.columns", '行を見分ける列（fill = "rows" か key = true）が必要です。')


def _validate_column(report: Report, table: Table, column: Column) -> Iterator[Problem]:
    where = f"tables.{table.id}.columns.{column.id}"
    if column.id == RESERVED_COLUMN:
        yield _problem(where, f"列の識別子に「{RESERVED_COLUMN}」は使えません。")
    if column.width <= 0:
        yield _problem(f"{where}.width", "正の数でなければなりません。")
    if column.change_limit is not None:
        yield from _validate_change_limit(column, f"{where}.change_limit")
    yield from _validate_fill(table, column, where)
    yield from _validate_total(report, table, column, f"{where}.total")
    if column.value:
        scope = ExpressionScope(report, table, Role.COLUMN, f"{where}.value")
        yield from scope.problems(column.value, column.kind)
    yield from validate_text(report, column.title, f"{where}.title")
    if column.group:
        yield from validate_text(report, column.group, f"{where}.group")


def _validate_change_limit(column: Column, where: str) -> Iterator[Problem]:
    if column.change_limit is not None and column.change_limit <= 0:
        yield _problem(where, "正の整数（%）でなければなりません。")
    if column.kind is not Kind.COUNT or column.fill is not Fill.MUNICIPALITY:
        yield _problem(where, 'change_limit は fill = "municipality" の count の列でだけ使えます。')


def _validate_fill(table: Table, column: Column, where: str) -> Iterator[Problem]:
    if (column.fill is None) == (column.value is None):
        yield _problem(
            where, "fill（だれが記入するか）と value（計算式）のどちらか一方だけを書いてください。"
        )
    if column.fill is Fill.ROWS and (table.rows is None or column.id not in table.rows.columns):
        known = "、".join(table.rows.columns) if table.rows else "なし"
        yield _problem(f"{where}.fill", f"行の一覧に「{column.id}」列がありません。ある列: {known}。")
    if column.fill is Fill.ROWS and table.has_open_rows:
        yield _problem(f"{where}.fill", '行を書き足せる表の列は fill = "prefecture" にしてください。')
    if column.fill is Fill.MUNICIPALITY and table.kind is not TableKind.MUNICIPALITY:
        yield _problem(f"{where}.fill", 'fill = "municipality" は kind = "municipality" の表でだけ使えます。')


def _validate_total(report: Report, table: Table, column: Column, where: str) -> Iterator[Problem]:
    if column.total is Total.SUM and column.kind is not Kind.COUNT:
        yield _problem(where, f"合計できるのは count の列だけです。この列は {column.kind} です。")
    if column.total is not Total.RATIO:
        return
    if not (column.value and column.kind.is_rounded):
        yield _problem(where, 'total = "ratio" は計算する率の列でだけ使えます。')
        return
    for operand in column.value.operands:
        source = find_source(report, table, operand)
        if isinstance(source, Column) and source.total is Total.NONE:
            yield _problem(where, f"「{source.id}」に合計がないので、合計の率を計算できません。")
