"""What the peers' scripts share: the workbook's cells, the check, and what goes into the Word template.

A peer does only what is its own: reading forms, writing the master, recalculating, reading values back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

FORM_CODE = ("_jukixl", "B2")
CARDS = {"annex5": "population", "annex5_reference": "population_reference"}
NEIGHBOURS = {"annex5_neighbours": "annex5", "annex5_neighbours_reference": "annex5_reference"}
ORDER = ("delivered", "preset", "sent", "applications")
CARD_RATES = {
    "application_rate": ("applications", "population"),
    "sent_rate": ("sent", "applications"),
    "preset_rate": ("preset", "applications"),
    "delivered_per_application": ("delivered", "applications"),
    "delivered_per_preset": ("delivered", "preset"),
}
NEIGHBOUR_RATES = {
    "application_rate": ("applications", "population"),
    "delivered_rate": ("delivered", "population"),
}
REMAINDER = "(判読不能分)"

Read = Callable[[str, str], Any]
"""(sheet, A1) → the value of a cell after recalculation; None or "" where there is none."""


@dataclass
class Table:
    """A table as read from the recalculated master: rows by column, the total row, what kind each column is."""

    kinds: dict[str, str]
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    total: dict[str, Any] = field(default_factory=dict)


class Job:
    """The arguments every peer gets, and the cells of the workbooks."""

    def __init__(self, master: str, forms: str, out: str, inputs: str) -> None:
        self.master, self.out, self.inputs = Path(master), Path(out), Path(inputs)
        self.forms = sorted(Path(forms).glob("*.xlsx"))
        self.cells = json.loads((self.inputs / "cells.json").read_text(encoding="utf-8"))

    def edits(self, read: Callable[[Path], tuple[str, Read]]) -> Iterator[tuple[str, str, Any]]:
        """(sheet, cell, value) for the master; `read` opens a form and returns its municipality and cells."""
        for path in self.forms:
            code, cell = read(path)
            for item in self.cells["survey"]:
                value = cell(*item["form"])
                if not isinstance(value, int | float) or value < 0 or value != int(value):
                    raise SystemExit(f"{path.name} {item['form'][1]}: 件数が必要です（{value!r}）")
                yield *item["master"][code], int(value)
            state = self.cells["status"][code]
            yield "提出状況", state["state"], "取込済"
            yield "提出状況", state["time"], f"{datetime.now():%Y-%m-%d %H:%M}"
            yield "提出状況", state["file"], path.name

    def areas(self) -> Iterator[tuple[str, str, str]]:
        """(sheet, first cell, last cell) of what is read back: the tables without their headings, the texts."""
        for plan in self.cells["tables"].values():
            rows, columns = list(plan["rows"].values()), list(plan["columns"].values())
            yield plan["sheet"], f"{columns[0]}{rows[0]}", f"{columns[-1]}{plan['total'] or rows[-1]}"
        texts = list(self.cells["texts"].values())
        yield texts[0][0], texts[0][1], texts[-1][1]

    def read_tables(self, read: Read) -> dict[str, Table]:
        """Every table of the master that is printed or compared."""
        tables = {}
        for name, plan in self.cells["tables"].items():
            table = tables[name] = Table(plan["kinds"])
            for row, number in plan["rows"].items():
                values = {
                    column: read(plan["sheet"], f"{letter}{number}")
                    for column, letter in plan["columns"].items()
                }
                if any(value not in (None, "") for value in values.values()):
                    table.rows[row] = values
            if plan["total"]:
                table.total = {
                    c: read(plan["sheet"], f"{letter}{plan['total']}")
                    for c, letter in plan["columns"].items()
                }
        return tables

    def read_texts(self, read: Read) -> dict[str, str]:
        """The numbers and dates of the narrative, as the master prints them."""
        return {name: str(read(*cell)) for name, cell in self.cells["texts"].items()}

    def finish(self, tables: dict[str, Table], texts: dict[str, str]) -> None:
        """Check, write the findings, and write the handout."""
        findings = list(check(tables))
        (self.out / "findings.json").write_text(json.dumps(findings, ensure_ascii=False), encoding="utf-8")
        from docxtpl import DocxTemplate

        document = DocxTemplate(self.inputs / "template.docx")
        document.render(
            texts | {name: printed(name, table) for name, table in tables.items()}, autoescape=True
        )
        document.save(self.out / "handout.docx")


def check(tables: dict[str, Table]) -> Iterator[dict[str, Any]]:
    """Totals, rates, order, equal numbers, what is missing."""
    for name, table in tables.items():
        yield from _check_totals(name, table)
    for name in CARDS:
        yield from _check_rates(name, tables[name], CARD_RATES)
        yield from _check_order(name, tables[name])
    for name, own in NEIGHBOURS.items():
        yield from _check_rates(name, tables[name], NEIGHBOUR_RATES)
        yield from _check_changes(name, tables[name])
        yield from _check_equal(name, tables[name].rows["yamanashi"], tables[own].total)
    yield from _check_cumulative(tables)
    yield from _check_missing(tables)


def _finding(code: str, severity: str, place: str, message: str = "") -> dict[str, Any]:
    return {"code": code, "severity": severity, "place": place, "message": message}


def _check_totals(name: str, table: Table) -> Iterator[dict[str, Any]]:
    for column, kind in table.kinds.items():
        if kind == "count" and table.total:
            wanted = sum(row[column] or 0 for row in table.rows.values())
            if table.total[column] != wanted:
                yield _finding("total", "error", f"{name}.{column}", f"{wanted} ≠ {table.total[column]}")


def _check_rates(name: str, table: Table, rates: dict[str, tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for row, values in [*table.rows.items(), *([("total", table.total)] if table.total else [])]:
        for column, (part, whole) in rates.items():
            rate = values[column]
            if rate in (None, ""):
                continue
            wanted = _rate(values[part], values[whole])
            if abs(Decimal(str(rate)) - wanted) > Decimal("1e-9"):
                yield _finding("rate", "error", f"{name}.{column}.{row}", f"{wanted} ≠ {rate}")
            if wanted > 1:
                yield _finding("over_limit", "warning", f"{name}.{column}.{row}")


def _rate(part: float, whole: float) -> Decimal:
    return (Decimal(int(part)) / Decimal(int(whole))).quantize(Decimal("0.001"), ROUND_HALF_UP)


def _check_order(name: str, table: Table) -> Iterator[dict[str, Any]]:
    for row, values in table.rows.items():
        for low, high in pairwise(ORDER):
            if values[low] > values[high]:
                yield _finding("order", "warning", f"{name}.{low}.{row}")


def _check_changes(name: str, table: Table) -> Iterator[dict[str, Any]]:
    for row, values in table.rows.items():
        for rate in NEIGHBOUR_RATES:
            change = round(values[rate] - values[f"{rate}_previous_month"], 3)
            if change != round(values[f"{rate}_change"], 3):
                yield _finding("rounding", "info", f"{name}.{rate}.{row}")


def _check_equal(name: str, own: dict[str, Any], total: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for column in ("applications", "population", "delivered"):
        if own[column] != total[column]:
            yield _finding("equal", "error", f"{name}.{column}", f"{own[column]} ≠ {total[column]}")


def _check_cumulative(tables: dict[str, Table]) -> Iterator[dict[str, Any]]:
    since, annual, previous = (tables[f"annex6_{name}"] for name in ("cumulative", "annual", "previous"))
    for row, values in since.rows.items():
        for column, kind in since.kinds.items():
            if kind == "count" and values[column] != previous.rows[row][column] + annual.rows[row][column]:
                yield _finding("cumulative", "error", f"annex6.{column}.{row}")


def _check_missing(tables: dict[str, Table]) -> Iterator[dict[str, Any]]:
    for name, table in tables.items():
        for row, values in table.rows.items():
            if values.get("law") == REMAINDER:
                continue
            for column, value in values.items():
                if value in (None, "") and column not in ("note", "area"):
                    yield _finding("missing", "warning", f"{name}.{column}.{row}")


def printed(name: str, table: Table) -> dict[str, Any]:
    """A table for the template: texts only."""

    def texts(row: dict[str, Any]) -> dict[str, str]:
        return {column: _shown(value, table.kinds[column]) for column, value in row.items()}

    has_gaps = name == "annex2" and any(row["cases"] in (None, "") for row in table.rows.values())
    note = has_gaps or (name in NEIGHBOURS and any(_check_changes(name, table)))
    return {"rows": [texts(row) for row in table.rows.values()], "total": texts(table.total), "note": note}


def _shown(value: Any, kind: str) -> str:
    if value in (None, ""):
        return ""
    if kind == "count":
        return f"{int(value):,}"
    if kind in ("rate", "points"):
        return f"{value:.1%}"
    return str(value)[:5] if kind == "code" else str(value)
