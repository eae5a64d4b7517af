"""What must hold of a PDF before it bears its final name, checked on the pages as they came out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from unicodedata import normalize

from jukixl.handout.contents import iter_headings, read_contents
from jukixl.handout.controls import iter_controls
from jukixl.handout.grid import read_parts
from jukixl.handout.names import table_of_tag
from jukixl.handout.ooxml import (
    DELETED,
    Element,
    P,
    attribute,
    is_repeated_for_old_programs,
    iter_visible,
    name,
    style_of,
    visible_text,
)
from jukixl.handout.package import Document
from jukixl.handout.pdf_reading import Reading, numbers_in
from jukixl.handout.rows import parts_of
from jukixl.handout.styles import HIDDEN
from jukixl.report.model import Report, Table

FONTS = frozenset(
    {
        *("MS-Mincho", "MS-Gothic", "MS-PMincho", "MS-PGothic"),
        *("YuMincho", "YuGothic", "Meiryo", "BIZ-UDMincho", "BIZ-UDPMincho", "BIZ-UDGothic", "BIZ-UDPGothic"),
        *("IPAMincho", "IPAGothic", "IPAPMincho", "IPAPGothic", "IPAexMincho", "IPAexGothic"),
        *("Century", "TimesNewRoman", "TimesNewRomanPSMT", "Arial", "ArialMT"),
        *("Symbol", "SymbolMT", "Wingdings", "Wingdings-Regular", "OpenSymbol"),
    }
)
"""Fonts that may appear, by their PostScript names. Any other has taken the place of one that a computer lacks, or shows 漢字
as another country writes them."""
_WEIGHTS = re.compile(r"[-,](?:Regular|Light|Medium|Demibold|Bold|Italic|Oblique|BoldItalic|BoldMT|PSMT)+$")
_BOOKMARK = name("bookmarkStart")


def check_pdf(reading: Reading, document: Document, report: Report) -> list[str]:
    """Everything that doesn't hold, in words for staff; `document` is what the PDF was made from."""
    return [
        *_contents(reading, document.body),
        *_structure(reading, document.body),
        *_fonts(reading),
        *_broken_numbers(reading, document.body),
        *_lone_totals(reading, document.body, report),
    ]


def _squeezed(text: str) -> str:
    return "".join(normalize("NFKC", text).split())


def _heading_pages(reading: Reading, body: Element) -> dict[Element, int]:
    """The page of each heading, from 0, by the bookmarks of the PDF: of equal titles the first by the first."""
    places: dict[str, list[int]] = {}
    for title, page in reading.outline:
        places.setdefault(_squeezed(title), []).append(page)
    found = {}
    for heading, _ in iter_headings(body):
        pages = places.get(_squeezed(visible_text(heading)))
        if pages:
            found[heading] = pages.pop(0)
    return found


def _contents(reading: Reading, body: Element) -> Iterator[str]:
    pages = _heading_pages(reading, body)
    headings = {attribute(mark, "name"): one for one in pages for mark in one.iter(_BOOKMARK)}
    for line in read_contents(body):
        heading = headings.get(line.bookmark)
        if line.bookmark is None or heading is None:
            continue  # told as a missing bookmark
        label = reading.labels[pages[heading]]
        if normalize("NFKC", line.page).strip() != str(label):
            title = visible_text(heading).replace("\n", "")
            yield f"目次の「{title}」は {line.page} 頁とありますが、PDFでは {label} 頁にあります。字体と余白を確かめてください。"


def _structure(reading: Reading, body: Element) -> Iterator[str]:
    if not reading.is_tagged:
        yield "PDFに構造（タグ）がありません。読み上げソフトで読めません。LibreOffice 7.4 以後か Word で作り直してください。"
    pages = _heading_pages(reading, body)
    missing = [one for one, _ in iter_headings(body) if one not in pages and visible_text(one).strip()]
    for heading in missing:
        yield f"見出し「{visible_text(heading)}」のしおりがPDFにありません。見出しのスタイルを確かめてください。"


def _fonts(reading: Reading) -> Iterator[str]:
    for font, embedded in sorted(reading.fonts.items()):
        if not embedded:
            yield f"字体「{font}」がPDFに埋め込まれていません。別のパソコンでは違う字で表示されます。"
        elif font not in FONTS and _WEIGHTS.sub("", font) not in FONTS:
            yield (
                f"使ってよい字体の一覧にない字体「{font}」が使われています。"
                "文書の字体を直すか、ＭＳ 明朝・ＭＳ ゴシックのあるパソコンで作り直してください。"
            )


def _broken_numbers(reading: Reading, body: Element) -> Iterator[str]:
    """Every number of the document stands whole on a line of the PDF as often as in the document."""
    printed = sum(reading.numbers, Counter[str]())
    for number, count in (_numbers_of(body) - printed).items():
        pages = _pages_with_pieces(reading, number)
        where = "、".join(f"PDFの{page}枚目" for page in pages)
        if where:
            yield f"{where}: 数値「{number}」が行をまたいで分かれています。列の幅か文を直してください。"
        else:
            yield f"数値「{number}」がPDFで {count} か所見つかりません。隠れているか切れていないか確かめてください。"


def _numbers_of(body: Element) -> Counter[str]:
    """Numbers of two characters or more: the pages show those of one digit in many places."""
    texts: dict[Element, list[str]] = {}
    for node, text in iter_visible(body, frozenset(DELETED)):
        if not is_repeated_for_old_programs(node):
            texts.setdefault(next(node.iterancestors(P)), []).append(text)
    shown = ("".join(pieces) for paragraph, pieces in texts.items() if style_of(paragraph) not in HIDDEN)
    found = (numbers_in(normalize("NFKC", text)) for text in shown)
    return Counter(number for numbers in found for number in numbers if len(number) > 1)


def _pages_with_pieces(reading: Reading, number: str) -> list[int]:
    pieces = re.compile(r"(?<![0-9,.])" + r"\s*".join(map(re.escape, number)) + r"(?![0-9])")
    return [
        at
        for at, page in enumerate(reading.pages, 1)
        if any("\n" in match[0] for match in pieces.finditer(page))
    ]


def _lone_totals(reading: Reading, body: Element, report: Report) -> Iterator[str]:
    """A page with a table's total row also has the row above it."""
    for control in iter_controls(body):
        table = report.tables_by_id.get(table_of_tag(control.tag or "") or "")
        if table is None or control.content is None or not table.has_total():
            continue
        yield from _lone_total(reading, control.content, table)


def _lone_total(reading: Reading, content: Element, table: Table) -> Iterator[str]:
    grids = read_parts(parts_of(content), has_total=True)
    last, rows = grids[-1], [row for grid in grids for row in grid.body]
    if last.total is None or not rows:
        return
    total = _row_numbers(last.total.texts)
    above = _row_numbers(rows[-1].texts)
    header = _row_numbers([text for row in last.header for text in row.texts])
    pages = [at for at, numbers in enumerate(reading.numbers) if total <= numbers]
    if total and pages and not any(total + above + header <= reading.numbers[at] for at in pages):
        yield (
            f"PDFの{pages[-1] + 1}枚目: 表「{table.title}」の{table.total_label}の行だけが次の頁に送られています。"
            "「資料の更新」で頁を割り付け直してください。"
        )


def _row_numbers(texts: Sequence[str]) -> Counter[str]:
    return Counter(numbers_in(normalize("NFKC", "\n".join(texts))))
