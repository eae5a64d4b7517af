"""The two things that make up nearly all of a workbook's XML, read by regular expressions: plain cells, plain names.

Both hold only what is understood to the last byte. Whatever is written in another way (shared formulas, rich text,
comments, prefixes, other encodings) is left to the XML parser, which is three times slower and takes everything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from operator import add
from xml.parsers import expat

from jukixl.workbook.addresses import CellRange, unquote_sheet

ScannedCell = tuple[str | None, str | None, str | None, str | None]
"""Type, inline text, formula, element `<v>` with its tags (a cell may hold an empty text); each None if absent.

Formulas and texts as the XML has them, a character a byte: `decode_text` and ST_Xstring come after. Few cells of a
workbook are ever asked for, so that only these are decoded.
"""

_CELL = re.compile(  # possessive throughout: it reads a cell in one go or not at all
    r'<c r="([A-Z]{1,3}+[0-9]{1,7}+)"(?: s="[0-9]++")?+(?: t="([a-zA-Z]++)")?+(?:/>|>(?:'
    r'<is><t(?: xml:space="preserve")?+>([^<]++)</t></is>'
    r'|(?:<f(?: aca="false")?+>([^<]++)</f>)?+(<v(?:>[^<]*+</v| ?/)>)?+)</c>)'
)
_ODD = bytes((*range(9), *range(0x0B, 0x20)))  # what XML forbids, and CR, which a parser turns into LF
_ROWS_ALONE = re.compile(r'(?:<row(?: [\w:.]+="[^"<>&]*")*+(?:/>|></row>))*+', re.ASCII)
_START, _END = b"<sheetData>", b"</sheetData>"
_NAMES, _END_OF_NAMES = b"<definedNames>", b"</definedNames>"
_NAME = re.compile(
    r'<definedName name="([^"&<\x00-\x20]+)"(?: hidden="1")?>'
    r"('[^'<!\x00-\x1f]+'|[^'<!\x00-\x1f]+)!\$([A-Z]{1,3})\$([0-9]{1,7})(?::\$([A-Z]{1,3})\$([0-9]{1,7}))?</definedName>"
)
_OTHER_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)
_BYTES = "latin-1"  # one character for each byte, and back
_REFERENCES = {
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&apos;": "'",
    "&amp;": "&",
}  # the last is replaced last
_WRITTEN = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}  # the first first
_LONG = 1_000  # characters; longer texts aren't labels that come again


def scan_cells(xml: bytes) -> dict[str, ScannedCell] | None:
    """A1 → what a sheet's XML says of the cell, empty cells left out; None where anything in it isn't plain."""
    start, end = xml.find(_START), xml.rfind(_END)
    if not 0 <= start < end or not _is_plain(xml[:start]):
        return None
    data = xml[start + len(_START) : end]
    rest, columns = _take_out(_CELL, data)
    if not _ROWS_ALONE.fullmatch(rest) or len(data.translate(None, _ODD)) < len(data):
        return None
    return {
        a1: (kind, text, formula, value)
        for a1, kind, text, formula, value in zip(*columns, strict=True)
        if text or formula or (value and _has_content(kind, value))
    }


def _has_content(kind: str | None, value: str) -> bool:
    """Whether a value element holds anything: `<v/>` is an empty text, but no number."""
    return len(value) > len("<v></v>") or kind == "str"


def split_names(xml: bytes) -> tuple[dict[str, CellRange], bytes]:
    """The workbook-wide names of cells in a workbook's XML, and the XML without these."""
    start, end = xml.find(_NAMES), xml.rfind(_END_OF_NAMES)
    if not 0 <= start < end or not _is_plain(xml):
        return {}, xml
    names, rest = _split_list(xml[start:end])
    return dict(names), xml[:start] + rest + xml[end:]


@lru_cache(maxsize=4)  # the forms of one year have the same names
def _split_list(xml: bytes) -> tuple[Mapping[str, CellRange], bytes]:
    rest, (names, quoted, lefts, tops, rights, bottoms) = _take_out(_NAME, xml)
    sheets = {text: unquote_sheet(decode_text(text)) or "" for text in set(quoted)}
    if "" in sheets.values() or not names:
        return {}, xml
    firsts = list(map(add, lefts, tops))
    lasts = [
        right + bottom if right else first
        for right, bottom, first in zip(rights, bottoms, firsts, strict=True)
    ]
    ranges = map(CellRange, map(sheets.__getitem__, quoted), firsts, lasts)
    names = decode_text("\n".join(names)).split("\n")
    return dict(zip(names, ranges, strict=True)), rest.encode(_BYTES)


def _take_out(pattern: re.Pattern[str], xml: bytes) -> tuple[str, list[list[str]]]:
    """The XML without what the pattern finds, and for each of the pattern's groups what it found (None: nothing)."""
    parts = pattern.split(xml.decode(_BYTES))
    width = pattern.groups + 1
    return "".join(parts[::width]), [parts[number::width] for number in range(1, width)]


def _is_plain(xml: bytes) -> bool:
    """Whether XML is UTF-8 by what it says, and has no comments or CDATA, in which nothing is what it seems.

    Among plain cells there is no room for these, so that only what stands before a sheet's cells must be looked at.
    """
    return b"<!" not in xml and not _OTHER_ENCODING.match(xml)


def decode_text(text: str) -> str:
    """The text of a `ScannedCell`: its bytes as UTF-8, references replaced; ValueError where either can't be."""
    if not text.isascii():
        text = text.encode(_BYTES).decode()
    return decode_references(text) if "&" in text else text


def encode_references(text: str) -> str:
    """The reverse: 甲<"乙" → `甲&lt;&quot;乙&quot;`, for elements and attributes alike."""
    for character, reference in _WRITTEN.items():
        text = text.replace(character, reference)
    return text


def decode_references(text: str) -> str:
    """`&amp;` → &, `&#30002;` → 甲; ValueError for what is no reference of XML."""
    if "&" not in text:
        return text
    if text.count("&") == sum(map(text.count, _REFERENCES)):
        for reference, character in _REFERENCES.items():
            text = text.replace(reference, character)
        return text
    return _decode(text) if len(text) > _LONG else _decode_label(text)


def _decode(text: str) -> str:
    parts: list[str] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.CharacterDataHandler = parts.append
    try:
        parser.Parse(f"<t>{text}</t>", True)
    except expat.ExpatError as error:
        raise ValueError(text) from error
    return "".join(parts)


_decode_label = lru_cache(maxsize=4096)(_decode)  # the sheets of all municipalities have the same labels
