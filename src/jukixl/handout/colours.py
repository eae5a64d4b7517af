"""Words that have the colour of what is behind them: the file has them and no page shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jukixl.handout.ooxml import (
    BOX,
    PPR,
    RPR,
    TBL,
    TC,
    TCPR,
    Element,
    P,
    R,
    attribute,
    by_style,
    name,
    parent_of,
    style_of,
)

COLOUR = name("color")
_SHADE, _HIGHLIGHT, _TBLPR = name("shd"), name("highlight"), name("tblPr")
_PAGE = "FFFFFF"
_SAME = 0x10
"""Up to which difference of a part of a colour it is taken for the same: a grey of 5% on white isn't read."""
_HEX = re.compile("[0-9A-Fa-f]{6}")
_MARKERS = {
    "white": "FFFFFF",
    "black": "000000",
    "yellow": "FFFF00",
    "green": "00FF00",
    "cyan": "00FFFF",
    "magenta": "FF00FF",
    "blue": "0000FF",
    "red": "FF0000",
    "darkBlue": "000080",
    "darkCyan": "008080",
    "darkGreen": "008000",
    "darkMagenta": "800080",
    "darkRed": "800000",
    "darkYellow": "808000",
    "darkGray": "808080",
    "lightGray": "C0C0C0",
}
"""The colours of Word's 蛍光ペン."""
_TRANSPARENT, _UNKNOWN = "", "?"


class Colours:
    """What a document's styles and direct formatting make of the colours of words. Word sets words without a colour of their own
    (自動) so that they can be read."""

    def __init__(self, styles: Element) -> None:
        self._words = by_style(styles, COLOUR)
        self._shades = by_style(styles, _SHADE)

    @property
    def styles(self) -> Mapping[str, Element]:
        """The ids of the styles that give words a colour."""
        return self._words

    def is_invisible(self, run: Element) -> bool:
        """Whether a run's words can't be seen. False where that can't be told: in boxes and in tables whose style shades them."""
        words = self._colour_of(run)
        if words is None or not _HEX.fullmatch(words):
            return False
        ground = self._ground_of(run)
        return _HEX.fullmatch(ground) is not None and _are_alike(words, ground)

    def _colour_of(self, run: Element) -> str | None:
        own = run.find(f"{RPR}/{COLOUR}")
        if own is None:
            around = next(run.iterancestors(P), None)
            styles = (attribute(run.find(f"{RPR}/{name('rStyle')}")), around is not None and style_of(around))
            own = next((self._words[one] for one in styles if one in self._words), None)
        return attribute(own)

    def _ground_of(self, run: Element) -> str:
        grounds = map(self._ground, (run, *run.iterancestors()))
        return next((one for one in grounds if one != _TRANSPARENT), _PAGE)

    def _ground(self, element: Element) -> str:
        """The colour that an element itself puts behind its words."""
        if element.tag == R:
            marker = _MARKERS.get(attribute(element.find(f"{RPR}/{_HIGHLIGHT}")) or "")
            return marker or _fill(element.find(f"{RPR}/{_SHADE}"))
        if element.tag == P:
            own = element.find(f"{PPR}/{_SHADE}")
            return _fill(self._shades.get(style_of(element) or "") if own is None else own)
        if element.tag == TC:
            return _fill(element.find(f"{TCPR}/{_SHADE}"))
        if element.tag == TBL:
            is_shaded = attribute(element.find(f"{_TBLPR}/{name('tblStyle')}")) in self._shades
            return _UNKNOWN if is_shaded else _fill(element.find(f"{_TBLPR}/{_SHADE}"))
        return _UNKNOWN if element.tag == BOX else _TRANSPARENT


def _fill(shade: Element | None) -> str:
    """The colour of a shading; of a pattern nobody knows it."""
    pattern = "nil" if shade is None else attribute(shade) or "clear"
    if pattern == "nil":
        return _TRANSPARENT
    if pattern not in ("clear", "solid"):
        return _UNKNOWN
    colour = attribute(shade, "fill" if pattern == "clear" else "color") or "auto"
    if colour == "auto":
        return _TRANSPARENT if pattern == "clear" else "000000"
    return colour


def _are_alike(one: str, other: str) -> bool:
    parts = zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)
    return all(abs(here - there) <= _SAME for here, there in parts)


def runs_of(mark: Element) -> list[Element]:
    """The runs that a colour, or the naming of a style, is about."""
    holder = parent_of(parent_of(mark))
    if holder.tag == R:
        return [holder]
    return list(holder.iter(R)) if mark.tag == name("pStyle") and holder.tag == P else []
