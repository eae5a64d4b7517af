"""Forms gone wrong at random: bytes of the file, bytes of its parts, and nasty texts where texts are. Always the same for a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from jukixl.workbook.package import Package

NASTY = (
    b"",
    b"0",
    b"-1",
    b"1E+400",
    b"NaN",
    b"99999999999999999999999999",
    b"1" * 5000,
    b"A1048577",
    b"XFE1",
    b"s",
    b"shared",
    b"inlineStr",
    b"d",
    b"e",
    b"\x00",
    b"\xff\xfe",
    b"&#0;",
    b"&#xD800;",
    b"&amp;",
    b"&e;",
    b"_x0000_",
    b"<",
    b">",
    b"]]>",
    b"<!-- -->",
    b"<![CDATA[1]]>",
    b"<c/>",
    b"<row/>",
    b"</sheetData>",
    b"#REF!",
    b"'x'!$A$1",
    b"veryHidden",
    "約千二百件".encode(),
    "－".encode(),
    "１２３".encode(),
    b"../../../../etc/passwd",
    b"/xl/worksheets/sheet1.xml",
)
_VALUE = re.compile(rb'"[^"<>]*"|>[^<>]+<')
_ELEMENT = re.compile(rb"<[^<>]+>")
_PARTS = re.compile(r"worksheets/sheet|workbook\.xml|\.rels$|Content_Types|styles|core")

Random = random.Random


def mutate(form: Package, number: int) -> bytes:
    """The file's bytes after the mutation of this number."""
    chance = Random(number)
    if chance.random() < 0.1:
        return _mutate_file(form.to_bytes(), chance)
    changed: dict[str, bytes] = {}
    names = [name for name in form if _PARTS.search(name)]
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        name = chance.choice(names)
        mutation = chance.choice(_MUTATIONS)
        changed[name] = mutation(changed.get(name, form[name]), chance)
    return form.with_parts(changed).to_bytes()


def _mutate_file(data: bytes, chance: Random) -> bytes:
    kind = chance.randrange(3)
    if kind == 0:
        return data[: chance.randrange(len(data))]
    out = bytearray(data)
    for _ in range(chance.choice((1, 3, 20))):
        at = chance.randrange(len(out) - 60, len(out)) if kind == 1 else chance.randrange(len(out))
        out[at] = chance.randrange(256)
    return bytes(out)


def _flip(data: bytes, chance: Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 2, 8))):
        if out:
            out[chance.randrange(len(out))] = chance.randrange(256)
    return bytes(out)


def _cut(data: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.choice((1, 5, 50, 5000)) :]


def _repeat(data: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    piece = data[start : start + chance.choice((1, 20, 200))]
    return data[:start] + piece * chance.choice((2, 3, 500)) + data[start:]


def _insert(data: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + chance.choice(NASTY) + data[start:]


def _put_nasty(data: bytes, chance: Random) -> bytes:
    """An attribute's value or a text becomes something nasty."""
    places = list(_VALUE.finditer(data))
    if not places:
        return data
    match = chance.choice(places)
    return data[: match.start() + 1] + chance.choice(NASTY) + data[match.end() - 1 :]


def _swap_elements(data: bytes, chance: Random) -> bytes:
    tags = list(_ELEMENT.finditer(data))
    if len(tags) < 2:
        return data
    one, two = sorted(chance.sample(tags, 2), key=lambda match: match.start())
    return data[: one.start()] + two[0] + data[one.end() : two.start()] + one[0] + data[two.end() :]


def _drop_element(data: bytes, chance: Random) -> bytes:
    tags = list(_ELEMENT.finditer(data))
    if not tags:
        return data
    match = chance.choice(tags)
    return data[: match.start()] + data[match.end() :]


_MUTATIONS: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flip,
    _cut,
    _repeat,
    _insert,
    _put_nasty,
    _put_nasty,
    _put_nasty,
    _swap_elements,
    _drop_element,
)
