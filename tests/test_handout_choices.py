"""Sentences that follow the data: of each choice exactly the alternative is printed whose condition is true."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

import pytest
from built import build_handout
from conftest import NEIGHBOURS, read_rows
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator
from test_handout_build import W, body_of, control, rewrite, text_of, with_cells

from jukixl.findings import Severity
from jukixl.handout.lint import lint_template
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.shipped import read_template
from jukixl.handout.states import State
from jukixl.handout.template import create_template
from jukixl.handout.tie_out import tie_out
from jukixl.handout.verify import verify_handout
from jukixl.report.computation import Inputs, Results
from jukixl.report.loading import report_from_sources
from jukixl.report.model import Report
from jukixl.report.sources import bundled_folder, read_sources
from jukixl.workbook.master import Master

REACHED: Mapping[tuple[str, int], tuple[dict[str, int], str]] = {
    ("failures", 1): ({"serious_failures": 0}, "重大な障害等もなく、順調に稼働している。"),
    ("failures", 2): ({"serious_failures": 2}, "順調に稼働してきたが、令和6年に重大な障害等が2件あった。"),
    ("intrusions", 1): ({"intrusions": 0}, "不正アクセスによるネットワークへの侵入はなかった。"),
    ("intrusions", 2): ({"intrusions": 1}, "不正アクセスによるネットワークへの侵入が1件あった。"),
    ("problems", 1): ({"protection_problems": 0}, "個人情報保護に係る問題はなかった。"),
    ("problems", 2): ({"protection_problems": 3}, "個人情報保護に係る問題が3件あった。"),
    ("disclosure", 1): ({"past_disclosure_requests": 0, "disclosure_requests": 2}, "令和6年 … 2件\n"),
    ("disclosure", 2): ({"disclosure_requests": 0}, "0件（過去には平成27年に請求された1件のみ）"),
    ("disclosure", 3): ({"disclosure_requests": 4}, "4件（過去には平成27年に請求された1件がある）"),
}
"""By choice and number of the alternative: settings with which it is printed, and what it then reads."""


def with_settings(master: Master, settings: Mapping[str, object]) -> Results:
    inputs = master.results.inputs
    return Results(master.report, Inputs({**inputs.settings, **settings}, inputs.cells))


def shown(document: bytes) -> str:
    """What a reader sees: paragraphs in a hidden style left out, by the document's own styles."""
    return "\n".join(text_of(one) for one in paragraphs(document))


def paragraphs(document: bytes) -> Iterator[etree._Element]:
    for one in body_of(document).iter(f"{W}p"):
        style = one.find(f"{W}pPr/{W}pStyle")
        if style is None or not style.get(f"{W}val", "").endswith("Hidden"):
            yield one


def without_numbers(text: str) -> str:
    return re.sub("[0-9]+", "#", text)


DIFFERENCE = "表示した率の差と増減が一致しない場合がある。"
NOTES = {
    ("annex2", 1): "※　空欄は、原資料で判読できない箇所である。",
    ("annex5_neighbours", 1): DIFFERENCE,
    ("annex5_neighbours_reference", 1): DIFFERENCE,
}
"""Every conditional note, by table and number: words of it. All are true of the published numbers."""


def without_reason(results: Results, table: str) -> Results:
    """Published numbers but for those that the table's note is about."""
    if table == "annex2":
        rows = results.rows(results.report.tables_by_id["annex2"])
        return with_cells(results, *(("annex2", "cases", row, 0) for row in rows))
    ids = {record["area"]: row for row, record in results.report.tables_by_id[table].rows}
    changes = [
        (table, f"{rate}_change", ids[record["area"]], difference(record, rate))
        for record in read_rows(NEIGHBOURS[table])
        for rate in ("application_rate", "delivered_rate")
    ]
    return with_cells(results, *changes)


def difference(record: Mapping[str, str], rate: str) -> Fraction:
    """Of the two rates as printed beside it."""
    now, before = (Fraction(record[f"{rate}{when}_printed"].rstrip("%")) for when in ("", "_previous_month"))
    return (now - before) / 100


@pytest.fixture(scope="module")
def template(report: Report) -> bytes:
    return create_template(report)


def test_every_alternative_of_the_definition_is_reached_below(report: Report):
    declared = {
        (choice, number)
        for choice, alternatives in report.choices.items()
        for number in range(1, len(alternatives) + 1)
    }
    assert declared == set(REACHED)


