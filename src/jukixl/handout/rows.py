"""Brings the rows of a table in a document into line with the results, and keeps what staff changed about their look."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Sequence

from jukixl.handout.grid import Grid, Row, cells_of, read_grid, set_keep_next, set_merge, split_rows
from jukixl.handout.ooxml import RPR, TBL, TCPR, Element, R, insert_after, name, remove, w
from jukixl.handout.tables import REMAINDER_FILL
from jukixl.handout.tabletext import RowText, TableText

_SHADE = name("shd")
_TABLE_PROPERTIES = (name("tblPr"), name("tblGrid"))
_BEFORE_SHADE = frozenset(map(name, ("cnfStyle", "tcW", "gridSpan", "hMerge", "vMerge", "tcBorders")))
_BEFORE_ITALIC = frozenset(map(name, ("rStyle", "rFonts", "b", "bCs")))


def parts_of(content: Element) -> tuple[Element, ...]:
    """The tables in a table's control: one, or one a page. Tables inside cells don't count."""
    return tuple(table for table in content.iter(TBL) if next(table.iterancestors(TBL), None) is None)


def join_parts(content: Element, *, has_total: bool) -> Grid:
    """Put a table that was split over pages together again. The first part's widths and headers hold for all."""
    parts = parts_of(content)
    for part in parts[1:]:
        parts[0].extend(split_rows(part)[1])
        remove(part)
    return read_grid(parts[0], has_total=has_total)


def fill_rows(grid: Grid, text: TableText) -> Grid:
    """Write the rows: known ones stay what they look like, new ones copy the first, gone ones leave.

    Merged cells keep what they show until `jukixl.handout.merging` merges them anew.
    """
    place = grid.table.index(grid.body[0].element)
    rows = _choose_rows(grid, text)
    for row in grid.body:
        remove(row.element)
    grid.table[place:place] = [row.element for row in rows]
    merged = frozenset(text.merge_columns)
    for row, texts in zip(rows, text.rows, strict=True):
        for column, printed in enumerate(texts):
            if column not in merged:
                row.write(column, printed)
        if text.is_remainder(texts):
            _mark_remainder(row)
    for column, printed in enumerate(text.total or (), 1):
        if grid.total is not None:
            grid.total.write(column, printed)
    return Grid(grid.table, grid.header, rows, grid.total)


def _choose_rows(grid: Grid, text: TableText) -> list[Row]:
    known: dict[RowText, list[Row]] = defaultdict(list)
    for row, texts in zip(grid.body, grid.resolved, strict=True):
        known[text.key(texts)].append(row)
    prototype = _prototype(grid, text)
    return [known[key].pop(0) if known[key] else copy_row(prototype) for key in map(text.key, text.rows)]


def _prototype(grid: Grid, text: TableText) -> Row:
    """A copy of the first row that is an observation, unmerged."""
    observed = (
        row for row, texts in zip(grid.body, grid.resolved, strict=True) if not text.is_remainder(texts)
    )
    prototype = copy_row(next(observed, grid.body[0]))
    prototype.element.attrib.clear()  # ids of Word's own, which must not occur twice
    set_keep_next(prototype.cells, False)
    for cell in prototype.cells:
        set_merge(cell, None)
    return prototype


def copy_row(row: Row) -> Row:
    """The same row again, to be put somewhere."""
    element = copy.deepcopy(row.element)
    return Row(element, cells_of(element), list(row.texts), row.is_plain)


def _mark_remainder(row: Row) -> None:
    """Italic and lightly shaded: a remainder must not look like an observation."""
    for cell in row.cells:
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
                insert_after(look, w("i"), _BEFORE_ITALIC)


def part_of(grid: Grid, rows: Sequence[Row]) -> Element:
    """A further part of a table, with these rows below headers of its own."""
    part = w("tbl", *(copy.deepcopy(child) for child in grid.table if child.tag in _TABLE_PROPERTIES))
    part.extend(copy.deepcopy(row) for row in grid.header)
    part.extend(row.element for row in rows)
    return part
