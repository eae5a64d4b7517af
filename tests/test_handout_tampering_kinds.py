"""Kinds of change that single characters don't show, one of each: verification says where, and what is wrong there."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

import pytest
from lxml import etree
from test_handout_build import W, control, rewrite, row_of, rows_of, text_of

from jukixl.handout.mismatches import Sight
from jukixl.handout.release import release_handout
from jukixl.handout.verify import verify_handout
from jukixl.report.model import Report
from jukixl.workbook.master import Master

Root = etree._Element
Change = Callable[[Root], None]
ANNUAL, CUMULATIVE = "annex6_annual", "annex6_cumulative"


def run_of(holder: Root) -> Root:
    return next(holder.iter(f"{W}r"))


def cell(root: Root, name: str, at: int, table: str = ANNUAL) -> Root:
    return row_of(root, table, name).findall(f"{W}tc")[at]


def paragraph(root: Root, words: str) -> Root:
    return next(one for one in root.iter(f"{W}p") if words in text_of(one))


def retype(holder: Root, text: str) -> None:
    first, *others = holder.iter(f"{W}t")
    first.text = text
    for one in others:
        one.text = None


def within(words: str, old: str, new: str) -> Change:
    def change(root: Root) -> None:
        text = next(one for one in paragraph(root, words).iter(f"{W}t") if old in (one.text or ""))
        text.text = text.text.replace(old, new, 1)

    return change


def looks(mark: str, holder: Callable[[Root], Root], **attributes: str) -> Change:
    """The first run of what `holder` finds gets this property."""

    def change(root: Root) -> None:
        run = run_of(holder(root))
        properties = run.find(f"{W}rPr")
        if properties is None:
            properties = etree.Element(f"{W}rPr")
            run.insert(0, properties)
        etree.SubElement(properties, f"{W}{mark}", {f"{W}{key}": value for key, value in attributes.items()})

    return change


def row_mark(mark: str) -> Change:
    def change(root: Root) -> None:
        etree.SubElement(row_of(root, ANNUAL, "韮崎市").find(f"{W}trPr"), f"{W}{mark}")

    return change


def figure(root: Root) -> Root:
    return control(root, "prefecture_cases")


def figure_line(root: Root) -> Root:
    return next(figure(root).iterancestors(f"{W}p"))


def in_pieces(root: Root) -> None:
    """39,627 as two runs, with a digit changed in the second."""
    first = run_of(figure(root))
    second = copy.deepcopy(first)
    first.addnext(second)
    retype(first, "39,")
    retype(second, "628")


def beside(words: str, *, before: bool = False) -> Change:
    def change(root: Root) -> None:
        run = etree.fromstring(f'<w:r xmlns:w="{W[1:-1]}"><w:t xml:space="preserve">{words}</w:t></w:r>')
        (figure(root).addprevious if before else figure(root).addnext)(run)

    return change


def in_run(xml: str, holder: Callable[[Root], Root]) -> Change:
    def change(root: Root) -> None:
        run_of(holder(root)).append(etree.fromstring(xml.replace("/>", f' xmlns:w="{W[1:-1]}"/>')))

    return change


def swap(one: Root, other: Root) -> None:
    here = etree.Element("here")
    one.getparent().replace(one, here)
    other.getparent().replace(other, one)
    here.getparent().replace(here, other)


def swap_cells_of_two_tables(root: Root) -> None:
    one, other = cell(root, "山梨市", 2, CUMULATIVE), cell(root, "山梨市", 2)
    first, second = text_of(one), text_of(other)
    retype(one, second)
    retype(other, first)


def swap_names(root: Root) -> None:
    for name, other in (("都留市", "某"), ("山梨市", "都留市"), ("某", "山梨市")):
        retype(cell(root, name, 1), other)


def swap_headers(root: Root) -> None:
    marks = list(control(root, f"table.{ANNUAL}").iter(f"{W}tblHeader"))
    first, second = marks[-1].getparent().getparent().findall(f"{W}tc")[-2:]
    first.addprevious(second)


def hide_line(root: Root) -> None:
    figure_line(root).find(f"{W}pPr/{W}pStyle").set(f"{W}val", "HandoutHidden")


def delete_row(root: Root) -> None:
    row = row_of(root, ANNUAL, "韮崎市")
    row.getparent().remove(row)


def repeat_row(root: Root) -> None:
    row = row_of(root, ANNUAL, "韮崎市")
    row.addnext(copy.deepcopy(row))


def repeat_total(root: Root) -> None:
    row = rows_of(root, ANNUAL)[-1]
    row.addnext(copy.deepcopy(row))


def delete_total(root: Root) -> None:
    row = rows_of(root, ANNUAL)[-1]
    row.getparent().remove(row)


def track_deletion(root: Root) -> None:
    run = run_of(cell(root, "都留市", 4))
    deleted = etree.Element(f"{W}del")
    run.addprevious(deleted)
    deleted.append(run)
    for text in run.iter(f"{W}t"):
        text.tag = f"{W}delText"


def number_cells(root: Root) -> None:
    properties = next(cell(root, "都留市", 4).iter(f"{W}pPr"))
    properties.append(
        etree.fromstring(f'<w:numPr xmlns:w="{W[1:-1]}"><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>')
    )


def contents_line(root: Root, words: str) -> Root:
    return next(one for one in control(root, "contents").iter(f"{W}p") if text_of(one).startswith(words))


def repeat_line(root: Root) -> None:
    """A line twice, the second with another page."""
    line = contents_line(root, "別紙5")
    again = copy.deepcopy(line)
    line.addnext(again)
    list(again.iter(f"{W}t"))[-1].text = "18"


def reorder_lines(root: Root) -> None:
    line = contents_line(root, "別紙2")
    line.addprevious(line.getnext())


def misdirect_line(root: Root) -> None:
    link, other = (contents_line(root, one).find(f"{W}hyperlink") for one in ("別紙5", "別紙6"))
    link.set(f"{W}anchor", other.get(f"{W}anchor"))


def type_below_a_table(root: Root) -> None:
    """Within the table's control, where the cursor stands behind a table."""
    control(root, f"table.{ANNUAL}").find(f"{W}sdtContent").append(
        etree.fromstring(f'<w:p xmlns:w="{W[1:-1]}"><w:r><w:t>うち45,678件は速報値</w:t></w:r></w:p>')
    )


