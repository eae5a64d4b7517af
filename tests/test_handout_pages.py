"""Pages: worked out by counting lines, held against LibreOffice's."""

from __future__ import annotations

import copy
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import docx
import office
import pytest
from built import build_handout
from docx.oxml.ns import qn
from msgspec.structs import replace

from jukixl.handout.contents import read_contents
from jukixl.handout.controls import iter_controls
from jukixl.handout.formats import StyleSheet
from jukixl.handout.ooxml import run, visible_text, w
from jukixl.handout.package import open_package
from jukixl.handout.pagination import paginate
from jukixl.handout.tabletext import table_text
from jukixl.handout.template import create_template
from jukixl.report.computation import Inputs, Results
from jukixl.report.model import Report
from jukixl.workbook.master import Master

FONTS = """<?xml version="1.0"?><fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<alias binding="same"><family>ＭＳ 明朝</family><prefer><family>IPAMincho</family></prefer></alias>
<alias binding="same"><family>ＭＳ ゴシック</family><prefer><family>IPAGothic</family></prefer></alias>
</fontconfig>"""
"""Free fonts of the same widths in place of Word's."""


HEADINGS = {
    "第1　稼働状況について（資料1）": "第1稼働状況について",
    "1　運用管理の状況": "1運用管理の状況",
    "別紙1　ネットワーク機器等の障害一覧": "別紙１",
    "別紙2　県サーバからの本人確認情報の提供状況": "別紙２",
    "別紙3　国の行政機関等に対する本人確認情報の提供状況": "別紙３",
    "別紙4　個人情報保護・セキュリティ確保のための措置": "別紙４",
    "1　個人番号カードの交付申請状況等": "1個人番号カードの交付申請状況等",
    "2　各種届出の状況": "2各種届出の状況",
    "別紙5　個人番号カード申請状況等": "別紙５",
    "別紙6　各種届出の状況について": "別紙６",
}
ADDED = {f"{number}番目の見出し": f"{number}番目の見出し" for number in range(101, 131)}
WIDTHS = [
    *(("annex2", "basis", width) for width in (1.6, 1.9, 2.2, 2.6, 3.0)),
    *(("annex2", "affairs", width) for width in (2.5, 6.0)),
    *(("annex3", "provided_to", width) for width in (2.0, 2.6, 3.2)),
    ("annex3", "affairs", 3.0),
]
"""Widths of columns, by which long tables part in other places."""
LINE_STYLES = ("TableText", "TableTextWide", "TableNote")
EXTRA_TEXTS = (
    "ABC-123及びXYZ（2024年12月31日）「条例」に関する事務、又は、その他の事務。",
    "https://www.pref.yamanashi.jp/shichoson/ を参照のこと",
    "ﾏｲﾅﾝﾊﾞｰｶｰﾄﾞ交付 1,234,567件 (うち 5%)",
    "コンピューターネットワークサービス・センター",
    "①個人②法人③その他　全角　空白",
    "1,437,750,584（続き）",
)


def convert_all(documents: Mapping[str, bytes], folder: Path) -> dict[str, Path]:
    """The PDF of every document, made by one start of LibreOffice; equal documents are converted once."""
    soffice = office.require_soffice()
    (folder / "fonts.conf").write_text(FONTS, encoding="utf-8")
    paths = {data: folder / f"{name}.docx" for name, data in documents.items()}
    for data, path in paths.items():
        path.write_bytes(data)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [
            soffice,
            profile,
            "--headless",
            "--norestore",
            "--convert-to",
            "pdf",
            "--outdir",
            folder,
            *paths.values(),
        ],
        env={**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf")},
        capture_output=True,
        check=True,
        timeout=office.TIMEOUT,
    )
    return {name: paths[data].with_suffix(".pdf") for name, data in documents.items()}


def text_of(pdf: Path) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True
    ).stdout.decode()


def pages_of(pdf: Path) -> list[str]:
    """The text of every page without spaces."""
    return ["".join(page.split()) for page in text_of(pdf).split("\f")[:-1]]


