"""Texts with placeholders: `{base_date:short}時点` is a figure in a form, then plain characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?::([a-z_]+))?\}")


class Placeholder(Struct, frozen=True):
    """A figure in a text. `form` chooses among the ways to print a date (`jukixl.era.DateForm`); None: the usual one."""

    figure: str
    form: str | None = None

    @property
    def tag(self) -> str:
        """The tag of its content control and the last part of its cell name: `base_date` or `base_date.short`."""
        return f"{self.figure}.{self.form}" if self.form else self.figure

    @classmethod
    def of_tag(cls, tag: str) -> Placeholder:
        """The placeholder that `tag` was made from."""
        figure, _, form = tag.partition(".")
        return cls(figure, form or None)


class Text(Struct, frozen=True, dict=True):
    """A text as declared. Iterating gives its parts in order: plain `str` and `Placeholder`."""

    source: str

    @cached_property
    def parts(self) -> tuple[str | Placeholder, ...]:
        found: list[str | Placeholder] = []
        end = 0
        for match in _PLACEHOLDER.finditer(self.source):
            if match.start() > end:
                found.append(self.source[end : match.start()])
            found.append(Placeholder(match[1], match[2]))
            end = match.end()
        if end < len(self.source):
            found.append(self.source[end:])
        return tuple(found)

    @cached_property
    def placeholders(self) -> tuple[Placeholder, ...]:
        return tuple(part for part in self.parts if isinstance(part, Placeholder))

    @cached_property
    def one_line(self) -> Text:
        """The text without its line breaks."""
        return Text(self.source.replace("\n", ""))

    @cached_property
    def plain(self) -> str:
        """Its words alone, on one line: for messages and descriptions, where figures can't be brought up to date.

        A line with a figure is left out where others say enough: `{base_date}時点` above `住基人口`.
        """
        lines = [Text(line) for line in self.source.split("\n")]
        whole = [line for line in lines if not line.placeholders] or lines
        return "".join(part for line in whole for part in line if isinstance(part, str))

    def __iter__(self) -> Iterator[str | Placeholder]:
        return iter(self.parts)

    def __bool__(self) -> bool:
        return bool(self.source)
