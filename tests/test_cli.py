"""The command line as its user meets it, whatever the command."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jukixl.cli import main
from jukixl.commands.registry import COMMANDS

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


@pytest.mark.skipif(os.name == "nt", reason="another signal there")
def test_ctrl_c_ends_with_a_word_instead_of_a_traceback() -> None:
    code = (
        "import os, signal, sys\nfrom jukixl.commands import setting_up\nfrom jukixl.cli import main\n"
        "setting_up.version = lambda *_: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.exit(main(['version']))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr.strip()) == (128 + signal.SIGINT, "中止しました。")


@pytest.mark.parametrize("group", ["template", "addin"])
def test_the_help_of_a_group_is_not_that_of_its_first_command_alone(capsys: Capture, group: str) -> None:
    with pytest.raises(SystemExit):
        main([group, "--help"])
    said = capsys.readouterr().out
    assert "ほか\n" in said
    assert [c.id for c in COMMANDS if c.id.startswith(f"{group} ") and c.label not in said] == []


def test_what_the_system_refuses_is_told_in_japanese_with_its_place(
    capsys: Capture, blank_path: Path, tmp_path: Path
) -> None:
    """Here a folder that can't be made, for a file has its name."""
    taken = tmp_path / "調査票"
    taken.write_text("")
    code, said, error = run(capsys, "distribute", blank_path, "--out", taken, "--json")
    assert (code, error.startswith(f"{taken}: 読み書きできません。")) == (2, True), error
    assert [one["file"] for one in json.loads(said)["errors"]] == [str(taken)]


def test_of_the_empty_cells_of_a_new_master_few_are_told_and_all_are_counted(
    capsys: Capture, blank_path: Path
) -> None:
    findings = json.loads(run(capsys, "check", blank_path, "--json")[1])["findings"]
    empty = [one for one in findings if one["code"] == "missing" and one["sheet"] == "甲府市"]
    code, said, _ = run(capsys, "check", blank_path)
    lines = said.splitlines()
    told = [line for line in lines if line.startswith("[誤り] 甲府市!")]
    rest = f"[誤り] 甲府市 未入力のセルがほか {len(empty) - len(told)} か所あります。"
    assert code == 1
    assert 0 < len(told) < len(empty)
    assert any(line.startswith(rest) for line in lines)
    assert len(lines) < len(findings) / 5


@pytest.mark.parametrize(
    "command", [["verify"], ["refresh"], ["sources"], ["release"], ["tieout", "--out", "読み合わせ表.xlsx"]]
)
def test_a_handout_that_is_not_there_is_told_in_the_same_words_by_all(
    capsys: Capture, published_path: Path, tmp_path: Path, command: list[str]
) -> None:
    words = [str(tmp_path / word) if word.endswith(".xlsx") else word for word in command]
    code, said, error = run(capsys, *words, tmp_path / "無い.docx", published_path)
    assert (code, said) == (2, "")
    assert "無い.docx: ファイルがありません。名前とフォルダーを確かめてください。" in error
    assert list(tmp_path.iterdir()) == []
