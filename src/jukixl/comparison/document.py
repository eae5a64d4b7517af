"""A comparison as 新旧対照表 (Word): table by table; the new text stands at the left, what changed in words is underlined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from jukixl.comparison.differences import Comparison, Difference, Topic
from jukixl.comparison.layout import (
    START,
    Aspect,
    Group,
    groups_of,
    marked_texts,
    matrix_of,
    unchanged_tables,
)
from jukixl.handout.measure import FULL, text_width
from jukixl.handout.names import CONTINUED
from jukixl.handout.plain_pages import Cell, Line, PlainPages, Side
from jukixl.handout.styles import SIDE_MARGIN
from jukixl.handout.tables import HEADER_FILL, REMAINDER_FILL
from jukixl.report.model import Orientation

_QUARTER = 9.5 * 20 / FULL
"""Twips of a quarter of a full-width character in a table."""
_ROOM = 2 * SIDE_MARGIN + 80
"""Twips of a cell beside its text: its margins and what its style indents."""
_KEPT = 12
"""Lines of one row of a table that stay on one page, with what is more marked as （続き）; and of a group without a table of its own."""
_LABEL, _ASPECT = 1800, 800
"""Twips of a matrix's first two columns, at least."""
_SHARES = {"区分": 12, "項目": 16, "新": 38, "旧": 38, "セル": 17}


class _Grid(Struct, frozen=True):
    """A group as it is set: widths in relation to each other, rows; the title, if any, is repeated on every page."""

    shares: Sequence[int]
    headings: Sequence[Cell]
    lines: Sequence[Line]
    title: str = ""

    def add_to(self, pages: PlainPages) -> None:
        """As a table."""
        header = [Line(self.headings, keeps=True, is_header=True)]
        if self.title:
            cell = Cell(self.title, "TableTitle", len(self.shares))
            header.insert(0, Line([cell], keeps=True, is_header=True))
        pages.add_lines(self.shares, [*header, *self.lines], self.title)


def create_comparison_document(comparison: Comparison) -> bytes:
    """The .docx: the same comparison, the same bytes."""
    pages = PlainPages(Orientation.LANDSCAPE)
    pages.add_title(f"新旧対照表（{comparison.kind}）")
    pages.add_line(f"新: {comparison.new_name}")
    pages.add_line(f"旧: {comparison.old_name}")
    pages.add_line(
        "変更のない文章、数値、行は省略している（表の空欄は、変更のない数値）。文字は、下線の部分が変更箇所である。"
    )
    if same := unchanged_tables(comparison):
        pages.add_line(f"変更のない表: {'、'.join(same)}")
    for number, topic in enumerate(comparison.topics, 1):
        pages.add_heading(f"{number}　{topic.value}")
        groups = groups_of(comparison, topic)
        if not groups:
            pages.add_line("変更なし")
        elif topic is Topic.NUMBER:
            for group in groups:
                (_matrix(group, pages.width) or _list(group, pages.width)).add_to(pages)
        else:
            _add_words(pages, groups)
    return pages.to_bytes()


def _matrix(group: Group, width: int) -> _Grid | None:
    """The group as the table itself; None where that takes more lines than a list, or more room than there is."""
    matrix = matrix_of(group)
    if matrix is None:
        return None
    sheet, places = group.sheet, group.places
    if sheet:  # named once, above
        places = [("セル", lambda one: one.cells.replace(f"{sheet}!", ""))]
    aspects = [*group.numbers, *places]
    columns = zip(*(found for _, found in matrix.rows), strict=True)
    needs = [_need(of(one) for one in column if one for _, of in aspects) for column in columns]
    spare = width - _LABEL - _ASPECT - sum(needs)
    if spare < 0:
        return None
    more = spare // (len(needs) + 1)
    headings = [_heading("区分", 2), *map(_heading, matrix.columns)]
    lines = [line for label, found in matrix.rows for line in _row_of_matrix(aspects, label, found)]
    title = f"{group.heading}　シート「{sheet}」" if sheet else group.heading
    return _Grid([_LABEL + more, _ASPECT, *(need + more for need in needs)], headings, lines, title)


