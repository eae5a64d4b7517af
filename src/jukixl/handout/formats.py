"""What styles and direct formatting make of a paragraph: only what decides how much room it takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct

from jukixl.handout.measure import FULL, fitting_text, text_width, wrap
from jukixl.handout.ooxml import PPR, PSTYLE, RPR, Element, P, attribute, child_of, is_on, local_name, name

_FLAGS = ("keepNext", "pageBreakBefore", "snapToGrid")
DIRECT = tuple(map(name, ("spacing", "ind", "snapToGrid", "pPrChange")))
"""What else than its style may set how a paragraph of a table looks, and what it looked like before (変更履歴)."""
_LEADING = 1.3
"""Line height of an East Asian font by its size, where no style fixes it."""
_ROUNDING = 10
"""Twips of a line that aren't counted on: programs round the widths of columns and characters to units of their own."""
_DEFAULT_HALF_POINTS = 20
_TWIPS_PER_HALF_POINT = 10


class ParagraphFormat(Struct, frozen=True):
    """Lengths in twips; `pitch` is the height of a line."""

    size: int
    pitch: int
    before: int
    after: int
    left: int
    right: int
    first: int
    keep_next: bool
    page_break_before: bool
    framed: bool

    def lines(self, text: str, width: int) -> int:
        """How many lines a text takes between edges `width` twips apart; what follows a tab stands at the right edge."""
        if len(text) <= self.fitting(width):
            return 1 + text.count("\n")
        room, first = self._rooms(width)
        before_tab, _, after_tab = text.partition("\t")
        wrapped = wrap(before_tab, room, first)
        if not after_tab:
            return wrapped.lines
        limit = first if wrapped.lines == 1 else room
        return wrapped.lines + (wrapped.last + text_width(after_tab) > limit)

    def _rooms(self, width: int) -> tuple[int, int]:
        """Quarters of a character on a line, and on the first one."""
        inner = width - self.left - self.right - _ROUNDING
        return int(inner * FULL / self.size), int((inner - self.first) * FULL / self.size)

    def fitting_text(self, text: str, width: int, lines: int) -> int:
        """How many characters of a text without tabs stand on so many lines between edges `width` twips apart."""
        return fitting_text(text, lines, *self._rooms(width))

    def fitting(self, width: int) -> int:
        """How many characters fit on a line between edges `width` twips apart, however wide they are."""
        room = width - self.left - self.right - max(self.first, 0)
        return int(room / self.size * FULL / (FULL + 1))

    def height(self, lines: int) -> int:
        """With the room above and below."""
        return self.before + lines * self.pitch + self.after


class StyleSheet:
    """The paragraph styles of a document."""

    def __init__(self, styles: Element) -> None:
        self._styles = {attribute(style, "styleId"): style for style in styles.findall(name("style"))}
        self._default = next(
            (key for key, style in self._styles.items() if _is_default_paragraph(style)), None
        )
        self._defaults = _default_properties(styles)
        self._properties: dict[str | None, Mapping[str, str]] = {}
        self._formats: dict[tuple[str | None, int], ParagraphFormat] = {}

    def named(self, style: str | None, grid: int) -> ParagraphFormat:
        """How a paragraph of this style without direct formatting is set, on a page with this line grid."""
        found = self._formats.get((style, grid))
        if found is None:
            found = self._formats[style, grid] = _format(self._named(style), grid)
        return found

    def format(self, paragraph: Element, grid: int) -> ParagraphFormat:
        """How a paragraph is set on a page with this line grid (0: none)."""
        direct = child_of(paragraph, PPR)
        if direct is None:
            return self.named(None, grid)
        if len(direct) == 1 and direct[0].tag == PSTYLE:
            return self.named(attribute(direct[0]), grid)
        style = attribute(child_of(direct, PSTYLE))
        return _format({**self._named(style), **_read(direct)}, grid)

    def formats(self, cells: Sequence[Element]) -> list[ParagraphFormat | None]:
        """How the first paragraph of every cell is set; None in a cell without one."""
        paragraphs = [child_of(cell, P) for cell in cells]
        return [None if paragraph is None else self.format(paragraph, 0) for paragraph in paragraphs]

    def _named(self, style: str | None) -> Mapping[str, str]:
        if style not in self._properties:
            self._properties[style] = self._properties_of_style(style)
        return self._properties[style]

    def _properties_of_style(self, style: str | None) -> Mapping[str, str]:
        element = self._styles.get(style) if style in self._styles else self._styles.get(self._default)
        if element is None:
            return self._defaults
        parent = attribute(element.find(name("basedOn")))
        inherited = self._named(parent) if parent in self._styles else self._defaults
        own = {**_read(element.find(PPR)), **_read_run(element.find(RPR))}
        return {**inherited, **own}


def _is_default_paragraph(style: Element) -> bool:
    return attribute(style, "type") == "paragraph" and attribute(style, "default") in ("1", "true")


def _default_properties(styles: Element) -> Mapping[str, str]:
    defaults = styles.find(name("docDefaults"))
    if defaults is None:
        return {}
    paragraph, run = (defaults.find(f"{name(f'{kind}PrDefault')}/{name(f'{kind}Pr')}") for kind in "pr")
    return {**_read(paragraph), **_read_run(run)}


def _read(properties: Element | None) -> dict[str, str]:
    """Direct or style properties as flat text: `spacing.line`, `ind.left`, `keepNext`."""
    found: dict[str, str] = {}
    for child in () if properties is None else properties:
        local = local_name(child.tag)
        if local in ("spacing", "ind"):
            found.update({f"{local}.{local_name(key)}": str(value) for key, value in child.attrib.items()})
        elif local in _FLAGS:
            found[local] = "1" if is_on(child) else "0"
        elif local == "framePr":
            found[local] = "1"
    if "ind.hanging" in found:
        found["ind.firstLine"] = f"-{found.pop('ind.hanging')}"
    return found


def _read_run(properties: Element | None) -> dict[str, str]:
    size = None if properties is None else attribute(properties.find(name("sz")))
    return {"size": size} if size else {}


def _format(properties: Mapping[str, str], grid: int) -> ParagraphFormat:
    def twips(key: str, default: int = 0) -> int:
        return round(float(properties.get(key, default)))

    size = twips("size", _DEFAULT_HALF_POINTS) * _TWIPS_PER_HALF_POINT
    on_grid = grid if properties.get("snapToGrid") != "0" else 0
    return ParagraphFormat(
        size=size,
        pitch=_pitch(size, twips("spacing.line", 240), properties.get("spacing.lineRule", "auto"), on_grid),
        before=twips("spacing.before"),
        after=twips("spacing.after"),
        left=twips("ind.left", twips("ind.start")),
        right=twips("ind.right", twips("ind.end")),
        first=twips("ind.firstLine"),
        keep_next=properties.get("keepNext") == "1",
        page_break_before=properties.get("pageBreakBefore") == "1",
        framed="framePr" in properties,
    )


def _pitch(size: int, line: int, rule: str, grid: int) -> int:
    """Height of a line; on a page with a line grid (`grid` > 0) a whole number of its lines."""
    if rule == "exact":
        return line
    natural = round(size * _LEADING)
    height = max(line, natural) if rule == "atLeast" else natural * line // 240
    return math.ceil(max(height, 1) / grid) * grid if grid else height
