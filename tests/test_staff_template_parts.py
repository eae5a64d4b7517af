"""What staff do to the template that changes several parts of its file: notes, headers, pictures, fonts, names of styles.

As in `test_staff_template.py`, in the XML as Word leaves it, and held against the published numbers.
"""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Callable
from io import BytesIO
from itertools import count
from pathlib import Path

import pytest
from built import build_handout
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator
from test_handout_build import W, body_of, control, text_of
from test_staff_template import (
    DOCUMENT,
    NS,
    TEMPLATE,
    Change,
    Root,
    japanese_word,
    sentence,
    words_control,
    xml,
)

from jukixl.cli import main
from jukixl.handout.lint import lint_template
from jukixl.handout.verify import verify_handout
from jukixl.report.computation import Results

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORDML = "application/vnd.openxmlformats-officedocument.wordprocessingml"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A picture of one point."""


_IDS = count(700)


class Parts(dict[str, bytes]):
    """A document's parts, changed as Word changes several of them for one edit."""

    def change(self, part: str, change: Change) -> None:
        root = etree.fromstring(self[part])
        change(root)
        self[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)

    def relate(
        self, source: str, id_: str, kind: str, target: str, content: bytes, content_type: str
    ) -> None:
        """A new part that `source` refers to."""
        folder, _, file = source.rpartition("/")
        relations = f"{folder}/_rels/{file}.rels"
        blank = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
        tag = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
        self.setdefault(relations, blank)
        relation = etree.Element(tag, Id=id_, Type=f"{_OFFICE}/{kind}", Target=target)
        self.change(relations, lambda root: root.append(relation))
        self[f"{folder}/{target}"] = content
        types = "{http://schemas.openxmlformats.org/package/2006/content-types}"
        ending = target.rpartition(".")[2]
        if ending == "xml":
            entry = (f"{types}Override", {"PartName": f"/{folder}/{target}", "ContentType": content_type})
        else:
            entry = (f"{types}Default", {"Extension": ending, "ContentType": content_type})
        self.change("[Content_Types].xml", lambda root: root.append(etree.Element(entry[0], entry[1])))

    def to_bytes(self) -> bytes:
        target = BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for name, content in self.items():
                archive.writestr(name, content)
        return target.getvalue()


def parts_of(data: bytes) -> Parts:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return Parts({name: archive.read(name) for name in archive.namelist()})


def line_with(*tags: str) -> str:
    controls = [words_control(tag) for tag in tags]
    for one in controls:
        one.find(f"{W}sdtPr/{W}id").set(f"{W}val", str(next(_IDS)))
    pieces = "".join(etree.tostring(one).decode() for one in controls)
    return f"<w:p><w:r><w:t>資料　</w:t></w:r>{pieces}</w:p>"


def xml_part(root: str, content: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:{root} {NS}>{content}</w:{root}>'.encode()
    )


def add_styles(parts: Parts) -> None:
    """Those that Word adds with the first footnote."""
    for kind, id_, title in (
        ("paragraph", "FootnoteText", "footnote text"),
        ("character", "FootnoteReference", "footnote reference"),
    ):
        style = xml(f'<w:style w:type="{kind}" w:styleId="{id_}"><w:name w:val="{title}"/></w:style>')
        parts.change("word/styles.xml", lambda root, style=style: root.append(style))


def footnotes_with_figures(parts: Parts) -> None:
    add_styles(parts)
    notes = "".join(
        f"<w:footnote{kind}>{content}</w:footnote>"
        for kind, content in (
            (' w:type="separator" w:id="-1"', "<w:p><w:r><w:separator/></w:r></w:p>"),
            (' w:type="continuationSeparator" w:id="0"', "<w:p><w:r><w:continuationSeparator/></w:r></w:p>"),
            (' w:id="1"', line_with("applications", "applications")),
            (' w:id="2"', line_with("target_year")),
        )
    )
    kind = f"{_WORDML}.footnotes+xml"
    parts.relate(DOCUMENT, "rId91", "footnotes", "footnotes.xml", xml_part("footnotes", notes), kind)

    def refer(root: Root) -> None:
        for number, tag in enumerate(("prefecture_cases", "national_cases"), 1):
            mark = f'<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteReference w:id="{number}"/></w:r>'
            sentence(root, tag).append(xml(mark))

    parts.change(DOCUMENT, refer)


