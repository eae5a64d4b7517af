"""Verify one run: `verify_result.py MASTER OUT CELLS`. Prints what is wrong, a line each; exit code 1 if anything is.

Reads the results with its own few lines of XML and with openpyxl, none of it the code of a program that is measured.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import published
from lxml import etree
from openpyxl import load_workbook

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NUMBER = re.compile(r"[\d,]+|-?[\d.]+%")
_CONTINUED = "（続き）"
_TOLERANCE = Decimal("1e-9")  # a rate is a binary fraction in a cell


def main(master: str, out: str, cells: str) -> int:
    layout = json.loads(Path(cells).read_text(encoding="utf-8"))
    problems = [
        *check_master(Path(master), layout),
        *check_handout(Path(out) / "handout.docx"),
        *check_findings(Path(out) / "findings.json"),
    ]
    for problem in problems:
        print(problem)
    return int(bool(problems))


def check_master(path: Path, layout: dict[str, Any]) -> Iterator[str]:
    """The answers on the municipalities' sheets; answers, rates and totals in the tables."""
    values = _read_values(path)
    for sheet, cell, expected in (*_answers(layout), *_table_cells(layout)):
        actual = values[sheet][cell].value
        if not isinstance(actual, int | float) or abs(Decimal(str(actual)) - expected) > _TOLERANCE:
            yield f"master {sheet}!{cell}: expected {expected}, found {actual}"


def _answers(layout: dict[str, Any]) -> Iterator[tuple[str, str, Decimal]]:
    values = {(table, column, row): value for table, column, row, value in published.master_values()}
    for item in layout["survey"]:
        for code, cell in item["master"].items():
            yield *cell, values[item["table"], item["column"], code[:5]]


def _table_cells(layout: dict[str, Any]) -> Iterator[tuple[str, str, Decimal]]:
    for table, column, row, expected in published.master_values():
        plan = layout["tables"][table]
        number = plan["total"] if row == "total" else plan["rows"][row]
        yield plan["sheet"], f"{plan['columns'][column]}{number}", expected


def _read_values(path: Path) -> Any:
    """The cached values; a program that can't write them has its formulas computed here, outside the timing."""
    workbook = load_workbook(path, data_only=True)
    if workbook["別紙5"]["C5"].value is not None:
        return workbook
    from formualizer import recalculate_xlsx_file

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.xlsx"
        shutil.copy(path, copy)
        recalculate_xlsx_file(str(copy))
        return load_workbook(copy, data_only=True)


def check_handout(path: Path) -> Iterator[str]:
    """Every printed row in its order, no row of numbers too many, every sentence with a number."""
    with zipfile.ZipFile(path) as package:
        document = etree.fromstring(package.read("word/document.xml"))
    rows = [row for table in document.iter(f"{W}tbl") for row in _rows(table)]
    at = 0
    extra: list[tuple[str, ...]] = []
    for table in published.PRINTED:
        for expected in published.printed_rows(table):
            found = next((index for index in range(at, len(rows)) if rows[index] == expected), None)
            if found is None:
                yield f"handout {table}: no row {expected}"
                continue
            extra += rows[at:found]
            at = found + 1
    yield from (f"handout: unexpected row {row}" for row in extra + rows[at:] if _NUMBER.fullmatch(row[-1]))
    yield from _check_sentences(document)


def _rows(table: etree._Element) -> Iterator[tuple[str, ...]]:
    above: list[str] = []
    for row in table.iter(f"{W}tr"):
        cells = [
            _cell_text(cell, above[at] if at < len(above) else "")
            for at, cell in enumerate(row.iter(f"{W}tc"))
        ]
        yield tuple(cells)
        above = cells


def _cell_text(cell: etree._Element, above: str) -> str:
    """What a reader takes the cell to say: one merged into the cell above says the same."""
    merge = cell.find(f"{W}tcPr/{W}vMerge")
    if merge is not None and merge.get(f"{W}val") != "restart":
        return above
    return _text(cell).removesuffix(_CONTINUED)


def _text(element: etree._Element) -> str:
    return "".join(node.text or "" for node in element.iter(f"{W}t"))


def _check_sentences(document: etree._Element) -> Iterator[str]:
    paragraphs = (
        node for node in document.iter(f"{W}p") if next(node.iterancestors(f"{W}tbl"), None) is None
    )
    text = "\n".join("".join(_text(paragraph).split()) for paragraph in paragraphs)
    at = 0
    for sentence in published.figures():
        found = text.find(sentence.replace(" ", ""), at)
        if found < 0:
            yield f"handout: no “{sentence}”"
        else:
            at = found + 1


def check_findings(path: Path) -> Iterator[str]:
    """As many findings of each kind as the published numbers have, and no error."""
    findings = json.loads(path.read_text(encoding="utf-8"))
    yield from (f"check: {finding}" for finding in findings if finding["severity"] == "error")
    expected, actual = published.findings(), Counter(finding["code"] for finding in findings)
    yield from (
        f"check {code}: expected {count}, found {actual[code]}"
        for code, count in expected.items()
        if actual[code] != count
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
