"""診断: whether this computer has all that the add-in and the commands need, each line with what to do.

One probe is one small function: it looks at an `Environment` and says what it found. A new probe goes into `PROBES`.
Those for Windows have been run on stand-ins for Windows only: see docs/excel-checklist.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from zipfile import BadZipFile

from jukixl import __version__
from jukixl.folders import CONFIG_FILE
from jukixl.setup.environment import Environment
from jukixl.setup.install import read_interpreter
from jukixl.setup.policies import POLICY_PROBES, blocks_downloads, trusts_network
from jukixl.setup.probe import Probe, Result, State, not_applicable, ok, on_windows, problem
from jukixl.setup.shipped import ADDIN_NAME, find_shipped_addin, shipped_addin

_OLDEST_PYTHON = (3, 11)
_REINSTALL = "導入手順書の install.cmd をもう一度実行してください。"
_INSTALL_ADDIN = "Excel をすべて閉じてから「jukixl addin install」を実行してください。"
_FONT_FILES = {"ＭＳ 明朝": "msmincho.ttc", "ＭＳ ゴシック": "msgothic.ttc"}
_OFFICE_FILES = {"Excel": "excel.exe", "Word": "winword.exe"}
_APP_PATHS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths"
_EXCEL_NAME = r"HKLM\SOFTWARE\Classes\Excel.Application\CurVer"
_OLDEST_EXCEL = 16
_LIBREOFFICE_FILES = ("soffice.exe", "soffice")
_INTERNET_ZONE = 3  # URLZONE_INTERNET; 4 is untrusted
_XLWINGS_VERSION = re.compile(r'XLWINGS_VERSION As String = "([^"]+)"')


@dataclass(frozen=True)
class Line:
    """A probe and what it said."""

    probe: Probe
    result: Result

    def __str__(self) -> str:
        """`× フォント: … → what to do`."""
        advice = f" → {self.result.advice}" if self.result.advice else ""
        return f"{self.result.state.mark} {self.probe.title}: {self.result.found}{advice}"

    def to_json(self) -> dict[str, str]:
        result = self.result
        return {
            "id": self.probe.id,
            "title": self.probe.title,
            "state": result.state.value,
            "found": result.found,
            "advice": result.advice,
        }


def diagnose(environment: Environment) -> tuple[Line, ...]:
    """Every probe, in their order."""
    return tuple(Line(probe, probe.run(environment)) for probe in PROBES)


def count_problems(lines: tuple[Line, ...]) -> int:
    return sum(line.result.state is State.PROBLEM for line in lines)


def probe_python(environment: Environment) -> Result:
    """Whether Python is new enough."""
    found = f"{'.'.join(map(str, environment.python_version))}（{environment.python_folder}）"
    if environment.python_version >= _OLDEST_PYTHON:
        return ok(found)
    return problem(found, f"Python 3.11 以上を入れてから、{_REINSTALL}")


def probe_jukixl(environment: Environment) -> Result:
    """Whether the code that runs is that of the installed distribution."""
    installed = environment.version_of("jukixl")
    if installed is None or installed == __version__:
        return ok(__version__)
    return problem(f"{__version__} が動いていますが、インストールされているのは {installed} です", _REINSTALL)


def probe_parts(environment: Environment) -> Result:
    """Whether all that jukixl is made of is installed; on Windows also what xlwings reaches Excel through."""
    needed = (*environment.needed, *(("pywin32",) if environment.is_windows else ()))
    missing = [name for name in needed if environment.version_of(name) is None]
    if missing:
        return problem(f"{'、'.join(missing)} がありません", _REINSTALL)
    return ok(f"{len(needed)} 個がそろっています")


def probe_xlwings(environment: Environment) -> Result:
    """Whether the installed xlwings is the one that the add-in in Excel was built for: they must be the very same."""
    installed = environment.version_of("xlwings")
    if installed is None:
        if environment.is_windows:
            return problem("xlwings がありません", _REINSTALL)
        return not_applicable("xlwings はありません（Excel を使うときだけ必要です）")
    built_for = _find_xlwings_version(_installed_addin(environment) or find_shipped_addin())
    if built_for == installed:
        return ok(f"{installed}（アドインと同じ版）")
    return problem(
        f"xlwings は {installed}、アドインは {built_for or '不明な版'} 用です",
        f"{_REINSTALL}続けて、{_INSTALL_ADDIN}",
    )


def _find_xlwings_version(addin: Path) -> str | None:
    """The version of xlwings that the VBA of an add-in names; None where it can't be read."""
    if find_spec("pyopenvba") is None:
        return None
    from pyopenvba import ExcelFile, PyOpenVBAError

    try:
        with ExcelFile(addin) as file:
            source = str(file.vba_project().get_module("JukixlPython").source)
    except (OSError, BadZipFile, KeyError, PyOpenVBAError):  # another file of that name
        return None
    found = _XLWINGS_VERSION.search(source)
    return found[1] if found else None


