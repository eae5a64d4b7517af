"""Sheet 検算 after 指摘の確認: findings and every formula, linked and coloured, and a line that says when they are outdated."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from office import convert
from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet
from test_creation import audit

from jukixl.check.master import check_master
from jukixl.cli import main
from jukixl.findings import Severity
from jukixl.workbook.edits import Edit
from jukixl.workbook.links import read_links, set_links
from jukixl.workbook.master import read_master
from jukixl.workbook.package import read_package, write_atomic
from jukixl.workbook.patch import patch_workbook
from jukixl.workbook.snapshot import read_snapshot

SHEET = "検算"
OUTDATED = "古くなっています"
UNCHANGED = "その後、入力は変わっていません"
HEADINGS = ["セル", "数式", "Excel の値", "Python の値", "項目", "判定"]
KOFU, FUJIYOSHIDA = "192015", "192023"


@pytest.fixture(scope="module")
def reviewed_path(published_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = Path(shutil.copy(published_path, tmp_path_factory.mktemp("reviewed") / "マスター.xlsx"))
    assert main(["review", str(path)]) == 0
    return path


@pytest.fixture
def reviewed(reviewed_path: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(reviewed_path, tmp_path / "マスター.xlsx"))


def sheet_of(path: Path) -> Worksheet:
    return load_workbook(path)[SHEET]


def formula_lines(sheet: Worksheet) -> list[tuple[Cell, ...]]:
    """The lines below the headings, as openpyxl reads them."""
    rows = list(sheet.iter_rows(max_col=len(HEADINGS)))
    (head,) = [number for number, row in enumerate(rows) if [cell.value for cell in row] == HEADINGS]
    return [row for row in rows[head + 1 :] if row[0].value]


def state_of(path: Path) -> str:
    return str(read_snapshot(path).value("stamp.state"))


def put(path: Path, name: str, value: int) -> None:
    patch_workbook(path, [Edit(*read_snapshot(path).locate(name), value)])


# The lists


def test_every_formula_stands_there_with_both_values_and_its_verdict(reviewed_path: Path) -> None:
    """All that openpyxl finds in the workbook, but for the three cells that tell whether this very list is true."""
    book = load_workbook(reviewed_path)
    formulas = {
        f"{sheet.title}!{cell.coordinate}": cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }
    lines = {row[0].value: [cell.value for cell in row] for row in formula_lines(book[SHEET])}
    own = set(formulas.keys() - lines.keys())
    assert {place: line[1] for place, line in lines.items()} == {
        place: text for place, text in formulas.items() if place not in own
    }
    assert len(own) == 3
    assert all(place.startswith(f"{SHEET}!B") for place in own)
    assert {line[5] for line in lines.values()} == {"〇"}
    assert lines["別紙5!C32"][2:4] == ["772,405", "772,405"]  # applications in print


def test_every_line_leads_to_its_cell(reviewed_path: Path) -> None:
    sheet = sheet_of(reviewed_path)
    lines = formula_lines(sheet)
    findings = [
        row
        for row in sheet.iter_rows(max_col=4)
        if re.search("#[0-9a-f]{8}$", str(row[3].value))  # the key of a finding
    ]
    assert len(lines) > 1200
    assert len(findings) > 100
    for row in (*lines, *findings):
        place, _, cell = str(row[0].value).rpartition("!")
        assert row[0].hyperlink is not None, row[0].value
        assert row[0].hyperlink.location == f"'{place}'!{cell}"


def test_findings_are_grouped_by_state_errors_first(reviewed: Path) -> None:
    put(reviewed, f"input.annex5.sent.{KOFU}", 353439)
    assert main(["review", str(reviewed)]) == 0
    sheet = sheet_of(reviewed)
    (head,) = [cell.row for (cell,) in sheet.iter_rows(max_col=1) if cell.value == "場所"]
    states = [row[2].value for row in sheet.iter_rows(min_row=head + 1, max_row=head + 200, max_col=3)]
    groups = [row[0].value for row in sheet.iter_rows(min_row=head + 1, max_row=head + 200, max_col=1)]
    headings = [text for text in groups if str(text).startswith("■")]
    listed = [state for state in states if state]
    assert [heading.split("　")[0] for heading in headings] == [
        f"■ {state}" for state in dict.fromkeys(listed)
    ]
    assert headings[-1] == f"■ 未確認　{listed.count('未確認')} 件"


def test_lines_are_coloured_by_conditional_formats_of_the_sheet(reviewed_path: Path) -> None:
    """Red where something is wrong, in Excel itself: whatever is written there later is coloured, too."""
    formats = sheet_of(reviewed_path).conditional_formatting
    rules = {
        rule.formula[0]: rule.dxf.fill.bgColor.rgb for area in formats for rule in area.rules if rule.dxf.fill
    }
    red = [formula for formula, colour in rules.items() if colour == "00F8CBAD"]
    for words in ('"誤り"', '"×"', OUTDATED):
        assert any(words in formula for formula in red), words


def test_a_number_typed_over_a_formula_stands_there_with_the_formula_that_belongs_there(
    reviewed: Path,
) -> None:
    snapshot = read_snapshot(reviewed)
    place = snapshot.locate("annex5.applications.total")
    package = read_package(reviewed)
    part = snapshot.sheets["別紙5"].part
    pattern = rb'(<c r="%b"[^>]*?)(?: t="\w+")?><f>.*?</f><v>[^<]*</v>' % place[1].encode()
    xml, count = re.subn(pattern, rb"\1><v>772504</v>", package[part])
    assert count == 1
    write_atomic(reviewed, package.with_parts({part: xml}).to_bytes())
    assert main(["review", str(reviewed)]) == 0
    (line,) = [row for row in formula_lines(sheet_of(reviewed)) if row[0].value == "別紙5!C32"]
    assert str(line[1].value).startswith("（数式なし）\n正: =")
    assert [cell.value for cell in line[2:4]] == ["772,504", "772,405"]
    assert line[5].value == "×"


# When they are true


def test_a_new_master_says_that_nothing_was_checked(blank_path: Path) -> None:
    assert state_of(blank_path).startswith("検算の結果はまだありません")


@pytest.mark.parametrize(
    "name",
    [
        f"input.annex5.sent.{KOFU}",
        "annex3.cases.{first}",
        "setting.base_date",
        "population.population.{first}",
    ],
)
def test_a_changed_input_makes_the_sheet_say_that_it_is_outdated(reviewed: Path, name: str) -> None:
    assert UNCHANGED in state_of(reviewed)
    known = read_snapshot(reviewed).names
    if "{first}" in name:
        start = name.partition("{")[0]
        name = next(one for one in known if one.startswith(start) and known[one].is_cell)
    put(reviewed, name, 40_000)
    assert OUTDATED in state_of(reviewed)
    assert main(["review", str(reviewed)]) in (0, 1)
    assert UNCHANGED in state_of(reviewed)


def test_libreoffice_says_so_by_the_formulas_alone(reviewed: Path, tmp_path: Path) -> None:
    """openpyxl saves no values of formulas, so that LibreOffice must compute all."""
    for value, words in ((None, UNCHANGED), (1, OUTDATED)):
        book = load_workbook(reviewed)
        if value is not None:
            sheet, cell = read_snapshot(reviewed).locate(f"input.annex5.sent.{KOFU}")
            book[sheet][cell] = value
        book.save(tmp_path / "保存.xlsx")
        computed = convert(tmp_path / "保存.xlsx", "xlsx", tmp_path / "lo")
        assert words in load_workbook(computed, data_only=True)[SHEET]["B1"].value


def test_two_numbers_that_change_places_are_noticed_by_the_next_check(
    reviewed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No sum sees that; the checksum of all inputs does."""
    snapshot = read_snapshot(reviewed)
    places = [snapshot.locate(f"input.annex5.sent.{code}") for code in (KOFU, FUJIYOSHIDA)]
    values = [snapshot.sheets[sheet].cells[cell].value for sheet, cell in places]
    edits = [Edit(*place, value) for place, value in zip(places, reversed(values), strict=True)]  # type: ignore[arg-type]
    assert main(["check", str(reviewed)]) == 0
    assert "入力が変わる前のもの" not in capsys.readouterr().out
    patch_workbook(reviewed, edits)
    main(["check", str(reviewed)])
    assert "「検算」シートの一覧は、入力が変わる前のものです。" in capsys.readouterr().out


