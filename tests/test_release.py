"""A handout is published as it is, or every reason why it can't be is told at once; what tells of its makers stays behind."""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest
from built import build_handout
from openxml_audit import FileFormat, OpenXmlValidator
from test_handout_edits import BEFORE, CONTROL, DOCUMENT, PROVIDED, RELATIONS, SENTENCE, TYPES, UNIT

from jukixl.check.master import check_master
from jukixl.cli import main
from jukixl.findings import Severity
from jukixl.handout.pictures import without_metadata
from jukixl.handout.release import release_handout
from jukixl.handout.verify import verify_handout
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import read_master
from jukixl.workbook.names import survey_name
from jukixl.workbook.patch import patch_workbook

KOFU = "192015"
EXAMPLE = "123456789018"
"""The published example of a 個人番号."""
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORDML = "application/vnd.openxmlformats-officedocument.wordprocessingml"
SETTINGS, FOOTER, APP, CORE = "word/settings.xml", "word/footer1.xml", "docProps/app.xml", "docProps/core.xml"
CUSTOM, MANIFEST = "docProps/custom.xml", "customXml/item1.xml"
END = "</w:body>"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
BY = 'w:id="900" w:author="SECRET-REVIEWER" w:date="2025-09-01T09:00:00Z"'

Pieces = Mapping[str, tuple[tuple[str, str], ...]]
"""By part what is replaced, old and new."""


def edited(data: bytes, pieces: Pieces, added: Mapping[str, bytes] | None = None) -> bytes:
    """The document as staff or a program would leave it: texts replaced, parts added."""
    target = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(data)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in source.namelist():
            text = source.read(name)
            for old, new in pieces.get(name, ()):
                assert old.encode() in text, f"{name} has no {old}"
                text = text.replace(old.encode(), new.encode(), 1)
            archive.writestr(name, text)
        for name, content in (added or {}).items():
            archive.writestr(name, content)
    return target.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def relation(id_: str, kind: str, target: str, *, external: bool = False) -> str:
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="{id_}" Type="{OFFICE}/{kind}" Target="{target}"{mode}/>'


def property_of(text: str) -> str:
    return (
        '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="9" name="担当">'
        f"<vt:lpwstr>{text}</vt:lpwstr></property>"
    )


COMMENTS = f"<w:comments {W}><w:comment {BY}><w:p><w:r><w:t>SECRET-COMMENT</w:t></w:r></w:p></w:comment></w:comments>"
HIDDEN_RUN = f"{PROVIDED[:-6]}<w:r><w:rPr><w:vanish/></w:rPr><w:t>下書きの注</w:t></w:r></w:p>"
WHITE_RUN = HIDDEN_RUN.replace("<w:vanish/>", '<w:color w:val="FFFFFF"/>')
HIDDEN_BOX = (
    f'{PROVIDED[:-6]}<w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml" style="width:9pt;visibility: hidden"><v:textbox>'
    "<w:txbxContent><w:p><w:r><w:t>下書きの注</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>"
)

