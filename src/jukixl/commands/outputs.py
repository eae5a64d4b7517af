"""Where commands write new files: under a name that fits what they are, and never in place of the master."""

from __future__ import annotations

from pathlib import Path

from jukixl.commands.registry import Arguments, optional_path_of, path_of
from jukixl.errors import InputError, Place, Problem


def output_of(arguments: Arguments, name: str, suffix: str, *, master: Path | None = None) -> Path:
    """The path to write to. InputError for a folder, another ending than `suffix`, and the master itself."""
    return _fitting(path_of(arguments, name), suffix, master)


def optional_output_of(arguments: Arguments, name: str, suffix: str) -> Path | None:
    """As `output_of`; None where no path was given."""
    path = optional_path_of(arguments, name)
    return None if path is None else _fitting(path, suffix, None)


def _fitting(path: Path, suffix: str, master: Path | None) -> Path:
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
