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

_VERSION = 20  # of the format: folders and deflate
_USUAL_FLAGS = 0x80E  # how hard it was compressed, sizes behind the data, UTF-8
_SENTINELS = (0xFFFF, 0xFFFFFFFF)  # "see the extra fields" (zip64)
_ENTRY = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")


class Entry(Struct, frozen=True):
    """One entry of the central directory (APPNOTE 4.3.12); sizes in bytes, `start` is that of its local header."""

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
    at = len(data) - _END.size
    if at < 0 or not data.startswith(b"PK\5\6", at):
        return None
    _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(data, at)
    if disk or first_disk or here != count or comment or start + length != at:
        return None
    entries: list[Entry] = []
    for _ in range(count):
        if start + _ENTRY.size > at:
            return None
        magic, _, version, flags, method, _, _, crc, stored, size, *lengths, disk, _, _, offset = (
            _ENTRY.unpack_from(data, start)
        )
        begin = start + _ENTRY.size
        raw = data[begin : begin + lengths[0]]
        start = begin + sum(lengths)
        usual = magic == b"PK\1\2" and flags | _USUAL_FLAGS == _USUAL_FLAGS and not disk
        if (
            not usual
            or version > _VERSION
            or stored in _SENTINELS
            or size in _SENTINELS
            or offset in _SENTINELS
        ):
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
