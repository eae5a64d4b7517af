"""What wheels need on the computer that a kit is for.

pip chooses files for another computer, but reads the conditions of requirements ("only on Windows") with the answers
of the one that it runs on. So what pip chose is gone through once more, with the answers of the other.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from email.parser import HeaderParser
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename


class Needs(NamedTuple):
    """What a requirement comes to among some wheels: those that it needs, and the requirements that none of them meets."""

    wheels: frozenset[Path]
    lacking: frozenset[str]


def find_needs(wheels: Iterable[Path], wanted: str, answers: Mapping[str, str]) -> Needs:
    """Follow the requirements of `wanted`, conditions read with these answers; those not given are this computer's."""
    by_name = {parse_wheel_filename(path.name)[0]: path for path in wheels}
    needed, lacking, seen = set[Path](), set[str](), set[str]()
    open_requirements = [Requirement(wanted)]
    while open_requirements:
        requirement = open_requirements.pop()
        bare = _without_condition(requirement)
        if bare in seen:
            continue
        seen.add(bare)
        path = by_name.get(canonicalize_name(requirement.name))
        if path is None or not requirement.specifier.contains(
            parse_wheel_filename(path.name)[1], prereleases=True
        ):
            lacking.add(bare)
            continue
        needed.add(path)
        open_requirements += _requirements(path, requirement.extras, answers)
    return Needs(frozenset(needed), frozenset(lacking))


def _requirements(wheel: Path, extras: Iterable[str], answers: Mapping[str, str]) -> list[Requirement]:
    """What a wheel with these extras needs there."""
    with zipfile.ZipFile(wheel) as package:
        name = next(name for name in package.namelist() if name.endswith(".dist-info/METADATA"))
        headers = HeaderParser().parsestr(package.read(name).decode())
    found = [Requirement(line) for line in headers.get_all("Requires-Dist") or []]
    asked = ["", *extras]
    return [
        one
        for one in found
        if one.marker is None or any(one.marker.evaluate({**answers, "extra": extra}) for extra in asked)
    ]


def _without_condition(requirement: Requirement) -> str:
    """`name[extra]>=1`: as pip takes it without asking."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{canonicalize_name(requirement.name)}{extras}{requirement.specifier}"


def windows_answers(python: str) -> Mapping[str, str]:
    """What PEP 508 asks of an environment, answered for CPython of this version (such as 3.11) on 64-bit Windows."""
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "nt",
        "platform_machine": "AMD64",
        "platform_python_implementation": "CPython",
        "platform_release": "10",
        "platform_system": "Windows",
        "platform_version": "10.0.19045",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "win32",
    }
