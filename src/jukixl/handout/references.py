"""What a handout refers to within itself: links and fields to bookmarks, and annexes by their label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from unicodedata import normalize

from jukixl.handout.fields import FIELD_CODE, SIMPLE_FIELD, iter_fields
from jukixl.handout.ooxml import Element, P, attribute, name, visible_text

_START, _END = name("bookmarkStart"), name("bookmarkEnd")
_LINK = name("hyperlink")
MARKS = (_START, _LINK, SIMPLE_FIELD, FIELD_CODE)
"""What refers to something and what is referred to, by its tags."""
_TARGET = re.compile(r"\s*(REF|PAGEREF|NOTEREF)\s+\"?([^\s\"\\]+)")
_TOP = "_top"  # Word's own name for the beginning of the document
_ANNEX = re.compile(r"【(別紙[0-9]+)】")


def iter_broken(
    marks: Mapping[str, Sequence[Element]], annexes: Mapping[str, str]
) -> Iterator[tuple[str, str | None]]:
    """(what a reader sees of a link or field, what it should read) for each that leads nowhere (None) or reads otherwise
    than what it refers to. `marks` has all elements of the document with the tags `MARKS`, `annexes` the labels of annexes by
    their bookmark."""
    known = {attribute(mark, "name"): mark for mark in marks[_START]}
    texts: dict[str, str] = {}
    for link in marks[_LINK]:
        anchor = attribute(link, "anchor")
        if anchor is None or anchor == _TOP:
            continue
        if anchor not in known:
            yield visible_text(link), None
        elif anchor in annexes:
            labels = annexes_named(normalize("NFKC", visible_text(link)))
            if labels and labels != [annexes[anchor]]:
                yield visible_text(link), f"【{annexes[anchor]}】"
    around = (next(one.iterancestors(P)) for one in (*marks[SIMPLE_FIELD], *marks[FIELD_CODE]))
    for field in chain.from_iterable(map(iter_fields, dict.fromkeys(around))):
        named = _TARGET.match(field.code)
        if named is None:
            continue
        target = named[2]
        if target not in known:
            yield field.shown, None
        elif named[1] == "REF":
            if target not in texts:
                texts[target] = _text_behind(known[target], attribute(known[target], "id"))
            if texts[target] and field.shown != texts[target]:
                yield field.shown, texts[target]


def annexes_named(text: str) -> list[str]:
    """The annexes that a text, in half-width digits, sends its reader to: 【別紙5】."""
    return _ANNEX.findall(text)


def _text_behind(start: Element, number: str | None) -> str:
    """The text of a bookmark within its paragraph; empty for one that goes on beyond it, which isn't compared."""
    pieces: list[str] = []
    for one in start.itersiblings():
        if one.tag == _END and attribute(one, "id") == number:
            return "".join(pieces)
        pieces.append(visible_text(one))
    return ""
