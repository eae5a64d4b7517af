"""What has gone from a document since it was built, and would be printed now: with its control its number or sentence is
brought up to date by nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from jukixl.handout.controls import Control
from jukixl.handout.expected import expected_controls, iter_lacking, iter_lacking_sentences
from jukixl.handout.manifest import Manifest
from jukixl.handout.mismatches import shortened
from jukixl.handout.names import note_tags, table_of_tag, table_tag

if TYPE_CHECKING:
    from jukixl.report.computation import Results


class Gone(Struct, frozen=True):
    """A figure, table, sentence or note that isn't there any more; `place` is what staff call it."""

    tag: str
    place: str


def iter_gone(results: Results, controls: Sequence[Control], manifest: Manifest) -> Iterator[Gone]:
    """All of them, a figure once for every place. What was never in the document, as staff took it out of the template,
    isn't gone; nor is the note of a table that isn't there, or one that isn't true."""
    report = results.report
    expected = expected_controls(report)
    for tag in iter_lacking(report, controls, manifest.places):
        yield Gone(tag, f"{'表' if table_of_tag(tag) else '数値'}「{expected.labels[tag]}」")
    found = {control.tag for control in controls}
    for tag, (table, note) in note_tags(report).items():
        is_due = table_tag(table.id) in found and tag not in found and manifest.places.get(tag) != 0
        if is_due and results.holds(table, note):
            yield Gone(tag, f"表「{table.title}」の注「{shortened(results.render(note.text))}」")
    for tag, label in iter_lacking_sentences(report, found):
        yield Gone(tag, f"「{label}」")
