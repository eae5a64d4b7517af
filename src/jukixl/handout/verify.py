"""Reads a handout back (読み合わせ) and compares every value in it with the results."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from jukixl.era import fold_digits
from jukixl.handout import legibility, references
from jukixl.handout.contents import Line, find_contents, mark_headings, read_contents
from jukixl.handout.contents_verification import iter_unnumbered, iter_wrong_fields, iter_wrong_lines
from jukixl.handout.control_lint import refuse_lost_controls
from jukixl.handout.controls import Control
from jukixl.handout.digit_widths import iter_other_widths
from jukixl.handout.due import Due, read_origin
from jukixl.handout.expected import expected_controls
from jukixl.handout.footnotes import footnotes_of
from jukixl.handout.formats import StyleSheet
from jukixl.handout.gone import iter_gone
from jukixl.handout.grid import read_table
from jukixl.handout.manifest import Manifest, read_manifest
from jukixl.handout.mismatches import (
    Look,
    Mismatch,
    Sight,
    Verification,
    differing,
    excerpt,
    masked,
    mismatch_at,
    shortened,
)
from jukixl.handout.names import (
    CONTENTS_TAG,
    SOURCES_TAG,
    bookmarks,
    choice_of_tag,
    is_figure_tag,
    note_of_tag,
    table_of_tag,
)
from jukixl.handout.ooxml import SDT, TC, TR, P, marks_in, style_of, visible_text
from jukixl.handout.package import Document, open_package
from jukixl.handout.pagination import paginate
from jukixl.handout.prose import Prose, iter_unknown, numbers_in, read_prose
from jukixl.handout.spots import iter_moved
from jukixl.handout.states import State
from jukixl.handout.styles import HIDDEN
from jukixl.handout.table_verification import TableReading, table_place
from jukixl.handout.tabletext import alike, normal
from jukixl.handout.titles import iter_reworded
from jukixl.handout.units import Units
from jukixl.report.model import Annex, Report
from jukixl.report.text import Placeholder, Text

if TYPE_CHECKING:
    from jukixl.handout.sources import SourceList
    from jukixl.report.computation import Results


def verify_handout(
    report: Report,
    results: Results,
    docx: bytes,
    name: str | None = None,
    sources: SourceList | None = None,
) -> Verification:
    """Compare all figures, table cells, conditional notes and the contents of a handout with the results.

    What a reader sees counts: tracked insertions do, deletions don't, and the manifest is used only to say what happened.
    Raises InputError where the bytes aren't a Word document, and Refusal where it has lost its controls.
    """
    document = open_package(docx, name)
    refuse_lost_controls(document, name)
    return verify_document(report, results, document, name, sources)


def verify_document(
    report: Report,
    results: Results,
    document: Document,
    name: str | None = None,
    sources: SourceList | None = None,
) -> Verification:
    """As `verify_handout`, of an open document, which it marks up; it may have lost its controls."""
    reading = _Reading(report, results, document, sources)
    mismatches = tuple(reading.iter_mismatches())
    looks = tuple(dict.fromkeys(reading.looks))
    return Verification(name, reading.values, mismatches, looks, reading.origin)


_NEGATION, _END = re.compile("な(?:かった|い|く|し)|ません"), 24
"""What says that there was nothing, and of how much of a sentence's end a message shows."""
_TAG = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
_TELLING = 3
"""Characters from which on a typed number that equals a figure is taken for that figure: a 5 may be anything."""


