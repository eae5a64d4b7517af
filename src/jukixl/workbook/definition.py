"""The definition travels inside the workbook, so that a master is read by the declaration it was made from.

A very hidden sheet holds the texts of the definition's files, in pieces that fit a cell. Every program that saves
workbooks keeps sheets; custom XML parts it may drop.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jukixl.errors import InputError, Place, Problem
from jukixl.report.loading import report_from_sources
from jukixl.report.model import Report
from jukixl.report.sources import MAIN_FILE
from jukixl.workbook.layout import DEFINITION_SHEET, Address

if TYPE_CHECKING:
    from jukixl.workbook.sheets import BookWriter
    from jukixl.workbook.snapshot import Snapshot

_PIECE = 30_000  # characters; Excel's limit of a cell is 32,767
_STYLE = "Normal"


def write_definition(writer: BookWriter, report: Report) -> None:
    """Add the hidden sheet to a new workbook: file name in column A, a piece of its text in column B."""
    sheet = writer.add_sheet(DEFINITION_SHEET)
    sheet.sheet_state = "veryHidden"
    for row, (file, piece) in enumerate(_pieces(report), 1):
        writer.write(Address(DEFINITION_SHEET, row, 1), file, _STYLE)
        writer.write(Address(DEFINITION_SHEET, row, 2), piece, _STYLE)


def _pieces(report: Report) -> Iterator[tuple[str, str]]:
    for file, text in report.sources.items():
        for start in range(0, len(text), _PIECE):
            yield file, text[start : start + _PIECE]


def read_definition(snapshot: Snapshot) -> Report:
    """The report that a master was made from. InputError where the workbook is no master of jukixl's."""
    sheet = snapshot.sheets.get(DEFINITION_SHEET)
    texts: dict[str, str] = {}
    for a1, cell in sheet.cells.items() if sheet else ():
        if a1.startswith("A") and isinstance(cell.value, str):
            piece = sheet.cells.get(f"B{a1[1:]}") if sheet else None
            texts[cell.value] = texts.get(cell.value, "") + str(piece.value if piece else "")
    if MAIN_FILE not in texts:  # a survey form has a sheet of this name too, with its card
        raise no_master(snapshot.name)
    return report_from_sources(texts)


def no_master(file: str) -> InputError:
    """The error for a workbook that isn't made by jukixl."""
    message = (
        "マスターではありません。「新規作成」（jukixl new）で作成したブックを前面に出すか、指定してください。"
    )
    return InputError(Problem(message, Place(file=file)))
