"""Builds the handout. A fresh template and last month's handout are the same to it: both hold controls to be filled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from jukixl.handout.choosing import Chooser, WorkbookWins
from jukixl.handout.contents import find_contents, iter_paragraphs, mark_headings, write_contents
from jukixl.handout.control_lint import read_controls, refuse_errors
from jukixl.handout.controls import Control, fill_inline
from jukixl.handout.digit_widths import set_widths
from jukixl.handout.due import Due, write_fingerprint
from jukixl.handout.expected import expected_controls
from jukixl.handout.footnotes import footnotes_of
from jukixl.handout.formats import StyleSheet
from jukixl.handout.geometry import TableGeometry
from jukixl.handout.grid import Grid
from jukixl.handout.heights import table_geometry
from jukixl.handout.manifest import has_manifest, read_manifest, write_manifest
from jukixl.handout.merging import apply_breaks
from jukixl.handout.names import (
    LARGEST_ID,
    bookmarks,
    is_figure_tag,
    note_tags,
    table_of_tag,
)
from jukixl.handout.ooxml import (
    Element,
    attribute,
    is_blank,
    is_repeated_for_old_programs,
    name,
    remove,
    style_of,
    w,
)
from jukixl.handout.package import Document, open_package
from jukixl.handout.pagination import Layout, paginate
from jukixl.handout.prose import read_prose, remember
from jukixl.handout.rows import fill_rows, join_parts
from jukixl.handout.sentences import remember_parts, toggle
from jukixl.handout.spots import remember_spots
from jukixl.handout.styles import TABLE_BREAK
from jukixl.handout.tabletext import TableText
from jukixl.handout.titles import remember_titles
from jukixl.handout.widths import fit_columns
from jukixl.report.model import Cover, Report, Table

if TYPE_CHECKING:
    from jukixl.handout.mismatches import Look
    from jukixl.handout.sources import SourceList
    from jukixl.report.computation import Results

_CONTROL_ID = name("id")
_UNDATED = datetime(2000, 1, 1)


class Filled(Struct, frozen=True):
    """A document as it was filled, and what a person should look at: numbers that are wider than their columns."""

    document: bytes
    looks: tuple[Look, ...]


def build_handout(
    report: Report,
    results: Results,
    template: bytes,
    name: str | None = None,
    sources: SourceList | None = None,
    *,
    trusted: bool = False,
) -> Filled:
    """The handout: `template` with every figure, table, note and page number brought up to date.

    `template` may be an earlier handout: sentences, looks and pictures that staff changed stay. The same input gives the
    same bytes. Raises InputError or Refusal, with every mistake found, where the document can't be filled safely
    (see `jukixl.handout.lint`); `name` is the file named in the messages. The 数値出典一覧 is kept as it is without `sources`.
    A `trusted` template is the shipped one, in which the tests have found no mistake: it isn't looked at again.
    """
    document = open_package(template, name)
    controls, manifest = read_controls(document), read_manifest(document)
    if not trusted:
        from jukixl.handout.lint import lint_document

        refuse_errors(lint_document(report, document, controls, manifest), name)
    return fill_document(document, controls, Due(results), WorkbookWins(manifest), sources)


def fill_document(
    document: Document,
    controls: list[Control],
    due: Due,
    chooser: Chooser,
    sources: SourceList | None = None,
) -> Filled:
    """The document with figures, tables, notes and pages brought up to date; `chooser` decides where a hand wrote.

    `controls` are all of the document's.
    """
    results, report = due.results, due.results.report
    if sources is not None:
        sources.add(document.body)
        controls = read_controls(document)
    if chooser.last.width(report) is not results.digits:
        set_widths(document.iter_stories(), chooser.last.prose, results.digits)
    _fill_figures(controls, due, chooser)
    toggle(controls, results, chooser)
    tables = _fill_tables(document.body, controls, due, chooser)
    looks = _lay_out(document, results, tables)
    if sources is not None:
        sources.fill(document)
    _renumber(document.iter_stories())
    manifest = replace(chooser.manifest(), digits=results.digits)
    if not has_manifest(document):
        controls_now = read_controls(document)
        manifest = replace(manifest, places=_places(controls_now, report), parts=remember_parts(controls_now))
    if not (manifest.prose and manifest.spots and manifest.titles):
        prose = read_prose(document.iter_stories())
        manifest = replace(
            manifest,
            prose=manifest.prose or remember(prose),
            spots=manifest.spots or remember_spots(prose),
            titles=manifest.titles or remember_titles(prose),
        )
    write_manifest(document, manifest)
    write_fingerprint(document, due)
    _date(document, report, results)
    return Filled(document.to_bytes(), looks)


def _fill_figures(controls: Iterable[Control], due: Due, chooser: Chooser) -> None:
    """Fill every figure's control, wherever it is."""
    for control in controls:
        tag = control.tag
        if tag is not None and is_figure_tag(tag):
            fill_inline(control, chooser.figure(control, due.written(control)))


