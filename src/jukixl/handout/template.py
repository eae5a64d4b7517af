"""A starter template for any report definition: everything a handout holds, with empty controls for the values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count, pairwise

from jukixl.era import Digits, set_digits
from jukixl.handout.blank import blank_document, save_document
from jukixl.handout.contents import PLACEHOLDER
from jukixl.handout.controls import FigureControls
from jukixl.handout.names import CONTENTS_TAG, bookmarks, choice_alias, choice_tag, note_tag, table_tag
from jukixl.handout.ooxml import PPR, Element, run, w
from jukixl.handout.sections import section_properties, text_width
from jukixl.handout.styles import HEADING_STYLES, TABLE_NOTE, style_of_block
from jukixl.handout.tables import TableMaker
from jukixl.report.model import Annex, Block, Cover, Heading, Kind, Orientation, Paragraph, Report, Table
from jukixl.report.text import Text

# Any fixed day, so that a template's bytes depend on the definition alone.
_TEMPLATE_DATE = datetime(2000, 1, 1)
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def create_template(report: Report, digits: Digits | None = None) -> bytes:
    """The starter .docx of a report, its numbers set as `digits` says; None: as the report says."""
    document = blank_document()
    body = document.element.body
    body.extend(_Outline(report, digits or report.digits).elements())
    properties = document.core_properties
    properties.title, properties.author, properties.language = report.title, "jukixl", "ja-JP"
    properties.created = properties.modified = _TEMPLATE_DATE
    return save_document(document)


def create_parts(report: Report, digits: Digits | None = None) -> bytes:
    """The 部品集: a .docx with every figure and table of a report under its Japanese name, to be copied into a template; its
    numbers are set as `digits` says."""
    document = blank_document()
    document.element.body.extend(_Outline(report, digits or report.digits).parts())
    properties = document.core_properties
    properties.title, properties.author, properties.language = f"部品集　{report.title}", "jukixl", "ja-JP"
    properties.created = properties.modified = _TEMPLATE_DATE
    return save_document(document)


_HOW_TO = (
    "灰色の部分（目印）を選んでコピーし、ひな形に貼り付けてください。資料の作成時に数値が入ります。",
    "目印の中の文字は打ち替えないでください。書体や大きさは変えられます。単位は目印の外に打ちます。",
    "表は、左上の十字を押して表全体を選び、題と注も一緒にコピーします。貼り付けは「元の書式を保持」にします。",
)


class _Outline:
    """The body of the template, block by block."""

    def __init__(self, report: Report, digits: Digits) -> None:
        self._report = report
        self._digits = digits
        self._controls = FigureControls(report)
        self._bookmark_ids = count(1)
        named = bookmarks(report)
        self._bookmarks = {id(block): bookmark for bookmark, block in named.items()}
        self._annexes: dict[str, str] = {}
        for bookmark, block in named.items():
            if isinstance(block, Annex):
                self._annexes.setdefault(block.label, bookmark)

    def elements(self) -> Iterator[Element]:
        """Paragraphs and controls of the whole document, sections' ends among them."""
        blocks = self._report.document
        sections = list(_sections(self._report))
        after_cover = False
        for (block, section), (_, following) in pairwise([*zip(blocks, sections, strict=True), (None, None)]):
            assert block is not None
            assert section is not None
            yield from self._block(block, section[1])
            if following is None:
                yield w("p", w("pPr", w("pStyle", val="SectionEnd")))
                yield section_properties(section[1], is_cover=section[0], after_cover=after_cover)
            elif following != section:
                yield w(
                    "p",
                    w(
                        "pPr",
                        w("pStyle", val="SectionEnd"),
                        section_properties(section[1], is_cover=section[0], after_cover=after_cover),
                    ),
                )
                after_cover = section[0]

    def parts(self) -> Iterator[Element]:
        """Every figure in a line of its own, the sentences that depend on the data, then every table, wide ones on landscape pages at the end."""
        yield self._paragraph("AnnexTitle", Text("部品集"))
        yield from (self._paragraph("HandoutList1", Text(line)) for line in _HOW_TO)
        yield self._paragraph("Heading2", Text("数値"))
        for part in self._report.printed_figures:
            figure = self._report.figures_by_id[part.figure]
            if figure.kind is Kind.DIGITS:
                continue
            line = self._paragraph("HandoutList1", Text(""))
            line.append(self._controls.field(part.tag, self._controls.alias(part)))
            line.extend([run(figure.unit), w("r", w("tab")), run(f"タグ {part.tag}")])
            yield line
        alternatives = [one for one in self._report.document if isinstance(one, Paragraph) and one.choice]
        if alternatives:
            yield self._paragraph(
                "Heading2", Text("場合により替わる文（一組の文は、すべて続けて貼り付ける）")
            )
        yield from map(self._alternative, alternatives)
        for orientation in Orientation:
            yield from self._tables_of(orientation)
            is_last = orientation is list(Orientation)[-1]
            section = section_properties(orientation)
            yield section if is_last else w("p", w("pPr", w("pStyle", val="SectionEnd"), section))

    def _tables_of(self, orientation: Orientation) -> Iterator[Element]:
        for table in self._report.tables:
            if table.printed and table.orientation is orientation:
                yield self._paragraph("Heading1", Text(f"{table.title}（タグ {table_tag(table.id)}）"))
                yield from self._table(table, orientation)

    def _block(self, block: Block, orientation: Orientation) -> Iterator[Element]:
        if isinstance(block, Cover):
            yield from self._cover(block)
        elif isinstance(block, Heading):
            yield self._bookmarked(HEADING_STYLES[block.level], block, block.text)
        elif isinstance(block, Paragraph):
            yield self._alternative(block) if block.choice else self._text_paragraph(block)
        elif isinstance(block, Annex):
            yield from self._annex(block, orientation)

    def _paragraph(self, style: str, text: Text) -> Element:
        return w("p", w("pPr", w("pStyle", val=style)), *self._controls.pieces(text, self._digits))

    def _cover(self, cover: Cover) -> Iterator[Element]:
        yield self._paragraph("CoverCouncil", cover.council)
        yield self._paragraph("CoverTitle", cover.title)
        yield self._paragraph("ContentsTitle", Text(cover.contents_title))
        gallery = w("docPartObj", w("docPartGallery", val="Table of Contents"), w("docPartUnique"))
        placeholder = w("p", w("pPr", w("pStyle", val="TOC1")), run(PLACEHOLDER))
        yield self._controls.around(CONTENTS_TAG, "目次", [placeholder], gallery)
        for text in (cover.date, cover.office):
            paragraph = self._paragraph("CoverFoot", text)
            # Framed at the foot of the page, so that a longer contents doesn't push them down.
            _properties(paragraph).append(_foot_frame())
            yield paragraph

    def _bookmarked(self, style: str, block: Heading | Annex, text: Text) -> Element:
        paragraph = self._paragraph(style, text)
        number = next(self._bookmark_ids)
        paragraph.insert(1, w("bookmarkStart", id=number, name=self._bookmarks[id(block)]))
        paragraph.append(w("bookmarkEnd", id=number))
        return paragraph

    def _alternative(self, block: Paragraph) -> Element:
        assert block.choice is not None
        number = self._report.choices[block.choice].index(block) + 1
        alias = choice_alias(self._report.choices[block.choice], number)
        return self._controls.around(choice_tag(block.choice, number), alias, [self._text_paragraph(block)])

    def _text_paragraph(self, block: Paragraph) -> Element:
        paragraph = self._paragraph(style_of_block(block), block.text)
        if block.annex:
            link = w(
                "hyperlink",
                run(set_digits(f"【{block.annex}】", self._digits)),
                anchor=self._annexes[block.annex],
                history=1,
            )
            paragraph.extend([w("r", w("tab")), link])
        return paragraph

    def _annex(self, annex: Annex, orientation: Orientation) -> Iterator[Element]:
        yield _label_box(annex.label, text_width(orientation))
        yield self._bookmarked("AnnexTitle", annex, annex.title)
        tables = [self._report.tables_by_id[table_id] for table_id in annex.tables]
        for number, table in enumerate(tables):
            if number:
                yield w("p", w("pPr", w("pStyle", val="TableSpace")))
            yield from self._table(table, orientation)

    def _table(self, table: Table, orientation: Orientation) -> Iterator[Element]:
        if table.caption:
            # A caption that states a date belongs to the figures, at the right; one in words is the table's title.
            style = "TableCaption" if table.caption.placeholders else "TableTitle"
            yield self._paragraph(style, table.caption)
        made = TableMaker(table, text_width(orientation), self._controls).make()
        yield self._controls.around(table_tag(table.id), table.title, [made])
        for number, note in enumerate(table.notes, 1):
            paragraph = self._paragraph(TABLE_NOTE, note.text)
            if note.when is None:
                yield paragraph
            else:
                yield self._controls.around(
                    note_tag(table.id, number), f"注{number}（{table.title}）", [paragraph]
                )


