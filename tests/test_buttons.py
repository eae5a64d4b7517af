"""Every button of the ribbon, pressed: it does what the command line does with the same files, and leaves Excel as it was.

From the control of the ribbon through the add-in's own VBA, the dispatcher and xlwings' engine for Windows to the cells.
What the command line makes of a copy of the same files is what is expected; its numbers are held by other tests.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from built import build_handout
from buttons import (
    ANNEX3,
    MASTER,
    MUNICIPALITIES,
    Calls,
    archive_of,
    cells_of,
    differences,
    files_of,
    kept_in,
    open_with_selection,
    prepare,
    times_of,
)
from conftest import IMPORTED, PUBLISHED, fill_form, previous_rows, write_blank_master, write_rows
from excel_sim import ExcelSim
from excel_sim.windows import CONFIG, default_windows
from lxml import etree
from openpyxl import Workbook
from test_handout_build import W, rewrite

from jukixl.addin.live import CellContent, to_blocks
from jukixl.cli import main
from jukixl.commands.registry import COMMANDS, Command
from jukixl.handout.template import create_template
from jukixl.report.model import Report
from jukixl.workbook.addresses import split_a1
from jukixl.workbook.master import read_master

BUTTONS = [command for command in COMMANDS if command.icon]
READING = f"読込中 {MASTER}"


def numbered(activity: str, names: list[str]) -> list[str]:
    return [f"{activity} {number}/{len(names)} {name}" for number, name in enumerate(names, 1)]


@dataclass(frozen=True)
class Case:
    """A button: what is chosen in its dialogs and what the command line gets for it, as names in the clerk's folder.

    `needs` are the files there, by fixture; `status` what the status bar shows; `opens` the file that is in front at
    the end; `shows` the sheet.
    """

    answers: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    needs: tuple[tuple[str, str], ...] = ((MASTER, "published_path"),)
    status: tuple[str, ...] = (READING,)
    writes_master: bool = False
    opens: str | None = None
    shows: str | None = None


FIRST_SHEETS = {"指摘一覧.xlsx": "指摘一覧", "読み合わせ表.xlsx": "本文の読み合わせ"}

CASES = {
    "new": Case(("新しい.xlsx",), ("新しい.xlsx",), (), (), opens="新しい.xlsx"),
    "distribute": Case(
        ("調査票",),
        (MASTER, "--out", "調査票"),
        ((MASTER, "blank_path"),),
        (READING, *numbered("配布中", MUNICIPALITIES)),
    ),
    "collect": Case(
        ("回答",),
        (MASTER, "回答"),
        ((MASTER, "blank_path"), ("回答", "forms")),
        (
            READING,
            *numbered("取込中", MUNICIPALITIES),
            *numbered("書込中", [MUNICIPALITIES[0], "提出状況", *MUNICIPALITIES[1:]]),
        ),
        writes_master=True,
    ),
    "import": Case(
        ("別紙3", "別紙3.csv"),
        (MASTER, "=別紙3", "別紙3.csv"),
        ((MASTER, "collected_path"), ("別紙3.csv", "annex3")),
        (READING, "書込中 1/1 別紙3"),
        writes_master=True,
    ),
    "status": Case((), (MASTER,)),
    "remind": Case(
        ("督促",),
        (MASTER, "--out", "督促"),
        ((MASTER, "blank_path"),),
        (READING, *numbered("督促中", MUNICIPALITIES)),
    ),
    "return": Case(
        ("回答", "差戻し"),
        (MASTER, "回答", "--out", "差戻し"),
        ((MASTER, "blank_path"), ("回答", "wrong_forms")),
        (READING, *numbered("差戻し中", MUNICIPALITIES[:2])),
    ),
    "quarantine": Case(
        ("番号.csv",), (MASTER, "番号.csv"), ((MASTER, "blank_path"), ("番号.csv", "personal_file"))
    ),
    "check": Case((), (MASTER,)),
    "findings": Case(("指摘一覧.xlsx",), (MASTER, "--out", "指摘一覧.xlsx"), opens="指摘一覧.xlsx"),
    "review": Case((), (MASTER,), status=(READING, "書込中 1/1 検算"), writes_master=True, shows="検算"),
    "report": Case(("検算報告.html",), (MASTER, "--out", "検算報告.html")),
    "audit": Case(
        ("集計.xlsx",), ("集計.xlsx",), ((MASTER, "published_path"), ("集計.xlsx", "collected_path")), ()
    ),
    "build": Case(("資料.docx",), (MASTER, "--out", "資料.docx")),
    "tieout": Case(
        ("資料.docx", "読み合わせ表.xlsx"),
        ("資料.docx", MASTER, "--out", "読み合わせ表.xlsx"),
        ((MASTER, "published_path"), ("資料.docx", "handout")),
        opens="読み合わせ表.xlsx",
    ),
    "sources": Case(
        ("資料.docx",),
        ("資料.docx", MASTER),
        ((MASTER, "published_path"), ("資料.docx", "handout")),
    ),
    "refresh": Case(
        ("資料.docx",),
        ("資料.docx", MASTER, "--list", "資料_変更一覧.docx"),
        ((MASTER, "published_path"), ("資料.docx", "handout")),
    ),
    "compare": Case(
        ("資料.docx", "資料.docx", "新旧対照表.docx"),
        ("資料.docx", "資料.docx", "--out", "新旧対照表.docx"),
        (("資料.docx", "handout"),),
        (),
    ),
    "verify": Case(
        ("資料.docx",),
        ("資料.docx", MASTER),
        ((MASTER, "published_path"), ("資料.docx", "handout")),
    ),
    "release": Case(
        ("資料.docx", "公表用.docx"),
        ("資料.docx", MASTER, "--out", "公表用.docx"),
        ((MASTER, "published_path"), ("資料.docx", "handout")),
        (READING, "公表中 1/1 PDF"),
    ),
    "template check": Case(
        ("ひな形.docx",),
        ("ひな形.docx",),
        ((MASTER, "published_path"), ("ひな形.docx", "wrong_template")),
    ),
    "template parts": Case(("部品集.docx",), ("部品集.docx",), (), ()),
    "settings": Case((), (MASTER,), shows="設定"),
    "manual": Case((), (), (), ()),
    "doctor": Case((), (), (), ()),
    "version": Case((), (), (), ()),
}


@pytest.fixture(scope="module")
def collected_path(collected: tuple[Path, object]) -> Path:
    return collected[0]


@pytest.fixture(scope="module")
def wrong_forms(forms: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two returned forms, the first with a gap."""
    folder = tmp_path_factory.mktemp("wrong")
    paths = [Path(shutil.copy(path, folder)) for path in sorted(forms.iterdir())[:2]]
    fill_form(paths[0], {("annex5", "applications"): None})
    return folder


