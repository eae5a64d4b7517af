"""Headers, footers and notes say what the master does and are set as the text is: filled, brought up to date, verified, read aloud."""

from __future__ import annotations

from itertools import count

import pytest
from built import build_handout
from lxml import etree
from test_handout_build import W, control, rewrite, text_of
from test_handout_digits import CHOICES, published_inputs, with_results
from test_staff_template_parts import (
    DOCUMENT,
    Parts,
    add_styles,
    headers_with_figures,
    parts_of,
    sentence,
    xml,
    xml_part,
)

from jukixl.era import Digits
from jukixl.handout.lint import lint_template, lint_widths
from jukixl.handout.mismatches import Sight
from jukixl.handout.package import open_package
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.template import create_template
from jukixl.handout.tie_out import tie_out
from jukixl.handout.verify import verify_handout
from jukixl.report.computation import Results
from jukixl.report.model import Report
from jukixl.workbook.master import Master

_WORDML = "application/vnd.openxmlformats-officedocument.wordprocessingml"
IDS = count(901)
_PAGE = '<w:fldSimple w:instr=" PAGE "><w:r><w:t>3</w:t></w:r></w:fldSimple>'
HEADER, NOTES = "word/header2.xml", "word/footnotes.xml"
# The page and the cell of a table keep their half-width digits.
HEADERS = {
    "半角": "第2回　資料12　3頁資料　772,405",
    "1桁は全角、2桁以上は半角": "第２回　資料12　3頁資料　772,405",
    "全角": "第２回　資料１２　3頁資料　７７２，４０５",
}
FOOTNOTES = {
    "半角": "法第30条の6による。",
    "1桁は全角、2桁以上は半角": "法第30条の６による。",
    "全角": "法第３０条の６による。",
}
IN_TABLE = "資料　個人情報保護審議会資料　令和6年度"


def with_headers(template: bytes) -> bytes:
    """A template with figures in two headers, numbers of staff's in one of them, and a footnote."""
    parts = parts_of(template)
    headers_with_figures(parts)
    words = xml(f"<w:p><w:r><w:t>第2回　資料12　</w:t></w:r>{_PAGE}<w:r><w:t>頁</w:t></w:r></w:p>")
    parts.change(HEADER, lambda root: root.insert(0, words))
    add_footnote(parts)
    return parts.to_bytes()


def add_footnote(parts: Parts) -> None:
    add_styles(parts)
    note = '<w:footnote w:id="1"><w:p><w:r><w:t>法第30条の6による。</w:t></w:r></w:p></w:footnote>'
    kind = f"{_WORDML}.footnotes+xml"
    parts.relate(DOCUMENT, "rId95", "footnotes", "footnotes.xml", xml_part("footnotes", note), kind)
    mark = xml('<w:r><w:footnoteReference w:id="1"/></w:r>')
    parts.change(DOCUMENT, lambda root: sentence(root, "prefecture_cases").append(mark))


def words_of(document: bytes, part: str) -> str:
    return text_of(etree.fromstring(parts_of(document)[part]))


@pytest.fixture(scope="module")
def template(report: Report) -> bytes:
    return with_headers(create_template(report))


@pytest.fixture(scope="module")
def built(report: Report, published_master: Master, template: bytes) -> bytes:
    return build_handout(report, published_master.results, template)


@pytest.mark.parametrize("choice", CHOICES.values())
@pytest.mark.parametrize("again", ["build", "refresh"])
def test_headers_and_notes_follow_the_width_that_was_chosen(
    report: Report, published_master: Master, built: bytes, choice: str, again: str
) -> None:
    results = Results(report, published_inputs(published_master, choice))
    document = (
        build_handout(report, results, built)
        if again == "build"
        else refresh_handout(report, results, built).document
    )
    assert words_of(document, HEADER) == HEADERS[choice]
    assert words_of(document, NOTES) == FOOTNOTES[choice]
    assert words_of(document, "word/header1.xml") == IN_TABLE
    told = verify_handout(report, results, document)
    assert (told.mismatches, told.looks) == ((), ())


def retyped(document: bytes, words: str, other: str) -> bytes:
    """Other words in the header that has numbers of staff's."""

    def retype(root: etree._Element) -> None:
        text = next(one for one in root.iter(f"{W}t") if "資料12" in (one.text or ""))
        text.text = text.text.replace(words, other)

    return rewrite(document, retype, HEADER)


