"""One expression gives the Excel formula and the value, and nothing else of Python gets in."""

from __future__ import annotations

import pytest

from jukixl.report.expression import Binary, Call, Cell, Expression, ExpressionError, Name, Number
from jukixl.report.model import Report
from jukixl.workbook.formulas import Scope
from jukixl.workbook.layout import Layout


def rendered(report: Report, source: str) -> str:
    """The bare formula of an expression in the row of 甲府市 of 別紙5, with its columns as letters."""
    table = report.tables_by_id["annex5"]
    return Scope(Layout(report), table, "192015", table.sheet).render(Expression(source).node)


@pytest.mark.parametrize(
    ("source", "node"),
    [
        ("12", Number(12)),
        ("sent", Name("sent")),
        ("population.population", Cell("population", "population")),
        ("annex5.sent.total", Cell("annex5", "sent", "total")),
        ('annex5.sent["192015"]', Cell("annex5", "sent", "192015")),
        ("a / b", Binary("/", Name("a"), Name("b"))),
        ("a - b - c", Binary("-", Binary("-", Name("a"), Name("b")), Name("c"))),
        ("a != b", Binary("<>", Name("a"), Name("b"))),
        ("count(t.c >= 1)", Call("count", (Binary(">=", Cell("t", "c"), Number(1)),))),
    ],
)
def test_an_expression_is_read_as_arithmetic_over_columns_cells_and_numbers(
    source: str, node: object
) -> None:
    assert Expression(source).node == node


@pytest.mark.parametrize(
    "source",
    [
        "__import__('os').system('x')",
        "().__class__",
        "lambda: 1",
        "[a for a in b]",
        "a if b else c",
        "a and b",
        "not a",
        "-a",
        "a ** b",
        "a // b",
        "a % b",
        "a < b < c",
        "1.5",
        "'text'",
        "True",
        "None",
        "a[0]",
        "a.b['c'].d",
        "a.b.c",
        "sum(*a)",
        "sum(a, key=b)",
        "f'{a}'",
        "(a := 1)",
        "a; b",
        "a = b",
        "",
        "a\0b",
        "1(2)",
    ],
)
def test_what_is_not_arithmetic_over_columns_is_refused(source: str) -> None:
    with pytest.raises(ExpressionError):
        _ = Expression(source).node


def test_an_expression_nested_beyond_reason_is_refused_without_a_crash() -> None:
    with pytest.raises(ExpressionError):
        _ = Expression("(" * 5000 + "a" + ")" * 5000).node


@pytest.mark.parametrize(
    ("source", "formula"),
    [
        ("sent - (preset - delivered)", "F6-(H6-J6)"),
        ("(sent - preset) - delivered", "F6-H6-J6"),
        ("sent / (preset / delivered)", "F6/(H6/J6)"),
        ("sent / (preset * delivered)", "F6/(H6*J6)"),
        ("sent * preset / delivered", "F6*H6/J6"),
        ("(sent + preset) * delivered", "(F6+H6)*J6"),
        ("sent + preset * delivered", "F6+H6*J6"),
        ("sent - (preset + delivered)", "F6-(H6+J6)"),
        ("(sent > preset) + 1", "(F6>H6)+1"),
    ],
)
def test_the_formula_has_the_brackets_that_keep_its_meaning_in_excel(
    report: Report, source: str, formula: str
) -> None:
    # 別紙5: code A, name B, applications C, population D, rate E, sent F, rate G, preset H, rate I, delivered J;
    # title, caption, one empty row and one header row: 甲府市 stands in row 5.
    assert rendered(report, source) == formula.replace("6", "5")


def test_operands_are_listed_once_and_without_what_functions_run_over() -> None:
    expression = Expression("(a + b) / (a - count(t.c > 0))")
    assert expression.operands == (Name("a"), Name("b"))


def test_every_divisor_is_known_so_that_division_by_zero_can_be_guarded() -> None:
    assert Expression("a / (b / c)").divisors == (Binary("/", Name("b"), Name("c")), Name("c"))
