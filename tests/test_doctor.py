"""The diagnosis: a sound computer gives no ×, and each thing that may be wrong gives exactly its own.

Windows is stood in for by folders with real files and a table of registry keys; on a real one nothing of it was run.
"""

from __future__ import annotations

import json
import re
import struct
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from jukixl.addin.build import build_addin
from jukixl.commands.setting_up import doctor
from jukixl.setup.doctor import PROBES, diagnose
from jukixl.setup.environment import Environment, find_needed, this_environment
from jukixl.setup.install import Folders, install
from jukixl.setup.probe import State
from jukixl.setup.shipped import shipped_addin

ROOT = Path(__file__).parents[1]
Registry = dict[str, Mapping[str, object]]
POLICIES = r"Software\Policies\Microsoft\Office\16.0"
USER = r"Software\Microsoft\Office\16.0"
CLOUD = r"HKCU\Software\Policies\Microsoft\Cloud\Office\16.0"
RULES = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
LOCAL_RULES = RULES.replace(r"\Policies", "")
MANAGED_RULES = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager"
APP_PATHS = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths"
XLWINGS = "0.37.8"
VERSIONS = {"xlwings": XLWINGS, "lxml": "6.0", "pywin32": "312"}
"""What is installed beside jukixl, so far as probes ask for it."""
WINDOWS_ONLY = {probe.id for probe in PROBES} - {
    "python",
    "jukixl",
    "parts",
    "xlwings",
    "libreoffice",
    "network",
    "writing",
}


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """With Excel and Word, and no policy."""
    programs = tmp_path / "Program Files" / "Microsoft Office" / "root" / "Office16"
    files = {name: touch(programs / name.upper()) for name in ("excel.exe", "winword.exe")}
    return {rf"{APP_PATHS}\{name}": {"": str(path)} for name, path in files.items()}


@pytest.fixture
def windows(tmp_path: Path, registry: Registry) -> Environment:
    """A Windows on which everything was installed from the kit."""
    python_folder = tmp_path / "Local" / "jukixl" / "venv"
    interpreter = touch(python_folder / "Scripts" / "pythonw.exe")
    for bits in (32, 64):
        touch(python_folder / f"xlwings{bits}-{XLWINGS}.dll")
    fonts = tmp_path / "Windows" / "Fonts"
    for name in ("msmincho.ttc", "msgothic.ttc"):
        touch(fonts / name)
    folders = Folders(
        tmp_path / "Roaming" / "Microsoft" / "Excel" / "XLSTART", tmp_path / "Roaming" / "jukixl"
    )
    install(folders, shipped_addin(), interpreter)
    libreoffice = tmp_path / "Program Files" / "LibreOffice" / "program"
    return Environment(
        is_windows=True,
        python_version=(3, 11, 9),
        python_folder=python_folder,
        config=folders.config,
        xlstart=folders.xlstart,
        font_folders=(fonts,),
        program_folders=(libreoffice,),
        read_key=lambda key: registry.get(key, {}),
        is_remote=lambda _path: False,
        version_of=VERSIONS.get,
        needed=("lxml",),
    )


def problems(environment: Environment) -> dict[str, str]:
    """What is ×, with the line shown."""
    return {line.probe.id: str(line) for line in diagnose(environment) if line.result.state is State.PROBLEM}


def test_a_sound_computer_has_no_problem(windows: Environment) -> None:
    assert problems(windows) == {}
    assert {line.probe.id for line in diagnose(windows) if line.result.state is State.NOT_APPLICABLE} == {
        "libreoffice"
    }


def addin_of(environment: Environment) -> Path:
    assert environment.xlstart
    return environment.xlstart / "jukixl.xlam"


def remove_addin(environment: Environment) -> None:
    addin_of(environment).unlink()


def spoil_addin(environment: Environment) -> None:
    addin_of(environment).write_bytes(b"another program's")


def mark_as_download(environment: Environment) -> None:
    """As Windows does; the stream of a file is, on other systems, a file of this very name."""
    stream = Path(f"{addin_of(environment)}:Zone.Identifier")
    stream.write_bytes(b"[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=https://example.jp/jukixl.zip\r\n")


