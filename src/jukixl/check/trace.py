"""Where every printed number comes from, with its cells: figure, expression, cells, input cells, the municipality's file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from jukixl.report.computation import print_value
from jukixl.report.expression import TOTAL_ROW
from jukixl.report.lineage import Lineage, Origin
from jukixl.report.model import Column, Fill, Table, Total
from jukixl.report.wording import word_column, word_expression
from jukixl.workbook import names
from jukixl.workbook.expected import row_label
from jukixl.workbook.layout import NOT_SUBMITTED, Layout
from jukixl.workbook.master import Master
from jukixl.workbook.snapshot import Snapshot

Place = tuple[str, str]

_FROM_DEFINITION = "報告の定義の行"
_TYPED = "県が入力、又は取り込んだ値"
_SETTING = "「設定」シートに入力した値"
_NO_FILE = "取り込んだ調査票の記録がありません"


class Step(Struct, frozen=True):
    """A value in its cell (None where the name is lost). `words`: how it is computed; `source`: where it was typed, else "".

    `digest` is that of the file which the value came with. `id` is that of an element of a page: it depends on the cell alone.
    """

    id: str
    title: str
    place: Place | None
    shown: str
    words: str = ""
    source: str = ""
    digest: str = ""
    below: tuple[Step, ...] = ()


class FigureTrace(Struct, frozen=True):
    """A figure as it is printed, with what it stands on. `expression` is the definition's text."""

    tag: str
    label: str
    printed: str
    expression: str
    words: str
    place: Place | None
    below: tuple[Step, ...]


class TableTrace(Struct, frozen=True):
    """The numbers of a table, row by row: what the row is called, its cells."""

    table: Table
    rows: tuple[tuple[str, tuple[Step, ...]], ...]


