"""What must be right about a template or an earlier handout before jukixl writes into it: controls that the report
knows, all of them, and tables of the declared shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from jukixl.errors import suggest
from jukixl.findings import Finding, Severity
from jukixl.handout.control_lint import find_lost_controls, finding, lint_controls, read_controls
from jukixl.handout.controls import Control, FigureControls
from jukixl.handout.grid import cells_of, row_width, span_of, split_rows
from jukixl.handout.names import CONTENTS_TAG, SOURCES_TAG, note_of_tag, table_of_tag, table_tag
from jukixl.handout.ooxml import (
    SDT,
    Element,
    P,
    name,
    visible_text,
)
from jukixl.handout.package import Document, open_package
from jukixl.handout.rows import parts_of
from jukixl.handout.tables import header_rows, label_span
from jukixl.report.model import Annex, Report, Table, TableKind
from jukixl.report.text import Text


def lint_template(report: Report, docx: bytes, name: str | None = None) -> list[Finding]:
    """Everything wrong with a template or an earlier handout; `cell` of a finding is the control's tag.

    Raises InputError where the bytes aren't a Word document.
    """
    return list(lint_document(report, open_package(docx, name)))


def lint_document(report: Report, document: Document) -> Iterator[Finding]:
    """As `lint_template`, for an open document."""
    if lost := find_lost_controls(document):
        yield lost
        return
    controls = read_controls(document)
    yield from lint_controls(controls)
    yield from _tags(report, controls)
    yield from _missing(report, controls)
    for control in controls:
        yield from _table(report, control)


def _tags(report: Report, controls: list[Control]) -> Iterator[Finding]:
    figures = frozenset(part.tag for part in report.printed_figures)
    known = sorted(figures) + [table_tag(table.id) for table in report.tables]
    for control in controls:
        tag = control.tag
        if tag and not _is_known(report, figures, tag, control):
            yield finding(
                "unknown",
                tag,
                f"「{tag}」という数値・表は報告の定義にありません。{suggest(tag, known)}"
                "目印を削除するか、正しいものに替えてください。",
            )


def _is_known(report: Report, figures: frozenset[str], tag: str, control: Control) -> bool:
    if tag in (CONTENTS_TAG, SOURCES_TAG):
        return True
    note, table = note_of_tag(tag), table_of_tag(tag)
    if note is not None:
        declared = report.tables_by_id.get(note[0])
        return declared is not None and note[1] <= len(declared.notes) and not control.is_inline
    if table is not None:
        return table in report.tables_by_id and not control.is_inline
    return control.is_inline and tag in figures


class Expected(Struct, frozen=True):
    """How often each tag must occur in a whole handout, and what staff call it."""

    counts: Counter[str]
    labels: dict[str, str]


def expected_controls(report: Report) -> Expected:
    """The controls that a template of the report has: figures, tables and conditional notes."""
    factory = FigureControls(report)
    counts: Counter[str] = Counter()
    labels: dict[str, str] = {}
    for text in _printed_texts(report):
        for part in text.placeholders:
            counts[part.tag] += 1
            labels[part.tag] = factory.alias(part)
    for table in _printed_tables(report):
        counts[table_tag(table.id)] += 1
        labels[table_tag(table.id)] = table.title
    return Expected(counts, labels)


def _printed_tables(report: Report) -> list[Table]:
    annexes = [block for block in report.document if isinstance(block, Annex)]
    return [report.tables_by_id[table_id] for annex in annexes for table_id in annex.tables]


def _printed_texts(report: Report) -> Iterator[Text]:
    for block in report.document:
        yield from block.iter_texts()
    for table in _printed_tables(report):
        yield from filter(None, [table.caption, *(note.text for note in table.notes)])
        yield from (cell.text for row in header_rows(table) for cell in row if cell.text is not None)


def _missing(report: Report, controls: list[Control]) -> Iterator[Finding]:
    found = Counter(control.tag for control in controls)
    expected = expected_controls(report)
    for tag, wanted in expected.counts.items():
        if found[tag] >= wanted:
            continue
        label = expected.labels[tag]
        if table_of_tag(tag):
            yield finding(
                "missing", tag, f"表「{label}」の目印がありません。ひな形から表ごと入れ直してください。"
            )
        else:
            message = (
                f"数値「{label}」の目印が{wanted}か所のうち{found[tag]}か所しかありません。"
                "目印のない数字は更新も読み合わせもされません。"
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
    for number, part in enumerate(parts):
        yield from _part(table, part, control.tag, is_last=number == len(parts) - 1)


def _part(table: Table, part: Element, tag: str | None, *, is_last: bool) -> Iterator[Finding]:
    difference = header_difference(table, part)
    if difference:
        yield finding(
            "header",
            tag,
            f"表「{table.title}」の見出しが定義と違います（{difference}）。"
            "列を元に戻すか、定義を直してひな形を作り直してください。",
        )
        return
    rows = [cells_of(row) for row in split_rows(part)[1]]
    if table.has_total() and is_last:
        yield from _total(table, rows.pop() if rows else [], tag)
    wanted = len(table.printed_columns)
    if table.kind is TableKind.LOG:  # 該当なし, in one cell over all columns
        rows = [cells * wanted if list(map(span_of, cells)) == [wanted] else cells for cells in rows]
    if not rows or any(len(cells) != wanted for cells in rows):
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


def header_difference(table: Table, part: Element) -> str | None:
    """How the header rows in a document differ from the declared ones, in words; None where they don't."""
    declared = header_rows(table)
    rows = split_rows(part)[0]
    if len(rows) != len(declared):
        return f"見出し行は{len(declared)}行のはずですが{len(rows)}行です"
    for row, cells in zip(rows, declared, strict=True):
        found = cells_of(row)
        if row_width(row) != len(table.printed_columns) or len(found) != len(cells):
            return f"{len(table.printed_columns)}列のはずですが{row_width(row)}列です"
        for cell, wanted in zip(found, cells, strict=True):
            text = "" if wanted.text is None else _plain(wanted.text.source)
            if _plain(_source_text(cell)) != text:
                return f"「{text}」のはずの見出しが「{_plain(_source_text(cell))}」です"
    return None


def _source_text(cell: Element) -> str:
    """The text of a header cell as a definition writes it: controls as placeholders."""
    pieces: list[str] = []
    for paragraph in cell.iter(P):
        for child in paragraph:
            if child.tag == SDT:
                pieces.append("{" + (Control(child).tag or "").replace(".", ":") + "}")
            elif child.tag != name("pPr"):
                pieces.append(visible_text(child))
    return "".join(pieces)


def _plain(text: str) -> str:
    return "".join(text.split())
