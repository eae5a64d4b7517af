"""検算報告 in a real browser: what it says, that it can be sorted, filtered, followed and printed."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from chromium import ask, print_page
from conftest import write_blank_master
from test_formulas import edit_cell, edit_part, locate

from jukixl.check.master import CheckOutcome, check_master
from jukixl.check.page import create_page
from jukixl.check.page_parts import shown_digest
from jukixl.cli import main
from jukixl.findings import count_by_severity
from jukixl.report.model import Report
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import read_master
from jukixl.workbook.patch import patch_workbook

ROWS = "const rows = Array.from(document.querySelectorAll('#finding-list tbody tr:not(.group)'));"
SEEN = f"{ROWS} const seen = () => rows.filter(row => !row.hidden);"
KOFU_RATE = "annex5.application_rate.192015"


def page_of(path: Path) -> tuple[bytes, CheckOutcome]:
    master = read_master(path)
    outcome = check_master(master)
    return create_page(master, outcome), outcome


@pytest.fixture(scope="module")
def clean(published_path: Path) -> tuple[bytes, CheckOutcome]:
    """The page of the published handout, and what it is made of."""
    return page_of(published_path)


@pytest.fixture(scope="module")
def faulty(published_path: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, CheckOutcome]:
    """A page with a stale value, a total over too few rows, and a number typed over a formula."""
    path = Path(shutil.copy(published_path, tmp_path_factory.mktemp("faulty") / "マスター.xlsx"))
    edit_cell(path, KOFU_RATE, lambda xml: re.sub("<v>[^<]*</v>", "<v>0.971</v>", xml))
    edit_cell(path, "annex5.sent.total", lambda xml: re.sub(r"(F\d+):F31", r"\1:F30", xml))
    edit_cell(path, "annex5.applications.total", lambda xml: re.sub("<f>.*?</f>", "", xml))
    return page_of(path)


def answer(page: tuple[bytes, CheckOutcome], script: str) -> Any:
    return ask(page[0], script)


def test_the_same_master_gives_the_same_page(clean: tuple[bytes, CheckOutcome], published_path: Path) -> None:
    assert page_of(published_path)[0] == clean[0]


def test_the_page_needs_nothing_from_anywhere(clean: tuple[bytes, CheckOutcome]) -> None:
    text = clean[0].decode()
    assert (
        re.findall(r"""https?://|@import|url\(|<(?:link|img|iframe|script)\s[^>]*(?:src|href)=""", text) == []
    )


def test_the_page_is_dated_as_the_handout_is(clean: tuple[bytes, CheckOutcome]) -> None:
    assert '<p class="head">個人情報保護審議会　令和7年10月　市町村振興課</p>' in clean[0].decode()


def test_the_command_writes_the_page_and_ends_as_the_check_does(
    published_path: Path, clean: tuple[bytes, CheckOutcome], tmp_path: Path
) -> None:
    path = tmp_path / "検算報告.html"
    assert main(["report", str(published_path), "--out", str(path)]) == 0
    assert path.read_bytes() == clean[0]


def test_the_summary_counts_by_severity(faulty: tuple[bytes, CheckOutcome]) -> None:
    counts = count_by_severity(faulty[1].findings)
    assert counts["error"] == 3
    shown = answer(
        faulty, "return Array.from(document.querySelectorAll('.summary b')).map(one => one.textContent);"
    )
    assert shown == [str(count) for count in counts.values()]


def test_the_summary_says_of_each_kind_what_it_means_and_what_to_do(
    faulty: tuple[bytes, CheckOutcome],
) -> None:
    script = """return Array.from(document.querySelectorAll('.kinds tbody tr')).map(row =>
        Array.from(row.cells).map(cell => cell.textContent));"""
    rows = answer(faulty, script)
    assert [
        "誤り",
        "保存されている値が、数式を計算し直した値と違う（古いまま）",
        "1 件",
        "Excel で再計算（F9）して保存する。",
    ] in rows
    assert [row[0] for row in rows[:3]] == ["誤り"] * 3
    assert sum(int(row[2].removesuffix(" 件")) for row in rows) == len(faulty[1].findings)


