"""Single characters of the finished handout typed over, wherever they stand: verification names every one of them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
from lxml import etree
from test_handout_build import DOCUMENT, W, body_of, control, rewrite

from jukixl.handout.verify import verify_handout
from jukixl.report.model import Report
from jukixl.workbook.master import Master

NUMBERS, NAMES = 90, 60
"""How many texts of tables are tried, with digits and without; of those around the tables, all with digits are."""


def texts_of(root: etree._Element) -> list[etree._Element]:
    return [one for one in root.iter(f"{W}t") if one.text and one.text.strip()]


def is_in_table(text: etree._Element) -> bool:
    return next(text.iterancestors(f"{W}tbl"), None) is not None


def iter_changes(handout: bytes) -> Iterator[tuple[int, str]]:
    """(place among the document's texts, what somebody made of it): one digit, or one character of a name."""
    chance = random.Random(20241231)  # noqa: S311 - the same changes in every run
    texts = texts_of(body_of(handout))
    places = range(len(texts))
    with_digits = [at for at in places if re.search("[0-9]", texts[at].text)]
    in_tables = [at for at in with_digits if is_in_table(texts[at])]
    names = [at for at in places if is_in_table(texts[at]) and at not in set(with_digits)]
    for at in [
        *chance.sample(in_tables, NUMBERS),
        *(at for at in with_digits if not is_in_table(texts[at])),
        *chance.sample(names, NAMES),
    ]:
        text = texts[at].text
        digits = [place for place, character in enumerate(text) if character in "0123456789"]
        place = chance.choice(digits or [p for p, character in enumerate(text) if character.strip()])
        typed = str((int(text[place]) + chance.randint(1, 9)) % 10) if digits else "某"
        yield at, f"{text[:place]}{typed}{text[place + 1 :]}"


def test_every_single_change_is_named(report: Report, published_master: Master, handout: bytes) -> None:
    tried, unnamed = 0, []
    for at, text in iter_changes(handout):

        def change(root: etree._Element, at: int = at, text: str = text) -> None:
            texts_of(root)[at].text = text

        changed = rewrite(handout, change, DOCUMENT)
        told = verify_handout(report, published_master.results, changed)
        tried += 1
        if not told.mismatches and not told.looks:
            unnamed.append(text)
    assert unnamed == []
    assert tried >= 200


def test_of_the_untouched_file_nothing_is_told(
    report: Report, published_master: Master, handout: bytes
) -> None:
    told = verify_handout(report, published_master.results, handout)
    assert (told.mismatches, told.looks, told.origin.is_stale) == ((), (), False)


@pytest.mark.parametrize(
    ("tag", "unit", "typed"),
    [("prefecture_cases", "件", "人"), ("applications", "枚", "件"), ("applications", "枚", "％")],
)
def test_a_unit_typed_over_is_named(
    report: Report, published_master: Master, handout: bytes, tag: str, unit: str, typed: str
) -> None:
    """39,627件 and 772,405枚 are print's."""

    def change(root: etree._Element) -> None:
        text = next(control(root, tag).getnext().iter(f"{W}t"))
        assert text.text.startswith(unit)
        text.text = typed + text.text.removeprefix(unit)

    (told,) = verify_handout(report, published_master.results, rewrite(handout, change)).mismatches
    assert (told.expected, told.actual) == (unit, "%" if typed == "％" else typed)
    assert "の単位は" in told.message


def test_other_words_behind_a_number_are_staffs_own(
    report: Report, published_master: Master, handout: bytes
) -> None:
    def change(root: etree._Element) -> None:
        next(control(root, "applications").getnext().iter(f"{W}t")).text = "（累計）である。"

    assert verify_handout(report, published_master.results, rewrite(handout, change)).ok


def test_a_number_typed_in_kanji_is_shown(report: Report, published_master: Master, handout: bytes) -> None:
    def change(root: etree._Element) -> None:
        run = control(root, "applications").getnext()
        next(run.iter(f"{W}t")).text = "枚（うち七千三百枚が再交付）"

    (look,) = verify_handout(report, published_master.results, rewrite(handout, change)).looks
    assert look.number == "七千三百"


LINK = '<w:hyperlink w:anchor="{}"><w:r><w:t>前の節</w:t></w:r></w:hyperlink>'
FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> {} \\h </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>{}</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
)
BOOKMARKED = (
    '<w:bookmarkStart w:id="70" w:name="節"/><w:r><w:t>運用の状況</w:t></w:r><w:bookmarkEnd w:id="70"/>'
)


def test_a_link_to_another_annex_than_it_says_is_named(
    report: Report, published_master: Master, handout: bytes
) -> None:
    """【別紙2】 behind 39,627件, made to read 【別紙3】; and made to lead to 別紙3."""

    def links(root: etree._Element) -> dict[str, etree._Element]:
        found = root.iter(f"{W}hyperlink")
        return {"".join(one.itertext()): one for one in found}

    def reword(root: etree._Element) -> None:
        next(links(root)["【別紙2】"].iter(f"{W}t")).text = "【別紙3】"

    def redirect(root: etree._Element) -> None:
        target = links(root)["【別紙3】"].get(f"{W}anchor")
        links(root)["【別紙2】"].set(f"{W}anchor", target)

    for change, due in ((reword, "【別紙2】"), (redirect, "【別紙3】")):
        (told,) = verify_handout(report, published_master.results, rewrite(handout, change)).mismatches
        assert told.expected == due


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (LINK.format("節"), []),
        (LINK.format("ない"), ["参照「前の節」の参照先がありません"]),
        (FIELD.format("REF 節", "運用の状況"), []),
        (FIELD.format("REF 節", "運用状況"), ["参照「運用状況」は「運用の状況」のはずです"]),
        (FIELD.format("PAGEREF 節", "3"), []),
        (FIELD.format("PAGEREF ない", "エラー"), ["参照「エラー」の参照先がありません"]),
        ('<w:fldSimple w:instr=" REF ない "><w:r><w:t>旧節</w:t></w:r></w:fldSimple>', ["参照「旧節」"]),
        ("<w:r><w:t>【別紙３】</w:t></w:r>", []),
        ("<w:r><w:t>【別紙9】</w:t></w:r>", ["参照「【別紙9】」の参照先がありません"]),
    ],
)
def test_a_reference_that_leads_nowhere_or_reads_otherwise_is_named(
    report: Report, published_master: Master, handout: bytes, added: str, expected: list[str]
) -> None:
    def change(root: etree._Element) -> None:
        paragraph = etree.fromstring(f'<w:p xmlns:w="{W[1:-1]}">{BOOKMARKED}{added}</w:p>')
        control(root, "applications").getparent().addnext(paragraph)

    told = verify_handout(report, published_master.results, rewrite(handout, change)).mismatches
    assert len(told) == len(expected)
    assert all(words in mismatch.message for words, mismatch in zip(expected, told, strict=True))
