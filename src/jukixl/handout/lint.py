"""What must be right about a template or an earlier handout before jukixl writes into it: controls that the report
knows, all of them, and tables of the declared shape."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from lxml import etree

from jukixl.era import Digits
from jukixl.findings import Finding, Severity
from jukixl.handout.control_lint import find_lost_controls, finding, lint_controls, nested, read_controls
from jukixl.handout.controls import Control
from jukixl.handout.digit_widths import iter_other_widths
from jukixl.handout.expected import (
    expected_controls,
    iter_lacking_sentences,
    nearest_tag,
    required_in,
    tag_called,
)
from jukixl.handout.grid import cells_of, span_of, split_rows
from jukixl.handout.headers import header_difference, header_texts
from jukixl.handout.manifest import Manifest, has_manifest, read_manifest
from jukixl.handout.mismatches import excerpt, masked, shortened
from jukixl.handout.names import (
    CONTENTS_TAG,
    SOURCES_TAG,
    choice_of_tag,
    is_figure_tag,
    note_of_tag,
    note_tags,
    table_of_tag,
    table_tag,
)
from jukixl.handout.ooxml import (
    SDT,
    WORD,
    Element,
    P,
    is_blank,
    style_of,
)
from jukixl.handout.package import Document, open_package
from jukixl.handout.prose import read_prose
from jukixl.handout.rows import parts_of
from jukixl.handout.styles import TABLE_BREAK
from jukixl.handout.tables import label_span
from jukixl.report.model import Cover, Report, Table, TableKind

_rows_with = etree.XPath(
    "w:tr[count(w:tc) = $cells and count(*) - count(w:trPr) = $cells]", namespaces={"w": WORD}
)
"""The rows of a table that have so many cells and nothing else."""


def lint_template(report: Report, docx: bytes, name: str | None = None) -> list[Finding]:
    """Everything wrong with a template or an earlier handout; `cell` of a finding is the control's tag.

    Raises InputError where the bytes aren't a Word document.
    """
    document = open_package(docx, name)
    return list(lint_document(report, document, read_controls(document), read_manifest(document)))


def lint_document(
    report: Report, document: Document, controls: list[Control], manifest: Manifest
) -> Iterator[Finding]:
    """As `lint_template`, for an open document with all of its controls and its manifest."""
    if lost := find_lost_controls(document):
        yield lost
        return
    if manifest.is_published:
        message = (
            "公表用の文書です。表示しない文を除いてあるため、更新にもひな形にも使えません。"
            "公表する前の資料を使ってください。"
        )
        yield finding("published", None, message)
        return
    yield from lint_controls(controls)
    yield from _tags(report, controls)
    yield from _missing(report, controls)
    for control in controls:
        yield from _table(report, control)


def lint_widths(report: Report, document: Document, digits: Digits) -> Iterator[Finding]:
    """Numbers of the text that are set otherwise, all in one finding. Nothing where a build sets them anew."""
    if has_manifest(document) and read_manifest(document).width(report) is not digits:
        return
    others = list(iter_other_widths(read_prose(document.iter_stories()), digits))
    if others:
        number, text, due = others[0]
        message = (
            f"文章の数字 {len(others)} か所が、数字の書き方（{due.label}）と違います。"
            f"最初は「{masked(number)}」（「{excerpt(text, number)}」）です。文章か「設定」シートの数字の書き方を直してください。"
        )
        yield finding("width", None, message, Severity.WARNING)


def _tags(report: Report, controls: list[Control]) -> Iterator[Finding]:
    """Controls that a wrong name, or none, keeps from being filled; and those that Word fills itself."""
    labels = expected_controls(report).labels
    inner: dict[Element, list[str]] = defaultdict(list)
    for control in controls:
        for around in control.element.iterancestors(SDT):
            inner[around].append(control.tag or "")
    for control in controls:
        tag = control.tag
        if not tag:
            yield from _untitled(labels, control)
        elif not _is_known(report, labels, tag):
            near = nearest_tag(labels, tag) or tag_called(labels, control.alias)
            question = f"「{near}」（{labels[near]}）ではありませんか。" if near else ""
            message = (
                f"「{tag}」という数値・表は報告の定義にありません。{question}"
                "目印を削除するか、プロパティの「タグ」を正しいものに直してください。"
            )
            yield finding("unknown", tag, message)
        elif control.setting("dataBinding") is not None:
            message = (
                f"「{control.alias or tag}」の目印が文書のプロパティに結び付いていて、Wordが数値を書き換えます。"
                "目印を削除し、部品集の目印を貼り付けてください。"
            )
            yield finding("bound", tag, message)
        held = inner.get(control.element)
        if held and control.setting("text") is None and _may_not_hold(tag or "", held):
            yield nested(control)


def _may_not_hold(tag: str, inner: Sequence[str]) -> bool:
    """Whether controls stand where they mustn't: any in a figure, tables in a table, which may hold figures in its header."""
    return any(map(table_of_tag, inner)) if table_of_tag(tag) else is_figure_tag(tag)


def _untitled(labels: Mapping[str, str], control: Control) -> Iterator[Finding]:
    """A control without tag whose title is a figure's: somebody meant that figure."""
    near = tag_called(labels, control.alias)
    if near:
        message = (
            f"「{control.alias}」の目印にタグがないため、数値が入りません。"
            f"目印のプロパティの「タグ」に「{near}」と入力してください。"
        )
        yield finding("unknown", None, message)


