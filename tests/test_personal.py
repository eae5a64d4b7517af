"""個人番号 and 住民票コード: found wherever they hide, shown nowhere, and the file with one stays out."""

from __future__ import annotations

import io
import json
import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import IMPORTED, PUBLISHED
from docx import Document
from returned import parts_of, rewrite, set_cell, with_comment, with_part
from stdnum.jp import in_
from test_returned_files import HAYAKAWA, KOFU, NAME, Clerk, clerk, codes_of, message_of

from jukixl.cli import main
from jukixl.commands.collecting import import_file
from jukixl.errors import InputError, Refusal
from jukixl.personal import check_digit, find_in_number, find_in_text, hide_numbers
from jukixl.survey.screening import find_personal_numbers
from jukixl.workbook.package import read_package
from jukixl.workbook.personal_scan import scan_document

__all__ = ["clerk"]
NUMBER, MASKED = "123456789018", "12********18"
"""The example that is published with the rule; it belongs to nobody."""
WIDE = "１２３４５６７８９０１８"


def test_the_check_digit_is_that_of_the_library() -> None:
    """Ten thousand numbers: python-stdnum and the rule of the ministry say the same."""
    numbers = random.Random(4)  # noqa: S311 - examples, no secret
    for _ in range(10_000):
        digits = f"{numbers.randrange(10**11):011}"
        assert in_.calc_check_digit(digits) == check_digit(digits)


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        WIDE,
        f"番号は{NUMBER}です。",
        "1234-5678-9018",
        "1234 5678 9018",
        "１２３４　５６７８　９０１８",
        "1234－5678－9018",
        "1234ー5678ー9018",
        "1234‐5678–9018",
        f"{NUMBER}.",
        f"甲,{NUMBER}",
        "マイナンバー 123456789012",
        "個人番号：123456789010",
    ],
)
def test_a_number_is_found_in_every_width_and_grouping_and_beside_its_name_whatever_its_sum(
    text: str,
) -> None:
    (found,) = find_in_text(text)
    assert found.kind == "個人番号"
    assert found.masked.count("*") == 8
    assert not any(digits in hide_numbers(text) for digits in ("3456", "３４５６", "5678", "５６７８"))


@pytest.mark.parametrize(
    "text",
    [
        "123456789012",
        "1234567890189",
        "9123456789018",
        "12,345,678,901,8",
        f"0.{NUMBER}",
        "111111111111",
        "1234--5678-9018",
        "1234  5678  9018",
        "090-1234-5678",
        "08012345678",
        "055-223-1234",
        "192015",
        "令和6年12月31日 2024-12-31",
        "個人番号カード 123456789012",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert list(find_in_text(text)) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("住民票コード 12345678901", 1),
        ("コード番号：1234-5678-901", 1),
        ("電話 070-1234-5678", 0),
        ("12345678901", 0),
    ],
)
def test_a_resident_code_is_found_beside_its_name(text: str, count: int) -> None:
    assert [found.kind for found in find_in_text(text)] == ["住民票コード"] * count


@pytest.mark.parametrize(
    ("number", "context", "sure"),
    [
        (123456789018, "", [True]),
        (123456789012, "", []),
        (123456789012, "個人番号", [True]),
        (1437750584, "", []),
        (39627, "個人番号", []),
        (999_999_999, "個人番号", []),
    ],
)
def test_a_numeric_cell_is_judged_with_the_zeros_that_excel_dropped(
    number: int, context: str, sure: list[bool]
) -> None:
    assert [found.is_sure for found in find_in_number(number, context)] == sure


def test_a_number_whose_leading_zero_was_dropped_is_found() -> None:
    digits = "01234567890"
    number = int(digits + in_.calc_check_digit(digits))
    assert len(str(number)) == 11
    assert "個人番号" in [found.kind for found in find_in_number(number)]


def in_text_cell(path: Path) -> None:
    set_cell(path, "reason.annex5.sent", f' t="inlineStr"><is><t>例 {NUMBER}</t></is>'.encode())