@pytest.fixture(scope="module")
def personal_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list with the published example of a 個人番号."""
    path = tmp_path_factory.mktemp("personal") / "番号.csv"
    path.write_text("氏名,番号\n甲,123456789018\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def wrong_template(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template with a tag that somebody mistyped."""
    path = tmp_path_factory.mktemp("template") / "ひな形.docx"
    path.write_bytes(rewrite(create_template(report), mistype))
    return path


def mistype(root: etree._Element) -> None:
    root.find(f".//{W}tag[@{W}val='applications']").set(f"{W}val", "aplications")


@pytest.fixture(scope="module")
def annex3() -> Path:
    return ANNEX3


@pytest.fixture(scope="module")
def handout(published_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("handout") / "資料.docx"
    assert main(["build", str(published_path), "--out", str(path)]) == 0
    return path


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The user's own folder: log and manual go there."""
    monkeypatch.delenv("APPDATA", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@dataclass
class Desk:
    """Excel with the clerk's folder, and a copy of the folder for the command line."""

    sim: ExcelSim
    folder: Path
    copy: Path

    def paths(self, names: tuple[str, ...], folder: Path) -> list[str]:
        """Names as paths in the folder; options stay, and what begins with = is text."""
        return [n if n.startswith("--") else n[1:] if n[0] == "=" else str(folder / n) for n in names]

    def run(self, command: Command, arguments: tuple[str, ...]) -> int:
        return main([*command.id.split(), *self.paths(arguments, self.copy)])

    def press(self, command: Command, case: Case) -> None:
        texts = {"別紙3"}
        self.sim.answer(*(name if name in texts else str(self.folder / name) for name in case.answers))
        self.sim.press(command.control)


@pytest.fixture
def desk(addin: bytes, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[Case], Desk]:
    def prepared(case: Case) -> Desk:
        files = {name: request.getfixturevalue(fixture) for name, fixture in case.needs}
        folder, copy = (prepare(tmp_path / name, files) for name in ("excel", "command_line"))
        sim = ExcelSim(addin)
        if MASTER in files:
            open_with_selection(sim, folder / MASTER)
        else:
            Workbook().save(tmp_path / "Book1.xlsx")
            sim.open(tmp_path / "Book1.xlsx")
        return Desk(sim, folder, copy)

    return prepared


def as_shown(lines: list[str]) -> list[str]:
    """A message has room for twenty lines: of more, the first fourteen and the last six."""
    if len(lines) <= 20:
        return lines
    return [*lines[:14], f"（ほか {len(lines) - 20} 行）", *lines[-6:]]


def test_every_button_of_the_ribbon_is_pressed_here(addin: bytes) -> None:
    assert CASES.keys() == {command.id for command in BUTTONS}
    assert ExcelSim(addin).callbacks.keys() == {command.control for command in BUTTONS}


@pytest.mark.parametrize("command", BUTTONS, ids=lambda command: command.id)
def test_a_button_does_what_the_command_line_does(
    command: Command, desk: Callable[[Case], Desk], capsys: pytest.CaptureFixture[str]
) -> None:
    """Same words in one message, same files written, same cells in the master; nothing else of Excel is changed."""
    case = CASES[command.id]
    here = desk(case)
    capsys.readouterr()
    here.run(command, case.arguments)
    lines = [line.replace(str(here.copy), str(here.folder)) for line in capsys.readouterr().out.splitlines()]
    before = here.sim.settings
    before_cells = cells_of(here.folder / MASTER) if case.writes_master else {}

    here.press(command, case)

    (message,) = here.sim.messages
    kept = kept_in(here.folder)
    assert len(kept) == case.writes_master
    if case.writes_master:
        lines += [
            "マスターはまだ保存されていません。確かめてから上書き保存してください。",
            f"書き込む前の控え: {kept[0]}",
        ]
        assert differences(cells_of(kept[0]), before_cells) == {}
    assert message.splitlines() == as_shown(lines)
    assert here.sim.status_texts == list(case.status)
    assert here.sim.settings == expected_settings(before, case)
    assert_same_files(here, case)


def expected_settings(before: object, case: Case) -> object:
    if case.opens:
        sheet = FIRST_SHEETS.get(case.opens, "設定")
        return replace(before, book=case.opens, selection=f"{sheet}!$A$1")
    return replace(before, selection=f"{case.shows}!$A$1") if case.shows else before


def assert_same_files(here: Desk, case: Case) -> None:
    """Written files byte by byte. The open master isn't saved: its cells are compared as they are in Excel."""
    mine, theirs = files_of(here.folder), files_of(here.copy)
    original, changed = mine.pop(MASTER, None), theirs.pop(MASTER, None)
    assert mine.keys() == theirs.keys()
    assert [name for name in mine if mine[name] != theirs[name]] == []
    assert archive_of(here.folder) == archive_of(here.copy)
    if case.writes_master:
        assert_same_cells(here)
    else:
        assert original == changed


def assert_same_cells(here: Desk) -> None:
    times = times_of(here.copy / MASTER)
    live = cells_of(here.sim.save(here.folder / "今の画面.xlsx"))
    expected = cells_of(here.copy / MASTER)
    assert {key: pair for key, pair in differences(expected, live).items() if key not in times} == {}
    assert {key for key in times if key in expected} == {key for key in times if key in live}


def test_collecting_writes_every_answer(desk: Callable[[Case], Desk], blank_path: Path) -> None:
    """So that the comparison above compares something: 27 forms bring hundreds of numbers, and totals follow them."""
    case = CASES["collect"]
    here = desk(case)
    here.press(next(command for command in BUTTONS if command.id == "collect"), case)
    changed = differences(cells_of(blank_path), cells_of(here.sim.save(here.folder / "今の画面.xlsx")))
    inputs = {key for key, (_, now) in changed.items() if now.formula is None}
    assert len([key for key in inputs if key[0] == "提出状況"]) == 5 * 27
    assert all(any(sheet == name for sheet, _ in inputs) for name in MUNICIPALITIES)
    assert [now.value for (sheet, _), (_, now) in changed.items() if sheet == "別紙5" and now.formula].count(
        772_405
    ) == 1  # the printed total of applications, by Excel's own formula


def test_what_is_below_each_other_is_written_at_once_and_nothing_is_redrawn_meanwhile(
    desk: Callable[[Case], Desk],
) -> None:
    case, calls = CASES["collect"], Calls()
    here = desk(case)
    with here.sim.guarded(calls):
        here.press(next(command for command in BUTTONS if command.id == "collect"), case)
    first_cells = {(sheet, split_a1(address.split(":")[0])) for sheet, address in calls.seen}
    for sheet, address in calls.seen:
        row, column = split_a1(address.split(":")[-1])
        assert (sheet, (row + 1, column)) not in first_cells, f"{sheet}!{address} goes on in another write"
    changes = here.sim.application.changes
    shown = [value for name, value in changes if name == "ScreenUpdating"]
    assert shown == [False, True]
    assert [value for name, value in changes if name == "Calculation"] == [-4135, -4105]  # manual, automatic


def test_the_text_of_a_cell_is_not_read_as_if_it_were_typed(desk: Callable[[Case], Desk]) -> None:
    """Excel makes a number of the digest 12345e678901 and a date of 令和7年11月25日 10:30, unless it is told not to."""
    case = CASES["collect"]
    here = desk(case)
    here.press(next(command for command in BUTTONS if command.id == "collect"), case)
    cells = here.sim.sheet("提出状況").sheet.cells_
    texts = [cell for cell in cells.values() if isinstance(cell.value, str) and "令和" in cell.value]
    assert len(texts) >= 27
    assert all(cell.style.quote_prefix for cell in texts if ":" in cell.value)


def test_the_master_of_the_handout_comes_out_of_buttons_alone(
    desk: Callable[[Case], Desk], published_path: Path, tmp_path: Path
) -> None:
    """All forms, then all annexes: cell by cell the master that the published numbers give without Excel."""
    here = desk(CASES["collect"])
    here.press(next(command for command in BUTTONS if command.id == "collect"), CASES["collect"])
    for table, file in iter_annexes(tmp_path):
        here.sim.answer(table, str(file))
        here.sim.press("jukixl_import")
    times = times_of(published_path)
    live = cells_of(here.sim.save(tmp_path / "今の画面.xlsx"))
    left = differences(cells_of(published_path), live)
    assert {key: pair for key, pair in left.items() if key not in times} == {}


def iter_annexes(scratch: Path) -> Iterator[tuple[str, Path]]:
    yield from ((table, PUBLISHED / file) for table, file in IMPORTED.items())
    yield "annex6_previous", write_rows(scratch / "前年累計.csv", previous_rows())


def test_handouts_are_compared_by_the_definition_of_the_master_in_front(
    addin: bytes, library: Report, tmp_path: Path
) -> None:
    write_blank_master(tmp_path / "図書館.xlsx", library, {})
    document = build_handout(library, read_master(tmp_path / "図書館.xlsx").results, create_template(library))
    (tmp_path / "旧.docx").write_bytes(document)
    (tmp_path / "新.docx").write_bytes(document)
    sim = ExcelSim(addin)
    sim.open(tmp_path / "図書館.xlsx")
    sim.answer(*(str(tmp_path / name) for name in ("旧.docx", "新.docx", "新旧対照表.docx")))
    sim.press("jukixl_compare")
    (message,) = sim.messages
    assert "違いはありません。" in message


def test_a_template_is_checked_by_the_definition_of_the_master_in_front(
    addin: bytes, library: Report, tmp_path: Path
) -> None:
    write_blank_master(tmp_path / "図書館.xlsx", library, {})
    (tmp_path / "ひな形.docx").write_bytes(create_template(library))
    sim = ExcelSim(addin)
    sim.open(tmp_path / "図書館.xlsx")
    sim.answer(str(tmp_path / "ひな形.docx"))
    sim.press("jukixl_template_check")
    assert sim.messages == ["指摘: 誤り 0 件、要確認 0 件、参考 0 件"]


def test_counts_and_the_next_step_are_not_cut_from_a_long_message(desk: Callable[[Case], Desk]) -> None:
    here = desk(CASES["collect"])
    for number in range(30):
        (here.folder / "回答" / f"メモ{number:02}.txt").write_text("x")
    (here.folder / "回答" / "調査票_R6_192015_甲府市.xlsx").unlink()
    here.press(next(command for command in BUTTONS if command.id == "collect"), CASES["collect"])
    lines = here.sim.messages[0].splitlines()
    assert len(lines) == 21
    assert lines[16:20] == [
        "取込 26 件、変更なし 0 件、取込不可 30 件、未提出 1 団体",
        "未提出: 甲府市",
        "次に「検算」をしてください。",
        "マスターはまだ保存されていません。確かめてから上書き保存してください。",
    ]


def test_a_button_works_in_the_server_of_functions_too(addin: bytes, published_path: Path) -> None:
    windows = default_windows()
    windows.files[CONFIG] += '"USE UDF SERVER","True"\r\n'
    sim = ExcelSim(addin, windows=windows)
    sim.open(published_path)
    sim.press("jukixl_status")
    assert sim.messages[0].splitlines()[-1] == "提出 27 / 27 市町村"
    assert windows.commands == []


def test_a_manual_is_opened_by_windows_not_by_excel(desk: Callable[[Case], Desk], home: Path) -> None:
    here = desk(CASES["manual"])
    here.sim.press("jukixl_manual")
    assert here.sim.windows.opened == [str(home / "jukixl" / "手引.html")]


def test_a_report_is_opened_by_windows_where_it_was_saved(desk: Callable[[Case], Desk]) -> None:
    here = desk(CASES["report"])
    here.press(next(command for command in BUTTONS if command.id == "report"), CASES["report"])
    assert here.sim.windows.opened == [str(here.folder / "検算報告.html")]


def test_cells_of_one_column_without_a_gap_are_one_block() -> None:
    cells = [CellContent(5, 1, 1), CellContent(2, 1, 2), CellContent(3, 1, 3), CellContent(3, 2, 4)]
    blocks = [(block.row, block.column, block.contents) for block in to_blocks(cells)]
    assert blocks == [(2, 1, (2, 3)), (5, 1, (1,)), (3, 2, (4,))]
