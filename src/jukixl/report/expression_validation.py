"""What an expression of a definition may refer to, and what it may do with it, in the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto

from msgspec import Struct

from jukixl.errors import Place, Problem
from jukixl.report.expression import (
    COMPARISONS,
    TOTAL_ROW,
    Binary,
    Call,
    Cell,
    Expression,
    Name,
    Node,
    Number,
    iter_nodes,
)
from jukixl.report.model import Column, Kind, Report, Setting, Table, Total

_COMPUTABLE = (Kind.COUNT, Kind.YEAR, Kind.FISCAL_YEAR)


class Role(Enum):
    """Where an expression stands, which decides what it may use."""

    COLUMN = auto()  # has a row
    SINGLE = auto()  # a figure or one side of a rule: no row
    CONDITION = (
        auto()
    )  # of a note or a sentence: no row and never a formula, so that every function is allowed


class ExpressionScope(Struct, frozen=True):
    """Judges the expressions of one place; `where` is its key in the definition."""

    report: Report
    table: Table | None
    role: Role
    where: str

    def problems(self, expression: Expression, kind: Kind | None = None) -> Iterator[Problem]:
        """Every mistake of an expression whose value is of `kind` (None for conditions)."""
        node = expression.node
        is_comparison = isinstance(node, Binary) and node.op in COMPARISONS
        if self.role is Role.CONDITION and not is_comparison:
            yield self._problem("条件は比較（例 blank(cases) > 0）で書いてください。")
        if self.role is not Role.CONDITION and is_comparison:
            yield self._problem("比較は count( ) の中と、注記や文の選択の when でだけ使えます。")
        yield from self._node(node)
        if kind is not None:
            yield from self._kind(expression, kind)

    def _problem(self, message: str) -> Problem:
        return Problem(message, Place(key=self.where))

    def _node(self, node: Node) -> Iterator[Problem]:
        match node:
            case Name():
                yield from self._name(node)
            case Cell():
                yield from self._cell(node)
            case Binary():
                yield from self._binary(node)
            case Call(function):
                yield from self._call(node)
                yield from self._role_of(function)

    def _name(self, node: Name) -> Iterator[Problem]:
        columns = list(self.table.by_id) if self.table and self.role is Role.COLUMN else []
        if node.id in columns or node.id in self.report.settings_by_id:
            return
        if self.table and (node.id in self.table.by_id or node.id in series_of(self.table)):
            yield self._problem(f"「{node.id}」は行が決まらないので、関数（sum など）の中でだけ使えます。")
            return
        known = "、".join([*columns, *self.report.settings_by_id])
        yield self._problem(f"「{node.id}」はありません。使える列・設定: {known}。")

    def _cell(self, node: Cell) -> Iterator[Problem]:
        other, missing = self._find(node)
        if other is None:
            yield from missing
        elif node.row == TOTAL_ROW:
            if not other.has_total() or other.by_id[node.column].total is Total.NONE:
                yield self._problem(f"表「{node.table}」の「{node.column}」には合計がありません。")
        elif node.row is not None:
            if node.row not in other.row_ids:
                known = "、".join(other.row_ids)
                yield self._problem(f"表「{node.table}」に行「{node.row}」はありません。ある行: {known}。")
        elif self.role is not Role.COLUMN or not has_same_rows(self.table, other):
            yield self._problem(
                f'「{node.table}.{node.column}」は行が決まりません。.total か ["行"] を付けてください。'
            )

    def _find(self, node: Cell) -> tuple[Table | None, list[Problem]]:
        """The table of a cell whose column exists; else what is missing."""
        other = self.report.tables_by_id.get(node.table)
        if other is None:
            known = "、".join(self.report.tables_by_id)
            return None, [self._problem(f"表「{node.table}」はありません。ある表: {known}。")]
        if node.column not in other.by_id:
            known = "、".join(other.by_id)
            message = f"表「{node.table}」に列「{node.column}」はありません。ある列: {known}。"
            return None, [self._problem(message)]
        return other, []

    def _binary(self, node: Binary) -> Iterator[Problem]:
        for side in (node.left, node.right):
            yield from self._node(side)
            operand = find_source(self.report, self.table, side)
            if operand is None:
                continue
            if operand.kind.is_rounded and self.role is not Role.CONDITION:
                yield self._problem(
                    f"「{operand.id}」は丸めた率です。率は件数から計算してください（二重の四捨五入になります）。"
                )
            elif operand.kind not in _COMPUTABLE and not operand.kind.is_rounded:
                yield self._problem(
                    f"「{operand.id}」は {operand.kind} なので計算に使えません。使えるのは数です。"
                )

    def _role_of(self, function: str) -> Iterator[Problem]:
        if function in ("blank", "unexplained") and self.role is not Role.CONDITION:
            yield self._problem(f"関数「{function}」は注記の when でだけ使えます。")

    def _call(self, node: Call) -> Iterator[Problem]:
        for argument in node.args:
            if node.function != "count":
                yield from self._range(argument, node.function)
            elif (
                isinstance(argument, Binary)
                and argument.op in COMPARISONS
                and isinstance(argument.right, Number)
            ):
                yield from self._range(argument.left, node.function)
            else:
                yield self._problem("count( ) の中は「列と数の比較」で書いてください。例 count(表.列 > 0)。")

    def _range(self, node: Node, function: str) -> Iterator[Problem]:
        """A whole column, or a row's series."""
        if isinstance(node, Cell) and node.row is None:
            yield from self._find(node)[1]
        elif isinstance(node, Name) and self.table is not None and node.id in self.table.by_id:
            pass
        elif isinstance(node, Name) and self.table is not None and node.id in series_of(self.table):
            if self.role is not Role.COLUMN:
                yield self._problem(f"「{node.id}」は行が決まりません。計の列を使ってください。")
        else:
            yield self._problem(f"関数「{function}」の中には列（列名 又は 表.列）を書いてください。")
            return
        source = find_source(self.report, self.table, node)
        if function == "sum" and source is not None and source.kind is not Kind.COUNT:
            yield self._problem(f"合計できるのは count の列だけです。「{source.id}」は {source.kind} です。")

    def _kind(self, expression: Expression, kind: Kind) -> Iterator[Problem]:
        """Whether the value is of the declared kind, and can be written as a formula."""
        node = expression.node
        source = find_source(self.report, self.table, node)
        if source is not None and source.kind is not kind:
            yield self._problem(
                f'kind = "{kind}" ですが、「{source.id}」は {source.kind} です。同じにしてください。'
            )
        if expression.divisors and not kind.is_rounded:
            yield self._problem(
                f'割り算の結果は rate か points です。kind = "{kind}" では端数がなくなります。'
            )
        if not isinstance(node, Call) and any(isinstance(part, Call) for part in iter_nodes(node)):
            yield self._problem("関数は式の全体としてだけ使えます。計の列を作り、それを使ってください。")


