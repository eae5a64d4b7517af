"""Formulas of which the recalculation engine's value can't be compared: those that it (formualizer 0.13) is known to get
wrong, some of them without an error, and those that have another value every time.

Their cached values are left as Excel stored them, and what depends on them is computed from those.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

# Compiled when first needed: the formulas of most workbooks are found harmless without them.
_TEXT = r'"(?:[^"]|"")*"'
_QUOTED_SHEET = r"'(?:[^']|'')*'"
_CALL = r"(?<![\w.])(?:\[\d+\]!|_xll\.|_xludf\.|_xlfn\.|_xlws\.)*([^\W\d][\w.]*)\("
_EXTERNAL_CALL = r"\[\d+\]!([^\W\d][\w.]*)\("
_EXTERNAL_REFERENCE = r"\[\d+\][^!\[\]]*!(?![^\W\d][\w.]*\()"
_THREE_D = r"(?:'(?:[^']|'')+:(?:[^']|'')+'|(?<![\w.$!])[^\W\d][\w.]*:[^\W\d][\w.]*)!"
# 元号 (g), 和暦年 (e), 曜日 (aaa), 漢数字 (DBNum) and locale codes of a number format
_JAPANESE_FORMAT = r"(?i)g|(?<![0#?.])e|aaa|\[DBNum|\[\$"
_LITERAL_IN_FORMAT = r'""[^"]*""|\\.'
_MISSING = frozenset(
    {"JIS", "DBCS", "DATESTRING", "NUMBERSTRING", "PHONETIC", "CUBEVALUE", "WEBSERVICE", "RTD"}
)
_CHANGING = frozenset({"NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY"})
_SPILLED = "ANCHORARRAY"  # G4# in a file
_NUMBERING = frozenset({"ROW", "COLUMN"})
_NUMBERS_OF_RANGE = r"\b(?:ROW|COLUMN)\([^()]*:[^()]*\)"  # the engine takes the first of them for all
_CRITERIA = frozenset(
    {"COUNTIF", "COUNTIFS", "SUMIF", "SUMIFS", "AVERAGEIF", "AVERAGEIFS", "MAXIFS", "MINIFS"}
)
_RISKY = tuple(
    f"{name}(".encode()
    for name in (*_MISSING, *_CHANGING, *_CRITERIA, *_NUMBERING, _SPILLED, "TEXT", "VALUE")
)


def find_unsupported(formula: str, functions: Collection[str] = ()) -> str | None:
    """Why the engine's value of a formula (without `=`) cannot be trusted; None when nothing is known against it.

    `functions` are the functions registered with the engine, in capitals: what they replace is supported. The reason is
    Japanese, for staff.
    """
    if not formula:
        return "データテーブル(What-If分析)は再計算できません"
    bare = re.sub(_TEXT, '""', formula)
    called, has_brackets = _calls_in(bare), "[" in bare
    unknown = called & _MISSING - set(functions)
    if unknown:
        return f"{'、'.join(sorted(unknown))} 関数は再計算できません"
    if called & _NUMBERING and re.search(_NUMBERS_OF_RANGE, bare, re.IGNORECASE):
        return "範囲の行番号・列番号(ROW(A1:A9) など)は再計算できません"
    if _SPILLED in called:
        return "複数のセルにわたる結果への参照(G4# など)は再計算できません"
    if changing := called & _CHANGING:
        return f"{'、'.join(sorted(changing))} 関数の値は開くたびに変わります"
    if has_brackets and any(name.upper() not in functions for name in re.findall(_EXTERNAL_CALL, bare)):
        return "アドインの関数は再計算できません"
    if has_brackets and re.search(_EXTERNAL_REFERENCE, bare):
        return "ほかのブックへの参照は再計算できません"
    if re.search(_THREE_D, bare):
        return "複数シートにまたがる参照(3-D参照)は再計算できません"
    return _find_wrong_argument(formula, called - set(functions))


def find_suspects(formulas: Iterable[str]) -> set[str]:
    """The formulas among many of which `find_unsupported` may say anything: it needn't be asked of the others."""
    texts = list(formulas)
    # Told without taking them apart, in bytes, of which capitals are made quickly, and all at once: one by one takes
    # longer than the rest of the work.
    capitals = "\0".join(texts).encode(errors="replace").upper()
    formulas_in_capitals = list(zip(texts, capitals.split(b"\0"), strict=True))
    suspects = {
        text
        for text, form in formulas_in_capitals
        if not form or b"[" in form or (b":" in form and b"!" in form)
    }
    for call in _RISKY:
        if capitals.rfind(call) >= 0:  # in two thirds of the time that `in` takes
            suspects |= {text for text, form in formulas_in_capitals if call in form}
    return suspects


def _find_wrong_argument(formula: str, called: set[str]) -> str | None:
    """Functions that are right for some arguments only, judged by the text constants of the formula."""
    constants = [text[1:-1] for text in re.findall(_TEXT, formula)]
    reason = _find_wrong_format(constants) if "TEXT" in called else None
    if reason:
        return reason
    if called & _CRITERIA and any("?" in text for text in constants):
        return "条件の「?」は日本語の文字に一致しません"
    if "VALUE" in called:
        return "VALUE 関数は桁区切りや全角の数字を読み取れません"
    return None


def _find_wrong_format(constants: list[str]) -> str | None:
    """A format of TEXT among the constants that the engine doesn't know. It doesn't fail there: it returns the number."""
    if not constants:
        return "TEXT 関数の書式がセルにあるため、正しさを確かめられません"
    if any(re.search(_JAPANESE_FORMAT, re.sub(_LITERAL_IN_FORMAT, "", text)) for text in constants):
        return "TEXT 関数の和暦・曜日・漢数字の書式は再計算できません"
    return None


def find_calls(formula: str) -> set[str]:
    """The names, in capitals, of the functions that a formula calls."""
    return _calls_in(re.sub(_TEXT, '""', formula))


def _calls_in(bare: str) -> set[str]:
    """The same of a formula without its texts."""
    return {name.upper() for name in re.findall(_CALL, re.sub(_QUOTED_SHEET, "''", bare))}
