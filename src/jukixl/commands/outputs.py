"""Where commands write new files: under a name that fits what they are, and never in place of the master."""

from __future__ import annotations

from pathlib import Path

from jukixl.commands.registry import Arguments, path_of
from jukixl.errors import InputError, Place, Problem


def output_of(arguments: Arguments, name: str, suffix: str, *, master: Path | None = None) -> Path:
    """The path to write to. InputError for a folder, another ending than `suffix`, and the master itself."""
    path = path_of(arguments, name)
    if message := _objection(path, suffix, master):
        raise InputError(Problem(message, Place(file=str(path))))
    return path


def _objection(path: Path, suffix: str, master: Path | None) -> str | None:
    if path.is_dir():
        return f"フォルダーです。その中に作る {suffix} ファイルの名前まで指定してください。"
    if path.suffix.lower() != suffix:
        return f"ファイル名の終わりを {suffix} にしてください。"
    if master is not None and path.resolve() == master.resolve():
        return "マスターと同じファイルです。別の名前を指定してください。"
    return None
