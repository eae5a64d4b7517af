"""What a returned workbook has beyond its answers: comments, further sheets, macros, links to other workbooks."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from msgspec import Struct

from jukixl.errors import InputError
from jukixl.workbook.cells import Sheet
from jukixl.workbook.package import Package
from jukixl.workbook.parts import parse_part, read_targets
from jukixl.workbook.snapshot import Snapshot

_MACROS = ("vbaproject.bin", "xl/macrosheets/")


class Comment(Struct, frozen=True):
    """A comment (メモ, コメント) on a cell: its sheet, A1, text."""

    sheet: str
    cell: str
    text: str


def iter_comments(package: Package, snapshot: Snapshot) -> Iterator[Comment]:
    """All comments of a workbook. A part that can't be read gives none: nothing of it goes anywhere."""
    if not any("comments" in part.lower() for part in package):
        return
    for sheet in snapshot.sheets.values():
        for part in _comment_parts(package, sheet):
            yield from _read_comments(package, sheet.name, part)


def _comment_parts(package: Package, sheet: Sheet) -> list[str]:
    try:
        targets = read_targets(package, sheet.part)
    except InputError:  # no relationships, hence no comments
        return []
    return [part for kind, part in targets.values() if kind.endswith("/comments")]


def _read_comments(package: Package, sheet: str, part: str) -> Iterator[Comment]:
    try:
        root = parse_part(package, part)
    except InputError:  # nothing of a comment is ever taken over
        return
    for element in root.iter():
        if element.tag.endswith("}comment"):
            yield Comment(sheet, element.get("ref", ""), _text_of(element))


def _text_of(comment: Element) -> str:
    return "".join(element.text or "" for element in comment.iter() if element.tag.endswith("}t")).strip()


def hidden_sheets(snapshot: Snapshot) -> list[str]:
    """Names of the sheets that aren't shown."""
    return [sheet.name for sheet in snapshot.sheets.values() if sheet.state != "visible"]


def has_macros(package: Package) -> bool:
    """Whether there is VBA or an Excel 4 macro sheet in the workbook."""
    return any(marker in part.lower() for part in package for marker in _MACROS)


def has_external_links(package: Package) -> bool:
    """Whether formulas or names refer to other workbooks."""
    return any(part.startswith("xl/externalLinks/") for part in package)
