"""Reading packages and taking snapshots of workbooks."""

from __future__ import annotations

import datetime
import errno
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.formula.translate import Translator
from openpyxl.workbook.defined_name import DefinedName

from jukixl.errors import InputError
from jukixl.workbook import package as package_module
from jukixl.workbook.addresses import CellRange, column_letters, column_number, shift_formula, split_a1
from jukixl.workbook.package import Package, read_package, write_atomic
from jukixl.workbook.snapshot import EMPTY, CellError, Snapshot, read_snapshot

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OLE = bytes.fromhex("D0CF11E0A1B11AE1")


def zip_of(parts: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook_of(sheet_data: str, strings: str = "", properties: str = "") -> Package:
    """A one-sheet workbook written by hand, as small as the standard allows."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<r><R Id="a" Type="{RELATIONSHIPS}/officeDocument" Target="xl/workbook.xml"/></r>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONSHIPS}">{properties}'
        '<sheets><sheet name="入力" sheetId="1" r:id="s"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<r><R Id="s" Type="{RELATIONSHIPS}/worksheet" Target="worksheets/a.xml"/>'
        f'<R Id="t" Type="{RELATIONSHIPS}/sharedStrings" Target="/xl/texts.xml"/></r>',
        "xl/worksheets/a.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet_data}</sheetData></worksheet>',
        "xl/texts.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
    }
    return Package.from_bytes(zip_of(parts), "手書き.xlsx")


def value_of(cell: str, strings: str = "", properties: str = "") -> object:
    snapshot = read_snapshot(workbook_of(f'<row r="1">{cell}</row>', strings, properties))
    return snapshot.sheets["入力"].cells.get("A1", EMPTY).value


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """A workbook with two sheets, named cells and values of every kind."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "甲府市"
    sheet["D6"], sheet["D7"], sheet["E6"] = 371, 66.25, "－"
    sheet["D8"] = "=D6*2"
    sheet["D9"] = datetime.date(2024, 5, 27)
    hidden = book.create_sheet("別紙5 交付(参考)")
    hidden.sheet_state = "veryHidden"
    hidden["B3"] = True
    for name, target in {
        "annex5.applications.192015": "'甲府市'!$D$6",
        "annex5.block": "'甲府市'!$D$6:$E$7",
        "annex5.flag": "'別紙5 交付(参考)'!$B$3",
        "annex5.lost": "#REF!",
        "annex5.limit": "0.1",
    }.items():
        book.defined_names[name] = DefinedName(name, attr_text=target)
    sheet.print_area = "A1:F10"
    path = tmp_path / "調査票.xlsx"
    book.save(path)
    return path


@pytest.fixture
def snapshot(survey: Path) -> Snapshot:
    return read_snapshot(survey)


def test_cells_are_found_by_name_wherever_the_name_points(snapshot: Snapshot) -> None:
    assert snapshot.locate("annex5.applications.192015") == ("甲府市", "D6")
    assert snapshot.value("annex5.applications.192015") == 371
    assert snapshot.value("annex5.flag") is True


def test_a_named_rectangle_gives_its_values_row_by_row_with_none_for_empty_cells(snapshot: Snapshot) -> None:
    assert snapshot.range_values("annex5.block") == [[371, "－"], [66.25, None]]


def test_names_of_no_cell_and_names_of_one_sheet_are_kept_as_text(snapshot: Snapshot) -> None:
    assert snapshot.other_names["annex5.lost"] == "#REF!"
    assert snapshot.other_names["annex5.limit"] == "0.1"
    assert "甲府市!_xlnm.Print_Area" in snapshot.other_names
    assert set(snapshot.names) == {"annex5.applications.192015", "annex5.block", "annex5.flag"}


@pytest.mark.parametrize("name", ["annex5.missing", "annex5.lost", "annex5.block"])
def test_a_name_that_is_no_single_cell_is_an_error_that_tells_name_and_file(
    snapshot: Snapshot, name: str
) -> None:
    with pytest.raises(InputError, match=rf"調査票.xlsx.*{name}"):
        snapshot.cell(name)


def test_sheets_keep_their_order_and_state(snapshot: Snapshot) -> None:
    assert [(s.name, s.state) for s in snapshot.sheets.values()] == [
        ("甲府市", "visible"),
        ("別紙5 交付(参考)", "veryHidden"),
    ]


def test_formula_cells_are_listed_with_sheet_and_address(snapshot: Snapshot) -> None:
    assert [(s, a1, c.formula, c.value) for (s, a1), c in snapshot.formulas.items()] == [
        ("甲府市", "D8", "D6*2", None)
    ]


def test_integers_stay_integers_and_dates_are_serial_numbers(snapshot: Snapshot) -> None:
    cells = snapshot.sheets["甲府市"].cells
    assert type(cells["D6"].value) is int
    assert type(cells["D7"].value) is float
    assert cells["D9"].value == 45439  # DATE(2024,5,27) in Excel


def test_only_the_named_sheets_are_taken_when_some_are_named(survey: Path) -> None:
    assert list(read_snapshot(survey, sheets=["甲府市"]).sheets) == ["甲府市"]


def test_a_sheet_is_parsed_only_when_its_cells_are_asked_for() -> None:
    snapshot = read_snapshot(workbook_of("<row r='1'><c r='A1'><v>not a number</v></c></row>"))
    with pytest.raises(InputError, match=r"手書き.xlsx「入力」!A1"):
        assert snapshot.sheets["入力"].cells


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A1"><v>12</v></c>', 12),
        ('<c r="A1" t="n"><v>9007199254740993</v></c>', 9007199254740993),
        ('<c r="A1"><v>1E-3</v></c>', 0.001),
        ('<c r="A1" t="b"><v>0</v></c>', False),
        ('<c r="A1" t="e"><v>#DIV/0!</v></c>', CellError("#DIV/0!")),
        ('<c r="A1" t="str"><f>B1</f><v></v></c>', ""),
        ('<c r="A1" t="str"><f>B1</f></c>', None),
        ('<c r="A1" t="inlineStr"><is><t xml:space="preserve"> 甲府 </t></is></c>', " 甲府 "),
        ('<c r="A1" t="d"><v>2024-05-27</v></c>', 45439),
        ('<c r="A1" s="3"/>', None),
    ],
)
def test_every_type_of_cell_is_read_as_the_standard_defines_it(cell: str, value: object) -> None:
    read = value_of(cell)
    assert (type(read), read) == (type(value), value)


