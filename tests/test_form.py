"""A survey form tells its municipality at once what is missing or odd, and when it can be sent.

Forms are filled as a municipality would and computed by our recalculation and by LibreOffice; both must say the same.
"""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from conftest import LIBRARY, NOTIFICATIONS, SETTINGS, body_rows, survey_answers, write_blank_master
from msgspec.structs import replace
from office import convert
from test_creation import audit, without_cached_values

from jukixl.check.formulas import is_same
from jukixl.cli import main
from jukixl.errors import InputError
from jukixl.report.computation import Inputs, Results
from jukixl.report.loading import load_report, report_from_sources
from jukixl.report.model import Report
from jukixl.report.sources import read_sources
from jukixl.report.text import Text
from jukixl.survey.distribute import write_forms
from jukixl.survey.previous import import_previous
from jukixl.workbook import names
from jukixl.workbook.edits import Edit
from jukixl.workbook.form_card import layout_fingerprint, read_card, read_contact
from jukixl.workbook.host import FileHost
from jukixl.workbook.master import read_master
from jukixl.workbook.matrix import PREVIOUS_RANGE, read_matrix
from jukixl.workbook.patch import patch_workbook
from jukixl.workbook.previous import read_previous
from jukixl.workbook.snapshot import Snapshot, read_snapshot

Typed = int | float | str | bool | None
KOFU, KOFU_ROW = "192015", 0
CONTACT: dict[str, Typed] = {
    "contact.division": "○○課",
    "contact.person": "○○",
    "contact.phone": "055-000-0000",
}
CUMULATIVE, ANNUAL = (
    body_rows(NOTIFICATIONS[f"annex6_{part}"])[KOFU_ROW] for part in ("cumulative", "annual")
)


def type_into(path: Path, cells: dict[str, Typed]) -> Snapshot:
    """Type into the named cells; the form as its program computes it."""
    snapshot = read_snapshot(path)
    patch_workbook(path, [Edit(*snapshot.locate(name), value) for name, value in cells.items()])
    return read_snapshot(path)


def distribute(master: Path, folder: Path) -> Path:
    """The form of 甲府市 (or of the first body)."""
    return next(iter(write_forms(read_master(master), folder)))


