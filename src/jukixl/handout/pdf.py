"""The PDF of a document, by the program that is there: Word on Windows, else LibreOffice. The same bytes for the same document.

Word's way has been run on a stand-in for Word only. LibreOffice never saves the .docx.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from jukixl.errors import InputError, Problem
from jukixl.handout.styles import GOTHIC, MINCHO

STAND_INS: Mapping[str, str] = {MINCHO: "IPAMincho", GOTHIC: "IPAGothic"}
"""Free fonts of the same widths: they take the place of Word's where a computer lacks those."""
_TIMEOUT = 180  # seconds; the first start of a fresh profile takes the longest
_OPTIONS = {
    name: {"type": "boolean", "value": "true"}
    for name in ("UseTaggedPDF", "ExportBookmarks", "ExportBookmarksToPDFDestination")
}
_SOFFICE = ("soffice", "libreoffice")
_SOFFICE_PATHS = (
    r"C:\Program Files\LibreOffice\program\soffice.com",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
_PDF_FORMAT = 17  # wdExportFormatPDF
_HEADING_BOOKMARKS = 1  # wdExportCreateHeadingBookmarks
_DATES = re.compile(rb"(?<=Date\(D:)[0-9]{14}|(?<=Date \(D:)[0-9]{14}")
_XMP_DATES = re.compile(rb"(?<=Date>)[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}")
_IDS = (
    re.compile(rb"/ID\s*\[\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*\]"),
    re.compile(rb"/DocChecksum\s*/([0-9A-Fa-f]+)"),
    re.compile(rb"ID>uuid:([0-9A-Fa-f-]+)<"),
)


class Engine(NamedTuple):
    """A program that makes PDFs: its name, and what turns a .docx into a .pdf beside it."""

    name: str
    convert: Callable[[Path, Path], None]


def find_engine() -> Engine | None:
    """The program to use on this computer; None where there is none."""
    if sys.platform == "win32" and _has_word():
        return Engine("Word", _by_word)
    soffice = next(
        (found for one in (*_SOFFICE, *_SOFFICE_PATHS) if (found := shutil.which(one))),
        None,
    )
    return Engine("LibreOffice", lambda docx, pdf: _by_libreoffice(soffice, docx, pdf)) if soffice else None


def make_pdf(docx: bytes, day: datetime, engine: Engine) -> bytes:
    """The PDF of a document; `day` is the date it bears. InputError where the program makes none."""
    with tempfile.TemporaryDirectory(prefix="jukixl-", ignore_cleanup_errors=True) as folder:
        source, target = Path(folder, "handout.docx"), Path(folder, "handout.pdf")
        source.write_bytes(docx)
        engine.convert(source, target)
        if not target.is_file():
            raise InputError(
                Problem(
                    f"{engine.name} でPDFを作れませんでした。{engine.name} をすべて閉じて、もう一度実行してください。"
                )
            )
        return settle(target.read_bytes(), day)


def settle(pdf: bytes, day: datetime) -> bytes:
    """The PDF without what differs from one export to the next, times and ids; every byte stays in its place."""
    pdf = _DATES.sub(f"{day:%Y%m%d%H%M%S}".encode(), pdf)
    pdf = _XMP_DATES.sub(f"{day:%Y-%m-%dT%H:%M:%S}".encode(), pdf)
    for pattern in _IDS:
        pdf = pattern.sub(lambda match: _with_digits(match, b"0" * 64), pdf)
    digest = hashlib.sha256(pdf).hexdigest().upper().encode()
    for pattern in _IDS:
        pdf = pattern.sub(lambda match: _with_digits(match, digest), pdf)
    return pdf


def _with_digits(match: re.Match[bytes], digits: bytes) -> bytes:
    """What was found, with each of its ids replaced by as many digits."""
    text = match[0]
    for found in match.groups():
        taken = iter(digits * 2)
        text = text.replace(found, bytes(one if one == ord("-") else next(taken) for one in found))
    return text


def _has_word() -> bool:
    winreg: Any = import_module("winreg")
    try:
        winreg.CloseKey(winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, "Word.Application"))
    except OSError:
        return False
    return True


def _by_word(docx: Path, pdf: Path) -> None:
    """A Word of our own, so that documents that somebody has open are left alone."""
    from win32com.client import DispatchEx

    word = DispatchEx("Word.Application")
    try:
        document = word.Documents.Open(str(docx), ReadOnly=True, AddToRecentFiles=False)
        document.ExportAsFixedFormat(
            str(pdf), _PDF_FORMAT, CreateBookmarks=_HEADING_BOOKMARKS, DocStructureTags=True
        )
        document.Close(SaveChanges=False)
    finally:
        word.Quit(SaveChanges=False)


def _by_libreoffice(soffice: str, docx: Path, pdf: Path) -> None:
    """With a profile of its own: one that is in use by an open LibreOffice would make it do nothing."""
    folder = pdf.parent
    command = [
        soffice,
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        *("--headless", "--norestore", "--convert-to", f"pdf:writer_pdf_Export:{json.dumps(_OPTIONS)}"),
        *("--outdir", str(folder), str(docx)),
    ]
    process = subprocess.Popen(  # noqa: S603 - a program of this computer, arguments from here
        command,
        env={**os.environ, **_font_settings(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(_TIMEOUT)
    except subprocess.TimeoutExpired:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)  # soffice only starts the real program
        process.wait()


def _font_settings(folder: Path) -> dict[str, str]:
    """Let fontconfig find the stand-ins where Word's fonts are missing; a computer's own settings go before."""
    if sys.platform == "win32" or "FONTCONFIG_FILE" in os.environ:
        return {}
    aliases = "".join(
        f'<alias binding="same"><family>{font}</family><accept><family>{other}</family></accept></alias>'
        for font, other in STAND_INS.items()
    )
    path = folder / "fonts.conf"
    path.write_text(
        '<?xml version="1.0"?><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include>{aliases}</fontconfig>',
        encoding="utf-8",
    )
    return {"FONTCONFIG_FILE": str(path)}