def swap_figures(root: Root) -> None:
    """Both numbers stay right, and the sentences become wrong."""
    other = next(one for one in root.iter(f"{W}sdt") if text_of(one) == "1,437,750,584")
    swap(figure(root), other)


def swap_tables(root: Root) -> None:
    swap(control(root, f"table.{CUMULATIVE}"), control(root, f"table.{ANNUAL}"))


def drop_note(root: Root) -> None:
    note = next(paragraph(root, "表示した率の差と増減が一致しない").iterancestors(f"{W}sdt"))
    note.getparent().remove(note)


SYMBOL = '<w:sym w:font="ＭＳ 明朝" w:char="0031"/>'
KINDS: tuple[tuple[str, Change, tuple[str, ...]], ...] = (
    (
        "two cells of two tables swapped",
        swap_cells_of_two_tables,
        ("累計）」の山梨市・交付地", "対象年）」の山梨市・交付地"),
    ),
    ("two names swapped", swap_names, ("都留市", "山梨市")),
    ("two column titles swapped", swap_headers, ("対象年）」の見出し", "「他市町村」", "「自市町村」")),
    (
        "months transposed",
        within("までの累計申請枚数", "12月31日", "10月31日"),
        ("基準日", "12月31日", "10月31日"),
    ),
    ("another era", within("までの累計申請枚数", "令和6年", "平成6年"), ("基準日", "平成6年")),
    (
        "the first year for the sixth",
        within("各種届出の状況について（令和6年", "6", "元"),
        ("対象年", "令和元年"),
    ),
    ("year of a calendar for a fiscal year", within("39,627", "度", ""), ("対象年度", "「令和6年」")),
    ("a full-width digit of another value", within("39,627", "39,627", "３９，６２８"), ("39,628",)),
    ("a number in pieces, a digit changed", in_pieces, ("39,628",)),
    ("a space within a number", within("39,627", "39,627", "39,6 27"), ("39,6 27",)),
    (
        "a space within a cell's number",
        within("179,641", "179,641", "179,6 41"),
        ("179,6 41",),
    ),
    ("a comma made a point", within("39,627", "39,627", "39.627"), ("39.627",)),
    ("a comma lost", within("179,641", "179,641", "179641"), ("「179641」",)),
    ("decimals shifted", within("97.2%", "97.2", "9.72"), ("甲府市", "9.72%")),
    ("a circled digit", within("772,405", "772,405", "772,40⑤"), ("772,405",)),
    ("a symbol of a font behind a figure", in_run(SYMBOL, figure), ("39,6271",)),
    ("a symbol of a font in a cell", in_run(SYMBOL, lambda root: cell(root, "都留市", 4)), ("都留市",)),
    ("a sign some way before a figure", beside("△ ", before=True), ("△ 39,627",)),
    ("ten thousand times as many", beside("万"), ("39,627万",)),
    ("a figure hidden", looks("vanish", figure), ("県サーバからの提供件数", "隠し文字")),
    ("a figure hidden by its paragraph's style", hide_line, ("県サーバからの提供件数", "隠し文字")),
    ("a figure struck out", looks("strike", figure), ("県サーバからの提供件数", "取消線")),
    ("a figure raised", looks("vertAlign", figure, val="superscript"), ("県サーバからの提供件数", "上付き")),
    ("a cell hidden", looks("vanish", lambda root: cell(root, "都留市", 4)), ("都留市", "隠し文字")),
    ("a cell struck out twice", looks("dstrike", lambda root: cell(root, "都留市", 4)), ("都留市", "取消線")),
    ("a cell numbered by Word", number_cells, ("都留市", "段落番号")),
    ("a cell's text deleted with changes tracked", track_deletion, ("都留市・転出届", "「」")),
    ("a row hidden", row_mark("hidden"), ("韮崎市", "隠された行")),
    ("a row deleted with changes tracked", row_mark("del"), ("韮崎市", "変更履歴")),
    ("a row deleted", delete_row, ("韮崎市の行が文書にありません",)),
    ("a row twice", repeat_row, ("韮崎市の行は元の値にありません",)),
    ("the total row deleted", delete_total, ("合計の行が文書にありません",)),
    ("the total row twice", repeat_total, ("合計の行は元の値にありません",)),
    ("a heading's number", within("(2)　ネットワーク", "(2)", "(3)"), ("「3」", "ネットワーク")),
    ("an item's circled number", within("②　担当者", "②", "③"), ("「3」", "担当者")),
    ("an annex's number in its box", within("別　紙　３", "３", "４"), ("「4」", "別紙4")),
    ("a number in kanji", within("研修の実施", "実施", "実施（三回）"), ("「三」", "研修")),
    ("another power of ten in the words", within("2年以下", "100万円", "100億円"), ("100億",)),
    (
        "a sentence made its contrary",
        within("不正アクセスによる", "なかった", "あった"),
        ("侵入はあった", "逆に読めます"),
    ),
    ("words below a table, in its control", type_below_a_table, ("45,678", "速報値")),
    ("a line of the contents twice", repeat_line, ("目次", "別紙5")),
    ("lines of the contents in another order", reorder_lines, ("目次の行の順序",)),
    ("a line of the contents that leads elsewhere", misdirect_line, ("目次の「別紙5", "別の見出し")),
    (
        "two figures in each other's sentences",
        swap_figures,
        ("全国サーバからの提供件数", "県サーバからの提供件数", "39,627"),
    ),
    ("two tables below each other's headings", swap_tables, ("対象年", "累計", "平成15年8月25日")),
    ("a note that is due taken out", drop_note, ("表示単位未満", "目印が消えて")),
)


