"""新旧対照: what differs between two handouts or two masters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec import to_builtins

from jukixl.commands.inputs import report_of
from jukixl.commands.outputs import optional_output_of
from jukixl.commands.registry import Arguments, Outcome, Progress, path_of
from jukixl.comparison.differences import Comparison, Difference, Topic
from jukixl.comparison.document import create_comparison_document
from jukixl.comparison.handouts import HANDOUTS, compare_handouts, read_handout
from jukixl.comparison.masters import MASTERS, compare_masters
from jukixl.comparison.page import create_comparison_page
from jukixl.errors import InputError, JukixlError, Place, Problem
from jukixl.handout.mismatches import shortened
from jukixl.workbook.master import master_of
from jukixl.workbook.package import Package, read_package, write_keeping_former
from jukixl.workbook.snapshot import read_snapshot

_Source = TypeVar("_Source")
_Result = TypeVar("_Result")
_SHOWN = 20
"""Differences of a topic that are told one by one; the others are in the files and in the JSON."""


def compare(arguments: Arguments, _progress: Progress) -> Outcome:
    """新旧対照. That there are differences is no error."""
    old, new = path_of(arguments, "OLD"), path_of(arguments, "NEW")
    out, page = optional_output_of(arguments, "out", ".docx"), optional_output_of(arguments, "html", ".html")
    if out is not None and out.resolve() in (old.resolve(), new.resolve()):
        raise InputError(
            Problem("比べる資料と同じファイルです。別の名前を指定してください。", Place(file=str(out)))
        )
    comparison = _compare(arguments, old, new)
    lines = [line for topic in comparison.topics for line in _tell(topic, comparison.of(topic))]
    kept = []
    for path, create in ((out, create_comparison_document), (page, create_comparison_page)):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            kept.append(write_keeping_former(path, create(comparison)))
            lines += [f"前のものを残しました: {kept[-1]}"] if kept[-1] else []
            lines.append(f"新旧対照表を作成しました: {path}")
    lines.append(f"{comparison.values} 件の値を比べました。{_count(comparison)}")
    data = to_builtins(comparison) | {
        "out": str(out) if out else None,
        "html": str(page) if page else None,
        "kept": [str(one) for one in kept if one],
    }
    return Outcome(tuple(lines), data)


def _count(comparison: Comparison) -> str:
    if not comparison.differences:
        return "違いはありません。"
    counts = "、".join(f"{topic.value} {len(comparison.of(topic))} 件" for topic in comparison.topics)
    return f"違い: {counts}。"


def _compare(arguments: Arguments, old: Path, new: Path) -> Comparison:
    names = _names(old, new)
    packages = _of_both(read_package, (old, new))
    kinds = _of_both(_kind, packages)
    if kinds[0] != kinds[1]:
        message = f"旧は{kinds[0]}、新は{kinds[1]}です。資料どうし、又はマスターどうしを指定してください。"
        raise InputError(Problem(message, Place(file="、".join(names))))
    if kinds[0] == MASTERS:
        masters = _of_both(lambda one: master_of(one, read_snapshot(one)), packages)
        return compare_masters((names[0], masters[0]), (names[1], masters[1]))
    report = report_of(arguments)
    handouts = _of_both(lambda one: read_handout(report, one.name, one.to_bytes()), packages)
    return compare_handouts(report, (names[0], handouts[0]), (names[1], handouts[1]))


def _of_both(read: Callable[[_Source], _Result], sources: Sequence[_Source]) -> list[_Result]:
    """What is read from each; an error with all that is wrong with both."""
    results: list[_Result] = []
    errors: list[JukixlError] = []
    for source in sources:
        try:
            results.append(read(source))
        except JukixlError as error:
            errors.append(error)
    if errors:
        raise type(errors[0])(*dict.fromkeys(problem for error in errors for problem in error.problems))
    return results


def _names(old: Path, new: Path) -> tuple[str, str]:
    """What the files are called in the lists: with their folders where only these tell them apart."""
    if old.name != new.name or old.resolve() == new.resolve():
        return old.name, new.name
    return f"{old.resolve().parent.name}/{old.name}", f"{new.resolve().parent.name}/{new.name}"


def _kind(package: Package) -> str:
    """What a file is. InputError where it is neither a Word document nor a workbook."""
    if "xl/workbook.xml" in package:
        return MASTERS
    if any(part.startswith("word/") for part in package):
        return HANDOUTS
    message = "審議会資料（.docx）でもマスター（.xlsx）でもありません。どちらかを指定してください。"
    raise InputError(Problem(message, Place(file=package.name)))


def _tell(topic: Topic, found: tuple[Difference, ...]) -> Iterator[str]:
    for one in found[:_SHOWN]:
        place = f" {one.place}" if one.place else ""
        change = f"（増減 {one.change}、増減率 {one.percent}）" if topic is Topic.NUMBER else ""
        cells = f"［{one.cells}］" if one.cells else ""
        both = f"{shortened(one.old) or 'なし'} → {shortened(one.new) or 'なし'}"
        yield f"{topic.value}:{place}{cells}　{both}{change}"
    if len(found) > _SHOWN:
        yield f"{topic.value}: ほか {len(found) - _SHOWN} 件"
