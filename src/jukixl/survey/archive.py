"""What came is kept: every returned file under its hash in 回答控/ beside the master, and a log of what was done with it.

The log (取込記録.jsonl) is only ever added to, one JSON object a line. A collection that writes to the master says so
before ("begun", with the hash of the master as it is and as it will be) and after ("done"); where the computer stopped
in between, the next collection finds out which master it was and says that.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from jukixl.errors import InputError, Place, Problem
from jukixl.workbook.package import write_atomic

ARCHIVE_FOLDER, QUARANTINE_FOLDER, LOG_NAME = "回答控", "隔離", "取込記録.jsonl"
BEGUN, DONE, UNDONE, UNKNOWN = "書込開始", "書込完了", "書込なし", "不明"
RECEIVED, NOT_KEPT, COLLECTED, SENT_BACK, QUARANTINED = "受領", "保管せず", "取込", "差戻し", "隔離"
"""Events of the log."""
_USER_VARIABLES = ("LOGNAME", "USER", "LNAME", "USERNAME")

Entry = Mapping[str, object]


def digest_of(data: bytes) -> str:
    """SHA-256 in hexadecimal digits: what a kept file is called, and what the log calls it."""
    return hashlib.sha256(data).hexdigest()


class Archive:
    """The folder 回答控 beside a master. Nothing is made before there is something to keep."""

    def __init__(self, master: Path) -> None:
        self.master = master
        self.folder = master.parent / ARCHIVE_FOLDER
        self.log = self.folder / LOG_NAME
        self._known: bytes | None = None
        self._is_made = False

    def path_of(self, digest: str, suffix: str) -> Path:
        """Where a file is kept."""
        return self.folder / f"{digest}{suffix.lower()}"

    def keep(self, data: bytes, digest: str, suffix: str) -> None:
        """Keep a file unless it is there already. InputError where that can't be done.

        Not forced to the disk file by file, which takes longer than reading the forms: until the disk has it, it still is
        where it came from, and one that a power failure cut off is written again by the next collection.
        """
        path = self.path_of(digest, suffix)
        try:
            if os.stat(path).st_size == len(data):
                return
        except OSError:  # not there yet
            self._make_folder()
        temporary = f"{path}.{os.urandom(4).hex()}.tmp"
        try:
            with open(temporary, "xb", buffering=0) as file:
                file.write(data)
            os.replace(temporary, path)
        except OSError as error:
            with suppress(OSError):  # it may not even have been made
                os.unlink(temporary)
            message = (
                "返送されたファイルを保管できません。フォルダーの権限とディスクの空きを確かめてください。"
            )
            raise InputError(Problem(message, Place(file=str(self.folder)))) from error

    def _make_folder(self) -> None:
        if not self._is_made:  # asking again for every file takes as long as writing one
            _make_folder(self.folder)
            self._is_made = True

    def quarantine(self, data: bytes, digest: str, suffix: str) -> Path:
        """Keep a file in 隔離, where no collection looks; its path."""
        path = self.folder / QUARANTINE_FOLDER / f"{digest}{suffix.lower()}"
        _make_folder(path.parent)
        write_atomic(path, data)
        return path

    def knows(self, digest: str) -> bool:
        """Whether the log tells of a file."""
        if self._known is None:
            self._known = self.log.read_bytes() if self.log.exists() else b""
        return digest.encode() in self._known

    def append(self, entries: Iterable[Entry]) -> None:
        """Add lines to the log, with time and user, all at once. InputError where that can't be done."""
        stamp = {"time": datetime.now().astimezone().isoformat(timespec="seconds"), "user": _user()}
        lines = b"".join(msgspec.json.encode({**stamp, **entry}) + b"\n" for entry in entries)
        if not lines:
            return
        self._make_folder()
        self._known = None
        try:
            with self.log.open("ab+", buffering=0) as log:
                log.write(self._after_torn_line(log.tell()) + lines)
                os.fsync(log.fileno())
        except OSError as error:
            message = "取込の記録に書き込めません。開いているプログラムを閉じ、フォルダーの権限とディスクの空きを確かめてください。"
            raise InputError(Problem(message, Place(file=str(self.log)))) from error

    def _after_torn_line(self, end: int) -> bytes:
        """What ends a line of which only a part was written: it stays, and no reader takes it for an entry."""
        if end == 0:
            return b""
        with self.log.open("rb") as log:
            log.seek(end - 1)
            return b"" if log.read(1) == b"\n" else b"\n"

    def settle(self, master: Path) -> None:
        """Say of a write that was begun and of whose end nothing was heard whether it happened, to go by the master."""
        begun = self._unfinished()
        if begun is None:
            return
        now = digest_of(master.read_bytes())
        events = {begun.get("after"): DONE, begun.get("before"): UNDONE}
        self.append(
            [{"event": events.get(now, UNKNOWN), "run": begun.get("run"), "master": self.master.name}]
        )

    def _unfinished(self) -> dict[str, object] | None:
        begun: dict[str, object] | None = None
        for entry in read_log(self.log):
            if entry.get("event") == BEGUN:
                begun = entry
            elif (
                entry.get("event") in (DONE, UNDONE, UNKNOWN)
                and begun
                and entry.get("run") == begun.get("run")
            ):
                begun = None
        return begun


def read_log(path: Path) -> list[dict[str, object]]:
    """The entries of a log; lines of which only a part was written are no entries."""
    found = []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            entry = msgspec.json.decode(line)
        except msgspec.DecodeError:
            continue
        if isinstance(entry, dict):
            found.append(entry)
    return found


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = "返送されたファイルを保管するフォルダーを作れません。フォルダーの権限を確かめてください。"
        raise InputError(Problem(message, Place(file=str(folder)))) from error


def _user() -> str:
    """The name that `getpass.getuser` gives; that module would load a terminal's first, which takes a millisecond."""
    if name := next(filter(None, map(os.environ.get, _USER_VARIABLES)), None):
        return name
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, AttributeError, KeyError):  # a user without a name, as in some containers
        return "不明"
