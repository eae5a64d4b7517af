"""The declaration: what a report is made of, as typed values.

Field names are the keys of the TOML files (`docs/definition.md`); `jukixl.report.loading` fills these classes and
`jukixl.report.validation` holds the references between them. Nothing here knows Excel or Word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property

from msgspec import Struct, field

from jukixl.era import Digits
from jukixl.findings import Severity
from jukixl.report.expression import Expression
from jukixl.report.rules import Rule
from jukixl.report.text import Placeholder, Text


class Kind(StrEnum):
    """What a column's or figure's value is, and with it how it is typed, computed, printed and compared."""

    COUNT = "count"
    RATE = "rate"
    POINTS = "points"
    DATE = "date"
    MONTH = "month"
    YEAR = "year"
    FISCAL_YEAR = "fiscal_year"
    TIME = "time"
    TEXT = "text"
    CODE = "code"
    DIGITS = "digits"  # of one setting: how numbers are set in the text, by `jukixl.era.Digits.label`

    @cached_property
    def is_number(self) -> bool:
        """Whether values are right-aligned quantities (counts, rates, point changes)."""
        return self in (Kind.COUNT, Kind.RATE, Kind.POINTS)

    @cached_property
    def is_rounded(self) -> bool:
        """Whether a computed value is rounded for print: once, half up, to a tenth of a percent."""
        return self in (Kind.RATE, Kind.POINTS)


class TableKind(StrEnum):
    """Where a table's rows come from."""

    MUNICIPALITY = "municipality"  # one row a municipality, filled by survey forms
    LIST = "list"  # rows typed or imported, starting from a row master, with spare rows
    REFERENCE = "reference"  # fixed rows of a row master, values imported
    MATRIX = "matrix"  # fixed rows of a row master, counts by month
    LOG = "log"  # a diary: no row master, may be empty


class Fill(StrEnum):
    """Who fills a column; a column with `value` is computed and has none."""

    ROWS = "rows"  # the row master
    MUNICIPALITY = "municipality"  # the survey form
    PREFECTURE = "prefecture"  # typed or imported into the master


class Orientation(StrEnum):
    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"


class Style(StrEnum):
    """How a paragraph of the handout is set."""

    BODY = "body"  # first line indented
    FIGURE = "figure"  # a line that gives a figure
    ITEM = "item"  # ○ and hanging text
    ITEM2 = "item2"  # ・ below an item
    LIST1 = "list1"  # (1) and hanging text
    LIST2 = "list2"  # ① below that
    NOTE = "note"  # ※
    CENTER = "center"
    RIGHT = "right"


class Total(StrEnum):
    """What the total row shows in a column."""

    SUM = "sum"
    RATIO = "ratio"  # the column's own expression over the totals: never a mean of rates
    NONE = "none"


class Setting(Struct, frozen=True, kw_only=True):
    """A value typed once on 設定, such as 基準日. Every setting is a figure of the same id."""

    id: str
    label: str
    kind: Kind
    prompt: str = ""
    default: str | None = None
    required: bool = True