def test_findings_are_grouped_by_sheet_with_the_worst_first(faulty: tuple[bytes, CheckOutcome]) -> None:
    script = """return Array.from(document.querySelectorAll('#finding-list tbody')).map(body => [
        body.querySelector('.group').textContent,
        Array.from(body.querySelectorAll('tr:not(.group)')).map(row => [row.className, row.cells[1].textContent])]);"""
    groups = answer(faulty, script)
    assert groups[0][0].startswith("別紙5（")
    assert [severity for severity, _ in groups[0][1]][:4] == ["error", "error", "error", "warning"]
    for title, rows in groups:
        assert title == f"{rows[0][1] or 'ブック全体'}（{len(rows)} 件）"
        assert {sheet for _, sheet in rows} == {rows[0][1]}
    assert sum(len(rows) for _, rows in groups) == len(faulty[1].findings)


def test_every_severity_has_a_colour_of_its_own(faulty: tuple[bytes, CheckOutcome]) -> None:
    script = f"""{ROWS} return Object.fromEntries(rows.map(row =>
        [row.className, getComputedStyle(row.cells[0]).backgroundColor]));"""
    colours = answer(faulty, script)
    assert len(set(colours.values())) == len(colours) == 3
    assert "rgba(0, 0, 0, 0)" not in colours.values()


@pytest.mark.parametrize(("heading", "number"), [("セル", 2), ("市町村", 3), ("あるべき値", 5), ("程度", 0)])
def test_a_click_on_a_heading_sorts_and_another_click_turns_the_order(
    faulty: tuple[bytes, CheckOutcome], heading: str, number: int
) -> None:
    """Within the sheets, and over all of them where they aren't kept together."""
    script = f"""
        const heading = Array.from(document.querySelectorAll('#finding-list th'))[{number}];
        const list = () => Array.from(document.querySelectorAll('#finding-list tbody')).map(body =>
            Array.from(body.querySelectorAll('tr:not(.group)')).map(row =>
                row.cells[{number}].dataset.key || row.cells[{number}].textContent));
        await press(heading);
        const up = list();
        await press(heading);
        const down = list();
        await press(document.getElementById('by-sheet'));
        const whole = list();
        await press(document.getElementById('by-sheet'));
        return {{ title: heading.textContent, up, down, whole, again: list() }};"""
    found = answer(faulty, script)
    assert found["title"] == heading
    assert [as_sorted(group) for group in found["up"]] == [keys(group) for group in found["up"]]
    assert [as_sorted(group)[::-1] for group in found["up"]] == [keys(group) for group in found["down"]]
    everything = [text for group in found["up"] for text in group]
    assert keys(found["whole"][0]) == as_sorted(everything)[::-1]
    assert [len(group) for group in found["whole"][1:]] == [0] * (len(found["up"]) - 1)
    assert found["again"] == found["down"]


def keys(texts: list[str]) -> list[list[object]]:
    """As people sort: runs of digits by their number, without the commas."""
    parts = (re.findall(r"\d+|\D+", text.replace(",", "")) for text in texts)
    return [[int(part) if part.isdigit() else part for part in one] for one in parts]


def as_sorted(texts: list[str]) -> list[list[object]]:
    return sorted(keys(texts), key=lambda one: [(isinstance(part, str), part) for part in one])


