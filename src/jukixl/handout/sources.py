"""数値出典一覧: an appendix of the handout that says for every figure and table its value, its pages, cells and where that was typed.

It is there where somebody asked for it; once in a document it is kept right by every build and refresh, until staff delete it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise, zip_longest
from typing import TYPE_CHECKING

from msgspec import Struct

from jukixl.handout.controls import Control, ControlFactory, iter_controls
from jukixl.handout.grid import cells_of, split_rows
from jukixl.handout.mismatches import Mismatch, differing, mismatch_at
from jukixl.handout.names import SOURCES_TAG
from jukixl.handout.ooxml import (
    SECTPR,
    TBL,
    Element,
    P,
    is_blank,
    name,
    remove,
    run,
    visible_text,
    w,
    write_text,
)
from jukixl.handout.package import Document
from jukixl.handout.printed_pages import page_list
from jukixl.handout.sections import section_properties, text_width
from jukixl.handout.sentences import most_like
from jukixl.handout.states import State
from jukixl.handout.styles import TABLE_NOTE
from jukixl.handout.tables import HEADER_FILL, table_cell
from jukixl.handout.tabletext import alike, normal
from jukixl.report.model import Orientation

if TYPE_CHECKING:
    from jukixl.handout.tie_out import Entry, TableEntries, TieOut
    from jukixl.workbook.master import Master

TITLE = "数値出典一覧"
_HEADINGS = ("番号", "頁", "数値・表", "値", "マスターのセル", "計算", "元の回答・入力")
_SHARES = (0.5, 1.1, 2.5, 1.9, 2.0, 3.4, 3.2)
_CENTERED = (0, 1, 3)
_REFERENCES = (name("headerReference"), name("footerReference"))

_Line = tuple[str, ...]


class SourceList(Struct, frozen=True):
    """What the appendix is made from; `wanted`: a document that hasn't got one gets it."""

    master: Master
    wanted: bool = False

    def add(self, body: Element) -> None:
        """Put the appendix at the end of a document, still empty, where it is wanted and missing."""
        if self.wanted and not any(control.tag == SOURCES_TAG for control in iter_controls(body)):
            _append(body)

    def fill(self, document: Document) -> None:
        """Write the appendix of a document that is laid out, if it has one."""
        controls = [control for control in iter_controls(document.body) if control.tag == SOURCES_TAG]
        if controls:
            tied = self._tied(document)
            for control in controls:
                _write(control, _note(tied), list(_lines(tied)))

    def iter_mismatches(self, document: Document, control: Control) -> Iterator[Mismatch]:
        """Where the appendix doesn't say what it would say now."""
        tied = self._tied(document)
        note = "".join(map(visible_text, _notes(control)))
        if note and normal(note) != normal(_note(tied)):
            yield differing(f"{TITLE}の注", _note(tied), note, None)
        for due, found in zip_longest(_lines(tied), _read(control)):
            place = f"{TITLE}の「{'・'.join((due or found or ())[2:3])}」"
            if due is None or found is None:
                yield mismatch_at(place, State.EXTRA if due is None else State.MISSING)
                continue
            for heading, expected, actual in zip_longest(_HEADINGS, due, found, fillvalue=""):
                if not alike(expected, actual):
                    yield differing(f"{place}・{heading}", expected, actual, None)

    def _tied(self, document: Document) -> TieOut:
        from jukixl.handout.tie_out import tie_out_document

        return tie_out_document(self.master, document)


def _note(tied: TieOut) -> str:
    return f"値は、指紋 {tied.origin.master} のマスターのもの。頁は、この資料の頁。"


def _lines(tied: TieOut) -> Iterator[_Line]:
    lines = [*_figure_lines(tied.figures), *map(_table_line, tied.tables)]
    for number, line in enumerate(lines, 1):
        yield (str(number), *line)


def _figure_lines(entries: tuple[Entry, ...]) -> Iterator[_Line]:
    """A line a figure, with all pages on which it stands."""
    pages: dict[_Line, list[int]] = {}
    line: _Line
    for entry in entries:
        if entry.shown:
            line = (entry.title, entry.due, entry.cells, entry.words, entry.sources)
            pages.setdefault(line, []).extend(() if entry.page is None else (entry.page,))
    for line, found in pages.items():
        yield (page_list(found), *line)


