"""The width that the numbers of the text are set in: which differ from the one that was chosen, and setting them anew."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from jukixl.era import Digits, fold_digits, set_digits
from jukixl.handout.ooxml import SDT, TBL, Element, T, iter_visible, visible_text
from jukixl.handout.prose import Prose, has_fields, named_prose, page_runs, read_prose

_NUMBER_OR_WORD = r"[A-Za-z][A-Za-z0-9]*(?:[.,][0-9]+)*|(?P<number>[0-9０-９]+(?:[.,．，][0-9０-９]+)*)"
_LABEL_STYLE = "AnnexLabel"


def iter_other_widths(prose: Iterable[Prose], digits: Digits) -> Iterator[tuple[str, str, Digits]]:
    """Numbers of the text that aren't set in the given width, in tables of staff's own half-width, with their paragraphs and
    the width that is due; the box 別紙１ has a look of its own, page numbers have Word's."""
    for one in prose:
        if one.element is not None and re.search("[0-9]", one.text) and one.style != _LABEL_STYLE:
            due = Digits.HALF if _is_in_table(one.element) else digits
            for match in re.finditer(_NUMBER_OR_WORD, _without_pages(one.element)):
                if match[0] != _set_number(match, due):
                    yield match[0], visible_text(one.element), due


def _without_pages(paragraph: Element) -> str:
    """The text without page numbers, which Word sets as the field or the section says."""
    if not has_fields(paragraph):
        return visible_text(paragraph)
    pages, shown = page_runs(paragraph), iter_visible(paragraph)
    return "".join(text for node, text in shown if pages.isdisjoint(node.iterancestors()))


def set_widths(stories: Iterable[Element], remembered: Mapping[str, Sequence[str]], digits: Digits) -> None:
    """Set the numbers of the text in the given width, in the paragraphs whose words are still those `remembered`: those of
    controls aside, and what a hand has written since. `stories` in the order in which they were remembered."""
    for key, one in list(named_prose(read_prose(stories))):
        paragraph = one.element
        is_set = key in remembered and one.style != _LABEL_STYLE
        if is_set and paragraph is not None and not _is_in_table(paragraph):
            _set_paragraph(paragraph, digits)


def _is_in_table(paragraph: Element) -> bool:
    return next(paragraph.iterancestors(TBL), None) is not None


def _set_paragraph(paragraph: Element, digits: Digits) -> None:
    pages = page_runs(paragraph)
    text = re.sub(_NUMBER_OR_WORD, lambda match: _set_number(match, digits), visible_text(paragraph))
    for node, shown in list(iter_visible(paragraph)):
        own, text = text[: len(shown)], text[len(shown) :]
        around = takewhile(lambda one: one is not paragraph, node.iterancestors())
        if node.tag == T and not any(one.tag == SDT or one in pages for one in around):
            node.text = own


def _set_number(match: re.Match[str], digits: Digits) -> str:
    number = match["number"]
    return match[0] if number is None else set_digits(fold_digits(number), digits)
