"""Takes out of a document what tells of the people and computers that made it; what its pages show stays.

Kept on purpose: the title, the date of the handout, the fingerprint of the master, and the content controls, so that
`verify` still reads a published file. The manifest goes with all other data that no page shows: it also has what the
document used to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from jukixl.handout.due import FINGERPRINT
from jukixl.handout.ooxml import PPR, SDT, SDTPR, WORD, Element, P, local_name, name, remove, style_of
from jukixl.handout.package import CONTENT_TYPES, serialise
from jukixl.handout.parts import iter_published, links_of, parse_part, references, stays
from jukixl.handout.pictures import without_metadata
from jukixl.handout.styles import HIDDEN
from jukixl.workbook.package import Package, relations_path

_CORE_KEPT = frozenset({"title", "language", "created", "modified"})
_APP_KEPT = frozenset({"Application", "AppVersion"})
_SETTINGS_GONE = frozenset(
    {
        *("rsids", "attachedTemplate", "linkStyles", "docVars", "trackRevisions", "mailMerge", "docId"),
        *("attachedSchema", "saveThroughXslt", "writeProtection"),
    }
)
_GONE = frozenset(
    map(
        name,
        (
            "printerSettings",
            "placeholder",
            "dataBinding",
            "proofErr",
            "permStart",
            "permEnd",
            "rsid",
            "fldData",
        ),
    )
)
"""Elements that refer to parts which aren't published, that name people who may edit, and marks of the spelling checker."""
_PARAGRAPH_NUMBERS = ("paraId", "textId")
_NAMING = frozenset({"name", "descr", "title", "alt"})
_PATH = re.compile(r"^(?:file:|\\\\|[A-Za-z]:[\\/]|/(?:home|Users)/)", re.IGNORECASE)
_PROPERTIES: dict[str, Callable[[Element], bool]] = {
    "core-properties": lambda one: local_name(one.tag) in _CORE_KEPT,
    "extended-properties": lambda one: local_name(one.tag) in _APP_KEPT,
    "custom-properties": lambda one: one.get("name") == FINGERPRINT,
    "settings": lambda one: local_name(one.tag) not in _SETTINGS_GONE,
}
"""By the kind of relation that leads to a part: which of its elements stay."""


def scrub(package: Package) -> Package:
    """The document as it may be published. The same file gives the same one."""
    parts = list(iter_published(package))
    kinds = {link.target: link.kind for part in ("", *parts) for link in links_of(package, part)}
    clean = {part: _clean(package, part, kinds[part]) for part in parts}
    for part in ("", *parts):
        path = relations_path(part)
        if path in package:
            clean[path] = _clean_relations(package, part)
    clean[CONTENT_TYPES] = _clean_types(package[CONTENT_TYPES], frozenset(clean))
    return package.only(clean).with_parts(clean)


def _clean(package: Package, part: str, kind: str) -> bytes:
    if kind == "image":
        return without_metadata(package[part]) or package[part]  # others are told before (residue.py)
    if not part.endswith(".xml"):
        return package[part]
    root = parse_part(package[part])
    _drop_references(root, {one.id for one in links_of(package, part) if not stays(part, one)})
    keeps = _PROPERTIES.get(kind)
    for child in list(root):
        if keeps is not None and not keeps(child):
            root.remove(child)
    if kind == "core-properties":
        _date_as_made(root)
    for element in list(root.iter("{*}*")):
        _clean_element(element)
    for paragraph in root.iter(P):
        if style_of(paragraph) in HIDDEN:
            _empty(paragraph)
    return serialise(root)


def _drop_references(root: Element, gone: set[str]) -> None:
    for element, attribute, id_ in list(references(root)):
        if id_ in gone:
            del element.attrib[attribute]


def _clean_element(element: Element) -> None:
    if element.tag in _GONE or local_name(element.tag) == "dataBinding":
        remove(element)
        return
    for attribute, value in element.attrib.items():
        local = local_name(attribute)
        if (
            local.startswith("rsid") and str(attribute).startswith(f"{{{WORD}}}")
        ) or local in _PARAGRAPH_NUMBERS:
            del element.attrib[attribute]
        elif local in _NAMING and _PATH.match(str(value)):
            element.set(attribute, re.split(r"[\\/]", str(value))[-1])


def _date_as_made(root: Element) -> None:
    """The handout's own date, which its build has written, in place of when it was last saved."""
    dates = {local_name(one.tag): one for one in root if local_name(one.tag) in ("created", "modified")}
    if len(dates) == 2:
        dates["modified"].text = dates["created"].text


def _empty(paragraph: Element) -> None:
    """Without its words, of which the name of the control around it has some too."""
    for control in paragraph.iterancestors(SDT):
        for alias in list(control.iterfind(f"{SDTPR}/{name('alias')}")):
            remove(alias)
    for child in list(paragraph):
        if child.tag != PPR:
            paragraph.remove(child)


def _clean_relations(package: Package, part: str) -> bytes:
    root = parse_part(package[relations_path(part)])
    kept = {one.id for one in links_of(package, part) if stays(part, one)}
    for child in list(root):
        if child.get("Id") not in kept:
            root.remove(child)
    return serialise(root)


def _clean_types(content: bytes, parts: frozenset[str]) -> bytes:
    root = parse_part(content)
    endings = {part.rpartition(".")[2].lower() for part in parts}
    for child in list(root):
        part, ending = child.get("PartName"), child.get("Extension", "").lower()
        if (part is None and ending not in endings) or (part and part.lstrip("/") not in parts):
            root.remove(child)
    return serialise(root)
