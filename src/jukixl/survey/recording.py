"""Brings a collection into the master, and the log tells the truth of it whenever the computer stops."""

from __future__ import annotations

import os
from collections.abc import Iterator

from jukixl.survey.archive import (
    BEGUN,
    COLLECTED,
    DONE,
    NOT_KEPT,
    RECEIVED,
    UNDONE,
    Archive,
    Entry,
    digest_of,
)
from jukixl.survey.outcome import CollectOutcome, FileOutcome
from jukixl.workbook.edits import find_changes
from jukixl.workbook.host import MasterHost
from jukixl.workbook.master import Master


def record_collection(host: MasterHost, master: Master, outcome: CollectOutcome, archive: Archive) -> int:
    """Make the edits of a collection in the master, and log it; how many cells changed. Errors as for `host.write`."""
    received = [_received(file) for file in outcome.files if _is_new(file, archive)]
    if not outcome.edits:
        archive.append(received)
        return 0
    writing = _Writing(master, outcome, archive, received)
    try:
        changed = host.write(master, outcome.edits, writing.begin)
    except BaseException:  # whatever stopped it, the log must say so
        writing.fail(host)
        raise
    writing.end()
    return changed


class _Writing:
    """One write to the master, in the log."""

    def __init__(
        self, master: Master, outcome: CollectOutcome, archive: Archive, received: list[Entry]
    ) -> None:
        self.master = master
        self.outcome = outcome
        self.archive = archive
        self.received = received
        self.run = os.urandom(6).hex()
        self.is_begun = self.is_file = False

    def begin(self, after: bytes | None) -> None:
        """Just before the master is replaced by `after`, or (None) written to where it is open."""
        before = self.master.package.to_bytes()
        self.is_begun, self.is_file = True, after is not None
        self.archive.append(
            [
                *self.received,
                *(self._collected(file) for file in self.outcome.files if file.edits),
                {
                    "event": BEGUN,
                    "run": self.run,
                    "master": self.archive.master.name,
                    "before": digest_of(before) if self.is_file else None,
                    "after": None if after is None else digest_of(after),
                },
            ]
        )

    def end(self) -> None:
        if not self.is_begun:  # nothing really changed
            self.archive.append(self.received)
            return
        self.archive.append([{"event": DONE, "run": self.run, "saved": self.is_file}])

    def fail(self, host: MasterHost) -> None:
        """A file is the old or the new one, which it says itself; a host that failed has put everything back."""
        if self.is_begun and self.is_file:
            self.archive.settle(host.path)
        elif self.is_begun:
            self.archive.append([{"event": UNDONE, "run": self.run}])

    def _collected(self, file: FileOutcome) -> Entry:
        return {"event": COLLECTED, "run": self.run, **_file_of(file), "cells": list(self._cells(file))}

    def _cells(self, file: FileOutcome) -> Iterator[Entry]:
        for change in find_changes(self.master.snapshot, file.edits):
            yield {
                "sheet": change.sheet,
                "cell": change.cell,
                "from": _plain(change.old),
                "to": _plain(change.new),
            }


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
