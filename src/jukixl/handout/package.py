"""A .docx as jukixl changes it: the parts that hold text as trees, all others byte for byte as they were.

As with workbooks (`jukixl.workbook.patch`), an existing document is never loaded and saved by a library.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from datetime import datetime

from lxml import etree
from msgspec import Struct

from jukixl.errors import InputError, Place, Problem
from jukixl.handout import style_ids
from jukixl.handout.ooxml import Element, name
from jukixl.workbook.package import Package, relations_path

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
CONTENT_TYPES = "[Content_Types].xml"
EXTENDED_PROPERTIES = f"{OFFICE}/relationships/extended-properties"
CORE_PROPERTIES = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
CORE_TYPE = "application/vnd.openxmlformats-package.core-properties+xml"
_MAIN_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_OTHER_MAIN_TYPES = (
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
    b"application/vnd.ms-word.document.macroEnabled.main+xml",
    b"application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
)
"""Of .dotx, .docm and .dotm: under the name .docx, which is what is written, Word doesn't open them."""
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_NO_DOCUMENT = "Word文書（.docx）として開けません。Wordで開いて「名前を付けて保存」で .docx にしてください。"
_STRICT_MESSAGE = "「完全 Open XML 文書」の形式です。Wordで開き、「名前を付けて保存」の種類を「Word 文書 (*.docx)」にして保存してください。"
_LEVEL = 2  # of compression, as for workbooks
_STORIES = tuple(f"/{kind}" for kind in ("header", "footer", "footnotes", "endnotes"))
_STYLED = (*_STORIES, "/comments", "/numbering", "/settings")
_CORE = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_DC, _TERMS = "http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_BLANK_CORE = (
    f'<cp:coreProperties xmlns:cp="{_CORE}" xmlns:dc="{_DC}" xmlns:dcterms="{_TERMS}" xmlns:xsi="{_XSI}"/>'
).encode()

CUSTOM_PROPERTIES = f"{OFFICE}/relationships/custom-properties"
_CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_CUSTOM, _VARIANT = f"{OFFICE}/custom-properties", f"{OFFICE}/docPropsVTypes"
_CUSTOM_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_BLANK_CUSTOM = f'<Properties xmlns="{_CUSTOM}" xmlns:vt="{_VARIANT}"/>'.encode()


class Relation(Struct, frozen=True):
    """A relation from one part to another. `kind` is its type as the standard names it; `target` the part's name."""

    id: str
    kind: str
    target: str


