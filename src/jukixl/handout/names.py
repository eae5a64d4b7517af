"""The names that tie a document to its report: tags of content controls, ids, bookmarks."""

from __future__ import annotations

import re
from binascii import crc32
from collections import Counter
from collections.abc import Sequence

from jukixl.report.model import Annex, Heading, Note, Paragraph, Report, Table

CONTENTS_TAG = "contents"
SOURCES_TAG = "sources"
TAG_LIMIT = 64
"""Word cuts tags and aliases that are longer."""
LARGEST_ID = 2**31 - 1
"""Ids of controls are numbers of 32 bits; Word gives negative ones, too."""
CONTINUED = "（続き）"
"""Follows the text of a merged cell whose rows began on the page before."""
NOTHING = "該当なし"
"""What a diary without entries says, in one cell over all columns."""
_ID = r"\.([a-z][a-z0-9_]*)"
_NUMBERED_ID = _ID + r"\.([1-9][0-9]*)"


def table_tag(table_id: str) -> str:
    """The tag of the block control around a table."""
    return f"table.{table_id}"


def note_tag(table_id: str, number: int) -> str:
    """The tag of the block control around a conditional note, numbered from 1 among the table's notes."""
    return f"note.{table_id}.{number}"


def note_tags(report: Report) -> dict[str, tuple[Table, Note]]:
    """The tag of every conditional note of the report's printed tables."""
    return {
        note_tag(table.id, number): (table, note)
        for table in report.tables
        if table.printed
        for number, note in enumerate(table.notes, 1)
        if note.when is not None
    }


def choice_tag(choice: str, number: int) -> str:
    """The tag of the block control around a choice's alternative, numbered from 1."""
    return f"choice.{choice}.{number}"


def table_of_tag(tag: str) -> str | None:
    """The table id in a table's tag; None for any other tag."""
    match = re.fullmatch("table" + _ID, tag) if tag.startswith("table.") else None
    return match[1] if match else None


def note_of_tag(tag: str) -> tuple[str, int] | None:
    """Table id and number in a note's tag; None for any other tag."""
    return _numbered(tag, "note")


def choice_alias(alternatives: Sequence[Paragraph], number: int) -> str:
    """What staff read at an alternative's control: which of how many, and how it begins."""
    words = "".join(part if isinstance(part, str) else "…" for part in alternatives[number - 1].text).strip()
    return f"文の選択{number}/{len(alternatives)}: {words}"[:TAG_LIMIT]


def choice_of_tag(tag: str) -> tuple[str, int] | None:
    """Choice and number in an alternative's tag; None for any other tag."""
    return _numbered(tag, "choice")


def _numbered(tag: str, kind: str) -> tuple[str, int] | None:
    match = re.fullmatch(kind + _NUMBERED_ID, tag) if tag.startswith(kind) else None
    return (match[1], int(match[2])) if match else None


def is_figure_tag(tag: str) -> bool:
    """Whether a tag is made as that of a figure; it may be none of the report's."""
    return (
        tag not in ("", CONTENTS_TAG, SOURCES_TAG)
        and note_of_tag(tag) is None
        and table_of_tag(tag) is None
        and choice_of_tag(tag) is None
    )


class ControlIds:
    """Ids of content controls: from the tag and how often it was used, so that they are the same in every build."""

    def __init__(self) -> None:
        self._uses: Counter[str] = Counter()
        self._taken: set[int] = set()

    def new(self, tag: str) -> int:
        """A positive 31-bit id that this object hasn't given before."""
        self._uses[tag] += 1
        number = crc32(f"{tag}#{self._uses[tag]}".encode()) & 0x7FFFFFFF
        while number in self._taken or number == 0:
            number = (number + 1) & 0x7FFFFFFF
        self._taken.add(number)
        return number


def bookmarks(report: Report) -> dict[str, Heading | Annex]:
    """The bookmark of every heading and annex. A changed text gets a new name: it is another heading."""
    found: dict[str, Heading | Annex] = {}
    uses: Counter[str] = Counter()
    for block in report.document:
        if not isinstance(block, Heading | Annex):
            continue
        key = block.label if isinstance(block, Annex) else f"{block.level} {block.text.source}"
        uses[key] += 1
        found[f"_Toc{crc32(f'{key}#{uses[key]}'.encode()):010d}"] = block
    return found
