"""Reads the contents of a handout back: its lines, their order, page numbers and targets; what Word would make of it; and
whether the pages bear the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jukixl.handout.contents import Entry, Line, iter_paragraphs
from jukixl.handout.fields import iter_fields
from jukixl.handout.mismatches import Mismatch, masked, shortened
from jukixl.handout.ooxml import SECTPR, Element, P, attribute, name
from jukixl.handout.package import OFFICE, Document
from jukixl.handout.sections import section_of
from jukixl.handout.states import State

_REFERENCES = (name("headerReference"), name("footerReference"))
_ID = f"{{{OFFICE}/relationships}}id"
_MENDED = "「資料の更新」で直ります。"


def iter_wrong_lines(expected: Sequence[Line], shown: Sequence[Line]) -> Iterator[Mismatch]:
    """Where a contents doesn't say what a refresh would write now. Order is told of only where all lines are there."""
    left, wrong = list(shown), []
    bookmarks = {due.bookmark for due in expected}  # Word, updating a contents, puts others beside them
    for due in expected:
        alike = [one for one in left if one.text == due.text]
        found = min(alike, key=lambda one: one.page != due.page) if alike else None
        if found is None:
            message = f"がありません（{due.page} 頁）。"
            wrong.append(_wrong(due.text, message, _whole(due)))
            continue
        left.remove(found)
        if found.page != due.page:
            message = f"の頁は「{due.page}」のはずです（文書では「{found.page}」）。"
            wrong.append(_wrong(due.text, message, _whole(due), _whole(found)))
        elif found.bookmark in bookmarks - {due.bookmark}:
            wrong.append(_wrong(due.text, "が別の見出しにつながっています。"))
    for one in left:
        wrong.append(
            _wrong(one.text, "に当たる見出しが本文にないか、同じ行が二つあります。", "", _whole(one))
        )
    yield from wrong
    if not wrong and [one.text for one in shown] != [one.text for one in expected]:
        yield Mismatch("目次", f"目次の行の順序が違います。{_MENDED}", State.STRUCTURE)


def iter_wrong_fields(entries: Sequence[Entry], shown: Sequence[Line]) -> Iterator[Mismatch]:
    """Lines that are right and that Word, updating the contents, would change: by the TC field of the heading."""
    texts = {line.text for line in shown}
    for entry in entries:
        if entry.other is not None and entry.text in texts:
            message = (
                f"は、Wordで目次を更新すると変わります（見出しの TC フィールドが「{entry.other}」です）。"
            )
            yield _wrong(entry.text, message)


def iter_unnumbered(document: Document, entries: Sequence[Entry]) -> Iterator[Entry]:
    """Lines whose heading stands in a section of which no header or footer has a page number."""
    by_heading = {entry.heading: entry for entry in entries}
    numbered: dict[tuple[str, str | None], bool] = {}
    waiting: list[Entry] = []
    for one in (*iter_paragraphs(document.body), None):
        if one is not None and one in by_heading:
            waiting.append(by_heading[one])
        section = document.body.find(SECTPR) if one is None else section_of(one)
        if section is not None:
            for named in section.iterchildren(
                *_REFERENCES
            ):  # what it doesn't name is that of the section before
                numbered[named.tag, attribute(named, "type")] = _has_number(document.story(named.get(_ID)))
            yield from () if any(numbered.values()) else waiting
            waiting = []


def _has_number(story: Element | None) -> bool:
    paragraphs = () if story is None else story.iter(P)
    return any(field.kind == "PAGE" for one in paragraphs for field in iter_fields(one))


def _wrong(text: str, what: str, expected: str | None = None, actual: str | None = None) -> Mismatch:
    place = masked(f"目次の「{shortened(text)}」")
    return Mismatch(place, f"{place}{masked(what)}{_MENDED}", State.STALE, expected, actual)


def _whole(line: Line) -> str:
    return f"{line.text} {line.page}"
