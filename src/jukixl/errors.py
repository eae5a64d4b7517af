"""The one exception root, and how a message names its place.

A finding (`jukixl.findings`) is a value: something a check noticed. An error stops the act at hand:
the outside world handed in something that cannot be worked with. Messages are Japanese, for staff, and say
what was found, where, what was expected and what to do.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from types import MappingProxyType

from msgspec import Struct

_REASONS = MappingProxyType(
    {
        errno.ENOSPC: "ディスクの空きがありません",
        errno.EDQUOT: "使えるディスクの量を超えています",
        errno.EROFS: "書き込みのできない場所です",
        errno.ENAMETOOLONG: "名前が長すぎます",
        errno.EIO: "ディスクを読み書きできません",
        errno.EISDIR: "フォルダーです",
        errno.EACCES: "権限がありません",
    }
)


class Place(Struct, frozen=True):
    """Where something is: a file, a sheet, a cell (A1), a key of a definition. Absent parts are None."""

    file: str | None = None
    sheet: str | None = None
    cell: str | None = None
    key: str | None = None

    def __str__(self) -> str:
        """`調査票.xlsx「入力」!D6`, `別紙3.csv C67`; empty when nothing is known."""
        sheet = f"「{self.sheet}」" if self.sheet else ""
        cell = f"{'!' if self.sheet else ' '}{self.cell}" if self.cell else ""
        key = f" [{self.key}]" if self.key else ""
        return f"{self.file or ''}{sheet}{cell}{key}".strip()


class Problem(Struct, frozen=True):
    """One thing that is wrong with an input, in the words shown to staff."""

    message: str
    place: Place = Place()

    def __str__(self) -> str:
        where = str(self.place)
        return f"{where}: {self.message}" if where else self.message


def reason_of(error: OSError) -> str:
    """Why the system refused, in half a sentence: its own words are English on some computers."""
    return _REASONS.get(error.errno or 0, f"エラー番号 {error.errno}")


def suggest(found: object, allowed: Iterable[str]) -> str:
    """The allowed word that comes nearest to the one found, as a question; empty where none is near.

    >>> suggest("deadlin", ("deadline", "sender"))
    '「deadline」ではありませんか。'
    """
    import difflib  # only needed where there are mistakes

    close = difflib.get_close_matches(str(found), list(allowed), 1)
    return f"「{close[0]}」ではありませんか。" if close else ""


class JukixlError(Exception):
    """Root of every error that jukixl raises for its user; carries all problems found, not only the first.

    `exit_code` is what the command line returns: 2, unusable input or usage.
    """

    exit_code = 2

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(Problem(p) if isinstance(p, str) else p for p in problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class DefinitionError(JukixlError):
    """A report definition cannot be used: file, key, what is allowed."""


class InputError(JukixlError):
    """A file or value handed in cannot be used: file, sheet, cell, what was found, what was expected."""


class Refusal(JukixlError):
    """jukixl could do it but must not, because something would be lost or false (exit code 1)."""

    exit_code = 1
