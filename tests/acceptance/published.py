"""The published numbers, straight from the .csv files, and the handout's tables, straight from its XML.

Nothing here uses jukixl's own readers: expected values come from print, found values from the file.
"""

from __future__ import annotations

import csv
import zipfile
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FOLDER = files("jukixl") / "reports" / "juki" / "published"


def read_csv(name: str) -> list[dict[str, str]]:
    """The records of a published file, total row included."""
    with (FOLDER / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def with_commas(digits: str) -> str:
    """`772405` as print has it: 772,405; empty stays empty."""
    return f"{int(digits):,}" if digits else ""


def read_document(path: Path) -> ElementTree.Element:
    with zipfile.ZipFile(path) as archive:
        return ElementTree.fromstring(archive.read("word/document.xml"))


def text_of(element: ElementTree.Element) -> str:
    """All text below an element, line breaks left out."""
    return "".join(part.text or "" for part in element.iter(f"{W}t"))


def read_tables(path: Path) -> dict[str, list[list[str]]]:
    """Cell texts of every table of the handout by its control's tag, header rows included.

    A cell merged with the one above has that one's text; a cell over several columns stands once for each.
    """
    tables = {}
    for control in read_document(path).iter(f"{W}sdt"):
        tag = control.find(f"{W}sdtPr/{W}tag")
        name = tag.get(f"{W}val", "") if tag is not None else ""
        if name.startswith("table."):
            tables[name.removeprefix("table.")] = _rows(control)
    return tables


def _rows(control: ElementTree.Element) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in control.iter(f"{W}tr"):
        cells: list[str] = []
        for cell in row.iter(f"{W}tc"):
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            width = int(span.get(f"{W}val", "1")) if span is not None else 1
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            goes_on = merge is not None and merge.get(f"{W}val", "continue") == "continue"
            text = rows[-1][len(cells)] if goes_on else text_of(cell)
            cells += [text] * width
        rows.append(cells)
    return rows
