"""Headings and titles of tables: one that says something else than when the document was made is shown to a person.

They have no control of their own, and staff may reword them; yet 令和6年末 made 令和6年度末 above a table makes all its numbers wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from jukixl.handout.prose import Prose
from jukixl.handout.styles import TITLES
from jukixl.handout.tabletext import normal


def remember_titles(prose: Iterable[Prose]) -> tuple[str, ...]:
    """The words of each in the document's order, with the tags of figures in place of what these say."""
    return tuple(one.with_tags for one in prose if one.style in TITLES and one.text.strip())


def iter_reworded(prose: Iterable[Prose], remembered: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(what it says now, what it said) for each title that stands in the place of one that has gone. Those that were added, moved
    or taken out as a whole are staff's own."""
    shown = remember_titles(prose)
    now, before = [list(map(normal, side)) for side in (shown, remembered)]
    if now == before:
        return
    from difflib import SequenceMatcher  # only needed where a hand wrote

    came, gone = Counter(now) - Counter(before), Counter(before) - Counter(now)
    for kind, *places in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if kind == "replace":
            former = [at for at in range(*places[:2]) if gone[before[at]]]
            present = [at for at in range(*places[2:]) if came[now[at]]]
            yield from (
                (shown[here], remembered[there]) for here, there in zip(present, former, strict=False)
            )