def test_the_filter_leaves_the_findings_with_all_its_words(faulty: tuple[bytes, CheckOutcome]) -> None:
    """In any width: ９７．２％ finds 97.2%."""
    script = f"""{SEEN} const box = document.getElementById('finding-filter');
        await type(box, '甲府市 ９７．２％');
        const one = seen().map(row => [row.cells[1].textContent, row.cells[2].textContent]);
        const said = document.getElementById('finding-count').textContent;
        const headings = Array.from(document.querySelectorAll('.group')).filter(row => !row.hidden).length;
        await type(box, 'そのような指摘はない');
        const none = seen().length;
        await type(box, '');
        return {{ one, said, headings, none, all: seen().length }};"""
    found = answer(faulty, script)
    stale = next(finding for finding in faulty[1].findings if finding.code == "stale")
    total = len(faulty[1].findings)
    assert found["one"] == [[stale.sheet, stale.cell]]
    assert (found["said"], found["headings"]) == (f"表示 1 件／全 {total} 件", 1)
    assert (found["none"], found["all"]) == (0, total)


def test_a_box_shows_or_hides_a_severity(faulty: tuple[bytes, CheckOutcome]) -> None:
    script = f"""{SEEN} const boxes = Array.from(document.querySelectorAll('input.severity'));
        await press(boxes[1]); await press(boxes[2]);
        const errors = seen().map(row => row.className);
        await press(boxes[0]); await press(boxes[1]);
        return {{ errors, warnings: seen().map(row => row.className) }};"""
    found = answer(faulty, script)
    counts = count_by_severity(faulty[1].findings)
    assert found == {"errors": ["error"] * 3, "warnings": ["warning"] * counts["warning"]}


def formula_rows(page: tuple[bytes, CheckOutcome], prepare: str = "") -> list[list[str]]:
    script = f"""{prepare} return Array.from(document.querySelectorAll('#formula-list tbody tr'))
        .filter(row => !row.hidden).map(row => Array.from(row.cells).map(cell => cell.textContent));"""
    return answer(page, script)


def test_every_formula_is_listed_with_its_four_views(
    clean: tuple[bytes, CheckOutcome], published_path: Path
) -> None:
    rows = formula_rows(clean)
    snapshot = read_master(published_path).snapshot
    assert [(row[0], row[1]) for row in rows] == list(snapshot.formulas)
    assert {row[7] for row in rows} == {"〇"}
    row = next(row for row in rows if (row[0], row[1]) == snapshot.locate(KOFU_RATE))
    assert row[3] == f"={snapshot.formula(KOFU_RATE)}"
    assert row[4:] == ["97.2%", "97.2%", "97.2%", "〇"]  # as printed


def test_days_are_shown_by_era_in_all_three_values(
    clean: tuple[bytes, CheckOutcome], published_path: Path
) -> None:
    place = locate(published_path, "figure.base_date")
    row = next(row for row in formula_rows(clean) if (row[0], row[1]) == place)
    assert row[4:7] == ["令和6年12月31日"] * 3


def test_the_formulas_that_are_wrong_can_be_seen_alone(
    faulty: tuple[bytes, CheckOutcome], published_path: Path
) -> None:
    rows = formula_rows(faulty, "await press(document.getElementById('wrong-only'));")
    found = {(row[0], row[1]): row for row in rows}
    names = (KOFU_RATE, "annex5.sent.total", "annex5.applications.total")
    rate, sent, applications = (found.pop(locate(published_path, name)) for name in names)
    assert found == {}
    assert rate[4:] == ["97.1%（0.971）", "97.2%（0.972）", "97.2%（0.972）", "×"]
    assert re.search(r"F30.*正: .*F31", sent[3])
    assert applications[3].startswith("（数式なし）正: =")


LINEAGE = """
    const figure = document.getElementById('figure-applications');
    const steps = Array.from(figure.querySelectorAll('.step'));"""


