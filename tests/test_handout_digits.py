"""One width of digits in the running text of a handout, as the definition or 設定 says; tables keep half-width digits."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from built import build_handout
from lxml import etree
from openpyxl import load_workbook
from test_handout_build import W, body_of, control, rewrite, text_of

from jukixl.cli import main
from jukixl.handout.mismatches import Sight
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.release import release_handout
from jukixl.handout.shipped import read_template
from jukixl.handout.template import create_template
from jukixl.handout.tie_out import tie_out
from jukixl.handout.verify import verify_handout
from jukixl.report.computation import Inputs, Results
from jukixl.report.loading import report_from_sources
from jukixl.report.model import Report
from jukixl.report.sources import bundled_folder, read_sources
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import Master, read_master
from jukixl.workbook.patch import patch_workbook

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


# As staff choose them from the list on 設定.
CHOICES = {"half": "半角", "one_full": "1桁は全角、2桁以上は半角", "full": "全角"}
OTHER_CHOICE = {"half": "全角", "one_full": "全角", "full": "半角"}
OTHERS = {"half": "１２", "one_full": "１２", "full": "12"}
"""A number in another width than this one."""
SETTING = '[[settings]]\nid = "digit_width"'


def report_with(digits: str) -> Report:
    """The report as it was before the width could be chosen on 設定, with this width."""
    sources = read_sources(bundled_folder())
    before, _, behind = sources["report.toml"].partition(SETTING)
    sources["report.toml"] = f'digits = "{digits}"\n{before}{behind[behind.index("[[row_masters]]") :]}'
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
    typed = OTHERS[digits]

    def change(root: etree._Element) -> None:
        next(control(root, "applications").getnext().iter(f"{W}t")).text = f"枚（{typed}市）"

    looks = verify_handout(results.report, results, rewrite(document, change)).looks
    told = [str(look) for look in looks if look.kind is Sight.WIDTH]
    assert len(told) == 1
    assert f"「{typed}」は、この資料の数字の書き方" in told[0]
    assert f"（{CHOICES[digits]}）" in told[0]


@pytest.fixture(params=CHOICES)
def chosen(request: pytest.FixtureRequest, master_path: Path) -> str:
    """A width, chosen in `master_path`."""
    choose(master_path, CHOICES[request.param])
    return str(request.param)


def choose(path: Path, choice: str) -> None:
    patch_workbook(path, [Edit(*read_master(path).snapshot.locate("setting.digit_width"), choice)])


def build(master: Path, out: Path) -> bytes:
    assert main(["build", str(master), "--out", str(out)]) == 0
    return out.read_bytes()


def test_a_handout_has_the_width_that_was_chosen(chosen, master_path, tmp_path, capsys):
    texts = paragraphs(build(master_path, tmp_path / "資料.docx"))
    assert SENTENCES[chosen] in texts
    assert any(LAWS[chosen] in text for text in texts)
    capsys.readouterr()
    assert main(["verify", str(tmp_path / "資料.docx"), str(master_path)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_handout_follows_when_another_width_is_chosen(
    chosen, published_path, tmp_path, master_path, capsys
):
    """Numbers that come from the master; a sentence that a hand wrote stays, and is shown where its width is another."""
    path = tmp_path / "資料.docx"
    document = rewrite(build(published_path, path), say("、新たに8市12町を含む"))
    path.write_bytes(document)
    capsys.readouterr()
    assert main(["verify", str(path), str(master_path)]) == int(chosen != "half")
    said = capsys.readouterr().out
    expected = f"設定「数字の書き方」は「{CHOICES[chosen]}」のはずです（文書では「半角」）"
    assert (expected in said) == (chosen != "half")
    assert "この資料の数字の書き方" not in said

    assert main(["refresh", str(path), str(master_path)]) == 0
    assert (f"更新: 設定「数字の書き方」　半角 → {CHOICES[chosen]}" in capsys.readouterr().out) == (
        chosen != "half"
    )
    texts = paragraphs(path.read_bytes())
    number = SENTENCES[chosen].partition("　　")[2]
    assert any(f"{number}、新たに8市12町を含む" in text for text in texts)
    tables = [text_of(table) for table in body_of(path.read_bytes()).iter(f"{W}tbl")]
    assert tables == [text_of(table) for table in body_of(document).iter(f"{W}tbl")]

    assert main(["verify", str(path), str(master_path)]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "新たに" in line and "書き方" in line]
    assert any(LAWS[chosen] in text for text in texts)
    typed = {"half": [], "one_full": ["8"], "full": ["8", "12"]}[chosen]
    assert [line.partition("」")[0].rpartition("「")[2] for line in told] == typed


@pytest.mark.parametrize("choice", CHOICES.values())
@pytest.mark.usefixtures("chosen")
def test_a_handout_that_followed_is_as_if_built_so(choice, master_path, tmp_path):
    """From each width to each; no number of the wording that came with the template stays in the former one."""
    path, other = tmp_path / "資料.docx", tmp_path / "別の資料.docx"
    build(master_path, path)
    choose(master_path, choice)
    assert main(["refresh", str(path), str(master_path)]) == 0
    build(master_path, other)
    assert paragraphs(path.read_bytes()) == paragraphs(other.read_bytes())


@pytest.mark.parametrize("choice", CHOICES.values())
def test_a_table_of_staffs_own_is_half_width_as_the_others_are(report, published_master, choice):
    """A table in the template with a figure and a number of staff's, 8市; a full-width one typed later is shown."""

    def add(root: etree._Element) -> None:
        line = control(root, "applications").getparent()
        table = etree.SubElement(line.getparent(), f"{W}tbl")
        etree.SubElement(table, f"{W}tblPr")
        etree.SubElement(etree.SubElement(table, f"{W}tblGrid"), f"{W}gridCol").set(f"{W}w", "8000")
        cell = etree.SubElement(etree.SubElement(table, f"{W}tr"), f"{W}tc")
        line.addprevious(table)
        line.addprevious(etree.Element(f"{W}p"))
        cell.append(line)
        say("（8市）")(root)

    def widen(root: etree._Element) -> None:
        node = next(one for one in root.iter(f"{W}t") if "（8市）" in (one.text or ""))
        node.text = node.text.replace("8", "８")

    built = build_handout(report, published_master.results, rewrite(create_template(report), add))
    results = Results(report, published_inputs(published_master, choice))
    document = refresh_handout(report, results, built).document
    assert f"{SENTENCES['half']}（8市）" in paragraphs(document)
    assert verify_handout(report, results, document).looks == ()
    looks = verify_handout(report, results, rewrite(document, widen)).looks
    assert [(look.number, look.detail) for look in looks if look.kind is Sight.WIDTH] == [("８", "半角")]


