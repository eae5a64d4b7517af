"""Tables as they stand in a document: rows and cells, merged cells resolved, each cell read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from jukixl.handout.names import CONTINUED
from jukixl.handout.ooxml import (
    BR,
    DELETED,
    PPR,
    TAB,
    TBL,
    TC,
    TCPR,
    TR,
    TRPR,
    Element,
    P,
    T,
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

_V_MERGE, _GRID_SPAN, _HEADER = name("vMerge"), name("gridSpan"), name("tblHeader")
_BEFORE_V_MERGE = ("cnfStyle", "tcW", "gridSpan", "hMerge")
_BEFORE_KEEP_NEXT = ("pStyle",)
_NOT_PLAIN = (BR, TAB, name("noBreakHyphen"), *DELETED)


@dataclass(frozen=True)
class Row:
    """A row with its cells and what each of them reads now, merged cells not resolved."""

    element: Element
    cells: list[Element]
    texts: list[str]

    def write(self, column: int, text: str) -> None:
        """Write a cell where its text differs, in the look that the text has."""
        if self.texts[column] == text:
            return
        self.texts[column] = text
        paragraphs = list(self.cells[column].iter(P))
        for paragraph in paragraphs[1:]:
            remove(paragraph)
        write_text(paragraphs[0], text)


def read_row(element: Element) -> Row:
    """A row as it stands in the document."""
    cells = cells_of(element)
    # Most rows hold text and nothing else, and reading them the short way is what makes a refresh fast.
    is_plain = next(element.iter(*_NOT_PLAIN), None) is None and sum(1 for _ in element.iter(P)) == len(cells)
    texts = (
        ["".join(map(str, cell.itertext(T))) for cell in cells]
        if is_plain
        else [cell_text(cell) for cell in cells]
    )
    return Row(element, cells, texts)


@dataclass(frozen=True)
class Grid:
    """A table, or one part of a table that is split over pages."""

    table: Element
    header: list[Element]
    body: list[Row]
    total: Row | None

    @cached_property
    def resolved(self) -> list[list[str]]:
        """The texts of every body row; a cell merged with the one above has that one's text."""
        rows: list[list[str]] = []
        for row in self.body:
            texts = [text.removesuffix(CONTINUED) for text in row.texts]
            for column, text in enumerate(texts):
                if rows and not text and column < len(rows[-1]) and continues(row.cells[column]):
                    texts[column] = rows[-1][column]
            rows.append(texts)
        return rows


def read_grid(table: Element, *, has_total: bool) -> Grid:
    """A table by its rows. With `has_total` the last row is the total row, if there is any row below the header."""
    elements = iter_rows(table)
    header = [row for row in elements if is_header(row)]
    rows = [read_row(row) for row in elements[len(header) :]]
    total = rows.pop() if has_total and rows else None
    return Grid(table, header, rows, total)


def iter_rows(table: Element) -> list[Element]:
    """The rows of a table, those inside row controls too, without those of tables in its cells."""
    return [row for row in table.iter(TR) if next(row.iterancestors(TBL), None) is table]


def cells_of(row: Element) -> list[Element]:
    """The cells of a row, those inside cell controls too."""
    direct = [child for child in row if child.tag == TC]
    if len(direct) >= len(row) - 1:
        return direct
    return [cell for cell in row.iter(TC) if next(cell.iterancestors(TR), None) is row]


def is_header(row: Element) -> bool:
    """Whether Word repeats this row at the top of every page."""
    properties = row.find(TRPR)
    return properties is not None and is_on(properties.find(_HEADER))


def span_of(cell: Element) -> int:
    """How many columns a cell covers."""
    properties = cell.find(TCPR)
    span = None if properties is None else attribute(properties.find(_GRID_SPAN))
    return int(span) if span else 1


def row_width(row: Element) -> int:
    """How many columns the cells of a row cover together."""
    return sum(map(span_of, cells_of(row)))


def _merge_of(cell: Element) -> Element | None:
    properties = cell.find(TCPR)
    return None if properties is None else properties.find(_V_MERGE)


def continues(cell: Element) -> bool:
    """Whether the cell is the lower part of a merged one."""
    merge = _merge_of(cell)
    return merge is not None and attribute(merge) != "restart"


def reaches_down(cell: Element) -> bool:
    """Whether the cell is the first of merged ones."""
    return attribute(_merge_of(cell)) == "restart"


def cell_text(cell: Element) -> str:
    """The text a reader sees in a cell; paragraphs are lines."""
    return "\n".join(map(visible_text, cell.iter(P)))


def set_merge(cell: Element, merge: str | None) -> None:
    """`restart`: the first of merged cells; `continue`: one below; None: not merged."""
    properties = cell.find(TCPR)
    assert properties is not None, "Word writes tcPr into every cell"
    current = properties.find(_V_MERGE)
    if current is not None:
        properties.remove(current)
    if merge is not None:
        made = w("vMerge", val="restart") if merge == "restart" else w("vMerge")
        insert_after(properties, made, _BEFORE_V_MERGE)


def set_keep_next(cells: Sequence[Element], on: bool) -> None:
    """Whether a row with these cells stays on the page of the row below it."""
    for cell in cells:
        for paragraph in cell.iter(P):
            properties = paragraph.find(PPR)
            if properties is None:
                properties = w("pPr")
                paragraph.insert(0, properties)
            set_toggle(properties, "keepNext", on, _BEFORE_KEEP_NEXT)
