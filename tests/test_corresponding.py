"""What goes out to municipalities: requests with their forms, mails, reminders, returns; and the board of who answered."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from email import policy
from email.parser import BytesParser
from pathlib import Path

import docx
import openpyxl
import pytest
from conftest import LIBRARY, SETTINGS, fill_form, survey_answers, write_blank_master
from test_creation import audit

from jukixl.cli import main
from jukixl.report.loading import load_report
from jukixl.report.model import Report
from jukixl.survey.distribute import write_forms
from jukixl.survey.mail import Mail, render_mail
from jukixl.workbook.edits import Edit, EditValue
from jukixl.workbook.layout import COLLECTED, NOT_SUBMITTED, RETURNED, STATES, TO_CONFIRM
from jukixl.workbook.master import read_master
from jukixl.workbook.package import read_package
from jukixl.workbook.patch import patch_workbook
from jukixl.workbook.snapshot import read_snapshot

KOFU, FUJIYOSHIDA, TSURU = "192015", "192023", "192040"
DEADLINE = date(2025, 11, 14)  # a Friday
TYPED: dict[str, EditValue] = {
    "status.deadline": DEADLINE,
    "status.sender": "○○県総務部市町村振興課長",
    "status.phone": "055-000-0000",
    "status.mail": "survey@pref.example.jp",
    f"status.{KOFU}.mail": "form@city.example.jp",
}


def put(path: Path, cells: dict[str, EditValue]) -> Path:
    """Type into named cells of a master."""
    snapshot = read_snapshot(path)
    patch_workbook(path, [Edit(*snapshot.locate(name), value) for name, value in cells.items()])
    return path


@pytest.fixture
def master(blank_path: Path, tmp_path: Path) -> Path:
    """A master with deadline, sender and one address."""
    return put(Path(shutil.copy(blank_path, tmp_path / "マスター.xlsx")), TYPED)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, object]]:
    def run_(*arguments: object) -> dict[str, object]:
        capsys.readouterr()
        assert main([*map(str, arguments), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run_


def text_of(path: Path) -> str:
    """All paragraphs of a letter, then the cells of its tables."""
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


# The request


def test_distribute_writes_the_request_beside_the_folder_of_forms(master: Path, tmp_path: Path) -> None:
    """The folder itself holds forms only: what comes back is saved into it and collected from it."""
    assert main(["distribute", str(master), "--out", str(tmp_path / "調査票")]) == 0
    assert len(list((tmp_path / "調査票").iterdir())) == 27
    assert sorted(path.name for path in (tmp_path / "調査票_依頼").iterdir()) == [
        "192015_甲府市.eml",
        "依頼文.docx",
    ]


def test_the_request_says_until_when_what_and_how(master: Path, tmp_path: Path) -> None:
    main(["distribute", str(master), "--out", str(tmp_path / "調査票")])
    text = text_of(tmp_path / "調査票_依頼" / "依頼文.docx")
    for wanted in (
        "○○県総務部市町村振興課長",
        "住民基本台帳ネットワークシステム関係資料に係る調査について（依頼）",
        "令和7年11月14日（金）",
        "・別紙5 個人番号カード申請状況等　【令和6年12月31日時点】",
        "「survey@pref.example.jp」へ返送",
        "個人番号、住民票コードなど、住民の個人情報は記入しないでください。",
        "担当　市町村振興課",
        "電話　055-000-0000",
    ):
        assert wanted in text
    assert "以上" in text.splitlines()


def test_a_request_without_anything_typed_leaves_room_for_it(blank_path: Path, tmp_path: Path) -> None:
    main(["distribute", str(blank_path), "--out", str(tmp_path / "調査票")])
    assert [path.name for path in (tmp_path / "調査票_依頼").iterdir()] == ["依頼文.docx"]
    text = text_of(tmp_path / "調査票_依頼" / "依頼文.docx")
    assert "令和　年　月　日" in text
    assert "市町村振興課長" in text


def test_a_mail_carries_its_form_and_the_request_to_the_address_of_its_municipality(
    master: Path, tmp_path: Path
) -> None:
    main(["distribute", str(master), "--out", str(tmp_path / "調査票")])
    data = (tmp_path / "調査票_依頼" / "192015_甲府市.eml").read_bytes()
    mail = BytesParser(policy=policy.default).parsebytes(data)
    assert (mail["To"], mail["From"]) == ("form@city.example.jp", "survey@pref.example.jp")
    assert mail["Subject"] == "住民基本台帳ネットワークシステム関係資料に係る調査について（依頼）"
    assert mail["X-Unsent"] == "1"
    body = mail.get_body()
    assert body is not None
    assert "令和7年11月14日（金）" in body.get_content()
    files = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    form = "調査票_R6_192015_甲府市.xlsx"
    assert files.keys() == {form, "依頼文.docx"}
    assert files[form] == (tmp_path / "調査票" / form).read_bytes()


def test_an_address_with_a_line_break_adds_no_header() -> None:
    mail = Mail(to="a@b.example\nBcc: c@d.example", sender="", subject="件名", text="本文", files=())
    parsed = BytesParser(policy=policy.default).parsebytes(render_mail(mail))
    assert parsed["Bcc"] is None


def test_a_form_says_until_when_and_where_to_it_is_sent(master: Path, tmp_path: Path) -> None:
    form = next(iter(write_forms(read_master(master), tmp_path / "調査票")))
    notice = str(read_snapshot(form).value("form.notice"))
    assert "提出期限: 令和7年11月14日（金）" in notice
    assert "返送先: survey@pref.example.jp" in notice


def test_a_deadline_that_is_no_date_is_refused_before_anything_is_written(
    master: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(master, {"status.deadline": "来月末"})
    assert main(["distribute", str(master), "--out", str(tmp_path / "調査票")]) == 2
    assert "提出期限が日付ではありません" in capsys.readouterr().err
    assert not (tmp_path / "調査票").exists()


def test_a_request_that_is_already_there_takes_back_all_new_forms(master: Path, tmp_path: Path) -> None:
    (tmp_path / "調査票_依頼").mkdir()
    (tmp_path / "調査票_依頼" / "依頼文.docx").write_bytes(b"edited by staff")
    assert main(["distribute", str(master), "--out", str(tmp_path / "調査票")]) == 2
    assert list((tmp_path / "調査票").iterdir()) == []
    assert (tmp_path / "調査票_依頼" / "依頼文.docx").read_bytes() == b"edited by staff"


# The board


def test_the_board_counts_states_and_shows_them_as_bars(master: Path) -> None:
    put(master, {f"status.{KOFU}.state": COLLECTED, f"status.{TSURU}.state": TO_CONFIRM})
    snapshot = read_snapshot(master)
    sheet, cell = snapshot.locate("status.summary")
    counts = [snapshot.sheets[sheet].cells[f"B{row}"].value for row in range(4, 4 + len(STATES))]
    assert counts == [25, 1, 1, 0]
    assert snapshot.value("status.summary") == "提出 2 / 27 市町村"
    assert snapshot.value("status.progress") == "■" + "□" * 9  # 2 of 27, in tenths
    assert cell == "A8"


def test_status_tells_state_file_findings_contact_and_counts(
    master: Path, run: Callable[..., dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    cells: dict[str, EditValue] = {
        "state": TO_CONFIRM,
        "file": "甲府.xlsx",
        "findings": 2,
        "contact": "○○課 ○○",
    }
    put(master, {f"status.{KOFU}.{item}": value for item, value in cells.items()})
    answer = run("status", master)
    assert answer["counts"] == {NOT_SUBMITTED: 26, COLLECTED: 0, TO_CONFIRM: 1, RETURNED: 0}
    row = answer["municipalities"][0]  # type: ignore[index]
    assert row == {"code": KOFU, "name": "甲府市", "time": None, "digest": None, **cells}
    assert main(["status", str(master)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "192015 甲府市　要確認　甲府.xlsx　指摘 2　○○課 ○○"
    assert lines[-1] == "提出 1 / 27 市町村"


def test_the_board_has_a_native_chart_of_its_counts_and_a_colour_for_each_state(master: Path) -> None:
    (chart,) = [part for part in read_package(master) if part.startswith("xl/charts/chart")]
    drawn = read_package(master)[chart].decode()
    assert "'提出状況'!$B$4:$B$7" in drawn
    assert "'提出状況'!$A$4:$A$7" in drawn
    formats = openpyxl.load_workbook(master)["提出状況"].conditional_formatting
    colours = {
        rule.formula[0].split("=")[1]: rule.dxf.fill.bgColor.rgb for area in formats for rule in area.rules
    }
    assert colours.keys() == {f'"{state}"' for state in STATES}
    assert len(set(colours.values())) == len(STATES)


# Reminders


def test_reminders_go_to_those_of_whom_nothing_usable_came(
    master: Path, tmp_path: Path, run: Callable[..., dict[str, object]], report: Report
) -> None:
    codes = report.tables_by_id["annex5"].row_ids
    states: dict[str, EditValue] = {f"status.{code}.state": COLLECTED for code in codes}
    put(master, {**states, f"status.{KOFU}.state": NOT_SUBMITTED, f"status.{TSURU}.state": RETURNED})
    answer = run("remind", master, "--out", tmp_path / "督促")
    assert answer["missing"] == [KOFU, TSURU]
    names = ["未提出一覧.docx", "督促文_192015_甲府市.docx", "督促文_192040_都留市.docx"]
    assert sorted(path.name for path in (tmp_path / "督促").iterdir()) == names
    kofu, tsuru, all_ = (text_of(tmp_path / "督促" / names[number]) for number in (1, 2, 0))
    assert "甲府市　担当課長　様" in kofu
    assert "貴団体からの回答を確認できていません。提出期限を過ぎていますので" in kofu
    assert "差し戻した調査票の再提出を確認できていません" in tsuru
    assert "27 団体のうち 2 団体が未提出です" in all_
    assert ["甲府市" in all_, "都留市" in all_, "北杜市" in all_] == [True, True, False]


def test_nobody_is_reminded_where_all_have_answered(
    collected: tuple[Path, object], tmp_path: Path, run: Callable[..., dict[str, object]]
) -> None:
    assert run("remind", collected[0], "--out", tmp_path / "督促")["files"] == []
    assert not (tmp_path / "督促").exists()


# Returns


@pytest.fixture
def returned(forms: Path, tmp_path: Path, report: Report) -> Path:
    """Three files: one right, one with what can't be taken, one that is no form."""
    folder = tmp_path / "回答"
    folder.mkdir()
    for code in (KOFU, FUJIYOSHIDA):
        shutil.copy(next(forms.glob(f"*{code}*")), folder)
    wrong = {
        ("annex5", "applications"): "約1,200件",
        ("annex5", "sent"): 12.5,
        ("annex6_annual", "special_move_in"): None,
    }
    fill_form(next(folder.glob(f"*{FUJIYOSHIDA}*")), {**survey_answers(report)[FUJIYOSHIDA], **wrong})
    (folder / f"{TSURU}_回答.pdf").write_bytes(b"%PDF-1.4\n")
    return folder


