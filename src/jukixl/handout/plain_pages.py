"""Simple Word documents of headings, paragraphs and tables on A4: 新旧対照表, 変更一覧."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jukixl.handout.blank import blank_document, save_document
from jukixl.handout.ooxml import Element, run, w
from jukixl.handout.sections import section_properties, text_width
from jukixl.handout.tables import HEADER_FILL
from jukixl.report.model import Orientation

Pieces = Sequence[tuple[str, bool]]
"""A cell's text in pieces, each with whether it is underlined."""
Cell = str | Pieces


class PlainPages:
    """A document that is put together from the top down."""

    def __init__(self, orientation: Orientation = Orientation.PORTRAIT) -> None:
        self._orientation = orientation
        self._blocks: list[Element] = []

    def add_title(self, text: str) -> None:
        """The title at the top."""
        self._blocks.append(_paragraph("AnnexTitle", text))

    def add_heading(self, text: str) -> None:
        """What stands above a table."""
        self._blocks.append(_paragraph("TableTitle", text))

    def add_line(self, text: str) -> None:
        """A line of its own."""
        self._blocks.append(_paragraph("TableText", text))

    def add_table(
        self,
        headings: Sequence[tuple[str, int]],
        rows: Iterable[Sequence[Cell]],
        numbers: frozenset[int] = frozenset(),
    ) -> None:
        """A table over the width of the page. `headings`: each with its share of the width; `numbers`: the columns that
        stand at the right. The headings are repeated on every page."""
        shares = [share for _, share in headings]
        full = text_width(self._orientation)
        widths = [full * share // sum(shares) for share in shares]
        widths[-1] += full - sum(widths)
        header = w("tr", w("trPr", w("cantSplit"), w("tblHeader")))
        header.extend(
            _cell(width, "TableHead", text, HEADER_FILL)
            for (text, _), width in zip(headings, widths, strict=True)
        )
        table = w(
            "tbl", _table_properties(full), w("tblGrid", *(w("gridCol", w=width) for width in widths)), header
        )
        for row in rows:
            styles = ("TableNumber" if at in numbers else "TableText" for at in range(len(row)))
            table.append(w("tr", *map(_cell, widths, styles, row)))
        self._blocks += [table, _paragraph("TableSpace", "")]

    def to_bytes(self) -> bytes:
        """The .docx: the same content, the same bytes."""
        document = blank_document()
        body = document.element.body
        for block in self._blocks:
            body.append(block)
        body.append(section_properties(self._orientation))
        return save_document(document)


def _table_properties(width: int) -> Element:
    return w(
        "tblPr",
        w("tblStyle", val="HandoutTable"),
        w("tblW", w=width, type="dxa"),
        w("tblLayout", type="fixed"),
        w("tblLook", val="0020", firstRow=1, lastRow=0, firstColumn=0, lastColumn=0, noHBand=1, noVBand=1),
    )


def _cell(width: int, style: str, text: Cell, fill: str | None = None) -> Element:
    properties = w("tcPr", w("tcW", w=width, type="dxa"))
    if fill:
        properties.append(w("shd", val="clear", color="auto", fill=fill))
    return w("tc", properties, _paragraph(style, text))


def _paragraph(style: str, text: Cell) -> Element:
    pieces = [(text, False)] if isinstance(text, str) else text
    runs = [
        run(piece, *([w("u", val="single")] if is_marked else [])) for piece, is_marked in pieces if piece
    ]
    return w("p", w("pPr", w("pStyle", val=style)), *runs)
