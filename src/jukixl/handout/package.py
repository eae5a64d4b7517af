"""The .docx package: a small clean one to start from, opening with python-docx, writing the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from io import BytesIO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import docx
from docx.document import Document
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.package import OpcPackage
from docx.opc.part import PartFactory, XmlPart
from lxml.etree import XMLSyntaxError

from jukixl.errors import InputError, Place, Problem
from jukixl.handout.ooxml import WORD, Element
from jukixl.handout.styles import font_table_xml, styles_xml
from jukixl.handout.theme import theme_xml

FOOTER_RELATION = "rId4"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_CONTENT_TYPES = "[Content_Types].xml"
_TYPES_NS = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS_NS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE_NS = "http://schemas.openxmlformats.org/officeDocument/2006"
# python-docx reads these only as bytes; figures may stand in notes too.
for _content_type in (CT.WML_FOOTNOTES, CT.WML_ENDNOTES):
    PartFactory.part_type_for.setdefault(_content_type, XmlPart)
_STORIES = (RT.HEADER, RT.FOOTER, RT.FOOTNOTES, RT.ENDNOTES)


def open_package(data: bytes, file: str | None = None) -> Document:
    """The document in these bytes. InputError where they aren't a Word document."""
    try:
        return docx.Document(BytesIO(data))
    except (BadZipFile, KeyError, ValueError, XMLSyntaxError) as error:
        message = (
            "Word文書（.docx）として開けません。Wordで開いて「名前を付けて保存」で .docx にしてください。"
        )
        raise InputError(Problem(message, Place(file=file))) from error


def iter_stories(document: Document) -> Iterator[Element]:
    """The root of every part that holds text: body, headers, footers, footnotes, endnotes."""
    yield document.element
    parts = {
        rel.target_part.partname: rel.target_part
        for rel in document.part.rels.values()
        if rel.reltype in _STORIES
    }
    for partname in sorted(parts):
        yield parts[partname].element


def save_package(document: Document) -> bytes:
    """The package as bytes that depend on its content alone: fixed order, fixed zip dates."""
    package = document.part.package
    files = {"_rels/.rels": package.rels.xml}
    for part in package.iter_parts():
        files[part.partname.membername] = part.blob
        if len(part.rels):
            files[part.partname.rels_uri.membername] = part.rels.xml
    return _zip({_CONTENT_TYPES: _content_types(package).encode()} | dict(sorted(files.items())))


def _content_types(package: OpcPackage) -> str:
    types = sorted((str(part.partname), part.content_type) for part in package.iter_parts())
    return _types_xml(dict(types))


def _types_xml(overrides: Mapping[str, str]) -> str:
    return (
        f'{_DECLARATION}<Types xmlns="{_TYPES_NS}"><Default Extension="rels" ContentType="{CT.OPC_RELATIONSHIPS}"/>'
        f'<Default Extension="xml" ContentType="{CT.XML}"/>'
        + "".join(
            f'<Override PartName="{escape(part)}" ContentType="{kind}"/>' for part, kind in overrides.items()
        )
        + "</Types>"
    )


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for path, data in files.items():
            info = ZipInfo(path, _ZIP_DATE)
            info.compress_type = ZIP_DEFLATED
            info.create_system = 0
            archive.writestr(info, data)
    return buffer.getvalue()


def blank_document() -> Document:
    """A document with the handout's styles, settings and page-number footer, and nothing in it."""
    return docx.Document(BytesIO(_blank_package()))


def _blank_package() -> bytes:
    texts = {
        _CONTENT_TYPES: _types_xml({f"/{path}": kind for path, kind in _TYPES.items()}),
        "_rels/.rels": _relations(_PACKAGE_RELATIONS),
        "word/_rels/document.xml.rels": _relations(_DOCUMENT_RELATIONS),
        "word/document.xml": f"<w:document {_NAMESPACES}><w:body/></w:document>",
        "word/styles.xml": styles_xml(),
        "word/fontTable.xml": font_table_xml(),
        "word/theme/theme1.xml": theme_xml(),
        "word/settings.xml": _SETTINGS,
        "word/footer1.xml": _FOOTER,
        "docProps/core.xml": _CORE,
        "docProps/app.xml": _APP,
    }
    return _zip({path: _declared(text).encode() for path, text in texts.items()})


def _declared(text: str) -> str:
    return text if text.startswith("<?xml") else _DECLARATION + text


def _relations(targets: Mapping[str, tuple[str, str]]) -> str:
    items = (f'<Relationship Id="{id_}" Type="{kind}" Target="{to}"/>' for id_, (kind, to) in targets.items())
    return f'<Relationships xmlns="{_RELATIONS_NS}">{"".join(items)}</Relationships>'


_NAMESPACES = f'xmlns:w="{WORD}" xmlns:r="{_OFFICE_NS}/relationships"'
_TYPES = {
    "word/document.xml": CT.WML_DOCUMENT_MAIN,
    "word/styles.xml": CT.WML_STYLES,
    "word/fontTable.xml": CT.WML_FONT_TABLE,
    "word/theme/theme1.xml": CT.OFC_THEME,
    "word/settings.xml": CT.WML_SETTINGS,
    "word/footer1.xml": CT.WML_FOOTER,
    "docProps/core.xml": CT.OPC_CORE_PROPERTIES,
    "docProps/app.xml": CT.OFC_EXTENDED_PROPERTIES,
}
_PACKAGE_RELATIONS = {
    "rId1": (RT.OFFICE_DOCUMENT, "word/document.xml"),
    "rId2": (RT.CORE_PROPERTIES, "docProps/core.xml"),
    "rId3": (RT.EXTENDED_PROPERTIES, "docProps/app.xml"),
}
_DOCUMENT_RELATIONS = {
    "rId1": (RT.STYLES, "styles.xml"),
    "rId2": (RT.SETTINGS, "settings.xml"),
    "rId3": (RT.FONT_TABLE, "fontTable.xml"),
    "rId5": (RT.THEME, "theme/theme1.xml"),
    FOOTER_RELATION: (RT.FOOTER, "footer1.xml"),
}
# No updateFields: Word would ask before it shows the document. Punctuation isn't squeezed, so that lines can be counted.
_SETTINGS = (
    f'<w:settings {_NAMESPACES}><w:zoom w:percent="100"/><w:bordersDoNotSurroundHeader/><w:bordersDoNotSurroundFooter/>'
    '<w:defaultTabStop w:val="840"/><w:characterSpacingControl w:val="doNotCompress"/>'
    "<w:compat><w:spaceForUL/><w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/><w:ulTrailSpace/>"
    "<w:adjustLineHeightInTable/>"
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    '</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="ja-JP"/><w:decimalSymbol w:val="."/><w:listSeparator w:val=","/>'
    "</w:settings>"
)
_FOOTER = (
    f'<w:ftr {_NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr><w:r><w:t xml:space="preserve">－ </w:t></w:r>'
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    '<w:r><w:t xml:space="preserve"> －</w:t></w:r></w:p></w:ftr>'
)
_CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>'
)
_APP = f'<Properties xmlns="{_OFFICE_NS}/extended-properties"><Application>jukixl</Application></Properties>'
