"""What `compare` writes and what it refuses: 新旧対照表 as Word and as a page, messages and exit codes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import chromium
import docx
import openpyxl
import pytest
from built import build_handout
from conftest import CARDS, LIBRARY, read_rows, write_blank_master
from docx.oxml.ns import qn
from openxml_audit import FileFormat, OpenXmlValidator
from returned import encrypt
from test_compare import cell_of, edited
from test_compare_years import CARDS_TITLE, CUMULATIVE
from test_handout_build import rewrite
from test_handout_pages import convert_all, text_of
from two_years import built

from jukixl.cli import main
from jukixl.comparison.differences import ComparedTable, Comparison, Difference, Topic
from jukixl.comparison.document import create_comparison_document
from jukixl.handout.template import create_template
from jukixl.report.computation import Inputs, Results
from jukixl.report.model import Report

OLD, NEW = "旧.docx", "新.docx"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def both(folder: Path, handout: bytes) -> Path:
    """Two handouts that differ."""
    (folder / OLD).write_bytes(handout)
    (folder / NEW).write_bytes(edited(handout))
    return folder


@pytest.fixture(scope="module")
def written(
    report: Report, earlier_path: Path, later_path: Path, masters, tmp_path_factory
) -> dict[str, Path]:
    """The lists of two years' handouts and masters."""
    folder = tmp_path_factory.mktemp("written")
    shutil.copy(earlier_path, folder / "R6.xlsx")
    shutil.copy(later_path, folder / "R7.xlsx")
    for name, master in zip(("R6", "R7"), masters, strict=True):
        (folder / f"{name}.docx").write_bytes(built(report, master))
    paths = {}
    for kind in ("docx", "xlsx"):
        paths[kind] = folder / f"{kind}の新旧対照表.docx"
        pair = [str(folder / f"{name}.{kind}") for name in ("R6", "R7")]
        assert main(["compare", *pair, "--out", str(paths[kind])]) == 0
    return paths


def assert_valid(path: str | Path) -> None:
    """Office's schemas, and what they don't check: that styles are there and rows as wide as their table."""
    audit = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path))
    assert [str(error) for error in audit.errors] == []
    document = docx.Document(str(path))
    used = {
        one.get(qn("w:val"))
        for tag in ("pStyle", "tblStyle")
        for one in document.element.iter(qn(f"w:{tag}"))
    }
    assert used <= {style.style_id for style in document.styles}
    for table in document.tables:
        width = sum(int(one.get(qn("w:w"))) for one in table._tbl.find(qn("w:tblGrid")))
        for row in table.rows:
            cells = [cell.find(f"{qn('w:tcPr')}/{qn('w:tcW')}") for cell in row._tr.tc_lst]
            assert sum(int(cell.get(qn("w:w"))) for cell in cells) == width


