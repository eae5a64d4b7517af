"""Tables as a document prints them, made ready to be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set

from msgspec import Struct

from jukixl.comparison.differences import Value, read_printed
from jukixl.comparison.tables import Column, Row, Side
from jukixl.comparison.wording import are_alike, without_numbers, without_years
from jukixl.handout.controls import Control
from jukixl.handout.grid import cells_of, read_parts, span_of, split_rows
from jukixl.handout.ooxml import Element, P, visible_text
from jukixl.handout.rows import parts_of
from jukixl.handout.tabletext import RowText, TableText, normal
from jukixl.report import model
from jukixl.report.model import Kind

_ALIKE = 0.6
_TOTAL = "合計"


class PrintedTable(Struct, frozen=True):
    """A table as it stands: `titles` of its columns, rows without merged cells, the total row from its label on."""

    title: str
    titles: list[str]
    rows: list[RowText]
    total: RowText | None


def read_table(table: model.Table | None, table_id: str, control: Control, number: int) -> PrintedTable:
    """The table in a control; `table` None where the report doesn't know it. `number`: which one of this id it is."""
    assert control.content is not None, "only tables with a content are read"
    parts = parts_of(control.content)
    has_total = table.has_total() if table else _ends_in_total(parts)
    grids = read_parts(parts, has_total=has_total)
    total = grids[-1].total if grids else None
    rows = [tuple(row) for grid in grids for row in grid.resolved if any(row)]
    titles = _titles(parts)
    width = max(map(len, rows), default=0)
    # A header may have been taken out.
    titles += [f"{at}列目" for at in range(len(titles) + 1, width + 1)]
    title = table.title if table else control.alias or table_id
    title = title if number == 1 else f"{title}（{number}番目）"
    return PrintedTable(title, titles, rows, tuple(total.texts) if total else None)


def _ends_in_total(parts: Sequence[Element]) -> bool:
    """Whether the last row's label goes over several columns, as that of a total row does; of tables that aren't known."""
    rows = split_rows(parts[-1])[1] if parts else []
    spans = [span_of(cell) for cell in cells_of(rows[-1])] if rows else []
    return len(spans) > 1 and max(spans) > 1


def _titles(parts: Sequence[Element]) -> list[str]:
    """What stands above each column, from the top down; all of it where the parts on several pages don't say the same."""
    titles: dict[int, dict[str, None]] = defaultdict(dict)
    for part in parts:
        for at, title in _titles_of(part).items():
            titles[at][title] = None
    return ["／".join(titles[at]) for at in sorted(titles)]


def _titles_of(part: Element) -> dict[int, str]:
    above: dict[int, list[str]] = defaultdict(list)
    for row in split_rows(part)[0]:
        at = 0
        for cell in cells_of(row):
            text = normal("".join(visible_text(paragraph) for paragraph in cell.iter(P)))
            for column in range(at, at + span_of(cell)):
                above[column] += [text] if text else []
            at += span_of(cell)
    return {at: "・".join(texts) for at, texts in above.items()}


def sides_of(table: model.Table | None, old: PrintedTable, new: PrintedTable) -> tuple[Side, Side]:
    """Both, with the same keys for what belongs together. What columns are is known of the one that has as many as declared."""
    keys = _column_keys(old.titles, new.titles)
    declared = _declared(table, keys)
    names: set[str] = set()
    if table and declared:
        known = list(declared)
        names = {known[at] for at in TableText(table, (), None).key_columns}.intersection(*keys)
    return _side(old, keys[0], declared, names), _side(new, keys[1], declared, names)


def _declared(table: model.Table | None, keys: tuple[list[str], list[str]]) -> Mapping[str, model.Column]:
    for one in reversed(keys) if table else ():
        if table and len(one) == len(table.printed_columns):
            return dict(zip(one, table.printed_columns, strict=True))
    return {}


def _column_keys(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """The same key for what belongs together: columns at the same place, where all headings are the same but for dates; else
    those with the same heading, then but for the year, then but for all numbers, then at the same place with much the same."""
    pairs: dict[int, int] = {}
    if list(map(without_numbers, old)) == list(map(without_numbers, new)):
        pairs = {at: at for at in range(len(new))}
    for plain in (str, without_years, without_numbers):
        places: dict[str, list[int]] = defaultdict(list)
        for there, title in enumerate(new):
            if there not in pairs.values():
                places[plain(title)].append(there)
        for at, title in enumerate(old):
            if at not in pairs and places[plain(title)]:
                pairs[at] = places[plain(title)].pop(0)
    if len(old) == len(new):
        for at in set(range(len(old))) - pairs.keys() - set(pairs.values()):
            if are_alike(old[at], new[at]) >= _ALIKE:
                pairs[at] = at
    return [str(pairs.get(at, f"-{at}")) for at in range(len(old))], [str(at) for at in range(len(new))]


def _side(
    printed: PrintedTable, keys: Sequence[str], declared: Mapping[str, model.Column], names: Set[str]
) -> Side:
    columns = tuple(
        Column(key, title, declared[key].kind.is_number if key in declared else None)
        for key, title in zip(keys, printed.titles, strict=True)
    )
    codes = [at for at, key in enumerate(keys) if key in declared and declared[key].kind is Kind.CODE]
    places = [at for at, key in enumerate(keys) if key in names] or [0]
    shown = [at for at in places if at not in codes] or places
    if not names:
        shown = [_first_of_words(printed.rows)]
    rows = tuple(_row(row, len(columns), places, codes, shown) for row in printed.rows)
    total = _total(printed.total, len(columns)) if printed.total else None
    return Side(printed.title, columns, rows, total)


def _first_of_words(rows: Sequence[RowText]) -> int:
    """The first column that has no number, which is what rows of a table that isn't known are called by; else the first."""
    columns = zip(*rows, strict=False)
    words = (
        at for at, texts in enumerate(columns) if not any(read_printed(text) is not None for text in texts)
    )
    return next(words, 0)


def _row(
    texts: RowText, width: int, places: Sequence[int], codes: Sequence[int], shown: Sequence[int]
) -> Row:
    texts = (*texts, *[""] * (width - len(texts)))
    key = tuple(normal(texts[at]) for at in places)
    names = tuple(texts[at] for at in shown if texts[at])
    return Row(key, "".join(texts[at] for at in codes), names, tuple(map(_value, texts)))


def _total(texts: RowText, width: int) -> Row:
    """The total row: its numbers stand at the right, its label over the columns before."""
    label, *numbers = texts
    values = [*[""] * (width - len(numbers)), *numbers]
    return Row((), "", (normal(label) or _TOTAL,), tuple(map(_value, values[:width])))


def _value(text: str) -> Value:
    return Value(text, normal(text), read_printed(text))
