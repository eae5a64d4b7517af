"""The add-in as it is built: its ribbon, its bytes, and what happens when a button of it is pressed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import ModuleType

import pytest
from excel_sim import ExcelSim
from excel_sim.windows import CONFIG, PYTHON, Windows, default_windows
from lxml import etree
from openpyxl import Workbook

import jukixl.addin
from jukixl.addin.build import write_addin
from jukixl.addin.ribbon import KNOWN_IMAGES, iter_buttons, render_ribbon
from jukixl.addin.vba import MESSAGES, render_modules
from jukixl.cli import main
from jukixl.commands.registry import COMMANDS, Command, Group
from jukixl.workbook.snapshot import read_snapshot

SHIPPED = Path(__file__).parents[1] / "workbooks" / "jukixl.xlam"
UI = "{http://schemas.microsoft.com/office/2009/07/customui}"
BUTTONS = [command for command in COMMANDS if command.icon]


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What arrives in Python: (id, window), the dispatcher being replaced by one that notes it."""
    arrived: list[tuple[str, int]] = []
    dispatcher = ModuleType("jukixl.addin.dispatcher")
    dispatcher.press = lambda control, window: arrived.append((control, window))
    monkeypatch.setitem(sys.modules, "jukixl.addin.dispatcher", dispatcher)
    monkeypatch.setattr(jukixl.addin, "dispatcher", dispatcher, raising=False)
    return arrived


def ribbon_of(addin: bytes) -> etree._Element:
    with zipfile.ZipFile(BytesIO(addin)) as package:
        return etree.fromstring(package.read("customUI/customUI14.xml"))


def test_the_shipped_addin_is_what_building_gives(addin: bytes) -> None:
    assert SHIPPED.read_bytes() == addin, "the registry or the VBA changed: build the add-in again"


