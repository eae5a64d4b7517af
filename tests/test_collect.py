"""Collecting returned forms: every file is taken, left or refused on its own, and the master is never half-written."""

from __future__ import annotations

import errno
import os
import re
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from conftest import SETTINGS, fill_form, survey_answers, write_blank_master

from jukixl.errors import InputError
from jukixl.findings import Severity
from jukixl.report.model import Report
from jukixl.survey.collect import CollectOutcome, FileOutcome, collect_folder
from jukixl.survey.distribute import write_forms
from jukixl.workbook.host import FileHost
from jukixl.workbook.master import read_master
from jukixl.workbook.package import read_package, write_atomic
from jukixl.workbook.snapshot import read_snapshot

JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
KOFU = "調査票_R6_192015_甲府市.xlsx"
HAYAKAWA = "調査票_R6_193640_早川町.xlsx"
SENT = ("annex5", "sent")


@pytest.fixture
def master(blank_path: Path, tmp_path: Path) -> Path:
    """A new master, to be written to."""
    return Path(shutil.copy(blank_path, tmp_path / "マスター.xlsx"))


@pytest.fixture
def folder(forms: Path, tmp_path: Path) -> Path:
    """A folder with the forms of 甲府市 and 早川町, to be changed."""
    folder = tmp_path / "回答"
    folder.mkdir()
    for name in (KOFU, HAYAKAWA):
        shutil.copy(forms / name, folder)
    return folder


def collect(master: Path, folder: Path, *, dry_run: bool = False) -> CollectOutcome:
    read = read_master(master)
    outcome = collect_folder(read, folder)
    if not dry_run:
        FileHost(master).write(read, outcome.edits)
    return outcome


def by_name(outcome: CollectOutcome) -> dict[str, FileOutcome]:
    return {file.path.name: file for file in outcome.files}


def statuses(outcome: CollectOutcome) -> dict[str, str]:
    return {name: file.status for name, file in by_name(outcome).items()}


def value(master: Path, name: str) -> object:
    return read_snapshot(master).value(name)


def test_all_published_answers_arrive_in_the_master(
    collected: tuple[Path, CollectOutcome], report: Report
) -> None:
    path, outcome = collected
    assert {file.status for file in outcome.files} == {"imported"}
    assert outcome.missing == ()
    snapshot = read_snapshot(path)
    for code, answers in survey_answers(report).items():
        stored = {key: snapshot.value(f"input.{key[0]}.{key[1]}.{code}") for key in answers}
        assert stored == answers, code
    assert snapshot.value("status.summary") == "提出 27 / 27 市町村"
    assert snapshot.value("status.192015.state") == "取込済"
    assert snapshot.value("status.192015.file") == KOFU


def test_the_same_folder_twice_leaves_the_master_byte_for_byte(
    collected: tuple[Path, CollectOutcome], forms: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(collected[0], tmp_path / "マスター.xlsx"))
    before = path.read_bytes()
    outcome = collect(path, forms)
    assert {file.status for file in outcome.files} == {"unchanged"}
    assert path.read_bytes() == before


def test_the_municipalities_of_which_nothing_came_are_listed_by_code(
    master: Path, folder: Path, report: Report
) -> None:
    outcome = collect(master, folder)
    assert report.municipalities is not None
    assert list(outcome.missing) == [
        code for code in report.municipalities.ids if code not in ("192015", "193640")
    ]
    (folder / HAYAKAWA).unlink()
    assert "193640" not in collect(master, folder).missing


def test_a_changed_answer_is_taken_and_the_other_file_left(master: Path, folder: Path) -> None:
    collect(master, folder)
    fill_form(folder / KOFU, {SENT: 166688})
    assert statuses(collect(master, folder)) == {KOFU: "imported", HAYAKAWA: "unchanged"}
    assert value(master, "input.annex5.sent.192015") == 166688
    assert value(master, "annex5.sent.192015") == 166688


def test_a_dry_run_says_the_same_and_writes_nothing(master: Path, folder: Path) -> None:
    before = master.read_bytes()
    outcome = collect(master, folder, dry_run=True)
    assert statuses(outcome) == {KOFU: "imported", HAYAKAWA: "imported"}
    assert master.read_bytes() == before


def test_subfolders_are_read_and_excels_lock_files_are_not(master: Path, folder: Path) -> None:
    (folder / "峡南").mkdir()
    (folder / HAYAKAWA).rename(folder / "峡南" / HAYAKAWA)
    (folder / f"~${KOFU}").write_bytes(b"lock")
    (folder / ".DS_Store").write_bytes(b"x")
    assert statuses(collect(master, folder)) == {KOFU: "imported", HAYAKAWA: "imported"}