REASONS: Mapping[str, tuple[str, tuple[str, ...], Pieces, Mapping[str, bytes]]] = {
    "a number typed over": (
        "手による書換え",
        ("基準日までの累計申請枚数", "772,400"),
        {DOCUMENT: ((SENTENCE, SENTENCE.replace("772,405", "772,400")),)},
        {},
    ),
    "a number that got old": (
        "古い値",
        ("基準日までの累計申請枚数", "772,400"),
        {
            DOCUMENT: ((SENTENCE, SENTENCE.replace("772,405", "772,400")),),
            MANIFEST: (('tag="applications">772,405<', 'tag="applications">772,400<'),),
        },
        {},
    ),
    "both": (
        "競合",
        ("基準日までの累計申請枚数", "772,400"),
        {
            DOCUMENT: ((SENTENCE, SENTENCE.replace("772,405", "772,400")),),
            MANIFEST: (('tag="applications">772,405<', 'tag="applications">772,399<'),),
        },
        {},
    ),
    "a control taken out": ("目印の欠落", ("基準日までの累計申請枚数",), {DOCUMENT: ((CONTROL, ""),)}, {}),
    "two controls with one number": (
        "目印の誤り",
        ("識別番号",),
        {
            DOCUMENT: (
                (
                    SENTENCE,
                    SENTENCE.replace(
                        UNIT, f"{UNIT}<w:r><w:t>（</w:t></w:r>{CONTROL}<w:r><w:t>枚）</w:t></w:r>"
                    ),
                ),
            )
        },
        {},
    ),
    "made from another master": (
        "古い資料",
        ("指紋",),
        {CUSTOM: (("<vt:lpwstr>", "<vt:lpwstr>0"),)},
        {},
    ),
    "an insertion": (
        "変更履歴",
        ("本文", "承諾"),
        {DOCUMENT: ((BEFORE, f"<w:ins {BY}>{BEFORE}</w:ins>"),)},
        {},
    ),
    "a deletion": (
        "変更履歴",
        ("本文", "旧い語"),
        {DOCUMENT: ((BEFORE, f"{BEFORE}<w:del {BY}><w:r><w:delText>旧い語</w:delText></w:r></w:del>"),)},
        {},
    ),
    "another look, tracked, in the footer": (
        "変更履歴",
        ("フッター",),
        {FOOTER: (("<w:r>", f"<w:r><w:rPr><w:b/><w:rPrChange {BY}><w:rPr/></w:rPrChange></w:rPr>"),)},
        {},
    ),
    "a row inserted": (
        "変更履歴",
        ("本文",),
        {DOCUMENT: (("<w:trPr><w:cantSplit/>", f"<w:trPr><w:cantSplit/><w:ins {BY}/>"),)},
        {},
    ),
    "a comment": (
        "コメント",
        ("本文", "累計申請枚数"),
        {
            DOCUMENT: ((SENTENCE, f'{SENTENCE}<w:r><w:commentReference w:id="900"/></w:r>'),),
            RELATIONS: (
                ("</Relationships>", relation("rId90", "comments", "comments.xml") + "</Relationships>"),
            ),
            TYPES: (
                (
                    "</Types>",
                    f'<Override PartName="/word/comments.xml" ContentType="{WORDML}.comments+xml"/></Types>',
                ),
            ),
        },
        {"word/comments.xml": COMMENTS.encode()},
    ),
    "hidden words": ("隠し文字", ("本文", "下書きの注"), {DOCUMENT: ((PROVIDED, HIDDEN_RUN),)}, {}),
    "white words": ("隠し文字", ("本文", "下書きの注"), {DOCUMENT: ((PROVIDED, WHITE_RUN),)}, {}),
    "words in a shape that is switched off": (
        "隠し文字",
        ("本文「下書きの注」", "図形"),
        {DOCUMENT: ((PROVIDED, HIDDEN_BOX),)},
        {},
    ),
    "an entry of an index": (
        "隠し文字",
        ("XE", "Alt+F9"),
        {DOCUMENT: ((PROVIDED, f'{PROVIDED[:-6]}<w:fldSimple w:instr=" XE &quot;下書き&quot; "/></w:p>'),)},
        {},
    ),
    "where the file lies": (
        "外部・埋め込み",
        ("フォルダーの場所",),
        {
            DOCUMENT: (
                (
                    PROVIDED,
                    f'{PROVIDED[:-6]}<w:fldSimple w:instr=" FILENAME \\p "><w:r><w:t>C:\\Users\\a\\資料.docx</w:t></w:r>'
                    "</w:fldSimple></w:p>",
                ),
            )
        },
        {},
    ),
    "a field that reads a file of the office": (
        "外部・埋め込み",
        ("Ctrl+Shift+F9",),
        {
            DOCUMENT: (
                (
                    PROVIDED,
                    f'{PROVIDED[:-6]}<w:fldSimple w:instr=" INCLUDETEXT &quot;\\\\fileserver\\share\\a.docx&quot; ">'
                    "<w:r><w:t>引用</w:t></w:r></w:fldSimple></w:p>",
                ),
            )
        },
        {},
    ),
    "a file within the file": (
        "外部・埋め込み",
        ("book.xlsx",),
        {
            DOCUMENT: (
                (
                    PROVIDED,
                    f'{PROVIDED[:-6]}<w:r><w:object><o:OLEObject xmlns:o="urn:schemas-microsoft-com:office:office" '
                    f'xmlns:x="{OFFICE}" Type="Embed" ProgID="Excel.Sheet.12" x:id="rId91"/></w:object></w:r></w:p>',
                ),
            ),
            RELATIONS: (
                (
                    "</Relationships>",
                    relation("rId91", "package", "embeddings/book.xlsx") + "</Relationships>",
                ),
            ),
        },
        {"word/embeddings/book.xlsx": b"x"},
    ),
    "LibreOffice": (
        "他のソフト",
        ("LibreOffice",),
        {APP: (("<Application>jukixl", "<Application>LibreOffice/7.4"),)},
        {},
    ),
}


