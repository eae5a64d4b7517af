"""Thirty and more kinds of edit, in the XML that Word leaves of them: a refresh changes the numbers that changed, and nothing else.

The comparison is the test's own: each part is read with lxml alone, and outside the texts of controls and table cells not
a byte of its canonical form may differ.
"""

from __future__ import annotations

import base64
import copy
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from built import build_handout
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator

from jukixl.errors import JukixlError
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.states import State
from jukixl.handout.template import create_template
from jukixl.handout.verify import verify_handout
from jukixl.report.computation import Inputs, Results

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DOCUMENT, FOOTER, STYLES = "word/document.xml", "word/footer1.xml", "word/styles.xml"
RELATIONS, TYPES = "word/_rels/document.xml.rels", "[Content_Types].xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORDML = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_W = f'xmlns:w="{W[1:-1]}"'

# What the handout has, as it lies in its document.xml.
NUMBER = "<w:r><w:t>772,405</w:t></w:r></w:sdtContent></w:sdt>"
BEFORE = '<w:r><w:t xml:space="preserve">までの累計申請枚数　　</w:t></w:r>'
UNIT = "<w:r><w:t>枚</w:t></w:r>"
CONTROL = (
    '<w:sdt><w:sdtPr><w:alias w:val="基準日までの累計申請枚数"/><w:tag w:val="applications"/>'
    f'<w:id w:val="516143037"/><w:lock w:val="sdtLocked"/><w:text/></w:sdtPr><w:sdtContent>{NUMBER}'
)
SENTENCE = f"{BEFORE}{CONTROL}{UNIT}"
NOTE = "※　空欄は、原資料で判読できない箇所である。"
NEIGHBOURS = "annex5_neighbours"
PROVIDED = "県サーバから提供された県民の本人確認情報の事務区分別提供件数</w:t></w:r></w:p>"

# One application less in 甲府市: the sentence, its cell and the total. No rate moves at its first decimal.
FIGURE, CELL, TOTAL = ("772,405", "772,404"), ("179,641", "179,640"), ("772,405", "772,404")
ALL = (FIGURE, CELL, TOTAL)

Pieces = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Edit:
    """What somebody did, as replacements in the document's XML and in other parts; parts may be new.

    `changes`: the texts that a refresh then changes, in document order; `kept`: what it tells of and leaves; `pages`: how
    many pages all that follows is pushed on by; `breaks`: how many pages now end in a break of ours; `told`: what a verification then finds besides; `message`: why it is refused.
    """

    what: str
    pieces: Pieces = ()
    others: Mapping[str, Pieces] = field(default_factory=dict)
    added: Mapping[str, str | bytes] = field(default_factory=dict)
    tables: Callable[[etree._Element], None] | None = None
    changes: tuple[tuple[str, str], ...] = ALL
    kept: tuple[State, ...] = ()
    pages: int = 0
    breaks: int = 0
    told: tuple[State, ...] = ()
    message: str = ""


def in_sentence(what: str, new: str, **more: object) -> Edit:
    """The sentence of 第2 with the number of applications, rewritten."""
    return Edit(what, ((SENTENCE, new),), **more)  # type: ignore[arg-type]


def related(kind: str, target: str, content_type: str) -> Mapping[str, Pieces]:
    """The entries for a new part that the document refers to as rId90."""
    relation = f'<Relationship Id="rId90" Type="{_OFFICE}/{kind}" Target="{target}"/>'
    override = f'<Override PartName="/word/{target}" ContentType="{content_type}"/>'
    return {
        RELATIONS: (("</Relationships>", f"{relation}</Relationships>"),),
        TYPES: (("</Types>", f"{override}</Types>"),),
    }


