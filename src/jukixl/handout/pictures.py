"""Pictures without what a camera or a program noted in them: place, time, name. What they show isn't decoded, let alone changed."""

from __future__ import annotations

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


def without_metadata(picture: bytes) -> bytes:
    """A PNG or JPEG without notes; any other picture, and one that can't be read to its end, as it is."""
    if picture.startswith(_PNG):
        return _clean_png(picture)
    return _clean_jpeg(picture) if picture.startswith(_JPEG) else picture


def _clean_png(picture: bytes) -> bytes:
    """Chunks: length (4 bytes), name (4), data, checksum (4)."""
    kept, at = [_PNG], len(_PNG)
    while at + 12 <= len(picture):
        end = at + 12 + int.from_bytes(picture[at : at + 4])
        if picture[at + 4 : at + 8] in _PNG_KEPT:
            kept.append(picture[at:end])
        at = end
    return b"".join(kept) if at == len(picture) else picture


def _clean_jpeg(picture: bytes) -> bytes:
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
    return picture
