"""The files of a definition: a folder of .toml files, with its row masters as .csv files in the folder `rows`."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import tomli

from jukixl.errors import DefinitionError, Place, Problem

MAIN_FILE = "report.toml"
_ROWS = "rows"
BUNDLED = Path(__file__).parent.parent / "reports"


def bundled_folder(report_id: str = "juki") -> Path:
    """The folder of a definition that comes with jukixl."""
    return BUNDLED / report_id


def read_sources(folder: Path) -> dict[str, str]:
    """All texts of a definition by their path inside the folder (with `/`), `report.toml` first.

    Raises DefinitionError where there is no such folder, no `report.toml` in it, or a file isn't UTF-8.
    """
    if not (folder / MAIN_FILE).is_file():
        raise DefinitionError(
            Problem(
                f"報告の定義ではありません。{MAIN_FILE} のあるフォルダーを指定してください。",
                Place(file=str(folder)),
            )
        )
    names = [name for name in os.listdir(folder) if name.endswith(".toml")]
    if (folder / _ROWS).is_dir():
        names += [f"{_ROWS}/{name}" for name in os.listdir(folder / _ROWS) if name.endswith(".csv")]
    names.sort(key=lambda name: (name != MAIN_FILE, name))
    return {name: _read_text(folder / name, name) for name in names}


@cache
def _bundled_sources(report_id: str) -> dict[str, str]:
    folder = bundled_folder(report_id)
    return read_sources(folder) if folder.is_dir() else {}


def is_bundled(report_id: str, sources: Mapping[str, str]) -> bool:
    """Whether these are the very texts of the definition that comes with jukixl under this id."""
    return sources == _bundled_sources(report_id)


def _read_text(path: Path, name: str) -> str:
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        message = "文字コードが UTF-8 ではありません。UTF-8 で保存し直してください。"
        raise DefinitionError(Problem(message, Place(file=name))) from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def parse_toml(sources: Mapping[str, str]) -> tuple[dict[str, dict[str, object]], list[Problem]]:
    """The parsed .toml files by name, and what could not be read."""
    parsed: dict[str, dict[str, object]] = {}
    problems = []
    for name, text in sources.items():
        if not name.endswith(".toml"):
            continue
        try:
            parsed[name] = tomli.loads(text)
        except tomli.TOMLDecodeError as error:
            problems.append(Problem(describe_toml_error(error), Place(file=name)))
    return parsed, problems


def describe_toml_error(error: tomli.TOMLDecodeError) -> str:
    """Where a text stops being TOML. The parser's reason is English and often names another place than the slip."""
    at = re.search(r"line ([0-9]+), column ([0-9]+)", str(error))
    where = f"{at[1]} 行目の {at[2]} 文字目" if at else "最後の行"
    return f'{where}が TOML として読めません。文字列は "…" で囲みます。'


def read_csv_records(text: str) -> tuple[tuple[str, ...], tuple[dict[str, str], ...]]:
    """Header and records of a .csv text; cells missing at the end of a row are ""."""
    rows = [row for row in csv.reader(io.StringIO(text)) if any(row)]
    if not rows:
        return (), ()
    header = tuple(cell.strip() for cell in rows[0])
    records = tuple(
        {name: row[number] if number < len(row) else "" for number, name in enumerate(header)}
        for row in rows[1:]
    )
    return header, records


def iter_csv_problems(text: str) -> Iterator[str]:
    """Why a .csv text can't list rows: nothing in it, headings repeated or empty, rows longer than the headings."""
    rows = [(number, row) for number, row in enumerate(csv.reader(io.StringIO(text)), 1) if any(row)]
    if len(rows) < 2:
        yield "見出しの行と、一つ以上の行が必要です。"
        return
    header = [cell.strip() for cell in rows[0][1]]
    if len(set(header)) < len(header) or "" in header:
        yield f"見出しが空か、同じ見出しが二つあります。今の見出し: {'、'.join(header)}。"
    for number, row in rows[1:]:
        if len(row) > len(header):
            yield f'{number} 番目の行に、見出しより多い {len(row)} 個の値があります。カンマを含む値は " " で囲んでください。'
