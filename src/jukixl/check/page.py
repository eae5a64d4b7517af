"""The report of a check as one HTML page (検算報告), which needs no network and no other file.

The same master gives the same bytes: nothing of the hour or the machine is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import Template

from jukixl.check.master import CheckOutcome
from jukixl.check.page_findings import render_findings, render_kinds
from jukixl.check.page_formulas import render_formulas
from jukixl.check.page_lineage import render_lineage
from jukixl.check.page_parts import element, shown
from jukixl.check.page_shell import render_page
from jukixl.check.trace import Trace
from jukixl.findings import Severity, count_by_severity
from jukixl.report.model import Cover
from jukixl.workbook.master import Master

_BODY = Template("""$head
<nav class="controls"><a href="#findings">指摘</a> <a href="#formulas">数式</a> <a href="#figures">本文の数値の根拠</a> <a href="#tables">表の数値の根拠</a></nav>
<h2 id="summary">概要</h2>
$summary
<h2 id="findings">指摘</h2>
$findings
<h2 id="formulas">数式</h2>
$formulas
$lineage""")


def create_page(master: Master, outcome: CheckOutcome) -> bytes:
    """The page of a master and what its check found, UTF-8."""
    trace = Trace(master)
    lineage, anchors = render_lineage(trace, outcome.findings)
    body = _BODY.substitute(
        head="".join(element("p", shown(line), "head") for line in _head(master)),
        summary=_summary(outcome),
        findings=render_findings(master, outcome.findings, anchors),
        formulas=render_formulas(master.snapshot, outcome.formulas, anchors),
        lineage=lineage,
    )
    return render_page(shown(f"検算報告　{master.report.title}"), body)


def _head(master: Master) -> Iterator[str]:
    """What was checked: the handout's date as its cover prints it, the file."""
    for block in master.report.document:
        if isinstance(block, Cover):
            texts = (master.results.render(text) for text in (block.council, block.date, block.office))
            yield "　".join(text for text in texts if text)
    yield f"マスター: {master.package.name}"


def _summary(outcome: CheckOutcome) -> str:
    counts = count_by_severity(outcome.findings)
    cells = [
        element("td", f"<b>{counts[severity]}</b> 件", severity.value, {"id": f"count-{severity.value}"})
        for severity in Severity
    ]
    headings = "".join(element("th", severity.label) for severity in Severity)
    table = element("table", f"<tr>{headings}</tr><tr>{''.join(cells)}</tr>", "summary")
    formulas = outcome.formulas
    line = (
        f"数式 {formulas.total} 件のうち {formulas.recomputed} 件を計算し直しました。"
        f"値か数式が違うものは {formulas.disagreeing} 件です。"
    )
    verdict = (
        "誤りがあります。直してから審議会資料を作成してください。"
        if counts[Severity.ERROR]
        else "誤りはありません。"
    )
    return table + element("p", verdict, "verdict") + element("p", line) + render_kinds(outcome.findings)
