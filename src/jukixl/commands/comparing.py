"""新旧対照: what differs between two handouts or two masters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import to_builtins

from jukixl.commands.inputs import read_file, report_of
from jukixl.commands.outputs import optional_output_of
from jukixl.commands.registry import Arguments, Outcome, Progress, path_of
from jukixl.comparison.differences import Comparison, Difference, Topic
from jukixl.comparison.document import create_comparison_document
from jukixl.comparison.handouts import HANDOUTS, compare_handouts
from jukixl.comparison.masters import MASTERS, compare_masters
from jukixl.comparison.page import create_comparison_page
from jukixl.errors import InputError, Place, Problem
from jukixl.handout.mismatches import shortened
from jukixl.workbook.package import Package, write_keeping_former

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
    lines = [line for topic in Topic for line in _tell(topic, comparison.of(topic))]
    kept = []
    for path, create in ((out, create_comparison_document), (page, create_comparison_page)):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            kept.append(write_keeping_former(path, create(comparison)))
            lines += [f"前のものを残しました: {kept[-1]}"] if kept[-1] else []
            lines.append(f"新旧対照表を作成しました: {path}")
    counts = "、".join(f"{topic.value} {len(comparison.of(topic))} 件" for topic in Topic)
    lines.append(f"{comparison.values} 件の値を比べました。違い: {counts}。")
    data = to_builtins(comparison) | {
        "out": str(out) if out else None,
        "html": str(page) if page else None,
        "kept": [str(one) for one in kept if one],
    }
    return Outcome(tuple(lines), data)


def _compare(arguments: Arguments, old: Path, new: Path) -> Comparison:
    contents = [(path.name, read_file(path)) for path in (old, new)]
    kinds = [_kind(*one) for one in contents]
    if kinds[0] != kinds[1]:
        message = f"旧は{kinds[0]}、新は{kinds[1]}です。資料どうし、又はマスターどうしを指定してください。"
        raise InputError(Problem(message, Place(file=f"{old.name}、{new.name}")))
    if kinds[0] == MASTERS:
        return compare_masters(old, new)
    return compare_handouts(report_of(arguments), *contents)


def _kind(name: str, content: bytes) -> str:
    """What a file is. InputError where it is neither a Word document nor a workbook."""
    package = Package.from_bytes(content, name)
    if "xl/workbook.xml" in package:
        return MASTERS
    if any(part.startswith("word/") for part in package):
        return HANDOUTS
    message = (
        "Word 文書（.docx）でも Excel ブック（.xlsx）でもありません。審議会資料かマスターを指定してください。"
    )
    raise InputError(Problem(message, Place(file=name)))


def _tell(topic: Topic, found: tuple[Difference, ...]) -> Iterator[str]:
    for one in found[:_SHOWN]:
        place = f" {one.place}" if one.place else ""
        change = f"（増減 {one.change}、増減率 {one.percent}）" if topic is Topic.NUMBER else ""
        cells = f"［{one.cells}］" if one.cells else ""
        both = f"{shortened(one.old) or 'なし'} → {shortened(one.new) or 'なし'}"
        yield f"{topic.value}:{place}{cells}　{both}{change}"
    if len(found) > _SHOWN:
        yield f"{topic.value}: ほか {len(found) - _SHOWN} 件"
