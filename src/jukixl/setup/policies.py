r"""Probes of what the office's administrators may have forbidden: Group Policy, Defender, Excel's own list of disabled files.

Policies are values below `Software\Policies\Microsoft\Office\16.0` (Office 2016 and later), for the user or the computer,
or below `…\Cloud\Office\16.0` where Microsoft 365 brings them; their names are those of Microsoft's administrative
templates for Office.
"""

from __future__ import annotations

import os
import re

from jukixl.setup.environment import Environment
from jukixl.setup.probe import Probe, Result, ok, on_windows, problem
from jukixl.setup.shipped import ADDIN_NAME

_POLICIES = r"Software\Policies\Microsoft\Office\16.0"
_CLOUD_POLICIES = r"HKCU\Software\Policies\Microsoft\Cloud\Office\16.0"
_SETTINGS = r"Software\Microsoft\Office\16.0"
_SECURITY = r"Excel\Security"
_LOCATIONS = r"Excel\Security\Trusted Locations"
_ALL_LOCATIONS = r"Common\Security\Trusted Locations"
_TOOLBARS = (r"Common\Toolbars\Excel", r"Common\Toolbars")
_DISABLED = rf"HKCU\{_SETTINGS}\Excel\Resiliency\DisabledItems"
_DEFENDER = r"Microsoft\Windows Defender"
_RULES = rf"{_DEFENDER}\Windows Defender Exploit Guard\ASR\Rules"
_MANAGED_RULES = rf"HKLM\SOFTWARE\Policies\{_DEFENDER}\Policy Manager"  # one text: id=1|id=2
# As Microsoft's list of the rules for attack surface reduction gives them.
_NO_CHILD_PROCESSES = (
    "d4f940ab-401b-4efc-aadc-ad5f3c50688a"  # 'Block all Office applications from creating child processes'
)
_NO_WIN32_CALLS = "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b"  # 'Block Win32 API calls from Office macros'
_BLOCKS = "1"
_LOCATIONS_AT_MOST = 21  # Location0 to Location20: what the template offers
_ENABLE_ALL = 1  # VBAWarnings: 1 enables all macros, 2 asks, 3 wants a signature, 4 disables all

_ASK_ADMINISTRATOR = (
    "情報システム担当に、この設定の変更を相談してください。"
    "変えられないときも、同じことをコマンド（jukixl --help）でできます。"
)


def find_setting(environment: Environment, key: str, name: str) -> object:
    """A setting of Office by its key below `…\\Office\\16.0`; a policy goes before the user's choice. None: not set."""
    for root in (_CLOUD_POLICIES, rf"HKCU\{_POLICIES}", rf"HKLM\{_POLICIES}", rf"HKCU\{_SETTINGS}"):
        value = environment.read_key(rf"{root}\{key}").get(name.lower())
        if value is not None:
            return value
    return None


def is_on(environment: Environment, key: str, name: str) -> bool:
    """Whether a setting is 1."""
    return find_setting(environment, key, name) == 1


def trusts_network(environment: Environment) -> bool:
    """Whether Excel trusts a start folder that lies on the network."""
    return is_on(environment, _LOCATIONS, "AllowNetworkLocations")


@on_windows
def probe_macros(environment: Environment) -> Result:
    """XLSTART is a trusted location: the level of macro warnings counts only where such locations are switched off."""
    if find_setting(environment, "Common", "VBAOff") == 1:
        return problem("VBA がポリシーで無効です（VBAOff）", _ASK_ADMINISTRATOR)
    level = find_setting(environment, _SECURITY, "VBAWarnings")
    distrust = _find_distrust(environment)
    if distrust is None or level == _ENABLE_ALL:
        state = f"無効（{distrust}）" if distrust else "有効"
        return ok(f"マクロを実行できます（VBAWarnings={_shown(level)}、信頼できる場所は{state}）")
    return problem(f"信頼できる場所が無効です（{distrust}、VBAWarnings={_shown(level)}）", _ASK_ADMINISTRATOR)


def _find_distrust(environment: Environment) -> str | None:
    """The setting for which Excel doesn't trust the user's start folder; None where it does."""
    if is_on(environment, _LOCATIONS, "AllLocationsDisabled"):
        return "AllLocationsDisabled=1"
    # The start folder is the user's own location. Where only those of policy count, a policy may name it as well.
    if find_setting(environment, _ALL_LOCATIONS, "Allow User Locations") == 0:
        named = any(_names_xlstart(environment, number) for number in range(_LOCATIONS_AT_MOST))
        return None if named else "Allow User Locations=0"
    return None


