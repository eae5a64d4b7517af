"""公表: the published .docx and PDF of a handout, or every reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from jukixl.commands.checking import summarize
from jukixl.commands.outputs import optional_output_of
from jukixl.commands.registry import Arguments, Outcome, Progress, path_of
from jukixl.errors import InputError, Place, Problem
from jukixl.handout.package import open_package
from jukixl.handout.pdf import find_engine, make_pdf
from jukixl.handout.pdf_checks import check_pdf
from jukixl.handout.pdf_reading import read_pdf
from jukixl.handout.release import Release, document_day, release_handout
from jukixl.handout.release_record import append_record, file_entry
from jukixl.workbook.host import host_of
from jukixl.workbook.package import keep_former, read_package, write_atomic

if TYPE_CHECKING:
    from jukixl.report.model import Report

_NO_ENGINE = (
    "PDFを作るプログラム（Word 又は LibreOffice）がこのパソコンにありません。"
    "どちらかがあるパソコンで、もう一度「公表」を実行してください。"
)
_NO_READER = (
    "PDFを確かめる部品（pypdf）がありません。導入キットで入れ直すか「pip install jukixl[release]」で入れてから、"
    "もう一度「公表」を実行してください。"
)


class Pdf(Struct, frozen=True):
    """What became of the PDF: `data` None where there is none; `problems`: why it isn't fit to be published."""

    engine: str | None
    data: bytes | None
    problems: tuple[str, ...]


def release(arguments: Arguments, progress: Progress) -> Outcome:
    """公表."""
    path, out = path_of(arguments, "DOCX"), optional_output_of(arguments, "out", ".docx")
    out = out or path.with_name(f"{path.stem}_公表用.docx")
    if out.resolve() == path.resolve():
        message = "元の資料と同じファイルです。元の資料は書き換えません。別の名前を指定してください。"
        raise InputError(Problem(message, Place(file=str(out))))
    source, master = read_package(path).to_bytes(), host_of(arguments).read()
    released = release_handout(master, source, path.name)
    if released.document is None:
        return _refused(released)
    progress(1, 1, "PDF")
    pdf = _make_pdf(released.document, master.report)
    kept, outputs = _write(out, released.document, pdf)
    files = {
        "input": file_entry(path.name, source),
        "master": file_entry(master.package.name, master.package.to_bytes()),
        "outputs": [file_entry(one.name, data) for one, data in outputs.items()],
    }
    record = append_record(out.parent, released, files, pdf.engine, pdf.problems)
    return _outcome(released, pdf, list(outputs), kept, record)


def _refused(released: Release) -> Outcome:
    lines = [str(obstacle) for obstacle in released.obstacles]
    lines.append(
        f"公表できない理由が {len(released.obstacles)} 件あります。すべて直してから、もう一度実行してください。"
        "何も書き出していません。"
    )
    reasons = [asdict(obstacle) for obstacle in released.obstacles]
    return Outcome(tuple(lines), {"released": False, "reasons": reasons}, 1)


def _make_pdf(document: bytes, report: Report) -> Pdf:
    engine = find_engine()
    if engine is None:
        return Pdf(None, None, (_NO_ENGINE,))
    data = make_pdf(document, document_day(document), engine)
    reading = read_pdf(data)
    problems = [_NO_READER] if reading is None else check_pdf(reading, open_package(document), report)
    return Pdf(engine.name, data, tuple(problems))


def _write(out: Path, document: bytes, pdf: Pdf) -> tuple[list[Path], Mapping[Path, bytes]]:
    """The former files that were kept, and what was written. Only a PDF without problems bears the final name."""
    final = out.with_suffix(".pdf")
    outputs = {out: document}
    if pdf.data is not None:
        outputs[out.with_name(f"{out.stem}_要確認.pdf") if pdf.problems else final] = pdf.data
    kept = [former for path, data in outputs.items() if (former := keep_former(path, data))]
    if pdf.problems and (former := keep_former(final, b"")):
        final.unlink()  # it is of an earlier document
        kept.append(former)
    for path, data in outputs.items():
        write_atomic(path, data)
    return kept, outputs


def _outcome(released: Release, pdf: Pdf, outputs: list[Path], kept: list[Path], record: Path) -> Outcome:
    lines = [str(look) for look in released.verification.looks]
    lines += [f"［PDF］{problem}" for problem in pdf.problems]
    lines += [f"前のファイルを残しました: {path}" for path in kept]
    lines += [f"公表用のファイルを作成しました: {path}" for path in outputs]
    lines += [f"公表記録に書き加えました: {record}", summarize(released.findings)]
    if pdf.problems:
        lines.append("公表用の文書（.docx）はできましたが、公表できるPDFはまだありません。")
    data = {
        "released": not pdf.problems,
        "outputs": [str(path) for path in outputs],
        "kept": [str(path) for path in kept],
        "record": str(record),
        "pdf_engine": pdf.engine,
        "pdf_problems": list(pdf.problems),
        "looks": [look.to_json() for look in released.verification.looks],
    }
    return Outcome(tuple(lines), data, int(bool(pdf.problems)))
