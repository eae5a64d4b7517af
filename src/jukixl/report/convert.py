"""From parsed TOML to the typed classes of the declaration, collecting every mistake with its key.

Works from the classes' own annotations: adding a field to a class is all it takes to make it a key of the file.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from jukixl.errors import Place, Problem
from jukixl.report.expression import Expression, ExpressionError
from jukixl.report.text import Text


@dataclasses.dataclass(frozen=True)
class Spot:
    """Where in the definition a value stands: file and key, such as `tables.annex5.columns.sent`."""

    file: str
    key: str

    def __truediv__(self, key: object) -> Spot:
        return Spot(self.file, f"{self.key}.{key}" if self.key else str(key))

    def of_item(self, number: int, raw: object) -> Spot:
        """The spot of one item of a list: by its id where it has one, else by its number from 1."""
        name = raw.get("id") if isinstance(raw, Mapping) else None
        return self / (name if isinstance(name, str) else number)


class Converter:
    """Converts raw TOML values to declared types; `problems` holds what was wrong, in order of appearance."""

    def __init__(
        self, unions: Mapping[type, Mapping[str, type]], also: Mapping[type, tuple[str, ...]]
    ) -> None:
        """`unions`: for a base class, its subclasses by the value of the key `kind`.

        `also`: keys of a class's tables that are dealt with before conversion; messages name them as allowed.
        """
        self.problems: list[Problem] = []
        self._unions = unions
        self._also = also

    def complain(self, spot: Spot, message: str) -> None:
        """Note a mistake at `spot`."""
        self.problems.append(Problem(message, Place(file=spot.file, key=spot.key)))

    def to_object(self, raw: object, wanted: type, spot: Spot) -> Any:
        """An instance of the dataclass `wanted`; None where `raw` doesn't allow one (problems were noted)."""
        if not isinstance(raw, Mapping):
            self.complain(spot, f"表（キー = 値 の組）でなければなりません。{_show(raw)}は使えません。")
            return None
        raw = dict(raw)
        if wanted in self._unions:
            chosen = self._choose(raw.pop("kind", None), self._unions[wanted], spot / "kind")
            if chosen is None:
                return None
            wanted = chosen
        hints, required = _fields(wanted)
        self._complain_of_keys(raw, (*hints, *self._also.get(wanted, ())), required, spot)
        before = len(self.problems)
        values = {
            key: self.to_value(value, hints[key], spot / key) for key, value in raw.items() if key in hints
        }
        return wanted(**values) if len(self.problems) == before and required <= values.keys() else None

    def to_objects(self, raw: object, wanted: type, spot: Spot) -> tuple[Any, ...]:
        """Instances from a list of tables, leaving out those that could not be made."""
        if not isinstance(raw, list):
            self.complain(spot, "並び（[[…]] か [ … ]）でなければなりません。")
            return ()
        made = (self.to_object(item, wanted, spot.of_item(n, item)) for n, item in enumerate(raw, 1))
        return tuple(item for item in made if item is not None)

    def to_value(self, raw: object, wanted: Any, spot: Spot) -> Any:
        """`raw` as the annotated type `wanted`; None with a problem noted where it isn't one."""
        if typing.get_origin(wanted) in (typing.Union, types.UnionType):
            return self.to_value(
                raw, next(part for part in typing.get_args(wanted) if part is not type(None)), spot
            )
        if typing.get_origin(wanted) is tuple:
            return self._to_tuple(raw, typing.get_args(wanted)[0], spot)
        if dataclasses.is_dataclass(wanted) and wanted not in (Text, Expression):
            return self.to_object(raw, typing.cast("type", wanted), spot)
        return self._to_scalar(raw, wanted, spot)

    def _to_tuple(self, raw: object, wanted: Any, spot: Spot) -> tuple[Any, ...]:
        if not isinstance(raw, list):
            self.complain(spot, f"並び（[ … ]）でなければなりません。{_show(raw)}は使えません。")
            return ()
        return tuple(
            self.to_value(item, wanted, spot.of_item(number, item)) for number, item in enumerate(raw, 1)
        )

    def _to_scalar(self, raw: object, wanted: Any, spot: Spot) -> Any:
        if wanted is float and type(raw) is int:
            return float(raw)
        basis = wanted if wanted in (int, float, bool) else str
        if type(raw) is not basis:
            self.complain(spot, f"{_TYPE_NAMES[basis]}でなければなりません。{_show(raw)}は使えません。")
            return None
        if isinstance(wanted, type) and issubclass(wanted, StrEnum):
            return self._choose(raw, {member.value: member for member in wanted}, spot)
        return self._to_expression(typing.cast("str", raw), spot) if wanted is Expression else wanted(raw)

    def _to_expression(self, raw: str, spot: Spot) -> Expression | None:
        expression = Expression(raw)
        try:
            _ = expression.node
        except ExpressionError as error:
            self.complain(spot, f"式「{raw}」: {error}。")
            return None
        return expression

    def _choose(self, raw: object, allowed: Mapping[str, Any], spot: Spot) -> Any:
        if isinstance(raw, str) and raw in allowed:
            return allowed[raw]
        self.complain(
            spot, f"{_show(raw)}は使えません。使えるもの: {'、'.join(allowed)}。{_suggest(raw, allowed)}"
        )
        return None

    def _complain_of_keys(
        self, raw: Mapping[str, object], hints: Iterable[str], required: set[str], spot: Spot
    ) -> None:
        allowed = sorted(hints)
        for key in sorted(raw.keys() - set(allowed)):
            self.complain(
                spot / key,
                f"このキーはありません。使えるもの: {'、'.join(allowed)}。{_suggest(key, allowed)}",
            )
        for key in sorted(required - raw.keys()):
            self.complain(spot, f"キー「{key}」が必要です。")


_TYPE_NAMES = {str: '文字列（"…"）', int: "整数", float: "数", bool: "true か false"}


@cache
def _fields(wanted: type) -> tuple[dict[str, Any], set[str]]:
    """The annotated types by field name, and the names of fields without a default."""
    hints = typing.get_type_hints(wanted)
    declared = dataclasses.fields(wanted)
    required = {
        field.name
        for field in declared
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    return {field.name: hints[field.name] for field in declared}, required


def _show(raw: object) -> str:
    return "無指定" if raw is None else f"「{raw}」"


def _suggest(raw: object, allowed: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(raw), list(allowed), 1)
    return f"「{close[0]}」ではありませんか。" if close else ""
