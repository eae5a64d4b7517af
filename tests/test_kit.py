"""The kit installs from its own wheels, without network; for Windows its wheels are complete.

The counterpart for this computer is installed for real. Its .cmd files can't run here: what they hand over to is run.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from email.parser import HeaderParser
from pathlib import Path
from shutil import which

import pytest
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename
from uv import find_uv_bin

from jukixl.errors import InputError, JukixlError
from jukixl.setup import kit as packing
from jukixl.setup.kit import PYTHONS, THIS_COMPUTER, Target, make_kit
from jukixl.setup.shipped import shipped_addin

ROOT = Path(__file__).parents[1]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def require_index(folder: Path) -> None:
    """Skip where pip reaches no package index; in CI that is a failure."""
    asked = [*PIP, "download", "--no-deps", f"--dest={folder}", "et-xmlfile"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = f"pip reaches no package index: {done.stderr.strip()[-200:]}"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """jukixl's own, as released."""
    require_index(tmp_path_factory.mktemp("index"))
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([*PIP, "wheel", "--quiet", "--no-deps", f"--wheel-dir={folder}", str(ROOT)], check=True)
    return next(folder.glob("jukixl-*.whl"))


@pytest.fixture(scope="module")
def kits(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A kit for each Python on Windows, unpacked."""
    folder = tmp_path_factory.mktemp("kits")
    for python in PYTHONS:
        make_kit(folder / f"{python}.zip", Target(python), wheel)
        unpack(folder / f"{python}.zip", folder / python)
    return {python: folder / python for python in PYTHONS}


@pytest.fixture(scope="module")
def own_kit(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kit for this computer, unpacked."""
    folder = tmp_path_factory.mktemp("own kit") / "キット"
    make_kit(folder.with_suffix(".zip"), THIS_COMPUTER, wheel)
    return unpack(folder.with_suffix(".zip"), folder)


def unpack(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as package:
        package.extractall(folder)
    return folder


def requirements_of(wheel: Path) -> list[Requirement]:
    with zipfile.ZipFile(wheel) as package:
        name = next(name for name in package.namelist() if name.endswith(".dist-info/METADATA"))
        headers = HeaderParser().parsestr(package.read(name).decode())
    return [Requirement(line) for line in headers.get_all("Requires-Dist") or []]


def windows_tags(python: str) -> set[Tag]:
    """What CPython of this version on 64-bit Windows can install, by the specification of platform tags."""
    version = tuple(map(int, python.split(".")))
    platforms = ["win_amd64"]
    return {*cpython_tags(version, platforms=platforms), *compatible_tags(version, platforms=platforms)}


@pytest.mark.parametrize("python", PYTHONS)
def test_every_wheel_fits_windows_and_all_that_each_needs_there_is_in_the_kit(
    kits: Mapping[str, Path], python: str
) -> None:
    wheels = {}
    for path in (kits[python] / "wheels").iterdir():
        name, version, _, tags = parse_wheel_filename(path.name)
        assert tags & windows_tags(python), path.name
        wheels[name] = version, path
    there = {
        "sys_platform": "win32",
        "platform_system": "Windows",
        "os_name": "nt",
        "platform_machine": "AMD64",
    }
    there |= {"python_version": python, "python_full_version": f"{python}.0"}
    needed = 0
    for name, (_, path) in wheels.items():
        for requirement in requirements_of(path):
            extra = {"extra": "addin" if name == "jukixl" else ""}
            if requirement.marker is None or requirement.marker.evaluate({**there, **extra}):
                version = wheels[canonicalize_name(requirement.name)][0]
                assert requirement.specifier.contains(version), (
                    f"{name} needs {requirement}, the kit has {version}"
                )
                needed += 1
    assert needed >= len(wheels) - 1
    assert "pywin32" in wheels, "xlwings needs it, on Windows only"


@pytest.mark.parametrize("python", PYTHONS)
def test_another_resolver_finds_for_windows_just_what_is_in_the_kit(
    kits: Mapping[str, Path], python: str, tmp_path: Path
) -> None:
    """uv answers the conditions of requirements as Windows does, wherever it runs."""
    wheels = kits[python] / "wheels"
    asked = ["pip", "compile", "--no-config", "--no-index", f"--find-links={wheels}", "--only-binary=:all:"]
    asked += ["--python-platform=x86_64-pc-windows-msvc", f"--python-version={python}", "--no-header"]
    asked += ["--no-annotate", f"--cache-dir={tmp_path}", "--quiet", "-"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))}
    done = subprocess.run(
        [find_uv_bin(), *asked],
        input="jukixl[addin,release]",
        capture_output=True,
        text=True,
        env=clean,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    chosen = {line.strip() for line in done.stdout.splitlines()}
    there = [parse_wheel_filename(path.name)[:2] for path in wheels.iterdir()]
    assert chosen == {f"{name}=={version}" for name, version in there}


def test_the_kit_holds_addin_template_instructions_and_checksums(kits: Mapping[str, Path]) -> None:
    kit = kits["3.11"]
    assert (kit / "jukixl.xlam").read_bytes() == shipped_addin()
    template = ROOT / "word_templates" / "juki.docx"
    assert (kit / "word_templates" / "juki.docx").read_bytes() == template.read_bytes()
    assert "install.cmd" in (kit / "手順書.html").read_text(encoding="utf-8")
    listed = dict(
        reversed(line.split("  ")) for line in (kit / "files" / "sha256.txt").read_text().splitlines()
    )
    found = {
        str(path.relative_to(kit).as_posix()): path.read_bytes() for path in kit.rglob("*") if path.is_file()
    }
    del found["files/sha256.txt"]
    assert listed == {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}


@pytest.mark.parametrize("python", PYTHONS)
def test_command_files_are_ascii_with_crlf_for_the_python_of_the_kit(
    kits: Mapping[str, Path], python: str
) -> None:
    """cmd.exe reads them in the console's code page and looks for labels line by line."""
    for name in ("install.cmd", "uninstall.cmd", "doctor.cmd"):
        data = (kits[python] / name).read_bytes()
        assert data.isascii()
        assert data.count(b"\n") == data.count(b"\r\n") == len(data.splitlines())
        assert b"${" not in data
    assert f"py -{python} ".encode() in (kits[python] / "install.cmd").read_bytes()
    assert f"Python {python}（64ビット）" in (kits[python] / "files" / "no_python.txt").read_text(
        encoding="utf-8"
    )
    for command, script in (("install.cmd", "install.py"), ("uninstall.cmd", "uninstall.py")):
        assert f'"%~dp0files\\{script}"'.encode() in (kits[python] / command).read_bytes()
        assert (kits[python] / "files" / script).is_file()


def test_the_same_inputs_give_the_same_kit(wheel: Path, own_kit: Path, tmp_path: Path) -> None:
    make_kit(tmp_path / "again.zip", THIS_COMPUTER, wheel)
    assert (tmp_path / "again.zip").read_bytes() == own_kit.with_suffix(".zip").read_bytes()


def test_without_a_wheel_jukixl_is_built_from_its_sources_to_the_same_bytes(
    own_kit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An installed jukixl doesn't know where its sources were; here they are the tree that the tests stand in.
    monkeypatch.setattr(packing, "_SOURCE_TREE", ROOT)
    make_kit(tmp_path / "built.zip", THIS_COMPUTER)
    assert (tmp_path / "built.zip").read_bytes() == own_kit.with_suffix(".zip").read_bytes()


class Offline:
    """A user of this computer who has nothing yet and no network; runs the kit's scripts and what they install."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.local, self.roaming = home / "Local", home / "Roaming"
        cut = ["unshare", "--map-root-user", "--net"]  # a network of its own, without a way out
        tried = (
            which("unshare")
            and subprocess.run([*cut, "true"], capture_output=True, check=False).returncode == 0
        )
        self.prefix = cut if tried else []
        self.local.mkdir(parents=True)
        self.roaming.mkdir()

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Nothing of this process's environment but where programs are; pip's caches and settings are out of reach."""
        environment = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        environment |= {"LOCALAPPDATA": str(self.local), "APPDATA": str(self.roaming), "HOME": str(self.home)}
        environment |= {"PIP_CONFIG_FILE": os.devnull, "PYTHONUTF8": "1"}
        environment |= dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")  # nobody listens
        return subprocess.run(
            [*self.prefix, *command],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=environment,
            check=False,
        )

    def jukixl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        scripts = self.local / "jukixl" / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
        return self.run(scripts / "jukixl", *arguments)

    def everything(self) -> set[Path]:
        return {path for root in (self.local, self.roaming) for path in root.rglob("*")}


@pytest.fixture(scope="module")
def user(own_kit: Path, tmp_path_factory: pytest.TempPathFactory) -> Offline:
    """A user who ran the kit's installation."""
    user = Offline(tmp_path_factory.mktemp("user") / "職員")
    done = user.run(sys.executable, "-I", own_kit / "files" / "install.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "インストールが終わりました。Excel を開き直してください。"
    return user


def test_the_kit_installs_from_its_own_wheels_without_a_network(user: Offline) -> None:
    done = user.jukixl("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("jukixl ")
    addin = user.roaming / "Microsoft" / "Excel" / "XLSTART" / "jukixl.xlam"
    assert addin.read_bytes() == shipped_addin()


def test_what_the_kit_installed_diagnoses_itself(user: Offline) -> None:
    done = user.jukixl("doctor", "--json")
    probes = {probe["id"]: probe for probe in json.loads(done.stdout)["probes"]}
    for name in ("python", "jukixl", "xlwings", "network", "writing"):
        assert probes[name]["state"] == "ok", probes[name]
    assert done.returncode == int(any(probe["state"] == "problem" for probe in probes.values()))


def test_what_the_kit_installed_does_the_whole_job(user: Offline, tmp_path: Path) -> None:
    done = user.jukixl("demo", str(tmp_path / "体験"))
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "体験" / "審議会資料.docx").is_file()


def test_the_kit_repairs_what_is_damaged(user: Offline, own_kit: Path) -> None:
    venv = user.local / "jukixl" / "venv"
    code = next(venv.rglob("site-packages/jukixl/cli.py"))
    code.unlink()
    assert user.jukixl("--version").returncode != 0
    done = user.run(sys.executable, "-I", own_kit / "files" / "install.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert user.jukixl("--version").returncode == 0


def test_uninstalling_leaves_nothing(own_kit: Path, tmp_path: Path) -> None:
    user = Offline(tmp_path / "user")
    other = user.roaming / "another program"
    other.mkdir()
    assert user.run(sys.executable, "-I", own_kit / "files" / "install.py").returncode == 0
    done = user.run(sys.executable, "-I", own_kit / "files" / "uninstall.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert user.everything() == {other}
    again = user.run(sys.executable, "-I", own_kit / "files" / "uninstall.py")
    assert (again.returncode, again.stdout) == (
        0,
        "jukixl はインストールされていません。何も変えていません。\n",
    )


def test_a_kit_that_lacks_a_wheel_says_that_it_could_not_install(own_kit: Path, tmp_path: Path) -> None:
    kit = unpack(own_kit.with_suffix(".zip"), tmp_path / "kit")
    next((kit / "wheels").glob("lxml-*")).unlink()
    done = Offline(tmp_path / "user").run(sys.executable, "-I", kit / "files" / "install.py")
    assert done.returncode == 2
    assert "インストールできませんでした" in done.stdout


def test_a_wheel_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"wheel（\.whl）を指定してください"):
        make_kit(tmp_path / "kit.zip", wheel=ROOT / "pyproject.toml")


def test_a_python_that_no_kit_is_made_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Python 3\.9 用は作れません"):
        make_kit(tmp_path / "kit.zip", Target("3.9"))


def test_without_what_packs_a_kit_the_message_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "find_spec", lambda name: None if name == "packaging" else name)
    with pytest.raises(JukixlError, match="packaging がないため、キットを作れません"):
        make_kit(tmp_path / "kit.zip")


def test_without_an_index_the_reason_is_shown_and_no_kit_is_left(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("PIP_NO_INDEX", "1"),
        ("PIP_CONFIG_FILE", os.devnull),
        ("PIP_FIND_LINKS", str(tmp_path)),
    ):
        monkeypatch.setenv(name, value)
    with pytest.raises(JukixlError, match=r"必要な部品を集められません.*No matching distribution"):
        make_kit(tmp_path / "kit.zip", wheel=wheel)
    assert list(tmp_path.iterdir()) == []
