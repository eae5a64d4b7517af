"""What every value of a report stands on, by the declaration: from a printed figure down to what somebody typed."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from jukixl.report.computation import Results
from jukixl.report.expression import TOTAL_ROW, Binary, Call, Cell, Expression, Name, Node, Number
from jukixl.report.model import Table, Total


class Origin(Struct, frozen=True):
    """A value that others stand on: a cell of a table (`row` may be `total`) or, without a table, a figure or setting."""

    id: str
    table: str | None = None
    row: str = ""


class Lineage:
    """Goes from a value to those that it is computed from."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self.report = results.report

    def below(self, origin: Origin) -> tuple[Origin, ...]:
        """The values that this one is computed from, each once, in the order of its expression; none where it is typed."""
        if origin.table is None:
            expression = self.expression(origin)
            return self._of(expression, None, "") if expression else ()
        table = self.report.tables_by_id[origin.table]
        column = table.by_id[origin.id]
        if origin.row == TOTAL_ROW and column.total is Total.SUM:
            return tuple(Origin(column.id, table.id, row) for row in self.results.rows(table))
        expression = self.expression(origin)
        return self._of(expression, table, origin.row) if expression else ()

    def expression(self, origin: Origin) -> Expression | None:
        """The declared expression of a value; None where it is typed or a sum of its column."""
        if origin.table is None:
            is_setting = origin.id in self.report.settings_by_id
            return None if is_setting else self.report.figures_by_id[origin.id].value
        column = self.report.tables_by_id[origin.table].by_id[origin.id]
        is_sum = origin.row == TOTAL_ROW and column.total is not Total.RATIO
        return None if is_sum else column.value

    def _of(self, expression: Expression, table: Table | None, row: str) -> tuple[Origin, ...]:
        return tuple(dict.fromkeys(_Walk(self.results, table, row).walk(expression.node)))


class _Walk:
    """The values that an expression names, in one row of a table (or in no table)."""

    def __init__(self, results: Results, table: Table | None, row: str) -> None:
        self.results = results
        self.table = table
        self.row = row

    def walk(self, node: Node) -> Iterator[Origin]:
        """Every value that is named, from left to right."""
        match node:
            case Number():
                return
            case Name(name):
                table = self.table.id if self.table and name in self.table.by_id else None
                yield Origin(name, table, self.row if table else "")
            case Cell(other, column, row):
                yield Origin(column, other, row or self.row)
            case Binary(_, left, right):
                yield from self.walk(left)
                yield from self.walk(right)
            case Call(_, args):
                for argument in args:
                    yield from self._argument(argument)

    def _argument(self, node: Node) -> Iterator[Origin]:
        if isinstance(node, Binary):  # the condition of count
            yield from self._range(node.left)
            yield from self.walk(node.right)
        else:
            yield from self._range(node)

    def _range(self, node: Node) -> Iterator[Origin]:
        """The values that a function runs over: a whole column, or a row's series."""
        if isinstance(node, Cell):
            yield from self._column(self.results.report.tables_by_id[node.table], node.column)
        elif isinstance(node, Name) and self.table is not None and node.id in self.table.by_id:
            yield from self._column(self.table, node.id)
        elif isinstance(node, Name) and self.table is not None:
            series = (column for column in self.table.columns if column.series == node.id)
            yield from (Origin(column.id, self.table.id, self.row) for column in series)

    def _column(self, table: Table, column: str) -> Iterator[Origin]:
        return (Origin(column, table.id, row) for row in self.results.rows(table))
