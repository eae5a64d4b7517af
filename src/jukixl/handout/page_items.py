"""What stands on the pages of a document, section by section, with the room that each thing takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import add

from msgspec import Struct
from msgspec.structs import replace

from jukixl.handout.controls import Control
from jukixl.handout.footnotes import Footnotes
from jukixl.handout.formats import ParagraphFormat, StyleSheet
from jukixl.handout.geometry import TableGeometry
from jukixl.handout.grid import Reader, split_rows
from jukixl.handout.heights import free_table_heights
from jukixl.handout.ooxml import BR, SDT, SECTPR, TBL, Element, P, attribute, name, visible_text
from jukixl.handout.sections import section_of

GRID_TOLERANCE = 20
"""Twips by which programs differ on whether one more line of the grid fits: they round lengths to other units."""
_BOOKMARK = name("bookmarkStart")
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}inline"
_EMU_PER_TWIP = 635


class Paragraph(Struct, frozen=True):
    """A paragraph; `extra` is the height of its pictures, `height` all that it takes, with its footnotes."""

    element: Element
    look: ParagraphFormat
    lines: int
    extra: int
    height: int
    breaks_after: bool
    is_blank: bool
    bookmarks: list[str]
    footnotes: tuple[tuple[int, int], ...] = ()
    """Of each the line of its mark, from 0, and its height."""

    @property
    def least(self) -> int:
        """What must fit for the paragraph to begin on a page: two lines, all of three."""
        if self.lines <= 3:
            return self.height
        return self.look.before + 2 * self.look.pitch + self.height_of_footnotes(0, 2)

    def height_of_footnotes(self, first: int, end: int) -> int:
        """Of the footnotes to the lines from `first` to before `end`."""
        return sum(height for line, height in self.footnotes if first <= line < end) if self.footnotes else 0


class ManagedTable(Struct, frozen=True):
    """A table with the height of the notes below it, which its geometry counts as part of the last row."""

    element: Element
    geometry: TableGeometry
    notes: int = 0


class FreeTable(Struct, frozen=True):
    """A table that jukixl doesn't manage."""

    element: Element
    rows: list[tuple[Element, int]]
    """Each with its height."""


Item = Paragraph | ManagedTable | FreeTable


class Page(Struct, frozen=True):
    """A section's page: height and width for text in twips, the pitch of its line grid, the number it starts with.

    The height is one of whole grid lines: LibreOffice leaves the rest of the page blank, above tables too.
    """

    height: int
    width: int
    grid: int
    start: int | None
    continuous: bool


def iter_sections(body: Element) -> Iterator[tuple[Page, list[Element]]]:
    """The sections of a document: their pages, and what stands on these."""
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


def _page(section: Element) -> Page:
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
    return Page(room, width - left - right, pitch, int(start) if start else None, continuous)


class ItemReader(Struct, frozen=True):
    """Reads what stands on the pages of one section."""

    page: Page
    styles: StyleSheet
    tables: Mapping[Element, TableGeometry]
    footnotes: Footnotes | None
    read: Reader

    def of(self, elements: Iterable[Element]) -> Iterator[Item]:
        for element in elements:
            if element.tag == P:
                yield from self._paragraph(element)
            elif element.tag == TBL:
                rows = free_table_heights(element, self.styles, self.read)
                yield FreeTable(element, [(row, height + self._footnotes_in(row)) for row, height in rows])
            elif element in self.tables:
                yield ManagedTable(element, self._with_footnotes(element, self.tables[element]))
            elif element.tag == SDT:
                content = Control(element).content
                yield from self.of(() if content is None else content)

    def _paragraph(self, element: Element) -> Iterator[Paragraph]:
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
        footnotes = (
            self.footnotes.of_paragraph(element, look, page.width, page.grid) if self.footnotes else ()
        )
        height = look.height(lines) + pictures + sum(note for _, note in footnotes)
        is_blank = not (text or pictures)
        yield Paragraph(element, look, lines, pictures, height, breaks, is_blank, bookmarks, footnotes)

    def _footnotes_in(self, row: Element) -> int:
        return self.footnotes.within(row, self.page.width, self.page.grid) if self.footnotes else 0

    def _with_footnotes(self, element: Element, geometry: TableGeometry) -> TableGeometry:
        """A managed table, not parted yet, whose rows are as much higher as their footnotes are."""
        if self.footnotes is None:
            return geometry
        header, others = split_rows(next(element.iter(TBL)))
        heights = list(map(self._footnotes_in, others))
        return replace(
            geometry,
            header=geometry.header + sum(map(self._footnotes_in, header)),
            rows=tuple(map(add, geometry.rows, heights)),
            total=geometry.total + sum(heights[len(geometry.rows) :]),
        )
