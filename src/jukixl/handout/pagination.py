"""Which page everything is on, worked out by counting lines: no Word and no LibreOffice is at hand when a handout is built.

The numbers are true by construction rather than by luck: every line has a fixed pitch, lines are counted on the long
side, and where a table goes over to the next page the build puts the page break itself, a line early.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from msgspec import Struct, field
from msgspec.structs import replace

from jukixl.handout.footnotes import Footnotes
from jukixl.handout.formats import StyleSheet
from jukixl.handout.geometry import TableGeometry
from jukixl.handout.grid import Reader, read_table
from jukixl.handout.ooxml import SDTCONTENT, Element, parent_of, style_of
from jukixl.handout.page_items import (
    FreeTable,
    Item,
    ItemReader,
    ManagedTable,
    Page,
    Paragraph,
    iter_sections,
)
from jukixl.handout.styles import HIDDEN_NOTE, TABLE_NOTE
from jukixl.handout.tallrows import Break

SLACK = 300
"""Twips left free on a page that a table is parted on, and half of it under a table that just fits.

A line of a cell more than counted has room in it, and so have the few twips by which programs draw borders differently.
"""
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


def paginate(
    body: Element,
    styles: StyleSheet,
    tables: Mapping[Element, TableGeometry],
    footnotes: Footnotes | None,
    read: Reader = read_table,
) -> Layout:
    """Lay out a document. `tables` has the geometry of the managed tables by the element of their control."""
    flow = _Flow()
    for page, elements in iter_sections(body):
        flow.begin_section(page, footnotes.line(page.grid) if footnotes else 0)
        items = list(ItemReader(page, styles, tables, footnotes, read).of(elements))
        for chain in _chains(_with_notes(items, page.height)):
            flow.place_chain(chain)
    return flow.layout


def _with_notes(items: Sequence[Item], page: int) -> Iterator[Item]:
    """Let every table leave room for its notes, so that none stands alone on the page behind."""
    for at, item in enumerate(items, 1):
        if isinstance(item, ManagedTable):
            notes = min(sum(map(_note_height, takewhile(_is_note, items[at:]))), page // _NOTES_SHARE)
            yield ManagedTable(item.element, replace(item.geometry, total=item.geometry.total + notes), notes)
        else:
            yield item


def _note_height(item: Item) -> int:
    return item.height if isinstance(item, Paragraph) else 0


def _is_note(item: Item) -> bool:
    return isinstance(item, Paragraph) and style_of(item.element) in (TABLE_NOTE, HIDDEN_NOTE)


def _chains(items: Iterator[Item]) -> Iterator[list[Item]]:
    """Items that stay on one page with the next one, each chain ending in what they are kept with."""
    chain: list[Item] = []
    for item in items:
        if chain and isinstance(item, Paragraph) and item.look.page_break_before:
            yield chain
            chain = []
        chain.append(item)
        if not (isinstance(item, Paragraph) and item.look.keep_next):
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
        self._page = Page(0, 0, 0, None, True)
        self._number = 0
        self._used = self._line = 0
        self._has_table = self._has_footnotes = False

    def begin_section(self, page: Page, line: int) -> None:
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
        self._has_table = self._has_footnotes = False

    @property
    def _free(self) -> int:
        return self._page.height - self._used

    def place_chain(self, chain: list[Item]) -> None:
        """Place items that stay together.

        How full a page with a table or with footnotes is differs between programs. What doesn't fit on one with room to
        spare therefore gets a page break of its own, and goes over in every program.
        """
        first, last = chain[0], chain[-1]
        if isinstance(first, Paragraph) and first.look.page_break_before and self._used:
            self._new_page()
        if self._used and self._least(chain) > self._free:
            if self._has_table or self._is_noted(chain) or not isinstance(last, Paragraph):
                self.layout.new_pages.append(_outermost(first.element))
            self._new_page()
        for item in chain:
            self._place(item)

    def _above_footnotes(self, footnotes: int) -> int:
        """The height of the line above footnotes, where these are the first on the page."""
        return self._line if footnotes and not self._has_footnotes else 0

    def _least(self, chain: list[Item]) -> int:
        leading = sum(item.height for item in chain[:-1] if isinstance(item, Paragraph))
        is_noted = self._is_noted(chain)
        leading += self._above_footnotes(is_noted)
        last = chain[-1]
        if isinstance(last, ManagedTable):
            return leading + last.geometry.least(self._page.height - leading - SLACK // 2) + SLACK // 2
        if isinstance(last, FreeTable):
            return leading + sum(height for _, height in last.rows[:2]) + SLACK // 2
        is_whole = is_noted and last.height < self._page.height // 2
        needed = last.height if is_whole else last.least
        return leading + needed + (SLACK // 4 if self._has_table and not last.is_blank else 0)

    def _is_noted(self, chain: list[Item]) -> bool:
        """Whether the page has footnotes with these items."""
        if not self._line:  # the document has no footnotes
            return False
        return self._has_footnotes or any(item.footnotes for item in chain if isinstance(item, Paragraph))

    def _place(self, item: Item) -> None:
        if isinstance(item, Paragraph):
            self._place_paragraph(item)
        elif isinstance(item, ManagedTable):
            self._place_table(item)
        else:
            self._place_rows(item)

    def _place_paragraph(self, item: Paragraph) -> None:
        self.layout.pages.update(dict.fromkeys(item.bookmarks, self._number))
        self.layout.starts[item.element] = self._number
        self._take_lines(item)
        if item.breaks_after:
            self._new_page()

    def _take_lines(self, item: Paragraph) -> None:
        """Lines that don't fit go over, never one alone on either page; footnotes stand on the page of their mark."""
        footnotes = item.height_of_footnotes(0, item.lines)
        if item.height + self._above_footnotes(footnotes) <= self._free:
            self._use(item.height, footnotes)
            return
        done = 0
        while (fitting := self._fitting(item, done)) < (rest := item.lines - done):
            if fitting == rest - 1:
                fitting -= 1
            if fitting < 2 and self._used == 0:
                fitting = max(fitting, 1)  # taller than a page: go on all the same
            done += fitting if fitting >= 2 or self._used == 0 else 0
            self._new_page()
        footnotes = item.height_of_footnotes(done, item.lines)
        self._use((item.lines - done) * item.look.pitch + item.look.after + footnotes, footnotes)

    def _fitting(self, item: Paragraph, first: int) -> int:
        """How many lines of a paragraph from `first` on have room on the page, with the footnotes to them."""
        room = self._free - item.look.before - item.extra
        lines = min(room // item.look.pitch, item.lines - first)
        while lines > 0 and (footnotes := item.height_of_footnotes(first, first + lines)):
            if lines * item.look.pitch + footnotes + self._above_footnotes(footnotes) <= room:
                break
            lines -= 1
        return lines

    def _use(self, height: int, footnotes: int) -> None:
        """Take so much of the page, of which footnotes take `footnotes`."""
        self._used += height + self._above_footnotes(footnotes)
        self._has_footnotes = self._has_footnotes or footnotes > 0

    def _place_table(self, item: ManagedTable) -> None:
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

    def _place_rows(self, item: FreeTable) -> None:
        for row, height in item.rows:
            if self._used and height > self._free:
                self._new_page()
            self.layout.starts[row] = self._number
            self._has_table = True
            self._used += height
