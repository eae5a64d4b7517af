"""Which page everything is on, worked out by counting lines: no Word and no LibreOffice is at hand when a handout is built.

The numbers are true by construction rather than by luck: every line has a fixed pitch, lines are counted on the long
side, and where a table goes over to the next page the build puts the page break itself, a line early.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from operator import add

from msgspec import Struct, field
from msgspec.structs import replace

from jukixl.handout.controls import Control
from jukixl.handout.footnotes import Footnotes
from jukixl.handout.formats import ParagraphFormat, StyleSheet
from jukixl.handout.geometry import TableGeometry
from jukixl.handout.grid import Reader, read_table, split_rows
from jukixl.handout.heights import free_table_heights
from jukixl.handout.ooxml import (
    BR,
    SDT,
    SDTCONTENT,
    SECTPR,
    TBL,
    Element,
    P,
    attribute,
    name,
    parent_of,
    style_of,
    visible_text,
)
from jukixl.handout.sections import section_of
from jukixl.handout.styles import HIDDEN_NOTE, TABLE_NOTE
from jukixl.handout.tallrows import Break

SLACK = 300
"""Twips left free on a page that a table is parted on, and half of it under a table that just fits.

A line of a cell more than counted has room in it, and so have the few twips by which programs draw borders differently.
"""
GRID_TOLERANCE = 20
"""Twips by which programs differ on whether one more line of the grid fits: they round lengths to other units."""
_BOOKMARK = name("bookmarkStart")
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}inline"
_EMU_PER_TWIP = 635
_NOTES_SHARE = 4
"""Notes that take more than this part of a page go over it."""


class Layout(Struct):
    """Printed page numbers of bookmarks; before which elements a page break goes; where tables are parted.

    `breaks` has, by the element of a table's control, where in it a new page starts. `starts` has the page on
    which a paragraph or a row of a table that isn't laid out here begins.
    """

    pages: dict[str, int] = field(default_factory=dict)
    new_pages: list[Element] = field(default_factory=list)
    breaks: dict[Element, tuple[Break, ...]] = field(default_factory=dict)
    starts: dict[Element, int] = field(default_factory=dict)


class _Paragraph(Struct, frozen=True):
    element: Element
    look: ParagraphFormat
    lines: int
    extra: int
    breaks_after: bool
    is_blank: bool
    bookmarks: list[str]
    notes: tuple[tuple[int, int], ...] = ()
    """Of its footnotes: the line of the mark, from 0, and the height."""

    @property
    def height(self) -> int:
        return self.look.height(self.lines) + self.extra + self.height_of_notes(0, self.lines)

    @property
    def least(self) -> int:
        """What must fit for the paragraph to begin on a page: two lines, all of three."""
        if self.lines <= 3:
            return self.height
        return self.look.before + 2 * self.look.pitch + self.height_of_notes(0, 2)

    def height_of_notes(self, first: int, end: int) -> int:
        """Of the footnotes to the lines from `first` to before `end`."""
        return sum(height for line, height in self.notes if first <= line < end)


class _Table(Struct, frozen=True):
    """A table with the height of the notes below it, which its geometry counts as part of the last row."""

    element: Element
    geometry: TableGeometry
    notes: int = 0


class _Rows(Struct, frozen=True):
    """A table that jukixl doesn't manage."""

    element: Element
    rows: list[tuple[Element, int]]
    """Each with its height."""


_Item = _Paragraph | _Table | _Rows


class _Page(Struct, frozen=True):
    """A section's page: height and width for text in twips, the pitch of its line grid, the number it starts with.

    The height is one of whole grid lines: LibreOffice leaves the rest of the page blank, above tables too.
    """

    height: int
    width: int
    grid: int
    start: int | None
    continuous: bool


def paginate(
    body: Element,
    styles: StyleSheet,
    tables: Mapping[Element, TableGeometry],
    footnotes: Footnotes | None,
    read: Reader = read_table,
) -> Layout:
    """Lay out a document. `tables` has the geometry of the managed tables by the element of their control."""
    flow = _Flow()
    for page, elements in _sections(body):
        flow.begin_section(page, footnotes.line(page.grid) if footnotes else 0)
        items = list(_Items(page, styles, tables, footnotes, read).of(elements))
        for chain in _chains(_with_notes(items, page.height)):
            flow.place_chain(chain)
    return flow.layout


