"""Recalculation without Excel: the values of a workbook's formulas, by formualizer, in process.

The engine loads the file as it is; nothing is rebuilt. A formula that it is known to get wrong (`unsupported`) counts as
the value that Excel cached, so that what depends on it stays right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from jukixl.errors import InputError, Place, Problem
from jukixl.workbook.addresses import split_a1
from jukixl.workbook.cells import Cell, CellError, CellValue
from jukixl.workbook.edits import Key, apply_edits
from jukixl.workbook.package import Package
from jukixl.workbook.scan import decode_references
from jukixl.workbook.snapshot import Snapshot, read_snapshot
from jukixl.workbook.unsupported import find_calls, find_suspects, find_unsupported

if TYPE_CHECKING:
    from formualizer import Workbook

    from jukixl.workbook.own_functions import OwnFunctions

__all__ = ["Function", "Recalculation", "evaluate", "fill_caches", "find_unsupported", "recalculate"]

Function = Callable[..., object]
"""A user-defined function: gets numbers (dates as serial numbers) as float, text, bool, None for a blank, a range as a
list of rows; returns a number, text, bool, None, an error value or a list of rows. It is not called when an argument
is an error; one among the cells of a range is a `CellError`."""

_ERRORS = {
    "Calc": "#CALC!",
    "Div": "#DIV/0!",
    "Na": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Spill": "#SPILL!",
    "Value": "#VALUE!",
}
_NAME = CellError("#NAME?")
_SPILL = CellError("#SPILL!")
_SPILLED = "結果が複数のセルにわたる数式は再計算できません"
_OWN_PREFIX = "jk_"  # of the functions of functions.py, which are loaded only where one is called
_UNRELIABLE = "循環参照か、再計算できない数式または名前を使っています"
_EXACT = 2**53  # integers below have exactly one double
_KINDS = {code: kind for kind, code in _ERRORS.items()}
_ADDIN_PREFIX = r"(?:\[\d+\]!|_xll\.|_xludf\.)+(?=[^\W\d][\w.]*\()"
_DEFINED_NAME = (
    rb"""<((?:\w+:)?)definedName\s[^>]*?(?<=\s)name\s*=\s*["']([^"']*)["'][^>]*>[^<]*</\1definedName>"""
)
_NOT_IN_NAMES = b"\t\n\r !\"#$%&'()*+,-/:;<=>@[]^`{|}~"
_TO_SPACES = bytes.maketrans(_NOT_IN_NAMES, b" " * len(_NOT_IN_NAMES))


class Recalculation(Struct, frozen=True):
    """`values` of the formula cells that were computed; the others with the reason (Japanese) in `not_computed`."""

    values: dict[Key, CellValue]
    not_computed: dict[Key, str]


def recalculate(
    source: Package | bytes, snapshot: Snapshot, functions: Mapping[str, Function] | None = None
) -> dict[Key, CellValue]:
    """(sheet, A1) → value of every formula cell that the engine computes rightly; see `evaluate`."""
    return evaluate(source, snapshot, functions).values


def fill_caches(package: Package, functions: Mapping[str, Function] | None = None) -> Package:
    """The package with the cached values of its formulas filled in, as after a first save by Excel."""
    snapshot = read_snapshot(package)
    return apply_edits(package, (), recalculate(package, snapshot, functions), snapshot=snapshot)


def evaluate(
    source: Package | bytes, snapshot: Snapshot, functions: Mapping[str, Function] | None = None
) -> Recalculation:
    """Compute all formulas of a workbook.

    `snapshot`, of all sheets, tells the formulas and their cached values; it may be older than `source` as long as
    only inputs changed since. Our own functions (JK_WAREKI and so on) are known; `functions` are more, by
    name (case doesn't matter); with the name of a built-in one they replace it. Empty text is "", never None.
    `InputError` when the engine cannot load the workbook.
    """
    formulas = snapshot.formulas
    if not formulas:
        return Recalculation({}, {})
    texts = {cell.formula or "" for cell in formulas.values()}
    words = "\n".join(texts).lower()
    own = _own_functions(snapshot) if _OWN_PREFIX in words else None
    known = dict(own.by_name if own else {}) | {name.upper(): one for name, one in (functions or {}).items()}
    not_computed = _find_known_differences(formulas, known)
    engine = _Engine(_load(source, snapshot, words), known)
    engine.strip_prefixes(formulas)
    values = engine.compute(formulas, not_computed)
    unknown = engine.find_unknown_calls(formulas, values) | _find_spilled(formulas, values)
    if unknown:  # rare: once more, with these at the values they had
        not_computed |= unknown
        values = engine.compute(formulas, not_computed)
    if own:
        values, unsettled = own.settle(values, lambda: engine.compute(formulas, not_computed))
        not_computed |= dict.fromkeys(unsettled, _UNRELIABLE)
    not_computed |= {key: _UNRELIABLE for key, value in values.items() if value is None or value == _NAME}
    return Recalculation({key: v for key, v in values.items() if key not in not_computed}, not_computed)


def _own_functions(snapshot: Snapshot) -> OwnFunctions:
    from jukixl.workbook.own_functions import OwnFunctions

    return OwnFunctions(snapshot)


def _find_known_differences(formulas: Mapping[Key, Cell], known: Mapping[str, Function]) -> dict[Key, str]:
    """The formulas not to be computed by what their text alone tells, with the reason."""
    suspects = find_suspects({cell.formula or "" for cell in formulas.values()})
    reasons = (
        (key, find_unsupported(cell.formula or "", known))
        for key, cell in formulas.items()
        if (cell.formula or "") in suspects
    )
    return {key: reason for key, reason in reasons if reason}


def _find_spilled(formulas: Mapping[Key, Cell], values: Mapping[Key, CellValue]) -> dict[Key, str]:
    """Results over several cells: the others hold it as if it had been typed, and the engine finds them in the way."""
    return {
        key: _SPILLED for key, value in values.items() if value == _SPILL and formulas[key].value != _SPILL
    }


class _Engine:
    """One loaded workbook with its user-defined functions."""

    def __init__(self, workbook: Workbook, functions: Mapping[str, Function]) -> None:
        self._workbook = workbook
        self._functions = functions
        for name, function in functions.items():
            # Volatile: what a function gives may depend on more than its arguments.
            workbook.register_function(
                name, _adapt(function), min_args=0, volatile=True, allow_override_builtin=True
            )

    def strip_prefixes(self, formulas: Mapping[Key, Cell]) -> None:
        """Take `[1]!` and the like from calls of our functions: saved files name the add-in, the engine doesn't."""
        if not self._functions:
            return
        for (sheet, a1), cell in formulas.items():
            formula = cell.formula or ""
            bare = re.sub(_ADDIN_PREFIX, "", formula)
            if bare != formula:
                self._workbook.set_formula(sheet, *split_a1(a1), f"={bare}")

    def compute(self, formulas: Mapping[Key, Cell], held: Mapping[Key, str]) -> dict[Key, CellValue]:
        """The values of all formulas but those held at their cached value; None where the engine gives up."""
        for sheet, a1 in held:
            self._workbook.set_value(sheet, *split_a1(a1), _to_engine(formulas[sheet, a1].value))
        self._workbook.evaluate_all()
        value_at = self._workbook.get_value
        return {key: _from_engine(value_at(key[0], *split_a1(key[1]))) for key in formulas if key not in held}

    def find_unknown_calls(
        self, formulas: Mapping[Key, Cell], values: Mapping[Key, CellValue]
    ) -> dict[Key, str]:
        """Formulas without a name or value because they call a function that the engine doesn't have."""
        failed = {
            key: find_calls(formulas[key].formula or "") for key, value in values.items() if value == _NAME
        }
        if not failed:
            return {}
        unknown = _find_unknown_functions(
            {name for names in failed.values() for name in names} - set(self._functions)
        )
        return {
            key: f"{min(names & unknown)} 関数は再計算できません"
            for key, names in failed.items()
            if names & unknown
        }


def _find_unknown_functions(names: set[str]) -> set[str]:
    """The names that are no function of the engine: called without arguments, only these give #NAME?."""
    from formualizer import Workbook

    scratch, known = Workbook(), sorted(names)
    scratch.add_sheet("S")
    for row, name in enumerate(known, 1):
        scratch.set_formula("S", row, 1, f"={name}()")
    scratch.evaluate_all()
    return {
        name for row, name in enumerate(known, 1) if _from_engine(scratch.get_value("S", row, 1)) == _NAME
    }


def _load(source: Package | bytes, snapshot: Snapshot, words: str) -> Workbook:
    """The workbook in the engine; `words` are all its formulas in small letters."""
    from formualizer import EvaluationConfig, Workbook, WorkbookConfig

    settings = EvaluationConfig()
    settings.enable_parallel = False  # starting threads takes longer than what they would do
    settings.date_system = "1904" if snapshot.date1904 else "1900"  # the engine doesn't take it from the file
    package = source if isinstance(source, Package) else Package.from_bytes(source, snapshot.name)
    try:
        data = _drop_unused_names(package, snapshot, words).pack(level=0).to_bytes()
        workbook = Workbook.from_bytes(data, config=WorkbookConfig(eval_config=settings))
    except (OSError, ValueError, RuntimeError) as error:
        message = "再計算のために読み込めません。Excelで開いて上書き保存してから、もう一度実行してください。"
        raise InputError(Problem(message, Place(file=snapshot.name))) from error
    workbook.set_temporal_egress("serial")
    return workbook


def _drop_unused_names(package: Package, snapshot: Snapshot, words: str) -> Package:
    """The package without the names no formula uses: the engine needs 25 ms to load the 2,000 of a master workbook."""
    others = snapshot.other_names
    texts = "\n".join((words, *map(str.lower, others.values())))
    used = {word.decode() for word in set(texts.encode().translate(_TO_SPACES).split())}
    part = snapshot.workbook_part
    if "indirect" in used or not part:  # its names are put together while computing
        return package

    def keep(match: re.Match[bytes]) -> bytes:
        return match[0] if decode_references(match[2].decode()).lower() in used else b""

    xml = package[part]
    start, end = xml.find(b"<definedNames>"), xml.find(b"</definedNames>")
    names = {*map(str.lower, snapshot.names), *(name.rpartition("!")[2].lower() for name in others)}
    if 0 <= start < end and used.isdisjoint(names):
        return package.with_parts({part: xml[:start] + xml[end + len(b"</definedNames>") :]})
    return package.with_parts({part: re.sub(_DEFINED_NAME, keep, xml)})


def _adapt(function: Function) -> Callable[..., Any]:
    """The function as the engine calls it: errors go through it, exact results become what a cell can hold."""

    def call(*arguments: object) -> object:
        error = next((argument for argument in arguments if isinstance(argument, dict)), None)
        if error is not None:
            return error
        return _to_result(function(*map(_to_argument, arguments)))

    return call


def _to_argument(value: object) -> object:
    """An argument for a function: the error values of a range as cells have them."""
    if not isinstance(value, list):
        return value
    return [[_from_engine(cell) if isinstance(cell, dict) else cell for cell in row] for row in value]


def _to_result(value: object) -> object:
    """A function's result for the engine, cell by cell."""
    if isinstance(value, list):
        return [[_to_result(cell) for cell in row] for row in value]
    if isinstance(value, CellError):
        return {"type": "Error", "kind": _KINDS.get(value.code, "Value")}
    return float(value) if isinstance(value, Decimal) else value


def _from_engine(value: object) -> CellValue:
    """The engine's value as a cell's: whole numbers as int; None for a failure that Excel doesn't have."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return int(value) if value == int(value) and abs(value) < _EXACT else value
    code = _ERRORS.get(value.get("kind", "")) if isinstance(value, dict) else None
    return CellError(code) if code else None


def _to_engine(value: CellValue) -> object:
    """A held value for the engine; what was never computed is #NAME?, so that nothing is computed from it."""
    from formualizer import LiteralValue

    if isinstance(value, CellError):
        return LiteralValue.error(_KINDS.get(value.code, "Value"), "")
    return LiteralValue.error("Name", "") if value is None else value
