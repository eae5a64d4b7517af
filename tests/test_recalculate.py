"""Recalculation agrees with LibreOffice, and keeps its hands off what it is known to get wrong."""

from __future__ import annotations

import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import openpyxl
import pytest
from office import convert
from openpyxl.workbook.defined_name import DefinedName

from jukixl.errors import InputError
from jukixl.workbook.addresses import split_a1
from jukixl.workbook.cells import CellError, CellValue
from jukixl.workbook.package import Package, read_package, write_atomic
from jukixl.workbook.recalculate import evaluate, fill_caches, find_unsupported, recalculate
from jukixl.workbook.snapshot import read_snapshot
from jukixl.workbook.splice import CellChange, splice_cells

FORMULAS = '''\
annex5.applications.192015+1
ROUND(annex5.applications.192015/annex5.population.192015,3)
SUM(annex5.block)
IF(COUNT(annex5.block)=0,"－",SUM(annex5.block))
COUNT('甲府市'!D6:D13)
COUNTA('甲府市'!D6:D13)
COUNTIF('甲府市'!D6:D13,">0")
COUNTIF('甲府市'!D6:D13,"－")
COUNTBLANK('甲府市'!D6:D13)
COUNTIFS(A1:A9,">0",B1:B9,">0")
SUMIF(A1:A9,">3",B1:B9)
SUMIFS(B1:B9,A1:A9,">3",B1:B9,"<5")
SUMPRODUCT(--(A1:A9>B1:B9))
SUMPRODUCT((A1:A9>2)*(B1:B9))
IF(OR('甲府市'!D8="－",A1=0),"なし","有")
AND(ISNUMBER('甲府市'!D6),ISNUMBER('甲府市'!D8))
NOT(ISTEXT('甲府市'!D8))
'甲府市'!D8="－"
'甲府市'!D6="－"
'甲府市'!D11=""
IF('甲府市'!D11="","空","有")
'甲府市'!D11
'別紙5 交付(参考)'!B4*2
SUM('別紙5 交付(参考)'!B3:B6)
ROUND(371/560,3)
ROUND(371/560*100,1)
ROUND('別紙5 交付(参考)'!B3,2)
ROUND(66.25,1)
ROUND(0.0005,3)
ROUND(-2.5,0)
ROUND(1.005,2)
ROUND(2.675,2)
ROUND(1/8,2)
ROUNDDOWN(66.29,1)
ROUNDUP(66.21,1)
1/3
10^15/7
TEXT('甲府市'!D10,"#,##0")
TEXT(371/560,"0.0%")
TEXT(0.0005,"0.0%")
TEXT(-1234.5,"#,##0;△#,##0")
TEXT('甲府市'!D9,"yyyy/m/d")
TEXT('甲府市'!D9,"yyyy""年""m""月""d""日""")
YEAR('甲府市'!D9)
MONTH('甲府市'!D9)
DAY('甲府市'!D9)
DATE(2024,5,27)
EDATE('甲府市'!D9,1)
EOMONTH('甲府市'!D9,0)
"一"&CHAR(10)&"二"
'甲府市'!D6&"件"
""""&"引用"&""""
IFERROR(A1/'甲府市'!D12,"－")
A1/'甲府市'!D12
'甲府市'!D8+1
NA()
IFERROR(VLOOKUP(99,A1:B9,2,FALSE),"無")
INDEX(A1:B9,2,2)
MATCH(6,A1:A9,0)
MAX(A1:A9)
""
TRUE()
LEN("あい")
'''.splitlines()


def create_formula_book(path: Path, formulas: list[str]) -> Path:
    """Inputs on two sheets and one formula a row in 計算!C20 and below, without cached values."""
    book = openpyxl.Workbook()
    city, annex, sheet = book.active, book.create_sheet("別紙5 交付(参考)"), book.create_sheet("計算")
    assert city is not None
    city.title = "甲府市"
    inputs = {"D6": 371, "D7": 560, "D8": "－", "D9": datetime.date(2024, 5, 27), "D10": 1234567, "D12": 0}
    for a1, value in inputs.items():
        city[a1] = value
    for row, value in enumerate([0.665, 12, -3, "未定"], 3):
        annex.cell(row, 2, value)
    for row in range(1, 10):
        sheet.cell(row, 1, row * 3 % 7)
        sheet.cell(row, 2, row * 5 % 8)
    for name, target in [
        ("applications.192015", "$D$6"),
        ("population.192015", "$D$7"),
        ("block", "$D$6:$D$12"),
    ]:
        book.defined_names[f"annex5.{name}"] = DefinedName(f"annex5.{name}", attr_text=f"'甲府市'!{target}")
    for row, formula in enumerate(formulas, 20):
        sheet.cell(row, 3, f"={formula}")
    book.save(path)
    return path


