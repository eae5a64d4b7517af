"""Last year's answers, as a master has them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from jukixl.errors import Place, Problem
from jukixl.figures import Missing
from jukixl.report.model import Kind
from jukixl.report.rules import Cumulative
from jukixl.report.values import Value
from jukixl.workbook.inputs import read_value
from jukixl.workbook.layout import Layout, SurveyItem
from jukixl.workbook.master import Master
from jukixl.workbook.matrix import PREVIOUS_RANGE, MatrixCell, read_matrix

Previous = dict[tuple[str, str], Value]
"""Last year's answers of one municipality by (table, column); what isn't known is left out."""


def read_previous(master: Master, keys: Container[str] | None = None) -> dict[str, Previous]:
    """Last year's answers by municipality; with `keys` (`annex5.sent`) only those.

    From sheet 前年; where that is empty, what a table adds this year to is last year's total (rule `cumulative`).
    """
    layout = Layout(master.report)
    cells = read_matrix(master.snapshot, PREVIOUS_RANGE)
    items = [item for item in layout.survey_items if keys is None or item.key in keys]
    return {code: dict(_iter_previous(master, items, cells, code)) for code in layout.municipalities.ids}


def _iter_previous(
    master: Master, items: Iterable[SurveyItem], cells: Mapping[tuple[str, str], MatrixCell], code: str
) -> Iterator[tuple[tuple[str, str], Value]]:
    for item in items:
        cell = cells.get((code, item.key))
        typed = read_value(cell.value if cell else None, item.column.kind, date1904=master.snapshot.date1904)
        value = typed.value
        if value is Missing.NOT_FILLED:
            value = _carried_over(master, item, code)
        if value is not Missing.NOT_FILLED:
            yield (item.table.id, item.column.id), value


def iter_unreadable(master: Master) -> Iterator[Problem]:
    """What is typed on sheet 前年 and can't be read: it must not be taken for nothing."""
    kinds = {item.key: (item.label.plain, item.column.kind) for item in Layout(master.report).survey_items}
    for (_, key), cell in read_matrix(master.snapshot, PREVIOUS_RANGE).items():
        label, kind = kinds.get(key, (key, Kind.TEXT))
        problem = read_value(cell.value, kind, date1904=master.snapshot.date1904).problem
        if problem:
            place = Place(file=master.snapshot.name, sheet=cell.sheet, cell=cell.cell)
            yield Problem(f"「{label}」: {problem}", place)


def _carried_over(master: Master, item: SurveyItem, code: str) -> Value:
    for rule in item.table.rules:
        if isinstance(rule, Cumulative) and item.column.id in rule.columns:
            previous = master.report.tables_by_id[rule.previous]
            return master.results.value(previous, previous.by_id[item.column.id], code)
    return Missing.NOT_FILLED
