"""What must hold of an add-in file, and no other program checks: the ribbon fits the VBA, and nothing reads a workbook.

Each check yields findings; `sheet` of a finding is the part or the VBA module it is about.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lxml import etree

from jukixl.addin.opened import AddinFile, read_addin
from jukixl.addin.ribbon import KNOWN_IMAGES, NAMESPACE, iter_buttons
from jukixl.findings import Finding, Severity

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_CONTENT_TYPES = "[Content_Types].xml"
_RELATIONSHIPS = "_rels/.rels"
_WORKBOOK_RELATIONSHIPS = "xl/_rels/workbook.xml.rels"
_TYPES = {
    "/xl/workbook.xml": "application/vnd.ms-excel.addin.macroEnabled.main+xml",
    "/xl/vbaProject.bin": "application/vnd.ms-office.vbaProject",
}
_VBA_RELATIONSHIP = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
_RIBBON_RELATIONSHIP = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
_ANY_RIBBON = "/relationships/ui/extensibility"

# [MS-CUSTOMUI2] 2.2, the elements that the ribbon is made of.
_SHARED = "id idQ tag insertAfterMso insertBeforeMso insertAfterQ insertBeforeQ label getLabel keytip getKeytip visible getVisible"
_PICTURED = "idMso image imageMso getImage screentip getScreentip supertip getSupertip"
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "customUI": frozenset({"onLoad", "loadImage"}),
    "ribbon": frozenset({"startFromScratch"}),
    "tabs": frozenset(),
    "tab": frozenset(f"{_SHARED} idMso".split()),
    "group": frozenset(f"{_SHARED} {_PICTURED} centerVertically autoScale".split()),
    "button": frozenset(
        f"{_SHARED} {_PICTURED} size getSize description getDescription enabled getEnabled onAction"
        " showImage getShowImage showLabel getShowLabel".split()
    ),
}
"""What Excel allows on each element; it drops the whole ribbon, without a word, for one attribute more."""

_BOOK_WORDS = re.compile(
    r"\b(ActiveWorkbook|ActiveSheet|ThisWorkbook|Workbooks|Worksheets|Sheets|Names|Range|Cells)\b",
    re.IGNORECASE,
)
_MAY_NAME_BOOK = {"messagetext": {"thisworkbook", "names"}}
"""The procedure that may look at a workbook, and how: it reads the add-in's own texts."""

_AUTOMATIC = re.compile(r"^(Auto_|Workbook_|Worksheet_|App_)", re.IGNORECASE)
_UPSTREAM = re.compile(r"felix|zumstein|absPath|C:\\Users\\", re.IGNORECASE)
_PAID = re.compile(r"xlwings\.pro\b|LICENSE_KEY", re.IGNORECASE)
_SHELL = re.compile(r"\bcmd(\.exe)?\b|powershell|\bpushd\b", re.IGNORECASE)
_PLAIN_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def check_addin(data: bytes) -> list[Finding]:
    """Every fault of an add-in; empty for one that is as it should be."""
    try:
        addin = read_addin(data)
    except (zipfile.BadZipFile, ValueError, KeyError) as error:
        return [_finding("package", f"アドインとして読めません（{error}）。作り直してください。")]
    findings = [finding for check in _CHECKS for finding in check(addin)]
    return list(dict.fromkeys(findings))


def _finding(code: str, message: str, part: str | None = None, **more: str) -> Finding:
    return Finding(f"addin.{code}", Severity.ERROR, message, part, **more)


def _xml(addin: AddinFile, part: str) -> Element | None:
    """A part's XML; None where it is missing or damaged, which `check_xml` reports."""
    try:
        return etree.fromstring(addin.parts[part])
    except (KeyError, etree.XMLSyntaxError):
        return None


def _ribbons(addin: AddinFile) -> Iterator[tuple[str, str, Element | None]]:
    """(type of relationship, part, XML) of every ribbon that the package names."""
    relationships = _xml(addin, _RELATIONSHIPS)
    for one in relationships if relationships is not None else ():
        kind, part = str(one.get("Type")), str(one.get("Target")).lstrip("/")
        if kind.endswith(_ANY_RIBBON):
            yield kind, part, _xml(addin, part)


