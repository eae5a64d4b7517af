"""Sentences and notes that follow the data: shown or hidden by their style, as their words, which staff may have changed, stay.

In Word, Enter behind such a sentence makes a paragraph that still lies in its control, and a section that begins behind it is
kept in the paragraph itself. Before a sentence is hidden, both are put outside: they are staff's own and don't follow the data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING
from unicodedata import normalize

from msgspec import Struct

from jukixl.handout.controls import Control
from jukixl.handout.manifest import Manifest
from jukixl.handout.names import choice_of_tag, note_of_tag
from jukixl.handout.ooxml import SDT, TBL, Element, P, set_style, style_of, visible_text
from jukixl.handout.prose import read_paragraph
from jukixl.handout.sections import section_end
from jukixl.handout.styles import HIDDEN, HIDDEN_NOTE, HIDDEN_SENTENCE, TABLE_NOTE, style_of_block
from jukixl.handout.tabletext import RowText, normal

if TYPE_CHECKING:
    from jukixl.handout.choosing import Chooser
    from jukixl.report.computation import Results
    from jukixl.report.text import Text

_REFERENCE = re.compile("【[^】]*】")
_BLOCKS = (P, TBL, SDT)


class Sentence(Struct, frozen=True):
    """An alternative or a note, and whether it is printed. `style`: of what has been hidden and is shown again."""

    control: Control
    text: Text
    is_shown: bool
    style: str
    hidden: str


def toggle(controls: Iterable[Control], results: Results, chooser: Chooser) -> None:
    """Show what is printed and hide the others; what a hand typed into one that is hidden stays, before or behind it."""
    for sentence in list(_iter_sentences(controls, results)):
        if not sentence.is_shown:
            for block in list(_set_free(sentence, chooser.last)):
                if words := visible_text(block).strip():
                    chooser.set_free(sentence.control, words)
        _show(sentence)


def remember_parts(controls: Iterable[Control]) -> dict[str, RowText]:
    """By its tag, the names of the paragraphs of each sentence that has several: in the template they are meant so."""
    found: dict[str, RowText] = {}
    for control in controls:
        tag = control.tag or ""
        if control.content is not None and (choice_of_tag(tag) or note_of_tag(tag)):
            paragraphs = control.content.findall(P)
            if len(paragraphs) > 1:
                found[tag] = (*found.get(tag, ()), *(read_paragraph(one).name for one in paragraphs))
    return found


def _iter_sentences(controls: Iterable[Control], results: Results) -> Iterator[Sentence]:
    report = results.report
    for control in controls:
        note, choice = note_of_tag(control.tag or ""), choice_of_tag(control.tag or "")
        if note is not None:
            table = report.tables_by_id[note[0]]
            declared = table.notes[note[1] - 1]
            yield Sentence(control, declared.text, results.holds(table, declared), TABLE_NOTE, HIDDEN_NOTE)
        elif choice is not None:
            alternatives = report.choices[choice[0]]
            block = alternatives[choice[1] - 1]
            is_shown = results.chosen(alternatives) == choice[1] - 1
            yield Sentence(control, block.text, is_shown, style_of_block(block), HIDDEN_SENTENCE)


def _show(sentence: Sentence) -> None:
    """What is shown already may have another style, staff's own."""
    content = sentence.control.content
    for paragraph in () if content is None else content.iter(P):
        if sentence.is_shown and style_of(paragraph) == sentence.hidden:
            set_style(paragraph, sentence.style)
        elif not sentence.is_shown:
            set_style(paragraph, sentence.hidden)


def _set_free(sentence: Sentence, written: Manifest) -> Iterator[Element]:
    """Put what a hand typed into a sentence before or behind it and its alternatives; yields what has been put there. In a
    template all words are those of the sentence."""
    content = sentence.control.content
    blocks = [] if content is None else [child for child in content if child.tag in _BLOCKS]
    paragraphs = [block for block in blocks if block.tag == P]
    if not paragraphs:
        return
    first, last = _alternatives(sentence.control)
    parts = written.parts.get(sentence.control.tag or "", ())
    main = most_like(paragraphs, _words, "".join(_declared(sentence.text)))
    for block in blocks:
        is_own = (
            written == Manifest()
            or block is main
            or style_of(block) in HIDDEN
            or _is_part(block, sentence.text, parts)
        )
        free = section_end(block) if is_own else block
        if free is None:
            continue
        if blocks.index(block) < blocks.index(main):
            first.addprevious(free)
        else:
            last.addnext(free)
            last = free
        yield free


def _alternatives(control: Control) -> tuple[Element, Element]:
    """The first and the last of the controls next to each other that are alternatives of one sentence."""
    choice = _choice_of(control.element)

    def furthest(siblings: Iterable[Element]) -> Element:
        alternatives = takewhile(lambda one: choice is not None and _choice_of(one) == choice, siblings)
        return [control.element, *alternatives][-1]

    return furthest(control.element.itersiblings(preceding=True)), furthest(control.element.itersiblings())


def _choice_of(element: Element) -> str | None:
    choice = choice_of_tag(Control(element).tag or "") if element.tag == SDT else None
    return choice and choice[0]


def _is_part(block: Element, text: Text, parts: Collection[str]) -> bool:
    """Whether a paragraph belongs to a sentence that somebody parted: it was there at first, or says what is declared."""
    if block.tag != P:
        return False
    prose = read_paragraph(block)
    words = [piece for piece in map(_plain, prose.pieces) if piece]
    declared = _declared(text)
    is_verbatim = all(any(piece in one for one in declared) for piece in words)
    return prose.name in parts or (bool(prose.text.strip()) and is_verbatim)


def most_like(paragraphs: Sequence[Element], words: Callable[[Element], str], due: str) -> Element:
    """The paragraph that is ours where a hand has typed others around it: the one that reads most like what is due."""
    if len(paragraphs) == 1:
        return paragraphs[0]
    from difflib import SequenceMatcher  # only needed where a hand wrote

    return max(paragraphs, key=lambda one: SequenceMatcher(None, words(one), due, autojunk=False).ratio())


def _words(paragraph: Element) -> str:
    return "".join(map(_plain, read_paragraph(paragraph).pieces))


def _declared(text: Text) -> list[str]:
    return [_plain(part) for part in text if isinstance(part, str)]


def _plain(words: str) -> str:
    """As it is compared: digits of one width, without spaces and without the link to an annex behind a sentence."""
    return normal(_REFERENCE.sub("", normalize("NFKC", words)))
