"""The findings on the report page: grouped by sheet, the worst first, each linked to the lineage of its cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from jukixl.check.catalogue import descriptions
from jukixl.check.page_parts import Anchors, element, heading_row, link, shown
from jukixl.findings import Finding, Severity
from jukixl.workbook.layout import Layout
from jukixl.workbook.master import Master

_HEADINGS = {
    "程度": 6,
    "シート": 10,
    "セル": 5,
    "市町村": 8,
    "内容": 40,
    "あるべき値": 7,
    "今の値": 7,
    "種類": 17,
}
"""Heading → width in percent."""
_KINDS = {"程度": 6, "種類": 44, "件数": 6, "対応": 44}
_WHOLE = "ブック全体"
_ORDER = tuple(Severity)


def render_findings(master: Master, findings: Sequence[Finding], anchors: Anchors) -> str:
    """The table with its controls; a sentence where nothing was found."""
    if not findings:
        return element("p", "指摘はありません。")
    groups = _group(findings, list(master.snapshot.sheets))
    names = Layout(master.report).municipality_sheets
    bodies = "".join(_body(sheet, members, names, anchors) for sheet, members in groups.items())
    table = element("table", heading_row(_HEADINGS) + bodies, "list", {"id": "finding-list"})
    return _controls() + table


def render_kinds(findings: Sequence[Finding]) -> str:
    """How many findings there are of each kind, with what it means and what to do; the worst first."""
    kinds = Counter((finding.severity, finding.code) for finding in findings)
    rows = "".join(
        _kind_row(severity, code, count)
        for (severity, code), count in sorted(kinds.items(), key=lambda kind: _ORDER.index(kind[0][0]))
    )
    return element("table", f"{heading_row(_KINDS)}<tbody>{rows}</tbody>", "list kinds") if rows else ""


def _kind_row(severity: Severity, code: str, count: int) -> str:
    described = descriptions().get(code)
    cells = (
        element("td", severity.label, "mark", {"data-key": str(_ORDER.index(severity))}),
        element("td", shown(_meaning(code))),
        element("td", f"{count} 件", "number"),
        element("td", shown(described.advice if described else "")),
    )
    return element("tr", "".join(cells), severity.value)


def _meaning(code: str) -> str:
    described = descriptions().get(code)
    return described.meaning if described else code


def finding_id(number: int) -> str:
    """The id of a finding's row, by its place among all findings (from 0)."""
    return f"i{number + 1}"


def _controls() -> str:
    boxes = "".join(
        f'<label><input type="checkbox" class="severity" value="{severity.value}" checked>{severity.label}</label>'
        for severity in Severity
    )
    search = (
        '<input type="search" id="finding-filter" placeholder="語で絞り込む" aria-label="指摘を語で絞り込む">'
    )
    grouping = '<label><input type="checkbox" id="by-sheet" checked>シートごとにまとめる</label>'
    return (
        f'<p class="controls">{search}{boxes}{grouping}</p>'
        '<p class="count"><span id="finding-count"></span><span class="controls">　見出しを押すと並べ替えます。</span></p>'
    )


def _group(findings: Sequence[Finding], sheets: list[str]) -> dict[str, list[tuple[int, Finding]]]:
    """Findings with their numbers by sheet: sheets with the worst first, then in the order of the workbook."""
    groups: dict[str, list[tuple[int, Finding]]] = {}
    for number, finding in enumerate(findings):
        groups.setdefault(finding.sheet or _WHOLE, []).append((number, finding))

    def rank(sheet: str) -> tuple[int, int, str]:
        worst = min(_ORDER.index(finding.severity) for _, finding in groups[sheet])
        return worst, sheets.index(sheet) if sheet in sheets else -1, sheet

    def severity(numbered: tuple[int, Finding]) -> int:
        return _ORDER.index(numbered[1].severity)

    return {sheet: sorted(groups[sheet], key=severity) for sheet in sorted(groups, key=rank)}


def _body(sheet: str, members: list[tuple[int, Finding]], names: Mapping[str, str], anchors: Anchors) -> str:
    title = f'<tr class="group"><th colspan="{len(_HEADINGS)}">{shown(sheet)}（{len(members)} 件）</th></tr>'
    rows = "".join(_row(number, finding, names, anchors) for number, finding in members)
    return f"<tbody>{title}{rows}</tbody>"


def _row(number: int, finding: Finding, names: Mapping[str, str], anchors: Anchors) -> str:
    cell = link(anchors.of(finding.sheet, finding.cell), shown(finding.cell or ""))
    municipality = names.get(finding.municipality or "", finding.municipality or "")
    order = str(_ORDER.index(finding.severity))
    cells = (
        element("td", finding.severity.label, "mark", {"data-key": order}),
        element("td", shown(finding.sheet or "")),
        element("td", cell),
        element("td", shown(municipality), attributes={"data-key": finding.municipality or ""}),
        element("td", shown(finding.message), "text"),
        element("td", shown(finding.expected or ""), "number"),
        element("td", shown(finding.actual or ""), "number"),
        element("td", shown(_meaning(finding.code)), "kind"),
    )
    return element("tr", "".join(cells), finding.severity.value, {"id": finding_id(number)}) + "\n"
