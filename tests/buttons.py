"""A clerk's folder with a master in it, and what pressing a button there may and may not change."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from conftest import IMPORTED, NOTIFICATIONS, PUBLISHED, body_rows
from excel_sim import ExcelSim
from excel_sim.com import ComError
from pyopenvba.interpreter._values import EMPTY as NOTHING

from jukixl.handout.release_record import RECORD_NAME
from jukixl.workbook.cells import EMPTY, Cell
from jukixl.workbook.snapshot import read_snapshot
from jukixl.workbook.stamp import STATE, TIME

MASTER = "マスター.xlsx"
ANNEX3 = PUBLISHED / IMPORTED["annex3"]
MUNICIPALITIES = [record["municipality"] for record in body_rows(NOTIFICATIONS["annex6_annual"])]
"""The 27, in the order of the printed tables."""
KEPT = "控え"
ARCHIVE = "回答控"
_VARYING = re.compile(rb'"time":"[^"]*"|(?<="master":\{)[^}]*')

NOT_DONE = ": 処理を続けられませんでした。マスターは元のままです。"
WAY_OUT = (
    "ブックを保存し、Excel を開き直してからもう一度押してください。"
    "続くときは「診断」の結果を添えて担当に連絡してください。"
)
BUSY = (
    "Excel が処理中です。セルの編集やダイアログを閉じてから、もう一度押してください。何も書き換えていません。"
)
NOT_PUT_BACK = "Excel の画面や設定が元に戻らないときは、Excel を開き直してください。"
EXCEPTION = -2147352567
"""DISP_E_EXCEPTION: Excel took the call and failed."""

CellKey = tuple[str, str]


def prepare(folder: Path, files: Mapping[str, Path]) -> Path:
    """A folder with copies of these files and folders under new names."""
    folder.mkdir()
    for name, source in files.items():
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    return folder


def open_with_selection(sim: ExcelSim, path: Path) -> None:
    """Open a master as someone has it who is reading 別紙3: cells chosen there, not those that Excel starts with."""
    sim.open(path)
    sim.sheet("別紙3").sheet.vba_get("Activate")
    sim.range("別紙3", "B5:C7").vba_get("Select")


def cells_of(path: Path) -> dict[CellKey, Cell]:
    """Value and formula of every cell. An empty text is no content: Excel's files leave it out, openpyxl's don't."""
    snapshot = read_snapshot(path)
    found = {
        (sheet.name, a1): Cell(
            None if cell.value == "" and cell.formula is None else cell.value, cell.formula
        )
        for sheet in snapshot.sheets.values()
        for a1, cell in sheet.cells.items()
    }
    return {key: cell for key, cell in found.items() if cell != EMPTY}


def times_of(path: Path) -> set[CellKey]:
    """The cells that say when something was collected or checked."""
    snapshot = read_snapshot(path)
    times = {
        snapshot.locate(name) for name in snapshot.names if name.startswith("status.") and "time" in name
    }
    if TIME not in snapshot.names:
        return times
    sheet, state = snapshot.locate(STATE)
    shown = {a1 for a1, cell in snapshot.sheets[sheet].formulas.items() if cell.formula == state}
    return {*times, snapshot.locate(TIME), *((sheet, a1) for a1 in (state, *shown))}


def differences(left: dict[CellKey, Cell], right: dict[CellKey, Cell]) -> dict[CellKey, tuple[Cell, Cell]]:
    """The cells that differ, with both contents."""
    keys = left.keys() | right.keys()
    pairs = {key: (left.get(key, EMPTY), right.get(key, EMPTY)) for key in keys}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its path there, but for the copies kept before writing and the answers kept.

    公表記録 without its times and the master's hash: an open master is read from a copy that Excel saves.
    """
    return {
        str(path.relative_to(folder)): _VARYING.sub(b"", path.read_bytes())
        if path.name == RECORD_NAME
        else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {KEPT, ARCHIVE} & set(path.relative_to(folder).parts)
    }


def archive_of(folder: Path) -> dict[str, bytes]:
    """The answers kept, by name. The log, which has times and the master's hash, is compared by its own tests."""
    return {
        path.name: path.read_bytes()
        for path in (folder / ARCHIVE).rglob("*")
        if path.is_file() and path.suffix != ".jsonl"
    }


def kept_in(folder: Path) -> list[Path]:
    """The copies kept before writing."""
    return sorted((folder / KEPT).glob("*"))


@dataclass
class Calls:
    """A guard that counts the writes to cells and, from the n-th on, raises what Excel would, so many times."""

    fails_at: int | None = None
    error: Callable[[], ComError] = lambda: ComError(
        -2147352567, "Exception occurred.", (0, "Microsoft Excel", "1234 名前", None, 0, -2146827284), None
    )
    times: int = 1
    member: str = "Value"
    seen: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, target: object, member: str, is_set: bool) -> None:
        if member != self.member or (member == "Value" and not is_set):
            return
        sheet = getattr(target, "sheet", None)
        address = target.vba_get("Address", [False, False]) if sheet is not None else ""
        self.seen.append((sheet.name if sheet is not None else "", str(address)))
        if self.fails_at is not None and self.times and len(self.seen) >= self.fails_at:
            self.times -= 1
            raise self.error()


@dataclass
class Workplace:
    """Excel with a master into which no form was collected yet, and the folder of the forms."""

    sim: ExcelSim
    folder: Path

    def press(self, command_id: str, *answers: str) -> str:
        """Press a button; the one message."""
        self.sim.answer(*answers)
        self.sim.press(f"jukixl_{command_id.replace(' ', '_')}")
        (message,) = self.sim.messages
        return message

    def status(self) -> str:
        return self.press("status")

    def collect(self) -> str:
        return self.press("collect", str(self.folder / "回答"))

    @contextmanager
    def unharmed(self) -> Iterator[None]:
        """Whatever happens inside, Excel's settings, every cell and every file are as before."""
        before = self.sim.settings, files_of(self.folder), self.live_cells()
        yield
        assert (self.sim.settings, files_of(self.folder), self.live_cells()) == before

    def live_cells(self) -> dict[tuple[str, int, int], tuple[object, str]]:
        """Value and formula of every cell of the master as it is in Excel."""
        book = next(book for book in self.sim.application.workbooks_.books if book.name == MASTER)
        return {
            (sheet.name, row, column): (cell.value, cell.formula)
            for sheet in book.sheets_
            for (row, column), cell in sheet.cells_.items()
            if cell.formula or (cell.value is not NOTHING and cell.value != "")
        }
