"""What staff do to the template in Word: `template check` says what it means, and the handout is right or refused.

Every edit is made in the XML as Word leaves it. A handout that is built is verified against the published numbers.
"""

from __future__ import annotations

import copy
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from built import build_handout
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator
from test_handout_build import W, body_of, control, rewrite, rows_of, text_of

from jukixl.cli import main
from jukixl.errors import InputError
from jukixl.findings import Severity
from jukixl.handout.lint import lint_template
from jukixl.handout.tie_out import tie_out
from jukixl.handout.verify import verify_handout
from jukixl.report.computation import Results
from jukixl.report.model import Report

Root = etree._Element
Change = Callable[[Root], None]
DOCUMENT = "word/document.xml"
TEMPLATE = Path(__file__).parents[1] / "word_templates" / "juki.docx"
NS = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)


def xml(text: str) -> Root:
    """An element with Word's prefixes."""
    return etree.fromstring(re.sub(r"^<([\w:]+)", rf"<\1 {NS}", text))


def words_control(tag: str, text: str = "クリックまたはタップしてテキストを入力してください。") -> Root:
    """What Word 365 inserts with リッチ テキスト コンテンツ コントロール and two fields of its properties filled in."""
    return xml(
        f'<w:sdt><w:sdtPr><w:alias w:val="数値"/><w:tag w:val="{tag}"/><w:id w:val="-1769081013"/>'
        '<w:placeholder><w:docPart w:val="DefaultPlaceholder_-1854013440"/></w:placeholder><w:showingPlcHdr/>'
        '<w15:appearance w15:val="tags"/></w:sdtPr><w:sdtContent><w:r w:rsidRPr="00AB12CD"><w:rPr>'
        f'<w:rStyle w:val="PlaceholderText"/></w:rPr><w:t>{text}</w:t></w:r></w:sdtContent></w:sdt>'
    )


def sentence(root: Root, tag: str) -> Root:
    """The paragraph with a figure."""
    return next(control(root, tag).iterancestors(f"{W}p"))


def set_tag(tag: str, to: str) -> Change:
    return lambda root: control(root, tag).find(f"{W}sdtPr/{W}tag").set(f"{W}val", to)


def remove(element: Root) -> None:
    element.getparent().remove(element)