@pytest.mark.usefixtures("both")
def test_the_command_writes_both_forms(capsys):
    options = ["--out", "対照.docx", "--html", "対照.html"]
    assert main(["compare", OLD, NEW, *options, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {one["topic"] for one in data["differences"]} >= {"数値", "文章"}
    assert_valid("対照.docx")
    document = docx.Document("対照.docx")
    marked = [
        run.text
        for table in document.tables
        for row in table.rows
        for cell in row.cells
        for paragraph in cell.paragraphs
        for run in paragraph.runs
        if run.underline
    ]
    assert {"41,002", "39,627"} <= set(marked)
    assert document.core_properties.author == ""


@pytest.mark.usefixtures("both")
def test_the_same_files_give_the_same_bytes():
    assert main(["compare", OLD, NEW, "--out", "対照.docx", "--html", "対照.html"]) == 0
    again = ["compare", OLD, NEW, "--out", "二.docx", "--html", "二.html"]
    command = [sys.executable, "-m", "jukixl", *again]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    for one, other in (("対照.docx", "二.docx"), ("対照.html", "二.html")):
        assert Path(one).read_bytes() == Path(other).read_bytes()


@pytest.mark.usefixtures("both")
def test_files_that_do_not_differ_are_told_to_be_the_same(published_path: Path, capsys):
    for one, topics in ((OLD, 5), (str(published_path), 4)):  # a master has no sentences
        assert main(["compare", one, one, "--out", "対照.docx", "--html", "対照.html"]) == 0
        assert "違いはありません。" in capsys.readouterr().out
        assert_valid("対照.docx")
        document = docx.Document("対照.docx")
        assert [paragraph.text for paragraph in document.paragraphs].count("変更なし") == topics
        assert not document.tables


def test_files_of_the_same_name_are_told_apart_by_their_folders(folder: Path, handout: bytes, capsys):
    for year, data in (("令和6年", handout), ("令和7年", edited(handout))):
        (folder / year).mkdir()
        (folder / year / "資料.docx").write_bytes(data)
    assert main(["compare", "令和6年/資料.docx", "令和7年/資料.docx", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["old_name"], data["new_name"]) == ("令和6年/資料.docx", "令和7年/資料.docx")


# The Word list.


def rows_of(table: docx.table.Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def tables_of(path: Path, title: str) -> list[list[list[str]]]:
    rows = (rows_of(table) for table in docx.Document(str(path)).tables)
    return [table for table in rows if table[0][0].startswith(title)]


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_the_list_is_valid_and_says_what_it_is_about_on_every_page(written: dict[str, Path], kind: str):
    assert_valid(written[kind])
    for table in docx.Document(str(written[kind])).tables:
        headers = [row._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in table.rows]
        assert headers[0]
        assert all(one or not other for one, other in pairwise(headers))


@pytest.mark.parametrize(("kind", "aspects"), [("docx", 4), ("xlsx", 5)])
def test_a_table_is_set_as_itself_with_its_name_once(written: dict[str, Path], kind: str, aspects: int):
    """A group of lines a row: 新, 旧, 増減, 増減率, in masters also the cells."""
    (table,) = tables_of(written[kind], f"{CARDS_TITLE}　") or tables_of(written[kind], CARDS_TITLE)[:1]
    assert sum(CARDS_TITLE in text for row in table for text in set(row)) == 1
    names = [record["municipality"] or "合計" for record in read_rows(CARDS["annex5"])]
    assert [row[0] for row in table[2:]] == [text for name in names for text in (name, *[""] * (aspects - 1))]
    assert [row[1] for row in table[2:]] == ["新", "旧", "増減", "増減率", "セル"][:aspects] * len(names)


def saved(differences: list[Difference], tables: tuple[ComparedTable, ...], path: Path) -> Path:
    comparison = Comparison("審議会資料", tuple(Topic), OLD, NEW, 100, tuple(differences), tables)
    path.write_bytes(create_comparison_document(comparison))
    assert_valid(path)
    return path


def test_a_row_with_many_numbers_goes_on_with_its_name(tmp_path: Path):
    """Twenty columns of ten digits don't fit beside each other."""
    columns = tuple(f"{month}番目の月" for month in range(1, 21))
    number = "1,437,750,584"
    found = [Difference(Topic.NUMBER, "別紙", "甲府市", one, number, number, "0", "0.0%") for one in columns]
    path = saved(found, (ComparedTable("別紙", columns, 3, 20),), tmp_path / "対照.docx")
    (table,) = tables_of(path, "別紙")
    assert table[0][0].endswith("（変更のない3行は省略）")
    assert [row[0] for row in table[2:]] == ["甲府市", *[""] * 11, "甲府市（続き）", *[""] * 7]
    assert [row[1] for row in table[2:]] == list(columns)


def keeps_next(row: docx.table._Row) -> bool:
    paragraphs = [paragraph for cell in row.cells for paragraph in cell.paragraphs]
    return all(paragraph.paragraph_format.keep_with_next for paragraph in paragraphs)


def test_the_lines_of_a_row_stay_on_one_page(written: dict[str, Path], tmp_path: Path):
    """Word keeps a row on the page of the next one where its paragraphs say so."""
    (table,) = [
        one
        for one in docx.Document(str(written["docx"])).tables
        if one.cell(0, 0).text.startswith(CUMULATIVE)
    ]
    rows = list(table.rows)[2:]
    assert [keeps_next(row) for row in rows] == [True, True, True, False] * (len(rows) // 4)
    columns = ("申請件数", "交付")
    found = [
        Difference(Topic.NUMBER, "別紙", name, one, "1", "2", "1", "100.0%")
        for name in "甲乙"
        for one in columns
    ]
    path = saved(found, (ComparedTable("別紙", columns, 0, 4),), tmp_path / "対照.docx")
    (table,) = docx.Document(str(path)).tables
    assert [keeps_next(row) for row in list(table.rows)[2:]] == [True, False, True, False]


def test_long_cells_leave_room_for_names_and_numbers(tmp_path: Path):
    """A value that moved to another sheet: its cells go over several lines, its number doesn't."""
    cells = tuple(
        f"別紙5 近隣県個人番号カード申請受付状況（{name}）!C{number}"
        for number, name in enumerate("旧新", 1000)
    )
    number = "1,437,750,584"
    one = Difference(Topic.NUMBER, "別紙", "甲府市", "申請件数", number, number, number, "0.0%", *cells)
    path = saved([one], (ComparedTable("別紙", ("申請件数",), 0, 1),), tmp_path / "対照.docx")
    (table,) = docx.Document(str(path)).tables
    points = [cell.width.pt for cell in table.rows[2].cells]
    assert points[0] > len("甲府市") * 9.5
    assert all(width > len(number) * 9.5 / 2 for width in points[1:4])


@pytest.mark.parametrize(("topic", "words"), [(Topic.TEXT, "（空欄）"), (Topic.ROW, "（新設）")])
def test_what_was_not_there_is_said_to_be_so(tmp_path: Path, topic: Topic, words: str):
    path = saved([Difference(topic, "設定", "", "所管課", "", "市町村振興課")], (), tmp_path / "対照.docx")
    (table,) = docx.Document(str(path)).tables
    assert rows_of(table)[2] == ["所管課", "市町村振興課", words]


def test_many_rows_that_went_stand_below_the_name_of_their_table_on_every_page(tmp_path: Path):
    gone = [Difference(Topic.ROW, "別紙5", "", "", f"{number}番目", "") for number in range(1, 61)]
    few = [Difference(Topic.ROW, title, "", "", "甲府市", "") for title in ("別紙6", "別紙7")]
    path = saved([*gone, *few], (), tmp_path / "対照.docx")
    long, short = docx.Document(str(path)).tables
    headers = long._tbl.findall(f"{qn('w:tr')}/{qn('w:trPr')}/{qn('w:tblHeader')}")
    assert [row[0] for row in rows_of(long)][: len(headers)] == ["別紙5", "新"]
    assert [row[0] for row in rows_of(short)] == ["新", "別紙6", "（削除）", "別紙7", "（削除）"]


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_numbers_stand_at_the_right(written: dict[str, Path], kind: str):
    found = 0
    for table in docx.Document(str(written[kind])).tables:
        for cell in table._cells:
            if re.fullmatch(r"△?[0-9]{1,3}(,[0-9]{3})+", cell.text):
                found += 1
                assert (
                    cell.paragraphs[0].style.paragraph_format.alignment
                    == docx.enum.text.WD_ALIGN_PARAGRAPH.RIGHT
                )
    assert found > 500


def values_with_cells(table: list[list[str]]) -> Iterator[tuple[str, str, str, str]]:
    """Old and new number, sheet and cell of every value of a matrix."""
    (sheet,) = re.findall("シート「(.*?)」", table[0][0])
    for start in range(2, len(table), 5):
        new, old, _, _, cells = table[start : start + 5]
        yield from zip(old[2:], new[2:], [sheet] * len(new[2:]), cells[2:], strict=True)


def test_the_list_of_masters_names_the_cell_of_every_number(
    written: dict[str, Path], earlier_path: Path, later_path: Path
):
    """As openpyxl finds them in both files."""
    before, after = (openpyxl.load_workbook(path, data_only=True) for path in (earlier_path, later_path))
    table = tables_of(written["xlsx"], CARDS_TITLE)[0]
    found = [one for one in values_with_cells(table) if one[3] and not one[0].endswith("%")]
    assert len(found) > 100
    for old, new, sheet, cell in found:
        assert (f"{before[sheet][cell].value:,}", f"{after[sheet][cell].value:,}") == (old, new)


def test_single_numbers_of_masters_bear_sheet_and_cell(written: dict[str, Path], later_path: Path):
    after = openpyxl.load_workbook(later_path, data_only=True)
    (table,) = tables_of(written["xlsx"], "文中の数値")
    assert table[1] == ["項目", "新", "旧", "増減", "増減率", "セル"]
    for row in table[2:]:
        sheet, _, cell = row[-1].rpartition("!")
        assert f"{after[sheet][cell].value:,}" == row[1]


def test_dates_of_masters_bear_sheet_and_cell(written: dict[str, Path]):
    rows = [row for table in docx.Document(str(written["xlsx"])).tables for row in rows_of(table)]
    (row,) = [row for row in rows if row[:3] == ["基準日", "令和7年8月31日", "令和6年12月31日"]]
    assert re.fullmatch(r"設定![A-Z]+[0-9]+", row[3])


@pytest.fixture(scope="module")
def pdfs(written: dict[str, Path], tmp_path_factory) -> dict[str, Path]:
    return convert_all(
        {kind: path.read_bytes() for kind, path in written.items()}, tmp_path_factory.mktemp("pdf")
    )


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_two_years_take_few_pages_each_of_which_says_what_it_shows(pdfs: dict[str, Path], kind: str):
    """29 pages each when every line bore its table."""
    pages = text_of(pdfs[kind]).split("\f")[:-1]
    assert len(pages) <= 16
    for page in pages[1:]:
        lines = [line.strip() for line in page.splitlines() if line.strip()]
        assert re.match("別紙|文中の数値|住基人口|[1-5] |区分|項目|新", lines[0]), lines[:2]


def pictures_of(pdf: Path) -> Iterator[tuple[int, int, bytes]]:
    """Width, height and grey pixels of every page (PGM, of one byte a pixel)."""
    data = subprocess.run(["pdftoppm", "-r", "60", "-gray", pdf], capture_output=True, check=True).stdout
    while data:
        head = re.match(rb"P5\s(\d+)\s(\d+)\s255\s", data)
        assert head
        width, height = int(head[1]), int(head[2])
        end = head.end() + width * height
        yield width, height, data[head.end() : end]
        data = data[end:]


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_no_table_is_open_at_its_side(pdfs: dict[str, Path], kind: str):
    """LibreOffice leaves out the left line beside merged cells of a table that goes over a page."""
    for width, height, pixels in pictures_of(pdfs[kind]):
        columns = [
            [pixels[y * width + x] < 128 for y in range(height)]
            for x in (*range(30, 70), *range(width - 70, width - 30))
        ]
        left, right = (max(side, key=sum) for side in (columns[:40], columns[40:]))
        assert sum(left) > 20
        near = [[any(line[max(0, y - 2) : y + 3]) for y in range(height)] for line in (left, right)]
        assert sum(one != other for one, other in zip(*near, strict=True)) < 8


def test_the_page_is_grouped_and_names_sheet_and_cell(
    earlier_path: Path,
    later_path: Path,
    tmp_path: Path,
):
    page = tmp_path / "対照.html"
    assert main(["compare", str(earlier_path), str(later_path), "--html", str(page)]) == 0
    script = """
      const title = Array.from(document.querySelectorAll("h3")).find(one => one.textContent.startsWith("%s"));
      const rows = Array.from(title.closest("table").tBodies[0].rows);
      return rows.map(row => Array.from(row.cells).map(cell => cell.textContent));
    """
    rows = chromium.ask(page.read_bytes(), script % CUMULATIVE)
    assert isinstance(rows, list)
    before, after = (openpyxl.load_workbook(path, data_only=True) for path in (earlier_path, later_path))
    assert len(rows) > 100
    for row in rows:
        sheet, _, cell = row[-1].rpartition("!")
        assert [f"{book[sheet][cell].value:,}" for book in (after, before)] == row[2:4]


# What can't be compared.


def refused(*arguments: str, code: int = 2) -> None:
    assert main(["compare", *arguments]) == code


@pytest.mark.usefixtures("both")
def test_a_handout_and_a_master_are_not_compared(published_path: Path, capsys):
    refused(OLD, str(published_path))
    assert "旧は審議会資料、新はマスターです。資料どうし、又はマスターどうし" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("資料.pdf", b"%PDF-1.7 ...", "Excelブック(.xlsx)でもWord文書(.docx)でもありません(PDFです)"),
        ("空.docx", b"", "空のファイル(0バイト)です"),
        ("数値.csv", "件数,39627".encode(), "テキストかCSVのファイルです"),
    ],
)
@pytest.mark.usefixtures("both")
def test_what_is_no_office_file_is_named(capsys, name: str, content: bytes, words: str):
    Path(name).write_bytes(content)
    refused(OLD, name)
    error = capsys.readouterr().err
    assert name in error
    assert words in error


def test_a_file_with_a_password_is_told_with_what_to_do(both: Path, capsys):
    encrypt(both / NEW, "12345")
    refused(OLD, NEW)
    error = capsys.readouterr().err
    assert NEW in error
    assert "開くためのパスワードが付いています" in error


@pytest.mark.usefixtures("both")
def test_a_broken_file_is_told(handout: bytes, capsys):
    Path("壊れ.docx").write_bytes(handout[:2000])
    refused(OLD, "壊れ.docx")
    assert "壊れ.docx: ファイルが壊れているか、途中で切れています" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_all_that_is_wrong_is_told_at_once(handout: bytes, capsys):
    Path("壊れ.docx").write_bytes(handout[:2000])
    refused("壊れ.docx", "ない.docx")
    error = capsys.readouterr().err
    assert "壊れ.docx: ファイルが壊れている" in error
    assert "ない.docx: ファイルがありません" in error


@pytest.mark.usefixtures("both")
def test_another_document_is_no_handout(capsys):
    """Exit code 1, as `verify` has it: without controls nothing that is read would be true."""
    document = docx.Document()
    document.add_paragraph("復命書")
    document.save("復命書.docx")
    refused("復命書.docx", NEW, code=1)
    assert "復命書.docx: 数値の目印（コンテンツコントロール）が一つもありません" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_another_workbook_is_no_master(forms: Path, capsys):
    form = next(path for path in sorted(forms.iterdir()) if path.suffix == ".xlsx")
    shutil.copy(form, "調査票.xlsx")
    openpyxl.Workbook().save("一覧.xlsx")
    refused("調査票.xlsx", "一覧.xlsx")
    error = capsys.readouterr().err
    assert "調査票.xlsx: マスターではありません" in error
    assert "一覧.xlsx: マスターではありません" in error


@pytest.fixture
def library_handout(library: Report) -> bytes:
    codes = [] if library.municipalities is None else library.municipalities.ids
    cells = {("lending", column, code): 10 for code in codes for column in ("cards", "active")}
    return build_handout(library, Results(library, Inputs({}, cells)), create_template(library))


@pytest.mark.usefixtures("both")
def test_a_handout_of_another_report_needs_its_definition(library: Report, library_handout: bytes, capsys):
    Path("図書館.docx").write_bytes(library_handout)
    refused(OLD, "図書館.docx")
    error = capsys.readouterr().err
    assert "図書館.docx: 「住民基本台帳ネットワークシステム関係資料」の資料ではありません" in error
    assert "--report" in error
    assert main(["compare", "図書館.docx", "図書館.docx", "--report", str(LIBRARY)]) == 0
    assert "違いはありません。" in capsys.readouterr().out
    write_blank_master(Path("図書館.xlsx"), library, {})
    assert main(["compare", "図書館.docx", "図書館.docx", "--report", "図書館.xlsx"]) == 0
    assert "違いはありません。" in capsys.readouterr().out
    refused(OLD, "図書館.docx", "--report", str(LIBRARY))
    assert f"{OLD}: 「図書館の利用状況」の資料ではありません" in capsys.readouterr().err


@pytest.mark.usefixtures("both")
def test_a_report_that_is_not_there_is_told(capsys):
    refused(OLD, NEW, "--report", "定義")
    assert "定義" in capsys.readouterr().err


def test_masters_of_two_reports_are_not_compared(folder: Path, library: Report, published_path: Path, capsys):
    write_blank_master(folder / "図書館.xlsx", library, {})
    refused(str(published_path), "図書館.xlsx")
    assert "図書館.xlsx: 別の報告（library）のマスターです" in capsys.readouterr().err


@pytest.mark.usefixtures("both")
def test_a_list_that_is_there_is_kept(capsys):
    Path("対照.docx").write_bytes(b"checked by hand")
    assert main(["compare", OLD, NEW, "--out", "対照.docx"]) == 0
    assert "前のものを残しました: 対照_旧1.docx" in capsys.readouterr().out
    assert Path("対照_旧1.docx").read_bytes() == b"checked by hand"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--out", NEW], "比べる資料と同じファイルです"),
        (["--out", "対照.pdf"], "ファイル名の終わりを .docx にしてください"),
        (["--html", "対照.docx"], "ファイル名の終わりを .html にしてください"),
        (["--out", "フォルダー"], "フォルダーです"),
    ],
)
def test_outputs_that_do_not_fit_are_refused(both: Path, capsys, options: list[str], words: str):
    Path("フォルダー").mkdir()
    before = (both / NEW).read_bytes()
    refused(OLD, NEW, *options)
    assert words in capsys.readouterr().err
    assert (both / NEW).read_bytes() == before


@pytest.mark.usefixtures("both")
def test_a_list_that_is_open_in_word_is_left_as_it_is(capsys, monkeypatch: pytest.MonkeyPatch):
    """Windows refuses to replace a file that a program holds."""
    Path("対照.docx").write_bytes(b"open")
    real = os.replace

    def refuse(source: str | Path, target: str | Path) -> None:
        if Path(target).name == "対照.docx":
            raise PermissionError(13, "sharing violation", str(target))
        real(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    refused(OLD, NEW, "--out", "対照.docx")
    error = capsys.readouterr().err
    assert "対照.docx" in error
    assert "開いていれば閉じてから、もう一度実行してください" in error
    assert Path("対照.docx").read_bytes() == b"open"


@pytest.mark.usefixtures("both")
def test_personal_numbers_are_not_shown(handout: bytes, capsys):
    """住民票コード of the form that 住民基本台帳法施行規則 gives, with a right check digit."""
    number = "12345678901" + "8"

    def change(root) -> None:
        cell_of(root, "富士吉田市", 1).text = f"富士吉田市{number}"

    Path(NEW).write_bytes(rewrite(handout, change))
    assert main(["compare", OLD, NEW, "--out", "対照.docx", "--html", "対照.html", "--json"]) == 0
    assert number not in capsys.readouterr().out
    assert number not in Path("対照.html").read_text(encoding="utf-8")
    with BytesIO(Path("対照.docx").read_bytes()) as data:
        text = "".join(cell.text for table in docx.Document(data).tables for cell in table._cells)
    assert "富士吉田市" in text
    assert number not in text