@on_windows
def probe_library(environment: Environment) -> Result:
    """Whether the library through which cells call Python lies where the add-in looks for it: Python's own folder."""
    version = environment.version_of("xlwings")
    names = [f"xlwings{bits}-{version}.dll" for bits in (32, 64)]
    missing = [name for name in names if not (environment.python_folder / name).is_file()]
    if missing:
        return problem(f"{'、'.join(missing)} がありません（{environment.python_folder}）", _REINSTALL)
    return ok("、".join(names))


@on_windows
def probe_addin(environment: Environment) -> Result:
    """Whether Excel will load the add-in, and the one that belongs to this jukixl."""
    installed = _installed_addin(environment)
    if installed is None:
        return problem(f"{environment.xlstart} に {ADDIN_NAME} がありません", _INSTALL_ADDIN)
    if installed.read_bytes() != shipped_addin():
        return problem(f"{installed} はこの版の jukixl のものではありません", _INSTALL_ADDIN)
    return ok(str(installed))


@on_windows
def probe_settings(environment: Environment) -> Result:
    """Whether the add-in will find Python, and this one."""
    settings = environment.config / CONFIG_FILE
    interpreter = read_interpreter(settings)
    if interpreter is None:
        return problem(f"{settings} がないか、Python の場所が書かれていません", _INSTALL_ADDIN)
    if not Path(interpreter).is_file():
        return problem(f"アドインが使う Python がありません（{interpreter}）", _INSTALL_ADDIN)
    if not Path(interpreter).is_relative_to(environment.python_folder):
        return problem(f"アドインは別の Python を使います（{interpreter}）", _INSTALL_ADDIN)
    return ok(interpreter)


@on_windows
def probe_mark(environment: Environment) -> Result:
    """Mark of the Web: Windows notes in a second stream of the file that it came from the internet."""
    installed = _installed_addin(environment)
    if installed is None:
        return not_applicable("アドインがまだありません")
    if _zone_of(installed) < _INTERNET_ZONE:
        return ok("インターネットから来たという印はありません")
    blocked = "。ポリシーがそのようなマクロを止めています" if blocks_downloads(environment) else ""
    advice = f"エクスプローラーで {installed} のプロパティを開き、「許可する」にチェックを入れてください。"
    return problem(f"インターネットから来たという印があります{blocked}", advice)


