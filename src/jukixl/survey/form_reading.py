"""The answers of a returned form: each cell read as what it should be, every change and every doubt told."""

from __future__ import annotations

import math
from collections.abc import Iterator

from msgspec import Struct, field

from jukixl.era import quote_input
from jukixl.errors import InputError
from jukixl.figures import Missing, format_count, parse_count
from jukixl.findings import Described, Finding, Severity, has_errors
from jukixl.personal import hide_numbers
from jukixl.report.model import Kind
from jukixl.report.values import Value
from jukixl.survey.form_cells import FormInput, InputFinder, Key
from jukixl.survey.form_identity import FormIdentity
from jukixl.workbook.cells import EMPTY, Cell
from jukixl.workbook.date_cells import find_date_cells
from jukixl.workbook.extras import has_external_links, has_macros, hidden_sheets, iter_comments
from jukixl.workbook.form_card import read_contact
from jukixl.workbook.inputs import read_value
from jukixl.workbook.layout import DEFINITION_SHEET
from jukixl.workbook.limits import MAX_COUNT
from jukixl.workbook.master import Master
from jukixl.workbook.package import Package
from jukixl.workbook.snapshot import Snapshot

FORM_SHEETS = ("入力", "記入要領", DEFINITION_SHEET)
"""The sheets that a form is sent out with."""
_SHOWN = 60


CODES = (
    Described(
        "comment",
        (Severity.INFO,),
        "セルにコメントがある（取り込まない）",
        "読んで、必要なら市町村に確かめる。",
    ),
    Described("hidden_sheet", (Severity.INFO,), "非表示のシートがある（取り込まない）", "中身を確かめる。"),
    Described(
        "extra_sheet", (Severity.INFO,), "調査票にないシートがある（取り込まない）", "中身を確かめる。"
    ),
    Described(
        "macros", (Severity.WARNING,), "マクロが含まれている（取り込まない）", "開かずに、市町村に確かめる。"
    ),
    Described(
        "external_link",
        (Severity.WARNING,),
        "ほかのブックへのリンクがある（保存されている値を取り込む）",
        "値を市町村に確かめる。",
    ),
    Described(
        "date1904",
        (Severity.INFO,),
        "日付を1904年から数える設定のブック（その設定で読む）",
        "日付が正しく読まれたか確かめる。",
    ),
)


