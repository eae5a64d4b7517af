"""Kinds of change to what isn't words: marks of groups that go on, fields, page numbers. Verification names each, and nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from built import build_handout
from lxml import etree
from test_handout_build import W, body_of, control, rewrite, text_of
from test_handout_tampering_kinds import Change, Root, cell, figure, paragraph, retype, run_of

from jukixl.handout.mismatches import Sight
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.verify import verify_handout
from jukixl.report.model import Report
from jukixl.workbook.master import Master

FOOTER = "word/footer1.xml"
LAWS = "annex2"


def parts(root: Root) -> list[Root]:
    return list(control(root, f"table.{LAWS}").iter(f"{W}tbl"))


def first_cell(part: Root) -> Root:
    rows = [row for row in part.iter(f"{W}tr") if row.find(f"{W}trPr/{W}tblHeader") is None]
    return rows[0].find(f"{W}tc")


def lose_continued(root: Root) -> None:
    top = first_cell(parts(root)[1])
    assert text_of(top).endswith("（続き）")
    retype(top, text_of(top).removesuffix("（続き）"))


def add_continued(root: Root) -> None:
    """At the top of a part that begins with a group of its own."""
    for part in parts(root)[1:]:
        cells = first_cell(part).itersiblings(f"{W}tc")
        new = next((one for one in cells if not text_of(one).endswith("（続き）")), None)
        if new is not None:
            retype(new, f"{text_of(new)}（続き）")
            return
    raise AssertionError("no part begins with a group of its own")


def field(code: str, shown: str) -> list[Root]:
    """The runs of a field as Word writes it, its code in two pieces."""
    head, _, tail = code.partition(" ")
    pieces = [
        '<w:fldChar w:fldCharType="begin"/>',
        f'<w:instrText xml:space="preserve"> {head} </w:instrText>',
        f'<w:instrText xml:space="preserve">{tail} </w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>',
        f"<w:t>{shown}</w:t>",
        '<w:fldChar w:fldCharType="end"/>',
    ]
    return [etree.fromstring(f'<w:r xmlns:w="{W[1:-1]}">{one}</w:r>') for one in pieces]


def computed(code: str, holder: Callable[[Root], Root]) -> Change:
    """The words of a cell or figure as a field that shows the same today."""

    def change(root: Root) -> None:
        run = run_of(holder(root))
        for one in field(code, text_of(run)):
            run.addprevious(one)
        run.getparent().remove(run)

    return change


def simple(code: str, holder: Callable[[Root], Root]) -> Change:
    def change(root: Root) -> None:
        run = run_of(holder(root))
        made = etree.Element(f"{W}fldSimple", {f"{W}instr": f" {code} "})
        run.addprevious(made)
        made.append(run)

    return change


def total(root: Root) -> Root:
    return list(control(root, "table.annex6_annual").iter(f"{W}tr"))[-1].findall(f"{W}tc")[3]


def tsuru(root: Root) -> Root:
    return cell(root, "都留市", 4)


def heading(root: Root) -> Root:
    return next(
        one
        for one in root.iter(f"{W}p")
        if any("TC " in (code.text or "") and "別紙5" in code.text for code in one.iter(f"{W}instrText"))
    )


def retype_entry(root: Root) -> None:
    (code,) = heading(root).iter(f"{W}instrText")
    code.text = code.text.replace("申請状況等", "交付状況等")


def retype_entry_in_word(root: Root) -> None:
    """The words that were typed stand in a run of their own."""
    (code,) = heading(root).iter(f"{W}instrText")
    run = code.getparent()
    again = copy.deepcopy(run)
    run.addnext(again)
    head, _, tail = code.text.partition("申請")
    code.text, next(again.iter(f"{W}instrText")).text = head, f"交付{tail}"


def relist_entry(root: Root) -> None:
    """Another list's: a contents that Word brings up to date leaves it out."""
    (code,) = heading(root).iter(f"{W}instrText")
    code.text = code.text.replace("\\f C", "\\f D")


KINDS: tuple[tuple[str, Change, tuple[str, ...]], ...] = (
    ("（続き） lost", lose_continued, ("別紙2", "・根拠: ", "「（続き）」がありません")),
    ("（続き） where nothing goes on", add_continued, ("別紙2", "「（続き）」は要りません")),
    ("a total that Word adds up", computed("= SUM(ABOVE)", total), ("合計", "フィールド（=）")),
    ("a sum without a space", simple("=SUM(ABOVE)", total), ("合計", "フィールド（=）")),
    ("a cell that shows a property", computed("DOCPROPERTY 届出", tsuru), ("都留市", "DOCPROPERTY")),
    ("a figure that Word counts", simple("NUMWORDS", figure), ("県サーバからの提供件数", "NUMWORDS")),
    ("the words for the contents", retype_entry, ("目次の「別紙5", "交付状況等")),
    ("the words for the contents, typed in Word", retype_entry_in_word, ("目次の「別紙5", "交付状況等")),
    ("a heading that the contents would lose", relist_entry, ("目次の「別紙5", "\\f D")),
)


