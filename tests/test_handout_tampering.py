"""Single characters of the finished handout typed over, wherever they stand: verification names every one of them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from lxml import etree
from test_handout_build import DOCUMENT, W, body_of, rewrite

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
