"""What wheels need on another computer follows the conditions of their requirements, read as it would read them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from jukixl.setup.requirements import find_needs, windows_answers

WINDOWS = windows_answers("3.11")


def make_wheel(folder: Path, name: str, *requires: str, version: str = "1.0") -> Path:
    path = folder / f"{name}-{version}-py3-none-any.whl"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {one}" for one in requires]
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(f"{name}-{version}.dist-info/METADATA", "\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("condition", "is_needed"),
    [
        ('platform_system == "Windows"', True),
        ('sys_platform == "linux"', False),
        ('python_version < "3.12"', True),
        ('python_version >= "3.12"', False),
        ('os_name == "nt" and platform_machine == "AMD64"', True),
        ('extra == "plot"', False),
    ],
)
def test_a_condition_is_read_as_the_other_computer_answers(
    tmp_path: Path, condition: str, is_needed: bool
) -> None:
    root = make_wheel(tmp_path, "root", f"part>=2; {condition}")
    needs = find_needs([root], "root", WINDOWS)
    assert needs == ({root}, {"part>=2"} if is_needed else set())


def test_a_wheel_that_nothing_needs_there_is_left_out(tmp_path: Path) -> None:
    root = make_wheel(tmp_path, "root", 'part; sys_platform != "win32"', "other")
    part, other = make_wheel(tmp_path, "part"), make_wheel(tmp_path, "other")
    assert find_needs([root, part, other], "root", WINDOWS) == ({root, other}, set())


def test_extras_are_followed_through_requirements(tmp_path: Path) -> None:
    root = make_wheel(tmp_path, "root", 'Some_Part[fast]; extra == "addin"')
    part = make_wheel(tmp_path, "some_part", 'speed; extra == "fast"')
    assert find_needs([root, part], "root", WINDOWS) == ({root}, set())
    assert find_needs([root, part], "root[addin]", WINDOWS) == ({root, part}, {"speed"})


def test_a_wheel_of_a_version_that_is_not_asked_for_does_not_meet_a_requirement(tmp_path: Path) -> None:
    root = make_wheel(tmp_path, "root", 'part>=2; sys_platform == "win32"')
    part = make_wheel(tmp_path, "part", version="1.9")
    assert find_needs([root, part], "root", WINDOWS) == ({root}, {"part>=2"})


def test_requirements_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    one, two = make_wheel(tmp_path, "one", "two"), make_wheel(tmp_path, "two", "one")
    assert find_needs([one, two], "one", WINDOWS) == ({one, two}, set())
