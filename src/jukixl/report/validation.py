"""What the types alone cannot say of a definition: ids, references between tables, sums of the right things."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from jukixl.errors import Place, Problem
from jukixl.report.expression import TOTAL_ROW, Call, Cell, Expression, Name, iter_nodes
from jukixl.report.model import Annex, Block, Column, Fill, Kind, Paragraph, Report, Table, TableKind, Total
from jukixl.report.rules import Cumulative, Difference, Equal, Order, OverLimit, Rule
from jukixl.report.text import Text

_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ROW_ID = re.compile(r"[a-z0-9_]{1,20}")
_FORBIDDEN_IN_SHEET = re.compile(r"[\[\]:*?/\\']")
DATE_FORMS = {
    Kind.DATE: ("long", "short", "month", "year"),
    Kind.MONTH: ("month", "year"),
}
"""The forms that `{figure:form}` allows, by the figure's kind; the first is the usual one."""


def validate_report(report: Report) -> Iterator[Problem]:
    """Every mistake that needs more than one key to see."""
    yield from _validate_ids(report)
    for table in report.tables:
        yield from _validate_table(report, table)
    for figure in report.figures:
        yield from _validate_expression(report, None, figure.value, f"figures.{figure.id}.value")
    for block in report.document:
        yield from _validate_block(report, block)


def _problem(key: str, message: str) -> Problem:
    return Problem(message, Place(key=key))


def _validate_ids(report: Report) -> Iterator[Problem]:
    for section, ids in (
        ("figures", [figure.id for figure in report.figures]),
        ("row_masters", [master.id for master in report.row_masters]),
        ("tables", [table.id for table in report.tables]),
    ):
        yield from _validate_id_list(section, ids)
    for master in report.row_masters:
        for bad in [row for row in master.ids if not _ROW_ID.fullmatch(row)]:
            yield _problem(
                f"row_masters.{master.id}", f"行の識別子「{bad}」は使えません。英小文字、数字、_ で20字まで。"
            )
        yield from _repeated(f"row_masters.{master.id}", master.ids)
    yield from _repeated("tables の sheet", [table.sheet for table in report.tables])
    kinds = {table.rows.id for table in report.tables if table.kind is TableKind.MUNICIPALITY and table.rows}
    if len(kinds) > 1:
        yield _problem(
            "tables", f"市町村別の表の rows は一つでなければなりません。今: {'、'.join(sorted(kinds))}。"
        )


def _validate_id_list(section: str, ids: list[str]) -> Iterator[Problem]:
    for bad in [one for one in ids if not _ID.fullmatch(one)]:
        yield _problem(f"{section}.{bad}", "識別子は英小文字で始め、英小文字、数字、_ で40字までです。")
    yield from _repeated(section, ids)


def _repeated(where: str, names: Iterable[str]) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield _problem(where, f"「{name}」が {times} 回あります。一度だけ使えます。")


def _validate_table(report: Report, table: Table) -> Iterator[Problem]:
    where = f"tables.{table.id}"
    if not 1 <= len(table.sheet) <= 31 or _FORBIDDEN_IN_SHEET.search(table.sheet):
        yield _problem(f"{where}.sheet", "シート名は31字まで、[ ] : * ? / \\ ' は使えません。")
    if table.rows is None and table.kind is not TableKind.LOG:
        yield _problem(f"{where}.rows", f'kind = "{table.kind}" の表には rows が必要です。')
    if table.has_open_rows and not table.row_ids:
        yield _problem(f"{where}.spare", "行を書き足せる表には spare（予備の行数）が必要です。")
    yield from _validate_id_list(f"{where}.columns", [column.id for column in table.columns])
    for column in table.columns:
        yield from _validate_column(report, table, column)
    for number, note in enumerate(table.notes, 1):
        yield from _validate_text(report, note.text, f"{where}.notes.{number}.text")
        if note.when:
            yield from _validate_expression(report, table, note.when, f"{where}.notes.{number}.when")
    if table.caption:
        yield from _validate_text(report, table.caption, f"{where}.caption")
    for number, rule in enumerate(table.rules, 1):
        yield from _validate_rule(report, table, rule, f"{where}.rules.{number}")


def _validate_column(report: Report, table: Table, column: Column) -> Iterator[Problem]:
    where = f"tables.{table.id}.columns.{column.id}"
    if (column.fill is None) == (column.value is None):
        yield _problem(
            where, "fill（だれが記入するか）と value（計算式）のどちらか一方だけを書いてください。"
        )
    if column.fill is Fill.ROWS and (table.rows is None or column.id not in table.rows.columns):
        known = "、".join(table.rows.columns) if table.rows else "なし"
        yield _problem(f"{where}.fill", f"行の一覧に「{column.id}」列がありません。ある列: {known}。")
    if column.fill is Fill.MUNICIPALITY and table.kind is not TableKind.MUNICIPALITY:
        yield _problem(f"{where}.fill", 'fill = "municipality" は kind = "municipality" の表でだけ使えます。')
    if column.total is Total.RATIO and not (column.value and column.kind.is_rounded):
        yield _problem(f"{where}.total", 'total = "ratio" は計算する率の列でだけ使えます。')
    if column.total is Total.SUM and column.kind is not Kind.COUNT:
        yield _problem(f"{where}.total", f"合計できるのは count の列だけです。この列は {column.kind} です。")
    if column.value:
        yield from _validate_expression(report, table, column.value, f"{where}.value")
        yield from _validate_single_rounding(report, table, column, where)
    yield from _validate_text(report, column.title, f"{where}.title")
    if column.group:
        yield from _validate_text(report, column.group, f"{where}.group")


