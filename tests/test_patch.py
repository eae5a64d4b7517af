"""Patching an existing workbook changes the cells it is told to, and nothing else."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from lxml import etree
from office import convert
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from jukixl.errors import InputError, Refusal
from jukixl.workbook import package as package_module
from jukixl.workbook.package import Package, read_package, write_atomic
from jukixl.workbook.patch import Edit, apply_edits, patch_workbook
from jukixl.workbook.recalculate import fill_caches
from jukixl.workbook.snapshot import CellError, CellValue, read_snapshot
from jukixl.workbook.splice import CellChange, UnknownLayoutError, splice_cells

SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def create_book(path: Path, applications: int = 371) -> Path:
    """Two sheets with everything that loading and saving tends to lose or rewrite."""
    book = openpyxl.Workbook()
    city, total = book.active, book.create_sheet("合計 (全県)")
    assert city is not None
    city.title = "甲府市"
    city["A1"] = "申請件数 & <率>"
    for a1, value in {"D6": applications, "D7": 560, "B9": "－", "D9": None, "F9": 3}.items():
        city[a1] = value
        city[a1].number_format = "#,##0"
    city["D8"] = "=ROUND(D6/D7,3)"
    city["E8"] = '=IF(D6>0,TEXT(D8,"0.0%"),"")'
    city.column_dimensions["D"].width = 17.5
    city.row_dimensions[20].height = 33
    validation = DataValidation("list", formula1="'合計 (全県)'!$A$1:$A$3")
    validation.add("B9")
    city.add_data_validation(validation)
    city.conditional_formatting.add(
        "D6:D8", CellIsRule("lessThan", ["0"], fill=PatternFill(bgColor="FF0000"))
    )
    city["D6"].comment = Comment("確認済み", "担当")
    chart = BarChart()
    chart.add_data(Reference(city, min_col=4, min_row=6, max_row=7))
    city.add_chart(chart, "H2")
    total["A1"] = "='甲府市'!D6*2"
    total["A2"] = "動かない"
    book.save(path)
    return path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The book with its caches filled, as after a save by Excel."""
    path = create_book(tmp_path / "マスター.xlsx")
    write_atomic(path, fill_caches(read_package(path)).to_bytes())
    return path