def _sections(report: Report) -> Iterator[tuple[bool, Orientation]]:
    """For every block whether it is the cover, and how its page lies."""
    orientation = Orientation.PORTRAIT
    for block in report.document:
        if isinstance(block, Annex):
            tables = [report.tables_by_id[table_id] for table_id in block.tables]
            wide = any(table.orientation is Orientation.LANDSCAPE for table in tables)
            orientation = Orientation.LANDSCAPE if wide else Orientation.PORTRAIT
        elif isinstance(block, Heading) and block.level == 1:
            orientation = Orientation.PORTRAIT
        yield isinstance(block, Cover), orientation


def _label_box(label: str, width: int) -> Element:
    """別　紙　５ in a box at the right edge."""
    shown = "　".join(_spaced(label.translate(_FULL_WIDTH)))
    room = 280 * len(shown) + 260
    paragraph = w("p", w("pPr", w("pStyle", val="AnnexLabel")), run(shown))
    _properties(paragraph).append(w("ind", left=width - room - 100, right=100))
    return paragraph


def _foot_frame() -> Element:
    width, top = text_width(Orientation.PORTRAIT), 12400
    return w("framePr", w=width, wrap="around", vAnchor="margin", hAnchor="margin", xAlign="center", y=top)


def _properties(paragraph: Element) -> Element:
    properties = paragraph.find(PPR)
    assert properties is not None
    return properties


def _spaced(label: str) -> Iterator[str]:
    """The characters of a label, its number in one piece."""
    digits = ""
    for character in label:
        if character.isdigit():
            digits += character
            continue
        if digits:
            yield digits
        digits = ""
        yield character
    if digits:
        yield digits
