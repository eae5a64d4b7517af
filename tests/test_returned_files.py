"""Whatever comes back from a municipality: read, or refused alone with a message a clerk can act on; never a damaged master."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from conftest import SETTINGS, fill_form, write_blank_master
from returned import (
    convert_in_place,
    encrypt,
    input_part,
    parts_of,
    rewrite,
    set_cell,
    since_1904,
    strict,
    with_comment,
    with_macros,
    with_million_rows,
    with_modified,
    with_part,
    with_prefixes,
    without_names,
    write_document,
    write_parts,
)
from rewritten import google, wps

from jukixl.commands.collecting import collect
from jukixl.report.model import Report
from jukixl.survey.distribute import write_forms
from jukixl.survey.intake import find_files, is_in_cloud_only
from jukixl.workbook import names
from jukixl.workbook.master import read_master
from jukixl.workbook.snapshot import read_snapshot

KOFU = "調査票_R6_192015_甲府市.xlsx"
HAYAKAWA = "調査票_R6_193640_早川町.xlsx"
SENT = ("annex5", "sent")
NAME = names.form_name(*SENT)
SENT_OF_KOFU = 166687


class Clerk:
    """A folder with a new master and the returned forms of 甲府市 (to be changed) and 早川町."""

    def __init__(self, folder: Path, blank: Path, forms: Path) -> None:
        self.master = Path(shutil.copy(blank, folder / "マスター.xlsx"))
        self.folder = folder / "回答"
        self.folder.mkdir()
        self.form = Path(shutil.copy(forms / KOFU, self.folder))
        self.other = Path(shutil.copy(forms / HAYAKAWA, self.folder))
        self.archive = folder / "回答控"

    def collect(self, *, dry_run: bool = False) -> dict[str, dict[str, object]]:
        """What `collect --json` says, file by file."""
        arguments = {"MASTER": self.master, "DIR": self.folder, "dry_run": dry_run}
        outcome = collect(arguments, lambda *_: None)
        self.lines, self.exit_code, self.data = outcome.lines, outcome.exit_code, outcome.data
        files = outcome.data["files"]
        assert isinstance(files, list)
        return {file["file"]: file for file in files}

    def value(self, name: str) -> object:
        return read_snapshot(self.master).value(name)

    def sent(self) -> object:
        return self.value("input.annex5.sent.192015")

    def state(self, code: str = "192015") -> object:
        return self.value(f"status.{code}.state")


@pytest.fixture
def clerk(tmp_path: Path, blank_path: Path, forms: Path) -> Clerk:
    return Clerk(tmp_path, blank_path, forms)


def codes_of(file: dict[str, object]) -> list[str]:
    findings = file["findings"]
    assert isinstance(findings, list)
    return [finding["code"] for finding in findings]


def message_of(file: dict[str, object], code: str | None = None) -> str:
    findings = file["findings"]
    assert isinstance(findings, list)
    return next(str(finding["message"]) for finding in findings if code in (None, finding["code"]))


def rename(path: Path, suffix: str) -> Path:
    return path.rename(path.with_suffix(suffix))


def truncate(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def write_bomb(path: Path) -> Path:
    """A thousand megabytes of spaces in one megabyte."""
    parts = parts_of(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        with archive.open("xl/media/image1.png", "w", force_zip64=True) as entry:
            for _ in range(210):
                entry.write(bytes(1_000_000))
    return path


def lie_about_size(path: Path) -> Path:
    """A zip that says that a part is small when inflated: no more is inflated than it says."""
    parts = parts_of(path)
    part = input_part(path)
    parts[part] = parts[part] + b" " * 1_000_000
    data = bytearray(write_parts(path, parts).read_bytes())
    size = len(parts[part]).to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (1000).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    return path


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha">%b]>' % b"".join(
    b'<!ENTITY %b "%b">' % (bytes([98 + n]), b"&%b;" % bytes([97 + n]) * 10) for n in range(9)
)


def with_entities(path: Path, doctype: bytes) -> Path:
    def change(parts: dict[str, bytes]) -> None:
        xml = parts["xl/workbook.xml"]
        at = xml.index(b"<workbook")
        parts["xl/workbook.xml"] = xml[:at] + doctype + xml[at:]

    return rewrite(path, change)


def with_nesting(path: Path) -> Path:
    def change(parts: dict[str, bytes]) -> None:
        xml = parts["xl/workbook.xml"]
        deep = b"<extLst>" * 50_000 + b"</extLst>" * 50_000
        parts["xl/workbook.xml"] = xml.replace(b"</workbook>", deep + b"</workbook>")

    return rewrite(path, change)


def write_all_in_one(path: Path) -> Path:
    """All forms in one zip, under a form's name."""
    data = path.read_bytes()
    return write_parts(path, {"調査票1.xlsx": data, "調査票2.xlsx": data})


