"""Build and refresh: one function that fills what it finds, and touches nothing else."""

from __future__ import annotations

import copy
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path

import docx
import pytest
from built import build_handout
from lxml import etree
from msgspec.structs import replace
from openxml_audit import FileFormat, OpenXmlValidator

from jukixl.errors import InputError, Refusal
from jukixl.handout.template import create_template
from jukixl.report.computation import Inputs, Results
from jukixl.report.model import Report

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DOCUMENT = "word/document.xml"


def rewrite(data: bytes, change, part: str = DOCUMENT) -> bytes:
    """The document as staff would save it after a change to one of its parts."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                root = etree.fromstring(content)
                change(root)
                content = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
            archive.writestr(name, content)
    return target.getvalue()


def body_of(data: bytes) -> etree._Element:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return etree.fromstring(archive.read(DOCUMENT))


def control(root: etree._Element, tag: str) -> etree._Element:
    found = root.iterfind(f".//{W}sdt/{W}sdtPr/{W}tag[@{W}val='{tag}']")
    return next(found).getparent().getparent()


def text_of(element: etree._Element) -> str:
    return "".join(one.text or "" for one in element.iter(f"{W}t"))


def rows_of(root: etree._Element, table: str) -> list[etree._Element]:
    rows = control(root, f"table.{table}").iter(f"{W}tr")
    return [row for row in rows if row.find(f"{W}trPr/{W}tblHeader") is None]


def cells(row: etree._Element) -> list[str]:
    return [text_of(cell) for cell in row.findall(f"{W}tc")]


def row_of(root: etree._Element, table: str, name: str) -> etree._Element:
    return next(row for row in rows_of(root, table) if name in cells(row))


@pytest.fixture(scope="module")
def results(published_master) -> Results:
    return published_master.results


@pytest.fixture(scope="module")
def template(report: Report) -> bytes:
    return create_template(report)


@pytest.fixture(scope="module")
def handout(report: Report, results: Results, template: bytes) -> bytes:
    return build_handout(report, results, template)


def with_cells(results: Results, *changes: tuple[str, str, str, object]) -> Results:
    """The results as they are with other inputs; a value None takes the input away."""
    inputs = dict(results.inputs.cells)
    for table, column, row, value in changes:
        inputs.pop((table, column, row), None)
        if value is not None:
            inputs[table, column, row] = value
    return Results(results.report, Inputs(results.inputs.settings, inputs))


@pytest.mark.parametrize(
    ("table", "name", "expected"),
    [  # as printed in 令和7年10月
        (
            "annex5",
            "甲府市",
            "19201 甲府市 179,641 184,827 97.2% 166,687 92.8% 166,197 92.5% 159,825 89.0% 96.2%",
        ),
        ("annex5", "合計", "合計 772,405 806,369 95.8% 715,448 92.6% 712,904  690,219 89.4% "),
        ("annex5_reference", "早川町", "19364 早川町 997 859 116.1% 919 92.2% 865 86.8% 896 89.9% 103.6%"),
        (
            "annex5_neighbours",
            "全国",
            "全国 120,727,223 124,885,175 96.7% 95.6% 1.1% 105,562,941 84.5% 83.4% 1.2%",
        ),
        ("annex6_annual", "甲府市", "19201 甲府市 164 131 3,883 3,155 32,327 0 0"),
        ("annex6_cumulative", "合計", "合計 13,083 11,667 39,447 39,992 523,743 674 430,413"),
        ("annex2", "合計", "合計 221 39,627"),
        ("annex3", "計", "計 1,437,750,584"),
        ("annex1", "計", "計 0 0 0 0 0 0 0 0 0 0 0 0 0"),
    ],
)
def test_rows_read_as_they_were_printed(handout: bytes, table: str, name: str, expected: str):
    assert expected == " ".join(cells(row_of(body_of(handout), table, name)))


@pytest.mark.parametrize(
    "sentence",
    [  # as printed, without spaces
        "令和6年1月から令和6年12月までに、不正アクセスによるネットワークへの侵入はなかった。",
        "令和6年度39,627件",
        "令和6年度1,437,750,584件",
        "令和6年12月31日までの累計申請枚数772,405枚",
        "令和7年8月31日までの累計申請枚数は838,955枚",
        "（R6.5.27～R6.6.28）",
        "コンビニ交付サービス実施団体（22市町村）に限る",
    ],
)
def test_figures_stand_in_their_sentences(handout: bytes, sentence: str):
    assert sentence in "".join(text_of(body_of(handout)).split()).replace("　", "")


def test_the_same_input_gives_the_same_bytes_and_a_refresh_of_them_too(report, results, template, handout):
    assert handout == build_handout(report, results, template)
    assert handout == build_handout(report, results, handout)


def test_office_schema_checks_find_nothing_to_repair(handout: bytes, tmp_path: Path):
    path = tmp_path / "handout.docx"
    path.write_bytes(handout)
    result = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path))
    assert [str(error) for error in result.errors] == []


def test_the_dates_in_the_properties_are_the_handouts_own(handout: bytes):
    properties = docx.Document(BytesIO(handout)).core_properties
    assert (date(2025, 10, 1), date(2025, 10, 1)) == (properties.created.date(), properties.modified.date())


def test_word_is_never_made_to_ask_before_it_shows_the_document(handout: bytes):
    with zipfile.ZipFile(BytesIO(handout)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"updateFields" not in everything
    assert b"w:dirty" not in everything


def test_no_figure_is_left_showing_its_name(handout: bytes):
    assert not list(body_of(handout).iter(f"{W}showingPlcHdr"))
    assert b"PlaceholderText" not in etree.tostring(body_of(handout))


def test_changing_one_input_changes_only_what_depends_on_it(report, results, handout):
    changed = with_cells(results, ("annex5", "applications", "192015", 179_642))
    before, after = body_of(handout), body_of(build_handout(report, changed, handout))
    differing = [
        (old.text, new.text)
        for old, new in zip(before.iter(f"{W}t"), after.iter(f"{W}t"), strict=True)
        if old.text != new.text
    ]
    # The sentence of 第2, 甲府市's cell and the total; no rate moves at its first decimal.
    assert differing == [("772,405", "772,406"), ("179,641", "179,642"), ("772,405", "772,406")]


class TestWhatStaffChangedSurvivesARefresh:
    def test_a_reworded_sentence_with_its_figure(self, report, results, handout):
        def reword(root):
            run = control(root, "prefecture_cases").getnext()
            run.find(f"{W}t").text = "件（暫定）"

        changed = with_cells(results, ("annex2", "cases", "r001", 7))
        after = body_of(build_handout(report, changed, rewrite(handout, reword)))
        assert "39,634件（暫定）" in text_of(after)

    def test_the_shade_of_a_row_and_the_bold_of_a_number(self, report, results, handout):
        def mark(root):
            row = row_of(root, "annex6_annual", "北杜市")
            for cell in row.findall(f"{W}tc"):
                etree.SubElement(cell.find(f"{W}tcPr"), f"{W}shd", {f"{W}val": "clear", f"{W}fill": "FFFF00"})
            run = row.findall(f"{W}tc")[2].find(f".//{W}r")
            run.insert(0, etree.fromstring(f'<w:rPr xmlns:w="{W[1:-1]}"><w:b/></w:rPr>'))

        changed = with_cells(results, ("annex6_annual", "wide_area_issue_place", "192091", 56))
        after = row_of(
            body_of(build_handout(report, changed, rewrite(handout, mark))), "annex6_annual", "北杜市"
        )
        assert cells(after)[2] == "56"
        assert after.find(f".//{W}rPr/{W}b") is not None
        assert {"FFFF00"} == {shade.get(f"{W}fill") for shade in after.iter(f"{W}shd")}

    def test_text_before_and_after_a_table_and_a_figure_used_once_more(self, report, results, handout):
        def add(root):
            table = control(root, "table.annex6_annual")
            paragraph = etree.fromstring(f'<w:p xmlns:w="{W[1:-1]}"><w:r><w:t>追記：累計は</w:t></w:r></w:p>')
            again = copy.deepcopy(control(root, "special_move_in"))
            again.find(f"{W}sdtPr/{W}id").set(f"{W}val", "4711")
            paragraph.append(again)
            table.addnext(paragraph)

        changed = with_cells(results, ("annex6_cumulative", "special_move_in", "192015", 10_996))
        after = body_of(build_handout(report, changed, rewrite(handout, add)))
        assert "追記：累計は39,993" in text_of(after)

    def test_a_figure_that_word_split_into_several_runs(self, report, results, handout):
        def split(root):
            content = control(root, "prefecture_cases").find(f"{W}sdtContent")
            run = content.find(f"{W}r")
            second = copy.deepcopy(run)
            run.find(f"{W}t").text, second.find(f"{W}t").text = "39,", "627"
            content.append(etree.Element(f"{W}proofErr", {f"{W}type": "spellStart"}))
            content.append(second)

        changed = with_cells(results, ("annex2", "cases", "r001", 7))
        after = body_of(build_handout(report, changed, rewrite(handout, split)))
        assert text_of(control(after, "prefecture_cases")) == "39,634"


def test_a_new_row_looks_like_the_others_and_a_gone_row_leaves(report, results, handout):
    number = len(results.rows(report.tables_by_id["annex3"])) + 1
    added = with_cells(
        results,
        ("annex3", "provided_to", f"r{number:03d}", "新庁"),
        ("annex3", "affairs", f"r{number:03d}", "新しい事務"),
        ("annex3", "cases", f"r{number:03d}", 5),
    )
    grown = build_handout(report, added, handout)
    row = row_of(body_of(grown), "annex3", "新庁")
    assert cells(row) == ["新庁", "新しい事務", "5"]
    styles = [one.get(f"{W}val") for one in row.iter(f"{W}pStyle")]
    assert styles == [one.get(f"{W}val") for one in rows_of(body_of(handout), "annex3")[0].iter(f"{W}pStyle")]
    assert handout == build_handout(report, results, grown)


def test_equal_cells_are_merged_only_within_equal_cells_to_their_left(handout: bytes):
    """特別給付金支給法 has three affairs in print: one merged 法律, three 事務."""
    rows = rows_of(body_of(handout), "annex2")
    start = next(at for at, row in enumerate(rows) if "特別給付金支給法" in cells(row))

    def merges(column: int) -> list[str | None]:
        found = [
            rows[at].findall(f"{W}tc")[column].find(f"{W}tcPr/{W}vMerge") for at in range(start, start + 3)
        ]
        return [None if one is None else one.get(f"{W}val", "continue") for one in found]

    assert merges(1) == ["restart", "continue", "continue"]
    assert merges(2) == [None, None, None]


def test_blank_cells_are_never_merged(handout: bytes):
    """Two unreadable cells aren't known to be equal."""
    for row in rows_of(body_of(handout), "annex2"):
        for cell in row.findall(f"{W}tc")[1:3]:
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            assert merge is None or merge.get(f"{W}val") != "restart" or text_of(cell)


