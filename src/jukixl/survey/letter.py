"""Letters to municipalities (依頼文, 督促文, 差戻し文): a template that staff may change, filled and freed of its controls."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path

from msgspec import Struct

from jukixl.errors import InputError, Place, Problem, reason_of
from jukixl.handout.control_lint import read_controls, refuse_errors
from jukixl.handout.controls import Control, fill_inline
from jukixl.handout.grid import read_grid
from jukixl.handout.ooxml import TC, Element, P, parent_of, remove, w, write_text
from jukixl.handout.package import Document, open_package
from jukixl.handout.rows import copy_row, parts_of
from jukixl.handout.shipped import find_shipped, template_name
from jukixl.survey.letter_kinds import LetterKind
from jukixl.survey.letter_lint import columns_of, lint_letter


class Letter(Struct, frozen=True, kw_only=True):
    """What a letter says: texts by field, the cases that hold, the paragraphs of each list, the rows of the table."""

    title: str
    day: date
    fields: Mapping[str, str]
    cases: frozenset[str]
    lists: Mapping[str, Sequence[str]] = {}
    rows: Sequence[tuple[str, ...]] = ()


class LetterTemplate(Struct, frozen=True):
    """A template that can be filled. `file` is the one of staff that it comes from, None for the shipped one."""

    kind: LetterKind
    content: bytes
    file: Path | None

    def render(self, letter: Letter) -> bytes:
        """The .docx, without controls; its bytes depend on template and letter alone."""
        document = open_package(self.content)
        _fill(document, self.kind, letter)
        document.set_properties(letter.title, datetime.combine(letter.day, time()))
        return document.to_bytes()


def read_letter_template(kind: LetterKind, folder: Path, chosen: Path | None = None) -> LetterTemplate:
    """The chosen template, else the one in `folder` (the master's), else the shipped one.

    InputError or Refusal, with every mistake found, where it can't be filled.
    """
    beside = folder / template_name(kind.name)
    file = chosen or (beside if beside.exists() else None)
    content = _read(file) if file else _shipped(kind)
    name = file.name if file else None
    refuse_errors(lint_letter(kind, open_package(content, name)), name)
    return LetterTemplate(kind, content, file)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"ひな形を開けません（{reason_of(error)}）。"
        raise InputError(Problem(message, Place(file=str(path)))) from error


def _shipped(kind: LetterKind) -> bytes:
    content = find_shipped(template_name(kind.name))
    assert content is not None, "the templates of letters are part of jukixl"
    return content


def _fill(document: Document, kind: LetterKind, letter: Letter) -> None:
    for control in read_controls(document):
        if control.tag in kind.cases and control.tag not in letter.cases:
            _take_out(control.element)
    for control in read_controls(document):  # what is left, in a second pass: cases may hold fields
        tag = control.tag or ""
        if tag in kind.fields:
            fill_inline(control, letter.fields[tag])
        elif tag in kind.lists:
            _fill_list(control, letter.lists[tag])
        elif kind.table and tag == kind.table.tag:
            _fill_table(control, columns_of(kind.table, control), letter.rows)
        elif tag not in kind.cases:
            continue  # a control of their own
        _unwrap(control.element)


def _fill_list(control: Control, texts: Sequence[str]) -> None:
    """A paragraph for each text, in the look of the first."""
    content = control.content
    assert content is not None, "lint refuses controls without content"
    pattern, *others = list(content.iter(P))
    for one in others:
        remove(one)
    for text in texts:
        made = copy.deepcopy(pattern)
        write_text(made, text)
        pattern.addprevious(made)
    _take_out(pattern)


def _fill_table(control: Control, columns: Sequence[int], rows: Sequence[tuple[str, ...]]) -> None:
    """A row for each, in the look of the first below the heading; `columns` are the places of what each cell holds."""
    content = control.content
    assert content is not None, "lint refuses controls without content"
    grid = read_grid(parts_of(content)[0], has_total=False)
    pattern = grid.body[0]
    for texts in rows:
        made = copy_row(pattern)
        for place, column in enumerate(columns):
            made.write(place, texts[column])
        pattern.element.addprevious(made.element)
    for row in grid.body:
        remove(row.element)


def _take_out(element: Element) -> None:
    """Remove an element."""
    _replace(element, ())


def _unwrap(element: Element) -> None:
    """Put what stands in a control into its place."""
    content = Control(element).content
    _replace(element, () if content is None else tuple(content))


def _replace(element: Element, others: Sequence[Element]) -> None:
    """Put others into an element's place; a cell of a table keeps a paragraph."""
    parent = parent_of(element)
    place = parent.index(element)
    parent[place : place + 1] = others
    if parent.tag == TC and parent.find(P) is None:
        parent.append(w("p"))