def _pieces_of_number(where: str) -> tuple[Pieces, Mapping[str, bytes]]:
    """The published example in one place of the document, in pieces where people write it so."""
    half = f"<w:r><w:t>{EXAMPLE[:5]}</w:t></w:r><w:r><w:t>{EXAMPLE[5:]}</w:t></w:r>"
    shape = (
        '<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        f'<wp:extent cx="9" cy="9"/><wp:docPr id="77" name="図" descr="{EXAMPLE}"/></wp:inline></w:drawing></w:r>'
    )
    box = f'<w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox><w:txbxContent><w:p>{half}</w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r>'
    note = f'<w:footnotes {W}><w:footnote w:id="2"><w:p>{half}</w:p></w:footnote></w:footnotes>'.encode()
    end = note.replace(b"footnote", b"endnote")
    in_body = {
        "body": half,
        "alternative text": shape,
        "text box": box,
        "hidden text": half.replace("<w:r>", "<w:r><w:rPr><w:vanish/></w:rPr>"),
    }
    if where in in_body:
        return {DOCUMENT: ((PROVIDED, f"{PROVIDED[:-6]}{in_body[where]}</w:p>"),)}, {}
    notes = {"footnotes": note, "endnotes": end}
    if where in notes:
        link = relation("rId92", where, f"{where}.xml") + "</Relationships>"
        type_ = f'<Override PartName="/word/{where}.xml" ContentType="{WORDML}.{where}+xml"/></Types>'
        pieces = {RELATIONS: (("</Relationships>", link),), TYPES: (("</Types>", type_),)}
        return pieces, {f"word/{where}.xml": notes[where]}
    elsewhere: Mapping[str, Pieces] = {
        "table": {DOCUMENT: (("<w:t>甲府市</w:t>", f"<w:t>甲府市{EXAMPLE}</w:t>"),)},
        "footer": {FOOTER: (("<w:r>", f"{half}<w:r>"),)},
        "core properties": {CORE: (("<dc:title>", f"<dc:title>{EXAMPLE}"),)},
        "app properties": {APP: (("</Application>", f"</Application><Manager>{EXAMPLE}</Manager>"),)},
        "custom properties": {CUSTOM: (("</Properties>", f"{property_of(EXAMPLE)}</Properties>"),)},
        "customXml": {MANIFEST: (("</manifest>", f"<figure tag='old'>{EXAMPLE}</figure></manifest>"),)},
        "alias of a control": {DOCUMENT: (('w:alias w:val="基準日', f'w:alias w:val="{EXAMPLE}基準日'),)},
    }
    return elsewhere[where], {}


PLACES = (
    *("body", "table", "footer", "footnotes", "endnotes", "text box", "hidden text", "alternative text"),
    *("core properties", "app properties", "custom properties", "customXml", "alias of a control"),
)


@pytest.fixture
def no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jukixl.commands.releasing.find_engine", lambda: None)


def test_the_handout_as_built_can_be_published(published_master, handout: bytes):
    released = release_handout(published_master, handout, "資料.docx")
    assert released.obstacles == ()
    assert released.document is not None


