"""The ribbon: one tab from the registry of commands, as the part customUI14.xml that Excel reads from the add-in."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from xml.sax.saxutils import quoteattr

from jukixl.commands.registry import COMMANDS, Command, Group

TAB = "住基資料"
CALLBACK = "JukixlRibbon.Jukixl_OnAction"
"""The macro behind every button. Named with its module, so that one of that name in another workbook isn't taken."""

NAMESPACE = "http://schemas.microsoft.com/office/2009/07/customui"

# From Microsoft's lists of built-in controls ("Office Fluent UI command identifiers"), where each is a button of
# Excel, Word or Access in every edition from Office 2013 on. Pictures of all Office programs show in Excel.
KNOWN_IMAGES = frozenset(
    {
        "ApplicationOptionsDialog",
        "CalculateFull",
        "CalculateNow",
        "Consolidate",
        "ControlProperties",
        "CreateReport",
        "DataFormExcel",
        "DataValidation",
        "ErrorChecking",
        "FileDocumentInspect",
        "FileEmailAsPdfEmailAttachment",
        "FileNew",
        "FileOpen",
        "FilePrint",
        "FileSave",
        "FileSaveAs",
        "FileSaveAsExcelXlsx",
        "FileSaveAsPdfOrXps",
        "FileSaveAsWordDocx",
        "FileSendAsAttachment",
        "FileWorkflowTasks",
        "FilterReapply",
        "FindDialog",
        "FormulaEvaluate",
        "Help",
        "HyperlinkEdit",
        "ImportExcel",
        "ImportTextFile",
        "NameDefine",
        "NameManager",
        "PivotTableReport",
        "Refresh",
        "RefreshAll",
        "RemoveDuplicates",
        "ReviewAcceptChange",
        "ReviewCompareMajorVersion",
        "ReviewCompareTwoVersions",
        "ReviewEditComment",
        "ReviewNewComment",
        "ReviewNextComment",
        "ReviewRejectChange",
        "ReviewShowOrHideComment",
        "SheetProtect",
        "SlicerInsert",
        "SortDialog",
        "Spelling",
        "TableInsertExcel",
        "TraceError",
        "TracePrecedents",
        "WindowNew",
    }
)
"""Names of pictures (imageMso) that Excel is known to have; an unknown one leaves a button without picture."""


def iter_buttons(commands: Iterable[Command] = COMMANDS) -> Iterable[Command]:
    """The commands with a button, in the order of the groups."""
    order = list(Group)
    return sorted(
        (command for command in commands if command.icon), key=lambda command: order.index(command.group)
    )


def render_ribbon(commands: Iterable[Command] = COMMANDS) -> bytes:
    """The part's XML, UTF-8 with one element a line."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
        f'<customUI xmlns="{NAMESPACE}">',
        f"<ribbon><tabs><tab{_attributes(id='jukixl_tab', label=TAB)}>",
    ]
    for group, members in groupby(iter_buttons(commands), key=lambda command: command.group):
        lines.append(f"<group{_attributes(id=f'jukixl_group_{group.name.lower()}', label=group.value)}>")
        lines += [_render_button(command) for command in members]
        lines.append("</group>")
    lines.append("</tab></tabs></ribbon></customUI>")
    return ("\n".join(lines) + "\n").encode()


def _render_button(command: Command) -> str:
    attributes = _attributes(
        id=command.control,
        label=command.label,
        size="large",
        imageMso=command.icon or "",
        screentip=command.label,
        supertip=f"{command.help} {command.writes}",
        onAction=CALLBACK,
    )
    return f"<button{attributes}/>"


def _attributes(**values: str) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in values.items())