@pytest.mark.parametrize(("change", "words"), [kind[1:] for kind in KINDS], ids=[kind[0] for kind in KINDS])
def test_it_is_named_once(
    report: Report, published_master: Master, handout: bytes, change: Change, words: tuple[str, ...]
) -> None:
    told = verify_handout(report, published_master.results, rewrite(handout, change))
    assert told.looks == ()
    (one,) = told.mismatches
    assert [word for word in words if word not in one.message] == []


MENDED = (lose_continued, add_continued, retype_entry, retype_entry_in_word, relist_entry)


@pytest.mark.parametrize("change", MENDED)
def test_a_refresh_puts_it_right(
    report: Report, published_master: Master, handout: bytes, change: Change
) -> None:
    """As `verify` says it does."""
    refreshed = refresh_handout(report, published_master.results, rewrite(handout, change))
    assert etree.tostring(body_of(refreshed.document)) == etree.tostring(body_of(handout))


@pytest.mark.parametrize("code", ["REF 参照", 'HYPERLINK "https://www.example.jp/"'])
def test_a_field_that_only_leads_somewhere_is_staffs_own(
    report: Report, published_master: Master, handout: bytes, code: str
) -> None:
    def change(root: Root) -> None:
        start = etree.Element(f"{W}bookmarkStart", {f"{W}id": "990", f"{W}name": "参照"})
        mark = paragraph(root, "研修の実施")
        run_of(mark).addprevious(start)
        mark.append(etree.Element(f"{W}bookmarkEnd", {f"{W}id": "990"}))
        computed(code.replace("参照", "参照2"), tsuru)(root)
        other = copy.deepcopy(start)
        other.set(f"{W}name", "参照2")
        other.set(f"{W}id", "991")
        tsuru(root).find(f"{W}p").insert(1, other)
        tsuru(root).find(f"{W}p").append(etree.Element(f"{W}bookmarkEnd", {f"{W}id": "991"}))

    assert verify_handout(report, published_master.results, rewrite(handout, change)).mismatches == ()


def lose_page(root: Root) -> None:
    for run in [one for one in root.iter(f"{W}r") if one.find(f"{W}t") is None or text_of(one) == "1"]:
        run.getparent().remove(run)


def simple_page(root: Root) -> None:
    """As 「ページ番号の挿入」 has it."""
    lose_page(root)
    made = etree.Element(f"{W}fldSimple", {f"{W}instr": " PAGE   \\* MERGEFORMAT "})
    made.append(etree.fromstring(f'<w:r xmlns:w="{W[1:-1]}"><w:t>1</w:t></w:r>'))
    root[0].append(made)


def test_pages_without_numbers_that_the_contents_name_are_shown(
    report: Report, published_master: Master, handout: bytes
) -> None:
    """11 lines stand in the printed contents, the first of which is 第1."""
    told = verify_handout(report, published_master.results, rewrite(handout, lose_page, FOOTER))
    (look,) = [one for one in told.looks if one.kind is Sight.UNNUMBERED]
    assert look.number == "11"
    assert "「第1" in str(look)
    assert "頁番号" in str(look)
    assert told.mismatches == ()


def test_another_field_for_the_page_is_as_good(
    report: Report, published_master: Master, handout: bytes
) -> None:
    told = verify_handout(report, published_master.results, rewrite(handout, simple_page, FOOTER))
    assert (told.mismatches, told.looks) == ((), ())


def test_a_section_whose_footer_was_taken_out_is_shown(
    report: Report, published_master: Master, handout: bytes
) -> None:
    """An empty footer of its own, in the section of 別紙5 alone."""

    def change(root: Root) -> None:
        sections = list(root.iter(f"{W}sectPr"))
        reference = sections[-2].find(f"{W}footerReference")
        relation = next(one for one in reference.attrib if one.endswith("}id"))
        reference.set(relation, "rId404")
        sections[-1].find(f"{W}footerReference").set(relation, "rId4")

    told = verify_handout(report, published_master.results, rewrite(handout, change))
    (look,) = [one for one in told.looks if one.kind is Sight.UNNUMBERED]
    assert (look.number, look.where[:3]) == ("1", "別紙5")


def test_built_again_they_are_the_same(report: Report, published_master: Master, handout: bytes) -> None:
    """Fields in the headings are written anew by each build, whatever Word made of their runs."""
    document = rewrite(handout, retype_entry_in_word)
    built = build_handout(report, published_master.results, document)
    assert etree.tostring(body_of(built)) == etree.tostring(body_of(handout))