def _zone_of(path: Path) -> int:
    """The zone in the stream Zone.Identifier, 0 (this computer) where there is none."""
    try:
        text = Path(f"{path}:Zone.Identifier").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    found = re.search(r"^ZoneId=(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0


@on_windows
def probe_office(environment: Environment) -> Result:
    """Whether Excel and Word of the desktop are installed, Excel in a version that the add-in is for."""
    missing = [name for name, file in _OFFICE_FILES.items() if _find_application(environment, file) is None]
    if missing:
        return problem(f"{'と'.join(missing)} が見つかりません", "Office（デスクトップ版）を入れてください。")
    version = _find_excel_version(environment)
    if version is not None and version < _OLDEST_EXCEL:
        return problem(f"Excel の版（{version}.0）が古すぎます", "Office 2016 以降を入れてください。")
    shown = "版は不明" if version is None else f"{version}.0"
    return ok(f"{_find_application(environment, _OFFICE_FILES['Excel'])}（{shown}）")


def _find_excel_version(environment: Environment) -> int | None:
    """The number at the end of `Excel.Application.16`, the name under which Excel answers; 16 since Office 2016."""
    number = str(environment.read_key(_EXCEL_NAME).get("")).rpartition(".")[2]
    return int(number) if number.isdecimal() else None


def _find_application(environment: Environment, file: str) -> Path | None:
    for hive in ("HKLM", "HKCU"):
        value = environment.read_key(rf"{hive}\{_APP_PATHS}\{file}").get("")
        if value and _is_file(path := Path(str(value).strip('"'))):
            return path
    return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder that may not be looked into, such as a share's, has nothing for this user
        return False


def probe_libreoffice(environment: Environment) -> Result:
    """LibreOffice is wanted only where there is no Excel."""
    places = (folder / name for folder in environment.program_folders for name in _LIBREOFFICE_FILES)
    found = next((path for path in places if _is_file(path)), None)
    if found:
        return ok(str(found))
    if _find_application(environment, _OFFICE_FILES["Excel"]):
        return not_applicable("ありません（Excel があるので要りません）")
    return problem(
        "Excel も LibreOffice も見つかりません", "マスターや調査票を開くには、どちらかを入れてください。"
    )


@on_windows
def probe_fonts(environment: Environment) -> Result:
    """Whether the fonts of the handout are installed."""
    missing = [
        name
        for name, file in _FONT_FILES.items()
        if not any(_is_file(folder / file) for folder in environment.font_folders)
    ]
    if missing:
        advice = "［設定］→［オプション機能］で「日本語補助フォント」を追加してください。ないと文字の幅とページの区切りが変わります。"
        return problem(f"{'、'.join(missing)} がありません", advice)
    return ok("、".join(_FONT_FILES))


def probe_network(environment: Environment) -> Result:
    """Python starts slowly from the network, and Excel trusts no start folder there unless it is told to."""
    start = None if trusts_network(environment) else environment.xlstart
    places = (environment.python_folder, environment.config, start)
    remote = [str(place) for place in places if place and environment.is_remote(place)]
    if remote:
        advice = "このコンピューターの中のフォルダーに置けるか、情報システム担当に相談してください。Excel は共有フォルダーのマクロを止めることがあります。"
        return problem(f"ネットワーク上のフォルダーです: {'、'.join(remote)}", advice)
    return ok("動作を妨げる共有フォルダーはありません")


def probe_writing(environment: Environment) -> Result:
    """Whether the user's folder can be written to; tried with a file that goes away at once."""
    folder = next(path for path in (environment.config, *environment.config.parents) if path.exists())
    try:
        with NamedTemporaryFile(dir=folder):
            return ok(str(environment.config))
    except OSError:
        return problem(
            f"{environment.config} に書き込めません", "フォルダーの権限とディスクの空きを確かめてください。"
        )


def _installed_addin(environment: Environment) -> Path | None:
    path = environment.xlstart / ADDIN_NAME if environment.xlstart else None
    return path if path and path.is_file() else None


PROBES = (
    Probe("python", "Python", probe_python),
    Probe("jukixl", "jukixl", probe_jukixl),
    Probe("parts", "部品", probe_parts),
    Probe("xlwings", "xlwings", probe_xlwings),
    Probe("library", "関数のためのライブラリ", probe_library),
    Probe("addin", "アドイン", probe_addin),
    Probe("settings", "アドインの設定ファイル", probe_settings),
    Probe("mark_of_the_web", "アドインの出所の印", probe_mark),
    *POLICY_PROBES,
    Probe("office", "Office", probe_office),
    Probe("libreoffice", "LibreOffice", probe_libreoffice),
    Probe("fonts", "フォント", probe_fonts),
    Probe("network", "フォルダーの場所", probe_network),
    Probe("writing", "書き込みの権限", probe_writing),
)
"""Every line of the diagnosis, in order."""
