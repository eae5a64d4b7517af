"""COM as pywin32 shows it to Python, over pyOpenVBA's objects. What pyOpenVBA lacks raises; it never passes silently."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from pyopenvba.apps.excel._model import Range
from pyopenvba.exceptions import VBARuntimeError
from pyopenvba.interpreter._objects import VBAObject
from pyopenvba.interpreter._values import (
    EMPTY,
    MISSING,
    NOTHING,
    NULL,
    VBAArray,
    VBADate,
    VBAErrorValue,
    VBAInt,
    VBASingle,
)

from excel_sim.pywin32 import ComError, ComTime

_ERROR_BASE = -2146828288
_MISSING_ARGUMENT = -2147352572  # DISP_E_PARAMNOTFOUND
_CALLED = {"range", "evaluate", "filedialog"}
"""Properties that take arguments."""


def to_python(value: object) -> object:
    """A VBA value as pywin32 hands it to Python."""
    if value is MISSING:
        return _MISSING_ARGUMENT
    if value is EMPTY or value is NULL or value is NOTHING:
        return None
    if isinstance(value, VBADate):
        moment = value.to_datetime()
        return ComTime(*moment.timetuple()[:6], tzinfo=dt.UTC)
    if isinstance(value, VBAErrorValue):
        return _ERROR_BASE + value.number
    if isinstance(value, VBAArray):
        return _rows(value)
    if isinstance(value, VBAObject):
        return ComObject(value)
    if isinstance(value, VBAInt):
        return int(value)
    return float(value) if isinstance(value, VBASingle) else value


def _rows(array: VBAArray) -> tuple[object, ...]:
    if array.dimensions == 1:
        return tuple(to_python(item) for item in array.items)
    (top, bottom), (left, right) = array.bounds
    return tuple(
        tuple(to_python(array.get([row, column])) for column in range(left, right + 1))
        for row in range(top, bottom + 1)
    )


def to_vba(value: object) -> object:
    """A Python value as pywin32 hands it to Excel."""
    while type(value).__name__ == "COMRetryObjectWrapper":
        value = object.__getattribute__(value, "_inner")
    if isinstance(value, ComObject):
        return value.vba
    if value is None:
        return EMPTY
    if isinstance(value, list | tuple):
        return _array(value)
    if isinstance(value, dt.datetime):
        return VBADate.from_datetime(value.replace(tzinfo=None))
    if isinstance(value, dt.date):
        return VBADate.from_datetime(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return VBAInt(value, "Long") if abs(value) < 2**31 else float(value)
    return value


def _array(value: list[object] | tuple[object, ...]) -> VBAArray:
    if not value or not isinstance(value[0], list | tuple):
        return VBAArray([(0, len(value) - 1)], items=[to_vba(item) for item in value])
    columns = len(value[0])
    items = [to_vba(row[column]) for column in range(columns) for row in value]  # VBA keeps columns together
    return VBAArray([(0, len(value) - 1), (0, columns - 1)], items=items)


@contextmanager
def com_errors() -> Iterator[None]:
    """VBA's run-time errors as pywin32 raises them."""
    try:
        yield
    except VBARuntimeError as error:
        info = (0, "Microsoft Excel", str(error), None, 0, -2146827284)
        raise ComError(-2147352567, "Exception occurred.", info, None) from error


Guard = Callable[[VBAObject, str, bool], None]
"""Gets the object, the member's name, and whether it is set."""


def refuse(hresult: int) -> NoReturn:
    """Refuse a call as a busy Excel does."""
    raise ComError(hresult, "Call was rejected by callee.", None, None)


class ComObject:
    """What win32com's Dispatch gives: members by name; calling it reaches the default member."""

    vba: VBAObject
    CLSID = "{00020846-0000-0000-C000-000000000046}"
    guard: Guard | None = None
    """Asked before every call of any object; it may raise what Excel would raise."""

    def __init__(self, vba: VBAObject) -> None:
        object.__setattr__(self, "vba", vba)

    def get(self, name: str, args: tuple[object, ...] = (), named: dict[str, object] | None = None) -> object:
        """A member's value; the shim's own entry for tests."""
        self._ask_guard(name, is_set=False)
        given = [MISSING if one is None else to_vba(one) for one in args]
        while given and given[-1] is MISSING:
            given.pop()
        kept = {key: to_vba(one) for key, one in (named or {}).items() if one is not None}
        with com_errors():
            return to_python(self.vba.vba_get(name, given, kept))

    def _ask_guard(self, name: str, *, is_set: bool) -> None:
        if ComObject.guard is not None:
            ComObject.guard(self.vba, name, is_set)

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        spec = self.vba.vba_member(name)
        if spec is None and name.startswith("Get") and self.vba.vba_member(name[3:]):
            return self._method(name[3:])
        if spec is not None and (spec.kind == "method" or name.lower() in _CALLED):
            return self._method(name)
        return self.get(name)

    def _method(self, name: str) -> types.MethodType:
        """Bound, as pywin32's are: xlwings tells methods by that."""
        return types.MethodType(lambda com, *args, **named: com.get(name, args, named), self)

    def __setattr__(self, name: str, value: object) -> None:
        self._ask_guard(name, is_set=True)
        with com_errors():
            self.vba.vba_set(name, to_vba(value))

    def __call__(self, *args: object, **named: object) -> object:
        if isinstance(self.vba, Range):  # its default member is Value in pyOpenVBA, Item in COM
            return self.get("Item", args, named)
        default = self.vba.vba_default_member()
        if default is None:
            raise TypeError(f"{self.vba.vba_type_name} has no default member")
        return self.get(default.name, args, named)

    def __iter__(self) -> Iterator[object]:
        return (to_python(item) for item in self.vba.vba_iterate())

    def __len__(self) -> int:
        return int(self.Count)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ComObject) and other.vba is self.vba

    def __hash__(self) -> int:
        return id(self.vba)

    def __repr__(self) -> str:
        return f"<COM {self.vba.vba_type_name}>"
