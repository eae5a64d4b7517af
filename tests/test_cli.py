"""The command line as its user meets it, whatever the command."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path

import pytest

from jukixl.cli import main

Capture = pytest.CaptureFixture[str]


def run(capsys: Capture, *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and errors of one command."""
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    return (code, *capsys.readouterr())


def test_a_dry_run_says_what_would_be_collected_and_writes_nothing(
    capsys: Capture, blank_path: Path, forms: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "仕事"
    folder.mkdir()
    master = Path(shutil.copy(blank_path, folder / "m.xlsx"))
    returned = Path(shutil.copytree(forms, folder / "回答"))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    code, said, _ = run(capsys, "collect", master, returned, "--dry-run", "--json")
    files = json.loads(said)["files"]
    assert (code, {file["status"] for file in files}, len(files)) == (0, {"imported"}, 27)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_form_given_as_the_master_is_told_from_it(capsys: Capture, forms: Path) -> None:
    code, _, error = run(capsys, "check", next(forms.iterdir()))
    assert (code, "マスターではありません" in error) == (2, True), error


def test_progress_is_a_line_on_a_terminal_and_nothing_elsewhere(
    blank_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        assert main(["distribute", str(blank_path), "--out", str(tmp_path / str(shown))]) == 0
        assert ("27/27 丹波山村" in stream.getvalue()) is shown
        assert stream.getvalue().endswith("\r\x1b[K" if shown else "")
