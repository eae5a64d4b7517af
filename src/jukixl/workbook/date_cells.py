"""Which cells of a sheet are shown as dates: Excel stores a date as a number, only its format tells."""

from __future__ import annotations

import re

from jukixl.workbook.package import Package

_STYLES = "xl/styles.xml"
_MANY_STYLES = 16
_BUILT_IN = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Formats of dates and times without a code of their own (ECMA-376 18.8.30, Japanese ones included)."""

_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s[^<>]*>")
_ID = re.compile(rb'\snumFmtId="(\d{1,9})"')
_CODE = re.compile(rb'\sformatCode="([^"]*)"')
_CELL_FORMAT = re.compile(rb"<(?:\w+:)?xf(?=[\s/>])[^<>]*>")
_NOT_THE_CODE = re.compile(r'"[^"]*"|&quot;.*?&quot;|\[[^\]]*\]|\\.|_.|\*.')
_DATE_LETTERS = re.compile("[ymdhsg]|aaa")
_ISO_DATE = rb'<(?:\w+:)?c\s(?=[^<>]*\bt="d")[^<>]*\br="([A-Z]+[0-9]+)"'


def find_date_cells(package: Package, sheet_part: str) -> set[str]:
    """A1 addresses of a sheet's cells that show a date or a time of day."""
    content = package.get(sheet_part, b"")
    found = set(re.findall(_ISO_DATE, content)) if b't="d"' in content else set()
    styles = _styles_of(package)
    if styles:
        wanted = b"|".join(b"%d" % number for number in sorted(styles))
        pattern = rb'<(?:\w+:)?c\s(?=[^<>]*\bs="(?:' + wanted + rb')")[^<>]*\br="([A-Z]+[0-9]+)"'
        found |= set(re.findall(pattern, content))
    return {a1.decode() for a1 in found}


_known: dict[bytes, frozenset[int]] = {}
"""By how the styles were stored: the forms of one year have the same ones."""


def _styles_of(package: Package) -> frozenset[int]:
    if _STYLES not in package:
        return frozenset()
    stored = package.stored(_STYLES) or package[_STYLES]
    if stored not in _known:
        if len(_known) >= _MANY_STYLES:
            _known.clear()
        _known[stored] = _date_styles(package[_STYLES])
    return _known[stored]


def _date_styles(styles: bytes) -> frozenset[int]:
    """The numbers of the cell formats that show dates."""
    formats = styles[styles.find(b"cellXfs") : styles.rfind(b"cellXfs")]
    dates = _BUILT_IN | set(_date_formats(styles))
    ids = (_ID.search(xf) for xf in _CELL_FORMAT.findall(formats))
    return frozenset(number for number, match in enumerate(ids) if match and int(match[1]) in dates)


def _date_formats(styles: bytes) -> list[int]:
    found = []
    for element in _FORMAT.findall(styles):
        number, code = _ID.search(element), _CODE.search(element)
        if number and code and _is_date(code[1].decode(errors="replace")):
            found.append(int(number[1]))
    return found


def _is_date(code: str) -> bool:
    bare = _NOT_THE_CODE.sub("", code).lower()
    return "general" not in bare and "標準" not in bare and _DATE_LETTERS.search(bare) is not None
