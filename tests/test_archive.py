"""Nothing that came is lost: files kept under their hash, a log of what was done with them, states on the board."""

from __future__ import annotations

import getpass
import hashlib
import json
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from conftest import IMPORTED, PUBLISHED, fill_form
from returned import set_cell
from test_returned_files import HAYAKAWA, KOFU, SENT, SENT_OF_KOFU, Clerk, clerk, codes_of, message_of

from jukixl.commands.collecting import import_file
from jukixl.errors import InputError
from jukixl.survey.archive import Archive, read_log
from jukixl.survey.collect import collect_folder
from jukixl.workbook.master import read_master
from jukixl.workbook.package import Package
from jukixl.workbook.snapshot import read_snapshot

__all__ = ["clerk"]
FOLDER, LOG = "回答控", "取込記録.jsonl"


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def log_of(clerk: Clerk) -> list[dict[str, object]]:
    """Every line is JSON."""
    return [json.loads(line) for line in (clerk.archive / LOG).read_text(encoding="utf-8").splitlines()]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_every_returned_file_is_kept_unchanged_under_its_hash_refused_ones_too(clerk: Clerk) -> None:
    fill_form(clerk.form, {SENT: "たくさん"})
    (clerk.folder / "メモ.csv").write_text("よろしく", encoding="utf-8")
    returned = {path.name: path.read_bytes() for path in clerk.folder.iterdir()}
    clerk.collect()
    kept = {path.name: path.read_bytes() for path in clerk.archive.iterdir() if path.name != LOG}
    assert kept == {f"{sha(data)}{Path(name).suffix}": data for name, data in returned.items()}
    assert {path.name: path.read_bytes() for path in clerk.folder.iterdir()} == returned


