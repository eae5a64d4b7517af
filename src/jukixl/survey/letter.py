"""Letters to municipalities (依頼文, 督促文, 差戻し文): plain official style, one Word document each, for staff to edit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from msgspec import Struct

from jukixl.era import format_date
from jukixl.handout.blank import blank_document, save_document
from jukixl.handout.ooxml import Element, run, w
from jukixl.handout.styles import GRID_PITCH
from jukixl.handout.tables import HEADER_FILL
from jukixl.survey.letterhead import Letterhead

_NUMBER = "　　　第　　　号"
_WIDTH, _HEIGHT, _SIDE, _TOP = 11906, 16838, 1418, 1134
_TEXT_WIDTH = _WIDTH - 2 * _SIDE
_CHARACTER = 240
"""Twips of a character of the body."""
_PADDING = 40
"""Twips above and below the text of a table's cell."""
_FIRST_LINE, _SENDER_INDENT, _ITEM_INDENT = 1, 20, 3


class LetterTable(Struct, frozen=True):
    """A table of a letter; `shares` are its columns' shares of the width."""

    headings: tuple[str, ...]
    shares: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


class Letter(Struct, frozen=True, kw_only=True):
    """What a letter says, in its order on the page. `items` are numbered under 記, each with its lines.

    Without an addressee it is a list for the office itself: no number, no sender.
    """

    day: date
    addressee: str = ""
    head: Letterhead
    title: str
    body: tuple[str, ...]
    items: tuple[tuple[str, tuple[str, ...]], ...] = ()
    table: LetterTable | None = None


def render_letter(letter: Letter) -> bytes:
    """The .docx; its bytes depend on the letter alone."""
    document = blank_document()
    document.element.body.extend(_elements(letter))
    properties = document.core_properties
    properties.title, properties.author, properties.language = letter.title, "jukixl", "ja-JP"
    properties.created = properties.modified = datetime.combine(letter.day, datetime.min.time())
    return save_document(document)


def _elements(letter: Letter) -> Iterator[Element]:
    if letter.addressee:
        yield _line(_NUMBER, "right")
    yield _line(format_date(letter.day), "right")
    yield _line("")
    if letter.addressee:
        yield _line(letter.addressee)
        yield _line("")
        yield _line(letter.head.sender, left=_SENDER_INDENT)
        yield _line("")
    yield _line(letter.title, "center")
    yield _line("")
    for text in letter.body:
        yield _line(text, first=_FIRST_LINE)
    yield from _particulars(letter)
    if letter.addressee:
        yield _line("")
        for text in letter.head.contact:
            yield _line(text, left=_SENDER_INDENT)
    yield _section()


def _particulars(letter: Letter) -> Iterator[Element]:
    """記 … 以上; nothing where the letter has no particulars."""
    if not letter.items and letter.table is None:
        return
    yield _line("")
    yield _line("記", "center")
    yield _line("")
    for number, (heading, lines) in enumerate(letter.items, 1):
        yield _line(f"{number}　{heading}", keep=True)
        for text in lines:
            yield _line(text, left=_ITEM_INDENT, first=-1)
    if letter.table is not None:
        yield _table(letter.table)
    yield _line("以上", "right")


def _line(text: str, align: str = "left", *, left: int = 0, first: int = 0, keep: bool = False) -> Element:
    """A paragraph; `left` and `first` are indents in characters, a negative `first` hangs."""
    side = "firstLine" if first >= 0 else "hanging"
    indent = w("ind", **{"leftChars": left * 100, "left": left * _CHARACTER,
                         f"{side}Chars": abs(first) * 100, side: abs(first) * _CHARACTER})  # fmt: skip
    properties = w("pPr", *([w("keepNext")] if keep else []), indent, w("jc", val=align))
    return w("p", properties, *([run(text)] if text else []))


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
    rows = [_row(table.headings, widths, is_header=True)]
    rows += [_row(row, widths) for row in table.rows]
    return w("tbl", properties, grid, *rows)


def _row(texts: tuple[str, ...], widths: list[int], *, is_header: bool = False) -> Element:
    properties = w("trPr", w("cantSplit"), *([w("tblHeader")] if is_header else []))
    cells = (_cell(text, width, is_header=is_header) for text, width in zip(texts, widths, strict=True))
    return w("tr", properties, *cells)


def _cell(text: str, width: int, *, is_header: bool) -> Element:
    shading = [w("shd", val="clear", color="auto", fill=HEADER_FILL)] if is_header else []
    style = w("pPr", w("pStyle", val="TableHead" if is_header else "TableText"))
    properties = w("tcPr", w("tcW", w=width, type="dxa"), *shading)
    return w("tc", properties, w("p", style, *([run(text)] if text else [])))


def _section() -> Element:
    return w(
        "sectPr",
        w("pgSz", w=_WIDTH, h=_HEIGHT),
        w("pgMar", top=_TOP, right=_SIDE, bottom=_TOP, left=_SIDE, header=680, footer=680, gutter=0),
        w("cols", space=425),
        w("docGrid", type="lines", linePitch=GRID_PITCH),
    )