@pytest.mark.parametrize("place", REACHED, ids=lambda place: f"{place[0]}.{place[1]}")
def test_the_alternative_is_printed_and_the_others_are_not(report, published_master, template, place):
    settings, words = REACHED[place]
    results = with_settings(published_master, settings)
    document = build_handout(report, results, template)
    text = shown(document)
    assert words in text
    others = [wrong for other, (_, wrong) in REACHED.items() if other[0] == place[0] and other != place]
    assert not any(without_numbers(wrong) in without_numbers(text) for wrong in others)
    assert verify_handout(report, results, document).mismatches == ()


def test_print_reads_as_it_was_published(handout: bytes):
    text = "".join(shown(handout).split())
    assert "令和6年1月から令和6年12月までに、不正アクセスによるネットワークへの侵入はなかった。" in text
    assert "令和6年…0件（過去には平成27年に請求された1件のみ）" in text
    assert "件あった" not in text


def test_a_sentence_changes_with_the_workbook_and_back_and_keeps_staffs_words(
    report, published_master, handout
):
    def reword(root: etree._Element) -> None:
        next(control(root, "choice.intrusions.1").iter(f"{W}t")).text = "本県では、"

    one = with_settings(published_master, {"intrusions": 1})
    before = rewrite(handout, reword)
    changed = refresh_handout(report, one, before)
    assert "本県では" not in shown(changed.document)
    assert "侵入が1件あった" in shown(changed.document)
    back = refresh_handout(report, published_master.results, changed.document)
    assert shown(back.document) == shown(before)


def test_a_sentence_that_the_workbook_no_longer_says_is_named(report, published_master, handout):
    told = verify_handout(report, with_settings(published_master, {"intrusions": 1}), handout).mismatches
    sentences = [mismatch for mismatch in told if "文の選択" in mismatch.place]
    assert [bool(one.expected) for one in sentences] == [False, True]
    assert "侵入が1件あった" in (sentences[1].expected or "")


def test_while_a_value_is_missing_no_alternative_is_printed(report, published_master, template):
    settings = dict(published_master.results.inputs.settings)
    del settings["disclosure_requests"]
    results = Results(report, Inputs(settings, published_master.results.inputs.cells))
    text = shown(build_handout(report, results, template))
    assert "過去には平成27年" not in text


def test_numbers_of_hidden_sentences_are_not_read_aloud(published_master, handout):
    titles = [entry.title for entry in tie_out(published_master, handout).figures]
    assert "開示請求件数" in titles
    assert "不正アクセスによる侵入件数" not in titles


def test_a_sentence_taken_out_is_told(report, published_master, handout):
    def take_out(root: etree._Element) -> None:
        gone = control(root, "choice.problems.2")
        gone.getparent().remove(gone)

    document = rewrite(handout, take_out)
    (finding,) = [one for one in lint_template(report, document) if one.cell == "choice.problems.2"]
    assert "この文は、件数に応じて替わりません" in finding.message
    told = verify_handout(report, published_master.results, document).mismatches
    assert [one.place for one in told if one.state is State.MISSING and "文の選択" in one.place]


def test_hidden_sentences_pass_offices_schema_checks(handout, tmp_path):
    path = tmp_path / "資料.docx"
    path.write_bytes(handout)
    assert not OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path)).errors


def test_every_conditional_note_of_the_definition_is_shown_below_both_ways(report: Report):
    declared = {
        (table.id, number)
        for table in report.tables
        for number, note in enumerate(table.notes, 1)
        if note.when is not None
    }
    assert declared == set(NOTES)


@pytest.mark.parametrize("place", NOTES, ids=lambda place: f"{place[0]}.{place[1]}")
def test_a_note_is_printed_where_it_is_true_and_nowhere_else(report, published_master, template, place):
    published = published_master.results
    others = [words for other, words in NOTES.items() if other != place]
    for results, notes in (
        (published, [*others, NOTES[place]]),
        (without_reason(published, place[0]), others),
    ):
        document = build_handout(report, results, template)
        text = shown(document)
        assert sum(map(text.count, set(NOTES.values()))) == len(notes)
        assert all(text.count(words) == notes.count(words) for words in NOTES.values())
        assert verify_handout(report, results, document).mismatches == ()


def without_note(root: etree._Element) -> None:
    gone = control(root, "note.annex5_neighbours.1")
    gone.getparent().remove(gone)


