"""Packs one zip from which a computer without internet, and a user without administrator rights, installs jukixl.

The same inputs give the same bytes. Making it needs pip and a package index; installing from it needs neither.
Its .cmd files have been run on no Windows yet: see docs/excel-checklist.md. All they do but find Python is done by
`kit_files/install.py` and `uninstall.py`, which the tests run.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from jukixl.errors import InputError, JukixlError, Place, Problem
from jukixl.setup.shipped import ADDIN_NAME, shipped_addin
from jukixl.workbook.package import stored_zip, write_atomic

PYTHONS = ("3.11", "3.12", "3.13")
_WANTED = "jukixl[addin,release]"
_TOOLS = ("pip", "packaging")
_TEMPLATES = "word_templates"
_SOURCE_TREE = Path(__file__).parents[3]
_PACKAGE = Path(__file__).parents[1]
_ROOT_FILES = ("install.cmd", "uninstall.cmd", "doctor.cmd", "手順書.html")
_INNER_FILES = ("install.py", "uninstall.py", "no_python.txt")
_CHECKSUMS = "files/sha256.txt"


@dataclass(frozen=True)
class Target:
    """The computer that the kit is for: its Python and, where `platform` is None, this computer's own system."""

    python: str = PYTHONS[0]
    platform: str | None = "win_amd64"

    def options(self) -> list[str]:
        """What pip must know to choose files for this target."""
        if self.platform is None:
            return ["--only-binary=:all:"]
        return [
            "--only-binary=:all:",
            f"--platform={self.platform}",
            f"--python-version={self.python}",
            "--implementation=cp",
        ]

    def answers(self) -> Mapping[str, str]:
        """Its answers to the conditions of requirements, so far as they aren't this computer's."""
        from jukixl.setup.requirements import windows_answers

        return windows_answers(self.python) if self.platform else {}


WINDOWS = Target()
THIS_COMPUTER = Target(f"{sys.version_info.major}.{sys.version_info.minor}", None)


def make_kit(out: Path, target: Target = WINDOWS, wheel: Path | None = None) -> list[str]:
    """Write the kit; the names of its wheels. `wheel`: jukixl's own, built from the sources where it isn't given.

    InputError where a file or the Python asked for isn't there, JukixlError where pip can't get what is needed.
    """
    if target.platform and target.python not in PYTHONS:
        raise InputError(
            f"Python {target.python} 用は作れません。{'、'.join(PYTHONS)} のどれかを指定してください。"
        )
    missing = [name for name in _TOOLS if find_spec(name) is None]
    if missing:
        raise JukixlError(
            f"{'と'.join(missing)} がないため、キットを作れません。"
            f"{'と'.join(_TOOLS)}の入った Python で実行してください。"
        )
    with TemporaryDirectory() as work:
        own = _own_wheel(wheel, Path(work, "own"))
        wheels = _download(own, target, Path(work, "wheels"))
    parts = {f"wheels/{name}": data for name, data in wheels.items()} | dict(_iter_files(target.python))
    write_atomic(out, stored_zip(sorted((parts | {_CHECKSUMS: _render_checksums(parts)}).items())))
    return sorted(wheels)


def _own_wheel(wheel: Path | None, folder: Path) -> Path:
    if wheel is not None:
        if not wheel.is_file() or wheel.suffix != ".whl":
            raise InputError(Problem("jukixl の wheel（.whl）を指定してください。", Place(file=str(wheel))))
        return wheel.resolve()
    if not (_SOURCE_TREE / "pyproject.toml").is_file():
        raise InputError(
            "jukixl のソースがここにないため、--wheel で jukixl の wheel（.whl）を指定してください。"
        )
    _run_pip("wheel", "--no-deps", f"--wheel-dir={folder}", str(_SOURCE_TREE))
    return next(folder.glob("jukixl-*.whl"))


def _download(own: Path, target: Target, folder: Path) -> Mapping[str, bytes]:
    """Name → content of jukixl's wheel and of all that it needs there, with the add-in.

    What pip didn't see to be needed is asked for by name, until nothing is lacking.
    """
    from jukixl.setup.requirements import find_needs

    wanted = [f"{_WANTED} @ {own.as_uri()}"]
    for number in count(1):
        place = folder / str(number)
        _run_pip("download", f"--dest={place}", *target.options(), *wanted)
        needs = find_needs(place.iterdir(), _WANTED, target.answers())
        lacking = sorted(needs.lacking - {*wanted})
        if not lacking:
            break
        wanted += lacking
    if needs.lacking:
        raise JukixlError(f"キットに入れる部品が決まりません: {'、'.join(sorted(needs.lacking))}")
    return {path.name: path.read_bytes() for path in needs.wheels}


def _run_pip(*arguments: str) -> None:
    pip = [sys.executable, "-I", "-m", "pip"]
    options = ("--quiet", "--disable-pip-version-check", "--no-input")
    done = subprocess.run(  # noqa: S603 - this Python's own pip, arguments from here
        [*pip, *arguments, *options], capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        reasons = [line for line in said if line.startswith("ERROR: ") and line != "ERROR: Exception:"]
        raise JukixlError(
            "必要な部品を集められません。インターネットにつながるコンピューターで実行してください。"
            f"pip のメッセージ: {' '.join(reasons or said[-1:])}"
        )


def _iter_files(python: str) -> Iterator[tuple[str, bytes]]:
    """All that isn't a wheel, by its name in the kit."""
    for name in _ROOT_FILES:
        yield name, _render_file(name, python)
    for name in _INNER_FILES:
        yield f"files/{name}", _render_file(name, python)
    yield ADDIN_NAME, shipped_addin()
    folder = next(path for root in (_PACKAGE, _SOURCE_TREE) if (path := root / _TEMPLATES).is_dir())
    for path in folder.glob("*.docx"):
        yield f"{_TEMPLATES}/{path.name}", path.read_bytes()


def _render_file(name: str, python: str) -> bytes:
    """One of the texts of `kit_files` for this Python; Windows' command interpreter wants CRLF."""
    text = (
        (files("jukixl.setup") / "kit_files" / name).read_text(encoding="utf-8").replace("${PYTHON}", python)
    )
    return text.replace("\n", "\r\n").encode("ascii" if name.endswith(".cmd") else "utf-8")


def _render_checksums(parts: Mapping[str, bytes]) -> bytes:
    lines = (f"{sha256(parts[name]).hexdigest()}  {name}\n" for name in sorted(parts))
    return "".join(lines).encode()
