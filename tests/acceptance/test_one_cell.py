"""Changing one input by one shows in everything that depends on it, and in nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from acceptance.conftest import Demo, Run
from acceptance.published import read_document, read_tables, text_of
from jukixl.workbook.patch import Edit, patch_workbook
from jukixl.workbook.snapshot import read_snapshot


@pytest.fixture(scope="module")
def changed(demo: Demo, jukixl: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """甲府市's 申請件数 179,641 → 179,642."""
    folder = tmp_path_factory.mktemp("one")
    change(demo, jukixl, folder, "input.annex5.applications.192015", 179642)
    return folder


def change(demo: Demo, jukixl: Run, folder: Path, name: str, value: int) -> None:
    """A master in which one input is another, recalculated, and the handout built from it."""
    master = Path(shutil.copy(demo.master, folder / "m.xlsx"))
    patch_workbook(master, [Edit(*read_snapshot(master).locate(name), value, "試験")])
    jukixl("build", master, "--out", folder / "h.docx")


def test_only_dependent_cells_of_the_master_change(demo: Demo, changed: Path) -> None:
    """The input, its row and total in 別紙5, the figure of the text, the count of the equal-to check, and the sum of
    別紙5's inputs by which sheet 検算 tells that they have changed."""
    before, after = read_snapshot(demo.master), read_snapshot(changed / "m.xlsx")
    names = {
        name
        for name, area in before.names.items()
        if area.is_cell and before.value(name) != after.value(name)
    }
    expected = {
        "input.annex5.applications.192015",
        "annex5.applications.192015",
        "annex5.applications.total",
        "figure.applications",
        "text.applications",
        "rule.annex5_neighbours.4",
        "stamp.now.annex5",
    }
    assert expected == names
    assert after.value("annex5.applications.total") == 772406
    assert after.value("text.applications") == "772,406"


def differences(before: Path, after: Path) -> set[tuple[str, str, str, str]]:
    """Every cell of a table that differs between two handouts: table, row, text before, text after."""
    changed = read_tables(after)
    return {
        (table, row[0], old, new)
        for table, rows in read_tables(before).items()
        for row, other in zip(rows, changed[table], strict=True)
        for old, new in zip(row, other, strict=True)
        if old != new
    }


def test_only_dependent_cells_of_the_handout_change(demo: Demo, changed: Path) -> None:
    assert {
        ("annex5", "19201", "179,641", "179,642"),
        ("annex5", "合計", "772,405", "772,406"),
    } == differences(demo.handout, changed / "h.docx")
    text = text_of(read_document(changed / "h.docx"))
    assert text.count("累計申請枚数　　772,406枚") == 1


def test_the_rates_of_a_small_village_follow_its_count(demo: Demo, jukixl: Run, tmp_path: Path) -> None:
    """丹波山村's 申請件数 498 → 499: 499/514 is 97.08 %, 454/499 90.98 %, 463/499 92.79 %, 445/499 89.18 %. The totals'
    rates are the same when rounded."""
    change(demo, jukixl, tmp_path, "input.annex5.applications.194433", 499)
    assert {
        ("annex5", "19443", "498", "499"),
        ("annex5", "19443", "96.9%", "97.1%"),
        ("annex5", "19443", "91.2%", "91.0%"),
        ("annex5", "19443", "93.0%", "92.8%"),
        ("annex5", "19443", "89.4%", "89.2%"),
        ("annex5", "合計", "772,405", "772,406"),
    } == differences(demo.handout, tmp_path / "h.docx")


def test_check_names_the_contradiction_it_makes(changed: Path, jukixl: Run) -> None:
    """山梨県's row among its neighbours no longer equals the municipalities' total: the only error."""
    done = jukixl("check", changed / "m.xlsx", "--json")
    errors = [finding for finding in json.loads(done.stdout)["findings"] if finding["severity"] == "error"]
    assert done.returncode == 1
    assert [(e["code"], e["expected"], e["actual"]) for e in errors] == [("equal", "772,406", "772,405")]


def test_verify_tells_the_old_handout_from_the_new(demo: Demo, changed: Path, jukixl: Run) -> None:
    assert jukixl("verify", changed / "h.docx", changed / "m.xlsx").returncode == 0
    done = jukixl("verify", demo.handout, changed / "m.xlsx", "--json")
    assert (done.returncode, len(json.loads(done.stdout)["mismatches"])) == (1, 3)
