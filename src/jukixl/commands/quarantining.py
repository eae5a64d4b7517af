"""隔離: a returned file with a personal number, put away on purpose."""

from __future__ import annotations

from pathlib import Path

from jukixl.commands.registry import Arguments, Outcome, Progress, path_of
from jukixl.errors import InputError, Place, Problem, Refusal
from jukixl.personal import hide_numbers
from jukixl.survey.archive import QUARANTINED, Archive, digest_of
from jukixl.survey.screening import find_personal_numbers
from jukixl.workbook.host import host_of
from jukixl.workbook.package import Package
from jukixl.workbook.snapshot import Snapshot, read_snapshot


def quarantine(arguments: Arguments, _progress: Progress) -> Outcome:
    """隔離. The file leaves its folder only when it is in 隔離 and in the log."""
    host, file = host_of(arguments), path_of(arguments, "FILE")
    name = hide_numbers(file.name)
    host.read()  # so that nothing is put beside a workbook that is no master
    data = _read(file, host.path)
    found = find_personal_numbers(data, file.name, _as_workbook(data, file.name))
    archive, digest = Archive(host.path), digest_of(data)
    kept = archive.quarantine(data, digest, file.suffix)
    codes = sorted({finding.code for finding in found})
    archive.append([{"event": QUARANTINED, "file": name, "sha256": digest, "findings": codes}])
    for path in {file, archive.path_of(digest, file.suffix)}:
        _remove(path, name, kept)
    lines = [str(finding) for finding in found] or ["個人番号などは見つかりませんでした。"]
    lines += [
        f"{name} を隔離しました: {kept}",
        "元のフォルダーからは消しました。取込では読みません。規程に従って消去するか、保管してください。",
    ]
    data_out = {"file": name, "kept": str(kept), "findings": [finding.to_json() for finding in found]}
    return Outcome(tuple(lines), data_out)


def _read(file: Path, master: Path) -> bytes:
    place = Place(file=hide_numbers(str(file)))
    if file.exists() and file.samefile(master):
        raise Refusal(Problem("マスターは隔離できません。返送されたファイルを指定してください。", place))
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise InputError(
            Problem("ファイルがありません。名前とフォルダーを確かめてください。", place)
        ) from error
    except OSError as error:
        message = (
            "読み取れません。Excelなどで開いていれば閉じ、フォルダーではなくファイルを指定してください。"
        )
        raise InputError(Problem(message, place)) from error


def _as_workbook(data: bytes, name: str) -> tuple[Package, Snapshot] | None:
    try:
        package = Package.from_bytes(data, name)
        return package, read_snapshot(package)
    except InputError:  # whatever it is, it can be put away
        return None


def _remove(path: Path, name: str, kept: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        message = (
            f"隔離しました（{kept}）が、元のファイルを消せません。"
            "Excelなどで開いていれば閉じ、元のファイルを手で消してください。"
        )
        raise InputError(Problem(message, Place(file=name))) from error
