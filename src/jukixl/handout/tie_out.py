"""読み合わせ表: every number of a handout with its page, its cell and where it was typed, for two people to read aloud."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from jukixl.check.trace import FigureTrace, Step, TableTrace, Trace
from jukixl.era import fold_digits
from jukixl.handout.control_lint import read_controls, refuse_lost_controls
from jukixl.handout.controls import Control
from jukixl.handout.due import Due, Origin, read_origin
from jukixl.handout.expected import iter_lacking
from jukixl.handout.grid import Row, read_parts
from jukixl.handout.manifest import read_manifest
from jukixl.handout.mismatches import masked, shortened
from jukixl.handout.names import NOTHING, table_of_tag
from jukixl.handout.ooxml import Element, style_of
from jukixl.handout.package import Document, open_package
from jukixl.handout.printed_pages import PrintedPages
from jukixl.handout.rows import parts_of
from jukixl.handout.styles import HIDDEN
from jukixl.handout.tabletext import TableText, alike, normal
from jukixl.report.expression import TOTAL_ROW
from jukixl.workbook.master import Master

_SEPARATOR = " ／ "


class Entry(Struct, frozen=True):
    """A line to read: what the document shows, what the workbook has, and where that comes from.

    `page` is the printed number of the page on which its paragraph or row begins; None where that can't be told, as in a
    header. `shown` is "" for what has gone from the document. `cells` and `sources` are "" for what isn't in the workbook, `words` (how it is computed) for rows.
    """

    page: int | None
    title: str
    shown: str
    due: str
    cells: str
    words: str
    sources: str

    @property
    def agrees(self) -> bool:
        """Whether the document says what the workbook does."""
        return alike(self.shown, self.due)


class TableEntries(Struct, frozen=True):
    """The rows of a table; `headings` says in which order the texts of a row stand.

    Of the table as a whole: `summary`, the workbook's total row or number of rows; `cells` and `sources` as of an entry.
    """

    title: str
    headings: str
    entries: tuple[Entry, ...]
    summary: str
    cells: str
    sources: str


class TieOut(Struct, frozen=True):
    """All that there is to read, in the order of the document."""

    figures: tuple[Entry, ...]
    tables: tuple[TableEntries, ...]
    origin: Origin

    @property
    def differing(self) -> tuple[Entry, ...]:
        """Where reading is of no use before the document is brought up to date."""
        rows = (entry for table in self.tables for entry in table.entries)
        return tuple(entry for entry in (*self.figures, *rows) if not entry.agrees)


def tie_out(master: Master, docx: bytes, name: str | None = None) -> TieOut:
    """What to read of a handout. Raises InputError where the bytes aren't a Word document, and Refusal where it has lost
    its controls."""
    document = open_package(docx, name)
    refuse_lost_controls(document, name)
    return tie_out_document(master, document)


def tie_out_document(master: Master, document: Document) -> TieOut:
    """As `tie_out`, of an open document."""
    reading = _Reading(master, document)
    return TieOut(tuple(reading.iter_figures()), tuple(reading.iter_tables()), reading.origin)


class _Reading:
    def __init__(self, master: Master, document: Document) -> None:
        self._results = master.results
        self._report = master.report
        self._due = Due(master.results)
        self.origin = read_origin(document, self._due)
        self._places = read_manifest(document).places
        trace = Trace(master)
        self._figures = {figure.tag: figure for figure in trace.figures}
        self._tables = {table.table.id: table for table in trace.tables}
        self._controls = read_controls(document)
        self._pages = PrintedPages(document)

    def iter_figures(self) -> Iterator[Entry]:
        for control in self._controls:
            traced = self._figures.get(control.tag or "")
            if traced is not None and style_of(control.parent) not in HIDDEN:
                yield self._figure(traced, control)
        for tag in iter_lacking(self._report, self._controls, self._places):
            if tag in self._figures:
                yield self._figure(self._figures[tag], None)

    def _figure(self, traced: FigureTrace, control: Control | None) -> Entry:
        due = traced.printed
        unit = self._report.figures_by_id[traced.tag.partition(".")[0]].unit
        return Entry(
            self._pages.of(control.element) if control else None,
            traced.label,
            masked(fold_digits(control.text)) if control else "",
            masked(due.removesuffix(unit) if unit else due),
            "" if traced.place is None else "!".join(traced.place),
            traced.words,
            _sources(traced.below),
        )

    def iter_tables(self) -> Iterator[TableEntries]:
        for control in self._controls:
            table_id = table_of_tag(control.tag or "")
            if table_id in self._tables and control.content is not None:
                yield self._table(control.content, self._tables[table_id])

    def _table(self, content: Element, traced: TableTrace) -> TableEntries:
        table = traced.table
        text = self._due.table(table.id)
        titles = (normal(self._results.render(column.title)) for column in table.printed_columns)
        steps = tuple(step for _, row in traced.rows for step in row)
        return TableEntries(
            table.title,
            _SEPARATOR.join(titles),
            tuple(self._rows(content, text, traced)),
            self._summary(text),
            _range([step.place for step in steps if step.place]),
            _sources(steps),
        )

    def _summary(self, text: TableText) -> str:
        if text.says_nothing:
            return NOTHING
        if text.total is None:
            return f"{len(self._results.rows(text.table))}行"
        return masked(_SEPARATOR.join(filter(None, (text.table.total_label, *text.total))))

    def _rows(self, content: Element, text: TableText, traced: TableTrace) -> Iterator[Entry]:
        """Rows are paired by their keys; one that only the document has is due nothing, one that has gone shows nothing."""
        table = traced.table
        total = (TOTAL_ROW,) if table.has_total() else ()
        ids = self._results.rows(table)
        steps = dict(zip((*ids, *total), traced.rows, strict=False))
        row_ids = dict(enumerate(ids))  # none for the blank rows of an empty table
        grids = read_parts(parts_of(content), has_total=table.has_total())
        rows = [pair for grid in grids for pair in zip(grid.body, grid.resolved, strict=True)]
        numbers = {there: number for number, there in text.pair([shown for _, shown in rows]).items()}
        for there, (row, shown) in enumerate(rows):
            number = numbers.get(there)
            if number is not None and any(shown):
                yield self._row(row, shown, text.rows[number], steps.get(row_ids.get(number, "")))
            elif any(shown):
                yield self._row(row, shown, (), None)
        for number in sorted(row_ids.keys() - numbers.values()):
            yield self._row(None, (), text.rows[number], steps.get(row_ids[number]))
        for grid in grids:
            if grid.total is not None:
                due = (table.total_label or "", *(text.total or ()))
                yield self._row(grid.total, grid.total.texts, due, steps.get(TOTAL_ROW))

    def _row(
        self,
        row: Row | None,
        shown: Sequence[str],
        due: tuple[str, ...],
        traced: tuple[str, tuple[Step, ...]] | None,
    ) -> Entry:
        title, steps = traced or ("", ())
        return Entry(
            self._pages.of(row.element) if row else None,
            shortened(title),
            _joined(shown),
            _joined(due),
            _range([step.place for step in steps if step.place]),
            "",
            _sources(steps),
        )


def _joined(texts: Sequence[str]) -> str:
    """The texts of a row; 該当なし stands for all columns."""
    says_nothing = list(texts[:1]) == [NOTHING] and not any(texts[1:])
    return NOTHING if says_nothing else masked(_SEPARATOR.join(texts))


def _range(places: list[tuple[str, str]]) -> str:
    """Where the cells of a row stand: 別紙5!C6〜N6."""
    if not places:
        return ""
    (sheet, first), (_, last) = places[0], places[-1]
    return f"{sheet}!{first}" if first == last else f"{sheet}!{first}〜{last}"


def _sources(steps: tuple[Step, ...]) -> str:
    """Where the values below were typed, each once: the first by name, the others counted."""
    first, *others = dict.fromkeys(_iter_sources(steps, set())) or [""]
    return masked(f"{first} ほか{len(others)}件" if others else first)


def _iter_sources(steps: tuple[Step, ...], seen: set[int]) -> Iterator[str]:
    """A step may stand below many others; its sources are told once."""
    for step in steps:
        if id(step) not in seen:
            seen.add(id(step))
            if step.source:
                yield step.source
            yield from _iter_sources(step.below, seen)