def test_building_twice_gives_the_same_bytes_whatever_the_clock_says(
    addin: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
    write_addin(tmp_path / "jukixl.xlam")
    assert (tmp_path / "jukixl.xlam").read_bytes() == addin


def test_the_ribbon_has_one_tab_with_the_groups_in_the_order_of_the_work(addin: bytes) -> None:
    ribbon = ribbon_of(addin)
    assert [tab.get("label") for tab in ribbon.iter(f"{UI}tab")] == ["住基資料"]
    used = {command.group for command in BUTTONS}
    assert [group.get("label") for group in ribbon.iter(f"{UI}group")] == [
        g.value for g in Group if g in used
    ]


@pytest.mark.parametrize("command", BUTTONS, ids=lambda command: command.id)
def test_a_command_with_a_picture_has_a_large_button_that_says_what_it_will_write(
    addin: bytes, command: Command
) -> None:
    (button,) = (one for one in ribbon_of(addin).iter(f"{UI}button") if one.get("id") == command.control)
    assert (button.get("label"), button.get("screentip"), button.get("size")) == (
        command.label,
        command.label,
        "large",
    )
    assert button.get("supertip") == f"{command.help} {command.writes}"
    assert button.get("imageMso") == command.icon
    assert command.icon in KNOWN_IMAGES
    assert button.getparent().get("label") == command.group.value
    assert len(button.get("supertip")) <= 1024  # [MS-CUSTOMUI2] ST_LongString


def test_a_command_without_a_picture_has_no_button(addin: bytes) -> None:
    ids = {button.get("id") for button in ribbon_of(addin).iter(f"{UI}button")}
    assert ids == {command.control for command in BUTTONS}


def test_texts_of_commands_cannot_break_the_ribbon() -> None:
    odd = Command("odd", "<\"&'>", "&amp;", Group.YEAR, "m:f", icon="FileNew")
    (button,) = etree.fromstring(render_ribbon([odd])).iter(f"{UI}button")
    assert (button.get("label"), button.get("supertip")) == ("<\"&'>", f"&amp; {odd.writes}")


def test_buttons_are_grouped_even_when_the_registry_mixes_the_groups() -> None:
    mixed = [BUTTONS[-1], *BUTTONS[:-1]]
    assert {command.id for command in iter_buttons(mixed)} == {command.id for command in BUTTONS}
    groups = [group.get("label") for group in etree.fromstring(render_ribbon(mixed)).iter(f"{UI}group")]
    assert len(groups) == len(set(groups))


def test_office_s_own_schemas_find_nothing(addin: bytes, tmp_path: Path) -> None:
    path = tmp_path / "jukixl.xlam"
    path.write_bytes(addin)
    tool = Path(sys.executable).with_name("openxml-audit")
    result = subprocess.run([tool, path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "Warnings: 0" in result.stdout or "warning" not in result.stdout.lower(), result.stdout


def test_the_integrity_check_of_pyopenvba_finds_nothing(addin: bytes, tmp_path: Path) -> None:
    from pyopenvba.integrity import check_file

    path = tmp_path / "jukixl.xlam"
    path.write_bytes(addin)
    report = check_file(path)
    assert report.complete
    assert report.issues == ()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # olevba calls pyparsing by its old names
def test_olevba_sees_all_modules_nothing_that_runs_by_itself_and_nothing_hidden(
    addin: bytes, tmp_path: Path
) -> None:
    """Encoded strings are left out: olevba takes words like JukixlPython, and the GUID of any sheet, for such."""
    from oletools import olevba

    path = tmp_path / "jukixl.xlam"
    path.write_bytes(addin)
    parser = olevba.VBA_Parser(str(path))
    try:
        found = {
            Path(name).stem
            for _, _, name, code in parser.extract_macros()
            if "Sub " in code or "Function " in code
        }
        results = parser.analyze_macros()
    finally:
        parser.close()
    assert found == {"JukixlRibbon", "JukixlPython", "JukixlFunctions"}
    assert "AutoExec" not in {kind for kind, _, _ in results}
    suspicious = {word for kind, word, _ in results if kind == "Suspicious"}
    assert not suspicious & {"VBA Stomping", "powershell", "cmd.exe", "Chr", "ChrW"}


def test_the_vba_names_the_library_of_the_installed_xlwings() -> None:
    source = render_modules("1.2.3")["JukixlPython"]
    assert 'Lib "xlwings64-1.2.3.dll"' in source
    assert 'Lib "xlwings32-1.2.3.dll"' in source
    assert "${" not in source


def test_every_message_of_the_vba_is_a_named_cell_of_the_addin(addin: bytes) -> None:
    sim = ExcelSim(addin)
    for name, text in MESSAGES.items():
        cell = sim.addin.vba_get("Names", [f"message.{name}"]).vba_get("RefersToRange")
        assert cell.vba_get("Value") == text


@pytest.mark.parametrize("command", BUTTONS, ids=lambda command: command.id)
def test_pressing_a_button_brings_its_id_to_python(
    addin: bytes, command: Command, pressed: list[tuple[str, int]]
) -> None:
    sim = ExcelSim(addin)
    sim.press(command.control)
    assert pressed == [(command.control, sim.window)]
    assert sim.messages == []


def test_nothing_of_a_workbook_reaches_the_command_line_and_esc_is_left_to_python(
    addin: bytes, pressed: list[tuple[str, int]], tmp_path: Path
) -> None:
    path = tmp_path / "令和6年度 マスター (1).xlsx"
    Workbook().save(path)
    sim = ExcelSim(addin)
    sim.open(path)
    sim.press("jukixl_check")
    assert pressed == [("jukixl_check", sim.window)]
    statement = f"import jukixl.addin.dispatcher as d; d.press('jukixl_check', {sim.window})"
    assert sim.windows.commands == [f'"{PYTHON}" -P -B -c "{statement}"']
    assert ("EnableCancelKey", 0) in sim.application.changes  # xlDisabled


def test_with_the_server_setting_the_statement_runs_in_the_server_of_functions(
    addin: bytes, pressed: list[tuple[str, int]]
) -> None:
    windows = default_windows()
    windows.files[CONFIG] += '"USE UDF SERVER","True"\r\n'
    sim = ExcelSim(addin, windows=windows)
    sim.press("jukixl_check")
    assert [control for control, _ in pressed] == ["jukixl_check"]
    assert windows.commands == []
    statement = "import xlwings, jukixl.addin.engine as e; e.spare_excels(); xlwings.serve('$(CLSID)')"
    assert windows.server_commands == [f'"{PYTHON}" -P -B -c "{statement}"']


@pytest.mark.parametrize("control", ["", "a'b", "x y", "ｘ", 'a"b', "a;b", "a\nb"])
def test_an_id_that_could_carry_code_is_not_handed_on(
    addin: bytes, control: str, pressed: list[tuple[str, int]]
) -> None:
    sim = ExcelSim(addin)
    sim.callbacks[control] = sim.callbacks["jukixl_check"]
    sim.press(control)
    assert pressed == []
    assert sim.windows.commands == []


def broken_installations() -> Iterator[tuple[str, Windows]]:
    for name, config in (
        ("empty", ""),
        ("relative", '"INTERPRETER_WIN","python"\r\n'),
        ("bare_file", '"INTERPRETER_WIN","pythonw.exe"\r\n'),
        ("lost", '"INTERPRETER_WIN","C:\\gone\\pythonw.exe"\r\n'),
        ("malformed", "INTERPRETER_WIN=C:\\x.exe\r\n"),
    ):
        windows = default_windows()
        windows.files[CONFIG] = config
        yield name, windows
    windows = default_windows()
    del windows.files[CONFIG]
    yield "no_file", windows


@pytest.mark.parametrize(("name", "windows"), list(broken_installations()))
def test_without_an_interpreter_of_the_user_s_own_there_is_a_message_and_no_other_python(
    addin: bytes, name: str, windows: Windows
) -> None:
    sim = ExcelSim(addin, windows=windows)
    sim.press("jukixl_check")
    assert sim.messages == [MESSAGES["NoInterpreter"]], name
    assert windows.commands == []


def test_a_python_that_fails_is_reported_in_japanese(addin: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatcher = ModuleType("jukixl.addin.dispatcher")  # without `press`
    monkeypatch.setitem(sys.modules, "jukixl.addin.dispatcher", dispatcher)
    monkeypatch.setattr(jukixl.addin, "dispatcher", dispatcher, raising=False)
    sim = ExcelSim(addin)
    sim.press("jukixl_check")
    assert sim.messages == [MESSAGES["PythonFailed"]]


@pytest.mark.parametrize("control", ["check", "status"])
def test_a_button_ends_with_the_words_of_the_command_line_and_leaves_excel_as_it_was(
    addin: bytes,
    control: str,
    master_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """With the real dispatcher, through xlwings' own engine."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    main([control, str(master_path)])
    last = capsys.readouterr().out.splitlines()[-1]
    sim = ExcelSim(addin)
    sim.open(master_path)
    before = sim.settings
    sim.press(f"jukixl_{control}")
    (message,) = sim.messages
    assert message.splitlines()[-1] == last
    assert sim.settings == before
    assert sim.status_bar is False


def test_what_is_typed_in_excel_is_what_a_button_checks(
    addin: bytes, master_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Unsaved: 甲府市 gets one application."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    sim = ExcelSim(addin)
    sim.open(master_path)
    sheet, cell = read_snapshot(master_path).locate("input.annex5.applications.192015")
    saved = master_path.read_bytes()
    sim.press("jukixl_check")
    sim.sheet(sheet).set_value(cell, 1)
    sim.press("jukixl_check")
    before, after = (message.splitlines()[-2:] for message in sim.messages)
    assert before != after
    assert master_path.read_bytes() == saved


def test_a_busy_excel_ends_in_one_message_of_ours(
    addin: bytes, master_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    sim = ExcelSim(addin)
    sim.open(master_path)
    with sim.busy():
        sim.press("jukixl_check")
    (message,) = sim.messages
    assert "Traceback" not in message
    assert "。" in message


EVIL_MACROS = """
Public Sub RunPython(ByVal statement As String)
    Err.Raise 999
End Sub
Public Sub Jukixl_OnAction(control As IRibbonControl)
    Err.Raise 999
End Sub
Public Function CallUdf(ByVal name As String, ByVal arguments As Variant) As Variant
    CallUdf = "evil"
End Function
Public Function FindInterpreter() As String
    FindInterpreter = "C:\\evil\\python.exe"
End Function
Public Function ReadSetting(ByVal key As String) As String
    ReadSetting = "C:\\evil\\python.exe"
End Function
Public Function JK_NENDO(day As Variant) As Variant
    JK_NENDO = "evil"
End Function
"""


@pytest.fixture
def hostile(addin: bytes, tmp_path: Path) -> tuple[ExcelSim, Path]:
    """A workbook that tries every way in: sheets named as configuration and as Python code, macros of our names,
    files beside it; all of it naming another interpreter."""
    book = Workbook()
    for title in ("jukixl.conf", "xlwings.conf", "_jukixl.conf"):
        sheet = book.create_sheet(title)
        for row in (
            ("INTERPRETER_WIN", r"C:\evil\python.exe"),
            ("PYTHONPATH", r"C:\evil"),
            ("UDF MODULES", "evil"),
            ("USE UDF SERVER", True),
        ):
            sheet.append(row)
    book.create_sheet("jukixl.py").append(["raise SystemExit('evil')"])
    book.create_sheet("evil.py").append(["raise SystemExit('evil')"])
    path = tmp_path / "jukixl.xlsx"
    book.save(path)
    (tmp_path / "jukixl.py").write_text("raise SystemExit('evil')")
    windows = default_windows()
    config = f'"INTERPRETER_WIN","C:\\evil\\python.exe"\r\n"PYTHONPATH","{tmp_path}"\r\n'
    windows.files |= {f"{tmp_path}/{name}": config for name in ("jukixl.conf", "xlwings.conf")}
    windows.files |= {
        r"C:\evil\python.exe": "",
        f"{tmp_path}/python.exe": "",
        f"{tmp_path}/xlwings64-0.37.8.dll": "",
    }
    sim = ExcelSim(addin, windows=windows, modules_before={"Evil": EVIL_MACROS})
    sim.open(path)
    return sim, tmp_path


def test_a_hostile_workbook_cannot_choose_the_interpreter(
    hostile: tuple[ExcelSim, Path], pressed: list[tuple[str, int]]
) -> None:
    sim, folder = hostile
    sim.press("jukixl_check")
    assert [control for control, _ in pressed] == ["jukixl_check"]
    (command,) = sim.windows.commands
    assert command.startswith(f'"{PYTHON}" -P -B -c "import jukixl.addin.dispatcher as d; ')
    assert str(folder) not in command
    assert "evil" not in command.lower()
    assert set(sim.windows.asked) == {CONFIG, PYTHON}


def test_a_hostile_workbook_cannot_run_code_through_a_function(hostile: tuple[ExcelSim, Path]) -> None:
    sim, folder = hostile
    before = list(sys.path)
    assert sim.call_udf("JK_NENDO", 45439, caller=sim.range(1, "A1")) == "令和6年度"
    assert sim.call_udf("JK_FIGURE", "base_date", caller=sim.range(1, "A1")) == "#VALUE!"
    assert sys.path == before
    assert not [
        one for one in (*sim.windows.libraries, *sim.windows.asked) if str(folder) in one or "evil" in one
    ]
    assert all(command.startswith(f'"{PYTHON}" ') for command in sim.windows.server_commands)


def test_python_started_in_the_folder_of_a_workbook_takes_no_module_from_there(tmp_path: Path) -> None:
    """The option -P of the command line, shown with a real Python."""
    (tmp_path / "json.py").write_text("raise SystemExit('taken from the folder')")
    for options, is_taken in (([], True), (["-P"], False)):
        command = [sys.executable, *options, "-B", "-c", "import json"]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ("taken from the folder" in result.stderr) is is_taken


def test_the_addin_works_with_the_paid_part_of_xlwings_removed(addin: bytes, tmp_path: Path) -> None:
    """Building and every module behind a cell, with a copy of xlwings that lacks that folder."""
    import xlwings

    copy = tmp_path / "xlwings"
    shutil.copytree(Path(xlwings.__file__).parent, copy, ignore=shutil.ignore_patterns("pro", "__pycache__"))
    code = (
        "import sys, hashlib, xlwings, jukixl.addin.wrappers\n"
        f"assert xlwings.__file__.startswith({str(tmp_path)!r}), xlwings.__file__\n"
        "from jukixl.addin.build import build_addin\n"
        "print(hashlib.sha256(build_addin()).hexdigest())"
    )
    paths = [str(tmp_path), str(Path(jukixl.addin.__file__).parents[2])]
    script = f"import sys; sys.path[:0] = {paths!r}\n{code}"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    import hashlib

    assert result.stdout.strip() == hashlib.sha256(addin).hexdigest(), result.stderr