def test_a_figure_opens_down_to_the_file_of_every_municipality(
    clean: tuple[bytes, CheckOutcome], forms: Path, published_path: Path
) -> None:
    script = f"""{LINEAGE} return {{
        head: figure.querySelector('summary').textContent, how: figure.querySelector('.how').textContent,
        total: figure.querySelector('details > summary').textContent, open: figure.open,
        steps: steps.map(step => [step.id, step.textContent]) }};"""
    found = answer(clean, script)
    assert found["head"] == "基準日までの累計申請枚数　772,405枚"  # as the handout prints it
    assert "annex5.applications.total" in found["how"]
    assert "「申請件数(a)」の合計" in found["how"]
    assert not found["open"]
    snapshot = read_master(published_path).snapshot
    files = sorted(forms.glob("*.xlsx"))
    assert len(found["steps"]) == len(files) == 27
    for (_, text), file in zip(found["steps"], files, strict=True):
        code = file.name.split("_")[2]
        sheet, cell = snapshot.locate(f"input.annex5.applications.{code}")
        digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        assert text.startswith(f"{sheet}!{cell}　")
        assert f"ファイル {file.name}（照合値 {digest}）" in text


@pytest.mark.parametrize(
    ("digest", "shown"),
    [
        ("b11234567871", "b11234567871"),  # digits in a row that would be masked in a text
        ("123456789018", "12********18"),  # the check digit of a 個人番号 is right: it may be one
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_a_digest_is_shown_in_full_unless_it_may_be_a_personal_number(digest: str, shown: str) -> None:
    assert shown_digest(digest) == shown


def test_every_printed_figure_has_its_lineage(clean: tuple[bytes, CheckOutcome], report: Report) -> None:
    ids = set(re.findall(r'<details id="figure-([^"]+)">', clean[0].decode()))
    assert ids == {part.tag for part in report.printed_figures}


class Elements(HTMLParser):
    """Which elements are open; fails where one is closed that isn't the last opened, or has an attribute twice."""

    EMPTY = ("meta", "col", "input", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), self.getpos()
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()


def test_every_element_is_closed_where_it_should_be(faulty: tuple[bytes, CheckOutcome]) -> None:
    elements = Elements()
    elements.feed(faulty[0].decode())
    assert elements.open == []


def test_a_report_without_municipalities_has_a_page_too(library: Report, tmp_path: Path) -> None:
    page, _ = page_of(write_blank_master(tmp_path / "図書館.xlsx", library, {}))
    ids = set(re.findall(r'<details id="figure-([^"]+)">', page.decode()))
    assert ids == {part.tag for part in library.printed_figures}


def test_a_master_that_lost_names_is_checked_and_has_a_page(master_path: Path) -> None:
    """Of settings, inputs, formulas, figures and 提出状況."""
    lost = r'<definedName name="(?:annex5\.|setting\.base|status\.192015|input\.annex5\.sent|figure\.|text\.app)[^>]*>[^<]*</definedName>'
    edit_part(master_path, "xl/workbook.xml", lambda xml: re.sub(lost, "", xml))
    page, outcome = page_of(master_path)
    missing = [finding.message for finding in outcome.findings if finding.code == "missing"]
    assert any("設定「基準日」" in message for message in missing)
    assert len(page) > 1_000_000
    assert len([finding for finding in outcome.findings if finding.code == "lost_cell"]) > 300


def test_no_id_is_given_twice_and_every_link_leads_somewhere(faulty: tuple[bytes, CheckOutcome]) -> None:
    text = faulty[0].decode()
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(map(unescape, re.findall(r'href="#([^"]+)"', text))) <= set(ids)


def test_a_finding_leads_to_the_lineage_of_its_cell_and_back(faulty: tuple[bytes, CheckOutcome]) -> None:
    """The trees above the cell open, the cell comes into view; what it stands on is below it."""
    script = f"""{ROWS}
        const row = rows.find(row => row.textContent.includes('97.1%'));
        const link = row.cells[2].querySelector('a');
        await press(link);
        const cell = document.querySelector(':target'), box = cell.getBoundingClientRect();
        const trees = [];
        for (let one = cell.parentElement; one; one = one.parentElement) if (one.tagName === 'DETAILS') trees.push(one.open);
        const text = cell.querySelector('summary').textContent;
        const below = Array.from(cell.children).slice(1).map(one => (one.querySelector('summary') || one).textContent);
        const back = cell.querySelector('summary a.error');
        const inView = box.top >= 0 && box.bottom <= innerHeight && box.height > 0;
        await press(back);
        return {{ trees, text, below, inView, back: document.querySelector(':target') === row }};"""
    found = answer(faulty, script)
    assert found["trees"] == [True, True]  # the row, the table
    assert "甲府市「申請率a/b」　97.2%　＝ 申請件数(a) ÷ R6.1.1時点住基人口(b)" in found["text"]
    assert [text.split("　")[0].split("!")[0] for text in found["below"]] == ["別紙5", "別紙5"]
    assert (found["inView"], found["back"]) == (True, True)


def test_a_cell_that_was_shown_before_leads_there(clean: tuple[bytes, CheckOutcome]) -> None:
    script = """
        const figure = document.getElementById('figure-applications');
        const links = Array.from(document.querySelectorAll('#table-annex5 .again a'));
        const again = links.find(link => figure.contains(document.getElementById(link.hash.slice(1))));
        await press(again);
        const cell = document.querySelector(':target');
        return [figure.open, cell.checkVisibility(), cell.textContent.startsWith(again.textContent)];"""
    assert answer(clean, script) == [True, True, True]


def test_what_somebody_typed_is_text_and_no_markup(master_path: Path) -> None:
    text = '<img src=x onerror="document.title=1"></script><b>&amp;'
    patch_workbook(master_path, [Edit(*locate(master_path, "setting.office"), text)])
    page = page_of(master_path)
    script = """const head = document.querySelector('p.head').textContent;
        return [head, document.images.length, document.title];"""
    head, images, title = answer(page, script)
    assert head.endswith(text)
    assert (images, title) == (0, "検算報告　住民基本台帳ネットワークシステム関係資料")


def test_a_personal_number_is_never_on_the_page(master_path: Path) -> None:
    """Not in a finding, a value, a formula or a lineage."""
    number = "123456789018"
    patch_workbook(master_path, [Edit(*locate(master_path, "setting.office"), f"係 {number}")])
    patch_workbook(master_path, [Edit(*locate(master_path, "input.annex5.sent.192015"), f"{number} 件")])
    text = page_of(master_path)[0].decode()
    assert number not in text
    assert text.count("12********18") >= 4


@pytest.fixture(scope="module")
def printed(faulty: tuple[bytes, CheckOutcome], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The texts of the printed pages."""
    folder = tmp_path_factory.mktemp("printed")
    page = folder / "検算報告.html"
    page.write_bytes(faulty[0])
    pdf = print_page(page, folder / "検算報告.pdf")
    size = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Page size:\s+84[12]\S* x 59[45]\S* pts \(A4\)", size)
    text = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True
    ).stdout
    return text.split("\f")[:-1]


def test_headings_are_repeated_on_every_printed_page_of_a_list(printed: list[str]) -> None:
    formulas = next(number for number, text in enumerate(printed) if "数式ごとに" in text)
    figures = next(
        number for number, text in enumerate(printed) if text.lstrip().startswith("本文の数値の根拠")
    )
    assert 2 < formulas < figures
    assert all(re.search("程度 +シート +セル", text) for text in printed[:formulas])
    assert all(re.search("シート +セル +項目 +数式", text) for text in printed[formulas:figures])


def test_controls_are_not_printed_but_what_is_shown_is_said(printed: list[str]) -> None:
    assert not [
        text for text in printed if "すべて開く" in text or "見出しを押す" in text or "×のものだけ" in text
    ]
    assert re.search(r"表示 \d+ 件／全 \d+ 件", printed[0])
    assert f"1 / {len(printed)}" in printed[0]
