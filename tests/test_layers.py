"""Imports look only down, never in circles, and nothing heavy is loaded before it is needed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

import jukixl
from jukixl.commands.registry import COMMANDS

ROOT = Path(jukixl.__file__).parent
LAYERS: tuple[tuple[str, ...], ...] = (
    ("era", "figures", "codes", "errors", "findings", "folders", "personal"),
    ("report", "reports"),
    ("workbook",),
    ("survey", "check", "handout", "comparison", "setup"),
    ("commands",),
    ("cli", "addin", "office", "process", "__main__"),
)
"""From the bottom up: a module imports from its own layer or from those before it."""
HEAVY = ("openpyxl", "docx", "xlwings", "lxml", "pandas", "numpy", "formualizer", "babel")


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def iter_runtime(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes, functions' bodies included, but for what is there for type checkers only."""
    for child in ast.iter_child_nodes(node):
        if not is_type_checking(child):
            yield child
            yield from iter_runtime(child)


def imports(name: str) -> set[str]:
    """The modules of the package that a module imports when it runs."""
    found: set[str] = set()
    for node in iter_runtime(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            base = node.module or ""
            full = {f"{base}.{alias.name}" for alias in node.names}
            found |= (full & MODULES.keys()) or {base}
    return {module for module in found if module in MODULES}


def layer(name: str) -> int:
    """The number of a module's layer, from 0 at the bottom; the package itself belongs to the bottom."""
    part = name.split(".")[1] if "." in name else ""
    return next((number for number, parts in enumerate(LAYERS) if part in parts), 0)


def test_every_module_belongs_to_a_layer() -> None:
    known = {part for parts in LAYERS for part in parts}
    assert {name.split(".")[1] for name in MODULES if "." in name} <= known


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_from_its_layer_or_below(name: str) -> None:
    assert {other for other in imports(name) if layer(other) > layer(name)} == set()


def test_no_module_needs_itself_over_others() -> None:
    done: set[str] = set()

    def find_cycle(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in path:
            return (*path[path.index(name) :], name)
        if name in done:
            return ()
        for other in sorted(imports(name)):
            if cycle := find_cycle(other, (*path, name)):
                return cycle
        done.add(name)
        return ()

    assert [cycle for name in MODULES if (cycle := find_cycle(name, ()))] == []


def test_packages_of_the_work_do_not_go_in_circles() -> None:
    def package(name: str) -> str:
        return name.split(".")[1] if "." in name else ""

    work = LAYERS[3]
    edges = {
        (package(name), package(other))
        for name in MODULES
        for other in imports(name)
        if package(name) in work and package(other) in work and package(name) != package(other)
    }
    assert [edge for edge in edges if edge[::-1] in edges] == []


def test_only_what_needs_the_builder_of_the_addin_is_run_by_a_front_door() -> None:
    elsewhere = {command.id for command in COMMANDS if command.run.startswith("jukixl.")}
    assert elsewhere == {"addin build"}


def test_nothing_of_the_paid_part_of_xlwings_is_imported() -> None:
    """Neither as `xlwings.pro` nor as `from xlwings import pro`."""
    for path in MODULES.values():
        assert not re.search(r"xlwings(\.|\s+import\s.*?\b)pro\b", path.read_text(encoding="utf-8")), path


def test_the_suite_runs_on_an_xlwings_without_its_paid_part() -> None:
    """In this process, and in those that tests start."""
    code = "from importlib.util import find_spec; print(find_spec('xlwings.pro'))"
    started = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (find_spec("xlwings.pro"), started.stdout) == (None, "None\n")


def test_help_is_shown_without_loading_an_office_library() -> None:
    code = (
        "import sys, runpy\n"
        "sys.argv = ['jukixl', '--help']\n"
        "try:\n    from jukixl.cli import main\n    main()\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        f"print(sorted({set(HEAVY)!r} & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "[]"
