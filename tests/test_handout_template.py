"""The starter template: an ordinary Word document that nothing has to be repaired in."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pytest
from conftest import write_blank_master
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator

from jukixl.cli import main
from jukixl.handout.lint import lint_template
from jukixl.handout.template import create_template
from jukixl.report.model import Annex, Report

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def body_of(data: bytes) -> etree._Element:
    return etree.fromstring(parts_of(data)["word/document.xml"])


def controls(data: bytes) -> list[tuple[str, etree._Element]]:
    tags = ((sdt.find(f"{W}sdtPr/{W}tag"), sdt) for sdt in body_of(data).iter(f"{W}sdt"))
    return [(tag.get(f"{W}val"), sdt) for tag, sdt in tags]


@pytest.fixture(scope="module")
def template(report: Report) -> bytes:
    return create_template(report)


@pytest.mark.parametrize("definition", ["report", "library"])
def test_office_schema_checks_find_nothing_to_repair(definition, request, tmp_path: Path):
    path = tmp_path / "template.docx"
    path.write_bytes(create_template(request.getfixturevalue(definition)))
    result = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path))
    assert [str(error) for error in result.errors] == []


def test_every_report_gets_a_template_that_its_own_lint_accepts(report: Report, library: Report):
    assert [lint_template(one, create_template(one)) for one in (report, library)] == [[], []]


def test_the_template_is_small_and_python_docx_opens_it(template: bytes):
    assert len(template) < 60_000
    assert docx.Document(BytesIO(template)).core_properties.language == "ja-JP"


def test_the_same_definition_gives_the_same_bytes(report: Report, template: bytes):
    assert template == create_template(report)


def test_fonts_are_named_for_every_script_and_never_by_theme(template: bytes):
    """`w:asciiTheme` wins over `w:ascii`, and a font named for Latin only leaves kanji to Word's choice."""
    styles = parts_of(template)["word/styles.xml"].decode()
    assert "Theme=" not in styles
    fonts = re.findall(r"<w:rFonts ([^>]*)/>", styles)
    assert fonts
    for one in fonts:
        names = re.findall(r'w:(\w+)="([^"]+)"', one)
        assert {"ascii", "hAnsi", "eastAsia", "cs"} == {key for key, _ in names}
        assert len({font for _, font in names}) == 1


def test_headings_have_the_outline_levels_that_word_navigates_by(template: bytes):
    styles = etree.fromstring(parts_of(template)["word/styles.xml"])
    levels = {
        style.get(f"{W}styleId"): style.find(f"{W}pPr/{W}outlineLvl").get(f"{W}val")
        for style in styles
        if style.find(f"{W}pPr/{W}outlineLvl") is not None
    }
    assert levels == {"Heading1": "0", "Heading2": "1", "Heading3": "2", "AnnexTitle": "1"}


def test_a_figure_is_a_locked_plain_text_control_with_its_unit_outside(template: bytes):
    sdt = next(sdt for tag, sdt in controls(template) if tag == "applications")
    properties = sdt.find(f"{W}sdtPr")
    assert [child.tag.removeprefix(W) for child in properties] == [
        "alias",
        "tag",
        "id",
        "lock",
        "showingPlcHdr",
        "text",
    ]
    assert properties.find(f"{W}alias").get(f"{W}val") == "基準日までの累計申請枚数"
    assert properties.find(f"{W}lock").get(f"{W}val") == "sdtLocked"
    assert sdt.getnext().findtext(f"{W}t").startswith("枚")


def test_every_printed_table_is_one_block_control_with_header_prototype_and_total(
    report: Report, template: bytes
):
    tables = {tag.removeprefix("table."): sdt for tag, sdt in controls(template) if tag.startswith("table.")}
    assert list(tables) == [
        one for block in report.document if isinstance(block, Annex) for one in block.tables
    ]
    rows = tables["annex6_annual"].findall(f"{W}sdtContent/{W}tbl/{W}tr")
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True, True, False, False]
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)