def _places(controls: Iterable[Control], report: Report) -> dict[str, int]:
    """What stands in fewer or more places than the definition has it in, and in how many."""
    found = Counter(control.tag for control in controls)
    required = expected_controls(report).required + Counter(list(note_tags(report)))
    return {tag: found[tag] for tag, wanted in required.items() if found[tag] != wanted}


def _renumber(stories: Iterable[Element]) -> None:
    """Give controls that were copied with their id, such as those in the header of a table that is parted, one of their own."""
    seen: set[str | None] = set()
    for given in chain.from_iterable(story.iter(_CONTROL_ID) for story in stories):
        if attribute(given) in seen and is_repeated_for_old_programs(given):
            continue
        while attribute(given) in seen:
            given.set(name("val"), str(int(attribute(given) or 0) % LARGEST_ID + 1))
        seen.add(attribute(given))


def _remove_breaks(body: Element, kept: Collection[Element]) -> None:
    """Take out the page breaks of an earlier build, but for those inside tables that are left alone and those that staff wrote in."""
    for paragraph in list(iter_paragraphs(body)):
        is_break = style_of(paragraph) == TABLE_BREAK and is_blank(paragraph)
        if is_break and not any(one in kept for one in paragraph.iterancestors()):
            remove(paragraph)


def _fill_tables(
    body: Element, everywhere: Iterable[Control], due: Due, chooser: Chooser
) -> dict[Control, tuple[Grid, TableText]]:
    named = ((table_of_tag(control.tag or ""), control) for control in everywhere)
    controls = [(table_id, control) for table_id, control in named if table_id is not None]
    _remove_breaks(body, [control.element for table_id, control in controls if chooser.skips(table_id)])
    filled: dict[Control, tuple[Grid, TableText]] = {}
    for table_id, control in controls:
        if chooser.skips(table_id):
            continue
        assert control.content is not None, "lint refuses controls without content"
        wanted = due.table(table_id)
        grid = join_parts(control.content, has_total=wanted.table.has_total())
        text = chooser.table(grid, wanted)
        filled[control] = fill_rows(grid, text), text
    return filled


def _lay_out(
    document: Document, results: Results, tables: Mapping[Control, tuple[Grid, TableText]]
) -> tuple[Look, ...]:
    """Work out the pages, part long tables and write the contents; the numbers that have no room."""
    body = document.body
    entries = mark_headings(body, bookmarks(results.report), results.digits)
    styles = StyleSheet(document.styles)
    too_wide = [
        (text.table, number) for grid, text in tables.values() for number in fit_columns(grid, text, styles)
    ]
    heights = {
        control.element: table_geometry(grid, text, styles) for control, (grid, text) in tables.items()
    }
    layout = paginate(body, styles, heights, footnotes_of(document, styles))
    _apply(layout, tables, heights)
    content = find_contents(body)
    if content is not None:
        write_contents(content, entries, layout.pages)
    return _looks(results.report, too_wide) if too_wide else ()


def _looks(report: Report, too_wide: Iterable[tuple[Table, str]]) -> tuple[Look, ...]:
    from jukixl.handout.mismatches import Look, Sight, masked
    from jukixl.handout.table_verification import table_place

    return tuple(Look(masked(number), table_place(report, table), Sight.NARROW) for table, number in too_wide)


def _apply(
    layout: Layout,
    tables: Mapping[Control, tuple[Grid, TableText]],
    heights: Mapping[Element, TableGeometry],
) -> None:
    for control, (grid, text) in tables.items():
        assert control.content is not None
        breaks = layout.breaks.get(control.element, ())
        apply_breaks(control.content, grid, text, breaks, heights[control.element].tall)
    for element in layout.new_pages:
        element.addprevious(w("p", w("pPr", w("pStyle", val=TABLE_BREAK))))


def _date(document: Document, report: Report, results: Results) -> None:
    """The date in the properties is the handout's own, not today's: bytes don't depend on when it was built."""
    cover = next((block for block in report.document if isinstance(block, Cover)), None)
    parts = cover.date.placeholders if cover else ()
    values = (results.figure(report.figures_by_id[part.figure]) for part in parts)
    day = next((value for value in values if isinstance(value, date)), None)
    moment = datetime(day.year, day.month, day.day) if day else _UNDATED
    document.set_properties(report.title, moment)
