"""Installs jukixl from the kit that this file lies in: into the user's own folder, from the kit's wheels only.

Needs no administrator rights and no internet. Run again, it repairs or replaces what is there. Uses nothing but
Python's standard library. On Windows itself it has not been run yet.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

_WHEELS = Path(__file__).resolve().parents[1] / "wheels"
_STORE = "windowsapps"


def main() -> int:
    """Install and say so; 0, or 2 where it can't be done."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    problem = find_problem()
    if problem:
        return fail(problem)
    folder = find_folder() / "venv"
    say("jukixl をインストールしています。数分かかることがあります。")
    try:
        python = make_environment(folder)
        install_wheels(python)
    except (OSError, subprocess.CalledProcessError) as error:
        return fail(
            f"インストールできませんでした（{type(error).__name__}）。Excel をすべて閉じてから、もう一度実行してください。"
        )
    if run(python, "-m", "jukixl", "addin", "install"):
        return fail(
            "Excel のアドインをインストールできませんでした。上の説明のとおりにしてから、もう一度実行してください。"
        )
    run(python, "-m", "jukixl", "doctor")  # shows what is left to do; that is no failure of the installation
    say("インストールが終わりました。Excel を開き直してください。")
    return 0


def find_problem() -> str | None:
    """Why this Python can't be used; None where it can."""
    if sys.maxsize < 2**32:
        return "Python が 32 ビット版です。64 ビット版の Python を入れてから、もう一度実行してください。"
    if _STORE in sys.base_prefix.lower():  # its writes to %LOCALAPPDATA% go where Excel can't see them
        return "Microsoft Store の Python は使えません。python.org の Python を入れてから、もう一度実行してください。"
    return None


def find_folder() -> Path:
    """Where jukixl goes: a folder of this user and this computer."""
    return Path(os.environ.get("LOCALAPPDATA") or Path.home() / ".local" / "share") / "jukixl"


def make_environment(folder: Path) -> Path:
    """Make a virtual environment, or renew the one there; its Python."""
    marker = folder / f".python-{sys.version_info.major}.{sys.version_info.minor}"
    venv.EnvBuilder(with_pip=True, clear=folder.exists() and not marker.exists()).create(folder)
    marker.touch()
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def install_wheels(python: Path) -> None:
    """Install jukixl and all that it needs. CalledProcessError where a wheel is missing or a file is in use."""
    pip = ("-m", "pip", "--isolated", "--disable-pip-version-check", "--quiet", "install", "--no-index")
    wheels = (f"--find-links={_WHEELS}", "--force-reinstall", "--no-warn-script-location")
    subprocess.run([python, "-I", *pip, *wheels, "jukixl[addin,release]"], check=True)  # noqa: S603 - the Python just made


def run(python: Path, *arguments: str) -> int:
    """Run the installed jukixl on this console; its exit code."""
    return subprocess.run([python, "-I", *arguments], check=False).returncode  # noqa: S603 - the Python just made


def say(text: str) -> None:
    """Show a line at once, before what a started program shows."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fail(text: str) -> int:
    """Show what is wrong; the exit code for it."""
    say(text)
    return 2


if __name__ == "__main__":
    sys.exit(main())