def test_the_file_is_kept_before_anything_is_made_of_it(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StopError(BaseException):
        pass

    def stop(*_: object) -> None:
        raise StopError

    monkeypatch.setattr("jukixl.survey.form_reading.FormReader.read", stop)
    before = clerk.master.read_bytes()
    with pytest.raises(StopError):
        clerk.collect()
    assert len(list(clerk.archive.glob("*.xlsx"))) == 1
    assert clerk.master.read_bytes() == before


def test_the_log_says_who_when_which_file_and_which_cells_from_what_to_what(clerk: Clerk) -> None:
    before = clerk.master.read_bytes()
    clerk.collect()
    log = log_of(clerk)
    assert [entry["event"] for entry in log] == ["受領", "受領", "取込", "取込", "書込開始", "書込完了"]
    assert {entry["user"] for entry in log} == {getpass.getuser()}
    assert all(datetime.fromisoformat(str(entry["time"])).tzinfo for entry in log)
    taken = next(entry for entry in log if entry["event"] == "取込" and entry["file"] == KOFU)
    assert (taken["sha256"], taken["municipality"]) == (sha(clerk.form.read_bytes()), "192015")
    sheet, a1 = read_snapshot(clerk.master).locate("input.annex5.sent.192015")
    assert {"sheet": sheet, "cell": a1, "from": None, "to": SENT_OF_KOFU} in taken["cells"]  # type: ignore[operator]
    begun, done = log[-2:]
    assert (begun["before"], begun["after"]) == (sha(before), sha(clerk.master.read_bytes()))
    assert (begun["run"], done["saved"]) == (done["run"], True)


def test_the_same_folder_twice_changes_nothing_byte_for_byte(clerk: Clerk, tmp_path: Path) -> None:
    """With files taken, refused, of no use, and with a personal number: neither master nor log nor folder."""
    fill_form(clerk.form, {SENT: -1})
    shutil.copy(clerk.other, clerk.folder / "調査票_R6_192040_都留市.xlsx")
    (clerk.folder / "空.xlsx").write_bytes(b"")
    (clerk.folder / "番号.csv").write_text("氏名,個人番号\n甲,123456789018\n", encoding="utf-8")
    clerk.collect()
    before = files_below(tmp_path)
    files = clerk.collect()
    assert files_below(tmp_path) == before
    assert files[HAYAKAWA]["status"] == "unchanged"


def test_a_dry_run_says_the_same_and_writes_nothing_anywhere(clerk: Clerk, tmp_path: Path) -> None:
    fill_form(clerk.form, {SENT: "１，２３４件"})
    before = files_below(tmp_path)
    dry = clerk.collect(dry_run=True)
    assert files_below(tmp_path) == before
    assert not clerk.archive.exists()
    assert clerk.lines[-1] == "確認だけを行い、マスターには何も書き込んでいません。"
    assert clerk.collect() == dry


def test_a_corrected_form_changes_only_its_cells_and_shows_old_and_new(clerk: Clerk) -> None:
    clerk.collect()
    before = {
        (sheet.name, a1): cell
        for sheet in read_snapshot(clerk.master).sheets.values()
        for a1, cell in sheet.cells.items()
        if cell.formula is None
    }
    fill_form(clerk.form, {SENT: 166688})
    files = clerk.collect()
    after = read_snapshot(clerk.master)
    changed = {
        (sheet.name, a1)
        for sheet in after.sheets.values()
        for a1, cell in sheet.cells.items()
        if cell.formula is None and before.get((sheet.name, a1)) != cell
    }
    board = {after.locate(f"status.192015.{item}") for item in ("time", "digest", "file", "findings")}
    assert changed - board == {after.locate("input.annex5.sent.192015")}
    assert codes_of(files[KOFU]) == ["changed"]
    assert "166,687 → 166,688 に変わりました" in message_of(files[KOFU])
    assert any("166,687 → 166,688" in line for line in clerk.lines)
    (cell,) = next(e for e in log_of(clerk)[::-1] if e["event"] == "取込")["cells"][:1]  # type: ignore[index]
    assert (cell["from"], cell["to"]) == (166687, 166688)
    assert files[HAYAKAWA]["status"] == "unchanged"


def test_states_are_collected_to_confirm_or_returned(clerk: Clerk) -> None:
    """差戻し only where nothing was taken before; a later refused file doesn't take back what was collected."""
    fill_form(clerk.form, {SENT: "たくさん"})
    clerk.collect()
    assert (clerk.state(), clerk.state("193640"), clerk.state("192040")) == ("差戻し", "取込済", "未提出")
    assert clerk.value("status.192015.file") == KOFU
    assert clerk.value("status.192015.findings") == 1
    missing = clerk.data["missing"]
    assert isinstance(missing, list)
    assert "192015" in missing
    fill_form(clerk.form, {SENT: SENT_OF_KOFU})
    clerk.collect()
    assert clerk.state() == "取込済"
    fill_form(clerk.form, {SENT: -1})
    assert clerk.collect()[KOFU]["status"] == "rejected"
    assert (clerk.state(), clerk.sent()) == ("取込済", SENT_OF_KOFU)


def test_contact_and_reasons_come_with_the_form(clerk: Clerk) -> None:
    set_cell(clerk.form, "contact.division", ' t="inlineStr"><is><t>市民課</t></is>'.encode())
    set_cell(clerk.form, "reason.annex5.sent", ' t="inlineStr"><is><t>申請の増加</t></is>'.encode())
    clerk.collect()
    assert "市民課" in str(clerk.value("status.192015.contact"))
    reasons = [cell.value for cell in read_snapshot(clerk.master).sheets["理由"].cells.values()]
    assert "申請の増加" in reasons


def test_a_half_written_line_stays_and_the_next_entry_begins_its_own(clerk: Clerk) -> None:
    clerk.collect()
    log = clerk.archive / LOG
    log.write_bytes(log.read_bytes() + b'{"event":"')
    fill_form(clerk.form, {SENT: 5})
    clerk.collect()
    assert log.read_bytes().count(b'{"event":"\n') == 1
    assert [entry["event"] for entry in read_log(log)][-2:] == ["書込開始", "書込完了"]


@pytest.mark.parametrize(("is_written", "event"), [(True, "書込完了"), (False, "書込なし")])
def test_a_write_of_whose_end_nothing_was_heard_is_settled_by_the_master(
    clerk: Clerk, is_written: bool, event: str
) -> None:
    before = clerk.master.read_bytes()
    clerk.collect()
    log = clerk.archive / LOG
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
    if not is_written:
        clerk.master.write_bytes(before)
    archive = Archive(clerk.master)
    archive.settle(clerk.master)
    archive.settle(clerk.master)
    assert [entry["event"] for entry in read_log(log)][4:] == ["書込開始", event]


def test_a_master_that_is_open_is_not_written_to_and_nothing_is_kept(clerk: Clerk) -> None:
    lock = clerk.master.with_name(f"~${clerk.master.name}")
    lock.write_bytes(b"\x04test")
    before = clerk.master.read_bytes()
    with pytest.raises(
        InputError, match=r"Excelなどで開いているため、何も書き込みませんでした。.*~\$マスター"
    ):
        clerk.collect()
    assert clerk.master.read_bytes() == before
    assert not clerk.archive.exists()
    assert clerk.collect(dry_run=True)[KOFU]["status"] == "imported"
    lock.unlink()
    assert clerk.collect()[KOFU]["status"] == "imported"


def test_a_master_that_another_program_holds_is_not_written_to(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows: a sharing violation, when Excel has it open on another computer."""
    real = Path.open

    def refuse(path: Path, mode: str = "r", *args: object, **options: object) -> object:
        if path == clerk.master and "+" in mode:
            raise PermissionError(13, "sharing violation")
        return real(path, mode, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="ほかのプログラムで開いているか"):
        clerk.collect()
    assert not clerk.archive.exists()


def test_a_log_that_can_not_be_written_stops_the_write_to_the_master(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = clerk.master.read_bytes()

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jukixl.survey.archive.os.fsync", refuse)
    with pytest.raises(InputError, match=r"取込の記録に書き込めません|保存できません"):
        clerk.collect()
    assert clerk.master.read_bytes() == before


def test_a_write_that_fails_is_logged_as_such(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = clerk.master.read_bytes()

    def refuse(*_: object) -> None:
        raise InputError("満杯です。")

    monkeypatch.setattr("jukixl.workbook.patch.write_atomic", refuse)
    with pytest.raises(InputError, match="満杯"):
        clerk.collect()
    assert clerk.master.read_bytes() == before
    assert [entry["event"] for entry in log_of(clerk)][-2:] == ["書込開始", "書込なし"]


def test_an_imported_table_is_kept_and_logged_like_a_form(clerk: Clerk, tmp_path: Path) -> None:
    file = Path(shutil.copy(PUBLISHED / IMPORTED["annex3"], tmp_path / "別紙3.csv"))
    arguments = {"MASTER": clerk.master, "TABLE": "annex3", "FILE": file}
    import_file(arguments, lambda *_: None)
    (kept,) = clerk.archive.glob("*.csv")
    assert (kept.read_bytes(), kept.stem) == (file.read_bytes(), sha(file.read_bytes()))
    log = log_of(clerk)
    assert [entry["event"] for entry in log] == ["受領", "取込", "書込開始", "書込完了"]
    assert log[1]["file"] == "別紙3.csv"
    assert {cell["sheet"] for cell in log[1]["cells"]} == {"別紙3"}  # type: ignore[attr-defined]
    before = files_below(tmp_path)
    import_file(arguments, lambda *_: None)
    assert files_below(tmp_path) == before


def test_a_file_that_takes_too_long_is_refused_with_the_limit(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jukixl.survey.collect.MAX_SECONDS", -1.0)
    file = clerk.collect()[KOFU]
    assert (file["status"], codes_of(file)) == ("rejected", ["too_slow"])
    assert "時間がかかりすぎます" in message_of(file)


def test_collecting_loads_no_office_library(clerk: Clerk) -> None:
    """Neither openpyxl, nor python-docx, nor xlwings: they take longer to load than the work takes."""
    code = (
        "import sys\nfrom jukixl.cli import main\n"
        f"main(['collect', {str(clerk.master)!r}, {str(clerk.folder)!r}])\n"
        "print(sorted({'openpyxl', 'docx', 'xlwings', 'lxml', 'babel', 'pandas', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_what_is_held_in_memory_does_not_grow_with_the_size_of_files(clerk: Clerk) -> None:
    """Of a file that was read only answers and findings are left."""
    read = read_master(clerk.master)
    outcome = collect_folder(read, clerk.folder)
    assert all(
        not isinstance(getattr(file, name), bytes | Package)
        for file in outcome.files
        for name in file.__struct_fields__
    )
