"""A comparison as 新旧対照表 (Word): what changed is underlined, the new text stands at the left."""

from __future__ import annotations

from jukixl.comparison.differences import Comparison, Difference, Topic, mark_changes
from jukixl.handout.plain_pages import Cell, PlainPages

_NUMBERS = (("場所", 42), ("新", 14), ("旧", 14), ("増減", 16), ("増減率", 14))
_SENTENCES = (("新", 50), ("旧", 50))
_OTHERS = (("場所", 30), ("新", 35), ("旧", 35))
_NEW, _GONE = "（新設）", "（削除）"


def create_comparison_document(comparison: Comparison) -> bytes:
    """The .docx: the same comparison, the same bytes."""
    pages = PlainPages()
    pages.add_title(f"新旧対照表（{comparison.kind}）")
    pages.add_line(f"新: {comparison.new_name}")
    pages.add_line(f"旧: {comparison.old_name}")
    pages.add_line("下線の部分が変更箇所です。")
    for number, topic in enumerate((Topic.SENTENCE, Topic.NUMBER, Topic.TEXT, Topic.ROW, Topic.COLUMN), 1):
        found = comparison.of(topic)
        pages.add_heading(f"{number}　{topic.value}")
        if not found:
            pages.add_line("変更なし")
        elif topic is Topic.NUMBER:
            rows = [[one.place, one.new, one.old, one.change, one.percent] for one in found]
            pages.add_table(_NUMBERS, rows, frozenset({1, 2, 3, 4}))
        elif topic is Topic.SENTENCE:
            pages.add_table(_SENTENCES, map(_both, found))
        else:
            pages.add_table(_OTHERS, [[one.place, *_both(one)] for one in found])
    return pages.to_bytes()


def _both(one: Difference) -> list[Cell]:
    """The new text and the old one; of what is new or gone the other cell says so."""
    old, new = mark_changes(one.old, one.new)
    return [new or _GONE, old or _NEW]
