"""Two handouts: figures by their controls, tables by their rows' keys, sentences by their words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from msgspec import Struct

from jukixl.comparison.differences import (
    Comparison,
    Difference,
    Topic,
    number_change,
    pair_texts,
    read_printed,
    text_change,
)
from jukixl.era import fold_digits
from jukixl.errors import InputError, Place, Problem
from jukixl.handout.control_lint import refuse_lost_controls
from jukixl.handout.controls import Control, iter_controls
from jukixl.handout.grid import cells_of, read_parts, span_of, split_rows
from jukixl.handout.names import is_figure_tag, table_of_tag
from jukixl.handout.ooxml import Element, P, style_of, visible_text
from jukixl.handout.package import Document, open_package
from jukixl.handout.prose import iter_prose
from jukixl.handout.rows import parts_of
from jukixl.handout.styles import HIDDEN
from jukixl.handout.tabletext import RowText, TableText, normal
from jukixl.report.model import Kind, Report, Table
from jukixl.report.text import Placeholder

HANDOUTS = "審議会資料"


class _Table(Struct, frozen=True):
    """A table as it stands: `titles` of its columns, rows without merged cells, the total row from behind its label on."""

    title: str
    titles: list[str]
    rows: list[RowText]
    total: RowText | None


class _Handout(Struct, frozen=True):
    figures: dict[str, list[Control]]
    tables: dict[str, _Table]
    sentences: list[str]


def compare_handouts(report: Report, old: tuple[str, bytes], new: tuple[str, bytes]) -> Comparison:
    """What differs, in the order of the new one. InputError or Refusal where one is no handout of this report."""
    former, latter = _read(report, *old), _read(report, *new)
    figures = [*_figures(report, former, latter)]
    tables = [*_tables(report, former, latter)]
    pairs = pair_texts(former.sentences, latter.sentences)
    sentences = [
        text_change(Topic.SENTENCE, "", before or "", after or "")
        for before, after in pairs
        if before != after
    ]
    values = sum(map(len, latter.figures.values())) + sum(
        len(row) for table in latter.tables.values() for row in (*table.rows, table.total or ())
    )
    found = dict.fromkeys((*figures, *tables, *sentences))
    return Comparison(HANDOUTS, old[0], new[0], values, tuple(found))


def _read(report: Report, name: str, content: bytes) -> _Handout:
    document = open_package(content, name)
    refuse_lost_controls(document, name)
    figures: dict[str, list[Control]] = defaultdict(list)
    tables: dict[str, _Table] = {}
    for story in document.iter_stories():
        for control in iter_controls(story):
            tag = control.tag or ""
            table_id = table_of_tag(tag)
            if table_id is not None and control.content is not None:
                tables[table_id] = _read_table(report.tables_by_id.get(table_id), table_id, control)
            elif is_figure_tag(tag) and style_of(control.parent) not in HIDDEN:
                figures[tag].append(control)
    known = {Placeholder.of_tag(tag).figure for tag in figures} & set(report.figures_by_id)
    if not known and not tables.keys() & report.tables_by_id.keys():
        message = f"「{report.title}」の資料ではありません。同じ報告の資料を二つ指定してください。別の報告なら --report を付けてください。"
        raise InputError(Problem(message, Place(file=name)))
    return _Handout(figures, tables, list(_iter_sentences(document)))


def _iter_sentences(document: Document) -> Iterator[str]:
    for story in document.iter_stories():
        for paragraph in iter_prose(story):
            text = visible_text(paragraph).strip()
            if text and style_of(paragraph) not in HIDDEN:
                yield text


def _read_table(table: Table | None, table_id: str, control: Control) -> _Table:
    assert control.content is not None, "only tables with a content are read"
    parts = parts_of(control.content)
    has_total = table is not None and table.has_total()
    grids = read_parts(parts, has_total=has_total)
    total = grids[-1].total if grids else None
    rows = [tuple(row) for grid in grids for row in grid.resolved if any(row)]
    title = table.title if table else control.alias or table_id
    return _Table(title, _titles(parts[0]) if parts else [], rows, tuple(total.texts[1:]) if total else None)


def _titles(part: Element) -> list[str]:
    """What stands above each column, from the top down."""
    above: dict[int, list[str]] = defaultdict(list)
    for row in split_rows(part)[0]:
        at = 0
        for cell in cells_of(row):
            text = normal("".join(visible_text(paragraph) for paragraph in cell.iter(P)))
            for column in range(at, at + span_of(cell)):
                above[column] += [text] if text else []
            at += span_of(cell)
    return ["・".join(above[column]) for column in sorted(above)]


def _figures(report: Report, old: _Handout, new: _Handout) -> Iterator[Difference]:
    for tag in dict.fromkeys((*new.figures, *old.figures)):
        before, after = old.figures.get(tag, []), new.figures.get(tag, [])
        control = (after or before)[0]
        place = f"数値「{control.alias or tag}」"
        figure = report.figures_by_id.get(Placeholder.of_tag(tag).figure)
        is_number = figure is not None and figure.kind.is_number
        if not before or not after:
            yield _differing(
                place,
                fold_digits(before[0].text) if before else "",
                fold_digits(after[0].text) if after else "",
                is_number,
            )
        for one, other in zip(before, after, strict=False):
            if normal(fold_digits(one.text)) != normal(fold_digits(other.text)):
                yield _differing(place, fold_digits(one.text), fold_digits(other.text), is_number)


def _differing(place: str, old: str, new: str, is_number: bool) -> Difference:
    if is_number:
        return number_change(place, (old, read_printed(old)), (new, read_printed(new)))
    return text_change(Topic.TEXT, place, old, new)


def _tables(report: Report, old: _Handout, new: _Handout) -> Iterator[Difference]:
    for table_id in dict.fromkeys((*new.tables, *old.tables)):
        before, after = old.tables.get(table_id), new.tables.get(table_id)
        table = report.tables_by_id.get(table_id)
        if before and after:
            yield from _TablePair(table, before, after).iter_differences()
        else:
            title = f"表「{(after or before or _Table(table_id, [], [], None)).title}」"
            yield text_change(Topic.COLUMN, title, "あり" if before else "", "あり" if after else "")


class _TablePair:
    def __init__(self, table: Table | None, old: _Table, new: _Table) -> None:
        self._old, self._new = old, new
        width = len(table.printed_columns) if table else 0
        self._declared = table if table and width == len(old.titles) == len(new.titles) else None
        self._place = f"表「{new.title}」"
        self._columns = list(_pair_columns(old.titles, new.titles))

    def iter_differences(self) -> Iterator[Difference]:
        yield from self._headings()
        pairs = self._pair_rows()
        partners = {there: number for number, there in pairs.items()}
        for there, row in enumerate(self._new.rows):
            if there in partners:
                yield from self._cells(self._old.rows[partners[there]], row)
            else:
                yield text_change(Topic.ROW, self._place, "", _joined(row))
        for number, row in enumerate(self._old.rows):
            if number not in pairs:
                yield text_change(Topic.ROW, self._place, _joined(row), "")
        yield from self._totals()

    def _headings(self) -> Iterator[Difference]:
        old, new = self._old.titles, self._new.titles
        paired = {before for before, _ in self._columns}, {after for _, after in self._columns}
        for before, after in self._columns:
            if old[before] != new[after]:
                yield text_change(Topic.COLUMN, f"{self._place}の見出し", old[before], new[after])
        for at, title in enumerate(old):
            if at not in paired[0]:
                yield text_change(Topic.COLUMN, f"{self._place}の列", title, "")
        for at, title in enumerate(new):
            if at not in paired[1]:
                yield text_change(Topic.COLUMN, f"{self._place}の列", "", title)

    def _pair_rows(self) -> dict[int, int]:
        if self._declared:
            pairs = TableText(self._declared, tuple(self._old.rows), None).pair(self._new.rows)
            self._pair_codes(self._declared, pairs)
            return pairs
        places: dict[str, list[int]] = defaultdict(list)  # of another shape: the first column names the row
        for there, row in enumerate(self._new.rows):
            places[normal(row[0])].append(there)
        names = ((number, normal(row[0])) for number, row in enumerate(self._old.rows))
        return {number: places[name].pop(0) for number, name in names if places[name]}

    def _pair_codes(self, table: Table, pairs: dict[int, int]) -> None:
        """What is left over on both sides with the same code is one municipality that was renamed."""
        codes = [at for at, column in enumerate(table.printed_columns) if column.kind is Kind.CODE]
        taken = set(pairs.values())
        for at in codes:
            left = {row[at]: there for there, row in enumerate(self._new.rows) if there not in taken}
            for number, row in enumerate(self._old.rows):
                if number not in pairs and row[at] in left:
                    pairs[number] = left.pop(row[at])
                    taken.add(pairs[number])

    def _cells(self, old: RowText, new: RowText) -> Iterator[Difference]:
        label = " ".join(self._key(new))
        for before, after in self._columns:
            if max(before - len(old), after - len(new)) >= 0 or normal(old[before]) == normal(new[after]):
                continue
            place = f"{self._place}　{label}「{self._new.titles[after]}」"
            yield _differing(place, old[before], new[after], self._is_number(after, old[before], new[after]))

    def _key(self, row: RowText) -> Sequence[str]:
        if self._declared is None:
            return row[:1]
        keys = TableText(self._declared, (), None).key_columns
        return [row[at] for at in keys if at < len(row)][-2:]

    def _is_number(self, column: int, old: str, new: str) -> bool:
        if self._declared is not None:
            return self._declared.printed_columns[column].kind.is_number
        return None not in (read_printed(old), read_printed(new))

    def _totals(self) -> Iterator[Difference]:
        old, new = self._old.total, self._new.total
        if old is None or new is None or len(old) != len(new):
            if old != new:
                yield text_change(Topic.ROW, f"{self._place}の合計行", _joined(old or ()), _joined(new or ()))
            return
        titles = self._new.titles[len(self._new.titles) - len(new) :]
        for title, before, after in zip(titles, old, new, strict=True):
            if normal(before) != normal(after):
                yield _differing(f"{self._place}　合計「{title}」", before, after, is_number=True)


def _pair_columns(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Columns by their headings, in which years and dates may differ; of as many columns each by its place."""
    if len(old) == len(new):
        yield from enumerate(range(len(new)))
        return
    plain = [[re.sub("元年|[0-9０-９]+", "0", title) for title in titles] for titles in (old, new)]
    for before, after, size in SequenceMatcher(
        None, plain[0], plain[1], autojunk=False
    ).get_matching_blocks():
        yield from zip(range(before, before + size), range(after, after + size), strict=True)


def _joined(row: Sequence[str]) -> str:
    return " ／ ".join(text for text in row if text)