RECORD = "customXml/item1.xml"


def test_a_document_of_before_the_choice_has_the_width_that_the_definition_said(published_master, handout):
    """Its record doesn't say how numbers are set."""
    document = rewrite(handout, lambda root: root.attrib.pop("digits"), RECORD)
    report = published_master.report
    assert verify_handout(report, published_master.results, document).mismatches == ()
    results = Results(report, published_inputs(published_master, "全角"))
    (told,) = verify_handout(report, results, document).mismatches
    assert (told.expected, told.actual) == ("全角", "半角")
    assert SENTENCES["full"] in paragraphs(refresh_handout(report, results, document).document)


def test_a_document_without_its_record_is_taken_as_it_is(chosen, master_path, tmp_path):
    document = rewrite(build(master_path, tmp_path / "資料.docx"), lambda root: root.clear(), RECORD)
    master = read_master(master_path)
    told = verify_handout(master.report, master.results, document)
    assert [one.place for one in told.mismatches if "数字の書き方" in one.place] == []
    other = Results(master.report, published_inputs(master, OTHER_CHOICE[chosen]))
    assert any(look.kind is Sight.WIDTH for look in verify_handout(master.report, other, document).looks)


def published_inputs(master: Master, choice: str) -> Inputs:
    inputs = master.results.inputs
    return Inputs({**inputs.settings, "digit_width": choice}, inputs.cells)