def iter_part_bytes(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


def canonical_without(xml: bytes, cells: set[str]) -> bytes:
    """The sheet's canonical XML without the named cells."""
    root = etree.fromstring(xml)
    for cell in list(root.iter(f"{SPACE}c")):
        if cell.get("r") in cells:
            cell.getparent().remove(cell)
    return etree.tostring(root, method="c14n")


def cell_xml(xml: bytes, a1: str) -> etree._Element:
    return next(cell for cell in etree.fromstring(xml).iter(f"{SPACE}c") if cell.get("r") == a1)


def test_only_the_sheets_with_a_change_are_rewritten_and_all_parts_keep_their_order(book: Path) -> None:
    before = dict(iter_part_bytes(book))
    patch_workbook(book, [Edit("甲府市", "B9", "有", "回答")])
    after = dict(iter_part_bytes(book))
    assert list(after) == list(before)
    assert {name for name in after if after[name] != before[name]} == {"xl/worksheets/sheet1.xml"}


def test_outside_the_edited_cells_the_sheet_is_the_same_xml(book: Path) -> None:
    before = dict(iter_part_bytes(book))["xl/worksheets/sheet1.xml"]
    result = patch_workbook(book, [Edit("甲府市", "D6", 392, ""), Edit("甲府市", "G6", "新", "")])
    after = dict(iter_part_bytes(book))["xl/worksheets/sheet1.xml"]
    touched = {change.cell for change in (*result.changes, *result.recomputed) if change.sheet == "甲府市"}
    assert touched == {"D6", "G6", "D8", "E8"}
    assert canonical_without(after, touched) == canonical_without(before, touched)
    assert after.partition(b"<sheetData")[0] == before.partition(b"<sheetData")[0]
    assert after.partition(b"</sheetData")[2] == before.partition(b"</sheetData")[2]


def test_inputs_and_the_caches_that_depend_on_them_are_what_libreoffice_computes(
    book: Path, tmp_path: Path
) -> None:
    patch_workbook(book, [Edit("甲府市", "D6", 392, "回答 第2版")])
    expected = read_snapshot(convert(create_book(tmp_path / "oracle.xlsx", 392), "xlsx", tmp_path / "out"))
    patched = read_snapshot(book)
    for sheet, cell in [("甲府市", "D6"), ("甲府市", "D8"), ("甲府市", "E8"), ("合計 (全県)", "A1")]:
        assert patched.sheets[sheet].cells[cell].value == expected.sheets[sheet].cells[cell].value


def test_the_result_lists_what_really_changed_with_old_and_new(book: Path) -> None:
    edits = [
        Edit("甲府市", "D6", 392, "回答"),
        Edit("甲府市", "D7", 560, "同じ"),
        Edit("甲府市", "D9", None, "空のまま"),
    ]
    result = patch_workbook(book, edits)
    assert [(c.sheet, c.cell, c.old, c.new, c.reason) for c in result.changes] == [
        ("甲府市", "D6", 371, 392, "回答")
    ]
    assert {(c.sheet, c.cell, c.old, c.new) for c in result.recomputed} == {
        ("甲府市", "D8", 0.663, 0.7),  # 371/560 and 392/560 to three digits
        ("甲府市", "E8", "66.3%", "70.0%"),
        ("合計 (全県)", "A1", 742, 784),
    }


def test_a_file_in_which_nothing_changes_is_not_touched(book: Path) -> None:
    before = book.stat()
    result = patch_workbook(
        book, [Edit("甲府市", "D6", 371), Edit("甲府市", "B9", "－"), Edit("甲府市", "D7", Decimal("560.0"))]
    )
    assert not result.changes
    assert (book.stat().st_mtime_ns, book.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_edits_that_change_nothing_give_the_very_same_package(book: Path) -> None:
    package = read_package(book)
    assert apply_edits(package, [Edit("甲府市", "D6", 371)]) is package
    assert apply_edits(package, []).to_bytes() == book.read_bytes()


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (12, 12),
        (-3, -3),
        (9007199254740993, 9007199254740993),
        (0.1, 0.1),
        (Decimal("66.30"), 66.3),
        (Decimal("1E+3"), 1000),
        (True, True),
        (datetime.date(2024, 5, 27), 45439),
        ("有", "有"),
        ("=1+1", "=1+1"),
        ("0123", "0123"),
        (" 前後 ", " 前後 "),
        ("一行\n二行", "一行\n二行"),
        ("A&B <C> \"D\" 'E'", "A&B <C> \"D\" 'E'"),
        ("_x0041_ \x07 \r", "_x0041_ \x07 \r"),
        ("𠮷田", "𠮷田"),
        (None, None),
        ("", None),
    ],
)
@pytest.mark.parametrize("cell", ["D6", "D9", "A30", "E20"])
def test_a_value_reads_back_as_it_was_given_in_old_and_new_cells(
    book: Path, cell: str, value: object, read: CellValue
) -> None:
    package = apply_edits(read_package(book), [Edit("甲府市", cell, value)])  # type: ignore[arg-type]
    found = read_snapshot(package).sheets["甲府市"].cells.get(cell)
    assert (found.value if found else None) == read
    assert type(found.value if found else None) is type(read)


