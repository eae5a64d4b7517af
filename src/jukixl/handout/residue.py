"""What mustn't be in a published document and only a person can take out: changes and comments that nobody has decided on,
hidden words, links into the office's folders, files within the file, personal numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from jukixl.handout.colours import Colours
from jukixl.handout.legibility import HIDDEN_ROW, VANISHING, hidden_styles
from jukixl.handout.mismatches import excerpt, masked
from jukixl.handout.ooxml import (
    BOX,
    DELETED,
    INSERTED,
    RPR,
    TBL,
    TR,
    Element,
    P,
    R,
    T,
    attribute,
    is_on,
    local_name,
    name,
    style_of,
    visible_text,
)
from jukixl.handout.package import Document
from jukixl.handout.parts import find_unpublishable, iter_published
from jukixl.handout.pictures import without_metadata
from jukixl.handout.styles import HIDDEN
from jukixl.personal import Suspicion, find_in_text, may_have_numbers
from jukixl.workbook.package import Package
from jukixl.workbook.personal_scan import scan_document

_CHANGES = frozenset(
    {*INSERTED, *DELETED, *map(name, ("cellIns", "cellDel", "cellMerge", "numberingChange"))}
)
_STORIES = {
    "document": "本文",
    "hdr": "ヘッダー",
    "ftr": "フッター",
    "footnotes": "脚注",
    "endnotes": "文末脚注",
}
_HIDDEN = tuple(f"{RPR}/{one}" for one in VANISHING)
_LOCAL_FIELD = re.compile(r'\b[A-Z]+\s+"?(?:file:|\\\\|[A-Za-z]:\\)', re.IGNORECASE)
_SILENT_FIELD = re.compile(r"(?:^|\s)(XE|TA|SET|RD|PRIVATE|ADDIN|ASK|FILLIN)\s")
"""Fields whose words Word keeps and no page shows; our own TC fields have the words of headings."""
_SHOWN_PATH = re.compile(r"(?<![A-Za-z])[A-Za-z]:\\\S|\\\\[^\s\\]+\\|file:/", re.IGNORECASE)
_ALIAS, _ALTERNATIVES = name("alias"), ("descr", "title", "alt")
_HIDDEN_ROW = "隠された行が残っています。行の「隠し文字」を解除するか、行を削除してください。"
_PICTURE = (
    "作成者や撮影場所などの記録を除けない形式の図です。PNG か JPEG の図にして、貼り付け直してください。"
)
_ACCEPT = "Wordの「校閲」で承諾又は元に戻してください"


class Obstacle(Struct, frozen=True):
    """A reason why a document can't be published: what kind of thing it is, where, and what to do."""

    kind: str
    place: str
    message: str

    def __str__(self) -> str:
        return (
            f"［{self.kind}］{self.place}: {self.message}" if self.place else f"［{self.kind}］{self.message}"
        )


def iter_residue(document: Document, package: Package) -> Iterator[Obstacle]:
    """Everything of that kind; `package` is the document's file."""
    hidden, colours = hidden_styles(document.styles), Colours(document.styles)
    for story in document.iter_stories():
        where = _STORIES.get(local_name(story.tag), "文書")
        yield from _changes(story, where)
        yield from _comment_marks(story, where)
        yield from _hidden(story, where, hidden)
        yield from _unseen(story, where, colours)
        yield from _hidden_shapes(story, where)
        yield from _fields(story, where)
        yield from _paths(story, where)
    yield from _comments(package)
    for place, message in find_unpublishable(package):
        yield Obstacle("外部・埋め込み", masked(place), message)
    yield from _pictures(package)
    yield from _personal(document, package)


def _pictures(package: Package) -> Iterator[Obstacle]:
    for part in iter_published(package, "image"):
        if without_metadata(package[part]) is None:
            yield Obstacle("図", part.rpartition("/")[2], _PICTURE)


def _personal(document: Document, package: Package) -> Iterator[Obstacle]:
    """In the stories with the words around it, since a masked number can't be searched for; elsewhere with the kind of part."""
    told = set()
    for story in document.iter_stories():
        where = _STORIES.get(local_name(story.tag), "文書")
        for element, place, text in _texts(story, where):
            for found in find_in_text(text, _row_of(element)) if may_have_numbers(text) else ():
                told.add((where, found.masked))
                yield _is_personal(f"{place}{_words_of(element)}", found)
    for hit in scan_document(package):
        if (hit.where, hit.suspicion.masked) not in told:
            yield _is_personal(hit.where, hit.suspicion)


def _is_personal(place: str, found: Suspicion) -> Obstacle:
    message = f"{found.kind}と思われる番号（{found.masked}）があります。消してください。"
    return Obstacle("個人番号", place, message)


def _texts(story: Element, where: str) -> Iterator[tuple[Element, str, str]]:
    """Element, place and text of every paragraph, of alternative texts and of controls' names."""
    for element in story.iter("{*}*"):
        if element.tag == P:
            yield element, where, "".join(map(str, element.itertext()))
        elif element.tag == _ALIAS:
            yield element, f"{where}の目印の名前", attribute(element) or ""
        else:
            for one in filter(None, map(element.get, _ALTERNATIVES)):
                yield element, f"{where}の図や表の代替テキスト", one


def _row_of(element: Element) -> str:
    row = next(element.iterancestors(TR), None)
    return "" if row is None else visible_text(row)


