"""Copies of a master as it was before a button wrote to it: files in the folder 控え beside it. None is ever deleted."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from pathlib import Path

from jukixl.errors import InputError, Place, Problem
from jukixl.workbook.package import write_atomic

FOLDER = "控え"


def keep_copy(master: Path, content: bytes) -> Path:
    """Write the copy under the master's name and the time. InputError where the folder can't be made or written to."""
    folder = master.parent / FOLDER
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        message = "控えを保存するフォルダーを作れないため、書き込みませんでした。フォルダーの権限を確かめてください。"
        raise InputError(Problem(message, Place(file=str(folder)))) from error
    now = datetime.now().astimezone()
    names = (f"{master.stem}_{now:%Y%m%d-%H%M%S}{f'_{n}' if n else ''}{master.suffix}" for n in count())
    path = next(folder / name for name in names if not (folder / name).exists())
    write_atomic(path, content)
    return path
