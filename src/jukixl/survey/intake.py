"""The files of a folder that are to be collected, and those that are passed over with a word."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from msgspec import Struct

from jukixl.errors import InputError, reason_of
from jukixl.findings import Described, Finding, Severity
from jukixl.personal import hide_numbers
from jukixl.survey.archive import ARCHIVE_FOLDER
from jukixl.workbook.file_kind import ASK_AGAIN
from jukixl.workbook.limits import MAX_CELLS, MAX_FILE_SIZE, MAX_FORM_SIZE, MEGABYTE
from jukixl.workbook.package import Package

_PASSED_FOLDERS = frozenset({"控え", ARCHIVE_FOLDER})
"""Where jukixl itself keeps files."""
_SYSTEM_FILES = frozenset({"desktop.ini", "thumbs.db"})
_LOCK_STARTS = ("~$", ".~lock.")
_NOT_HERE = 0x1000 | 0x40000 | 0x400000
"""Windows' attributes OFFLINE, RECALL_ON_OPEN and RECALL_ON_DATA_ACCESS: the content is in the cloud only."""

_BIG_SHEET = 2 * MEGABYTE
# Rows and cells with nothing but a format: Excel writes a million of them where a whole column was formatted.
_EMPTY_CELL = rb"<((?:\w+:)?)c(?: [\w:]+=\"[^\"<>]*\")*+ ?(?:/>|></\1c>)"
_EMPTY_ROW = rb"<((?:\w+:)?)row(?: [\w:]+=\"[^\"<>]*\")*+ ?(?:/>|></\1row>)"
_CELL_START = rb"<(?:\w+:)?c[ >]"


CODES = (
    Described(
        "skipped",
        (Severity.INFO,),
        "調査票ではないため、読まなかったファイル",
        "調査票なら、配布した形（.xlsx）で返送してもらう。",
    ),
)


class Skipped(Struct, frozen=True):
    """A file that isn't read, and why."""

    path: Path
    finding: Finding

    def to_json(self) -> dict[str, object]:
        return {"file": hide_numbers(self.path.name), "findings": [self.finding.to_json()]}


class Intake(Struct, frozen=True):
    """What is in a folder: files to read by name, and files passed over that somebody may ask for."""

    files: tuple[Path, ...]
    skipped: tuple[Skipped, ...] = ()


def find_files(folder: Path, master: Path | None = None) -> Intake:
    """The files in a folder and below. Passed over: `master` itself, hidden and system files, locks, what is in the
    cloud only, and the folders 控え and 回答控. InputError where there is no such folder, or nothing in it."""
    if not folder.is_dir():
        raise InputError(f"フォルダー「{folder}」がありません。回答の入ったフォルダーを指定してください。")
    files: list[Path] = []
    skipped: list[Skipped] = []
    for path in sorted(_iter_paths(folder)):
        reason = _why_skipped(path, master)
        if reason is None:
            files.append(path)
        else:
            skipped.append(Skipped(path, Finding("skipped", Severity.INFO, reason)))
    if not files and not skipped:
        raise InputError(
            f"フォルダー「{folder}」にはファイルがありません。回答の入ったフォルダーを指定してください。"
        )
    return Intake(tuple(files), tuple(skipped))


def _iter_paths(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, onerror=_refuse_unreadable):
        folders[:] = [name for name in folders if name not in _PASSED_FOLDERS and not name.startswith(".")]
        for name in names:
            is_lock = name.startswith(_LOCK_STARTS)
            if is_lock or not (name.startswith(".") or name.lower() in _SYSTEM_FILES):
                yield Path(place, name)


def _refuse_unreadable(error: OSError) -> NoReturn:
    """A folder that can't be looked into may hold answers: to pass it over would make them late."""
    message = f"フォルダー「{error.filename}」を開けません（{reason_of(error)}）。開けるようにしてから、もう一度取り込んでください。"
    raise InputError(message) from error


def _why_skipped(path: Path, master: Path | None) -> str | None:
    if path.name.startswith(_LOCK_STARTS):
        return "Excelなどでブックが開いていることを示すファイルなので、読みませんでした。開いているブックがあれば、保存して閉じてください。"
    if master is not None and _is_same(path, master):
        return "マスター自身なので、読みませんでした。"
    if _is_in_cloud_only(path):
        return "OneDrive などのクラウドにだけあるファイルなので、読みませんでした。「このデバイス上に常に保持する」にしてから、もう一度取り込んでください。"
    return None


def _is_same(path: Path, master: Path) -> bool:
    try:
        return path.name == master.name and path.samefile(master)
    except OSError:  # one of them went away meanwhile
        return False


def _is_in_cloud_only(path: Path) -> bool:
    try:
        return is_in_cloud_only(path.stat())
    except OSError:  # gone, or a link to nowhere: reading says so
        return False


def is_in_cloud_only(stat: os.stat_result) -> bool:
    """Whether Windows says of a file that its content isn't on this computer. False on other systems."""
    return bool(getattr(stat, "st_file_attributes", 0) & _NOT_HERE)


def read_bytes(path: Path) -> bytes:
    """The content of a returned file; InputError where it can't be read or is larger than any form."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_SIZE:
            raise InputError(
                f"ファイルが大きすぎます（{size / MEGABYTE:,.1f}MB、上限 {MAX_FILE_SIZE // MEGABYTE}MB）。"
                "貼り付けた図や不要なシートを除いて返送してもらってください。"
            )
        return path.read_bytes()
    except PermissionError as error:
        message = "読み取れません。Excelなどで開いていれば閉じて、もう一度取り込んでください。"
        raise InputError(message) from error
    except OSError as error:
        message = f"読み取れません（{reason_of(error)}）。ファイルとディスクを確かめてください。"
        raise InputError(message) from error


def open_form(data: bytes, name: str) -> Package:
    """The package of a returned form, without the formatted empty rows of huge sheets. InputError beyond the limits."""
    package = Package.from_bytes(data, name)
    if package.size > MAX_FORM_SIZE:
        raise InputError(
            f"展開すると大きすぎます（{package.size / MEGABYTE:,.0f}MB、上限 {MAX_FORM_SIZE // MEGABYTE}MB）。"
            f"不要なシートや図を除くか、{ASK_AGAIN}"
        )
    slim = {
        part: _slim(package[part], part)
        for part in package
        if part.startswith("xl/worksheets/") and package.size_of(part) > _BIG_SHEET
    }
    return package.with_parts(slim)


def _slim(content: bytes, part: str) -> bytes:
    """A sheet without its empty cells and rows. InputError where more cells are left than any form has."""
    content = re.sub(_EMPTY_ROW, b"", re.sub(_EMPTY_CELL, b"", content))
    cells = sum(1 for _ in re.finditer(_CELL_START, content))
    if cells > MAX_CELLS:
        raise InputError(
            f"セルが多すぎます（{part} に {cells:,} 個、上限 {MAX_CELLS:,} 個）。"
            "配布した調査票に入力し直してもらってください。"
        )
    return content
