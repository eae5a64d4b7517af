"""The pages of the handout's sections."""

from __future__ import annotations

from jukixl.handout.ooxml import PPR, SECTPR, Element, child_of, name, w
from jukixl.handout.package import OFFICE
from jukixl.handout.styles import GRID_PITCH
from jukixl.report.model import Orientation

FOOTER_RELATION = "rId4"
"""How a starter's sections refer to the footer with the page number."""
# Width, height, top and bottom, left and right margin of an A4 page in twips.
_PAGES = {Orientation.PORTRAIT: (11906, 16838, 1418, 1418), Orientation.LANDSCAPE: (16838, 11906, 907, 1134)}


def text_width(orientation: Orientation) -> int:
    """Twips between the margins of a page."""
    width, _, _, side = _PAGES[orientation]
    return width - 2 * side


def section_of(paragraph: Element) -> Element | None:
    """The section that ends with a paragraph."""
    properties = child_of(paragraph, PPR)
    return None if properties is None else child_of(properties, SECTPR)


def section_end(paragraph: Element) -> Element | None:
    """Take the end of a section out of a paragraph, into one of its own; None where there is none."""
    section = section_of(paragraph)
    return None if section is None else w("p", w("pPr", w("pStyle", val="SectionEnd"), section))


def section_properties(
    orientation: Orientation, *, is_cover: bool = False, after_cover: bool = False
) -> Element:
    """The page of a section: a cover has no footer, and pages are numbered from 1 after it."""
    width, height, top, side = _PAGES[orientation]
    made = w("sectPr")
    if not is_cover:
        footer = w("footerReference", type="default")
        footer.set(f"{{{OFFICE}/relationships}}id", FOOTER_RELATION)
        made.append(footer)
    size = w("pgSz", w=width, h=height)
    if orientation is Orientation.LANDSCAPE:
        size.set(name("orient"), "landscape")
    margins = w(
        "pgMar", top=top, right=side, bottom=top, left=side, header=680, footer=top // 2 - 60, gutter=0
    )
    made.extend([w("type", val="nextPage"), size, margins])
    if after_cover:
        made.append(w("pgNumType", start=1))
    made.append(w("cols", space=425))
    made.append(w("docGrid", type="lines", linePitch=GRID_PITCH))
    return made
