"""The printed form of a declared table: header rows with groups, a row to copy, a total row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from msgspec import Struct

from jukixl.handout.controls import FigureControls
from jukixl.handout.ooxml import Element, run, text_nodes, w
from jukixl.report.model import Column, Kind, Orientation, Table
from jukixl.report.text import Text

HEADER_FILL = "E4E8EE"
TOTAL_FILL = "EEEEEE"
REMAINDER_FILL = "F4F4F4"
_SAMPLES = {Kind.COUNT: "0,000", Kind.RATE: "00.0%", Kind.POINTS: "0.0%"}
_PADDING = {Orientation.PORTRAIT: 34, Orientation.LANDSCAPE: 0}
"""Twips above and below the text of a cell; a landscape page holds 27 rows only without."""
_LEFT_KINDS = (Kind.TEXT,)


class HeaderCell(Struct, frozen=True):
    """A cell of a header row. `text` None: the cell above reaches down into it."""

    text: Text | None
    span: int = 1
    reaches_down: bool = False


def header_rows(table: Table) -> tuple[tuple[HeaderCell, ...], ...]:
    """One header row; with groups two, where columns without a group reach over both."""
    columns = table.printed_columns
    if not any(column.group for column in columns):
        return (tuple(HeaderCell(column.title) for column in columns),)
    upper = tuple(
        cell for group, members in groupby(columns, _group) for cell in _upper_cells(group, list(members))
    )
    lower = tuple(HeaderCell(column.title if column.group else None) for column in columns)
    return upper, lower


def _group(column: Column) -> Text | None:
    return column.group or None


def _upper_cells(group: Text | None, members: list[Column]) -> Iterator[HeaderCell]:
    if group is None:
        yield from (HeaderCell(column.title, reaches_down=True) for column in members)
    else:
        yield HeaderCell(group, span=len(members))


def label_span(table: Table) -> int:
    """How many columns the label of the total row covers: those before the first number, at least one."""
    columns = table.printed_columns
    leading = next((at for at, column in enumerate(columns) if column.kind.is_number), len(columns))
    return max(1, leading)


def column_widths(table: Table, text_width: int) -> list[int]:
    """Twips of each printed column; they add up to `text_width` exactly."""
    shares = [column.width for column in table.printed_columns]
    edges = [round(text_width * sum(shares[:count]) / sum(shares)) for count in range(len(shares) + 1)]
    return [right - left for left, right in pairwise(edges)]


class TableMaker:
    """Makes the Word table of a declared table, not yet filled."""

    def __init__(self, table: Table, text_width: int, controls: FigureControls) -> None:
        self._table = table
        self._widths = column_widths(table, text_width)
        self._controls = controls

    def make(self) -> Element:
        """The `w:tbl`."""
        grid = w("tblGrid", *(w("gridCol", w=width) for width in self._widths))
        made = w("tbl", self._properties(), grid, *map(self._header_row, header_rows(self._table)))
        made.append(body_row(self._table, self._widths))
        if self._table.has_total():
            made.append(self._total_row())
        return made

    def _properties(self) -> Element:
        padding = _PADDING[self._table.orientation]
        margins = [w(side, w=padding, type="dxa") for side in ("top", "bottom")]
        titles = "、".join(column.title.plain for column in self._table.printed_columns)
        return w(
            "tblPr",
            w("tblStyle", val="HandoutTable"),
            w("tblW", w=sum(self._widths), type="dxa"),
            w("tblLayout", type="fixed"),
            w("tblCellMar", *margins),
            w(
                "tblLook",
                val="0020",
                firstRow=1,
                lastRow=0,
                firstColumn=0,
                lastColumn=0,
                noHBand=1,
                noVBand=1,
            ),
            w("tblCaption", val=self._table.title),
            w("tblDescription", val=f"列: {titles}"),
        )

    def _header_row(self, cells: tuple[HeaderCell, ...]) -> Element:
        row = w("tr", w("trPr", w("cantSplit"), w("tblHeader")))
        at = 0
        for cell in cells:
            row.append(self._header_cell(cell, sum(self._widths[at : at + cell.span])))
            at += cell.span
        return row

    def _header_cell(self, cell: HeaderCell, width: int) -> Element:
        # A paragraph a line: LibreOffice loses a line break in the first cell of a table.
        lines = [""] if cell.text is None else cell.text.source.split("\n")
        paragraphs = [_paragraph(self._table, "TableHead") for _ in lines]
        for paragraph, line in zip(paragraphs, lines, strict=True):
            paragraph.extend(self._controls.pieces(Text(line)))
        merge = (
            [w("vMerge", val="restart")] if cell.reaches_down else [w("vMerge")] if cell.text is None else []
        )
        return _cell(width, cell.span, merge, HEADER_FILL, *paragraphs)

    def _total_row(self) -> Element:
        span = label_span(self._table)
        label = _paragraph(self._table, "TableHead")
        label.append(w("r", *text_nodes(self._table.total_label or "")))
        cells = [_cell(sum(self._widths[:span]), span, [], TOTAL_FILL, label)]
        for column, width in zip(self._table.printed_columns[span:], self._widths[span:], strict=True):
            text = _SAMPLES.get(column.kind, "")
            cells.append(_body_cell(self._table, _cell_style(column), width, text, fill=TOTAL_FILL))
        return w("tr", w("trPr", w("cantSplit")), *cells)


def body_row(table: Table, widths: Sequence[int]) -> Element:
    """A row to copy, with columns of these widths (twips)."""
    cells = (
        _body_cell(table, _cell_style(column), width, _SAMPLES.get(column.kind, "○○"))
        for column, width in zip(table.printed_columns, widths, strict=True)
    )
    return w("tr", w("trPr", w("cantSplit")), *cells)


def spanning_row(table: Table, widths: Sequence[int], text: str) -> Element:
    """A row of one cell over all columns."""
    cell = _body_cell(table, "TableCenter", sum(widths), text, span=len(widths))
    return w("tr", w("trPr", w("cantSplit")), cell)


def _body_cell(
    table: Table, style: str, width: int, text: str, *, span: int = 1, fill: str | None = None
) -> Element:
    return table_cell(width, style + _suffix(table), text, span=span, fill=fill)


def table_cell(width: int, style: str, text: str, *, span: int = 1, fill: str | None = None) -> Element:
    """A cell with a text in this style, `width` twips wide."""
    return _cell(width, span, [], fill, w("p", w("pPr", w("pStyle", val=style)), run(text)))


def _suffix(table: Table) -> str:
    return "Wide" if table.orientation is Orientation.LANDSCAPE else ""


def _paragraph(table: Table, style: str) -> Element:
    return w("p", w("pPr", w("pStyle", val=style + _suffix(table))))


def _cell_style(column: Column) -> str:
    if column.kind.is_number:
        return "TableNumber"
    return "TableText" if column.kind in _LEFT_KINDS else "TableCenter"


def _cell(width: int, span: int, merge: list[Element], fill: str | None, *paragraphs: Element) -> Element:
    properties = w("tcPr", w("tcW", w=width, type="dxa"))
    if span > 1:
        properties.append(w("gridSpan", val=span))
    properties.extend(merge)
    if fill:
        properties.append(w("shd", val="clear", color="auto", fill=fill))
    properties.append(w("vAlign", val="center"))
    return w("tc", properties, *paragraphs)
