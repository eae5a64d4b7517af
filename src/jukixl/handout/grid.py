"""Tables as they stand in a document: rows and cells, merged cells resolved, each cell read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate

from msgspec import Struct
from msgspec.structs import replace

from jukixl.handout.formats import DIRECT
from jukixl.handout.names import CONTINUED
from jukixl.handout.ooxml import (
    BR,
    DELETED,
    FORMULA_TEXT,
    KEEP_NEXT,
    PPR,
    PSTYLE,
    SYMBOL,
    TAB,
    TBL,
    TC,
    TCPR,
    TR,
    Element,
    P,
    T,
    attribute,
    insert_after,
    is_on,
    name,
    parent_of,
    remove,
    set_style,
    set_toggle,
    style_of,
    visible_text,
    w,
    write_text,
)
from jukixl.handout.styles import CONTINUED_STYLES

_V_MERGE, _GRID_SPAN, _HEADER = name("vMerge"), name("gridSpan"), name("tblHeader")
_VAL = name("val")
GRID_COLUMNS = f"{name('tblGrid')}/{name('gridCol')}"
_BEFORE_V_MERGE = frozenset(map(name, ("cnfStyle", "tcW", "gridSpan", "hMerge")))
_BEFORE_KEEP_NEXT = frozenset({PSTYLE})
_CONTINUED = frozenset(CONTINUED_STYLES.values())
_TRPR, _TBLPR, _TBLGRID = map(name, ("trPr", "tblPr", "tblGrid"))
_NOT_PLAIN = (BR, TAB, name("cr"), name("noBreakHyphen"), SYMBOL, FORMULA_TEXT, TBL, *DELETED)
_READ = (TC, P, T, PSTYLE, *DIRECT, *_NOT_PLAIN)


class Row(Struct, frozen=True):
    """A row with its cells and what each of them reads now, merged cells not resolved."""

    element: Element
    cells: list[Element]
    texts: list[str]
    styles: list[str | None] | None
    """The style of each cell's paragraph, if there is one a cell and nothing else sets how it looks."""
    is_plain: bool = False
    """Whether every cell holds one paragraph of mere text."""

    def write(self, column: int, text: str) -> None:
        """Write a cell where its text differs, in the look that the text has."""
        if self.texts[column] == text:
            return
        self.texts[column] = text
        cell = self.cells[column]
        if self.is_plain and text == text.strip() and "\n" not in text:
            pieces = list(cell.iter(T))
            if len(pieces) == 1:  # the usual cell, written the short way: same look, same result
                pieces[0].text = text or None
                return
        paragraphs = list(cell.iter(P))
        for paragraph in paragraphs[1:]:
            remove(paragraph)
        write_text(paragraphs[0], text)

    def change_styles(self, styles: Mapping[str, str]) -> None:
        """Give each paragraph of one of these styles the other one."""
        for paragraph in self.element.iter(P):
            style = style_of(paragraph)
            if style is not None and style in styles:
                set_style(paragraph, styles[style])
        if self.styles is not None:
            self.styles[:] = [style if style is None else styles.get(style, style) for style in self.styles]


def read_row(element: Element) -> Row:
    """A row as it stands in the document."""
    plain = _read_plain_row(element)
    if plain is not None:
        return plain
    cells = cells_of(element)
    found = list(element.iter(PSTYLE, *DIRECT))
    is_usual = len(found) == len(cells) and all(one.tag == PSTYLE for one in found)
    styles = list(map(attribute, found)) if is_usual else None
    return Row(element, cells, [cell_text(cell) for cell in cells], styles)


def _read_plain_row(element: Element) -> Row | None:
    """A row whose cells hold one paragraph of mere text each, as nearly all do, in one pass; None for any other."""
    cells: list[Element] = []
    texts: list[str] = []
    styles: list[str | None] = []
    paragraphs, is_usual = 0, True
    for node in element.iter(*_READ):
        tag = node.tag
        if tag == TC:
            cells.append(node)
            texts.append("")
        elif tag == T:
            texts[-1] += node.text or ""
        elif tag == P:
            paragraphs += 1
        elif tag == PSTYLE:
            styles.append(node.get(_VAL))
        elif tag in DIRECT:
            is_usual = False
        else:
            return None
    if paragraphs != len(cells):
        return None
    return Row(element, cells, texts, styles if is_usual and len(styles) == paragraphs else None, True)


Reader = Callable[[Element], Row]
"""As `read_row`, which may remember what it has read."""


def column_edges(table: Element) -> list[int]:
    """Twips from the left edge of a table to each edge of a column, 0 first."""
    return [0, *accumulate(int(attribute(column, "w") or 0) for column in table.iterfind(GRID_COLUMNS))]