def comparable(value: CellValue) -> object:
    """Numbers in the 15 digits that LibreOffice stores."""
    return f"{value:.15g}" if isinstance(value, int | float) and not isinstance(value, bool) else value


@pytest.fixture(scope="module")
def formula_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_formula_book(tmp_path_factory.mktemp("formulas") / "計算.xlsx", FORMULAS)


@pytest.fixture(scope="module")
def oracle(formula_book: Path) -> list[CellValue]:
    cells = (
        read_snapshot(convert(formula_book, "xlsx", formula_book.parent / "libreoffice")).sheets["計算"].cells
    )
    return [cells[f"C{row}"].value for row in range(20, 20 + len(FORMULAS))]


@pytest.fixture(scope="module")
def computed(formula_book: Path) -> dict[tuple[str, str], CellValue]:
    package = read_package(formula_book)
    return recalculate(package, read_snapshot(package))


@pytest.mark.parametrize("number", range(len(FORMULAS)), ids=FORMULAS)
def test_a_formula_has_the_value_that_libreoffice_computes(
    number: int, computed: dict[tuple[str, str], CellValue], oracle: list[CellValue]
) -> None:
    assert comparable(computed["計算", f"C{20 + number}"]) == comparable(oracle[number])


def test_filled_caches_are_read_back_by_others_as_libreoffice_computes_them(
    formula_book: Path, oracle: list[CellValue], tmp_path: Path
) -> None:
    path = tmp_path / "filled.xlsx"
    write_atomic(path, fill_caches(read_package(formula_book)).to_bytes())
    sheet = openpyxl.load_workbook(path, data_only=True)["計算"]
    # openpyxl reads an error as its text, a date by its format, and an empty text as nothing.
    for row, expected in enumerate(oracle, 20):
        text = (
            str(expected)
            if isinstance(expected, CellError)
            else (expected or None if expected == "" else expected)
        )
        found = sheet.cell(row, 3).value
        assert comparable(found) == comparable(text), FORMULAS[row - 20]


def test_filling_caches_twice_changes_nothing_the_second_time(formula_book: Path) -> None:
    filled = fill_caches(read_package(formula_book))
    assert fill_caches(filled) is filled


def test_a_package_given_as_bytes_is_computed_alike(formula_book: Path) -> None:
    snapshot = read_snapshot(formula_book)
    assert recalculate(formula_book.read_bytes(), snapshot)["計算", "C20"] == 372


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ('TEXT(A1,"ggge年m月d日")', "和暦"),
        ('TEXT(A1,"[$-411]ggge")', "和暦"),
        ('TEXT(A1,"aaa")', "曜日"),
        ('IF(A1="","",TEXT(A1,"e.m.d"))', "和暦"),
        ("TEXT(A1,B1)", "書式がセル"),
        ('JIS("12")', "JIS"),
        ("DATESTRING(A1)", "DATESTRING"),
        ("[1]!JUKI.ERA(A1)", "アドイン"),
        ("[1]表!A1", "ほかのブック"),
        ("'[2]表 1'!$A$1+1", "ほかのブック"),
        ("SUM(甲府市:韮崎市!D6)", "3-D"),
        ("SUM('甲府市:道志 村'!D6)", "3-D"),
        ('COUNTIF(A1:A9,"甲?市")', "?"),
        ("VALUE(A1)", "VALUE"),
        ('IF(VALUE(A1)>0,TEXT(B1,"0"),"")', "VALUE"),
        ("", "データテーブル"),
    ],
)
def test_a_formula_that_the_engine_gets_wrong_is_known_with_its_reason(formula: str, words: str) -> None:
    assert words in (find_unsupported(formula) or "")


@pytest.mark.parametrize(
    "formula", [*FORMULAS, '"TEXT(JIS( [1]!A1"', "SUM(A1:B2)", "SUM(甲府市!A1:甲府市!B2)"]
)
def test_a_formula_that_agrees_with_libreoffice_is_not_under_suspicion(formula: str) -> None:
    assert find_unsupported(formula) is None


def create_cached_book(path: Path, caches: dict[str, tuple[str, CellValue]]) -> Package:
    """Formulas in 計算 whose cached values are given, as if Excel had computed them."""
    create_formula_book(path, [])
    book = openpyxl.load_workbook(path)
    for a1, (formula, _) in caches.items():
        book["計算"][a1] = f"={formula}"
    book.save(path)
    package = read_package(path)
    part = read_snapshot(package).sheets["計算"].part
    changes = {split_a1(a1): CellChange(value, True) for a1, (_, value) in caches.items()}
    return package.with_parts({part: splice_cells(package[part], changes)})


