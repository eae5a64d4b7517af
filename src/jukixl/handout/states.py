"""What became of a value in a document since jukixl wrote it there."""

from __future__ import annotations

from enum import StrEnum

from jukixl.handout.tabletext import alike


class State(StrEnum):
    """What became of a value, by what jukixl last wrote there."""

    STALE = "stale"
    EDITED = "edited"
    CONFLICT = "conflict"
    MISSING = "missing"
    EXTRA = "extra"
    STRUCTURE = "structure"

    @property
    def explanation(self) -> str:
        """The half sentence that tells staff what happened and what to do."""
        return _EXPLANATIONS[self]


_EXPLANATIONS = {
    State.STALE: "資料の作成後に元の値が変わりました。資料を更新してください",
    State.EDITED: "文書の上で書き換えられています。マスターが正しければ文書を、文書が正しければマスターを直してください",
    State.CONFLICT: "文書の上で書き換えられ、元の値も変わっています。マスターが正しければ文書を、文書が正しければマスターを直してください",
    State.MISSING: "目印が消えています。元に戻すか、ひな形から入れ直してください",
    State.EXTRA: "元の値にありません。文書から削除してください",
    State.STRUCTURE: "表の形が変わっています。元に戻してください",
}


def state_of(due: str, shown: str, last: str | None) -> State:
    """What became of a text that isn't the due one; `last` is what jukixl wrote there, None where that isn't known."""
    if last is None or alike(last, shown):
        return State.STALE
    return State.EDITED if alike(last, due) else State.CONFLICT