class RowMaster(Struct, frozen=True, kw_only=True, dict=True):
    """Rows known beforehand. `ids` are the last part of cell names; `records[i][column]` is the text of a row."""

    id: str
    ids: tuple[str, ...]
    columns: tuple[str, ...]
    records: tuple[Mapping[str, str], ...]

    @cached_property
    def by_id(self) -> Mapping[str, Mapping[str, str]]:
        """Records by id."""
        return dict(self)

    def __iter__(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        return iter(zip(self.ids, self.records, strict=True))

    def __len__(self) -> int:
        return len(self.ids)


class Column(Struct, frozen=True, kw_only=True):
    """One column of a table. `width` is its share of the printed table's width.

    `series` is set on columns that one declaration repeats (12 months): the name that `sum(…)` uses for all of them.
    `digits`: how many digits of a code are printed (the handout shows municipality codes without the check digit).
    `names`: how files to be imported may call it, beside its id and title. `change_limit` (percent): a change from
    last year beyond it needs a reason in the survey form; None: any change is taken as it is.
    """

    id: str
    title: Text
    kind: Kind
    group: Text | None = None
    fill: Fill | None = None
    value: Expression | None = None
    total: Total = Total.NONE
    width: float = 1.0
    unit: str = ""
    prompt: str = ""
    required: bool = True
    missing: Severity = Severity.ERROR
    key: bool = False
    merge: bool = False
    series: str | None = None
    printed: bool = True
    names: tuple[str, ...] = ()
    digits: int | None = None
    change_limit: int | None = None

    @property
    def is_input(self) -> bool:
        """Whether somebody types its values (municipality or prefecture)."""
        return self.fill in (Fill.MUNICIPALITY, Fill.PREFECTURE)


class Note(Struct, frozen=True, kw_only=True):
    """A line under a printed table; with `when`, only where that is true."""

    text: Text
    when: Expression | None = None


class Table(Struct, frozen=True, kw_only=True, dict=True):
    """A table of the report: one sheet (or part of a sheet) of the master, one table of the handout."""

    id: str
    title: str
    sheet: str
    kind: TableKind
    columns: tuple[Column, ...]
    rows: RowMaster | None = None
    caption: Text | None = None
    total_label: str | None = None
    remainder: str | None = None
    spare: int = 0
    orientation: Orientation = Orientation.PORTRAIT
    printed: bool = True
    notes: tuple[Note, ...] = ()
    rules: tuple[Rule, ...] = ()
    names: tuple[str, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Column]:
        """Columns by id."""
        return {column.id: column for column in self.columns}

    @cached_property
    def row_ids(self) -> tuple[str, ...]:
        """Ids of all rows that the master has room for: those of the row master, then the spare ones."""
        known = self.rows.ids if self.rows else ()
        start = len(known) + 1
        return known + tuple(f"r{number:03d}" for number in range(start, start + self.spare))

    @property
    def has_open_rows(self) -> bool:
        """Whether rows are data (typed or imported), so that empty ones at the end don't count."""
        return self.kind in (TableKind.LIST, TableKind.LOG)

    @property
    def key_columns(self) -> tuple[Column, ...]:
        """The columns that tell one row from another when a file is imported."""
        return tuple(column for column in self.columns if column.key or column.fill is Fill.ROWS)

    @property
    def input_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.is_input)

    def columns_filled_by(self, fill: Fill) -> tuple[Column, ...]:
        """The columns that `fill` fills, in printed order."""
        return tuple(column for column in self.columns if column.fill is fill)

    @cached_property
    def printed_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.printed)

    def iter_groups(self) -> Iterator[tuple[Text, int, int]]:
        """Group titles over neighbouring columns: text, number of the first column (from 0), how many columns."""
        start = 0
        while start < len(self.columns):
            group = self.columns[start].group
            end = start + 1
            while group and end < len(self.columns) and self.columns[end].group == group:
                end += 1
            if group:
                yield group, start, end - start
            start = end

    def has_total(self) -> bool:
        """Whether the table ends in a total row."""
        return self.total_label is not None


class Figure(Struct, frozen=True, kw_only=True):
    """A named number, date or text that the handout's text uses (数値)."""

    id: str
    label: str
    kind: Kind
    value: Expression
    unit: str = ""


class Block(Struct, frozen=True, kw_only=True):
    """One block of the handout, in order. Which fields it has depends on its class.

    `optional`: a template may leave out its figures and tables; all others must be there.
    """

    optional: bool = False

    def iter_texts(self) -> Iterator[Text]:
        """Its texts, in the order of its fields."""
        values = (getattr(self, name) for name in self.__struct_fields__)
        return (value for value in values if isinstance(value, Text))


class Cover(Block, frozen=True, kw_only=True):
    """The first page: council above, title between rules, contents, date and office below."""

    council: Text
    title: Text
    date: Text
    office: Text
    contents_title: str = "目　　　次"