def _changes(story: Element, where: str) -> Iterator[Obstacle]:
    """One line a paragraph, with how many changes it has; those of tables and sections stand outside of paragraphs."""
    found = Counter(
        _words_of(one) for one in story.iter("{*}*") if one.tag in _CHANGES or _is_format_change(one)
    )
    for words, count in found.items():
        yield Obstacle("変更履歴", f"{where}{words}", f"変更履歴が {count} か所残っています。{_ACCEPT}。")


def _is_format_change(element: Element) -> bool:
    return str(element.tag).endswith("PrChange") or element.tag == name("tblGridChange")


def _words_of(element: Element) -> str:
    """The beginning of the paragraph (of a row: of its first) that something stands in."""
    owners = (element, *element.iterancestors())
    around = next((one for one in owners if one.tag in (P, TR, TBL)), None)
    pieces = [] if around is None else [one.text or "" for one in around.iter(T, name("delText"))]
    text = "".join(pieces)
    return f"「{excerpt(text, text[:1])}」" if text.strip() else ""


def _comment_marks(story: Element, where: str) -> Iterator[Obstacle]:
    for mark in story.iter(name("commentReference")):
        message = "コメントが残っています。Wordの「校閲」で削除してください。"
        yield Obstacle("コメント", f"{where}{_words_of(mark)}", message)


def _comments(package: Package) -> Iterator[Obstacle]:
    """Comments that no mark in the text leads to are in the file all the same."""
    for part in package:
        if re.search(r"/comments[0-9]*\.xml$", part) and re.search(rb"<(?:\w+:)?comment[ >]", package[part]):
            message = "文書の中にコメントの内容が残っています。Wordの「校閲」ですべて削除してください。"
            yield Obstacle("コメント", "", message)


def _hidden(story: Element, where: str, styles: frozenset[str]) -> Iterator[Obstacle]:
    for paragraph in story.iter(P):
        own = style_of(paragraph)
        runs = [
            one
            for one in paragraph.iter(R)
            if own in styles
            or attribute(one.find(f"{RPR}/{name('rStyle')}")) in styles
            or any(is_on(one.find(path)) for path in _HIDDEN)
        ]
        text = "" if own in HIDDEN else "".join(map(visible_text, runs))
        if text.strip():
            message = "隠し文字が残っています。表示して内容を確かめ、削除するか隠し文字を解除してください。"
            yield Obstacle("隠し文字", f"{where}「{excerpt(text, text[:1])}」", message)
    for row in story.iter(TR):
        if is_on(row.find(f"{name('trPr')}/{HIDDEN_ROW}")) and visible_text(row).strip():
            yield Obstacle("隠し文字", f"{where}{_words_of(row)}", _HIDDEN_ROW)


def _unseen(story: Element, where: str, colours: Colours) -> Iterator[Obstacle]:
    for paragraph in story.iter(P):
        text = "".join(visible_text(run) for run in paragraph.iter(R) if colours.is_invisible(run))
        if text.strip():
            message = (
                "背景と同じ色の文字があります。紙では見えず、ファイルからは読めます。"
                "色を戻すか、削除してください。"
            )
            yield Obstacle("隠し文字", f"{where}「{excerpt(text, text[:1])}」", message)


def _hidden_shapes(story: Element, where: str) -> Iterator[Obstacle]:
    """Text boxes that the selection pane (「オブジェクトの選択と表示」) has switched off."""
    for box in story.iter(BOX):
        around = list(box.iterancestors())
        is_off = any("visibility:hidden" in one.get("style", "").replace(" ", "") for one in around)
        drawing = next((one for one in around if local_name(one.tag) in ("inline", "anchor")), None)
        properties = None if drawing is None else drawing.find("{*}docPr")
        is_off = is_off or (properties is not None and properties.get("hidden") in ("1", "true"))
        if is_off and (text := visible_text(box)).strip():
            message = "表示しない設定の図形に文字があります。図形を表示に戻すか、削除してください。"
            yield Obstacle("隠し文字", f"{where}「{excerpt(text, text[:1])}」", message)


def _fields(story: Element, where: str) -> Iterator[Obstacle]:
    for paragraph in story.iter(P):
        codes = "".join(one.text or "" for one in paragraph.iter(name("instrText")))
        simple = (one.get(name("instr"), "") for one in paragraph.iter(name("fldSimple")))
        for code in (codes, *simple):
            if _LOCAL_FIELD.search(code):
                message = "庁内のファイルを参照するフィールドがあります。選択して Ctrl+Shift+F9 で文字に変えてください。"
                yield Obstacle("外部・埋め込み", f"{where}{_words_of(paragraph[0])}", message)
            if found := _SILENT_FIELD.search(code):
                message = (
                    f"印刷されない言葉を持つフィールド（{found[1]}）があります。"
                    "Alt+F9 で表示して、削除してください。"
                )
                yield Obstacle("隠し文字", f"{where}{_words_of(paragraph[0])}", message)


def _paths(story: Element, where: str) -> Iterator[Obstacle]:
    for paragraph in story.iter(P):
        if _SHOWN_PATH.search(visible_text(paragraph)):
            message = "庁内のフォルダーの場所が書かれています。削除してください。"
            yield Obstacle("外部・埋め込み", f"{where}{_words_of(paragraph[0])}", message)