def test_neighbouring_columns_of_a_group_share_a_spanning_header_cell(template: bytes):
    """As printed in 別紙6: 住民票の写しの広域交付 over two columns, コンビニ交付 over both header rows."""
    sdt = next(sdt for tag, sdt in controls(template) if tag == "table.annex6_annual")
    first, second = sdt.findall(f"{W}sdtContent/{W}tbl/{W}tr")[:2]

    def spans(row: etree._Element) -> list[tuple[str, int, str | None]]:
        cells = []
        for cell in row.findall(f"{W}tc"):
            span, merge = cell.find(f"{W}tcPr/{W}gridSpan"), cell.find(f"{W}tcPr/{W}vMerge")
            text = "".join(one.text or "" for one in cell.iter(f"{W}t"))
            width = 1 if span is None else int(span.get(f"{W}val"))
            cells.append((text, width, None if merge is None else merge.get(f"{W}val", "continue")))
        return cells

    assert spans(first)[1:4] == [
        ("市町村名", 1, "restart"),
        ("住民票の写しの広域交付", 2, None),
        ("転出転入の特例", 2, None),
    ]
    assert spans(second)[1:4] == [("", 1, "continue"), ("交付地", 1, None), ("住所地", 1, None)]


def test_column_widths_fill_the_text_width_and_agree_with_the_cells(template: bytes):
    """Word believes tblGrid, LibreOffice tcW: they must say the same."""
    for tag, sdt in controls(template):
        if not tag.startswith("table."):
            continue
        grid = [int(column.get(f"{W}w")) for column in sdt.iter(f"{W}gridCol")]
        assert sum(grid) in (9070, 14570)
        prototype = next(row for row in sdt.iter(f"{W}tr") if row.find(f"{W}trPr/{W}tblHeader") is None)
        assert grid == [int(width.get(f"{W}w")) for width in prototype.iter(f"{W}tcW")]


def test_only_the_cover_has_no_page_number_and_the_page_after_it_is_1(template: bytes):
    sections = list(body_of(template).iter(f"{W}sectPr"))
    assert [one.find(f"{W}footerReference") is None for one in sections] == [True] + [False] * (
        len(sections) - 1
    )
    starts = [one.find(f"{W}pgNumType") for one in sections]
    assert [at for at, start in enumerate(starts) if start is not None] == [1]
    assert starts[1].get(f"{W}start") == "1"


def test_wide_annexes_lie_in_landscape_sections_of_their_own(template: bytes):
    sizes = [one.find(f"{W}pgSz").get(f"{W}orient") for one in body_of(template).iter(f"{W}sectPr")]
    assert sizes == [None, None, "landscape", None]


def test_annex_references_link_to_the_annex(template: bytes):
    body = body_of(template)
    names = {one.get(f"{W}name") for one in body.iter(f"{W}bookmarkStart")}
    links = {
        "".join(t.text for t in link.iter(f"{W}t")): link.get(f"{W}anchor")
        for link in body.iter(f"{W}hyperlink")
    }
    assert sorted(links) == [f"【別紙{number}】" for number in range(1, 7)]
    assert set(links.values()) <= names


def test_a_template_is_made_and_checked_for_the_report_of_a_master(library, tmp_path, capsys):
    master, path = tmp_path / "図書館.xlsx", tmp_path / "ひな形.docx"
    write_blank_master(master, library, {})
    assert main(["template", "new", str(path), "--report", str(master)]) == 0
    assert path.read_bytes() == create_template(library)
    assert main(["template", "check", str(path), "--report", str(master)]) == 0
    assert main(["template", "check", str(path)]) == 1
    openpyxl.Workbook().save(tmp_path / "一覧.xlsx")
    assert main(["template", "new", str(tmp_path / "別.docx"), "--report", str(tmp_path / "一覧.xlsx")]) == 2
    assert "一覧.xlsx: マスターではありません" in capsys.readouterr().err