def in_pieces(path: Path) -> None:
    runs = "<r><t>1234</t></r><r><rPr><b/></rPr><t>56789018</t></r>"
    set_cell(path, "reason.annex5.sent", f' t="inlineStr"><is>{runs}</is>'.encode())


def in_sheet_name(path: Path) -> None:
    rewrite(
        path,
        lambda parts: {
            name: xml.replace("記入要領".encode(), NUMBER.encode()) for name, xml in parts.items()
        },
    )


def with_property(path: Path) -> None:
    custom = f'<Properties xmlns="p"><property name="a"><lpwstr>{NUMBER}</lpwstr></property></Properties>'
    rewrite(path, with_part("docProps/custom.xml", custom.encode()))


def in_workbook(old: str, new: str) -> Callable[[Path], object]:
    """The same text put into every sheet and the workbook, before a tag that they have once."""
    return lambda path: rewrite(
        path,
        lambda parts: {
            name: xml.replace(old.encode(), new.encode(), 1) if name.startswith(("xl/w", "docProps")) else xml
            for name, xml in parts.items()
        },
    )


def embedded(strings: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/sharedStrings.xml", strings)
    return out.getvalue()


HIDING: dict[str, Callable[[Path], object]] = {
    "text": in_text_cell,
    "full-width text": lambda path: set_cell(
        path, "reason.annex5.sent", f' t="inlineStr"><is><t>{WIDE}</t></is>'.encode()
    ),
    "text in pieces": in_pieces,
    "character references": lambda path: set_cell(
        path,
        "reason.annex5.sent",
        b' t="inlineStr"><is><t>' + b"".join(b"&#%d;" % ord(digit) for digit in NUMBER) + b"</t></is>",
    ),
    "number": lambda path: set_cell(path, NAME, f"><v>{NUMBER}</v>".encode()),
    "number with a decimal point": lambda path: set_cell(path, NAME, f"><v>{NUMBER}.0</v>".encode()),
    "formula": lambda path: set_cell(path, NAME, f'><f>LEN("{NUMBER}")</f><v>12</v>'.encode()),
    "comment": lambda path: with_comment(path, f"1234{NUMBER[4:]}"),
    "hidden sheet": lambda path: set_cell(path, "form.version", f' t="inlineStr"><is><t>{NUMBER}</t></is>'.encode()),
    "header": in_workbook("</worksheet>", f"<headerFooter><oddHeader>&amp;C{NUMBER}</oddHeader></headerFooter></worksheet>"),
    "sheet name": in_sheet_name,
    "defined name": in_workbook("</definedNames>", f'<definedName name="n_{NUMBER}">1</definedName></definedNames>'),
    "constant of a name": in_workbook("</definedNames>", f'<definedName name="n">"{NUMBER}"</definedName></definedNames>'),
    "author": in_workbook("<dc:creator>jukixl", f"<dc:creator>{NUMBER}"),
    "custom property": with_property,
    "prompt": in_workbook("<dataValidation ", f'<dataValidation promptTitle="{NUMBER}" '),
    "drawing": lambda path: rewrite(
        path, with_part("xl/drawings/drawing1.xml", f'<a:p xmlns:a="a"><a:r><a:t>1234</a:t></a:r><a:r><a:t>{NUMBER[4:]}</a:t></a:r></a:p>'.encode())
    ),
    "embedded workbook": lambda path: rewrite(
        path, with_part("xl/embeddings/1.xlsx", embedded(f"<sst><si><t>{NUMBER}</t></si></sst>"))
    ),
    "text of a deleted cell": lambda path: rewrite(
        path, with_part("xl/sharedStrings.xml", f"<sst><si><t>{NUMBER}</t></si></sst>".encode())
    ),
    "file name": lambda path: path.rename(path.with_name(f"回答_{NUMBER}.xlsx")),
    "CSV": lambda path: path.write_text(f"氏名,番号\n甲,{NUMBER}\n", "cp932"),
    "old Excel": lambda path: path.write_bytes(
        bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + f"番号 {NUMBER} ".encode("utf-16-le") + bytes(600)
    ),
    "damaged form": lambda path: rewrite(
        path, lambda parts: parts | {"xl/workbook.xml": b"<workbook>", "docProps/core.xml": f"<a>{NUMBER}</a>".encode()}
    ),
}  # fmt: skip


def everything_written(folder: Path) -> str:
    """All that was written but for the returned files: log, master, names of files."""
    texts = [str(path) for path in folder.rglob("*") if "回答/" not in str(path)]
    texts += [path.read_text(encoding="utf-8") for path in folder.rglob("*.jsonl")]
    texts += [xml.decode(errors="replace") for xml in parts_of(folder / "マスター.xlsx").values()]
    return "\n".join(texts)


@pytest.mark.parametrize("place", HIDING)
def test_a_form_with_a_number_is_refused_not_kept_and_the_number_shown_nowhere(
    clerk: Clerk, tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    HIDING[place](clerk.form)
    files = clerk.collect()
    (name,) = set(files) - {HAYAKAWA}
    assert files[name]["status"] == "rejected"
    assert set(codes_of(files[name])) == {"personal_number"}
    message = message_of(files[name])
    assert MASKED in message
    assert "番号を消した調査票を送り直すよう市町村に連絡" in message
    assert len(list(clerk.archive.glob("*.xlsx"))) == 1
    assert clerk.sent() is None
    main(["collect", str(clerk.master), str(clerk.folder), "--json"])
    main(["collect", str(clerk.master), str(clerk.folder)])
    said = (
        "".join(capsys.readouterr())
        + json.dumps(files)
        + "\n".join(clerk.lines)
        + everything_written(tmp_path)
    )
    assert NUMBER not in said
    assert WIDE not in said
    assert "56789018" not in said
    assert "保管せず" in (clerk.archive / "取込記録.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["回答_202511250907.xlsx", "回答_202512310836.xlsx", "回答20251125090733.xlsx"]
)
def test_a_time_in_a_files_name_is_no_number(clerk: Clerk, name: str) -> None:
    """Whatever its check digit: one in ten such times would be taken for a person's number."""
    clerk.form.rename(clerk.folder / name)
    assert "imported" in {file["status"] for file in clerk.collect().values()}
    assert clerk.sent() is not None


def test_identifiers_that_programs_make_are_no_numbers(clerk: Clerk) -> None:
    guid = "{00C47272-3456-4FD2-B633-123456789018}"
    rewrite(clerk.form, with_part("customXml/itemProps1.xml", f'<a itemID="{guid}" uri="{guid}"/>'.encode()))
    assert clerk.collect()[KOFU]["status"] == "imported"


def test_digits_in_pictures_and_pdf_mean_nothing(clerk: Clerk) -> None:
    clerk.form.write_bytes(b"%PDF-1.7\n" + f"1 0 0 1 {NUMBER} ".encode())
    assert codes_of(clerk.collect()[KOFU]) == ["unreadable"]


def test_a_finding_in_a_text_file_names_the_line_and_sees_the_heading() -> None:
    """Under the heading 個人番号 a number is one, whatever its sum."""
    data = "氏名,個人番号\r\n甲,-\r\n乙,123456789012\r\n".encode("cp932")
    (finding,) = find_personal_numbers(data, "名簿.csv")
    assert finding.message.startswith("3行目に、個人番号と思われる番号（12********12）があります。")


def test_a_finding_names_the_cell(clerk: Clerk) -> None:
    in_text_cell(clerk.form)
    file = clerk.collect()[KOFU]
    (finding,) = file["findings"]  # type: ignore[misc]
    assert finding["sheet"] == "入力"
    assert finding["cell"]


def test_a_document_is_scanned_body_header_and_properties(tmp_path: Path) -> None:
    for place in ("body", "header", "properties"):
        document = Document()
        if place == "body":
            paragraph = document.add_paragraph("番号 1234")
            paragraph.add_run(NUMBER[4:]).bold = True
        elif place == "header":
            document.sections[0].header.paragraphs[0].text = NUMBER
        else:
            document.core_properties.comments = NUMBER
        document.save(str(tmp_path / "資料.docx"))
        hits = scan_document(read_package(tmp_path / "資料.docx"))
        assert {hit.suspicion.masked for hit in hits} == {MASKED}, place


def test_the_published_annexes_hold_no_number() -> None:
    for file in IMPORTED.values():
        path = PUBLISHED / file
        assert find_personal_numbers(path.read_bytes(), path.name) == []


def test_an_import_with_a_number_is_refused_and_masked(clerk: Clerk, tmp_path: Path) -> None:
    source = (PUBLISHED / IMPORTED["annex3"]).read_text(encoding="utf-8-sig")
    file = tmp_path / "別紙3.csv"
    file.write_text(source + f"備考,{NUMBER}\n", encoding="utf-8")
    before = clerk.master.read_bytes()
    outcome = import_file({"MASTER": clerk.master, "TABLE": "annex3", "FILE": file}, lambda *_: None)
    assert outcome.exit_code == 1
    assert clerk.master.read_bytes() == before
    said = "\n".join(outcome.lines) + json.dumps(outcome.data, ensure_ascii=False)
    assert MASKED in said
    assert NUMBER not in said


def test_last_years_master_is_screened_before_it_is_imported(
    clerk: Clerk, collected: tuple[Path, object], tmp_path: Path
) -> None:
    former = Path(shutil.copy(collected[0], tmp_path / "前年マスター.xlsx"))
    with_property(former)
    before = clerk.master.read_bytes()
    outcome = import_file({"MASTER": clerk.master, "TABLE": "前年", "FILE": former}, lambda *_: None)
    assert outcome.exit_code == 1
    assert MASKED in "\n".join(outcome.lines)
    assert clerk.master.read_bytes() == before
    assert not clerk.archive.exists()


# 隔離


def quarantine(clerk: Clerk, file: Path) -> int:
    return main(["quarantine", str(clerk.master), str(file)])


def test_a_file_goes_into_quarantine_only_on_purpose_and_leaves_its_folder(
    clerk: Clerk, capsys: pytest.CaptureFixture[str]
) -> None:
    in_text_cell(clerk.form)
    data = clerk.form.read_bytes()
    clerk.collect()
    assert not (clerk.archive / "隔離").exists()
    assert quarantine(clerk, clerk.form) == 0
    (kept,) = (clerk.archive / "隔離").iterdir()
    assert kept.read_bytes() == data
    assert not clerk.form.exists()
    said = capsys.readouterr().out
    assert str(kept) in said
    assert MASKED in said
    assert NUMBER not in said
    last = json.loads((clerk.archive / "取込記録.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["event"], last["file"]) == ("隔離", KOFU)
    assert KOFU not in clerk.collect()


def test_what_was_kept_before_is_moved_too(clerk: Clerk) -> None:
    clerk.collect()
    copy = Path(shutil.copy(clerk.form, clerk.folder / "写し.xlsx"))
    quarantine(clerk, copy)
    assert len(list(clerk.archive.glob("*.xlsx"))) == 1


def test_neither_the_master_nor_a_missing_file_is_quarantined(clerk: Clerk) -> None:
    from jukixl.commands.quarantining import quarantine as run

    for file, error, words in (
        (clerk.master, Refusal, "マスターは隔離できません"),
        (clerk.folder / "ない.xlsx", InputError, "ファイルがありません"),
        (clerk.folder, InputError, "フォルダーではなくファイル"),
    ):
        with pytest.raises(error, match=words):
            run({"MASTER": clerk.master, "FILE": file}, lambda *_: None)
    assert clerk.master.exists()