def grow(path: Path) -> Path:
    path.write_bytes(path.read_bytes() + os.urandom(1024) * 20 * 1024)
    return path


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "old Excel": (lambda path: convert_in_place(path, "xls"), "古い形式(.xls または .doc)"),
    "old Excel, renamed": (lambda path: rename(convert_in_place(path, "xls"), ".xlsx"), "古い形式(.xls または .doc)"),
    "CSV": (lambda path: rename(path, ".csv").write_text("コード,件数\n19201,5\n", "cp932"), "テキストかCSVのファイルです"),
    "CSV, renamed": (lambda path: path.write_text("コード,件数\n19201,5\n", "utf-8"), "テキストかCSVのファイルです"),
    "PDF": (lambda path: convert_in_place(path, "pdf"), "PDFです"),
    "PDF, renamed": (lambda path: rename(convert_in_place(path, "pdf"), ".xlsx"), "PDFです"),
    "OpenDocument": (lambda path: convert_in_place(path, "ods"), "OpenDocument"),
    "Word": (lambda path: rename(write_document(path), ".docx"), "Excelブックではありません(Word文書です)"),
    "Word, renamed": (write_document, "Excelブックではありません(Word文書です)"),
    "Web page": (lambda path: path.write_text("<html><table></table></html>", "utf-8"), "Webページ(HTML)です"),
    "picture": (lambda path: path.write_bytes(b"\x89PNG\r\n" + bytes(99)), "画像です"),
    "zero bytes": (lambda path: path.write_bytes(b""), "空のファイル(0バイト)"),
    "truncated": (truncate, "途中で切れています"),
    "zip of forms": (write_all_in_one, "展開して、中のファイル"),
    "zip bomb": (write_bomb, "展開すると大きすぎます"),
    "zip that lies": (lie_about_size, "壊れて"),
    "larger than any form": (grow, "ファイルが大きすぎます（20.0MB、上限 20MB）"),
    "password": (lambda path: encrypt(path, "secret"), "開くためのパスワードが付いています"),
    "entities": (lambda path: with_entities(path, LAUGHS), "Excelの作らない形式"),
    "external entity": (
        lambda path: with_entities(path, b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
        "Excelの作らない形式",
    ),
    "entities in UTF-16": (
        lambda path: rewrite(
            path, lambda parts: parts | {"xl/workbook.xml": LAUGHS.decode().encode("utf-16-le")}
        ),
        "Excelの作らない形式",
    ),
    "deeply nested": (with_nesting, "入れ子が深すぎます(上限100段)"),
    "a million full rows": (
        lambda path: with_million_rows(path, b"<v>1</v>"),
        "セルが多すぎます",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_file_that_can_not_be_read_is_refused_alone_with_what_it_is_and_what_to_do(
    clerk: Clerk, kind: str
) -> None:
    spoil, words = WRONG[kind]
    spoil(clerk.form)
    (name,) = {path.name for path in clerk.folder.iterdir()} - {HAYAKAWA}
    files = clerk.collect()
    assert {name: "rejected", HAYAKAWA: "imported"} == {key: file["status"] for key, file in files.items()}
    assert codes_of(files[name]) == ["unreadable"]
    assert words in message_of(files[name])
    assert re.search("ください", message_of(files[name]))
    assert files[name]["municipality"] == "192015"  # as the file's name says
    assert (clerk.sent(), clerk.state(), clerk.state("193640")) == (None, "差戻し", "取込済")
    assert clerk.exit_code == 1


def since_1904_by(path: Path) -> Path:
    return rewrite(path, since_1904)


READABLE: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "LibreOffice": (lambda path: convert_in_place(path, "xlsx"), set()),
    "Google Sheets": (google, set()),
    "Google Sheets, edited as .xlsx": (lambda path: google(path, metadata=True), set()),
    "Google Sheets, names lost": (lambda path: google(path, names=False), {"found_by_label"}),
    "WPS": (wps, set()),
    "WPS under the name of Excel": (lambda path: wps(path, application="Microsoft Excel"), set()),
    "prefixes": (lambda path: rewrite(path, with_prefixes), set()),
    "strict OOXML": (lambda path: rewrite(path, strict), set()),
    "1904 date system": (since_1904_by, {"date1904"}),
    "macro-enabled": (with_macros, {"macros"}),
    "macros in an .xlsx": (lambda path: rewrite(path, with_part("xl/vbaProject.bin", b"x")), {"macros"}),
    "external link": (
        lambda path: rewrite(path, with_part("xl/externalLinks/externalLink1.xml", b"<externalLink/>")),
        {"external_link"},
    ),
    "comment": (lambda path: with_comment(path, "前年と集計の方法が違います"), {"comment"}),
    "formatted to the last row": (with_million_rows, set()),
    "another file name": (lambda path: path.rename(path.with_name("コピー ~ 最終_ver3.xlsx")), set()),
    "Word's ending": (lambda path: rename(path, ".docx"), set()),
}


@pytest.mark.parametrize("kind", READABLE)
def test_what_other_programs_and_habits_make_of_a_form_is_read_as_it_is_and_told(
    clerk: Clerk, kind: str
) -> None:
    change, codes = READABLE[kind]
    form = read_snapshot(clerk.form)
    answers = {name: form.value(name) for name in form.names if name.startswith("input.")}
    change(clerk.form)
    (name,) = {path.name for path in clerk.folder.iterdir()} - {HAYAKAWA}
    files = clerk.collect()
    assert (files[name]["status"], files[name]["municipality"]) == ("imported", "192015")
    assert codes <= set(codes_of(files[name]))
    assert set(codes_of(files[name])) - codes <= {"hidden_sheet", "extra_sheet"}
    assert {name: clerk.value(f"{name}.192015") for name in answers} == answers
    assert clerk.sent() == SENT_OF_KOFU


@pytest.mark.parametrize("kind", ["macro-enabled", "macros in an .xlsx"])
def test_macros_stay_out_of_the_master_and_the_clerk_is_warned(clerk: Clerk, kind: str) -> None:
    READABLE[kind][0](clerk.form)
    clerk.collect()
    assert not [part for part in parts_of(clerk.master) if "vba" in part.lower()]
    assert any("マクロが含まれています" in line for line in clerk.lines)
    assert clerk.state() == "要確認"


def test_comments_hidden_and_further_sheets_are_listed(clerk: Clerk) -> None:
    with_comment(clerk.form, "前年と集計の方法が違います")

    def change(parts: dict[str, bytes]) -> None:
        parts["xl/workbook.xml"] = (
            parts["xl/workbook.xml"]
            .replace(b"</sheets>", b'<sheet name="X1" sheetId="91" r:id="rX"/><sheet name="X2" sheetId="92" state="hidden" r:id="rX"/></sheets>')
            .replace(b"<sheets>", b'<sheets xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">')
        )  # fmt: skip

    rewrite(clerk.form, change)
    file = clerk.collect()[KOFU]
    found = {(finding["code"], finding["severity"]) for finding in file["findings"]}  # type: ignore[attr-defined]
    assert {("comment", "info"), ("extra_sheet", "info"), ("hidden_sheet", "info")} <= found
    assert "前年と集計の方法が違います" in message_of(file, "comment")
    assert "X1" in message_of(file, "extra_sheet")
    assert "X2" in message_of(file, "hidden_sheet")
    assert (file["status"], clerk.state()) == ("imported", "取込済")


CELLS: dict[str, tuple[bytes, str]] = {
    "error value": (b' t="e"><v>#DIV/0!</v>', "エラー値 #DIV/0! が入っています"),
    "truth value": (b' t="b"><v>1</v>', "TRUE/FALSE が入っています"),
    "date of ISO": (b' t="d"><v>2024-12-31</v>', "日付や時刻が入っています"),
    "negative": (b"><v>-5</v>", "負の数 「-5」"),
    "fraction": (b"><v>12.5</v>", "小数 「12.5」"),
    "absurdly large": (b"><v>12345678901</v>", "大きすぎます（上限 999,999,999）"),
    "absurdly large, exponent": (b"><v>1E+300</v>", "大きすぎます"),
    "infinite": (b"><v>1E+400</v>", "数として読めない値"),
    "not a number": (b"><v>NaN</v>", "数として読めない値"),
    "no number at all": (b"><v>abc</v>", "セルの内容を読み取れません"),
    "formula without a result": (b"><f>A1+1</f>", "計算結果が保存されていません"),
    "about": (
        ' t="inlineStr"><is><t>約1,200件</t></is>'.encode(),
        "「1,234」のような半角の整数で書いてください",
    ),
    "circled": (' t="inlineStr"><is><t>①</t></is>'.encode(), "「①」は数として読めない文字"),
    "round zero": (' t="inlineStr"><is><t>一〇</t></is>'.encode(), "数として読めない文字"),
    "kanji": (' t="inlineStr"><is><t>千二百</t></is>'.encode(), "「千二百」は数として読めない文字"),
    "prolonged sound": (' t="inlineStr"><is><t>1ー2</t></is>'.encode(), "数として読めない文字"),
    "text that begins like a formula": (b' t="inlineStr"><is><t>=1+1</t></is>', "数として読めない文字"),
    "large as text": (' t="inlineStr"><is><t>９９，９９９，９９９，９９９</t></is>'.encode(), "大きすぎます"),
    "empty": (b">", "入力されていません。該当がなければ 0"),
}


@pytest.mark.parametrize("kind", CELLS)
def test_what_is_no_count_refuses_its_form_at_its_cell_and_says_what_to_type(clerk: Clerk, kind: str) -> None:
    xml, words = CELLS[kind]
    set_cell(clerk.form, NAME, xml)
    place = read_snapshot(clerk.form).locate(NAME)
    before = clerk.master.read_bytes()
    clerk.other.unlink()
    file = clerk.collect()[KOFU]
    (finding,) = file["findings"]  # type: ignore[misc]
    assert file["status"] == "rejected"
    assert (finding["sheet"], finding["cell"]) == place
    assert words in finding["message"]
    assert clerk.state() == "差戻し"
    changed = {part for part, xml in parts_of(clerk.master).items() if xml != zip_part(before, part)}
    assert len(changed) <= 2  # 提出状況, and the sheet whose formulas count states


def zip_part(data: bytes, part: str) -> bytes:
    import io

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(part)


def test_a_date_typed_over_a_count_is_seen_by_its_format(clerk: Clerk) -> None:
    """Excel keeps 1/2 as a number; only the cell's format says that it's a date."""

    def change(parts: dict[str, bytes]) -> None:
        styles = parts["xl/styles.xml"]
        count = len(re.findall(rb"<xf ", styles[styles.index(b"<cellXfs") : styles.index(b"</cellXfs>")]))
        parts["xl/styles.xml"] = styles.replace(
            b"</cellXfs>",
            b'<xf numFmtId="56" fontId="0" fillId="0" borderId="0" applyNumberFormat="1"/></cellXfs>',
        )
        _, a1 = place
        part = input_part(clerk.form)
        parts[part] = re.sub(
            rb'<c r="%b"[^>]*?(?:/>|>.*?</c>)' % a1.encode(),
            b'<c r="%b" s="%d"><v>45294</v></c>' % (a1.encode(), count),
            parts[part],
            count=1,
        )

    place = read_snapshot(clerk.form).locate(NAME)
    rewrite(clerk.form, change)
    file = clerk.collect()[KOFU]
    assert (file["status"], codes_of(file)) == ("rejected", ["bad_input"])
    assert "日付や時刻が入っています" in message_of(file)


@pytest.mark.parametrize(
    ("typed", "stored", "words"),
    [
        ("１，２３４件", 1234, "「１，２３４件」 を 1,234 と読みました"),
        (" 1234 ", 1234, "空白を取りました"),
        ("1,234人", 1234, "単位「人」を取りました"),
        ("０", 0, "全角文字を半角に直しました"),
        ("-", "－", "「-」を「－」と読みました"),
    ],
)
def test_every_change_that_reading_a_number_took_is_told(
    clerk: Clerk, typed: str, stored: object, words: str
) -> None:
    fill_form(clerk.form, {SENT: typed})
    file = clerk.collect()[KOFU]
    assert (file["status"], codes_of(file)) == ("imported", ["text_number"])
    assert words in message_of(file)
    assert (clerk.sent(), clerk.state()) == (stored, "取込済")


def test_a_formula_gives_its_value_and_is_flagged(clerk: Clerk) -> None:
    set_cell(clerk.form, NAME, b"><f>160000+6687</f><v>166687</v>")
    file = clerk.collect()[KOFU]
    assert (file["status"], codes_of(file)) == ("imported", ["formula_in_input"])
    assert (clerk.sent(), clerk.state()) == (SENT_OF_KOFU, "要確認")


def test_an_error_value_that_google_sheets_writes_as_text_is_one(clerk: Clerk) -> None:
    set_cell(clerk.form, NAME, b' t="str"><f>0/0</f><v>#DIV/0!</v>')
    file = clerk.collect()[KOFU]
    assert file["status"] == "rejected"
    assert "エラー値 #DIV/0! が入っています" in message_of(file, "bad_input")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_text_that_begins_like_a_formula_stays_text_in_the_master(clerk: Clerk, text: str) -> None:
    """A reason, a contact, a file's name: what municipalities write is never computed."""
    reason = names.form_reason_name(*SENT)
    snapshot = read_snapshot(clerk.form)
    assert reason in snapshot.names
    escaped = text.replace("&", "&amp;")
    set_cell(clerk.form, reason, f' t="inlineStr"><is><t>{escaped}</t></is>'.encode())
    set_cell(clerk.form, names.contact_name("division"), f' t="inlineStr"><is><t>{escaped}</t></is>'.encode())
    name = clerk.form.rename(clerk.folder / "=1+1.xlsx").name
    assert clerk.collect()[name]["status"] == "imported"
    master = read_snapshot(clerk.master)
    texts = {
        cell.value: cell
        for sheet in master.sheets.values()
        for cell in sheet.cells.values()
        if cell.value in (text, name)
    }
    assert set(texts) == {text, name}
    assert all(cell.formula is None for cell in texts.values())


# Whose form it is


def test_a_form_whose_code_is_not_that_of_the_file_name_is_refused(clerk: Clerk) -> None:
    clerk.form.rename(clerk.folder / "調査票_R6_192040_都留市.xlsx")
    file = clerk.collect()["調査票_R6_192040_都留市.xlsx"]
    assert (file["status"], codes_of(file), file["municipality"]) == ("rejected", ["code_mismatch"], None)
    assert "ファイル名は 都留市 ですが、中身は 甲府市（192015）の調査票です" in message_of(file)
    assert (clerk.sent(), clerk.state(), clerk.state("192040")) == (None, "未提出", "未提出")


@pytest.mark.parametrize(
    ("code", "name", "finding"),
    [
        ("192040", "甲府市", "code_mismatch"),
        ("131016", "千代田区", "unknown_municipality"),
        ("192015", "都留市", "code_mismatch"),
    ],
)
def test_a_code_that_is_not_the_municipalitys_or_in_no_row_is_refused(
    clerk: Clerk, code: str, name: str, finding: str
) -> None:
    for item, text in (("municipality", code), ("name", name)):
        set_cell(clerk.form, f"form.{item}", f' t="inlineStr"><is><t>{text}</t></is>'.encode())
    clerk.form.rename(clerk.folder / "回答.xlsx")
    file = clerk.collect()["回答.xlsx"]
    assert (file["status"], codes_of(file)) == ("rejected", [finding])
    assert code in message_of(file)
    assert clerk.sent() is None


def test_another_years_form_is_refused_with_both_years(clerk: Clerk, report: Report, tmp_path: Path) -> None:
    from datetime import date

    settings = {**SETTINGS, "base_date": date(2023, 12, 31)}
    other = write_blank_master(tmp_path / "前年.xlsx", report, settings)
    shutil.copy(next(iter(write_forms(read_master(other), tmp_path / "前年"))), clerk.form)
    file = clerk.collect()[KOFU]
    assert (file["status"], codes_of(file)) == ("rejected", ["other_year"])
    assert "令和5年12月31日" in message_of(file)
    assert "令和6年12月31日" in message_of(file)
    assert clerk.state() == "差戻し"


# Names lost


def test_all_inputs_are_found_by_their_headings_where_all_names_were_lost(clerk: Clerk) -> None:
    expected = read_snapshot(clerk.form)
    without_names(clerk.form, r"(?:input|form|title|contact|reason|previous|check)\.[^\"]*")
    file = clerk.collect()[KOFU]
    assert (file["status"], file["municipality"]) == ("imported", "192015")
    assert set(codes_of(file)) == {"found_by_label"}
    for name in expected.names:
        if name.startswith("input."):
            assert clerk.value(f"{name}.192015") == expected.value(name), name
    assert clerk.state() == "要確認"


def test_answers_copied_into_a_new_workbook_are_found_by_their_headings(clerk: Clerk) -> None:
    """As somebody does who can't save a protected form: no names, no hidden sheet, another sheet name, rows shifted."""
    source = openpyxl.load_workbook(clerk.form, data_only=True)["入力"]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in source.iter_rows():
        for cell in row:
            if cell.value is not None:
                sheet.cell(cell.row + 2, cell.column + 1, cell.value)
    book.save(clerk.form)
    file = clerk.collect()[KOFU]
    assert (file["status"], file["municipality"]) == ("imported", "192015")
    assert set(codes_of(file)) == {"found_by_label", "extra_sheet"}
    assert (clerk.sent(), clerk.state()) == (SENT_OF_KOFU, "要確認")


def test_another_years_answers_in_a_new_workbook_are_refused(clerk: Clerk) -> None:
    without_names(clerk.form, r"(?:input|form|title)\.[^\"]*")
    part = input_part(clerk.form)
    old, new = "令和6年12月31日".encode(), "令和5年12月31日".encode()
    rewrite(clerk.form, lambda parts: parts | {part: parts[part].replace(old, new)})
    file = clerk.collect()[KOFU]
    assert (file["status"], codes_of(file)) == ("rejected", ["unreadable"])
    assert "も見つからないため、どの調査票か決められません" in message_of(file)
    assert "令和6年12月31日" in message_of(file)


def test_without_names_and_headings_a_form_is_refused_with_what_is_lacking(clerk: Clerk) -> None:
    without_names(clerk.form, r"input\.annex5\.sent")
    part = input_part(clerk.form)
    rewrite(
        clerk.form,
        lambda parts: parts | {part: parts[part].replace("カード発送件数".encode(), "発送".encode(), 1)},
    )
    file = clerk.collect()[KOFU]
    assert (file["status"], codes_of(file)) == ("rejected", ["lost_cell"])
    assert "セルの名前（input.annex5.sent）がなく、見出し「カード発送件数" in message_of(file)
    assert clerk.sent() is None


def test_two_headings_alike_are_not_guessed_between(clerk: Clerk) -> None:
    without_names(clerk.form, r"input\.annex5\.[^\"]*")
    part = input_part(clerk.form)
    rewrite(
        clerk.form,
        lambda parts: (
            parts | {part: parts[part].replace("交付前設定(d)".encode(), "カード発送件数(c)".encode(), 1)}
        ),
    )
    file = clerk.collect()[KOFU]
    assert file["status"] == "rejected"
    assert "2 か所あり、どれか決められません" in message_of(file, "lost_cell")


def test_an_input_in_the_row_of_another_heading_is_refused(clerk: Clerk) -> None:
    snapshot = read_snapshot(clerk.form)
    one, two = (snapshot.locate(names.form_name("annex5", column))[1] for column in ("sent", "preset"))

    def swap(parts: dict[str, bytes]) -> None:
        xml = parts["xl/workbook.xml"]
        first, second = (b"$%b$%b<" % (a1[:1].encode(), a1[1:].encode()) for a1 in (one, two))
        start, end = (
            xml.index(b'"input.annex5.sent"'),
            xml.index(b"</definedName>", xml.index(b'"input.annex5.sent"')),
        )
        parts["xl/workbook.xml"] = xml[:start] + xml[start : end + 1].replace(first, second) + xml[end + 1 :]

    rewrite(clerk.form, swap)
    file = clerk.collect()[KOFU]
    assert (file["status"], codes_of(file)) == ("rejected", ["moved_cell"])
    assert "別の見出し" in message_of(file)


def test_inserted_rows_take_the_names_with_them(clerk: Clerk) -> None:
    """As Excel and LibreOffice do it: every address below moves, and so do the names."""
    snapshot = read_snapshot(clerk.form)
    row = int(re.sub("[A-Z]", "", snapshot.locate(NAME)[1]))
    part = input_part(clerk.form)

    def insert(parts: dict[str, bytes]) -> None:
        parts[part] = re.sub(
            rb' r="([A-Z]*)([0-9]+)"',
            lambda m: b' r="%b%d"' % (m[1], int(m[2]) + 3 * (int(m[2]) >= row)),
            parts[part],
        )
        parts["xl/workbook.xml"] = re.sub(
            rb"(\$[A-Z]+\$)([0-9]+)",
            lambda m: m[1] + b"%d" % (int(m[2]) + 3 * (int(m[2]) >= row)),
            parts["xl/workbook.xml"],
        )

    rewrite(clerk.form, insert)
    assert clerk.collect()[KOFU]["status"] == "imported"
    assert clerk.sent() == SENT_OF_KOFU


@pytest.mark.parametrize("reworded", [False, True])
def test_a_form_of_another_layout_is_taken_only_if_every_heading_is_right(
    clerk: Clerk, reworded: bool
) -> None:
    """Its fingerprint says that it wasn't made from this declaration."""
    set_cell(clerk.form, "form.fingerprint", b' t="inlineStr"><is><t>0123456789abcdef</t></is>')
    if reworded:
        part = input_part(clerk.form)
        old, new = "カード発送件数(c)".encode(), "発送した件数".encode()
        rewrite(clerk.form, lambda parts: parts | {part: parts[part].replace(old, new, 1)})
    file = clerk.collect()[KOFU]
    assert file["status"] == ("rejected" if reworded else "imported")
    assert codes_of(file) == (["moved_cell"] if reworded else [])


# Several files of one municipality


def second_form(clerk: Clerk, value: int, moments: tuple[str, str] | None) -> Path:
    second = Path(shutil.copy(clerk.form, clerk.folder / "調査票_R6_192015_甲府市 (2).xlsx"))
    fill_form(second, {SENT: value})
    if moments:
        for path, moment in zip((clerk.form, second), moments, strict=True):
            rewrite(path, with_modified(moment))
    return second


@pytest.mark.parametrize(
    ("moments", "stored"),
    [
        (("2025-06-01T01:00:00Z", "2025-06-02T01:00:00Z"), 1),
        (("2025-06-02T01:00:00Z", "2025-06-01T01:00:00Z"), SENT_OF_KOFU),
        (("2025-06-02T09:30:00+09:00", "2025-06-02T01:00:00Z"), 1),
    ],
)
def test_the_newer_of_two_files_holds_by_its_own_properties_whatever_its_file_time(
    clerk: Clerk, moments: tuple[str, str], stored: int
) -> None:
    second = second_form(clerk, 1, moments)
    os.utime(clerk.form, (2e9, 2e9) if stored == 1 else (1e9, 1e9))
    files = clerk.collect()
    winner, loser = (second.name, KOFU) if stored == 1 else (KOFU, second.name)
    assert (clerk.sent(), clerk.state()) == (stored, "要確認")
    assert (files[winner]["status"], codes_of(files[winner])) == ("imported", ["newest_taken"])
    assert (files[loser]["status"], codes_of(files[loser])) == ("unchanged", ["superseded"])
    for file in (winner, loser):
        assert "166,687" in message_of(files[file])
        assert "違い: " in message_of(files[file])
    assert len(list(clerk.archive.glob("*.xlsx"))) == 3
    before = clerk.master.read_bytes()
    clerk.collect()
    assert clerk.master.read_bytes() == before


def test_files_without_properties_are_told_apart_by_their_times(clerk: Clerk) -> None:
    second = second_form(clerk, 1, None)
    os.utime(clerk.form, (1_750_000_000, 1_750_000_000))
    os.utime(second, (1_740_000_000, 1_740_000_000))
    assert clerk.collect()[second.name]["status"] == "unchanged"
    assert clerk.sent() == SENT_OF_KOFU


def test_files_that_can_not_be_told_apart_are_both_refused(clerk: Clerk) -> None:
    second = second_form(clerk, 1, ("2025-06-02T01:00:00Z", "2025-06-02T01:00:00Z"))
    files = clerk.collect()
    assert {files[KOFU]["status"], files[second.name]["status"]} == {"rejected"}
    assert codes_of(files[KOFU]) == ["duplicate"]
    assert "どちらが新しいか分かりません" in message_of(files[KOFU])
    assert (clerk.sent(), clerk.state()) == (None, "差戻し")


def test_an_older_file_beside_a_newer_one_that_was_refused_is_to_be_confirmed(clerk: Clerk) -> None:
    second = second_form(clerk, -1, ("2025-06-01T01:00:00Z", "2025-06-02T01:00:00Z"))
    files = clerk.collect()
    assert (files[second.name]["status"], files[KOFU]["status"]) == ("rejected", "imported")
    assert codes_of(files[KOFU]) == ["newer_rejected"]
    assert clerk.state() == "要確認"


def test_another_master_in_the_folder_is_called_one(clerk: Clerk) -> None:
    shutil.copy(clerk.master, clerk.folder / "マスター_写し.xlsx")
    file = clerk.collect()["マスター_写し.xlsx"]
    assert (file["status"], file["municipality"]) == ("rejected", None)
    assert "マスターのブックです" in message_of(file)


def test_a_master_without_the_column_of_contacts_takes_forms_all_the_same(clerk: Clerk) -> None:
    """One made before that column was there."""
    without_names(clerk.master, r"status\.[0-9]{6}\.contact")
    assert clerk.collect()[KOFU]["status"] == "imported"
    assert clerk.collect()[KOFU]["status"] == "unchanged"


# What isn't read at all


def test_a_link_to_nowhere_is_refused_alone(clerk: Clerk) -> None:
    (clerk.folder / "リンク.xlsx").symlink_to(clerk.folder / "どこにもない.xlsx")
    files = clerk.collect()
    assert (files["リンク.xlsx"]["status"], files[KOFU]["status"]) == ("rejected", "imported")
    assert "読み取れません" in message_of(files["リンク.xlsx"])


def test_locks_masters_and_jukixls_own_folders_are_passed_over(clerk: Clerk) -> None:
    for folder in ("控え", "回答控", "回答控/隔離"):
        (clerk.folder / folder).mkdir()
        shutil.copy(clerk.form, clerk.folder / folder / "古い.xlsx")
    for name in ("~$" + KOFU, ".~lock." + KOFU + "#", "desktop.ini", "Thumbs.db", ".DS_Store"):
        (clerk.folder / name).write_bytes(b"lock")
    moved = clerk.master.rename(clerk.folder / clerk.master.name)
    clerk.master = moved
    files = clerk.collect()
    assert set(files) == {KOFU, HAYAKAWA}
    skipped = {one["file"]: one["findings"] for one in clerk.data["skipped"]}  # type: ignore[attr-defined]
    assert set(skipped) == {"~$" + KOFU, ".~lock." + KOFU + "#", "マスター.xlsx"}
    assert {finding["severity"] for findings in skipped.values() for finding in findings} == {"info"}
    assert "保存して閉じて" in skipped["~$" + KOFU][0]["message"]
    assert any(line.startswith("~$" + KOFU) for line in clerk.lines)


@pytest.mark.parametrize("attribute", [0x1000, 0x40000, 0x400000])
def test_a_file_that_is_in_the_cloud_only_is_passed_over_with_what_to_do(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch, attribute: int
) -> None:
    """Windows marks a placeholder of OneDrive by an attribute; reading it would fetch it."""
    assert is_in_cloud_only(SimpleNamespace(st_file_attributes=attribute | 0x20))  # type: ignore[arg-type]
    assert not is_in_cloud_only(os.stat(clerk.form))
    monkeypatch.setattr(
        "jukixl.survey.intake.is_in_cloud_only", lambda stat: stat.st_size == clerk.form.stat().st_size
    )
    skipped = find_files(clerk.folder).skipped
    assert KOFU in [one.path.name for one in skipped]
    assert "このデバイス上に常に保持する" in skipped[0].finding.message