def _validate_single_rounding(report: Report, table: Table, column: Column, where: str) -> Iterator[Problem]:
    """A rate cell is already rounded, so nothing may be computed from one: rates come from counts."""
    assert column.value is not None
    for operand in column.value.operands:
        source = find_column(report, table, operand)
        if source is not None and source.kind.is_rounded:
            yield _problem(
                f"{where}.value",
                f"「{source.id}」は丸めた率です。率は件数から計算してください（二重の四捨五入になります）。",
            )


def find_column(report: Report, table: Table | None, operand: Name | Cell) -> Column | None:
    """The column that an operand means; None where it means a figure or nothing."""
    if isinstance(operand, Cell):
        other = report.tables_by_id.get(operand.table)
        return other.by_id.get(operand.column) if other else None
    return table.by_id.get(operand.id) if table else None


def _validate_expression(
    report: Report, table: Table | None, expression: Expression, where: str
) -> Iterator[Problem]:
    for node in iter_nodes(expression.node):
        if isinstance(node, Name):
            yield from _validate_name(report, table, node, where)
        elif isinstance(node, Cell):
            yield from _validate_cell(report, table, node, where, inside_call=_is_in_call(expression, node))


def _is_in_call(expression: Expression, node: Cell) -> bool:
    return any(isinstance(call, Call) and node in iter_nodes(call) for call in iter_nodes(expression.node))


def _validate_name(report: Report, table: Table | None, node: Name, where: str) -> Iterator[Problem]:
    columns = [*table.by_id, *{column.series for column in table.columns if column.series}] if table else []
    if node.id not in columns and node.id not in report.settings_by_id:
        known = "、".join([*columns, *report.settings_by_id])
        yield _problem(where, f"「{node.id}」はありません。使える列・設定: {known}。")


def _validate_cell(
    report: Report, table: Table | None, node: Cell, where: str, *, inside_call: bool
) -> Iterator[Problem]:
    other = report.tables_by_id.get(node.table)
    if other is None:
        yield _problem(where, f"表「{node.table}」はありません。ある表: {'、'.join(report.tables_by_id)}。")
    elif node.column not in other.by_id:
        yield _problem(
            where, f"表「{node.table}」に列「{node.column}」はありません。ある列: {'、'.join(other.by_id)}。"
        )
    elif node.row == TOTAL_ROW and (not other.has_total() or other.by_id[node.column].total is Total.NONE):
        yield _problem(where, f"表「{node.table}」の「{node.column}」には合計がありません。")
    elif node.row not in (None, TOTAL_ROW) and node.row not in other.row_ids:
        yield _problem(where, f"表「{node.table}」に行「{node.row}」はありません。")
    elif node.row is None and not inside_call and (table is None or table.rows is not other.rows):
        yield _problem(
            where, f'「{node.table}.{node.column}」は行が決まりません。.total か ["行"] を付けてください。'
        )


def _validate_text(report: Report, text: Text, where: str) -> Iterator[Problem]:
    for part in text.placeholders:
        figure = report.figures_by_id.get(part.figure)
        if figure is None:
            yield _problem(
                where, f"数値「{part.figure}」はありません。あるもの: {'、'.join(report.figures_by_id)}。"
            )
        elif part.form is not None and part.form not in DATE_FORMS.get(figure.kind, ()):
            allowed = "、".join(DATE_FORMS.get(figure.kind, ())) or "なし"
            yield _problem(where, f"「{part.figure}」に「:{part.form}」は使えません。使えるもの: {allowed}。")


def _validate_block(report: Report, block: Block) -> Iterator[Problem]:
    where = f"document.{type(block).__name__.lower()}"
    for name in block.__dataclass_fields__:
        value = getattr(block, name)
        if isinstance(value, Text):
            yield from _validate_text(report, value, f"{where}.{name}")
    labels = [other.label for other in report.document if isinstance(other, Annex)]
    if isinstance(block, Paragraph) and block.annex is not None and block.annex not in labels:
        yield _problem(
            f"{where}.annex", f"別紙「{block.annex}」はありません。あるもの: {'、'.join(labels)}。"
        )
    if isinstance(block, Annex):
        for table in block.tables:
            if table not in report.tables_by_id:
                yield _problem(
                    f"{where}.tables",
                    f"表「{table}」はありません。ある表: {'、'.join(report.tables_by_id)}。",
                )


def _validate_rule(report: Report, table: Table, rule: Rule, where: str) -> Iterator[Problem]:
    checks: dict[type[Rule], Callable[[], Iterator[Problem]]] = {
        Order: lambda: _columns_exist(table, getattr(rule, "columns", ()), f"{where}.columns"),
        OverLimit: lambda: _columns_exist(table, getattr(rule, "columns", ()), f"{where}.columns"),
    }
    if type(rule) in checks:
        yield from checks[type(rule)]()
    elif isinstance(rule, Equal):
        yield from _validate_expression(report, None, rule.left, f"{where}.left")
        yield from _validate_expression(report, None, rule.right, f"{where}.right")
    elif isinstance(rule, Cumulative):
        for name in (rule.previous, rule.annual):
            other = report.tables_by_id.get(name)
            if other is None or other.rows is not table.rows:
                yield _problem(where, f"表「{name}」がないか、行がこの表と同じではありません。")
            else:
                yield from _columns_exist(other, rule.columns, f"{where}.columns")
        yield from _columns_exist(table, rule.columns, f"{where}.columns")
    elif isinstance(rule, Difference):
        yield from _columns_exist(table, (rule.change, rule.minuend, rule.subtrahend), where)


def _columns_exist(table: Table, columns: Iterable[str], where: str) -> Iterator[Problem]:
    for column in columns:
        if column not in table.by_id:
            yield _problem(
                where, f"表「{table.id}」に列「{column}」はありません。ある列: {'、'.join(table.by_id)}。"
            )