class Trace:
    """The lineage of every number of a master's handout."""

    def __init__(self, master: Master) -> None:
        self.master = master
        self.results = master.results
        self.lineage = Lineage(master.results)
        self.ids = PlaceIds(master.snapshot)
        self._steps: dict[Origin, Step] = {}

    @cached_property
    def figures(self) -> tuple[FigureTrace, ...]:
        """Every figure of the text in every form that is printed, in the order of the definition."""
        return tuple(self._figures())

    def _figures(self) -> Iterator[FigureTrace]:
        report = self.master.report
        for part in report.printed_figures:
            figure = report.figures_by_id[part.figure]
            is_setting = part.figure in report.settings_by_id
            origin = Origin(part.figure)
            below = (origin,) if is_setting else self.lineage.below(origin)
            yield FigureTrace(
                part.tag,
                figure.label,
                f"{self.results.text(part)}{figure.unit}",
                figure.value.source,
                f"設定「{figure.label}」" if is_setting else word_expression(figure.value, self.results),
                self._locate(names.text_name(part)),
                tuple(map(self.step, below)),
            )

    @cached_property
    def tables(self) -> tuple[TableTrace, ...]:
        """The numbers of every table that have a cell of their own in the master."""
        return tuple(TableTrace(table, tuple(self._rows(table))) for table in self.master.report.tables)

    def _rows(self, table: Table) -> Iterator[tuple[str, tuple[Step, ...]]]:
        total = (TOTAL_ROW,) if table.has_total() else ()
        for row in (*self.results.rows(table), *total):
            columns = [column for column in table.columns if _is_shown(column, row)]
            steps = tuple(self.step(Origin(column.id, table.id, row)) for column in columns)
            if steps:
                yield self._row_title(table, row), steps

    def step(self, origin: Origin) -> Step:
        """The step of a value, made once."""
        if origin not in self._steps:
            self._steps[origin] = self._make(origin)
        return self._steps[origin]

    def _make(self, origin: Origin) -> Step:
        if origin.table is None:
            return self._make_named(origin)
        table = self.master.report.tables_by_id[origin.table]
        column = table.by_id[origin.id]
        place = self._locate(names.cell_name(table.id, column.id, origin.row))
        shown = self.results.printed(table, column, origin.row)
        title = f"{table.title} {self._row_title(table, origin.row)}「{word_column(column, self.results)}」"
        below = tuple(map(self.step, self.lineage.below(origin)))
        words, source = self._explain(table, column, origin)
        if column.fill is Fill.MUNICIPALITY and origin.row != TOTAL_ROW:
            below = (self._answer(table, column, origin.row, shown),)
        return Step(self.ids.of(place), title, place, shown, words, source, below=below)

    def _explain(self, table: Table, column: Column, origin: Origin) -> tuple[str, str]:
        """How a cell of a table comes about: by computing or by typing."""
        expression = self.lineage.expression(origin)
        if expression is not None:
            return word_expression(expression, self.results, table), ""
        if origin.row == TOTAL_ROW:
            return f"「{word_column(column, self.results)}」の合計", ""
        if column.fill is Fill.MUNICIPALITY:
            return "市町村の回答", ""
        return "", _FROM_DEFINITION if column.fill is Fill.ROWS else _TYPED

    def _make_named(self, origin: Origin) -> Step:
        """A setting, or a figure that another one uses."""
        figure = self.master.report.figures_by_id[origin.id]
        shown = print_value(self.results.figure(figure), figure.kind)
        if origin.id in self.master.report.settings_by_id:
            place = self._locate(names.setting_name(origin.id))
            return Step(self.ids.of(place), f"設定「{figure.label}」", place, shown, source=_SETTING)
        words = word_expression(figure.value, self.results)
        below = tuple(map(self.step, self.lineage.below(origin)))
        return Step("", figure.label, None, shown, words, below=below)

    def _answer(self, table: Table, column: Column, code: str, shown: str) -> Step:
        """The cell on the municipality's own sheet, and the file that it came with."""
        place = self._locate(names.survey_name(table.id, column.id, code))
        name = self._municipalities.get(code, code)
        title = f"{name} の回答「{word_column(column, self.results)}」"
        source, digest = self._files[code]
        return Step(self.ids.of(place), title, place, shown, source=source, digest=digest)

    @cached_property
    def _municipalities(self) -> Mapping[str, str]:
        return Layout(self.master.report).municipality_sheets

    @cached_property
    def _files(self) -> Mapping[str, tuple[str, str]]:
        """What 提出状況 says of the file of each municipality, and the file's digest."""
        return {code: self._describe_file(code) for code in self._municipalities}

    def _describe_file(self, code: str) -> tuple[str, str]:
        state, file, digest = (self._status(code, item) for item in ("state", "file", "digest"))
        if not file:
            return (NOT_SUBMITTED if state in ("", NOT_SUBMITTED) else _NO_FILE), ""
        return f"{state} ファイル {file}", digest

    def _status(self, code: str, item: str) -> str:
        place = self._locate(names.status_name(code, item))
        cell = self.master.snapshot.sheets[place[0]].cells.get(place[1]) if place else None
        return str(cell.value or "") if cell else ""

    def _locate(self, name: str) -> Place | None:
        area = self.master.snapshot.names.get(name)
        known = area is not None and area.is_cell and area.sheet in self.master.snapshot.sheets
        return (area.sheet, area.first) if area and known else None

    def _row_title(self, table: Table, row: str) -> str:
        """A municipality's name; of a typed row its last two key texts."""
        if row == TOTAL_ROW or not table.has_open_rows:
            return row_label(table, row)
        texts = [str(self.results.printed(table, column, row)) for column in table.key_columns]
        return "・".join([text for text in texts if text][-2:]) or row


class PlaceIds:
    """Ids of elements for cells: `c5-D6` is D6 on the fifth sheet. Sheet names may hold what an id can't."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._numbers = {name: number for number, name in enumerate(snapshot.sheets, 1)}

    def of(self, place: Place | None) -> str:
        """Of a cell; "" where there is none, nor such a sheet."""
        number = self._numbers.get(place[0]) if place else None
        return f"c{number}-{place[1]}" if place and number else ""


def _is_shown(column: Column, row: str) -> bool:
    """Whether a cell holds a number; a total row has one only where the column is added up."""
    return column.kind.is_number and (row != TOTAL_ROW or column.total is not Total.NONE)
