"""The input sheet of a survey form: verdict, contact, and each input with last year's value, its check and its reason."""

from __future__ import annotations

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill

from jukixl.report.computation import Results
from jukixl.report.expression import Name, iter_nodes
from jukixl.report.model import Column, Fill, Kind, Orientation, Table
from jukixl.workbook import names, styles
from jukixl.workbook.form_card import CONTACT_ITEMS
from jukixl.workbook.form_checks import (
    BAD,
    HINT,
    NOT_READY,
    READY,
    FormChecks,
    FormLine,
    contact_formula,
    verdict_formula,
)
from jukixl.workbook.layout import Address, SurveyItem, survey_sections
from jukixl.workbook.sheets import BookWriter, protect, set_paper, set_widths

FORM_SHEET = "入力"
_HEADINGS = ("項目", "今回の値", "単位", "前年の値", "増減", "確認", "増減の理由", "説明")
_WIDTHS = (34.0, 16.0, 6.0, 14.0, 9.0, 40.0, 30.0, 44.0)
_LABEL, _VALUE, _UNIT, _PREVIOUS, _CHANGE, _CHECK, _REASON, _PROMPT = range(1, 9)
_VERDICT_ROW, _CONTACT_ROW = 3, 5
_FIRST_SECTION_ROW = _CONTACT_ROW + len(CONTACT_ITEMS) + 2
_OPTIONAL_CONTACT = ("mail",)
_CONTACT_PROMPTS = {
    "division": "回答した課の名称",
    "person": "問合せに答えられる方の氏名",
    "phone": "問合せ先の電話番号",
    "mail": "問合せ先のメールアドレス（なければ空欄）",
}
_TWO_LINES_POINTS = 25.0
_GREEN, _RED, _YELLOW = ("C6E0B4", "375623"), ("F8CBAD", "9C0006"), ("FFE699", "7F6000")


def write_form_sheet(writer: BookWriter, results: Results, notice: str) -> None:
    """Add the sheet to a new form; `notice` says until when and where to it is sent."""
    _FormSheet(writer, results).write(notice)


