"""On which page of a finished handout things stand, for lists that people read beside it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from jukixl.handout.footnotes import footnotes_of
from jukixl.handout.formats import StyleSheet
from jukixl.handout.ooxml import TR, Element, P
from jukixl.handout.package import Document
from jukixl.handout.pagination import paginate


class PrintedPages:
    """The pages of a document as it stands."""

    def __init__(self, document: Document) -> None:
        styles = StyleSheet(document.styles)
        self._starts = paginate(document.body, styles, {}, footnotes_of(document, styles)).starts

    def of(self, element: Element) -> int | None:
        """The printed number of the page on which the paragraph or row of an element, or the first in it, begins; None where
        that can't be told, as on the cover or in a header."""
        near = chain((element,), element.iterancestors(), element.iter(P, TR))
        return next((self._starts[one] for one in near if one in self._starts), None)


def page_list(pages: Iterable[int]) -> str:
    """Pages in words.

    >>> page_list([7, 1, 2, 3, 2])
    '1〜3、7'
    """
    runs: list[list[int]] = []
    for page in sorted(set(pages)):
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    return "、".join(f"{run[0]}〜{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
