"""Simple Word documents of headings, paragraphs and tables on A4: 新旧対照表, 変更一覧."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from jukixl.handout.blank import blank_document, save_document
from jukixl.handout.ooxml import Element, run, w
from jukixl.handout.sections import section_properties, text_width
from jukixl.handout.tables import HEADER_FILL
from jukixl.report.model import Orientation

Text = str | Sequence[tuple[str, bool]]
"""A text, or its pieces, each with whether it is underlined."""


Side = Literal["top", "bottom"]


class Cell(Struct, frozen=True):
    """A cell of a table. `fill`: its colour, six hexadecimal digits. `goes_on`: no line parts it from the cell above, or below.

    Such cells look like one. They aren't merged, as LibreOffice loses lines of merged cells where a table goes over a page.
    """

    text: Text = ""
    style: str = "TableText"
    span: int = 1
    fill: str | None = None
    goes_on: Sequence[Side] = ()


class Line(Struct, frozen=True):
    """A row of a table. `keeps`: it stays on the page of the row below it; `is_header`: it is repeated on every page."""

    cells: Sequence[Cell]
    keeps: bool = False
    is_header: bool = False


class PlainPages:
    """A document that is put together from the top down."""

    def __init__(self, orientation: Orientation = Orientation.PORTRAIT) -> None:
        self._orientation = orientation
        self._blocks: list[Element] = []
        self.width = text_width(orientation)
        """Twips between the margins."""

    def add_title(self, text: str) -> None:
        """The title at the top."""
        self._blocks.append(_paragraph("AnnexTitle", text))

    def add_heading(self, text: str) -> None:
        """What stands above a table."""
        self._blocks.append(_paragraph("TableTitle", text))

    def add_line(self, text: str) -> None:
        """A line of its own."""
        self._blocks.append(_paragraph("TableText", text))

    def add_table(self, headings: Sequence[tuple[str, int]], rows: Iterable[Sequence[Text]]) -> None:
        """A table of words. `headings`: each with its share of the width."""
        header = Line([Cell(text, "TableHead", fill=HEADER_FILL) for text, _ in headings], is_header=True)
        lines = (Line([Cell(text) for text in row]) for row in rows)
        self.add_lines([share for _, share in headings], [header, *lines])

    def add_lines(self, shares: Sequence[int], lines: Iterable[Line], caption: str = "") -> None:
        """A table over the width of the page, its columns by their shares of it. `caption` is for screen readers."""
        widths = [self.width * share // sum(shares) for share in shares]
        widths[-1] += self.width - sum(widths)
        grid = w("tblGrid", *(w("gridCol", w=width) for width in widths))
        table = w("tbl", _table_properties(self.width, caption), grid)
        table.extend(_row(widths, line) for line in lines)
        self._blocks += [table, _paragraph("TableSpace", "")]

    def to_bytes(self) -> bytes:
        """The .docx: the same content, the same bytes."""
        document = blank_document()
        body = document.element.body
        for block in self._blocks:
            body.append(block)
        body.append(section_properties(self._orientation))
        return save_document(document)


def _table_properties(width: int, caption: str) -> Element:
    look = w("tblLook", val="0020", firstRow=1, lastRow=0, firstColumn=0, lastColumn=0, noHBand=1, noVBand=1)
    made = w(
        "tblPr",
        w("tblStyle", val="HandoutTable"),
        w("tblW", w=width, type="dxa"),
        w("tblLayout", type="fixed"),
        look,
    )
    if caption:
        made.append(w("tblCaption", val=caption))
    return made


def _row(widths: Sequence[int], line: Line) -> Element:
    properties = w("trPr", w("cantSplit"))
    if line.is_header:
        properties.append(w("tblHeader"))
    made = w("tr", properties)
    at = 0
    for cell in line.cells:
        made.append(_cell(sum(widths[at : at + cell.span]), cell, keeps=line.keeps))
        at += cell.span
    return made


def _cell(width: int, cell: Cell, *, keeps: bool) -> Element:
    properties = w("tcPr", w("tcW", w=width, type="dxa"))
    if cell.span > 1:
        properties.append(w("gridSpan", val=cell.span))
    if cell.goes_on:
        properties.append(w("tcBorders", *(w(side, val="nil") for side in cell.goes_on)))
    if cell.fill:
        properties.append(w("shd", val="clear", color="auto", fill=cell.fill))
    return w("tc", properties, _paragraph(cell.style, cell.text, keeps=keeps))


def _paragraph(style: str, text: Text, *, keeps: bool = False) -> Element:
    pieces = [(text, False)] if isinstance(text, str) else text
    runs = [
        run(piece, *([w("u", val="single")] if is_marked else [])) for piece, is_marked in pieces if piece
    ]
    properties = w("pPr", w("pStyle", val=style))
    if keeps:
        properties.append(w("keepNext"))
    return w("p", properties, *runs)
