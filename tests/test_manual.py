"""What the manual says is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import fields

from jukixl.commands.manual import create_manual
from jukixl.commands.registry import COMMANDS, Command
from jukixl.handout.template import create_template
from jukixl.report import model
from jukixl.report.expression import FUNCTIONS
from jukixl.report.loading import load_report
from jukixl.report.rules import RULES
from jukixl.report.sources import bundled_folder
from jukixl.workbook.functions import DECLARATIONS, Declaration

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEFINITION = (ROOT / "docs" / "definition.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_readme_names_every_command_with_its_arguments(command: Command) -> None:
    """The table of the year's work is the registry's, argument by argument."""
    written = [call for call in re.findall(r"`jukixl ([^`]+)`", README) if call.startswith(command.id)]
    assert written, command.id
    for parameter in command.parameters:
        name = f"--{parameter.name.replace('_', '-')}" if parameter.option else parameter.name
        optional_report = parameter.name == "report" and command.id.startswith("template")
        assert optional_report or any(name in call for call in written), name


@pytest.mark.parametrize(
    "declared",
    [model.Setting, model.Table, model.Column, model.Note, model.Figure, *RULES.values()],
    ids=lambda declared: declared.__name__,
)
def test_every_key_of_the_definition_is_explained(declared: type) -> None:
    """A key that a definition may use, and no other name, stands in docs/definition.md in code type."""
    for field in fields(declared):
        assert f"`{field.name}`" in DEFINITION, field.name


@pytest.mark.parametrize(
    "block", [model.Cover, model.Heading, model.Paragraph, model.Annex], ids=lambda b: b.__name__
)
def test_every_block_of_the_handout_is_explained(block: type) -> None:
    line = next(line for line in DEFINITION.splitlines() if line.startswith(f"| `{block.__name__.lower()}`"))
    assert [field.name for field in fields(block) if f"`{field.name}`" not in line] == []


@pytest.mark.parametrize(
    "kind", [*model.Kind, *model.TableKind, *model.Fill, *model.Total, *model.Orientation, *model.Style]
)
def test_every_word_that_a_key_allows_is_explained(kind: str) -> None:
    assert f"`{kind}`" in DEFINITION


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_of_expressions_is_explained(function: str) -> None:
    assert f"{function}(" in DEFINITION


def test_the_shipped_template_is_what_template_new_writes() -> None:
    """Staff edit a copy of word_templates/juki.docx; it must not lag behind the definition."""
    shipped = (ROOT / "word_templates" / "juki.docx").read_bytes()
    assert create_template(load_report(bundled_folder())) == shipped


@pytest.mark.parametrize("function", DECLARATIONS, ids=lambda one: one.name)
def test_the_manual_explains_every_function_of_cells(function: Declaration) -> None:
    """With the names of its arguments as the function wizard shows them, those that may be left out in brackets."""
    row = next(line for line in create_manual().split("<tr>") if f"<td>={function.name}(" in line)
    shown = re.findall(r"\w+", row.partition("(")[2].partition(")")[0])
    assert shown == [one.name for one in function.parameters]
    assert function.help in row
