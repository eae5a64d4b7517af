"""Content controls: the named places of a document that jukixl writes into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from jukixl.era import DateForm, Digits, set_digits
from jukixl.handout.names import TAG_LIMIT, ControlIds
from jukixl.handout.ooxml import (
    SDT,
    SDTCONTENT,
    SDTPR,
    SECTPR,
    TBL,
    TR,
    Element,
    P,
    attribute,
    child_of,
    name,
    parent_of,
    remove,
    run,
    visible_text,
    w,
    write_text,
)
from jukixl.report.model import Report
from jukixl.report.text import Placeholder, Text

_FORM_LABELS = {
    DateForm.LONG: "年月日",
    DateForm.MONTH: "年月",
    DateForm.YEAR: "年",
    DateForm.SHORT: "略記",
}
_PLACEHOLDER_STYLE = "PlaceholderText"
_INLINE_PARENTS = frozenset(
    map(name, ("p", "hyperlink", "ins", "del", "moveTo", "moveFrom", "smartTag", "fldSimple"))
)


class Control(Struct, frozen=True, dict=True):
    """A content control as it stands in a document."""

    element: Element

    def settings(self) -> dict[str, Element]:
        """All of its properties by their tags; the first where one is there twice."""
        properties = child_of(self.element, SDTPR)
        return {} if properties is None else {child.tag: child for child in reversed(properties)}

    def setting(self, local: str) -> Element | None:
        """One of its properties; None where it isn't given."""
        properties = child_of(self.element, SDTPR)
        return None if properties is None else child_of(properties, name(local))

    @cached_property
    def tag(self) -> str | None:
        return attribute(self.setting("tag"))

    @property
    def alias(self) -> str | None:
        return attribute(self.setting("alias"))

    @cached_property
    def content(self) -> Element | None:
        return child_of(self.element, SDTCONTENT)

    @property
    def text(self) -> str:
        """What a reader sees in it."""
        return "" if self.content is None else visible_text(self.content)

    @property
    def is_inline(self) -> bool:
        """Whether it stands within a paragraph."""
        return self.parent.tag in _INLINE_PARENTS

    @property
    def holds_one_paragraph(self) -> bool:
        """Whether it stands around one whole paragraph or cell of text: Word puts it so where nothing else is there."""
        content = self.content
        if self.is_inline or content is None:
            return False
        return len(list(content.iter(P))) == 1 and next(content.iter(TBL, TR, SECTPR), None) is None

    @property
    def parent(self) -> Element:
        """The element it stands in, other controls around it not counted."""
        found = parent_of(self.element)
        while found.tag in (SDT, SDTCONTENT):
            found = parent_of(found)
        return found


def iter_controls(root: Element) -> Iterator[Control]:
    """Every control in document order, inner ones after the one around them."""
    return map(Control, root.iter(SDT))


def fill_inline(control: Control, text: str) -> None:
    """Write a figure's text, also where the control is around a paragraph. Only what differs is touched, so that the look of the figure stays."""
    content = control.content
    assert content is not None, "lint refuses controls without content"
    if not control.is_inline:
        content = next(content.iter(P), content)
    placeholder = control.setting("showingPlcHdr")
    if placeholder is None and visible_text(content) == text:
        return
    write_text(content, text)
    if placeholder is not None:
        remove(placeholder)
        _drop_placeholder_look(content)


def _drop_placeholder_look(content: Element) -> None:
    for style in list(content.iter(name("rStyle"))):
        if attribute(style) == _PLACEHOLDER_STYLE:
            properties = parent_of(style)
            properties.remove(style)
            if len(properties) == 0:
                remove(properties)


class ControlFactory:
    """Makes the controls of one document."""

    def __init__(self) -> None:
        self._ids = ControlIds()

    def field(self, tag: str, alias: str, *look: Element, locked: bool = True) -> Element:
        """A control for a text, showing its Japanese name until it is filled in. Locked, it can't be deleted by accident."""
        content = run(alias, w("rStyle", val=_PLACEHOLDER_STYLE), *look)
        kind = [w("showingPlcHdr"), w("text")]
        return w("sdt", self._properties(tag, alias, kind, locked=locked), w("sdtContent", content))

    def around(
        self, tag: str, alias: str, content: Iterable[Element], *kind: Element, locked: bool = True
    ) -> Element:
        """A control around runs, paragraphs or a table."""
        return w("sdt", self._properties(tag, alias, kind, locked=locked), w("sdtContent", *content))

    def _properties(self, tag: str, alias: str, kind: Iterable[Element], *, locked: bool) -> Element:
        return w(
            "sdtPr",
            w("alias", val=alias[:TAG_LIMIT]),
            w("tag", val=tag),
            w("id", val=self._ids.new(tag)),
            *([w("lock", val="sdtLocked")] if locked else []),
            *kind,
        )


class FigureControls(ControlFactory):
    """Makes the controls of a report's handout."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report

    def pieces(self, text: Text, digits: Digits = Digits.HALF) -> Iterator[Element]:
        """Runs and controls for a text with placeholders, its own numbers set this way."""
        for part in text:
            if isinstance(part, str):
                yield run(set_digits(part, digits))
            else:
                yield self.field(part.tag, self.alias(part))

    def alias(self, part: Placeholder) -> str:
        """What Word shows at the control: the figure's label, with the form of its date."""
        figure = self._report.figures_by_id.get(part.figure)
        label = figure.label if figure else part.figure
        return f"{label}（{_FORM_LABELS[DateForm(part.form)]}）" if part.form else label
