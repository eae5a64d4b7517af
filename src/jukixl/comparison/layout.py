"""How differences are set: group by group; where most values of a table differ, as the table itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import groupby

from msgspec import Struct

from jukixl.comparison.differences import Comparison, Difference, Topic
from jukixl.comparison.wording import Marked, mark_changes
from jukixl.figures import Missing

START = "（冒頭）"
"""The heading of what stands above all headings."""
_ADDED, _GONE = "（新設）", "（削除）"
"""What stands in place of the other text of what is new or gone."""
_BLANK = "（空欄）"

Aspect = tuple[str, Callable[[Difference], str]]
"""One thing that is said of a difference, such as 増減: its heading, and what it is."""


def marked_texts(one: Difference) -> tuple[Marked, Marked]:
    """The new text and the old one, with what changed in them; where there is none, a word that says so."""
    old, new = mark_changes(one.old, one.new)
    added, gone = (_BLANK, _BLANK) if one.topic is Topic.TEXT else (_ADDED, _GONE)
    return new or ((gone, False),), old or ((added, False),)


class Group(Struct, frozen=True, dict=True):
    """The differences of a table, or of what else belongs together, in their order.

    `columns`: all titles of the table. `unchanged`: how many of its rows are the same.
    """

    title: str
    differences: tuple[Difference, ...]
    columns: tuple[str, ...] = ()
    unchanged: int = 0

    @cached_property
    def only_column(self) -> str:
        """The one column of a table in which all differences are; "" where there are several."""
        titles = {one.column for one in self.differences}
        return titles.pop() if len(titles) == 1 and self.columns else ""

    @property
    def sheet(self) -> str:
        """The sheet on which all values stand; "" where there are several or none."""
        cells = [cell for one in self.differences for cell in (one.old_cell, one.new_cell) if cell]
        sheets = {cell.rpartition("!")[0] for cell in cells}
        return sheets.pop() if len(sheets) == 1 else ""

    @property
    def heading(self) -> str:
        """別紙3 国の行政機関等…　「提供件数（件）」　（変更のない3行は省略）."""
        column = f"「{self.only_column}」" if self.only_column else ""
        left_out = f"（変更のない{self.unchanged}行は省略）" if self.unchanged else ""
        return "　".join(filter(None, (self.title, column, left_out)))

    @property
    def rows(self) -> Iterator[tuple[str, tuple[Difference, ...]]]:
        """The differences by row."""
        for label, found in groupby(self.differences, lambda one: one.row):
            yield label, tuple(found)

    @cached_property
    def names(self) -> list[Aspect]:
        """What tells a value from the others of the group."""
        aspects: list[Aspect] = []
        if any(one.row for one in self.differences):
            aspects.append(("区分", lambda one: one.row))
        if any(one.column for one in self.differences) and not self.only_column:
            aspects.append(("項目", lambda one: one.column))
        return aspects

    @cached_property
    def numbers(self) -> list[Aspect]:
        """What is said of a number; no percentages where there are none, as of rates."""
        aspects: list[Aspect] = [
            ("新", lambda one: one.new or _BLANK),
            ("旧", lambda one: one.old or _BLANK),
            ("増減", lambda one: one.change),
        ]
        if any(one.percent != Missing.NONE.symbol for one in self.differences):
            aspects.append(("増減率", lambda one: one.percent))
        return aspects

    @cached_property
    def places(self) -> list[Aspect]:
        """Where a value stands; nothing where no cells are known."""
        return [("セル", lambda one: one.cells)] if any(one.cells for one in self.differences) else []


def groups_of(comparison: Comparison, topic: Topic) -> list[Group]:
    """The groups of a topic, in the order of their first difference."""
    tables = {table.title: table for table in comparison.tables}
    found: dict[str, list[Difference]] = {}
    for one in comparison.of(topic):
        found.setdefault(one.group, []).append(one)
    groups = []
    for title, differences in found.items():
        group = Group(title, tuple(differences))
        if (table := tables.get(title)) and topic is Topic.NUMBER:
            group = Group(title, group.differences, table.columns, table.unchanged)
        groups.append(group)
    return groups


def unchanged_tables(comparison: Comparison) -> list[str]:
    """The tables that are the same in both files."""
    changed = {one.group for one in comparison.differences}
    return [table.title for table in comparison.tables if table.title not in changed]


class Matrix(Struct, frozen=True):
    """A table as its readers know it: its columns, and its rows with a difference for each; None where there is none."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, Sequence[Difference | None]], ...]


def matrix_of(group: Group) -> Matrix | None:
    """The group as a matrix; None where it takes fewer lines as a list, or where two columns have the same title."""
    changed = {one.column for one in group.differences}
    columns = tuple(title for title in dict.fromkeys(group.columns) if title in changed)
    rows = []
    for label, found in group.rows:
        by_column = {one.column: one for one in found}
        if len(by_column) < len(found) or len(columns) < len(changed):
            return None
        rows.append((label, [by_column.get(column) for column in columns]))
    lines = len(rows) * len([*group.numbers, *group.places])
    return Matrix(columns, tuple(rows)) if lines < len(group.differences) else None