@pytest.mark.parametrize("what", REASONS)
def test_every_reason_keeps_it_back_and_says_where(published_master, handout: bytes, what: str):
    kind, words, pieces, added = REASONS[what]
    released = release_handout(published_master, edited(handout, pieces, added), "資料.docx")
    assert released.document is None
    told = [str(one) for one in released.obstacles if one.kind == kind]
    assert len(told) >= 1, released.obstacles
    assert all(any(word in line for line in told) for word in words), told


@pytest.mark.parametrize("where", PLACES)
def test_a_personal_number_is_found_wherever_it_stands_and_never_shown(
    published_master, handout: bytes, where: str
):
    pieces, added = _pieces_of_number(where)
    released = release_handout(published_master, edited(handout, pieces, added), "資料.docx")
    told = [str(one) for one in released.obstacles]
    assert any("個人番号" in line and "12********18" in line for line in told), told
    assert not any(EXAMPLE in line for line in told)
    assert released.document is None


@pytest.mark.parametrize(
    ("xml", "place"),
    [
        ("<w:p><w:r><w:t>照会先　{}</w:t></w:r></w:p>", "本文「照会先12********18」"),
        (
            '<w:p><w:r><w:t>地図</w:t></w:r><w:r><w:pict alt="{}"/></w:r></w:p>',
            "本文の図や表の代替テキスト「地図」",
        ),
    ],
)
def test_a_masked_number_is_told_with_the_words_around_it(
    published_master, handout: bytes, xml: str, place: str
):
    """Nobody can search a document for asterisks."""
    tampered = edited(handout, {DOCUMENT: ((PROVIDED, PROVIDED + xml.format(EXAMPLE)),)}, {})
    (told,) = release_handout(published_master, tampered, "資料.docx").obstacles
    assert told.place == place