def test_shared_strings_join_their_runs_and_leave_out_furigana() -> None:
    strings = (
        "<si><t>甲府</t><rPh sb='0' eb='2'><t>コウフ</t></rPh><phoneticPr fontId='1'/></si>"
        "<si><r><rPr><b/></rPr><t>富士</t></r><r><t>吉田_x000D_市</t></r><rPh sb='0' eb='2'><t>フジ</t></rPh></si>"
    )
    assert value_of('<c r="A1" t="s"><v>0</v></c>', strings) == "甲府"
    assert value_of('<c r="A1" t="s"><v>1</v></c>', strings) == "富士吉田\r市"


def test_the_1904_date_system_is_told_and_applies_to_iso_dates() -> None:
    assert value_of('<c r="A1" t="d"><v>1904-01-02</v></c>', properties='<workbookPr date1904="1"/>') == 1


def test_rows_and_cells_without_address_follow_the_one_before() -> None:
    snapshot = read_snapshot(
        workbook_of("<row><c><v>1</v></c></row><row r='5'><c r='C5'><v>2</v></c><c><v>3</v></c></row>")
    )
    assert {a1: cell.value for a1, cell in snapshot.sheets["入力"].cells.items()} == {
        "A1": 1,
        "C5": 2,
        "D5": 3,
    }


def test_the_cells_of_a_shared_formula_have_each_their_own_text() -> None:
    rows = (
        '<row r="2"><c r="B2"><f t="shared" ref="B2:B3" si="0">A2*$C$1+\'A1 b\'!A2</f></c></row>'
        '<row r="3"><c r="B3"><f t="shared" si="0"/><v>7</v></c></row>'
    )
    cells = read_snapshot(workbook_of(rows)).sheets["入力"].cells
    assert cells["B3"].formula == "A3*$C$1+'A1 b'!A3"
    assert cells["B3"].value == 7


@pytest.mark.parametrize(
    "formula",
    [
        "SUM(A1:B$2)+$C3*LOG10(D4)",
        "IF(A1=\"B2 と C3\",'B2 の表'!C3,甲府市!D4)",
        "SUM(A:A)+SUM($B:C)+SUM(2:2)",
        "annex5.applications.192015+A1+T_A1",
        'TEXT(A1,"0""A1""")&B2',
    ],
)
@pytest.mark.parametrize("target", ["D5", "B1", "AA30"])
def test_a_formula_shifts_as_when_it_is_filled(formula: str, target: str) -> None:
    row, column = split_a1(target)
    expected = Translator("=" + formula, origin="A1").translate_formula(target)
    assert "=" + shift_formula(formula, row - 1, column - 1) == expected


def test_a_reference_shifted_off_the_sheet_becomes_ref_error() -> None:
    assert shift_formula("A1+$A1+B2", -1, -1) == "#REF!+#REF!+A1"


@pytest.mark.parametrize(("letters", "number"), [("A", 1), ("Z", 26), ("AA", 27), ("XFD", 16384)])
def test_column_letters_and_numbers_are_inverse(letters: str, number: int) -> None:
    assert (column_letters(number), column_number(letters)) == (letters, number)


@pytest.mark.parametrize("text", ["$D$6", "D0", "XFE1", "A1048577", "6", "D", "d6"])
def test_what_is_no_plain_address_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="no such"):
        split_a1(text)