def headers_with_figures(parts: Parts) -> None:
    """A header for the first page of the sections, one for the others, with figures in a table of two cells."""
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="4000" w:type="dxa"/></w:tcPr>{line_with(tag)}</w:tc>'
        for tag in ("council", "fiscal_year")
    )
    table = (
        '<w:tbl><w:tblPr><w:tblW w:w="8000" w:type="dxa"/></w:tblPr><w:tblGrid><w:gridCol w:w="4000"/>'
        f'<w:gridCol w:w="4000"/></w:tblGrid><w:tr>{cells}</w:tr></w:tbl><w:p/>'
    )
    contents = {"header1.xml": table, "header2.xml": line_with("applications")}
    for number, (file, content) in enumerate(contents.items(), 91):
        kind = f"{_WORDML}.header+xml"
        parts.relate(DOCUMENT, f"rId{number}", "header", file, xml_part("hdr", content), kind)

    def refer(root: Root) -> None:
        for section in list(root.iter(f"{W}sectPr"))[1:]:
            for place, (which, id_) in enumerate((("default", "rId91"), ("first", "rId92"))):
                reference = xml(f'<w:headerReference w:type="{which}"/>')
                reference.set(f"{{{_OFFICE}}}id", id_)
                section.insert(place, reference)
            section.find(f"{W}cols").addnext(xml("<w:titlePg/>"))

    parts.change(DOCUMENT, refer)


def logo(number: int) -> Root:
    return xml(
        '<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        f'distT="0" distB="0" distL="0" distR="0"><wp:extent cx="720000" cy="720000"/><wp:docPr id="{number}" name="図 {number}" descr="県章"/>'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        f'<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:nvPicPr><pic:cNvPr id="{number}" name="図 {number}"/>'
        f'<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip xmlns:r="{_OFFICE}" r:embed="rId95"/><a:stretch><a:fillRect/></a:stretch>'
        '</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="720000" cy="720000"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    )


def logos(parts: Parts) -> None:
    """The emblem on the cover and at the foot of every page."""
    for source in (DOCUMENT, "word/footer1.xml"):
        parts.relate(source, "rId95", "image", f"media/{source[5:-4]}.png", PNG, "image/png")
    types = [one for one in etree.fromstring(parts["[Content_Types].xml"]) if one.get("Extension") == "png"]
    assert len(types) == 2
    parts.change("[Content_Types].xml", lambda root: root.remove(root[-1]))
    paragraph = xml("<w:p/>")
    paragraph.append(logo(21))
    parts.change(DOCUMENT, lambda root: root[0].insert(0, paragraph))
    parts.change("word/footer1.xml", lambda root: root[0].append(logo(22)))


def theme_fonts(parts: Parts) -> None:
    """「本文のフォント」 and 「見出しのフォント」 in place of fonts by name, in styles and runs."""

    def by_theme(root: Root) -> None:
        for fonts in root.iter(f"{W}rFonts"):
            which = "major" if "ゴシック" in fonts.get(f"{W}ascii", "") else "minor"
            fonts.attrib.clear()
            for script, letters in (
                ("ascii", "HAnsi"),
                ("hAnsi", "HAnsi"),
                ("eastAsia", "EastAsia"),
                ("cs", "Bidi"),
            ):
                key = "cstheme" if script == "cs" else f"{script}Theme"
                fonts.set(f"{W}{key}", f"{which}{letters}")

    parts.change("word/styles.xml", by_theme)
    parts.change(DOCUMENT, by_theme)


def rename_styles(parts: Parts) -> None:
    """Another language's names for Word's own styles, staff's own for ours; ids stay."""
    names = {"heading 1": "見出し 1", "heading 2": "Überschrift 2", "toc 1": "目次 1", "Normal": "標準"}

    def rename(root: Root) -> None:
        for title in root.iter(f"{W}name"):
            if title.getparent().tag == f"{W}style":
                old = title.get(f"{W}val")
                title.set(f"{W}val", names.get(old, f"{old}（R7）"))

    parts.change("word/styles.xml", rename)


WHOLE: dict[str, Callable[[Parts], None]] = {
    "footnotes with figures": footnotes_with_figures,
    "headers with figures": headers_with_figures,
    "the office's emblem": logos,
    "fonts of the theme": theme_fonts,
    "styles with other names": rename_styles,
}
"""What staff may do that changes several parts of the file."""


@pytest.fixture(scope="module")
def template() -> bytes:
    """The template that staff edit."""
    return TEMPLATE.read_bytes()


@pytest.fixture(scope="module")
def results(published_master) -> Results:
    return published_master.results


@pytest.mark.parametrize("saved", [bytes, japanese_word], ids=["as edited", "saved by Word in Japanese"])
@pytest.mark.parametrize("change", WHOLE.values(), ids=WHOLE.keys())
def test_what_staff_may_do_to_the_whole_file_is_built_and_verifies(
    report, results, template, change, saved, tmp_path
):
    parts = parts_of(template)
    change(parts)
    edited = saved(parts.to_bytes())
    path = tmp_path / "資料.docx"
    for document in (edited, build_handout(report, results, edited)):
        path.write_bytes(document)
        errors = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path)).errors
        assert [str(error) for error in errors] == []
    handout = path.read_bytes()
    assert lint_template(report, edited) == []
    assert [str(one) for one in verify_handout(report, results, handout).mismatches] == []
    assert handout == build_handout(report, results, handout)
    texts = {name: content for name, content in parts_of(handout).items() if name.endswith(".xml")}
    assert not any("クリックまたはタップ".encode() in content for content in texts.values())
    pictures = {name: content for name, content in parts.items() if name.endswith(".png")}
    assert {name: content for name, content in parts_of(handout).items() if name.endswith(".png")} == pictures


