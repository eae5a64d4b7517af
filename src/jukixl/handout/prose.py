"""Numbers in the text around the controls: one that a hand typed is brought up to date by nothing."""

from __future__ import annotations

import re
from binascii import crc32
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, groupby, pairwise
from unicodedata import normalize

from msgspec import Struct

from jukixl.handout.controls import Control
from jukixl.handout.fields import FIELD_CODE, FIELD_MARK, SIMPLE_FIELD
from jukixl.handout.names import CONTENTS_TAG, SOURCES_TAG, is_figure_tag, table_of_tag
from jukixl.handout.ooxml import (
    SDT,
    SDTCONTENT,
    Element,
    P,
    R,
    iter_boxes,
    iter_visible,
    name,
    style_of,
)
from jukixl.handout.tabletext import normal

_NUMBER = re.compile(r"(?<![0-9])(?:[-−]|[▲△]\s*)?[0-9]+(?:[,.][0-9]+)*")
MULTIPLIERS = frozenset("十百千万億兆")
"""Behind digits they make another number of them."""
_DAY = "[0-9]+年(?:[0-9]+月(?:[0-9]+日)?)?|[0-9]+月(?:[0-9]+日)?"
_KANJI = "[〇一二三四五六七八九十百千](?:[〇一二三四五六七八九十百千万億兆]+|(?=[件人枚円名台回%]|世帯|団体|市町村))"
_TYPED = re.compile(f"{_DAY}|{_NUMBER.pattern}[十百千万億兆]*|{_KANJI}")
_CONTROL = "\0"
_PAGE_FIELDS = ("PAGE", "NUMPAGES", "PAGEREF", "SECTIONPAGES", "SECTION", "TOC")


class Touching(Struct, frozen=True):
    """Digits or a sign that run into the number of a control: `text` is what people read."""

    control: Control
    text: str


class Prose(Struct, frozen=True, dict=True):
    """A paragraph's text, in half-width digits, and for every character the control that it stands in.

    `table`: the tag of a table that stands here in place of a paragraph, whose text isn't read here. `element`: the paragraph.
    """

    text: str
    controls: tuple[Control | None, ...]
    table: str | None = None
    element: Element | None = None

    @property
    def style(self) -> str | None:
        """The paragraph's."""
        return None if self.element is None else style_of(self.element)

    @cached_property
    def _is_plain(self) -> bool:
        """Whether no control stands in it, as in most."""
        return not any(self.controls)

    @cached_property
    def typed(self) -> tuple[str, ...]:
        """The numbers and dates outside of controls, without those that touch one."""
        taken = {at for match, _ in self._touching for at in range(*match.span())}
        return tuple(match[0] for match in _TYPED.finditer(self._words) if match.start() not in taken)

    @property
    def touching(self) -> tuple[Touching, ...]:
        """Where a control isn't read as what it holds."""
        return tuple(Touching(control, match[0]) for match, control in self._touching)

    @property
    def followed(self) -> Iterator[tuple[Control, str]]:
        """Each control with the text behind it in the paragraph."""
        controls = () if self._is_plain else (*self.controls, None)
        for at, (one, other) in enumerate(pairwise(controls), 1):
            if one is not None and one is not other:
                yield one, self.text[at:].lstrip()

    @property
    def tags(self) -> list[str]:
        """The tags of its controls, in order."""
        around = [one for one, _ in groupby(self.controls) if one is not None]
        return [one.tag or "" for one in around]

    @cached_property
    def with_tags(self) -> str:
        """Its words, with the tag of each control in place of what that holds."""
        groups = groupby(zip(self.text, self.controls, strict=True), key=lambda pair: pair[1])
        return "".join(
            "".join(character for character, _ in pairs) if control is None else f"{{{control.tag}}}"
            for control, pairs in groups
        )

    @property
    def pieces(self) -> list[str]:
        """The words between the controls."""
        return re.split(f"{_CONTROL}+", self._words)

    @cached_property
    def name(self) -> str:
        """The same for the same words, whatever stands in the controls."""
        words = re.sub(f"{_CONTROL}+", _CONTROL, normal(self._words))
        return f"{crc32(words.encode()):08x}"

    @cached_property
    def _words(self) -> str:
        """The text with `_CONTROL` for every character of a control."""
        if self._is_plain:
            return self.text
        pairs = zip(self.text, self.controls, strict=True)
        return "".join(character if control is None else _CONTROL for character, control in pairs)

    @cached_property
    def _touching(self) -> list[tuple[re.Match[str], Control]]:
        found: list[tuple[re.Match[str], Control]] = []
        for match in () if self._is_plain else _NUMBER.finditer(self.text):
            around = self.controls[match.start() : match.end()]
            touched = next((one for one in around if one is not None), None)
            if touched is not None and None in around:
                found.append((match, touched))
        return found