def test_a_range_reads_quoted_sheet_names_and_writes_them_back() -> None:
    area = CellRange.parse("'甲''府 市'!$A$1:$B$2")
    assert area == CellRange("甲'府 市", "A1", "B2")
    assert list(area.iter_cells()) == ["A1", "B1", "A2", "B2"]
    assert str(area) == "'甲''府 市'!$A$1:$B$2"


@pytest.mark.parametrize(
    "text", ["A1", "[1]表!$A$1", "'[1]表'!$A$1", "表!$A:$A", "表!$A$1,表!$B$1", "'a'!A1,'b'!A1"]
)
def test_what_is_not_one_area_of_this_workbook_is_no_range(text: str) -> None:
    assert CellRange.parse(text) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空のファイル"),
        ("市町村,件数".encode(), "Excelブック"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "パスワード"),
        (OLE + b"\0" * 512, "古い形式"),
        (zip_of({"a.txt": "a"}), "zipファイル"),
        (zip_of({"[Content_Types].xml": "<Types/>"})[:-30], "途中で切れて"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused_with_what_it_is(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "回答.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"回答.xlsx.*{words}"):
        read_package(path)


@pytest.mark.parametrize(
    ("name", "words"), [("資料.docx", "Wordで開き.*文書の保護"), ("回答.xlsx", "Excelで開き.*ブックの保護")]
)
def test_a_password_is_taken_off_in_the_program_that_put_it_on(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Package.from_bytes(OLE + "EncryptedPackage".encode("utf-16-le"), name)


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ありません"):
        read_package(tmp_path / "無い.xlsx")


def test_a_word_document_is_refused_as_a_workbook() -> None:
    rels = f'<r><R Id="a" Type="{RELATIONSHIPS}/officeDocument" Target="word/document.xml"/></r>'
    parts = {"[Content_Types].xml": "<T/>", "_rels/.rels": rels, "word/document.xml": '<d xmlns="w"/>'}
    with pytest.raises(InputError, match="Excelブックではありません"):
        read_snapshot(
            Package.from_bytes(zip_of({**parts, "word/_rels/document.xml.rels": "<r/>"}), "文書.docx")
        )


def test_a_part_that_declares_a_dtd_is_refused() -> None:
    package = workbook_of("").with_parts(
        {
            "xl/worksheets/a.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet xmlns="m"><sheetData>&b;</sheetData></worksheet>'
        }
    )
    with pytest.raises(InputError, match=r"xl/worksheets/a.xml"):
        assert read_snapshot(package).sheets["入力"].cells


def test_a_part_that_would_inflate_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zip_of({"[Content_Types].xml": "<T/>", "xl/bomb.xml": b"0" * 5_000_000})
    monkeypatch.setattr(package_module, "MAX_PART_SIZE", 4_000_000)
    with pytest.raises(InputError, match="大きすぎます"):
        Package.from_bytes(data, "爆弾.xlsx")


def test_a_part_larger_than_it_declares_is_refused() -> None:
    data = bytearray(zip_of({"[Content_Types].xml": b"0" * 1000}))
    at = data.index(b"PK\x01\x02") + 24  # the uncompressed size in the central directory
    data[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(InputError, match="壊れて"):
        assert Package.from_bytes(bytes(data), "偽.xlsx")["[Content_Types].xml"]


def test_a_changed_package_is_a_valid_zip_with_all_other_parts_as_they_were(survey: Path) -> None:
    package = read_package(survey)
    data = package.with_parts({"docProps/app.xml": b"<a/>", "customXml/新.xml": b"<b/>"}).to_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [*package, "customXml/新.xml"]
        assert archive.read("docProps/app.xml") == b"<a/>"
        others = set(package) - {"docProps/app.xml"}
        assert all(archive.read(part) == package[part] for part in others)


def test_the_same_changes_give_the_same_bytes(survey: Path) -> None:
    first, second = (read_package(survey).with_parts({"xl/a.xml": b"<a/>"}).to_bytes() for _ in range(2))
    assert first == second


def test_a_package_without_changes_gives_back_the_bytes_it_was_read_from(survey: Path) -> None:
    package = read_package(survey)
    assert (
        package.with_parts({"docProps/app.xml": package["docProps/app.xml"]}).to_bytes()
        == survey.read_bytes()
    )


def test_a_crash_before_the_replacement_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "マスター.xlsx"
    path.write_bytes(b"old")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(package_module.os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_open_in_excel_is_told_as_such_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "マスター.xlsx"
    path.write_bytes(b"old")

    def share(*_: object) -> None:
        raise PermissionError(
            13, "sharing violation"
        )  # what Windows answers to the replacement of an open file

    monkeypatch.setattr(package_module.os, "replace", share)
    with pytest.raises(InputError, match=r"マスター.xlsx.*Excelなどで開いている.*閉じて"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_in_japanese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(package_module.os, "fsync", fill)
    with pytest.raises(InputError, match="保存できません（ディスクの空きがありません）"):
        write_atomic(tmp_path / "a.xlsx", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="フォルダーがありません"):
        write_atomic(tmp_path / "無い" / "a.xlsx", b"")


def test_replacing_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
