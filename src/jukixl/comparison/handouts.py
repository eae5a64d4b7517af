"""Two handouts: figures by their controls, tables by their headings and rows, sentences by their words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct

from jukixl.comparison.differences import (
    ComparedTable,
    Comparison,
    Difference,
    Spot,
    Topic,
    Value,
    iter_change,
    read_printed,
    text_change,
)
from jukixl.comparison.printed_tables import PrintedTable, read_table, sides_of
from jukixl.comparison.tables import TablePair, missing_table
from jukixl.comparison.wording import pair_texts
from jukixl.era import fold_digits
from jukixl.errors import InputError, Place, Problem
from jukixl.handout.control_lint import refuse_lost_controls
from jukixl.handout.controls import Control, iter_controls
from jukixl.handout.names import is_figure_tag, table_of_tag
from jukixl.handout.ooxml import style_of, visible_text
from jukixl.handout.package import Document, open_package
from jukixl.handout.prose import iter_prose
from jukixl.handout.styles import HEADING_STYLES, HIDDEN
from jukixl.handout.tabletext import normal
from jukixl.report.model import Report
from jukixl.report.text import Placeholder

HANDOUTS = "審議会資料"
_FIGURES = "文中の数値・日付等"
_MARGIN = "欄外・注"
"""The heading of headers, footers and footnotes."""
_LABEL = "AnnexLabel"
_LEVELS = {style: level for level, style in HEADING_STYLES.items()} | {_LABEL: 1}


class _Sentence(Struct, frozen=True):
    """A paragraph of the text; `heading`: the headings above it, the highest first."""

    text: str
    heading: str


class Handout(Struct, frozen=True):
    """What a document says. `tables`: by id and number, from 1, as somebody may have pasted a copy."""

    figures: dict[str, list[Control]]
    tables: dict[tuple[str, int], PrintedTable]
    sentences: list[_Sentence]


def compare_handouts(report: Report, old: tuple[str, Handout], new: tuple[str, Handout]) -> Comparison:
    """What differs, in the order of the new one; each with the file's name."""
    former, latter = old[1], new[1]
    differences = [*_figures(report, former, latter)]
    tables: list[ComparedTable] = []
    for key in dict.fromkeys((*latter.tables, *former.tables)):
        before, after = former.tables.get(key), latter.tables.get(key)
        if before and after:
            found, table = TablePair(*sides_of(report.tables_by_id.get(key[0]), before, after)).compare()
            differences += found
            tables.append(table)
        elif one := after or before:
            differences.append(missing_table(one.title, is_new=after is not None))
    differences += _sentences(former.sentences, latter.sentences)
    values = sum(map(len, latter.figures.values())) + sum(table.values for table in tables)
    # A figure that stands in several places is told once.
    once = tuple(dict.fromkeys(differences))
    return Comparison(HANDOUTS, tuple(Topic), old[0], new[0], values, once, tuple(tables))


def read_handout(report: Report, name: str, content: bytes) -> Handout:
    """A handout by the content of its file. InputError or Refusal where it is none of this report."""
    document = open_package(content, name)
    refuse_lost_controls(document, name)
    figures: dict[str, list[Control]] = defaultdict(list)
    tables: dict[tuple[str, int], PrintedTable] = {}
    for story in document.iter_stories():
        for control in iter_controls(story):
            tag = control.tag or ""
            table_id = table_of_tag(tag)
            if table_id is not None and control.content is not None:
                number = 1 + sum(table_id == other for other, _ in tables)
                declared = report.tables_by_id.get(table_id)
                tables[table_id, number] = read_table(declared, table_id, control, number)
            elif is_figure_tag(tag) and style_of(control.parent) not in HIDDEN:
                figures[tag].append(control)
    # Settings such as 審議会名 are those of any report.
    own = report.figures_by_id.keys() - report.settings_by_id.keys()
    known = own.intersection(Placeholder.of_tag(tag).figure for tag in figures)
    if not known and report.tables_by_id.keys().isdisjoint(table_id for table_id, _ in tables):
        message = f"「{report.title}」の資料ではありません。同じ報告の資料を二つ指定してください。別の報告なら --report を付けてください。"
        raise InputError(Problem(message, Place(file=name)))
    return Handout(figures, tables, list(_iter_sentences(document)))


def _iter_sentences(document: Document) -> Iterator[_Sentence]:
    for story in document.iter_stories():
        above = {} if story is document.root else {1: _MARGIN}
        for paragraph in iter_prose(story):
            text = visible_text(paragraph).strip()
            style = style_of(paragraph)
            if text and style not in HIDDEN:
                yield _Sentence(text, " ＞ ".join(above.values()))
                if level := _LEVELS.get(style or ""):
                    above = {one: title for one, title in above.items() if one < level} | {
                        level: normal(text) if style == _LABEL else text
                    }


def _figures(report: Report, old: Handout, new: Handout) -> Iterator[Difference]:
    for tag in dict.fromkeys((*new.figures, *old.figures)):
        before, after = old.figures.get(tag, []), new.figures.get(tag, [])
        spot = Spot(_FIGURES, column=(after or before)[0].alias or tag)
        figure = report.figures_by_id.get(Placeholder.of_tag(tag).figure)
        is_number = figure is not None and figure.kind.is_number
        for one, other in zip(_values(before), _values(after), strict=False):
            yield from iter_change(spot, one, other, is_number=is_number)


def _values(controls: list[Control]) -> list[Value]:
    """What each of a figure's places reads; of a figure that is nowhere one that reads nothing."""
    texts = [fold_digits(control.text) for control in controls] or [""]
    return [Value(text, normal(text), read_printed(text)) for text in texts]


def _sentences(old: list[_Sentence], new: list[_Sentence]) -> Iterator[Difference]:
    """Those in which only the width of digits differs, which is chosen for a whole document, are told once, by the first."""
    same_but_widths: list[tuple[str, str]] = []
    for before, after in pair_texts([one.text for one in old], [one.text for one in new]):
        one = None if before is None else old[before]
        other = None if after is None else new[after]
        texts = one.text if one else "", other.text if other else ""
        if fold_digits(texts[0]) != fold_digits(texts[1]):
            heading = (other or one or _Sentence("", "")).heading
            yield text_change(Topic.SENTENCE, Spot(heading), *texts)
        elif texts[0] != texts[1]:
            same_but_widths.append(texts)
    if same_but_widths:
        spot = Spot(f"数字の全角・半角だけが違う文章（{len(same_but_widths)} 件の最初のもの）")
        yield text_change(Topic.SENTENCE, spot, *same_but_widths[0])