def test_a_return_names_each_cell_its_value_what_is_wrong_and_what_to_do(
    master: Path, returned: Path, tmp_path: Path
) -> None:
    before = master.read_bytes()
    assert main(["return", str(master), str(returned), "--out", str(tmp_path / "差戻し")]) == 0
    assert master.read_bytes() == before
    paths = sorted((tmp_path / "差戻し").iterdir())
    assert [path.name for path in paths] == ["差戻し文_192023_富士吉田市.docx", "差戻し文_192040_都留市.docx"]
    (table,) = docx.Document(str(paths[0])).tables
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    form = read_snapshot(next(returned.glob(f"*{FUJIYOSHIDA}*")))
    inputs = ("annex5.applications", "annex5.sent", "annex6_annual.special_move_in")
    places = [" ".join(form.locate(f"input.{name}")) for name in inputs]
    assert rows[0] == ["セル", "入力された値", "内容", "お願い"]
    assert [row[:2] for row in rows[1:]] == [
        list(pair) for pair in zip(places, ("約1,200件", "12.5", "（空欄）"), strict=True)
    ]
    assert "申請件数" in rows[1][2]
    assert rows[3][3] == "値を入力してください。該当がないときは 0 を入力してください。"
    assert "もらって" not in text_of(paths[0])


