"""Cells set at byte level in a sheet's XML: every byte outside those cells stays as it was.

Works on what Excel, LibreOffice and the usual libraries write: UTF-8, no comments or CDATA among the cells. Anything
else raises `UnknownLayoutError` rather than risk a wrong splice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import Protocol

from msgspec import Struct

from jukixl.workbook.addresses import column_letters, column_number
from jukixl.workbook.cells import CellError

MAX_TEXT = 32_767  # characters a cell can hold

NewValue = int | float | Decimal | str | bool | CellError | None


class UnknownLayoutError(ValueError):
    """The sheet's XML is valid but written in a way that is not spliced."""


class CellChange(Struct, frozen=True):
    """What becomes of one cell. `keep_formula`: only the formula's cached value is set, the formula stays."""

    value: NewValue
    keep_formula: bool = False


class _Content(Struct, frozen=True):
    """A value as XML: the cell's type attribute (with a leading space, or empty) and the element that holds it."""

    kind: bytes
    element: bytes


# A tag's attributes. `>` may stand unescaped inside a value, hence the quotes.
_ATTRIBUTES = rb"""([^<>"'/]*(?:(?:"[^"]*"|'[^']*')[^<>"'/]*)*)"""
_PREFIX = rb"((?:[\w.-]+:)?)"


@cache  # compiled when first needed: most cells are plain
def _element(name: bytes) -> re.Pattern[bytes]:
    """An element: prefix, attributes, content (None when it is an empty tag). It must not contain its own like."""
    return re.compile(
        rb"<" + _PREFIX + name + rb"(?=[\s/>])" + _ATTRIBUTES + rb"(?:/>|>(.*?)</\1" + name + rb"\s*>)",
        re.DOTALL,
    )