def test_text_is_read_by_openpyxl_and_libreoffice_as_it_was_given(book: Path, tmp_path: Path) -> None:
    texts = {
        "A10": "=1+1",
        "A11": " 前後 ",
        "A12": "一行\n二行",
        "A13": "A&B <C>",
        "A14": "0123",
        "A15": "𠮷田",
    }
    patch_workbook(book, [Edit("甲府市", a1, text) for a1, text in texts.items()])
    by_openpyxl = openpyxl.load_workbook(book)["甲府市"]
    by_libreoffice = read_snapshot(convert(book, "xlsx", tmp_path / "out")).sheets["甲府市"].cells
    assert {a1: by_openpyxl[a1].value for a1 in texts} == texts
    assert {a1: by_libreoffice[a1].value for a1 in texts} == texts


@pytest.mark.parametrize(("text", "space"), [(" 前", "preserve"), ("後\n", "preserve"), ("一 二", None)])
def test_outer_blanks_are_marked_to_be_preserved_as_excel_would_trim_them(
    book: Path, text: str, space: str | None
) -> None:
    package = read_package(book)
    part = read_snapshot(package).sheets["甲府市"].part
    cell = cell_xml(apply_edits(package, [Edit("甲府市", "D6", text)])[part], "D6")
    marks = [t.get("{http://www.w3.org/XML/1998/namespace}space") for t in cell.iter(f"{SPACE}t")]
    assert marks == [space]


def test_a_workbook_saved_by_libreoffice_is_patched_like_one_saved_by_excel(
    book: Path, tmp_path: Path
) -> None:
    saved = convert(book, "xlsx", tmp_path / "out")
    before = dict(iter_part_bytes(saved))
    result = patch_workbook(saved, [Edit("甲府市", "D6", 392), Edit("甲府市", "B9", "有")])
    after = dict(iter_part_bytes(saved))
    changed = {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"}
    assert {name for name in before if before[name] != after[name]} == changed
    assert {change.cell for change in result.recomputed} == {"D8", "E8", "A1"}
    assert openpyxl.load_workbook(saved, data_only=True)["甲府市"]["E8"].value == "70.0%"


def test_an_edited_cell_keeps_its_style_and_an_emptied_one_too(book: Path) -> None:
    package = read_package(book)
    part = read_snapshot(package).sheets["甲府市"].part
    style = cell_xml(package[part], "D6").get("s")
    patched = apply_edits(package, [Edit("甲府市", "D6", "－"), Edit("甲府市", "F9", None)])[part]
    assert style is not None
    assert dict(cell_xml(patched, "D6").attrib) == {"r": "D6", "s": style, "t": "inlineStr"}
    assert dict(cell_xml(patched, "F9").attrib) == {"r": "F9", "s": style}
    assert len(cell_xml(patched, "F9")) == 0


def test_added_rows_and_cells_lie_in_the_order_the_standard_asks_for(book: Path) -> None:
    edits = [Edit("甲府市", a1, 1) for a1 in ["Z1", "AA1", "C6", "A7", "B2", "E100", "AB9", "C9", "A21"]]
    package = apply_edits(read_package(book), edits)
    snapshot = read_snapshot(package)
    root = etree.fromstring(package[snapshot.sheets["甲府市"].part])
    rows = [int(row.get("r")) for row in root.iter(f"{SPACE}row")]
    assert rows == sorted(set(rows))
    for row in root.iter(f"{SPACE}row"):
        columns = [openpyxl.utils.cell.coordinate_from_string(cell.get("r"))[0] for cell in row]
        indices = [openpyxl.utils.column_index_from_string(column) for column in columns]
        assert indices == sorted(set(indices))
    assert all(snapshot.sheets["甲府市"].cells[edit.cell].value == 1 for edit in edits)


def test_a_formula_is_never_overwritten_by_an_input_and_all_offences_are_told(book: Path) -> None:
    before = book.read_bytes()
    with pytest.raises(Refusal, match="数式のセル") as caught:
        patch_workbook(book, [Edit("甲府市", "D6", 1), Edit("甲府市", "D8", 1), Edit("合計 (全県)", "A1", 1)])
    assert [str(p.place) for p in caught.value.problems] == [
        "マスター.xlsx「甲府市」!D8",
        "マスター.xlsx「合計 (全県)」!A1",
    ]
    assert book.read_bytes() == before


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Edit("甲斐市", "A1", 1), "シートはありません"),
        (Edit("甲府市", "$A$1", 1), "セル番地ではありません"),
        (Edit("甲府市", "A1", float("nan")), "入れられない値"),
        (Edit("甲府市", "A1", "あ" * 32_768), "入れられない値"),
    ],
)
def test_an_edit_that_no_cell_can_take_is_an_input_error(book: Path, edit: Edit, words: str) -> None:
    with pytest.raises(InputError, match=words):
        patch_workbook(book, [edit])