def printed_number(page: str) -> str:
    """The page number at the foot of a page; empty on the cover."""
    match = re.search(r"－([0-9]+)－$", page)
    return match[1] if match else ""


def widened(report: Report, table: str, column: str, width: float) -> Report:
    """The report with another width of one column."""
    tables = tuple(
        replace(
            one,
            columns=tuple(
                replace(other, width=width) if other.id == column else other for other in one.columns
            ),
        )
        if one.id == table
        else one
        for one in report.tables
    )
    return replace(report, tables=tables)


def build(report: Report, inputs: Inputs) -> bytes:
    return build_handout(report, Results(report, inputs), create_template(report))


def without_blanks(report: Report, results: Results) -> Inputs:
    rows = results.rows(report.tables_by_id["annex2"])
    filled = {("annex2", "cases", row): 0 for row in rows}
    return Inputs(results.inputs.settings, {**results.inputs.cells, **filled})


def with_more_providers(report: Report, results: Results) -> Inputs:
    """Twelve rows more in 別紙3, with long affairs."""
    cells = dict(results.inputs.cells)
    first = len(results.rows(report.tables_by_id["annex3"])) + 1
    for number in range(first, first + 12):
        row = f"r{number:03d}"
        cells["annex3", "provided_to", row] = f"独立行政法人第{number // 3}機構"
        cells["annex3", "affairs", row] = f"同法第{number}条第1項の事務" * 12
        cells["annex3", "cases", row] = number
    return Inputs(results.inputs.settings, cells)


def with_added_headings(report: Report, results: Results) -> bytes:
    """A handout in which somebody added thirty headings, with two lines of text under each."""
    document = docx.Document(BytesIO(create_template(report)))
    heading = next(one for one in document.paragraphs if one.text == "1　運用管理の状況")
    for text in ADDED:
        heading.insert_paragraph_before(text, style="heading 2")
        for line in "一二":
            heading.insert_paragraph_before(f"本文{line}", style="資料 本文")
    changed = BytesIO()
    document.save(changed)
    return build_handout(report, results, changed.getvalue())


def with_sections_in_controls(report: Report, results: Results) -> bytes:
    """A handout in which staff began a page, by a section, behind a sentence that follows the data, and behind the words of
    one that isn't printed: Word keeps the end of a section in the last paragraph before it, within the control."""
    document = docx.Document(BytesIO(create_template(report)))
    body = document.element.body
    numbered = list(body.iter(qn("w:sectPr")))[1]
    for tag in ("choice.intrusions.1", "choice.problems.2"):
        control = next(
            one
            for one in body.iter(qn("w:sdt"))
            if one.find(f"{qn('w:sdtPr')}/{qn('w:tag')}").get(qn("w:val")) == tag
        )
        section = copy.deepcopy(numbered)
        next(control.iter(qn("w:pPr"))).append(section)
        for start in numbered.findall(qn("w:pgNumType")):
            numbered.remove(start)
    changed = BytesIO()
    document.save(changed)
    return build_handout(report, results, changed.getvalue())


def line_cases(report: Report, results: Results) -> Iterator[tuple[str, str, int]]:
    """Style, text and room in twips: the texts of the long tables in cells of many widths."""
    tables = [table_text(results, report.tables_by_id[table]) for table in ("annex2", "annex3")]
    texts = sorted({text for table in tables for row in table.rows for text in row if len(text) > 8})
    for number, text in enumerate([*EXTRA_TEXTS, *(text for text in texts if len(text) < 80)]):
        for step in range(12):
            yield LINE_STYLES[number % len(LINE_STYLES)], text, 1000 + 190 * step + 37 * number % 190


