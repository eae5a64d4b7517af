"""Several files of one municipality: the newest by its own content holds, unless that can't be told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from jukixl.findings import Described, Finding, Severity
from jukixl.report.computation import print_value
from jukixl.survey.form_cells import FormInput
from jukixl.survey.outcome import REJECTED, UNCHANGED, FileOutcome
from jukixl.workbook.package import Package

_MODIFIED = re.compile(rb"<(?:\w+:)?modified[^>]*>([^<]+)</")
_CORE = "docProps/core.xml"
_CORE_LENGTH = 64 * 1024
_SAME_SECONDS = 2.0
"""File systems and zip files round to two seconds: what is nearer is not told apart."""
_SHOWN = 5


CODES = (
    Described(
        "duplicate",
        (Severity.ERROR,),
        "同じ市町村の、内容の違う調査票があり、どちらが新しいか分からない",
        "正しい方だけをフォルダーに残し、もう一度取り込む。",
    ),
    Described(
        "superseded",
        (Severity.INFO,),
        "より新しい調査票があるため、取り込まなかった",
        "新しい方が正しいか、違いを確かめる。",
    ),
    Described(
        "newest_taken",
        (Severity.WARNING,),
        "同じ市町村の調査票のうち、最も新しいものを取り込んだ",
        "違いを見て、新しい方でよいか市町村に確かめる。",
    ),
    Described(
        "newer_rejected",
        (Severity.WARNING,),
        "より新しい調査票に誤りがあり、古い方を取り込んだ",
        "新しい調査票を直してもらい、もう一度取り込む。",
    ),
)


def modified_at(package: Package, path: Path) -> float:
    """When a form was last saved (seconds since 1970): by its own properties or, without these, by the file's time."""
    match = _MODIFIED.search(package.get(_CORE, b"")[:_CORE_LENGTH])
    if match:
        try:
            moment = datetime.fromisoformat(match[1].decode().strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):  # not a date: as if there were none
            pass
    return path.stat().st_mtime


def settle_duplicates(outcomes: Iterable[FileOutcome], inputs: list[FormInput]) -> None:
    """Mark which of several files of a municipality holds; findings name the others and what differs."""
    by_body: dict[str, list[FileOutcome]] = {}
    for outcome in outcomes:
        if outcome.municipality:
            by_body.setdefault(outcome.municipality, []).append(outcome)
    for same in by_body.values():
        taken = [outcome for outcome in same if outcome.status != REJECTED]
        if len(taken) > 1 and any(outcome.says_other_than(taken[0]) for outcome in taken):
            _settle(taken, inputs)
        _warn_of_newer_rejected(same)


def _settle(same: list[FileOutcome], inputs: list[FormInput]) -> None:
    *older, newest = sorted(same, key=lambda outcome: outcome.modified)
    rivals = [
        one for one in older if newest.modified - one.modified < _SAME_SECONDS and one.says_other_than(newest)
    ]
    if rivals:
        _reject_all([*rivals, newest])
        older = [one for one in older if one not in rivals]
    for one in older:
        _supersede(one, newest, inputs)


def _reject_all(same: list[FileOutcome]) -> None:
    """Neither can be told to be the newer one: which of them holds isn't ours to guess."""
    files = "、".join(outcome.shown_name for outcome in same)
    message = (
        f"同じ市町村の、内容の違う調査票が {len(same)} 件あり、どちらが新しいか分かりません（{files}）。"
        "正しい方だけを残してください。"
    )
    for outcome in same:
        outcome.status = REJECTED
        outcome.findings.append(
            Finding("duplicate", Severity.ERROR, message, municipality=outcome.municipality)
        )


def _supersede(older: FileOutcome, newest: FileOutcome, inputs: list[FormInput]) -> None:
    older.status = UNCHANGED
    older.is_superseded = True
    differences = _differences(older, newest, inputs)
    message = f"より新しい調査票（{newest.shown_name}）があるため、取り込みませんでした。"
    older.findings.append(
        Finding("superseded", Severity.INFO, message + differences, municipality=older.municipality)
    )
    message = (
        f"同じ市町村の調査票がほかにあり（{older.shown_name}）、保存日時の新しいこちらを取り込みました。"
    )
    newest.findings.append(
        Finding("newest_taken", Severity.WARNING, message + differences, municipality=newest.municipality)
    )


def _differences(older: FileOutcome, newest: FileOutcome, inputs: list[FormInput]) -> str:
    """古い → 新しい, of the first few inputs that differ."""
    pairs = [
        f"{item.title} {_shown(older, item)} → {_shown(newest, item)}"
        for item in inputs
        if older.values.get(item.key) != newest.values.get(item.key)
    ]
    more = f"、ほか {len(pairs) - _SHOWN} 項目" if len(pairs) > _SHOWN else ""
    return f"違い: {'、'.join(pairs[:_SHOWN])}{more}。" if pairs else ""


def _shown(outcome: FileOutcome, item: FormInput) -> str:
    value = outcome.values.get(item.key)
    return (print_value(value, item.column.kind) if value is not None else "") or "（空欄）"


def _warn_of_newer_rejected(same: list[FileOutcome]) -> None:
    """Where the newer file couldn't be taken, the older one may not be what the municipality says now."""
    for taken in same:
        newer = [
            one for one in same if one.status == REJECTED and one.modified > taken.modified + _SAME_SECONDS
        ]
        if taken.status != REJECTED and not taken.is_superseded and newer:
            files = "、".join(one.shown_name for one in newer)
            message = f"より新しい調査票（{files}）は取り込めなかったため、古い方の値です。確かめてください。"
            taken.findings.append(
                Finding("newer_rejected", Severity.WARNING, message, municipality=taken.municipality)
            )
