"""Words in the colour of what is behind them: neither read aloud nor published. What staff colour so that it is read stays theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree
from test_handout_build import W, control, rewrite, row_of, text_of
from test_handout_tampering_kinds import Change, Root, cell, figure, figure_line, looks, paragraph, run_of

from jukixl.handout.release import release_handout
from jukixl.handout.verify import verify_handout
from jukixl.report.model import Report
from jukixl.workbook.master import Master

STYLES = "word/styles.xml"
CASES = "県サーバからの提供件数"
TABLE = "annex6_annual"


def white(holder: Callable[[Root], Root], colour: str = "FFFFFF") -> Change:
    return looks("color", holder, val=colour)


def tsuru(root: Root) -> Root:
    return cell(root, "都留市", 4)


def shade(properties: Root, fill: str, pattern: str = "clear", colour: str = "auto") -> None:
    values = {f"{W}val": pattern, f"{W}color": colour, f"{W}fill": fill}
    properties.append(etree.Element(f"{W}shd", values))


def both(*changes: Change) -> Change:
    def change(root: Root) -> None:
        for one in changes:
            one(root)

    return change


def shade_cell(fill: str, pattern: str = "clear", colour: str = "auto") -> Change:
    return lambda root: shade(tsuru(root).find(f"{W}tcPr"), fill, pattern, colour)


def mark_figure(colour: str) -> Change:
    return looks("highlight", figure, val=colour)


def shade_line(root: Root) -> None:
    shade(figure_line(root).find(f"{W}pPr"), "1F3864")


def shade_table(root: Root) -> None:
    shade(next(control(root, f"table.{TABLE}").iter(f"{W}tblPr")), "000080")


def in_style(style: str) -> Change:
    """The figure in a character style, or its line in a paragraph style."""

    def change(root: Root) -> None:
        if style == "Emphasis1":
            looks("rStyle", figure, val=style)(root)
        else:
            figure_line(root).find(f"{W}pPr/{W}pStyle").set(f"{W}val", style)

    return change


def add_styles(root: Root) -> None:
    """A white character style, a paragraph style that has its white from another, a table style that shades its header."""
    colour = '<w:rPr><w:color w:val="FFFFFF"/></w:rPr>'
    for kind, id_, content in (
        ("character", "Emphasis1", colour),
        ("paragraph", "Pale", f'<w:basedOn w:val="HandoutFigure"/>{colour}'),
        ("paragraph", "Paler", '<w:basedOn w:val="Pale"/>'),
        (
            "table",
            "Striped",
            '<w:tblStylePr w:type="firstRow"><w:tcPr><w:shd w:val="clear" w:fill="4472C4"/></w:tcPr></w:tblStylePr>',
        ),
    ):
        xml = f'<w:style xmlns:w="{W[1:-1]}" w:type="{kind}" w:styleId="{id_}"><w:name w:val="{id_}"/>{content}</w:style>'
        root.append(etree.fromstring(xml))


UNSEEN = {
    "white on the page": (white(figure), CASES),
    "a white in small letters": (white(figure, "ffffff"), CASES),
    "a grey that no printer prints": (white(figure, "F2F2F2"), CASES),
    "a white cell": (white(tsuru), "都留市"),
    "on the shading of the cell": (both(white(tsuru, "FFE699"), shade_cell("FFE699")), "都留市"),
    "black on a cell full of black": (both(white(tsuru, "000000"), shade_cell("auto", "solid")), "都留市"),
    "on the shading of the paragraph": (both(white(figure, "1F3864"), shade_line), CASES),
    "on the shading of the table": (both(white(tsuru, "000080"), shade_table), "都留市"),
    "yellow on a yellow marker": (both(white(figure, "FFFF00"), mark_figure("yellow")), CASES),
    "by a style of characters": (in_style("Emphasis1"), CASES),
    "by a style that is based on a white one": (in_style("Paler"), CASES),
}


@pytest.mark.parametrize(("change", "place"), UNSEEN.values(), ids=UNSEEN.keys())
def test_numbers_in_the_colour_of_their_ground_are_named_and_not_published(
    report: Report, published_master: Master, handout: bytes, change: Change, place: str
) -> None:
    document = rewrite(rewrite(handout, change), add_styles, STYLES)
    told = [one.message for one in verify_handout(report, published_master.results, document).mismatches]
    assert any(place in one for one in told)
    assert all("背景と同じ色" in one for one in told)
    released = release_handout(published_master, document, "資料.docx")
    assert released.document is None
    assert any("背景と同じ色" in str(one) for one in released.obstacles)


def in_table_style(root: Root) -> None:
    """The header white, as Word's own styles of tables have it."""
    table = next(control(root, f"table.{TABLE}").iter(f"{W}tbl"))
    table.find(f"{W}tblPr").insert(0, etree.Element(f"{W}tblStyle", {f"{W}val": "Striped"}))
    white(lambda _: next(table.iter(f"{W}tc")))(root)


SEEN: dict[str, Change] = {
    "red": white(figure, "FF0000"),
    "automatic": white(figure, "auto"),
    "grey": white(figure, "808080"),
    "white in a dark cell": both(white(tsuru), shade_cell("1F3864")),
    "white on a pattern": both(white(tsuru), shade_cell("FFFFFF", "pct50", "000000")),
    "white on a marker": both(white(figure), mark_figure("darkBlue")),
    "white in a dark paragraph": both(white(figure), shade_line),
    "white in a dark table": both(white(tsuru), shade_table),
    "white in the header of a style of tables": in_table_style,
    "a shaded cell": shade_cell("000000"),
}


@pytest.mark.parametrize("change", SEEN.values(), ids=SEEN.keys())
def test_numbers_that_can_be_read_are_staffs_own(
    report: Report, published_master: Master, handout: bytes, change: Change
) -> None:
    document = rewrite(rewrite(handout, change), add_styles, STYLES)
    told = verify_handout(report, published_master.results, document)
    assert (told.mismatches, told.looks) == ((), ())
    assert release_handout(published_master, document, "資料.docx").document is not None


def test_unseen_words_of_staff_in_a_table_are_not_published(published_master: Master, handout: bytes) -> None:
    def add(root: Root) -> None:
        note = paragraph(root, "表示した率の差と増減が一致しない")
        white(lambda _: note)(root)
        assert "一致しない" in text_of(run_of(note))

    released = release_handout(published_master, rewrite(handout, add), "資料.docx")
    assert any("背景と同じ色" in str(one) and "率は表示" in str(one) for one in released.obstacles)


def test_a_white_row_is_told_once(report: Report, published_master: Master, handout: bytes) -> None:
    def change(root: Root) -> None:
        for one in row_of(root, TABLE, "都留市").findall(f"{W}tc"):
            white(lambda _, one=one: one)(root)

    (told,) = verify_handout(report, published_master.results, rewrite(handout, change)).mismatches
    assert "都留市" in told.place