def series_of(table: Table) -> set[str]:
    """The names under which a table's repeated columns are summed."""
    return {column.series for column in table.columns if column.series}


def has_same_rows(table: Table | None, other: Table) -> bool:
    """Whether a row of one table is a row of the other, so that a reference needs no row."""
    return table is not None and table.rows is not None and table.row_ids == other.row_ids


def find_source(report: Report, table: Table | None, node: Node) -> Column | Setting | None:
    """The column or setting that a node means; None where it means neither (or several columns)."""
    if isinstance(node, Cell):
        other = report.tables_by_id.get(node.table)
        return other.by_id.get(node.column) if other else None
    if isinstance(node, Name):
        return (table.by_id.get(node.id) if table else None) or report.settings_by_id.get(node.id)
    return None


def find_cycle(report: Report) -> tuple[str, ...] | None:
    """Computed columns (`table.column`) each of which needs the next and the last the first; None if there are none."""
    needs = {
        f"{table.id}.{column.id}": sorted(_needed(table, column.value))
        for table in report.tables
        for column in table.columns
        if column.value is not None
    }
    done: set[str] = set()
    for start in needs:
        if found := _walk(start, needs, done, ()):
            return found
    return None


def _walk(
    name: str, needs: dict[str, list[str]], done: set[str], path: tuple[str, ...]
) -> tuple[str, ...] | None:
    if name in path:
        return path[path.index(name) :]
    if name in done:
        return None
    for other in needs.get(name, ()):
        if found := _walk(other, needs, done, (*path, name)):
            return found
    done.add(name)
    return None


def _needed(table: Table, expression: Expression) -> Iterator[str]:
    for node in iter_nodes(expression.node):
        if isinstance(node, Cell):
            yield f"{node.table}.{node.column}"
        elif isinstance(node, Name):
            columns = [column.id for column in table.columns if node.id in (column.id, column.series)]
            yield from (f"{table.id}.{column}" for column in columns)
