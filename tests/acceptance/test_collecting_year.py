"""A year's collecting as it really goes: 27 municipalities, some late, some wrong, some twice, some with inserted rows.

Only commands are used. The board, the letters and the annexes at the end must be right.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import docx
import pytest
from conftest import IMPORTED, PUBLISHED, fill_form, previous_rows, survey_answers, write_rows
from returned import input_part, rewrite

from jukixl.report.model import Report
from jukixl.workbook.snapshot import read_snapshot

from .conftest import Run

KOFU, FUJIYOSHIDA, TSURU, YAMANASHI, OTSUKI, TABAYAMA = (
    "192015",
    "192023",
    "192040",
    "192058",
    "192066",
    "194433",
)
LATE = ("194425", TABAYAMA)  # 小菅村, 丹波山村
JUNE_1, JUNE_2 = 1_748_736_000, 1_748_822_400
KOFU_SENT = 166_687  # as published


@dataclass
class Office:
    """The prefecture's folder and what its clerk does there."""

    jukixl: Run
    folder: Path
    answers: dict[str, dict[tuple[str, str], int]]

    @property
    def master(self) -> Path:
        return self.folder / "マスター.xlsx"

    @property
    def returned(self) -> Path:
        return self.folder / "回答"

    def do(self, *arguments: object, exit_code: int = 0) -> dict[str, object]:
        done = self.jukixl(*arguments, "--json")
        assert done.returncode == exit_code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def answer(self, code: str, when: int, name: str = "", **wrong: int | float | str | None) -> Path:
        """A municipality fills its form and sends it; `wrong` are columns of 別紙5 typed otherwise."""
        form = next((self.folder / "調査票").glob(f"*{code}*"))
        path = Path(shutil.copy(form, self.returned / (name or form.name)))
        fill_form(
            path, {**self.answers[code], **{("annex5", column): value for column, value in wrong.items()}}
        )
        os.utime(path, (when, when))
        return path

    def states(self) -> dict[str, str]:
        rows = self.do("status", self.master)["municipalities"]
        assert isinstance(rows, list)
        return {row["code"]: row["state"] for row in rows}


def insert_rows(path: Path) -> None:
    """Three rows above all inputs, as Excel does it: addresses and names move."""
    part = input_part(path)

    def insert(parts: dict[str, bytes]) -> None:
        parts[part] = re.sub(
            rb' r="([A-Z]*)([0-9]+)"',
            lambda m: b' r="%b%d"' % (m[1], int(m[2]) + 3 * (int(m[2]) > 10)),
            parts[part],
        )
        parts["xl/workbook.xml"] = re.sub(
            rb"(<definedName name=\"(?:input|reason|contact|check|previous)\.[^<]*?\$[A-Z]+\$)([0-9]+)",
            lambda m: m[1] + b"%d" % (int(m[2]) + 3 * (int(m[2]) > 10)),
            parts["xl/workbook.xml"],
        )

    rewrite(path, insert)


