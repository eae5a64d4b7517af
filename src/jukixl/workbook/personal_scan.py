"""Looks for 個人番号 and 住民票コード in every text of a file: cells, comments, headers, names, properties, and .docx.

First a quick look at the bytes of all parts; only where ten digits follow each other anywhere is the file taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from msgspec import Struct

from jukixl.errors import InputError, Place
from jukixl.personal import Suspicion, find_in_number, find_in_text, hide_numbers, may_have_numbers
from jukixl.workbook.addresses import split_a1
from jukixl.workbook.cells import Cell, Sheet
from jukixl.workbook.package import Package
from jukixl.workbook.parts import parse_content, read_content
from jukixl.workbook.snapshot import Snapshot

_XML = (".xml", ".rels", ".vml")
_WITHOUT_RUNS = (
    "xl/styles",
    "xl/theme",
    "xl/workbook",
    "xl/_rels/",
    "_rels/",
    "docProps/",
    "[Content_Types]",
)
_MANY_PARTS = 100
_REFERENCE = b"&#"
_RUNS = (b"<r>", b"<r ", b":r>", b":r ")
_FULL_WIDTH = re.compile(rb"\xef\xbc[\x90-\x99]")
_TEN_DIGITS = b"0" * 10
_TO_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)
_SEPARATORS = b" -\xe2\xe3\xef" + bytes(range(0x80, 0xC0))
_SHEET_DATA = rb"<(?:\w+:)?sheetData[\s>]"
_JOINED = ("si", "comment", "threadedComment", "p", "is")
"""Elements whose text may be cut into pieces of different looks."""
_TEXTS = "文字列の一覧（消したセルの文字を含む）"
_EMBEDDED = (".xlsx", ".xlsm", ".docx", ".pptx")
_WHERE = (
    ("comment", "コメント"),
    ("docProps/", "文書のプロパティ"),
    ("docMetadata/", "文書のプロパティ"),
    ("sharedStrings", _TEXTS),
    ("xl/worksheets/", "シートのヘッダー・フッターなど"),
    ("xl/workbook", "シート名・名前の定義など"),
    ("xl/drawings", "図形・グラフ"),
    ("xl/charts", "図形・グラフ"),
    ("customXml/", "カスタム XML"),
    ("word/header", "ヘッダー"),
    ("word/footer", "フッター"),
    ("word/footnotes", "脚注"),
    ("word/endnotes", "文末脚注"),
)
_SPLIT = r'[,;|\t\r\n"]'
_ENCODINGS = ("utf-8", "cp932", "utf-16")
_GUID = r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?"
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TEXT_LIMIT = 5_000_000


class Hit(Struct, frozen=True):
    """A suspicion and its place, which never shows the number either. `where` says what it is if it isn't a cell."""

    suspicion: Suspicion
    place: Place
    where: str = "セル"


def scan_workbook(package: Package, snapshot: Snapshot) -> list[Hit]:
    """Everything in a workbook that may be a person's number, without repetitions. InputError where it is damaged."""
    if not _worth_a_closer_look(package):
        return []
    hits = [hit for sheet in snapshot.sheets.values() for hit in _scan_sheet(package, sheet)]
    for name in snapshot.sheets:
        hits += _hits(name, Place(file=package.name), "シート名")
    for name, text in snapshot.other_names.items():
        hits += _hits(f"{name}\n{text}", Place(file=package.name), "名前の定義")
    for name in snapshot.names:
        hits += _hits(name, Place(file=package.name), "名前の定義")
    told = {hit.suspicion.masked for hit in hits}
    # Texts that no cell refers to any more are in the table of texts still.
    return _distinct(
        [
            *hits,
            *(hit for hit in _scan_parts(package) if hit.where != _TEXTS or hit.suspicion.masked not in told),
        ]
    )


def scan_document(package: Package) -> list[Hit]:
    """Everything in a .docx, or in an Office file whose structure is of no interest, that may be a person's number."""
    return _distinct(_scan_parts(package)) if _worth_a_closer_look(package) else []


def scan_text(name: str, texts: Iterable[str]) -> list[Hit]:
    """What may be a person's number in texts of a file, one by one."""
    return _distinct(hit for text in texts for hit in _hits(text, Place(file=hide_numbers(name)), "本文"))


def scan_bytes(name: str, data: bytes) -> list[Hit]:
    """What may be a person's number in a file that isn't Office's, as far as text can be seen in it: CSV, old Excel.

    What is compressed or encrypted (PDF, pictures, password) can't be seen, and the digits in it mean nothing.
    """
    sample = data[:_TEXT_LIMIT]
    is_text = b"\0" not in sample or sample.startswith(_UTF16)
    if sample.startswith(b"%PDF") or not (is_text or sample.startswith(_OLE)):
        return []
    texts = [sample.decode(encoding, errors="replace") for encoding in _ENCODINGS]
    texts.append(sample[1:].decode("utf-16-le", errors="replace"))
    place = Place(file=hide_numbers(name))
    return _distinct(hit for text in texts if may_have_numbers(text) for hit in _scan_lines(text, place))


