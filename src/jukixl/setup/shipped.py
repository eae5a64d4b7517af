"""The add-in that comes with jukixl, as it was built when jukixl was released."""

from __future__ import annotations

from pathlib import Path

from jukixl.errors import JukixlError

ADDIN_NAME = "jukixl.xlam"
_INSTALLED = Path(__file__).parents[1] / "workbooks"
_SOURCE_TREE = Path(__file__).parents[3] / "workbooks"


def find_shipped_addin() -> Path:
    """Where it lies. JukixlError where jukixl was installed without it."""
    for folder in (_INSTALLED, _SOURCE_TREE):
        path = folder / ADDIN_NAME
        if path.is_file():
            return path
    raise JukixlError(f"付属のアドイン {ADDIN_NAME} がありません。jukixl を入れ直してください。")


def shipped_addin() -> bytes:
    """Its content. JukixlError where jukixl was installed without it."""
    return find_shipped_addin().read_bytes()
