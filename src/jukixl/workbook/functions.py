"""The functions that cells call: 和暦, rates and codes in a formula. Plain values in, plain values out.

Any argument may be a block of cells, a list of rows; the result then is one too. A blank gives a blank (""), an error
value goes through as it is, and what can't be read is #VALUE!. A workbook that uses none of them loses nothing
without the add-in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import TypeAlias
from unicodedata import normalize

from msgspec import Struct

from jukixl.codes import parse_code
from jukixl.era import (
    DateForm,
    FiscalYear,
    date_from_serial,
    excel_serial,
    format_date,
    parse_date,
    parse_era_year,
    parse_fiscal_year,
)
from jukixl.errors import InputError
from jukixl.figures import Missing, parse_count, round_half_up
from jukixl.report.model import Report, Table
from jukixl.report.text import Placeholder
from jukixl.workbook import names
from jukixl.workbook.cells import CellError, CellValue
from jukixl.workbook.cellwise import Argument, Result, Scalar, over_cells
from jukixl.workbook.definition import read_definition
from jukixl.workbook.snapshot import Snapshot

Udf: TypeAlias = Callable[..., Result]

_PERCENT_DIGITS = 1
_MAX_DIGITS = 10


def jk_wareki(day: Argument, form: Argument = None) -> Result:
    """A day in its era; `form` is long (when left out), month, year or short.

    >>> jk_wareki(45439), jk_wareki(date(2019, 5, 1), "short")
    ('令和6年5月27日', 'R1.5.1')
    """
    return over_cells(_wareki, day, form)


def jk_nendo(day: Argument) -> Result:
    """The 年度 that a day lies in.

    >>> jk_nendo(date(2025, 3, 31))
    '令和6年度'
    """
    return over_cells(lambda cell: FiscalYear.of(_read_day(cell)).name, day)


def jk_seireki(text: Argument) -> Result:
    """The serial number of the day that a text names; of a year or 年度 the western number.

    >>> jk_seireki("令和6年5月27日"), jk_seireki("平成31年度")
    (45439, 2019)
    """
    return over_cells(_seireki, text)


def jk_ritsu(numerator: Argument, denominator: Argument, digits: Argument = None) -> Result:
    """The quotient of two counts, rounded half up once to `digits` places of a percentage (1 when left out).

    － where there is nothing to divide by; － and … of an operand go through.

    >>> jk_ritsu(371, 560), jk_ritsu(1, 0)
    (0.663, '－')
    """
    return over_cells(_ritsu, numerator, denominator, _PERCENT_DIGITS if digits is None else digits)


def jk_dantai(code: Argument) -> Result:
    """The six-digit 団体コード for one of five or six digits; #VALUE! where there is none.

    >>> jk_dantai(19201), jk_dantai("１９２０１５")
    ('192015', '192015')
    """
    return over_cells(_dantai, code)


UDFS: Mapping[str, Udf] = MappingProxyType(
    {
        "JK_WAREKI": jk_wareki,
        "JK_NENDO": jk_nendo,
        "JK_SEIREKI": jk_seireki,
        "JK_RITSU": jk_ritsu,
        "JK_DANTAI": jk_dantai,
    }
)
"""The functions that need nothing but their arguments."""

DATE_UDFS = frozenset({"JK_WAREKI", "JK_NENDO", "JK_SEIREKI"})
"""Those that take or give a day, which is a serial number in a cell."""


def jk_figure(snapshot: Snapshot, name: Argument) -> Result:
    """A figure of the master by its name in the definition, as printed; #VALUE! where it has none of that name."""
    return over_cells(
        lambda cell: _shown(snapshot.value(names.text_name(Placeholder.of_tag(str(cell))))), name
    )


def jk_check(snapshot: Snapshot, table: Argument) -> Result:
    """How many places break the rules of a table, by the master's own formulas; … while numbers are missing.

    A table is named by its identifier, title or sheet; #VALUE! where there is none, or no master.
    """
    return over_cells(lambda cell: _count_broken(snapshot, str(cell)), table)


BOOK_UDFS: Mapping[str, Callable[[Snapshot, Argument], Result]] = MappingProxyType(
    {"JK_FIGURE": jk_figure, "JK_CHECK": jk_check}
)
"""The functions that ask the workbook with the formula."""


class Parameter(Struct, frozen=True):
    """One argument in Excel's function wizard."""

    name: str
    optional: bool = False


class Declaration(Struct, frozen=True):
    """A function as Excel gets it. `summary` is ASCII, for VBA holds nothing else; `help` is for the manual.

    `reads_book`: needs the workbook with the formula, and cells of it that its arguments don't show.
    """

    name: str
    parameters: tuple[Parameter, ...]
    summary: str
    help: str
    reads_book: bool = False


