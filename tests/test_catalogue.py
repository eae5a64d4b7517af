"""docs/checks.md names every finding that there can be, and is what the checks say of themselves."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_layers import MODULES

from jukixl.check.catalogue import descriptions
from jukixl.commands.catalogue import create_catalogue
from jukixl.findings import Described, Severity
from jukixl.workbook.formula_text import Slip

PAGE = Path(__file__).parents[1] / "docs" / "checks.md"
CODES = re.findall(r"^\| `([a-z0-9_.]+)` \|", create_catalogue(), re.MULTILINE)
NOT_FOR_STAFF = {"jukixl.addin.checker"}
"""Checks the add-in while it is built: no clerk ever sees its findings."""

OF_TEMPLATES = ("jukixl.handout.lint", "jukixl.handout.control_lint", "jukixl.survey.letter_lint")
"""Their helper writes the first half of a code."""


def test_the_page_is_what_the_checks_say() -> None:
    """Write it anew with: python -c "from jukixl.commands.catalogue import *; print(create_catalogue(), end='')"."""
    assert PAGE.read_text(encoding="utf-8") == create_catalogue()


def texts_of(call: ast.Call) -> Iterator[str]:
    """The texts among the first two arguments of a call, one of which is the code."""
    for argument in call.args[:2]:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def name_of(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def used_codes(module: str) -> Iterator[str]:
    """The codes that a module writes: given to Finding or to its own helpers, or yielded with a severity."""
    prefix = "handout." if module in OF_TEMPLATES else ""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and name_of(node.func) in ("Finding", "finding", "_finding", "_report"):
            yield from (prefix + text for text in texts_of(node))
        if isinstance(node, ast.Tuple) and len(node.elts) == 3 and "Severity" in ast.unparse(node.elts[1]):
            first = node.elts[0]
            if isinstance(first, ast.Constant):
                yield str(first.value)


USED = {module: set(used_codes(module)) for module in MODULES if module not in NOT_FOR_STAFF}


@pytest.mark.parametrize("module", [module for module, codes in USED.items() if codes])
def test_every_code_that_is_written_in_the_source_is_in_the_catalogue(module: str) -> None:
    assert {text for text in USED[module] if re.fullmatch("[a-z0-9_.]+", text)} - set(CODES) == set()


def test_every_slip_of_a_formula_is_in_the_catalogue() -> None:
    """These, and those for values by their kind, have no text in a call."""
    assert {slip.value for slip in Slip} | {"total", "rate", "points", "formula"} <= set(CODES)


def texts_beside_descriptions(module: str) -> Iterator[str]:
    """All texts of a module but for the codes of its table."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    tables = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and name_of(node.func) == "Described"
    ]
    described = {id(call.args[0]) for call in tables}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
            yield node.value


def test_no_code_of_the_catalogue_is_out_of_use() -> None:
    """Each is written somewhere beside its description."""
    written = {text for module in MODULES for text in texts_beside_descriptions(module)}
    assert [code for code in CODES if code.removeprefix("handout.") not in written] == []


def test_every_line_says_what_it_means_and_what_to_do_in_japanese() -> None:
    lines = [line.split("|") for line in create_catalogue().splitlines() if line.startswith("| `")]
    labels = {severity.label for severity in Severity}
    for _, _, severity, meaning, advice, _ in lines:
        assert set(severity.strip().split("、")) <= labels
        assert all(re.search("[ぁ-ん]", text) for text in (meaning, advice)), meaning
        assert advice.strip().endswith("。")


def test_of_two_with_one_code_a_master_has_the_declared_one() -> None:
    overwritten: Described = descriptions()["overwritten"]
    assert "数式が消され" in overwritten.meaning
