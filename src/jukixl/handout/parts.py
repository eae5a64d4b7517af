"""The parts of a document that may be published: those that show something on its pages. All others stay behind.

Relations are followed from the package on, and only those of known kinds: what Word or another program may put into a file
one day is left out as well, or named if the document shows it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from lxml import etree
from msgspec import Struct

from jukixl.handout.ooxml import Element
from jukixl.handout.package import OFFICE
from jukixl.workbook.package import Package, relations_path

_PACKAGE_KINDS = frozenset({"officeDocument", "core-properties", "extended-properties", "custom-properties"})
_KINDS = frozenset(
    {
        *(
            "styles",
            "stylesWithEffects",
            "settings",
            "webSettings",
            "fontTable",
            "font",
            "theme",
            "numbering",
        ),
        *("header", "footer", "footnotes", "endnotes", "image", "chart", "chartColorStyle", "chartStyle"),
        *("diagramData", "diagramLayout", "diagramQuickStyle", "diagramColors", "diagramDrawing"),
    }
)
_DROPPED = frozenset({"hyperlink", "attachedTemplate", "printerSettings", "mailMergeSource"})
"""What a document refers to and shows no less without."""
_PUBLIC = re.compile("(?:https?|mailto):", re.IGNORECASE)
_REFERENCES = f"{{{OFFICE}/relationships}}"
_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


class Link(Struct, frozen=True):
    """A relation as it stands in a part: `kind` is the end of its type, `target` a part, or an address where `external`."""

    element: Element
    kind: str
    target: str
    external: bool

    @property
    def id(self) -> str:
        return self.element.get("Id", "")


def parse_part(content: bytes) -> Element:
    """The tree of a part that Word has read or written."""
    return etree.fromstring(content, _PARSER)


def links_of(package: Mapping[str, bytes], part: str) -> list[Link]:
    """All relations of a part, those that lead out of the file included."""
    path = relations_path(part)
    if path not in package:
        return []
    return [_link(one, posixpath.dirname(part)) for one in parse_part(package[path])]


def _link(element: Element, folder: str) -> Link:
    kind = element.get("Type", "").rpartition("/")[2]
    target, external = element.get("Target", ""), element.get("TargetMode") == "External"
    if not external:
        target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
    return Link(element, kind, target, external)


def stays(part: str, link: Link) -> bool:
    """Whether a published document keeps this relation of a part."""
    if link.external:
        return link.kind == "hyperlink" and _PUBLIC.match(link.target) is not None
    return link.kind in (_KINDS if part else _PACKAGE_KINDS)


def iter_published(package: Package, kind: str | None = None) -> Iterator[str]:
    """The names of the parts that stay, each once; of one kind of relation only where it is given."""
    waiting, seen = [("", "")], {""}
    while waiting:
        part, found = waiting.pop()
        if part and kind in (None, found):
            yield part
        for link in links_of(package, part):
            if stays(part, link) and not link.external and link.target in package and link.target not in seen:
                seen.add(link.target)
                waiting.append((link.target, link.kind))


def references(root: Element) -> Iterator[tuple[Element, str, str]]:
    """Every attribute by which a part refers to one of its relations: element, attribute, the relation's id."""
    for element in root.iter("{*}*"):
        for attribute, value in element.attrib.items():
            if str(attribute).startswith((_REFERENCES, _STRICT)):
                yield element, str(attribute), str(value)


def find_unpublishable(package: Package) -> Iterator[tuple[str, str]]:
    """What pages show and yet can't stay: place, and what to do."""
    for part in ("", *iter_published(package)):
        gone = {link.id: link for link in links_of(package, part) if not stays(part, link)}
        gone = {id_: link for id_, link in gone.items() if link.kind not in _DROPPED}
        if not gone or not part.endswith(".xml"):
            continue
        used = {id_ for _, _, id_ in references(parse_part(package[part]))}
        for link in (gone[id_] for id_ in gone if id_ in used):
            yield _describe(link)


def _describe(link: Link) -> tuple[str, str]:
    if link.external:
        return (
            posixpath.basename(link.target.replace("\\", "/")),
            "文書の外のファイルにリンクしています。図は文書に埋め込み、他のリンクは解除してください。",
        )
    return (
        posixpath.basename(link.target),
        "文書の中に別のファイル（グラフの元の表など）があり、公表用に残せません。図として貼り付け直してください。",
    )