BROKEN_FILES: list[tuple[Callable[[Environment], object], dict[str, str]]] = [
    (remove_addin, {"addin": "jukixl addin install"}),
    (spoil_addin, {"addin": "この版の jukixl のものではありません", "xlwings": "不明な版"}),
    (mark_as_download, {"mark_of_the_web": "「許可する」にチェック"}),
    (lambda e: (e.config / "xlwings.conf").unlink(), {"settings": "jukixl addin install"}),
    (lambda e: (e.config / "xlwings.conf").write_bytes(b""), {"settings": "Python の場所が書かれていません"}),
    (lambda e: (e.python_folder / "Scripts" / "pythonw.exe").unlink(), {"settings": "Python がありません"}),
    (
        lambda e: (e.python_folder / f"xlwings64-{XLWINGS}.dll").unlink(),
        {"library": f"xlwings64-{XLWINGS}.dll"},
    ),
    (lambda e: (e.font_folders[0] / "msmincho.ttc").unlink(), {"fonts": "ＭＳ 明朝 がありません"}),
    (lambda e: (e.font_folders[0] / "msgothic.ttc").unlink(), {"fonts": "ＭＳ ゴシック がありません"}),
]


@pytest.mark.parametrize(("break_it", "expected"), BROKEN_FILES)
def test_a_broken_file_is_named_with_what_to_do(
    windows: Environment, break_it: Callable[[Environment], object], expected: dict[str, str]
) -> None:
    break_it(windows)
    found = problems(windows)
    assert found.keys() == expected.keys()
    assert all(text in found[probe] for probe, text in expected.items())


POLICY_CASES: list[tuple[str, Registry]] = [
    ("macros", {rf"HKCU\{POLICIES}\Common": {"vbaoff": 1}}),
    ("macros", {rf"HKCU\{POLICIES}\Excel\Security\Trusted Locations": {"alllocationsdisabled": 1}}),
    ("macros", {rf"HKCU\{USER}\Excel\Security\Trusted Locations": {"alllocationsdisabled": 1}}),
    ("addins", {rf"HKCU\{POLICIES}\Excel\Security": {"disablealladdins": 1}}),
    ("addins", {rf"HKLM\{POLICIES}\Excel\Security": {"disablealladdins": 1}}),
    ("addins", {rf"HKCU\{USER}\Excel\Security": {"requireaddinsig": 1}}),
    ("ribbon", {rf"HKCU\{POLICIES}\Common\Toolbars\Excel": {"noextensibilitycustomizationfromdocument": 1}}),
    ("macros", {rf"HKCU\{POLICIES}\Common\Security\Trusted Locations": {"allow user locations": 0}}),
    ("addins", {rf"{CLOUD}\Excel\Security": {"disablealladdins": 1}}),
    ("child_processes", {RULES: {"d4f940ab-401b-4efc-aadc-ad5f3c50688a": "1"}}),
    ("child_processes", {RULES: {"{d4f940ab-401b-4efc-aadc-ad5f3c50688a}": "1"}}),
    ("child_processes", {LOCAL_RULES: {"d4f940ab-401b-4efc-aadc-ad5f3c50688a": 1}}),
    ("child_processes", {MANAGED_RULES: {"asrrules": "x=2|D4F940AB-401B-4EFC-AADC-AD5F3C50688A=1"}}),
    ("win32_calls", {RULES: {"92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b": "1"}}),
]


@pytest.mark.parametrize(("probe", "keys"), POLICY_CASES)
def test_a_policy_that_stops_the_addin_is_its_own_problem(
    windows: Environment, registry: Registry, probe: str, keys: Registry
) -> None:
    registry |= keys
    found = problems(windows)
    assert found.keys() == {probe}
    assert "情報システム担当" in found[probe]


@pytest.mark.parametrize(
    "keys",
    [
        {rf"HKCU\{POLICIES}\Excel\Security": {"vbawarnings": 4, "blockcontentexecutionfrominternet": 1}},
        {
            rf"HKCU\{POLICIES}\Excel\Security": {"disablealladdins": 0},
            rf"HKCU\{USER}\Excel\Security": {"disablealladdins": 1},
        },
        {RULES: {"d4f940ab-401b-4efc-aadc-ad5f3c50688a": "2"}},
        {MANAGED_RULES: {"asrrules": "d4f940ab-401b-4efc-aadc-ad5f3c50688a=2|x=1"}},
        {
            rf"{CLOUD}\Excel\Security": {"disablealladdins": 0},
            rf"HKCU\{POLICIES}\Excel\Security": {"disablealladdins": 1},
        },
    ],
    ids=[
        "trusted location",
        "policy before the user's choice",
        "audited only",
        "audited only, from afar",
        "cloud policy before group policy",
    ],
)
def test_a_policy_that_does_not_reach_the_addin_is_no_problem(
    windows: Environment, registry: Registry, keys: Registry
) -> None:
    registry |= keys
    assert problems(windows) == {}


