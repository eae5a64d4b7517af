"""Where a master is: a file, or a workbook open in Excel. The core reads a master and hands back edits; a host does both.

Commands take a host, so that a ribbon button and the command line are the same act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from jukixl.workbook.edits import Edit
from jukixl.workbook.master import Master, read_master
from jukixl.workbook.patch import PatchResult, patch_workbook


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
        self._written: PatchResult | None = None

    def read(self) -> Master:
        master = read_master(self.path)
        if self._written and self._written.written == master.package.to_bytes():
            return master._replace(recalculation=self._written.recalculation)  # of this very content
        return master

    def write(self, master: Master, edits: Sequence[Edit]) -> int:
        """As `MasterHost.write`. Refusal where the file changed since `master` was read."""
        self._written = patch_workbook(self.path, edits, base=(master.package, master.snapshot))
        return len(self._written.changes)


def host_of(arguments: Mapping[str, object]) -> MasterHost:
    """The master that a command was given: a host as it is, a path as a file."""
    given = arguments["MASTER"]
    return given if isinstance(given, MasterHost) else FileHost(Path(str(given)))
