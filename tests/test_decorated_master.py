"""A master that staff have decorated survives collection after collection: every byte outside the patched cells stays."""

from __future__ import annotations

import re
import shutil
import zlib
from pathlib import Path

import pytest
from conftest import fill_form
from returned import PACKAGE_RELATIONS, RELATIONS, Parts, parts_of, rewrite
from test_returned_files import KOFU, SENT

from jukixl.commands.collecting import collect
from jukixl.survey.archive import read_log
from jukixl.workbook.snapshot import read_snapshot

TIMES = 50
SHEET = "甲府市"
_CELL = re.compile(rb'<c r="([A-Z]+[0-9]+)"[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
_VALUE = re.compile(rb'<v>[^<]*</v>| t="[a-z]+"', re.IGNORECASE)

CHART = b"""<?xml version="1.0"?><c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart>
<c:plotArea><c:barChart><c:ser><c:val><c:numRef><c:f>'x'!$B$6:$B$9</c:f></c:numRef></c:val></c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>"""
DRAWING = b"""<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"><!-- kept --><xdr:oneCellAnchor/></xdr:wsDr>"""
VML = b"""<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:shape id="_x0000_s1025" style='visibility:hidden'/></xml>"""
COMMENTS = """<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><authors><author>係</author></authors>
<commentList><comment ref="B6" authorId="0"><text><r><t xml:space="preserve">確認済み </t></r></text></comment></commentList></comments>"""
FURIGANA = '<is><t>甲府市の備考</t><rPh sb="0" eb="2"><t>コウフ</t></rPh><phoneticPr fontId="1" type="Hiragana"/></is>'
FORMATS = b"""<conditionalFormatting sqref="B6:B9"><cfRule type="cellIs" priority="9" operator="lessThan"><formula>0</formula></cfRule></conditionalFormatting>"""
DROP_DOWN = """<dataValidation type="list" allowBlank="1" sqref="F6"><formula1>'提出状況'!$A$5:$A$9</formula1></dataValidation>"""
COLUMNS = b'<col min="9" max="9" width="33.71" customWidth="1" style="1" hidden="0" bestFit="1"/>'


def decorate(path: Path) -> Path:
    """What Excel puts into a workbook when staff work in it, in the sheet that is written to."""
    part = read_snapshot(path).sheets[SHEET].part
    relations = re.sub(r"([^/]+)$", r"_rels/\1.rels", part)

    def change(parts: Parts) -> None:
        xml = parts[part]
        xml = xml.replace(b"</cols>", COLUMNS + b"</cols>", 1)
        row = f'<row r="60" ht="21.75" customHeight="1" x14ac:dyDescent="0.2"><c r="A60" s="1" t="inlineStr">{FURIGANA}</c></row>'
        xml = xml.replace(b"</sheetData>", row.encode() + b"</sheetData>", 1)
        xml = xml.replace(b"<worksheet ", b'<worksheet xmlns:r="%b" xmlns:x14ac="urn:x14ac" ' % RELATIONS, 1)
        xml = xml.replace(b"<dataValidations", FORMATS + b"<dataValidations", 1)
        xml = xml.replace(b"</dataValidations>", DROP_DOWN.encode() + b"</dataValidations>", 1)
        end = (
            b'<drawing r:id="rId1"/><legacyDrawing r:id="rId2"/><extLst><ext uri="{X}"/></extLst></worksheet>'
        )
        parts[part] = xml.replace(b"</worksheet>", end, 1)
        targets = {
            "drawing": "drawings/drawing9",
            "vmlDrawing": "drawings/vmlDrawing9",
            "comments": "comments9",
        }
        related = "".join(
            f'<Relationship Id="rId{n}" Type="{RELATIONS.decode()}/{kind}" Target="../{target}.xml"/>'
            for n, (kind, target) in enumerate(targets.items(), 1)
        )
        parts[relations] = (
            f'<Relationships xmlns="{PACKAGE_RELATIONS.decode()}">{related}</Relationships>'.encode()
        )
        parts["xl/drawings/drawing9.xml"] = DRAWING
        parts["xl/drawings/vmlDrawing9.xml"] = VML
        parts["xl/charts/chart9.xml"] = CHART
        parts["xl/media/image9.png"] = b"\x89PNG\r\n\x1a\n" + zlib.compress(b"picture" * 100)
        parts["xl/comments9.xml"] = COMMENTS.encode()
        parts["customXml/item1.xml"] = b"<a xmlns='urn:a'>  kept  </a>"
        parts["xl/vbaProject.bin"] = bytes(range(256)) * 40
        parts["xl/printerSettings/printerSettings1.bin"] = bytes(range(256))
        assert all(mark in parts[part] for mark in (COLUMNS, FORMATS, DROP_DOWN.encode(), b"<drawing"))

    return rewrite(path, change)


def outside_cells(xml: bytes) -> bytes:
    return _CELL.sub(b"<c/>", xml)


def cells_of(xml: bytes) -> dict[bytes, bytes]:
    return {match[1]: match[0] for match in _CELL.finditer(xml)}


def assert_only_these_changed(before: bytes, after: bytes, written: set[bytes], formulas: set[bytes]) -> None:
    """Of a formula only its value changes; all else is the same, byte for byte. Every cell was there, with its format."""
    old, new = cells_of(before), cells_of(after)
    assert list(new) == list(old)
    assert outside_cells(after) == outside_cells(before)
    changed = {a1 for a1 in old if old[a1] != new[a1]}
    assert changed <= written | formulas
    for a1 in changed & formulas:
        assert _VALUE.sub(b"", old[a1]) == _VALUE.sub(b"", new[a1])


@pytest.fixture
def desk(blank_path: Path, forms: Path, tmp_path: Path) -> tuple[Path, Path]:
    master = decorate(Path(shutil.copy(blank_path, tmp_path / "マスター.xlsx")))
    folder = tmp_path / "回答"
    folder.mkdir()
    for name in (KOFU, "調査票_R6_193640_早川町.xlsx"):
        shutil.copy(forms / name, folder)
    return master, folder


def test_fifty_collections_change_nothing_but_the_cells_they_say(desk: tuple[Path, Path]) -> None:
    master, folder = desk
    log = master.parent / "回答控" / "取込記録.jsonl"
    for number in range(TIMES):
        fill_form(folder / KOFU, {SENT: 160_000 + number})
        before = parts_of(master)
        logged = len(read_log(log))
        outcome = collect({"MASTER": master, "DIR": folder}, lambda *_: None)
        assert outcome.exit_code == 0
        snapshot = read_snapshot(master)
        after = parts_of(master)
        assert list(after) == list(before)
        written: dict[str, set[bytes]] = {}
        for entry in read_log(log)[logged:]:
            for cell in entry.get("cells", ()):  # type: ignore[attr-defined]
                written.setdefault(snapshot.sheets[cell["sheet"]].part, set()).add(cell["cell"].encode())
        formulas = {sheet.part: {a1.encode() for a1 in sheet.formulas} for sheet in snapshot.sheets.values()}
        changed = {part for part in after if after[part] != before[part]}
        assert changed <= formulas.keys()
        for part in changed:
            assert_only_these_changed(before[part], after[part], written.get(part, set()), formulas[part])
    assert snapshot.value("input.annex5.sent.192015") == 160_000 + TIMES - 1


def test_the_decorations_are_still_there_in_the_end(desk: tuple[Path, Path]) -> None:
    """So that the comparison above compares something."""
    master, folder = desk
    decorated = parts_of(master)
    collect({"MASTER": master, "DIR": folder}, lambda *_: None)
    after = parts_of(master)
    part = read_snapshot(master).sheets[SHEET].part
    assert after[part] != decorated[part]
    for mark in (
        COLUMNS,
        FORMATS,
        DROP_DOWN.encode(),
        FURIGANA.encode(),
        b'<drawing r:id="rId1"/>',
        b"<extLst>",
    ):
        assert mark in after[part]
    for name in ("xl/vbaProject.bin", "customXml/item1.xml", "xl/media/image9.png", "xl/charts/chart9.xml"):
        assert after[name] == decorated[name]
