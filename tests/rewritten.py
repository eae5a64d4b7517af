"""Forms written anew as Google Sheets and WPS write workbooks: read by openpyxl, every part put together here.

Neither program can be run here. What is imitated was seen in files that they really made (docs/design/collecting.md says
in which); what isn't known of them isn't made up.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from html import escape
from pathlib import Path

import openpyxl
from msgspec import Struct
from openpyxl.cell import Cell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
BINARY = bytes(range(256)) * 4


class Form(Struct):
    """A form as openpyxl sees it, once with formulas and once with the values they had."""

    book: Workbook
    values: Workbook
    texts: dict[str, int]
    formats: dict[str, int]

    def text(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))

    def style(self, cell: Cell) -> int:
        """One style a number format, counted anew; 0 is the usual one."""
        return self.formats.setdefault(cell.number_format, len(self.formats))


def read_form(path: Path) -> Form:
    return Form(
        openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True), {}, {"General": 0}
    )


def google(path: Path, *, names: bool = True, metadata: bool = False) -> Path:
    """The form as Google Sheets hands it out. `metadata`: for a workbook that was edited as .xlsx there."""
    form = read_form(path)
    sheets = {
        f"xl/worksheets/sheet{number}.xml": _google_sheet(form, sheet)
        for number, sheet in enumerate(form.book.worksheets, 1)
    }
    count = len(sheets)
    parts: dict[str, str | bytes] = {}
    for number, (part, xml) in enumerate(sheets.items(), 1):
        parts[f"xl/drawings/drawing{number}.xml"] = (
            f'{DECLARATION}<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"/>'
        )
        parts[part] = xml
        target = f"../drawings/drawing{number}.xml"
        parts[f"xl/worksheets/_rels/sheet{number}.xml.rels"] = _relations([("rId1", "drawing", target)])
    if metadata:
        parts["docProps/core.xml"] = (
            f'{DECLARATION}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
            'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            '<dcterms:created xsi:type="dcterms:W3CDTF">2024-12-27T08:41:54Z</dcterms:created></cp:coreProperties>'
        )
    parts["xl/sharedStrings.xml"] = _strings(form)
    parts["xl/styles.xml"] = _google_styles(form)
    states = ((sheet.title, sheet.sheet_state) for sheet in form.book.worksheets)
    listed = "".join(
        f'<sheet state="{"visible" if state == "visible" else "hidden"}" name="{escape(name)}" sheetId="{number}" '
        f'r:id="rId{number + 2}"/>'
        for number, (name, state) in enumerate(states, 1)
    )
    custom = (
        '<extLst><ext uri="GoogleSheetsCustomDataVersion2"><go:sheetsCustomData '
        'xmlns:go="http://customooxmlschemas.google.com/" r:id="rId99" roundtripDataChecksum="comBL5gn="/></ext></extLst>'
    )
    parts["xl/workbook.xml"] = (
        f"{DECLARATION}<workbook {_GOOGLE_SPACES}><workbookPr/><sheets>{listed}</sheets>{_names(form, names)}<calcPr/>"
        f"{custom if metadata else ''}</workbook>"
    )
    relations = [("rId1", "styles", "styles.xml"), ("rId2", "sharedStrings", "sharedStrings.xml")]
    relations += [(f"rId{n + 2}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, count + 1)]
    parts["xl/_rels/workbook.xml.rels"] = _relations(relations)
    package = [("rId1", "officeDocument", "xl/workbook.xml")]
    parts["_rels/.rels"] = _relations(package)
    if metadata:
        parts["xl/metadata"] = BINARY
        parts["xl/_rels/workbook.xml.rels"] = _relations(relations).replace(
            "</Relationships>",
            '<Relationship Id="rId99" Type="http://customschemas.google.com/relationships/workbookmetadata" '
            'Target="metadata"/></Relationships>',
        )
        parts["_rels/.rels"] = _relations(package).replace(
            "</Relationships>",
            f'<Relationship Id="rId2" Type="{PACKAGE}/relationships/metadata/core-properties" '
            'Target="docProps/core.xml"/></Relationships>',
        )
    parts["[Content_Types].xml"] = _types(parts, 'ContentType="{1}" PartName="/{0}"')
    return _write(path, parts, streamed=True)


def wps(path: Path, *, application: str = "WPS 表格") -> Path:
    """The form as WPS saves it."""
    form = read_form(path)
    parts: dict[str, str | bytes] = {"[Content_Types].xml": "", "_rels/": "", "_rels/.rels": ""}
    names = [sheet.title for sheet in form.book.worksheets]
    titles = "".join(f"<vt:lpstr>{escape(name)}</vt:lpstr>" for name in names)
    parts |= {
        "docProps/": "",
        "docProps/app.xml": (
            f'{DECLARATION}\n<Properties xmlns="{OFFICE}/extended-properties" xmlns:vt="{OFFICE}/docPropsVTypes">'
            f'<Application>{application}</Application><HeadingPairs><vt:vector size="2" baseType="variant"><vt:variant>'
            f"<vt:lpstr>工作表</vt:lpstr></vt:variant><vt:variant><vt:i4>{len(names)}</vt:i4></vt:variant></vt:vector>"
            f'</HeadingPairs><TitlesOfParts><vt:vector size="{len(names)}" baseType="lpstr">{titles}</vt:vector>'
            "</TitlesOfParts></Properties>"
        ),
        "docProps/core.xml": (
            f'{DECLARATION}\n<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:creator>jukixl</dc:creator>'
            '<dcterms:created xsi:type="dcterms:W3CDTF">2025-10-01T00:00:00Z</dcterms:created>'
            '<dcterms:modified xsi:type="dcterms:W3CDTF">2025-10-02T03:04:05Z</dcterms:modified></cp:coreProperties>'
        ),
        "docProps/custom.xml": (
            f'{DECLARATION}\n<Properties xmlns="{OFFICE}/custom-properties" xmlns:vt="{OFFICE}/docPropsVTypes">'
            '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="ICV"><vt:lpwstr>'
            "B63D5043C0B34A95BF1819A2E79DECDD</vt:lpwstr></property><property "
            'fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="3" name="KSOProductBuildVer"><vt:lpwstr>'
            "2052-11.1.0.11365</vt:lpwstr></property></Properties>"
        ),
        "xl/": "",
        "xl/_rels/": "",
        "xl/_rels/workbook.xml.rels": "",
    }
    sheets = {
        f"xl/worksheets/sheet{number}.xml": _wps_sheet(form, sheet)
        for number, sheet in enumerate(form.book.worksheets, 1)
    }
    parts |= {"xl/sharedStrings.xml": _strings(form), "xl/styles.xml": _wps_styles(form)}
    listed = "".join(
        f'<sheet name="{escape(sheet.title)}" sheetId="{number}"'
        f'{"" if sheet.sheet_state == "visible" else f" state={chr(34)}{sheet.sheet_state}{chr(34)}"} r:id="rId{number}"/>'
        for number, sheet in enumerate(form.book.worksheets, 1)
    )
    parts["xl/workbook.xml"] = (
        f'{DECLARATION}\n<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}/relationships"><fileVersion appName="xl" '
        'lastEdited="3" lowestEdited="5" rupBuild="9302"/><workbookPr/><bookViews><workbookView windowWidth="21817" '
        f'windowHeight="11280"/></bookViews><sheets>{listed}</sheets>{_names(form, True)}<calcPr calcId="144525"/></workbook>'
    )
    parts |= {"xl/worksheets/": "", **sheets}
    count = len(sheets)
    relations = [
        (f"rId{count + 2}", "sharedStrings", "sharedStrings.xml"),
        (f"rId{count + 1}", "styles", "styles.xml"),
    ]
    relations += [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(count, 0, -1)]
    parts["xl/_rels/workbook.xml.rels"] = _relations(relations)
    parts["_rels/.rels"] = _relations(
        [
            ("rId1", "officeDocument", "xl/workbook.xml"),
            ("rId2", "extended-properties", "docProps/app.xml"),
            ("rId4", "custom-properties", "docProps/custom.xml"),
        ]
    ).replace(
        "</Relationships>",
        f'<Relationship Id="rId3" Type="{PACKAGE}/relationships/metadata/core-properties" '
        'Target="docProps/core.xml"/></Relationships>',
    )
    parts["[Content_Types].xml"] = _types(parts, 'PartName="/{0}" ContentType="{1}"')
    return _write(path, parts, streamed=False)


# Sheets


_GOOGLE_SPACES = (
    f'xmlns="{MAIN}" xmlns:r="{OFFICE}/relationships" xmlns:mx="http://schemas.microsoft.com/office/mac/excel/2008/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:mv="urn:schemas-microsoft-com:mac:vml" '
    'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" '
    'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"'
)
_WPS_SPACES = (
    f'xmlns="{MAIN}" xmlns:r="{OFFICE}/relationships" '
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"'
)


def _google_sheet(form: Form, sheet: Worksheet) -> str:
    """No dimension, no spans, numbers with .0, every rule of input without its texts, a drawing on every sheet."""
    rows = _rows(form, sheet, _google_number, lambda _: ' customHeight="1" ht="15.75"')
    rules = "".join(
        f'<dataValidation type="{rule.type}" allowBlank="1" showErrorMessage="1" sqref="{rule.sqref}">'
        f"<formula1>{escape(str(rule.formula1))}</formula1></dataValidation>"
        for rule in sheet.data_validations.dataValidation
        if rule.type in ("list", "custom") and rule.formula1
    )
    return (
        f'{DECLARATION}<worksheet {_GOOGLE_SPACES}><sheetPr><outlinePr summaryBelow="0" summaryRight="0"/></sheetPr>'
        '<sheetViews><sheetView workbookViewId="0"/></sheetViews><sheetFormatPr customHeight="1" '
        f'defaultColWidth="14.43" defaultRowHeight="15.75"/><sheetData>{rows}</sheetData>{_merges(sheet, "")}'
        f"{f'<dataValidations>{rules}</dataValidations>' if rules else ''}"
        '<drawing r:id="rId1"/></worksheet>'
    )


def _wps_sheet(form: Form, sheet: Worksheet) -> str:
    rows = _rows(form, sheet, repr, lambda cells: f' spans="{cells[0].column}:{cells[-1].column}"')
    merged = len(sheet.merged_cells.ranges)
    return (
        f'{DECLARATION}\n<worksheet {_WPS_SPACES}><sheetPr/><dimension ref="{sheet.dimensions}"/><sheetViews>'
        '<sheetView workbookViewId="0"><selection activeCell="F12" sqref="F12"/></sheetView></sheetViews>'
        '<sheetFormatPr defaultColWidth="9" defaultRowHeight="13.5" outlineLevelRow="2"/><sheetData>'
        f'{rows}</sheetData><sheetProtection sheet="1" objects="1"/>{_merges(sheet, f" count={chr(34)}{merged}{chr(34)}")}'
        '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/><headerFooter/></worksheet>'
    )


def _rows(
    form: Form, sheet: Worksheet, number: Callable[[float], str], attributes: Callable[[list[Cell]], str]
) -> str:
    values = form.values[sheet.title]
    return "".join(
        f'<row r="{cells[0].row}"{attributes(cells)}>'
        + "".join(_cell(form, cell, values[cell.coordinate].value, number) for cell in cells)
        + "</row>"
        for cells in map(list, sheet.iter_rows())
        if isinstance(cells[0], Cell)
    )


def _cell(form: Form, cell: Cell, value: object, number: Callable[[float], str]) -> str:
    place = f'<c r="{cell.coordinate}" s="{form.style(cell)}"'
    if cell.data_type == "f":
        formula = f"<f>{escape(str(cell.value).removeprefix('='), quote=True)}</f>"
        if isinstance(value, str):
            return f'{place} t="str">{formula}<v>{escape(value)}</v></c>'
        return f"{place}>{formula}{'' if value is None else f'<v>{value}</v>'}</c>"
    if value is None:
        return f"{place}/>"
    if isinstance(value, str):
        return f'{place} t="s"><v>{form.text(value)}</v></c>'
    if cell.is_date:
        return f"{place}><v>{number(openpyxl.utils.datetime.to_excel(value))}</v></c>"
    assert isinstance(value, int | float)
    return f"{place}><v>{number(value)}</v></c>"


def _google_number(value: float) -> str:
    """12 as 12.0."""
    return repr(float(value))


def _merges(sheet: Worksheet, count: str) -> str:
    merges = "".join(f'<mergeCell ref="{area}"/>' for area in sheet.merged_cells.ranges)
    return f"<mergeCells{count}>{merges}</mergeCells>" if merges else ""


# Parts that both have


def _names(form: Form, kept: bool) -> str:
    if not kept:
        return "<definedNames/>"
    listed = (
        f'<definedName name="{escape(name)}">{escape(one.attr_text)}</definedName>'
        for name, one in form.book.defined_names.items()
    )
    return f"<definedNames>{''.join(listed)}</definedNames>"


def _strings(form: Form) -> str:
    """Line breaks and spaces at the ends are kept by `xml:space`."""
    items = "".join(
        f'<si><t{chr(32)}xml:space="preserve">{escape(text)}</t></si>'
        if text != text.strip() or "\n" in text
        else f"<si><t>{escape(text)}</t></si>"
        for text in form.texts
    )
    count = len(form.texts)
    return f'{DECLARATION}<sst xmlns="{MAIN}" count="{count}" uniqueCount="{count}">{items}</sst>'


def _formats(form: Form) -> tuple[str, list[int]]:
    """The formats declared, and the number of each style's."""
    own = {name: 164 + number for number, name in enumerate(form.formats) if name != "General"}
    declared = "".join(f'<numFmt numFmtId="{id_}" formatCode="{escape(name)}"/>' for name, id_ in own.items())
    return f'<numFmts count="{len(own)}">{declared}</numFmts>' if own else "", [
        own.get(name, 0) for name in form.formats
    ]