def _controls(addin: AddinFile) -> Iterator[tuple[str, str, Element]]:
    """(part, name without namespace, element) of every element of the ribbons."""
    for _, part, root in _ribbons(addin):
        for element in root.iter(etree.Element) if root is not None else ():
            yield part, etree.QName(element).localname, element


def check_xml(addin: AddinFile) -> Iterator[Finding]:
    """The parts that everything hangs on are there and well-formed."""
    ribbons = [part for _, part, _ in _ribbons(addin)]
    for part in (_CONTENT_TYPES, _RELATIONSHIPS, _WORKBOOK_RELATIONSHIPS, *ribbons):
        if _xml(addin, part) is None:
            yield _finding("xml", "ないか、XML として読めません。", part)
    if not ribbons:
        yield _finding("ribbon_missing", "リボンへの関連付けがありません。", _RELATIONSHIPS)


def check_content_types(addin: AddinFile) -> Iterator[Finding]:
    """Excel takes the file for an add-in, and its project for VBA."""
    root = _xml(addin, _CONTENT_TYPES)
    found = {e.get("PartName"): e.get("ContentType") for e in root} if root is not None else {}
    for part, wanted in _TYPES.items():
        if found.get(part) != wanted:
            actual = str(found.get(part))
            yield _finding(
                "content_type", f"{part} の種類が違います。", _CONTENT_TYPES, expected=wanted, actual=actual
            )


def check_relationships(addin: AddinFile) -> Iterator[Finding]:
    """The workbook names its VBA project; the ribbon's namespace belongs to its relationship."""
    root = _xml(addin, _WORKBOOK_RELATIONSHIPS)
    if root is not None and not any(e.get("Type") == _VBA_RELATIONSHIP for e in root):
        yield _finding("vba_missing", "VBA への関連付けがありません。", _WORKBOOK_RELATIONSHIPS)
    for kind, part, ribbon in _ribbons(addin):
        namespace = etree.QName(ribbon).namespace if ribbon is not None else NAMESPACE
        if (kind, namespace) != (_RIBBON_RELATIONSHIP, NAMESPACE):
            message = "リボンの名前空間と関連付けの組が違い、Excel はこのリボンを表示しません。"
            yield _finding("namespace", message, part, expected=NAMESPACE, actual=str(namespace))


def check_elements(addin: AddinFile) -> Iterator[Finding]:
    """Only elements and attributes that Excel knows."""
    for part, tag, element in _controls(addin):
        if tag not in ATTRIBUTES:
            yield _finding("element", f"要素「{tag}」は使えません。", part)
            continue
        for name in element.attrib:
            if name not in ATTRIBUTES[tag]:
                yield _finding("attribute", f"要素「{tag}」に属性「{name!s}」は付けられません。", part)


def check_ids(addin: AddinFile) -> Iterator[Finding]:
    """Every id is there, plain and used once."""
    ids = [(part, str(e.get("id"))) for part, tag, e in _controls(addin) if tag in ("tab", "group", "button")]
    for (part, wanted), count in Counter(ids).items():
        if not _PLAIN_ID.fullmatch(wanted) or wanted == "None":
            yield _finding("id", f"id「{wanted}」は英数字と _ だけの名前ではありません。", part)
        if count > 1:
            yield _finding("duplicate_id", f"id「{wanted}」が {count} 回使われています。", part)


def check_buttons(addin: AddinFile) -> Iterator[Finding]:
    """There is exactly one button for every command that has one."""
    wanted = {command.control for command in iter_buttons()}
    found = {str(e.get("id")): part for part, tag, e in _controls(addin) if tag == "button"}
    for control in sorted(wanted - found.keys()):
        yield _finding("button_missing", f"ボタン「{control}」がありません。")
    for control in sorted(found.keys() - wanted):
        yield _finding(
            "button_unknown", f"ボタン「{control}」に対応するコマンドがありません。", found[control]
        )


def check_images(addin: AddinFile) -> Iterator[Finding]:
    """Every button's picture is one that Excel is known to have."""
    for part, tag, element in _controls(addin):
        image = element.get("imageMso")
        if tag == "button" and image not in KNOWN_IMAGES:
            yield _finding(
                "image",
                f"ボタン「{element.get('id')!s}」の絵「{image!s}」は Excel にあるか分かりません。",
                part,
            )


