"""Brings the rows of a table in a document into line with the results, and keeps what staff changed about their look."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator

from jukixl.handout.grid import Grid, cells_of, continues, set_keep_next, set_merge, write_cell
from jukixl.handout.ooxml import (
    RPR,
    TBL,
    TCPR,
    Element,
    P,
    R,
    insert_after,
    name,
    remove,
    style_of,
    w,
)
from jukixl.handout.styles import TABLE_BREAK
from jukixl.handout.tables import REMAINDER_FILL
from jukixl.handout.tabletext import RowText, TableText

_SHADE = name("shd")
_BEFORE_SHADE = ("cnfStyle", "tcW", "gridSpan", "hMerge", "vMerge", "tcBorders")


def parts_of(content: Element) -> tuple[Element, ...]:
    """The tables in a table's control: one, or one a page. Tables inside cells don't count."""
    return tuple(table for table in content.iter(TBL) if next(table.iterancestors(TBL), None) is None)


def join_parts(content: Element, has_total: bool) -> Grid:
    """Put a table that was split over pages together again. The first part's widths and headers hold for all."""
    parts = parts_of(content)
    for part in parts[1:]:
        for row in Grid((part,), has_total=False).body:
            parts[0].append(row)
        remove(part)
    for paragraph in [child for child in content if child.tag == P and style_of(child) == TABLE_BREAK]:
        content.remove(paragraph)
    return Grid(parts[:1], has_total)


def fill_rows(grid: Grid, text: TableText) -> Grid:
    """Write the rows: known ones stay where their look is, new ones copy the first, gone ones leave.

    Merged cells get their own text; `jukixl.handout.merging` merges them again.
    """
    prototype = _prototype(grid, text)
    known = _rows_by_key(grid, text)
    place = grid.parts[0].index(grid.body[0])
    chosen = list(_choose_rows(text, known, prototype))
    for row in grid.body:
        remove(row)
    for offset, (row, texts) in enumerate(zip(chosen, text.rows, strict=True)):
        grid.parts[0].insert(place + offset, row)
        _write_row(row, texts)
        if text.is_remainder(texts):
            _mark_remainder(row)
    if grid.total is not None and text.total is not None:
        for cell, printed in zip(cells_of(grid.total)[1:], text.total, strict=True):
            write_cell(cell, printed)
    return Grid(grid.parts, grid.has_total)


def _rows_by_key(grid: Grid, text: TableText) -> dict[RowText, list[Element]]:
    known: dict[RowText, list[Element]] = defaultdict(list)
    for row, texts in zip(grid.body, grid.read_rows(), strict=True):
        known[text.key(texts)].append(row)
    return known


def _choose_rows(
    text: TableText, known: dict[RowText, list[Element]], prototype: Element
) -> Iterator[Element]:
    for texts in text.rows:
        matching = known[text.key(texts)]
        yield matching.pop(0) if matching else copy.deepcopy(prototype)


def _prototype(grid: Grid, text: TableText) -> Element:
    """A copy of the first row that is an observation, unmerged and unmarked."""
    rows = zip(grid.body, grid.read_rows(), strict=True)
    first = next((row for row, texts in rows if not text.is_remainder(texts)), grid.body[0])
    prototype = copy.deepcopy(first)
    for key in list(prototype.attrib):
        del prototype.attrib[key]  # ids of Word's own, which must not occur twice
    set_keep_next(prototype, False)
    for cell in cells_of(prototype):
        set_merge(cell, None)
    return prototype


def _write_row(row: Element, texts: RowText) -> None:
    for cell, printed in zip(cells_of(row), texts, strict=True):
        if not continues(cell):
            write_cell(cell, printed)


def _mark_remainder(row: Element) -> None:
    """Italic and lightly shaded: a remainder must not look like an observation."""
    for cell in cells_of(row):
        properties = cell.find(TCPR)
        if properties is not None and properties.find(_SHADE) is None:
            shade = w("shd", val="clear", color="auto", fill=REMAINDER_FILL)
            insert_after(properties, shade, _BEFORE_SHADE)
        for run in cell.iter(R):
            look = run.find(RPR)
            if look is None:
                look = w("rPr")
                run.insert(0, look)
            if look.find(name("i")) is None:
                insert_after(look, w("i"), ("rStyle", "rFonts", "b", "bCs"))