def line_document(report: Report, cases: list[tuple[str, str, int]]) -> bytes:
    """Each case a paragraph of its own, with its number before it."""
    document = docx.Document(BytesIO(create_template(report)))
    body = document.element.body
    section = body[-1]
    page = document.sections[-1]
    width = page.page_width - page.left_margin - page.right_margin
    for child in list(body):
        body.remove(child)
    for number, (style, text, room) in enumerate(cases):
        body.append(w("p", w("pPr", w("pStyle", val="TableHead")), run(f"@{number}@")))
        indent = w("ind", left=0, hanging=0, right=width // 635 - room)
        body.append(w("p", w("pPr", w("pStyle", val=style), indent), run(text)))
    body.append(section)
    saved = BytesIO()
    document.save(saved)
    return saved.getvalue()


@pytest.fixture(scope="module")
def cases(report: Report, published_master: Master) -> list[tuple[str, str, int]]:
    return list(line_cases(report, published_master.results))


@pytest.fixture(scope="module")
def documents(
    report: Report, published_master: Master, cases: list[tuple[str, str, int]]
) -> dict[str, bytes]:
    results = published_master.results
    handout = build(report, results.inputs)
    grown = Results(report, with_more_providers(report, results))
    widths = {
        f"{table}-{column}-{width}": build(widened(report, table, column, width), results.inputs)
        for table, column, width in WIDTHS
    }
    return {
        **widths,
        "handout": handout,
        "grown": build_handout(report, grown, handout),
        "unnoted": build(report, without_blanks(report, results)),
        "sections": with_sections_in_controls(report, results),
        "headings": with_added_headings(report, results),
        "lines": line_document(report, cases),
    }


@pytest.fixture(scope="module")
def pdfs(documents: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return convert_all(documents, tmp_path_factory.mktemp("pdf"))


@pytest.fixture(scope="module")
def pages(pdfs: dict[str, Path]) -> list[str]:
    return pages_of(pdfs["handout"])


def contents_of(data: bytes) -> dict[str, str]:
    return {line.text: line.page for line in read_contents(docx.Document(BytesIO(data)).element.body)}


def assert_contents_are_true(data: bytes, pages: list[str], start_of: Mapping[str, str]) -> None:
    """Every line of the contents names the page on which LibreOffice begins the heading that it stands for."""
    numbered = {number: page for page in pages if (number := printed_number(page))}
    found = {
        line: next(number for number, page in numbered.items() if heading in page)
        for line, heading in start_of.items()
    }
    assert found == {line: page for line, page in contents_of(data).items() if line in start_of}


def test_the_contents_name_the_pages_that_libreoffice_makes(documents: dict[str, bytes], pages: list[str]):
    assert_contents_are_true(documents["handout"], pages, HEADINGS)


@pytest.mark.parametrize(("table", "column", "width"), WIDTHS)
def test_the_contents_are_true_however_wide_the_columns_are(
    documents: dict[str, bytes], pdfs: dict[str, Path], table: str, column: str, width: float
):
    name = f"{table}-{column}-{width}"
    pages = pages_of(pdfs[name])
    assert_contents_are_true(documents[name], pages, HEADINGS)


def test_a_page_of_text_has_the_lines_that_libreoffice_puts_on_it(
    documents: dict[str, bytes], pdfs: dict[str, Path]
):
    """Headings all along several pages of text: one line more or less on a page moves some of them."""
    assert_contents_are_true(documents["headings"], pages_of(pdfs["headings"]), {**HEADINGS, **ADDED})


def test_a_section_that_ends_within_a_control_begins_a_page(
    documents: dict[str, bytes], pdfs: dict[str, Path], pages: list[str]
):
    """The pages behind the cover are counted: LibreOffice garbles the number at the foot of a page of such a section."""
    cover, *numbered = pages_of(pdfs["sections"])
    assert len([cover, *numbered]) == len(pages) + 2
    found = {
        line: str(next(number for number, page in enumerate(numbered, 1) if heading in page))
        for line, heading in HEADINGS.items()
    }
    assert found == {line: page for line, page in contents_of(documents["sections"]).items() if line in found}


def test_no_text_takes_more_lines_than_counted(
    documents: dict[str, bytes], pdfs: dict[str, Path], cases: list[tuple[str, str, int]]
):
    styles = StyleSheet(docx.Document(BytesIO(documents["lines"])).styles.element)
    printed: list[int] = []
    for line in re.split(r"[\n\f]", text_of(pdfs["lines"])):
        if re.fullmatch(r"@[0-9]+@", line.strip()):
            printed.append(0)
        elif line.strip() and not re.fullmatch(r"－\s*[0-9]+\s*－", line.strip()):
            printed[-1] += 1
    assert len(printed) == len(cases)
    counted = [_lines_of(styles, *case) for case in cases]
    short = [(case, at) for case, at, own in zip(cases, printed, counted, strict=True) if own < at]
    assert not short
    more = sum(own > at for at, own in zip(printed, counted, strict=True))
    # Most of these are lines filled to the last twip, on which the count doesn't rely.
    assert more < len(cases) * 0.05, "counted too generously"


def _lines_of(styles: StyleSheet, style: str, text: str, room: int) -> int:
    """Lines of the text without the indents of its style."""
    plain = replace(styles.named(style, 0), left=0, right=0, first=0)
    return plain.lines(text, room)


def test_pages_are_numbered_from_1_after_the_cover(pages: list[str]):
    assert [printed_number(page) for page in pages] == ["", *map(str, range(1, len(pages)))]


def test_the_27_municipalities_stand_on_one_landscape_page_with_head_and_total(pages: list[str]):
    (page,) = [page for page in pages if "令和6年12月31日時点" in page and "甲府市" in page]
    assert page.index("別紙５") < page.index("個人番号カード申請状況等") < page.index("甲府市")
    assert page.index("丹波山村") < page.index("772,405")


def test_the_last_page_of_a_long_table_has_rows_enough(documents: dict[str, bytes]):
    """With this width the remainder and the total would stand alone."""
    tables = docx.Document(BytesIO(documents["annex2-basis-2.6"])).element.body.iter(qn("w:tbl"))
    (last,) = [table for table in tables if "(判読不能分)" in "".join(table.itertext())]
    assert len(last.findall(qn("w:tr"))) >= 1 + 5 + 1


def test_hidden_notes_are_not_printed(pdfs: dict[str, Path]):
    """The note on 判読不能 is true of the published numbers; with every blank filled in it isn't."""
    assert [page for page in pages_of(pdfs["handout"]) if "空欄は、原資料で" in page]
    assert not [page for page in pages_of(pdfs["unnoted"]) if "空欄は、原資料で" in page]


def test_the_contents_stay_true_when_long_tables_grow(documents: dict[str, bytes], pdfs: dict[str, Path]):
    """Twelve providers with long affairs more: 別紙3 takes more pages, and everything after it moves."""
    pages = pages_of(pdfs["grown"])
    assert_contents_are_true(documents["grown"], pages, HEADINGS)
    before, after = contents_of(documents["handout"]), contents_of(documents["grown"])
    assert int(after["別紙6　各種届出の状況について"]) > int(before["別紙6　各種届出の状況について"])
    assert all(one != other for one, other in pairwise(pages))


def pages_of_note_and_total(data: bytes) -> tuple[int, int]:
    """The pages of the total row of 別紙2 and of the note below the table."""
    document = open_package(data)
    starts = paginate(document.body, StyleSheet(document.styles), {}, None).starts
    control = next(one for one in iter_controls(document.body) if one.tag == "table.annex2")
    total = list(control.element.iter(qn("w:tr")))[-1]
    note = next(one for one in starts if one.tag == qn("w:p") and visible_text(one).startswith("※"))
    return starts[total], starts[note]


def test_a_note_never_stands_alone_on_the_page_behind_its_table(report: Report, published_master: Master):
    """Wherever the table ends: one of its last rows gets a line more each time, over most of a page."""
    results = published_master.results
    row = results.rows(report.tables_by_id["annex2"])[-2]
    template = create_template(report)
    apart = []
    for lines in range(1, 61):
        cells = {**results.inputs.cells, ("annex2", "affairs", row): "事務" * 6 * lines}
        longer = Results(report, Inputs(results.inputs.settings, cells))
        total, note = pages_of_note_and_total(build_handout(report, longer, template))
        if total != note:
            apart.append(lines)
    assert apart == []
