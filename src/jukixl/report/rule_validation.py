"""What the rules of a definition may be applied to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jukixl.errors import Place, Problem
from jukixl.report.expression import Cell
from jukixl.report.expression_validation import ExpressionScope, Role
from jukixl.report.model import Kind, Report, Table, Total
from jukixl.report.rules import (
    Cumulative,
    Difference,
    Distinct,
    Equal,
    Order,
    Outlier,
    OverLimit,
    Rule,
    Since,
)

_COUNTS = (Kind.COUNT,)
_RATES = (Kind.RATE, Kind.POINTS)


def validate_rule(report: Report, table: Table, rule: Rule, where: str) -> Iterator[Problem]:
    """Every mistake of one rule; `where` is its key."""
    match rule:
        case Order():
            yield from _columns(table, rule.columns, _COUNTS, f"{where}.columns")
            if len(rule.columns) < 2:
                yield _problem(f"{where}.columns", "比べる列を二つ以上書いてください。")
        case OverLimit():
            yield from _columns(table, rule.columns, _RATES, f"{where}.columns")
        case Difference():
            for key in ("change", "minuend", "subtrahend"):
                yield from _columns(table, [getattr(rule, key)], _RATES, f"{where}.{key}")
        case Outlier():
            yield from _columns(table, rule.columns, (Kind.RATE,), f"{where}.columns")
            yield from _with_ratio(table, rule.columns, f"{where}.columns")
        case Distinct():
            yield from _columns(table, rule.columns, _COUNTS, f"{where}.columns")
            yield from _same_rows(report, table, rule.other, rule.columns, f"{where}.other")
        case Since():
            yield from _columns(table, rule.columns, _COUNTS, f"{where}.columns")
            yield from _since(report, rule, where)
        case Cumulative():
            yield from _cumulative(report, table, rule, where)
        case Equal():
            yield from _equal(report, table, rule, where)


def _problem(key: str, message: str) -> Problem:
    return Problem(message, Place(key=key))


def _columns(table: Table, columns: Iterable[str], kinds: tuple[Kind, ...], where: str) -> Iterator[Problem]:
    for name in columns:
        if name not in table.by_id:
            known = "、".join(table.by_id)
            yield _problem(where, f"表「{table.id}」に列「{name}」はありません。ある列: {known}。")
        elif table.by_id[name].kind not in kinds:
            allowed = "、".join(kinds)
            yield _problem(
                where, f"列「{name}」は {table.by_id[name].kind} です。使えるのは {allowed} の列です。"
            )


def _cumulative(report: Report, table: Table, rule: Cumulative, where: str) -> Iterator[Problem]:
    yield from _columns(table, rule.columns, _COUNTS, f"{where}.columns")
    for key, name in (("previous", rule.previous), ("annual", rule.annual)):
        yield from _same_rows(report, table, name, rule.columns, f"{where}.{key}")


def _same_rows(
    report: Report, table: Table, name: str, columns: Iterable[str], where: str
) -> Iterator[Problem]:
    """Another table must have the same rows, and these columns of counts."""
    other = report.tables_by_id.get(name)
    if other is None:
        yield _problem(where, f"表「{name}」はありません。ある表: {'、'.join(report.tables_by_id)}。")
    elif other.row_ids != table.row_ids:
        yield _problem(where, f"表「{name}」の行が、この表と同じではありません。")
    else:
        yield from _columns(other, columns, _COUNTS, f"{where.rpartition('.')[0]}.columns")


def _since(report: Report, rule: Since, where: str) -> Iterator[Problem]:
    try:
        _ = rule.first_day
    except ValueError:
        yield _problem(
            f"{where}.start", f"「{rule.start}」は日付ではありません。2024-05-27 のように書いてください。"
        )
    setting = report.settings_by_id.get(rule.as_of)
    if setting is None or setting.kind is not Kind.DATE:
        dates = "、".join(one.id for one in report.settings if one.kind is Kind.DATE)
        yield _problem(f"{where}.as_of", f"日付の設定「{rule.as_of}」はありません。あるもの: {dates}。")


def _with_ratio(table: Table, columns: Iterable[str], where: str) -> Iterator[Problem]:
    for name in columns:
        if name in table.by_id and table.by_id[name].total is not Total.RATIO:
            yield _problem(
                where, f'列「{name}」には合計の率がありません。total = "ratio" の列を書いてください。'
            )


def _equal(report: Report, table: Table, rule: Equal, where: str) -> Iterator[Problem]:
    for key, side in (("left", rule.left), ("right", rule.right)):
        yield from ExpressionScope(report, None, Role.SINGLE, f"{where}.{key}").problems(side, Kind.COUNT)
    left = rule.left.node
    if not isinstance(left, Cell) or left.table != table.id:
        example = f'{table.id}.列["行"] か {table.id}.列.total'
        yield _problem(f"{where}.left", f"この表の一つのセルでなければなりません。例 {example}。")