def test_a_merged_cell_that_goes_on_over_the_page_says_so_and_only_there(handout: bytes):
    """根拠 別表第一… of 別紙2 has over 40 rows, more than a page."""
    parts = control(body_of(handout), "table.annex2").findall(f"{W}sdtContent/{W}tbl")
    firsts = [
        next(row for row in part.iter(f"{W}tr") if row.find(f"{W}trPr/{W}tblHeader") is None)
        for part in parts
    ]
    tops = [cells(row)[0] for row in firsts]
    assert len(parts) > 1
    assert not tops[0].endswith("（続き）")
    assert tops[1].endswith("（続き）")
    assert text_of(body_of(handout)).count("（続き）") == sum(top.endswith("（続き）") for top in tops)


def test_a_group_that_fits_on_a_page_is_never_parted(handout: bytes):
    """In 別紙3 no provider's rows go over a page end: nothing there is continued."""
    assert "（続き）" not in text_of(control(body_of(handout), "table.annex3"))


def test_every_part_of_a_table_repeats_its_header_and_the_total_has_company(handout: bytes):
    for table in ("annex2", "annex3"):
        parts = control(body_of(handout), f"table.{table}").findall(f"{W}sdtContent/{W}tbl")
        heads = [text_of(part.find(f"{W}tr")) for part in parts]
        assert len(set(heads)) == 1
        assert len(parts[-1].findall(f"{W}tr")) > 2