@pytest.mark.parametrize(
    ("location", "is_trusted"),
    [
        ({"path": r"%APPDATA%\Microsoft\Excel\XLSTART\\"}, True),
        ({"path": r"%APPDATA%\Microsoft\Excel", "allowsubfolders": 1}, True),
        ({"path": r"%APPDATA%\Microsoft\Excel", "allowsubfolders": 0}, False),
        ({"path": r"%APPDATA%\Microsoft\Excel\XLSTART2"}, False),
        ({"path": r"C:\Office", "allowsubfolders": 1}, False),
    ],
)
def test_where_only_locations_of_policy_are_trusted_one_must_hold_the_start_folder(
    windows: Environment,
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
    location: dict[str, object],
    is_trusted: bool,
) -> None:
    assert windows.xlstart
    monkeypatch.setenv("APPDATA", str(windows.xlstart.parents[2]))
    registry |= {rf"HKCU\{POLICIES}\Common\Security\Trusted Locations": {"allow user locations": 0}}
    registry |= {rf"HKCU\{POLICIES}\Excel\Security\Trusted Locations\Location3": location}
    assert (problems(windows).keys() == set()) is is_trusted


def test_a_start_folder_on_the_network_is_no_problem_where_excel_is_told_to_trust_it(
    windows: Environment, registry: Registry
) -> None:
    remote = replace(windows, is_remote=lambda path: path.name == "XLSTART")
    assert problems(remote).keys() == {"network"}
    registry |= {rf"HKCU\{POLICIES}\Excel\Security\Trusted Locations": {"allownetworklocations": 1}}
    assert problems(remote) == {}


def test_a_marked_addin_is_worse_where_policy_blocks_downloads(
    windows: Environment, registry: Registry
) -> None:
    mark_as_download(windows)
    registry |= {rf"HKCU\{POLICIES}\Excel\Security": {"blockcontentexecutionfrominternet": 1}}
    assert "ポリシーがそのようなマクロを止めています" in problems(windows)["mark_of_the_web"]


def test_a_file_of_the_intranet_is_not_a_download(windows: Environment) -> None:
    Path(f"{addin_of(windows)}:Zone.Identifier").write_bytes(b"[ZoneTransfer]\r\nZoneId=1\r\n")
    assert problems(windows) == {}


def test_an_addin_that_excel_disabled_after_a_crash_is_found(
    windows: Environment, registry: Registry
) -> None:
    """The value's form: three 32-bit numbers (kind, two lengths in bytes), then path and name in UTF-16."""
    path = f"{str(addin_of(windows)).lower()}\0".encode("utf-16-le")
    item = struct.pack("<3I", 2, len(path), 2) + path + b"\0\0"
    registry |= {rf"HKCU\{USER}\Excel\Resiliency\DisabledItems": {"5c3f2a11": item}}
    assert "使用できないアイテム" in problems(windows)["disabled_items"]


@pytest.mark.parametrize(("file", "name"), [("excel.exe", "Excel"), ("winword.exe", "Word")])
def test_a_missing_program_of_office_is_named(
    windows: Environment, registry: Registry, file: str, name: str
) -> None:
    touch(windows.program_folders[0] / "soffice.exe")
    del registry[rf"{APP_PATHS}\{file}"]
    assert problems(windows) == {
        "office": f"× Office: {name} が見つかりません → Office（デスクトップ版）を入れてください。"
    }


@pytest.mark.parametrize(("name", "is_new_enough"), [("15", False), ("16", True)])
def test_excel_must_be_that_of_office_2016_or_later(
    windows: Environment, registry: Registry, name: str, is_new_enough: bool
) -> None:
    """Office 2016, 2019, 2021, 2024 and Microsoft 365 all call themselves 16.0; Office 2013 was 15.0."""
    registry[r"HKLM\SOFTWARE\Classes\Excel.Application\CurVer"] = {"": f"Excel.Application.{name}"}
    found = problems(windows)
    assert found.keys() == (set() if is_new_enough else {"office"})
    assert is_new_enough or "Office 2016 以降" in found["office"]


def test_without_excel_libreoffice_is_wanted(windows: Environment, registry: Registry) -> None:
    registry.clear()
    assert problems(windows).keys() == {"office", "libreoffice"}
    touch(windows.program_folders[0] / "soffice.exe")
    assert problems(windows).keys() == {"office"}


def test_a_folder_that_cannot_be_looked_into_is_passed_over(windows: Environment, registry: Registry) -> None:
    """A name too long stands for a share that refuses this user: the system answers with an error, not with no."""
    registry.clear()
    unreachable = windows.program_folders[0] / ("x" * 300)
    touch(windows.program_folders[0] / "soffice.exe")
    changed = replace(windows, program_folders=(unreachable, *windows.program_folders))
    assert problems(changed).keys() == {"office"}


