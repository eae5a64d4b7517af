"""Brings a handout that people have worked on up to date: what the workbook changed is written, what a hand wrote stays."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from jukixl.errors import InputError, Place, Problem
from jukixl.findings import Finding
from jukixl.handout.build import fill_document
from jukixl.handout.control_lint import read_controls, refuse_errors
from jukixl.handout.due import Due, Origin, read_origin
from jukixl.handout.expected import expected_controls
from jukixl.handout.gone import iter_gone
from jukixl.handout.hands import HandsStay, ValueChange
from jukixl.handout.lint import lint_document
from jukixl.handout.manifest import Manifest, read_manifest
from jukixl.handout.names import table_of_tag
from jukixl.handout.package import open_package
from jukixl.handout.states import State
from jukixl.report.model import Report

if TYPE_CHECKING:
    from jukixl.handout.mismatches import Look
    from jukixl.handout.sources import SourceList
    from jukixl.report.computation import Results

_CHANGED_SHAPE = frozenset({"handout.header", "handout.columns", "handout.total"})
"""Findings about a table that somebody gave another shape: it is left as it is, the others are brought up to date."""


class Refreshed(Struct, frozen=True):
    """A handout brought up to date, and every place where it had differed from the workbook; `origin` as it had been.

    `looks`: numbers that are wider than their columns.
    """

    document: bytes
    changes: tuple[ValueChange, ...]
    origin: Origin
    looks: tuple[Look, ...] = ()

    @property
    def kept(self) -> tuple[ValueChange, ...]:
        """Where the document doesn't say what the workbook does."""
        return tuple(change for change in self.changes if not change.is_written)

    @property
    def conflicts(self) -> tuple[ValueChange, ...]:
        """Where nobody but a person can say what is right."""
        return tuple(c for c in self.kept if c.state in (State.CONFLICT, State.STRUCTURE))


def refresh_handout(
    report: Report,
    results: Results,
    handout: bytes,
    name: str | None = None,
    take: Collection[str] = (),
    sources: SourceList | None = None,
) -> Refreshed:
    """The handout with what changed in the workbook since it was written.

    `take` names figures (their tag) and tables (their id) for which the workbook wins over a hand. Raises InputError or
    Refusal as `build_handout` does, and InputError where a name isn't one of the report's or jukixl never wrote the document.
    """
    document = open_package(handout, name)
    _require_known(report, take, name)
    controls, manifest = read_controls(document), read_manifest(document)
    findings = list(lint_document(report, document, controls, manifest))
    skipped = {table_of_tag(f.cell or ""): f for f in findings if f.code in _CHANGED_SHAPE}
    refuse_errors((finding for finding in findings if not _may_stay(finding)), name)
    if manifest == Manifest():
        message = "この道具で作成した資料ではないため、どこが書き換えられたか分かりません。「資料作成」で作り直してください。"
        raise InputError(Problem(message, Place(file=name)))
    tables = {table for table in skipped if table is not None}
    due = Due(results)
    hands = HandsStay(manifest, expected_controls(report).labels, take, tables)
    origin, shown = read_origin(document, due), manifest.width(report)
    setting = report.digits_setting
    if setting is not None and shown is not results.digits:
        place = f"設定「{setting.label}」"
        hands.note(setting.id, place, State.STALE, shown.label, results.digits.label, written=True)
    gone = [
        ValueChange(one.tag, one.place, State.MISSING, "", "", is_written=False)
        for one in iter_gone(results, controls, manifest)
    ]
    filled = fill_document(document, controls, due, hands, sources)
    changes = (*_distinct([*hands.changes, *gone]), *_left_alone(report, skipped))
    return Refreshed(filled.document, changes, origin, filled.looks)


def _may_stay(finding: Finding) -> bool:
    """Whether staff may have meant it: a table of another shape is left alone, a sentence that is gone stays gone."""
    is_gone = finding.code == "handout.missing" and table_of_tag(finding.cell or "") is None
    return is_gone or finding.code in _CHANGED_SHAPE


def _require_known(report: Report, take: Collection[str], name: str | None) -> None:
    known = {part.tag for part in report.printed_figures} | set(report.tables_by_id)
    problems = [
        Problem(
            f"「{one}」という数値・表はありません。数値の目印のタグか表の識別子を書いてください。",
            Place(file=name),
        )
        for one in take
        if one not in known
    ]
    if problems:
        raise InputError(*problems)


def _distinct(changes: Collection[ValueChange]) -> Iterator[ValueChange]:
    """Each change once: a figure may stand in many places."""
    return iter(dict.fromkeys(changes))


def _left_alone(report: Report, skipped: dict[str | None, Finding]) -> Iterator[ValueChange]:
    for table_id, finding in skipped.items():
        if table_id:
            place = f"表「{report.tables_by_id[table_id].title}」"
            yield ValueChange(table_id, place, State.STRUCTURE, finding.message, "", is_written=False)
