"""What a hand wrote stays: a document's texts, cell by cell and row by row, beside the workbook's and what was written last."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace

from jukixl.era import fold_digits
from jukixl.handout.choosing import written_row, written_rows
from jukixl.handout.controls import Control
from jukixl.handout.grid import Grid
from jukixl.handout.manifest import TOTAL, Manifest, row_name
from jukixl.handout.mismatches import masked, shortened
from jukixl.handout.rowpairs import Pairing, pair_rows
from jukixl.handout.states import State, state_of
from jukixl.handout.tables import label_span
from jukixl.handout.tabletext import RowText, TableText, alike
from jukixl.report.model import Table


class ValueChange(Struct, frozen=True):
    """A place where document and workbook differed. `name` is what `--take-workbook` takes; `is_written`: the document
    now says `due`, else it still says `shown`. `row`: which row of a table's it is as the document now stands, from 0, the
    total row -1; of one that is gone, the row that stands there."""

    name: str
    place: str
    state: State
    shown: str
    due: str
    is_written: bool
    row: int | None = None


class HandsStay:
    """What a hand wrote stays, but for the names in `take`; `changes` tells every difference."""

    def __init__(
        self, manifest: Manifest, labels: dict[str, str], take: Collection[str], skipped: Collection[str]
    ) -> None:
        self.last = manifest
        self._labels = labels
        self._take = take
        self._skipped = skipped
        self._figures: dict[str, str] = {}
        self._tables: dict[str, dict[str, RowText]] = {
            table: dict(rows) for table, rows in manifest.tables.items() if table in skipped
        }
        self.changes: list[ValueChange] = []

    def skips(self, table_id: str) -> bool:
        return table_id in self._skipped

    def set_free(self, control: Control, words: str) -> None:
        place = f"「{control.alias or control.tag}」に続けて書かれた「{masked(shortened(words))}」の段落"
        self.note(control.tag or "", place, State.EXTRA, "", "", written=False)

    def manifest(self) -> Manifest:
        return replace(self.last, figures=self._figures, tables=self._tables)

    def figure(self, control: Control, due: str) -> str:
        tag = control.tag or ""
        last = self.last.figures.get(tag)
        shown, half = fold_digits(control.text), fold_digits(due)
        place = f"数値「{self._labels.get(tag) or control.alias or tag}」"
        is_empty = control.setting("showingPlcHdr") is not None
        if is_empty or shown == half:
            self._figures[tag] = half
            if is_empty:  # pasted, or somebody deleted the number: Word shows a hint in its place
                self.note(tag, place, State.STALE, "（空欄）", half, written=True)
            return due
        chosen, self._figures[tag] = self._choose(tag, place, shown, half, last)
        return due if chosen == half else control.text

    def _choose(
        self, name: str, place: str, shown: str, due: str, last: str | None, row: int | None = None
    ) -> tuple[str, str]:
        """The text for a place, and what counts as written there last."""
        if alike(shown, due):
            return shown, due
        state = state_of(due, shown, last)
        wins = state is State.STALE or name in self._take
        self.changes.append(ValueChange(name, place, state, shown, due, wins, row))
        return (due, due) if wins else (shown, last or "")

    def table(self, grid: Grid, due: TableText) -> TableText:
        last = self.last.tables.get(due.table.id)
        if last is None:  # never filled before
            self._tables[due.table.id] = written_rows(due)
            return due
        if due.reads(grid.resolved) and due.total == (tuple(grid.total.texts[1:]) if grid.total else None):
            self._tables[due.table.id] = written_rows(due)
            return due
        pairing = pair_rows(grid, due, last)
        filler = _TableChooser(self, due, dict(last), pairing)
        if pairing.is_reordered:
            place = f"表「{due.table.title}」の行の順序"
            self.note(due.table.id, place, State.EDITED, "手で並べ替えた順", "マスターの順", written=True)
        rows = filler.rows()
        total = filler.total(grid)
        self._tables[due.table.id] = filler.written
        return replace(due, rows=tuple(rows), total=total)

    def choose_cell(
        self, name: str, place: str, shown: str, due: str, last: str | None, row: int
    ) -> tuple[str, str]:
        """As for figures, for one cell of a table."""
        return self._choose(name, place, shown, due, last, row)

    def note(self, name: str, place: str, state: State, shown: str, due: str, *, written: bool) -> None:
        """Tell of something that isn't one text."""
        self.changes.append(ValueChange(name, place, state, shown, due, written))

    def note_row(self, name: str, place: str, state: State, row: int, *, written: bool) -> None:
        """Tell of a row that a hand added or took out."""
        self.changes.append(ValueChange(name, f"{place}の行", state, "", "", written, row))

    def takes(self, name: str) -> bool:
        """Whether the workbook wins here."""
        return name in self._take