@pytest.mark.parametrize(
    ("change", "probe"),
    [
        ({"python_version": (3, 10, 14)}, "python"),
        ({"version_of": {**VERSIONS, "jukixl": "0.0.1"}.get}, "jukixl"),
        ({"is_remote": lambda path: "Roaming" in path.parts}, "network"),
    ],
)
def test_an_unfit_environment_is_named(windows: Environment, change: dict[str, object], probe: str) -> None:
    found = problems(replace(windows, **change))
    assert found.keys() == {probe}
    assert " → " in found[probe]


def test_xlwings_must_be_the_very_version_that_the_addin_was_built_for(windows: Environment) -> None:
    found = problems(replace(windows, version_of={**VERSIONS, "xlwings": "0.37.7"}.get))
    assert f"xlwings は 0.37.7、アドインは {XLWINGS} 用です" in found["xlwings"]
    assert found.keys() == {"xlwings", "library"}


def test_a_missing_xlwings_is_a_problem_on_windows_only(windows: Environment) -> None:
    without = replace(windows, version_of={**VERSIONS, "xlwings": None}.get)
    assert problems(without).keys() == {"xlwings", "library"}
    assert problems(replace(without, is_windows=False)) == {}


@pytest.mark.parametrize("name", ["lxml", "pywin32"])
def test_a_missing_part_is_named(windows: Environment, name: str) -> None:
    found = problems(replace(windows, version_of={**VERSIONS, name: None}.get))
    assert found.keys() == {"parts"}
    assert f"{name} がありません → 導入手順書の install.cmd" in found["parts"]


def test_the_parts_are_those_that_the_project_declares() -> None:
    """pyproject.toml is what jukixl was installed by."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert sorted(find_needed()) == sorted(re.match(r"[\w-]+", line)[0] for line in project["dependencies"])


def test_a_python_that_is_not_ours_is_named(windows: Environment, tmp_path: Path) -> None:
    assert problems(replace(windows, python_folder=tmp_path / "other")).keys() == {"settings", "library"}


def test_a_folder_that_cannot_be_written_to_is_named(windows: Environment, tmp_path: Path) -> None:
    """Below a file nothing can be made, whoever tries."""
    found = problems(replace(windows, config=touch(tmp_path / "file") / "jukixl"))
    assert str(tmp_path / "file" / "jukixl") in found["writing"]


def test_looking_writes_nothing(windows: Environment, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    diagnose(windows)
    diagnose(replace(windows, config=tmp_path / "never" / "made"))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before
    assert not (tmp_path / "never").exists()


def test_a_share_is_known_by_its_path() -> None:
    is_remote = this_environment().is_remote
    assert is_remote(Path("//server/share/jukixl")) or is_remote(Path(r"\\server\share\jukixl"))
    assert not is_remote(Path.home())


@pytest.mark.skipif(sys.platform == "win32", reason="the rule is about other systems")
def test_elsewhere_what_only_windows_has_does_not_apply() -> None:
    lines = diagnose(this_environment())
    assert {line.probe.id for line in lines if line.result.state is State.NOT_APPLICABLE} >= WINDOWS_ONLY


def test_every_line_has_a_mark_and_every_problem_says_what_to_do(
    windows: Environment, registry: Registry
) -> None:
    registry.clear()
    remove_addin(windows)
    lines = diagnose(windows)
    marks = {State.OK: "〇", State.PROBLEM: "×", State.NOT_APPLICABLE: "－"}
    assert all(str(line).startswith(f"{marks[line.result.state]} {line.probe.title}: ") for line in lines)
    assert all(bool(line.result.advice) == (line.result.state is State.PROBLEM) for line in lines)
    assert len({line.probe.id for line in lines}) == len(lines)


def test_the_exit_code_is_1_where_something_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(touch(tmp_path / "file")))
    outcome = doctor({}, lambda *_: None)
    assert outcome.exit_code == 1
    probes = outcome.data["probes"]
    assert isinstance(probes, list)
    assert outcome.data["problems"] == sum(probe["state"] == "problem" for probe in probes) >= 1
    assert json.loads(json.dumps(outcome.data, ensure_ascii=False)) == outcome.data
    assert "× は" in outcome.lines[-1]


def test_the_version_of_xlwings_is_read_from_the_addin_itself(windows: Environment) -> None:
    """The add-in just built names the installed xlwings: no other place says what it needs."""
    addin_of(windows).write_bytes(build_addin())
    code = "import xlwings; print(xlwings.__version__)"
    installed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert "xlwings" not in problems(replace(windows, version_of={"xlwings": installed}.get))