def numbers_in(text: str) -> list[str]:
    """The numbers and dates that a text reads, in half-width digits, 漢数字 as they are.

    >>> numbers_in("第１２号　39,627件、令和6年12月、二万三千人、三回で100万円、△ 5")
    ['12', '39,627', '6年12月', '二万三千', '三', '100万', '△ 5']
    """
    return _TYPED.findall(normalize("NFKC", text))


def read_prose(stories: Iterable[Element]) -> list[Prose]:
    """Every paragraph but those of the report's tables and of the contents, which are read as such; the tables stand for
    themselves."""
    return [
        read_paragraph(one) if one.tag == P else Prose("", (), Control(one).tag)
        for story in stories
        for one in _iter_paragraphs_and_tables(story)
    ]


def remember(prose: Iterable[Prose]) -> dict[str, tuple[str, ...]]:
    """What tells later which numbers were there already: the typed numbers of each paragraph that has any, by its name."""
    return {name: one.typed for name, one in named_prose(prose)}


def named_prose(prose: Iterable[Prose]) -> Iterator[tuple[str, Prose]]:
    """Each that has typed numbers with its name; of equal ones the second and later ones have names of their own."""
    counted: Counter[str] = Counter()
    for one in prose:
        if one.typed:
            key = one.name
            counted[key] += 1
            yield f"{key}.{counted[key]}", one


def iter_unknown(
    prose: Iterable[Prose], remembered: Mapping[str, Sequence[str]], known: Container[str]
) -> Iterator[tuple[str, Prose]]:
    """Numbers that a hand typed since `remembered`, but for the `known` ones, with their paragraphs.

    A paragraph that was reworded keeps the numbers of the one it was: which one that is doesn't matter.
    """
    named = dict(named_prose(prose))
    left = Counter(chain.from_iterable(numbers for key, numbers in remembered.items() if key not in named))
    for key, one in named.items():
        if key not in remembered:
            for number in one.typed:
                if left[number]:
                    left[number] -= 1
                elif number not in known:
                    yield number, one


def iter_prose(element: Element) -> Iterator[Element]:
    """The paragraphs below an element but those of the report's tables and of the contents."""
    return (one for one in _iter_paragraphs_and_tables(element) if one.tag == P)


def _iter_paragraphs_and_tables(element: Element) -> Iterator[Element]:
    for child in element:
        if child.tag == P:
            yield child
            for box in iter_boxes(child):
                yield from _iter_paragraphs_and_tables(box)
        elif child.tag == SDT and table_of_tag(Control(child).tag or "") is not None:
            yield child
            yield from child.iterfind(f"{SDTCONTENT}/{P}")  # what staff typed beside the table
        elif child.tag != SDT or not _is_read_elsewhere(Control(child).tag or ""):
            yield from _iter_paragraphs_and_tables(child)


def _is_read_elsewhere(tag: str) -> bool:
    return tag in (CONTENTS_TAG, SOURCES_TAG)


def read_paragraph(paragraph: Element) -> Prose:
    """One paragraph, wherever it stands."""
    pages = page_runs(paragraph)
    around = _figure_around(paragraph)
    pieces: list[str] = []
    controls: list[Control | None] = []
    for node, shown in iter_visible(paragraph):
        control, text = around, shown
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
    return Prose("".join(pieces), tuple(controls), None, paragraph)


def _figure_around(paragraph: Element) -> Control | None:
    """The figure of which the whole paragraph is the text."""
    around = (Control(one) for one in paragraph.iterancestors(SDT))
    return next((one for one in around if is_figure_tag(one.tag or "") and one.holds_one_paragraph), None)


def has_fields(paragraph: Element) -> bool:
    """Whether Word works anything out in it."""
    return next(paragraph.iter(FIELD_CODE, SIMPLE_FIELD), None) is not None


def page_runs(paragraph: Element) -> set[Element]:
    """Runs and simple fields that show page numbers: Word works those out."""
    found: set[Element] = set()
    if not has_fields(paragraph):
        return found
    codes: list[str] = []
    for one in paragraph.iter(FIELD_MARK, FIELD_CODE, R, SIMPLE_FIELD):
        if one.tag == FIELD_CODE:
            codes[-1:] = ["".join(codes[-1:]) + (one.text or "")]
        elif one.tag == FIELD_MARK:
            if one.get(name("fldCharType")) == "begin":
                codes.append("")
            elif one.get(name("fldCharType")) == "end":
                del codes[-1:]
        elif any(map(_shows_pages, codes)) or (
            one.tag == SIMPLE_FIELD and _shows_pages(one.get(name("instr"), ""))
        ):
            found.add(one)
    return found


def _shows_pages(code: str) -> bool:
    return code.split()[:1] in [[field] for field in _PAGE_FIELDS]