HEADING_LEVELS = (1, 2, 3)


class Heading(Block, frozen=True, kw_only=True):
    """A heading of level 1, 2 or 3; level 1 starts a page. `contents` replaces its text in the contents; "" keeps it out."""

    level: int
    text: Text
    contents: str | None = None


class Paragraph(Block, frozen=True, kw_only=True):
    """A paragraph. `annex` (別紙5) is set in brackets at the right edge and links to that annex.

    Paragraphs of one `choice` follow each other and are alternatives: the first whose `when` is true is printed, the last
    has none and is printed where no other is.
    """

    text: Text
    style: Style = Style.BODY
    annex: str | None = None
    choice: str | None = None
    when: Expression | None = None


class Annex(Block, frozen=True, kw_only=True):
    """The head of an annex page: label in a box, title, then its tables. `contents` "" keeps it out of the contents."""

    label: str
    title: Text
    contents: str | None = None
    tables: tuple[str, ...] = ()


class Report(Struct, frozen=True, kw_only=True, dict=True, eq=False):
    """A declared report: everything else is a projection of it. Equal only to itself, so that projections can be cached."""

    id: str
    title: str
    settings: tuple[Setting, ...]
    row_masters: tuple[RowMaster, ...]
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]
    document: tuple[Block, ...]
    sources: Mapping[str, str] = field(default_factory=dict)
    digits: Digits = Digits.HALF
    """How numbers are set in the running text of the handout, unless a setting says otherwise; in tables always half-width."""

    @cached_property
    def tables_by_id(self) -> Mapping[str, Table]:
        return {table.id: table for table in self.tables}

    @cached_property
    def settings_by_id(self) -> Mapping[str, Setting]:
        return {setting.id: setting for setting in self.settings}

    @cached_property
    def digits_setting(self) -> Setting | None:
        """The setting by which staff choose how numbers are set."""
        return next((setting for setting in self.settings if setting.kind is Kind.DIGITS), None)

    @cached_property
    def figures_by_id(self) -> Mapping[str, Figure]:
        """Figures by id; settings are figures too, after the declared ones."""
        return {figure.id: figure for figure in self.figures}

    @cached_property
    def choices(self) -> Mapping[str, tuple[Paragraph, ...]]:
        """The alternatives of each choice, in their order."""
        found: dict[str, tuple[Paragraph, ...]] = {}
        for block in self.document:
            if isinstance(block, Paragraph) and block.choice is not None:
                found[block.choice] = (*found.get(block.choice, ()), block)
        return found

    @cached_property
    def municipalities(self) -> RowMaster | None:
        """The row master of the tables filled by survey forms; None where the report has no such table."""
        kinds = (table.rows for table in self.tables if table.kind is TableKind.MUNICIPALITY)
        return next(kinds, None)

    @property
    def survey_tables(self) -> tuple[Table, ...]:
        """Tables with at least one column that municipalities fill: the parts of the survey form."""
        return tuple(table for table in self.tables if table.columns_filled_by(Fill.MUNICIPALITY))

    def iter_texts(self) -> Iterator[Text]:
        """Every text with placeholders, in order of appearance."""
        for table in self.tables:
            yield from _texts_of_table(table)
        for block in self.document:
            yield from block.iter_texts()

    @cached_property
    def printed_figures(self) -> tuple[Placeholder, ...]:
        """Every (figure, form) that is printed somewhere, once, in the order of the declared figures."""
        used = {part for text in self.iter_texts() for part in text.placeholders}
        used |= {Placeholder(figure.id) for figure in self.figures}
        order = {figure.id: number for number, figure in enumerate(self.figures)}
        return tuple(sorted(used, key=lambda part: (order.get(part.figure, len(order)), part.form or "")))


def _texts_of_table(table: Table) -> Iterator[Text]:
    if table.caption:
        yield table.caption
    for column in table.columns:
        yield column.title
        if column.group:
            yield column.group
    for note in table.notes:
        yield note.text
