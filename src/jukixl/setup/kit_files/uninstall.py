"""Takes out what install.py put in: the add-in, its configuration, and the folder with Python's environment.

Uses nothing but Python's standard library. On Windows itself it has not been run yet.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path


def main() -> int:
    """Uninstall and say so; 0, or 2 where it can't be done."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / ".local" / "share") / "jukixl"
    environment = folder / "venv"
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not environment.exists():
        return finish("jukixl はインストールされていません。何も変えていません。", 0)
    if not python.exists():
        return finish(
            "jukixl のファイルが足りません。install.cmd を実行してから、もう一度実行してください。", 2
        )
    if subprocess.run([python, "-I", "-m", "jukixl", "addin", "uninstall"], check=False).returncode:  # noqa: S603 - the Python that install.py made
        return finish("アドインを外せませんでした。上の説明のとおりにしてから、もう一度実行してください。", 2)
    try:
        shutil.rmtree(environment)
    except OSError:
        return finish(
            f"使用中のファイルがあります。Excel をすべて閉じてから、もう一度実行してください: {environment}",
            2,
        )
    with suppress(OSError):  # something else is in it
        folder.rmdir()
    return finish("jukixl を削除しました。マスターや調査票、審議会資料はそのままです。", 0)


def finish(text: str, exit_code: int) -> int:
    """Show the last line; the exit code."""
    sys.stdout.write(f"{text}\n")
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