@pytest.mark.usefixtures("no_pdf")
def test_all_reasons_are_told_at_once(
    master_path: Path, handout: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """With a cell of the master that isn't a number: the check has an error, and the document is of other values."""
    place = read_master(master_path).snapshot.locate(survey_name("annex5", "applications", KOFU))
    patch_workbook(master_path, [Edit(*place, "不明な値")])
    data = edited(handout, *_pieces_of_number("table"))
    for what in (
        *("a comment", "a deletion", "another look, tracked, in the footer", "a control taken out"),
        *("a field that reads a file of the office", "LibreOffice"),
    ):
        data = edited(data, *REASONS[what][2:])
    path = tmp_path / "資料.docx"
    path.write_bytes(data)
    assert main(["release", str(path), str(master_path), "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    kinds = {reason["kind"] for reason in result["reasons"]}
    assert kinds >= {
        *("目印の欠落", "変更履歴", "コメント", "外部・埋め込み", "他のソフト"),
        *("個人番号", "検算の誤り", "古い資料"),
    }
    assert not result["released"]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["マスター.xlsx", "資料.docx"]


# ── what stays behind

SECRETS = (
    *(
        "SECRET-CREATOR",
        "SECRET-SAVER",
        "SECRET-COMPANY",
        "SECRET-MANAGER",
        "SECRET-TEMPLATE",
        "SECRET-KEYWORD",
    ),
    *("SECRET-PROPERTY", "SECRET-VARIABLE", "SECRET-PERSON", "SECRET-SERVER", "SECRET-XML", "SECRET-NOTE"),
    *("SECRET-CAMERA", "SECRET-FOLDER", "SECRET-PRINTER", "SECRET-THUMBNAIL", "SECRET-MAIL", "00AB12CD"),
    *("SECRET-EDITOR", "1A2B3C4D"),
)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xe1\x00\x16Exif\x00\x00SECRET-CAMERA\x00"
    b"\xff\xfe\x00\x0fSECRET-CAMERA"
    b"\xff\xda\x00\x02picture\xff\xd9"
)


def used(handout: bytes) -> bytes:
    """The handout after weeks in an office: all that programs note about people, none of it on a page."""
    picture = (
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<wp:extent cx="9525" cy="9525"/><wp:docPr id="78" name="図 1" descr="C:\\Users\\SECRET-FOLDER\\図.jpg"/>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr>'
        '<pic:cNvPr id="78" name="C:\\Users\\SECRET-FOLDER\\図.jpg"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
        '<a:blip r:embed="rId93"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/>'
        '<a:ext cx="9525" cy="9525"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )
    link = '<w:p w:rsidR="00AB12CD"><w:hyperlink r:id="rId94"><w:r w:rsidRPr="00AB12CD"><w:t>内規</w:t></w:r></w:hyperlink></w:p>'
    web = (
        '<w:p xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" w14:paraId="1A2B3C4D">'
        '<w:permStart w:id="3" w:ed="SECRET-EDITOR"/><w:hyperlink r:id="rId95"><w:r><w:t>総務省</w:t></w:r></w:hyperlink>'
        '<w:permEnd w:id="3"/></w:p>'
    )
    note = '<w:p><w:pPr><w:pStyle w:val="TableNoteHidden"/></w:pPr><w:r><w:t>SECRET-NOTE</w:t></w:r></w:p>'
    relations = (
        relation("rId93", "image", "media/image1.jpg")
        + relation("rId94", "hyperlink", "file:///\\\\SECRET-SERVER\\share\\a.docx", external=True)
        + relation("rId95", "hyperlink", "https://www.soumu.go.jp/", external=True)
        + relation("rId96", "printerSettings", "printerSettings1.bin")
        + relation("rId97", "customXml", "../customXml/item9.xml")
        + '<Relationship Id="rId98" Type="http://schemas.microsoft.com/office/2011/relationships/people" Target="people.xml"/>'
    )
    settings = (
        '<w:attachedTemplate r:id="rId1"/><w:rsids><w:rsidRoot w:val="00AB12CD"/></w:rsids>'
        '<w:docVars><w:docVar w:name="a" w:val="SECRET-VARIABLE"/></w:docVars>'
        '<w:mailMerge><w:query w:val="SECRET-MAIL"/></w:mailMerge><w:trackRevisions/>'
    )
    types = '<Default Extension="jpg" ContentType="image/jpeg"/><Default Extension="bin" ContentType="application/octet-stream"/>'
    pieces: Pieces = {
        DOCUMENT: (
            (PROVIDED, f"{PROVIDED}{picture}{link}{web}{note}"),
            ("<w:pgSz", '<w:printerSettings r:id="rId96"/><w:pgSz'),
        ),
        RELATIONS: (("</Relationships>", f"{relations}</Relationships>"),),
        SETTINGS: (("<w:zoom", f"{settings}<w:zoom"),),
        CORE: (
            ("<dc:creator>jukixl", "<dc:creator>SECRET-CREATOR"),
            (
                "</cp:coreProperties>",
                "<cp:lastModifiedBy>SECRET-SAVER</cp:lastModifiedBy><cp:revision>57</cp:revision>"
                "<cp:keywords>SECRET-KEYWORD</cp:keywords></cp:coreProperties>",
            ),
        ),
        APP: (
            (
                "</Application>",
                "</Application><Company>SECRET-COMPANY</Company><Manager>SECRET-MANAGER</Manager>"
                "<Template>SECRET-TEMPLATE.dotx</Template><TotalTime>4711</TotalTime>",
            ),
        ),
        CUSTOM: (
            (
                "</Properties>",
                f"{property_of('SECRET-PROPERTY')}</Properties>",
            ),
        ),
        "_rels/.rels": (
            (
                "</Relationships>",
                '<Relationship Id="rId77" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/thumbnail"'
                ' Target="docProps/thumbnail.jpg"/></Relationships>',
            ),
        ),
        TYPES: (("<Override", f"{types}<Override"),),
    }
    added = {
        "word/media/image1.jpg": JPEG,
        "word/printerSettings1.bin": b"SECRET-PRINTER",
        "word/people.xml": b"<people>SECRET-PERSON</people>",
        "customXml/item9.xml": b"<a>SECRET-XML</a>",
        "docProps/thumbnail.jpg": b"SECRET-THUMBNAIL",
        "word/_rels/settings.xml.rels": (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            + relation(
                "rId1", "attachedTemplate", "file:///\\\\SECRET-SERVER\\SECRET-TEMPLATE.dotx", external=True
            )
            + "</Relationships>"
        ).encode(),
    }
    return edited(handout, pieces, added)


@pytest.fixture(scope="module")
def published(published_master, handout: bytes) -> bytes:
    released = release_handout(published_master, used(handout), "資料.docx")
    assert released.obstacles == ()
    assert released.document is not None
    return released.document


def test_nothing_that_tells_of_people_and_computers_is_left_anywhere_in_the_zip(
    handout: bytes, published: bytes
):
    """Read by a walk through the zip that knows nothing of Word."""
    before = b"\0".join((*parts_of(used(handout)).values(), *map(str.encode, parts_of(used(handout)))))
    after = b"\0".join((*parts_of(published).values(), *map(str.encode, parts_of(published))))
    assert [one for one in SECRETS if one.encode() not in before] == []
    assert [one for one in SECRETS if one.encode() in after or one.encode("utf-16-le") in after] == []
    assert (
        re.findall(rb"rsid|file:|\\\\\\\\|lastModifiedBy|revision|attachedTemplate|docVar|trackRev", after)
        == []
    )


def test_sentences_that_are_not_shown_are_not_published(handout: bytes, published: bytes):
    words = "個人情報保護に係る問題が".encode()
    assert any(words in content for content in parts_of(handout).values())
    assert not any(words in content for content in parts_of(published).values())


def test_what_pages_show_stays(published_master, published: bytes):
    result = verify_handout(published_master.report, published_master.results, published)
    assert (result.mismatches, result.origin.is_stale) == ((), False)
    assert result.looks == ()
    parts = parts_of(published)
    assert "内規" in parts[DOCUMENT].decode()
    assert b"https://www.soumu.go.jp/" in parts[RELATIONS]
    assert parts["word/media/image1.jpg"].endswith(b"\xff\xda\x00\x02picture\xff\xd9")
    assert {part.rpartition("/")[2] for part in parts} == {
        *(
            "[Content_Types].xml",
            ".rels",
            "app.xml",
            "core.xml",
            "custom.xml",
            "document.xml.rels",
            "document.xml",
        ),
        *("fontTable.xml", "footer1.xml", "settings.xml", "styles.xml", "theme1.xml", "image1.jpg"),
        *("item1.xml", "item1.xml.rels", "itemProps1.xml", "settings.xml.rels"),
    }


@pytest.mark.parametrize(
    "command",
    [
        ("refresh", "公表用.docx"),
        ("sources", "公表用.docx"),
        ("build", "--template", "公表用.docx", "--out", "新.docx"),
    ],
)
def test_a_published_document_is_neither_refreshed_nor_a_template(
    published: bytes, published_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command
):
    """It hasn't got the sentences that other numbers would show, and its hash stands in the record."""
    path = tmp_path / "公表用.docx"
    path.write_bytes(published)
    words = [str(tmp_path / one) if one.endswith(".docx") else one for one in command]
    assert main([*words, str(published_path)]) == 1
    assert "公表する前の資料を使ってください" in capsys.readouterr().err
    assert path.read_bytes() == published
    assert sorted(one.name for one in tmp_path.iterdir()) == ["公表用.docx"]


@pytest.mark.parametrize(
    "type_",
    [
        f"{WORDML}.template.main+xml",
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    ],
)
def test_what_was_a_template_or_had_macros_is_an_ordinary_document(
    published_master, handout: bytes, type_: str
):
    other = edited(handout, {TYPES: ((f"{WORDML}.document.main+xml", type_),)})
    made = [release_handout(published_master, one, "資料.docx").document or b"" for one in (other, handout)]
    made += [
        build_handout(published_master.report, published_master.results, one) for one in (other, handout)
    ]
    released, ordinary, built, rebuilt = map(parts_of, made)
    assert (released, built) == (ordinary, rebuilt)


def test_offices_schema_checks_have_nothing_to_say(published_master, handout: bytes, tmp_path: Path):
    released = release_handout(published_master, handout, "資料.docx")
    path = tmp_path / "公表用.docx"
    path.write_bytes(released.document or b"")
    audit = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path))
    assert [str(error) for error in audit.errors] == []


def test_zip_entries_bear_no_time(published: bytes):
    with zipfile.ZipFile(BytesIO(published)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.extra + entry.comment for entry in archive.infolist()} == {b""}


def test_a_png_loses_its_notes_and_keeps_its_picture():
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + b"CRC_"

    picture = chunk(b"IHDR", b"head"), chunk(b"IDAT", b"dots"), chunk(b"IEND", b"")
    noted = b"".join((picture[0], chunk(b"tEXt", b"Author\0x"), chunk(b"eXIf", b"y"), *picture[1:]))
    assert without_metadata(b"\x89PNG\r\n\x1a\n" + noted) == b"\x89PNG\r\n\x1a\n" + b"".join(picture)
    assert without_metadata(b"\x89PNG\r\n\x1a\n" + noted[:-3]) is None


# ── the command


@pytest.mark.usefixtures("no_pdf")
def test_the_original_is_not_touched_and_nothing_takes_its_place(
    published_path: Path, handout: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "資料.docx"
    path.write_bytes(handout)
    os.utime(path, (1, 1))
    main(["release", str(path), str(published_path)])
    assert (path.read_bytes(), path.stat().st_mtime) == (handout, 1)
    capsys.readouterr()
    assert main(["release", str(path), str(published_path), "--out", str(path)]) == 2
    assert "元の資料と同じファイルです" in capsys.readouterr().err
    assert path.read_bytes() == handout


@pytest.mark.usefixtures("no_pdf")
def test_without_word_and_libreoffice_it_says_what_to_do(
    published_path: Path, handout: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "資料.docx"
    path.write_bytes(handout)
    (tmp_path / "資料_公表用.pdf").write_bytes(b"of an earlier document")
    assert main(["release", str(path), str(published_path)]) == 1
    said = capsys.readouterr().out
    assert "Word 又は LibreOffice" in said
    assert (tmp_path / "資料_公表用.docx").exists()
    assert not (tmp_path / "資料_公表用.pdf").exists()
    assert (tmp_path / "資料_公表用_旧1.pdf").read_bytes() == b"of an earlier document"


@pytest.mark.usefixtures("no_pdf")
def test_the_record_tells_what_was_published_from_what(published_path: Path, handout: bytes, tmp_path: Path):
    path = tmp_path / "資料.docx"
    path.write_bytes(handout)
    for _ in range(2):
        main(["release", str(path), str(published_path)])
    lines = (tmp_path / "公表記録.jsonl").read_text(encoding="utf-8").splitlines()
    first, second = map(json.loads, lines)
    assert {key: value for key, value in first.items() if key != "time"} == {
        key: value for key, value in second.items() if key != "time"
    }

    def digest(file: Path) -> str:
        return hashlib.sha256(file.read_bytes()).hexdigest()

    assert first["input"] == {"file": "資料.docx", "sha256": digest(path)}
    assert first["master"] == {"file": published_path.name, "sha256": digest(published_path)}
    out = tmp_path / "資料_公表用.docx"
    assert first["outputs"] == [{"file": out.name, "sha256": digest(out)}]
    assert (first["waived"], first["looks"], len(first["pdf_problems"])) == ({}, 0, 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", first["time"])


@pytest.mark.usefixtures("no_pdf")
def test_the_record_proves_which_findings_were_open_and_has_their_words_once(
    published_path: Path, published_master, handout: bytes, tmp_path: Path
):
    """A line of an earlier version, which had the words in it, stays as it was."""
    record, findings = tmp_path / "公表記録.jsonl", tmp_path / "公表記録_指摘.jsonl"
    earlier = json.dumps({"time": "2025-10-01T09:00:00+09:00", "warnings": ["[要確認] 別紙5!E6"]})
    record.write_text(f"{earlier}\n", encoding="utf-8")
    path = tmp_path / "資料.docx"
    path.write_bytes(handout)
    for _ in range(2):
        main(["release", str(path), str(published_path)])
    first, *others = record.read_text(encoding="utf-8").splitlines()
    (line,) = findings.read_bytes().splitlines()
    assert first == earlier
    assert [len(one) < 2000 for one in others] == [True, True]
    told = {json.dumps(json.loads(one)["findings"]) for one in others}
    assert told == {json.dumps({"file": findings.name, "sha256": hashlib.sha256(line).hexdigest()})}
    open_ = [one for one in check_master(published_master).findings if one.severity is Severity.WARNING]
    assert json.loads(line) == {"warnings": list(map(str, open_)), "waived": [], "looks": []}
    assert sum(json.loads(others[0])["warnings"].values()) == len(open_) > 100


# ── pictures


def words(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "little") for number in numbers)


def emf(description: bytes, comment: bytes, drawing: bytes) -> bytes:
    """[MS-EMF]: header, a rectangle, a private comment, one of EMF+ with a comment and something drawn, the end."""

    def record(kind: int, data: bytes) -> bytes:
        return words(kind, 8 + len(data)) + data

    def plus(kind: int, data: bytes) -> bytes:
        return kind.to_bytes(2, "little") + b"\0\0" + words(12 + len(data), len(data)) + data

    dual = b"EMF+" + plus(0x4003, comment) + plus(0x4008, drawing)
    body = (
        record(43, words(10, 10, 90, 60))
        + record(70, words(len(comment)) + comment)
        + record(70, words(len(dual)) + dual)
        + record(14, words(0, 0, 20))
    )
    length = 108 + len(description)
    header = words(1, length, 0, 0, 100, 70, 0, 0, 2646, 1852) + b" EMF" + words(0x10000)
    header += (
        words(length + len(body), 5) + b"\1\0\0\0" + words(len(description) // 2, 108, 0, 1000, 700, 265, 185)
    )
    return header.ljust(108, b"\0") + description + body


def wmf(comment: bytes, *, placeable: bool) -> bytes:
    """[MS-WMF]: a rectangle, a comment, the end."""

    def record(kind: int, data: bytes) -> bytes:
        return words(3 + len(data) // 2) + kind.to_bytes(2, "little") + data

    note = (15).to_bytes(2, "little") + len(comment).to_bytes(2, "little") + comment
    rectangle = b"".join(one.to_bytes(2, "little") for one in (60, 90, 10, 10))
    body = record(0x041B, rectangle) + record(0x0626, note) + record(0, b"")
    front = b"\xd7\xcd\xc6\x9a".ljust(22, b"\0") if placeable else b""
    return front + b"\1\0\x09\0\0\3" + words(9 + len(body) // 2) + b"\0\0" + words(9) + b"\0\0" + body


NOTE = "SECRET-MAKER".encode("utf-16-le")


@pytest.mark.parametrize(
    ("noted", "without"),
    [
        (emf(NOTE, NOTE, b"DRAWN-IT"), emf(bytes(24), bytes(24), b"DRAWN-IT")),
        (wmf(NOTE, placeable=True), wmf(bytes(24), placeable=True)),
        (wmf(NOTE, placeable=False), wmf(bytes(24), placeable=False)),
    ],
    ids=["EMF", "placeable WMF", "WMF"],
)
def test_a_pasted_chart_loses_its_notes_and_keeps_every_place(noted: bytes, without: bytes):
    assert without_metadata(noted) == without
    assert without_metadata(noted[:-3]) is None


@pytest.mark.parametrize("picture", [b"II*\0SECRET", b"GIF89a", b"<svg/>", JPEG[:-20], b""], ids=repr)
def test_a_picture_that_cannot_be_cleaned_keeps_the_document_back(
    published_master, handout: bytes, picture: bytes
):
    data = used(handout)
    parts = parts_of(data)
    assert parts["word/media/image1.jpg"] == JPEG
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, picture if name == "word/media/image1.jpg" else content)
    released = release_handout(published_master, target.getvalue(), "資料.docx")
    assert released.document is None
    (told,) = released.obstacles
    assert str(told).startswith("［図］image1.jpg: ")
    assert "PNG か JPEG" in str(told)
