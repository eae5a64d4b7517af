"""The fields of a paragraph, which Word works out anew: their code and what they show today."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from jukixl.handout.ooxml import Element, T, attribute, name, parent_of, visible_text

FIELD_MARK, FIELD_CODE, SIMPLE_FIELD = name("fldChar"), name("instrText"), name("fldSimple")


class Field(Struct):
    """`elements`: the runs it is made of, or the one element that Word writes for a simple field."""

    code: str = ""
    shown: str = ""
    elements: list[Element] = field(default_factory=list)
    is_told: bool = False
    """Whether what it shows has begun."""

    @property
    def kind(self) -> str:
        """Such as PAGE; = for a formula."""
        first = next(iter(self.code.split()), "")
        return "=" if first.startswith("=") else first.upper()


def iter_fields(paragraph: Element) -> Iterator[Field]:
    """Those that begin and end in the paragraph, inner ones first."""
    around: list[Field] = []
    for one in paragraph.iter(FIELD_MARK, FIELD_CODE, T, SIMPLE_FIELD):
        step = attribute(one, "fldCharType")
        if one.tag == SIMPLE_FIELD:
            yield Field(attribute(one, "instr") or "", visible_text(one), [one])
        elif step == "begin":
            around.append(Field())
        for inner in around:
            inner.elements.append(parent_of(one))
        if step == "separate" and around:
            around[-1].is_told = True
        elif step == "end" and around:
            yield around.pop()
        elif one.tag == FIELD_CODE and around:
            around[-1].code += one.text or ""
        elif one.tag == T and around and around[-1].is_told:
            around[-1].shown += one.text or ""
