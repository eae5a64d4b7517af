"""The letters to municipalities: what a template of each may hold, and what the starter of each says."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from jukixl.handout.names import table_tag

_NUMBER = "　　　第　　　号"
_SENDER_INDENT, _ITEM_INDENT = 20, 3
FINDINGS, MISSING = table_tag("findings"), table_tag("missing")
TABLES = "list.tables"

_HEAD = {
    "report": "報告の名称",
    "day": "作成日",
    "deadline": "提出期限",
    "sender": "発信者",
    "office": "担当課",
    "phone": "電話番号",
    "mail": "返送先メール",
    "year": "対象年",
}
"""Fields of every letter: tag, label."""
_CONTACT_CASES = {"when.phone": "電話番号があるとき", "when.mail": "返送先メールがあるとき"}
_BODY = {"municipality": "市町村名", "code": "団体コード"}


class When(Struct, frozen=True):
    """Words of a paragraph that are there in one case only."""

    case: str
    text: str


class Line(Struct, frozen=True, kw_only=True):
    """A paragraph of a starter; `left` and `first` are indents in characters, a negative `first` hangs.

    `tag` is that of the control around it: a case, or a list, of which it is the pattern.
    """

    parts: tuple[str | When, ...] = ()
    align: str = "left"
    left: int = 0
    first: int = 0
    keep: bool = False
    tag: str = ""


class LetterTable(Struct, frozen=True):
    """The table of a letter: its tag, label and columns; `shares` are the columns' shares of the width."""

    tag: str
    label: str
    headings: tuple[str, ...]
    shares: tuple[int, ...]


class LetterKind(Struct, frozen=True, kw_only=True):
    """One of the letters. `fields` (a text), `cases` (what stands in the control stays or goes) and `lists`
    (a paragraph each) have the label of every tag; those in `required` no template may lack."""

    name: str
    fields: Mapping[str, str]
    cases: Mapping[str, str] = {}
    lists: Mapping[str, str] = {}
    table: LetterTable | None = None
    required: tuple[str, ...]
    content: tuple[Line | LetterTable, ...]

    @property
    def labels(self) -> dict[str, str]:
        """What staff call every control that a template may have, by tag."""
        table = {self.table.tag: self.table.label} if self.table else {}
        return {**self.fields, **self.cases, **self.lists, **table}


def _line(*parts: str | When, left: int = 0, first: int = 0, keep: bool = False, tag: str = "") -> Line:
    return Line(parts=parts, left=left, first=first, keep=keep, tag=tag)


def _text(*parts: str | When, tag: str = "") -> Line:
    return _line(*parts, first=1, tag=tag)


def _item(*parts: str | When, tag: str = "") -> Line:
    return _line(*parts, left=_ITEM_INDENT, first=-1, tag=tag)


def _heading(text: str) -> Line:
    return _line(text, keep=True)


def _center(*parts: str | When) -> Line:
    return Line(parts=parts, align="center")


def _right(text: str) -> Line:
    return Line(parts=(text,), align="right")


_EMPTY = _line()
_PARTICULARS = (_EMPTY, _center("記"), _EMPTY)
_CLOSING = (
    _right("以上"),
    _EMPTY,
    _line("担当　{office}", left=_SENDER_INDENT),
    _line("電話　{phone}", left=_SENDER_INDENT, tag="when.phone"),
    _line("メール　{mail}", left=_SENDER_INDENT, tag="when.mail"),
)


def _opening(addressee: str, *title: str | When) -> tuple[Line, ...]:
    return (
        *(_right(_NUMBER), _right("{day}"), _EMPTY),
        *(_line(addressee), _EMPTY),
        *(_line("{sender}", left=_SENDER_INDENT), _EMPTY),
        *(_center(*title), _EMPTY),
    )


