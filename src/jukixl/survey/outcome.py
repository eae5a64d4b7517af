"""What became of the files of a collection."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct, field

from jukixl.findings import Finding
from jukixl.personal import hide_numbers
from jukixl.report.values import Value
from jukixl.survey.intake import Skipped
from jukixl.workbook.edits import Edit

IMPORTED, UNCHANGED, REJECTED = "imported", "unchanged", "rejected"
STATUS_LABELS = {IMPORTED: "取込", UNCHANGED: "変更なし", REJECTED: "取込不可"}
_DIGEST_LENGTH = 12


class FileOutcome(Struct):
    """What became of one returned file.

    `values` are what it answered, by (table, column), `reasons` what it gave as reasons for changes. `sha256` is empty
    where the file couldn't be read, `modified` when it was saved last. `is_private`: it may hold a personal number, and
    isn't kept. `is_superseded`: a newer file of the municipality holds.
    """

    path: Path
    municipality: str | None = None
    status: str = REJECTED
    findings: list[Finding] = field(default_factory=list)
    values: dict[tuple[str, str], Value] = field(default_factory=dict)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)
    contact: str = ""
    sha256: str = ""
    modified: float = 0.0
    is_private: bool = False
    is_superseded: bool = False
    edits: list[Edit] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """The part of the hash that 提出状況 shows."""
        return self.sha256[:_DIGEST_LENGTH]

    @property
    def shown_name(self) -> str:
        """The file's name, without what may be a person's number."""
        return hide_numbers(self.path.name)

    def says_other_than(self, other: FileOutcome) -> bool:
        """Whether it answers anything in another way."""
        return self.values != other.values or self.reasons != other.reasons

    def to_json(self) -> dict[str, object]:
        return {
            "file": self.shown_name,
            "municipality": self.municipality,
            "status": self.status,
            "findings": [finding.to_json() for finding in self.findings],
        }


class CollectOutcome(Struct, frozen=True):
    """What became of a folder: its files, the municipalities (codes) of which nothing has been collected yet, the edits
    still to be made in the master, and the files passed over."""

    files: tuple[FileOutcome, ...]
    missing: tuple[str, ...]
    edits: tuple[Edit, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def to_json(self) -> dict[str, object]:
        outcome: dict[str, object] = {
            "files": [file.to_json() for file in self.files],
            "missing": list(self.missing),
        }
        return {**outcome, "skipped": [one.to_json() for one in self.skipped]} if self.skipped else outcome
