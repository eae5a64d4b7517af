"""Tables as they stand in a document: rows and cells, merged cells resolved, each cell read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain

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
    child_of,
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
_GRID_COLUMN = name("gridCol")
_BEFORE_V_MERGE = frozenset(map(name, ("cnfStyle", "tcW", "gridSpan", "hMerge")))
_BEFORE_KEEP_NEXT = frozenset({PSTYLE})
_CONTINUED = frozenset(CONTINUED_STYLES.values())
_TRPR, _TBLPR, _TBLGRID = map(name, ("trPr", "tblPr", "tblGrid"))
_NOT_TEXT = (TAB, name("cr"), name("noBreakHyphen"), SYMBOL, FORMULA_TEXT, TBL, *DELETED)
_READ = (TC, P, T, PSTYLE, BR, *DIRECT, *_NOT_TEXT)


class Row(Struct, frozen=True):
    """A row with its cells and what each of them reads now, merged cells not resolved."""

    element: Element
    cells: list[Element]
    texts: list[str]
    styles: list[str | None] | None
    """The style of each cell's paragraph, if there is one a cell and nothing else sets how it looks."""
    is_plain: bool = False
    """Whether every cell holds one paragraph of mere text, without line breaks."""

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
    of_text = _read_row_of_text(element)
    if of_text is not None:
        return of_text
    cells = cells_of(element)
    found = list(element.iter(PSTYLE, *DIRECT))
    is_usual = len(found) == len(cells) and all(one.tag == PSTYLE for one in found)
    styles = list(map(attribute, found)) if is_usual else None
    return Row(element, cells, [cell_text(cell) for cell in cells], styles)


def _read_row_of_text(element: Element) -> Row | None:
    """A row whose cells hold nothing but lines of text, as nearly all do, in one pass; None for any other."""
    cells: list[Element] = []
    texts: list[str] = []
    styles: list[str | None] = []
    paragraphs, is_first, is_usual, is_plain = 0, True, True, True
    for node in element.iter(*_READ):
        tag = node.tag
        if tag == TC:
            cells.append(node)
            texts.append("")
            is_first = True
        elif tag == T:
            texts[-1] += node.text or ""
        elif tag == P:
            paragraphs += 1
            texts[-1] += "" if is_first else "\n"
            is_first = False
        elif tag == PSTYLE:
            styles.append(node.get(_VAL))
        elif tag == BR:
            texts[-1] += "\n"
            is_plain = False
        elif tag in DIRECT:
            is_usual = False
        else:
            return None
    is_usual = is_usual and len(styles) == paragraphs == len(cells)
    is_plain = is_plain and paragraphs == len(cells)
    return Row(element, cells, texts, styles if is_usual else None, is_plain)


class TableRows(Struct, frozen=True):
    """The rows of a table: those that Word repeats at the top of every page, and the others."""

    header: list[Row]
    others: list[Row]


def read_table(table: Element) -> TableRows:
    """A table's rows as they stand in the document."""
    header, others = split_rows(table)
    rows = _read_usual_rows(table, others) or list(map(read_row, others))
    return TableRows(list(map(read_row, header)), rows)


def _read_usual_rows(table: Element, elements: Sequence[Element]) -> list[Row] | None:
    """Rows that hold in every cell one paragraph with a style and one text, as nearly all tables have; None else.

    Such cells are alike: four nodes each, of which the second can only be the paragraph. One kind of node after the
    other is looked at for the whole table, as going through the cells takes three times as long.
    """
    cells = list(map(cells_of, elements))
    in_order = list(chain.from_iterable(cells))
    if not in_order:
        return None
    nodes = list(table.iterdescendants(*_READ))
    del nodes[: nodes.index(in_order[0])]
    styled, written = nodes[2::4], nodes[3::4]
    if nodes[::4] != in_order or len(nodes) != 4 * len(in_order):
        return None
    if {node.tag for node in styled} != {PSTYLE} or {node.tag for node in written} != {T}:
        return None
    texts = [node.text or "" for node in written]
    styles = [node.get(_VAL) for node in styled]
    ends = list(accumulate(map(len, cells)))
    return [
        Row(element, own, texts[end - len(own) : end], styles[end - len(own) : end], is_plain=True)
        for element, own, end in zip(elements, cells, ends, strict=True)
    ]


Reader = Callable[[Element], TableRows]
"""As `read_table`, which may remember what it has read."""


def column_edges(table: Element) -> list[int]:
    """Twips from the left edge of a table to each edge of a column, 0 first."""
    return [0, *accumulate(int(attribute(column, "w") or 0) for column in grid_columns(table))]


