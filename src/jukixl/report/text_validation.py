"""Whether texts and the blocks of the handout refer to what there is: figures, forms of dates, annexes, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jukixl.errors import Place, Problem
from jukixl.report.expression_validation import ExpressionScope, Role
from jukixl.report.model import HEADING_LEVELS, Annex, Block, Heading, Kind, Paragraph, Report
from jukixl.report.text import Text

ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
DATE_FORMS = {
    Kind.DATE: ("long", "short", "month", "year"),
    Kind.MONTH: ("month", "year"),
}
"""The forms that `{figure:form}` allows, by the figure's kind; the first is the usual one."""


def validate_text(report: Report, text: Text, where: str) -> Iterator[Problem]:
    """Placeholders that mean no figure, or a form that its kind doesn't have; `where` is the text's key."""
    if any("{" in part or "}" in part for part in text if isinstance(part, str)):
        yield _problem(where, "{ } は {数値の識別子} か {識別子:形} と書いてください（英小文字、数字、_）。")
    for part in text.placeholders:
        figure = report.figures_by_id.get(part.figure)
        if figure is None:
            known = "、".join(report.figures_by_id)
            yield _problem(where, f"数値「{part.figure}」はありません。あるもの: {known}。")
        elif part.form is not None and part.form not in DATE_FORMS.get(figure.kind, ()):
            allowed = "、".join(DATE_FORMS.get(figure.kind, ())) or "なし"
            yield _problem(where, f"「{part.figure}」に「:{part.form}」は使えません。使えるもの: {allowed}。")


def validate_block(report: Report, block: Block, where: str) -> Iterator[Problem]:
    """What a block of the handout refers to and isn't there; `where` is its key."""
    for name in block.__struct_fields__:
        value = getattr(block, name)
        if isinstance(value, Text):
            yield from validate_text(report, value, f"{where}.{name}")
    if isinstance(block, Heading) and block.level not in HEADING_LEVELS:
        yield _problem(
            f"{where}.level", f"見出しの level は 1 から {max(HEADING_LEVELS)} までです。今: {block.level}。"
        )
    if isinstance(block, Paragraph) and block.annex is not None:
        labels = [other.label for other in report.document if isinstance(other, Annex)]
        if block.annex not in labels:
            yield _problem(
                f"{where}.annex", f"別紙「{block.annex}」はありません。あるもの: {'、'.join(labels)}。"
            )
    if isinstance(block, Paragraph) and block.when is not None:
        yield from ExpressionScope(report, None, Role.CONDITION, f"{where}.when").problems(block.when)
        if block.choice is None:
            yield _problem(
                f"{where}.when", "when は choice と組で使います。choice に文の選択の識別子を書いてください。"
            )
    if isinstance(block, Annex):
        for table in block.tables:
            if table not in report.tables_by_id:
                known = "、".join(report.tables_by_id)
                yield _problem(f"{where}.tables", f"表「{table}」はありません。ある表: {known}。")


def validate_choices(report: Report) -> Iterator[Problem]:
    """Alternatives that don't follow each other, and choices of which none, or more than one, could be printed."""
    for choice, alternatives in report.choices.items():
        first = next(at for at, block in enumerate(report.document) if block is alternatives[0])
        where = f"document.{first + 1}.choice"
        if not ID.fullmatch(choice):
            yield _problem(
                where,
                f"「{choice}」は識別子ではありません。英小文字で始め、英小文字・数字・_ だけ、40字までです。",
            )
        if report.document[first : first + len(alternatives)] != alternatives:
            yield _problem(where, f"文の選択「{choice}」の段落は、続けて書いてください。")
        if len(alternatives) == 1:
            yield _problem(where, f"文の選択「{choice}」の段落が一つしかありません。二つ以上書いてください。")
        if any(one.when is None for one in alternatives[:-1]):
            yield _problem(where, f"文の選択「{choice}」の、最後のほかの段落には when（条件）が必要です。")
        if alternatives[-1].when is not None:
            yield _problem(
                where,
                f"文の選択「{choice}」の最後の段落には when を書かないでください。どの条件も成り立たないときの文です。",
            )


def _problem(key: str, message: str) -> Problem:
    return Problem(message, Place(key=key))
