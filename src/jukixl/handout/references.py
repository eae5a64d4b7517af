"""What a handout refers to within itself: links and fields to bookmarks, and annexes by their label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from unicodedata import normalize

from jukixl.handout.ooxml import Element, P, T, attribute, name, visible_text

_START, _END = name("bookmarkStart"), name("bookmarkEnd")
_LINK, _SIMPLE = name("hyperlink"), name("fldSimple")
_MARK, _CODE = name("fldChar"), name("instrText")
_TARGET = re.compile(r"\s*(REF|PAGEREF|NOTEREF)\s+\"?([^\s\"\\]+)")
_TOP = "_top"  # Word's own name for the beginning of the document
_ANNEX = re.compile(r"【(別紙[0-9]+)】")


def iter_broken(stories: Sequence[Element], annexes: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """(what a reader sees of a link or field, what it should read) for each that leads nowhere (None) or reads otherwise
    than what it refers to; `annexes` has the labels of annexes by their bookmark."""
    found: dict[str, list[Element]] = {one: [] for one in (_START, _LINK, _SIMPLE, _CODE)}
    for story in stories:
        for one in story.iter(*found):
            found[one.tag].append(one)
    known = {attribute(mark, "name"): mark for mark in found[_START]}
    texts: dict[str, str] = {}
    for link in found[_LINK]:
        anchor = attribute(link, "anchor")
        if anchor is None or anchor == _TOP:
            continue
        if anchor not in known:
            yield visible_text(link), None
        elif anchor in annexes:
            labels = annexes_named(normalize("NFKC", visible_text(link)))
            if labels and labels != [annexes[anchor]]:
                yield visible_text(link), f"【{annexes[anchor]}】"
    for kind, target, shown in _iter_fields(found[_SIMPLE], found[_CODE]):
        if target not in known:
            yield shown, None
        elif kind == "REF":
            if target not in texts:
                texts[target] = _text_behind(known[target], attribute(known[target], "id"))
            if texts[target] and shown != texts[target]:
                yield shown, texts[target]


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


def _iter_fields(simple: Sequence[Element], codes: Sequence[Element]) -> Iterator[tuple[str, str, str]]:
    """(kind, bookmark, result) of the fields that refer to one."""
    for field in simple:
        if found := _TARGET.match(attribute(field, "instr") or ""):
            yield found[1], found[2], visible_text(field)
    for paragraph in dict.fromkeys(next(code.iterancestors(P)) for code in codes):
        yield from _iter_fields_in(paragraph)


def _iter_fields_in(paragraph: Element) -> Iterator[tuple[str, str, str]]:
    open_fields: list[dict[str, str]] = []
    for one in paragraph.iter(_MARK, _CODE, T):
        kind = attribute(one, "fldCharType") if one.tag == _MARK else None
        if kind == "begin":
            open_fields.append({"into": "code", "code": "", "shown": ""})
        elif kind == "separate" and open_fields:
            open_fields[-1]["into"] = "shown"
        elif kind == "end" and open_fields:
            field_ = open_fields.pop()
            if found := _TARGET.match(field_["code"]):
                yield found[1], found[2], field_["shown"]
        elif open_fields and kind is None:
            open_fields[-1][open_fields[-1]["into"]] += one.text or ""
