"""Where a master is: a file, or a workbook open in Excel. The core reads a master and hands back edits; a host does both.

Commands take a host, so that a ribbon button and the command line are the same act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from jukixl.workbook.edits import Edit
from jukixl.workbook.master import Master, master_of, read_master
from jukixl.workbook.package import read_package
from jukixl.workbook.patch import PatchResult, patch_workbook
from jukixl.workbook.snapshot import reread_snapshot


@runtime_checkable
class MasterHost(Protocol):
    """Reads the master as it is now, and makes edits in it."""

    def read(self) -> Master:
        """The master at this moment. InputError where it is none or can't be read."""

    def write(self, master: Master, edits: Sequence[Edit]) -> int:
        """Make all edits or none; returns how many cells changed. `master` is what the edits were made for."""


class FileHost:
    """A master as a file; formulas are recalculated and their caches filled."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written: tuple[Master, PatchResult] | None = None

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

    def write(self, master: Master, edits: Sequence[Edit]) -> int:
        """As `MasterHost.write`. Refusal where the file changed since `master` was read."""
        result = patch_workbook(self.path, edits, base=(master.package, master.snapshot))
        self._written = master, result
        return len(result.changes)


def host_of(arguments: Mapping[str, object]) -> MasterHost:
    """The master that a command was given: a host as it is, a path as a file."""
    given = arguments["MASTER"]
    return given if isinstance(given, MasterHost) else FileHost(Path(str(given)))
