"""The document says from which values it was made, in its properties as Word shows them."""

from __future__ import annotations

import json
import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from built import build_handout
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator
from test_handout_build import with_cells

from jukixl.cli import main
from jukixl.handout.refresh import refresh_handout
from jukixl.handout.template import create_template
from jukixl.handout.tie_out import tie_out
from jukixl.handout.verify import verify_handout
from jukixl.report.computation import Inputs, Results
from jukixl.report.model import Report
from jukixl.workbook.edits import Edit
from jukixl.workbook.master import read_master
from jukixl.workbook.names import survey_name
from jukixl.workbook.patch import patch_workbook

KOFU = "192015"


@pytest.fixture(scope="module")
def results(published_master) -> Results:
    return published_master.results


def properties_of(data: bytes) -> dict[str, str]:
    """The custom properties, by a walk through the zip."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        root = etree.fromstring(archive.read("docProps/custom.xml"))
    return {one.get("name"): "".join(one.itertext()) for one in root}


def fingerprint_of(data: bytes) -> str:
    return properties_of(data)["マスターの指紋"]


def test_word_finds_the_fingerprint_among_the_properties(handout: bytes, tmp_path: Path):
    assert re.fullmatch("[0-9A-F]{4}(-[0-9A-F]{4}){2}", fingerprint_of(handout))
    path = tmp_path / "資料.docx"
    path.write_bytes(handout)
    audit = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(str(path))
    assert [str(error) for error in audit.errors] == []


def test_it_is_the_same_for_the_same_values_whatever_the_document(report, results, handout):
    again = Results(report, Inputs(results.inputs.settings, dict(reversed(results.inputs.cells.items()))))
    template = create_template(report)
    assert build_handout(report, again, template) == build_handout(report, results, template)
    assert fingerprint_of(build_handout(report, again, handout)) == fingerprint_of(handout)


@pytest.mark.parametrize(
    "change",
    [
        ("annex5", "applications", KOFU, 179_640),
        ("annex2", "registered_users", "r001", 3),
        ("annex1_log", "description", "r001", "回線の瞬断"),
    ],
)
def test_another_value_on_the_pages_gives_another(report, results, handout, change):
    changed = with_cells(results, change)
    assert fingerprint_of(build_handout(report, changed, handout)) != fingerprint_of(handout)


def test_what_no_page_shows_does_not_count(report, results, handout):
    """備考 of 別紙2 and last year's totals are in the master only."""
    row = results.rows(report.tables_by_id["annex2"])[0]
    changed = with_cells(
        results,
        ("annex2", "note", row, "確認中"),
        ("annex6_previous", "convenience_store", KOFU, 1),
    )
    assert fingerprint_of(build_handout(report, changed, handout)) == fingerprint_of(handout)


def test_other_properties_that_staff_set_stay(report: Report, results: Results, handout: bytes):
    def with_property(data: bytes) -> bytes:
        target = BytesIO()
        with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
            for name in source.namelist():
                content = source.read(name)
                if name == "docProps/custom.xml":
                    own = content[content.index(b"<property") : content.index(b"</property>") + 11]
                    other = own.replace("マスターの指紋".encode(), "文書番号".encode()).replace(
                        b'pid="2"', b'pid="3"'
                    )
                    content = content.replace(own, own + other)
                archive.writestr(name, content)
        return target.getvalue()

    changed = with_cells(results, ("annex5", "applications", KOFU, 179_640))
    found = properties_of(build_handout(report, changed, with_property(handout)))
    assert found["文書番号"] == fingerprint_of(handout)
    assert found["マスターの指紋"] != fingerprint_of(handout)


def test_a_stale_handout_is_told_by_every_reader(report, results, published_master, handout):
    changed = with_cells(results, ("annex5", "applications", KOFU, 179_640))
    assert verify_handout(report, changed, handout).origin.is_stale
    assert not verify_handout(report, results, handout).origin.is_stale
    assert not tie_out(published_master, handout).origin.is_stale
    refreshed = refresh_handout(report, changed, handout)
    assert refreshed.origin.is_stale
    assert not verify_handout(report, changed, refreshed.document).origin.is_stale


def test_the_commands_say_so_and_after_a_refresh_no_longer(
    master_path: Path, handout: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "資料.docx"
    path.write_bytes(handout)
    place = read_master(master_path).snapshot.locate(survey_name("annex5", "applications", KOFU))
    patch_workbook(master_path, [Edit(*place, 179_640)])

    def run(*arguments: str) -> str:
        main([*arguments])
        return capsys.readouterr().out

    said = "この資料は、いまのマスターとは違う値から作られています"
    assert said in run("verify", str(path), str(master_path))
    assert said in run("tieout", str(path), str(master_path), "--out", str(tmp_path / "読み合わせ.xlsx"))
    shown = json.loads(run("verify", str(path), str(master_path), "--json"))["origin"]
    assert shown["stale"]
    assert shown["document"] == fingerprint_of(handout)
    assert f"更新前: {said}" in run("refresh", str(path), str(master_path))
    assert said not in run("verify", str(path), str(master_path))
    assert fingerprint_of(path.read_bytes()) == shown["master"]


def test_a_document_without_one_is_not_called_stale(report, results, handout):
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(handout)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/custom.xml":
                content = content[: content.index(b"<property")] + b"</Properties>"
            archive.writestr(name, content)
    origin = verify_handout(report, results, target.getvalue()).origin
    assert origin.document is None
    assert not origin.is_stale
