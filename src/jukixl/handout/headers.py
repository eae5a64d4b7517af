"""The header rows of the report's tables: what the definition says they read, and what a document has."""

from __future__ import annotations

from collections.abc import Sequence

from jukixl.handout.controls import Control
from jukixl.handout.grid import cells_of, span_of
from jukixl.handout.ooxml import DELETED, SDT, TBL, TC, Element, P, T, name, visible_text
from jukixl.handout.tables import header_rows
from jukixl.handout.tabletext import normal
from jukixl.report.model import Table

_NOT_MERE_TEXT = (SDT, TBL, name("noBreakHyphen"), *DELETED)
_SPAN = name("gridSpan")


def header_texts(table: Table) -> list[list[str]]:
    """The declared texts of the header rows, placeholders as a definition writes them; the last row has every column."""
    return [
        ["" if cell.text is None else normal(cell.text.source) for cell in row] for row in header_rows(table)
    ]


def header_difference(declared: Sequence[Sequence[str]], rows: Sequence[Element]) -> str | None:
    """How the header rows in a document differ from the declared ones, in words; None where they don't."""
    if len(rows) != len(declared):
        return f"見出し行は{len(declared)}行のはずですが{len(rows)}行です"
    columns = len(declared[-1])
    for row, texts in zip(rows, declared, strict=True):
        found = cells_of(row)
        width = len(found) if next(row.iter(_SPAN), None) is None else sum(map(span_of, found))
        if width != columns or len(found) != len(texts):
            return f"{columns}列のはずですが{width}列です"
        sources = _mere_texts(row) or map(_source_text, found)
        for source, text in zip(sources, texts, strict=True):
            shown = normal(source)
            if shown != text:
                return f"「{text}」のはずの見出しが「{shown}」です"
    return None


def _source_text(cell: Element) -> str:
    """The text of a header cell as a definition writes it: controls as placeholders."""
    pieces: list[str] = []
    for paragraph in cell.iter(P):
        for child in paragraph:
            if child.tag == SDT:
                pieces.append("{" + (Control(child).tag or "").replace(".", ":") + "}")
            elif child.tag != name("pPr"):
                pieces.append(visible_text(child))
    return "".join(pieces)


def _mere_texts(row: Element) -> list[str] | None:
    """The same, the short way, for a row of cells with nothing but words; None for any other."""
    texts: list[str] = []
    for node in row.iter(TC, T, *_NOT_MERE_TEXT):
        if node.tag == TC:
            texts.append("")
        elif node.tag == T:
            texts[-1] += node.text or ""
        else:
            return None
    return texts
