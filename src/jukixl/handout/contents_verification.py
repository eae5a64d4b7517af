"""Reads the contents of a handout back: its lines, their order, page numbers and targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jukixl.handout.contents import Line
from jukixl.handout.mismatches import Mismatch, masked, shortened
from jukixl.handout.states import State

_MENDED = "「資料の更新」で直ります。"


def iter_wrong_lines(expected: Sequence[Line], shown: Sequence[Line]) -> Iterator[Mismatch]:
    """Where a contents doesn't say what a refresh would write now. Order is told of only where all lines are there."""
    left, wrong = list(shown), []
    bookmarks = {due.bookmark for due in expected}  # Word, updating a contents, puts others beside them
    for due in expected:
        alike = [one for one in left if one.text == due.text]
        found = min(alike, key=lambda one: one.page != due.page) if alike else None
        if found is None:
            message = f"がありません（{due.page} 頁）。"
            wrong.append(_wrong(due.text, message, _whole(due)))
            continue
        left.remove(found)
        if found.page != due.page:
            message = f"の頁は「{due.page}」のはずです（文書では「{found.page}」）。"
            wrong.append(_wrong(due.text, message, _whole(due), _whole(found)))
        elif found.bookmark in bookmarks - {due.bookmark}:
            wrong.append(_wrong(due.text, "が別の見出しにつながっています。"))
    for one in left:
        wrong.append(
            _wrong(one.text, "に当たる見出しが本文にないか、同じ行が二つあります。", "", _whole(one))
        )
    yield from wrong
    if not wrong and [one.text for one in shown] != [one.text for one in expected]:
        yield Mismatch("目次", f"目次の行の順序が違います。{_MENDED}", State.STRUCTURE)


def _wrong(text: str, what: str, expected: str | None = None, actual: str | None = None) -> Mismatch:
    place = masked(f"目次の「{shortened(text)}」")
    return Mismatch(place, f"{place}{masked(what)}{_MENDED}", State.STALE, expected, actual)


def _whole(line: Line) -> str:
    return f"{line.text} {line.page}"
