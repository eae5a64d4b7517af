"""The XML of a workbook → sheets, cells and names.

Read with the standard library's ElementTree, not lxml: its C elements are walked two to three times faster, and it
starts ten milliseconds sooner. It fetches nothing; parts that declare a DTD (no Office file does) are refused. What
makes up nearly all of a workbook, plain cells and plain names, is taken out by `jukixl.workbook.scan` before that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TypeVar, cast, overload
from xml.etree.ElementTree import Element

from msgspec import Struct

from jukixl.errors import InputError, Place, Problem
from jukixl.workbook.addresses import CellRange, shift_formula, split_a1
from jukixl.workbook.cells import Cell, CellError, CellValue, LazyCells, Sheet, SheetState
from jukixl.workbook.dates import to_serial
from jukixl.workbook.file_kind import ASK_AGAIN
from jukixl.workbook.package import Package
from jukixl.workbook.parts import (
    Targets,
    iter_cells,
    parse_content,
    parse_part,
    part_error,
    read_content,
    read_targets,
    workbook_part,
)
from jukixl.workbook.scan import ScannedCell, decode_text, scan_cells, split_names

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SHARED_STRINGS = "/sharedStrings"
_TRUE = ("1", "true")
_MANY_SHEETS = 6  # digits; Excel's sheets are limited by memory only
_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
_MAY_BE_ERRORS = ("e", "str")
_UNREADABLE = (ValueError, KeyError, IndexError, OverflowError)  # what a cell's content can end in
T = TypeVar("T")


class Workbook(Struct, frozen=True):
    """A workbook's main part: its name in the package, its sheets in order (cells not yet read), its names, its date system."""

    part: str
    sheets: list[Sheet]
    names: dict[str, CellRange]
    other_names: dict[str, str]
    date1904: bool


def read_workbook(package: Package) -> Workbook:
    """Read sheets and names of a package; `InputError` when it holds no usable workbook."""
    part = workbook_part(package)
    try:
        plain_names, rest = split_names(read_content(package, part))
    except ValueError as error:  # a reference such as &#0;, which no XML can have
        raise part_error(package, f"中身({part})が壊れています。{ASK_AGAIN}") from error
    root = parse_content(package, part, rest)
    space = _space(root)
    if root.tag != space + "workbook":
        kind = "(Word文書です)" if "word/document.xml" in package else ""
        raise part_error(package, f"Excelブックではありません{kind}。.xlsx のファイルを渡してください。")
    targets = read_targets(package, part)
    properties = root.find(space + "workbookPr")
    date1904 = properties is not None and properties.get("date1904") in _TRUE
    reader = _SheetReader(package, targets, date1904=date1904)
    sheets = [
        _make_sheet(element, targets, reader) for element in root.iterfind(f"{space}sheets/{space}sheet")
    ]
    names, others = _read_names(root.iterfind(f"{space}definedNames/{space}definedName"), sheets)
    known = {sheet.name for sheet in sheets}
    lost = [name for name, area in plain_names.items() if area.sheet not in known]
    others |= {name: str(plain_names.pop(name)) for name in lost}
    names |= plain_names
    return Workbook(part, sheets, names, others, date1904)


def reread_sheets(
    package: Package, former: Package, part: str, sheets: Iterable[Sheet], *, date1904: bool
) -> list[Sheet]:
    """The sheets of a package made from `former` by changing sheets; those that didn't change, as they were read.

    `part` is the main part of both, `sheets` are the sheets of `former`.
    """
    reader = _SheetReader(package, read_targets(package, part), date1904=date1904)
    return [
        sheet
        if package.get(sheet.part) is former.get(sheet.part)
        else _sheet(reader, sheet.name, sheet.part, sheet.state)
        for sheet in sheets
    ]


def _make_sheet(element: Element, targets: Targets, reader: _SheetReader) -> Sheet:
    name = element.get("name", "")
    relation = next((value for key, value in element.items() if key.endswith("}id")), "")
    _, part = targets.get(relation, ("", ""))
    return _sheet(reader, name, part, cast("SheetState", element.get("state", "visible")))


