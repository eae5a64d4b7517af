"""Which figures stand in which sentence, and which table below which heading: a figure that got into the sentence of another
is right as a number and wrong as a statement.

A sentence is known by its words and by the paragraph above it, a table by the two paragraphs above it. Where staff reword
one of them, nothing is known of it any more, and nothing told.
"""

from __future__ import annotations

from binascii import crc32
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from jukixl.handout.names import is_figure_tag
from jukixl.handout.prose import Prose
from jukixl.handout.tabletext import normal

_NOTHING = Prose("", ())
Spots = Mapping[str, tuple[str, ...]]
"""By the name of a spot what stands there: tags with spaces between, of every spot that is called so."""


def remember_spots(prose: Iterable[Prose]) -> dict[str, tuple[str, ...]]:
    """What stands where, of a document's paragraphs and tables in their order."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, tags, _ in _iter_spots(prose):
        found[name].append(tags)
    return {name: tuple(tags) for name, tags in found.items()}


def iter_moved(prose: Sequence[Prose], remembered: Spots) -> Iterator[tuple[str, str, str]]:
    """(the sentence or heading, the tag that stands there now, the one that stood there) for each that is another one."""
    now: dict[str, list[str]] = defaultdict(list)
    texts: dict[str, str] = {}
    for name, tags, text in _iter_spots(prose):
        now[name].append(tags)
        texts[name] = text
    for name, before in remembered.items():
        if name in now and now[name] != list(before):
            came, gone = Counter(now[name]) - Counter(before), Counter(before) - Counter(now[name])
            for shown, former in zip(came, gone, strict=False):
                pairs = zip(shown.split(), former.split(), strict=False)
                yield from ((texts[name], tag, other) for tag, other in pairs if tag != other)


def _iter_spots(prose: Iterable[Prose]) -> Iterator[tuple[str, str, str]]:
    """Name, tags and words of every paragraph with figures, and of every table with the paragraph above it."""
    second, first = _NOTHING, _NOTHING
    for one in prose:
        if one.table is not None:
            yield _name(second.with_tags, first.with_tags), one.table, first.text
        elif one.text.strip():
            if tags := " ".join(tag for tag in one.tags if is_figure_tag(tag)):
                yield _name(first.name, one.name), tags, one.text
            second, first = first, one


def _name(*words: str) -> str:
    return f"{crc32(normal(' '.join(words)).encode()):08x}"