def _google_styles(form: Form) -> str:
    declared, ids = _formats(form)
    styles = "".join(
        f'<xf borderId="0" fillId="0" fontId="0" numFmtId="{id_}" xfId="0" applyAlignment="1" applyFont="1" '
        'applyNumberFormat="1"><alignment readingOrder="0"/></xf>'
        for id_ in ids
    )
    return (
        f'{DECLARATION}<styleSheet xmlns="{MAIN}">{declared}<fonts count="1"><font><sz val="10.0"/>'
        '<color rgb="FF000000"/><name val="Arial"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/>'
        '</fill><fill><patternFill patternType="lightGray"/></fill></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf borderId="0" fillId="0" fontId="0" numFmtId="0" applyAlignment="1" applyFont="1"/>'
        f'</cellStyleXfs><cellXfs count="{len(ids)}">{styles}</cellXfs><cellStyles count="1"><cellStyle xfId="0" '
        'name="Normal" builtinId="0"/></cellStyles><dxfs count="0"/></styleSheet>'
    )


def _wps_styles(form: Form) -> str:
    declared, ids = _formats(form)
    styles = "".join(
        f'<xf numFmtId="{id_}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"><alignment vertical="center"/></xf>'
        for id_ in ids
    )
    return (
        f'{DECLARATION}\n<styleSheet xmlns="{MAIN}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'{declared}<fonts count="1"><font><sz val="11"/><name val="宋体"/><charset val="134"/></font></fonts><fills count="2">'
        '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1">'
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"><alignment vertical="center"/></xf></cellStyleXfs>'
        f'<cellXfs count="{len(ids)}">{styles}</cellXfs><cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/>'
        "</cellStyles></styleSheet>"
    )


