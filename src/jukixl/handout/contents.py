"""The table of contents: a real field of Word's, filled in advance.

Its entries come from TC fields in the headings, not from the headings' own text, as a contents may word them otherwise
and leaves some out. Updating the field in Word (F9) therefore gives the same entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from msgspec import Struct

from jukixl.era import Digits, set_digits
from jukixl.handout.controls import Control, iter_controls
from jukixl.handout.fields import FIELD_CODE, Field, iter_fields
from jukixl.handout.names import CONTENTS_TAG
from jukixl.handout.ooxml import (
    SDT,
    Element,
    P,
    attribute,
    is_blank,
    name,
    parent_of,
    remove,
    run,
    style_of,
    visible_text,
    w,
)
from jukixl.handout.sections import section_end
from jukixl.handout.styles import HEADING_STYLES
from jukixl.report.model import Annex, Heading

_BOOKMARK_START = name("bookmarkStart")
_LEVELS = {**{style: level for level, style in HEADING_STYLES.items()}, "AnnexTitle": 2}
_LINK = name("hyperlink")
_PAGE = re.compile(r"\t[0-9]+$")
PLACEHOLDER = "（目次は資料の作成時に入ります）"
"""What a template's contents say."""
_LISTED = 2
"""Headings down to this level are listed unless the definition says otherwise."""


class Entry(Struct, frozen=True):
    """A line of the contents, and the paragraph of its heading. `other`: the code of the TC field there if it had been another one."""

    level: int
    text: str
    bookmark: str
    heading: Element
    other: str | None = None


class Line(Struct, frozen=True):
    """A line of the contents as it stands in a document; `bookmark` None where the line leads nowhere."""

    text: str
    page: str
    bookmark: str | None


def iter_paragraphs(body: Element) -> Iterator[Element]:
    """The paragraphs of the body and of block controls in it, not those of tables."""
    for element in body:
        if element.tag == P:
            yield element
        elif element.tag == SDT:
            control = Control(element)
            if control.tag != CONTENTS_TAG and control.content is not None:
                yield from iter_paragraphs(control.content)


def iter_headings(body: Element) -> Iterator[tuple[Element, int]]:
    """Every heading with its level, from 1: what bookmarks of a PDF are made of."""
    for paragraph in iter_paragraphs(body):
        level = _LEVELS.get(style_of(paragraph) or "")
        if level is not None:
            yield paragraph, level


def mark_headings(
    body: Element, declared: Mapping[str, Heading | Annex], digits: Digits = Digits.HALF
) -> list[Entry]:
    """Give every listed heading its bookmark and TC field; the lines of the contents in order.

    Headings that staff added are listed with their own text; declared ones that got another style stay headings.
    """
    entries: list[Entry] = []
    for paragraph in iter_paragraphs(body):
        bookmark = _bookmark_of(paragraph, declared)
        level = _LEVELS.get(style_of(paragraph) or "") or _declared_level(declared.get(bookmark))
        if level is None:
            continue
        text = set_digits(_entry_text(paragraph, declared.get(bookmark), level), digits)
        fields = [field for field in iter_fields(paragraph) if field.kind == "TC"]
        if not text:
            _drop(fields)
            continue
        if not bookmark:
            number = _free_bookmark_id(body)
            bookmark = f"_TocOwn{number}"
            paragraph.insert(1, w("bookmarkStart", id=number, name=bookmark))
            paragraph.append(w("bookmarkEnd", id=number))
        shown_level = min(level, _LISTED)
        code = f' TC "{_quoted(text)}" \\f C \\l "{shown_level}" '
        if [field.code for field in fields] != [code] or paragraph[-1] is not fields[0].elements[-1]:
            _drop(fields)
            paragraph.extend(_field_runs(code, None))
        former = fields[-1].code if fields else code
        other = None if former.split() == code.split() else former.strip()
        entries.append(Entry(shown_level, text, bookmark, paragraph, other))
    return entries


