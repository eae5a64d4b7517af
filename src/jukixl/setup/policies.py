r"""Probes of what the office's administrators may have forbidden: Group Policy, Defender, Excel's own list of disabled files.

Policies are values below `Software\Policies\Microsoft\Office\16.0` (Office 2016 and later), for the user or the computer;
their names are those of Microsoft's administrative templates for Office.
"""

from __future__ import annotations

from jukixl.setup.environment import Environment
from jukixl.setup.probe import Probe, Result, ok, on_windows, problem
from jukixl.setup.shipped import ADDIN_NAME

_POLICIES = r"Software\Policies\Microsoft\Office\16.0"
_SETTINGS = r"Software\Microsoft\Office\16.0"
_SECURITY = r"Excel\Security"
_LOCATIONS = r"Excel\Security\Trusted Locations"
_TOOLBARS = (r"Common\Toolbars\Excel", r"Common\Toolbars")
_DISABLED = rf"HKCU\{_SETTINGS}\Excel\Resiliency\DisabledItems"
_RULES = r"Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
_NO_CHILD_PROCESSES = (
    "{d4f940ab-401b-4efc-aadc-ad5f3c50688a}"  # 'Block all Office applications from creating child processes'
)
_BLOCKS = "1"
_ENABLE_ALL = 1  # VBAWarnings: 1 enables all macros, 2 asks, 3 wants a signature, 4 disables all

_ASK_ADMINISTRATOR = (
    "情報システム担当に、この設定の変更を相談してください。"
    "変えられないときも、同じことをコマンド（jukixl --help）でできます。"
)


def find_setting(environment: Environment, key: str, name: str, *, policy_only: bool = False) -> object:
    """A setting of Office by its key below `…\\Office\\16.0`; a policy goes before the user's choice. None: not set."""
    roots = [rf"HKCU\{_POLICIES}", rf"HKLM\{_POLICIES}"]
    if not policy_only:
        roots.append(rf"HKCU\{_SETTINGS}")
    for root in roots:
        value = environment.read_key(rf"{root}\{key}").get(name.lower())
        if value is not None:
            return value
    return None


def _is_on(environment: Environment, key: str, name: str) -> bool:
    return find_setting(environment, key, name) == 1


@on_windows
def probe_macros(environment: Environment) -> Result:
    """XLSTART is a trusted location: the level of macro warnings counts only where such locations are switched off."""
    if find_setting(environment, "Common", "VBAOff") == 1:
        return problem("VBA がポリシーで無効です（VBAOff）", _ASK_ADMINISTRATOR)
    level = find_setting(environment, _SECURITY, "VBAWarnings")
    trusts_locations = not _is_on(environment, _LOCATIONS, "AllLocationsDisabled")
    if trusts_locations or level == _ENABLE_ALL:
        return ok(
            f"マクロを実行できます（VBAWarnings={_shown(level)}、信頼できる場所は{'有効' if trusts_locations else '無効'}）"
        )
    return problem(
        f"信頼できる場所が無効です（AllLocationsDisabled=1、VBAWarnings={_shown(level)}）", _ASK_ADMINISTRATOR
    )


@on_windows
def probe_addins(environment: Environment) -> Result:
    """Whether Excel may load add-ins, unsigned ones too."""
    if _is_on(environment, _SECURITY, "DisableAllAddins"):
        return problem("すべてのアドインが無効です（DisableAllAddins）", _ASK_ADMINISTRATOR)
    if _is_on(environment, _SECURITY, "RequireAddinSig"):
        return problem("署名のないアドインが無効です（RequireAddinSig）", _ASK_ADMINISTRATOR)
    return ok("アドインを禁じる設定はありません")


@on_windows
def probe_ribbon(environment: Environment) -> Result:
    """Whether a file may add a tab to the ribbon."""
    name = "NoExtensibilityCustomizationFromDocument"
    if any(_is_on(environment, key, name) for key in _TOOLBARS):
        return problem(f"リボンのタブの追加が禁じられています（{name}）", _ASK_ADMINISTRATOR)
    return ok("リボンのタブの追加を禁じる設定はありません")


@on_windows
def probe_child_processes(environment: Environment) -> Result:
    """Whether Defender lets Excel start Python."""
    for root in (r"HKLM\SOFTWARE\Policies", r"HKLM\SOFTWARE"):
        if str(environment.read_key(rf"{root}\{_RULES}").get(_NO_CHILD_PROCESSES)) == _BLOCKS:
            return problem(
                "Excel から Python を起動することを Windows Defender が禁じています（ASR 規則）",
                _ASK_ADMINISTRATOR,
            )
    return ok("Excel から Python を起動することを禁じる設定はありません")


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
    return _is_on(environment, _SECURITY, "BlockContentExecutionFromInternet")


def _shown(level: object) -> str:
    return "未設定" if level is None else str(level)


POLICY_PROBES = (
    Probe("macros", "マクロの設定", probe_macros),
    Probe("addins", "アドインの設定", probe_addins),
    Probe("ribbon", "リボンの設定", probe_ribbon),
    Probe("child_processes", "Python の起動", probe_child_processes),
    Probe("disabled_items", "使用できないアイテム", probe_disabled_items),
)
