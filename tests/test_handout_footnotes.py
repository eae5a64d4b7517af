"""Footnotes of staff take room: what LibreOffice prints on which page is what the contents say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from built import build_handout
from lxml import etree
from test_handout_edits import _FOOTNOTE_STYLES as STYLES
from test_handout_pages import HEADINGS, assert_contents_are_true, convert_all, pages_of
from test_staff_template_parts import _WORDML, DOCUMENT, W, parts_of, xml, xml_part

from jukixl.handout.verify import verify_handout
from jukixl.report.model import Report
from jukixl.workbook.master import Master

NOTES = (
    "再交付を含む。",
    "本人確認情報の提供には、" * 30 + "含まれないものがある。",
    "令和6年12月31日までの数である。" * 8,
)
"""Of one, ten and four lines."""
LONG_ROW_NOTE = "この事務については、注に書いた。" * 20


def with_footnotes(handout: bytes, sentences: int, rows: Sequence[int] = ()) -> bytes:
    """So many paragraphs more below the first heading, every fourth with a note; and notes to rows of 別紙3."""
    parts = parts_of(handout)
    root = etree.fromstring(parts[DOCUMENT])
    body = root.find(f"{W}body")
    heading = [one for one in body.iterchildren(f"{W}p") if "運用管理の状況" in "".join(one.itertext())][-1]
    for number in range(sentences):
        paragraph = xml(f"<w:p><w:r><w:t>{'追記した文である。' * (3 + number % 5)}</w:t></w:r></w:p>")
        if number % 4 == 0:
            paragraph.append(xml('<w:r><w:footnoteReference w:id="0"/></w:r>'))
        heading.addnext(paragraph)
    table = next(
        one for one in body.iter(f"{W}sdt") if one.find(f".//{W}tag").get(f"{W}val") == "table.annex3"
    )
    for row in rows:
        list(list(table.iter(f"{W}tr"))[row].iter(f"{W}p"))[-1].append(
            xml('<w:r><w:footnoteReference w:id="0"/></w:r>')
        )
    marks = list(root.iter(f"{W}footnoteReference"))
    texts = [NOTES[at % len(NOTES)] for at in range(len(marks) - len(rows))] + [LONG_ROW_NOTE] * len(rows)
    for number, mark in enumerate(marks, 1):
        mark.set(f"{W}id", str(number))
        mark.getparent().insert(0, xml('<w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>'))
    notes = [
        '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>',
        '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>',
        *(
            f'<w:footnote w:id="{number}"><w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr><w:r><w:rPr>'
            '<w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'
            f'<w:r><w:t xml:space="preserve"> {text}</w:t></w:r></w:p></w:footnote>'
            for number, text in enumerate(texts, 1)
        ),
    ]
    parts[DOCUMENT] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    parts["word/styles.xml"] = parts["word/styles.xml"].replace(
        b"</w:styles>", STYLES.encode() + b"</w:styles>"
    )
    content = xml_part("footnotes", "".join(notes))
    parts.relate(DOCUMENT, "rId91", "footnotes", "footnotes.xml", content, f"{_WORDML}.footnotes+xml")
    return parts.to_bytes()


@pytest.fixture(scope="module")
def documents(report: Report, published_master: Master, handout: bytes) -> dict[str, bytes]:
    edited = {
        **{f"{count} sentences": with_footnotes(handout, count) for count in (6, 16, 28, 44)},
        "rows": with_footnotes(handout, 0, (12, 20, 21, 30)),
    }
    return {name: build_handout(report, published_master.results, one) for name, one in edited.items()}


@pytest.fixture(scope="module")
def pdfs(documents: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return convert_all(documents, tmp_path_factory.mktemp("footnotes"))


@pytest.mark.parametrize("name", ["6 sentences", "16 sentences", "28 sentences", "44 sentences", "rows"])
def test_the_contents_are_true(
    name: str, documents: dict[str, bytes], pdfs: dict[str, Path], report: Report, published_master: Master
):
    pages = pages_of(pdfs[name])
    assert_contents_are_true(documents[name], pages, HEADINGS)
    assert verify_handout(report, published_master.results, documents[name]).ok
    assert "".join(pages).count("注に書いた" if name == "rows" else "再交付を含む") >= 1


def test_notes_to_rows_stand_below_the_table_on_the_page_of_their_row(pdfs: dict[str, Path]):
    pages = [page for page in pages_of(pdfs["rows"]) if "注に書いた" in page]
    assert len(pages) >= 2
    assert all(page.index("注に書いた") > page.index("提供先") for page in pages)


def test_it_is_the_same_document_when_built_again(
    report: Report, published_master: Master, documents: dict[str, bytes]
):
    for document in documents.values():
        assert build_handout(report, published_master.results, document) == document
