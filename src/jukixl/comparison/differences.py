"""One difference between an old and a new file, and all of them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct

from jukixl.errors import InputError
from jukixl.figures import Missing, format_count, format_points, format_rate, parse_count, parse_rate
from jukixl.personal import hide_numbers

_NOTHING = Missing.NONE.symbol

Number = int | Fraction
"""A count, or a rate as a fraction."""


class Topic(StrEnum):
    """What a difference is about; the value is its heading."""

    SENTENCE = "文章"
    NUMBER = "数値"
    TEXT = "日付・名称等"
    ROW = "行の追加・削除・順序"
    COLUMN = "表・列・見出し"


class Spot(Struct, frozen=True):
    """Where a value stands: its table (or 数値, 設定, the heading above a sentence), row and column.

    `old_cell` and `new_cell` (別紙5!C6) are of masters.
    """

    group: str
    row: str = ""
    column: str = ""
    old_cell: str = ""
    new_cell: str = ""


class Value(Struct, frozen=True):
    """A value as it is printed. Two with the same `identity` are the same; `number` is None for what has no size."""

    text: str
    identity: object
    number: Number | None = None


class Difference(Struct, frozen=True):
    """`old` is "" for what was added, `new` for what is gone. `change` and `percent` are of numbers, as they are printed.

    `group`, `row`, `column` and the cells are those of its `Spot`.
    """

    topic: Topic
    group: str
    row: str
    column: str
    old: str
    new: str
    change: str = ""
    percent: str = ""
    old_cell: str = ""
    new_cell: str = ""

    @property
    def place(self) -> str:
        """別紙5 個人番号カード申請状況等　甲府市「申請件数(a)」."""
        column = f"「{self.column}」" if self.column else ""
        return "　".join(filter(None, (self.group, f"{self.row}{column}")))

    @property
    def cells(self) -> str:
        """Where it stands; both places where they differ."""
        return " → ".join(dict.fromkeys(filter(None, (self.old_cell, self.new_cell))))


class ComparedTable(Struct, frozen=True):
    """A table that both files have: its columns in their order, how many of its rows are the same, how many values it has."""

    title: str
    columns: tuple[str, ...]
    unchanged: int
    values: int


class Comparison(Struct, frozen=True):
    """All differences of two files. `kind`: what both are; `topics`: what such files may differ in; `values`: how many numbers
    and texts were compared."""

    kind: str
    topics: tuple[Topic, ...]
    old_name: str
    new_name: str
    values: int
    differences: tuple[Difference, ...]
    tables: tuple[ComparedTable, ...]

    def of(self, topic: Topic) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.topic is topic)


def iter_change(spot: Spot, old: Value, new: Value, *, is_number: bool) -> Iterator[Difference]:
    """The difference of two values, if there is one."""
    if old.identity == new.identity:
        return
    change = _change(old.number, new.number) if is_number else ("", "")
    yield _difference(Topic.NUMBER if is_number else Topic.TEXT, spot, (old.text, new.text), change)


def text_change(topic: Topic, spot: Spot, old: str, new: str) -> Difference:
    """A difference of anything that has no size."""
    return _difference(topic, spot, (old, new), ("", ""))


def _difference(topic: Topic, spot: Spot, texts: tuple[str, str], change: tuple[str, str]) -> Difference:
    group, row, column, old, new = map(hide_numbers, (spot.group, spot.row, spot.column, *texts))
    return Difference(topic, group, row, column, old, new, *change, spot.old_cell, spot.new_cell)


def _change(old: Number | None, new: Number | None) -> tuple[str, str]:
    """A change of counts is a count and a percentage of the old one, a change of rates one in points."""
    if isinstance(old, int) and isinstance(new, int):
        return format_count(new - old), format_rate(Fraction(new - old, abs(old))) if old else _NOTHING
    if isinstance(old, Fraction) and isinstance(new, Fraction):
        return format_points(new - old), _NOTHING
    return _NOTHING, _NOTHING


def read_printed(text: str) -> Number | None:
    """The number that a document shows: 39,627 or 95.6%; None where it shows none.

    >>> read_printed("△1,234"), read_printed("95.6%"), read_printed("－")
    (-1234, Fraction(239, 250), None)
    """
    plain = text.strip().removesuffix("ポイント")
    try:
        if plain != text.strip():
            return parse_rate(f"{plain}%")
        return parse_rate(plain) if plain.endswith(("%", "％")) else parse_count(plain)[0]
    except InputError:
        return None