def test_the_formula_that_tells_it_is_checked_itself(reviewed: Path) -> None:
    snapshot = read_snapshot(reviewed)
    sheet, cell = snapshot.locate("stamp.now.annex5")
    package = read_package(reviewed)
    part = snapshot.sheets[sheet].part
    pattern = rb'(<c r="%b"[^>]*>)<f>.*?</f>' % cell.encode()
    xml, count = re.subn(pattern, rb"\1", package[part])
    assert count == 1
    write_atomic(reviewed, package.with_parts({part: xml}).to_bytes())
    found = {(finding.code, finding.cell) for finding in check_master(read_master(reviewed)).findings}
    assert ("overwritten", cell) in found


# What it leaves alone


def test_a_second_review_changes_no_byte(reviewed: Path) -> None:
    before = reviewed.read_bytes()
    assert main(["review", str(reviewed)]) == 0
    assert reviewed.read_bytes() == before


def test_a_check_writes_nothing(reviewed: Path) -> None:
    put(reviewed, f"input.annex5.sent.{KOFU}", 1)
    before = reviewed.read_bytes()
    main(["check", str(reviewed)])
    assert reviewed.read_bytes() == before


def test_only_the_sheet_of_the_check_is_written(published_path: Path, reviewed_path: Path) -> None:
    before, after = read_package(published_path), read_package(reviewed_path)
    assert list(after) == list(before)
    changed = {part for part in after if after[part] != before[part]}
    assert changed == {read_snapshot(published_path).sheets[SHEET].part}


