"""Edits of a workbook's cells: which of them change something, and the package in which they are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from msgspec import Struct

from jukixl.errors import InputError, JukixlError, Place, Problem, Refusal
from jukixl.workbook.addresses import split_a1
from jukixl.workbook.cells import EMPTY, CellValue
from jukixl.workbook.dates import to_serial
from jukixl.workbook.package import Package
from jukixl.workbook.snapshot import Snapshot, read_snapshot
from jukixl.workbook.splice import CellChange, NewValue, UnknownLayoutError, splice_cells

EditValue = int | float | Decimal | str | bool | date | None
Key = tuple[str, str]  # sheet, A1
_NO_CACHES: Mapping[Key, CellValue] = MappingProxyType({})


class Edit(Struct, frozen=True):
    """An input cell that is to hold a value, and why.

    None (or empty text) empties the cell, its format stays. Text is text, even when it begins with `=`. A date is
    stored as the serial number of the workbook's date system.
    """

    sheet: str
    cell: str
    value: EditValue
    reason: str = ""


class Change(Struct, frozen=True):
    """A cell whose value really changed; `reason` is empty for a recomputed formula."""

    sheet: str
    cell: str
    old: CellValue
    new: NewValue
    reason: str = ""


def apply_edits(
    package: Package,
    edits: Iterable[Edit],
    caches: Mapping[Key, CellValue] = _NO_CACHES,
    *,
    snapshot: Snapshot | None = None,
) -> Package:
    """The package with input cells set and cached values of formula cells replaced; itself when nothing changes.

    Of several edits of one cell the last counts. `snapshot` is the package's own, if at hand. `Refusal` when an edit
    would overwrite a formula, `InputError` when a sheet or address doesn't exist; nothing is changed then.
    """
    snapshot = snapshot or read_snapshot(package)
    changes = find_changes(snapshot, edits)
    recomputed = find_cache_changes(snapshot, caches)
    return splice_changes(package, snapshot, changes, recomputed)


def find_changes(snapshot: Snapshot, edits: Iterable[Edit]) -> list[Change]:
    """The edits that really change an input; raises, with all problems at once, when one isn't allowed."""
    last = {(edit.sheet, edit.cell): edit for edit in edits}
    problems = [problem for edit in last.values() if (problem := _find_problem(snapshot, edit))]
    if problems:
        raise _error_of(problems)
    changes = []
    for edit in last.values():
        old = snapshot.sheets[edit.sheet].cells.get(edit.cell, EMPTY).value
        new = _stored(edit.value, date1904=snapshot.date1904)
        if not _same(old, new):
            changes.append(Change(edit.sheet, edit.cell, old, new, edit.reason))
    return changes


def find_cache_changes(snapshot: Snapshot, caches: Mapping[Key, CellValue]) -> list[Change]:
    """The formula cells whose cached value differs; numbers are the same when their first 15 digits are.

    `ValueError` when a cell is no formula cell.
    """
    changes = []
    for (sheet, a1), new in caches.items():
        cell = snapshot.sheets[sheet].cells.get(a1, EMPTY)
        if cell.formula is None:
            raise ValueError(f"not a formula cell: {sheet}!{a1}")
        if not _same(cell.value, new) and not _same_to_excel(cell.value, new):
            changes.append(Change(sheet, a1, cell.value, new))
    return changes


def _find_problem(snapshot: Snapshot, edit: Edit) -> tuple[type[JukixlError], Problem] | None:
    kind, message = _find_mistake(snapshot, edit)
    if not message:
        return None
    return kind, Problem(message, Place(file=snapshot.name, sheet=edit.sheet, cell=edit.cell))


def _find_mistake(snapshot: Snapshot, edit: Edit) -> tuple[type[JukixlError], str]:
    """The kind of error and its message; an empty one where the edit is allowed."""
    sheet = snapshot.sheets.get(edit.sheet)
    if sheet is None:
        return InputError, "このシートはありません。シート名を確かめてください。"
    try:
        split_a1(edit.cell)
    except ValueError:
        return InputError, "セル番地ではありません。D6 のように書いてください。"
    if edit.cell in sheet.formulas:
        return (
            Refusal,
            "数式のセルなので、値で上書きしません。入力欄のセルを指定するか、数式を確かめてください。",
        )
    return Refusal, ""


def _error_of(problems: list[tuple[type[JukixlError], Problem]]) -> JukixlError:
    """One error with all problems; unusable input outweighs a refusal."""
    kind = InputError if any(kind is InputError for kind, _ in problems) else Refusal
    return kind(*(problem for _, problem in problems))


def _stored(value: EditValue, *, date1904: bool) -> NewValue:
    """The value as a cell stores it: no dates, no empty text."""
    if isinstance(value, date):
        return to_serial(value, date1904=date1904)
    return None if value == "" else value


def _same(old: CellValue, new: NewValue) -> bool:
    """Same kind and same value; 12, 12.0 and Decimal("12") are the same number, TRUE is not 1."""
    if type(old) is type(new):
        return old == new
    if _is_number(old) and _is_number(new):
        return Decimal(repr(old)) == (new if isinstance(new, Decimal) else Decimal(repr(new)))
    return False


def _same_to_excel(old: CellValue, new: CellValue) -> bool:
    """Numbers equal in the 15 digits that Excel shows and compares; LibreOffice stores no more than these."""
    return _is_number(old) and _is_number(new) and f"{old:.15g}" == f"{new:.15g}"


def _is_number(value: NewValue) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def splice_changes(
    package: Package, snapshot: Snapshot, changes: Iterable[Change], recomputed: Iterable[Change]
) -> Package:
    """The package with inputs and cached values set; only the parts of sheets with a change are rewritten."""
    by_sheet: dict[str, dict[tuple[int, int], CellChange]] = {}
    for keep_formula, group in ((False, changes), (True, recomputed)):
        for change in group:
            cells = by_sheet.setdefault(change.sheet, {})
            cells[split_a1(change.cell)] = CellChange(change.new, keep_formula)
    parts = {}
    for name, cells in by_sheet.items():
        part = snapshot.sheets[name].part
        parts[part] = _splice_sheet(package, name, part, cells)
    return package.with_parts(parts)


def _splice_sheet(
    package: Package, sheet: str, part: str, cells: Mapping[tuple[int, int], CellChange]
) -> bytes:
    place = Place(file=package.name, sheet=sheet)
    try:
        return splice_cells(package[part], cells)
    except UnknownLayoutError as error:
        message = (
            "シートの書き方が特殊なため、安全に書き換えられません。Excelで開いて上書き保存してください。"
        )
        raise Refusal(Problem(message, place)) from error
    except ValueError as error:
        message = (
            f"セルに入れられない値があります({error})。数値、または32,767字までの文字を指定してください。"
        )
        raise InputError(Problem(message, place)) from error
