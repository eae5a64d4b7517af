"""Why a template of a letter can't be filled: controls that it mustn't have, lacks, or that stand in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator

from jukixl.errors import suggest
from jukixl.findings import Finding
from jukixl.handout.control_lint import find_lost_controls, finding, lint_controls, read_controls
from jukixl.handout.controls import Control
from jukixl.handout.grid import cell_text, cells_of, split_rows
from jukixl.handout.ooxml import Element, P
from jukixl.handout.package import Document
from jukixl.handout.rows import parts_of
from jukixl.handout.tabletext import normal
from jukixl.survey.letter_kinds import LetterKind, LetterTable


def lint_letter(kind: LetterKind, document: Document) -> Iterator[Finding]:
    """Everything wrong with a template; `cell` of a finding is the control's tag."""
    if lost := find_lost_controls(document):
        yield lost
        return
    controls = read_controls(document)
    yield from lint_controls(controls)
    yield from _unknown(kind, controls)
    yield from _missing(kind, controls)
    for control in controls:
        if control.content is not None:
            yield from _list(kind, control)
            yield from _table(kind, control)


def columns_of(table: LetterTable, control: Control) -> list[int]:
    """For each column in a document the place of the declared one with that heading; -1 for any other heading."""
    known = {heading: place for place, heading in enumerate(table.headings)}
    return [known.get(heading, -1) for heading in _headings(control)]


def _unknown(kind: LetterKind, controls: list[Control]) -> Iterator[Finding]:
    for control in controls:
        tag = control.tag
        if tag and tag not in kind.labels:
            usable = "、".join(f"{tag}（{label}）" for tag, label in kind.labels.items())
            yield finding(
                "unknown",
                tag,
                f"{kind.name}に「{tag}」という目印は使えません。{suggest(tag, kind.labels)}使えるのは {usable} です。",
            )


def _missing(kind: LetterKind, controls: list[Control]) -> Iterator[Finding]:
    found = {control.tag for control in controls}
    for tag in kind.required:
        if tag not in found:
            yield finding(
                "missing",
                tag,
                f"{kind.name}に「{kind.labels[tag]}」の目印（タグ {tag}）がありません。"
                "付属のひな形から写すか、付属のひな形を直して使ってください。",
            )


def _list(kind: LetterKind, control: Control) -> Iterator[Finding]:
    label = kind.lists.get(control.tag or "")
    if label and (control.is_inline or next(_content(control).iter(P), None) is None):
        yield finding(
            "level",
            control.tag,
            f"「{label}」の目印は段落全体を囲んでください。段落は一つずつ繰り返されます。",
        )


def _table(kind: LetterKind, control: Control) -> Iterator[Finding]:
    table = kind.table
    if table is None or control.tag != table.tag:
        return
    parts = parts_of(_content(control))
    if len(parts) != 1 or control.is_inline:
        yield finding("table", control.tag, f"「{table.label}」の目印は一つの表を囲んでください。")
        return
    header, body = split_rows(parts[0])
    if len(header) != 1:
        yield finding(
            "header",
            control.tag,
            f"「{table.label}」の見出し行は一行にして、Wordの「タイトル行の繰り返し」を付けてください。",
        )
        return
    for heading in _headings(control):
        if heading not in table.headings:
            yield finding(
                "header",
                control.tag,
                f"「{table.label}」に「{heading}」という見出しは使えません。{suggest(heading, table.headings)}"
                f"使えるのは {'、'.join(table.headings)} です。",
            )
    if not body or len(cells_of(body[0])) != len(cells_of(header[0])):
        yield finding(
            "columns",
            control.tag,
            f"「{table.label}」の見出しの下に、見出しと同じ列数の行を一つ置いてください。",
        )


def _headings(control: Control) -> list[str]:
    header = split_rows(parts_of(_content(control))[0])[0]
    return [normal(cell_text(cell)) for cell in cells_of(header[0])]


def _content(control: Control) -> Element:
    content = control.content
    assert content is not None, "controls without content are refused before"
    return content
