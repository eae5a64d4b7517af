"""Values that a reader doesn't see as they stand in the document: hidden, struck out, raised, numbered, or about to go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from jukixl.handout.colours import COLOUR, Colours, runs_of
from jukixl.handout.controls import Control
from jukixl.handout.fields import FIELD_CODE, SIMPLE_FIELD, iter_fields
from jukixl.handout.names import choice_of_tag, is_figure_tag, note_of_tag, table_of_tag
from jukixl.handout.ooxml import (
    PSTYLE,
    RPR,
    SDT,
    TC,
    TCPR,
    TR,
    Element,
    P,
    R,
    attribute,
    by_style,
    is_on,
    local_name,
    name,
    parent_of,
    visible_text,
)
from jukixl.handout.styles import HIDDEN

VANISHING = (name("vanish"), name("specVanish"))
"""Properties by which Word doesn't show a run."""
HIDDEN_ROW = name("hidden")
_STYLES = (PSTYLE, name("rStyle"))
_HIDDEN_TEXT = "隠し文字になっています。表示に戻してください"
_GOING = "削除が変更履歴のまま残っています。Wordの「校閲」で承諾又は元に戻してください"
_OF_RUNS = {
    **dict.fromkeys(map(local_name, VANISHING), _HIDDEN_TEXT),
    **dict.fromkeys(("strike", "dstrike"), "取消線が引かれています。取消線を外してください"),
    "vertAlign": "数字が上付き又は下付きです。他の数字と同じ高さに戻してください",
}
_OF_ROWS = {"hidden": "隠された行です。表示に戻してください", "del": _GOING}
_BARE_NUMBER = re.compile("[-−▲△]?[0-9][0-9,.]*[%％]?")
_FAULTS = (FIELD_CODE, SIMPLE_FIELD, *map(name, ("cellDel", "color", "numPr", *_OF_RUNS, *_OF_ROWS)))
MARKS = (*_FAULTS, *_STYLES)
"""What must be looked at, by its tags."""
_COMPUTED = "フィールド（{kind}）で、Wordが更新や印刷のときに書き換えます。選択して Ctrl+Shift+F9 で文字に変えてください"
_SETTLED = frozenset(("HYPERLINK", "REF", "NOTEREF", "PAGEREF", "TC", "XE", "EQ", "SYMBOL"))
"""Fields that lead somewhere or only look otherwise; what they refer to is read elsewhere (`references.py`)."""
_UNSEEN = "文字が背景と同じ色で、紙では見えません。文字の色を「自動」に戻してください"


def hidden_styles(styles: Element) -> frozenset[str]:
    """Styles whose text isn't shown, with those based on them; not the ones of our own notes and sentences."""
    marks = by_style(styles, *VANISHING)
    return frozenset(style for style, mark in marks.items() if is_on(mark) and style not in HIDDEN)


def iter_illegible(
    marks: Mapping[str, Sequence[Element]], styles: Element
) -> Iterator[tuple[Control, Element, str]]:
    """Each figure or table of which something isn't read as it stands, the element, and what to do about it. `marks` has
    all elements of the document with the tags `MARKS`."""
    hidden, colours = hidden_styles(styles), Colours(styles)
    suspect = hidden | HIDDEN | colours.styles.keys()
    named = [mark for tag in _STYLES for mark in marks[tag] if not suspect.isdisjoint(mark.values())]
    for mark in (*chain.from_iterable(map(marks.__getitem__, _FAULTS)), *named):
        if mark.tag == COLOUR or attribute(mark) in colours.styles:
            for run in filter(colours.is_invisible, runs_of(mark)):
                yield from _in_controls(run, _UNSEEN)
        if mark.tag in (FIELD_CODE, SIMPLE_FIELD):
            yield from _computed(mark)
        elif mark.tag not in _STYLES:
            told = _told(mark)
            if told is not None:
                yield from _in_controls(parent_of(mark), told)
        elif _hides(mark, hidden):
            yield from _in_controls(mark, _HIDDEN_TEXT)


def _hides(style: Element, hidden: frozenset[str]) -> bool:
    """Whether the naming of a style hides what mustn't be hidden."""
    named = attribute(style)
    return named in hidden or (named in HIDDEN and not _stands_by_itself(style))


def _stands_by_itself(mark: Element) -> bool:
    """Whether it is the paragraph of a note or sentence that jukixl shows and hides."""
    tags = ((Control(one).tag or "") for one in mark.iterancestors(SDT))
    return any(note_of_tag(tag) or choice_of_tag(tag) for tag in tags)


def _told(mark: Element) -> str | None:
    """What to do about a mark; None where it is of something else: a paragraph's end, a style, a mark switched off."""
    kind, around = local_name(mark.tag), parent_of(mark)
    if around.tag == RPR and parent_of(around).tag == R and kind in _OF_RUNS and is_on(mark):
        is_level = kind == "vertAlign" and (
            attribute(mark) == "baseline" or not _has_number(parent_of(around))
        )
        return None if is_level else _OF_RUNS[kind]
    if around.tag == name("trPr") and kind in _OF_ROWS and is_on(mark):
        return _OF_ROWS[kind]
    if around.tag == TCPR and kind == "cellDel":
        return _GOING
    if kind == "numPr" and _numbers_a_cell(mark):
        return "Wordの段落番号が付いていて、番号が値と続けて読まれます。段落番号を外してください"
    return None


def _computed(mark: Element) -> Iterator[tuple[Control, Element, str]]:
    """A field in a figure or table that Word would put something else in place of."""
    for control in _read_around(mark)[-1:]:
        part = mark if mark.tag == SIMPLE_FIELD else parent_of(mark)
        for field in iter_fields(next(mark.iterancestors(P))):
            if part in field.elements and field.kind not in _SETTLED:
                yield control, part, _COMPUTED.format(kind=field.kind)


def _numbers_a_cell(mark: Element) -> bool:
    paragraph = parent_of(parent_of(mark))
    is_in_cell = paragraph.tag == P and next(paragraph.iterancestors(TC), None) is not None
    is_numbered = attribute(mark.find(name("numId"))) not in (None, "0")
    return is_in_cell and is_numbered and _has_number(paragraph)


def _has_number(element: Element) -> bool:
    """Whether there are digits in it; within a cell, whether the cell has nothing but a number: the 2 of m² is a word's."""
    cell = next(element.iterancestors(TC), None)
    if cell is not None and not _BARE_NUMBER.fullmatch("".join(visible_text(cell).split())):
        return False
    return re.search("[0-9]", visible_text(element)) is not None


def _in_controls(element: Element, told: str) -> Iterator[tuple[Control, Element, str]]:
    """Of figures and tables around an element the outermost, or those of a paragraph that is hidden as a whole."""
    owner = next(one for one in (element, *element.iterancestors()) if one.tag in (R, P, TR))
    if owner.tag != TR and not visible_text(owner).strip():
        return
    around = _read_around(owner)
    inside = [Control(one) for one in owner.iter(SDT)] if owner.tag == P and not around else []
    for control in (*around[-1:], *filter(_is_read, inside)):
        yield control, owner, told


def _read_around(element: Element) -> list[Control]:
    return [control for control in map(Control, element.iterancestors(SDT)) if _is_read(control)]


def _is_read(control: Control) -> bool:
    tag = control.tag or ""
    return is_figure_tag(tag) or table_of_tag(tag) is not None
