"""What a workbook tells Excel about computing it."""

from __future__ import annotations

import re

from msgspec import Struct

from jukixl.workbook.package import Package

_SETTINGS = re.compile(rb"<((?:[\w.-]+:)?)calcPr\b([^>]*?)\s*(/?)>")
_FULL = rb"""\s+fullCalcOnLoad\s*=\s*(?:"[^"]*"|'[^']*')"""
_BEFORE = rb"</((?:[\w.-]+:)?)(?:sheets|functionGroups|externalReferences|definedNames)>"


class Calculation(Struct, frozen=True):
    """How Excel computes a workbook: by hand only, and with numbers as they are displayed."""

    is_manual: bool
    is_as_displayed: bool


def read_calculation(package: Package, workbook_part: str) -> Calculation:
    """The settings of a workbook; Excel's own where it says nothing."""
    xml = package[workbook_part] if workbook_part else b""
    found = _SETTINGS.search(xml, max(xml.rfind(b"</definedNames>"), 0))  # a master has thousands of names
    attributes = found[2] if found else b""
    return Calculation(
        bool(re.search(rb"""\bcalcMode\s*=\s*["']manual["']""", attributes)),
        bool(re.search(rb"""\bfullPrecision\s*=\s*["'](?:0|false)["']""", attributes)),
    )


def ask_for_calculation(package: Package, workbook_part: str) -> Package:
    """The package whose formulas Excel computes, all of them, when it opens the file.

    Without this Excel trusts the values that it finds, and an input changed by us would leave others as they were.
    """
    xml = package[workbook_part]
    found = _SETTINGS.search(xml)
    if found:
        prefix, attributes, end = found[1], re.sub(_FULL, b"", found[2]), found[3]
        start, stop = found.span()
    else:  # after the elements that come before it in the schema (ISO/IEC 29500-1, CT_Workbook)
        *_, last = re.finditer(_BEFORE, xml)
        prefix, attributes, end = last[1], b"", b"/"
        start = stop = last.end()
    element = b"<" + prefix + b"calcPr" + attributes + b' fullCalcOnLoad="1"' + end + b">"
    return package.with_parts({workbook_part: xml[:start] + element + xml[stop:]})