def _table_line(table: TableEntries) -> _Line:
    pages = page_list([entry.page for entry in table.entries if entry.page is not None])
    return pages, f"表「{table.title}」", table.summary, table.cells, "", table.sources


def _append(body: Element) -> None:
    """A landscape section of its own: what stood there ends the section before, with its page numbers and footers."""
    last = body[-1]
    section = section_properties(Orientation.LANDSCAPE)
    if last.tag == SECTPR:
        for one in [one for one in section if one.tag in _REFERENCES]:
            section.remove(one)
        section[:0] = [copy.deepcopy(one) for one in last if one.tag in _REFERENCES]
        remove(last)
        body.append(w("p", w("pPr", w("pStyle", val="SectionEnd"), last)))
    edges = [0, *accumulate(_SHARES)]
    room = text_width(Orientation.LANDSCAPE)
    places = [round(room * edge / edges[-1]) for edge in edges]
    table = _table([right - left for left, right in pairwise(places)])
    body.append(w("p", w("pPr", w("pStyle", val="AnnexTitle")), run(TITLE)))
    note = w("p", w("pPr", w("pStyle", val=TABLE_NOTE)))
    body.append(ControlFactory().around(SOURCES_TAG, TITLE, [note, table]))
    body.append(w("p", w("pPr", w("pStyle", val="SectionEnd"))))
    body.append(section)


def _table(widths: list[int]) -> Element:
    header = w("tr", w("trPr", w("cantSplit"), w("tblHeader")))
    header.extend(
        table_cell(width, "TableHeadWide", text, fill=HEADER_FILL)
        for width, text in zip(widths, _HEADINGS, strict=True)
    )
    return w(
        "tbl",
        w(
            "tblPr",
            w("tblStyle", val="HandoutTable"),
            w("tblW", w=sum(widths), type="dxa"),
            w("tblLayout", type="fixed"),
            w("tblCaption", val=TITLE),
        ),
        w("tblGrid", *(w("gridCol", w=width) for width in widths)),
        header,
        _row(widths, ("",) * len(widths)),
    )


def _row(widths: list[int], line: _Line) -> Element:
    styles = ("TableCenterWide" if at in _CENTERED else "TableTextWide" for at in range(len(line)))
    cells = (table_cell(*cell) for cell in zip(widths, styles, line, strict=True))
    return w("tr", w("trPr", w("cantSplit")), *cells)


def _write(control: Control, note: str, lines: list[_Line]) -> None:
    """Note and rows as they are due. They are the workbook's alone; paragraphs that a hand typed around them are put outside."""
    paragraphs = _notes(control)
    if paragraphs:
        own = most_like(paragraphs, visible_text, note)
        _put_outside(control, own, [one for one in paragraphs if one is not own and not is_blank(one)])
        if visible_text(own) != note:
            write_text(own, note)
    if list(_read(control)) == lines:
        return
    table = None if control.content is None else next(control.content.iter(TBL), None)
    if table is None:
        return
    for row in split_rows(table)[1]:
        remove(row)
    widths = [int(one.get(name("w"), "0")) for one in table.iterfind(f"{name('tblGrid')}/{name('gridCol')}")]
    table.extend(_row(widths, line) for line in lines)


def _put_outside(control: Control, own: Element, typed: Iterable[Element]) -> None:
    last = control.element
    before = list(own.itersiblings(preceding=True))
    for paragraph in typed:
        if paragraph in before:
            control.element.addprevious(paragraph)
        else:
            last.addnext(paragraph)
            last = paragraph


def _notes(control: Control) -> list[Element]:
    return [] if control.content is None else control.content.findall(P)


def _read(control: Control) -> Iterator[_Line]:
    table = None if control.content is None else next(control.content.iter(TBL), None)
    for row in [] if table is None else split_rows(table)[1]:
        yield tuple(map(visible_text, cells_of(row)))
