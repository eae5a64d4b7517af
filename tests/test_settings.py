"""The file of settings for a new master: every slip is named, and nothing is made meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from jukixl.cli import main

Capture = pytest.CaptureFixture[str]


def new_with(capsys: Capture, tmp_path: Path, settings: str | bytes) -> tuple[int, str, str]:
    """Exit code, standard output and errors of making a master with a file of settings."""
    file = tmp_path / "設定.toml"
    file.write_bytes(settings if isinstance(settings, bytes) else settings.encode())
    capsys.readouterr()
    code = main(["new", str(tmp_path / "m.xlsx"), "--settings", str(file)])
    return (code, *capsys.readouterr())


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        ('base_dat = "2024-12-31"', "base_dat", "使えるもの: council（審議会名）"),
        ('"基準日" = 2024-12-31\nbase_date = 2024-12-30', "base_date", "二度書かれています"),
        ('base_date = "令和元年4月30日"', "base_date", "正しくは「平成31年4月30日」です"),
        ('base_date = "2024/13/01"', "base_date", "暦にありません"),
        ("disclosure_requests = -1", "disclosure_requests", "0以上の整数"),
        ("disclosure_requests = true", "disclosure_requests", "TRUE/FALSE"),
        ("target_year = 24", "target_year", "24年は扱えません"),
        ('fiscal_year = "24"', "fiscal_year", "24年は扱えません"),
        ("[annex5]", "annex5", "この設定はありません"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_no_master_is_made(
    capsys: Capture, tmp_path: Path, settings: str, key: str, words: str
) -> None:
    code, _, error = new_with(capsys, tmp_path, settings)
    assert (code, error.startswith(f"設定.toml [{key}]: "), words in error) == (2, True, True), error
    assert not (tmp_path / "m.xlsx").exists()


def test_all_settings_that_cannot_be_used_are_named_at_once(capsys: Capture, tmp_path: Path) -> None:
    _, _, error = new_with(capsys, tmp_path, "x = 1\ntarget_year = 24\ndisclosure_requests = -1")
    assert [line.partition("]")[0] for line in error.splitlines()] == [
        "設定.toml [x",
        "設定.toml [target_year",
        "設定.toml [disclosure_requests",
    ]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("council = 個人情報保護審議会", "1 行目の 11 文字目が TOML として読めません"),
        ("基準日 = 2024-12-31", "1 行目の 1 文字目が TOML として読めません"),
        ('council = "', "最後の行が TOML として読めません"),
        ("council = '審議会'".encode("cp932"), "文字コードが UTF-8 ではありません"),
    ],
)
def test_a_file_of_settings_that_is_no_toml_is_refused_in_japanese_alone(
    capsys: Capture, tmp_path: Path, settings: str | bytes, words: str
) -> None:
    code, _, error = new_with(capsys, tmp_path, settings)
    assert (code, words in error) == (2, True), error
    assert " at " not in error


def test_a_year_beyond_its_era_is_read_with_a_doubt(capsys: Capture, tmp_path: Path) -> None:
    """平成32年 stands in old texts; it is accepted, never silently."""
    code, said, _ = new_with(capsys, tmp_path, 'base_date = "平成32年1月1日"')
    assert code == 0
    assert (
        "「基準日」: 「平成32年1月1日」は平成が終わった後の日付です。「令和2年1月1日」として読みました。"
        in said
    )
