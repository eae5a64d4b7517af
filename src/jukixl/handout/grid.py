"""Tables as they stand in a document: rows and cells, through controls and merged cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from jukixl.handout.names import CONTINUED
from jukixl.handout.ooxml import (
    PPR,
    TBL,
    TC,
    TCPR,
    TR,
    TRPR,
    Element,
    P,
    attribute,
    insert_after,
    is_on,
    name,
    remove,
    set_toggle,
    visible_text,
    w,
    write_text,
)
from jukixl.handout.tabletext import without_continued

_V_MERGE, _GRID_SPAN, _HEADER = name("vMerge"), name("gridSpan"), name("tblHeader")
_BEFORE_V_MERGE = ("cnfStyle", "tcW", "gridSpan", "hMerge")
_BEFORE_KEEP_NEXT = ("pStyle",)


@dataclass(frozen=True)
class Grid:
    """The rows of a table that may stand in several parts, one a page; headers are those of the first part."""

    parts: tuple[Element, ...]
    has_total: bool

    @cached_property
    def header(self) -> list[Element]:
        return [row for row in iter_rows(self.parts[0]) if is_header(row)]

    @cached_property
    def body(self) -> list[Element]:
        """The rows between header and total, over all parts."""
        rows = self._without_headers
        return rows[:-1] if self.has_total else rows

    @cached_property
    def total(self) -> Element | None:
        """The total row; None where the table has none."""
        return self._without_headers[-1] if self.has_total and self._without_headers else None

    @cached_property
    def _without_headers(self) -> list[Element]:
        return [row for part in self.parts for row in iter_rows(part) if not is_header(row)]

    def read_rows(self) -> list[list[str]]:
        """The text of every body row; a cell merged with the one above has that one's text."""
        rows: list[list[str]] = []
        above: list[str] = []
        for row in self.body:
            cells = cells_of(row)
            texts = [without_continued(cell_text(cell)) for cell in cells]
            for at, cell in enumerate(cells):
                if continues(cell) and at < len(above):
                    texts[at] = above[at]
            rows.append(texts)
            above = texts
        return rows


def iter_rows(table: Element) -> list[Element]:
    """The rows of a table, those inside row controls too, without those of tables in its cells."""
    return [row for row in table.iter(TR) if _nearest(row, TBL) is table]


def cells_of(row: Element) -> list[Element]:
    """The cells of a row, those inside cell controls too."""
    direct = [child for child in row if child.tag == TC]
    if len(direct) == len(row) - (row.find(TRPR) is not None):
        return direct
    return [cell for cell in row.iter(TC) if _nearest(cell, TR) is row]


def _nearest(element: Element, tag: str) -> Element | None:
    return next(element.iterancestors(tag), None)


def is_header(row: Element) -> bool:
    """Whether Word repeats this row at the top of every page."""
    properties = row.find(TRPR)
    return properties is not None and is_on(properties.find(_HEADER))


def span_of(cell: Element) -> int:
    """How many columns a cell covers."""
    properties = cell.find(TCPR)
    span = None if properties is None else attribute(properties.find(_GRID_SPAN))
    return int(span) if span else 1


def continues(cell: Element) -> bool:
    """Whether the cell is the lower part of a merged one."""
    properties = cell.find(TCPR)
    merge = None if properties is None else properties.find(_V_MERGE)
    return merge is not None and attribute(merge) != "restart"


def cell_text(cell: Element) -> str:
    """The text a reader sees in a cell; paragraphs are lines."""
    paragraphs = cell.findall(P)
    return visible_text(cell) if len(paragraphs) == 1 else "\n".join(map(visible_text, cell.iter(P)))


def write_cell(cell: Element, text: str) -> bool:
    """Write a cell's text where it differs, in the look that its text has. Whether anything was written."""
    if cell_text(cell) == text:
        return False
    paragraphs = list(cell.iter(P))
    for paragraph in paragraphs[1:]:
        remove(paragraph)
    write_text(paragraphs[0], text)
    return True


def set_merge(cell: Element, merge: str | None) -> None:
    """`restart`: the first of merged cells; `continue`: one below; None: not merged."""
    properties = cell.find(TCPR)
    assert properties is not None
    current = properties.find(_V_MERGE)
    if current is not None:
        if attribute(current) == "restart" and merge == "restart":
            return
        properties.remove(current)
    if merge is not None:
        made = w("vMerge", val="restart") if merge == "restart" else w("vMerge")
        insert_after(properties, made, _BEFORE_V_MERGE)


def set_keep_next(row: Element, on: bool) -> None:
    """Whether the row stays on the page of the row below it."""
    for paragraph in row.iter(P):
        properties = paragraph.find(PPR)
        if properties is None:
            properties = w("pPr")
            paragraph.insert(0, properties)
        set_toggle(properties, "keepNext", on, _BEFORE_KEEP_NEXT)


def continued(text: str, is_continued: bool) -> str:
    """The text of a merged cell at the top of a page."""
    return text + CONTINUED if is_continued and text else text


def row_width(row: Element) -> int:
    """How many columns the cells of a row cover together."""
    return sum(map(span_of, cells_of(row)))


def texts_of(row: Element) -> Sequence[str]:
    """The texts of a row's cells, merged cells not resolved."""
    return [cell_text(cell) for cell in cells_of(row)]