REQUEST = LetterKind(
    name="依頼文",
    fields=_HEAD,
    cases=_CONTACT_CASES,
    lists={TABLES: "調査する表"},
    required=("deadline",),
    content=(
        *_opening("各市町村　担当課長　様", "{report}に係る調査について（依頼）"),
        _text("日頃から本県の行政の推進に御協力いただき、ありがとうございます。"),
        _text(
            "このことについて、下記のとおり調査しますので、御多忙のところ恐れ入りますが、"
            "期限までに回答くださるようお願いします。"
        ),
        *_PARTICULARS,
        _heading("1　提出期限"),
        _item("{deadline}"),
        _heading("2　調査の内容"),
        _item("・調査する表の名称", tag=TABLES),
        _heading("3　回答の方法"),
        _item(
            "・添付の調査票（Excel）の「記入要領」を御覧のうえ、「入力」シートの黄色のセルに入力してください。"
        ),
        _item(
            "・上の帯が緑の「提出できます」になったら、ファイル名を変えずに保存し、",
            When("when.mail", "「{mail}」へ"),
            "返送してください。",
        ),
        _heading("4　留意事項"),
        _item("・該当がないときは 0 を入力してください。空欄は未入力として扱います。"),
        _item("・前年から大きく増減した項目には、増減の理由を記入してください。"),
        _item("・個人番号、住民票コードなど、住民の個人情報は記入しないでください。"),
        *_CLOSING,
    ),
)

REMINDER = LetterKind(
    name="督促文",
    fields={**_HEAD, **_BODY, "form": "調査票のファイル名"},
    cases={
        **_CONTACT_CASES,
        "when.unanswered": "回答がないとき",
        "when.returned": "差し戻したとき",
        "when.overdue": "期限を過ぎたとき",
        "when.in_time": "期限の前か、期限がないとき",
    },
    required=("municipality", "deadline"),
    content=(
        *_opening("{municipality}　担当課長　様", "{report}に係る調査について（督促）"),
        _text(
            "先に依頼しましたこのことについて、{day}現在、",
            When("when.unanswered", "貴団体からの回答"),
            When("when.returned", "差し戻した調査票の再提出"),
            "を確認できていません。",
            When("when.overdue", "提出期限を過ぎていますので、至急、"),
            When("when.in_time", "提出期限までに"),
            "提出くださるようお願いします。",
        ),
        _text("なお、本書と行き違いに提出いただいた場合は御容赦ください。"),
        *_PARTICULARS,
        _heading("1　提出期限"),
        _item("{deadline}"),
        _heading("2　提出するもの"),
        _item("調査票「{form}」。お手元にないときは、下記の担当まで御連絡ください。"),
        *_CLOSING,
    ),
)

_FINDINGS = LetterTable(FINDINGS, "指摘の表", ("セル", "入力された値", "内容", "お願い"), (5, 5, 12, 10))
RETURN = LetterKind(
    name="差戻し文",
    fields={**_HEAD, **_BODY, "file": "返送されたファイル名", "count": "指摘の件数"},
    cases={
        **_CONTACT_CASES,
        "when.errors": "誤りがあるとき",
        "when.warnings": "確認することだけがあるとき",
    },
    table=_FINDINGS,
    required=("municipality", FINDINGS),
    content=(
        *_opening(
            "{municipality}　担当課長　様",
            "{report}に係る調査票の",
            When("when.errors", "差戻し"),
            When("when.warnings", "確認"),
            "について",
        ),
        _text(
            "提出のありました調査票に下記の誤りがありましたので、差し戻します。"
            "該当の箇所を直し、調査票の上の帯が緑の「提出できます」になったことを確かめて、再提出してください。",
            tag="when.errors",
        ),
        _text(
            "提出のありました調査票について、下記のとおり確認をお願いします。"
            "誤りがあれば直して再提出し、誤りがなければその旨を御連絡ください。",
            tag="when.warnings",
        ),
        *_PARTICULARS,
        _heading("1　対象のファイル"),
        _item("{file}"),
        _heading("2　再提出の期限"),
        _item("{deadline}"),
        _heading("3　指摘の内容"),
        _FINDINGS,
        *_CLOSING,
    ),
)

_MISSING = LetterTable(
    MISSING, "未提出の市町村の表", ("団体コード", "市町村名", "状態", "連絡先"), (2, 3, 2, 6)
)
MISSING_LIST = LetterKind(
    name="未提出一覧",
    fields={**_HEAD, "total": "市町村の数", "count": "未提出の数"},
    cases=_CONTACT_CASES,
    table=_MISSING,
    required=(MISSING,),
    content=(
        *(_right("{day}"), _EMPTY),
        *(_center("{report}に係る調査　未提出一覧"), _EMPTY),
        _text("{day}現在、{total} 団体のうち {count} 団体が未提出です（差戻しを含む。）。"),
        *_PARTICULARS,
        _MISSING,
        _right("以上"),
    ),
)

LETTER_KINDS = {kind.name: kind for kind in (REQUEST, REMINDER, RETURN, MISSING_LIST)}