def _text_box(inner: str) -> str:
    """A text box as Word writes it: once for itself, once for programs of before 2010."""
    shape = (
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    )
    content = f"<w:txbxContent><w:p>{inner}</w:p></w:txbxContent>"
    return (
        f'<w:p><w:r><mc:AlternateContent {shape}><mc:Choice Requires="wps"><w:drawing>'
        '<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="1800000" cy="360000"/>'
        '<wp:docPr id="7" name="テキスト ボックス 7"/><a:graphic>'
        '<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp>'
        '<wps:cNvSpPr txBox="1"/><wps:spPr><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></wps:spPr>'
        f"<wps:txbx>{content}</wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:inline>"
        '</w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape style="width:141pt;height:28pt"><v:textbox>'
        f"{content}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )


def _floating_box(words: str) -> str:
    """A run with a text box that stands in front of the text."""
    run = re.fullmatch("<w:p>(.*)</w:p>", _text_box(f"<w:r><w:t>{words}</w:t></w:r>"))
    place = (
        '<wp:anchor distT="45720" distB="45720" distL="114300" distR="114300" simplePos="0" relativeHeight="251659264" '
        'behindDoc="0" locked="0" layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/>'
        '<wp:positionH relativeFrom="column"><wp:posOffset>3600000</wp:posOffset></wp:positionH>'
        '<wp:positionV relativeFrom="paragraph"><wp:posOffset>0</wp:posOffset></wp:positionV>'
        '<wp:extent cx="1800000" cy="360000"/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapNone/>'
    )
    inline = '<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="1800000" cy="360000"/>'
    return run[1].replace(inline, place).replace("</wp:inline>", "</wp:anchor>")


def row_of(root: etree._Element, name: str, table: str = "annex5") -> etree._Element:
    return next(row for row in rows_of(root, table) if name in [text_of(cell) for cell in row.iter(f"{W}tc")])


def rows_of(root: etree._Element, table: str = "annex5") -> list[etree._Element]:
    tag = next(root.iterfind(f".//{W}tag[@{W}val='table.{table}']"))
    return list(tag.getparent().getparent().iter(f"{W}tr"))


def cell_of(root: etree._Element, name: str, column: int, table: str = "annex5") -> etree._Element:
    return list(row_of(root, name, table).iter(f"{W}tc"))[column]


def text_of(element: etree._Element) -> str:
    return "".join(one.text or "" for one in element.iter(f"{W}t"))


def element(xml: str) -> etree._Element:
    """A piece of a document's XML; prefixes as there."""
    return etree.fromstring(f"<x {_W}>{xml}</x>")[0]


def decorate(row: etree._Element) -> None:
    properties = row.find(f"{W}trPr")
    if properties is None:
        row.insert(0, properties := element("<w:trPr/>"))
    properties.append(element('<w:trHeight w:val="300" w:hRule="atLeast"/>'))
    for cell in row.iter(f"{W}tc"):
        align = cell.find(f"{W}tcPr/{W}vAlign")
        for old in cell.findall(f"{W}tcPr/{W}shd"):
            old.getparent().remove(old)
        align.addprevious(element('<w:shd w:val="clear" w:color="auto" w:fill="FFFF00"/>'))
        for run in cell.iter(f"{W}r"):
            run.insert(0, element("<w:rPr><w:b/></w:rPr>"))


def widen(root: etree._Element) -> None:
    table = rows_of(root)[0].getparent()
    for number, column in enumerate(table.iter(f"{W}gridCol")):
        column.set(f"{W}w", str(int(column.get(f"{W}w")) + (60 if number == 1 else -5)))


def cut(cell: etree._Element) -> None:
    run = next(cell.iter(f"{W}r"))
    second = copy.deepcopy(run)
    next(run.iter(f"{W}t")).text, next(second.iter(f"{W}t")).text = "17", "9,641"
    run.insert(0, element('<w:rPr><w:color w:val="FF0000"/></w:rPr>'))
    run.addnext(second)
    run.addnext(element('<w:proofErr w:type="spellStart"/>'))


def mark(cell: etree._Element) -> None:
    run = next(cell.iter(f"{W}r"))
    run.addprevious(element('<w:bookmarkStart w:id="42" w:name="_GoBack"/>'))
    run.addnext(element('<w:bookmarkEnd w:id="42"/>'))


def break_line(cell: etree._Element) -> None:
    run = next(cell.iter(f"{W}r"))
    next(run.iter(f"{W}t")).text = "山梨"
    run.extend([element("<w:br/>"), element("<w:t>県</w:t>")])


def wrap(row: etree._Element) -> None:
    control = element('<w:sdt><w:sdtPr><w:id w:val="77"/></w:sdtPr><w:sdtContent/></w:sdt>')
    row.addprevious(control)
    control[1].append(row)


def track(cell: etree._Element) -> None:
    words = element(f'<w:ins w:id="55" {_INSERTED}><w:r><w:t>（県南）</w:t></w:r></w:ins>')
    next(cell.iter(f"{W}p")).append(words)


def type_over(cell: etree._Element, text: str) -> None:
    next(cell.iter(f"{W}t")).text = text


def take_out(row: etree._Element) -> None:
    row.getparent().remove(row)


def type_row(row: etree._Element) -> None:
    added = copy.deepcopy(row)
    for cell in added.iter(f"{W}tc"):
        next(cell.iter(f"{W}t")).text = "別掲"
    row.addnext(added)


def retitle(row: etree._Element) -> None:
    title = next(one for one in row.iter(f"{W}t") if one.text)
    title.text = f"{title.text}等"


def move_up(root: etree._Element) -> None:
    """The line of the figure above that of the sentence before it."""
    tag = next(root.iterfind(f".//{W}tag[@{W}val='applications']"))
    paragraph = next(tag.iterancestors(f"{W}p"))
    paragraph.getprevious().addprevious(paragraph)


def head_pages(root: etree._Element) -> None:
    """A header in the second section, where Word keeps the reference to it."""
    section = list(root.iter(f"{W}sectPr"))[1]
    header = element('<w:headerReference w:type="default"/>')
    header.set(f"{{{_OFFICE}}}id", "rId90")
    section.insert(0, header)


_DRAWN = (
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    f'xmlns:r="{_OFFICE}"'
)
_PICTURE = (
    f'<w:r><w:rPr><w:noProof/></w:rPr><w:drawing {_DRAWN}><wp:inline distT="0" distB="0" distL="0" distR="0">'
    '<wp:extent cx="127000" cy="127000"/><wp:effectExtent l="0" t="0" r="0" b="0"/>'
    '<wp:docPr id="11" name="図 11" descr="県章"/><wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/>'
    '</wp:cNvGraphicFramePr><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
    '<pic:pic><pic:nvPicPr><pic:cNvPr id="11" name="図 11"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="rId90"/>'
    '<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="127000" cy="127000"/>'
    '</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline>'
    "</w:drawing></w:r>"
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A picture of one point."""
_PAGES = (
    '<w:r><w:t>全</w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> NUMPAGES '
    r"\* Arabic </w:instrText></w:r>"
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:rPr><w:noProof/></w:rPr><w:t>19</w:t></w:r>'
    '<w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t>頁</w:t></w:r>'
)
_END_OF_FOOTER = '<w:r><w:t xml:space="preserve"> －</w:t></w:r></w:p>'


def in_footer(behind: str) -> Mapping[str, Pieces]:
    return {FOOTER: ((_END_OF_FOOTER, _END_OF_FOOTER.replace("</w:p>", f"{behind}</w:p>")),)}


_FOOTNOTE_STYLES = (
    '<w:style w:type="paragraph" w:styleId="FootnoteText"><w:name w:val="footnote text"/><w:basedOn w:val="Normal"/>'
    '<w:uiPriority w:val="99"/><w:unhideWhenUsed/><w:pPr><w:snapToGrid w:val="0"/></w:pPr></w:style>'
    '<w:style w:type="character" w:styleId="FootnoteReference"><w:name w:val="footnote reference"/>'
    '<w:uiPriority w:val="99"/><w:unhideWhenUsed/><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
)
_REFERENCE = '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteReference w:id="1"/></w:r>'
_OWN_NOTES = f"<w:footnotes {_W}>" + "".join(
    f"<w:footnote{kind}><w:p>{text}</w:p></w:footnote>"
    for kind, text in (
        (' w:type="separator" w:id="-1"', "<w:r><w:separator/></w:r>"),
        (' w:type="continuationSeparator" w:id="0"', "<w:r><w:continuationSeparator/></w:r>"),
        (
            ' w:id="1"',
            '<w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr><w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>'
            '<w:footnoteRef/></w:r><w:r><w:t xml:space="preserve"> 再交付を含む。</w:t></w:r>',
        ),
    )
)

_INSERTED = 'w:author="係長" w:date="2025-09-01T09:00:00Z"'
_EXTRA_TABLE = (
    '<w:tbl><w:tblPr><w:tblW w:w="4000" w:type="dxa"/></w:tblPr><w:tblGrid><w:gridCol w:w="2000"/><w:gridCol w:w="2000"/>'
    '</w:tblGrid><w:tr><w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/></w:tcPr><w:p><w:r><w:t>参考</w:t></w:r></w:p></w:tc>'
    '<w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/></w:tcPr><w:p><w:r><w:t>179,641</w:t></w:r></w:p></w:tc></w:tr></w:tbl>'
)
_PASTED = CONTROL.replace("516143037", "1910502338")
_NOTES = f"<w:footnotes {_W}>" + "".join(
    f"<w:footnote{kind}><w:p>{text}</w:p></w:footnote>"
    for kind, text in (
        (' w:type="separator" w:id="-1"', "<w:r><w:separator/></w:r>"),
        (' w:type="continuationSeparator" w:id="0"', "<w:r><w:continuationSeparator/></w:r>"),
        (' w:id="2"', f"<w:r><w:t>再掲　</w:t></w:r>{_PASTED}<w:r><w:t>枚</w:t></w:r>"),
    )
)
_COMMENTS = (
    f'<w:comments {_W}><w:comment w:id="3" {_INSERTED} w:initials="係"><w:p><w:r><w:t>確認済みか</w:t></w:r></w:p>'
    "</w:comment></w:comments>"
)

EDITS = (
    Edit("nothing"),
    # the number itself
    in_sentence(
        "number in pieces after a spelling check",
        SENTENCE.replace(
            NUMBER,
            '<w:r><w:t>772</w:t></w:r><w:proofErr w:type="gramStart"/><w:r><w:t>,</w:t></w:r>'
            '<w:proofErr w:type="gramEnd"/><w:r><w:t>405</w:t></w:r></w:sdtContent></w:sdt>',
        ),
    ),
    in_sentence(
        "number in bold",
        SENTENCE.replace(NUMBER, NUMBER.replace("<w:r>", "<w:r><w:rPr><w:b/><w:bCs/></w:rPr>")),
    ),
    in_sentence(
        "first digits of the number in red and larger",
        SENTENCE.replace(
            NUMBER,
            '<w:r><w:rPr><w:color w:val="FF0000"/><w:sz w:val="28"/></w:rPr><w:t>77</w:t></w:r>'
            "<w:r><w:t>2,405</w:t></w:r></w:sdtContent></w:sdt>",
        ),
    ),
    in_sentence(
        "language of the number",
        SENTENCE.replace(NUMBER, NUMBER.replace("<w:r>", '<w:r><w:rPr><w:lang w:eastAsia="ja-JP"/></w:rPr>')),
    ),
    in_sentence(
        "revision ids on every run",
        SENTENCE.replace("<w:r>", '<w:r w:rsidR="00AB12CD" w:rsidRPr="00EF34AB">'),
    ),
    in_sentence(
        "bookmark within the control",
        SENTENCE.replace(
            NUMBER,
            '<w:bookmarkStart w:id="40" w:name="申請枚数"/><w:r><w:t>772,405</w:t></w:r><w:bookmarkEnd w:id="40"/></w:sdtContent></w:sdt>',
        ),
    ),
    in_sentence(
        "control unlocked, renamed, coloured and with a frame of Word 2013",
        SENTENCE.replace("基準日までの累計申請枚数", "申請枚数")
        .replace('<w:lock w:val="sdtLocked"/>', "")
        .replace(
            "<w:text/>",
            '<w15:appearance xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml" w15:val="hidden"/><w:text/>',
        ),
    ),
    in_sentence("control with a number of Word's own, below 0", SENTENCE.replace("516143037", "-1204936561")),
    in_sentence(
        "control pasted again within the sentence",
        SENTENCE.replace(UNIT, f"{UNIT}<w:r><w:t>（</w:t></w:r>{_PASTED}<w:r><w:t>枚）</w:t></w:r>"),
        changes=(FIGURE, FIGURE, CELL, TOTAL),
    ),
    in_sentence(
        "number typed over",
        SENTENCE.replace("772,405", "772,400"),
        changes=(CELL, TOTAL),
        kept=(State.CONFLICT,),
    ),
    # around the number
    in_sentence(
        "sentence reworded, its words in pieces",
        SENTENCE.replace(
            BEFORE,
            '<w:r w:rsidR="00112233"><w:t>までに</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:t>県内で申請された枚数は</w:t></w:r>'
            '<w:proofErr w:type="spellEnd"/><w:r><w:t xml:space="preserve">　</w:t></w:r>',
        ),
    ),
    in_sentence(
        "bookmark around the control",
        SENTENCE.replace(
            CONTROL,
            f'<w:bookmarkStart w:id="41" w:name="_Hlk1"/>{CONTROL}<w:bookmarkEnd w:id="41"/>',
        ),
    ),
    in_sentence(
        "comment on the number",
        f'<w:commentRangeStart w:id="3"/>{SENTENCE}<w:commentRangeEnd w:id="3"/><w:r><w:commentReference w:id="3"/></w:r>',
        others=related("comments", "comments.xml", f"{_WORDML}.comments+xml"),
        added={"word/comments.xml": _COMMENTS},
    ),
    in_sentence(
        "words inserted with changes tracked",
        SENTENCE.replace(
            UNIT, f'{UNIT}<w:ins w:id="51" {_INSERTED}><w:r><w:t>（速報値）</w:t></w:r></w:ins>'
        ),
    ),
    in_sentence(
        "words deleted with changes tracked",
        SENTENCE.replace(
            BEFORE,
            f'<w:r><w:t>までの</w:t></w:r><w:del w:id="52" {_INSERTED}><w:r><w:delText>累計</w:delText></w:r></w:del>'
            '<w:r><w:t xml:space="preserve">申請枚数　　</w:t></w:r>',
        ),
    ),
    in_sentence(
        "words moved with changes tracked",
        SENTENCE.replace(
            BEFORE,
            f'<w:r><w:t>までの</w:t></w:r><w:moveFromRangeStart w:id="60" {_INSERTED} w:name="move1"/>'
            f'<w:moveFrom w:id="61" {_INSERTED}><w:r><w:t>累計</w:t></w:r></w:moveFrom><w:moveFromRangeEnd w:id="60"/>'
            '<w:r><w:t xml:space="preserve">申請枚数　　</w:t></w:r>',
        ).replace(
            UNIT,
            f'{UNIT}<w:moveToRangeStart w:id="62" {_INSERTED} w:name="move1"/><w:moveTo w:id="63" {_INSERTED}><w:r>'
            '<w:t>累計</w:t></w:r></w:moveTo><w:moveToRangeEnd w:id="62"/>',
        ),
    ),
    in_sentence(
        "look of words changed with changes tracked",
        SENTENCE.replace(
            UNIT,
            f'<w:r><w:rPr><w:b/><w:rPrChange w:id="53" {_INSERTED}><w:rPr/></w:rPrChange></w:rPr><w:t>枚</w:t></w:r>',
        ),
    ),
    in_sentence(
        "smart tag around the words",
        SENTENCE.replace(
            BEFORE,
            f'<w:smartTag w:uri="urn:schemas-microsoft-com:office:smarttags" w:element="place">{BEFORE}</w:smartTag>',
        ),
    ),
    in_sentence(
        "smart tag around the control",
        SENTENCE.replace(
            CONTROL,
            f'<w:smartTag w:uri="urn:schemas-microsoft-com:office:smarttags" w:element="metricconverter">{CONTROL}</w:smartTag>',
        ),
    ),
    in_sentence(
        "hyperlink around the control",
        SENTENCE.replace(CONTROL, f'<w:hyperlink w:anchor="_top" w:history="1">{CONTROL}</w:hyperlink>'),
    ),
    in_sentence(
        "fields beside the number",
        SENTENCE.replace(
            UNIT,
            f'{UNIT}<w:fldSimple w:instr=" DATE \\@ &quot;M月d日&quot; "><w:r><w:t>9月1日</w:t></w:r></w:fldSimple>'
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> NUMPAGES </w:instrText></w:r>'
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>19</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>',
        ),
    ),
    in_sentence(
        "ruby over a word",
        SENTENCE.replace(
            UNIT,
            f'{UNIT}<w:r><w:ruby><w:rubyPr><w:rubyAlign w:val="center"/><w:hps w:val="10"/><w:hpsRaise w:val="18"/>'
            '<w:hpsBaseText w:val="21"/><w:lid w:val="ja-JP"/></w:rubyPr><w:rt><w:r><w:t>こうふ</w:t></w:r></w:rt>'
            "<w:rubyBase><w:r><w:t>甲府</w:t></w:r></w:rubyBase></w:ruby></w:r>",
        ),
    ),
    in_sentence(
        "hidden words and a space that doesn't break",
        SENTENCE.replace(
            UNIT,
            f"<w:r><w:t>\u00a0</w:t></w:r>{UNIT}<w:r><w:rPr><w:vanish/></w:rPr><w:t>要確認</w:t></w:r>",
        ),
    ),
    in_sentence(
        "hyphens of Word's own",
        SENTENCE.replace(
            UNIT, f"{UNIT}<w:r><w:t>再</w:t><w:softHyphen/><w:t>掲</w:t><w:noBreakHyphen/><w:t>A</w:t></w:r>"
        ),
    ),
    in_sentence(
        "footnote with the control pasted into it",
        SENTENCE.replace(UNIT, f'{UNIT}<w:r><w:footnoteReference w:id="2"/></w:r>'),
        others=related("footnotes", "footnotes.xml", f"{_WORDML}.footnotes+xml"),
        added={"word/footnotes.xml": f"{_NOTES}</w:footnotes>"},
        changes=(*ALL, FIGURE),
        breaks=1,
    ),
    in_sentence(
        "control taken away, its number left as text",
        SENTENCE.replace(CONTROL, "<w:r><w:t>772,405</w:t></w:r>"),
        changes=(CELL, TOTAL),
        kept=(State.MISSING,),
    ),
    in_sentence(
        "picture beside the number",
        SENTENCE.replace(UNIT, f"{UNIT}{_PICTURE}"),
        others={
            RELATIONS: (
                (
                    "</Relationships>",
                    f'<Relationship Id="rId90" Type="{_OFFICE}/image" Target="media/image1.png"/></Relationships>',
                ),
            ),
            TYPES: (("</Types>", '<Default Extension="png" ContentType="image/png"/></Types>'),),
        },
        added={"word/media/image1.png": PNG},
    ),
    in_sentence(
        "text box that floats beside the number, its words beginning with a digit",
        SENTENCE.replace(UNIT, f"{_floating_box('3月末の速報値')}{UNIT}"),
    ),
    in_sentence(
        "footnote to the number",
        SENTENCE.replace(UNIT, f"{_REFERENCE}{UNIT}"),
        others={
            **related("footnotes", "footnotes.xml", f"{_WORDML}.footnotes+xml"),
            STYLES: (("</w:styles>", f"{_FOOTNOTE_STYLES}</w:styles>"),),
            "word/settings.xml": (
                (
                    '<w:characterSpacingControl w:val="doNotCompress"/>',
                    '<w:characterSpacingControl w:val="doNotCompress"/><w:footnotePr><w:footnote w:id="-1"/>'
                    '<w:footnote w:id="0"/></w:footnotePr>',
                ),
            ),
        },
        added={"word/footnotes.xml": f"{_OWN_NOTES}</w:footnotes>"},
        breaks=1,
    ),
    # paragraphs and sections
    Edit("paragraph added", ((PROVIDED, f"{PROVIDED}<w:p><w:r><w:t>課長が加えた一文。</w:t></w:r></w:p>"),)),
    Edit(
        "look of a paragraph changed with changes tracked",
        (
            (
                '<w:p><w:pPr><w:pStyle w:val="HandoutFigure"/></w:pPr><w:sdt><w:sdtPr><w:alias w:val="基準日"/>',
                '<w:p w14:paraId="1A2B3C4D" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"><w:pPr>'
                '<w:pStyle w:val="HandoutFigure"/><w:jc w:val="center"/>'
                f'<w:pPrChange w:id="54" {_INSERTED}><w:pPr><w:pStyle w:val="HandoutFigure"/></w:pPr></w:pPrChange></w:pPr>'
                '<w:sdt><w:sdtPr><w:alias w:val="基準日"/>',
            ),
        ),
    ),
    Edit("sentence with its number moved up", tables=move_up),
    Edit(
        "style of a paragraph changed",
        (
            (
                '<w:p><w:pPr><w:pStyle w:val="HandoutFigure"/></w:pPr><w:sdt><w:sdtPr><w:alias w:val="基準日"/>',
                '<w:p><w:pPr><w:pStyle w:val="TableNote"/></w:pPr><w:sdt><w:sdtPr><w:alias w:val="基準日"/>',
            ),
        ),
    ),
    Edit(
        "picture-sized gap", ((PROVIDED, f'{PROVIDED}<w:p><w:pPr><w:spacing w:before="600"/></w:pPr></w:p>'),)
    ),
    Edit("table of their own, with a number that is ours", ((PROVIDED, f"{PROVIDED}{_EXTRA_TABLE}<w:p/>"),)),
    Edit(
        "text box with the control, as Word writes it twice",
        ((PROVIDED, f"{PROVIDED}{_text_box(_PASTED)}"),),
        changes=(FIGURE, FIGURE, *ALL),
    ),
    Edit(
        "section of their own with a heading and other margins",
        (
            (
                PROVIDED,
                f'{PROVIDED}<w:p><w:pPr><w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
                '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="851" w:footer="567" w:gutter="0"/>'
                "</w:sectPr></w:pPr></w:p><w:p><w:r><w:t>追加の節</w:t></w:r></w:p>",
            ),
        ),
        pages=1,
    ),
    Edit("page break", ((PROVIDED, f'{PROVIDED}<w:p><w:r><w:br w:type="page"/></w:r></w:p>'),), pages=1),
    # tables
    Edit("row shaded and higher, its cells in bold", tables=lambda root: decorate(row_of(root, "甲府市"))),
    Edit("total row shaded", tables=lambda root: decorate(rows_of(root)[-1])),
    Edit("columns of other widths", tables=widen),
    Edit("number of a cell in pieces, the first in red", tables=lambda root: cut(cell_of(root, "甲府市", 2))),
    Edit("bookmark in a cell", tables=lambda root: mark(cell_of(root, "甲府市", 2))),
    Edit("line break in a name", tables=lambda root: break_line(cell_of(root, "山梨県", 0, NEIGHBOURS))),
    Edit(
        "cell typed over",
        tables=lambda root: type_over(cell_of(root, "甲府市", 2), "179,000"),
        changes=(FIGURE, TOTAL),
        kept=(State.CONFLICT,),
    ),
    Edit(
        "another cell typed over",
        tables=lambda root: type_over(cell_of(root, "早川町", 2), "700"),
        kept=(State.EDITED,),
    ),
    Edit("row taken out", tables=lambda root: take_out(row_of(root, "早川町")), kept=(State.MISSING,)),
    Edit(
        "row typed anew below another",
        tables=lambda root: type_row(row_of(root, "山梨県", NEIGHBOURS)),
        kept=(State.EXTRA,),
    ),
    Edit(
        "title of a column reworded",
        tables=lambda root: retitle(rows_of(root)[0]),
        changes=(FIGURE,),
        kept=(State.STRUCTURE,),
        told=(State.STALE,),
    ),
    Edit("note below a table reworded", ((NOTE, NOTE.replace("空欄は", "空欄の箇所は")),)),
    # other parts
    Edit("number of pages behind that of the page", others=in_footer(_PAGES)),
    Edit(
        "control pasted into the footer",
        others=in_footer(f"<w:r><w:t>　申請</w:t></w:r>{_PASTED}{UNIT}"),
        changes=(*ALL, FIGURE),
    ),
    Edit(
        "header with words, the page number and the year",
        tables=head_pages,
        others=related("header", "header1.xml", f"{_WORDML}.header+xml"),
        added={
            "word/header1.xml": f'<w:hdr {_W}><w:p><w:pPr><w:jc w:val="right"/></w:pPr><w:r><w:t>令和7年度第2回　資料1　</w:t></w:r>'
            f'<w:fldSimple w:instr=" PAGE "><w:r><w:t>3</w:t></w:r></w:fldSimple>{_PAGES}</w:p></w:hdr>'
        },
    ),
    Edit(
        "footer reworded", others={FOOTER: (('xml:space="preserve">－ ', 'xml:space="preserve">資料1　－ '),)}
    ),
)

REFUSED = (
    Edit(
        "number changed with changes tracked",
        (
            (
                NUMBER,
                f'<w:del w:id="56" {_INSERTED}><w:r><w:delText>772,405</w:delText></w:r></w:del>'
                f'<w:ins w:id="57" {_INSERTED}><w:r><w:t>772,404</w:t></w:r></w:ins></w:sdtContent></w:sdt>',
            ),
        ),
        message="変更履歴が残っています。Wordの「校閲」で承諾又は元に戻して",
    ),
    Edit(
        "words of a cell inserted with changes tracked",
        tables=lambda root: track(cell_of(root, "早川町", 1)),
        message="変更履歴が残っています",
    ),
    Edit(
        "row in a control of its own",
        tables=lambda root: wrap(row_of(root, "甲府市")),
        message="目印が表の行又はセルを囲んでいます",
    ),
    Edit(
        "sentence moved into the number's control",
        ((NUMBER, NUMBER.replace("<w:r>", "<w:p/><w:r>")),),
        message="段落をまたいでいます",
    ),
    Edit(
        "saved by LibreOffice",
        others={
            "docProps/app.xml": (
                ("</Properties>", "<Application>LibreOffice/7.4</Application></Properties>"),
            )
        },
        message="LibreOfficeで保存された文書です",
    ),
)


@pytest.fixture(scope="module")
def changed(published_master) -> Results:
    """One application less in 甲府市."""
    inputs = published_master.results.inputs
    cells = {**inputs.cells, ("annex5", "applications", "192015"): 179_640}
    return Results(published_master.report, Inputs(inputs.settings, cells))


@pytest.fixture(scope="module")
def intruded(published_master) -> Results:
    """One intrusion: another sentence is printed."""
    inputs = published_master.results.inputs
    return Results(published_master.report, Inputs({**inputs.settings, "intrusions": 1}, inputs.cells))


def edited(handout: bytes, edit: Edit) -> bytes:
    """The handout as it is saved after the edit."""
    replaced = {**edit.others, DOCUMENT: edit.pieces}
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(handout)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            text = source.read(name)
            for old, new in replaced.get(name, ()):
                assert text.count(old.encode()) == 1, (name, old)
                text = text.replace(old.encode(), new.encode())
            if name == DOCUMENT and edit.tables:
                root = etree.fromstring(text)
                edit.tables(root)
                text = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
            archive.writestr(name, text)
        for name, content in edit.added.items():
            archive.writestr(name, content)
    return target.getvalue()


def parts_of(document: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def holders(root: etree._Element) -> list[etree._Element]:
    """What holds a text of ours: the content of controls within paragraphs, the cells of tables, the lines of the contents."""
    contents = root.find(f".//{W}sdt/{W}sdtPr/{W}tag[@{W}val='contents']")
    found = [] if contents is None else list(contents.getparent().getparent().iter(f"{W}p"))
    for one in root.iter(f"{W}sdtContent", f"{W}tc"):
        inside = [ancestor.tag for ancestor in one.iterancestors()]
        if (
            one.tag == f"{W}tc"
            or f"{W}p" in inside[: inside.index(f"{W}body") if f"{W}body" in inside else None]
        ):
            found.append(one)
    return found


def seen(holder: etree._Element) -> str:
    return "".join(one.text or "" for one in holder.iter(f"{W}t"))


def forget_text(holder: etree._Element) -> None:
    """Leave of the runs only how the first one with a text looks: a number that is written anew is one run."""
    runs = [run for run in holder.iter(f"{W}r") if run.find(f"{W}t") is not None]
    look = runs[0].find(f"{W}rPr")
    for one in list(holder.iter(f"{W}r", f"{W}proofErr")):
        if one is not runs[0]:
            one.getparent().remove(one)
    for child in list(runs[0]):
        if child is not look:
            runs[0].remove(child)


def compare(before: bytes, after: bytes) -> list[tuple[str, str]]:
    """The texts of ours that differ, in the order of the parts and of the text; anything else that differs fails."""
    old, new = parts_of(before), parts_of(after)
    assert list(old) == list(new)
    differing: list[tuple[str, str]] = []
    for name, content in old.items():
        if name.startswith(("customXml/", "docProps/custom")) or content == new[name]:
            continue
        one, other = etree.fromstring(content), etree.fromstring(new[name])
        pairs = zip(holders(one), holders(other), strict=True)
        changed = [pair for pair in pairs if seen(pair[0]) != seen(pair[1])]
        around = {ancestor for left, _ in changed for ancestor in left.iterancestors()}
        innermost = [(left, right) for left, right in changed if left not in around]
        differing += [(seen(left), seen(right)) for left, right in innermost]
        for pair in innermost:
            for holder in pair:
                forget_text(holder)
        assert etree.tostring(one, method="c14n") == etree.tostring(other, method="c14n"), name
    return differing


def pushed(line: str, pages: int) -> str:
    """A line of the contents with its page that much on."""
    title, number = re.fullmatch(r"(.*?)([0-9]{1,2})", line, re.DOTALL).groups()
    return f"{title}{int(number) + pages}"


def without_breaks(document: bytes, count: int) -> bytes:
    """A document without the page breaks that a build puts between paragraphs, which must be so many."""
    pattern = r'(</w:p>|</w:sdt>)<w:p><w:pPr><w:pStyle w:val="TableBreak"/></w:pPr></w:p>(?=<w:p>|<w:sdt>)'
    text = parts_of(document)[DOCUMENT].decode()
    assert len(re.findall(pattern, text)) == count
    return edited(document, Edit("", ((text, re.sub(pattern, r"\1", text)),)))


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.what)
def test_a_refresh_changes_the_numbers_that_changed_and_not_a_character_more(report, handout, changed, edit):
    before = edited(handout, edit)
    refreshed = refresh_handout(report, changed, before)
    differing = compare(before, without_breaks(refreshed.document, edit.breaks))
    lines = [pair for pair in differing if pair not in (FIGURE, CELL)]
    assert [pair for pair in differing if pair not in lines] == list(edit.changes)
    assert all(new == pushed(old, edit.pages) for old, new in lines)
    assert bool(lines) == bool(edit.pages)
    assert tuple(change.state for change in refreshed.kept) == edit.kept
    told = {mismatch.state for mismatch in verify_handout(report, changed, refreshed.document).mismatches}
    assert told == {*edit.kept, *edit.told}


@pytest.mark.parametrize("edit", REFUSED, ids=lambda edit: edit.what)
def test_what_cannot_be_refreshed_safely_is_refused_with_what_to_do(report, handout, changed, edit):
    with pytest.raises(JukixlError, match=edit.message):
        refresh_handout(report, changed, edited(handout, edit))


def test_a_number_that_somebody_deleted_comes_back_and_is_told(report, handout, changed):
    """Word then shows a hint in its place, and remembers that of the template."""
    hint = '<w:placeholder><w:docPart w:val="DefaultPlaceholder_-1854013440"/></w:placeholder>'
    emptied = (
        CONTROL.replace("<w:text/>", f"{hint}<w:showingPlcHdr/><w:text/>")
        .replace("<w:r>", '<w:r><w:rPr><w:rStyle w:val="PlaceholderText"/></w:rPr>')
        .replace("772,405", "クリックまたはタップしてテキストを入力してください。")
    )
    before = edited(handout, Edit("", ((CONTROL, emptied),)))
    told = verify_handout(report, changed, before).mismatches
    assert [one.state for one in told if "累計申請枚数" in one.place] == [State.CONFLICT]
    refreshed = refresh_handout(report, changed, before)
    assert "（空欄） → 772,404" in [f"{one.shown} → {one.due}" for one in refreshed.changes]
    assert refreshed.kept == ()
    whole = parts_of(refresh_handout(report, changed, handout).document)[DOCUMENT]
    assert parts_of(refreshed.document)[DOCUMENT].replace(hint.encode(), b"") == whole


def with_body(handout: bytes, change: Callable[[etree._Element], None]) -> bytes:
    return edited(handout, Edit("", tables=change))


def shown(document: bytes) -> list[str]:
    """The paragraphs and table cells that a reader sees: those in a hidden style and those of the contents left out."""
    root = etree.fromstring(parts_of(document)[DOCUMENT])
    styles = etree.fromstring(parts_of(document)[STYLES])
    hidden = {one.get(f"{W}styleId") for one in styles if one.find(f"{W}rPr/{W}vanish") is not None}
    lines = []
    for paragraph in root.iter(f"{W}p"):
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        name = "" if style is None else style.get(f"{W}val")
        if name not in hidden and not name.startswith("TOC"):
            lines.append(text_of(paragraph))
    return [line for line in lines if line]


def control_of(root: etree._Element, tag: str) -> etree._Element:
    return next(root.iterfind(f".//{W}tag[@{W}val='{tag}']")).getparent().getparent()


def entered(text: str, style: str = "HandoutBody") -> str:
    return f'<w:p w:rsidR="00AB12CD"><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


TYPED = "なお、侵入の試みは前年より減っている。"
_SENTENCE, _OTHER = "侵入はなかった。", "侵入が1件あった。"


def enter(root: etree._Element, *paragraphs: str, before: bool = False) -> None:
    """Paragraphs in the control of the sentence that is printed, as Word puts them there."""
    content = control_of(root, "choice.intrusions.1").find(f"{W}sdtContent")
    for number, one in enumerate(paragraphs):
        content.insert(number if before else len(content), element(one))


def part_sentence(root: etree._Element) -> None:
    """Enter in the middle of the sentence: both halves keep their style, the controls of the first stay there."""
    paragraph = control_of(root, "choice.intrusions.1").find(f"{W}sdtContent/{W}p")
    second = element('<w:p><w:pPr><w:pStyle w:val="HandoutBody"/></w:pPr></w:p>')
    start = next(one for one in paragraph if text_of(one).startswith("12月"))
    second.extend([start, *start.itersiblings()])
    paragraph.addnext(second)


ENTERED: Mapping[str, tuple[Callable[[etree._Element], None], tuple[str, ...], tuple[str, ...], int]] = {
    "behind it": (lambda root: enter(root, entered(TYPED)), (), (TYPED,), 1),
    "before it": (lambda root: enter(root, entered(TYPED), before=True), (TYPED,), (), 1),
    "two and a blank one": (
        lambda root: enter(root, entered(TYPED), entered(""), entered("以上のとおりである。", "TableNote")),
        (),
        (TYPED, "以上のとおりである。"),
        2,
    ),
    "a table": (lambda root: enter(root, _EXTRA_TABLE, entered(TYPED)), (), ("参考", "179,641", TYPED), 2),
    "with a figure": (
        lambda root: enter(root, f"<w:p><w:r><w:t>枚数は</w:t></w:r>{_PASTED}{UNIT}</w:p>"),
        (),
        ("枚数は772,405枚",),
        1,
    ),
}
"""What a hand typed into a sentence's control: the edit, what is read before the sentence and what behind it, of how much is told."""


@pytest.mark.parametrize("edit", ENTERED.values(), ids=ENTERED.keys())
def test_what_was_typed_behind_a_sentence_stays_when_the_sentence_goes(
    report, published_master, intruded, handout, edit
):
    change, before, behind, told = edit
    typed = with_body(handout, change)
    (line,) = [one for one in shown(handout) if _SENTENCE in one]

    gone = refresh_handout(report, intruded, typed)
    other = line.replace(_SENTENCE, _OTHER)
    assert shown(gone.document) == [
        one for old in shown(handout) for one in ((*before, other, *behind) if old == line else (old,))
    ]
    assert [one.state for one in gone.kept] == [State.EXTRA] * told
    assert verify_handout(report, intruded, gone.document).mismatches == ()

    back = refresh_handout(report, published_master.results, gone.document)
    assert shown(back.document) == shown(typed)
    assert back.kept == ()


def test_a_sentence_parted_by_enter_goes_and_comes_as_a_whole(report, published_master, intruded, handout):
    parted = with_body(handout, part_sentence)
    assert any(one.startswith("12月までに") for one in shown(parted))
    gone = refresh_handout(report, intruded, parted)
    assert not any(_SENTENCE in one for one in shown(gone.document))
    assert gone.kept == ()
    assert shown(refresh_handout(report, published_master.results, gone.document).document) == shown(parted)


def test_a_second_paragraph_that_the_template_has_in_a_sentence_goes_with_it(
    report, published_master, intruded
):
    template = with_body(create_template(report), lambda root: enter(root, entered(TYPED)))
    first = build_handout(report, published_master.results, template)
    assert TYPED in shown(first)
    gone = refresh_handout(report, intruded, first)
    assert TYPED not in shown(gone.document)
    assert gone.kept == ()
    assert TYPED in shown(refresh_handout(report, published_master.results, gone.document).document)


def test_a_section_that_begins_behind_a_sentence_stays_when_the_sentence_goes(report, intruded, handout):
    """Word keeps the break in the last paragraph before it."""

    def break_section(root: etree._Element) -> None:
        content = control_of(root, "choice.intrusions.1").find(f"{W}sdtContent")
        content.find(f"{W}p/{W}pPr").append(copy.deepcopy(root.find(f"{W}body/{W}sectPr")))

    broken = with_body(handout, break_section)
    gone = etree.fromstring(parts_of(refresh_handout(report, intruded, broken).document)[DOCUMENT])
    sections = len(list(etree.fromstring(parts_of(broken)[DOCUMENT]).iter(f"{W}sectPr")))
    assert len(list(gone.iter(f"{W}sectPr"))) == sections
    assert not any(len(one.findall(f".//{W}sectPr")) for one in gone.iter(f"{W}sdtContent"))


@pytest.mark.parametrize("style", ["TOC2", "HandoutBody"])
def test_what_was_typed_behind_the_contents_stays(report, changed, handout, style):
    def type_line(root: etree._Element) -> None:
        control_of(root, "contents").find(f"{W}sdtContent").append(element(entered(TYPED, style)))

    refreshed = refresh_handout(report, changed, with_body(handout, type_line)).document
    root = etree.fromstring(parts_of(refreshed)[DOCUMENT])
    assert text_of(control_of(root, "contents").getnext()) == TYPED
    plain = etree.fromstring(parts_of(refresh_handout(report, changed, handout).document)[DOCUMENT])
    assert text_of(control_of(root, "contents")) == text_of(control_of(plain, "contents"))


def test_words_typed_into_a_page_break_of_ours_stay(report, changed, handout):
    """Between the parts of a table they are told, as a table's control holds nothing but the table."""

    break_of_ours = entered(TYPED, "TableBreak")

    def between_parts(root: etree._Element) -> None:
        rows_of(root)[0].getparent().addnext(element(break_of_ours))

    with pytest.raises(JukixlError, match="表のほかの行があります"):
        refresh_handout(report, changed, with_body(handout, between_parts))
    before = with_body(
        handout, lambda root: control_of(root, "table.annex5").addprevious(element(break_of_ours))
    )
    assert TYPED in shown(refresh_handout(report, changed, before).document)


def test_what_word_would_leave_of_these_edits_passes_offices_schema_checks(handout, tmp_path):
    """Else they would be no edits that Word can have made. Smart tags it has not written since 2010, but keeps."""
    path = tmp_path / "資料.docx"
    wrong = {}
    for edit in (edit for edit in EDITS if not edit.what.startswith("smart tag")):
        path.write_bytes(edited(handout, edit))
        errors = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path)).errors
        if errors:
            wrong[edit.what] = [str(error) for error in errors][:3]
    assert wrong == {}


def test_these_are_thirty_kinds_and_more():
    assert len({edit.what for edit in EDITS}) == len(EDITS) >= 30
