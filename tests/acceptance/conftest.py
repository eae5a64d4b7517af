"""One demo for all acceptance tests: run as staff would, by the command line, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Demo:
    """The folder that `jukixl demo` made, and the object it printed."""

    folder: Path
    printed: dict[str, object]

    @property
    def master(self) -> Path:
        return Path(str(self.printed["master"]))

    @property
    def forms(self) -> Path:
        return Path(str(self.printed["forms"]))

    @property
    def handout(self) -> Path:
        return Path(str(self.printed["handout"]))


def run_jukixl(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line; what it prints is text, its exit code isn't judged."""
    command = [sys.executable, "-m", "jukixl", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture(scope="session")
def jukixl() -> Run:
    return run_jukixl


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo") / "work"
    done = run_jukixl("demo", folder, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return Demo(folder, json.loads(done.stdout))