def test_a_form_without_findings_is_not_returned(
    master: Path, returned: Path, tmp_path: Path, run: Callable[..., dict[str, object]]
) -> None:
    answer = run("return", master, returned, "--out", tmp_path / "差戻し")
    assert {one["municipality"] for one in answer["returned"]} == {FUJIYOSHIDA, TSURU}  # type: ignore[attr-defined]


def test_nothing_is_written_where_there_is_nothing_to_return(
    master: Path, forms: Path, tmp_path: Path, run: Callable[..., dict[str, object]]
) -> None:
    folder = tmp_path / "回答"
    folder.mkdir()
    shutil.copy(next(forms.glob(f"*{KOFU}*")), folder)
    assert run("return", master, folder, "--out", tmp_path / "差戻し")["files"] == []
    assert not (tmp_path / "差戻し").exists()


def test_a_personal_number_is_never_in_a_return(
    master: Path, returned: Path, tmp_path: Path, report: Report
) -> None:
    """123456789018 is the valid example number of the check digit's own order."""
    wrong = {("annex5", "applications"): "個人番号 123456789018"}
    fill_form(next(returned.glob(f"*{FUJIYOSHIDA}*")), {**survey_answers(report)[FUJIYOSHIDA], **wrong})
    main(["return", str(master), str(returned), "--out", str(tmp_path / "差戻し")])
    text = text_of(tmp_path / "差戻し" / "差戻し文_192023_富士吉田市.docx")
    assert "123456789018" not in text
    assert "12********18" in text


