"""What must be right about every content control of a document, whatever it stands for, before jukixl writes into it.

Most of this neither Word nor a schema check complains of: ids that occur twice, tags that are too long, a paragraph
inside an inline control, a control inside a plain-text one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from jukixl.errors import InputError, Place, Problem, Refusal
from jukixl.findings import Finding, Severity
from jukixl.handout.controls import Control, iter_controls
from jukixl.handout.names import LARGEST_ID, TAG_LIMIT, is_figure_tag, table_of_tag
from jukixl.handout.ooxml import (
    DELETED,
    INSERTED,
    SDT,
    SDTCONTENT,
    SDTPR,
    TBL,
    TC,
    TR,
    Element,
    P,
    R,
    attribute,
    child_of,
    is_repeated_for_old_programs,
    name,
)
from jukixl.handout.package import EXTENDED_PROPERTIES, Document

Settings = Mapping[str, Element]
"""The properties of a control by their tags."""
_REFUSALS = frozenset({f"handout.{code}" for code in ("libreoffice", "lost", "published", "tracked")})
"""What would lose something if jukixl went on, though the document can be read."""
_NUMBER = r"-?[0-9]{1,10}"
_GALLERIES = frozenset(
    map(name, ("docPartObj", "docPartList"))
)  # what Word inserts by itself, such as page numbers
_TEXT_ONLY, _ID, _ALIAS = map(name, ("text", "id", "alias"))
_KINDS = _GALLERIES | {
    _TEXT_ONLY,
    *map(name, ("richText", "date", "dropDownList", "comboBox", "picture")),
}
_BODY = name("body")
_BLOCK_CONTENT = frozenset({P, TBL})
_INLINE_CONTENT = frozenset({R, name("hyperlink"), *INSERTED, *DELETED})


def read_controls(document: Document) -> list[Control]:
    """Every control of a document, those of headers, footers and notes too."""
    return [control for root in document.iter_stories() for control in iter_controls(root)]


def find_lost_controls(document: Document) -> Finding | None:
    """What is wrong with a document that lost its controls' tags to another program than Word; None for any other.

    LibreOffice names itself and may have lost only some; a document without a single tag has lost all of them.
    """
    part = document.find_part(EXTENDED_PROPERTIES)
    if part is not None and b"LibreOffice" in document.content(part):
        return finding(
            "libreoffice",
            None,
            "LibreOfficeで保存された文書です。数値の目印（コンテンツコントロール）が失われているため、更新も照合も公表もできません。"
            "Wordで保存した版か、ひな形から作り直してください。",
        )
    if has_tags(document):
        return None
    return finding(
        "lost",
        None,
        "数値の目印（コンテンツコントロール）が一つもありません。Word以外のソフトやサービスで保存すると失われます。"
        "それより前にWordで保存した版か、ひな形から作り直してください。",
    )


def has_tags(document: Document) -> bool:
    """Whether there is at least one control that says what it holds."""
    return any(control.tag for root in document.iter_stories() for control in iter_controls(root))


def refuse_lost_controls(document: Document, file: str | None) -> None:
    """Refusal where a document has lost its controls: whatever is read from it would say nothing true."""
    if lost := find_lost_controls(document):
        refuse_errors([lost], file)


def lint_controls(controls: list[Control]) -> Iterator[Finding]:
    """Everything that is wrong with controls as such; `cell` of a finding is the control's tag."""
    ids: set[str] = set()
    for control in controls:
        settings = control.settings()
        for check in _CONTROL_CHECKS:
            yield from check(control, settings)
        yield from _duplicate_id(control, settings, ids)


def refuse_errors(findings: Iterable[Finding], file: str | None) -> None:
    """InputError or Refusal with all errors of a document, if it has any."""
    errors = [found for found in findings if found.severity is Severity.ERROR]
    if errors:
        problems = [Problem(found.message, Place(file=file, key=found.cell)) for found in errors]
        raise (Refusal if any(found.code in _REFUSALS for found in errors) else InputError)(*problems)


def finding(code: str, tag: str | None, message: str, severity: Severity = Severity.ERROR) -> Finding:
    """A finding of a template or handout."""
    return Finding(f"handout.{code}", severity, message, cell=tag)


def _label(control: Control) -> str:
    return f"「{control.alias or control.tag or '名前のない目印'}」"