def test_the_remainder_row_is_set_apart_from_observations(handout: bytes):
    root = body_of(handout)
    rest = next(row for row in rows_of(root, "annex2") if "(判読不能分)" in cells(row))
    assert all(run.find(f"{W}rPr/{W}i") is not None for run in rest.iter(f"{W}r"))
    others = [row for row in rows_of(root, "annex2") if row is not rest]
    assert not any(row.findall(f".//{W}i") for row in others)


def test_a_list_that_nobody_filled_in_keeps_its_header_and_two_blank_rows(report, results, template):
    """Nobody has said that there is nothing: that is for a diary only."""
    empty = Results(report, Inputs(results.inputs.settings, {}))
    rows = rows_of(body_of(build_handout(report, empty, template)), "annex3")
    assert [cells(row) for row in rows] == [[""] * 3] * 2 + [["計", ""]]


def test_a_conditional_note_is_hidden_while_it_does_not_hold_and_keeps_its_wording(report, results, handout):
    def reword(root):
        next(control(root, "note.annex2.1").iter(f"{W}t")).text = "※　言い換えた注"

    reworded = rewrite(handout, reword)
    table = report.tables_by_id["annex2"]
    filled = with_cells(results, *(("annex2", "cases", row, 0) for row in results.rows(table)))
    hidden = build_handout(report, filled, reworded)
    shown = build_handout(report, results, hidden)
    styles = [
        [one.get(f"{W}val") for one in control(body_of(data), "note.annex2.1").iter(f"{W}pStyle")]
        for data in (reworded, hidden, shown)
    ]
    assert styles == [["TableNote"], ["TableNoteHidden"], ["TableNote"]]
    assert "言い換えた注" in text_of(control(body_of(shown), "note.annex2.1"))


