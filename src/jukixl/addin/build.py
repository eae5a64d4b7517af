"""Builds `jukixl.xlam` without Excel: the same bytes wherever it is built with the same xlwings and pyOpenVBA.

The container (an empty add-in with a VBA project that knows Office's ribbon types) is the one that xlwings ships under
its BSD licence. Its modules, its ribbon and all that names its author are taken out, and ours put in.
"""

from __future__ import annotations

import re
import struct
import tempfile
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from jukixl.addin.ribbon import render_ribbon
from jukixl.addin.vba import MESSAGE_PREFIX, MESSAGES, PROJECT, UDF_MODULE, render_modules
from jukixl.errors import JukixlError
from jukixl.workbook.package import stored_zip, write_atomic

if TYPE_CHECKING:
    from pyopenvba import ExcelFile
    from pyopenvba.vba import VBAProject

_TEMPLATE = "quickstart_addin_ribbon.xlam"
_UPSTREAM_MODULES = ("xlwings", "RibbonMyAddin", "Dictionary")
_UNUSED_REFERENCE = "MSForms"  # for forms, of which there are none; names the author's folder
_PROJECT_NAME_RECORD = 0x0004  # PROJECTNAME of [MS-OVBA] 2.3.4.2.1

_SHEET_NAME = f"{PROJECT}.conf"
# The settings are for xlwings' own tools, which look for a sheet of this name. The VBA reads the messages only.
_SHEET: Mapping[str, str] = {
    "UDF MODULES": UDF_MODULE,
    "ADD_WORKBOOK_TO_PYTHONPATH": "false",
    **{MESSAGE_PREFIX + name: text for name, text in MESSAGES.items()},
}
"""Column A and column B of the add-in's only sheet."""

_SHEET_PART = "xl/worksheets/sheet1.xml"
_CONTENT_TYPES = "[Content_Types].xml"


def build_addin() -> bytes:
    """The add-in as a file. JukixlError where the installed xlwings is another than this was written for."""
    container = _read_container()
    parts = _read_parts(_with_vba(container, render_modules(version("xlwings"))))
    del parts["customUI/customUI.xml"]
    parts["customUI/customUI14.xml"] = render_ribbon()
    for part, edits in _EDITS.items():
        parts[part] = _edited(part, parts[part].decode(), edits).encode()
    return stored_zip(sorted(parts.items(), key=lambda part: (part[0] != _CONTENT_TYPES, part[0])))


def _read_container() -> bytes:
    spec = find_spec("xlwings")
    if spec is None or spec.origin is None:
        raise JukixlError(
            "アドインを作るには xlwings が必要です。jukixl のソースのフォルダーで"
            "「pip install .[addin]」を実行してください。"
        )
    return (Path(spec.origin).parent / _TEMPLATE).read_bytes()


def _read_parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def _with_vba(container: bytes, modules: Mapping[str, str]) -> bytes:
    """The container with our modules instead of those of xlwings."""
    from pyopenvba import ExcelFile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _TEMPLATE
        path.write_bytes(container)
        with ExcelFile(path) as file:
            project = file.vba_project()
            for name in _UPSTREAM_MODULES:
                project.delete_module(name)
            for name, source in modules.items():
                project.add_module(name, source)
            file.remove_reference(_UNUSED_REFERENCE)
            _rename_project(file, project)
            file.save()
        return path.read_bytes()


def _rename_project(file: ExcelFile, project: VBAProject) -> None:
    """Give the VBA project our name, which is written in two of its streams."""
    old = _project_name_record(project.dir_raw)
    new = struct.pack("<HI", _PROJECT_NAME_RECORD, len(PROJECT)) + PROJECT.encode("ascii")
    project.dir_raw = project.dir_raw[: old.start] + new + project.dir_raw[old.stop :]
    project.dir_modules_offset += len(new) - (old.stop - old.start)
    project.dir_structure_dirty = True
    streams = file._get_cfb()  # the only way to the PROJECT stream
    text = streams.get_stream("PROJECT").rstrip() + b"\r\n"
    streams.write_stream(
        "PROJECT", re.sub(rb'(?m)^Name="[^"\r\n]*"', b'Name="%s"' % PROJECT.encode("ascii"), text)
    )


def _project_name_record(records: bytes) -> slice:
    """Where the name lies in the dir stream, a sequence of (id: 2 bytes, size: 4 bytes, data)."""
    start = 0
    while True:
        kind, size = struct.unpack_from("<HI", records, start)
        end = start + 6 + size
        if kind == _PROJECT_NAME_RECORD:
            return slice(start, end)
        start = end


def _render_sheet() -> str:
    """Two columns of shared strings, row by row."""
    rows = (
        f'<row r="{row}"><c r="A{row}" t="s"><v>{2 * row - 2}</v></c><c r="B{row}" t="s"><v>{2 * row - 1}</v></c></row>'
        for row in range(1, len(_SHEET) + 1)
    )
    return f"<sheetData>{''.join(rows)}</sheetData>"


def _render_strings() -> str:
    texts = "".join(f"<si><t>{escape(text)}</t></si>" for pair in _SHEET.items() for text in pair)
    return f' count="{2 * len(_SHEET)}" uniqueCount="{2 * len(_SHEET)}">{texts}</sst>'


def _render_names() -> str:
    names = "".join(
        f"<definedName name=\"{key}\">'{_SHEET_NAME}'!$B${row}</definedName>"
        for row, key in enumerate(_SHEET, 1)
        if key.startswith(MESSAGE_PREFIX)
    )
    return f"<definedNames>{names}</definedNames>"


def _edited(part: str, xml: str, edits: tuple[tuple[str, str], ...]) -> str:
    """The part after every edit (pattern, replacement); each must find its text, or the container is another one."""
    for pattern, replacement in edits:
        xml, count = re.subn(pattern, lambda _, text=replacement: text, xml, flags=re.DOTALL)  # type: ignore[misc]
        if count != 1:
            message = f"xlwings {version('xlwings')} の {_TEMPLATE} の {part} が想定と違うため、アドインを作れません。"
            raise JukixlError(message)
    return xml


_EDITS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "_rels/.rels": ((r"customUI/customUI\.xml", "customUI/customUI14.xml"),),
    "xl/workbook.xml": (
        (r"<mc:AlternateContent .*?</mc:AlternateContent>", ""),  # the path on the author's disk
        (r"<definedNames />", _render_names()),
        (r'name="_myaddin\.conf"', f'name="{_SHEET_NAME}"'),
    ),
    _SHEET_PART: (
        (r"<sheetData>.*</sheetData>", _render_sheet()),
        (r'<dimension ref="A1:B13" />', f'<dimension ref="A1:B{len(_SHEET)}"/>'),
    ),
    "xl/sharedStrings.xml": ((r' count="[^>]*>.*</sst>', _render_strings()),),
    "docProps/core.xml": (
        (r"<dc:title />", "<dc:title>住基資料</dc:title>"),
        (r"<dc:creator>[^<]*<", f"<dc:creator>{PROJECT}<"),
        (r"<cp:lastModifiedBy>[^<]*<", f"<cp:lastModifiedBy>{PROJECT}<"),
        (r"2015-01-25T11:31:25Z", "1980-01-01T00:00:00Z"),
        (r"2021-01-17T20:59:55Z", "1980-01-01T00:00:00Z"),
    ),
}
"""What is changed in the parts of the container."""


def write_addin(path: Path) -> None:
    """Build the add-in and write it, wholly or not at all."""
    write_atomic(path, build_addin())
