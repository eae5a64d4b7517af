"""Importing an annex: the published files as they are; anything doubtful is refused whole, with its place."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import openpyxl
import pytest
from conftest import IMPORTED, PUBLISHED, body_rows, previous_rows, read_rows, write_rows

from jukixl.errors import InputError
from jukixl.findings import Finding, Severity
from jukixl.survey.importing import ImportOutcome, find_table, import_table
from jukixl.workbook.host import FileHost
from jukixl.workbook.master import Master, read_master
from jukixl.workbook.snapshot import read_snapshot

ANNEX3 = "annex3_national.csv"
CARDS = "annex5_cards_2024-12-31.csv"


@pytest.fixture
def master(blank_path: Path, tmp_path: Path) -> Path:
    """A new master, to be written to."""
    return Path(shutil.copy(blank_path, tmp_path / "マスター.xlsx"))


def run(path: Path, table: str, file: Path) -> ImportOutcome:
    master = read_master(path)
    outcome = import_table(master, find_table(master.report, table), file)
    FileHost(path).write(master, outcome.edits)
    return outcome


def errors(outcome: ImportOutcome) -> list[Finding]:
    return [finding for finding in outcome.findings if finding.severity is Severity.ERROR]


def refused(path: Path, table: str, file: Path) -> list[Finding]:
    """The errors of an import that must have written nothing."""
    before = path.read_bytes()
    outcome = run(path, table, file)
    assert path.read_bytes() == before
    assert outcome.edits == ()
    assert errors(outcome)
    return errors(outcome)


def values(path: Path, name: str) -> list[object]:
    return [row[0] for row in read_snapshot(path).range_values(name)]


@pytest.mark.parametrize("table", IMPORTED)
def test_each_published_file_is_imported_as_it_is(published_master: Master, table: str) -> None:
    snapshot = published_master.snapshot
    declared = published_master.report.tables_by_id[table]
    records = body_rows(IMPORTED[table])
    for heading in records[0]:
        column = declared.by_id.get(heading)
        if column is None or not column.is_input:
            continue
        stored = [row[0] for row in snapshot.range_values(f"{table}.{heading}")][: len(records)]
        texts = ["" if value is None else str(value) for value in stored]
        assert texts == [record[heading] for record in records], heading


def test_the_months_of_annex_1_are_found_by_their_titles(published_master: Master) -> None:
    for month in range(1, 13):
        column = published_master.snapshot.range_values(f"annex1.m{month:02d}")
        assert column == [[0]] * 7  # print shows a 0 in each


def test_the_empty_log_of_annex_1_is_imported_as_no_rows(master: Path) -> None:
    outcome = run(master, "annex1_log", PUBLISHED / "annex1_incident_log.csv")
    assert (errors(outcome), outcome.rows) == ([], 0)


def test_the_total_row_of_a_file_is_compared_and_never_imported(master: Path) -> None:
    outcome = run(master, "annex3", PUBLISHED / ANNEX3)
    assert outcome.rows == 65
    assert "計" not in values(master, "annex3.provided_to")
    assert read_snapshot(master).value("annex3.cases.total") == 1437750584


def test_a_file_whose_total_is_not_the_sum_of_its_rows_is_refused_with_both(
    master: Path, tmp_path: Path
) -> None:
    rows = read_rows(ANNEX3)
    rows[-1]["cases"] = "1437750585"
    (finding,) = refused(master, "annex3", write_rows(tmp_path / "別紙3.csv", rows))
    assert (finding.code, finding.expected, finding.actual) == ("total", "1,437,750,584", "1,437,750,585")
    assert finding.cell == "C67"  # one heading, 65 rows, then the total
    assert "別紙3.csv" in finding.message


def test_a_printed_rate_that_is_not_the_quotient_is_refused(master: Path, tmp_path: Path) -> None:
    file = "annex5_neighbours_2024-12-31.csv"
    rows = read_rows(file)
    assert rows[1]["application_rate_printed"] == "95.8%"
    rows[1]["application_rate_printed"] = "95.9%"
    (finding,) = refused(master, "annex5_neighbours", write_rows(tmp_path / "近隣.csv", rows))
    assert (finding.expected, finding.actual, finding.cell) == ("95.8%", "95.9%", "D3")


@pytest.mark.parametrize(
    "name", ["annex3", "ANNEX3", "別紙3", "別紙３", "別紙3 国の行政機関等に対する本人確認情報の提供状況"]
)
def test_a_table_is_found_by_id_sheet_or_japanese_title(published_master: Master, name: str) -> None:
    assert find_table(published_master.report, name).id == "annex3"


def test_an_unknown_table_is_refused_with_those_there_are(published_master: Master) -> None:
    with pytest.raises(InputError, match="annex3（別紙3"):
        find_table(published_master.report, "別紙9")


def test_a_table_that_municipalities_fill_is_not_imported(published_master: Master) -> None:
    with pytest.raises(InputError, match="調査票"):
        find_table(published_master.report, "annex5")


def test_a_row_of_no_municipality_of_the_report_is_refused_at_its_cell(master: Path, tmp_path: Path) -> None:
    rows = body_rows(CARDS)
    rows[3] |= {"code": "13101", "municipality": "千代田区"}
    found = refused(master, "population", write_rows(tmp_path / "人口.csv", rows))
    assert [finding.cell for finding in found] == ["A5", None]
    assert "13101" in found[0].message
    assert "山梨市" in found[1].message  # whose row is now missing


def test_a_missing_row_is_refused_by_name(master: Path, tmp_path: Path) -> None:
    rows = [row for row in body_rows(CARDS) if row["municipality"] != "早川町"]
    (finding,) = refused(master, "population", write_rows(tmp_path / "人口.csv", rows))
    assert "早川町" in finding.message


def test_a_row_twice_is_refused(master: Path, tmp_path: Path) -> None:
    rows = body_rows(CARDS)
    (finding,) = refused(master, "population", write_rows(tmp_path / "人口.csv", [*rows, rows[0]]))
    assert "甲府市" in finding.message
    assert finding.cell == "A29"


def test_a_missing_column_is_refused_by_title(master: Path, tmp_path: Path) -> None:
    rows = [{key: text for key, text in row.items() if key != "cases"} for row in read_rows(ANNEX3)]
    before = master.read_bytes()
    with pytest.raises(InputError, match="提供件数"):
        run(master, "annex3", write_rows(tmp_path / "別紙3.csv", rows))
    assert master.read_bytes() == before


def test_two_columns_for_one_are_refused(master: Path, tmp_path: Path) -> None:
    path = tmp_path / "別紙3.csv"
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["提供先", "事務区分", "提供件数", "件数"])
        writer.writerow(["国税庁", "国税", 1, 2])
    with pytest.raises(InputError, match="二つあります"):
        run(master, "annex3", path)


def test_a_file_without_headings_is_refused_with_those_needed(master: Path, tmp_path: Path) -> None:
    path = tmp_path / "別紙3.csv"
    path.write_text("国税庁,国税,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="提供先、事務区分"):
        run(master, "annex3", path)


def test_lines_above_the_headings_are_skipped(master: Path, tmp_path: Path) -> None:
    path = tmp_path / "別紙3.csv"
    path.write_text("令和6年度,,\n,,\n提供先,事務区分,提供件数\n国税庁,国税,12\n計,,12\n", encoding="utf-8")
    assert errors(run(master, "annex3", path)) == []
    assert values(master, "annex3.cases")[:2] == [12, None]


def test_a_file_in_shift_jis_is_read(master: Path, tmp_path: Path) -> None:
    rows = read_rows("annex5_neighbours_2024-12-31.csv")
    outcome = run(master, "annex5_neighbours", write_rows(tmp_path / "近隣.csv", rows, "cp932"))
    assert errors(outcome) == []
    assert values(master, "annex5_neighbours.applications")[1] == 772405


def test_a_file_in_no_known_encoding_is_refused(master: Path, tmp_path: Path) -> None:
    path = tmp_path / "別紙3.csv"
    path.write_bytes(b"\xff\xfe\x81\x00\xfd")
    with pytest.raises(InputError, match="文字コード"):
        run(master, "annex3", path)


def test_a_workbook_is_read_like_a_csv(master: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in csv.reader((PUBLISHED / ANNEX3).read_text(encoding="utf-8-sig").splitlines()):
        sheet.append([int(cell) if cell.isdigit() else cell for cell in row])
    book.save(tmp_path / "別紙3.xlsx")
    assert errors(run(master, "annex3", tmp_path / "別紙3.xlsx")) == []
    assert read_snapshot(master).value("annex3.cases.total") == 1437750584


@pytest.mark.parametrize("name", ["別紙3.pdf", "別紙3.xls", "ない.csv"])
def test_a_file_of_another_kind_or_none_is_refused(master: Path, tmp_path: Path, name: str) -> None:
    if name != "ない.csv":
        (tmp_path / name).write_bytes(b"%PDF")
    with pytest.raises(InputError):
        run(master, "annex3", tmp_path / name)


def test_more_rows_than_the_sheet_has_room_for_are_refused(master: Path, tmp_path: Path) -> None:
    rows = [{"provided_to": "国税庁", "affairs": f"事務{n}", "cases": "1"} for n in range(81)]
    (finding,) = refused(master, "annex3", write_rows(tmp_path / "別紙3.csv", rows))
    assert "81 行" in finding.message
    assert "80 行" in finding.message  # 65 known and 15 spare rows
    assert errors(run(master, "annex3", write_rows(tmp_path / "別紙3.csv", rows[:80]))) == []


def test_fewer_rows_than_before_empty_the_rest(master: Path, tmp_path: Path) -> None:
    run(master, "annex3", PUBLISHED / ANNEX3)
    run(master, "annex3", write_rows(tmp_path / "別紙3.csv", body_rows(ANNEX3)[:2]))
    assert [value for value in values(master, "annex3.affairs") if value] == [
        row["affairs"] for row in body_rows(ANNEX3)[:2]
    ]


@pytest.mark.parametrize(
    ("typed", "stored"), [("１，２３４件", 1234), ("1,234", 1234), ("0", 0), ("－", "－"), ("", None)]
)
def test_a_count_is_read_as_staff_write_it(
    master: Path, tmp_path: Path, typed: str, stored: int | str | None
) -> None:
    rows = [{"provided_to": "国税庁", "affairs": "国税", "cases": typed}]
    assert errors(run(master, "annex3", write_rows(tmp_path / "別紙3.csv", rows))) == []
    assert values(master, "annex3.cases")[0] == stored


@pytest.mark.parametrize("typed", ["千二百", "12.5", "-3", "#N/A"])
def test_what_is_no_count_is_refused_at_its_cell(master: Path, tmp_path: Path, typed: str) -> None:
    rows = [{"provided_to": "国税庁", "affairs": "国税", "cases": typed}]
    (finding,) = refused(master, "annex3", write_rows(tmp_path / "別紙3.csv", rows))
    assert (finding.code, finding.cell) == ("bad_input", "C2")


def test_the_same_file_twice_changes_nothing(master: Path, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "前年累計.csv", previous_rows())
    first = read_master(master)
    edits = import_table(first, find_table(first.report, "annex6_previous"), file).edits
    assert FileHost(master).write(first, edits) == 27 * 7
    before = master.read_bytes()
    run(master, "annex6_previous", file)
    assert master.read_bytes() == before


def test_a_column_that_is_not_used_is_mentioned(master: Path) -> None:
    outcome = run(master, "population", PUBLISHED / CARDS)
    assert [finding.code for finding in outcome.findings] == ["unused_column"]
    assert "applications" in outcome.findings[0].message


def test_a_cell_of_a_csv_file_is_parted_from_its_name(master: Path, tmp_path: Path) -> None:
    text = (PUBLISHED / ANNEX3).read_text(encoding="utf-8-sig").replace(",15132", ",三百")
    file = tmp_path / "別紙3.csv"
    file.write_text(text, encoding="utf-8")
    (finding,) = refused(master, "annex3", file)
    assert finding.message.startswith("別紙3.csv C2: ")