@pytest.mark.parametrize("value", [12, 0.25, "", "率", True, CellError("#DIV/0!"), " 空白 "])
def test_a_cache_sets_the_value_of_a_formula_cell_and_leaves_the_formula(
    book: Path, value: CellValue
) -> None:
    package = read_package(book)
    patched = apply_edits(package, [], {("甲府市", "D8"): value})
    old, new = (read_snapshot(p).sheets["甲府市"].cells["D8"] for p in (package, patched))
    assert (new.value, new.formula) == (value, old.formula)
    part = read_snapshot(package).sheets["甲府市"].part
    formulas = [
        etree.tostring(cell_xml(p[part], "D8").find(f"{SPACE}f"), method="c14n") for p in (package, patched)
    ]
    assert formulas[0] == formulas[1]


def test_a_cache_for_a_cell_without_formula_is_a_programming_error(book: Path) -> None:
    with pytest.raises(ValueError, match="D6"):
        apply_edits(read_package(book), [], {("甲府市", "D6"): 1})


def test_a_cache_equal_in_fifteen_digits_is_left_as_it_is(book: Path) -> None:
    package = apply_edits(read_package(book), [], {("甲府市", "D8"): 0.333333333333333})
    assert apply_edits(package, [], {("甲府市", "D8"): 1 / 3}) is package


SHEETS = {
    "prefix": b'<x:worksheet xmlns:x="m"><x:sheetData><x:row r="2"><x:c r="B2" s="1"><x:v>1</x:v></x:c></x:row>'
    b"</x:sheetData></x:worksheet>",
    "quotes": b"<worksheet xmlns='m'><sheetData><row r='2' x='a>b'><c s='1' t='s' r='B2'><v>1</v></c></row></sheetData>"
    b"</worksheet>",
    "empty": b'<worksheet xmlns="m"><sheetData/><extLst/></worksheet>',
    "no addresses": b'<worksheet xmlns="m"><sheetData><row/><row><c/><c s="1"/></row></sheetData></worksheet>',
    "empty row": b'<worksheet xmlns="m"><sheetData><row r="2" ht="9"/></sheetData></worksheet>',
    "spaces": b'<worksheet xmlns="m">\n <sheetData>\n  <row r="2">\n   <c r="B2" s="1" />\n  </row >\n </sheetData>\n</worksheet>',
}
EXPECTED = {
    "prefix": b'<x:worksheet xmlns:x="m"><x:sheetData><x:row r="2"><x:c r="B2" s="1"><x:v>7</x:v></x:c></x:row>'
    b"</x:sheetData></x:worksheet>",
    "quotes": b"<worksheet xmlns='m'><sheetData><row r='2' x='a>b'><c s='1' r='B2'><v>7</v></c></row></sheetData>"
    b"</worksheet>",
    "empty": b'<worksheet xmlns="m"><sheetData><row r="2"><c r="B2"><v>7</v></c></row></sheetData><extLst/></worksheet>',
    "no addresses": b'<worksheet xmlns="m"><sheetData><row/><row><c/><c s="1"><v>7</v></c></row></sheetData></worksheet>',
    "empty row": b'<worksheet xmlns="m"><sheetData><row r="2" ht="9"><c r="B2"><v>7</v></c></row></sheetData></worksheet>',
    "spaces": b'<worksheet xmlns="m">\n <sheetData>\n  <row r="2">\n   <c r="B2" s="1"><v>7</v></c>\n  </row>\n </sheetData>\n</worksheet>',
}