def test_figures_of_notes_and_headers_say_what_the_master_does(report, results, template):
    parts = parts_of(template)
    footnotes_with_figures(parts)
    headers_with_figures(parts)
    built = parts_of(build_handout(report, results, parts.to_bytes()))
    read = {
        name: text_of(etree.fromstring(content)) for name, content in built.items() if name.endswith(".xml")
    }
    assert read["word/footnotes.xml"] == "資料　772,405772,405資料　令和6年"
    assert read["word/header1.xml"] == "資料　個人情報保護審議会資料　令和6年度"
    assert read["word/header2.xml"] == "資料　772,405"


def test_a_heading_in_a_style_with_another_name_stays_a_heading(report, results, template):
    parts = parts_of(template)
    rename_styles(parts)
    plain, renamed = (body_of(build_handout(report, results, one)) for one in (template, parts.to_bytes()))
    assert text_of(control(renamed, "contents")) == text_of(control(plain, "contents"))


def test_a_document_with_macros_becomes_one_without(report, handout: bytes, published_master):
    """Word keeps macros in .docm only; what is written is a .docx."""
    parts = parts_of(handout)
    macro = "application/vnd.ms-office.vbaProject"
    microsoft = "http://schemas.microsoft.com/office/2006/relationships"
    parts.relate(DOCUMENT, "rId91", "vbaProject", "vbaProject.bin", b"\xd0\xcf\x11\xe0", macro)
    parts.relate("word/vbaProject.bin", "rId1", "wordVbaData", "vbaData.xml", b"<a/>", f"{macro}+xml")
    for path in ("word/_rels/document.xml.rels", "word/_rels/vbaProject.bin.rels"):
        parts[path] = parts[path].replace(
            f'{_OFFICE}/vbaProject"'.encode(), f'{microsoft}/vbaProject"'.encode()
        )
    types = "[Content_Types].xml"
    ordinary = f"{_WORDML}.document.main+xml".encode()
    parts[types] = parts[types].replace(ordinary, b"application/vnd.ms-word.document.macroEnabled.main+xml")
    built = parts_of(build_handout(report, published_master.results, parts.to_bytes()))
    expected = parts_of(build_handout(report, published_master.results, handout))
    assert built.keys() == expected.keys()
    named = built["word/_rels/document.xml.rels"] + built[types]
    assert b"vbaProject.bin" not in named
    assert b"vbaData" not in named
    assert built[DOCUMENT] == expected[DOCUMENT]


@pytest.mark.parametrize("command", ["refresh", "sources"])
@pytest.mark.parametrize("name", ["資料.docm", "資料.DOTX"])
def test_a_document_of_another_kind_is_not_overwritten_by_a_docx(
    handout: bytes,
    published_path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    name: str,
):
    path = tmp_path / name
    path.write_bytes(handout)
    assert main([command, str(path), str(published_path)]) == 2
    assert "「Word 文書 (*.docx)」にして保存し、そのファイルを更新してください" in capsys.readouterr().err
    assert path.read_bytes() == handout
    assert [one.name for one in tmp_path.iterdir()] == [name]