def _with_notes(items: Sequence[_Item], page: int) -> Iterator[_Item]:
    """Let every table leave room for its notes, so that none stands alone on the page behind."""
    for at, item in enumerate(items, 1):
        if isinstance(item, _Table):
            notes = min(sum(map(_note_height, takewhile(_is_note, items[at:]))), page // _NOTES_SHARE)
            yield _Table(item.element, replace(item.geometry, total=item.geometry.total + notes), notes)
        else:
            yield item


def _note_height(item: _Item) -> int:
    return item.height if isinstance(item, _Paragraph) else 0


def _is_note(item: _Item) -> bool:
    return isinstance(item, _Paragraph) and style_of(item.element) in (TABLE_NOTE, HIDDEN_NOTE)


def _sections(body: Element) -> Iterator[tuple[_Page, list[Element]]]:
    elements: list[Element] = []
    for element in _outside(body):
        if element.tag == SECTPR:
            yield _page(element), elements
            return
        elements.append(element)
        section = section_of(element) if element.tag == P else None
        if section is not None:
            yield _page(section), elements
            elements = []


def _outside(elements: Iterable[Element]) -> Iterator[Element]:
    """The elements of a document, and in place of a control in which a section ends what it holds."""
    for element in elements:
        content = Control(element).content if element.tag == SDT else None
        if content is not None and _has_section_end(content):
            yield from _outside(content)
        else:
            yield element


def _has_section_end(content: Element) -> bool:
    """Sections end in paragraphs, never within a table."""
    for child in content:
        if child.tag == P and section_of(child) is not None:
            return True
        inner = Control(child).content if child.tag == SDT else None
        if inner is not None and _has_section_end(inner):
            return True
    return False


def _page(section: Element) -> _Page:
    def twips(child: str, *attributes: str) -> list[int]:
        element = section.find(name(child))
        return [abs(int(attribute(element, one) or 0)) for one in attributes]

    height, width = twips("pgSz", "h", "w")
    top, bottom, left, right = twips("pgMar", "top", "bottom", "left", "right")
    start = attribute(section.find(name("pgNumType")), "start")
    grid = section.find(name("docGrid"))
    pitch = int(attribute(grid, "linePitch") or 0) if attribute(grid, "type") else 0
    continuous = attribute(section.find(name("type"))) == "continuous"
    room = height - top - bottom
    if pitch:
        room = (room - GRID_TOLERANCE) // pitch * pitch
    return _Page(room, width - left - right, pitch, int(start) if start else None, continuous)


class _Items(Struct, frozen=True):
    """Reads what stands on the pages of one section."""

    page: _Page
    styles: StyleSheet
    tables: Mapping[Element, TableGeometry]
    footnotes: Footnotes | None
    read: Reader

    def of(self, elements: Iterable[Element]) -> Iterator[_Item]:
        for element in elements:
            if element.tag == P:
                yield from self._paragraph(element)
            elif element.tag == TBL:
                rows = free_table_heights(element, self.styles, self.read)
                yield _Rows(element, [(row, height + self._notes_in(row)) for row, height in rows])
            elif element in self.tables:
                yield _Table(element, self._with_footnotes(element, self.tables[element]))
            elif element.tag == SDT:
                content = Control(element).content
                yield from self.of(() if content is None else content)

    def _paragraph(self, element: Element) -> Iterator[_Paragraph]:
        page = self.page
        look = self.styles.format(element, page.grid)
        if look.framed:
            return
        text = visible_text(element).rstrip("\n")
        pictures, breaks = 0, False
        bookmarks: list[str] = []
        for mark in element.iter(BR, _DRAWING, _BOOKMARK):
            if mark.tag == _BOOKMARK:
                bookmarks.append(attribute(mark, "name") or "")
            elif mark.tag == _DRAWING:
                pictures += int(mark[0].get("cy", 0)) // _EMU_PER_TWIP
            else:
                breaks = breaks or attribute(mark, "type") == "page"
        lines = look.lines(text, page.width)
        notes = self.footnotes.of_paragraph(element, look, page.width, page.grid) if self.footnotes else ()
        is_blank = not (text or pictures)
        yield _Paragraph(element, look, lines, pictures, breaks, is_blank, bookmarks, notes)

    def _notes_in(self, row: Element) -> int:
        return self.footnotes.within(row, self.page.width, self.page.grid) if self.footnotes else 0

    def _with_footnotes(self, element: Element, geometry: TableGeometry) -> TableGeometry:
        """A managed table, not parted yet, whose rows are as much higher as their footnotes are."""
        table = next(element.iter(TBL))
        if self.footnotes is None or not self._notes_in(table):
            return geometry
        header, others = split_rows(table)
        notes = list(map(self._notes_in, others))
        rows = map(add, geometry.rows, notes)
        return replace(
            geometry,
            header=geometry.header + sum(map(self._notes_in, header)),
            rows=tuple(rows),
            total=geometry.total + sum(notes[len(geometry.rows) :]),
        )


def _chains(items: Iterator[_Item]) -> Iterator[list[_Item]]:
    """Items that stay on one page with the next one, each chain ending in what they are kept with."""
    chain: list[_Item] = []
    for item in items:
        if chain and isinstance(item, _Paragraph) and item.look.page_break_before:
            yield chain
            chain = []
        chain.append(item)
        if not (isinstance(item, _Paragraph) and item.look.keep_next):
            yield chain
            chain = []
    if chain:
        yield chain


def _outermost(element: Element) -> Element:
    """The control that begins with this element, else the element: breaks of the build stand outside of controls."""
    parent = element.getparent()
    while parent is not None and parent.tag == SDTCONTENT and parent[0] is element:
        element = parent_of(parent)
        parent = element.getparent()
    return element


class _Flow:
    """Fills one page after the other."""

    def __init__(self) -> None:
        self.layout = Layout()
        self._page = _Page(0, 0, 0, None, True)
        self._number = 0
        self._used = self._line = 0
        self._has_table = self._has_notes = False

    def begin_section(self, page: _Page, line: int) -> None:
        """`line`: the height of the line above footnotes."""
        if not page.continuous:
            self._new_page()
        self._page, self._line = page, line
        if page.start is not None:
            self._number = page.start
            self.layout.starts.clear()  # what stands before the first numbered page, a cover, bears no number

    def _new_page(self) -> None:
        self._number += 1
        self._used = 0
        self._has_table = self._has_notes = False

    @property
    def _free(self) -> int:
        return self._page.height - self._used

    def place_chain(self, chain: list[_Item]) -> None:
        """Place items that stay together.

        How full a page with a table or with footnotes is differs between programs. What doesn't fit on one with room to
        spare therefore gets a page break of its own, and goes over in every program.
        """
        first, last = chain[0], chain[-1]
        if isinstance(first, _Paragraph) and first.look.page_break_before and self._used:
            self._new_page()
        if self._used and self._least(chain) > self._free:
            if self._has_table or self._is_noted(chain) or not isinstance(last, _Paragraph):
                self.layout.new_pages.append(_outermost(first.element))
            self._new_page()
        for item in chain:
            self._place(item)

    def _above_notes(self, notes: int) -> int:
        """The height of the line above footnotes, where these are the first on the page."""
        return self._line if notes and not self._has_notes else 0

    def _least(self, chain: list[_Item]) -> int:
        leading = sum(item.height for item in chain[:-1] if isinstance(item, _Paragraph))
        is_noted = self._is_noted(chain)
        leading += self._above_notes(is_noted)
        last = chain[-1]
        if isinstance(last, _Table):
            return leading + last.geometry.least(self._page.height - leading - SLACK // 2) + SLACK // 2
        if isinstance(last, _Rows):
            return leading + sum(height for _, height in last.rows[:2]) + SLACK // 2
        is_whole = is_noted and last.height < self._page.height // 2
        needed = last.height if is_whole else last.least
        return leading + needed + (SLACK // 4 if self._has_table and not last.is_blank else 0)

    def _is_noted(self, chain: list[_Item]) -> bool:
        """Whether the page has footnotes with these items."""
        return self._has_notes or any(item.notes for item in chain if isinstance(item, _Paragraph))

    def _place(self, item: _Item) -> None:
        if isinstance(item, _Paragraph):
            self._place_paragraph(item)
        elif isinstance(item, _Table):
            self._place_table(item)
        else:
            self._place_rows(item)

    def _place_paragraph(self, item: _Paragraph) -> None:
        self.layout.pages.update(dict.fromkeys(item.bookmarks, self._number))
        self.layout.starts[item.element] = self._number
        self._take_lines(item)
        if item.breaks_after:
            self._new_page()

    def _take_lines(self, item: _Paragraph) -> None:
        """Lines that don't fit go over, never one alone on either page; footnotes stand on the page of their mark."""
        if item.height + self._above_notes(len(item.notes)) <= self._free:
            self._use(item.height, item.height_of_notes(0, item.lines))
            return
        done = 0
        while (fitting := self._fitting(item, done)) < (rest := item.lines - done):
            if fitting == rest - 1:
                fitting -= 1
            if fitting < 2 and self._used == 0:
                fitting = max(fitting, 1)  # taller than a page: go on all the same
            done += fitting if fitting >= 2 or self._used == 0 else 0
            self._new_page()
        notes = item.height_of_notes(done, item.lines)
        self._use((item.lines - done) * item.look.pitch + item.look.after + notes, notes)

    def _fitting(self, item: _Paragraph, first: int) -> int:
        """How many lines of a paragraph from `first` on have room on the page, with the footnotes to them."""
        room = self._free - item.look.before - item.extra
        lines = min(room // item.look.pitch, item.lines - first)
        while lines > 0 and (notes := item.height_of_notes(first, first + lines)):
            if lines * item.look.pitch + notes + self._above_notes(notes) <= room:
                break
            lines -= 1
        return lines

    def _use(self, height: int, notes: int) -> None:
        """Take so much of the page, of which footnotes take `notes`."""
        self._used += height + self._above_notes(notes)
        self._has_notes = self._has_notes or notes > 0

    def _place_table(self, item: _Table) -> None:
        geometry, rows = item.geometry, len(item.geometry.rows)
        self._has_table = True
        whole = geometry.extent(Break(0), rows)
        if whole <= self._free - SLACK // 2:
            self._used += whole - item.notes
            return
        breaks = geometry.breaks(self._free - SLACK, self._page.height - SLACK)
        self.layout.breaks[item.element] = breaks
        for _ in breaks:
            self._new_page()
        self._has_table = True
        self._used += geometry.extent(breaks[-1] if breaks else Break(0), rows) - item.notes

    def _place_rows(self, item: _Rows) -> None:
        for row, height in item.rows:
            if self._used and height > self._free:
                self._new_page()
            self.layout.starts[row] = self._number
            self._has_table = True
            self._used += height
