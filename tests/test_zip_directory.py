"""The directory of a zip is read as Python's own `zipfile` reads it, whatever it looks like."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from jukixl.workbook.zip_directory import Entry, _read_plain, read_directory

ROOT = Path(__file__).parents[1]
SHIPPED = sorted(path for folder in ("workbooks", "word_templates") for path in (ROOT / folder).glob("*.*"))


def judged(data: bytes) -> list[Entry] | None:
    """What `zipfile` says; None where it refuses."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [
                Entry(
                    e.filename,
                    e.flag_bits,
                    e.compress_type,
                    e.CRC,
                    e.compress_size,
                    e.file_size,
                    e.header_offset,
                )
                for e in archive.infolist()
            ]
    except (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError):
        return None


def read(data: bytes) -> list[Entry] | None:
    try:
        return list(read_directory(data))
    except ValueError:
        return None


def plain() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>" * 50)
        archive.writestr("xl/empty.bin", b"", zipfile.ZIP_STORED)
    return buffer.getvalue()


def with_comment() -> bytes:
    buffer = io.BytesIO(plain())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = b"PK\5\6 not the end"
    return buffer.getvalue()


def with_streamed_zip64() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, archive.open("big.bin", "w", force_zip64=True) as entry:
        entry.write(b"content")
    return buffer.getvalue()


def with_names(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo("x")
            info.filename = name
            archive.writestr(info, "content")
    return buffer.getvalue()


def with_old_japanese_name() -> bytes:
    """As programs of the 1990s wrote names: Shift_JIS, and nothing that says so."""
    return with_names("aaaa.xml").replace(b"aaaa", "表表".encode("cp932"))


ODD: dict[str, Callable[[], bytes]] = {
    "comment": with_comment,
    "something before": lambda: b"MZ" + plain(),
    "something behind": lambda: plain() + b"\0" * 7,
    "zip64": with_streamed_zip64,
    "Japanese names": lambda: with_names("xl/表.xml"),
    "backslashes": lambda: with_names("xl\\workbook.xml"),
    "old Japanese name": with_old_japanese_name,
    "no entries": with_names,
    "the same name twice": lambda: with_names("aaaa", "bbbb").replace(b"bbbb", b"aaaa"),
    "nothing": bytes,
    "no zip": lambda: b"no zip at all" * 9,
}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_office_files_are_read_without_zipfile(path: Path) -> None:
    data = path.read_bytes()
    assert _read_plain(data) == judged(data) is not None


@pytest.mark.parametrize("kind", ODD)
def test_odd_zips_are_read_as_python_reads_them(kind: str) -> None:
    assert read(ODD[kind]()) == judged(ODD[kind]())


def test_damaged_zips_are_read_as_python_reads_them() -> None:
    """A byte of the directory is another, or the end is missing: what is read is what Python would have read."""
    data = plain()
    start = data.index(b"PK\1\2")
    seen = set()
    for place in range(start, len(data)):
        for value in {0, 0xFF, data[place] ^ 1, data[place] ^ 8, 77} - {data[place]}:
            changed = data[:place] + bytes([value]) + data[place + 1 :]
            found, expected = read(changed), judged(changed)
            assert found == expected, place
            seen.add((found is None, expected is None))
    assert (False, False) in seen and (True, True) in seen
    assert [read(data[:end]) for end in range(0, len(data), 7)] == [None] * len(range(0, len(data), 7))