def write_foreign_book(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "別の調査"  # type: ignore[index]
    book.save(path)


WRONG_FILES = {
    "空.xlsx": lambda path: path.write_bytes(b""),
    "古い形式.xls": lambda path: path.write_bytes(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)),
    "暗号化.xlsx": lambda path: path.write_bytes(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)),
    "名前だけ.xlsx": lambda path: path.write_text("コード,件数\n19201,5\n", encoding="utf-8"),
    "回答.csv": lambda path: path.write_text("コード,件数\n", encoding="utf-8"),
    "メモ.txt": lambda path: path.write_text("よろしくお願いします", encoding="utf-8"),
    "途中まで.xlsx": lambda path: path.write_bytes(b"PK\x03\x04" + bytes(50)),
    "別の調査.xlsx": write_foreign_book,
}


@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_file_that_is_no_form_is_refused_alone_and_in_japanese(
    master: Path, folder: Path, name: str
) -> None:
    WRONG_FILES[name](folder / name)
    outcome = collect(master, folder)
    assert statuses(outcome) == {KOFU: "imported", HAYAKAWA: "imported", name: "rejected"}
    refused = by_name(outcome)[name]
    assert [finding.severity for finding in refused.findings] == [Severity.ERROR]
    assert len(JAPANESE.findall(refused.findings[0].message)) >= 10
    assert refused.municipality is None


