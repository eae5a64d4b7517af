"""Numbers in the text around the controls: one that a hand typed is brought up to date by nothing."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from unicodedata import normalize

from msgspec import Struct

from jukixl.handout.controls import Control
from jukixl.handout.names import CONTENTS_TAG, table_of_tag
from jukixl.handout.ooxml import SDT, Element, P, R, iter_visible, name

_NUMBER = re.compile(r"(?<![0-9])[-−▲△]?[0-9]+(?:[,.][0-9]+)*")
_PAGE_FIELDS = ("PAGE", "NUMPAGES", "PAGEREF", "SECTIONPAGES", "SECTION", "TOC")
_FIELD_MARK, _FIELD_CODE = name("fldChar"), name("instrText")
_SIMPLE_FIELD = name("fldSimple")


class TypedNumber(Struct, frozen=True):
    """A number on the page that is wholly or partly outside the controls; `control` is the one whose text it runs into."""

    text: str
    paragraph: str
    control: Control | None


def numbers_in(text: str) -> set[str]:
    """The numbers that a text reads, in ASCII digits.

    >>> sorted(numbers_in("第１２号　39,627件"))
    ['12', '39,627']
    """
    return set(_NUMBER.findall(normalize("NFKC", text)))


def iter_typed_numbers(story: Element, known: Container[str]) -> Iterator[TypedNumber]:
    """Numbers that a hand typed, but for the `known` ones; one that touches a control's number is never known."""
    for paragraph in _iter_prose(story):
        text, controls = _read(paragraph)
        for match in _NUMBER.finditer(text):
            around = controls[match.start() : match.end()]
            touched = next((one for one in around if one is not None), None)
            if None in around and (touched is not None or match[0] not in known):
                yield TypedNumber(match[0], text, touched)


def _iter_prose(element: Element) -> Iterator[Element]:
    """Every paragraph but those of the report's tables and of the contents, which are read as such."""
    for child in element:
        if child.tag == P:
            yield child
        elif child.tag != SDT or not _is_read_elsewhere(Control(child).tag or ""):
            yield from _iter_prose(child)


def _is_read_elsewhere(tag: str) -> bool:
    return tag == CONTENTS_TAG or table_of_tag(tag) is not None


def _read(paragraph: Element) -> tuple[str, list[Control | None]]:
    """What a paragraph reads, and for every character the control it stands in."""
    pages = _page_runs(paragraph)
    pieces: list[str] = []
    controls: list[Control | None] = []
    for node, shown in iter_visible(paragraph):
        control, text = None, shown
        for ancestor in node.iterancestors():
            if ancestor is paragraph:
                break
            if ancestor in pages:
                text = ""
            elif ancestor.tag == SDT:
                control = Control(ancestor)
        piece = normalize("NFKC", text)
        pieces.append(piece)
        controls += [control] * len(piece)
    return "".join(pieces), controls


def _page_runs(paragraph: Element) -> set[Element]:
    """Runs and simple fields that show page numbers: Word works those out."""
    found: set[Element] = set()
    codes: list[str] = []
    for one in paragraph.iter(_FIELD_MARK, _FIELD_CODE, R, _SIMPLE_FIELD):
        if one.tag == _FIELD_CODE:
            codes[-1:] = ["".join(codes[-1:]) + (one.text or "")]
        elif one.tag == _FIELD_MARK:
            if one.get(name("fldCharType")) == "begin":
                codes.append("")
            elif one.get(name("fldCharType")) == "end":
                del codes[-1:]
        elif any(map(_shows_pages, codes)) or (
            one.tag == _SIMPLE_FIELD and _shows_pages(one.get(name("instr"), ""))
        ):
            found.add(one)
    return found


def _shows_pages(code: str) -> bool:
    return code.split()[:1] in [[field] for field in _PAGE_FIELDS]
