"""Forms as they come back: really saved by other programs, or changed as those programs are known to do it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from docx import Document
from msoffcrypto.format.ooxml import OOXMLFile
from office import convert

from jukixl.workbook.package import read_package, write_atomic
from jukixl.workbook.snapshot import read_snapshot

TRANSITIONAL = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATIONS = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_RELATIONS = b"http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE_RELATIONS = b"http://schemas.openxmlformats.org/package/2006/relationships"

Parts = dict[str, bytes]


def parts_of(path: Path) -> Parts:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_parts(path: Path, parts: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def rewrite(path: Path, change: Callable[[Parts], Parts | None]) -> Path:
    """Change the parts of a form; the function may change them in place."""
    parts = parts_of(path)
    return write_parts(path, change(parts) or parts)


def input_part(path: Path) -> str:
    return read_snapshot(path).sheets["入力"].part


def set_cell(path: Path, name: str, xml: bytes) -> Path:
    """Replace all of a named cell but its address and style: `xml` is its type attribute, `>` and content."""
    snapshot = read_snapshot(path)
    sheet, a1 = snapshot.locate(name)
    part = snapshot.sheets[sheet].part
    package = read_package(path)
    cell = re.compile(rb'(<c r="' + a1.encode() + rb'"(?: s="[0-9]+")?)[^>]*?(?:/>|>.*?</c>)')
    changed, count = cell.subn(lambda match: match[1] + xml + b"</c>", package[part], count=1)
    assert count == 1, name
    write_atomic(path, package.with_parts({part: changed}).to_bytes())
    return path


def without_names(path: Path, pattern: str) -> Path:
    """Lose the defined names that match."""
    lost = re.compile(rb'<definedName name="' + pattern.encode() + rb'"[^>]*>[^<]*</definedName>')

    def change(parts: Parts) -> None:
        parts["xl/workbook.xml"], count = lost.subn(b"", parts["xl/workbook.xml"])
        assert count

    return rewrite(path, change)


def with_prefixes(parts: Parts) -> Parts:
    """Every element of the main namespace with the prefix x, as programs that write by a library do."""
    return {
        name: _prefixed(xml) if name.startswith("xl/worksheets/") or name == "xl/workbook.xml" else xml
        for name, xml in parts.items()
    }


def _prefixed(xml: bytes) -> bytes:
    xml = xml.replace(b' xmlns="' + TRANSITIONAL + b'"', b' xmlns:x="' + TRANSITIONAL + b'"')
    return re.sub(rb"<(/?)(?![?!/]|\w+:)(\w)", rb"<\1x:\2", xml)


def strict(parts: Parts) -> Parts:
    """ISO 29500 strict: other namespaces and relationship types."""
    return {
        name: xml.replace(TRANSITIONAL, STRICT).replace(RELATIONS, STRICT_RELATIONS)
        for name, xml in parts.items()
    }


def since_1904(parts: Parts) -> None:
    parts["xl/workbook.xml"], count = re.subn(
        rb"<workbookPr(?=[ />])", b'<workbookPr date1904="1"', parts["xl/workbook.xml"]
    )
    assert count == 1


def with_modified(moment: str) -> Callable[[Parts], None]:
    """Saved at a time, as Excel writes it into the properties."""
    element = (
        b'<dcterms:modified xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        b' xsi:type="dcterms:W3CDTF">%b</dcterms:modified></cp:coreProperties>' % moment.encode()
    )

    def change(parts: Parts) -> None:
        parts["docProps/core.xml"] = parts["docProps/core.xml"].replace(b"</cp:coreProperties>", element)

    return change


def with_million_rows(path: Path, content: bytes = b"") -> Path:
    """Every row down to the last one formatted, with cells that hold nothing but `content`."""
    part = input_part(path)

    def change(parts: Parts) -> None:
        last = int(re.findall(rb'<row r="([0-9]+)"', parts[part])[-1])
        rows = b"".join(
            b'<row r="%d" s="3" customFormat="1" ht="18"><c r="A%d" s="3"' % (row, row)
            + (b">%b</c></row>" % content if content else b"/></row>")
            for row in range(last + 1, 1_048_577)
        )
        parts[part] = parts[part].replace(b"</sheetData>", rows + b"</sheetData>")

    return rewrite(path, change)


def encrypt(path: Path, password: str) -> Path:
    """The form with a password to open, as Excel sets it."""
    out = io.BytesIO()
    with path.open("rb") as file:
        OOXMLFile(file).encrypt(password, out)
    path.write_bytes(out.getvalue())
    return path


def convert_in_place(path: Path, to: str) -> Path:
    """The form saved by LibreOffice in another format, or as .xlsx again under its own name."""
    converted = convert(path, to, path.parent / "_out")
    target = path.with_suffix("." + to.partition(":")[0])
    path.unlink()
    converted.replace(target)
    converted.parent.rmdir()
    return target


def write_document(path: Path) -> Path:
    document = Document()
    document.add_paragraph("回答は別紙のとおりです。")
    document.save(str(path))
    return path


def with_part(name: str, content: bytes) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts[name] = content

    return change


def with_macros(path: Path) -> Path:
    """As .xlsm, with a VBA project (whose content nothing looks at)."""

    def change(parts: Parts) -> None:
        parts["xl/vbaProject.bin"] = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)
        types = parts["[Content_Types].xml"]
        parts["[Content_Types].xml"] = types.replace(
            b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        )

    target = path.with_suffix(".xlsm")
    rewrite(path, change).rename(target)
    return target


def with_comment(path: Path, text: str, a1: str = "B13") -> Path:
    """A comment on a cell of the input sheet, in the parts that Excel uses for it."""
    part = input_part(path)
    relations = re.sub(r"([^/]+)$", r"_rels/\1.rels", part)
    comments = (
        f'<comments xmlns="{TRANSITIONAL.decode()}"><authors><author>担当</author></authors><commentList>'
        f'<comment ref="{a1}" authorId="0"><text><r><t>{text[:4]}</t></r><r><t>{text[4:]}</t></r></text></comment>'
        "</commentList></comments>"
    )

    def change(parts: Parts) -> None:
        parts["xl/comments1.xml"] = comments.encode()
        relation = b'<Relationship Id="rId1" Type="%b/comments" Target="../comments1.xml"/>' % RELATIONS
        parts[relations] = b'<Relationships xmlns="%b">%b</Relationships>' % (PACKAGE_RELATIONS, relation)

    return rewrite(path, change)
