"""年度: starting a year's work."""

from __future__ import annotations

import tomllib
from pathlib import Path

from jukixl.commands.outputs import output_of
from jukixl.commands.registry import Arguments, Outcome, Progress, optional_path_of
from jukixl.errors import InputError, Place, Problem
from jukixl.figures import Missing
from jukixl.report.computation import print_value
from jukixl.report.loading import load_report
from jukixl.report.model import Report, Setting
from jukixl.report.sources import bundled_folder
from jukixl.report.values import Value
from jukixl.workbook.cells import CellValue
from jukixl.workbook.host import host_of
from jukixl.workbook.inputs import read_value
from jukixl.workbook.layout import SETTINGS_SHEET
from jukixl.workbook.package import require_new, write_atomic


def create(arguments: Arguments, _progress: Progress) -> Outcome:
    """新規作成: write a new master. InputError where the file already exists or the settings can't be used."""
    path = output_of(arguments, "MASTER", ".xlsx")
    require_new(path)
    report = load_report(optional_path_of(arguments, "report") or bundled_folder())
    settings = read_settings(report, optional_path_of(arguments, "settings"))
    from jukixl.workbook.creation import create_master

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, create_master(report, settings))
    empty = [setting.label for setting in report.settings if setting.id not in settings]
    next_step = (
        f"次に「設定」シートの {'、'.join(empty)} を入力してください。"
        if empty
        else "次に調査票を配布してください。"
    )
    lines = (f"マスターを作成しました: {path}", next_step)
    return Outcome(lines, {"master": str(path), "empty_settings": empty}, opens=path)


def show_settings(arguments: Arguments, _progress: Progress) -> Outcome:
    """設定: the settings of a master, as printed."""
    master = host_of(arguments).read()
    shown = {
        setting.id: print_value(master.results.figure(master.report.figures_by_id[setting.id]), setting.kind)
        for setting in master.report.settings
    }
    lines = tuple(
        f"{setting.label}: {shown[setting.id] or '（未入力）'}" for setting in master.report.settings
    )
    return Outcome(lines, {"settings": shown}, shows=SETTINGS_SHEET)


def read_settings(report: Report, path: Path | None) -> dict[str, Value]:
    """Settings by id: the defaults of the definition, then what the TOML file says (by id or label).

    InputError with everything in the file that can't be used.
    """
    problems: list[Problem] = []
    given: dict[str, object] = {setting.id: setting.default for setting in report.settings if setting.default}
    if path is not None:
        given |= _read_file(report, path, problems)
    values: dict[str, Value] = {}
    for setting in report.settings:
        if setting.id in given:
            _read_one(setting, given[setting.id], values, problems, path)
    if problems:
        raise InputError(*problems)
    return values


def _read_file(report: Report, path: Path, problems: list[Problem]) -> dict[str, object]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(Problem("設定のファイルを開けません。", Place(file=str(path)))) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f'TOML として読めません（{error}）。日本語の項目名は "基準日" のように引用符で囲みます。'
        raise InputError(Problem(message, Place(file=path.name))) from error
    ids = {name: setting.id for setting in report.settings for name in (setting.id, setting.label)}
    for key in raw.keys() - ids.keys():
        known = "、".join(f"{setting.id}（{setting.label}）" for setting in report.settings)
        problems.append(
            Problem(f"この設定はありません。使えるもの: {known}。", Place(file=path.name, key=key))
        )
    return {ids[key]: value for key, value in raw.items() if key in ids}


def _read_one(
    setting: Setting, raw: object, values: dict[str, Value], problems: list[Problem], path: Path | None
) -> None:
    cell: CellValue = raw if isinstance(raw, int | float | str) else str(raw)  # TOML dates read as ISO text
    reading = read_value(cell, setting.kind)
    if reading.problem:
        place = Place(file=path.name if path else None, key=setting.id)
        problems.append(Problem(f"「{setting.label}」: {reading.problem}", place))
    elif not isinstance(reading.value, Missing):
        values[setting.id] = reading.value
