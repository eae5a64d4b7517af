"""Which controls a handout of a report must have, what staff call them, and which one a mistyped name means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from unicodedata import normalize

from msgspec import Struct

from jukixl.handout.controls import Control, FigureControls
from jukixl.handout.names import choice_alias, choice_of_tag, choice_tag, table_tag
from jukixl.handout.tables import header_rows
from jukixl.report.model import Annex, Block, Report, Table
from jukixl.report.text import Text

_NEAR = 0.75
"""How like a name what was typed must be; all tables are alike in `table.`."""


class Expected(Struct, frozen=True):
    """How often each tag occurs in a whole handout, how often of that in what must be there, and what staff call it.

    What the definition calls `optional` counts for nothing in `required`.
    """

    counts: Counter[str]
    required: Counter[str]
    labels: dict[str, str]


@lru_cache(maxsize=2)
def expected_controls(report: Report) -> Expected:
    """The controls that a template of the report has: figures and tables."""
    counts: Counter[str] = Counter()
    required: Counter[str] = Counter()
    for block in report.document:
        found = Counter(_tags(report, block))
        counts += found
        if not block.optional:
            required += found
    return Expected(counts, required, labels_of(report))


def required_in(report: Report, controls: Iterable[Control]) -> Counter[str]:
    """How often each figure and table must occur in a document with these controls: a published one has no words in the
    alternatives that aren't shown."""
    required = expected_controls(report).required.copy()
    for control in controls:
        choice = choice_of_tag(control.tag or "")
        if choice is not None and choice[0] in report.choices and not control.text:
            for one in report.choices[choice[0]][choice[1] - 1 : choice[1]]:
                required.subtract(part.tag for part in one.text.placeholders)
    return +required


def iter_lacking_sentences(report: Report, found: Container[str | None]) -> Iterator[tuple[str, str]]:
    """Tag and name of each alternative that isn't among the tags of a document. An optional sentence may lack all of them."""
    for choice, alternatives in report.choices.items():
        numbers = range(1, len(alternatives) + 1)
        lacking = [number for number in numbers if choice_tag(choice, number) not in found]
        if len(lacking) < len(alternatives) or not all(block.optional for block in alternatives):
            yield from ((choice_tag(choice, one), choice_alias(alternatives, one)) for one in lacking)


def iter_lacking(report: Report, controls: Sequence[Control], places: Mapping[str, int]) -> Iterator[str]:
    """The tag of each figure and table that has gone from a document with these controls, once for every place. `places`:
    how often those stood there that were built into fewer or more places than declared."""
    found = Counter(control.tag for control in controls)
    for tag, declared in required_in(report, controls).items():
        wanted = max(1, places.get(tag, declared))
        yield from repeat(tag, max(0, wanted - found[tag]))


def _tags(report: Report, block: Block) -> Iterator[str]:
    yield from (part.tag for text in block.iter_texts() for part in text.placeholders)
    for table_id in block.tables if isinstance(block, Annex) else ():
        table = report.tables_by_id[table_id]
        yield table_tag(table_id)
        yield from (part.tag for text in _texts(table) for part in text.placeholders)


def labels_of(report: Report) -> dict[str, str]:
    """Every tag that a template may have, with the Japanese name of its figure or table."""
    factory = FigureControls(report)
    labels = {part.tag: factory.alias(part) for part in report.printed_figures}
    return labels | {table_tag(table.id): table.title for table in report.tables if table.printed}


def nearest_tag(labels: Mapping[str, str], typed: str) -> str | None:
    """The tag that was probably meant by what somebody typed as one; None where none is near."""
    plain = _plain(typed)
    found = {_plain(tag): tag for tag in labels}
    if plain in found:
        return found[plain]
    if called := tag_called(labels, typed):
        return called
    import difflib  # only needed where there are mistakes

    close = difflib.get_close_matches(plain, list(found), 1, _NEAR)
    return found[close[0]] if close else None


def tag_called(labels: Mapping[str, str], title: str | None) -> str | None:
    """The tag of the figure or table with this Japanese name; None where it is nobody's or not one alone's."""
    found = [tag for tag, label in labels.items() if title and _plain(label) == _plain(title)]
    return found[0] if len(found) == 1 else None


def _plain(typed: str) -> str:
    """Full width, capitals, blanks and the line that joins words are what people type differently."""
    return "".join(normalize("NFKC", typed).casefold().replace("-", "_").split())


def _texts(table: Table) -> Iterator[Text]:
    yield from filter(None, [table.caption, *(note.text for note in table.notes)])
    yield from (cell.text for row in header_rows(table) for cell in row if cell.text is not None)
