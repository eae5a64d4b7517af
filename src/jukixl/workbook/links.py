"""Links from a cell to another of the same workbook, in a sheet's XML; every other byte stays as it was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from jukixl.workbook.scan import decode_references, encode_references

# Compiled when first needed: most commands change no link.
_ALL = rb"(?s)<hyperlinks(?:\s[^>]*)?>(.*?)</hyperlinks>"
_ONE = rb"(?s)<hyperlink\s[^>]*/>|<hyperlink\s[^>]*>.*?</hyperlink>"
_CELL = rb'\sref="([A-Z]+[0-9]+)(?::\1)?"'
_LOCATION = rb'\slocation="([^"]*)"'
_BEHIND = (  # CT_Worksheet has these after its links (ISO/IEC 29500-1, 18.3.1.99)
    rb"<(?:printOptions|pageMargins|pageSetup|headerFooter|rowBreaks|colBreaks|customProperties|cellWatches|ignoredErrors"
    rb"|smartTags|drawing|legacyDrawing|legacyDrawingHF|drawingHF|picture|oleObjects|controls|webPublishItems|tableParts"
    rb"|extLst)[\s/>]|</worksheet>"
)


class Link(Struct, frozen=True):
    """Where a cell leads to (`'別紙5'!C32`); None: nowhere."""

    sheet: str
    cell: str
    target: str | None


def read_links(xml: bytes) -> dict[str, str]:
    """A1 → place, of the cells that lead to a place of the same workbook."""
    found = {}
    for link in _iter_links(xml):
        cell, place = re.search(_CELL, link), re.search(_LOCATION, link)
        if cell and place:
            found[cell[1].decode()] = decode_references(place[1].decode())
    return found


def set_links(xml: bytes, targets: Mapping[str, str | None]) -> bytes:
    """The sheet's XML with these cells leading there, and all others where they did."""
    there = list(_iter_links(xml))
    kept = [link for link in there if not ((cell := re.search(_CELL, link)) and cell[1].decode() in targets)]
    new = [_render(cell, target) for cell, target in targets.items() if target]
    if not new and len(kept) == len(there):
        return xml
    element = b"<hyperlinks>%b</hyperlinks>" % b"".join((*kept, *new)) if kept or new else b""
    found = re.search(_ALL, xml)
    if found:
        return xml[: found.start()] + element + xml[found.end() :]
    behind = re.compile(_BEHIND).search(xml, max(xml.rfind(b"</sheetData>"), 0))
    return xml if behind is None else xml[: behind.start()] + element + xml[behind.start() :]


def _iter_links(xml: bytes) -> Iterable[bytes]:
    found = re.search(_ALL, xml)
    return re.findall(_ONE, found[1]) if found else ()


def _render(cell: str, target: str) -> bytes:
    return f'<hyperlink ref="{cell}" location="{encode_references(target)}"/>'.encode()