def test_what_a_hand_typed_there_stays_and_is_shown(
    report: Report, published_master: Master, built: bytes
) -> None:
    results = Results(report, published_inputs(published_master, "全角"))
    refreshed = refresh_handout(report, results, retyped(built, "第2回", "第4回臨時会")).document
    assert words_of(refreshed, HEADER) == "第4回臨時会　資料12　3頁資料　７７２，４０５"
    looks = verify_handout(report, results, refreshed).looks
    assert [one.number for one in looks if one.kind is Sight.WIDTH] == ["4", "12"]


def test_a_template_with_another_width_in_a_header_is_told(report: Report, template: bytes) -> None:
    def widen(root: etree._Element) -> None:
        words = next(one for one in root.iter(f"{W}t") if "資料12" in (one.text or ""))
        words.text = words.text.replace("2", "２")

    def told(template: bytes) -> list[str]:
        return [one.message for one in lint_widths(report, open_package(template), Digits.HALF)]

    assert told(template) == []
    (message,) = told(rewrite(template, widen, HEADER))
    assert message.startswith("文章の数字 2 か所が、数字の書き方（半角）と違います。最初は「２」")


def test_a_figure_typed_over_in_a_header_is_told_and_read_aloud(
    report: Report, published_master: Master, built: bytes
) -> None:
    def type_over(root: etree._Element) -> None:
        next(control(root, "applications").iter(f"{W}t")).text = "772,406"

    document = rewrite(built, type_over, HEADER)
    (told,) = verify_handout(report, published_master.results, document).mismatches
    assert (told.expected, told.actual) == ("772,405", "772,406")
    (read,) = tie_out(with_results(published_master, published_master.results), document).differing
    assert (read.page, read.shown, read.due) == (None, "772,406", "772,405")


def pasted(parts: Parts, tag: str) -> etree._Element:
    """A copy of what the body has, with ids of its own, as Word pastes it."""
    copied = control(etree.fromstring(parts[DOCUMENT]), tag)
    for one in copied.iter(f"{W}id"):
        one.set(f"{W}val", str(next(IDS)))
    return copied


def test_a_sentence_that_follows_the_data_follows_it_in_a_header_too(
    report: Report, published_master: Master, template: bytes
) -> None:
    """Both alternatives, of which one is printed."""
    parts = parts_of(template)
    parts.change(
        HEADER, lambda root: root.extend(pasted(parts, f"choice.intrusions.{one}") for one in (1, 2))
    )
    document = build_handout(report, published_master.results, parts.to_bytes())
    assert verify_handout(report, published_master.results, document).mismatches == ()
    styles = etree.fromstring(parts_of(document)[HEADER]).iter(f"{W}pStyle")
    assert [one.get(f"{W}val") == "HandoutHidden" for one in styles].count(True) == 1


def test_a_table_of_the_reports_in_a_header_is_refused(report: Report, template: bytes) -> None:
    parts = parts_of(template)
    parts.change(HEADER, lambda root: root.append(pasted(parts, "table.annex2")))
    (told,) = lint_template(report, parts.to_bytes())
    assert "ヘッダー" in told.message
    assert "本文に移してください" in told.message


def test_a_figure_that_lost_its_control_in_a_header_is_missed(
    report: Report, published_master: Master, built: bytes
) -> None:
    """The definition doesn't have it there, the template had; the number that stays would never be checked again."""

    def unbind(root: etree._Element) -> None:
        held = control(root, "applications")
        for run in list(held.iter(f"{W}r")):
            held.addprevious(run)
        held.getparent().remove(held)

    document = rewrite(built, unbind, HEADER)
    assert words_of(document, HEADER) == HEADERS["半角"]
    (told,) = verify_handout(report, published_master.results, document).mismatches
    assert "基準日までの累計申請枚数" in told.place
    assert "目印が消えて" in told.message
    (kept,) = refresh_handout(report, published_master.results, document).kept
    assert "基準日までの累計申請枚数" in kept.place


def test_a_number_typed_over_in_a_header_is_shown(
    report: Report, published_master: Master, built: bytes
) -> None:
    (look,) = verify_handout(report, published_master.results, retyped(built, "資料12", "資料13")).looks
    assert (look.number, look.kind) == ("13", Sight.TYPED)
