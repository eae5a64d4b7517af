"""変更一覧 (Word): what a refresh wrote into a handout, what waits for a decision, and what stays as hands wrote it.

In the order of the handout's pages, so that somebody can go through it with the list beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from jukixl.era import fold_digits
from jukixl.handout.control_lint import read_controls
from jukixl.handout.controls import Control
from jukixl.handout.grid import read_parts
from jukixl.handout.hands import ValueChange
from jukixl.handout.names import is_figure_tag, table_tag
from jukixl.handout.ooxml import Element, style_of
from jukixl.handout.package import open_package
from jukixl.handout.plain_pages import PlainPages
from jukixl.handout.printed_pages import PrintedPages, page_list
from jukixl.handout.refresh import Refreshed
from jukixl.handout.rows import parts_of
from jukixl.handout.states import State
from jukixl.handout.styles import HIDDEN
from jukixl.handout.tabletext import alike
from jukixl.personal import hide_numbers
from jukixl.report.model import Report, Table

_COLUMNS = ("頁", 8), ("場所", 46), ("文書", 23), ("マスター", 23)
_WRITTEN = ("頁", 8), ("場所", 46), ("旧", 23), ("新", 23)
_NO_PAGE = "－"


def create_change_list(report: Report, refreshed: Refreshed, name: str) -> bytes:
    """The .docx, for the handout of this name: the same changes, the same bytes."""
    places = _Places(report, refreshed.document)
    conflicts = set(refreshed.conflicts)
    parts = (
        ("更新した所", _WRITTEN, [one for one in refreshed.changes if one.is_written]),
        ("判断が必要な所（文書のまま）", _COLUMNS, [one for one in refreshed.kept if one in conflicts]),
        ("人が書き換えたまま残した所", _COLUMNS, [one for one in refreshed.kept if one not in conflicts]),
    )
    pages = PlainPages()
    pages.add_title("変更一覧")
    pages.add_line(f"資料: {hide_numbers(name)}（頁は更新後の資料の頁）")
    for number, (title, columns, changes) in enumerate(parts, 1):
        pages.add_heading(f"{number}　{title}（{len(changes)} か所）")
        if changes:
            pages.add_table(columns, places.rows(changes))
        else:
            pages.add_line("ありません。")
    return pages.to_bytes()


class _Places:
    """Finds changes in the handout as it now stands."""

    def __init__(self, report: Report, docx: bytes) -> None:
        document = open_package(docx)
        self._report = report
        self._pages = PrintedPages(document)
        self._controls: dict[str, list[Control]] = defaultdict(list)
        for control in read_controls(document):
            self._controls[control.tag or ""].append(control)

    def rows(self, changes: Sequence[ValueChange]) -> list[Sequence[str]]:
        """A line a change, by page; those without one last."""
        found = [(self._pages_of(change), change) for change in changes]
        found.sort(key=lambda one: (not one[0], min(one[0], default=0)))
        return [
            [page_list(pages) or _NO_PAGE, *map(hide_numbers, (change.place, *_texts(change)))]
            for pages, change in found
        ]

    def _pages_of(self, change: ValueChange) -> list[int]:
        pages = (self._pages.of(element) for element in self._elements(change))
        return [page for page in pages if page is not None]

    def _elements(self, change: ValueChange) -> Iterator[Element]:
        if change.row is None and change.name in self._controls:
            yield from (one.element for one in self._controls[change.name] if _shows(one, change))
        elif change.name in self._report.tables_by_id:
            rows = self._rows[change.name]
            yield from rows if change.row is None else rows[change.row :][:1] or rows[-1:]

    @cached_property
    def _rows(self) -> dict[str, list[Element]]:
        """The rows of each table as one, the total row last."""
        return {table.id: list(self._rows_of(table)) for table in self._report.tables}

    def _rows_of(self, table: Table) -> Iterator[Element]:
        for control in self._controls.get(table_tag(table.id), ()):
            content = control.content
            grids = [] if content is None else read_parts(parts_of(content), has_total=table.has_total())
            for grid in grids:
                yield from (row.element for row in (*grid.body, *filter(None, (grid.total,))))


def _texts(change: ValueChange) -> tuple[str, str]:
    """What to show on both sides; of rows and sentences that only one side has, what happened to them."""
    if change.shown or change.due or change.state not in (State.MISSING, State.EXTRA):
        return change.shown, change.due
    done = "文書で削除" if change.state is State.MISSING else "文書で追加"
    return done, "更新で削除" if change.is_written else ""


def _shows(control: Control, change: ValueChange) -> bool:
    """Whether a figure's control shows what the change is about; of one that stands in several places a hand may have typed
    over one."""
    if not is_figure_tag(change.name):
        return True
    text = change.due if change.is_written else change.shown
    return style_of(control.parent) not in HIDDEN and alike(fold_digits(control.text), text)