def _relations(targets: list[tuple[str, str, str]]) -> str:
    items = "".join(
        f'<Relationship Id="{id_}" Type="{OFFICE}/relationships/{kind}" Target="{target}"/>'
        for id_, kind, target in targets
    )
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{items}</Relationships>'


_TYPES = {
    "xl/workbook.xml": f"{TYPE}.spreadsheetml.sheet.main+xml",
    "xl/sharedStrings.xml": f"{TYPE}.spreadsheetml.sharedStrings+xml",
    "xl/styles.xml": f"{TYPE}.spreadsheetml.styles+xml",
    "xl/metadata": "application/binary",
    "docProps/app.xml": f"{TYPE}.extended-properties+xml",
    "docProps/custom.xml": f"{TYPE}.custom-properties+xml",
    "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
}


def _types(parts: Mapping[str, object], form: str) -> str:
    def kinds() -> Iterator[tuple[str, str]]:
        for part in parts:
            if part.startswith("xl/worksheets/sheet"):
                yield part, f"{TYPE}.spreadsheetml.worksheet+xml"
            elif part.startswith("xl/drawings/"):
                yield part, f"{TYPE}.drawing+xml"
            elif part in _TYPES:
                yield part, _TYPES[part]

    overrides = "".join(f"<Override {form.format(part, kind)}/>" for part, kind in kinds())
    return (
        f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types"><Default ContentType="application/xml" Extension="xml"/>'
        '<Default ContentType="application/vnd.openxmlformats-package.relationships+xml" Extension="rels"/>'
        f"{overrides}</Types>"
    )


class _Pipe:
    """A file that can't be sought in, so that sizes and checksums come after each part, as in a stream."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _write(path: Path, parts: Mapping[str, str | bytes], *, streamed: bool) -> Path:
    """`streamed`: as Google's server; else with entries for the folders, as WPS."""
    file = _Pipe(path) if streamed else path.open("wb")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, (2012, 7, 2, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_STORED if name.endswith("/") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    file.close()
    return path
