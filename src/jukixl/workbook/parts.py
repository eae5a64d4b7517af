"""The parts of a workbook's package as XML, and how they refer to each other.

Read with the standard library's ElementTree, which fetches nothing; parts that declare a DTD (no Office file does) are
refused, so that there are no entities to resolve.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from jukixl.errors import InputError, Place, Problem
from jukixl.workbook.addresses import column_letters, split_a1
from jukixl.workbook.limits import MAX_DEPTH
from jukixl.workbook.package import Package, relations_path

_UTF8_MARK = b"\xef\xbb\xbf"
_DEEP = re.compile(rb"(?:</[^<>]+>\s*){%d}" % MAX_DEPTH)
_START = 100
_NO_DTD = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?xml[^<>\0]*>\s*)?<[A-Za-z_]")  # the root element at once
_OFFICE_DOCUMENT = "/officeDocument"
_MANY_TARGETS = 100
Targets = Mapping[str, tuple[str, str]]  # relationship id → type, part name


def workbook_part(package: Package) -> str:
    """The main part, by relationship type rather than by its usual name."""
    for kind, target in read_targets(package, "").values():
        if kind.endswith(_OFFICE_DOCUMENT):
            if target.endswith(".bin"):
                raise part_error(
                    package, "バイナリ形式(.xlsb)です。Excelで開き、.xlsx で保存し直してください。"
                )
            return target
    raise part_error(package, "Excelブックの本体がない、壊れたファイルです。")


def read_targets(package: Package, part: str) -> Targets:
    """Relationships of a part ("" for the package): id → (type, part name)."""
    folder, relationships = posixpath.dirname(part), relations_path(part)
    content = read_content(package, relationships)
    known = _targets.get((folder, content))
    if known is None:
        if len(_targets) >= _MANY_TARGETS:
            _targets.clear()
        root = parse_content(package, relationships, content)
        known = _targets[folder, content] = dict(_iter_targets(folder, root))
    return known


_targets: dict[tuple[str, bytes], Targets] = {}
"""By folder and content: the forms of one year have the same few."""


def _iter_targets(folder: str, root: Element) -> Iterator[tuple[str, tuple[str, str]]]:
    for element in root:
        target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", "")))
        yield element.get("Id", ""), (element.get("Type", ""), target.lstrip("/"))


def parse_part(package: Package, part: str) -> Element:
    """The part's root element; `InputError` when it is missing, not well-formed or declares a DTD."""
    return parse_content(package, part, read_content(package, part))


def read_content(package: Package, part: str) -> bytes:
    """The part's XML; `InputError` when it is missing or declares a DTD."""
    content = package.get(part)
    if content is None:
        raise part_error(package, f"中身({part})が足りない、壊れたファイルです。")
    if _NO_DTD.match(content):
        return content
    start = content[:_START]  # in UTF-16 there would be zeros, and a DTD not be seen
    if b"<!DOCTYPE" in content or b"\0" in start or not start.removeprefix(_UTF8_MARK).startswith(b"<"):
        raise part_error(
            package, f"中身({part})が、Excelの作らない形式です。Excelで開いて保存し直してください。"
        )
    return content


def parse_content(package: Package, part: str, content: bytes) -> Element:
    """The root element of a part's content; `InputError` when it is not well-formed or too deep."""
    if _DEEP.search(content):
        message = f"中身({part})の入れ子が深すぎます(上限{MAX_DEPTH}段)。Excelで開いて保存し直してください。"
        raise part_error(package, message)
    try:
        return ElementTree.fromstring(content)  # noqa: S314 - no DTD, hence no entities; size limited by Package
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # the latter: unknown encodings
        raise part_error(
            package, f"中身({part})が壊れています。Excelで開いて保存し直してください。"
        ) from error


def part_error(package: Package, message: str) -> InputError:
    """The error for something within a package."""
    return InputError(Problem(message, Place(file=package.name)))


def iter_cells(data: Element) -> Iterator[tuple[str, Element]]:
    """(A1, element) of every cell; rows and cells without `r` follow the one before, as the standard has it.

    ValueError where an address is none.
    """
    number = 0
    for row in data:
        number = int(row.get("r", number + 1))
        a1 = None
        for element in row:
            a1 = element.get("r") or f"{column_letters(split_a1(a1)[1] + 1 if a1 else 1)}{number}"
            split_a1(a1)
            yield a1, element
