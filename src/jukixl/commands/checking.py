"""検算: what is wrong, and where."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jukixl.check.master import CheckOutcome, check_master
from jukixl.commands.registry import Arguments, Outcome, Progress, path_of
from jukixl.findings import Finding, Severity, count_by_severity, has_errors
from jukixl.workbook.host import host_of
from jukixl.workbook.package import keep_former, write_atomic


def check(arguments: Arguments, _progress: Progress) -> Outcome:
    """検算."""
    return _outcome(check_master(host_of(arguments).read()))


def _outcome(outcome: CheckOutcome) -> Outcome:
    formulas = outcome.formulas
    lines = [str(finding) for finding in by_severity(outcome.findings)]
    lines.append(summarize(outcome.findings))
    lines.append(
        f"数式 {formulas.total} 件のうち {formulas.recomputed} 件を再計算し、不一致は {formulas.disagreeing} 件です。"
    )
    return Outcome(tuple(lines), outcome.to_json(), int(has_errors(outcome.findings)))


def list_findings(arguments: Arguments, _progress: Progress) -> Outcome:
    """指摘一覧."""
    from jukixl.check.listing import create_listing

    host, path = host_of(arguments), path_of(arguments, "out")
    master = host.read()
    findings = by_severity(check_master(master).findings)
    kept = keep_former(path, listing := create_listing(findings, Path(master.package.name)))
    write_atomic(path, listing)
    lines = [f"前の一覧を残しました: {kept}"] if kept else []
    lines += [f"指摘 {len(findings)} 件の一覧を作成しました: {path}", summarize(findings)]
    data = {"listing": str(path), "findings": [finding.to_json() for finding in findings]}
    return Outcome(tuple(lines), data, opens=path)


def audit(arguments: Arguments, _progress: Progress) -> Outcome:
    """他ブックの監査."""
    from jukixl.check.audit import audit_workbook

    return _outcome(audit_workbook(path_of(arguments, "FILE")))


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, otherwise in the order given."""
    order = list(Severity)
    return sorted(findings, key=lambda finding: order.index(finding.severity))


def summarize(findings: Iterable[Finding]) -> str:
    """How many findings there are of each severity, on one line."""
    counts = count_by_severity(findings)
    return "指摘: " + "、".join(f"{severity.label} {count} 件" for severity, count in counts.items())
