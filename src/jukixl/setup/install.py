"""Puts the add-in into the user's Excel, and takes it out again: all of what was put there, and nothing else.

Two files are written: the add-in in the folder whose workbooks Excel opens at start, and the configuration that the
add-in's VBA reads. A record beside the latter says what was written and what stood there before.
No Excel has loaded what this installs yet: see docs/excel-checklist.md.
"""

from __future__ import annotations

import json
import locale
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from jukixl.errors import InputError, Place, Problem
from jukixl.folders import CONFIG_FILE, config_folder
from jukixl.setup.environment import find_xlstart
from jukixl.setup.shipped import ADDIN_NAME
from jukixl.workbook.package import write_atomic

RECORD_NAME = "install.json"
INTERPRETER_KEY = "INTERPRETER_WIN"
_VARIABLES = ("LOCALAPPDATA", "APPDATA", "USERPROFILE")
_LOCKED = (
    "Excel が開いているか、書き込む権限がないため、アドインを{act}できません。"
    "Excel をすべて閉じてから、もう一度実行してください。アドインはそのままです。"
)


@dataclass(frozen=True)
class Folders:
    """Where the add-in goes, and where the user's configuration of jukixl is."""

    xlstart: Path
    config: Path

    @property
    def addin(self) -> Path:
        return self.xlstart / ADDIN_NAME

    @property
    def settings(self) -> Path:
        return self.config / CONFIG_FILE

    @property
    def record(self) -> Path:
        return self.config / RECORD_NAME


def user_folders() -> Folders:
    """The folders of the user that runs this. InputError where there is no Excel for Windows."""
    xlstart = find_xlstart()
    if xlstart is None:
        raise InputError(
            "このコンピューターには Windows の Excel がないため、アドインは使えません。"
            "同じことはコマンド（jukixl --help）でできます。"
        )
    return Folders(xlstart, config_folder())


def find_interpreter() -> Path:
    """The Python that runs this, without a console window where it has such a twin (`pythonw.exe`)."""
    running = Path(sys.executable)
    windowless = running.with_name("pythonw.exe")
    return windowless if windowless.is_file() else running


@dataclass(frozen=True)
class _Written:
    """A file that was installed: the digests of all that was ever put there, and where the file that stood there is kept."""

    path: Path
    digests: tuple[str, ...] = ()
    former: Path | None = None

    def is_ours(self) -> bool:
        return _digest(self.path.read_bytes()) in self.digests


@dataclass(frozen=True)
class _Record:
    """What was installed: files, and the folders made for them."""

    files: tuple[_Written, ...] = ()
    folders: tuple[Path, ...] = ()

    def of(self, path: Path) -> _Written:
        return next((written for written in self.files if written.path == path), _Written(path))

    def to_json(self) -> str:
        files = [
            {
                "path": str(file.path),
                "sha256": file.digests,
                "former": str(file.former) if file.former else None,
            }
            for file in self.files
        ]
        return json.dumps(
            {"files": files, "folders": [str(folder) for folder in self.folders]},
            ensure_ascii=False,
            indent=1,
        )


def install(folders: Folders, addin: bytes, interpreter: Path) -> tuple[str, ...]:
    """Install or replace the add-in; lines that say what was done. Doing it twice changes nothing.

    InputError where Excel holds the file, or the interpreter's path can't be told to the add-in. A file of the same
    name that isn't ours is kept, and put back by `uninstall`.
    """
    wanted = {folders.addin: addin, folders.settings: _render_settings(interpreter)}
    made = [*_make_folders(folders.config), *_make_folders(folders.xlstart)]
    record = _read_record(folders)
    kept = {
        path: copy
        for path in wanted
        if (copy := _keep_stranger(record.of(path), wanted[path], folders.config))
    }
    files = tuple(_planned(record.of(path), data, kept.get(path)) for path, data in wanted.items())
    # Written first: a crash from here on leaves nothing that uninstall doesn't know.
    _write_record(folders, _Record(files, tuple(dict.fromkeys((*record.folders, *made)))))
    lines = [_write(path, data) for path, data in wanted.items()]
    lines += [f"前からあった別のファイルを残しました: {copy}" for copy in kept.values()]
    return (*lines, "Excel を開き直すと、リボンに「住基資料」タブが出ます。")


def uninstall(folders: Folders) -> tuple[str, ...]:
    """Take out what `install` put in; lines that say what was done. A file changed since then is left alone.

    InputError where Excel holds the add-in.
    """
    if not folders.record.is_file():
        return ("アドインはインストールされていません。何も変えていません。",)
    record = _read_record(folders)
    lines = [line for file in record.files for line in _remove(file)]
    folders.record.unlink()
    for folder in sorted(record.folders, key=lambda path: len(path.parts), reverse=True):
        with suppress(OSError):  # in use by others by now: not empty
            folder.rmdir()
    return tuple(lines)