@pytest.fixture(scope="module")
def form(blank_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A form that nobody touched; not to be written to."""
    return distribute(blank_path, tmp_path_factory.mktemp("form"))


@pytest.fixture
def mine(form: Path, tmp_path: Path) -> Path:
    """A form to be filled."""
    copy = tmp_path / form.name
    copy.write_bytes(form.read_bytes())
    return copy


@pytest.fixture
def answers(report: Report) -> dict[str, Typed]:
    """The published answers of 甲府市 by name of the cell."""
    values = survey_answers(report)[KOFU]
    return {names.form_name(*key): value for key, value in values.items()}


def test_an_untouched_form_is_red_and_counts_what_is_open(form: Path) -> None:
    snapshot = read_snapshot(form)
    assert (
        snapshot.value("form.verdict") == "未入力・要確認があります（残り 25 か所）"
    )  # 22 values, 3 of the contact
    assert snapshot.value("check.annex5.applications") == "×未入力です"


def test_a_complete_form_is_green(mine: Path, answers: dict[str, Typed]) -> None:
    assert type_into(mine, answers | CONTACT).value("form.verdict") == "提出できます"


@pytest.mark.parametrize(
    "name", ["contact.division", "contact.phone", "input.annex6_annual.convenience_store"]
)
def test_a_form_without_one_required_cell_is_red(mine: Path, answers: dict[str, Typed], name: str) -> None:
    snapshot = type_into(mine, answers | CONTACT | {name: None})
    assert snapshot.value("form.verdict") == "未入力・要確認があります（残り 1 か所）"


def test_a_mail_address_may_be_left_out(mine: Path) -> None:
    assert type_into(mine, CONTACT).value("check.contact.mail") == "○"


PREVIOUS = {
    "annex5.applications": 35_339,
    "annex5.sent": 100,
    "annex5_reference.applications": 100,
    "annex5_reference.sent": 100,
    "annex6_cumulative.wide_area_issue_place": int(CUMULATIVE["wide_area_issue_place"])
    - int(ANNUAL["wide_area_issue_place"]),
    "annex6_cumulative.wide_area_issue_residence": 1,
    "annex6_cumulative.special_move_out": 1,
}
CASES: dict[str, tuple[Typed, str, str]] = {
    # input: (what is typed, the reason, what is said)
    "annex5.applications": (353_439, "", "×前年から20%を超える増減です。理由を記入してください"),
    "annex5.sent": (
        353_440,
        "前年の値に誤りがあったため",
        "※「申請件数(a)」より大きい値です。確かめてください",
    ),
    "annex5.preset": (12.5, "", "×整数ではありません"),
    "annex5.delivered": (-1, "", "×負の数です"),
    "annex5_reference.applications": (120, "", "○"),  # exactly the limit
    "annex5_reference.sent": (79, "発送を止めたため", "○"),  # beyond it, with a reason
    "annex5_reference.preset": ("約1,200件", "", "×数値ではありません"),
    "annex5_reference.delivered": ("－", "", "○"),
    "annex6_cumulative.wide_area_issue_place": (int(CUMULATIVE["wide_area_issue_place"]), "", "○"),
    "annex6_cumulative.wide_area_issue_residence": (
        int(CUMULATIVE["wide_area_issue_residence"]),
        "",
        "×前年までの累計と対象年の合計になりません。直すか、理由を記入してください",
    ),
    "annex6_cumulative.special_move_out": (5, "前年の集計を訂正したため", "○"),
    "annex6_cumulative.special_move_in": (None, "", "×未入力です"),
    "annex6_cumulative.convenience_store": ("一二三", "", "×数値ではありません"),
    "annex6_cumulative.kiosk_other_municipality": ("12", "", "×数値ではありません"),
    "annex6_cumulative.kiosk_own_municipality": (0, "", "○"),
    "annex6_annual.wide_area_issue_place": (int(ANNUAL["wide_area_issue_place"]), "", "○"),
    "annex6_annual.wide_area_issue_residence": (int(ANNUAL["wide_area_issue_residence"]), "", "○"),
    "annex6_annual.special_move_out": (3, "", "○"),
    "annex6_annual.special_move_in": ("…", "", "○"),
}


@pytest.fixture(scope="module")
def odd(form: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A form with last year's values, in which everything happened that happens."""
    path = tmp_path_factory.mktemp("odd") / form.name
    path.write_bytes(form.read_bytes())
    cells: dict[str, Typed] = {f"previous.{key}": value for key, value in PREVIOUS.items()}
    for key, (typed, reason, _) in CASES.items():
        cells |= {f"input.{key}": typed, f"reason.{key}": reason or None}
    type_into(path, cells)
    return path


@pytest.mark.parametrize("key", CASES)
def test_a_form_says_beside_each_input_what_is_wrong_with_it(odd: Path, key: str) -> None:
    assert read_snapshot(odd).value(f"check.{key}") == CASES[key][2]


def test_the_change_from_last_year_is_shown_as_a_share(odd: Path) -> None:
    snapshot = read_snapshot(odd)
    sheet, check = snapshot.locate("check.annex5_reference.sent")
    assert snapshot.sheets[sheet].cells[check.replace("F", "E")].value == -0.21


def test_libreoffice_says_the_same_of_a_form(odd: Path, tmp_path: Path) -> None:
    bare = without_cached_values(odd, tmp_path / "bare.xlsx")
    theirs = read_snapshot(convert(bare, "xlsx", tmp_path / "converted"))
    ours = read_snapshot(odd).formulas
    assert len(ours) == 1 + 4 + 2 * 22
    differing = [
        f"{a1}: {cell.value!r} / {other!r}"
        for (sheet, a1), cell in ours.items()
        if not is_same(cell.value, other := theirs.sheets[sheet].cells[a1].value)
    ]
    assert differing == []


def test_a_form_with_everything_odd_passes_the_audit_of_the_file_format(odd: Path) -> None:
    assert audit(odd) == []


def test_every_cell_to_fill_says_in_japanese_what_belongs_into_it(form: Path) -> None:
    book = openpyxl.load_workbook(form)
    explained = {
        str(cell) for one in book["入力"].data_validations.dataValidation for cell in one.sqref.ranges
    }
    snapshot = read_snapshot(form)
    to_fill = [name for name in snapshot.names if name.startswith(("input.", "reason.", "contact."))]
    assert len(to_fill) == 22 + 22 + 4
    cells = {cell.coordinate for area in explained for cell in _cells(book["入力"][area])}
    assert {snapshot.locate(name)[1] for name in to_fill} == cells


def _cells(area: object) -> list[openpyxl.cell.Cell]:
    if not isinstance(area, tuple):
        return [area]  # type: ignore[list-item]
    return [cell for row in area for cell in (row if isinstance(row, tuple) else (row,))]


def test_the_line_on_top_is_green_or_red_by_its_own_text(form: Path) -> None:
    rules = [
        (rule.formula[0], rule.dxf.fill.bgColor.rgb[-6:])
        for area in openpyxl.load_workbook(form)["入力"].conditional_formatting
        if str(area.sqref) == "A3:H3"
        for rule in area.rules
    ]
    assert rules == [
        ('$A$3="提出できます"', "C6E0B4"),
        ('LEFT($A$3,12)="未入力・要確認があります"', "F8CBAD"),
    ]


def test_a_form_is_protected_without_a_password_and_prints_on_one_a4_page_across(form: Path) -> None:
    book = openpyxl.load_workbook(form)
    for sheet in (book["記入要領"], book["入力"]):
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth) == (9, 1)
    assert book.active.title == "入力"


