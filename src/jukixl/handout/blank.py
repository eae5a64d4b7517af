"""The small clean Word document that a template starts from, put together with python-docx.

python-docx's own default template is 800 KB and, as a schema check expects, repaired by Word on opening.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.document import Document
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.package import OpcPackage

from jukixl.handout.ooxml import WORD
from jukixl.handout.package import CONTENT_TYPES, OFFICE, RELATIONS, TYPES
from jukixl.handout.sections import FOOTER_RELATION
from jukixl.handout.styles import font_table_xml, styles_xml
from jukixl.handout.theme import theme_xml

_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def blank_document() -> Document:
    """A document with the handout's styles, settings and page-number footer, and nothing in it."""
    return docx.Document(BytesIO(_blank_package()))


def save_document(document: Document) -> bytes:
    """The package as bytes that depend on its content alone: fixed order, fixed zip dates."""
    package = document.part.package
    files = {"_rels/.rels": package.rels.xml}
    for part in package.iter_parts():
        files[part.partname.membername] = part.blob
        if len(part.rels):
            files[part.partname.rels_uri.membername] = part.rels.xml
    return _zip({CONTENT_TYPES: _content_types(package).encode()} | dict(sorted(files.items())))


def _content_types(package: OpcPackage) -> str:
    types = sorted((str(part.partname), part.content_type) for part in package.iter_parts())
    return _types_xml(dict(types))


def _types_xml(overrides: Mapping[str, str]) -> str:
    return (
        f'{_DECLARATION}<Types xmlns="{TYPES}"><Default Extension="rels" ContentType="{CT.OPC_RELATIONSHIPS}"/>'
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


def _blank_package() -> bytes:
    texts = {
        CONTENT_TYPES: _types_xml({f"/{path}": kind for path, kind in _TYPES.items()}),
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
    return f'<Relationships xmlns="{RELATIONS}">{"".join(items)}</Relationships>'


_NAMESPACES = f'xmlns:w="{WORD}" xmlns:r="{OFFICE}/relationships"'
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
_APP = f'<Properties xmlns="{OFFICE}/extended-properties"><Application>jukixl</Application></Properties>'