def _untagged(control: Control, settings: Settings) -> Iterator[Finding]:
    if not control.tag and settings.keys().isdisjoint(_GALLERIES):
        message = f"{_label(control)}にタグがありません。更新されない目印です。"
        yield finding("untagged", None, message, Severity.WARNING)


def _id(control: Control, settings: Settings) -> Iterator[Finding]:
    value = attribute(settings.get(_ID)) or ""
    if not (
        re.fullmatch(_NUMBER, value) and 1 <= abs(int(value)) <= LARGEST_ID
    ):  # Word's own are often negative
        yield finding(
            "id", control.tag, f"{_label(control)}の識別番号が正しくありません。目印を入れ直してください。"
        )


def _long_names(control: Control, settings: Settings) -> Iterator[Finding]:
    for what, value in (("タグ", control.tag), ("タイトル", attribute(settings.get(_ALIAS)))):
        if value and len(value) > TAG_LIMIT:
            message = f"{_label(control)}の{what}が{len(value)}字あります。{TAG_LIMIT}字までにしてください。"
            yield finding("long", control.tag, message)


def _level(control: Control, _settings: Settings) -> Iterator[Finding]:
    content, properties = control.content, child_of(control.element, SDTPR)
    if content is None or properties is None:
        yield finding(
            "malformed", control.tag, f"{_label(control)}の目印が壊れています。ひな形から入れ直してください。"
        )
        return
    found, is_inline = set(_tags_within(content)), control.is_inline
    if not is_inline and is_figure_tag(control.tag or "") and control.holds_one_paragraph:
        return
    is_table = table_of_tag(control.tag or "") is not None
    if is_table and is_inline:
        yield finding(
            "level", control.tag, f"{_label(control)}の目印が文の中にあります。表全体を囲んでください。"
        )
    elif is_table and next(control.element.iterancestors(_BODY), None) is None:
        message = (
            f"{_label(control)}の表がヘッダー、フッター又は脚注にあり、更新されません。本文に移してください。"
        )
        yield finding("level", control.tag, message)
    elif control.parent.tag in (TBL, TR) or found & {TC, TR}:
        yield finding(
            "level",
            control.tag,
            f"{_label(control)}の目印が表の行又はセルを囲んでいます。表全体か、数字だけを囲んでください。",
        )
    elif found & (_BLOCK_CONTENT if is_inline else _INLINE_CONTENT):
        yield finding(
            "level", control.tag, f"{_label(control)}の目印が段落をまたいでいます。数字だけを囲んでください。"
        )
    if sum(child.tag in _KINDS for child in properties) > 1:
        yield finding(
            "malformed", control.tag, f"{_label(control)}の目印の種類が二つ以上あります。入れ直してください。"
        )


def _tags_within(content: Element) -> Iterator[str]:
    """What stands in a control directly, controls in between not counted."""
    for child in content:
        if child.tag == SDT:
            inner = child_of(child, SDTCONTENT)
            yield from () if inner is None else _tags_within(inner)
        else:
            yield child.tag


def _nested(control: Control, settings: Settings) -> Iterator[Finding]:
    content = control.content
    if _TEXT_ONLY in settings and content is not None and next(content.iter(SDT), None) is not None:
        yield nested(control)


def nested(control: Control) -> Finding:
    """A control holds others that it mustn't."""
    message = f"{_label(control)}の目印の中に別の目印があります。外へ出してください。"
    return finding("nested", control.tag, message)


def _tracked(control: Control, _settings: Settings) -> Iterator[Finding]:
    content = control.content
    around = next(control.element.iterancestors(*INSERTED, *DELETED), None)
    if around is not None or (
        content is not None and next(content.iter(*INSERTED, *DELETED), None) is not None
    ):
        yield finding(
            "tracked",
            control.tag,
            f"{_label(control)}に変更履歴が残っています。Wordの「校閲」で承諾又は元に戻してから、やり直してください。",
        )


_CONTROL_CHECKS: tuple[Callable[[Control, Settings], Iterator[Finding]], ...] = (
    _untagged,
    _id,
    _long_names,
    _level,
    _nested,
    _tracked,
)


def _duplicate_id(control: Control, settings: Settings, ids: set[str]) -> Iterator[Finding]:
    """`ids` are those of the controls before."""
    value = attribute(settings.get(_ID))
    if value and value in ids and not is_repeated_for_old_programs(control.element):
        yield finding(
            "duplicate_id",
            control.tag,
            f"{_label(control)}の識別番号が他の目印と同じです。Wordで一度開いて保存してください。",
        )
    ids.add(value or "")
