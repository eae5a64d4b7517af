"""Reads a report definition: files → raw TOML → expanded tables → typed declaration → validated report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from jukixl.era import Digits
from jukixl.errors import DefinitionError, Place, Problem
from jukixl.report.convert import Converter, FieldType, Spot
from jukixl.report.expression import Expression
from jukixl.report.model import (
    Annex,
    Block,
    Column,
    Cover,
    Figure,
    Heading,
    Kind,
    Paragraph,
    Report,
    RowMaster,
    Setting,
    Table,
)
from jukixl.report.rules import RULES, Rule
from jukixl.report.sources import (
    MAIN_FILE,
    is_bundled,
    iter_csv_problems,
    parse_toml,
    read_csv_records,
    read_sources,
)

_SECTIONS = ("settings", "row_masters", "tables", "figures", "document")
_BLOCKS: dict[str, type] = {"cover": Cover, "heading": Heading, "paragraph": Paragraph, "annex": Annex}
_BOUND = re.compile(r"<([a-z_]+)>")
_ROW_MASTER_KEYS = ("id", "file", "id_column")
_MAX_REPEAT = 99

Raw = dict[str, Any]


def load_report(folder: Path) -> Report:
    """The report declared in `folder`. Raises DefinitionError with every mistake found: file, key, what is allowed."""
    return report_from_sources(read_sources(folder))


def report_from_sources(sources: Mapping[str, str]) -> Report:
    """The report declared by these texts (see `read_sources`); errors as for `load_report`."""
    return _build_report(tuple(sources.items()))


@lru_cache(maxsize=2)  # a command reads a master before and after it changes it; its definition is the same
def _build_report(texts: tuple[tuple[str, str], ...]) -> Report:
    sources = dict(texts)
    parsed, problems = parse_toml(sources)
    if MAIN_FILE not in sources:
        problems.append(Problem(f"{MAIN_FILE} がありません。", Place(file=MAIN_FILE)))
    if problems:
        raise DefinitionError(*problems)
    builder = _Builder(sources, parsed)
    report = builder.build()
    if report is None or builder.converter.problems:
        raise DefinitionError(*builder.converter.problems)
    if not is_bundled(report.id, sources):  # the tests have found no mistake in that one
        from jukixl.report.validation import validate_report

        if problems := list(validate_report(report)):
            raise DefinitionError(*map(builder.locate, problems))
    return report


class _Builder:
    def __init__(self, sources: Mapping[str, str], parsed: Mapping[str, Raw]) -> None:
        self.sources = sources
        self.parsed = parsed
        self.converter = Converter(
            {Block: _BLOCKS, Rule: dict(RULES)}, {Table: ("bind", "like"), Column: ("repeat",)}
        )
        self._spots: dict[str, Spot] = {}

    def locate(self, problem: Problem) -> Problem:
        """A problem of the whole report with the file and key of what it concerns."""
        parts = (problem.place.key or "").split(".")
        for end in range(len(parts), 0, -1):
            if spot := self._spots.get(".".join(parts[:end])):
                key = ".".join([spot.key, *parts[end:]])
                return Problem(problem.message, Place(file=spot.file, key=key))
        return Problem(problem.message, Place(file=MAIN_FILE, key=problem.place.key))

    def build(self) -> Report | None:
        self._complain_of_sections()
        head = self.parsed[MAIN_FILE]
        for key in ("id", "title"):
            if not isinstance(head.get(key), str):
                self.converter.complain(Spot(MAIN_FILE, key), "報告の識別子と表題を文字列で書いてください。")
        digits = self.converter.to_value(
            head.get("digits", Digits.HALF.value), FieldType(Digits, False, False), Spot(MAIN_FILE, "digits")
        )
        settings = self._objects("settings", Setting)
        row_masters = tuple(self._row_masters())
        tables = tuple(self._tables({master.id: master for master in row_masters}))
        figures = self._objects("figures", Figure)
        document = self._objects("document", Block)
        if self.converter.problems:
            return None
        return Report(
            id=head["id"],
            title=head["title"],
            settings=tuple(_with_default(setting, digits) for setting in settings),
            row_masters=row_masters,
            tables=tables,
            figures=(*_figures_of_settings(settings), *figures),
            document=document,
            sources=dict(self.sources),
            digits=digits,
        )

    def _complain_of_sections(self) -> None:
        for file, content in self.parsed.items():
            allowed = (*_SECTIONS, *(("id", "title", "digits") if file == MAIN_FILE else ()))
            for key in sorted(content.keys() - set(allowed)):
                self.converter.complain(
                    Spot(file, key), f"この見出しはありません。使えるもの: {'、'.join(allowed)}。"
                )

    def _iter_raw(self, section: str) -> Iterator[tuple[Spot, Raw]]:
        """The items of a section over all files; where each stands is noted by its id, a block's by its number."""
        items = list(self._iter_items(section))
        for number, (spot, item) in enumerate(items, 1):
            name = number if section == "document" else item.get("id")
            self._spots[f"{section}.{name}"] = spot
            if section == "settings":
                self._spots[f"figures.{name}"] = spot
        return iter(items)

    def _iter_items(self, section: str) -> Iterator[tuple[Spot, Raw]]:
        for file, content in self.parsed.items():
            items = content.get(section, [])
            spot = Spot(file, section)
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                self.converter.complain(spot, f"[[{section}]] と書いてください。")
                continue
            for number, item in enumerate(items, 1):
                yield spot.of_item(number, item), item

    def _objects(self, section: str, wanted: type) -> tuple[Any, ...]:
        made = [self.converter.to_object(raw, wanted, spot) for spot, raw in self._iter_raw(section)]
        return tuple(item for item in made if item is not None)

    def _row_masters(self) -> Iterator[RowMaster]:
        for spot, raw in self._iter_raw("row_masters"):
            file, id_column = raw.get("file"), raw.get("id_column")
            before = len(self.converter.problems)
            self._check_row_master(raw, spot)
            if len(self.converter.problems) > before:
                continue
            header, records = read_csv_records(self.sources[str(file)])
            yield RowMaster(
                id=raw["id"],
                ids=_row_ids(records, id_column),
                columns=tuple(name for name in header if name != id_column or name != "id"),
                records=records,
            )

    def _check_row_master(self, raw: Raw, spot: Spot) -> None:
        allowed = "、".join(_ROW_MASTER_KEYS)
        for key in sorted(raw.keys() - set(_ROW_MASTER_KEYS)):
            self.converter.complain(spot / key, f"このキーはありません。使えるもの: {allowed}。")
        file = raw.get("file")
        files = [name for name in self.sources if name.endswith(".csv")]
        if not isinstance(raw.get("id"), str):
            self.converter.complain(spot / "id", "行の一覧の識別子を文字列で書いてください。")
        if not isinstance(file, str) or file not in files:
            message = f"定義のフォルダーにある .csv を指定してください。「{file}」はありません。あるもの: {'、'.join(files)}。"
            self.converter.complain(spot / "file", message)
            return
        for message in iter_csv_problems(self.sources[file]):
            self.converter.complain(Spot(file, spot.key), message)
        header, _ = read_csv_records(self.sources[file])
        if raw.get("id_column") is not None and raw["id_column"] not in header:
            message = f"「{raw['id_column']}」列が {file} にありません。ある列: {'、'.join(header)}。"
            self.converter.complain(spot / "id_column", message)

    def _tables(self, row_masters: Mapping[str, RowMaster]) -> Iterator[Table]:
        whole: dict[str, Raw] = {}
        for spot, declared in self._iter_raw("tables"):
            taken_over = self._take_over(declared, whole, spot)
            whole[str(declared.get("id"))] = taken_over
            raw = self._bind(taken_over, spot)
            rows = raw.pop("rows", None)
            if rows is not None and (not isinstance(rows, str) or rows not in row_masters):
                known = "、".join(row_masters)
                self.converter.complain(spot / "rows", f"行の一覧「{rows}」はありません。あるもの: {known}。")
                rows = None
            if isinstance(raw.get("columns"), list):
                raw["columns"] = list(self._repeat_columns(raw["columns"], spot / "columns"))
            table = self.converter.to_object(raw, Table, spot)
            if table is not None:
                yield _with_rows(table, row_masters.get(rows) if rows else None)

    def _take_over(self, raw: Raw, whole: Mapping[str, Raw], spot: Spot) -> Raw:
        if "like" not in raw:
            return dict(raw)
        like = raw["like"]
        if not isinstance(like, str) or like not in whole:
            self.converter.complain(
                spot / "like", f"先に書かれた表に「{like}」はありません。あるもの: {'、'.join(whole)}。"
            )
            return {key: value for key, value in raw.items() if key != "like"}
        own = {key: value for key, value in raw.items() if key != "like"}
        return {**whole[like], **own, "bind": {**_words(whole[like]), **_words(raw)}}

    def _bind(self, raw: Raw, spot: Spot) -> Raw:
        """Put in what the <words> of a table stand for; `<self>` is its own id."""
        if "bind" in raw and raw["bind"] != _words(raw):
            self.converter.complain(spot / "bind", 'bind には { 語 = "置きかえる文字列" } と書いてください。')
        bound = {**_words(raw), "self": str(raw.get("id"))}
        unbound: set[str] = set()

        def replaced(value: Any) -> Any:
            if isinstance(value, str):
                if "<" not in value:
                    return value
                text = _BOUND.sub(lambda match: bound.get(match[1], match[0]), value)
                unbound.update(_BOUND.findall(text))
                return text
            if isinstance(value, list):
                return [replaced(item) for item in value]
            return {key: replaced(item) for key, item in value.items()} if isinstance(value, dict) else value

        result: Raw = {key: replaced(value) for key, value in raw.items() if key != "bind"}
        for word in sorted(unbound):
            self.converter.complain(spot / "bind", f"<{word}> が何を指すか、bind に書いてください。")
        return result

    def _repeat_columns(self, columns: list[Any], spot: Spot) -> Iterator[Any]:
        """A column with `repeat = 12` becomes twelve, `#` in its title standing for the number."""
        for position, column in enumerate(columns, 1):
            if not isinstance(column, dict) or "repeat" not in column:
                yield column
                continue
            times = column["repeat"]
            if type(times) is not int or not 1 <= times <= _MAX_REPEAT:
                here = spot.of_item(position, column) / "repeat"
                self.converter.complain(here, f"1 から {_MAX_REPEAT} までの整数でなければなりません。")
                times = 1
            yield from (_repeated(column, number) for number in range(1, times + 1))