DECLARATIONS: tuple[Declaration, ...] = (
    Declaration(
        "JK_WAREKI",
        (Parameter("day"), Parameter("form", optional=True)),
        "A date in the Japanese era calendar. form: long, month, year or short.",
        "日付を和暦の文字列にします。form は long（省略時）、month、year、short です。",
    ),
    Declaration(
        "JK_NENDO", (Parameter("day"),), "The Japanese fiscal year of a date.", "日付の年度を返します。"
    ),
    Declaration(
        "JK_SEIREKI",
        (Parameter("text"),),
        "The date serial number, or the western year, of a text in the Japanese era calendar.",
        "和暦の日付をシリアル値に、年と年度を西暦の数にします。",
    ),
    Declaration(
        "JK_RITSU",
        (Parameter("numerator"), Parameter("denominator"), Parameter("digits", optional=True)),
        "A rate, rounded half up once. digits: decimal places of the percentage, 1 if omitted.",
        "二つの件数の率を、一度だけ四捨五入して返します。digits は百分率の小数点以下の桁数（省略時 1）です。",
    ),
    Declaration(
        "JK_DANTAI",
        (Parameter("code"),),
        "The six-digit code of a Japanese municipality.",
        "全国地方公共団体コードを、検査数字を含む6桁にします。",
    ),
    Declaration(
        "JK_FIGURE",
        (Parameter("name"),),
        "A figure of this master workbook, as printed in the handout.",
        "このマスターの数値を、審議会資料に印字する形で返します。",
        reads_book=True,
    ),
    Declaration(
        "JK_CHECK",
        (Parameter("table"),),
        "How many findings of a table of this master workbook are open.",
        "このマスターの表について、検算の指摘の数を返します。",
        reads_book=True,
    ),
)


def _read_day(cell: Scalar) -> date:
    """The day of a cell: a date, a serial number or a text. InputError for anything else."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, str):
        return parse_date(cell)
    return date_from_serial(_read_number(cell))


def _read_number(cell: Scalar) -> int | float:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise InputError("数値ではありません。数値の入ったセルを指定してください。")
    return cell


def _wareki(cell: Scalar, form: Scalar) -> str:
    wanted = DateForm.LONG if form is None or form == "" else _read_form(form)
    return format_date(_read_day(cell), wanted)


def _read_form(form: Scalar) -> DateForm:
    if not isinstance(form, str) or form.lower() not in set(DateForm):
        raise InputError("書式は long、month、year、short のどれかで指定してください。")
    return DateForm(form.lower())


def _seireki(cell: Scalar) -> int:
    if not isinstance(cell, str):
        return excel_serial(_read_day(cell))
    text = cell.strip()
    if text.endswith("年度"):
        return parse_fiscal_year(text).start
    if text.endswith("年"):
        return parse_era_year(text).western
    return excel_serial(parse_date(text))


def _ritsu(numerator: Scalar, denominator: Scalar, digits: Scalar) -> Scalar:
    operands = [_read_operand(cell) for cell in (numerator, denominator)]
    missing = [operand for operand in operands if isinstance(operand, Missing)]
    if missing:
        return next((kind for kind in _PRECEDENCE if kind in missing), Missing.UNKNOWN).symbol
    over, under = (operand for operand in operands if isinstance(operand, Fraction))
    places = _read_number(digits)
    if places != int(places) or not 0 <= places <= _MAX_DIGITS:
        raise InputError(f"桁数は 0 から {_MAX_DIGITS} までの整数で指定してください。")
    return float(round_half_up(over / under, int(places) + 2)) if under else Missing.NONE.symbol


_PRECEDENCE = (Missing.NOT_FILLED, Missing.NONE)
"""Which missing operand decides, as in the master's own formulas; else …."""


def _read_operand(cell: Scalar) -> Fraction | Missing:
    if cell is None:
        return Missing.NOT_FILLED
    if isinstance(cell, str):
        return Missing.from_symbol(cell) or Fraction(parse_count(cell)[0])
    return Fraction(Decimal(repr(_read_number(cell))))


def _dantai(cell: Scalar) -> str:
    if isinstance(cell, str):
        return str(parse_code(cell))
    number = _read_number(cell)
    if number != int(number) or number < 0:
        raise InputError("団体コードは5桁か6桁の数字で指定してください。")
    return str(parse_code(int(number)))


def _shown(value: CellValue) -> Scalar:
    return "" if value is None else value


def _count_broken(snapshot: Snapshot, wanted: str) -> Scalar:
    table = _find_table(read_definition(snapshot), wanted)
    counts = [snapshot.value(names.rule_name(table.id, number)) for number in range(1, len(table.rules) + 1)]
    error = next((count for count in counts if isinstance(count, CellError)), None)
    if error is not None:
        return error
    known = [count for count in counts if isinstance(count, int | float)]
    return sum(known) if len(known) == len(counts) else Missing.UNKNOWN.symbol


def _find_table(report: Report, wanted: str) -> Table:
    folded = _fold(wanted)
    for table in report.tables:
        if folded in {_fold(name) for name in (table.id, table.title, table.sheet, *table.names)}:
            return table
    raise InputError(f"「{wanted}」という表はありません。表の識別子か表題を指定してください。")


def _fold(text: str) -> str:
    return "".join(normalize("NFKC", text).lower().split())
