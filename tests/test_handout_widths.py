"""Numbers for which no type is small enough: told when a handout is made or brought up to date, not only by verify."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_handout_build import W, rewrite

from jukixl.cli import main
from jukixl.handout.template import create_template

SAID = (
    "「別紙3」の表「国の行政機関等に対する本人確認情報の提供状況」の「1,437,750,584」は列の幅に入らず、2行に分かれます。"
    "余白や用紙の向き、列の幅を見直してください。"
)


def narrowed(document: bytes) -> bytes:
    """Every column of every table made a centimetre wide."""

    def narrow(root):
        for width in root.iter(f"{W}gridCol", f"{W}tcW"):
            width.set(f"{W}w", "600")

    return rewrite(document, narrow)


def test_build_and_refresh_tell_them_and_still_make_the_document(
    report, master_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    template, out = tmp_path / "狭い.docx", tmp_path / "資料.docx"
    template.write_bytes(narrowed(create_template(report)))

    def run(*arguments: str) -> str:
        assert main([*arguments]) == 0
        return capsys.readouterr().out

    build = ("build", str(master_path), "--out", str(out), "--template", str(template))
    assert SAID in run(*build)
    assert SAID in run("refresh", str(out), str(master_path))
    for command in (build, ("refresh", str(out), str(master_path))):
        looks = json.loads(run(*command, "--json"))["looks"]
        assert {"number", "where", "kind", "detail"} == looks[0].keys()
        assert "1,437,750,584" in {look["number"] for look in looks}
    assert SAID in run("verify", str(out), str(master_path))


def test_of_the_shipped_template_there_are_none(
    master_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = str(tmp_path / "資料.docx")
    for command in (("build", str(master_path), "--out", out), ("refresh", out, str(master_path))):
        assert main([*command, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["looks"] == []
