"""Where a master is: a file, or a workbook open in Excel. The core reads a master and hands back edits; a host does both.

Commands take a host, so that a ribbon button and the command line are the same act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from jukixl.errors import InputError, Place, Problem
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import Master, master_of, read_master
from jukixl.workbook.package import read_package
from jukixl.workbook.patch import PatchResult, patch_workbook
from jukixl.workbook.snapshot import reread_snapshot

if TYPE_CHECKING:
    from jukixl.workbook.links import Link

Announce = Callable[[bytes | None], None]
"""Told of a write that is about to happen: the master's new content, None where the host is no file. May raise to stop it."""

_LOCKS = ("~${}", ".~lock.{}#")
"""The files that Excel and LibreOffice have beside a workbook while it is open."""


@runtime_checkable
class MasterHost(Protocol):
    """Reads the master as it is now, and makes edits in it."""

    @property
    def path(self) -> Path:
        """The master's file: what is kept beside a master is kept beside it."""

    def require_writable(self) -> None:
        """InputError, before anything is done, where the master couldn't be written to."""

    def read(self) -> Master:
        """The master at this moment. InputError where it is none or can't be read."""

    def write(
        self,
        master: Master,
        edits: Sequence[Edit],
        announce: Announce | None = None,
        links: Sequence[Link] = (),
    ) -> int:
        """Make all edits or none; returns how many cells changed. `master` is what the edits were made for.

        `announce` is called just before, but not where nothing changes. `links` are set with the cells.
        """


class FileHost:
    """A master as a file; formulas are recalculated and their caches filled."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: tuple[Master, PatchResult] | None = None

    @property
    def path(self) -> Path:
        return self._path

    def require_writable(self) -> None:
        """InputError where the file is open in Excel or LibreOffice, or may not be written to."""
        locks = (self.path.with_name(lock.format(self.path.name)) for lock in _LOCKS)
        lock = next((lock for lock in locks if lock.exists()), None)
        if lock is not None:
            message = (
                "Excelなどで開いているため、何も書き込みませんでした。保存して閉じてから、もう一度実行してください。"
                f"だれも開いていなければ、残っているファイル「{lock.name}」を消してください。"
            )
            raise InputError(Problem(message, Place(file=str(self.path))))
        if not self.path.is_file():  # reading says that better
            return
        try:
            with self.path.open("r+b"):
                return
        except OSError as error:
            message = (
                "ほかのプログラムで開いているか、書き込む権限がないため、何も書き込みませんでした。"
                "開いていれば閉じてから、もう一度実行してください。"
            )
            raise InputError(Problem(message, Place(file=str(self.path)))) from error

    def read(self) -> Master:
        if self._written is None:
            return read_master(self.path)
        package = read_package(self.path)
        former, result = self._written
        if result.written is None or result.written.to_bytes() != package.to_bytes():
            return read_master(self.path)
        # It is as it was last written: what didn't change then needn't be read again, nor be computed.
        snapshot = reread_snapshot(result.written, former.package, former.snapshot)
        return master_of(result.written, snapshot, result.recalculation)

    def write(
        self,
        master: Master,
        edits: Sequence[Edit],
        announce: Announce | None = None,
        links: Sequence[Link] = (),
    ) -> int:
        """As `MasterHost.write`. Refusal where the file changed since `master` was read."""
        self.require_writable()
        base = (master.package, master.snapshot)
        result = patch_workbook(self.path, edits, base=base, announce=announce, links=links)
        self._written = master, result
        return len(result.changes)


def host_of(arguments: Mapping[str, object]) -> MasterHost:
    """The master that a command was given: a host as it is, a path as a file."""
    given = arguments["MASTER"]
    return given if isinstance(given, MasterHost) else FileHost(Path(str(given)))
