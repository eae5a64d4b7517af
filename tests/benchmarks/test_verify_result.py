"""A timing counts only if its result was right: the verification accepts a right result and sees each wrong one."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from built import build_handout
from make_peer_inputs import write_peer_inputs
from verify_result import check_findings, check_handout, check_master

from jukixl.check.master import check_master as check
from jukixl.handout.template import create_template
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import Master
from jukixl.workbook.patch import patch_workbook
from jukixl.workbook.snapshot import read_snapshot


@pytest.fixture(scope="module")
def layout(published_path: Path, forms: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Where the cells are, as the peers get it."""
    folder = tmp_path_factory.mktemp("peer")
    write_peer_inputs(published_path, next(forms.glob("*.xlsx")), folder)
    return json.loads((folder / "cells.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def handout(published_master: Master, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published handout."""
    path = tmp_path_factory.mktemp("handout") / "handout.docx"
    path.write_bytes(
        build_handout(
            published_master.report, published_master.results, create_template(published_master.report)
        )
    )
    return path


def test_the_published_result_is_right(
    published_path: Path, published_master: Master, layout: dict[str, object], handout: Path, tmp_path: Path
) -> None:
    findings = tmp_path / "findings.json"
    findings.write_text(
        json.dumps([finding.to_json() for finding in check(published_master).findings]), encoding="utf-8"
    )
    assert [*check_master(published_path, layout), *check_handout(handout), *check_findings(findings)] == []


def test_a_changed_answer_is_seen_in_the_master_and_what_depends_on_it(
    master_path: Path, layout: dict[str, object]
) -> None:
    """One more application in 甲府市 changes its answer, its row and the total, and no rate in its first decimal."""
    cell = read_snapshot(master_path).locate("input.annex5.applications.192015")
    patch_workbook(master_path, [Edit(*cell, 179642)])
    problems = list(check_master(master_path, layout))
    assert [problem.split(":")[0] for problem in problems] == [
        "master 甲府市!B6",
        "master 別紙5!C5",
        "master 別紙5!C32",
    ]


def test_a_master_without_cached_values_is_computed_first(
    published_path: Path, layout: dict[str, object], tmp_path: Path
) -> None:
    """openpyxl writes none: the peer's formulas count, not its caches."""
    from openpyxl import load_workbook

    workbook = load_workbook(published_path)
    workbook.save(tmp_path / "plain.xlsx")
    assert list(check_master(tmp_path / "plain.xlsx", layout)) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (">179,641<", ">179,642<"),  # an answer
        (">92.8%<", ">92.7%<"),  # a rate
        (">1,437,750,584<", ">1,437,750,585<"),  # a total, which the text repeats
        (">22<", ">23<"),  # a number of the text
        (">1,779<", "><"),  # a cell left empty
        (">関税法", ">関説法"),  # the row's own text
    ],
)
def test_one_wrong_text_in_the_handout_is_seen(handout: Path, tmp_path: Path, right: str, wrong: str) -> None:
    part = "word/document.xml"
    with zipfile.ZipFile(handout) as package, zipfile.ZipFile(tmp_path / "wrong.docx", "w") as changed:
        text = package.read(part).decode()
        assert right in text
        changed.writestr(part, text.replace(right, wrong, 1))
    assert list(check_handout(tmp_path / "wrong.docx"))


def test_a_finding_too_few_is_seen(published_master: Master, tmp_path: Path) -> None:
    findings = [finding.to_json() for finding in check(published_master).findings]
    (tmp_path / "findings.json").write_text(json.dumps(findings[1:]), encoding="utf-8")
    assert list(check_findings(tmp_path / "findings.json")) == ["check missing: expected 50, found 49"]
