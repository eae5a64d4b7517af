"""The PDF of a published handout: read back, and held against poppler, which the command doesn't use."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace

import office
import pytest
from msgspec.structs import replace
from test_handout_pages import build, pages_of, printed_number, with_more_providers
from test_release import DOCUMENT, edited, parts_of

from jukixl.cli import main
from jukixl.handout import pdf
from jukixl.handout.package import open_package
from jukixl.handout.pdf_checks import FONTS, check_pdf
from jukixl.handout.pdf_reading import Reading, read_pdf
from jukixl.handout.styles import TABLE_BREAK

DAY = datetime(2025, 10, 1)


@pytest.fixture(scope="module")
def released(
    published_path: Path, handout: bytes, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """The published files of one handout, made twice, each time by a process of its own."""
    office.require_soffice()
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    for folder in folders:
        (folder / "資料.docx").write_bytes(handout)
        command = [sys.executable, "-m", "jukixl", "release", str(folder / "資料.docx"), str(published_path)]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return folders[0], folders[1]


@pytest.fixture(scope="module")
def reading(released: tuple[Path, Path]) -> Reading:
    found = read_pdf((released[0] / "資料_公表用.pdf").read_bytes())
    assert found is not None
    return found


@pytest.fixture(scope="module")
def document(released: tuple[Path, Path]) -> bytes:
    return (released[0] / "資料_公表用.docx").read_bytes()


def made(document: bytes) -> bytes:
    """The PDF of a document by LibreOffice."""
    office.require_soffice()
    engine = pdf.find_engine()
    assert engine is not None
    return pdf.make_pdf(document, DAY, engine)


def poppler(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def problems(reading: Reading, document: bytes, report) -> list[str]:
    return check_pdf(reading, open_package(document), report)


def test_the_same_bytes_from_two_processes(released: tuple[Path, Path]):
    one, two = released
    for name in ("資料_公表用.docx", "資料_公表用.pdf"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_the_pdf_is_whole_for_another_reader(released: tuple[Path, Path]):
    """Tagged, dated as the handout, by nobody; every font embedded and of the list; the contents' numbers are the pages'."""
    path = str(released[0] / "資料_公表用.pdf")
    told = dict(re.findall(r"^([^:\n]+):\s+(.*)$", poppler("pdfinfo", path), re.MULTILINE))
    assert told["Tagged"] == "yes"
    assert told["CreationDate"].startswith("Wed Oct  1 00:00:00 2025")
    assert "Author" not in told
    fonts = [line.split() for line in poppler("pdffonts", path).splitlines()[2:]]
    assert {row[0].partition("+")[2] for row in fonts} <= FONTS
    assert {row[-5] for row in fonts} == {"yes"}
    pages = pages_of(Path(path))
    labels = {printed_number(page): page for page in pages}
    for entry, number in re.findall(
        r"(別紙[1-6])　?[^\n]*?([0-9]+)$",
        poppler("pdftotext", "-layout", path, "-").split("\f")[0],
        re.MULTILINE,
    ):
        assert f"別紙{'０１２３４５６'[int(entry[-1])]}" in labels[number]


def test_what_was_made_holds_what_is_asked(reading: Reading, document: bytes, report):
    assert problems(reading, document, report) == []


def test_a_contents_page_with_another_number_is_told(reading: Reading, document: bytes, report):
    wrong = edited(document, {DOCUMENT: (("<w:t>17</w:t>", "<w:t>18</w:t>"),)})
    (told,) = problems(reading, wrong, report)
    assert "目次の「個人番号カード申請状況等" in told
    assert "18 頁とありますが、PDFでは 17 頁" in told


def test_a_pdf_without_structure_or_bookmarks_is_told(reading: Reading, document: bytes, report):
    (told,) = problems(replace(reading, is_tagged=False), document, report)
    assert "構造（タグ）がありません" in told
    (told,) = problems(replace(reading, outline=reading.outline[:-1]), document, report)
    assert "しおり" in told


@pytest.mark.parametrize(
    ("font", "embedded", "words"),
    [
        ("IPAMincho", False, "埋め込まれていません"),
        ("DejaVuSans", True, "一覧にない字体「DejaVuSans」"),
        ("NotoSansCJKsc-Regular", True, "一覧にない字体「NotoSansCJKsc-Regular」"),
    ],
)
def test_a_font_that_is_missing_or_strange_is_told(reading, document, report, font, embedded, words):
    (told,) = problems(replace(reading, fonts={**reading.fonts, font: embedded}), document, report)
    assert words in told


def test_a_computer_without_the_fonts_does_not_make_a_final_pdf(
    published_path: Path,
    handout: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """With the computer's own font settings, where ＭＳ 明朝 is any font that fontconfig thinks of."""
    office.require_soffice()
    settings = tmp_path / "fonts.conf"
    settings.write_text(
        '<?xml version="1.0"?><fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir></fontconfig>', "utf-8"
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(settings))
    path = tmp_path / "資料.docx"
    path.write_bytes(handout)
    assert main(["release", str(path), str(published_path)]) == 1
    assert "使ってよい字体の一覧にない字体" in capsys.readouterr().out
    assert not (tmp_path / "資料_公表用.pdf").exists()
    assert (tmp_path / "資料_公表用_要確認.pdf").exists()


