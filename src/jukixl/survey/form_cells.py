"""Where the inputs of a returned form are: by defined name or, where names were lost, by the headings around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from jukixl.findings import Described, Finding, Severity
from jukixl.report.computation import Results
from jukixl.report.model import Column, Table
from jukixl.survey.grid import fold
from jukixl.workbook import names
from jukixl.workbook.addresses import join_a1, split_a1
from jukixl.workbook.layout import survey_sections
from jukixl.workbook.snapshot import Sheet, Snapshot

VALUE_HEADINGS = ("今回の値", "値")
"""What stands over the inputs of a form, and stood over those of version 1."""

Key = tuple[str, str]  # table, column


CODES = (
    Described(
        "moved_cell",
        (Severity.ERROR,),
        "入力欄の行に別の見出しがある（セルの移動、行の入れ替え）",
        "配布した調査票に入力し直してもらう。",
    ),
    Described(
        "found_by_label",
        (Severity.WARNING,),
        "セルの名前や非表示のシートが失われ、見出しから見つけた",
        "値が正しい欄のものか確かめる。",
    ),
)


class FormInput(Struct, frozen=True):
    """One input of this report's form.

    `label` is what stands before it, `title` what messages call it, `name` its cell's name, `reason_name` that of the
    cell for the reason of a change.
    """

    table: Table
    column: Column
    label: str
    key: Key
    name: str
    reason_name: str

    @property
    def title(self) -> str:
        return f"{self.table.title}「{self.column.title.plain}」"


class Places(Struct, frozen=True):
    """The inputs found (sheet, A1), and what is to be said of those that weren't found by name."""

    cells: Mapping[Key, tuple[str, str]]
    findings: tuple[Finding, ...]


class InputFinder:
    """Finds the inputs of the forms of one report and year."""

    def __init__(self, results: Results) -> None:
        self.sections: dict[str, list[FormInput]] = {
            table.title: [_input_of(table, item.column, results.render(item.label).strip()) for item in items]
            for table, _, items in survey_sections(results.report)
        }
        self.inputs = [item for items in self.sections.values() for item in items]
        self.labels = {item.label for item in self.inputs}

    def find(self, snapshot: Snapshot, *, is_ours: bool = True) -> Places:
        """Every input by its name, else by its heading; findings for all that is not certain.

        `is_ours`: the form's fingerprint is that of this report's forms. Where it isn't, every heading must be right.
        """
        cells = {item.key: place for item in self.inputs if (place := _by_name(snapshot, item))}
        findings = [
            self._moved(snapshot, item, cells[item.key], is_ours=is_ours)
            for item in self.inputs
            if item.key in cells
        ]
        lost = [item for item in self.inputs if item.key not in cells]
        if lost:
            found = _LabelSearch(self.sections, snapshot).find()
            for item in lost:
                places = found.get(item.key, [])
                findings.append(_say_how(item, places))
                if len(places) == 1:
                    cells[item.key] = places[0]
        return Places(cells, tuple(finding for finding in findings if finding))

    def _moved(
        self, snapshot: Snapshot, item: FormInput, place: tuple[str, str], *, is_ours: bool
    ) -> Finding | None:
        """An error where the row of a named cell has another input's heading: which one holds isn't ours to guess."""
        sheet, a1 = place
        beside = _label_beside(snapshot.sheets[sheet], a1)
        if beside == item.label or fold(beside) == fold(item.label):
            return None
        if is_ours and beside not in self.labels:  # a heading that was reworded
            return None
        message = (
            f"{item.title}の入力欄の行に、別の見出し「{beside}」があります。セルが移動されたか、行が入れ替わっています。"
            "配布した調査票に入力し直してもらってください。"
        )
        return Finding("moved_cell", Severity.ERROR, message, sheet, a1, item.label, beside)


def _input_of(table: Table, column: Column, label: str) -> FormInput:
    key = (table.id, column.id)
    return FormInput(table, column, label, key, names.form_name(*key), names.form_reason_name(*key))


def _by_name(snapshot: Snapshot, item: FormInput) -> tuple[str, str] | None:
    area = snapshot.names.get(item.name)
    return (area.sheet, area.first) if area and area.is_cell and area.sheet in snapshot.sheets else None


def _label_beside(sheet: Sheet, a1: str) -> str:
    """The first text of the row that a cell is in."""
    row, column = split_a1(a1)
    cells = sheet.cells
    values = (cells[left].value for n in range(1, column) if (left := join_a1(row, n)) in cells)
    return next((text.strip() for text in values if isinstance(text, str)), "")


def _say_how(item: FormInput, places: list[tuple[str, str]]) -> Finding:
    name = item.name
    if len(places) == 1:
        message = f"{item.title}: セルの名前（{name}）が失われているため、見出し「{item.label}」で見つけました。値を確かめてください。"
        return Finding("found_by_label", Severity.WARNING, message, *places[0])
    state = f"{len(places)} か所あり、どれか決められません" if places else "ありません"
    message = (
        f"{item.title}の入力欄が見つかりません。セルの名前（{name}）がなく、見出し「{item.label}」も{state}。"
        "配布した調査票に入力し直してもらってください。"
    )
    return Finding("lost_cell", Severity.ERROR, message, expected=item.label)


class _LabelSearch:
    """Looks for the headings of a form on its visible sheets."""

    def __init__(self, sections: Mapping[str, list[FormInput]], snapshot: Snapshot) -> None:
        self.sections = {fold(title): items for title, items in sections.items()}
        self.snapshot = snapshot

    def find(self) -> dict[Key, list[tuple[str, str]]]:
        """All places where an input may be, by its heading within the part of its table."""
        found: dict[Key, list[tuple[str, str]]] = {}
        for sheet in self.snapshot.sheets.values():
            if sheet.state == "visible":
                for key, a1 in self._search(sheet):
                    found.setdefault(key, []).append((sheet.name, a1))
        return found

    def _search(self, sheet: Sheet) -> Iterator[tuple[Key, str]]:
        texts = sorted(
            (split_a1(a1), fold(cell.value))
            for a1, cell in sheet.cells.items()
            if isinstance(cell.value, str)
        )
        labels: Mapping[str, Key] = {}
        column: int | None = None
        for (row, number), text in texts:
            if text in self.sections:
                labels = {fold(item.label): item.key for item in self.sections[text]}
                column = None
            elif text in VALUE_HEADINGS:
                column = number
            elif text in labels and column is not None and number < column:
                yield labels[text], join_a1(row, column)
