"""Pages of handouts that are larger, emptier or longer than the published one, as LibreOffice prints them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path

import pytest
from built import build_handout
from test_handout_build import W, body_of, cells, control
from test_handout_pages import (
    HEADINGS,
    assert_contents_are_true,
    convert_all,
    pages_of,
    printed_number,
    text_of,
)

from jukixl.codes import parse_code
from jukixl.handout.lint import lint_template
from jukixl.handout.mismatches import Sight
from jukixl.handout.sources import SourceList
from jukixl.handout.template import create_template
from jukixl.handout.verify import verify_handout
from jukixl.report.computation import Inputs, Results
from jukixl.report.loading import report_from_sources
from jukixl.report.model import Report
from jukixl.report.sources import bundled_folder, read_sources
from jukixl.report.values import Value
from jukixl.workbook.master import Master

Cells = dict[tuple[str, str, str], Value]

LONG = 123_456_789_012
SENTENCE = "国民年金法による同法第14条の届出に関する事務であって主務省令で定めるもの（令和6年度分を含む。）、"
LENGTHS = (700, 850, 950, 1050, 1150, 1300, 1500, 3000)
"""Characters of a cell of 別紙3, a page of which holds some 1,300: less than a page, nearly one, more."""
ROWS = 500


def changed(edits: Mapping[str, tuple[str, str]], rows: str | None = None) -> Report:
    """The bundled report with a passage of some files replaced, and with other municipalities."""
    sources = dict(read_sources(bundled_folder()))
    for file, (old, new) in edits.items():
        assert old in sources[file]
        sources[file] = sources[file].replace(old, new)
    if rows is not None:
        sources["rows/municipalities.csv"] = rows
    return report_from_sources(sources)


def municipalities(count: int) -> str:
    """So many municipalities with codes as 北海道 has them; every seventh has a long name."""
    lines = ["code,municipality"]
    for number in range(count):
        name = f"第{number}つくばみらいかすみがうら市" if number % 7 == 6 else f"第{number}町"
        lines.append(f"{parse_code(1101 + number)},{name}")
    return "\n".join(lines)


def counted(report: Report, results: Results, count: int | None = None) -> Results:
    """The results with numbers for all municipalities of another report; `count` for every number of every table."""
    cells: Cells = dict(results.inputs.cells)
    for table in report.tables:
        for number, row in enumerate(results.rows(table) if table.has_open_rows else table.row_ids):
            for column in table.columns:
                if column.is_input and column.kind == "count":
                    value = 14_000 + 7 * number if table.kind == "municipality" else 0
                    if count is not None or table.kind == "municipality":
                        cells[table.id, column.id, row] = value if count is None else count
    return Results(report, Inputs(results.inputs.settings, cells))


def with_long_cell(report: Report, results: Results, length: int, row: int) -> Results:
    table = report.tables_by_id["annex3"]
    cells: Cells = dict(results.inputs.cells)
    cells["annex3", "affairs", table.row_ids[row]] = (SENTENCE * 80)[:length]
    return Results(report, Inputs(results.inputs.settings, cells))


def with_many_rows(report: Report, results: Results) -> Results:
    """別紙3 and the log of 別紙1 with 500 rows each."""
    cells: Cells = dict(results.inputs.cells)
    known = len(results.rows(report.tables_by_id["annex3"]))
    for number, row in enumerate(report.tables_by_id["annex3"].row_ids[known:ROWS]):
        cells["annex3", "provided_to", row] = f"独立行政法人第{number // 9}機構"
        cells["annex3", "affairs", row] = f"同法第{number}条第1項の届出に関する事務" * (1 + number % 6)
        cells["annex3", "cases", row] = 1_000_000 + number
    for number, row in enumerate(report.tables_by_id["annex1_log"].row_ids[:ROWS]):
        day = date(2024, 1 + number % 12, 1 + number % 28)
        incident: dict[str, Value] = {
            "kind": "発見",
            "occurred_date": day,
            "occurred_time": time(9 + number % 9, number % 60),
            "restored_date": day,
            "restored_time": time(18, number % 60),
            "body_code": str(parse_code(1101 + number % 90)),
            "body_name": "富士河口湖町外一町共立広域行政組合" if number % 5 == 0 else "南アルプス市",
            "cause": "ルータ" if number % 3 else "アクセス区間",
            "description": "回線の瞬断により通信ができなくなった。" * (1 + number % 4),
            "action": "機器を再起動し復旧した。" * (1 + number % 3),
        }
        cells |= {("annex1_log", column, row): value for column, value in incident.items()}
    return Results(report, Inputs(results.inputs.settings, cells))


@pytest.fixture(scope="module")
def contents(report: Report, published_master: Master) -> dict[str, Results]:
    """What each handout is made from."""
    published = Results(report, published_master.results.inputs)
    across = changed({"annex3.toml": ('total_label = "計"', 'total_label = "計"\norientation = "landscape"')})
    many = changed(
        {"annex3.toml": ("spare = 15", "spare = 500"), "annex1.toml": ("spare = 20", "spare = 500")}
    )
    sizes = {
        name: counted(other, Results(other, published.inputs))
        for name, count in (("one", 1), ("many", 179))
        for other in (changed({}, municipalities(count)),)
    }
    group: Cells = dict(published.inputs.cells)
    for row in report.tables_by_id["annex3"].row_ids[5:65]:
        group["annex3", "provided_to", row] = "公的年金制度の健全性及び信頼性の確保のための存続連合会"
    return {
        "published": published,
        **sizes,
        "empty": Results(report, Inputs(published.inputs.settings, {})),
        "long": counted(report, published, LONG),
        "rows": with_many_rows(many, Results(many, published.inputs)),
        "landscape": with_long_cell(across, Results(across, published.inputs), 3500, 10),
        "group": Results(report, Inputs(published.inputs.settings, group)),
        **{
            f"cell-{length}": with_long_cell(report, published, length, 5 * number)
            for number, length in enumerate(LENGTHS)
        },
    }


@pytest.fixture(scope="module")
def handouts(contents: dict[str, Results], published_master: Master) -> dict[str, bytes]:
    handouts = {
        name: build_handout(one.report, one, create_template(one.report)) for name, one in contents.items()
    }
    sources = SourceList(published_master, wanted=True)
    published = contents["published"]
    built = build_handout(published.report, published, handouts["published"], None, sources)
    return handouts | {"sources": built}


@pytest.fixture(scope="module")
def pdfs(handouts: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return convert_all(handouts, tmp_path_factory.mktemp("pdf"))


NAMES = (
    "published",
    "sources",
    "one",
    "many",
    "empty",
    "long",
    "rows",
    "landscape",
    "group",
    *(f"cell-{one}" for one in LENGTHS),
)


@pytest.mark.parametrize("name", NAMES)
def test_the_contents_name_the_pages_that_libreoffice_makes(
    handouts: dict[str, bytes], pdfs: dict[str, Path], name: str
):
    appendix = {"数値出典一覧": "数値出典一覧"} if name == "sources" else {}
    assert_contents_are_true(handouts[name], pages_of(pdfs[name]), HEADINGS | appendix)


@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_filled_again_and_then_is_the_same(
    contents: dict[str, Results], handouts: dict[str, bytes], name: str
):
    """Parts of a table have headers of their own: no control in them bears the number of another."""
    results = contents.get(name, contents["published"])
    assert lint_template(results.report, handouts[name]) == []
    assert build_handout(results.report, results, handouts[name]) == handouts[name]


@pytest.mark.parametrize("name", NAMES)
def test_no_page_is_blank(pdfs: dict[str, Path], name: str):
    """A page has more than its number and, of a long table, more than its header."""
    short = [page for page in pages_of(pdfs[name]) if len(page) < 40]
    assert short == []


def words(pdf: Path) -> Counter[str]:
    """What stands between spaces, on one line."""
    return Counter(text_of(pdf).split())


@pytest.mark.parametrize(
    ("name", "number", "times"),
    [  # 27 municipalities: 5 columns of 別紙5 at 2 dates, 7 of 別紙6 twice; then the totals of 179
        ("long", "123,456,789,012", 27 * (5 * 2 + 7 * 2)),
        ("many", "2,617,517", 5 * 2 + 7 * 2),
    ],
)
def test_no_number_goes_over_two_lines(pdfs: dict[str, Path], name: str, number: str, times: int):
    assert words(pdfs[name])[number] >= times


def test_no_date_or_code_goes_over_two_lines(pdfs: dict[str, Path]):
    found = words(pdfs["rows"])
    for number in range(ROWS):
        assert found[f"R6.{1 + number % 12}.{1 + number % 28}"] >= 2
        assert found[str(parse_code(1101 + number % 90))]


def test_the_list_of_sources_names_the_pages_on_which_the_values_stand(
    handouts: dict[str, bytes], pdfs: dict[str, Path]
):
    pages = {printed_number(page): page for page in pages_of(pdfs["sources"])}
    rows = [cells(row) for row in control(body_of(handouts["sources"]), "sources").iter(f"{W}tr")][1:]
    lines = [row for row in rows if row[1] and not row[2].startswith("表「")]
    assert len(lines) > 20
    for line in lines:
        for part in line[1].split("、"):
            first, _, last = part.partition("〜")
            for page in range(int(first), int(last or first) + 1):
                assert "".join(line[3].split()) in pages[str(page)]


def tables_of(pdf: Path, first: str, last: str) -> list[str]:
    """The pages from the one with the label `first` to before the one with `last`."""
    pages = pages_of(pdf)
    start = next(at for at, page in enumerate(pages) if at > 0 and first in page)
    end = next((at for at, page in enumerate(pages) if at > start and last in page), len(pages))
    return pages[start:end]


def test_179_municipalities_stand_each_once_in_every_table_below_a_header(pdfs: dict[str, Path]):
    pages = tables_of(pdfs["many"], "別紙５", "別紙６")
    assert all("申請率" in page for page in pages)
    text = text_of(pdfs["many"])
    codes = Counter(re.findall(r"(?m)^\s*(01[0-9]{3})\s", text))
    # 別紙5 at two dates, 別紙6 twice
    assert codes == {f"{1101 + number:05d}": 4 for number in range(179)}


def test_the_total_of_179_municipalities_is_never_alone_on_its_page(pdfs: dict[str, Path]):
    totals = [page for page in pages_of(pdfs["many"]) if "合計" in page and "第178町" in page]
    assert len(totals) == 4


def test_a_table_of_one_municipality_has_its_row_and_its_total(pdfs: dict[str, Path]):
    pages = [page for page in pages_of(pdfs["one"]) if "第0町" in page]
    assert len(pages) == 4
    assert all("合計" in page for page in pages)


def test_an_empty_log_says_so(pdfs: dict[str, Path]):
    (page,) = [page for page in pages_of(pdfs["empty"]) if "障害状況一覧" in page]
    assert "該当なし" in page


def test_500_rows_stand_each_once(pdfs: dict[str, Path]):
    found = words(pdfs["rows"])
    known = 65  # printed in 令和7年10月
    assert all(found[f"{1_000_000 + number:,}"] for number in range(ROWS - known))


def test_a_group_longer_than_a_page_says_on_each_page_that_it_goes_on(pdfs: dict[str, Path]):
    pages = tables_of(pdfs["group"], "別紙３", "別紙４")
    assert "（続き）" not in pages[0]
    assert all("続き" in page for page in pages[1:])


@pytest.mark.parametrize(("name", "number"), [(f"cell-{length}", at) for at, length in enumerate(LENGTHS)])
def test_a_long_cell_goes_on_on_the_next_page_and_pushes_no_page(
    pdfs: dict[str, Path], name: str, number: int
):
    """Between the published pages of 別紙3 and these there is only what the text itself takes."""
    usual = len(tables_of(pdfs["published"], "別紙３", "別紙４"))
    pages = tables_of(pdfs[name], "別紙３", "別紙４")
    assert len(pages) <= usual + LENGTHS[number] // 1300 + 1
    longest = max(len(page) for page in pages)
    assert all(len(page) > longest / 4 for page in pages[:-1])


def test_numbers_that_no_type_is_small_enough_for_are_told_of_and_no_others(
    contents: dict[str, Results], handouts: dict[str, bytes]
):
    """Twelve digits in each of thirteen columns: 別紙1 of the handout in which they do go over two lines."""
    told = {
        name: {
            (look.number, look.where)
            for look in verify_handout(contents[name].report, contents[name], handouts[name]).looks
            if look.kind is Sight.NARROW
        }
        for name in ("published", "one", "many", "empty", "long", "rows", "landscape")
    }
    sum_of_all = f"{LONG * 12 * 7:,}"
    assert told.pop("long") == {(one, "「別紙1」の表「原因区分別一覧」") for one in (f"{LONG:,}", sum_of_all)}
    assert [name for name, looks in told.items() if looks] == []
