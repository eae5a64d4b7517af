"""The checks that a survey form makes of itself, by formula, before it is sent.

What stands in the way begins with ×, a hint with ※, and what is right is ○. A reason beside it turns the × of a change
into ○: the change may well be true. No function is used that an old Excel or LibreOffice lacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from msgspec import Struct

from jukixl.figures import Missing
from jukixl.report.model import Column, Kind, Table
from jukixl.report.rules import Cumulative, Order

BAD, HINT, GOOD = "×", "※", "○"
READY, NOT_READY = "提出できます", "未入力・要確認があります"
_DATES = (Kind.DATE, Kind.MONTH)
_Condition = tuple[str, str]  # a formula that is true where something is to be said, and what


class FormLine(Struct, frozen=True):
    """An input of a form as its formulas see it: A1 addresses on the form's sheet."""

    value: str
    previous: str
    reason: str


class FormChecks(Struct, frozen=True):
    """Writes the check of each input. `lines` are all inputs of the form by (table, column)."""

    lines: Mapping[tuple[str, str], FormLine]

    def formula(self, table: Table, column: Column) -> str:
        """What stands beside an input: the first thing that is wrong, else a hint, else ○."""
        line = self.lines[table.id, column.id]
        empty = f"{BAD}未入力です" if column.required else GOOD
        rest = self._of_typed(line, table, column)
        return (
            f'=IF(ISERROR({line.value}),"{BAD}エラー値が入っています",IF({line.value}="","{empty}",{rest}))'
        )

    def change(self, table: Table, column: Column) -> str:
        """The change from last year as a share of last year's; empty where there is none to tell."""
        line = self.lines[table.id, column.id]
        share = f'IF({line.previous}=0,"",ROUND({line.value}/{line.previous}-1,3))'
        return f'=IF(COUNT({line.value},{line.previous})=2,{share},"")'

    def _of_typed(self, line: FormLine, table: Table, column: Column) -> str:
        if column.kind in (Kind.TEXT, Kind.CODE):
            return f'"{GOOD}"'
        if column.kind is not Kind.COUNT:
            wanted = "日付" if column.kind in _DATES else "数値"
            return f'IF({_is_number_or_symbol(line.value)},"{GOOD}","{BAD}{wanted}ではありません")'
        number = _first([*self._of_count(line), *self._of_meaning(line, table, column)])
        other = f'IF({_is_symbol(line.value)},"{GOOD}","{BAD}数値ではありません")'
        return f"IF(ISNUMBER({line.value}),{number},{other})"

    def _of_count(self, line: FormLine) -> Iterator[_Condition]:
        yield f"{line.value}<0", f"{BAD}負の数です"
        yield f"{line.value}<>INT({line.value})", f"{BAD}整数ではありません"

    def _of_meaning(self, line: FormLine, table: Table, column: Column) -> Iterator[_Condition]:
        """What may be true after all: with a reason it is taken."""
        if column.change_limit:
            limit = column.change_limit
            change = f"ABS({line.value}-{line.previous})*100>{line.previous}*{limit}"
            message = f"{BAD}前年から{limit}%を超える増減です。理由を記入してください"
            yield _unexplained(line, f"IF(ISNUMBER({line.previous}),{change},FALSE)"), message
        for rule in table.rules:
            if isinstance(rule, Cumulative) and column.id in rule.columns:
                yield from self._of_cumulative(line, rule, column)
        for rule in table.rules:
            if isinstance(rule, Order):
                yield from self._of_order(line, rule, table, column)

    def _of_cumulative(self, line: FormLine, rule: Cumulative, column: Column) -> Iterator[_Condition]:
        year = self.lines.get((rule.annual, column.id))
        if year is None:
            return
        sum_ = f"{line.value}<>{line.previous}+{year.value}"
        differs = f"IF(COUNT({line.previous},{year.value})=2,{sum_},FALSE)"
        message = f"{BAD}前年までの累計と対象年の合計になりません。直すか、理由を記入してください"
        yield _unexplained(line, differs), message

    def _of_order(self, line: FormLine, rule: Order, table: Table, column: Column) -> Iterator[_Condition]:
        for low, high in pairwise(rule.columns):
            other = self.lines.get((table.id, high))
            if low == column.id and other is not None:
                more = f"IF(ISNUMBER({other.value}),{line.value}>{other.value},FALSE)"
                yield more, f"{HINT}「{table.by_id[high].title.plain}」より大きい値です。確かめてください"


def contact_formula(cell: str, *, required: bool) -> str:
    """What stands beside a field that says who answered."""
    return f'=IF({cell}="","{BAD if required else GOOD}{"未入力です" if required else ""}","{GOOD}")'


def verdict_formula(checks: str) -> str:
    """The one line that says whether the form can be sent; `checks` is the range of all checks."""
    open_ = f'COUNTIF({checks},"{BAD}*")'
    return f'=IF({open_}=0,"{READY}","{NOT_READY}（残り "&{open_}&" か所）")'


def _unexplained(line: FormLine, condition: str) -> str:
    return f'AND({condition},{line.reason}="")'


def _is_symbol(cell: str) -> str:
    return "OR(" + ",".join(f'{cell}="{one.symbol}"' for one in Missing if one.symbol) + ")"


def _is_number_or_symbol(cell: str) -> str:
    return f"IF(ISNUMBER({cell}),TRUE,{_is_symbol(cell)})"


def _first(conditions: list[_Condition]) -> str:
    """The message of the first condition that is true, else ○."""
    text = f'"{GOOD}"'
    for condition, message in reversed(conditions):
        text = f'IF({condition},"{message}",{text})'
    return text