class _Reading:
    def __init__(
        self, report: Report, results: Results, document: Document, sources: SourceList | None
    ) -> None:
        self.values = 0
        self.looks: list[Look] = []
        self._report = report
        self._results = results
        self._sources = sources
        self._due = Due(results)
        self._units = Units(report)
        self.origin = read_origin(document, self._due)
        self._document = document
        self._manifest = read_manifest(document)
        self._styles = StyleSheet(document.styles)
        self._read = cache(read_table)  # for what the tables say and for how high they are
        self._expected = expected_controls(report)
        self._marks = marks_in(document.iter_stories(), {SDT, *legibility.MARKS, *references.MARKS})
        self._controls = list(map(Control, self._marks[SDT]))
        is_known = self._manifest != Manifest()
        self._digits = self._manifest.width(report) if is_known else results.digits

    def iter_mismatches(self) -> Iterator[Mismatch]:
        for control in self._controls:
            yield from self._control(control)
        prose = read_prose(self._document.iter_stories())
        yield from self._prose(prose)
        yield from self._missing()
        yield from self._references(prose)
        yield from dict.fromkeys(self._illegible())  # a row may have many such cells
        yield from self._contents()

    def _control(self, control: Control) -> Iterator[Mismatch]:
        tag = control.tag or ""
        note, table_id = note_of_tag(tag), table_of_tag(tag)
        if note is not None and note[0] in self._report.tables_by_id:
            yield from self._note(control, *note)
        elif table_id is not None and table_id in self._report.tables_by_id:
            reading = TableReading(self._results, self._due.table(table_id), self._manifest, self._read)
            yield from reading.read(control)
            self.values += reading.cells
            for number in reading.too_wide(self._styles):
                place = table_place(self._report, reading.table)
                self.looks.append(Look(masked(number), place, Sight.NARROW))
        elif (choice := choice_of_tag(tag)) is not None and choice[0] in self._report.choices:
            yield from self._choice(control, *choice)
        elif is_figure_tag(tag):
            yield from self._figure(control, tag)
        elif tag == SOURCES_TAG:
            if self._sources is not None:
                yield from self._sources.iter_mismatches(self._document, control)
        elif tag and tag != CONTENTS_TAG:
            yield mismatch_at(f"目印「{tag}」", State.EXTRA)

    def _figure(self, control: Control, tag: str) -> Iterator[Mismatch]:
        self.values += 1
        part = Placeholder.of_tag(tag)
        place = self._figure_place(control)
        if part.figure not in self._report.figures_by_id:
            yield mismatch_at(place, State.EXTRA, actual=control.text)
            return
        expected = self._due.figure(tag)
        shown = fold_digits(control.text)
        if not alike(shown, expected):
            yield differing(place, expected, shown, self._manifest.figures.get(tag))

    def _figure_place(self, control: Control) -> str:
        tag = control.tag or ""
        return f"数値「{self._expected.labels.get(tag) or control.alias or tag}」"

    def _note(self, control: Control, table_id: str, number: int) -> Iterator[Mismatch]:
        table = self._report.tables_by_id[table_id]
        place = f"表「{table.title}」の注{number}"
        if number > len(table.notes):
            yield mismatch_at(place, State.EXTRA)
            return
        self.values += 1
        expected = self._results.holds(table, table.notes[number - 1])
        yield from self._sentence(control, place, table.notes[number - 1].text, expected=expected)

    def _choice(self, control: Control, choice: str, number: int) -> Iterator[Mismatch]:
        """A sentence is there, and its alternatives aren't."""
        alternatives = self._report.choices[choice]
        place = f"「{control.alias or control.tag}」"
        if number > len(alternatives):
            yield mismatch_at(place, State.EXTRA)
            return
        self.values += 1
        expected = self._results.chosen(alternatives) == number - 1
        text = alternatives[number - 1].text
        yield from self._sentence(control, place, text, expected=expected)
        due, shown = self._results.render(text), control.text
        if expected and shown and bool(_NEGATION.search(due)) != bool(_NEGATION.search(shown)):
            words = (f"…{normal(masked(one))[-_END:]}" for one in (shown, due))
            self.looks.append(Look("", next(words), Sight.TURNED, next(words)))

    def _sentence(self, control: Control, place: str, text: Text, *, expected: bool) -> Iterator[Mismatch]:
        paragraphs = [] if control.content is None else list(control.content.iter(P))
        shown = any(style_of(paragraph) not in HIDDEN and control.text for paragraph in paragraphs)
        if shown != expected:
            words = self._results.render(text)
            yield differing(place, words if expected else "", words if shown else "", None)

    def _prose(self, prose: Sequence[Prose]) -> Iterator[Mismatch]:
        """The text around the controls: what runs into one of them, and numbers that a hand typed."""
        for touching in itertools.chain.from_iterable(one.touching for one in prose):
            control = touching.control
            yield mismatch_at(
                f"数値「{control.alias or control.tag}」", State.EDITED, control.text, touching.text
            )
        for control, behind in itertools.chain.from_iterable(one.followed for one in prose):
            yield from self._units.iter_wrong(control, behind, self._figure_place(control))
        figures = (self._due.figure(part.tag) for part in self._report.printed_figures)
        numbers = itertools.chain.from_iterable(map(numbers_in, figures))
        known = {number for number in numbers if len(number) >= _TELLING}
        if self._manifest == Manifest():
            self.looks.append(Look("", "", Sight.UNRECORDED))
        for number, one in iter_unknown(prose, self._manifest.prose, known):
            self.looks.append(Look(masked(number), excerpt(one.text, number)))
        self._moved(prose)
        self._reworded(prose)
        yield from self._widths(prose)

    def _widths(self, prose: Sequence[Prose]) -> Iterator[Mismatch]:
        """How numbers are set: all of them otherwise than 設定 says, or one by a hand."""
        setting, due = self._report.digits_setting, self._results.digits
        if setting is not None and self._digits is not due:
            yield mismatch_at(f"設定「{setting.label}」", State.STALE, due.label, self._digits.label)
            return
        for number, text, wanted in iter_other_widths(prose, due):
            self.looks.append(Look(masked(number), excerpt(text, number), Sight.WIDTH, wanted.label))

    def _moved(self, prose: Sequence[Prose]) -> None:
        labels = self._expected.labels
        for text, tag, former in iter_moved(prose, self._manifest.spots):
            shown = excerpt(text, text[:1])
            self.looks.append(Look(labels.get(tag, tag), shown, Sight.MOVED, labels.get(former, former)))

    def _reworded(self, prose: Sequence[Prose]) -> None:
        for words in iter_reworded(prose, self._manifest.titles):
            shown, former = (masked(self._with_figures(one)) for one in words)
            if not alike(shown, former):  # a figure typed in place of its control is told as that
                self.looks.append(Look("", shown, Sight.REWORDED, former))

    def _with_figures(self, words: str) -> str:
        known = self._expected.labels
        return _TAG.sub(lambda tag: self._due.figure(tag[1]) if tag[1] in known else tag[0], words)

    def _references(self, prose: Sequence[Prose]) -> Iterator[Mismatch]:
        annexes = {
            bookmark: block.label
            for bookmark, block in bookmarks(self._report).items()
            if isinstance(block, Annex)
        }
        named = itertools.chain.from_iterable(references.annexes_named(one.text) for one in prose)
        lost = ((f"【{label}】", None) for label in named if label not in annexes.values())
        for shown, due in (*references.iter_broken(self._marks, annexes), *lost):
            place = masked(f"参照「{shortened(shown)}」")
            what = "の参照先がありません" if due is None else f"は「{masked(shortened(due))}」のはずです"
            message = f"{place}{what}。Wordで参照を入れ直すか、書き直してください。"
            yield Mismatch(place, message, State.STRUCTURE, due, masked(shown))

    def _missing(self) -> Iterator[Mismatch]:
        for gone in iter_gone(self._results, self._controls, self._manifest):
            yield mismatch_at(gone.place, State.MISSING)

    def _illegible(self) -> Iterator[Mismatch]:
        """Values that stand there and aren't read so."""
        for control, element, told in legibility.iter_illegible(self._marks, self._document.styles):
            table = self._report.tables_by_id.get(table_of_tag(control.tag or "") or "")
            if table is None:
                place = self._figure_place(control)
            else:
                row = next((one for one in (element, *element.iterancestors()) if one.tag == TR), element)
                texts = filter(None, (normal(visible_text(cell)) for cell in row.iter(TC)))
                words = shortened(masked("・".join(texts)))
                place = f"{table_place(self._report, table)}の「{words}」"
            yield Mismatch(place, f"{place}: {told}。", State.EDITED)

    def _contents(self) -> Iterator[Mismatch]:
        """Lines and page numbers as they would be written now; reads the document last, as it marks headings."""
        body = self._document.body
        if find_contents(body) is None:
            return
        shown = read_contents(body)
        entries = mark_headings(body, bookmarks(self._report), self._digits)
        notes = footnotes_of(self._document, self._styles)
        pages = paginate(body, self._styles, {}, notes, self._read).pages
        expected = [Line(entry.text, str(pages[entry.bookmark]), entry.bookmark) for entry in entries]
        self.values += len(expected)
        yield from iter_wrong_lines(expected, shown)
        yield from iter_wrong_fields(entries, shown)
        unnumbered = list(iter_unnumbered(self._document, entries))
        for first in unnumbered[:1]:
            self.looks.append(Look(str(len(unnumbered)), shortened(masked(first.text)), Sight.UNNUMBERED))
