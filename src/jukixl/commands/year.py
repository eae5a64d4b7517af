"""年度: starting a year's work."""

from __future__ import annotations

from pathlib import Path

import tomli

from jukixl.commands.inputs import report_of
from jukixl.commands.outputs import output_of
from jukixl.commands.registry import Arguments, Outcome, Progress, optional_path_of
from jukixl.errors import InputError, Place, Problem
from jukixl.figures import Missing
from jukixl.report.computation import print_value
from jukixl.report.model import Report, Setting
from jukixl.report.sources import describe_toml_error
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
    report = report_of(arguments)
    settings, doubts = read_settings(report, optional_path_of(arguments, "settings"))
    from jukixl.workbook.creation import create_master

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, create_master(report, settings))
    empty = [setting.label for setting in report.settings if setting.id not in settings]
    next_step = (
        f"次に「設定」シートの {'、'.join(empty)} を入力してください。"
        if empty
        else "次に調査票を配布してください。"
    )
    lines = (f"マスターを作成しました: {path}", *doubts, next_step)
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


def read_settings(report: Report, path: Path | None) -> tuple[dict[str, Value], list[str]]:
    """Settings by id, and what somebody should look at again: the defaults of the definition, then what the TOML file
    says (by id or label).

    InputError with everything in the file that can't be used.
    """
    reader = _SettingsReader(path)
    given: dict[str, object] = {setting.id: setting.default for setting in report.settings if setting.default}
    if path is not None:
        given |= reader.read_file(report, path)
    for setting in report.settings:
        if setting.id in given:
            reader.read_one(setting, given[setting.id])
    if reader.problems:
        raise InputError(*reader.problems)
    return reader.values, reader.doubts


class _SettingsReader:
    """Collects the settings of a file and whatever is wrong with it."""

    def __init__(self, path: Path | None) -> None:
        self.file = path.name if path else None
        self.values: dict[str, Value] = {}
        self.problems: list[Problem] = []
        self.doubts: list[str] = []

    def read_file(self, report: Report, path: Path) -> dict[str, object]:
        """What a file says, by the settings' ids."""
        raw = _read_toml(path)
        ids = {name: setting.id for setting in report.settings for name in (setting.id, setting.label)}
        given: dict[str, object] = {}
        for key, value in raw.items():
            if key not in ids:
                known = "、".join(f"{setting.id}（{setting.label}）" for setting in report.settings)
                self._complain(f"この設定はありません。使えるもの: {known}。", key)
            elif ids[key] in given:
                self._complain("同じ設定が二度書かれています。一つにしてください。", key)
            else:
                given[ids[key]] = value
        return given

    def read_one(self, setting: Setting, raw: object) -> None:
        """One setting's value, or what is wrong with it."""
        cell: CellValue = (
            raw if isinstance(raw, int | float | str) else str(raw)
        )  # TOML dates read as ISO text
        reading = read_value(cell, setting.kind)
        if reading.problem:
            self._complain(f"「{setting.label}」: {reading.problem}", setting.id)
        elif not isinstance(reading.value, Missing):
            self.values[setting.id] = reading.value
            self.doubts += [f"「{setting.label}」: {doubt}" for doubt in reading.doubts]

    def _complain(self, message: str, key: str) -> None:
        self.problems.append(Problem(message, Place(file=self.file, key=key)))


def _read_toml(path: Path) -> dict[str, object]:
    try:
        return tomli.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(Problem("設定のファイルを開けません。", Place(file=str(path)))) from error
    except UnicodeDecodeError as error:
        message = "文字コードが UTF-8 ではありません。メモ帳などで UTF-8 を選んで保存し直してください。"
        raise InputError(Problem(message, Place(file=path.name))) from error
    except tomli.TOMLDecodeError as error:
        message = f'{describe_toml_error(error)}日本語の項目名も "基準日" のように引用符で囲みます。'
        raise InputError(Problem(message, Place(file=path.name))) from error