class Answers(Struct):
    """What a form says. `municipality` is None where it isn't known; `reasons` are those for changes from last year."""

    municipality: str | None = None
    contact: str = ""
    values: dict[Key, Value] = field(default_factory=dict)
    reasons: dict[Key, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


class FormReader:
    """Reads the forms of one report and year."""

    def __init__(self, master: Master) -> None:
        self.identity = FormIdentity(master)
        self.finder = InputFinder(master.results)

    def read(self, package: Package, snapshot: Snapshot) -> Answers:
        """The answers in a form. InputError where it is none; whatever else is wrong are findings."""
        card, findings = self.identity.identify(snapshot)
        findings += [] if has_errors(findings) else self.identity.check_file_name(card, package.name)
        answers = Answers(findings=findings)
        if any(finding.code == "code_mismatch" for finding in findings):
            return answers
        answers.municipality = card.municipality if card.municipality in self.identity.names else None
        if has_errors(findings):
            return answers
        answers.contact = read_contact(snapshot)
        places = self.finder.find(snapshot, is_ours=self.identity.is_ours(card))
        answers.findings += places.findings
        _CellReader(package, snapshot, answers).read(self.finder.inputs, places.cells)
        answers.findings += _extras(package, snapshot)
        answers.findings = [_of(answers.municipality, finding) for finding in answers.findings]
        return answers


def _of(municipality: str | None, finding: Finding) -> Finding:
    """The finding with the municipality to ask."""
    kept = {name: getattr(finding, name) for name in ("expected", "actual")}
    return Finding(
        finding.code,
        finding.severity,
        finding.message,
        finding.sheet,
        finding.cell,
        municipality=municipality,
        **kept,
    )


class _CellReader:
    """Reads the inputs of one form into its answers."""

    def __init__(self, package: Package, snapshot: Snapshot, answers: Answers) -> None:
        self.package = package
        self.snapshot = snapshot
        self.answers = answers
        self._dates: dict[str, set[str]] = {}

    def read(self, inputs: list[FormInput], places: dict[Key, tuple[str, str]] | object) -> None:
        assert isinstance(places, dict)
        for item in inputs:
            if item.key in places:
                self._read_input(item, *places[item.key])
                self._read_reason(item)

    def _read_input(self, item: FormInput, sheet: str, a1: str) -> None:
        cell = self.snapshot.sheets[sheet].cells.get(a1, EMPTY)
        self.answers.values[item.key] = Missing.NOT_FILLED
        for code, severity, message in self._judge(item, sheet, a1, cell):
            self.answers.findings.append(Finding(code, severity, f"{item.title}: {message}", sheet, a1))

    def _judge(self, item: FormInput, sheet: str, a1: str, cell: Cell) -> Iterator[tuple[str, Severity, str]]:
        """Code, severity and message for all that is to be said of an input; its value goes to the answers."""
        value, kind = cell.value, item.column.kind
        if value is None and cell.formula is not None:
            yield "bad_input", Severity.ERROR, _NO_RESULT
            return
        if problem := self._find_problem(kind, sheet, a1, cell):
            yield "bad_input", Severity.ERROR, problem
            return
        reading = read_value(value, kind, date1904=self.snapshot.date1904)
        if reading.problem:
            yield "bad_input", Severity.ERROR, reading.problem
        elif reading.value is Missing.NOT_FILLED and item.column.required:
            yield "missing", Severity.ERROR, _NOT_FILLED
        elif isinstance(value, str) and (note := _describe_reading(value, reading.value, kind)):
            yield "text_number", Severity.INFO, note
        if cell.formula is not None:
            yield "formula_in_input", Severity.WARNING, _FORMULA_TAKEN
        self.answers.values[item.key] = reading.value

    def _find_problem(self, kind: Kind, sheet: str, a1: str, cell: Cell) -> str | None:
        """What keeps a number from being a count, beyond what every cell of a workbook is checked for."""
        value = cell.value
        if isinstance(value, float) and not math.isfinite(value):
            return "数として読めない値です。0以上の整数を入力してください。"
        if kind is not Kind.COUNT:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and a1 in self._date_cells(sheet):
            return "日付や時刻が入っています。セルの書式を「数値」に戻し、0以上の整数を入力し直してください。"
        number = _count_of(value)
        if number is not None and abs(number) > MAX_COUNT:
            limit = format_count(MAX_COUNT)
            return f"{quote_input(f'{number:,.0f}')}は大きすぎます（上限 {limit}）。桁を確かめ、入力し直してください。"
        return None

    def _date_cells(self, sheet: str) -> set[str]:
        if sheet not in self._dates:
            self._dates[sheet] = find_date_cells(self.package, self.snapshot.sheets[sheet].part)
        return self._dates[sheet]

    def _read_reason(self, item: FormInput) -> None:
        area = self.snapshot.names.get(item.reason_name)
        cell = self.snapshot.sheets[area.sheet].cells.get(area.first) if area else None
        if cell is not None and (reason := str(cell.value or "").strip()):
            self.answers.reasons[item.key] = reason


_NO_RESULT = (
    "数式が入っていますが、計算結果が保存されていません。"
    "数式ではなく値を入力するか、Excelで開いて上書き保存してから返送してもらってください。"
)
_NOT_FILLED = "入力されていません。該当がなければ 0 を入力してもらってください。"
_FORMULA_TAKEN = "数式が入力されています。計算結果の値を取り込みました。"


def _count_of(value: object) -> int | float | None:
    """The number in a cell, typed as text or not; None where there is none."""
    if isinstance(value, str):
        try:
            return parse_count(value)[0]
        except InputError:
            return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _describe_reading(text: str, value: Value, kind: Kind) -> str | None:
    """What was made of a typed text, where it isn't taken as it is."""
    if isinstance(value, Missing):
        return None if value.symbol == text else f"{quote_input(text)}を「{value.symbol}」と読みました。"
    if kind is Kind.COUNT and isinstance(value, int):
        notes = "".join(parse_count(text)[1])
        return f"文字として入力された {quote_input(text)} を {format_count(value)} と読みました。{notes}"
    if kind in (Kind.TEXT, Kind.CODE):
        return None
    return f"文字として入力された {quote_input(text)} を読み替えました。"


def _extras(package: Package, snapshot: Snapshot) -> Iterator[Finding]:
    """What the form has beyond its answers; nothing of it is taken into the master."""
    for comment in iter_comments(package, snapshot):
        text = hide_numbers(comment.text)
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        yield Finding("comment", Severity.INFO, f"コメント: {shown}", comment.sheet, comment.cell)
    for name in hidden_sheets(snapshot):
        if name != DEFINITION_SHEET:
            yield Finding("hidden_sheet", Severity.INFO, f"非表示のシート「{name}」があります。", name)
    for sheet in snapshot.sheets.values():
        if sheet.name not in FORM_SHEETS and sheet.state == "visible":
            yield Finding(
                "extra_sheet", Severity.INFO, f"調査票にないシート「{sheet.name}」があります。", sheet.name
            )
    if has_macros(package):
        message = "マクロが含まれています。値だけを取り込み、マクロは取り込んでいません。開かずに市町村に確かめてください。"
        yield Finding("macros", Severity.WARNING, message)
    if has_external_links(package):
        message = "ほかのブックへのリンクがあります。保存されている値を取り込みました。値を確かめてください。"
        yield Finding("external_link", Severity.WARNING, message)
    if snapshot.date1904:
        yield Finding(
            "date1904", Severity.INFO, "1904年から数える日付の設定のブックです。日付はその設定で読みました。"
        )