def test_a_note_taken_out_of_the_template_is_told_by_the_check_and_by_nothing_else(
    report, published_master, template
):
    edited = rewrite(template, without_note)
    (finding,) = lint_template(report, edited)
    assert finding.severity is Severity.WARNING
    assert "この注は、当てはまるときも印刷されません" in finding.message
    document = build_handout(report, published_master.results, edited)
    assert verify_handout(report, published_master.results, document).mismatches == ()
    assert refresh_handout(report, published_master.results, document).changes == ()


def test_a_note_taken_out_of_the_handout_is_told_by_a_refresh_while_it_is_true(
    report, published_master, handout
):
    edited = rewrite(handout, without_note)
    (told,) = refresh_handout(report, published_master.results, edited).changes
    assert (told.state, told.is_written) == (State.MISSING, False)
    assert "率は表示単位未満を四捨五入" in told.place
    other = without_reason(published_master.results, "annex5_neighbours")
    assert all(one.state is State.STALE for one in refresh_handout(report, other, edited).changes)


def test_what_was_typed_behind_a_note_stays_when_the_note_goes(report, published_master, handout):
    words = "※　なお、率は県の計算による。"

    def type_in(root: etree._Element) -> None:
        content = control(root, "note.annex5_neighbours.1").find(f"{W}sdtContent")
        typed = etree.SubElement(etree.SubElement(etree.SubElement(content, f"{W}p"), f"{W}r"), f"{W}t")
        typed.text = words

    other = without_reason(published_master.results, "annex5_neighbours")
    refreshed = refresh_handout(report, other, rewrite(handout, type_in))
    assert words in shown(refreshed.document)
    assert shown(refreshed.document).count(DIFFERENCE) == 1
    assert any("なお、率は県の計算による" in one.place for one in refreshed.kept)


CHANGE = """
[[document]]
kind = "paragraph"
choice = "change"
when = "annex5.applications.total < annex5_reference.applications.total"
text = "申請は増加した。"

[[document]]
kind = "paragraph"
choice = "change"
when = "annex5.applications.total > annex5_reference.applications.total"
text = "申請は減少した。"

[[document]]
kind = "paragraph"
choice = "change"
text = "申請は同数であった。"
"""


@pytest.mark.parametrize(
    ("applications", "words"),
    [(179_641, "増加した"), (179_641 + 66_550, "同数であった"), (179_641 + 66_551, "減少した")],
)
def test_of_three_sentences_that_compare_totals_one_is_printed(published_master, applications, words):
    """772,405 applications by 令和6年12月31日, 838,955 by 令和7年8月31日; 179,641 of the former in 甲府市."""
    sources = read_sources(bundled_folder())
    sources["document.toml"] += CHANGE
    report = report_from_sources(sources)
    inputs = published_master.results.inputs
    cells = {**inputs.cells, ("annex5", "applications", "192015"): applications}
    results = Results(report, Inputs(inputs.settings, cells))
    text = shown(build_handout(report, results, create_template(report)))
    assert re.findall("申請は(.+)。", text) == [words]


def test_an_optional_sentence_may_be_taken_out_as_a_whole_but_not_one_of_its_alternatives(published_master):
    sources = read_sources(bundled_folder())
    sources["document.toml"] += CHANGE.replace("choice =", "optional = true\nchoice =")
    report = report_from_sources(sources)
    results = Results(report, published_master.results.inputs)

    def without(*numbers: int) -> bytes:
        def take_out(root: etree._Element) -> None:
            for number in numbers:
                gone = control(root, f"choice.change.{number}")
                gone.getparent().remove(gone)

        return rewrite(create_template(report), take_out)

    assert lint_template(report, without(1, 2, 3)) == []
    document = build_handout(report, results, without(1, 2, 3))
    assert verify_handout(report, results, document).mismatches == ()
    assert [one.cell for one in lint_template(report, without(2))] == ["choice.change.2"]


def test_a_master_of_an_earlier_definition_gets_a_template_of_its_own(report, published_master):
    """It carries the definition that it was made from; the shipped template has what is new since."""
    sources = dict(report.sources)
    start = sources["document.toml"].index(
        "[[document]]", sources["document.toml"].index('choice = "intrusions"')
    )
    end = sources["document.toml"].index("[[document]]", start + 1)
    sources["document.toml"] = (sources["document.toml"][:start] + sources["document.toml"][end:]).replace(
        'choice = "intrusions"\nwhen = "intrusions == 0"\n', ""
    )
    earlier = report_from_sources(sources)
    results = Results(earlier, published_master.results.inputs)
    document = build_handout(earlier, results, read_template(earlier))
    assert verify_handout(earlier, results, document).mismatches == ()
    assert read_template(report) == create_template(report)