_SHEET_DATA = re.compile(rb"<" + _PREFIX + rb"sheetData(?=[\s/>])" + _ATTRIBUTES + rb"/?>")
# A cell as nearly all are written: its style, its formula, a plain value. Its type is that of the old value.
_PLAIN_CELL = re.compile(
    rb'<c r="[A-Z]+[0-9]+"( s="[0-9]+")?(?: t="[a-zA-Z]+")?(?:/>|>(?:(<f(?: aca="false")?>[^<]*</f>)?'
    rb'(?:<v>[^<]*</v>|<v ?/>)?|<is><t(?: xml:space="preserve")?>[^<]*</t></is>)</c>)'
)
_COLUMN = rb"<(?:[\w.-]+:)?col\s([^<>]*)>"
_ROW_FORMAT = rb"""\scustomFormat=["'](?:1|true)["']"""
_REFERENCE = rb"""(?<![\w:.-])r\s*=\s*["']([A-Za-z]*)([0-9]+)["']"""
# The type, and the metadata of a rich value, describe the old value.
_TYPE = rb"""\s+(?:t|vm)\s*=\s*(?:"[^"]*"|'[^']*')"""
_ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""")

_ESCAPE_LIKE = r"_(?=x[0-9A-Fa-f]{4}_)"
_NOT_XML = "[\x00-\x08\x0b-\x1f\ufffe\uffff]"


def splice_cells(xml: bytes, changes: Mapping[tuple[int, int], CellChange]) -> bytes:
    """The sheet's XML with the cells at (row, column) set; missing cells and rows are added in their order.

    A new cell looks like its row, else like its column, as one that is typed in Excel.

    `UnknownLayoutError` when the XML is not written in the usual way; `ValueError` when a value cannot be stored.
    """
    head, prefix, body, tail = _split_sheet(xml)
    rows: dict[int, dict[int, CellChange]] = {}
    replacements: list[tuple[int, int, bytes]] = []
    done = 0
    for (row, column), change in sorted(changes.items(), key=itemgetter(0)):
        splice = _CellSplice(row, column, prefix, change)
        if plain := splice.find_plain(body, done):
            done = plain.end()
            replacements.append((plain.start(), done, splice.revise_plain(plain)))
        elif match := splice.find(body, done):
            done = match.end()
            replacements.append((match.start(), done, splice.revise(match)))
        else:
            rows.setdefault(row, {})[column] = change
    body = _replace(body, replacements)
    if rows:
        looks = _column_styles(head)
        wanted = {row: _RowSplice(row, prefix, columns, looks) for row, columns in rows.items()}
        body = _merge(body, _element(b"row"), wanted)
    return b"".join((head, body, tail))


def _split_sheet(xml: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """The XML up to the rows, the prefix of its elements, the rows, and the XML after them."""
    encoding = _ENCODING.match(xml.removeprefix(b"\xef\xbb\xbf"))
    opening = _SHEET_DATA.search(xml)
    if not opening or (encoding and encoding[1].lower() != b"utf-8"):
        raise UnknownLayoutError("sheetData")
    prefix = opening[1]
    closing = b"</%bsheetData" % prefix
    if opening[0].endswith(b"/>"):
        head, body, tail = xml[: opening.end() - 2] + b">", b"", closing + b">" + xml[opening.end() :]
    else:
        end = xml.index(closing, opening.end())
        head, body, tail = xml[: opening.end()], xml[opening.end() : end], xml[end:]
    if b"<!" in head or b"<!" in body:
        raise UnknownLayoutError("comment or CDATA")
    return head, prefix, body, tail


def _column_styles(head: bytes) -> list[tuple[int, int, bytes]]:
    """First and last column, and style, of the columns that have one."""
    return [
        (int(first), int(last), style)
        for attributes in re.findall(_COLUMN, head)
        if (style := _attribute(attributes, b"style"))
        and (first := _attribute(attributes, b"min"))
        and (last := _attribute(attributes, b"max"))
    ]


def _attribute(attributes: bytes, name: bytes) -> bytes:
    """The number in an attribute; empty where there is none."""
    found = re.search(rb"(?:^|\s)" + name + rb"""\s*=\s*["']([0-9]+)["']""", attributes)
    return found[1] if found else b""


class _Splice(Protocol):
    """What becomes of one row or cell, whether it is there already or not."""

    def create(self) -> bytes: ...

    def revise(self, match: re.Match[bytes]) -> bytes: ...


class _RowSplice:
    """Sets cells in one row."""

    def __init__(
        self,
        number: int,
        prefix: bytes,
        columns: dict[int, CellChange],
        looks: list[tuple[int, int, bytes]],
    ) -> None:
        self._number = number
        self._prefix = prefix
        self._cells = {
            column: _CellSplice(number, column, prefix, change, _style_of(column, looks))
            for column, change in columns.items()
        }

    def create(self) -> bytes:
        """A new row; nothing when it would hold no cell."""
        cells = _merge(b"", _element(b"c"), self._cells)
        return (
            b'<%brow r="%d">%b</%brow>' % (self._prefix, self._number, cells, self._prefix) if cells else b""
        )

    def revise(self, match: re.Match[bytes]) -> bytes:
        """The row with its cells set."""
        if re.search(_ROW_FORMAT, match[2]) and (style := _attribute(match[2], b"s")):
            for cell in self._cells.values():
                cell.style = style
        cells = _merge(match[3] or b"", _element(b"c"), self._cells)
        start = b"<%brow%b" % (self._prefix, match[2].rstrip())
        return b"%b>%b</%brow>" % (start, cells, self._prefix) if cells else start + b"/>"


def _style_of(column: int, looks: list[tuple[int, int, bytes]]) -> bytes:
    return next((style for first, last, style in looks if first <= column <= last), b"")


class _CellSplice:
    """Sets one cell; `style` is for one that is new."""

    def __init__(self, row: int, column: int, prefix: bytes, change: CellChange, style: bytes = b"") -> None:
        self.style = style
        self._address = f"{column_letters(column)}{row}".encode()
        self._prefix = prefix
        self._change = change
        self._content = _render_value(change, prefix)

    def find_plain(self, body: bytes, start: int) -> re.Match[bytes] | None:
        """The cell, from `start` on, if it is written as nearly all are and has a formula where one is to stay."""
        if self._prefix:
            return None
        start = body.find(b'<c r="%b"' % self._address, start)
        match = _PLAIN_CELL.match(body, start) if start >= 0 else None
        return match if match and (match[2] or not self._change.keep_formula) else None

    def revise_plain(self, match: re.Match[bytes]) -> bytes:
        """That cell with its new value: the same as `revise` makes of it, with less ado."""
        formula = match[2] if self._change.keep_formula else b""
        start = b'<c r="%b"%b%b' % (self._address, match[1] or b"", self._content.kind)
        body = formula + self._content.element
        return b"%b>%b</c>" % (start, body) if body else start + b"/>"

    def find(self, body: bytes, start: int) -> re.Match[bytes] | None:
        """The cell, from `start` on, if its tag is written as nearly all programs do: address first, no odd spaces."""
        start = body.find(b'<%bc r="%b"' % (self._prefix, self._address), start)
        match = _element(b"c").match(body, start) if start >= 0 else None
        return match if match and not match[2].endswith(b" ") else None

    def create(self) -> bytes:
        """A new cell; nothing when it would hold nothing."""
        if self._change.keep_formula:
            raise UnknownLayoutError("formula cell")
        if not self._content.element:
            return b""
        look = b' s="%b"' % self.style if self.style else b""
        return self._wrap(b' r="%b"%b' % (self._address, look), self._content.element)

    def revise(self, match: re.Match[bytes]) -> bytes:
        """The cell with its new value; its style and other attributes stay."""
        attributes, body = re.sub(_TYPE, b"", match[2]), match[3] or b""
        if not self._change.keep_formula:
            return self._wrap(attributes, self._content.element)
        rest = _element(b"v").sub(b"", body)
        if b"<%bis" % self._prefix in rest:
            rest = _element(b"is").sub(b"", rest)
        formula = _element(b"f").search(rest)
        if not formula:
            raise UnknownLayoutError("formula")
        return self._wrap(attributes, rest[: formula.end()] + self._content.element + rest[formula.end() :])

    def _wrap(self, attributes: bytes, body: bytes) -> bytes:
        start = b"<%bc%b%b" % (self._prefix, attributes.rstrip(), self._content.kind)
        return b"%b>%b</%bc>" % (start, body, self._prefix) if body else start + b"/>"


def _merge(body: bytes, items: re.Pattern[bytes], wanted: Mapping[int, _Splice]) -> bytes:
    """The rows (or the cells of a row) with the wanted ones revised or, where missing, created in their order."""
    queue = sorted(wanted, reverse=True)
    replacements: list[tuple[int, int, bytes]] = []
    end = number = 0
    for match in items.finditer(body):
        if not queue:
            break
        number = _number(match[2], number)
        while queue and queue[-1] < number:
            replacements.append((match.start(), match.start(), wanted[queue.pop()].create()))
        if queue and queue[-1] == number:
            replacements.append((match.start(), match.end(), wanted[queue.pop()].revise(match)))
        end = match.end()
    replacements += [(end, end, wanted[number].create()) for number in reversed(queue)]
    return _replace(body, replacements)


def _replace(body: bytes, replacements: list[tuple[int, int, bytes]]) -> bytes:
    """The body with each span [start, end) replaced; spans are in order and do not overlap."""
    out: list[bytes] = []
    done = 0
    for start, end, new in replacements:
        out += body[done:start], new
        done = end
    return b"".join((*out, body[done:]))


def _number(attributes: bytes, previous: int) -> int:
    """A row's number, or a cell's column: by its `r`, else one after the previous (`r` is optional)."""
    reference = re.search(_REFERENCE, attributes)
    if not reference:
        return previous + 1
    return column_number(reference[1].decode()) if reference[1] else int(reference[2])


def _render_value(change: CellChange, prefix: bytes) -> _Content:
    value = change.value
    if type(value) is int:  # the usual case first
        return _Content(b"", _render_v(b"%d" % value, prefix))
    if value is None:
        return _Content(b"", b"")
    if isinstance(value, bool):
        return _Content(b' t="b"', _render_v(b"%d" % value, prefix))
    if isinstance(value, CellError):
        return _Content(b' t="e"', _render_v(_escape(value.code), prefix))
    if not isinstance(value, str):
        return _Content(b"", _render_v(format_number(value).encode(), prefix))
    if change.keep_formula:
        return _Content(b' t="str"', _render_v(_escape(value), prefix))
    space = b' xml:space="preserve"' if value != value.strip() or "\n" in value else b""
    text = (prefix, prefix, space, _escape(value), prefix, prefix)
    return _Content(b' t="inlineStr"', b"<%bis><%bt%b>%b</%bt></%bis>" % text)


def _render_v(content: bytes, prefix: bytes) -> bytes:
    return b"<%bv>%b</%bv>" % (prefix, content, prefix)


def format_number(value: float | Decimal) -> str:
    """The number exactly as given, in the notation XML allows; `ValueError` for infinity and NaN."""
    if not math.isfinite(value):
        raise ValueError(f"not a number: {value}")
    return format(value, "f") if isinstance(value, Decimal) else repr(value)


def _escape(text: str) -> bytes:
    """The text as XML; what XML cannot hold, and text that looks like such an escape, as `_xHHHH_` (ST_Xstring)."""
    if len(text) > MAX_TEXT:
        raise ValueError("text too long")
    if "_x" in text:
        text = re.sub(_ESCAPE_LIKE, "_x005F_", text)
    if not text.isprintable():
        text = re.sub(_NOT_XML, lambda match: f"_x{ord(match[0]):04X}_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