def test_a_good_cached_value_of_an_unsupported_formula_stays_and_is_computed_with(tmp_path: Path) -> None:
    caches: dict[str, tuple[str, CellValue]] = {
        "D1": ("TEXT('甲府市'!D9,\"ggge年m月d日\")", "令和6年5月27日"),
        "D2": ('D1&"現在"', None),
    }
    package = create_cached_book(tmp_path / "era.xlsx", caches)
    result = evaluate(package, read_snapshot(package))
    assert result.values == {("計算", "D2"): "令和6年5月27日現在"}
    assert list(result.not_computed) == [("計算", "D1")]
    cells = read_snapshot(fill_caches(package)).sheets["計算"].cells
    assert cells["D1"].value == "令和6年5月27日"


def test_a_function_the_engine_does_not_have_keeps_its_cached_value(tmp_path: Path) -> None:
    package = create_cached_book(tmp_path / "udf.xlsx", {"D1": ("NOSUCH.FUNCTION(1)", 5), "D2": ("D1*2", 10)})
    result = evaluate(package, read_snapshot(package))
    assert result.values == {("計算", "D2"): 10}
    assert "NOSUCH.FUNCTION" in result.not_computed["計算", "D1"]


def test_what_rests_on_a_value_never_computed_is_not_computed(tmp_path: Path) -> None:
    package = create_cached_book(tmp_path / "none.xlsx", {"D1": ('JIS("1")', None), "D2": ("D1&1", None)})
    assert not evaluate(package, read_snapshot(package)).values


def test_a_circular_reference_is_not_computed(tmp_path: Path) -> None:
    package = create_cached_book(tmp_path / "circle.xlsx", {"D1": ("D2+1", 0), "D2": ("D1+1", 0)})
    assert not evaluate(package, read_snapshot(package)).values


def test_a_result_spilled_over_filled_cells_keeps_what_excel_stored(tmp_path: Path) -> None:
    """A saved file has the other cells' values as if they had been typed; what depends on the first is computed."""
    book = openpyxl.Workbook()
    for row in (1, 2):
        book.active.append([row])
    book.active["C1"], book.active["C2"], book.active["D1"] = "=A1:A2*2", 4, "=C2+1"
    path = tmp_path / "式.xlsx"
    book.save(path)
    result = evaluate(read_package(path), read_snapshot(path))
    assert "複数のセル" in result.not_computed["Sheet", "C1"]
    assert result.values == {("Sheet", "D1"): 5}


def test_user_defined_functions_are_called_with_or_without_the_prefix_of_the_addin(tmp_path: Path) -> None:
    formulas = {
        "D1": "JUKI.RATE('甲府市'!D6,'甲府市'!D7)",
        "D2": "[1]!JUKI.RATE(1,3)",
        "D3": "JUKI.RATE(NA(),1)",
    }
    package = create_cached_book(
        tmp_path / "f.xlsx", {a1: (formula, None) for a1, formula in formulas.items()}
    )

    def rate(part: float, whole: float) -> Decimal:
        return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.001"), ROUND_HALF_UP)

    values = recalculate(package, read_snapshot(package), {"juki.rate": rate})
    assert values == {("計算", "D1"): 0.663, ("計算", "D2"): 0.333, ("計算", "D3"): CellError("#N/A")}


def test_a_function_that_replaces_a_built_in_one_makes_its_formulas_supported(tmp_path: Path) -> None:
    package = create_cached_book(tmp_path / "t.xlsx", {"D1": ("TEXT('甲府市'!D9,\"ggge年\")", None)})
    values = recalculate(
        package, read_snapshot(package), {"TEXT": lambda serial, form: f"{form}{serial:.0f}"}
    )
    assert values == {("計算", "D1"): "ggge年45439"}


def test_names_put_together_while_computing_are_still_there(tmp_path: Path) -> None:
    package = create_cached_book(
        tmp_path / "i.xlsx", {"D1": ('INDIRECT("annex5."&"applications.192015")', None)}
    )
    assert recalculate(package, read_snapshot(package)) == {("計算", "D1"): 371}


def test_dates_are_computed_in_the_date_system_of_the_workbook(tmp_path: Path) -> None:
    path = create_formula_book(tmp_path / "1904.xlsx", ["DATE(2024,5,27)", "YEAR(43977)"])
    book = openpyxl.load_workbook(path)
    book.epoch = openpyxl.utils.datetime.MAC_EPOCH
    book.save(path)
    converted = read_snapshot(convert(path, "xlsx", tmp_path / "out")).sheets["計算"].cells
    computed = recalculate(read_package(path), read_snapshot(path))
    assert [computed["計算", a1] for a1 in ("C20", "C21")] == [converted[a1].value for a1 in ("C20", "C21")]


def test_a_workbook_the_engine_cannot_load_is_an_input_error(formula_book: Path) -> None:
    package = read_package(formula_book)
    broken = package.with_parts(
        {"xl/styles.xml": b"<styleSheet", "xl/worksheets/sheet3.xml": b"<worksheet><"}
    )
    with pytest.raises(InputError, match="再計算のために読み込めません"):
        recalculate(broken, read_snapshot(package))
