"""変更一覧 (Word): what a refresh wrote into a handout, what waits for a decision, and what stays as hands wrote it."""

from __future__ import annotations

from collections.abc import Sequence

from jukixl.handout.choosing import ValueChange
from jukixl.handout.plain_pages import PlainPages
from jukixl.handout.refresh import Refreshed
from jukixl.personal import hide_numbers

_COLUMNS = ("場所", 50), ("文書", 25), ("マスター", 25)
_WRITTEN = ("場所", 50), ("旧", 25), ("新", 25)


def create_change_list(refreshed: Refreshed, name: str) -> bytes:
    """The .docx, for the handout of this name: the same changes, the same bytes."""
    conflicts = set(refreshed.conflicts)
    parts = (
        ("更新した所", _WRITTEN, [one for one in refreshed.changes if one.is_written]),
        ("判断が必要な所（文書のまま）", _COLUMNS, [one for one in refreshed.kept if one in conflicts]),
        ("人が書き換えたまま残した所", _COLUMNS, [one for one in refreshed.kept if one not in conflicts]),
    )
    pages = PlainPages()
    pages.add_title("変更一覧")
    pages.add_line(f"資料: {hide_numbers(name)}")
    for number, (title, columns, changes) in enumerate(parts, 1):
        pages.add_heading(f"{number}　{title}（{len(changes)} か所）")
        if changes:
            pages.add_table(columns, map(_row, changes))
        else:
            pages.add_line("ありません。")
    return pages.to_bytes()


def _row(change: ValueChange) -> Sequence[str]:
    return [hide_numbers(text) for text in (change.place, change.shown, change.due)]
