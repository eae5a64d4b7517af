"""Faults planted into the real add-in, each found under its own code; the add-in itself has none."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openxml_audit
import pytest

from jukixl.addin.checker import ATTRIBUTES, check_addin

Parts = dict[str, bytes]
RIBBON = "customUI/customUI14.xml"
SCHEMA = "schemas_microsoft_com_office_2009_07_customui.json"
NS2006, NS2009 = b"office/2006/01/customui", b"office/2009/07/customui"


def with_parts(addin: bytes, change: Callable[[Parts], None]) -> bytes:
    """The package after a change of its parts."""
    with zipfile.ZipFile(BytesIO(addin)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    change(parts)
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return target.getvalue()


def replaced(part: str, old: bytes, new: bytes) -> Callable[[Parts], None]:
    """A change of one place in one part, which must be there."""

    def change(parts: Parts) -> None:
        assert old in parts[part], (part, old)
        parts[part] = parts[part].replace(old, new, 1)

    return change


def removed(part: str) -> Callable[[Parts], None]:
    return lambda parts: parts.update({part: b""})


def with_vba(addin: bytes, module: str, change: Callable[[str], str], folder: Path) -> bytes:
    """The add-in with another source of one VBA module."""
    from pyopenvba import ExcelFile

    path = folder / "changed.xlam"
    path.write_bytes(addin)
    with ExcelFile(path) as file:
        target = file.vba_project().get_module(module)
        changed = change(target.source)
        assert changed != target.source
        target.source, target.dirty = changed, True
        file.save()
    return path.read_bytes()


def appended(text: str) -> Callable[[str], str]:
    return lambda source: source + text.replace("\n", "\r\n")


def codes(addin: bytes) -> set[str]:
    return {finding.code.removeprefix("addin.") for finding in check_addin(addin)}


PACKAGE_FAULTS: list[tuple[str, Callable[[Parts], None], str]] = [
    ("plain macro workbook", replaced("[Content_Types].xml", b"excel.addin.macro", b"excel.sheet.macro"), "content_type"),
    ("no type for the VBA", replaced("[Content_Types].xml", b"ms-office.vbaProject", b"ms-office.other"), "content_type"),
    ("VBA not named", replaced("xl/_rels/workbook.xml.rels", b"relationships/vbaProject", b"relationships/other"), "vba_missing"),
    ("ribbon not named", replaced("_rels/.rels", b"/ui/extensibility", b"/ui/other"), "ribbon_missing"),
    ("namespace of 2006", replaced(RIBBON, NS2009, NS2006), "namespace"),
    ("relationship of 2006", replaced("_rels/.rels", b"office/2007/rel", b"office/2006/rel"), "namespace"),
    ("ribbon lost", removed(RIBBON), "xml"),
    ("ribbon damaged", replaced(RIBBON, b"</tab>", b""), "xml"),
    ("unknown element", replaced(RIBBON, b"</group>", b"<bouton/></group>"), "element"),
    ("attribute misspelt", replaced(RIBBON, b"supertip=", b"superTip="), "attribute"),
    ("attribute of another element", replaced(RIBBON, b"<tab ", b'<tab size="large" '), "attribute"),
    ("id twice", replaced(RIBBON, b'id="jukixl_collect"', b'id="jukixl_distribute"'), "duplicate_id"),
    ("id with code", replaced(RIBBON, b'id="jukixl_collect"', b'id="x\')"'), "id"),
    ("group without id", replaced(RIBBON, b'id="jukixl_group_year" ', b""), "id"),
    ("button lost", replaced(RIBBON, b'id="jukixl_collect"', b'id="jukixl_kollect"'), "button_missing"),
    ("button of no command", replaced(RIBBON, b'id="jukixl_collect"', b'id="jukixl_kollect"'), "button_unknown"),
    ("unknown picture", replaced(RIBBON, b'"ImportExcel"', b'"ImportExcels"'), "image"),
    ("no picture", replaced(RIBBON, b'imageMso="ImportExcel" ', b""), "image"),
    ("callback of no Sub", replaced(RIBBON, b"Ribbon.Jukixl_OnAction", b"Ribbon.Jukixl_OnPress"), "callback"),
    ("callback in another module", replaced(RIBBON, b"JukixlRibbon.J", b"JukixlPython.J"), "callback"),
    ("callback is a Function", replaced(RIBBON, b"JukixlRibbon.Jukixl_OnAction", b"JukixlFunctions.JK_NENDO"), "callback"),
    ("callback without module", replaced(RIBBON, b"JukixlRibbon.Jukixl_OnAction", b"Jukixl_OnAction"), "callback_unqualified"),
    ("callback with other arguments", replaced(RIBBON, b"JukixlRibbon.Jukixl_OnAction", b"JukixlPython.RunPython"), "callback_argument"),
    ("no callback", replaced(RIBBON, b' onAction="JukixlRibbon.Jukixl_OnAction"', b""), "callback"),
    ("author's name", replaced("docProps/core.xml", b"<dc:creator>jukixl", b"<dc:creator>Felix"), "author"),
    ("author's folder", replaced("xl/workbook.xml", b"<sheets>", b"<!-- absPath --><sheets>"), "author"),
]  # fmt: skip

PYTHON = "JukixlPython"
VBA_FAULTS: list[tuple[str, str, Callable[[str], str], str]] = [
    ("not ASCII", "JukixlRibbon", appended("' \xe9\n"), "vba_ascii"),
    ("Japanese lost", "JukixlRibbon", appended("' ?????\n"), "vba_ascii"),
    ("lines of Unix", "JukixlRibbon", lambda source: source.replace("\r\n", "\n"), "vba_lines"),
    ("second callback", PYTHON, appended("Public Sub Jukixl_OnAction(control As IRibbonControl)\nEnd Sub\n"), "callback"),
    ("configuration from the active workbook", PYTHON, lambda source: source.replace(
        "path = Environ$(\"APPDATA\")", "path = ActiveWorkbook.Path"), "reads_book"),
    ("configuration from a sheet", PYTHON, appended(
        "Function GetConfig(key As String)\n    GetConfig = ThisWorkbook.Sheets(1).Range(\"B1\")\nEnd Function\n"), "reads_book"),
    ("workbook handed to Python", PYTHON, lambda source: source.replace("arguments, Nothing,", "arguments, ActiveWorkbook,"), "reads_book"),
    ("RunPython unqualified", "JukixlRibbon", lambda source: source.replace("JukixlPython.RunPython", "RunPython"), "call_unqualified"),
    ("runs at start", "ThisWorkbook", appended("Private Sub Workbook_Open()\nEnd Sub\n"), "automatic"),
    ("runs when added", PYTHON, appended("Sub Auto_Open()\nEnd Sub\n"), "automatic"),
    ("command shell", PYTHON, lambda source: source.replace("PythonCommand = QUOTE", 'PythonCommand = "cmd.exe /C " & QUOTE'), "shell"),
    ("paid part", PYTHON, appended("Const K = \"import xlwings.pro\"\n"), "paid_part"),
    ("licence key", PYTHON, appended("Const K = \"LICENSE_KEY\"\n"), "paid_part"),
]  # fmt: skip


def test_the_addin_has_no_fault(addin: bytes) -> None:
    assert check_addin(addin) == []


@pytest.mark.parametrize(
    ("fault", "change", "code"), PACKAGE_FAULTS, ids=[fault for fault, _, _ in PACKAGE_FAULTS]
)
def test_a_fault_of_the_package_is_found(
    addin: bytes, fault: str, change: Callable[[Parts], None], code: str
) -> None:
    assert code in codes(with_parts(addin, change)), fault


@pytest.mark.parametrize(
    ("fault", "module", "change", "code"), VBA_FAULTS, ids=[fault for fault, *_ in VBA_FAULTS]
)
def test_a_fault_of_the_vba_is_found(
    addin: bytes, fault: str, module: str, change: Callable[[str], str], code: str, tmp_path: Path
) -> None:
    assert codes(with_vba(addin, module, change, tmp_path)) == {code}, fault


def test_the_author_s_folder_among_the_references_is_found(addin: bytes, tmp_path: Path) -> None:
    from pyopenvba import ExcelFile

    path = tmp_path / "changed.xlam"
    path.write_bytes(addin)
    with ExcelFile(path) as file:
        file.add_reference(
            "Other", "{0A322D97-3EB1-4A1B-B6B9-11AD3C432547}", path="C:\\Users\\someone\\other.exd"
        )
        file.save()
    assert codes(path.read_bytes()) == {"author"}


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04"])
def test_what_is_no_package_is_one_finding(data: bytes) -> None:
    assert codes(data) == {"package"}


def test_an_addin_without_vba_is_one_finding(addin: bytes) -> None:
    assert codes(with_parts(addin, removed("xl/vbaProject.bin"))) == {"package"}


def test_a_finding_names_the_part_and_says_what_is_wrong(addin: bytes) -> None:
    (finding,) = check_addin(with_parts(addin, replaced(RIBBON, b'"ImportExcel"', b'"ImportExcels"')))
    assert finding.sheet == RIBBON
    assert "ImportExcels" in finding.message
    assert "jukixl_collect" in finding.message


def test_the_allowed_attributes_are_those_of_office_s_schema() -> None:
    folder = Path(openxml_audit.__file__).parent / "data" / "openxml" / "schemas"
    types = {one["Name"]: one for one in json.loads((folder / SCHEMA).read_text())["Types"]}
    kinds = {
        "customUI": "CustomUI",
        "ribbon": "Ribbon",
        "tabs": "Tabs",
        "tab": "Tab",
        "group": "Group",
        "button": "Button",
    }
    for element, kind in kinds.items():
        schema = types[f"mso14:CT_{kind}/mso14:{element}"]
        assert {one["QName"].lstrip(":") for one in schema.get("Attributes", ())} == ATTRIBUTES[element]