def test_an_existing_letter_is_never_overwritten(master: Path, returned: Path, tmp_path: Path) -> None:
    (tmp_path / "差戻し").mkdir()
    kept = tmp_path / "差戻し" / "差戻し文_192040_都留市.docx"
    kept.write_bytes(b"edited by staff")
    assert main(["return", str(master), str(returned), "--out", str(tmp_path / "差戻し")]) == 2
    assert [path.read_bytes() for path in kept.parent.iterdir()] == [b"edited by staff"]


# All of them


def test_every_letter_passes_the_audit_of_the_file_format(
    master: Path, returned: Path, tmp_path: Path
) -> None:
    for command in (
        ("distribute", master, "--out", tmp_path / "調査票"),
        ("remind", master, "--out", tmp_path / "督促"),
        ("return", master, returned, "--out", tmp_path / "差戻し"),
    ):
        assert main([*map(str, command)]) == 0
    letters = sorted(tmp_path.rglob("*.docx"))
    assert len(letters) == 1 + 28 + 2
    assert [error for path in (letters[0], letters[1], letters[-1]) for error in audit(path)] == []


def test_the_second_report_has_letters_too(tmp_path: Path) -> None:
    settings = {**SETTINGS, "survey_date": SETTINGS["base_date"]}
    path = write_blank_master(tmp_path / "図書館.xlsx", load_report(LIBRARY), settings)
    assert main(["remind", str(path), "--out", str(tmp_path / "督促")]) == 0
    text = text_of(tmp_path / "督促" / "督促文_202011_長野市.docx")
    assert "図書館の利用状況に係る調査について（督促）" in text
    assert "生涯学習課長" in text
