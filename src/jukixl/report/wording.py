"""An expression in the words of staff: `applications / population` → 申請件数(a) ÷ 住基人口(b)."""

from __future__ import annotations

from jukixl.report.computation import Results
from jukixl.report.expression import TOTAL_ROW, Binary, Call, Cell, Expression, Name, Node, Number
from jukixl.report.model import Column, Table

_OPERATORS = {"+": "＋", "-": "－", "*": "×", "/": "÷", ">=": "≧", "<=": "≦", ">": "＞", "<": "＜"}
_OPERATORS |= {"=": "＝", "<>": "≠"}
_FUNCTIONS = {
    "sum": "{0} の合計",
    "count": "{0} である行の数",
    "blank": "{0} が空欄の行の数",
    "unexplained": "{0} が {1} と {2} の印字の差に合わない行の数",
}


def word_expression(expression: Expression, results: Results, table: Table | None = None) -> str:
    """The expression with titles for ids; `table` is the one that it stands in."""
    return _Words(results, table).of(expression.node)


def word_column(column: Column, results: Results) -> str:
    """A column's title on one line, after that of its group, dates included."""
    title = results.render(column.title.one_line)
    return f"{results.render(column.group.one_line)}・{title}" if column.group else title


class _Words:
    def __init__(self, results: Results, table: Table | None) -> None:
        self.results = results
        self.report = results.report
        self.table = table

    def of(self, node: Node) -> str:
        match node:
            case Number(value):
                return str(value)
            case Name(name):
                return self._named(name)
            case Cell(table, column, row):
                return self._cell(self.report.tables_by_id[table], column, row)
            case Binary(op, left, right):
                return f"{self._operand(left)} {_OPERATORS[op]} {self._operand(right)}"
            case Call(function, args):
                return _FUNCTIONS[function].format(*map(self.of, args))

    def _operand(self, node: Node) -> str:
        return f"（{self.of(node)}）" if isinstance(node, Binary) else self.of(node)

    def _named(self, name: str) -> str:
        if self.table is None:
            return self.report.figures_by_id[name].label
        if name in self.table.by_id:
            return word_column(self.table.by_id[name], self.results)
        series = [word_column(column, self.results) for column in self.table.columns if column.series == name]
        return f"{series[0]}～{series[-1]}" if series else self.report.figures_by_id[name].label

    def _cell(self, table: Table, column: str, row: str | None) -> str:
        title = f"「{word_column(table.by_id[column], self.results)}」"
        if table is not self.table:
            title = f"{table.title}{title}"
        if row is None:
            return title
        record = table.rows.by_id.get(row, {}) if table.rows else {}
        label = table.total_label or "合計" if row == TOTAL_ROW else next(iter(record.values()), row)
        return f"{title}の{label}"
