"""Headings and titles of tables have no control; one that was made to say something else is shown, and nothing that staff may do is."""

from __future__ import annotations

import copy
from collections.abc import Callable
from unicodedata import normalize

import pytest
from lxml import etree
from test_handout_build import W, rewrite, text_of
from test_handout_digits import published_inputs
from test_handout_tampering_kinds import Change, Root, control, retype

from jukixl.handout.mismatches import Look, Sight
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.release import release_handout
from jukixl.handout.verify import verify_handout
from jukixl.report.computation import Results
from jukixl.report.model import Report
from jukixl.workbook.master import Master

Reworded = Callable[..., list[Look]]


@pytest.fixture
def reworded(report: Report, published_master: Master) -> Reworded:
    def find(document: bytes, results: Results = published_master.results) -> list[Look]:
        looks = verify_handout(report, results, document).looks
        return [one for one in looks if one.kind is Sight.REWORDED]

    return find


def line(root: Root, words: str) -> Root:
    """The first paragraph that reads so, and nothing else."""
    return next(one for one in root.iter(f"{W}p") if text_of(one) == words)


def within(words: str, old: str, new: str) -> Change:
    def change(root: Root) -> None:
        node = next(one for one in line(root, words).iter(f"{W}t") if old in (one.text or ""))
        node.text = node.text.replace(old, new)

    return change


# As printed, what is changed in it, and what it reads then.
KINDS = {
    "the date of a table": ("【令和6年12月31日時点】", "時点", "まで"),
    "the title of a table": ("【参考】近隣県個人番号カード申請受付状況", "申請受付", "交付"),
    "the title of an annex": ("個人番号カード申請状況等", "申請", "交付"),
    "a heading": ("(1)　広域交付", "広域交付", "広域交付（年度末）"),
    "words before a figure": ("【平成15年8月25日～令和6年12月31日】", "～", "以前、"),
    "every word": ("【障害状況一覧】", "【障害状況一覧】", "主な出来事"),
    "the title of the cover": ("住民基本台帳ネットワークシステム関係資料", "関係", "参考"),
}


@pytest.mark.parametrize(("words", "old", "new"), KINDS.values(), ids=KINDS.keys())
def test_a_title_that_says_something_else_is_shown(
    handout: bytes, reworded: Reworded, words: str, old: str, new: str
) -> None:
    (look,) = reworded(rewrite(handout, within(words, old, new)))
    here, there = (normalize("NFKC", one) for one in (words.replace(old, new), words))
    assert (look.where, look.detail) == (here, there)
    assert f"「{here}」は、資料を作成したときは「{there}」でした" in str(look)


def test_it_is_no_error_and_stays_through_a_refresh(
    report: Report, published_master: Master, handout: bytes, reworded: Reworded
) -> None:
    document = rewrite(handout, within(*KINDS["the title of a table"]))
    assert verify_handout(report, published_master.results, document).mismatches == ()
    refreshed = refresh_handout(report, published_master.results, document).document
    assert [one.where for one in reworded(refreshed)] == ["【参考】近隣県個人番号カード交付状況"]


def move(root: Root) -> None:
    """(3) with what belongs to it, before (2)."""
    end, here = line(root, "(4)　自動交付機による交付"), line(root, "(2)　転出転入の特例")
    one = line(root, "(3)　コンビニ交付")
    while one is not end:
        following = one.getnext()
        here.addprevious(one)
        one = following


def take_out(root: Root) -> None:
    heading = line(root, "(3)　コンビニ交付")
    heading.getparent().remove(heading)


def add(root: Root) -> None:
    """A heading of staff's own, between two of ours."""
    heading = line(root, "(3)　コンビニ交付")
    heading.addprevious(copy.deepcopy(heading))
    retype(heading.getprevious(), "(2)の2　郵送による請求")


def space(root: Root) -> None:
    retype(line(root, "【障害状況一覧】"), "【 障 害 状 況 一 覧 】")


def cut(root: Root) -> None:
    """In two runs, as Word cuts where somebody has put the cursor."""
    run = next(line(root, "【障害状況一覧】").iter(f"{W}r"))
    run.addnext(copy.deepcopy(run))
    retype(run, "【障害")
    retype(run.getnext(), "状況一覧】")


def reword_a_sentence(root: Root) -> None:
    node = next(one for one in root.iter(f"{W}t") if "研修を実施" in (one.text or ""))
    node.text = node.text.replace("研修を実施", "研修を行った")


@pytest.mark.parametrize("change", [move, take_out, add, space, cut, reword_a_sentence])
def test_what_staff_may_do_is_not_shown(handout: bytes, reworded: Reworded, change: Change) -> None:
    assert reworded(rewrite(handout, change)) == []


def test_other_numbers_and_another_width_reword_nothing(
    report: Report, published_master: Master, handout: bytes, reworded: Reworded
) -> None:
    settings = {**published_inputs(published_master, "全角").settings, "target_year": 2025}
    inputs = published_master.results.inputs
    results = Results(report, type(inputs)(settings, inputs.cells))
    document = refresh_handout(report, results, handout).document
    assert "令和７年" in text_of(etree.fromstring(document_part(document)))
    assert reworded(document, results) == []


def document_part(document: bytes) -> bytes:
    found: list[bytes] = []
    rewrite(document, lambda root: found.append(etree.tostring(root)))
    return found[0]


def test_a_date_typed_in_place_of_its_control_is_told_as_that(
    report: Report, published_master: Master, handout: bytes, reworded: Reworded
) -> None:
    def type_over(root: Root) -> None:
        held = control(line(root, "【令和6年12月31日時点】"), "base_date")
        for run in held.iter(f"{W}r"):
            held.addprevious(copy.deepcopy(run))
        held.getparent().remove(held)

    document = rewrite(handout, type_over)
    assert reworded(document) == []
    (told,) = verify_handout(report, published_master.results, document).mismatches
    assert "目印が消えて" in told.message


def test_a_published_document_knows_its_titles(
    published_master: Master, handout: bytes, reworded: Reworded
) -> None:
    published = release_handout(published_master, handout, "資料.docx").document or b""
    assert reworded(published) == []
    assert len(reworded(rewrite(published, within(*KINDS["a heading"])))) == 1


def test_titles_of_an_earlier_version_are_not_known(handout: bytes, reworded: Reworded) -> None:
    """Its record has none of them."""

    def forget(root: Root) -> None:
        for one in [one for one in root if one.tag.endswith("}title")]:
            root.remove(one)

    document = rewrite(rewrite(handout, within(*KINDS["a heading"])), forget, "customXml/item1.xml")
    assert reworded(document) == []