class _TableChooser:
    """One table: cell by cell where document and workbook have the row, row by row where only one has it."""

    def __init__(self, hands: HandsStay, due: TableText, last: dict[str, RowText], pairing: Pairing) -> None:
        self._hands = hands
        self._due = due
        self._last = last
        self._pairing = pairing
        self.written: dict[str, RowText] = {}

    @property
    def _table(self) -> Table:
        return self._due.table

    def rows(self) -> list[RowText]:
        """The rows in the workbook's order, rows that a hand added behind those that they stood behind."""
        chosen: list[RowText] = list(self._added_after(None, 0))
        for number, row in enumerate(self._due.rows):
            shown = self._pairing.shown.get(number)
            name = row_name(self._due.key(row))
            if shown is not None:
                chosen.append(self._cells(row, shown, name, len(chosen)))
            elif name in self._last and any(row) and not self._hands.takes(self._table.id):
                self.written[name] = self._last[name]
                place = self._place(row)
                self._hands.note_row(self._table.id, place, State.MISSING, len(chosen), written=False)
            else:
                self.written[name] = written_row(self._due, row)
                chosen.append(row)
            chosen.extend(self._added_after(number, len(chosen)))
        return chosen or list(self._due.rows)

    def _added_after(self, number: int | None, at: int) -> Sequence[RowText]:
        added = self._pairing.added.get(number, [])
        taken = self._hands.takes(self._table.id)
        for above, row in enumerate(added):
            there = at if taken else at + above
            self._hands.note_row(self._table.id, self._place(row), State.EXTRA, there, written=taken)
        return [] if taken else added

    def _cells(self, due: RowText, shown: RowText, name: str, row: int) -> RowText:
        last = self._last.get(name)
        keys = frozenset(self._due.key_columns)
        texts: list[str] = []
        written: list[str] = []
        for at, (mine, theirs) in enumerate(zip(due, shown, strict=True)):
            text, kept = theirs, mine
            if not alike(theirs, mine):
                before = mine if at in keys else (last[at] if last and at < len(last) else None)
                place = f"{self._place(due)}・{self._title(at)}"
                text, kept = self._hands.choose_cell(self._table.id, place, theirs, mine, before, row)
            texts.append(text)
            written.append("" if at in keys else kept)
        self.written[name] = tuple(written)
        return tuple(texts)

    def total(self, grid: Grid) -> RowText | None:
        due = self._due.total
        if due is None or grid.total is None:
            return due
        shown, last = grid.total.texts[1:], self._last.get(TOTAL, ())
        span = label_span(self._table)
        pairs = []
        for at, (mine, theirs) in enumerate(zip(due, shown, strict=True)):
            place = f"表「{self._table.title}」の{self._table.total_label}・{self._title(at + span)}"
            before = last[at] if at < len(last) else None
            pairs.append(self._hands.choose_cell(self._table.id, place, theirs, mine, before, -1))
        self.written[TOTAL] = tuple(kept for _, kept in pairs)
        return tuple(text for text, _ in pairs)

    def _place(self, row: Sequence[str]) -> str:
        names = [row[at] for at in self._due.key_columns if row[at]]
        return f"表「{self._table.title}」の{'・'.join(names[-2:]) or '名前のない行'}"

    def _title(self, at: int) -> str:
        return self._table.printed_columns[at].title.plain
