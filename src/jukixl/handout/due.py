"""What a handout must read by the results, each text worked out once, and the fingerprint of all of it.

The fingerprint stands in the document's properties: whoever has the document and a master can tell whether the one was made
from the values of the other. It covers what is printed, not bytes, which change with each save of a workbook.
"""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from jukixl.era import Digits, set_digits
from jukixl.handout.controls import Control
from jukixl.handout.expected import expected_controls
from jukixl.handout.names import table_of_tag
from jukixl.handout.ooxml import TBL
from jukixl.handout.package import Document
from jukixl.handout.tabletext import TableText, table_text
from jukixl.personal import hide_numbers
from jukixl.report.text import Placeholder

if TYPE_CHECKING:
    from jukixl.report.computation import Results

FINGERPRINT = "マスターの指紋"
"""What Word shows it as, under ファイル, 情報, 詳細プロパティ, ユーザー設定."""
_DIGITS, _GROUP = 12, 4


class Due:
    """The texts of one set of results."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self._figures: dict[str, str] = {}
        self._tables: dict[str, TableText] = {}

    def figure(self, tag: str) -> str:
        """The text of a figure of the report by its control's tag."""
        if tag not in self._figures:
            self._figures[tag] = self.results.text(Placeholder.of_tag(tag))
        return self._figures[tag]

    def written(self, control: Control) -> str:
        """The text for a figure's control: numbers as the document sets them, those in tables half-width."""
        text, digits = self.figure(control.tag or ""), self.results.digits
        if digits is Digits.HALF or next(control.element.iterancestors(TBL), None) is not None:
            return text
        return set_digits(text, digits)

    def table(self, table_id: str) -> TableText:
        """The texts of a table."""
        if table_id not in self._tables:
            self._tables[table_id] = table_text(self.results, self.results.report.tables_by_id[table_id])
        return self._tables[table_id]

    @cached_property
    def fingerprint(self) -> str:
        """Such as 3F9A-12BC-77D0: the same for the same figures and tables on the pages."""
        digest = sha256()
        for tag in sorted(expected_controls(self.results.report).counts):
            table_id = table_of_tag(tag)
            if table_id is None:
                digest.update(f"{tag}\t{self.figure(tag)}\n".encode())
                continue
            text = self.table(table_id)
            rows = (*text.rows, text.total or ())
            digest.update("\n".join((tag, *map("\t".join, rows), "")).encode())
        for choice, alternatives in self.results.report.choices.items():
            digest.update(f"{choice}\t{self.results.chosen(alternatives)}\n".encode())
        if self.results.digits is not self.results.report.digits:
            digest.update(f"{self.results.digits}\n".encode())
        digits = digest.hexdigest()[:_DIGITS].upper()
        return "-".join(digits[at : at + _GROUP] for at in range(0, _DIGITS, _GROUP))


class Origin(Struct, frozen=True):
    """The fingerprint in a document (None: it has none) and that of the master beside it."""

    document: str | None
    master: str

    @property
    def is_stale(self) -> bool:
        """Whether the document was made from other values than the master has."""
        return self.document is not None and self.document != self.master

    def __str__(self) -> str:
        return (
            "この資料は、いまのマスターとは違う値から作られています"
            f"（指紋: 資料 {self.document}、マスター {self.master}）。"
        )


def read_origin(document: Document, due: Due) -> Origin:
    """What the document says it was made from, beside what it would be made from now."""
    written = document.custom_property(FINGERPRINT)
    return Origin(None if written is None else hide_numbers(written), due.fingerprint)


def write_fingerprint(document: Document, due: Due) -> None:
    """Note in the document's properties what it was made from."""
    document.set_custom_property(FINGERPRINT, due.fingerprint)
