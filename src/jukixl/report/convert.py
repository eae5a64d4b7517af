"""From parsed TOML to the typed classes of the declaration, collecting every mistake with its key.

Works from the classes' own annotations: adding a field to a class is all it takes to make it a key of the file.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from jukixl.errors import Place, Problem, suggest
from jukixl.report.expression import Expression, ExpressionError
from jukixl.report.text import Text


class Spot(Struct, frozen=True):
    """Where in the definition a value stands: file and key, such as `tables.annex5.columns.sent`."""

    file: str
    key: str

    def __truediv__(self, key: object) -> Spot:
        return Spot(self.file, f"{self.key}.{key}" if self.key else str(key))

    def of_item(self, number: int, raw: object) -> Spot:
        """The spot of one item of a list: by its id where it has one, else by its number from 1."""
        name = raw.get("id") if isinstance(raw, dict) else None
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
        if not isinstance(raw, dict):
            self.complain(spot, f"表（キー = 値 の組）でなければなりません。{_show(raw)}は使えません。")
            return None
        raw = dict(raw)
        if wanted in self._unions:
            chosen = self._choose(raw.pop("kind", None), self._unions[wanted], spot / "kind")
            if chosen is None:
                return None
            wanted = chosen
        fields, required = _fields(wanted)
        if not raw.keys() <= fields.keys() or not required <= raw.keys():
            self._complain_of_keys(raw, (*fields, *self._also.get(wanted, ())), required, spot)
        before = len(self.problems)
        values = {
            key: value if type(value) is fields[key].plain else self.to_value(value, fields[key], spot / key)
            for key, value in raw.items()
            if key in fields
        }
        return wanted(**values) if len(self.problems) == before and required <= values.keys() else None

    def to_value(self, raw: object, wanted: FieldType, spot: Spot) -> Any:
        """`raw` as what a field holds; None (or an empty tuple) with a problem noted where it isn't that."""
        if not wanted.is_list:
            return self._to_one(raw, wanted, spot)
        if not isinstance(raw, list):
            self.complain(spot, f"並び（[ … ]）でなければなりません。{_show(raw)}は使えません。")
            return ()
        return tuple(
            self._to_one(item, wanted, spot.of_item(number, item)) for number, item in enumerate(raw, 1)
        )

    def _to_one(self, raw: object, wanted: FieldType, spot: Spot) -> Any:
        return (self.to_object if wanted.is_object else self._to_scalar)(raw, wanted.type, spot)

    def _to_scalar(self, raw: object, wanted: Any, spot: Spot) -> Any:
        if wanted is float and type(raw) is int:
            return float(raw)
        basis = wanted if wanted in (int, float, bool) else str
        if type(raw) is not basis:
            self.complain(spot, f"{_TYPE_NAMES[basis]}でなければなりません。{_show(raw)}は使えません。")
            return None
        if issubclass(wanted, StrEnum):
            return self._choose(raw, _members(wanted), spot)
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
            spot, f"{_show(raw)}は使えません。使えるもの: {'、'.join(allowed)}。{suggest(raw, allowed)}"
        )
        return None

    def _complain_of_keys(
        self, raw: Mapping[str, object], hints: Iterable[str], required: set[str], spot: Spot
    ) -> None:
        allowed = sorted(hints)
        for key in sorted(raw.keys() - set(allowed)):
            self.complain(
                spot / key,
                f"このキーはありません。使えるもの: {'、'.join(allowed)}。{suggest(key, allowed)}",
            )
        for key in sorted(required - raw.keys()):
            self.complain(spot, f"キー「{key}」が必要です。")


_TYPE_NAMES = {str: '文字列（"…"）', int: "整数", float: "数", bool: "true か false"}


class FieldType(Struct, frozen=True):
    """What a field holds: one value of a type, or a tuple of such. `is_object`: it is written as a table.

    `plain`: what TOML gives for it is of that very type, and nothing is to be made of it.
    """

    type: type
    is_list: bool
    is_object: bool
    plain: object = None


@cache
def _fields(wanted: type[Struct]) -> tuple[dict[str, FieldType], set[str]]:
    """What each field holds by its name, and the names of fields without a default."""
    declared = fields(wanted)
    return (
        {field.name: _field_type(field.type) for field in declared},
        {field.name for field in declared if field.required},
    )


def _field_type(hint: Any) -> FieldType:
    """Taken from an annotation: `T`, `T | None` or `tuple[T, ...]`."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    is_list = typing.get_origin(hint) is tuple
    held = typing.get_args(hint)[0] if is_list else hint
    is_object = isinstance(held, type) and issubclass(held, Struct) and held not in (Text, Expression)
    return FieldType(held, is_list, is_object, held if held in _TYPE_NAMES and not is_list else None)


@cache
def _members(wanted: type[StrEnum]) -> dict[str, StrEnum]:
    return {member.value: member for member in wanted}


def _show(raw: object) -> str:
    return "無指定" if raw is None else f"「{raw}」"