def _words(raw: Raw) -> dict[str, str]:
    """What a table binds its <words> to; what isn't a text is left out."""
    bind = raw.get("bind", {})
    return (
        {key: text for key, text in bind.items() if isinstance(text, str)} if isinstance(bind, dict) else {}
    )


def _repeated(column: Raw, number: int) -> Raw:
    """One of the columns that a repeated one stands for."""
    once = {key: value for key, value in column.items() if key != "repeat"}
    title = str(column.get("title", "")).replace("#", str(number))
    return {**once, "id": f"{column.get('id')}{number:02d}", "series": column.get("id"), "title": title}


def _with_default(setting: Setting, digits: Digits) -> Setting:
    """The choice of how numbers are set starts with what the report itself says."""
    chooses = setting.kind is Kind.DIGITS and setting.default is None
    return replace(setting, default=digits.label) if chooses else setting


def _figures_of_settings(settings: tuple[Setting, ...]) -> tuple[Figure, ...]:
    """Every setting is a figure, so that texts can use it."""
    return tuple(
        Figure(id=setting.id, label=setting.label, kind=setting.kind, value=Expression(setting.id))
        for setting in settings
    )


def _row_ids(records: tuple[dict[str, str], ...], id_column: str | None) -> tuple[str, ...]:
    if id_column is None:
        return tuple(f"r{number:03d}" for number in range(1, len(records) + 1))
    return tuple(record[id_column] for record in records)


def _with_rows(table: Table, rows: RowMaster | None) -> Table:
    return replace(table, rows=rows)
