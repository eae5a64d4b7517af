"""体験: the whole job on the published numbers, by the same commands that staff use."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tomli

from jukixl.codes import parse_code
from jukixl.commands import checking, collecting, corresponding, handing_out, year
from jukixl.commands.registry import Arguments, Outcome, Progress, Run, optional_path_of
from jukixl.errors import InputError, Place, Problem, Refusal
from jukixl.report.sources import bundled_folder
from jukixl.survey.collect import survey_columns
from jukixl.workbook import names
from jukixl.workbook.edits import Edit
from jukixl.workbook.form_card import read_card
from jukixl.workbook.layout import Layout
from jukixl.workbook.master import read_master
from jukixl.workbook.package import write_atomic
from jukixl.workbook.patch import patch_workbook
from jukixl.workbook.snapshot import read_snapshot

_DEFAULT = "住基資料デモ"
_CONTACT = ("division", "person", "phone")
"""Who answered isn't published; the form only wants to be told."""
_STEPS = (
    "マスターの作成",
    "調査票の配布",
    "市町村の記入",
    "調査票の取込",
    "別紙の取込",
    "検算",
    "資料作成",
    "照合",
)


def run(arguments: Arguments, progress: Progress) -> Outcome:
    """Make master, forms and handout in an empty folder. InputError where the folder has something in it."""
    return _Demo(_folder(optional_path_of(arguments, "DIR")), progress).run()


def _folder(wanted: Path | None) -> Path:
    if wanted is None:
        candidates = (Path(f"{_DEFAULT}{number or ''}") for number in range(1000))
        return next(path for path in candidates if not path.exists())
    if wanted.exists() and (not wanted.is_dir() or any(wanted.iterdir())):
        raise InputError(
            Problem("空でないフォルダーです。新しいフォルダーを指定してください。", Place(file=str(wanted)))
        )
    return wanted


def _silent(_done: int, _total: int, _text: str) -> None:
    """The steps of a single command aren't shown: the demo has its own."""


class _Demo:
    def __init__(self, folder: Path, progress: Progress) -> None:
        self.folder = folder
        self.progress = progress
        self.data = bundled_folder() / "published"
        self.plan: Mapping[str, Any] = tomli.loads((self.data / "demo.toml").read_text(encoding="utf-8"))
        self.master = self.folder / "マスター.xlsx"
        self.forms = self.folder / "調査票"
        self.files = self.folder / "取込用"
        self.handout = self.folder / "審議会資料.docx"

    def run(self) -> Outcome:
        self._step(0)
        self._do(year.create, MASTER=self.master, settings=self.data / "settings.toml")
        self._step(1)
        self._do(corresponding.distribute, MASTER=self.master, out=self.forms)
        self._step(2)
        self._fill_forms()
        self._step(3)
        self._do(collecting.collect, MASTER=self.master, DIR=self.forms)
        self._step(4)
        for table, file in self._iter_imports():
            self._do(collecting.import_file, MASTER=self.master, TABLE=table, FILE=file)
        self._step(5)
        checked = self._do(checking.check, MASTER=self.master)
        self._step(6)
        self._do(handing_out.build, MASTER=self.master, out=self.handout)
        self._step(7)
        verified = self._do(handing_out.verify, DOCX=self.handout, MASTER=self.master)
        self.progress(len(_STEPS), len(_STEPS), "完了")
        return self._summary(checked, verified)

    def _step(self, number: int) -> None:
        self.progress(number, len(_STEPS), _STEPS[number])

    def _do(self, command: Run, **arguments: Path | str) -> Outcome:
        """Run a command; one that doesn't end well ends the demo with what it said."""
        outcome = command(arguments, _silent)
        if outcome.exit_code:
            raise Refusal(*outcome.lines)
        return outcome

    def _fill_forms(self) -> None:
        """Type the published numbers into each form, as its municipality would."""
        answers = {table: self._by_code(file) for table, file in self.plan["forms"].items()}
        report = read_master(self.master).report
        for path in sorted(self.forms.glob("*.xlsx")):
            form = read_snapshot(path)
            code = read_card(form).municipality
            edits = [
                Edit(
                    *form.locate(names.form_name(table.id, column.id)),
                    int(answers[table.id][code][column.id]),
                    "記入",
                )
                for table, column in survey_columns(report)
            ]
            edits += [Edit(*form.locate(names.contact_name(item)), "○○", "記入") for item in _CONTACT]
            patch_workbook(path, edits)

    def _by_code(self, file: str) -> dict[str, dict[str, str]]:
        return {str(parse_code(row["code"])): row for row in self._read(file) if row["code"]}

    def _read(self, file: str) -> list[dict[str, str]]:
        with (self.data / file).open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))

    def _iter_imports(self) -> Iterator[tuple[str, Path]]:
        """Tables to import with their files, copied to where staff would have them."""
        for table, file in self.plan["imports"].items():
            copy = self.files / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(copy, (self.data / file).read_bytes())
            yield table, copy
        for table, (whole, part) in self.plan["differences"].items():
            path = self.files / f"{table}.csv"
            write_atomic(path, self._difference(self._read(whole), self._read(part)).encode("utf-8-sig"))
            yield table, path

    def _difference(self, whole: list[dict[str, str]], part: list[dict[str, str]]) -> str:
        """The .csv text of `whole` − `part`, row by row; texts as they are."""
        lines = [",".join(whole[0])]
        for row, less in zip(whole, part, strict=True):
            keys = ("code", "municipality")
            lines.append(",".join(row[k] if k in keys else str(int(row[k]) - int(less[k])) for k in row))
        return "\n".join(lines) + "\n"

    def _summary(self, checked: Outcome, verified: Outcome) -> Outcome:
        findings = checked.data["findings"]
        assert isinstance(findings, list)
        forms = len(Layout(read_master(self.master).report).municipalities)
        lines = (
            *checked.lines[-2:],
            *verified.lines[-1:],
            f"フォルダー　: {self.folder}",
            f"マスター　　: {self.master.name}（「検算」「本文」シートに検算の件数と本文の数値があります）",
            f"調査票　　　: {self.forms.name}（{forms} 件）",
            f"審議会資料　: {self.handout.name}",
            f"次に {self.handout.name} を Word で、{self.master.name} を Excel で開いて確かめてください。",
        )
        paths = {"master": str(self.master), "forms": str(self.forms), "handout": str(self.handout)}
        return Outcome(lines, {**paths, "findings": len(findings)})