@pytest.fixture(scope="module")
def office(jukixl: Run, report: Report, tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(jukixl, tmp_path_factory.mktemp("year"), survey_answers(report))
    office.returned.mkdir()
    office.do("new", office.master, "--settings", PUBLISHED / "settings.toml")
    office.do("distribute", office.master, "--out", office.folder / "調査票")
    return office


@pytest.fixture(scope="module")
def june_1(office: Office) -> Office:
    """What has come by the first of June, and was collected."""
    for code in office.answers:
        if code not in (KOFU, FUJIYOSHIDA, TSURU, YAMANASHI, *LATE):
            office.answer(code, JUNE_1)
    office.answer(KOFU, JUNE_1, sent="約166,000件")
    office.answer(FUJIYOSHIDA, JUNE_1, sent=1)
    office.answer(FUJIYOSHIDA, JUNE_2, "コピー ~ 最終_ver3_192023.xlsx")
    insert_rows(office.answer(TSURU, JUNE_1))
    office.answer(YAMANASHI, JUNE_1, applications="３１，８４８件")
    (office.returned / f"{LATE[0]}_回答.pdf").write_bytes(b"%PDF-1.4\n")
    office.do("collect", office.master, office.returned, exit_code=1)
    return office


@pytest.fixture(scope="module")
def first_letters(june_1: Office) -> Path:
    """Reminders and returns of that day."""
    folder = june_1.folder / "文書"
    june_1.do("remind", june_1.master, "--out", folder / "督促")
    june_1.do("return", june_1.master, june_1.returned, "--out", folder / "差戻し")
    return folder


@pytest.fixture(scope="module")
def june_2(june_1: Office, first_letters: Path) -> Office:
    """The day after: what was returned is corrected, the late ones have come, the annexes are imported."""
    assert first_letters.exists()
    june_1.answer(KOFU, JUNE_2, "調査票_R6_192015_甲府市（修正）.xlsx")
    for code in LATE:
        june_1.answer(code, JUNE_2)
    june_1.do("collect", june_1.master, june_1.returned, exit_code=1)
    for table, file in IMPORTED.items():
        june_1.do("import", june_1.master, table, PUBLISHED / file)
    june_1.do(
        "import",
        june_1.master,
        "annex6_previous",
        write_rows(june_1.folder / "前年累計.csv", previous_rows()),
    )
    return june_1


def test_on_the_first_day_the_board_shows_who_is_in_which_state(june_1: Office) -> None:
    states = june_1.states()
    assert states.pop(KOFU) == "差戻し"
    assert states.pop(LATE[0]) == "差戻し"
    assert states.pop(TABAYAMA) == "未提出"
    assert states.pop(FUJIYOSHIDA) == "要確認"  # two that differ: the newer was taken
    assert set(states.values()) == {"取込済"}


def test_reminders_go_to_the_three_of_whom_nothing_usable_came(first_letters: Path) -> None:
    names = {path.name for path in (first_letters / "督促").iterdir()}
    assert names == {
        "督促文_192015_甲府市.docx",
        "督促文_194425_小菅村.docx",
        "督促文_194433_丹波山村.docx",
        "未提出一覧.docx",
    }


def test_returns_name_cell_and_value(first_letters: Path) -> None:
    names = {path.name for path in (first_letters / "差戻し").iterdir()}
    assert names == {
        "差戻し文_192015_甲府市.docx",
        "差戻し文_192023_富士吉田市.docx",
        "差戻し文_194425_小菅村.docx",
    }
    (table,) = docx.Document(str(first_letters / "差戻し" / "差戻し文_192015_甲府市.docx")).tables
    assert [cell.text for cell in table.rows[1].cells][1] == "約166,000件"


def test_on_the_second_day_everybody_is_in(june_2: Office) -> None:
    states = june_2.states()
    assert states[KOFU] in ("取込済", "要確認")
    assert not {"未提出", "差戻し"} & set(states.values())


def test_what_was_corrected_is_not_returned_again(june_2: Office) -> None:
    answer = june_2.do("return", june_2.master, june_2.returned, "--out", june_2.folder / "差戻し2")
    assert isinstance(answer["returned"], list)
    assert KOFU not in {one["municipality"] for one in answer["returned"]}


def test_in_the_end_every_answer_is_the_published_one(june_2: Office) -> None:
    snapshot = read_snapshot(june_2.master)
    stored = {
        code: {key: snapshot.value(f"input.{'.'.join(key)}.{code}") for key in values}
        for code, values in june_2.answers.items()
    }
    assert stored == june_2.answers
    assert stored[KOFU]["annex5", "sent"] == KOFU_SENT
    assert snapshot.value("annex5.applications.total") == 772_405  # as printed


def test_the_handout_of_that_year_is_built_and_verified(june_2: Office) -> None:
    handout = june_2.folder / "審議会資料.docx"
    june_2.do("build", june_2.master, "--out", handout)
    june_2.do("verify", handout, june_2.master)
