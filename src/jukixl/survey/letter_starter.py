"""The template that a letter starts from: plain official style, with a control for everything that jukixl fills in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from jukixl.handout.blank import blank_document, save_document
from jukixl.handout.controls import ControlFactory
from jukixl.handout.ooxml import Element, run, w
from jukixl.handout.styles import GRID_PITCH
from jukixl.handout.tables import HEADER_FILL
from jukixl.report.text import Text
from jukixl.survey.letter_kinds import LetterKind, LetterTable, Line

# Any fixed day, so that a template's bytes depend on the kind alone.
_TEMPLATE_DATE = datetime(2000, 1, 1)
_WIDTH, _HEIGHT, _SIDE, _TOP = 11906, 16838, 1418, 1134
_TEXT_WIDTH = _WIDTH - 2 * _SIDE
_CHARACTER = 240
"""Twips of a character of the body."""
_PADDING = 40
"""Twips above and below the text of a table's cell."""


def create_letter_template(kind: LetterKind) -> bytes:
    """The starter .docx; its bytes depend on the kind alone."""
    document = blank_document()
    document.element.body.extend(_Starter(kind).elements())
    properties = document.core_properties
    properties.title, properties.author, properties.language = kind.name, "jukixl", "ja-JP"
    properties.created = properties.modified = _TEMPLATE_DATE
    return save_document(document)


class _Starter:
    """The body of a starter, line by line. Only controls that a template needs are locked."""

    def __init__(self, kind: LetterKind) -> None:
        self._kind = kind
        self._controls = ControlFactory()

    def elements(self) -> Iterator[Element]:
        for block in self._kind.content:
            if isinstance(block, LetterTable):
                yield self._around(block.tag, _table(block))
            elif block.tag:
                yield self._around(block.tag, self._paragraph(block))
            else:
                yield self._paragraph(block)
        yield _section()

    def _paragraph(self, line: Line) -> Element:
        side = "firstLine" if line.first >= 0 else "hanging"
        indent = w("ind", **{"leftChars": line.left * 100, "left": line.left * _CHARACTER,
                             f"{side}Chars": abs(line.first) * 100, side: abs(line.first) * _CHARACTER})  # fmt: skip
        properties = w("pPr", *([w("keepNext")] if line.keep else []), indent, w("jc", val=line.align))
        made = w("p", properties)
        for part in line.parts:
            if isinstance(part, str):
                made.extend(self._pieces(part))
            else:
                made.append(self._around(part.case, *self._pieces(part.text)))
        return made

    def _pieces(self, source: str) -> Iterator[Element]:
        for part in Text(source):
            if isinstance(part, str):
                yield run(part)
            else:
                label, locked = self._kind.labels[part.tag], part.tag in self._kind.required
                yield self._controls.field(part.tag, label, locked=locked)

    def _around(self, tag: str, *content: Element) -> Element:
        label, locked = self._kind.labels[tag], tag in self._kind.required
        return self._controls.around(tag, label, content, locked=locked)


def _table(table: LetterTable) -> Element:
    total = sum(table.shares)
    widths = [_TEXT_WIDTH * share // total for share in table.shares]
    properties = w(
        "tblPr",
        w("tblStyle", val="HandoutTable"),
        w("tblW", w=sum(widths), type="dxa"),
        w("tblLayout", type="fixed"),
        w("tblCellMar", *(w(side, w=_PADDING, type="dxa") for side in ("top", "bottom"))),
    )
    grid = w("tblGrid", *(w("gridCol", w=width) for width in widths))
    header = _row(table.headings, widths, is_header=True)
    return w("tbl", properties, grid, header, _row(("○○",) * len(widths), widths))


def _row(texts: tuple[str, ...], widths: list[int], *, is_header: bool = False) -> Element:
    properties = w("trPr", w("cantSplit"), *([w("tblHeader")] if is_header else []))
    cells = (_cell(text, width, is_header=is_header) for text, width in zip(texts, widths, strict=True))
    return w("tr", properties, *cells)


def _cell(text: str, width: int, *, is_header: bool) -> Element:
    shading = [w("shd", val="clear", color="auto", fill=HEADER_FILL)] if is_header else []
    style = w("pPr", w("pStyle", val="TableHead" if is_header else "TableText"))
    return w("tc", w("tcPr", w("tcW", w=width, type="dxa"), *shading), w("p", style, run(text)))


def _section() -> Element:
    return w(
        "sectPr",
        w("pgSz", w=_WIDTH, h=_HEIGHT),
        w("pgMar", top=_TOP, right=_SIDE, bottom=_TOP, left=_SIDE, header=680, footer=680, gutter=0),
        w("cols", space=425),
        w("docGrid", type="lines", linePitch=GRID_PITCH),
    )
