"""A handout that went through another program: where its controls are gone that is said once, and nothing is written;
where they are there, everything goes on."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from pathlib import Path

import docx
import office
import pytest
from lxml import etree

from jukixl.cli import main
from jukixl.errors import InputError
from jukixl.handout.mismatches import Sight
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.release import release_handout
from jukixl.handout.verify import verify_handout
from jukixl.report.model import Report
from jukixl.workbook.master import Master

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
COMMANDS = ("build", "refresh", "verify", "tieout", "release")
LOST = {
    "LibreOffice": "LibreOfficeで保存された文書です",
    "converter": "数値の目印（コンテンツコントロール）が一つもありません",
}


def by_libreoffice(handout: bytes, folder: Path) -> bytes:
    """Opened and saved."""
    office.require_soffice()
    (folder / "handout.docx").write_bytes(handout)
    return office.convert(folder / "handout.docx", "docx", folder / "saved").read_bytes()


def by_converter(handout: bytes, _folder: Path) -> bytes:
    """As converters leave it that know no content controls (pandoc 3 and Google's do so): only what they held is there,
    and no customXml."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(handout)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("customXml"):
                continue
            if name.startswith("word/_rels"):
                content = re.sub(rb"<Relationship [^>]*customXml[^>]*/>", b"", content)
            if name == "[Content_Types].xml":
                content = re.sub(rb'<Override PartName="/customXml[^>]*/>', b"", content)
            if name == "word/document.xml":
                content = without_controls(content)
            archive.writestr(name, content)
    return target.getvalue()


def without_controls(document: bytes) -> bytes:
    root = etree.fromstring(document)
    for control in reversed(list(root.iter(f"{W}sdt"))):
        for child in control.find(f"{W}sdtContent"):
            control.addprevious(child)
        control.getparent().remove(control)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


MAKERS = {"LibreOffice": by_libreoffice, "converter": by_converter}


@pytest.fixture(scope="module")
def lost(handout: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return {name: make(handout, tmp_path_factory.mktemp("made")) for name, make in MAKERS.items()}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_document_that_lost_its_controls_is_refused_once_and_nothing_is_written(
    command: str, maker: str, lost: dict[str, bytes], published_path: Path, tmp_path: Path, capsys
):
    path, master = tmp_path / "資料.docx", tmp_path / "マスター.xlsx"
    path.write_bytes(lost[maker])
    shutil.copy(published_path, master)
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    arguments = {
        "build": [str(master), "--template", str(path), "--out", str(tmp_path / "新.docx")],
        "refresh": [str(path), str(master)],
        "verify": [str(path), str(master)],
        "tieout": [str(path), str(master), "--out", str(tmp_path / "読み合わせ表.xlsx")],
        "release": [str(path), str(master), "--out", str(tmp_path / "公表用.docx")],
    }[command]
    capsys.readouterr()
    assert main([command, *arguments]) == 1
    printed = capsys.readouterr()
    (said,) = [line for line in (printed.err + printed.out).splitlines() if LOST[maker] in line]
    assert "ひな形から作り直してください" in said
    assert said.startswith("［他のソフト］" if command == "release" else "資料.docx: ")
    assert "目印が消えています" not in printed.err + printed.out
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


def test_a_document_that_python_docx_saved_goes_on_as_before(
    report: Report, published_master: Master, handout: bytes
):
    """It keeps controls, but writes its parts anew in another order."""
    target = io.BytesIO()
    docx.Document(io.BytesIO(handout)).save(target)
    saved, results = target.getvalue(), published_master.results
    assert saved != handout
    assert verify_handout(report, results, saved).ok
    assert not refresh_handout(report, results, saved).kept
    assert release_handout(published_master, saved, "資料.docx").obstacles == ()


def without(handout: bytes, *parts: str) -> bytes:
    """The document without some parts and all that refers to them, as Word's 「ドキュメント検査」 leaves it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(handout)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith(".rels") or name == "[Content_Types].xml":
                root = etree.fromstring(content)
                for one in list(root):
                    if any(part in (one.get("Target") or one.get("PartName") or "") for part in parts):
                        root.remove(one)
                content = etree.tostring(root)
            if not any(part in name for part in parts):
                archive.writestr(name, content)
    return target.getvalue()


def test_a_document_inspected_by_word_has_lost_its_record_and_says_so(
    report: Report, published_master: Master, handout: bytes
):
    inspected, results = without(handout, "customXml", "custom.xml"), published_master.results
    told = verify_handout(report, results, inspected)
    assert told.ok
    assert told.looks[0].kind is Sight.UNRECORDED
    assert "ドキュメント検査" in str(told.looks[0])
    with pytest.raises(InputError, match="「資料作成」で作り直してください"):
        refresh_handout(report, results, inspected)


def test_a_strict_document_is_told_how_to_be_saved(
    published_path: Path, handout: bytes, tmp_path: Path, capsys
):
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(handout)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            archive.writestr(
                name,
                source.read(name).replace(
                    b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
                    b"http://purl.oclc.org/ooxml/wordprocessingml/main",
                ),
            )
    path = tmp_path / "資料.docx"
    path.write_bytes(target.getvalue())
    assert main(["verify", str(path), str(published_path)]) == 2
    assert "「Word 文書 (*.docx)」にして保存してください" in capsys.readouterr().err