def test_a_number_over_two_lines_is_told(reading: Reading, document: bytes, report):
    """As a PDF reads in which 1,437,750,584 goes on on the next line."""
    pages = [page.replace("1,437,750,584件", "1,437,\n750,584件") for page in reading.pages]
    assert pages != list(reading.pages)
    (told,) = problems(Reading(tuple(pages), reading.outline, reading.fonts, True), document, report)
    assert "PDFの2枚目: 数値「1,437,750,584」が行をまたいで分かれています" in told


def narrow(document: bytes) -> bytes:
    """The sentence with the number in a paragraph that has no room for it, letter by letter as Word would break it."""
    paragraph = re.search(rb"<w:p>(?:(?!<w:p>).)*?1,437,750,584", parts(document), re.DOTALL)
    assert paragraph
    old = paragraph[0].decode()
    new = old.replace("</w:pPr>", '<w:ind w:left="0" w:right="8100" w:firstLine="0"/></w:pPr>', 1)
    return edited(document, {DOCUMENT: ((old, new),)})


def parts(document: bytes) -> bytes:
    return parts_of(document)[DOCUMENT]


def test_what_libreoffice_breaks_is_told_too(document: bytes, report):
    changed = narrow(document)
    found = read_pdf(made(changed))
    assert found is not None
    assert any("行をまたいで" in told for told in problems(found, changed, report))


def test_a_total_row_alone_on_a_page_is_told(document: bytes, report):
    """A page break before the total row of 別紙6, as a longer table above would bring it."""
    text = parts(document).decode()
    at = text.index('w:val="table.annex6_annual"')
    last = text.rindex("<w:tr>", 0, text.index("</w:tbl>", at))
    head = text[text.index("<w:tbl>", at) : text.index("<w:tr>", at)]
    header = "".join(re.findall(r"<w:tr>(?:(?!</w:tr>).)*?<w:tblHeader/>.*?</w:tr>", text[at:last]))
    between = f'</w:tbl><w:p><w:pPr><w:pStyle w:val="{TABLE_BREAK}"/></w:pPr></w:p>{head}{header}'
    changed = edited(document, {DOCUMENT: ((text[at:last], f"{text[at:last]}{between}"),)})
    found = read_pdf(made(changed))
    assert found is not None
    assert any("合計の行だけ" in told for told in problems(found, changed, report))


def test_handouts_of_other_sizes_hold_it_too(report, published_master):
    """More and longer rows than the published one: nothing is told of what is right."""
    data = build(report, with_more_providers(report, published_master.results))
    found = read_pdf(made(data))
    assert found is not None
    assert problems(found, data, report) == []


# ── how it is made


def test_times_and_ids_do_not_tell_exports_apart():
    def export(time: bytes, id_: bytes) -> bytes:
        return (
            b"%PDF-1.6\n<</CreationDate(D:" + time + b"+09'00')/ModDate (D:" + time + b"Z)>>\n"
            b"<xmp:CreateDate>2026-11-25T12:00:" + time[-2:] + b"+09:00</xmp:CreateDate>"
            b"trailer <</ID [ <" + id_ + b"> <" + id_ + b"> ] /DocChecksum /" + id_ + b">> body"
        )

    one = pdf.settle(export(b"20261125121537", b"BB90" * 8), DAY)
    two = pdf.settle(export(b"20261125121539", b"17CD" * 8), DAY)
    assert one == two
    assert b"(D:20251001000000+09'00')" in one
    assert len(one) == len(export(b"20261125121537", b"BB90" * 8))
    assert pdf.settle(export(b"20261125121537", b"BB90" * 8) + b"!", DAY)[:-1] != one


def test_word_is_asked_for_bookmarks_and_tags_and_always_closed(monkeypatch: pytest.MonkeyPatch):
    """A stand-in for Word's COM objects: it notes what it is told."""
    told: list[tuple[str, object]] = []

    def export(path: str, kind: int, **more: object) -> None:
        told.append(("export", (kind, more)))
        Path(path).write_bytes(b"%PDF")

    opened = SimpleNamespace(ExportAsFixedFormat=export, Close=lambda **more: told.append(("close", more)))

    def open_(path: str, **more: object) -> SimpleNamespace:
        told.append(("open", (Path(path).read_bytes(), more)))
        return opened

    word = SimpleNamespace(
        Documents=SimpleNamespace(Open=open_), Quit=lambda **more: told.append(("quit", more))
    )
    client = ModuleType("win32com.client")
    client.DispatchEx = lambda name: word if name == "Word.Application" else None
    monkeypatch.setitem(sys.modules, "win32com", ModuleType("win32com"))
    monkeypatch.setitem(sys.modules, "win32com.client", client)
    assert pdf.make_pdf(b"docx", DAY, pdf.Engine("Word", pdf._by_word)) == b"%PDF"
    assert told == [
        ("open", (b"docx", {"ReadOnly": True, "AddToRecentFiles": False})),
        ("export", (17, {"CreateBookmarks": 1, "DocStructureTags": True})),
        ("close", {"SaveChanges": False}),
        ("quit", {"SaveChanges": False}),
    ]


def test_without_pypdf_the_pdf_is_not_called_final(
    published_path: Path,
    handout: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setitem(sys.modules, "pypdf", None)
    path = tmp_path / "資料.docx"
    path.write_bytes(handout)
    word = pdf.Engine("Word", lambda _docx, target: target.write_bytes(b"%PDF") and None)
    monkeypatch.setattr("jukixl.commands.releasing.find_engine", lambda: word)
    assert main(["release", str(path), str(published_path)]) == 1
    assert "jukixl[release]" in capsys.readouterr().out
    assert sorted(one.name for one in tmp_path.glob("*.pdf")) == ["資料_公表用_要確認.pdf"]