@pytest.mark.parametrize(("change", "words"), [kind[1:] for kind in KINDS], ids=[kind[0] for kind in KINDS])
def test_it_is_named(
    report: Report, published_master: Master, handout: bytes, change: Change, words: tuple[str, ...]
) -> None:
    told = verify_handout(report, published_master.results, rewrite(handout, change))
    lines = "\n".join(map(str, (*told.mismatches, *told.looks)))
    assert [word for word in words if word not in lines] == []


def move_up(root: Root) -> None:
    """A heading with all that belongs to it, before the one above."""
    first, second = (paragraph(root, words) for words in ("(2)　ネットワーク", "(4)　本人確認情報の提供状況"))
    while second.getnext() is not None and not text_of(second).startswith("(5)"):
        following = second.getnext()
        first.addprevious(second)
        second = following


def reword_above(root: Root) -> None:
    retype(
        paragraph(root, "県サーバから提供された県民の本人確認情報の事務区分別提供件数"),
        "事務区分別の提供件数",
    )


def write_twice(root: Root) -> None:
    line = figure_line(root)
    line.addnext(copy.deepcopy(line))


@pytest.mark.parametrize("change", [move_up, reword_above, write_twice])
def test_figures_that_stay_in_their_sentences_are_not_told_as_moved(
    report: Report, published_master: Master, handout: bytes, change: Change
) -> None:
    told = verify_handout(report, published_master.results, rewrite(handout, change))
    assert [look for look in told.looks if look.kind is Sight.MOVED] == []