def grid_columns(table: Element) -> list[Element]:
    """What says how wide each column of a table is."""
    grid = child_of(table, _TBLGRID)
    return [] if grid is None else list(grid.iterchildren(_GRID_COLUMN))


class Grid(Struct, frozen=True, dict=True):
    """A table, or one part of a table that is split over pages.

    `continued`: the rest of a row that began on the page before; it isn't in `body`, where the whole row stands.
    """

    table: Element
    header: list[Row]
    body: list[Row]
    total: Row | None
    continued: Row | None = None

    @cached_property
    def resolved(self) -> list[list[str]]:
        """The texts of every body row, one a column; a cell merged with the one above has that one's text."""
        rows: list[list[str]] = []
        width = len(grid_columns(self.table))
        above = [self.continued] if self.continued else []
        for row in (*above, *self.body):
            texts, cells = [text.removesuffix(CONTINUED) for text in row.texts], row.cells
            if len(texts) < width:
                spans = list(map(span_of, cells))
                texts = [
                    one for text, span in zip(texts, spans, strict=True) for one in (text, *[""] * (span - 1))
                ]
                cells = [cell for cell, span in zip(cells, spans, strict=True) for _ in range(span)]
            if "" in texts and rows:
                for column, over in enumerate(rows[-1][: len(texts)]):
                    if not texts[column] and merge_of(cells[column]) == "continue":
                        texts[column] = over
            rows.append(texts)
        return rows[len(above) :]


def read_grid(table: Element, *, has_total: bool, read: Reader = read_table) -> Grid:
    """A table by its rows. With `has_total` the last row is the total row, if there is any row below the header."""
    found = read(table)
    rows = list(found.others)
    total = rows.pop() if has_total and rows else None
    return Grid(table, found.header, rows, total)


def read_parts(tables: Sequence[Element], *, has_total: bool, read: Reader = read_table) -> list[Grid]:
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
    if len(direct) + sum(1 for _ in table.iterchildren(_TBLPR, _TBLGRID)) == len(table):
        return direct
    return [row for row in table.iter(TR) if next(row.iterancestors(TBL), None) is table]


def split_rows(table: Element) -> tuple[list[Element], list[Element]]:
    """The header rows, which Word repeats at the top of every page, and the others."""
    headers: list[Element] = []
    others: list[Element] = []
    for row in iter_rows(table):
        (headers if _is_header(row) else others).append(row)
    return headers, others


def _is_header(row: Element) -> bool:
    """Looks at nothing but the row's properties: a walk through all of its cells takes longer."""
    properties = child_of(row, _TRPR)
    return properties is not None and is_on(child_of(properties, _HEADER))


def cells_of(row: Element) -> list[Element]:
    """The cells of a row, those inside cell controls too."""
    direct = list(row.iterchildren(TC))
    if len(direct) >= len(row) - 1:
        return direct
    return [cell for cell in row.iter(TC) if next(cell.iterancestors(TR), None) is row]


def span_of(cell: Element) -> int:
    """How many columns a cell covers."""
    properties = child_of(cell, TCPR)
    span = None if properties is None else attribute(child_of(properties, _GRID_SPAN))
    return int(span) if span else 1


def merge_of(cell: Element) -> str | None:
    """`restart`: the first of merged cells; `continue`: one below; None: not merged."""
    properties = child_of(cell, TCPR)
    merge = None if properties is None else child_of(properties, _V_MERGE)
    return None if merge is None else attribute(merge) or "continue"


def merges_of(elements: Iterable[Element]) -> dict[Element, str]:
    """As `merge_of`, for all cells of tables or rows that are merged."""
    marks = chain.from_iterable(element.iter(_V_MERGE) for element in elements)
    return {parent_of(parent_of(mark)): attribute(mark) or "continue" for mark in marks}


def cell_text(cell: Element) -> str:
    """The text a reader sees in a cell; paragraphs are lines."""
    return "\n".join(map(visible_text, cell.iter(P)))


def set_merge(cell: Element, merge: str | None) -> None:
    """Merge a cell, in the terms of `merge_of`."""
    properties = child_of(cell, TCPR)
    if properties is None:  # Word writes them into every cell, others needn't
        properties = w("tcPr")
        cell.insert(0, properties)
    current = child_of(properties, _V_MERGE)
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
            properties = child_of(paragraph, PPR)
            if properties is None:
                properties = w("pPr")
                paragraph.insert(0, properties)
            if not set_toggle(properties, KEEP_NEXT, on, _BEFORE_KEEP_NEXT):
                return