def _scan_lines(text: str, place: Place) -> Iterator[Hit]:
    """The cells of a table in a text file, line by line; its line and the first, the headings, are what stands near."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if may_have_numbers(line):
            context = f"{lines[0]}\n{line}"
            for piece in re.split(_SPLIT, line):
                for suspicion in find_in_text(piece, context):
                    yield Hit(suspicion, place, f"{number}行目")


def _worth_a_closer_look(package: Package) -> bool:
    return any(
        may_have_numbers(part) or part.lower().endswith(_EMBEDDED) or not _is_clean(package, part)
        for part in package
    )


_cleared: dict[str, bytes] = {}
"""By the name of a part, how it was stored where it was last found clean: forms of one year share most of their parts."""


def _is_clean(package: Package, part: str) -> bool:
    """Whether there surely is no number in a part."""
    stored = package.stored(part)
    if stored is not None and _cleared.get(part) == stored:
        return True
    if part.lower().endswith(_XML) and _may_have_numbers(part, package[part]):
        return False
    if stored is not None and (part in _cleared or len(_cleared) < _MANY_PARTS):
        _cleared[part] = stored
    return True


def _may_have_numbers(part: str, content: bytes) -> bool:
    """Whether digits could follow each other in the texts of a part: wrongly yes sometimes, never wrongly no.

    Whatever may be a separator is left out, kana and signs with it but not 漢字, so that 1234－5678 is one run and
    6年12月31日 isn't. Text in pieces, full-width digits and character references hide a number: they are looked at closer.
    """
    hiding = (_REFERENCE,) if part.startswith(_WITHOUT_RUNS) else (_REFERENCE, *_RUNS)
    if _holds(content, hiding) or _FULL_WIDTH.search(content):
        return True
    return _holds(content.translate(_TO_ZEROS, _SEPARATORS), (_TEN_DIGITS,))


def _holds(content: bytes, wanted: Iterable[bytes]) -> bool:
    """Whether any of these short pieces is in a long content; backwards this takes a third of the time that `in` does."""
    return any(content.rfind(piece) >= 0 for piece in wanted)


def _scan_sheet(package: Package, sheet: Sheet) -> Iterator[Hit]:
    suspects = {a1: cell for a1, cell in sheet.cells.items() if may_have_numbers(_text_of(cell))}
    for a1, cell in suspects.items():
        place = Place(package.name, hide_numbers(sheet.name), a1)
        context = _context(sheet, a1)
        for suspicion in _find_in_cell(cell, context):
            yield Hit(suspicion, place)


def _text_of(cell: Cell) -> str:
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{'' if value is None else value}\n{cell.formula or ''}"


def _find_in_cell(cell: Cell, context: str) -> Iterator[Suspicion]:
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        yield from find_in_number(value, context)
    elif isinstance(value, str):
        yield from find_in_text(value, context)
    if cell.formula:
        yield from find_in_text(cell.formula, context)


def _context(sheet: Sheet, a1: str) -> str:
    """The texts of the cell's row and column."""
    row, column = split_a1(a1)
    near = []
    for other, cell in sheet.cells.items():
        if isinstance(cell.value, str):
            place = split_a1(other)
            if place[0] == row or place[1] == column:
                near.append(cell.value)
    return "\n".join(near)


def _scan_parts(package: Package) -> Iterator[Hit]:
    """Every XML part but for the cells of sheets, which `_scan_sheet` reads as values."""
    for part in package:
        yield from _hits(part, Place(file=package.name), "ファイルの中の名前")
        if part.lower().endswith(_EMBEDDED):
            yield from _scan_embedded(package, part)
        if part.lower().endswith(_XML):
            where = next((text for start, text in _WHERE if start in part), "本文")
            for text in _texts(package, part):
                yield from _hits(text, Place(file=package.name), where)


def _scan_embedded(package: Package, part: str) -> Iterator[Hit]:
    """An Office file within an Office file, all of it as texts; its own embedded files aren't opened."""
    try:
        inner = Package.from_bytes(package[part], part)
    except InputError:  # whatever it is, it isn't read
        return
    place = Place(file=hide_numbers(package.name))
    for name in inner:
        if name.lower().endswith(_XML):
            for text in _texts(inner, name):
                yield from (Hit(one, place, "埋め込まれたファイル") for one in find_in_text(text))


def _without_cells(content: bytes) -> bytes:
    """A sheet's XML without its cells."""
    start, end = re.search(_SHEET_DATA, content), content.rfind(b"sheetData>")
    if start is None or end < start.end():
        return content
    return content[: start.end() - 1] + b"></" + start[0][1:-1] + content[end + len(b"sheetData") :]


def _texts(package: Package, part: str) -> Iterator[str]:
    """All texts and attributes of a part, those in pieces joined; its raw text where it is no proper XML."""
    content = _without_cells(package[part]) if "/worksheets/" in part else package[part]
    try:
        if content is package[part]:
            read_content(package, part)
        root = parse_content(package, part, content)
    except InputError:
        yield from re.split(_SPLIT, content.decode("utf-8", errors="replace"))
        return
    yield from _element_texts(root)


def _element_texts(root: Element) -> Iterator[str]:
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2]
        yield "".join(element.itertext()) if name in _JOINED else element.text or ""
        yield element.tail or ""
        yield from (value for value in element.attrib.values() if not re.fullmatch(_GUID, value))


def _hits(text: str, place: Place, where: str) -> Iterator[Hit]:
    if may_have_numbers(text):
        hidden = Place(hide_numbers(place.file or ""), place.sheet, place.cell)
        for suspicion in find_in_text(text):
            yield Hit(suspicion, hidden, where)


def _distinct(hits: Iterable[Hit]) -> list[Hit]:
    return list(dict.fromkeys(hits))