def test_a_truncated_form_is_refused_alone(master: Path, folder: Path) -> None:
    data = (folder / HAYAKAWA).read_bytes()
    (folder / HAYAKAWA).write_bytes(data[: len(data) // 2])
    assert statuses(collect(master, folder)) == {KOFU: "imported", HAYAKAWA: "rejected"}


def test_the_form_of_another_year_is_refused_with_both_dates(
    master: Path, folder: Path, report: Report, tmp_path: Path
) -> None:
    settings = {**SETTINGS, "base_date": date(2023, 12, 31)}
    other = write_blank_master(tmp_path / "前年.xlsx", report, settings)
    old = next(iter(write_forms(read_master(other), tmp_path / "前年")))
    shutil.copy(old, folder / KOFU)
    outcome = collect(master, folder)
    assert statuses(outcome) == {KOFU: "rejected", HAYAKAWA: "imported"}
    (finding,) = by_name(outcome)[KOFU].findings
    assert finding.code == "other_year"
    assert "令和5年12月31日" in (finding.actual or "")
    assert "令和6年12月31日" in (finding.expected or "")
    assert value(master, "input.annex5.sent.192015") is None


def test_the_form_of_another_report_is_refused(
    master: Path, folder: Path, library: Report, tmp_path: Path
) -> None:
    settings = {"survey_date": date(2024, 4, 1), "meeting_month": date(2024, 5, 1), "council": "図書館協議会"}
    other = write_blank_master(tmp_path / "図書館.xlsx", library, settings)
    form = next(iter(write_forms(read_master(other), tmp_path / "図書館")))
    shutil.copy(form, folder)
    outcome = by_name(collect(master, folder))[form.name]
    assert [finding.code for finding in outcome.findings] == ["other_report"]


def test_two_forms_of_one_municipality_that_differ_are_both_refused_and_named(
    master: Path, folder: Path
) -> None:
    copy = folder / "調査票_R6_192015_甲府市 (2).xlsx"
    shutil.copy(folder / KOFU, copy)
    fill_form(copy, {SENT: 1})
    outcome = collect(master, folder)
    assert statuses(outcome) == {KOFU: "rejected", copy.name: "rejected", HAYAKAWA: "imported"}
    for name in (KOFU, copy.name):
        (finding,) = by_name(outcome)[name].findings
        assert finding.code == "duplicate"
        assert KOFU in finding.message
        assert copy.name in finding.message
    assert value(master, "input.annex5.sent.192015") is None


def test_two_forms_of_one_municipality_that_agree_are_taken(master: Path, folder: Path) -> None:
    copy = folder / "控え_甲府市.xlsx"
    shutil.copy(folder / KOFU, copy)
    outcome = collect(master, folder)
    assert "rejected" not in statuses(outcome).values()
    before = master.read_bytes()
    collect(master, folder)
    assert master.read_bytes() == before


@pytest.mark.parametrize(
    ("typed", "code", "fragment"),
    [
        (None, "missing", "入力されていません"),
        (1.5, "bad_input", "小数"),
        (-1, "bad_input", "負の数"),
        ("△１２３", "bad_input", "負の数"),
        ("たくさん", "bad_input", "たくさん"),
        ("①", "bad_input", "①"),
        (True, "bad_input", "TRUE"),
    ],
)
def test_an_answer_that_is_no_count_refuses_its_form_at_its_cell(
    master: Path, folder: Path, typed: float | str | None, code: str, fragment: str
) -> None:
    fill_form(folder / KOFU, {SENT: typed})
    outcome = collect(master, folder)
    assert statuses(outcome) == {KOFU: "rejected", HAYAKAWA: "imported"}
    (finding,) = by_name(outcome)[KOFU].findings
    place = read_snapshot(folder / KOFU).locate("input.annex5.sent")
    assert (finding.code, finding.sheet, finding.cell) == (code, *place)
    assert finding.municipality == "192015"
    assert fragment in finding.message
    assert value(master, "input.annex5.applications.192015") is None


def test_a_count_typed_as_text_is_read_and_the_reading_reported(master: Path, folder: Path) -> None:
    fill_form(folder / KOFU, {SENT: "１，２３４件"})
    outcome = by_name(collect(master, folder))[KOFU]
    assert outcome.status == "imported"
    assert [(finding.code, finding.severity) for finding in outcome.findings] == [
        ("text_number", Severity.INFO)
    ]
    assert "１，２３４件" in outcome.findings[0].message
    assert value(master, "input.annex5.sent.192015") == 1234


@pytest.mark.parametrize(("typed", "stored"), [("－", "－"), ("-", "－"), ("…", "…"), (0, 0)])
def test_none_and_unknown_and_zero_are_answers_of_their_own(
    master: Path, folder: Path, typed: str | int, stored: str | int
) -> None:
    fill_form(folder / KOFU, {SENT: typed})
    assert by_name(collect(master, folder))[KOFU].status == "imported"
    assert value(master, "input.annex5.sent.192015") == stored
    assert value(master, "annex5.sent.192015") == stored


def test_a_formula_typed_into_a_form_is_taken_as_its_value_with_a_warning(master: Path, folder: Path) -> None:
    path = folder / KOFU
    snapshot = read_snapshot(path)
    sheet, cell = snapshot.locate("input.annex5.sent")
    package = read_package(path)
    part = snapshot.sheets[sheet].part
    xml = re.sub(rf'(<c r="{cell}"[^>]*>)(<v>)'.encode(), rb"\1<f>160000+6687</f>\2", package[part], count=1)
    assert xml != package[part]
    write_atomic(path, package.with_parts({part: xml}).to_bytes())
    outcome = by_name(collect(master, folder))[KOFU]
    assert [(finding.code, finding.severity) for finding in outcome.findings] == [
        ("formula_in_input", Severity.WARNING)
    ]
    assert value(master, "input.annex5.sent.192015") == 166687


def test_an_input_whose_name_was_lost_is_found_by_its_heading_and_told(master: Path, folder: Path) -> None:
    package = read_package(folder / KOFU)
    xml = re.sub(
        rb'<definedName name="input.annex5.sent"[^>]*>[^<]*</definedName>', b"", package["xl/workbook.xml"]
    )
    write_atomic(folder / KOFU, package.with_parts({"xl/workbook.xml": xml}).to_bytes())
    outcome = by_name(collect(master, folder))[KOFU]
    assert outcome.status == "imported"
    assert [(finding.code, finding.severity) for finding in outcome.findings] == [
        ("found_by_label", Severity.WARNING)
    ]
    assert value(master, "input.annex5.sent.192015") == 166687
    assert value(master, "status.192015.state") == "要確認"


def test_a_folder_that_is_not_there_is_an_error(master: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="フォルダー"):
        collect(master, tmp_path / "どこ")


def test_an_empty_folder_is_said_to_be_one(master: Path, tmp_path: Path) -> None:
    """The wrong folder was chosen: 「取込 0 件」 would look like nobody had answered."""
    before = master.read_bytes()
    (tmp_path / "空").mkdir()
    with pytest.raises(InputError, match="空」にはファイルがありません"):
        collect(master, tmp_path / "空")
    assert master.read_bytes() == before


def test_a_folder_that_cannot_be_looked_into_is_not_passed_over(
    master: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers may be in it. The system refuses as Windows does for a folder of somebody else."""
    locked = folder / "鍵"
    locked.mkdir()
    look = os.scandir

    def refuse(path: str) -> object:
        if Path(path) == locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(InputError, match="鍵」を開けません（権限がありません）"):
        collect(master, folder)


def test_the_outcome_has_the_promised_json_shape(master: Path, folder: Path) -> None:
    (folder / "空.xlsx").write_bytes(b"")
    outcome = collect(master, folder).to_json()
    assert set(outcome) == {"files", "missing"}
    files = outcome["files"]
    assert isinstance(files, list)
    assert all(set(file) == {"file", "municipality", "status", "findings"} for file in files)
    assert {file["municipality"] for file in files} == {"192015", "193640", None}
