"""What verification tells: places where a handout and the results differ, in words that never show a personal number."""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import asdict

from jukixl.era import quote_input
from jukixl.handout.due import Origin
from jukixl.handout.states import State, state_of
from jukixl.handout.tabletext import normal

_DIGIT = "[0-9０-９]"
_SHOWN = 24
"""Characters of a row's name or a long text that a message shows."""


class Mismatch(Struct, frozen=True):
    """A place where the handout doesn't say what the results do; `expected` and `actual` None where there is no text."""

    place: str
    message: str
    state: State
    expected: str | None = None
    actual: str | None = None

    def __str__(self) -> str:
        return self.message


class Sight(StrEnum):
    """Why a person should look at something."""

    TYPED = "typed"
    WIDTH = "width"
    MOVED = "moved"
    NARROW = "narrow"
    UNRECORDED = "unrecorded"
    TURNED = "turned"
    UNNUMBERED = "unnumbered"
    REWORDED = "reworded"


_SIGHTS = {
    Sight.TYPED: "文章の中の「{number}」は、マスターのどの数値とも一致しません。手で入力した数値なら、出典を確かめてください（「{where}」）。",
    Sight.WIDTH: "文章の中の「{number}」は、この資料の数字の書き方（{detail}）と違います（「{where}」）。",
    Sight.MOVED: "「{where}」の所には、資料を作成したときは「{detail}」がありましたが、今は「{number}」があります。移したのでなければ、元に戻してください。",
    Sight.NARROW: "{where}の「{number}」は列の幅に入らず、2行に分かれます。余白や用紙の向き、列の幅を見直してください。",
    Sight.TURNED: "「{where}」は、ひな形の「{detail}」と、あったのかなかったのかが逆に読めます。内容を確かめてください。",
    Sight.REWORDED: "見出しや表の題「{where}」は、資料を作成したときは「{detail}」でした。言い換えたのでなければ、元に戻してください。",
    Sight.UNNUMBERED: (
        "目次に「{where}」などの頁（{number}行）がありますが、その頁のヘッダーにもフッターにも頁番号がありません。"
        "フッターに頁番号を入れ直してください。"
    ),
    Sight.UNRECORDED: (
        "この文書には、作成したときの記録がありません。Wordの「ドキュメント検査」や、Word以外のソフトでの保存で失われます。"
        "どの数値が手で入力されたか分からないため、文章の中の数値をすべて示します。"
    ),
}


class Look(Struct, frozen=True):
    """Something for a person to look at: a number outside the controls that is none of the report's, so that somebody
    typed it; one in another width than `detail` says; a figure or table where `detail` stood when the document was made;
    a number that is wider than its column; a sentence that follows the data and was
    reworded into its contrary; a heading or title that read `detail`; how many headings of the contents, `where` the first, stand on pages without a number; or, once, that the document doesn't know what was written into it. `where`: the
    words around it, or the table."""

    number: str
    where: str
    kind: Sight = Sight.TYPED
    detail: str | None = None

    def __str__(self) -> str:
        return _SIGHTS[self.kind].format(number=self.number, where=self.where, detail=self.detail)

    def to_json(self) -> dict[str, str | None]:
        """The shape that `--json` promises."""
        return asdict(self) | {"kind": self.kind.value}


class Verification(Struct, frozen=True):
    """How many values were read back, which of them are wrong, and what only a person can check.

    `origin`: the fingerprint of what the handout was made from, beside that of the results.
    """

    file: str | None
    values: int
    mismatches: tuple[Mismatch, ...]
    looks: tuple[Look, ...]
    origin: Origin

    @property
    def ok(self) -> bool:
        return not self.mismatches

    def to_json(self) -> dict[str, object]:
        """The shape that `--json` promises."""
        return {
            "file": self.file,
            "ok": self.ok,
            "values": self.values,
            "mismatches": [
                asdict(mismatch) | {"state": mismatch.state.value} for mismatch in self.mismatches
            ],
            "looks": [look.to_json() for look in self.looks],
            "origin": asdict(self.origin) | {"stale": self.origin.is_stale},
        }


def excerpt(text: str, found: str) -> str:
    """The words around a number, cut only after personal numbers are hidden.

    >>> excerpt("令和6年12月31日までの累計申請枚数　　772,405枚（新たに3市）", "3")
    '772,405枚（新たに3市）'
    """
    hidden, wanted = normal(masked(text)), masked(found)
    whole = re.search(rf"(?<!{_DIGIT})(?<!{_DIGIT}[,.，．]){re.escape(wanted)}(?![,.，．]?{_DIGIT})", hidden)
    start = whole.start() if whole else hidden.find(wanted)
    return shortened(hidden[max(start - _SHOWN // 2, 0) :])


def shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def masked(text: str) -> str:
    """As messages show it: a number that could be a 個人番号 never appears in one."""
    return quote_input(text)[1:-1]


def mismatch_at(place: str, state: State, expected: str | None = None, actual: str | None = None) -> Mismatch:
    shown = "" if actual is None else f"（文書では「{shortened(masked(actual))}」）"
    due = "" if expected is None else f"は「{shortened(masked(expected))}」のはずです"
    place = masked(place)
    return Mismatch(
        place,
        f"{place}{due}{shown}：{state.explanation}。",
        state,
        None if expected is None else masked(expected),
        None if actual is None else masked(actual),
    )


def differing(place: str, expected: str, actual: str, last: str | None) -> Mismatch:
    """A text that isn't the expected one; `last` is what jukixl wrote there, None where that isn't known."""
    return mismatch_at(place, state_of(expected, actual, last), expected, actual)
