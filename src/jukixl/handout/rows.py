"""Brings the rows of a table in a document into line with the results, and keeps what staff changed about their look."""

from __future__ import annotations

import copy
from binascii import crc32
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from jukixl.handout.grid import (
    Grid,
    Row,
    cells_of,
    column_edges,
    read_parts,
    read_row,
    set_keep_next,
    set_merge,
)
from jukixl.handout.names import NOTHING
from jukixl.handout.ooxml import (
    RPR,
    TBL,
    TCPR,
    Element,
    P,
    R,
    attribute,
    child_of,
    insert_after,
    name,
    remove,
    set_style,
    style_of,
    w,
)
from jukixl.handout.styles import CONTINUED_STYLES
from jukixl.handout.tables import REMAINDER_FILL, body_row, spanning_row
from jukixl.handout.tabletext import RowText, TableText

_SHADE = name("shd")
_CONTROL_ID = name("id")
_LARGEST_ID = 2**31 - 1
_TABLE_PROPERTIES = (name("tblPr"), name("tblGrid"))
_BEFORE_SHADE = frozenset(map(name, ("cnfStyle", "tcW", "gridSpan", "hMerge", "vMerge", "tcBorders")))
_BEFORE_ITALIC = frozenset(map(name, ("rStyle", "rFonts", "b", "bCs")))


def parts_of(content: Element) -> tuple[Element, ...]:
    """The tables in a table's control: one, or one a page. Tables inside cells don't count."""
    direct = tuple(child for child in content if child.tag == TBL)
    if all(child.tag in (TBL, P) for child in content):
        return direct
    return tuple(table for table in content.iter(TBL) if next(table.iterancestors(TBL), None) is None)


def join_parts(content: Element, *, has_total: bool) -> Grid:
    """Put a table that was split over pages together again. The first part's widths and headers hold for all."""
    first, *others = read_parts(parts_of(content), has_total=has_total)
    body, total = list(first.body), first.total
    for grid in others:
        if grid.continued is not None:
            whole = read_row(body[-1].element)
            for column, text in enumerate(body[-1].texts):
                whole.write(column, text)
            body[-1] = whole
        first.table.extend(row.element for row in grid.body)
        body += grid.body
        if grid.total is not None:
            first.table.append(grid.total.element)
        total = grid.total
        remove(grid.table)
    return Grid(first.table, first.header, body, total)


def fill_rows(grid: Grid, text: TableText) -> Grid:
    """Write the rows: known ones stay what they look like, new ones copy the first, gone ones leave.

    Merged cells keep what they show until `jukixl.handout.merging` merges them anew.
    """
    place = grid.table.index(grid.body[0].element)
    rows = _choose_rows(grid, text)
    if [row.element for row in rows] != [row.element for row in grid.body]:  # moving a row takes long
        for row in grid.body:
            remove(row.element)
        grid.table[place:place] = [row.element for row in rows]
    merged = frozenset(text.merge_columns)
    for row, texts in zip(rows, text.rows, strict=True):
        for column, printed in enumerate(texts[: len(row.cells)]):
            if column not in merged:
                row.write(column, printed)
        if text.is_remainder(texts):
            _mark_remainder(row)
    for column, printed in enumerate(text.total or (), 1):
        if grid.total is not None:
            grid.total.write(column, printed)
    return Grid(grid.table, grid.header, rows, grid.total)


def _choose_rows(grid: Grid, text: TableText) -> list[Row]:
    if text.reads(grid.resolved):
        return grid.body
    known: dict[RowText, list[Row]] = defaultdict(list)
    for row, texts in zip(grid.body, grid.resolved, strict=True):
        known[text.key(texts)].append(row)
    if text.says_nothing:
        prototype = read_row(spanning_row(text.table, _widths(grid), NOTHING))
    else:
        prototype = _prototype(grid, text)
    return [known[key].pop(0) if known[key] else copy_row(prototype) for key in text.keys]


def _prototype(grid: Grid, text: TableText) -> Row:
    """A copy of the first row that is an observation, unmerged; a new one where the document has none."""
    whole = [
        (row, texts)
        for row, texts in zip(grid.body, grid.resolved, strict=True)
        if len(row.cells) == len(text.table.printed_columns)
    ]
    if not whole:
        return read_row(body_row(text.table, _widths(grid)))
    observed = (row for row, texts in whole if not text.is_remainder(texts))
    prototype = copy_row(next(observed, whole[0][0]))
    prototype.element.attrib.clear()  # ids of Word's own, which must not occur twice
    set_keep_next(prototype.cells, False)
    for cell in prototype.cells:
        set_merge(cell, None)
    return prototype


def _widths(grid: Grid) -> list[int]:
    return [right - left for left, right in pairwise(column_edges(grid.table))]


def part_row(row: Row, texts: Sequence[str | None], *, begins: bool) -> Row:
    """A row with these texts of one that is parted between pages: the row itself where it begins, else a new one below.

    None: a cell that isn't parted, which stands where the row begins.
    """
    if not begins:
        row = copy_row(row)
        row.element.attrib.clear()  # ids of Word's own, which must not occur twice
    for column, text in enumerate(texts):
        if text is not None:
            row.write(column, text)
        if not begins and text is None:
            row.write(column, "")
        elif not begins:
            for paragraph in row.cells[column].iter(P):
                style = style_of(paragraph) or ""
                set_style(paragraph, CONTINUED_STYLES.get(style, CONTINUED_STYLES["TableText"]))
    return row


def copy_row(row: Row) -> Row:
    """The same row again, to be put somewhere."""
    element = copy.deepcopy(row.element)
    styles = None if row.styles is None else list(row.styles)
    return Row(element, cells_of(element), list(row.texts), styles, row.is_plain)


def _mark_remainder(row: Row) -> None:
    """Italic and lightly shaded: a remainder must not look like an observation."""
    for cell in row.cells:
        properties = child_of(cell, TCPR)
        if properties is not None and child_of(properties, _SHADE) is None:
            shade = w("shd", val="clear", color="auto", fill=REMAINDER_FILL)
            insert_after(properties, shade, _BEFORE_SHADE)
        for run in cell.iter(R):
            look = child_of(run, RPR)
            if look is None:
                look = w("rPr")
                run.insert(0, look)
            if child_of(look, name("i")) is None:
                insert_after(look, w("i"), _BEFORE_ITALIC)


def part_of(grid: Grid, rows: Sequence[Row], number: int) -> Element:
    """The further part of a table with this number, with these rows below headers of its own."""
    part = w("tbl", *map(copy.deepcopy, grid.table.iterchildren(*_TABLE_PROPERTIES)))
    part.extend(copy.deepcopy(row.element) for row in grid.header)
    for own in part.iter(_CONTROL_ID):  # no two controls may have the same
        own.set(name("val"), str(crc32(f"{attribute(own)}.{number}".encode()) & _LARGEST_ID))
    part.extend(row.element for row in rows)
    return part