def copy_of(element: Root) -> Root:
    """A pasted copy: Word gives controls ids of their own and keeps bookmarks where they were."""
    made = copy.deepcopy(element)
    for number, given in enumerate(made.iterfind(f".//{W}sdtPr/{W}id"), 1):
        given.set(f"{W}val", str(-int(given.get(f"{W}val")) + number))
    for mark in list(made.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd")):
        remove(mark)
    return made


def blocks_between(root: Root, first: str, after: str) -> list[Root]:
    """The paragraphs of the section under a heading, up to the next heading."""
    body = list(root[0])
    start = next(at for at, one in enumerate(body) if text_of(one).startswith(first))
    end = next(at for at, one in enumerate(body) if text_of(one).startswith(after) and at > start)
    return body[start:end]


def move_section(root: Root) -> None:
    target = blocks_between(root, "(1)　広域交付", "(2)　転出転入")[0]
    for block in blocks_between(root, "(3)　コンビニ交付", "(4)　自動交付機"):
        target.addprevious(block)


def delete_reference(root: Root) -> None:
    """【参考】: the sentence and both annexes with their labels, titles and captions."""
    remove(sentence(root, "reference_applications"))
    for table in ("annex5_reference", "annex5_neighbours_reference"):
        here = control(root, f"table.{table}")
        while "AnnexLabel" not in (one.get(f"{W}val") for one in here.iter(f"{W}pStyle")):
            here, gone = here.getprevious(), here
            remove(gone)
        remove(here)


def duplicate_section(root: Root) -> None:
    blocks = blocks_between(root, "(3)　コンビニ交付", "(4)　自動交付機")
    for block in blocks:
        blocks[0].addprevious(copy_of(block))


def copy_table(root: Root) -> None:
    sentence(root, "prefecture_cases").addnext(copy_of(control(root, "table.annex3")))


def other_page(root: Root) -> None:
    for size in root.iter(f"{W}pgSz"):
        size.attrib.clear()
        size.attrib.update({f"{W}w": "10319", f"{W}h": "14571", f"{W}code": "13"})  # B5
    for margins in root.iter(f"{W}pgMar"):
        margins.attrib.update(dict.fromkeys((f"{W}left", f"{W}right"), "850"))


def turn_pages(root: Root) -> None:
    for size in root.iter(f"{W}pgSz"):
        width, height = size.get(f"{W}w"), size.get(f"{W}h")
        size.attrib.update({f"{W}w": height, f"{W}h": width, f"{W}orient": "landscape"})


def replace_cover(root: Root) -> None:
    """A picture-less cover of staff's own with the four figures, and a cover control of Word's gallery."""
    for block in list(root[0])[:2]:
        remove(block)
    cover = xml(
        '<w:sdt><w:sdtPr><w:id w:val="-91"/><w:docPartObj><w:docPartGallery w:val="Cover Pages"/>'
        "<w:docPartUnique/></w:docPartObj></w:sdtPr><w:sdtContent><w:p/></w:sdtContent></w:sdt>"
    )
    cover.find(f".//{W}p").append(words_control("council"))
    root[0].insert(0, cover)


def add_own_table(root: Root) -> None:
    own = xml(
        '<w:tbl><w:tblPr><w:tblStyle w:val="HandoutTable"/><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid>'
        '<w:gridCol w:w="3000"/></w:tblGrid><w:tr><w:tc><w:tcPr><w:tcW w:w="3000" w:type="dxa"/></w:tcPr>'
        "<w:p><w:r><w:t>課の表</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    sentence(root, "prefecture_cases").addnext(own)


def add_own_things(root: Root) -> None:
    add_own_table(root)
    sentence(root, "national_cases").addnext(text_box("applications"))


def text_box(tag: str) -> Root:
    """Word writes a text box twice: for itself, and for programs that are too old for it, both with the same ids."""
    inside = (
        "<w:txbxContent><w:p><w:r><w:t>申請は</w:t></w:r>{}<w:r><w:t>枚</w:t></w:r></w:p></w:txbxContent>"
    )
    inside = inside.format(etree.tostring(words_control(tag)).decode())
    return xml(
        "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:wsp><wps:txbx>"
        f"{inside}</wps:txbx></wps:wsp></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{inside}"
        "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )


def into_own_paragraph(root: Root) -> None:
    """In an empty paragraph Word puts the control around the paragraph."""
    paragraph = xml("<w:p/>")
    sentence(root, "prefecture_cases").addnext(paragraph)
    around = words_control("applications")
    paragraph.addnext(around)
    paragraph.append(around.find(f"{W}sdtContent/{W}r"))
    around.find(f"{W}sdtContent").append(paragraph)


def into_own_cell(root: Root) -> None:
    """In an empty cell Word puts the control around the cell."""
    add_own_table(root)
    cell = next(one for one in root.iter(f"{W}tc") if text_of(one) == "課の表")
    around = words_control("applications")
    cell.addprevious(around)
    run = around.find(f"{W}sdtContent/{W}r")
    remove(cell.find(f".//{W}r"))
    cell.find(f"{W}p").append(run)
    around.find(f"{W}sdtContent").append(cell)


def into_heading(root: Root) -> None:
    heading = next(one for one in root.iter(f"{W}p") if text_of(one).startswith("2　各種届出の状況"))
    heading.append(words_control("target_year"))


def words_own_control(root: Root) -> None:
    old = control(root, "applications")
    old.addprevious(words_control("applications"))
    remove(old)


def widen_columns(root: Root) -> None:
    for table in control(root, "table.annex3").iter(f"{W}tbl"):
        for grid, width in zip(table.iter(f"{W}gridCol"), ("2000", "5070", "2000"), strict=True):
            grid.set(f"{W}w", width)
        for row in table.iter(f"{W}tr"):
            for cell in row.iter(f"{W}tcW"):
                cell.set(f"{W}w", "3000")


def change_looks(root: Root) -> None:
    """メイリオ, 14 point, red, over the whole document."""
    for run in root.iter(f"{W}r"):
        for look in run.findall(f"{W}rPr"):
            run.remove(look)
        fonts = '<w:rFonts w:ascii="メイリオ" w:eastAsia="メイリオ" w:hAnsi="メイリオ"/>'
        run.insert(0, xml(f'<w:rPr>{fonts}<w:color w:val="FF0000"/><w:sz w:val="28"/></w:rPr>'))


FINE: dict[str, Change] = {
    "section moved": move_section,
    "optional part deleted": delete_reference,
    "section duplicated": duplicate_section,
    "table copied to another section": copy_table,
    "other page size and margins": other_page,
    "all pages landscape": turn_pages,
    "cover replaced": replace_cover,
    "own table and text box": add_own_things,
    "control around a paragraph": into_own_paragraph,
    "control around a cell": into_own_cell,
    "control in a heading": into_heading,
    "control with Word's defaults": words_own_control,
    "other column widths": widen_columns,
    "other fonts, sizes and colours": change_looks,
}
"""What staff may do: nothing to complain of, and the handout verifies."""


def japanese_word(data: bytes) -> bytes:
    """As Word in Japanese saves it: every style has an id of Word's making, names stay."""
    with zipfile.ZipFile(BytesIO(data)) as source:
        styles = etree.fromstring(source.read("word/styles.xml"))
        ids = {one.get(f"{W}styleId"): f"a{number}" for number, one in enumerate(styles.iter(f"{W}style"))}
        target = BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for part in source.namelist():
                content = source.read(part)
                if part.startswith("word/") and part.endswith(".xml"):
                    root = etree.fromstring(content)
                    for one in root.iter():
                        for key, value in one.attrib.items():
                            refers = one.tag.removeprefix(W) in (
                                "pStyle",
                                "rStyle",
                                "tblStyle",
                                "basedOn",
                                "next",
                            )
                            if key == f"{W}styleId" or (refers and key == f"{W}val"):
                                one.set(key, ids[value])
                    content = etree.tostring(root)
                archive.writestr(part, content)
    return target.getvalue()


@pytest.fixture(scope="module")
def template() -> bytes:
    """The template that staff edit."""
    return TEMPLATE.read_bytes()


@pytest.fixture(scope="module")
def results(published_master) -> Results:
    return published_master.results


@pytest.fixture(scope="module")
def check(report: Report, template: bytes):
    """The findings after a change, as severity and message."""

    def checked(change: Change) -> list[tuple[Severity, str]]:
        return [(one.severity, one.message) for one in lint_template(report, rewrite(template, change))]

    return checked


@pytest.mark.parametrize("saved", [bytes, japanese_word], ids=["as edited", "saved by Word in Japanese"])
@pytest.mark.parametrize("change", FINE.values(), ids=FINE.keys())
def test_what_staff_may_do_is_built_and_verifies(report, results, template, change, saved):
    edited = saved(rewrite(template, change))
    assert lint_template(report, edited) == []
    handout = build_handout(report, results, edited)
    assert [str(one) for one in verify_handout(report, results, handout).mismatches] == []
    assert [str(one) for one in verify_handout(report, results, japanese_word(handout)).mismatches] == []
    assert "クリックまたはタップ" not in text_of(body_of(handout))
    assert handout == build_handout(report, results, handout)


def test_saved_by_word_in_japanese_the_handout_is_the_same(report, results, template, handout):
    assert etree.tostring(body_of(build_handout(report, results, japanese_word(template)))) == etree.tostring(
        body_of(handout)
    )


@pytest.mark.parametrize("part", ["word/footer1.xml"])
def test_a_figure_in_a_footer_is_filled(report, results, template, part):
    edited = rewrite(template, lambda root: root[0].append(words_control("fiscal_year")), part)
    assert lint_template(report, edited) == []
    with zipfile.ZipFile(BytesIO(build_handout(report, results, edited))) as archive:
        assert "令和6年度" in text_of(etree.fromstring(archive.read(part)))


def test_a_figure_in_both_copies_of_a_text_box_is_filled(report, results, template):
    root = body_of(build_handout(report, results, rewrite(template, add_own_things)))
    boxes = [text_of(one) for one in root.iter(f"{W}txbxContent")]
    assert boxes == ["申請は772,405枚"] * 2


def test_a_heading_in_a_style_of_staffs_own_stays_in_the_contents(report, results, template):
    def restyle(root: Root) -> None:
        heading = next(one for one in root.iter(f"{W}p") if text_of(one).startswith("2　各種届出の状況"))
        heading.find(f"{W}pPr/{W}pStyle").set(f"{W}val", "HandoutBody")

    built = build_handout(report, results, rewrite(template, restyle))
    assert "2　各種届出の状況" in text_of(control(body_of(built), "contents"))


@dataclass(frozen=True)
class Wrong:
    """An edit, and what the clerk reads first; `severity` error: it isn't built."""

    change: Change
    message: str
    severity: Severity = Severity.ERROR


def pasted_table(root: Root) -> Root:
    """A table of the library's report."""
    made = copy_of(control(root, "table.annex3"))
    made.find(f"{W}sdtPr/{W}tag").set(f"{W}val", "table.lending")
    made.find(f"{W}sdtPr/{W}alias").set(f"{W}val", "図書の貸出")
    return made


def untag(title: str) -> Change:
    def change(root: Root) -> None:
        properties = control(root, "applications").find(f"{W}sdtPr")
        properties.find(f"{W}alias").set(f"{W}val", title)
        properties.remove(properties.find(f"{W}tag"))

    return change


def delete_sentence(tag: str) -> Change:
    return lambda root: remove(sentence(root, tag))


def delete_table(root: Root) -> None:
    remove(control(root, "table.annex3"))


def two_tables(root: Root) -> None:
    inside = control(root, "table.annex3").find(f"{W}sdtContent")
    inside.append(copy.deepcopy(control(root, "table.annex1").find(f"{W}sdtContent/{W}tbl")))


def text_below_table(root: Root) -> None:
    inside = control(root, "table.annex3").find(f"{W}sdtContent")
    inside.append(xml("<w:p><w:r><w:t>出典</w:t></w:r></w:p>"))


def nest(root: Root) -> None:
    control(root, "applications").find(f"{W}sdtContent").append(words_control("council"))


def nest_tables(root: Root) -> None:
    control(root, "table.annex3").find(f"{W}sdtContent").append(copy_of(control(root, "table.annex1")))


def reorder_columns(root: Root) -> None:
    for row in control(root, "table.annex3").iter(f"{W}tr"):
        cells = row.findall(f"{W}tc")
        if len(cells) == 3:
            cells[1].addnext(cells[0])


def rename_column(root: Root) -> None:
    next(one for one in control(root, "table.annex3").iter(f"{W}t") if one.text == "提供先").text = "相手方"


def remove_column(root: Root) -> None:
    for row in control(root, "table.annex5").iter(f"{W}tr"):
        remove(row.findall(f"{W}tc")[-1])


def delete_rows(root: Root) -> None:
    for row in rows_of(root, "annex3")[:-1]:
        remove(row)


def bind(root: Root) -> None:
    control(root, "office").find(f"{W}sdtPr").append(xml('<w:dataBinding w:xpath="/p" w:storeItemID="{1}"/>'))


WRONG = {
    "misspelt": Wrong(
        set_tag("applications", "aplications"),
        "「applications」（基準日までの累計申請枚数）ではありませんか。",
    ),
    "capitals": Wrong(set_tag("applications", "Applications"), "「applications」（"),
    "full width": Wrong(set_tag("applications", "ａｐｐｌｉｃａｔｉｏｎｓ"), "「applications」（"),
    "a blank": Wrong(set_tag("base_date", "base date"), "「base_date」（基準日）"),
    "the Japanese name": Wrong(set_tag("applications", "基準日までの累計申請枚数"), "「applications」（"),
    "a misspelt table": Wrong(set_tag("table.annex3", "table.anex3"), "「table.annex3」（別紙3"),
    "a table of another report": Wrong(
        lambda root: sentence(root, "prefecture_cases").addnext(pasted_table(root)),
        "「table.lending」という数値・表は報告の定義にありません。目印を削除するか",
    ),
    "only a title": Wrong(
        untag("基準日までの累計申請枚数"), "目印のプロパティの「タグ」に「applications」と入力してください。"
    ),
    "required figure deleted": Wrong(
        delete_sentence("prefecture_cases"),
        "必要な数値「県サーバからの提供件数」の目印（タグ prefecture_cases）がありません。部品集から",
    ),
    "required table deleted": Wrong(delete_table, "必要な表「別紙3"),
    "two tables in one control": Wrong(two_tables, "目印の中に別の表があります。"),
    "text in a table's control": Wrong(text_below_table, "目印の中に表のほかの行があります。"),
    "nested controls": Wrong(nest, "目印の中に別の目印があります。"),
    "nested tables": Wrong(nest_tables, "目印の中に別の目印があります。"),
    "columns reordered": Wrong(reorder_columns, "「提供先」のはずの見出しが「"),
    "column renamed": Wrong(rename_column, "「提供先」のはずの見出しが「相手方」です"),
    "column removed": Wrong(remove_column, "12列のはずですが11列です"),
    "rows deleted": Wrong(delete_rows, "行がありません"),
    "bound to a property": Wrong(bind, "Wordが数値を書き換えます"),
    "one of several sentences deleted": Wrong(
        lambda root: remove(control(root, "fiscal_year")), "4か所のうち3か所", Severity.WARNING
    ),
    "contents deleted": Wrong(
        lambda root: remove(control(root, "contents")), "目次の目印がありません。", Severity.WARNING
    ),
    "an own control": Wrong(untag("課のメモ"), "「課のメモ」にタグがありません。", Severity.WARNING),
}
"""What is told. Only errors keep the handout from being built."""


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_what_a_clerk_must_know_is_told_by_check_and_by_build(check, report, results, template, wrong):
    found = check(wrong.change)
    assert any(wrong.severity is severity and wrong.message in message for severity, message in found), found
    edited = rewrite(template, wrong.change)
    if wrong.severity is Severity.ERROR:
        with pytest.raises(InputError) as caught:
            build_handout(report, results, edited, "ひな形.docx")
        assert wrong.message in str(caught.value)


def test_what_was_taken_out_of_the_template_is_no_mismatch_but_taken_out_later_it_is(
    report, results, template, published_master
):
    change = WRONG["one of several sentences deleted"].change
    handout = build_handout(report, results, rewrite(template, change))
    assert tie_out(published_master, handout).differing == ()
    assert verify_handout(report, results, handout).ok
    later = rewrite(handout, lambda root: remove(control(root, "fiscal_year")))
    assert [one.state for one in verify_handout(report, results, later).mismatches] == ["missing"]


def test_every_part_of_a_table_has_controls_with_ids_of_their_own(report, results, template):
    """On short pages 別紙5 goes over several, each with {population_date} in its header."""

    def shorten(root: Root) -> None:
        for size in root.iter(f"{W}pgSz"):
            size.set(f"{W}h", "8000")

    handout = build_handout(report, results, rewrite(template, shorten))
    assert len(control(body_of(handout), "table.annex5").findall(f"{W}sdtContent/{W}tbl")) > 1
    ids = [one.get(f"{W}val") for one in body_of(handout).iterfind(f".//{W}sdtPr/{W}id")]
    assert len(ids) == len(set(ids))
    assert lint_template(report, handout) == []


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The 部品集."""
    path = tmp_path_factory.mktemp("parts") / "部品集.docx"
    assert main(["template", "parts", str(path)]) == 0
    return path.read_bytes()


def test_the_parts_are_everything_that_a_template_needs_and_sound(report, template, parts, tmp_path):
    """Nothing that the shipped template has is missing there."""
    tags = [
        {one.get(f"{W}val") for one in body_of(data).iterfind(f".//{W}sdtPr/{W}tag")} - {"contents"}
        for data in (template, parts)
    ]
    assert tags[0] <= tags[1]
    assert [one for one in lint_template(report, parts) if one.severity is Severity.ERROR] == []
    path = tmp_path / "部品集.docx"
    path.write_bytes(parts)
    result = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path))
    assert [str(error) for error in result.errors] == []


def test_docs_template_followed_step_by_step_gives_a_handout_that_verifies(
    template, parts, master_path, capsys
):
    """数値を足す, from the 部品集 and by hand; 表を足す; 節を動かす; 節を消す; saved by Word in Japanese; check, build, verify."""
    source = body_of(parts)

    def edit(root: Root) -> None:
        line = xml("<w:p><w:r><w:t>提供は</w:t></w:r></w:p>")
        figure = control(source, "national_cases")
        unit = copy.deepcopy(figure.getnext())
        line.extend([copy_of(figure), unit, words_control("target_year")])
        place = sentence(root, "national_cases")
        place.addnext(line)
        line.addnext(copy_of(control(source, "table.annex3")))
        move_section(root)
        delete_reference(root)

    path, out = (master_path.with_name(name) for name in ("ひな形_審議会資料.docx", "資料.docx"))
    path.write_bytes(japanese_word(rewrite(template, edit)))
    assert main(["template", "check", str(path)]) == 0
    assert main(["build", str(master_path), "--out", str(out)]) == 0
    assert f"ひな形は {path} を使いました。" in capsys.readouterr().out
    assert main(["verify", str(out), str(master_path)]) == 0
    assert "提供は1,437,750,584件令和6年" in text_of(body_of(out.read_bytes()))


def test_every_picture_of_the_clerks_guide_is_there():
    guide = Path(__file__).parents[1] / "docs" / "template.md"
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", guide.read_text(encoding="utf-8"))
    assert len(pictures) == 3
    assert all((guide.parent / picture).is_file() for picture in pictures)


def test_the_command_tells_the_nearest_name_and_ends_with_1(template, tmp_path, capsys):
    path = tmp_path / "ひな形.docx"
    path.write_bytes(rewrite(template, WRONG["misspelt"].change))
    assert main(["template", "check", str(path)]) == 1
    assert WRONG["misspelt"].message in capsys.readouterr().out
