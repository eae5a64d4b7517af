"""Brings a collection or an import into the master, and the log tells the truth of it whenever the computer stops."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from jukixl.personal import hide_numbers
from jukixl.survey.archive import (
    BEGUN,
    COLLECTED,
    DONE,
    NOT_KEPT,
    RECEIVED,
    SENT_BACK,
    UNDONE,
    Archive,
    Entry,
    digest_of,
)
from jukixl.survey.intake import read_bytes
from jukixl.survey.outcome import REJECTED, CollectOutcome, FileOutcome
from jukixl.workbook.edits import Edit, find_changes
from jukixl.workbook.host import MasterHost
from jukixl.workbook.master import Master


def record_collection(host: MasterHost, master: Master, outcome: CollectOutcome, archive: Archive) -> int:
    """Make the edits of a collection in the master, and log it; how many cells changed. Errors as for `host.write`."""
    received = [_received(file) for file in outcome.files if _is_new(file, archive)]
    taken = [_Taken(_event_of(file), _file_of(file), file.edits) for file in outcome.files if file.edits]
    return _Writing(master, archive, received, taken).run(host)


def record_import(
    host: MasterHost, master: Master, edits: Sequence[Edit], file: Path, archive: Archive
) -> int:
    """Keep the file of a table, make the edits that it gave, and log it; how many cells changed. Errors as above."""
    data = read_bytes(file)
    digest = digest_of(data)
    archive.keep(data, digest, file.suffix)
    entry = {"file": hide_numbers(file.name), "sha256": digest, "municipality": None}
    received = [] if archive.knows(digest) else [{"event": RECEIVED, **entry, "status": "imported"}]
    return _Writing(master, archive, received, [_Taken(COLLECTED, entry, edits)]).run(host)


class _Taken(Struct, frozen=True):
    """What happened to a file, the file as the log calls it, and the edits that it gave."""

    event: str
    entry: Entry
    edits: Sequence[Edit]


class _Writing:
    """One write to the master, in the log."""

    def __init__(
        self, master: Master, archive: Archive, received: Sequence[Entry], taken: Sequence[_Taken]
    ) -> None:
        self.master = master
        self.archive = archive
        self.received = received
        self.taken = taken
        self.id = os.urandom(6).hex()
        self.is_begun = self.is_file = False

    def run(self, host: MasterHost) -> int:
        """Write; how many cells changed."""
        try:
            edits = [edit for taken in self.taken for edit in taken.edits]
            changed = host.write(self.master, edits, self._begin) if edits else 0
        except BaseException:  # whatever stopped it, the log must say so
            self._fail(host)
            raise
        self._end()
        return changed

    def _begin(self, after: bytes | None) -> None:
        """Just before the master is replaced by `after`, or (None) written to where it is open."""
        before = self.master.package.to_bytes()
        self.is_begun, self.is_file = True, after is not None
        begun = {
            "event": BEGUN,
            "run": self.id,
            "master": self.archive.master.name,
            "before": digest_of(before) if self.is_file else None,
            "after": None if after is None else digest_of(after),
        }
        self.archive.append([*self.received, *map(self._collected, self.taken), begun])

    def _end(self) -> None:
        if not self.is_begun:  # nothing really changed
            self.archive.append(self.received)
            return
        self.archive.append([{"event": DONE, "run": self.id, "saved": self.is_file}])

    def _fail(self, host: MasterHost) -> None:
        """A file is the old or the new one, which it says itself; a host that failed has put everything back."""
        if self.is_begun and self.is_file:
            self.archive.settle(host.path)
        elif self.is_begun:
            self.archive.append([{"event": UNDONE, "run": self.id}])

    def _collected(self, taken: _Taken) -> Entry:
        cells = [
            {
                "sheet": change.sheet,
                "cell": change.cell,
                "from": _plain(change.old),
                "to": _plain(change.new),
            }
            for change in find_changes(self.master.snapshot, taken.edits)
        ]
        return {"event": taken.event, "run": self.id, **taken.entry, "cells": cells}


def _event_of(file: FileOutcome) -> str:
    """Of a rejected file only 提出状況 is told."""
    return SENT_BACK if file.status == REJECTED else COLLECTED


def _is_new(file: FileOutcome, archive: Archive) -> bool:
    return bool(file.sha256) and not archive.knows(file.sha256)


def _received(file: FileOutcome) -> Entry:
    """That a file came, and what was made of it when it first did."""
    return {
        "event": NOT_KEPT if file.is_private else RECEIVED,
        **_file_of(file),
        "status": file.status,
        "findings": sorted({finding.code for finding in file.findings}),
    }


def _file_of(file: FileOutcome) -> Entry:
    return {"file": file.shown_name, "sha256": file.sha256, "municipality": file.municipality}


def _plain(value: object) -> object:
    """A cell's value as JSON has it; errors and exact decimals as text."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
