"""検算: what is wrong, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from jukixl.check.master import CheckOutcome, check_master
from jukixl.commands.outputs import output_of
from jukixl.commands.registry import Arguments, Outcome, Progress, path_of
from jukixl.errors import Place, Problem, Refusal
from jukixl.findings import Finding, Severity, count_by_severity, has_errors
from jukixl.workbook.host import host_of
from jukixl.workbook.layout import CHECKS_SHEET
from jukixl.workbook.package import write_atomic, write_keeping_former
from jukixl.workbook.stamp import is_outdated

_MISSING_TOLD = 2


def check(arguments: Arguments, _progress: Progress) -> Outcome:
    """検算. What sheet 検算 lists is left as it is; where that is of other inputs, it says so."""
    master = host_of(arguments).read()
    outcome = _outcome(check_master(master))
    if not is_outdated(master.snapshot, master.results):
        return outcome
    line = f"「{CHECKS_SHEET}」シートの一覧は、入力が変わる前のものです。「指摘の確認」で書き直してください。"
    return replace(outcome, lines=(*outcome.lines, line))


def _outcome(outcome: CheckOutcome) -> Outcome:
    formulas = outcome.formulas
    lines = tell(outcome.findings)
    lines.append(summarize(outcome.findings))
    lines.append(
        f"数式 {formulas.total} 件のうち {formulas.recomputed} 件を再計算し、不一致は {formulas.disagreeing} 件です。"
    )
    return Outcome(tuple(lines), outcome.to_json(), int(has_errors(outcome.findings)))


def list_findings(arguments: Arguments, _progress: Progress) -> Outcome:
    """指摘一覧."""
    from jukixl.check.listing import create_listing

    host = host_of(arguments)
    path = output_of(arguments, "out", ".xlsx", master=host.path)
    master = host.read()
    outcome = check_master(master)
    findings = by_severity(outcome.findings)
    kept = write_keeping_former(path, create_listing(master, outcome, findings))
    lines = [f"前の一覧を残しました: {kept}"] if kept else []
    lines += [f"指摘 {len(findings)} 件の一覧を作成しました: {path}", summarize(findings)]
    data = {"listing": str(path), "findings": [finding.to_json() for finding in findings]}
    return Outcome(tuple(lines), data, opens=path)


def review(arguments: Arguments, _progress: Progress) -> Outcome:
    """指摘の確認: write what was found, and every formula with its verdict, on sheet 検算."""
    from jukixl.check.results import result_edits
    from jukixl.workbook.results import has_formula_list

    host = host_of(arguments)
    master = host.read()
    if not has_formula_list(master.snapshot):
        message = "このマスターの「検算」シートには一覧の場所がありません。新しく作成したマスターで使えます。"
        raise Refusal(Problem(message, Place(file=master.package.name, sheet=CHECKS_SHEET)))
    outcome = check_master(master)
    results = result_edits(master, outcome, datetime.now().astimezone())
    changed = host.write(master, results.edits, links=results.links)
    counts = count_by_severity(outcome.findings)
    lines = [
        f"検算の結果を「{CHECKS_SHEET}」シートに書きました（変更 {changed} セル）。",
        summarize(outcome.findings),
        *(
            [f"一覧に入りきらない指摘が {results.left_out} 件あります。「指摘一覧」に全件を書き出せます。"]
            if results.left_out
            else []
        ),
        "誤りは直し、確かめた要確認には理由・確認者・確認日を入力してください。入力が変わると、一覧は古いと表示されます。",
    ]
    data = {
        "errors": counts[Severity.ERROR],
        "warnings": counts[Severity.WARNING],
        "formulas": outcome.formulas.total,
        "changed": changed,
    }
    return Outcome(tuple(lines), data, shows=CHECKS_SHEET)


def write_page(arguments: Arguments, _progress: Progress) -> Outcome:
    """検算報告."""
    from jukixl.check.page import create_page

    path = output_of(arguments, "out", ".html")
    master = host_of(arguments).read()
    outcome = check_master(master)
    write_atomic(path, create_page(master, outcome))
    lines = (f"検算報告を作成しました: {path}", summarize(outcome.findings))
    data = {"page": str(path), **outcome.to_json()}
    return Outcome(lines, data, int(has_errors(outcome.findings)), opens=path)


def audit(arguments: Arguments, _progress: Progress) -> Outcome:
    """他ブックの監査."""
    from jukixl.check.audit import audit_workbook

    return _outcome(audit_workbook(path_of(arguments, "FILE")))


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, otherwise in the order given."""
    order = list(Severity)
    return sorted(findings, key=lambda finding: order.index(finding.severity))


def tell(findings: Iterable[Finding]) -> list[str]:
    """The findings as lines to read. Of the empty cells of a sheet only a few are told: in spring all are empty."""
    counted: Counter[tuple[Severity, str | None]] = Counter()
    lines = []
    for finding in by_severity(findings):
        key = finding.severity, finding.sheet
        counted[key] += finding.code == "missing"
        if finding.code != "missing" or counted[key] <= _MISSING_TOLD:
            lines.append(str(finding))
    for (severity, sheet), count in counted.items():
        if count > _MISSING_TOLD:
            rest = f"未入力のセルがほか {count - _MISSING_TOLD} か所あります。すべては「指摘一覧」で確かめられます。"
            lines.append(f"[{severity.label}] {sheet} {rest}")
    return lines


def summarize(findings: Iterable[Finding]) -> str:
    """How many findings there are of each severity, on one line."""
    counts = count_by_severity(findings)
    return "指摘: " + "、".join(f"{severity.label} {count} 件" for severity, count in counts.items())