def _sheet(reader: _SheetReader, name: str, part: str, state: SheetState) -> Sheet:
    return Sheet(name, lambda: reader.read_cells(name, part), part, state)


def _read_names(
    elements: Iterable[Element], sheets: list[Sheet]
) -> tuple[dict[str, CellRange], dict[str, str]]:
    """Names of a cell or rectangle of this workbook, and the text of all others."""
    names, others, known = {}, {}, {sheet.name for sheet in sheets}
    for element in elements:
        name, text, local = element.get("name", ""), element.text or "", element.get("localSheetId")
        area = CellRange.parse(text)
        if local is not None:
            at = int(local) if local.isascii() and local.isdigit() and len(local) < _MANY_SHEETS else -1
            others[f"{sheets[at].name if 0 <= at < len(sheets) else ''}!{name}"] = text
        elif area is not None and area.sheet in known:
            names[name] = area
        else:
            others[name] = text
    return names, others


def unescape(text: str) -> str:
    """`_x000D_` → carriage return: how Excel writes characters that XML cannot hold (ECMA-376 ST_Xstring)."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _space(element: Element) -> str:
    """The element's namespace as ElementTree writes it; workbooks use one of two (transitional, strict)."""
    return element.tag[: element.tag.index("}") + 1]


def _plain_text(element: Element) -> str:
    """The text of a string item: its runs without their formats, and without ふりがな (rPh)."""
    space = _space(element)
    t, r = space + "t", space + "r"
    texts = [c.text or "" if c.tag == t else c.findtext(t, "") for c in element if c.tag in (t, r)]
    return unescape("".join(texts))


class _SheetReader:
    """Reads the sheets of one package; shared strings are read once, when the first cell needs one."""

    def __init__(self, package: Package, targets: Targets, *, date1904: bool) -> None:
        self._package = package
        parts = (part for kind, part in targets.values() if kind.endswith(_SHARED_STRINGS))
        self._strings_part = next(parts, "xl/sharedStrings.xml")
        self._date1904 = date1904
        self._convert: dict[str | None, Callable[[str], CellValue]] = {
            None: _parse_number,
            "": _parse_number,
            "n": _parse_number,
            "s": self._shared_string,
            "str": _parse_result,
            "b": lambda text: text in _TRUE,
            "e": CellError,
            "d": self._parse_date,
        }

    def read_cells(self, sheet: str, part: str) -> Mapping[str, Cell]:
        """A1 → cell of a sheet's part; `InputError` names the cell whose content cannot be read."""
        scanned = scan_cells(read_content(self._package, part))
        if scanned is not None:
            return _ScannedCells(scanned, self._read_scanned, lambda a1: self._unreadable(sheet, a1))
        root = parse_part(self._package, part)
        space = _space(root)
        data = root.find(space + "sheetData")
        cells: dict[str, Cell] = {}
        if data is None:  # a chart sheet
            return cells
        read = _CellReader(space, self._convert).read
        try:
            places = list(iter_cells(data))
        except ValueError as error:
            message = "セルの番地が壊れています。Excelで開いて保存し直してください。"
            raise InputError(Problem(message, Place(file=self._package.name, sheet=sheet))) from error
        for a1, element in places:
            try:
                cell = read(a1, element)
            except _UNREADABLE as error:
                raise self._unreadable(sheet, a1) from error
            if cell is not None:
                cells[a1] = cell
        return cells

    def _unreadable(self, sheet: str, a1: str) -> InputError:
        place = Place(file=self._package.name, sheet=sheet, cell=a1)
        return InputError(Problem("セルの内容を読み取れません。入力し直してください。", place))

    def _read_scanned(self, scanned: ScannedCell) -> Cell:
        kind, text, formula, value = scanned
        shown = value[len("<v>") : -len("</v>")] if value else ""
        if kind is None and shown.isdecimal():  # true of nearly all numbers
            return Cell(int(shown), _formula_text(formula) if formula else None)
        if text:
            return Cell(unescape(decode_text(text)))
        shown = decode_text(shown)
        content = self._convert[kind](shown) if shown or (value and kind == "str") else None
        return Cell(content, _formula_text(formula) if formula else None)

    @cached_property
    def _strings(self) -> list[str]:
        return [_plain_text(item) for item in parse_part(self._package, self._strings_part)]

    def _shared_string(self, text: str) -> str:
        return self._strings[int(text)]

    def _parse_date(self, text: str) -> int | float:
        return to_serial(datetime.fromisoformat(text), date1904=self._date1904)


