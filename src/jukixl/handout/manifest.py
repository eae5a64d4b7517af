"""What jukixl last wrote, kept in the document: tells a number that got old from one that somebody typed over.

A customXml part that Word keeps and doesn't show. Rows are named by a checksum of their key, so that it stays small
and holds no text that the page doesn't show.
"""

from __future__ import annotations

from binascii import crc32
from collections.abc import Iterable, Mapping

from docx.document import Document
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from lxml import etree
from msgspec import Struct, field

from jukixl.handout.tabletext import RowText, TableText

NAMESPACE = "urn:jukixl:handout:1"
_ITEM_ID = "{5B0D7B0C-4B0A-4E0B-9A53-6A756B69786C}"
_PROPERTIES_NS = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
_PROPERTIES_TYPE = CT.OFC_CUSTOM_XML_PROPERTIES
TOTAL = "total"
"""The name of the total row in the manifest."""
_SEPARATOR = "\t"


class Manifest(Struct, frozen=True):
    """Figures by tag, and by table the texts of its rows: `tables[id][row name]`, in printed order."""

    figures: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, RowText]] = field(default_factory=dict)

    def cell(self, table: str, row: str, column: int) -> str | None:
        """What was last written into a cell; None where nothing was."""
        texts = self.tables.get(table, {}).get(row, ())
        return texts[column] if column < len(texts) else None


def row_name(key: RowText) -> str:
    """The name of a row in the manifest."""
    return f"{crc32(_SEPARATOR.join(key).encode()):08x}"


def manifest_of(figures: Mapping[str, str], tables: Iterable[TableText]) -> Manifest:
    """The manifest of these values. Texts of key columns aren't repeated: the row's name stands for them."""
    return Manifest(dict(figures), {text.table.id: _rows(text) for text in tables})


def _rows(text: TableText) -> dict[str, RowText]:
    keys = frozenset(text.key_columns)
    rows = {
        row_name(text.key(row)): tuple("" if at in keys else cell for at, cell in enumerate(row))
        for row in text.rows
    }
    if text.total is not None:
        rows[TOTAL] = text.total
    return rows


def read_manifest(document: Document) -> Manifest:
    """The manifest in a document; an empty one where there is none."""
    relation = _find_relation(document)
    if relation is None:
        return Manifest()
    root = etree.fromstring(document.part.rels[relation].target_part.blob)
    figures = {item.get("tag", ""): item.text or "" for item in root.iterfind(f"{{{NAMESPACE}}}figure")}
    tables = {
        table.get("id", ""): {
            row.get("name", ""): tuple((row.text or "").split(_SEPARATOR))
            for row in table.iterfind(f"{{{NAMESPACE}}}row")
        }
        for table in root.iterfind(f"{{{NAMESPACE}}}table")
    }
    return Manifest(figures, tables)


def write_manifest(document: Document, manifest: Manifest) -> None:
    """Put the manifest into the document in place of an earlier one."""
    package = document.part.package
    relation = _find_relation(document)
    if relation is None:
        partname = _free_partname(document)
    else:
        partname = document.part.rels[relation].target_part.partname
        document.part.drop_rel(relation)
    item = Part(partname, CT.XML, _to_xml(manifest), package)
    properties = Part(
        PackURI(str(partname).replace("/item", "/itemProps")), _PROPERTIES_TYPE, _properties(), package
    )
    item.relate_to(properties, RT.CUSTOM_XML_PROPS)
    document.part.relate_to(item, RT.CUSTOM_XML)


def _find_relation(document: Document) -> str | None:
    for key, relation in sorted(document.part.rels.items()):
        if relation.reltype == RT.CUSTOM_XML and NAMESPACE.encode() in relation.target_part.blob:
            return str(key)
    return None


def _free_partname(document: Document) -> PackURI:
    taken = {str(part.partname) for part in document.part.package.iter_parts()}
    numbers = range(1, len(taken) + 2)
    return PackURI(
        next(uri for uri in (f"/customXml/item{number}.xml" for number in numbers) if uri not in taken)
    )


def _to_xml(manifest: Manifest) -> bytes:
    root = etree.fromstring(f'<manifest xmlns="{NAMESPACE}"/>')
    for tag, text in sorted(manifest.figures.items()):
        etree.SubElement(root, f"{{{NAMESPACE}}}figure", tag=tag).text = text
    for table_id, rows in sorted(manifest.tables.items()):
        table = etree.SubElement(root, f"{{{NAMESPACE}}}table", id=table_id)
        for row, texts in rows.items():
            etree.SubElement(table, f"{{{NAMESPACE}}}row", name=row).text = _SEPARATOR.join(texts)
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def _properties() -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="no"?><ds:datastoreItem ds:itemID="{_ITEM_ID}" '
        f'xmlns:ds="{_PROPERTIES_NS}"><ds:schemaRefs><ds:schemaRef ds:uri="{NAMESPACE}"/></ds:schemaRefs>'
        "</ds:datastoreItem>"
    ).encode()
