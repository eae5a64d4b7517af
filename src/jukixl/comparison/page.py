"""A comparison as one HTML page that needs no other file."""

from __future__ import annotations

from jukixl.check.page_parts import element, heading_row, shown
from jukixl.check.page_shell import render_page
from jukixl.comparison.differences import Comparison, Difference, Marked, Topic, mark_changes

_HEADINGS = {
    Topic.NUMBER: {"番号": 5, "場所": 37, "旧": 12, "新": 12, "増減": 12, "増減率": 8, "セル": 14},
    Topic.TEXT: {"番号": 5, "場所": 35, "旧": 23, "新": 23, "セル": 14},
    Topic.SENTENCE: {"番号": 5, "旧": 47, "新": 48},
    Topic.ROW: {"番号": 5, "場所": 25, "旧": 35, "新": 35},
    Topic.COLUMN: {"番号": 5, "場所": 25, "旧": 35, "新": 35},
}


def create_comparison_page(comparison: Comparison) -> bytes:
    """The page, UTF-8: the same comparison, the same bytes."""
    head = element("p", shown(f"旧: {comparison.old_name}　新: {comparison.new_name}"), "head")
    counts = "".join(element("td", f"<b>{len(comparison.of(topic))}</b> 件") for topic in Topic)
    titles = "".join(element("th", topic.value) for topic in Topic)
    summary = element("table", f"<tr>{titles}</tr><tr>{counts}</tr>", "summary")
    return render_page(
        f"新旧対照　{comparison.kind}", head + summary + "".join(map(_part, Topic, [comparison] * 5))
    )


def _part(topic: Topic, comparison: Comparison) -> str:
    found = comparison.of(topic)
    heading = element("h2", topic.value)
    if not found:
        return heading + element("p", "違いはありません。")
    rows = "".join(_row(topic, number, one) for number, one in enumerate(found, 1))
    return heading + element("table", heading_row(_HEADINGS[topic]) + element("tbody", rows), "list")


def _row(topic: Topic, number: int, one: Difference) -> str:
    first = element("td", str(number), "number")
    if topic is Topic.NUMBER:
        numbers = (one.old, one.new, one.change, one.percent)
        cells = [element("td", shown(one.place))]
        cells += [element("td", shown(text), "number", {"data-key": _sort_key(text)}) for text in numbers]
        return element("tr", first + "".join(cells) + element("td", shown(one.cells), "place"))
    old, new = mark_changes(one.old, one.new)
    if topic is Topic.SENTENCE:
        return element("tr", first + _marked(old) + _marked(new))
    cells = [element("td", shown(one.place)), _marked(old), _marked(new)]
    if topic is Topic.TEXT:
        cells.append(element("td", shown(one.cells), "place"))
    return element("tr", first + "".join(cells))


def _sort_key(text: str) -> str:
    """What the page sorts a number by: the smallest first, what is no number before all."""
    plain = text.replace(",", "").removesuffix("ポイント").removesuffix("%").replace("△", "-")
    try:
        return f"{round(float(plain) * 100) + 10**15:020d}"
    except ValueError:
        return ""


def _marked(pieces: Marked) -> str:
    return element(
        "td", "".join(element("u", shown(text)) if is_new else shown(text) for text, is_new in pieces)
    )