def test_page_numbers_and_the_box_of_an_annex_do_not_follow(master_path, tmp_path):
    path = tmp_path / "資料.docx"
    choose(master_path, "全角")
    before = build(master_path, path)
    choose(master_path, "半角")
    assert main(["refresh", str(path), str(master_path)]) == 0
    assert contents_pages(path.read_bytes()) == contents_pages(before)
    boxes = [text for text in paragraphs(path.read_bytes()) if text.startswith("別　紙")]
    assert list(dict.fromkeys(boxes)) == [f"別　紙　{number}" for number in "１２３４５６"]


def contents_pages(document: bytes) -> list[str]:
    """The last number of each line that stands in the contents."""
    contents = control(body_of(document), "contents")
    return [re.findall("[0-9]+$", text_of(line))[0] for line in contents.iter(f"{W}p")]


def say(words: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        node = next(control(root, "applications").getnext().iter(f"{W}t"))
        node.text = f"{node.text}{words}"

    return change


def test_a_comparison_tells_another_width_once_and_every_other_change(
    published_path, master_path, tmp_path, capsys
):
    """The first text of print with a number is 令和7年10月, on the cover."""
    old, new = tmp_path / "旧.docx", tmp_path / "新.docx"
    build(published_path, old)
    choose(master_path, "全角")
    new.write_bytes(rewrite(build(master_path, new), say("、新たに8市を含む")))
    capsys.readouterr()
    assert main(["compare", str(old), str(new), "--json"]) == 0
    width, changed = sorted(
        json.loads(capsys.readouterr().out)["differences"], key=lambda one: len(one["new"])
    )
    assert "数字の全角・半角だけが違う文章" in width["group"]
    assert (width["old"], width["new"]) == ("令和7年10月", "令和７年１０月")
    assert (changed["old"], changed["new"]) == (SENTENCES["half"], f"{SENTENCES['full']}、新たに8市を含む")


@pytest.mark.usefixtures("chosen")
def test_a_published_handout_knows_its_width(master_path):
    report, results = (master := read_master(master_path)).report, master.results
    document = build_handout(report, results, read_template(report, results.digits))
    published = release_handout(master, document, "資料.docx").document
    assert published is not None
    assert verify_handout(report, results, published).mismatches == ()


def test_a_choice_that_is_not_offered_is_told_and_the_definition_holds(master_path):
    choose(master_path, "広め")
    master = read_master(master_path)
    (finding,) = [one for one in master.reading if "数字の書き方" in one.message]
    assert (finding.severity, finding.sheet) == ("error", "設定")
    assert all(f"「{choice}」" in finding.message for choice in ("広め", *CHOICES.values()))
    assert master.results.digits.value == "half"


@pytest.mark.parametrize("digits", CHOICES)
def test_a_new_master_offers_all_and_starts_with_what_the_definition_says(digits, tmp_path):
    """As another program reads it."""
    folder = tmp_path / "定義"
    shutil.copytree(bundled_folder(), folder)
    main_file = folder / "report.toml"
    main_file.write_text(f'digits = "{digits}"\n{main_file.read_text("utf-8")}', "utf-8")
    path = tmp_path / "マスター.xlsx"
    assert main(["new", str(path), "--report", str(folder)]) == 0
    book = load_workbook(path)
    sheet = book["設定"]
    cell = book.defined_names["setting.digit_width"].attr_text.rpartition("!")[2].replace("$", "")
    assert sheet[cell].value == CHOICES[digits]
    (offered,) = [one for one in sheet.data_validations.dataValidation if cell in one.sqref]
    assert offered.type == "list"
    assert offered.formula1 == f'"{",".join(CHOICES.values())}"'
    assert "表の数字は常に半角" in offered.prompt