def test_the_hidden_card_says_whose_form_it_is_and_of_which_layout(form: Path, report: Report) -> None:
    card = read_card(read_snapshot(form))
    assert (card.report, card.municipality, card.name, card.version) == ("juki", KOFU, "甲府市", "2")
    assert "令和6年12月31日" in card.edition
    assert card.fingerprint == layout_fingerprint(Results(report, Inputs(dict(SETTINGS), {})))


def test_another_label_gives_another_fingerprint(report: Report) -> None:
    inputs = Inputs(dict(SETTINGS), {})
    table = report.tables_by_id["annex6_annual"]
    changed = replace(table, columns=(*table.columns[:-1], replace(table.columns[-1], title=Text("別の名"))))
    tables = tuple(changed if one is table else one for one in report.tables)
    other = replace(report, tables=tables)
    assert layout_fingerprint(Results(other, inputs)) != layout_fingerprint(Results(report, inputs))


def test_who_filled_a_form_is_read_as_one_line(mine: Path) -> None:
    assert read_contact(type_into(mine, CONTACT)) == "○○課 ○○ 055-000-0000"


def test_last_years_total_stands_beside_this_years_where_the_master_has_it(
    published_path: Path, tmp_path: Path
) -> None:
    """別紙6: what was printed as the total last year is imported for the check of this year's."""
    snapshot = read_snapshot(distribute(published_path, tmp_path / "調査票"))
    expected = int(CUMULATIVE["convenience_store"]) - int(ANNUAL["convenience_store"])
    assert snapshot.value("previous.annex6_cumulative.convenience_store") == expected
    assert snapshot.value("previous.annex5.applications") is None


