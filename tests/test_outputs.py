"""Where commands write: under fitting names, without losing what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from jukixl.cli import main
from jukixl.workbook.patch import Edit, patch_workbook
from jukixl.workbook.snapshot import read_snapshot

Capture = pytest.CaptureFixture[str]


def run(capsys: Capture, *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and errors of one command."""
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    return (code, *capsys.readouterr())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("new", "{folder}/m.docx"), "ファイル名の終わりを .xlsx にしてください"),
        (("new", "{folder}/m"), "ファイル名の終わりを .xlsx にしてください"),
        (("build", "{master}", "--out", "{folder}/h.pdf"), "ファイル名の終わりを .docx にしてください"),
        (("build", "{master}", "--out", "{master}"), "ファイル名の終わりを .docx にしてください"),
        (("build", "{master}", "--out", "{folder}"), "フォルダーです"),
        (("template", "new", "{folder}/t.dotx"), "ファイル名の終わりを .docx にしてください"),
        (("findings", "{master}", "--out", "{folder}"), "フォルダーです"),
        (("findings", "{master}", "--out", "{master}"), "マスターと同じファイルです"),
        (("report", "{master}", "--out", "{master}"), "ファイル名の終わりを .html にしてください"),
        (("manual", "--out", "{master}"), "ファイル名の終わりを .html にしてください"),
        (("kit", "--out", "{master}"), "ファイル名の終わりを .zip にしてください"),
        (("addin", "build", "--out", "{master}"), "ファイル名の終わりを .xlam にしてください"),
    ],
)
def test_a_file_is_not_written_under_a_name_that_does_not_fit(
    capsys: Capture, master_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    folder = master_path.parent
    before = {path: path.read_bytes() for path in folder.iterdir()}
    code, _, error = run(capsys, *(one.format(folder=folder, master=master_path) for one in arguments))
    assert (code, words in error) == (2, True), error
    assert before == {path: path.read_bytes() for path in folder.iterdir()}


def test_a_handout_that_was_changed_is_kept_beside_the_new_one(
    capsys: Capture, published_path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "資料.docx"
    out.write_bytes(b"edited by hand")
    code, said, _ = run(capsys, "build", published_path, "--out", out)
    assert (code, (tmp_path / "資料_旧1.docx").read_bytes()) == (0, b"edited by hand")
    assert f"前の資料を残しました: {tmp_path / '資料_旧1.docx'}" in said
    run(capsys, "build", published_path, "--out", out)
    assert not (tmp_path / "資料_旧2.docx").exists(), "the same bytes need no keeping"


def test_a_handout_with_errors_left_is_written_and_says_so_loudly(
    capsys: Capture, master_path: Path, tmp_path: Path
) -> None:
    place = read_snapshot(master_path).locate("input.annex5.applications.192015")
    patch_workbook(master_path, [Edit(*place, 179_642)])
    code, said, _ = run(capsys, "build", master_path, "--out", tmp_path / "資料.docx")
    assert (code, (tmp_path / "資料.docx").is_file()) == (1, True)
    assert "[誤り] 別紙5 近隣県!" in said
    assert said.splitlines()[-1].startswith("誤りが残っています。")
