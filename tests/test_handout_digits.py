"""One width of digits in the running text of a handout, as the definition says; tables keep half-width digits."""

from __future__ import annotations

import re

import pytest
from lxml import etree
from test_handout_build import W, body_of, control, rewrite, text_of

from jukixl.handout.build import build_handout
from jukixl.handout.mismatches import Sight
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.template import create_template
from jukixl.handout.tie_out import tie_out
from jukixl.handout.verify import verify_handout
from jukixl.report.computation import Inputs, Results
from jukixl.report.loading import report_from_sources
from jukixl.report.model import Report
from jukixl.report.sources import bundled_folder, read_sources
from jukixl.workbook.master import Master

# 772,405枚 and 令和6年12月31日 are print's; set by hand in each width.
SENTENCES = {
    "half": "令和6年12月31日までの累計申請枚数　　772,405枚",
    "one_full": "令和６年12月31日までの累計申請枚数　　772,405枚",
    "full": "令和６年１２月３１日までの累計申請枚数　　７７２，４０５枚",
}
LAWS = {
    "half": "（2年以下の懲役または100万円以下の罰金）",
    "one_full": "（２年以下の懲役または100万円以下の罰金）",
    "full": "（２年以下の懲役または１００万円以下の罰金）",
}


def report_with(digits: str) -> Report:
    sources = read_sources(bundled_folder())
    sources["report.toml"] = f'digits = "{digits}"\n{sources["report.toml"]}'
    return report_from_sources(sources)


@pytest.fixture(scope="module", params=SENTENCES)
def made(request: pytest.FixtureRequest, published_master: Master) -> tuple[str, Results, bytes]:
    """The width, the results by that definition, and the handout."""
    report = report_with(request.param)
    results = Results(report, published_master.results.inputs)
    return request.param, results, build_handout(report, results, create_template(report))


def paragraphs(document: bytes) -> list[str]:
    return [text_of(one) for one in body_of(document).iter(f"{W}p")]


def test_the_whole_text_has_one_width(made):
    digits, _, document = made
    assert SENTENCES[digits] in paragraphs(document)
    assert any(LAWS[digits] in text for text in paragraphs(document))


def test_tables_are_half_width_and_names_keep_their_digits(made):
    _, _, document = made
    for table in body_of(document).iter(f"{W}tbl"):
        assert not re.search("[０-９]", text_of(table)), text_of(table)[:80]


def test_the_contents_have_the_width_of_the_headings_and_their_pages(made):
    digits, results, document = made
    first = next(text for text in paragraphs(document) if "稼働状況について（資料" in text)
    assert first.startswith({"half": "第1", "one_full": "第１", "full": "第１"}[digits])
    assert verify_handout(results.report, results, document).mismatches == ()


def test_nothing_is_told_of_a_document_in_its_width(made, published_master):
    _, results, document = made
    told = verify_handout(results.report, results, document)
    assert (told.mismatches, told.looks) == ((), ())
    refreshed = refresh_handout(results.report, results, document)
    assert refreshed.document == document
    assert all(entry.agrees for entry in tie_out(with_results(published_master, results), document).figures)


def with_results(master: Master, results: Results) -> Master:
    return Master(master.package, master.snapshot, results.report, results, master.reading)


def test_a_refresh_writes_a_changed_number_in_the_width(made):
    digits, results, document = made
    cells = {**results.inputs.cells, ("annex5", "applications", "192015"): 179_640}
    changed = Results(results.report, Inputs(results.inputs.settings, cells))
    refreshed = refresh_handout(results.report, changed, document)
    expected = SENTENCES[digits].replace("772,405", "772,404").replace("７７２，４０５", "７７２，４０４")
    assert expected in paragraphs(refreshed.document)
    assert refreshed.kept == ()


def test_a_number_typed_in_another_width_is_shown(made):
    digits, results, document = made
    typed = {"half": "１２", "one_full": "１２", "full": "12"}[digits]

    def change(root: etree._Element) -> None:
        next(control(root, "applications").getnext().iter(f"{W}t")).text = f"枚（{typed}市）"

    looks = verify_handout(results.report, results, rewrite(document, change)).looks
    told = [str(look) for look in looks if look.kind is Sight.WIDTH]
    assert len(told) == 1
    assert f"「{typed}」は、この資料の数字の書き方" in told[0]
    assert {"half": "（半角）", "one_full": "（1桁は全角、2桁以上は半角）", "full": "（全角）"}[
        digits
    ] in told[0]