def check_callbacks(addin: AddinFile) -> Iterator[Finding]:
    """Every callback is named with its module, and is exactly one Sub that takes the control."""
    for part, tag, element in _controls(addin):
        action = element.get("onAction")
        if tag == "button" and not action:
            yield _finding("callback", f"ボタン「{element.get('id')!s}」にマクロがありません。", part)
        elif action:
            yield from _check_callback(addin, part, str(action))


def _check_callback(addin: AddinFile, part: str, action: str) -> Iterator[Finding]:
    module, dot, name = action.rpartition(".")
    subs = [p for p in addin.procedures if p.is_sub and p.name.lower() == name.lower()]
    if not dot:
        yield _finding(
            "callback_unqualified",
            f"「{action}」にモジュール名がなく、他のブックの同名のマクロが動くおそれがあります。",
            part,
        )
    if len(subs) != 1 or (dot and subs[0].module.lower() != module.lower()):
        yield _finding("callback", f"「{action}」という Sub が一つに決まりません（{len(subs)} 件）。", part)
    elif subs[0].types != ("IRibbonControl",):
        shown = ", ".join(subs[0].types)
        yield _finding(
            "callback_argument",
            f"「{action}」の引数が違います。",
            part,
            expected="IRibbonControl",
            actual=shown,
        )


def check_vba_text(addin: AddinFile) -> Iterator[Finding]:
    """The VBA is ASCII: anything else is lost or changes with the PC's language."""
    for module, source in addin.modules.items():
        if not source.isascii() or "???" in source:
            yield _finding("vba_ascii", "VBA に ASCII でない文字か、失われた文字があります。", module)
        if "\n" in source.replace("\r\n", ""):
            yield _finding("vba_lines", "VBA の改行が CRLF ではありません。", module)


def check_books(addin: AddinFile) -> Iterator[Finding]:
    """No procedure looks at a workbook, but for the one that must; so none can choose the interpreter or hand in code."""
    for procedure in addin.procedures:
        found = {match[1].lower() for match in _BOOK_WORDS.finditer(procedure.body)}
        if not found <= _MAY_NAME_BOOK.get(procedure.name.lower(), set()):
            yield _finding(
                "reads_book",
                f"{procedure.name} がブックを参照しています。設定は利用者のフォルダーからだけ読みます。",
                procedure.module,
            )


def check_calls(addin: AddinFile) -> Iterator[Finding]:
    """Python is started by our own procedure, named with its module, and nothing starts by itself."""
    for procedure in addin.procedures:
        if re.search(r"(?<![\w.])RunPython\b", procedure.body):
            yield _finding(
                "call_unqualified",
                f"{procedure.name} が RunPython をモジュール名なしで呼んでいます。",
                procedure.module,
            )
        if _AUTOMATIC.match(procedure.name):
            yield _finding(
                "automatic", f"{procedure.name} は Excel が自動で実行するマクロです。", procedure.module
            )


def check_words(addin: AddinFile) -> Iterator[Finding]:
    """Nothing of the container's author, of the paid part of xlwings, of a command shell."""
    texts = {
        part: data.decode("utf-8", "replace")
        for part, data in addin.parts.items()
        if part.endswith((".xml", ".rels"))
    }
    for place, text in (*texts.items(), *addin.modules.items(), ("VBA", addin.project)):
        if _UPSTREAM.search(text):
            yield _finding("author", "元のアドインの作者の名前かフォルダーが残っています。", place)
        if _PAID.search(text):
            yield _finding("paid_part", "xlwings の有償部分を参照しています。", place)
    for module, source in addin.modules.items():
        code = re.sub(r"'[^\r\n]*", "", source)
        if _SHELL.search(code):
            yield _finding("shell", "コマンド シェルを起動しています。Python は直接起動します。", module)


_CHECKS = (
    check_xml,
    check_content_types,
    check_relationships,
    check_elements,
    check_ids,
    check_buttons,
    check_images,
    check_callbacks,
    check_vba_text,
    check_books,
    check_calls,
    check_words,
)