def _names_xlstart(environment: Environment, number: int) -> bool:
    """Whether a trusted location of policy is the start folder or, with its subfolders, one above it."""
    values = environment.read_key(rf"HKCU\{_POLICIES}\{_LOCATIONS}\Location{number}")
    wanted, found = _folded(environment.xlstart), _folded(values.get("path"))
    with_subfolders = values.get("allowsubfolders") == 1
    return bool(found) and (wanted == found or (with_subfolders and wanted.startswith(f"{found}/")))


def _folded(path: object) -> str:
    """A path of Windows for comparison, variables filled in."""
    text = os.path.expandvars(re.sub("%(.*?)%", r"${\1}", str(path or "")))
    return text.replace("\\", "/").rstrip("/").lower()


@on_windows
def probe_addins(environment: Environment) -> Result:
    """Whether Excel may load add-ins, unsigned ones too."""
    if is_on(environment, _SECURITY, "DisableAllAddins"):
        return problem("すべてのアドインが無効です（DisableAllAddins）", _ASK_ADMINISTRATOR)
    if is_on(environment, _SECURITY, "RequireAddinSig"):
        return problem("署名のないアドインが無効です（RequireAddinSig）", _ASK_ADMINISTRATOR)
    return ok("アドインを禁じる設定はありません")


@on_windows
def probe_ribbon(environment: Environment) -> Result:
    """Whether a file may add a tab to the ribbon."""
    name = "NoExtensibilityCustomizationFromDocument"
    if any(is_on(environment, key, name) for key in _TOOLBARS):
        return problem(f"リボンのタブの追加が禁じられています（{name}）", _ASK_ADMINISTRATOR)
    return ok("リボンのタブの追加を禁じる設定はありません")


@on_windows
def probe_child_processes(environment: Environment) -> Result:
    """Whether Defender lets Excel start Python."""
    if _is_blocked(environment, _NO_CHILD_PROCESSES):
        found = "Excel から Python を起動することを Windows Defender が禁じています（ASR 規則）"
        return problem(found, _ASK_ADMINISTRATOR)
    return ok("Excel から Python を起動することを禁じる設定はありません")


@on_windows
def probe_win32_calls(environment: Environment) -> Result:
    """Whether Defender lets a macro call a library: the add-in's functions reach Python through one."""
    if _is_blocked(environment, _NO_WIN32_CALLS):
        found = "マクロからライブラリを呼ぶことを Windows Defender が禁じています（ASR 規則）"
        return problem(found, _ASK_ADMINISTRATOR)
    return ok("マクロからライブラリを呼ぶことを禁じる設定はありません")


def _is_blocked(environment: Environment, rule: str) -> bool:
    """Whether a rule of Defender blocks (not only audits or warns), set by Group Policy, on this computer, or from afar."""
    for root in (r"HKLM\SOFTWARE\Policies", r"HKLM\SOFTWARE"):
        rules = environment.read_key(rf"{root}\{_RULES}")
        if any(str(state) == _BLOCKS for name, state in rules.items() if name.strip("{}") == rule):
            return True
    managed = str(environment.read_key(_MANAGED_RULES).get("asrrules", "")).lower()
    return f"{rule}={_BLOCKS}" in re.sub("[{}]", "", managed).split("|")


@on_windows
def probe_disabled_items(environment: Environment) -> Result:
    """Whether Excel gave up on the add-in after a crash: it keeps the paths of such files, in UTF-16."""
    paths = [
        value.decode("utf-16-le", "ignore")
        for value in environment.read_key(_DISABLED).values()
        if isinstance(value, bytes)
    ]
    if any(ADDIN_NAME in path.lower() for path in paths):
        advice = "Excel の［ファイル］→［オプション］→［アドイン］→［管理: 使用できないアイテム］→［設定］で jukixl.xlam を有効にしてください。"
        return problem("Excel が jukixl.xlam を使用できないアイテムにしています", advice)
    return ok("Excel に止められていません")


def blocks_downloads(environment: Environment) -> bool:
    """Whether macros of files from the internet are blocked by policy, whatever the user answers."""
    return is_on(environment, _SECURITY, "BlockContentExecutionFromInternet")


def _shown(level: object) -> str:
    return "未設定" if level is None else str(level)


POLICY_PROBES = (
    Probe("macros", "マクロの設定", probe_macros),
    Probe("addins", "アドインの設定", probe_addins),
    Probe("ribbon", "リボンの設定", probe_ribbon),
    Probe("child_processes", "Python の起動", probe_child_processes),
    Probe("win32_calls", "関数からの呼び出し", probe_win32_calls),
    Probe("disabled_items", "使用できないアイテム", probe_disabled_items),
)