@pytest.fixture(scope="module")
def next_year(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new master a year later."""
    settings = {**SETTINGS, "target_year": 2025, "meeting_month": SETTINGS["meeting_month"]}
    return write_blank_master(tmp_path_factory.mktemp("next") / "マスター.xlsx", report, settings)


def test_last_years_master_gives_every_form_its_previous_values(
    next_year: Path, published_path: Path, report: Report, tmp_path: Path
) -> None:
    path = tmp_path / "マスター.xlsx"
    path.write_bytes(next_year.read_bytes())
    master = read_master(path)
    edits, findings = import_previous(master, published_path)
    assert findings == []
    FileHost(path).write(master, edits)
    answers = survey_answers(report)
    assert read_previous(read_master(path)) == answers
    snapshot = read_snapshot(distribute(path, tmp_path / "調査票"))
    assert {key: snapshot.value(names.form_previous_name(*key)) for key in answers[KOFU]} == answers[KOFU]


def test_a_value_of_last_year_that_can_not_be_read_is_named_before_a_form_is_written(
    blank_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "マスター.xlsx"
    path.write_bytes(blank_path.read_bytes())
    cell = read_matrix(read_snapshot(path), PREVIOUS_RANGE)[KOFU, "annex5.applications"]
    patch_workbook(path, [Edit(cell.sheet, cell.cell, "約18万")])
    with pytest.raises(InputError, match=f"「前年」!{cell.cell}.*「申請件数\\(a\\)」.*約18万"):
        list(write_forms(read_master(path), tmp_path / "調査票"))
    assert not (tmp_path / "調査票").exists()


def test_last_years_master_is_imported_by_the_word_for_it(
    next_year: Path, published_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "マスター.xlsx"
    path.write_bytes(next_year.read_bytes())
    assert main(["import", str(path), "前年", str(published_path)]) == 0
    assert "前年の回答を取り込みました（変更 594 セル）" in capsys.readouterr().out  # 27 bodies, 22 inputs
    assert main(["import", str(path), "前年", str(published_path)]) == 0
    assert "変更 0 セル" in capsys.readouterr().out


def test_a_master_of_the_same_year_or_of_another_report_is_no_last_years(
    blank_path: Path, published_path: Path, next_year: Path, tmp_path: Path
) -> None:
    settings = {**SETTINGS, "survey_date": SETTINGS["base_date"]}
    other = write_blank_master(tmp_path / "図書館.xlsx", load_report(LIBRARY), settings)
    with pytest.raises(InputError, match="同じ年のマスター"):
        import_previous(read_master(blank_path), published_path)
    with pytest.raises(InputError, match="別の報告（library）"):
        import_previous(read_master(next_year), other)


def test_a_pasted_value_of_last_year_is_found_by_code_and_key(next_year: Path, tmp_path: Path) -> None:
    path = tmp_path / "マスター.xlsx"
    path.write_bytes(next_year.read_bytes())
    cell = read_matrix(read_snapshot(path), PREVIOUS_RANGE)["194433", "annex6_annual.special_move_in"]
    patch_workbook(path, [Edit(cell.sheet, cell.cell, 7)])
    assert read_previous(read_master(path))["194433"] == {("annex6_annual", "special_move_in"): 7}


SUMMED = '{ id = "adults", title = "大人", kind = "count", fill = "municipality" },\n{ id = "both", title = "合わせて", kind = "count", value = "active + adults" },'


def test_a_declared_sum_of_inputs_is_shown_in_the_form(tmp_path: Path) -> None:
    sources = read_sources(LIBRARY)
    rate = '    { id = "active_rate"'
    sources = {**sources, "report.toml": sources["report.toml"].replace(rate, SUMMED + "\n" + rate)}
    settings = {**SETTINGS, "survey_date": SETTINGS["base_date"]}
    master = write_blank_master(tmp_path / "図書館.xlsx", report_from_sources(sources), settings)
    path = distribute(master, tmp_path / "調査票")
    assert read_snapshot(path).value("check.lending.total") == "合わせて: －"
    snapshot = type_into(path, {"input.lending.active": 1_500, "input.lending.adults": 2})
    assert snapshot.value("check.lending.total") == "合わせて: 1,502"


def test_the_second_report_has_forms_that_check_themselves_too(tmp_path: Path) -> None:
    settings = {**SETTINGS, "survey_date": SETTINGS["base_date"]}
    master = write_blank_master(tmp_path / "図書館.xlsx", load_report(LIBRARY), settings)
    path = distribute(master, tmp_path / "調査票")
    snapshot = type_into(path, CONTACT | {"input.lending.cards": 560, "input.lending.active": 571})
    assert snapshot.value("check.lending.active") == "※「登録者数」より大きい値です。確かめてください"
    assert snapshot.value("form.verdict") == "提出できます"