def test_what_is_listed_is_no_input_of_the_next_check_nor_of_the_handout(
    published_path: Path, reviewed_path: Path, tmp_path: Path
) -> None:
    before, after = (check_master(read_master(path)) for path in (published_path, reviewed_path))
    assert after.findings == before.findings
    assert after.formulas.total == before.formulas.total
    for path, name in ((published_path, "前.docx"), (reviewed_path, "後.docx")):
        assert main(["build", str(path), "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "前.docx").read_bytes() == (tmp_path / "後.docx").read_bytes()


def test_a_reviewed_master_passes_the_audit_of_the_file_format(reviewed_path: Path) -> None:
    assert audit(reviewed_path) == []


def test_a_master_without_room_for_the_lists_is_refused(
    reviewed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = read_package(reviewed)
    part = "xl/workbook.xml"
    xml, count = re.subn(
        rb'<definedName name="result\.formulas"[^>]*>[^<]*</definedName>', b"", package[part]
    )
    assert count == 1
    write_atomic(reviewed, package.with_parts({part: xml}).to_bytes())
    before = reviewed.read_bytes()
    assert main(["review", str(reviewed)]) == 1
    assert "一覧の場所がありません。新しく作成したマスターで使えます。" in capsys.readouterr().err
    assert reviewed.read_bytes() == before


# Links in XML


ROWS = b"<sheetData/>"
ONE = b'<hyperlinks><hyperlink ref="A1" r:id="rId1"/><hyperlink ref="B2" location="\'x\'!A1"/></hyperlinks>'


@pytest.mark.parametrize(
    ("before", "targets", "after"),
    [
        (ROWS + b"<pageMargins/>", {"A3": "'甲'!B2"}, ROWS + b"<hyperlinks>@A3</hyperlinks><pageMargins/>"),
        (ROWS, {"A3": "'甲'!B2"}, ROWS + b"<hyperlinks>@A3</hyperlinks>"),
        (ROWS + ONE, {"A3": "'甲'!B2"}, ROWS + ONE.replace(b"</hyperlinks>", b"@A3</hyperlinks>")),
        (
            ROWS + ONE,
            {"B2": "'甲'!B2"},
            ROWS + b'<hyperlinks><hyperlink ref="A1" r:id="rId1"/>@B2</hyperlinks>',
        ),
        (ROWS + ONE, {"B2": None}, ROWS + b'<hyperlinks><hyperlink ref="A1" r:id="rId1"/></hyperlinks>'),
        (ROWS + ONE, {"A1": None, "B2": None}, ROWS),
        (ROWS + ONE, {"C9": None}, ROWS + ONE),
    ],
)
def test_links_are_set_and_taken_out_and_others_stay(
    before: bytes, targets: dict[str, str | None], after: bytes
) -> None:
    wanted = re.sub(
        rb"@([A-Z]\d)", lambda m: f'<hyperlink ref="{m[1].decode()}" location="\'甲\'!B2"/>'.encode(), after
    )
    frame: Callable[[bytes], bytes] = lambda inner: b"<worksheet>" + inner + b"</worksheet>"  # noqa: E731
    assert set_links(frame(before), targets) == frame(wanted)


def test_a_sheets_name_may_hold_what_xml_must_not() -> None:
    target = "'R&D <1> \"x\"'!A1"
    xml = set_links(b"<worksheet><sheetData/></worksheet>", {"A1": target})
    assert read_links(xml) == {"A1": target}


def test_a_list_that_is_too_short_says_how_many_findings_it_leaves_out(
    blank_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of a new master is filled in yet, which is more than 200 lines."""
    path = Path(shutil.copy(blank_path, tmp_path / "マスター.xlsx"))
    findings = [one for one in check_master(read_master(path)).findings if one.severity is not Severity.INFO]
    for _ in range(2):
        main(["review", str(path)])
    sheet = sheet_of(path)
    (head,) = [cell.row for (cell,) in sheet.iter_rows(max_col=1) if cell.value == "場所"]
    rows = list(sheet.iter_rows(min_row=head + 1, max_row=head + 200, max_col=4, values_only=True))
    listed = sum(bool(row[3]) for row in rows)
    (told,) = [row[0] for row in rows if "入りきりません" in str(row[0])]
    assert f"ほか {len(findings) - listed} 件" in told
    assert told == rows[listed + sum(str(row[0]).startswith("■") for row in rows) - 1][0]
    assert f"入りきらない指摘が {len(findings) - listed} 件" in capsys.readouterr().out
