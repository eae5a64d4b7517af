"""What scripts depend on: shapes of JSON, exit codes, messages."""

from __future__ import annotations

import itertools
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from openpyxl import load_workbook

from acceptance.conftest import Demo, Run
from acceptance.published import read_csv
from jukixl.findings import Severity


def test_demo_prints_its_paths_and_the_number_of_findings(demo: Demo) -> None:
    assert {"master", "forms", "handout", "findings"} == demo.printed.keys()
    assert demo.master.is_file()
    assert demo.handout.is_file()
    assert len(list(demo.forms.glob("*.xlsx"))) == 27


def test_check_finds_no_error_and_all_three_values_of_every_formula_agree(demo: Demo, jukixl: Run) -> None:
    done = jukixl("check", demo.master, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert {"findings", "formulas"} == answer.keys()
    assert answer["formulas"]["total"] == answer["formulas"]["recomputed"] > 1000
    assert answer["formulas"]["disagreeing"] == 0
    assert [finding for finding in answer["findings"] if finding["severity"] == "error"] == []
    keys = {"code", "severity", "sheet", "cell", "message", "expected", "actual", "municipality"}
    assert all(keys == finding.keys() for finding in answer["findings"])


def test_warnings_are_exactly_the_known_ones(demo: Demo, jukixl: Run) -> None:
    """Order cases, rates over 100 % and 別紙2's illegible cells, counted from the published files."""
    findings = json.loads(jukixl("check", demo.master, "--json").stdout)["findings"]
    found = [finding["code"] for finding in findings if finding["severity"] == "warning"]
    orders = over = 0
    for file in ("annex5_cards_2024-12-31.csv", "annex5_cards_2025-08-31.csv"):
        for row in read_csv(file):
            chain = (
                [int(row[column]) for column in ("delivered", "preset", "sent", "applications")]
                if row["code"]
                else []
            )
            orders += sum(low > high for low, high in itertools.pairwise(chain))
            over += sum(is_over(value) for column, value in row.items() if column.endswith("_printed"))
    for file in ("annex5_neighbours_2024-12-31.csv", "annex5_neighbours_2025-08-31.csv"):
        for row in read_csv(file):
            over += is_over(row["application_rate_printed"]) + is_over(row["delivered_rate_printed"])
    inputs = ("law", "affairs", "office", "registered_users", "cases")
    illegible = sum(not row[column] for row in read_csv("annex2_prefecture.csv")[:-2] for column in inputs)
    expected = {"order": orders, "over_limit": over, "missing": illegible}
    assert expected == {code: found.count(code) for code in sorted(set(found))}


def is_over(percent: str) -> bool:
    return bool(percent) and float(percent.rstrip("%")) > 100


def test_an_info_stands_where_a_printed_change_is_not_the_printed_difference(demo: Demo, jukixl: Run) -> None:
    findings = json.loads(jukixl("check", demo.master, "--json").stdout)["findings"]
    found = sum(finding["severity"] == "info" for finding in findings)
    expected = 0
    for file in ("annex5_neighbours_2024-12-31.csv", "annex5_neighbours_2025-08-31.csv"):
        for row in read_csv(file):
            for kind in ("application_rate", "delivered_rate"):
                tenths = [
                    round(float(row[f"{kind}{part}_printed"].rstrip("%")) * 10)
                    for part in ("", "_previous_month", "_change")
                ]
                expected += tenths[0] - tenths[1] != tenths[2]
    assert expected == found > 0


def test_the_sheet_of_checks_says_what_the_check_says(demo: Demo, jukixl: Run) -> None:
    """Excel's own counts by 程度, and those of the command, of what both look at."""
    findings = json.loads(jukixl("check", demo.master, "--json").stdout)["findings"]
    sheet = load_workbook(demo.master, data_only=True)["検算"]
    counted: Counter[str] = Counter()
    for _, _, label, count, *_ in sheet.iter_rows(min_row=4, values_only=True):
        if isinstance(count, int):
            counted[label] += count
    both = {"order", "over_limit", "rounding", "outlier"}
    told = Counter(Severity(one["severity"]).label for one in findings if one["code"] in both)
    assert +counted == told


def test_verify_reads_back_every_number_without_a_mismatch(demo: Demo, jukixl: Run) -> None:
    done = jukixl("verify", demo.handout, demo.master, "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["mismatches"]) == (0, [])
    assert answer["values"] > 1500


def test_status_shows_all_municipalities_as_collected(demo: Demo, jukixl: Run) -> None:
    answer = json.loads(jukixl("status", demo.master, "--json").stdout)
    assert (answer["collected"], answer["total"]) == (27, 27)


def test_collecting_the_same_forms_again_changes_nothing(demo: Demo, jukixl: Run, tmp_path: Path) -> None:
    master = Path(shutil.copy(demo.master, tmp_path / "m.xlsx"))
    before = master.read_bytes()
    answer = json.loads(jukixl("collect", master, demo.forms, "--json").stdout)
    assert {"unchanged"} == {file["status"] for file in answer["files"]}
    assert answer["missing"] == []
    assert before == master.read_bytes()


def test_a_rejected_file_ends_with_exit_code_1_and_rejects_only_itself(
    demo: Demo, jukixl: Run, tmp_path: Path
) -> None:
    forms = tmp_path / "回答"
    shutil.copytree(demo.forms, forms)
    (forms / "メモ.xlsx").write_bytes(b"")
    master = Path(shutil.copy(demo.master, tmp_path / "m.xlsx"))
    done = jukixl("collect", master, forms, "--json")
    statuses = {file["file"]: file["status"] for file in json.loads(done.stdout)["files"]}
    assert done.returncode == 1
    assert [name for name, status in statuses.items() if status == "rejected"] == ["メモ.xlsx"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("check", "どこにもない.xlsx"), 2, "どこにもない.xlsx"),
        (("check",), 2, "引数が足りません: MASTER"),
        (("chekc", "a"), 2, "'chekc' というコマンドはありません"),
        (("import", "{master}", "別紙9", "x.csv"), 2, "別紙9"),
        (("import", "{master}", "annex3", "ない.csv"), 2, "ファイルがありません"),
        (("new", "{master}"), 2, "既にファイルがあります"),
        (("build", "{handout}", "--out", "x.docx"), 2, "Excelブックではありません"),
    ],
)
def test_a_mistake_ends_in_a_japanese_message_and_no_traceback(
    demo: Demo, jukixl: Run, arguments: tuple[str, ...], code: int, words: str
) -> None:
    places = {"master": demo.master, "handout": demo.handout}
    done = jukixl(*(argument.format(**places) for argument in arguments))
    assert (code, True, False) == (done.returncode, words in done.stderr, "Traceback" in done.stderr), (
        done.stderr
    )


def test_help_is_japanese_and_names_every_command(jukixl: Run) -> None:
    from jukixl.commands.registry import COMMANDS

    text = jukixl("--help").stdout
    assert "使い方: " in text
    assert all(command.id.split()[0] in text for command in COMMANDS)
    assert all(command.label in text for command in COMMANDS if " " not in command.id)


def test_help_costs_no_heavy_import() -> None:
    """`jukixl --help` must not load what only single commands need."""
    import subprocess
    import sys

    program = (
        "import sys\nfrom jukixl.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'xlwings', 'openpyxl', 'docx', 'lxml', 'formualizer', 'babel'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
