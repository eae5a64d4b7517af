"""支援: the program itself on this computer, and on others."""

from __future__ import annotations

from jukixl.commands.outputs import output_of
from jukixl.commands.registry import Arguments, Outcome, Progress, optional_path_of
from jukixl.setup.doctor import count_problems, diagnose
from jukixl.setup.environment import this_environment
from jukixl.setup.install import find_interpreter, user_folders
from jukixl.setup.install import install as install_addin
from jukixl.setup.install import uninstall as uninstall_addin
from jukixl.setup.shipped import shipped_addin


def install(_arguments: Arguments, _progress: Progress) -> Outcome:
    """addin install."""
    folders = user_folders()
    lines = install_addin(folders, shipped_addin(), find_interpreter())
    return Outcome(lines, {"addin": str(folders.addin), "settings": str(folders.settings)})


def uninstall(_arguments: Arguments, _progress: Progress) -> Outcome:
    """addin uninstall."""
    lines = uninstall_addin(user_folders())
    return Outcome(lines, {"lines": list(lines)})


def doctor(_arguments: Arguments, _progress: Progress) -> Outcome:
    """診断."""
    lines = diagnose(this_environment())
    problems = count_problems(lines)
    summary = f"× は {problems} 件です。矢印の右のとおりにしてください。" if problems else "× はありません。"
    data = {"problems": problems, "probes": [line.to_json() for line in lines]}
    return Outcome((*map(str, lines), summary), data, int(problems > 0))


def kit(arguments: Arguments, _progress: Progress) -> Outcome:
    """kit."""
    from jukixl.setup.kit import THIS_COMPUTER, WINDOWS, Target, make_kit

    python = arguments.get("python")
    target = Target(str(python)) if python else WINDOWS
    if arguments.get("this_computer"):
        target = THIS_COMPUTER
    path = output_of(arguments, "out", ".zip")
    wheels = make_kit(path, target, optional_path_of(arguments, "wheel"))
    lines = (
        f"Python {target.python} 用のキットを作成しました: {path}（部品 {len(wheels)} 個）",
        "相手のコンピューターで展開し、手順書.html のとおりに install.cmd を実行してください。",
    )
    return Outcome(lines, {"kit": str(path), "python": target.python, "wheels": wheels})


def version(_arguments: Arguments, _progress: Progress) -> Outcome:
    """版."""
    import platform
    import sys

    from jukixl import __version__
    from jukixl.setup.environment import find_version

    versions = {
        "jukixl": __version__,
        "python": platform.python_version(),
        "xlwings": find_version("xlwings"),
        "platform": platform.platform(),
    }
    lines = (
        f"jukixl {__version__}",
        f"Python {versions['python']}（{sys.prefix}）",
        f"xlwings {versions['xlwings'] or 'なし'}",
        f"{versions['platform']}",
    )
    return Outcome(lines, versions)
