"""Pictures without what a camera or a program noted in them: place, time, name. What they show isn't decoded, let alone changed.

PNG and JPEG by their specifications; EMF and WMF, as which Excel's charts are pasted, by [MS-EMF], [MS-EMFPLUS] and [MS-WMF].
"""

from __future__ import annotations

from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    {
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"iCCP",
        b"sBIT",
        b"bKGD",
        b"pHYs",
    }
)
_JPEG = b"\xff\xd8"
_SCAN = 0xDA
_NOTES = frozenset({0xFE, *range(0xE1, 0xF0)} - {0xE2, 0xEE})
"""Segments with notes: COM and APP1 to APP15, but not the colours (APP2, APP14)."""


_EMF_HEADER, _EMF_COMMENT = 1, 70
_EMF_PLUS, _EMF_PUBLIC = b"EMF+", b"GDIC"
_EMF_PLUS_COMMENT = 0x4003
_WMF_PLACEABLE, _WMF_HEADER = b"\xd7\xcd\xc6\x9a", (b"\x01\x00\x09\x00", b"\x02\x00\x09\x00")
_WMF_ESCAPE, _WMF_COMMENT = 0x0626, 0x000F


def without_metadata(picture: bytes) -> bytes | None:
    """A picture without notes; None for one of another kind than those above, and one that can't be read to its end."""
    if picture.startswith(_PNG):
        return _clean_png(picture)
    if picture.startswith(_JPEG):
        return _clean_jpeg(picture)
    if picture[:4] == _EMF_HEADER.to_bytes(4, "little") and picture[40:44] == b" EMF":
        return _clean_emf(picture)
    if picture.startswith((_WMF_PLACEABLE, *_WMF_HEADER)):
        return _clean_wmf(picture)
    return None


def _clean_png(picture: bytes) -> bytes | None:
    """Chunks: length (4 bytes), name (4), data, checksum (4)."""
    kept, at = [_PNG], len(_PNG)
    while at + 12 <= len(picture):
        end = at + 12 + int.from_bytes(picture[at : at + 4])
        if picture[at + 4 : at + 8] in _PNG_KEPT:
            kept.append(picture[at:end])
        at = end
    return b"".join(kept) if at == len(picture) else None


def _clean_jpeg(picture: bytes) -> bytes | None:
    """Segments: FF, kind, length (2 bytes, itself included); from the scan on all is picture."""
    kept, at = [_JPEG], len(_JPEG)
    while at + 4 <= len(picture) and picture[at] == 0xFF:
        kind = picture[at + 1]
        if kind == _SCAN:
            return b"".join((*kept, picture[at:]))
        end = at + 2 + int.from_bytes(picture[at + 2 : at + 4])
        if kind not in _NOTES:
            kept.append(picture[at:end])
        at = end
    return None


def _clean_emf(picture: bytes) -> bytes | None:
    """Records: kind (4 bytes), length (4, itself included). Notes are written over, as records refer to places."""
    clean = bytearray(picture)
    count, start = (_number(picture, at) for at in (60, 64))
    _blank(clean, start, start + 2 * count)  # the program's name and the file's, in UTF-16
    at = 0
    while at + 8 <= len(picture):
        kind, end = _number(picture, at), at + _number(picture, at + 4)
        if end < at + 8:
            return None
        if kind == _EMF_COMMENT:
            for note in _emf_notes(picture, at + 12, min(end, at + 12 + _number(picture, at + 8))):
                _blank(clean, *note)
        at = end
    return bytes(clean) if at == len(picture) else None


def _emf_notes(picture: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """From where to where a comment's record has notes: all of it, unless it draws."""
    identifier = picture[start : start + 4]
    if identifier == _EMF_PLUS:
        at = start + 4
        while at + 12 <= end and (length := _number(picture, at + 4)) >= 12:
            if _number(picture, at, 2) == _EMF_PLUS_COMMENT:
                yield at + 12, min(at + length, end)
            at += length
    elif identifier != _EMF_PUBLIC:
        yield start, end


def _clean_wmf(picture: bytes) -> bytes | None:
    """Records: length in words of 2 bytes (4 bytes), kind (2)."""
    clean = bytearray(picture)
    at = 18 + (22 if picture.startswith(_WMF_PLACEABLE) else 0)
    while at + 6 <= len(picture):
        kind, end = _number(picture, at + 4, 2), at + 2 * _number(picture, at)
        if end < at + 6:
            return None
        if kind == _WMF_ESCAPE and _number(picture, at + 6, 2) == _WMF_COMMENT:
            _blank(clean, at + 10, end)
        at = end
        if kind == 0:  # the last record
            return bytes(clean[:end])
    return None


def _number(data: bytes, at: int, length: int = 4) -> int:
    return int.from_bytes(data[at : at + length], "little")


def _blank(data: bytearray, start: int, end: int) -> None:
    end = min(end, len(data))
    data[start:end] = bytes(max(end - start, 0))
