"""The room that footnotes take at the foot of the page on which their mark stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jukixl.handout.formats import ParagraphFormat, StyleSheet
from jukixl.handout.ooxml import DELETED, Element, P, attribute, iter_visible, name, visible_text
from jukixl.handout.package import Document

_REFERENCE, _NOTE = name("footnoteReference"), name("footnote")
_MARK = "00"
"""As wide as the number before a note."""


class Footnotes:
    """The footnotes of a document by the ids of their marks."""

    def __init__(self, notes: Mapping[str, Element], styles: StyleSheet) -> None:
        self._notes = notes
        self._styles = styles

    def of_paragraph(
        self, paragraph: Element, look: ParagraphFormat, width: int, grid: int
    ) -> tuple[tuple[int, int], ...]:
        """For each mark in a paragraph the number of its line, from 0, and the height of its note."""
        marks = list(_marks(paragraph))
        if not marks:
            return ()
        places = {node: at for at, node in enumerate(paragraph.iter())}
        found = []
        for mark in marks:
            before = "".join(text for node, text in iter_visible(paragraph) if places[node] < places[mark])
            found.append((max(look.lines(before, width) - 1, 0), self._height(mark, width, grid)))
        return tuple(found)

    def within(self, element: Element, width: int, grid: int) -> int:
        """The height of all notes to what stands in an element, such as a row, with the line above them."""
        heights = [self._height(mark, width, grid) for mark in _marks(element)]
        return sum(heights) + self.line(grid) if heights else 0

    def line(self, grid: int) -> int:
        """The height of the line above the notes of a page: Word has a paragraph for it."""
        return self._styles.named(None, grid).height(1)

    def _height(self, mark: Element, width: int, grid: int) -> int:
        note = self._notes.get(attribute(mark, "id") or "")
        height, text = 0, _MARK
        for paragraph in () if note is None else note.iter(P):
            look = self._styles.format(paragraph, grid)
            text += visible_text(paragraph)
            height += look.height(look.lines(text, width))
            text = ""
        return height


def _marks(element: Element) -> Iterator[Element]:
    return (mark for mark in element.iter(_REFERENCE) if next(mark.iterancestors(*DELETED), None) is None)


def footnotes_of(document: Document, styles: StyleSheet) -> Footnotes | None:
    """The footnotes of a document; None where it has none."""
    root = document.footnotes
    return (
        None
        if root is None
        else Footnotes({attribute(one, "id") or "": one for one in root.iter(_NOTE)}, styles)
    )