class _FormSheet:
    def __init__(self, writer: BookWriter, results: Results) -> None:
        self.writer = writer
        self.results = results
        self.sections = list(survey_sections(results.report, _FIRST_SECTION_ROW))
        self.rows = {
            (item.table.id, item.column.id): item.row for _, _, items in self.sections for item in items
        }
        self.checks = FormChecks({key: _line(row) for key, row in self.rows.items()})
        self.last_row = max(self.rows.values(), default=_FIRST_SECTION_ROW)

    def write(self, notice: str) -> None:
        sheet = self.writer.add_sheet(FORM_SHEET)
        self._put(1, _LABEL, "調査票", styles.TITLE, "form.title")
        self._put(2, _LABEL, notice, styles.NOTE, "form.notice")
        checks = f"{_a1(_CONTACT_ROW + 1, _CHECK)}:{_a1(self.last_row, _CHECK)}"
        self._put(_VERDICT_ROW, _LABEL, verdict_formula(checks), styles.TITLE, "form.verdict")
        for column in range(_LABEL + 1, len(_HEADINGS) + 1):
            self._put(_VERDICT_ROW, column, None, styles.TITLE)
        self._write_contact()
        for table, row, items in self.sections:
            self._write_section(table, row, items)
        self._colour(checks)
        sheet.freeze_panes = f"A{_VERDICT_ROW + 1}"
        set_widths(sheet, dict(enumerate(_WIDTHS, 1)))
        set_paper(sheet, Orientation.LANDSCAPE, (self.last_row, len(_WIDTHS)), (1, _VERDICT_ROW))
        protect(sheet)

    def _put(self, row: int, column: int, content: str | None, style: str, name: str = "") -> None:
        self.writer.write(Address(FORM_SHEET, row, column), content, style, name, listed=False)

    def _write_contact(self) -> None:
        for column, heading in ((_LABEL, "回答者"), (_VALUE, "記入欄"), (_CHECK, "確認")):
            self._put(_CONTACT_ROW, column, heading, styles.HEADER)
        self._merge(_CONTACT_ROW, styles.HEADER)
        for row, (item, label) in enumerate(CONTACT_ITEMS.items(), _CONTACT_ROW + 1):
            self._put(row, _LABEL, label, styles.LABEL)
            value = Address(FORM_SHEET, row, _VALUE)
            style = styles.input_style(Kind.TEXT)
            self.writer.write(value, None, style, names.contact_name(item))
            self.writer.validate(value, Kind.TEXT, label, _CONTACT_PROMPTS[item])
            self._merge(row, style)
            formula = contact_formula(value.a1, required=item not in _OPTIONAL_CONTACT)
            self._put(row, _CHECK, formula, styles.CHECK, names.check_name("contact", item))

    def _merge(self, row: int, style: str) -> None:
        """A field as wide as the columns of values: names and addresses are long."""
        for column in range(_VALUE + 1, _CHECK):
            self._put(row, column, None, style)
        self.writer.book[FORM_SHEET].merge_cells(f"{_a1(row, _VALUE)}:{_a1(row, _CHECK - 1)}")

    def _write_section(self, table: Table, row: int, items: tuple[SurveyItem, ...]) -> None:
        self._put(row, _LABEL, table.title, styles.TITLE)
        if table.caption:
            caption = self.results.render(table.caption)
            self._put(row, _CHECK, caption, styles.NOTE, names.title_name(table.id, "caption"))
        total = self._total_of(table)
        if total:
            self._put(row, _REASON, total, styles.NOTE, names.check_name(table.id, "total"))
        for column, heading in enumerate(_HEADINGS, 1):
            self._put(row + 1, column, heading, styles.HEADER)
        for item in items:
            self._write_item(item)

    def _write_item(self, item: SurveyItem) -> None:
        table, column, row = item.table, item.column, item.row
        label = self.results.render(item.label)
        value = Address(FORM_SHEET, row, _VALUE)
        self._put(row, _LABEL, label, styles.LABEL)
        self.writer.write(value, None, styles.input_style(column.kind), names.form_name(table.id, column.id))
        self.writer.validate(value, column.kind, label, column.prompt)
        self._put(row, _UNIT, column.unit, styles.ROW_TEXT)
        previous = names.form_previous_name(table.id, column.id)
        self._put(row, _PREVIOUS, None, styles.computed_style(column.kind), previous)
        change = self.checks.change(table, column) if column.kind is Kind.COUNT else None
        self._put(row, _CHANGE, change, styles.computed_style(Kind.POINTS))
        check = names.check_name(table.id, column.id)
        self._put(row, _CHECK, self.checks.formula(table, column), styles.CHECK, check)
        self._write_reason(item)
        self._put(row, _PROMPT, column.prompt, styles.PROMPT)
        self.writer.book[FORM_SHEET].row_dimensions[row].height = _TWO_LINES_POINTS

    def _write_reason(self, item: SurveyItem) -> None:
        reason = Address(FORM_SHEET, item.row, _REASON)
        name = names.form_reason_name(item.table.id, item.column.id)
        self.writer.write(reason, None, styles.input_style(Kind.TEXT), name)
        prompt = "前年から大きく増減したときに、理由を記入します"
        self.writer.validate(reason, Kind.TEXT, "増減の理由", prompt)

    def _total_of(self, table: Table) -> str:
        """A declared sum of the inputs, shown above them: the municipality compares it with its own; empty without."""
        for column in table.columns:
            cells = self._summed(table, column)
            if cells:
                listed = ",".join(cells)
                title = column.title.plain
                return f'="{title}: "&IF(COUNT({listed})={len(cells)},TEXT(SUM({listed}),"#,##0"),"－")'
        return ""

    def _summed(self, table: Table, column: Column) -> list[str]:
        """The inputs that a column adds up; none where it is no sum of inputs of this table alone."""
        if column.value is None or column.kind is not Kind.COUNT:
            return []
        inputs = table.columns_filled_by(Fill.MUNICIPALITY)
        found: list[Column] = []
        for node in iter_nodes(column.value.node):
            if isinstance(node, Name):
                found += [one for one in inputs if node.id in (one.id, one.series)]
        is_sum = set(column.value.source) <= set("abcdefghijklmnopqrstuvwxyz0123456789_ +()")
        mentioned = sum(isinstance(node, Name) for node in iter_nodes(column.value.node))
        if not is_sum or len(found) < max(mentioned, 2):
            return []
        return [_a1(self.rows[table.id, one.id], _VALUE) for one in found]

    def _colour(self, checks: str) -> None:
        sheet = self.writer.book[FORM_SHEET]
        verdict = f"{_a1(_VERDICT_ROW, 1)}:{_a1(_VERDICT_ROW, len(_HEADINGS))}"
        cell = f"${_a1(_VERDICT_ROW, 1)[0]}${_VERDICT_ROW}"
        first = checks.split(":")[0]
        for area, condition, colours in (
            (verdict, f'{cell}="{READY}"', _GREEN),
            (verdict, f'LEFT({cell},{len(NOT_READY)})="{NOT_READY}"', _RED),
            (checks, f'LEFT({first},1)="{BAD}"', _RED),
            (checks, f'LEFT({first},1)="{HINT}"', _YELLOW),
        ):
            fill, font = PatternFill("solid", bgColor=colours[0]), Font(color=colours[1])
            sheet.conditional_formatting.add(area, FormulaRule(formula=[condition], fill=fill, font=font))


def _a1(row: int, column: int) -> str:
    return Address(FORM_SHEET, row, column).a1


def _line(row: int) -> FormLine:
    return FormLine(_a1(row, _VALUE), _a1(row, _PREVIOUS), _a1(row, _REASON))
