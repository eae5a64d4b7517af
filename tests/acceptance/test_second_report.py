"""Another report is another folder: the whole job for 図書館の利用状況, by the command line alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import LIBRARY, fill_form

from acceptance.conftest import Run
from acceptance.published import read_document, read_tables, text_of

CARDS = {"長野市": (1200, 371), "松本市": (800, 189), "上田市": (560, 371)}
BOOKS = "館,蔵書,貸出中\n中央館,1234567,8\n分館,560,371\n移動図書館,0,0\n"


@pytest.fixture(scope="module")
def folder(jukixl: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with master, forms, imported file and handout."""
    folder = tmp_path_factory.mktemp("library")
    master, forms, books = folder / "m.xlsx", folder / "forms", folder / "蔵書.csv"
    settings = folder / "settings.toml"
    settings.write_text('"開催年月" = "令和7年2月"\nsurvey_date = 2024-12-31\n', encoding="utf-8")
    books.write_text(BOOKS, encoding="utf-8")
    for arguments in (
        ("new", master, "--report", LIBRARY, "--settings", settings),
        ("distribute", master, "--out", forms),
    ):
        assert jukixl(*arguments).returncode == 0
    for path in forms.iterdir():
        cards, active = CARDS[path.stem.split("_")[-1]]
        fill_form(path, {("lending", "cards"): cards, ("lending", "active"): active})
    for arguments in (
        ("collect", master, forms),
        ("import", master, "holdings", books),
        ("check", master),
        ("build", master, "--out", folder / "h.docx"),
        ("verify", folder / "h.docx", master),
    ):
        done = jukixl(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_its_tables_have_totals_and_rates_rounded_half_up(folder: Path) -> None:
    """371/560 is 66.25 %, printed 66.3 %; the total's rate is 931/2560 = 36.4 %, no mean of rates."""
    tables = read_tables(folder / "h.docx")
    lending = {row[1]: row[2:] for row in tables["lending"][1:]}
    assert lending["上田市"] == ["560", "371", "66.3%"]
    assert tables["lending"][-1][2:] == ["2,560", "931", "36.4%"]
    assert tables["holdings"][-1][1:] == ["1,235,127", "379", "0.0%"]
    assert tables["holdings"][-2][1:] == ["0", "0", "－"]


def test_its_text_has_its_figures_and_dates(folder: Path) -> None:
    text = text_of(read_document(folder / "h.docx"))
    assert "令和6年12月31日現在の利用者は931人である。" in text
    assert "令和7年2月" in text


def test_its_forms_carry_no_year_where_the_report_has_none(folder: Path) -> None:
    assert {path.name.count("_") for path in (folder / "forms").iterdir()} == {2}


def test_commands_on_its_master_need_no_definition_folder(folder: Path, jukixl: Run) -> None:
    """The master carries its definition."""
    answer = json.loads(jukixl("status", folder / "m.xlsx", "--json").stdout)
    assert [row["name"] for row in answer["municipalities"]] == ["長野市", "松本市", "上田市"]
