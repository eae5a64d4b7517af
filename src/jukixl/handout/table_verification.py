"""Reads a table of a handout back: its header, every cell, its rows and their order, its total row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from jukixl.handout.controls import Control
from jukixl.handout.formats import StyleSheet
from jukixl.handout.grid import Grid, Reader, column_edges, continued_columns, read_parts
from jukixl.handout.headers import header_difference, header_texts
from jukixl.handout.manifest import TOTAL, Manifest, row_name
from jukixl.handout.merging import groups_of
from jukixl.handout.mismatches import Mismatch, differing, masked, mismatch_at, shortened
from jukixl.handout.names import CONTINUED
from jukixl.handout.rows import parts_of
from jukixl.handout.states import State
from jukixl.handout.tables import label_span
from jukixl.handout.tabletext import RowText, TableText, alike, normal
from jukixl.handout.widths import find_too_wide
from jukixl.report.computation import Results
from jukixl.report.model import Annex, Column, Kind, Report, Table

_OF_ROWS = {
    State.MISSING: "が文書にありません。文書で削除したのなら元に戻し、マスターに加えたのなら資料を更新してください。",
    State.EXTRA: "は元の値にありません。文書で加えたのなら削除し、マスターから消したのなら資料を更新してください。",
}


def table_place(report: Report, table: Table) -> str:
    """How messages name a table: 「別紙5」の表「個人番号カード申請状況等」."""
    annexes = (block for block in report.document if isinstance(block, Annex))
    label = next((annex.label for annex in annexes if table.id in annex.tables), "")
    title = table.title.removeprefix(label).strip()
    return f"「{label}」の表「{title}」" if label else f"表「{title}」"


class TableReading(Struct):
    """Compares one table in a document with its results; `cells`: how many it has compared."""

    results: Results
    text: TableText
    manifest: Manifest
    read_rows: Reader
    cells: int = 0
    grids: Sequence[Grid] = ()

    @property
    def table(self) -> Table:
        return self.text.table

    def read(self, control: Control) -> Iterator[Mismatch]:
        parts = () if control.content is None else parts_of(control.content)
        if not parts:
            yield mismatch_at(self._place, State.STRUCTURE)
            return
        declared = header_texts(self.table)
        self.grids = self._without_false_total(
            read_parts(parts, has_total=self.table.has_total(), read=self.read_rows)
        )
        for grid in self.grids:
            difference = header_difference(declared, [row.element for row in grid.header])
            if difference:
                yield Mismatch(
                    self._place, f"{self._place}の見出しが違います（{difference}）。", State.STRUCTURE
                )
        yield from self._rows(self.grids)
        yield from self._total(self.grids[-1])

    def _without_false_total(self, grids: list[Grid]) -> list[Grid]:
        """Where the total row has been deleted, the last row is one of the others."""
        last = grids[-1]
        if last.total is None or len(last.total.texts) != len(self.table.printed_columns):
            return grids
        whole = Grid(last.table, last.header, [*last.body, last.total], None, last.continued)
        is_other = self.text.key(whole.resolved[-1]) in self.text.keys
        return [*grids[:-1], whole] if is_other else grids

    def too_wide(self, styles: StyleSheet) -> list[str]:
        """After `read`: the longest number of each column that has no room for it on one line of the table's first part."""
        if len(column_edges(self.grids[0].table)) - 1 != len(self.table.printed_columns):
            return []  # told as a table of another shape
        return find_too_wide(self.grids[0], self.text, styles)

    @property
    def _place(self) -> str:
        return table_place(self.results.report, self.table)

    def _rows(self, grids: Sequence[Grid]) -> Iterator[Mismatch]:
        text = self.text
        rows = [texts for grid in grids for texts in grid.resolved]
        width = len(self.table.printed_columns)
        if any(len(row) != width for row in rows):
            yield mismatch_at(self._place, State.STRUCTURE)
            return
        if text.reads(rows):
            self.cells += width * len(rows)
            yield from self._continued(grids)
            return
        numbers = text.pair(rows)
        partners = {there: number for number, there in numbers.items()}
        for there, found in enumerate(rows):
            if there in partners:
                yield from self._cells(text, text.rows[partners[there]], found)
            else:
                yield from self._unmatched(found, State.EXTRA)
        for number, row in enumerate(text.rows):
            if number not in numbers:
                yield from self._unmatched(row, State.MISSING)
        yield from self._order(text, rows)

    def _continued(self, grids: Sequence[Grid]) -> Iterator[Mismatch]:
        """What goes on at the top of a part says so, and nothing else does; of tables whose rows are right."""
        at = 0
        groups = groups_of(self.text) if len(grids) > 1 else None
        for before, grid in pairwise(grids):
            at += len(before.body)
            row = grid.continued or next(iter(grid.body), None)
            if groups is None or row is None or len(row.cells) != len(self.table.printed_columns):
                continue
            goes_on = grid.continued is not None
            number = at - goes_on
            begins = [starts[number] and not goes_on for starts in groups.starts] or [not goes_on]
            parted = continued_columns(row) if goes_on else ()
            for column, is_new in zip(self.text.continued_columns, begins, strict=True):
                due = not is_new and self.text.continued(number, column).endswith(CONTINUED)
                if column not in parted and row.texts[column].endswith(CONTINUED) != due:
                    yield self._not_continued(number, column, due=due)

    def _not_continued(self, row: int, column: int, *, due: bool) -> Mismatch:
        texts, label = self.text.rows[row], self._column_label(self.table.printed_columns[column])
        place = masked(f"{self._place}の{self._row_label(texts)}・{label}")
        what = f"前の頁から続くのに「{CONTINUED}」がありません" if due else f"「{CONTINUED}」は要りません"
        return Mismatch(place, f"{place}: {what}。「資料の更新」で直ります。", State.STRUCTURE)

    def _unmatched(self, row: Sequence[str], state: State) -> Iterator[Mismatch]:
        """A row that only one side has; a blank one says nothing."""
        if any(row):
            place = masked(f"{self._place}の{self._row_label(row)}の行")
            yield Mismatch(place, f"{place}{_OF_ROWS[state]}", state)

    def _order(self, text: TableText, rows: Sequence[Sequence[str]]) -> Iterator[Mismatch]:
        """Only where all rows are there: otherwise the missing ones have been named already."""
        found, expected = ([text.key(row) for row in side if any(row)] for side in (rows, text.rows))
        if found != expected and sorted(found) == sorted(expected):
            message = f"{self._place}の行の順序が違います。「資料の更新」で直ります。"
            yield Mismatch(self._place, message, State.STRUCTURE)

    def _cells(self, text: TableText, expected: RowText, found: Sequence[str]) -> Iterator[Mismatch]:
        self.cells += len(expected)
        if expected == tuple(found):
            return
        row = row_name(text.key(expected))
        for at, column in enumerate(self.table.printed_columns):
            if not alike(expected[at], found[at]):
                place = f"{self._place}の{self._row_label(expected)}・{self._column_label(column)}"
                yield differing(place, expected[at], found[at], self.manifest.cell(self.table.id, row, at))

    def _total(self, grid: Grid) -> Iterator[Mismatch]:
        expected = self.text.total
        if expected is None:
            return
        place = f"{self._place}の{self.table.total_label}"
        if grid.total is None:
            message = f"{place}の行が文書にありません。元に戻すか、部品集から表を入れ直してください。"
            yield Mismatch(f"{place}の行", message, State.MISSING)
            return
        label, *found = grid.total.texts
        if len(found) != len(expected):
            yield mismatch_at(place, State.STRUCTURE)
            return
        if not alike(label, self.table.total_label or ""):
            yield mismatch_at(f"{place}の行の見出し", State.EDITED, self.table.total_label, label)
        self.cells += len(expected)
        columns = self.table.printed_columns[label_span(self.table) :]
        for at, (column, wanted, text) in enumerate(zip(columns, expected, found, strict=True)):
            if not alike(wanted, text):
                last = self.manifest.cell(self.table.id, TOTAL, at)
                yield differing(f"{place}・{self._column_label(column)}", wanted, text, last)

    def _row_label(self, row: Sequence[str]) -> str:
        """甲府市; the keys that are words, shortened."""
        columns = self.table.printed_columns
        texts = [row[at] for at, column in enumerate(columns) if column.kind is Kind.TEXT and row[at]]
        texts = texts or [text for text in row if text][:1]
        return "・".join(shortened(text) for text in texts[-2:]) or "名前のない行"

    def _column_label(self, column: Column) -> str:
        return normal(self.results.render(column.title)) or "名前のない列"
