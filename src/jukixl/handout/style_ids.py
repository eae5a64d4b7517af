"""Styles of a document as jukixl calls them.

Word in another language than English gives every style an id of its own making whenever it saves (`a3` for
`HandoutBody`, `1` for `Heading1`), and writes it into every paragraph. Names stay as they are: by them the ids are
put back. Styles that the build needs and that a document of somebody else's making lacks are added.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from functools import cache

from lxml import etree

from jukixl.handout.ooxml import Element, attribute, child_of, name
from jukixl.handout.styles import styles_xml

_STYLE = name("style")
_REFERENCES = tuple(
    map(
        name,
        (
            *("pStyle", "rStyle", "tblStyle", "basedOn", "next", "link"),
            *("numStyleLink", "styleLink", "clickAndTypeStyle", "defaultTableStyle"),
        ),
    )
)


_ID_AND_NAME = r'styleId="([^"]+)"[^>]*><w:name w:val="([^"]+)"'
"""In the styles as jukixl writes them."""


@cache
def _ours() -> Mapping[str, Element]:
    """Every style of a template of jukixl's, by name."""
    return {_name_of(style): style for style in etree.fromstring(styles_xml()).iter(_STYLE)}


def _name_of(style: Element) -> str:
    return (attribute(child_of(style, name("name"))) or "").casefold()


@cache
def _our_names() -> frozenset[tuple[str, str]]:
    """Id and name of every style of a template of jukixl's."""
    return frozenset((key, title.casefold()) for key, title in re.findall(_ID_AND_NAME, styles_xml()))


def are_ours(styles: Element) -> bool:
    """Whether the document has all of jukixl's styles under jukixl's ids."""
    return _our_names() <= {(_id_of(style), _name_of(style)) for style in styles.iter(_STYLE)}


def restore(styles: Element, others: Iterable[Element]) -> None:
    """Give jukixl's styles their ids back, in `styles` and in the trees of all parts that refer to styles."""
    ids = _new_ids(styles)
    for style in styles.iter(_STYLE):
        old = _id_of(style)
        style.set(name("styleId"), ids.get(old, old))
    for root in (styles, *others):
        for reference in root.iter(*_REFERENCES):
            old = attribute(reference) or ""
            reference.set(name("val"), ids.get(old, old))
    present = {_id_of(style) for style in styles.iter(_STYLE)}
    missing = (style for style in _ours().values() if _id_of(style) not in present)
    styles.extend(copy.deepcopy(style) for style in missing if not _is_default(style))


def _new_ids(styles: Element) -> dict[str, str]:
    """What becomes of every id that must change: a style that isn't ours but has the id of one makes way for it."""
    wanted = {
        _id_of(style): _id_of(ours)
        for style in styles.iter(_STYLE)
        if (ours := _ours().get(_key_of(style))) is not None
    }
    taken = set(wanted.values())
    for style in styles.iter(_STYLE):
        old = _id_of(style)
        if old not in wanted and old in taken:
            wanted[old] = f"{old}Other"
    return {old: new for old, new in wanted.items() if old != new}


def _key_of(style: Element) -> str:
    """The name by which a style is one of ours; the default ones are so whatever they are called."""
    kind, is_default = attribute(style, "type"), _is_default(style)
    same = (
        one for one in _ours().values() if is_default and _is_default(one) and attribute(one, "type") == kind
    )
    return _name_of(next(same, style))


def _is_default(style: Element) -> bool:
    return attribute(style, "default") in ("1", "true")


def _id_of(style: Element) -> str:
    return attribute(style, "styleId") or ""
