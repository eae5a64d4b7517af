"""Letters come from templates that staff may change: what a changed one gives, and what is said of one that can't be filled."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator
from test_corresponding import KOFU, TSURU, TYPED, put, text_of

from jukixl.cli import main
from jukixl.survey.letter_kinds import LETTER_KINDS, REQUEST, RETURN, LetterKind
from jukixl.survey.letter_starter import create_letter_template

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SHIPPED = Path(__file__).parents[1] / "word_templates"
Change = Callable[[etree._Element], None]
KINDS = pytest.mark.parametrize("kind", LETTER_KINDS.values(), ids=lambda kind: kind.name)


@pytest.fixture
def master(blank_path: Path, tmp_path: Path) -> Path:
    """A master with deadline, sender and one address, in a folder of its own."""
    return put(Path(shutil.copy(blank_path, tmp_path / "マスター.xlsx")), TYPED)


def changed(kind: LetterKind, path: Path, change: Change) -> Path:
    """The shipped template, its body changed."""
    with zipfile.ZipFile(SHIPPED / f"ひな形_{kind.name}.docx") as package, zipfile.ZipFile(path, "w") as new:
        for part in package.namelist():
            content = package.read(part)
            if part == "word/document.xml":
                root = etree.fromstring(content)
                change(root)
                content = etree.tostring(root)
            new.writestr(part, content)
    return path


def control(root: etree._Element, tag: str) -> etree._Element:
    (found, *_) = (sdt for sdt in root.iter(f"{W}sdt") if sdt.find(f"{W}sdtPr/{W}tag").get(f"{W}val") == tag)
    return found


def remove(element: etree._Element) -> None:
    element.getparent().remove(element)


def text(old: str, new: str) -> Change:
    """Words of the letter itself changed."""

    def change(root: etree._Element) -> None:
        nodes = [node for node in root.iter(f"{W}t") if old in (node.text or "")]
        assert nodes
        for node in nodes:
            node.text = node.text.replace(old, new)

    return change


def renamed(tag: str, new: str) -> Change:
    return lambda root: control(root, tag).find(f"{W}sdtPr/{W}tag").set(f"{W}val", new)


def without(tag: str) -> Change:
    return lambda root: remove(control(root, tag))


# The shipped ones


@KINDS
def test_the_shipped_template_is_what_template_new_writes(kind: LetterKind, tmp_path: Path) -> None:
    """Staff edit a copy of it; and the same command always writes the same bytes."""
    assert main(["template", "new", str(tmp_path / "新.docx"), "--letter", kind.name]) == 0
    shipped = (SHIPPED / f"ひな形_{kind.name}.docx").read_bytes()
    assert (tmp_path / "新.docx").read_bytes() == shipped == create_letter_template(kind)


@KINDS
def test_the_shipped_template_passes_its_own_check_and_that_of_the_file_format(
    kind: LetterKind, capsys: pytest.CaptureFixture[str]
) -> None:
    path = SHIPPED / f"ひな形_{kind.name}.docx"
    assert main(["template", "check", str(path), "--letter", kind.name]) == 0
    assert "誤り 0 件、要確認 0 件" in capsys.readouterr().out
    result = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path))
    assert [str(error) for error in result.errors] == []


def test_a_letter_has_no_controls_left_and_no_words_of_a_case_that_does_not_hold(
    master: Path, tmp_path: Path
) -> None:
    put(master, {f"status.{TSURU}.state": "差戻し"})
    assert main(["remind", str(master), "--out", str(tmp_path / "督促")]) == 0
    for path in (tmp_path / "督促").iterdir():
        assert not list(docx.Document(str(path)).element.iter(f"{W}sdt"))
    kofu, tsuru = (
        text_of(tmp_path / "督促" / f"督促文_{one}.docx") for one in ("192015_甲府市", "192040_都留市")
    )
    assert "貴団体からの回答を確認できていません。提出期限を過ぎていますので、至急、提出くださる" in kofu
    assert "差し戻した調査票の再提出を確認できていません。" in tsuru
    assert "調査票「調査票_R6_192040_都留市.xlsx」" in tsuru
    assert "貴団体からの回答" not in tsuru


def test_the_same_master_gives_the_same_letter_byte_for_byte(master: Path, tmp_path: Path) -> None:
    for folder in ("1", "2"):
        main(["remind", str(master), "--out", str(tmp_path / folder)])
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()} for folder in ("1", "2")
    )
    assert len(first) == 28
    assert first == second


# Their own ones


@pytest.mark.parametrize("is_beside", [True, False], ids=["beside the master", "named"])
def test_a_template_of_their_own_is_found_beside_the_master_or_named(
    master: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], is_beside: bool
) -> None:
    path = tmp_path / ("ひな形_依頼文.docx" if is_beside else "今年の様式.docx")
    changed(REQUEST, path, text("日頃から本県の行政の推進に御協力いただき", "平素より格別の御協力をいただき"))
    named = [] if is_beside else ["--template", str(path)]
    assert main(["distribute", str(master), "--out", str(tmp_path / "調査票"), *named]) == 0
    letter = text_of(tmp_path / "調査票_依頼" / "依頼文.docx")
    assert "平素より格別の御協力をいただき、ありがとうございます。" in letter
    assert "令和7年11月14日（金）" in letter
    assert f"ひな形は {path} を使いました。" in capsys.readouterr().out


def test_the_named_template_goes_before_the_one_beside_the_master(master: Path, tmp_path: Path) -> None:
    changed(REQUEST, tmp_path / "ひな形_依頼文.docx", text("記入要領", "隣のひな形"))
    named = changed(REQUEST, tmp_path / "名指し.docx", text("記入要領", "名指しのひな形"))
    main(["distribute", str(master), "--out", str(tmp_path / "調査票"), "--template", str(named)])
    assert "名指しのひな形" in text_of(tmp_path / "調査票_依頼" / "依頼文.docx")


def test_the_list_of_those_missing_has_a_template_too(master: Path, tmp_path: Path) -> None:
    changed(LETTER_KINDS["未提出一覧"], tmp_path / "ひな形_未提出一覧.docx", text("未提出です", "まだです"))
    main(["remind", str(master), "--out", str(tmp_path / "督促")])
    assert "27 団体のうち 27 団体がまだです" in text_of(tmp_path / "督促" / "未提出一覧.docx")


def _take_column(root: etree._Element) -> None:
    """The column 入力された値 taken out, お願い put before 内容, as staff do it in Word."""
    for row in control(root, "table.findings").iter(f"{W}tr"):
        cells = row.findall(f"{W}tc")
        row.remove(cells[1])
        cells[2].addprevious(cells[3])


def _bold(root: etree._Element) -> None:
    for row in list(control(root, "table.findings").iter(f"{W}tr"))[1:]:
        for run in row.iter(f"{W}r"):
            run.insert(0, etree.fromstring(f'<w:rPr xmlns:w="{W[1:-1]}"><w:b/></w:rPr>'))


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    folder = tmp_path / "回答"
    folder.mkdir()
    (folder / f"{TSURU}_回答.pdf").write_bytes(b"%PDF-1.4\n")
    return folder


def test_the_columns_of_a_table_may_change_places_and_be_taken_out(
    master: Path, answers: Path, tmp_path: Path
) -> None:
    changed(RETURN, tmp_path / "ひな形_差戻し文.docx", _take_column)
    assert main(["return", str(master), str(answers), "--out", str(tmp_path / "差戻し")]) == 0
    (table,) = docx.Document(str(tmp_path / "差戻し" / "差戻し文_192040_都留市.docx")).tables
    header, row = ([cell.text for cell in row.cells] for row in table.rows)
    assert header == ["セル", "お願い", "内容"]
    assert row[0] == "全体"
    assert row[1] == "今回送付した調査票（Excel）に入力し、そのまま保存して再提出してください。"
    assert "PDF" in row[2]


def test_every_row_of_a_table_looks_like_the_row_of_the_template(
    master: Path, answers: Path, tmp_path: Path
) -> None:
    changed(RETURN, tmp_path / "ひな形_差戻し文.docx", _bold)
    main(["return", str(master), str(answers), "--out", str(tmp_path / "差戻し")])
    (table,) = docx.Document(str(tmp_path / "差戻し" / "差戻し文_192040_都留市.docx")).tables
    cells = [table.rows[1].cells[column] for column in (0, 2, 3)]
    assert all(run.bold for cell in cells for run in cell.paragraphs[0].runs)


def _around_paragraph(root: etree._Element) -> None:
    """What Word makes of a text control that is put on an empty line: it stands around the paragraph."""
    sdt = control(root, "deadline")
    paragraph = sdt.getparent()
    content = sdt.find(f"{W}sdtContent")
    paragraph.addprevious(sdt)
    paragraph.append(content.find(f"{W}r"))
    content.append(paragraph)


def _in_cell(root: etree._Element) -> None:
    """A case as the only thing in a cell of a table."""
    table = etree.fromstring(
        f'<w:tbl xmlns:w="{W[1:-1]}"><w:tblPr><w:tblW w:w="9000" w:type="dxa"/></w:tblPr><w:tblGrid>'
        '<w:gridCol w:w="9000"/></w:tblGrid><w:tr><w:tc><w:tcPr><w:tcW w:w="9000" w:type="dxa"/></w:tcPr>'
        "</w:tc></w:tr></w:tbl>"
    )
    phone = control(root, "when.phone")
    phone.addprevious(table)
    table.find(f".//{W}tc").append(phone)


@pytest.mark.parametrize(
    ("change", "cells", "wanted"),
    [
        (_around_paragraph, {}, "令和7年11月14日（金）"),
        (_in_cell, {}, "電話　055-000-0000"),
        (_in_cell, {"status.phone": None}, "以上"),
        (without("when.phone"), {}, "担当　市町村振興課"),
        (without("list.tables"), {}, "2　調査の内容"),
        (text("各市町村", "{municipality}"), {}, "{municipality}　担当課長　様"),
    ],
    ids=[
        "field around a paragraph",
        "case in a cell",
        "case gone from a cell",
        "no phone",
        "no list",
        "braces",
    ],
)
def test_what_staff_do_in_word_gives_a_sound_letter(
    master: Path, tmp_path: Path, change: Change, cells: dict[str, None], wanted: str
) -> None:
    put(master, dict(cells))
    changed(REQUEST, tmp_path / "ひな形_依頼文.docx", change)
    assert main(["distribute", str(master), "--out", str(tmp_path / "調査票")]) == 0
    letter = tmp_path / "調査票_依頼" / "依頼文.docx"
    assert wanted in text_of(letter)
    result = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(letter))
    assert [str(error) for error in result.errors] == []


# What can't be filled


def _headless(root: etree._Element) -> None:
    remove(next(root.iter(f"{W}tblHeader")))


def _rowless(root: etree._Element) -> None:
    remove(list(control(root, "table.findings").iter(f"{W}tr"))[1])


def _inline_list(root: etree._Element) -> None:
    """A list that stands in a paragraph, not around one."""
    sdt = control(root, "list.tables")
    paragraph = sdt.find(f"{W}sdtContent/{W}p")
    sdt.addprevious(paragraph)
    sdt.find(f"{W}sdtContent").append(paragraph.find(f"{W}r"))
    paragraph.append(sdt)


WRONG = {
    "a tag misspelt": (
        REQUEST,
        renamed("sender", "sendr"),
        "「sendr」という目印は使えません。「sender」ではありませんか。",
    ),
    "a tag of another letter": (
        REQUEST,
        renamed("sender", "municipality"),
        "依頼文に「municipality」という目印は使えません",
    ),
    "a wanted control gone": (
        REQUEST,
        without("deadline"),
        "依頼文に「提出期限」の目印（タグ deadline）がありません。付属のひな形から写すか",
    ),
    "the table gone": (
        RETURN,
        without("table.findings"),
        "「指摘の表」の目印（タグ table.findings）がありません",
    ),
    "a heading misspelt": (
        RETURN,
        text("入力された値", "入力された数値"),
        "「入力された数値」という見出しは使えません。「入力された値」ではありませんか。",
    ),
    "no heading row": (
        RETURN,
        _headless,
        "見出し行は一行にして、Wordの「タイトル行の繰り返し」を付けてください",
    ),
    "no row to copy": (RETURN, _rowless, "見出しの下に、見出しと同じ列数の行を一つ置いてください"),
    "a list in a paragraph": (REQUEST, _inline_list, "「調査する表」の目印は段落全体を囲んでください"),
    "two controls of one id": (
        REQUEST,
        lambda root: [node.set(f"{W}val", "7") for node in root.iter(f"{W}id")],
        "識別番号が他の目印と同じです。Wordで一度開いて保存してください",
    ),
}


@pytest.mark.parametrize(("kind", "change", "said"), WRONG.values(), ids=list(WRONG))
def test_a_template_that_cannot_be_filled_is_told_and_nothing_is_written(
    master: Path, answers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    kind: LetterKind, change: Change, said: str,
) -> None:  # fmt: skip
    path = changed(kind, tmp_path / f"ひな形_{kind.name}.docx", change)
    before = sorted(tmp_path.rglob("*"))
    command = ["distribute", str(master)] if kind is REQUEST else ["return", str(master), str(answers)]
    assert main([*command, "--out", str(tmp_path / "先")]) == 2
    message = capsys.readouterr().err
    assert said in message
    assert path.name in message
    assert sorted(tmp_path.rglob("*")) == before
    assert main(["template", "check", str(path)]) == 1  # its name says which letter it is for
    assert said in capsys.readouterr().out


def _several(root: etree._Element) -> None:
    renamed("sender", "sendr")(root)
    without("deadline")(root)


def test_all_that_is_wrong_is_told_at_once(
    master: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(REQUEST, tmp_path / "ひな形_依頼文.docx", _several)
    assert main(["distribute", str(master), "--out", str(tmp_path / "調査票")]) == 2
    message = capsys.readouterr().err
    assert "「sendr」" in message
    assert "「提出期限」の目印" in message


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no Word document"])
def test_a_file_that_is_no_word_document_is_called_one(
    master: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / "ひな形_督促文.docx").write_bytes(content)
    assert main(["remind", str(master), "--out", str(tmp_path / "督促")]) == 2
    assert "ひな形_督促文.docx" in capsys.readouterr().err
    assert not (tmp_path / "督促").exists()


def test_a_template_that_is_not_there_is_named(
    master: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "ない.docx")
    assert main(["remind", str(master), "--out", str(tmp_path / "督促"), "--template", missing]) == 2
    assert "ない.docx" in capsys.readouterr().err


def test_a_letter_of_another_name_is_suggested(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["template", "new", str(tmp_path / "x.docx"), "--letter", "差し戻し文"]) == 2
    assert "「差戻し文」ではありませんか。" in capsys.readouterr().err
    assert not (tmp_path / "x.docx").exists()


def test_a_letter_saved_over_its_template_lacks_its_controls(
    master: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["remind", str(master), "--out", str(tmp_path / "督促")])
    shutil.copy(tmp_path / "督促" / f"督促文_{KOFU}_甲府市.docx", tmp_path / "ひな形_督促文.docx")
    assert main(["remind", str(master), "--out", str(tmp_path / "再督促")]) == 1
    assert "目印（コンテンツコントロール）が一つもありません。" in capsys.readouterr().err
    assert not (tmp_path / "再督促").exists()
