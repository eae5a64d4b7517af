"""A comparison as one HTML page that needs no other file."""

from __future__ import annotations

from jukixl.check.page_parts import element, heading_row, link, shown
from jukixl.check.page_shell import render_page
from jukixl.comparison.differences import Comparison, Difference, Topic
from jukixl.comparison.layout import START, Group, groups_of, marked_texts, unchanged_tables
from jukixl.comparison.wording import Marked

_NUMBERS = {"区分": 35, "項目": 16, "新": 11, "旧": 11, "増減": 11, "増減率": 7, "セル": 14}
_WORDS = {"区分": 14, "項目": 16, "新": 35, "旧": 35, "セル": 14}


def create_comparison_page(comparison: Comparison) -> bytes:
    """The page, UTF-8: the same comparison, the same bytes."""
    head = element("p", shown(f"新: {comparison.new_name}　旧: {comparison.old_name}"), "head")
    parts = [(topic, groups_of(comparison, topic)) for topic in comparison.topics]
    body = "".join(_part(topic, groups) for topic, groups in parts)
    if same := unchanged_tables(comparison):
        head += element("p", shown(f"変更のない表: {'、'.join(same)}"))
    return render_page(f"新旧対照表　{comparison.kind}", head + _summary(comparison) + body)


def _summary(comparison: Comparison) -> str:
    """How many differences there are of each kind, and links to them."""
    titles = "".join(element("th", link(topic.name, topic.value)) for topic in comparison.topics)
    counts = "".join(element("td", f"<b>{len(comparison.of(topic))}</b> 件") for topic in comparison.topics)
    return element("table", f"<tr>{titles}</tr><tr>{counts}</tr>", "summary")


def _part(topic: Topic, groups: list[Group]) -> str:
    heading = element("h2", topic.value, attributes={"id": topic.name})
    tables = "".join(_table(topic, group) for group in groups)
    return heading + (tables or element("p", "変更なし"))


def _table(topic: Topic, group: Group) -> str:
    is_number = topic is Topic.NUMBER
    changed = [title for title, _ in group.numbers] if is_number else ["新", "旧"]
    headings = [*(title for title, _ in group.names), *changed, *(title for title, _ in group.places)]
    widths = _NUMBERS if is_number else _WORDS
    scale = 100 / sum(widths[title] for title in headings)
    rows = "".join(_row(group, one, is_number=is_number) for one in group.differences)
    columns = {title: round(widths[title] * scale) for title in headings}
    return element(
        "table", heading_row(columns, shown(group.heading or START)) + element("tbody", rows), "list"
    )


def _row(group: Group, one: Difference, *, is_number: bool) -> str:
    names = [element("td", shown(of(one))) for _, of in group.names]
    places = [element("td", shown(of(one)), "place") for _, of in group.places]
    if is_number:
        texts = [of(one) for _, of in group.numbers]
        changed = [element("td", shown(text), "number", {"data-key": _sort_key(text)}) for text in texts]
    else:
        changed = [*map(_marked, marked_texts(one))]
    return element("tr", "".join((*names, *changed, *places)))


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
