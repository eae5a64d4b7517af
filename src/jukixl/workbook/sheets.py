"""What all new sheets have in common: writing named, styled cells; paper; protection; validation."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from lxml import etree
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from jukixl.era import Digits
from jukixl.figures import Missing
from jukixl.report.model import Kind, Orientation
from jukixl.report.reading import wanted
from jukixl.workbook.layout import Address
from jukixl.workbook.package import Package

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

CellContent = str | int | float | None

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STYLES_PART, _CORE_PART = "xl/styles.xml", "docProps/core.xml"
_FONT_ORDER = [
    "b",
    "i",
    "strike",
    "condense",
    "extend",
    "outline",
    "shadow",
    "u",
    "vertAlign",
    "sz",
    "color",
    "name",
    "family",
    "charset",
    "scheme",
]
"""The order of CT_Font's parts that Office writes and strict readers want; openpyxl has one of its own."""
_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>jukixl</dc:creator></cp:coreProperties>'
)
_A4 = 9
_MARGIN_INCHES = 0.5
_LINE_POINTS = 13.0


class BookWriter:
    """Writes cells of a new workbook by address, with the names they are found by."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self._validations: dict[tuple[str, Kind, str], DataValidation] = {}

    def add_sheet(self, title: str) -> Worksheet:
        """A new last sheet."""
        sheet = self.book.create_sheet(title)
        sheet.sheet_view.showGridLines = False
        return sheet

    def to_package(self, name: str) -> Package:
        """The finished workbook, without what would make it differ from run to run or fail a strict reader."""
        buffer = BytesIO()
        self.book.save(buffer)
        package = Package.from_bytes(buffer.getvalue(), name)
        parts = {part: etree.fromstring(package[part]) for part in package if part.endswith(".xml")}
        for font in parts[_STYLES_PART].iter(f"{{{_MAIN}}}font"):
            font[:] = sorted(font, key=lambda part: _FONT_ORDER.index(etree.QName(part).localname))
        # Japanese as UTF-8 instead of openpyxl's references (&#30002;): a third of the size, and every reading is quicker.
        written = {
            part: etree.tostring(root, encoding="UTF-8", standalone=True) for part, root in parts.items()
        }
        return package.with_parts({**written, _CORE_PART: _CORE})

    def write(
        self, address: Address, content: CellContent, style: str, name: str = "", *, listed: bool = True
    ) -> None:
        """Write a cell. `name` is its defined name; `listed` whether Excel's name box offers it to staff."""
        cell = self.book[address.sheet].cell(address.row, address.column)
        cell.value = content
        if isinstance(content, str) and not content.startswith("="):
            cell.data_type = "s"
        cell.style = style
        if name:
            self.name(name, address.absolute, listed=listed)

    def name(self, name: str, reference: str, *, listed: bool = True) -> None:
        """Define a name for the whole workbook."""
        self.book.defined_names[name] = DefinedName(
            name, attr_text=reference, hidden=None if listed else True
        )

    def name_range(self, name: str, first: Address, last: Address) -> None:
        """Name a rectangle."""
        _, _, end = last.absolute.rpartition("!")
        self.name(name, f"{first.absolute}:{end}")

    def validate(self, address: Address, kind: Kind, title: str, prompt: str) -> None:
        """Let Excel say what belongs into an input cell, and refuse what cannot be right."""
        key = (address.sheet, kind, prompt)
        if key not in self._validations:
            validation = _validation(kind, address.a1, title, prompt)
            self._validations[key] = validation
            self.book[address.sheet].add_data_validation(validation)
        self._validations[key].add(address.a1)


def _validation(kind: Kind, first_cell: str, title: str, prompt: str) -> DataValidation:
    """The validation of a kind; its formula is written for the first cell and slides for the others."""
    formula, wanted = _conditions(kind, first_cell)
    way = "list" if kind is Kind.DIGITS else "custom"
    validation = DataValidation(
        type=way if formula else None, formula1=formula, allow_blank=True, showErrorMessage=bool(formula)
    )
    validation.showInputMessage = True
    validation.promptTitle = title.replace("\n", "")[:32]
    validation.prompt = (prompt or wanted)[:255]
    validation.errorTitle = "入力できない値です"
    validation.error = f"{wanted}を入力してください。"
    return validation


def _conditions(kind: Kind, cell: str) -> tuple[str | None, str]:
    """What a cell of this kind must satisfy (a formula or a list, None: anything) and how to say so."""
    symbols = ",".join(f'{cell}="{missing.symbol}"' for missing in Missing if missing.symbol)
    if kind in (Kind.COUNT,):
        whole = f"AND(ISNUMBER({cell}),{cell}>=0,{cell}=INT({cell}))"
        return f"OR(IF(ISNUMBER({cell}),{whole},FALSE),{symbols})", "0以上の整数（該当なしは －、不明は …）"
    if kind.is_rounded:
        return f"OR(ISNUMBER({cell}),{symbols})", "率（例 95.6%）"
    if kind in (Kind.DATE, Kind.MONTH):
        return f"AND(ISNUMBER({cell}),{cell}>=1)", "日付（例 2024/12/31）"
    if kind in (Kind.YEAR, Kind.FISCAL_YEAR):
        return f"AND(ISNUMBER({cell}),{cell}=INT({cell}),{cell}>=1989,{cell}<=2100)", "西暦4桁の年（例 2024）"
    if kind is Kind.TIME:
        return f"AND(ISNUMBER({cell}),{cell}>=0,{cell}<1)", "時刻（例 9:30）"
    if kind is Kind.DIGITS:
        return f'"{",".join(digits.label for digits in Digits)}"', wanted(kind)
    return None, "文字"


def set_paper(
    sheet: Worksheet, orientation: Orientation, last: tuple[int, int], header: tuple[int, int] | None
) -> None:
    """A4, one page wide, area up to `last` (row, column); `header`: first and last row repeated on each page."""
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.orientation = orientation.value
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    for side in ("left", "right", "top", "bottom"):
        setattr(sheet.page_margins, side, _MARGIN_INCHES)
    sheet.print_area = f"A1:{get_column_letter(last[1])}{last[0]}"
    if header:
        sheet.print_title_rows = f"{header[0]}:{header[1]}"
    sheet.oddFooter.center.text = "&A　&P / &N"


def protect(sheet: Worksheet) -> None:
    """Against slips, without a password: only unlocked cells can be typed into, columns can be resized."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False
    sheet.protection.formatRows = False


def fit_height(sheet: Worksheet, row: int, texts: Iterable[tuple[str, float]]) -> None:
    """Make a row high enough for wrapped texts, each with its column's width: not every program does when it opens a file."""
    lines = max(math.ceil(_half_widths(text) / (width - 1)) for text, width in texts)
    if lines > 1:
        sheet.row_dimensions[row].height = lines * _LINE_POINTS + 3


def _half_widths(text: str) -> int:
    """How wide a text is, in half-width characters."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


def set_widths(sheet: Worksheet, widths: dict[int, float]) -> None:
    """Column widths in characters, by column number."""
    for column, width in widths.items():
        sheet.column_dimensions[get_column_letter(column)].width = width