@pytest.mark.parametrize("layout", SHEETS)
def test_every_usual_way_of_writing_a_sheet_is_spliced_in_place(layout: str) -> None:
    assert splice_cells(SHEETS[layout], {(2, 2): CellChange(7)}) == EXPECTED[layout]


@pytest.mark.parametrize(
    "xml",
    [
        b"<worksheet><sheetData><!-- <row r='2'> --></sheetData></worksheet>",
        b"<worksheet><sheetData><row r='2'><c r='B2'><v><![CDATA[</row>]]></v></c></row></sheetData></worksheet>",
        b"<chartsheet/>",
        '<?xml version="1.0" encoding="Shift_JIS"?><worksheet><sheetData/></worksheet>'.encode("cp932"),
    ],
)
def test_a_sheet_written_in_an_unusual_way_is_refused_rather_than_guessed(xml: bytes) -> None:
    with pytest.raises(UnknownLayoutError):
        splice_cells(xml, {(2, 2): CellChange(7)})


def test_a_sheet_that_cannot_be_spliced_is_refused_with_the_way_out(book: Path) -> None:
    package = read_package(book)
    part = read_snapshot(package).sheets["甲府市"].part
    odd = package.with_parts({part: package[part].replace(b"<sheetData>", b"<sheetData><!-- -->")})
    with pytest.raises(Refusal, match=r"「甲府市」.*Excelで開いて上書き保存"):
        apply_edits(Package.from_bytes(odd.to_bytes(), "a.xlsx"), [Edit("甲府市", "D6", 1)])


def test_a_crash_while_patching_leaves_the_old_workbook_and_no_other_file(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, files = book.read_bytes(), sorted(book.parent.iterdir())

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(package_module.os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        patch_workbook(book, [Edit("甲府市", "D6", 1)])
    assert book.read_bytes() == before
    assert sorted(book.parent.iterdir()) == files


def test_without_recalculation_the_caches_stay(book: Path) -> None:
    result = patch_workbook(book, [Edit("甲府市", "D6", 392)], recalculate=False)
    assert not result.recomputed
    assert read_snapshot(book).sheets["甲府市"].cells["D8"].value == 0.663


@pytest.mark.parametrize(
    ("row", "columns", "style"),
    [
        ("", '<cols><col min="2" max="4" width="9" style="7"/></cols>', ' s="7"'),
        ("", '<cols><col min="1" max="2" width="9" style="7"/></cols>', ""),
        ("", '<cols><col min="3" max="3" width="9"/></cols>', ""),
        ('<row r="5" s="4" customFormat="1"/>', '<cols><col min="3" max="3" style="7"/></cols>', ' s="4"'),
        ('<row r="5" s="4"/>', '<cols><col min="3" max="3" style="7"/></cols>', ' s="7"'),
    ],
)
def test_a_new_cell_looks_like_its_row_else_like_its_column(row: str, columns: str, style: str) -> None:
    """As one that is typed in Excel; ISO/IEC 29500-1, 18.3.1.13 and 18.3.1.73."""
    xml = f'<worksheet xmlns="{SPACE[1:-1]}">{columns}<sheetData>{row}</sheetData></worksheet>'
    new = splice_cells(xml.encode(), {(5, 3): CellChange(12)})
    assert f'<c r="C5"{style}><v>12</v></c>'.encode() in new


def test_an_existing_cell_keeps_its_own_look() -> None:
    rows = '<row r="5" s="4" customFormat="1"><c r="C5" s="2"/></row>'
    xml = f'<worksheet><cols><col min="3" max="3" style="7"/></cols><sheetData>{rows}</sheetData></worksheet>'
    assert b'<c r="C5" s="2"><v>12</v></c>' in splice_cells(xml.encode(), {(5, 3): CellChange(12)})
