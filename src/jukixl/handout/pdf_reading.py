"""What a PDF holds, read with pypdf: text page by page, bookmarks, fonts. It is installed with `jukixl[release]`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from io import BytesIO
from typing import Any
from unicodedata import normalize

from msgspec import Struct

_NUMBER = re.compile(r"[0-9]+(?:[,.][0-9]+)*")
_FOOT = re.compile(r"^[^0-9]{0,4}([0-9]+)[^0-9]{0,4}$")
_SUBSET = re.compile(r"^[A-Z]{6}\+")
_FILES = ("/FontFile", "/FontFile2", "/FontFile3")


class Reading(Struct, frozen=True, dict=True):
    """`pages`: their texts, a printed line each, in half-width digits. `outline`: the bookmarks in order, with the number of the
    page (from 0). `fonts`: by name without the mark of a subset, whether it is embedded."""

    pages: tuple[str, ...]
    outline: tuple[tuple[str, int], ...]
    fonts: Mapping[str, bool]
    is_tagged: bool

    @cached_property
    def numbers(self) -> tuple[Counter[str], ...]:
        """By page the numbers that stand whole on a line."""
        return tuple(Counter(numbers_in(page)) for page in self.pages)

    @cached_property
    def labels(self) -> tuple[int, ...]:
        """The page number that each page bears; pages without one are counted from the others."""
        found = {at: label for at, page in enumerate(self.pages) if (label := _label(page)) is not None}
        shifts = Counter(at - label for at, label in found.items())
        shift = shifts.most_common(1)[0][0] if shifts else -1
        return tuple(found.get(at, at - shift) for at in range(len(self.pages)))


def numbers_in(text: str) -> list[str]:
    """Numbers as they are printed.

    >>> numbers_in("第43条の2　1,437,750,584件 12.5％")
    ['43', '2', '1,437,750,584', '12.5']
    """
    return _NUMBER.findall(text)


def read_pdf(pdf: bytes) -> Reading | None:
    """The PDF; None where pypdf isn't installed."""
    try:
        from pypdf import PdfReader
    except ImportError:
        return None
    reader = PdfReader(BytesIO(pdf))
    root: Any = reader.trailer["/Root"]
    marks = root.get("/MarkInfo", {})
    return Reading(
        tuple(normalize("NFKC", page.extract_text()) for page in reader.pages),
        tuple(_bookmarks(reader, reader.outline)),
        dict(font for page in reader.pages for font in _fonts(page.get("/Resources", {}))),
        bool(marks.get("/Marked")) and "/StructTreeRoot" in root,
    )


def _label(page: str) -> int | None:
    """The page number at the foot, or else at the head."""
    lines = [line.strip() for line in page.splitlines() if line.strip()]
    matches = (_FOOT.match(line) for line in (lines[-1:] + lines[:1]))
    return next((int(match[1]) for match in matches if match), None)


def _bookmarks(reader: Any, level: list[Any]) -> Iterator[tuple[str, int]]:  # noqa: ANN401 - pypdf is imported late
    for one in level:
        if isinstance(one, list):
            yield from _bookmarks(reader, one)
        else:
            yield str(one.title), reader.get_destination_page_number(one)


def _fonts(resources: Any) -> Iterator[tuple[str, bool]]:  # noqa: ANN401 - objects of a PDF have no type
    """The fonts of a page, those of what is drawn on it as a whole (forms) included."""
    resources = resources.get_object()
    for font in map(_object, resources.get("/Font", {}).values()):
        inner = _object(font.get("/DescendantFonts", [font])[0])
        described = _object(inner["/FontDescriptor"]) if "/FontDescriptor" in inner else {}
        name = _SUBSET.sub("", str(font.get("/BaseFont", "")).lstrip("/"))
        yield name, any(one in described for one in _FILES)
    for drawn in map(_object, resources.get("/XObject", {}).values()):
        if drawn.get("/Subtype") == "/Form" and "/Resources" in drawn:
            yield from _fonts(drawn["/Resources"])


def _object(reference: Any) -> Any:  # noqa: ANN401
    return reference.get_object()
