"""公表記録: what was published when, from which files and with which findings; one JSON object a line, only ever added to.

A line has how many findings of each kind were open or waived, and the hash of the line of 公表記録_指摘.jsonl that has their
words. Releases with the same findings share that line. Lines of earlier versions have the words in themselves.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from jukixl import __version__
from jukixl.findings import Finding, Severity
from jukixl.handout.release import Release
from jukixl.personal import hide_numbers
from jukixl.workbook.package import write_atomic

RECORD_NAME, FINDINGS_NAME = "公表記録.jsonl", "公表記録_指摘.jsonl"


def file_entry(name: str, data: bytes) -> Mapping[str, str]:
    """A file as the record names it, with its SHA-256."""
    return {"file": hide_numbers(name), "sha256": _digest(data)}


def append_record(
    folder: Path,
    release: Release,
    files: Mapping[str, object],
    pdf_engine: str | None,
    pdf_problems: Iterable[str],
) -> Path:
    """Add a line with the time of now; the record's path. `files` are the input, the master and the outputs.

    InputError where it can't be written.
    """
    warnings = [one for one in release.findings if one.severity is Severity.WARNING]
    looks = [str(look) for look in release.verification.looks]
    words = {"warnings": _told(warnings), "waived": _told(release.waived), "looks": looks}
    line = msgspec.json.encode(words)
    entry = {
        "time": datetime.now().astimezone().isoformat(timespec="seconds"),
        "jukixl": __version__,
        **files,
        "values": release.verification.values,
        "warnings": _counted(warnings),
        "waived": _counted(release.waived),
        "looks": len(looks),
        "findings": {"file": FINDINGS_NAME, "sha256": _digest(line)},
        "pdf_engine": pdf_engine,
        "pdf_problems": list(pdf_problems),
    }
    path, findings = folder / RECORD_NAME, folder / FINDINGS_NAME
    former = _read(findings)
    if line not in former.splitlines():
        write_atomic(findings, former + line + b"\n")
    write_atomic(path, _read(path) + msgspec.json.encode(entry) + b"\n")
    return path


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _told(findings: Iterable[Finding]) -> list[str]:
    return [hide_numbers(str(finding)) for finding in findings]


def _counted(findings: Iterable[Finding]) -> dict[str, int]:
    return dict(sorted(Counter(finding.code for finding in findings).items()))
