"""A protected sheet, opened for as long as it is written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jukixl.addin.busy import is_busy, patiently
from jukixl.errors import InputError, Place, Problem

if TYPE_CHECKING:
    import xlwings

# Any password opens a sheet that has none, and with one given Excel never asks for it in a dialog.
_ANY_PASSWORD = "x"  # noqa: S105
_ALLOWED = (
    "AllowFormattingCells",
    "AllowFormattingColumns",
    "AllowFormattingRows",
    "AllowInsertingColumns",
    "AllowInsertingRows",
    "AllowInsertingHyperlinks",
    "AllowDeletingColumns",
    "AllowDeletingRows",
    "AllowSorting",
    "AllowFiltering",
    "AllowUsingPivotTables",
)


class Unprotected:
    """A sheet whose protection is lifted meanwhile and put back as it was. InputError where it has a password."""

    def __init__(self, sheet: xlwings.Sheet) -> None:
        self.sheet = sheet
        self.options: dict[str, bool] | None = None

    def __enter__(self) -> xlwings.Sheet:
        api = self.sheet.api
        if api.ProtectContents:
            self.options = {
                "DrawingObjects": bool(api.ProtectDrawingObjects),
                "Contents": True,
                "Scenarios": bool(api.ProtectScenarios),
                "UserInterfaceOnly": bool(api.ProtectionMode),
                **{name: bool(getattr(api.Protection, name)) for name in _ALLOWED},
            }
            self._lift()
        return self.sheet

    def _lift(self) -> None:
        try:
            self.sheet.api.Unprotect(_ANY_PASSWORD)
        except Exception as error:  # pywin32's class is there on Windows only
            if is_busy(error):
                raise
            message = "シートがパスワードで保護されています。「校閲」の「シート保護の解除」をしてから、もう一度押してください。"
            raise InputError(Problem(message, Place(sheet=self.sheet.name))) from error

    def __exit__(self, *_: object) -> None:
        if self.options is not None:
            patiently(lambda: self.sheet.api.Protect(**self.options or {}))