class _ScannedCells(LazyCells):
    """The cells of a sheet as scanned."""

    def __init__(
        self,
        scanned: Mapping[str, ScannedCell],
        read: Callable[[ScannedCell], Cell],
        unreadable: Callable[[str], InputError],
    ) -> None:
        self._scanned = scanned
        self._cells: dict[str, Cell] = {}
        self._read = read
        self._unreadable = unreadable

    def __getitem__(self, a1: str) -> Cell:
        """The cell; InputError where its content can't be read."""
        cell = self.get(a1)
        if cell is None:
            raise KeyError(a1)
        return cell

    @overload
    def get(self, a1: str, /) -> Cell | None: ...
    @overload
    def get(self, a1: str, /, default: Cell | T) -> Cell | T: ...
    def get(self, a1: str, /, default: object = None) -> object:
        """As of any mapping, without an exception for each empty cell; InputError as for one that isn't."""
        cell = self._cells.get(a1)
        if cell is None:
            scanned = self._scanned.get(a1)
            if scanned is None:
                return default
            try:
                cell = self._cells[a1] = self._read(scanned)
            except _UNREADABLE as error:
                raise self._unreadable(a1) from error
        return cell

    def __contains__(self, a1: object) -> bool:
        return a1 in self._scanned

    def __iter__(self) -> Iterator[str]:
        return iter(self._scanned)

    def __len__(self) -> int:
        return len(self._scanned)

    def formula_places(self) -> Iterable[str]:
        return [a1 for a1, cell in self._scanned.items() if cell[2]]

    def error_places(self) -> Iterable[str]:
        return [a1 for a1, cell in self._scanned.items() if cell[0] in _MAY_BE_ERRORS]


class _CellReader:
    """Reads the cells of one sheet; remembers its shared formulas (index → first cell and text)."""

    def __init__(self, space: str, convert: dict[str | None, Callable[[str], CellValue]]) -> None:
        self._v, self._f, self._is = space + "v", space + "f", space + "is"
        self._convert = convert
        self._shared: dict[str, tuple[str, str]] = {}

    def read(self, a1: str, element: Element) -> Cell | None:
        """The cell, None when it holds nothing but its format."""
        value: CellValue = None
        formula: str | None = None
        for child in element:
            tag = child.tag
            if tag == self._v:
                text, kind = child.text or "", element.get("t")
                if text or kind == "str":
                    value = self._convert[kind](text)
            elif tag == self._f:
                formula = self._read_formula(a1, child)
            elif tag == self._is:
                value = _plain_text(child)
        return None if value is None and formula is None else Cell(value, formula)

    def _read_formula(self, a1: str, element: Element) -> str:
        """The formula's own text; of a shared formula only the first cell has it, the others get it shifted."""
        text = unescape(element.text or "")
        if element.get("t") != "shared":
            return text
        index = element.get("si", "")
        if text:
            self._shared[index] = (a1, text)
            return text
        origin, master = self._shared[index]
        (row, column), (first_row, first_column) = split_a1(a1), split_a1(origin)
        return shift_formula(master, row - first_row, column - first_column)


@lru_cache(maxsize=4096)  # a master is read before and after it changes
def _formula_text(formula: str) -> str:
    return unescape(decode_text(formula))


def _parse_result(text: str) -> str | CellError:
    """The text that a formula gave. Google Sheets writes error values so, too."""
    return CellError(text) if text in _ERRORS else unescape(text)


def _parse_number(text: str) -> int | float:
    """Integers stay exact; anything with a point or exponent is the double that Excel holds."""
    return int(text) if text.isdigit() or (text[:1] == "-" and text[1:].isdigit()) else float(text)