class Grid(Struct, frozen=True, dict=True):
    """A table, or one part of a table that is split over pages.

    `continued`: the rest of a row that began on the page before; it isn't in `body`, where the whole row stands.
    """

    table: Element
    header: list[Element]
    body: list[Row]
    total: Row | None
    continued: Row | None = None

    @cached_property
    def resolved(self) -> list[list[str]]:
        """The texts of every body row, one a column; a cell merged with the one above has that one's text."""
        rows: list[list[str]] = []
        width = len(self.table.findall(GRID_COLUMNS))
        above = [self.continued] if self.continued else []
        for row in (*above, *self.body):
            texts, cells = [text.removesuffix(CONTINUED) for text in row.texts], row.cells
            if len(texts) < width:
                spans = list(map(span_of, cells))
                texts = [
                    one for text, span in zip(texts, spans, strict=True) for one in (text, *[""] * (span - 1))
                ]
                cells = [cell for cell, span in zip(cells, spans, strict=True) for _ in range(span)]
            for column, text in enumerate(texts):
                if rows and not text and column < len(rows[-1]) and merge_of(cells[column]) == "continue":
                    texts[column] = rows[-1][column]
            rows.append(texts)
        return rows[len(above) :]


def read_grid(table: Element, *, has_total: bool, read: Reader = read_row) -> Grid:
    """A table by its rows. With `has_total` the last row is the total row, if there is any row below the header."""
    header, elements = split_rows(table)
    rows = list(map(read, elements))
    total = rows.pop() if has_total and rows else None
    return Grid(table, header, rows, total)


def read_parts(tables: Sequence[Element], *, has_total: bool, read: Reader = read_row) -> list[Grid]:
    """A table that stands in one or several parts; the total row is the last part's."""
    last = len(tables) - 1
    grids: list[Grid] = []
    above: list[Row] = []
    for at, table in enumerate(tables):
        grid = read_grid(table, has_total=has_total and at == last, read=read)
        if above and grid.body and (columns := continued_columns(grid.body[0])):
            rest = grid.body[0].texts
            texts = [text + rest[at] if at in columns else text for at, text in enumerate(above[-1].texts)]
            above[-1] = replace(above[-1], texts=texts)
            grid = Grid(table, grid.header, grid.body[1:], grid.total, grid.body[0])
        above = grid.body or above
        grids.append(grid)
    return grids


def continued_columns(row: Row) -> list[int]:
    """The columns whose words began in the row above, on the page before; none in nearly every row."""
    marks = map(attribute, row.element.iter(PSTYLE)) if row.styles is None else row.styles
    if _CONTINUED.isdisjoint(marks):
        return []
    styles = [map(style_of, cell.iter(P)) for cell in row.cells]
    return [at for at, cell in enumerate(styles) if not _CONTINUED.isdisjoint(cell)]


def iter_rows(table: Element) -> list[Element]:
    """The rows of a table, those inside row controls too, without those of tables in its cells."""
    direct = [child for child in table if child.tag == TR]
    if all(one.tag in (TR, _TBLPR, _TBLGRID) for one in table):
        return direct
    return [row for row in table.iter(TR) if next(row.iterancestors(TBL), None) is table]


def split_rows(table: Element) -> tuple[list[Element], list[Element]]:
    """The header rows, which Word repeats at the top of every page, and the others."""
    headers: list[Element] = []
    others: list[Element] = []
    for row in iter_rows(table):
        properties = row.find(_TRPR)
        is_header = properties is not None and is_on(properties.find(_HEADER))
        (headers if is_header else others).append(row)
    return headers, others


def cells_of(row: Element) -> list[Element]:
    """The cells of a row, those inside cell controls too."""
    direct = [child for child in row if child.tag == TC]
    if len(direct) >= len(row) - 1:
        return direct
    return [cell for cell in row.iter(TC) if next(cell.iterancestors(TR), None) is row]


def span_of(cell: Element) -> int:
    """How many columns a cell covers."""
    properties = cell.find(TCPR)
    span = None if properties is None else attribute(properties.find(_GRID_SPAN))
    return int(span) if span else 1


def merge_of(cell: Element) -> str | None:
    """`restart`: the first of merged cells; `continue`: one below; None: not merged."""
    properties = cell.find(TCPR)
    merge = None if properties is None else properties.find(_V_MERGE)
    return None if merge is None else attribute(merge) or "continue"


def merges_of(table: Element) -> dict[Element, str]:
    """As `merge_of`, for all cells of a table that are merged."""
    marks = table.iter(_V_MERGE)
    return {parent_of(parent_of(mark)): attribute(mark) or "continue" for mark in marks}


def cell_text(cell: Element) -> str:
    """The text a reader sees in a cell; paragraphs are lines."""
    return "\n".join(map(visible_text, cell.iter(P)))


def set_merge(cell: Element, merge: str | None) -> None:
    """Merge a cell, in the terms of `merge_of`."""
    properties = cell.find(TCPR)
    if properties is None:  # Word writes them into every cell, others needn't
        properties = w("tcPr")
        cell.insert(0, properties)
    current = properties.find(_V_MERGE)
    if current is not None:
        if attribute(current) == merge:
            return
        properties.remove(current)
    if merge is not None:
        insert_after(properties, w("vMerge", val=merge), _BEFORE_V_MERGE)


def set_keep_next(cells: Sequence[Element], on: bool) -> None:
    """Whether a row with these cells stays on the page of the row below it. Word goes by the row's first paragraph."""
    for cell in cells:
        for paragraph in cell.iter(P):
            properties = paragraph.find(PPR)
            if properties is None:
                properties = w("pPr")
                paragraph.insert(0, properties)
            if not set_toggle(properties, KEEP_NEXT, on, _BEFORE_KEEP_NEXT):
                return
