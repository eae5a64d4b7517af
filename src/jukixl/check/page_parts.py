"""What the parts of the report page have in common: escaped text, elements, and which cells have an anchor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from msgspec import Struct

from jukixl.check.trace import Place, PlaceIds
from jukixl.personal import find_in_text, hide_numbers

Attributes = Mapping[str, str]


def shown(text: object) -> str:
    """A text of the workbook as the page may show it: no personal number, nothing that is markup."""
    return escape(hide_numbers(str(text)))


def shown_digest(digest: str) -> str:
    """A digest in full: a letter and eleven digits are one too, though in a text they would be masked."""
    is_digest = re.fullmatch("[0-9a-f]{12}", digest)
    is_harmless = not digest.isdigit() or not any(find_in_text(digest))
    return digest if is_digest and is_harmless else shown(digest)


def element(tag: str, content: str, style: str = "", attributes: Attributes | None = None) -> str:
    """An element around content that is HTML already; `style` is its class."""
    named = ({"class": style} if style else {}) | dict(attributes or {})
    written = "".join(f' {name}="{escape(value)}"' for name, value in named.items())
    return f"<{tag}{written}>{content}</{tag}>"


def link(anchor: str, content: str, style: str = "") -> str:
    """A link to a place of the page; the content alone where there is none."""
    return element("a", content, style, {"href": f"#{anchor}"}) if anchor else content


def heading_row(headings: Mapping[str, int], title: str = "") -> str:
    """The head of a table that is sorted by its headings, repeated on every printed page; widths in percent. `title`: what
    stands above them."""
    widths = "".join(f'<col style="width: {width}%">' for width in headings.values())
    cells = "".join(element("th", heading, attributes={"scope": "col"}) for heading in headings)
    above = f'<tr><td colspan="{len(headings)}">{element("h3", title)}</td></tr>' if title else ""
    return f"<colgroup>{widths}</colgroup><thead>{above}<tr>{cells}</tr></thead>"


class Anchors(Struct, frozen=True):
    """Where the page shows a cell's lineage: by the ids of the cells that have one."""

    ids: PlaceIds
    known: frozenset[str]

    def of(self, sheet: str | None, cell: str | None) -> str:
        """The anchor of a cell; "" where its lineage isn't on the page."""
        anchor = self.ids.of((sheet, cell)) if sheet and cell else ""
        return anchor if anchor in self.known else ""


def place_text(place: Place | None) -> str:
    """別紙5!C6."""
    return f"{place[0]}!{place[1]}" if place else ""