def test_a_heading_that_staff_added_is_listed_in_the_contents(report, results, handout):
    def add(root):
        heading = etree.fromstring(
            f'<w:p xmlns:w="{W[1:-1]}"><w:pPr><w:pStyle w:val="Heading2"/></w:pPr><w:r><w:t>3　その他</w:t></w:r></w:p>'
        )
        control(root, "kiosk_own_municipality").getparent().addnext(heading)

    refreshed = build_handout(report, results, rewrite(handout, add))
    contents = [text_of(line) for line in control(body_of(refreshed), "contents").iter(f"{W}p")]
    assert "3　その他16" in contents
    assert refreshed == build_handout(report, results, refreshed)


def test_figures_in_headers_and_footers_are_filled_too(report, results, handout):
    def add(root):
        root[0].append(copy.deepcopy(control(body_of(handout), "fiscal_year")))
        control(root, "fiscal_year").find(f"{W}sdtPr/{W}id").set(f"{W}val", "4712")
        control(root, "fiscal_year").find(f".//{W}t").text = "令和5年度"

    refreshed = build_handout(report, results, rewrite(handout, add, "word/footer1.xml"))
    with zipfile.ZipFile(BytesIO(refreshed)) as archive:
        assert "令和6年度" in text_of(etree.fromstring(archive.read("word/footer1.xml")))


def test_another_report_is_built_without_a_line_of_code(library: Report):
    settings = {
        "council": "図書館協議会",
        "meeting_month": date(2025, 10, 1),
        "survey_date": date(2025, 3, 31),
    }
    table = library.tables_by_id["lending"]
    counts = {("lending", "cards", row): 560 for row in table.row_ids}
    counts |= {("lending", "active", row): 371 for row in table.row_ids}
    built = build_handout(library, Results(library, Inputs(settings, counts)), create_template(library))
    assert "66.3%" in cells(rows_of(body_of(built), "lending")[0])


def test_a_document_that_is_not_word_is_refused_with_what_to_do(report, results):
    with pytest.raises(InputError, match=r"資料\.docx: .*Word文書\(\.docx\)でもありません.*保存"):
        build_handout(report, results, b"PK not a zip", "資料.docx")


def test_a_workbook_given_as_a_document_is_refused_with_what_to_do(report, results, master_path):
    with pytest.raises(InputError, match=r"資料\.docx: Word文書（\.docx）として開けません"):
        build_handout(report, results, master_path.read_bytes(), "資料.docx")


def test_all_errors_of_a_template_are_named_at_once(report, results, handout):
    def spoil(root):
        control(root, "applications").find(f"{W}sdtPr/{W}tag").set(f"{W}val", "aplications")
        row = rows_of(root, "annex5")[0]
        row.remove(row.findall(f"{W}tc")[-1])

    with pytest.raises(InputError) as caught:
        build_handout(report, results, rewrite(handout, spoil), "資料.docx")
    assert len(caught.value.problems) == 3
    assert "aplications" in str(caught.value)
    assert "12列" in str(caught.value)


def test_a_document_saved_by_libreoffice_is_refused(report, results, handout):
    def brand(root):
        root[0].text = "LibreOffice/7.4"

    with pytest.raises(Refusal, match="LibreOfficeで保存された"):
        build_handout(report, results, rewrite(handout, brand, "docProps/app.xml"))


def test_a_definition_with_another_column_refuses_the_old_handout(report, results, handout):
    table = report.tables_by_id["annex6_annual"]
    tables = tuple(replace(one, columns=one.columns[:-1]) if one is table else one for one in report.tables)
    with pytest.raises(InputError, match="見出しが定義と違います"):
        build_handout(replace(report, tables=tables), results, handout)
