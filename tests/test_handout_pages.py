"""Pages: worked out by counting lines, held against LibreOffice's."""

from __future__ import annotations

import os
import subprocess
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import docx
import office
import pytest

from jukixl.handout.build import build_handout
from jukixl.handout.contents import read_contents
from jukixl.handout.template import create_template
from jukixl.report.computation import Inputs, Results
from jukixl.report.model import Report

FONTS = """<?xml version="1.0"?><fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<alias binding="same"><family>ＭＳ 明朝</family><prefer><family>IPAMincho</family></prefer></alias>
<alias binding="same"><family>ＭＳ ゴシック</family><prefer><family>IPAGothic</family></prefer></alias>
</fontconfig>"""
"""Free fonts of the same widths in place of Word's."""


def pages_of(data: bytes, folder: Path) -> list[str]:
    """The text of every page that LibreOffice makes of a document, without spaces."""
    office.require_soffice()
    (folder / "fonts.conf").write_text(FONTS, encoding="utf-8")
    (folder / "handout.docx").write_bytes(data)
    with pytest.MonkeyPatch.context() as environment:
        environment.setitem(os.environ, "FONTCONFIG_FILE", str(folder / "fonts.conf"))
        pdf = office.convert(folder / "handout.docx", "pdf", folder)
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True
    ).stdout.decode()
    return ["".join(page.split()) for page in text.split("\f")[:-1]]


@pytest.fixture(scope="module")
def handout(report: Report, published_master) -> bytes:
    return build_handout(report, published_master.results, create_template(report))


@pytest.fixture(scope="module")
def pages(handout: bytes, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return pages_of(handout, tmp_path_factory.mktemp("pdf"))


def assert_contents_are_true(data: bytes, pages: list[str], start_of: dict[str, str]) -> None:
    """Every line of the contents names the page on which LibreOffice begins the heading that it stands for."""
    lines = dict(read_contents(docx.Document(BytesIO(data)).element.body))
    for line, heading in start_of.items():
        found = next(number for number, page in enumerate(pages) if number and heading in page)
        assert (line, str(found)) == (line, lines[line])


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


def test_the_contents_name_the_pages_that_libreoffice_makes(handout: bytes, pages: list[str]):
    assert_contents_are_true(handout, pages, HEADINGS)


def test_pages_are_numbered_from_1_after_the_cover(pages: list[str]):
    assert "－" not in pages[0].replace("ー", "")
    assert [page.rpartition("－")[0].rpartition("－")[2] for page in pages[1:]] == [
        str(number) for number in range(1, len(pages))
    ]


def test_the_27_municipalities_stand_on_one_landscape_page_with_head_and_total(pages: list[str]):
    (page,) = [page for page in pages if "令和6年12月31日時点" in page and "甲府市" in page]
    assert page.index("別紙５") < page.index("個人番号カード申請状況等") < page.index("甲府市")
    assert page.index("丹波山村") < page.index("772,405")


def test_hidden_notes_are_not_printed(report: Report, published_master, tmp_path: Path):
    """The note on 判読不能 is true of the published numbers; with every blank filled in it isn't."""
    results = published_master.results
    table = report.tables_by_id["annex2"]
    filled = {("annex2", "cases", row): 0 for row in results.rows(table)}
    inputs = Inputs(results.inputs.settings, {**results.inputs.cells, **filled})
    built = build_handout(report, Results(report, inputs), create_template(report))
    assert not [page for page in pages_of(built, tmp_path) if "空欄は、原資料で" in page]


def test_the_contents_stay_true_when_long_tables_grow(
    report: Report, published_master, handout: bytes, tmp_path: Path
):
    """Twelve providers with long affairs more: 別紙3 takes more pages, and everything after it moves."""
    results = published_master.results
    cells = dict(results.inputs.cells)
    table = report.tables_by_id["annex3"]
    first = len(results.rows(table)) + 1
    for number in range(first, first + 12):
        row = f"r{number:03d}"
        provider = f"独立行政法人第{number // 3}機構"
        cells |= {
            ("annex3", "provided_to", row): provider,
            ("annex3", "affairs", row): f"同法第{number}条第1項の事務" * 12,
        }
        cells["annex3", "cases", row] = number
    grown = build_handout(report, Results(report, Inputs(results.inputs.settings, cells)), handout)
    pages = pages_of(grown, tmp_path)
    assert_contents_are_true(grown, pages, HEADINGS)
    before, after = (
        dict(read_contents(docx.Document(BytesIO(data)).element.body)) for data in (handout, grown)
    )
    assert int(after["別紙6　各種届出の状況について"]) > int(before["別紙6　各種届出の状況について"])
    assert all(one != other for one, other in pairwise(pages))
