"""公表記録: what was published when, from which files and with which findings; one JSON object a line, only ever added to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from jukixl import __version__
from jukixl.findings import Finding, Severity
from jukixl.handout.release import Release
from jukixl.personal import hide_numbers
from jukixl.workbook.package import write_atomic

RECORD_NAME = "公表記録.jsonl"


def file_entry(name: str, data: bytes) -> Mapping[str, str]:
    """A file as the record names it, with its SHA-256."""
    return {"file": hide_numbers(name), "sha256": hashlib.sha256(data).hexdigest()}


def release_entry(
    release: Release, files: Mapping[str, object], pdf_engine: str | None, pdf_problems: Iterable[str]
) -> dict[str, object]:
    """A line of the record but for the time; `files` are the input, the master and the outputs."""
    warnings = [one for one in release.findings if one.severity is Severity.WARNING]
    return {
        "jukixl": __version__,
        **files,
        "values": release.verification.values,
        "looks": [str(look) for look in release.verification.looks],
        "warnings": _told(warnings),
        "waived": _told(release.waived),
        "pdf_engine": pdf_engine,
        "pdf_problems": list(pdf_problems),
    }


def _told(findings: Iterable[Finding]) -> list[str]:
    return [hide_numbers(str(finding)) for finding in findings]


def append_record(folder: Path, entry: Mapping[str, object]) -> Path:
    """Add a line with the time of now; the record's path. InputError where it can't be written."""
    path = folder / RECORD_NAME
    stamped = {"time": datetime.now().astimezone().isoformat(timespec="seconds"), **entry}
    former = path.read_bytes() if path.exists() else b""
    write_atomic(path, former + msgspec.json.encode(stamped) + b"\n")
    return path