def _declared_level(block: Heading | Annex | None) -> int | None:
    """The level of a declared heading or annex; None for what is neither."""
    if block is None:
        return None
    return block.level if isinstance(block, Heading) else _LEVELS["AnnexTitle"]


def _free_bookmark_id(body: Element) -> int:
    taken = (int(attribute(one, "id") or 0) for one in body.iter(_BOOKMARK_START))
    return max(taken, default=0) + 1


def _bookmark_of(paragraph: Element, declared: Mapping[str, Heading | Annex]) -> str:
    """The heading's declared bookmark, else one of its own, else empty."""
    names = [attribute(one, "name") or "" for one in paragraph.iter(_BOOKMARK_START)]
    own = [one for one in names if one.startswith("_Toc")]
    return next((one for one in names if one in declared), own[0] if own else "")


def _entry_text(paragraph: Element, block: Heading | Annex | None, level: int) -> str:
    """Empty where the heading isn't listed."""
    if block is not None and block.contents is not None:
        text = block.contents
    else:
        text = visible_text(paragraph).replace("\n", "") if level <= _LISTED else ""
    return f"{block.label}　{text}" if isinstance(block, Annex) and text else text


def _drop(fields: Iterable[Field]) -> None:
    for one in dict.fromkeys(chain.from_iterable(field.elements for field in fields)):
        remove(one)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _field_runs(instruction: str, result: str | None) -> list[Element]:
    """The runs of a field; one without result (None) is hidden, as Word hides TC fields."""

    def hidden(*content: Element) -> Element:
        look = [w("rPr", w("vanish"))] if result is None else []
        return w("r", *look, *content)

    code = w("instrText")
    code.text = instruction
    code.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    runs = [hidden(w("fldChar", fldCharType="begin")), hidden(code)]
    if result is not None:
        runs += [w("r", w("fldChar", fldCharType="separate")), run(result)]
    return [*runs, hidden(w("fldChar", fldCharType="end"))]


def find_contents(body: Element) -> Element | None:
    """What the contents' control holds; None where somebody took it out."""
    return next((control.content for control in iter_controls(body) if control.tag == CONTENTS_TAG), None)


def write_contents(content: Element, entries: list[Entry], pages: Mapping[str, int]) -> None:
    """Write the contents field with its lines and page numbers. What a hand typed behind them in Word stays, behind it."""
    children = list(content)
    last = parent_of(content)
    for child in children:
        content.remove(child)
        kept = section_end(child) if all(map(_is_of_contents, child.iter(P))) else child
        if kept is not None:
            last.addnext(kept)
            last = kept
    lines = [_line(entry, pages[entry.bookmark]) for entry in entries]
    if not lines:
        lines = [w("p", w("pPr", w("pStyle", val="TOC1")))]
    begin = _field_runs(" TOC \\f C \\h \\z ", "")
    for offset, one in enumerate(begin[:3]):
        lines[0].insert(1 + offset, one)
    lines[-1].append(begin[-1])
    content.extend(lines)


def _is_of_contents(paragraph: Element) -> bool:
    """Whether a paragraph is a line of the field or of a template, or blank."""
    if next(paragraph.iter(_LINK, FIELD_CODE), None) is not None:
        return True
    text = visible_text(paragraph).strip()
    return text == PLACEHOLDER or bool(_PAGE.search(text)) or is_blank(paragraph)


def _line(entry: Entry, page: int) -> Element:
    link = w("hyperlink", run(entry.text), w("r", w("tab")), anchor=entry.bookmark, history=1)
    link.extend(_field_runs(f" PAGEREF {entry.bookmark} \\h ", str(page)))
    return w("p", w("pPr", w("pStyle", val=f"TOC{entry.level}")), link)


def read_contents(body: Element) -> list[Line]:
    """Every line, as the document shows it."""
    content = find_contents(body)
    lines = [] if content is None else list(content.iter(P))
    return [_read_line(line) for line in lines if visible_text(line)]


def _read_line(paragraph: Element) -> Line:
    text, _, page = visible_text(paragraph).partition("\t")
    return Line(text, page, attribute(paragraph.find(name("hyperlink")), "anchor"))
