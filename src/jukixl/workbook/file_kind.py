"""What a file is that isn't the Office file it should be: the frequent mistakes, in words for staff."""

from __future__ import annotations

_OLE_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
SAVE_AGAIN = "ExcelまたはWordで開き、「名前を付けて保存」で .xlsx(文書は .docx)にしてから渡してください。"
ASK_AGAIN = "送り直してもらうか、元のファイルをExcelまたはWordで開いて保存し直してください。"
_ASK_FOR_ORIGINAL = "元のExcelブックかWord文書を送ってもらってください。"
_LOCKED = (
    "開くためのパスワードが付いています(暗号化)。{program}で開き、「ファイル」→「情報」→「{menu}」→"
    "「パスワードを使用して暗号化」を空にして保存し直してください。"
)
_WORD_NAMES = (".docx", ".docm", ".dotx", ".dotm")
_RIGHTS = "閲覧できる人を制限する保護(IRM)が付いています。保護を外して保存し直してください。"
_OFFICE = "Excelブック(.xlsx)でもWord文書(.docx)でもありません"
_PRINTED = ((b"%PDF", "PDFです"), (b"\x89PNG", "画像です"), (b"\xff\xd8\xff", "画像です"))
"""Files from which no program makes the workbook again."""
_STARTS = (
    (b"{\\rtf", "リッチテキスト(.rtf)です"),
    (b"MIME-Version", "Webアーカイブ(.mht)です"),
    (b"<?xml", "XMLのファイルです"),
    (b"7z\xbc\xaf\x27\x1c", "圧縮ファイルです。展開してから渡してください"),
    (b"Rar!", "圧縮ファイルです。展開してから渡してください"),
)
_TEXT_SAMPLE = 2_000


def describe_stranger(data: bytes, name: str) -> str:
    """Why a file that is no zip can't be read, and what to do. By its name only an encrypted one says what is in it."""
    if not data:
        return f"空のファイル(0バイト)です。{ASK_AGAIN}"
    if data.startswith(_OLE_MAGIC):
        return _describe_ole(data, name)
    printed = next((text for start, text in _PRINTED if data.startswith(start)), None)
    if printed:
        return f"{_OFFICE}({printed})。{_ASK_FOR_ORIGINAL}"
    kind = next((text for start, text in _STARTS if data.startswith(start)), None) or _describe_text(data)
    return f"{_OFFICE}{f'({kind})' if kind else ''}。{SAVE_AGAIN}"


def describe_zip(names: list[str]) -> str:
    """Why a zip that isn't an Office file can't be read, and what to do."""
    if "mimetype" in names and "content.xml" in names:
        return f"OpenDocument 形式(.ods、.odt)です。{SAVE_AGAIN}"
    if any(name.lower().endswith((".xlsx", ".xlsm", ".docx")) for name in names):
        return "ファイルをまとめて圧縮したzipです。展開して、中のファイルを渡してください。"
    return f"ExcelブックでもWord文書でもないzipファイルです。{SAVE_AGAIN}"


def _describe_ole(data: bytes, name: str) -> str:
    """The streams of an OLE file are named in UTF-16."""
    if "DRMEncryptedTransform".encode("utf-16-le") in data:
        return _RIGHTS
    if "EncryptedPackage".encode("utf-16-le") in data:
        is_word = name.lower().endswith(_WORD_NAMES)
        return _LOCKED.format(
            program="Word" if is_word else "Excel", menu="文書の保護" if is_word else "ブックの保護"
        )
    return f"古い形式(.xls または .doc)のファイルです。{SAVE_AGAIN}"


def _describe_text(data: bytes) -> str | None:
    sample = data[:_TEXT_SAMPLE]
    if b"<html" in sample.lower() or b"<!doctype html" in sample.lower():
        return "Webページ(HTML)です"
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "テキストかCSVのファイルです"
    return None if b"\0" in sample else "テキストかCSVのファイルです"
