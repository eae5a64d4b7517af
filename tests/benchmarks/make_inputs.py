"""What every program gets: `make_inputs.py FOLDER`, made once by jukixl's own commands from the published numbers.

`master.xlsx` holds everything but the survey forms' answers, `forms/` the 27 forms, each filled as its municipality
would; `cells.json`, `template.docx` and `plain_master.xlsx` are for the peers.
"""

from __future__ import annotations

import csv
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import published
from make_peer_inputs import write_peer_inputs

from jukixl.codes import parse_code
from jukixl.commands.registry import find_command
from jukixl.survey.collect import survey_columns
from jukixl.workbook.edits import Edit
from jukixl.workbook.form_card import read_card
from jukixl.workbook.master import read_master
from jukixl.workbook.names import form_name
from jukixl.workbook.patch import patch_workbook
from jukixl.workbook.snapshot import read_snapshot


def main(folder: Path) -> None:
    master, forms = folder / "master.xlsx", folder / "forms"
    _run("new", MASTER=master, settings=published.FOLDER / "settings.toml")
    _run("distribute", MASTER=master, out=forms)
    _fill(master, forms)
    for table, file in _imports(folder):
        _run("import", MASTER=master, TABLE=table, FILE=file)
    write_peer_inputs(master, next(forms.glob("*.xlsx")), folder)


def _run(command_id: str, **arguments: Path | str) -> None:
    command = find_command(command_id)
    assert command is not None
    outcome = command.load()(arguments, lambda _done, _total, _text: None)
    assert outcome.exit_code == 0, outcome.lines


def _fill(master: Path, forms: Path) -> None:
    files = {**published.CARDS, **published.NOTIFICATIONS}
    answers = {
        table: {str(parse_code(row["code"])): row for row in published.body(file)}
        for table, file in files.items()
    }
    columns = list(survey_columns(read_master(master).report))
    for path in sorted(forms.glob("*.xlsx")):
        form = read_snapshot(path)
        code = read_card(form).municipality
        values = {
            form_name(table.id, column.id): int(answers[table.id][code][column.id])
            for table, column in columns
        }
        patch_workbook(path, [Edit(*form.locate(name), value) for name, value in values.items()])


def _imports(folder: Path) -> Iterator[tuple[str, Path]]:
    plan = tomllib.loads((published.FOLDER / "demo.toml").read_text(encoding="utf-8"))
    yield from ((table, published.FOLDER / file) for table, file in plan["imports"].items())
    for table, (whole, part) in plan["differences"].items():
        path = folder / f"{table}.csv"
        rows = [
            _difference(*pair) for pair in zip(published.records(whole), published.records(part), strict=True)
        ]
        with path.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        yield table, path


def _difference(whole: dict[str, str], part: dict[str, str]) -> dict[str, str]:
    return {
        key: text if key in ("code", "municipality") else str(int(text) - int(part[key]))
        for key, text in whole.items()
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
