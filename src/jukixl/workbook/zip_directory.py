"""What a zip says of its entries.

Files of Excel, Word and LibreOffice have a directory as plain as can be, which is read here: `zipfile` takes 4 ms to
start and 0.1 ms a file. Whatever is written in any other way is left to it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from msgspec import Struct

STORED, DEFLATED = 0, 8
ENCRYPTED = 0x1
UTF8_NAME = 0x800
VERSION = 20
"""Of the format: folders and deflate."""
ENTRY_MAGIC, END_MAGIC = b"PK\1\2", b"PK\5\6"
ENTRY = struct.Struct("<4s6H3L5H2L")
"""An entry of the central directory, without its name (APPNOTE 4.3.12)."""
END = struct.Struct("<4s4H2LH")
"""The end of the central directory, without a comment (APPNOTE 4.3.16)."""

_USUAL_FLAGS = 0x80E  # how hard it was compressed, sizes behind the data, UTF-8
_SENTINELS = frozenset({0xFFFF, 0xFFFFFFFF})  # "see the extra fields" (zip64)


class Entry(Struct, frozen=True):
    """What an entry says; sizes in bytes, `start` is that of its local header."""

    name: str
    flags: int
    method: int
    crc: int
    stored_size: int
    size: int
    start: int


def read_directory(data: bytes) -> Sequence[Entry]:
    """The entries of a zip in order; ValueError where it is none, damaged, or of a kind that Python can't read."""
    return _read_plain(data) or _read_any(data)


def _read_plain(data: bytes) -> list[Entry] | None:
    """The same of a zip without comments, zip64, encryption, odd names, and anything before or behind it; None for others."""
    at = len(data) - END.size
    if at < 0 or not data.startswith(END_MAGIC, at):
        return None
    _, disk, first_disk, here, count, length, start, comment = END.unpack_from(data, at)
    if disk or first_disk or here != count or comment or start + length != at:
        return None
    entries: list[Entry] = []
    for _ in range(count):
        if start + ENTRY.size > at:
            return None
        magic, _, version, flags, method, _, _, crc, stored, size, *lengths, disk, _, _, offset = (
            ENTRY.unpack_from(data, start)
        )
        begin = start + ENTRY.size
        raw = data[begin : begin + lengths[0]]
        start = begin + sum(lengths)
        usual = magic == ENTRY_MAGIC and flags | _USUAL_FLAGS == _USUAL_FLAGS and not disk
        if not usual or version > VERSION or not _SENTINELS.isdisjoint((stored, size, offset)):
            return None
        if not raw.isascii() or b"\0" in raw or b"\\" in raw:
            return None
        entries.append(Entry(raw.decode(), flags, method, crc, stored, size, offset))
    return entries if start == at else None


def _read_any(data: bytes) -> list[Entry]:
    import io
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [
                Entry(
                    one.filename,
                    one.flag_bits,
                    one.compress_type,
                    one.CRC,
                    one.compress_size,
                    one.file_size,
                    one.header_offset,
                )
                for one in archive.infolist()
            ]
    except (zipfile.BadZipFile, struct.error, NotImplementedError) as error:
        raise ValueError(str(error)) from error