class Document:
    """One Word document. Trees may be changed in place; `to_bytes` writes them back."""

    def __init__(self, package: Package) -> None:
        """InputError where the package holds no Word document."""
        self._package = package
        self._trees: dict[str, Element] = {}
        self._relations: dict[str, list[Relation]] = {}
        self._read: dict[str, bytes] = {}  # how the trees that needn't change looked
        self.main = self._find_main()
        self.root = self._tree(self.main)

    @property
    def body(self) -> Element:
        """What the pages show, `w:body`."""
        body = self.root.find(name("body"))
        if body is None:
            raise self._error()
        return body

    @property
    def styles(self) -> Element:
        """The root of the styles; InputError where a document has none, which Word never writes."""
        part = self.find_part("/styles", self.main)
        if part is None:
            raise self._error()
        return self._tree(part)

    def restore_styles(self) -> None:
        """Call jukixl's styles by jukixl's ids again, whatever Word made of these (`jukixl.handout.style_ids`)."""
        part = self.find_part("/styles", self.main)
        if part is None or style_ids.are_ours(styles := self._tree(part)):
            return
        parts = {one.target for one in self.relations(self.main) if one.kind.endswith(_STYLED)}
        for one in (part, *parts):
            self._read[one] = etree.tostring(self._tree(one))
        style_ids.restore(styles, [self.root, *map(self._tree, sorted(parts))])

    def iter_stories(self) -> Iterator[Element]:
        """The root of every part that holds text: body, headers, footers, footnotes, endnotes."""
        yield self.root
        parts = {one.target for one in self.relations(self.main) if one.kind.endswith(_STORIES)}
        for part in sorted(parts):
            root = self._tree(part)
            if part not in self._read:
                self._read[part] = etree.tostring(root)
            yield root

    def story(self, relation: str | None) -> Element | None:
        """The header or footer that a section names by the id of a relation."""
        part = next((one.target for one in self.relations(self.main) if one.id == relation), None)
        return None if part is None else self._tree(part)

    def relations(self, part: str = "") -> list[Relation]:
        """The relations of a part within the package ("" for the package itself)."""
        if part not in self._relations:
            self._relations[part] = self._read_relations(part)
        return self._relations[part]

    def _read_relations(self, part: str) -> list[Relation]:
        folder, path = posixpath.dirname(part), relations_path(part)
        if path not in self._package:
            return []
        inner = (one for one in self._parse(path) if one.get("TargetMode") != "External")
        return [
            Relation(
                one.get("Id", ""),
                one.get("Type", ""),
                posixpath.normpath(posixpath.join("/", folder, one.get("Target", ""))).lstrip("/"),
            )
            for one in inner
        ]

    def find_part(self, kind: str, source: str = "") -> str | None:
        """The part that `source` refers to by a relation whose type ends so; None where there is none."""
        return next((one.target for one in self.relations(source) if one.kind.endswith(kind)), None)

    def content(self, part: str) -> bytes:
        """A part as it was read; InputError where it isn't there."""
        found = self._package.get(part)
        if found is None:
            raise self._error()
        return found

    def set_content(self, part: str, content: bytes) -> None:
        """Replace a part that isn't handled as a tree."""
        self._package = self._package.with_parts({part: content})

    def add_part(self, part: str, content: bytes, kind: str, content_type: str, source: str = "") -> None:
        """Add a part, the relation that leads to it, and its content type."""
        folder, path = posixpath.dirname(source), relations_path(source)
        relations = (
            self._parse(path)
            if path in self._package
            else etree.fromstring(f'<Relationships xmlns="{RELATIONS}"/>')
        )
        taken = {one.get("Id") for one in relations}
        free = next(id_ for number in range(1, len(taken) + 2) if (id_ := f"rId{number}") not in taken)
        etree.SubElement(
            relations,
            f"{{{RELATIONS}}}Relationship",
            Id=free,
            Type=kind,
            Target=posixpath.relpath(part, folder or "."),
        )
        self._relations.pop(source, None)
        types = self._parse(CONTENT_TYPES)
        etree.SubElement(types, f"{{{TYPES}}}Override", PartName=f"/{part}", ContentType=content_type)
        self._package = self._package.with_parts(
            {CONTENT_TYPES: serialise(types), path: serialise(relations), part: content}
        )

    def free_part(self, pattern: str) -> str:
        """The first part name of a pattern such as `customXml/item{}.xml` that isn't taken."""
        names = (pattern.format(number) for number in range(1, len(self._package) + 2))
        return next(one for one in names if one not in self._package)

    def set_properties(self, title: str, moment: datetime) -> None:
        """Set the title and both dates that the document's properties show."""
        part = self.find_part(CORE_PROPERTIES)
        if part is None:
            part = self.free_part("docProps/core{}.xml")
            self.add_part(part, _BLANK_CORE, CORE_PROPERTIES, CORE_TYPE)
        root = self._parse(part)
        _set_property(root, f"{{{_DC}}}title", title)
        for local in ("created", "modified"):
            made = _set_property(root, f"{{{_TERMS}}}{local}", f"{moment:%Y-%m-%dT%H:%M:%SZ}")
            made.set(f"{{{_XSI}}}type", "dcterms:W3CDTF")
        self.set_content(part, serialise(root))

    @property
    def footnotes(self) -> Element | None:
        """The root of the part that holds the footnotes; None where there is none."""
        part = self.find_part("/footnotes", self.main)
        return None if part is None else self._tree(part)

    def custom_property(self, title: str) -> str | None:
        """One of the properties that Word shows as ユーザー設定; None where the document doesn't have it."""
        part = self.find_part(CUSTOM_PROPERTIES)
        found = None if part is None else _find_custom(self._parse(part), title)
        return None if found is None else found.findtext("*")

    def set_custom_property(self, title: str, text: str) -> None:
        """Set one of them; the others stay."""
        part = self.find_part(CUSTOM_PROPERTIES)
        if part is None:
            part = "docProps/custom.xml"
            self.add_part(part, _BLANK_CUSTOM, CUSTOM_PROPERTIES, _CUSTOM_TYPE)
        root = self._parse(part)
        found = _find_custom(root, title)
        if found is None:
            number = max((int(one.get("pid", "1")) for one in root), default=1) + 1
            attributes = {"fmtid": _CUSTOM_FORMAT, "pid": str(number), "name": title}
            found = etree.SubElement(root, f"{{{_CUSTOM}}}property", attributes)
        for child in list(found):
            found.remove(child)
        etree.SubElement(found, f"{{{_VARIANT}}}lpwstr").text = text
        self.set_content(part, serialise(root))

    def to_bytes(self) -> bytes:
        """The package with the changed trees; the same content gives the same bytes."""
        changed = {
            part: serialise(root)
            for part, root in self._trees.items()
            if part == self.main or (part in self._read and self._read[part] != etree.tostring(root))
        }
        package, types = self._package.with_parts(changed), self.content(CONTENT_TYPES)
        for other in _OTHER_MAIN_TYPES:
            if other in types:
                package = self._without_macros(
                    package.with_parts({CONTENT_TYPES: types.replace(other, _MAIN_TYPE)})
                )
        return package.pack(_LEVEL).to_bytes()

    def _without_macros(self, package: Package) -> Package:
        """A .docx has none."""
        macros = [one for one in self.relations(self.main) if one.kind.endswith("/vbaProject")]
        if not macros:
            return package
        gone = {part for one in macros for part in (one.target, relations_path(one.target))}
        gone |= {inner.target for one in macros for inner in self.relations(one.target)}
        ids, path = {one.id for one in macros}, relations_path(self.main)
        relations, types = self._parse(path), etree.fromstring(package[CONTENT_TYPES])
        for one in [one for one in relations if one.get("Id") in ids]:
            relations.remove(one)
        for one in [one for one in types if one.get("PartName", "").lstrip("/") in gone]:
            types.remove(one)
        changed = {path: serialise(relations), CONTENT_TYPES: serialise(types)}
        return package.with_parts(changed).only(set(package) - gone)

    def _tree(self, part: str) -> Element:
        if part not in self._trees:
            self._trees[part] = self._parse(part)
        return self._trees[part]

    def _parse(self, part: str) -> Element:
        content = self.content(part)
        if b"<!DOCTYPE" in content:  # Word writes none; without one there are no entities
            raise self._error()
        try:
            return etree.fromstring(content)
        except etree.XMLSyntaxError as error:
            raise self._error() from error

    def _find_main(self) -> str:
        part = self.find_part("/officeDocument")
        if part is None or self._tree(part).tag != name("document"):
            is_strict = part is not None and _STRICT in self.content(part)
            raise self._error(_STRICT_MESSAGE if is_strict else _NO_DOCUMENT)
        return part

    def _error(self, message: str = _NO_DOCUMENT) -> InputError:
        return InputError(Problem(message, Place(file=self._package.name or None)))


def open_package(data: bytes, file: str | None = None) -> Document:
    """The document in these bytes. InputError where they aren't a Word document."""
    document = Document(Package.from_bytes(data, file or ""))
    document.restore_styles()
    return document


def _find_custom(root: Element, title: str) -> Element | None:
    return next((one for one in root if one.get("name") == title), None)


def _set_property(root: Element, tag: str, text: str) -> Element:
    found = root.find(tag)
    if found is None:
        found = etree.SubElement(root, tag)
    found.text = text
    return found


def serialise(root: Element) -> bytes:
    """A part as the document's file has it."""
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))
