"""資料: the Word handout and its template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, to_builtins
from msgspec.structs import asdict

from jukixl.check.master import check_master
from jukixl.commands.checking import summarize, tell
from jukixl.commands.inputs import read_file, report_and_digits_of, told_of_template
from jukixl.commands.outputs import optional_output_of, output_of
from jukixl.commands.registry import Arguments, Outcome, Progress, optional_path_of, path_of, texts_of
from jukixl.errors import InputError, Place, Problem, suggest
from jukixl.findings import Severity, has_errors
from jukixl.handout.build import build_handout
from jukixl.handout.package import open_package
from jukixl.handout.shipped import document_of_template, read_template, shipped_template, template_name
from jukixl.workbook.host import host_of
from jukixl.workbook.package import keep_former, require_new, write_atomic, write_keeping_former

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jukixl.handout.hands import ValueChange
    from jukixl.handout.refresh import Refreshed
    from jukixl.survey.letter_kinds import LetterKind

_HANDOUT = "審議会資料"
_NOT_IN_PLACE = (".docm", ".dotm", ".dotx")
"""What is written is a .docx; under these names Word wouldn't open it, and macros would be lost."""


def build(arguments: Arguments, _progress: Progress) -> Outcome:
    """資料作成. The handout is written even where the check finds errors (a draft is useful), but says so loudly."""
    out = output_of(arguments, "out", ".docx")
    host = host_of(arguments)
    master = host.read()
    beside = host.path.with_name(template_name(_HANDOUT))
    chosen = optional_path_of(arguments, "template") or (beside if beside.is_file() else None)
    of_master = (master.report, master.results.digits)
    shipped = None if chosen else shipped_template(*of_master)
    template = read_file(chosen) if chosen else shipped or read_template(*of_master)
    findings = check_master(master).findings
    sources, wanted = None, bool(arguments.get("sources"))
    if chosen or wanted:  # our own template has no such appendix
        from jukixl.handout.sources import SourceList

        sources = SourceList(master, wanted)
    filled = build_handout(
        master.report,
        master.results,
        template,
        chosen.name if chosen else None,
        sources,
        trusted=shipped is not None,
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    kept = write_keeping_former(out, filled.document)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    lines = tell(errors)
    lines += [f"前の資料を残しました: {kept}"] if kept else []
    lines += [f"審議会資料を作成しました: {out}", *told_of_template(chosen), *map(str, filled.looks)]
    lines.append(summarize(findings))
    if errors:
        lines.append(
            "誤りが残っています。このままでは配布できません。マスターを直してから作成し直してください。"
        )
    data = {
        "handout": str(out),
        "kept": str(kept) if kept else None,
        "findings": [f.to_json() for f in findings],
        "looks": [look.to_json() for look in filled.looks],
    }
    return Outcome(tuple(lines), data, int(bool(errors)))


def verify(arguments: Arguments, _progress: Progress) -> Outcome:
    """照合."""
    from jukixl.handout.sources import SourceList
    from jukixl.handout.verify import verify_handout

    path = path_of(arguments, "DOCX")
    master = host_of(arguments).read()
    result = verify_handout(master.report, master.results, read_file(path), path.name, SourceList(master))
    lines = [str(found) for found in (*result.mismatches, *result.looks)]
    lines += [str(result.origin)] if result.origin.is_stale else []
    lines.append(f"{result.values} 件の数値等を照合し、不一致は {len(result.mismatches)} 件です。")
    if result.looks:
        lines.append(f"ほかに、目で確かめる所が {len(result.looks)} 件あります。")
    return Outcome(tuple(lines), result.to_json(), int(bool(result.mismatches)))


def write_tie_out(arguments: Arguments, _progress: Progress) -> Outcome:
    """読み合わせ表."""
    from jukixl.handout.tie_out import tie_out
    from jukixl.handout.tie_out_book import create_tie_out_book

    path, host = path_of(arguments, "DOCX"), host_of(arguments)
    out = output_of(arguments, "out", ".xlsx", master=host.path)
    tied = tie_out(host.read(), read_file(path), path.name)
    kept = write_keeping_former(out, create_tie_out_book(tied, path.name))
    lines = [f"資料とマスターが違います: {entry.title}" for entry in tied.differing]
    lines += [str(tied.origin)] if tied.origin.is_stale else []
    lines += [f"前の読み合わせ表を残しました: {kept}"] if kept else []
    lines.append(f"読み合わせ表を作成しました: {out}")
    if tied.differing:
        lines.append(
            "読み合わせの前に「照合」で違いを確かめ、「資料の更新」で資料をマスターに合わせてください。"
        )
    data = {"tie_out": str(out), "kept": str(kept) if kept else None} | to_builtins(tied)
    return Outcome(tuple(lines), data, int(bool(tied.differing)), opens=out)


def add_sources(arguments: Arguments, _progress: Progress) -> Outcome:
    """数値出典一覧: 資料の更新 of a document that also gets the appendix."""
    return _refresh(arguments, wanted=True)


def refresh(arguments: Arguments, _progress: Progress) -> Outcome:
    """資料の更新: what the workbook changed is written, what people wrote stays."""
    return _refresh(arguments, wanted=False)


def _refresh(arguments: Arguments, *, wanted: bool) -> Outcome:
    from jukixl.handout.change_list import create_change_list
    from jukixl.handout.refresh import refresh_handout
    from jukixl.handout.sources import SourceList

    path, chosen = _document_in_place(arguments), optional_output_of(arguments, "list", ".docx")
    if chosen is not None and chosen.resolve() == path.resolve():
        raise InputError(
            Problem("更新する資料と同じファイルです。別の名前を指定してください。", Place(file=str(chosen)))
        )
    master = host_of(arguments).read()
    take = texts_of(arguments, "take_workbook")
    result = refresh_handout(
        master.report, master.results, read_file(path), path.name, take, SourceList(master, wanted)
    )
    listed = None if chosen is None else create_change_list(master.report, result, path.name)
    kept = keep_former(path, result.document)
    if kept:
        write_atomic(path, result.document)
    added = [f"前の資料を残しました: {kept}"] if kept else []
    added += [f"資料の最後に数値出典一覧を付けました: {path}"] if wanted else []
    listing = None if chosen is None or listed is None else _write_list(chosen, listed)
    added += listing.lines if listing else ()
    data = {
        "handout": str(path),
        "kept": str(kept) if kept else None,
        "list": str(listing.path) if listing and listing.path else None,
        "changes": [_change_to_json(change) for change in result.changes],
        "looks": [look.to_json() for look in result.looks],
        "origin": asdict(result.origin) | {"stale": result.origin.is_stale},
    }
    has_failed = listing is not None and listing.path is None
    return Outcome(_tell_refresh(result, added), data, int(bool(result.conflicts) or has_failed))


def _document_in_place(arguments: Arguments) -> Path:
    """The document to be brought up to date. InputError for kinds of Word files that aren't written."""
    path = path_of(arguments, "DOCX")
    if path.suffix.lower() in _NOT_IN_PLACE:
        message = (
            "更新できるのは .docx の資料です。Wordで開き、「名前を付けて保存」の種類を「Word 文書 (*.docx)」にして"
            "保存し、そのファイルを更新してください。"
        )
        raise InputError(Problem(message, Place(file=str(path))))
    return path


def _tell_refresh(result: Refreshed, added: Iterable[str]) -> tuple[str, ...]:
    """What a refresh did; `added` tells of the files."""
    written = [change for change in result.changes if change.is_written]
    return (
        *([f"更新前: {result.origin}"] if result.origin.is_stale else []),
        *(f"更新: {change.place}　{change.shown} → {change.due}" for change in written),
        *map(_kept_line, result.kept),
        *added,
        *map(str, result.looks),
        f"{len(written)} か所を更新しました。書き換えられたまま残した所は {len(result.kept)} か所、"
        f"うち判断が必要な所は {len(result.conflicts)} か所です。",
    )


class _Listing(Struct, frozen=True):
    """What became of the 変更一覧; `path` None where it couldn't be written."""

    path: Path | None
    lines: tuple[str, ...]


def _write_list(path: Path, listed: bytes) -> _Listing:
    """Write the 変更一覧. The handout is up to date by then: where the list can't be written, that is one more line."""
    try:
        former = write_keeping_former(path, listed)
    except InputError as error:
        return _Listing(
            None, tuple(f"変更一覧を作成できませんでした: {problem}" for problem in error.problems)
        )
    kept = [f"前の一覧を残しました: {former}"] if former else []
    return _Listing(path, (*kept, f"変更一覧を作成しました: {path}"))


def _change_to_json(change: ValueChange) -> dict[str, object]:
    shown = asdict(change) | {"state": change.state.value}
    del shown["row"]
    return shown


def _kept_line(change: ValueChange) -> str:
    """What stays as a hand wrote it, and what to do where that can't be decided here."""
    from jukixl.handout.states import State

    if change.state is State.STRUCTURE:
        return f"そのまま: {change.place}　{change.shown}"
    if change.state in (State.MISSING, State.EXTRA):
        what = "文書で削除されています" if change.state is State.MISSING else "文書で追加されています"
        return f"そのまま: {change.place}　{what}"
    both = f"文書「{change.shown}」、マスター「{change.due}」"
    if change.state is State.CONFLICT:
        return f"要判断: {change.place}　{both}。マスターの値にするには --take-workbook {change.name} を付けてください。"
    return f"そのまま: {change.place}　{both}"


def create_template(arguments: Arguments, _progress: Progress) -> Outcome:
    """ひな形の作成."""
    path = output_of(arguments, "DOCX", ".docx")
    require_new(path)
    kind = _letter_of(arguments)
    write_atomic(path, _new_letter(kind) if kind else _new_handout(arguments))
    return Outcome((f"ひな形を作成しました: {path}",), {"template": str(path)})


def _new_handout(arguments: Arguments) -> bytes:
    from jukixl.handout.template import create_template as create

    return create(*report_and_digits_of(arguments))


def _new_letter(kind: LetterKind) -> bytes:
    from jukixl.survey.letter_starter import create_letter_template

    return create_letter_template(kind)


def create_parts(arguments: Arguments, _progress: Progress) -> Outcome:
    """部品集."""
    from jukixl.handout.template import create_parts as create

    path = output_of(arguments, "DOCX", ".docx")
    kept = write_keeping_former(path, create(*report_and_digits_of(arguments)))
    lines = [f"前の部品集を残しました: {kept}"] if kept else []
    return Outcome(
        (*lines, f"部品集を作成しました: {path}"), {"parts": str(path), "kept": str(kept) if kept else None}
    )


def check_template(arguments: Arguments, _progress: Progress) -> Outcome:
    """ひな形の点検. A file named as the template of a letter is taken for one."""
    from jukixl.handout.control_lint import read_controls
    from jukixl.handout.lint import lint_document, lint_widths
    from jukixl.handout.manifest import read_manifest
    from jukixl.survey.letter_kinds import LETTER_KINDS
    from jukixl.survey.letter_lint import lint_letter

    path = path_of(arguments, "DOCX")
    kind = _letter_of(arguments) or LETTER_KINDS.get(document_of_template(path.name))
    document = open_package(read_file(path), path.name)
    if kind:
        findings = list(lint_letter(kind, document))
    else:
        report, digits = report_and_digits_of(arguments)
        findings = [
            *lint_document(report, document, read_controls(document), read_manifest(document)),
            *lint_widths(report, document, digits),
        ]
    lines = [*tell(findings), summarize(findings)]
    data = {"findings": [finding.to_json() for finding in findings]}
    return Outcome(tuple(lines), data, int(has_errors(findings)))


def _letter_of(arguments: Arguments) -> LetterKind | None:
    """The letter that was named; None for the handout. InputError for another name."""
    name = arguments.get("letter")
    if name is None:
        return None
    from jukixl.survey.letter_kinds import LETTER_KINDS

    if name not in LETTER_KINDS:
        usable = "、".join(LETTER_KINDS)
        raise InputError(
            f"「{name}」という文書はありません。{suggest(name, LETTER_KINDS)}使えるのは {usable} です。"
        )
    return LETTER_KINDS[str(name)]
