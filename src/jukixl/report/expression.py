"""Expressions of a definition: parsed once, then projected to an Excel formula and to a Python value.

    applications / population                      columns of the same row
    population.population                          the same row of another table
    annex5.applications.total                      a total
    neighbours.applications["yamanashi"]           one row
    sum(months)  count(annex6.kiosk > 0)           over a row's month columns, over a column
    blank(cases) > 0                               for conditions of notes

The syntax is Python's (its own parser reads it); what isn't listed above is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

FUNCTIONS: dict[str, tuple[int, str]] = {
    "sum": (1, "列又は月別列の合計"),
    "count": (1, "条件に合う行の数 count(表.列 > 0)"),
    "blank": (1, "記入のない行の数"),
    "unexplained": (3, "印字した率の差が印字した増減と一致しない行の数 unexplained(増減, 当月, 前月)"),
}
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Eq: "=",
    ast.NotEq: "<>",
}


class ExpressionError(ValueError):
    """The text isn't an expression of this language; the message says why, in Japanese."""


class Number(Struct, frozen=True):
    """A whole number written in the expression."""

    value: int


class Name(Struct, frozen=True):
    """A column of the table at hand, or a setting or figure."""

    id: str


class Cell(Struct, frozen=True):
    """`table.column` (the same row, or the whole column inside a function), with `row`: one row or `total`."""

    table: str
    column: str
    row: str | None = None


TOTAL_ROW = "total"
COMPARISONS = (">", ">=", "<", "<=", "=", "<>")
"""The operators of `Binary` that compare."""


class Binary(Struct, frozen=True):
    """`left` op `right`, with op one of + - * / and the comparisons (Excel's spelling)."""

    op: str
    left: Node
    right: Node


class Call(Struct, frozen=True):
    function: str
    args: tuple[Node, ...]


Node = Number | Name | Cell | Binary | Call


class Expression(Struct, frozen=True, dict=True):
    """A parsed expression; `source` is what the definition says.

    >>> Expression("delivered / applications").node
    Binary(op='/', left=Name(id='delivered'), right=Name(id='applications'))
    """

    source: str

    @cached_property
    def node(self) -> Node:
        """The parsed form; raises ExpressionError."""
        try:
            tree = ast.parse(self.source.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ExpressionError("式として読めません") from error
        return _convert(tree)

    @cached_property
    def operands(self) -> tuple[Name | Cell, ...]:
        """The cells it needs one value of, each once (not those inside functions), in order of appearance."""
        return tuple(dict.fromkeys(_iter_operands(self.node)))

    @cached_property
    def divisors(self) -> tuple[Node, ...]:
        """What it divides by."""
        return tuple(
            part.right for part in iter_nodes(self.node) if isinstance(part, Binary) and part.op == "/"
        )


def iter_nodes(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    if isinstance(node, Binary):
        yield from iter_nodes(node.left)
        yield from iter_nodes(node.right)
    elif isinstance(node, Call):
        for argument in node.args:
            yield from iter_nodes(argument)


def _iter_operands(node: Node) -> Iterator[Name | Cell]:
    if isinstance(node, Name | Cell):
        yield node
    elif isinstance(node, Binary):
        yield from _iter_operands(node.left)
        yield from _iter_operands(node.right)


def _convert(tree: ast.AST) -> Node:
    match tree:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return Number(value)
        case ast.Name(id=name):
            return Name(name)
        case ast.Attribute(value=ast.Name(id=table), attr=column):
            return Cell(table, column)
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id=table), attr=column), attr="total"):
            return Cell(table, column, TOTAL_ROW)
        case ast.Subscript(
            value=ast.Attribute(value=ast.Name(id=table), attr=column), slice=ast.Constant(value=str() as row)
        ):
            return Cell(table, column, row)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return Binary(_OPERATORS[type(operator)], _convert(left), _convert(right))
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _OPERATORS:
            return Binary(_OPERATORS[type(operator)], _convert(left), _convert(right))
        case ast.Call(func=ast.Name(id=function), args=args, keywords=[]):
            return _call(function, args)
    raise ExpressionError(
        f"「{ast.unparse(tree)}」は使えません（列名、表.列、四則、比較、関数だけが使えます）"
    )


def _call(function: str, args: list[ast.expr]) -> Call:
    if function not in FUNCTIONS:
        allowed = "、".join(FUNCTIONS)
        raise ExpressionError(f"関数「{function}」はありません（使えるもの: {allowed}）")
    wanted, meaning = FUNCTIONS[function]
    if len(args) != wanted:
        raise ExpressionError(f"関数「{function}」の引数は {wanted} 個です（{meaning}）")
    return Call(function, tuple(_convert(argument) for argument in args))
