"""Findings (指摘): what a check noticed, as a value. Never an exception."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class Severity(StrEnum):
    """How much a finding matters. Only `ERROR` makes a command end with exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def label(self) -> str:
        """The word staff read."""
        return {"error": "誤り", "warning": "要確認", "info": "参考"}[self.value]


class Finding(Struct, frozen=True):
    """One thing noticed, with its cell. `expected`, `actual`: as printed, None where they do not apply.

    `municipality` is the six-digit 団体コード of the body to ask, None when no single body is concerned.
    """

    code: str
    severity: Severity
    message: str
    sheet: str | None = None
    cell: str | None = None
    expected: str | None = None
    actual: str | None = None
    municipality: str | None = None

    def __str__(self) -> str:
        place = (
            f"{self.sheet}!{self.cell} "
            if self.sheet and self.cell
            else (f"{self.sheet} " if self.sheet else "")
        )
        return f"[{self.severity.label}] {place}{self.message}"

    def to_json(self) -> dict[str, str | None]:
        """The shape that `--json` promises; keys that do not apply are null."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "sheet": self.sheet,
            "cell": self.cell,
            "message": self.message,
            "expected": self.expected,
            "actual": self.actual,
            "municipality": self.municipality,
        }


class Described(Struct, frozen=True):
    """What a code of findings means and what to do: a line of the catalogue of checks (docs/checks.md)."""

    code: str
    severities: tuple[Severity, ...]
    meaning: str
    advice: str


def count_by_severity(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings there are of each severity; severities without findings count 0."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in Severity}


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any finding is an error (that is, whether a command must end with exit code 1)."""
    return any(finding.severity is Severity.ERROR for finding in findings)
