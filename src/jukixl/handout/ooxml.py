"""WordprocessingML in small pieces: making elements, reading the text a reader sees, writing text into runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from functools import cache

from lxml import etree

Element = etree._Element

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NAMESPACES = {"w": WORD}


@cache  # there are a few dozen names
def name(local: str) -> str:
    """The Clark name of a WordprocessingML element or attribute."""
    return f"{{{WORD}}}{local}"


def local_name(clark: str | bytes) -> str:
    """The reverse of `name`."""
    return str(clark).rpartition("}")[2]


P, R, T, BR, TAB = map(name, ("p", "r", "t", "br", "tab"))
TBL, TR, TC, SDT = map(name, ("tbl", "tr", "tc", "sdt"))
PPR, RPR, TCPR, SECTPR = map(name, ("pPr", "rPr", "tcPr", "sectPr"))
SDTPR, SDTCONTENT, PSTYLE, KEEP_NEXT = map(name, ("sdtPr", "sdtContent", "pStyle", "keepNext"))
STYLE, BASED_ON = name("style"), name("basedOn")
INSERTED = (name("ins"), name("moveTo"))
DELETED = (name("del"), name("moveFrom"))
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_TEXT_OF = {BR: "\n", name("cr"): "\n", TAB: "\t", name("noBreakHyphen"): "-"}
SYMBOL, FORMULA_TEXT = name("sym"), "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
BOX = name("txbxContent")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_APART = frozenset({*DELETED, BOX})
_MARKS = (name("drawing"), name("pict"), SECTPR, BR)
_READ = (T, *_TEXT_OF, SYMBOL, FORMULA_TEXT, *_APART)
_OWN_CODES = 0xF000  # from here on the codes of a symbol font's own characters
# What a paragraph or an inline control shows; bookmarks, comment ranges and properties are left alone.
_INLINE = frozenset(
    map(
        name,
        ("r", "hyperlink", "fldSimple", "smartTag", "proofErr", "sdt", "ins", "del", "moveTo", "moveFrom"),
    )
)


def w(local: str, *children: Element, **attributes: str | int) -> Element:
    """A new element of WordprocessingML; attributes too are of its namespace.

    >>> attribute(w("jc", val="center"))
    'center'
    """
    element = etree.Element(name(local), nsmap=_NAMESPACES)
    for key, value in attributes.items():
        element.set(name(key), str(value))
    element.extend(children)
    return element


def attribute(element: Element | None, local: str = "val") -> str | None:
    """An attribute of the w: namespace; None without the attribute or without the element."""
    return None if element is None else element.get(name(local))


def child_of(element: Element, tag: str) -> Element | None:
    """The first child with this tag; `find` takes a path, which it reads anew each time, and thrice as long."""
    for child in element:
        if child.tag == tag:
            return child
    return None


def marks_in(roots: Iterable[Element], tags: Iterable[str]) -> dict[str, list[Element]]:
    """All elements with these tags by tag, in the order of the document. One walk for all, as walking is what takes time."""
    found: dict[str, list[Element]] = {tag: [] for tag in tags}
    for root in roots:
        for one in root.iter(*found):
            found[one.tag].append(one)
    return found


def is_on(element: Element | None) -> bool:
    """Whether a toggle such as `w:keepNext` is there and not switched off."""
    return element is not None and attribute(element) not in ("0", "false", "off")


def visible_text(element: Element) -> str:
    """The text a reader sees, with tracked insertions and without deletions; a line break is a newline. What stands in a text
    box within the element is text of its own."""
    only = _only_text(element)
    if only is not None:
        return only.text or ""
    return "".join([text for _, text in iter_visible(element)])


def _only_text(element: Element) -> Element | None:
    """The `w:t` of a paragraph or control that holds one run with nothing else in it, as most do; None for any other."""
    children = len(element)
    if children == 0 or children > 2 or (children == 2 and element[0].tag != PPR) or element.tag in DELETED:
        return None
    run = element[-1]
    if run.tag != R or len(run) == 0 or run[-1].tag != T or len(run) > 2:
        return None
    return run[-1] if len(run) == 1 or run[0].tag == RPR else None


def iter_boxes(paragraph: Element) -> Iterator[Element]:
    """What the text boxes of a paragraph hold; each once, though Word writes it a second time for old programs."""
    return (box for box in paragraph.iter(BOX) if not is_repeated_for_old_programs(box))


def is_repeated_for_old_programs(element: Element) -> bool:
    """Whether an element is one of a text box that Word has written a second time, ids and all."""
    return next(element.iterancestors(_FALLBACK), None) is not None


def is_blank(paragraph: Element) -> bool:
    """Whether a paragraph has no words, no picture, and nothing that begins a page or a section."""
    marks = paragraph.iter(*_MARKS)
    is_marked = any(one.tag != BR or attribute(one, "type") == "page" for one in marks)
    return not (is_marked or visible_text(paragraph).strip())


def iter_visible(element: Element, apart: Set[str] = _APART) -> Iterator[tuple[Element, str]]:
    """The nodes of the text a reader sees, each with what it shows. What stands in elements with the tags `apart` doesn't count."""
    has_apart = False
    for node in element.iter(*_READ):
        if node.tag in _APART:
            has_apart = True
        elif node.tag == TAB and parent_of(node).tag != R:
            continue  # a tab stop of the paragraph's properties
        elif not (has_apart and _is_apart(node, element, apart)):
            yield node, _shown(node)


