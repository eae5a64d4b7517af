"""The functions that staff use, as LibreOffice computes them; where the two differ, the reason is written down.

A known difference fails when it disappears, so that the list stays true.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from office import convert
from test_recalculate import comparable, create_formula_book

from jukixl.workbook.cells import CellError, CellValue
from jukixl.workbook.package import read_package
from jukixl.workbook.recalculate import Recalculation, evaluate
from jukixl.workbook.snapshot import read_snapshot

CORPUS = """\
SUBTOTAL(9,A1:A9)
SUBTOTAL(109,A1:A9)
SUBTOTAL(2,A1:A9)
SUBTOTAL(1,A1:A9)
SUM(A1:A9,B1,10)
SUM(A1:B9)-SUM(B1:B9)
AVERAGE(A1:A9)
AVERAGEIF(A1:A9,">2")
AVERAGEIFS(A1:A9,B1:B9,">2")
MIN(A1:A9)
LARGE(A1:A9,2)
SMALL(A1:A9,3)
RANK(A2,A1:A9)
MEDIAN(A1:A9)
COUNTIF(A1:A9,A1)
COUNTIF(A1:A9,"<>0")
SUMIF('甲府市'!D6:D13,">=371")
INT(-2.5)
TRUNC(-2.57,1)
MOD(-7,3)
MOD(10,3)
ABS(-3.2)
SIGN(-2)
POWER(2,10)
SQRT(2)
ROUND(12345,-2)
ROUND(-66.25,1)
ROUND(1.15*100,1)
ROUNDUP(-2.1,0)
ROUNDDOWN(-2.9,0)
MROUND(7,3)
CEILING(2.1,1)
FLOOR(2.9,1)
FIXED(1234.5,1)
LEFT("甲府市役所",2)
MID("192015",3,3)
RIGHT("令和6年",2)
LEN("192015")
TRIM("  甲府  市 ")
SUBSTITUTE("1,234",",","")
UPPER("abc")
LOWER("ABC")
CONCATENATE("令和",6,"年")
"令和"&6&"年"
REPT("■",3)
EXACT("甲","甲")
FIND("市","甲府市")
SEARCH("市","甲府市")
ISBLANK('甲府市'!D11)
ISERROR(1/0)
ISNA(NA())
ISNUMBER("1")
IF(A1>B1,"大",IF(A1=B1,"同","小"))
CHOOSE(2,"一","二","三")
VLOOKUP(A3,A1:B9,2,FALSE)
HLOOKUP(A1,A1:B9,3,FALSE)
INDEX(B1:B9,MATCH(MAX(A1:A9),A1:A9,0))
ROW(A5)
COLUMN(C1)
ROWS(A1:A9)
COLUMNS(A1:C1)
WEEKDAY(DATE(2024,5,27))
WEEKDAY(DATE(2024,5,27),2)
DATEDIF(DATE(2024,4,1),DATE(2025,3,31),"m")
DATEDIF(DATE(2024,4,1),DATE(2025,3,31),"d")
DATE(2024,13,1)
DATE(2024,2,30)
TIME(9,30,0)
HOUR(TIME(9,30,0))
MINUTE(TIME(9,30,0))
YEAR(DATE(2019,5,1))-2018
EDATE(DATE(2024,1,31),1)
EOMONTH(DATE(2024,1,31),1)
NETWORKDAYS(DATE(2024,5,1),DATE(2024,5,31))
TEXT(0.958,"0.0%")
TEXT(1234567.891,"#,##0.0")
TEXT(DATE(2024,5,7),"yyyy/mm/dd")
TEXT(5,"000")
PRODUCT(A2:A4)
SUMPRODUCT(A1:A9,B1:B9)
SUMPRODUCT((A1:A9>2)*1)
IFERROR(SUM(A1:A9)/0,0)
AND(A1=0,B1=5)
OR(FALSE,A2>0)
_xlfn.XOR(TRUE,FALSE)
NOT(A1>0)
1=1
"a"="A"
"10"=10
A1&""
-A2^2
2^-1
50%
1E3+1
N("x")
T("x")
TRUE+1
STDEV(A1:A9)
PERCENTILE(A1:A9,0.5)
QUOTIENT(7,2)
GCD(12,18)
LCM(4,6)
CODE("A")
CHAR(65)
ADDRESS(1,2)
INDIRECT("A2")
OFFSET(A1,1,1)
_xlfn.IFS(A1>5,"a",TRUE,"b")
_xlfn.SWITCH(2,1,"a",2,"b")
_xlfn.TEXTJOIN(",",TRUE,A1:A3)
_xlfn.CONCAT(A1:A3)
_xlfn.MAXIFS(A1:A9,B1:B9,">2")
_xlfn.AGGREGATE(9,6,A1:A9)
""".splitlines()


class Difference(NamedTuple):
    """What LibreOffice 7.4 gives, what we give (None: left to Excel), and why that is right."""

    theirs: CellValue
    ours: CellValue
    reason: str


DIFFERENCES = {
    """COUNTIF('甲府市'!D6:D13,"*")""": Difference(6, 1, "in Excel * matches texts only, no numbers"),
    "ROUND(0.285*100,0)": Difference(
        28, 29, "Excel rounds what it shows, 28.5, not the binary fraction below it"
    ),
    'VALUE("1234")': Difference(
        1234, None, "the engine can't read 1,234 and full-width digits, so VALUE is left to Excel"
    ),
    "LOOKUP(2,A1:A9)": Difference(
        CellError("#N/A"), 0, "A1:A9 isn't sorted: Excel, too, gives what its binary search meets"
    ),
    'DATEVALUE("2024/5/27")': Difference(
        CellError("#VALUE!"), 45439, "LibreOffice reads dates by its own locale"
    ),
    "0.1+0.2=0.3": Difference(
        True, False, "LibreOffice compares with a tolerance; so does Excel, but not inside every formula"
    ),
    'MAX("5",3)': Difference(
        CellError("#VALUE!"), 5, "Excel takes numbers written as text in arguments for numbers"
    ),
    "_xlfn.XLOOKUP(A3,A1:A9,B1:B9)": Difference(CellError("#NAME?"), 7, "LibreOffice 7.4 has no XLOOKUP"),
}


class Values(NamedTuple):
    """Every formula's value by LibreOffice and by us."""

    theirs: dict[str, CellValue]
    ours: dict[str, CellValue]
    left: dict[str, str]


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Values:
    formulas = [*CORPUS, *DIFFERENCES]
    folder = tmp_path_factory.mktemp("corpus")
    path = create_formula_book(folder / "計算.xlsx", formulas)
    saved = read_snapshot(convert(path, "xlsx", folder / "saved")).sheets["計算"].cells
    package = read_package(path)
    computed: Recalculation = evaluate(package, read_snapshot(package))
    places = {formula: ("計算", f"C{row}") for row, formula in enumerate(formulas, 20)}
    return Values(
        {formula: saved[a1].value for formula, (_, a1) in places.items()},
        {formula: computed.values.get(place) for formula, place in places.items()},
        {f: computed.not_computed[place] for f, place in places.items() if place in computed.not_computed},
    )


@pytest.mark.parametrize("formula", CORPUS)
def test_a_function_gives_what_libreoffice_gives(values: Values, formula: str) -> None:
    assert comparable(values.ours[formula]) == comparable(values.theirs[formula])


@pytest.mark.parametrize("formula", DIFFERENCES)
def test_a_known_difference_is_still_one(values: Values, formula: str) -> None:
    known = DIFFERENCES[formula]
    assert known.reason
    assert (values.theirs[formula], values.ours[formula]) == (known.theirs, known.ours)
    assert (known.ours is None) == (formula in values.left)