def read_interpreter(settings: Path) -> str | None:
    """The interpreter that the add-in would start, variables filled in; None where the file says none."""
    try:
        lines = settings.read_bytes().decode(_ansi(), errors="replace").splitlines()
    except OSError:
        return None
    entries = (line.strip().split('"') for line in lines)
    found = next(
        (entry[3] for entry in entries if len(entry) == 5 and entry[1].upper() == INTERPRETER_KEY), None
    )
    return _expanded(found) if found else None


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def _render_settings(interpreter: Path) -> bytes:
    """Lines of "KEY","value" in the code page in which VBA reads a file."""
    if not interpreter.is_file():
        raise InputError(
            Problem("Python がありません。jukixl を入れ直してください。", Place(file=str(interpreter)))
        )
    settings = {INTERPRETER_KEY: _with_variables(interpreter), "USE UDF SERVER": "false"}
    text = "".join(f'"{key}","{value}"\r\n' for key, value in settings.items())
    try:
        return text.encode(_ansi())
    except UnicodeEncodeError as error:
        message = (
            "フォルダー名に Excel へ伝えられない文字があります。jukixl を別のフォルダーに入れ直してください。"
        )
        raise InputError(Problem(message, Place(file=str(interpreter)))) from error


def _ansi() -> str:
    """Windows' own code page (cp932 in Japan), even where Python runs in UTF-8 mode."""
    return locale.getencoding()


def _with_variables(path: Path) -> str:
    """A path below the user's folder by its variable: the user's name need not fit the code page, and may change."""
    for variable in _VARIABLES:
        base = os.environ.get(variable)
        if base and path.is_relative_to(base):
            return f"%{variable}%{os.sep}{path.relative_to(base)}"
    return str(path)


def _expanded(text: str) -> str:
    for variable in _VARIABLES:
        text = text.replace(f"%{variable}%", os.environ.get(variable, f"%{variable}%"))
    return text


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder with those above it; those that were missing."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            Problem("フォルダーを作れません。書き込む権限を確かめてください。", Place(file=str(folder)))
        ) from error
    return missing


def _keep_stranger(written: _Written, data: bytes, folder: Path) -> Path | None:
    """Copy a file that isn't ours before it is replaced; the copy. None where there is no such file."""
    if not written.path.exists() or written.is_ours() or written.path.read_bytes() == data:
        return None
    kept = _free_path(folder / f"{written.path.stem}_旧{written.path.suffix}")
    write_atomic(kept, written.path.read_bytes())
    return kept


def _planned(written: _Written, data: bytes, kept: Path | None) -> _Written:
    """The entry once `data` is written. What stood there before the first time is what uninstall puts back."""
    digests = tuple(dict.fromkeys((*written.digests, _digest(data))))
    return replace(written, digests=digests, former=written.former if written.digests else kept)


def _free_path(path: Path) -> Path:
    numbered = (path.with_name(f"{path.stem}{number}{path.suffix}") for number in range(1, 1000))
    return next(candidate for candidate in numbered if not candidate.exists())


def _write(path: Path, data: bytes) -> str:
    if path.exists() and path.read_bytes() == data:
        return f"変わりありません: {path}"
    replaced = path.exists()
    try:
        write_atomic(path, data)
    except InputError as error:
        if isinstance(error.__cause__, PermissionError):
            raise _locked(path, "入れ替え") from error
        raise
    return f"{'新しい版に入れ替えました' if replaced else 'インストールしました'}: {path}"


def _remove(written: _Written) -> Iterator[str]:
    path = written.path
    if not path.exists():
        return
    if not written.is_ours():
        yield f"インストール後に変えられているため残しました: {path}"
        return
    try:
        path.unlink()
        if written.former and written.former.exists():
            os.replace(written.former, path)
            yield f"前からあったファイルに戻しました: {path}"
        else:
            yield f"削除しました: {path}"
    except PermissionError as error:
        raise _locked(path, "削除") from error


def _locked(path: Path, act: str) -> InputError:
    return InputError(Problem(_LOCKED.format(act=act), Place(file=str(path))))


def _write_record(folders: Folders, record: _Record) -> None:
    write_atomic(folders.record, record.to_json().encode())


def _read_record(folders: Folders) -> _Record:
    """What was installed before; empty where nothing was. InputError where the record can't be read."""
    if not folders.record.is_file():
        return _Record()
    try:
        data = json.loads(folders.record.read_text(encoding="utf-8"))
        files = tuple(
            _Written(
                Path(file["path"]), tuple(file["sha256"]), Path(file["former"]) if file["former"] else None
            )
            for file in data["files"]
        )
        return _Record(files, _paths(data["folders"]))
    except (ValueError, KeyError, TypeError) as error:
        message = "インストールの記録が壊れています。このファイルを削除し、「jukixl addin install」を実行し直してください。"
        raise InputError(Problem(message, Place(file=str(folders.record)))) from error


def _paths(texts: Iterable[str]) -> tuple[Path, ...]:
    return tuple(Path(text) for text in texts)