def _row_of_matrix(
    aspects: Sequence[Aspect], label: str, found: Sequence[Difference | None]
) -> Iterator[Line]:
    for at, (title, of) in enumerate(aspects):
        fill = REMAINDER_FILL if at > 1 else None
        cells = [
            _label(label, is_first=at == 0, is_last=at + 1 == len(aspects)),
            Cell(title, "TableCenter", fill=fill),
            *(Cell(of(one) if one else "", "TableNumber", fill=fill) for one in found),
        ]
        yield Line(cells, keeps=at + 1 < len(aspects))


def _label(text: str, *, is_first: bool, is_last: bool) -> Cell:
    """The name of a row that has several lines, beside the first of them."""
    above: Sequence[Side] = () if is_first else ("top",)
    below: Sequence[Side] = () if is_last else ("bottom",)
    return Cell(text if is_first else "", goes_on=(*above, *below))


def _need(texts: Iterable[str]) -> int:
    """Twips of a column in which each of these texts stands on one line."""
    return max((round(text_width(text) * _QUARTER) for text in texts), default=0) + _ROOM


def _list(group: Group, width: int) -> _Grid:
    """A line a number; a row of the table with several of them bears its name once."""
    aspects = [*group.names, *group.numbers, *group.places]
    needs = [_need([title, *map(of, group.differences)]) for title, of in aspects]
    if group.places:
        needs[-1] = min(needs[-1], width // 5)
    if len(group.names) > 1:
        needs[1] = min(needs[1], width // 4)
    spare = width - sum(needs)
    needs = [need + spare // len(needs) for need in needs] if spare > 0 else [needs[0] + spare, *needs[1:]]
    headings = [_heading(title) for title, _ in aspects]
    lines = [line for label, found in group.rows for line in _row_of_list(group, label, found)]
    return _Grid(needs, headings, lines, group.heading)


def _row_of_list(group: Group, label: str, found: Sequence[Difference]) -> Iterator[Line]:
    for at, one in enumerate(found):
        is_first, is_last = at % _KEPT == 0, at % _KEPT == _KEPT - 1 or at + 1 == len(found)
        cells = [
            *(Cell(of(one)) for _, of in group.names),
            *(Cell(of(one), "TableNumber") for _, of in (*group.numbers, *group.places)),
        ]
        if label:
            text = f"{label}{CONTINUED}" if at else label
            cells[0] = _label(text, is_first=is_first, is_last=is_last)
        yield Line(cells, keeps=not is_last)


def _add_words(pages: PlainPages, groups: Sequence[Group]) -> None:
    """Long groups as tables of their own, those between them in one."""
    for is_long, some in groupby(groups, lambda group: len(group.differences) > _KEPT):
        if is_long:
            for group in some:
                _words([group]).add_to(pages)
        else:
            _words([*some]).add_to(pages)


def _words(groups: Sequence[Group]) -> _Grid:
    """The new text and the old one; of what is new or gone the other cell says so. A single group's title is the table's."""
    together = Group("", tuple(one for group in groups for one in group.differences))
    names, places = together.names, together.places
    titles = [*(title for title, _ in names), "新", "旧", *(title for title, _ in places)]
    lines = []
    for group in groups:
        if len(groups) > 1:
            cell = Cell(group.title or START, "TableTitle", len(titles), fill=REMAINDER_FILL)
            lines.append(Line([cell], keeps=True))
        for one in group.differences:
            texts = [*(Cell(of(one)) for _, of in names), *map(Cell, marked_texts(one))]
            lines.append(Line([*texts, *(Cell(of(one)) for _, of in places)]))
    title = groups[0].title or START if len(groups) == 1 else ""
    return _Grid([_SHARES[one] for one in titles], [*map(_heading, titles)], lines, title)


def _heading(title: str, span: int = 1) -> Cell:
    return Cell(title, "TableHead", span, fill=HEADER_FILL)
