"""Numbers that somebody typed into the text of a handout: nothing updates them, so they are shown to a person."""

from __future__ import annotations

import copy
import json

import pytest
from lxml import etree
from test_handout_build import W, control, rewrite

from jukixl.handout.mismatches import Sight
from jukixl.handout.ooxml import visible_text
from jukixl.handout.prose import numbers_in
from jukixl.handout.verify import Verification, verify_handout
from jukixl.report.computation import Results
from jukixl.report.model import Report


@pytest.fixture(scope="module")
def results(published_master) -> Results:
    return published_master.results


@pytest.fixture(scope="module")
def verify(report: Report, results: Results, handout: bytes):
    def verified(change=lambda _: None) -> Verification:
        return verify_handout(report, results, rewrite(handout, change), "資料.docx")

    return verified


def run(text: str) -> etree._Element:
    made = etree.Element(f"{W}r")
    etree.SubElement(made, f"{W}t").text = text
    return made


@pytest.mark.parametrize(
    ("around", "read"),
    [
        ("p", "39,627"),
        ("sdtContent", "39,627"),
        ("ins", "39,627"),
        ("moveTo", "39,627"),
        ("moveFrom", ""),
        ("del", ""),
    ],
)
def test_the_only_run_of_an_element_is_read_unless_it_is_on_its_way_out(around: str, read: str) -> None:
    element = etree.Element(f"{W}{around}")
    element.append(run("39,627"))
    assert visible_text(element) == read


def typed_after(text: str, *, pieces: int = 1):
    """Type `text` at the end of the paragraph of 基準日までの累計申請枚数, in so many runs."""

    def change(root: etree._Element) -> None:
        paragraph = control(root, "applications").getparent()
        size = -(-len(text) // pieces)
        for start in range(0, len(text), size):
            paragraph.append(run(text[start : start + size]))

    return change


def test_the_published_handout_has_no_number_that_nobody_accounts_for(verify):
    assert verify().looks == ()


@pytest.mark.parametrize(
    ("text", "number"),
    [("うち高齢者は12,345枚", "12,345"), ("前年度は７７２，４０４枚", "772,404"), ("約45.07%", "45.07")],
)
@pytest.mark.parametrize("pieces", [1, 3])
def test_a_number_that_equals_none_is_shown_with_its_words(verify, text: str, number: str, pieces: int):
    verification = verify(typed_after(text, pieces=pieces))
    (look,) = [look for look in verification.looks if look.kind is Sight.TYPED]
    assert look.number == number
    assert look.number in look.where
    assert verification.ok, "a look is a question, no error"
    assert f"「{number}」は、マスターのどの数値とも一致しません" in str(look)


@pytest.mark.parametrize("text", ["再掲：772,405枚", "令和６年12月31日の枚数", "なお書き"])
def test_a_figure_of_the_workbook_and_mere_words_are_not(verify, text: str):
    assert [look for look in verify(typed_after(text)).looks if look.kind is Sight.TYPED] == []


@pytest.mark.parametrize("sign", ["1", "▲", "－", "0."])
def test_what_runs_into_a_number_makes_another_one_of_it(verify, sign: str):
    """Word lets anybody type just before a control: its own text stays right, what people read doesn't."""
    verification = verify(lambda root: control(root, "applications").addprevious(run(sign)))
    (mismatch,) = verification.mismatches
    assert mismatch.place == "数値「基準日までの累計申請枚数」"
    assert (mismatch.expected, mismatch.actual) == ("772,405", f"{'-' if sign == '－' else sign}772,405")


def test_a_digit_behind_a_number_too(verify):
    (mismatch,) = verify(lambda root: control(root, "applications").addnext(run("0枚"))).mismatches
    assert mismatch.actual == "772,4050"


def test_a_tracked_deletion_is_not_read_and_an_insertion_is(verify):
    def track(root: etree._Element) -> None:
        paragraph = control(root, "applications").getparent()
        deleted, inserted = etree.SubElement(paragraph, f"{W}del"), etree.SubElement(paragraph, f"{W}ins")
        deleted.append(run("11,111枚"))
        deleted[0][0].tag = f"{W}delText"
        inserted.append(run("22,222枚"))

    assert [look.number for look in verify(track).looks] == ["22,222"]


def test_a_table_that_a_hand_added_is_read(verify):
    def add(root: etree._Element) -> None:
        paragraph = control(root, "applications").getparent()
        table = etree.Element(f"{W}tbl")
        cell = etree.SubElement(etree.SubElement(table, f"{W}tr"), f"{W}tc")
        copied = copy.deepcopy(paragraph)
        for child in copied:
            copied.remove(child)
        copied.append(run("88,888"))
        cell.append(copied)
        paragraph.addnext(table)

    assert [look.number for look in verify(add).looks] == ["88,888"]


@pytest.mark.parametrize(("code", "seen"), [(" PAGE ", 0), (" = 98765 ", 1)])
def test_page_numbers_are_words_own_but_other_fields_are_read(verify, code: str, seen: int):
    def add(root: etree._Element) -> None:
        paragraph = control(root, "applications").getparent()
        for kind in ("begin", "separate", "end"):
            mark = etree.SubElement(paragraph, f"{W}r")
            etree.SubElement(mark, f"{W}fldChar").set(f"{W}fldCharType", kind)
            if kind == "begin":
                etree.SubElement(etree.SubElement(paragraph, f"{W}r"), f"{W}instrText").text = code
            elif kind == "separate":
                paragraph.append(run("98765"))

    assert len(verify(add).looks) == seen


def test_a_personal_number_in_the_text_is_never_repeated(verify):
    """123456789018 has a valid check digit. Cutting the words around another number must not uncover it either."""
    verification = verify(typed_after("本人 123456789018 と 54,321"))
    assert len(verification.looks) == 2
    told = json.dumps(verification.to_json(), ensure_ascii=False) + "".join(map(str, verification.looks))
    assert not any("123456789018"[at : at + 6] in told for at in range(7))


def test_numbers_are_read_as_people_do():
    text = "令和６年度①〜第10号、▲1,234.5％、5-3、12月31日"
    assert numbers_in(text) == ["6年", "1", "10", "▲1,234.5", "5", "3", "12月31日"]