def _is_known(report: Report, labels: Mapping[str, str], tag: str) -> bool:
    note, choice = note_of_tag(tag), choice_of_tag(tag)
    if note is not None:
        declared = report.tables_by_id.get(note[0])
        return declared is not None and note[1] <= len(declared.notes)
    if choice is not None:
        return choice[1] <= len(report.choices.get(choice[0], ()))
    return tag in (CONTENTS_TAG, SOURCES_TAG) or tag in labels


def _missing(report: Report, controls: list[Control]) -> Iterator[Finding]:
    found = Counter(control.tag for control in controls)
    expected = expected_controls(report)
    if not found[CONTENTS_TAG] and any(isinstance(block, Cover) for block in report.document):
        message = (
            "目次の目印がありません。目次の頁番号は更新も照合もされません。"
            "Wordの目次を使うときは、配布の前にWordで更新してください。"
        )
        yield finding("missing", CONTENTS_TAG, message, Severity.WARNING)
    for tag, wanted in required_in(report, controls).items():
        label = expected.labels[tag]
        if found[tag] >= wanted:
            continue
        if found[tag]:
            message = (
                f"数値「{label}」の目印が{wanted}か所のうち{found[tag]}か所しかありません。"
                "目印のない数字は更新も読み合わせもされません。"
            )
            yield finding("missing", tag, message, Severity.WARNING)
        else:
            what = f"表「{label}」" if table_of_tag(tag) else f"数値「{label}」"
            message = (
                f"必要な{what}の目印（タグ {tag}）がありません。部品集から貼り付けてください。"
                "省略してよい部分なら、報告の定義に optional = true と書いてください。"
            )
            yield finding("missing", tag, message)
    for tag, label in iter_lacking_sentences(report, {control.tag for control in controls}):
        message = f"「{label}」の目印がありません。この文は、件数に応じて替わりません。ひな形から入れ直してください。"
        yield finding("missing", tag, message, Severity.WARNING)
    for tag, (table, note) in note_tags(report).items():
        if found[table_tag(table.id)] and not found[tag]:
            message = (
                f"表「{table.title}」の注「{shortened(note.text.plain)}」の目印がありません。"
                "この注は、当てはまるときも印刷されません。要るときは部品集から貼り付けてください。"
            )
            yield finding("missing", tag, message, Severity.WARNING)


def _table(report: Report, control: Control) -> Iterator[Finding]:
    table = report.tables_by_id.get(table_of_tag(control.tag or "") or "")
    if table is None or control.content is None:
        return
    parts = parts_of(control.content)
    if not parts:
        yield finding(
            "table",
            control.tag,
            f"表「{table.title}」の目印の中に表がありません。ひな形から入れ直してください。",
        )
    elif any(style_of(one) != TABLE_BREAK or not is_blank(one) for one in control.content.iterfind(P)):
        message = f"表「{table.title}」の目印の中に表のほかの行があります。目印の外へ出してください。"
        yield finding("table", control.tag, message)
    declared, rows = header_texts(table), list(map(split_rows, parts))
    differences = [header_difference(declared, header) for header, _ in rows]
    for number, (part, (_, others), difference) in enumerate(zip(parts, rows, differences, strict=True)):
        if number and difference and not differences[0]:
            message = f"表「{table.title}」の目印の中に別の表があります。目印の外へ出してください。"
            yield finding("table", control.tag, message)
            return
        if difference:
            yield _other_header(table, difference, control.tag)
        else:
            yield from _rows(table, part, others, control.tag, is_last=number == len(parts) - 1)


def _other_header(table: Table, difference: str, tag: str | None) -> Finding:
    message = (
        f"表「{table.title}」の見出しが定義と違います（{difference}）。"
        "列を元に戻すか、定義を直してひな形を作り直してください。"
    )
    return finding("header", tag, message)


def _rows(
    table: Table, part: Element, elements: list[Element], tag: str | None, *, is_last: bool
) -> Iterator[Finding]:
    if table.has_total() and is_last:
        yield from _total(table, cells_of(elements.pop()) if elements else [], tag)
    wanted = len(table.printed_columns)
    usual = frozenset(cast("list[Element]", _rows_with(part, cells=wanted)))
    rows = [cells_of(row) for row in elements if row not in usual]
    if table.kind is TableKind.LOG:  # 該当なし, in one cell over all columns
        rows = [cells * wanted if list(map(span_of, cells)) == [wanted] else cells for cells in rows]
    if not elements or any(len(cells) != wanted for cells in rows):
        yield finding(
            "columns",
            tag,
            f"表「{table.title}」の行の列数が定義（{wanted}列）と違うか、行がありません。"
            "セルの結合や列・行の増減を元に戻してください。",
        )


def _total(table: Table, cells: list[Element], tag: str | None) -> Iterator[Finding]:
    span = label_span(table)
    if len(cells) != 1 + len(table.printed_columns) - span or span_of(cells[0]) != span:
        yield finding(
            "total",
            tag,
            f"表「{table.title}」の最後の行が「{table.total_label}」の行ではありません。"
            "ひな形から入れ直してください。",
        )
