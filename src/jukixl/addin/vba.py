"""The VBA of the add-in: the text sources of this folder filled in, and the functions of cells.

Everything is ASCII: a VBA project is stored in one Windows code page, and what that lacks is lost without a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

from jukixl.errors import JukixlError
from jukixl.folders import CONFIG_FILE
from jukixl.workbook.functions import DECLARATIONS, Declaration

PROJECT = "jukixl"
DISPATCHER = "jukixl.addin.dispatcher"
ENGINE = "jukixl.addin.engine"
UDF_MODULE = "jukixl.addin.wrappers"

MESSAGE_PREFIX = "message."
MESSAGES: Mapping[str, str] = {
    "Title": "住基資料",
    "NoInterpreter": (
        "住基資料の Python が見つからないため、実行できません。"
        "導入手順書の install.cmd をもう一度実行してから、Excel を起動し直してください。"
    ),
    "PythonFailed": (
        "住基資料の Python が正しく終了しませんでした。"
        "Excel を起動し直しても続くときは、コマンド「jukixl doctor」の結果を担当者に見せてください。"
    ),
}
"""What VBA itself tells staff, by the last part of the name of the cell where it finds it."""

_PLACEHOLDER = re.compile(r"\$\{([A-Z0-9_]+)\}")


def render_modules(xlwings_version: str) -> dict[str, str]:
    """Name → source of every module, with CRLF; `xlwings_version` names the library that computes cells."""
    values = {
        "PROJECT": PROJECT,
        "CONFIG_FILE": CONFIG_FILE,
        "DISPATCHER": DISPATCHER,
        "ENGINE": ENGINE,
        "UDF_MODULE": UDF_MODULE,
        "XLWINGS": xlwings_version,
        "DLL32": f"xlwings32-{xlwings_version}.dll",
        "DLL64": f"xlwings64-{xlwings_version}.dll",
    }
    sources = {name: _filled(_read_source(name), values) for name in ("JukixlRibbon", "JukixlPython")}
    sources["JukixlFunctions"] = _render_functions()
    return {name: _as_vba(name, source) for name, source in sources.items()}


def _read_source(name: str) -> str:
    return (files("jukixl.addin") / "vba" / f"{name}.bas").read_text(encoding="utf-8")


def _filled(source: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match[1]], source)


def _as_vba(name: str, source: str) -> str:
    if not source.isascii():
        odd = next(character for character in source if not character.isascii())
        raise JukixlError(
            f"VBA のモジュール「{name}」に ASCII でない文字「{odd}」があります。文字コードで書いてください。"
        )
    return source.replace("\r\n", "\n").replace("\n", "\r\n")


def _render_functions() -> str:
    head = 'Attribute VB_Name = "JukixlFunctions"\nOption Explicit\n\n\' The functions of cells.\n'
    return head + "".join(_render_function(declaration) for declaration in DECLARATIONS)


def _render_function(declaration: Declaration) -> str:
    name, parameters = declaration.name, declaration.parameters
    signature = ", ".join(f"{'Optional ' * p.optional}{p.name} As Variant" for p in parameters)
    arguments = ", ".join(parameter.name for parameter in parameters)
    if declaration.reads_book:
        arguments += ", Nothing"  # where xlwings puts the calling cell
    # What it reads isn't among its arguments, so Excel doesn't know when to compute it again.
    volatile = "    Application.Volatile\n" if declaration.reads_book else ""
    return (
        f"\nPublic Function {name}({signature}) As Variant\n"
        f'Attribute {name}.VB_Description = "{declaration.summary}"\n'
        f"{volatile}"
        f'    {name} = JukixlPython.CallUdf("{name}", Array({arguments}))\n'
        "End Function\n"
    )