def _shown(node: Element) -> str:
    if node.tag in (T, FORMULA_TEXT):
        return node.text or ""
    if node.tag == SYMBOL:
        code = int(attribute(node, "char") or "0", 16)
        return chr(code - _OWN_CODES if code > _OWN_CODES else code)
    return _TEXT_OF[node.tag]


def _is_apart(node: Element, within: Element, apart: Set[str]) -> bool:
    for ancestor in node.iterancestors():
        if ancestor.tag in apart and not (ancestor is within and ancestor.tag == BOX):
            return True
        if ancestor is within:
            return False
    return False


def text_nodes(text: str) -> Iterator[Element]:
    """`w:t` and `w:br` for a text; always at least one `w:t`, so that a later text has its place."""
    for number, line in enumerate(text.split("\n")):
        if number:
            yield w("br")
        node = w("t")
        node.text = line or None
        if line != line.strip():
            node.set(_SPACE, "preserve")
        yield node


def run(text: str, *properties: Element) -> Element:
    """A run with these run properties."""
    made = w("r")
    if properties:
        made.append(w("rPr", *properties))
    made.extend(text_nodes(text))
    return made


def write_text(container: Element, text: str) -> None:
    """Replace the text of a paragraph or inline control; the look of its first visible run stays."""
    kept = _first_run(container)
    place = next((index for index, child in enumerate(container) if child.tag in _INLINE), len(container))
    for child in [child for child in container if child.tag in _INLINE]:
        container.remove(child)
    for child in [child for child in kept if child.tag != RPR]:
        kept.remove(child)
    kept.extend(text_nodes(text))
    container.insert(place, kept)


def _first_run(container: Element) -> Element:
    runs = [one for one in container.iter(R) if not _is_apart(one, container, _APART)]
    with_text = (one for one in runs if one.find(T) is not None)
    return next(with_text, runs[0] if runs else w("r"))


def style_of(paragraph: Element) -> str | None:
    """The style id of a paragraph; None for the default style."""
    properties = child_of(paragraph, PPR)
    return None if properties is None else attribute(child_of(properties, PSTYLE))


def by_style(styles: Element, *tags: str) -> dict[str, Element]:
    """By its id the first of such elements in each style, or in the one that it is based on."""
    marks: dict[str, Element] = {}
    for mark in styles.iter(*tags):
        for style in mark.iterancestors(STYLE):
            marks.setdefault(attribute(style, "styleId") or "", mark)
    based = [(attribute(one, "styleId") or "", child_of(one, BASED_ON)) for one in styles] if marks else []
    while more := {
        style: marks[base_id]
        for style, base in based
        if style not in marks and (base_id := attribute(base) or "") in marks
    }:
        marks |= more
    return marks


def set_style(paragraph: Element, style: str) -> None:
    """Give a paragraph another style."""
    properties = child_of(paragraph, PPR)
    if properties is None:
        properties = w("pPr")
        paragraph.insert(0, properties)
    current = child_of(properties, PSTYLE)
    if current is None:
        properties.insert(0, w("pStyle", val=style))
    else:
        current.set(name("val"), style)


def set_toggle(properties: Element, toggle: str, on: bool, before: Set[str]) -> bool:
    """Switch a toggle (its tag) on or off; `before` has the tags that the schema wants ahead of it. Whether it changed."""
    current = child_of(properties, toggle)
    if is_on(current) == on and (current is None) != on:
        return False
    if current is not None:
        properties.remove(current)
    if on:
        insert_after(properties, etree.Element(toggle, nsmap=_NAMESPACES), before)
    return True


def insert_after(parent: Element, child: Element, before: Set[str]) -> None:
    """Insert `child` behind the last of the elements with these tags, which must come before it."""
    place = max((index for index, one in enumerate(parent, 1) if one.tag in before), default=0)
    parent.insert(place, child)


def parent_of(element: Element) -> Element:
    """The element around one that isn't the root."""
    parent = element.getparent()
    assert parent is not None, "the root has no parent"
    return parent


def remove(element: Element) -> None:
    """Take an element out of its parent."""
    parent_of(element).remove(element)