def test_a_document_without_a_contents_lacks_no_line(
    report: Report, published_master: Master, handout: bytes
) -> None:
    def change(root: Root) -> None:
        contents = control(root, "contents")
        contents.getparent().remove(contents)

    assert verify_handout(report, published_master.results, rewrite(handout, change)).ok


def test_words_of_a_cell_may_be_raised_and_numbered(
    report: Report, published_master: Master, handout: bytes
) -> None:
    """第9条 and the like in a column of words."""

    def change(root: Root) -> None:
        words = row_of(root, "annex3", "1,107").findall(f"{W}tc")[1]
        assert "第9条" in text_of(words)
        looks("vertAlign", lambda _: words, val="superscript")(root)
        next(words.iter(f"{W}pPr")).append(
            etree.fromstring(f'<w:numPr xmlns:w="{W[1:-1]}"><w:numId w:val="1"/></w:numPr>')
        )

    assert verify_handout(report, published_master.results, rewrite(handout, change)).ok


def test_a_contents_that_word_brought_up_to_date_is_right(
    report: Report, published_master: Master, handout: bytes
) -> None:
    """F9 gives each heading a bookmark of Word's own, beside ours, and the lines lead there."""

    def update(root: Root) -> None:
        for number, line in enumerate(control(root, "contents").iter(f"{W}hyperlink"), 172_000_001):
            former = line.get(f"{W}anchor")
            (mark,) = [one for one in root.iter(f"{W}bookmarkStart") if one.get(f"{W}name") == former]
            start = etree.Element(f"{W}bookmarkStart", {f"{W}id": str(number), f"{W}name": f"_Toc{number}"})
            mark.addprevious(start)
            start.addnext(etree.Element(f"{W}bookmarkEnd", {f"{W}id": str(number)}))
            line.set(f"{W}anchor", f"_Toc{number}")
            for code in line.iter(f"{W}instrText"):
                code.text = code.text.replace(former, f"_Toc{number}")

    assert verify_handout(report, published_master.results, rewrite(handout, update)).ok


def test_a_hidden_row_is_not_published(published_master: Master, handout: bytes) -> None:
    released = release_handout(published_master, rewrite(handout, row_mark("hidden")), "資料.docx")
    assert released.document is None
    assert any("隠された行" in str(one) and "韮崎市" in str(one) for one in released.obstacles)


def test_what_stands_where_is_known_of_a_published_document_too(
    report: Report, published_master: Master, handout: bytes
) -> None:
    published = release_handout(published_master, handout, "資料.docx").document or b""
    (one, other) = verify_handout(report, published_master.results, rewrite(published, swap_figures)).looks
    assert {one.detail, other.detail} == {"県サーバからの提供件数", "全国サーバからの提供件数"}


def test_a_message_of_a_table_is_of_the_row_and_masks_no_code(
    report: Report, published_master: Master, handout: bytes
) -> None:
    """The cells of a row aren't run together, where they would look like one long number."""
    hidden = rewrite(handout, looks("vanish", lambda root: cell(root, "都留市", 4)))
    (told,) = verify_handout(report, published_master.results, hidden).mismatches
    assert re.search("「19204・都留市・28・", told.message)


def test_a_total_row_that_was_deleted_makes_no_other_row_a_missing_one(
    report: Report, published_master: Master, handout: bytes
) -> None:
    (told,) = verify_handout(report, published_master.results, rewrite(handout, delete_total)).mismatches
    assert told.message.startswith("「別紙6」の表「各種届出の状況（対象年）」の合計の行が")
