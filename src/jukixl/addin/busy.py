"""An Excel that refuses calls: how that shows, and how long it is worth waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import TypeVar

_T = TypeVar("_T")

PATIENCE = 5.0
"""Seconds for which a refused call is tried again."""
_PAUSE = 0.1

_BUSY = {-2147418111, -2147417846, -2146777998}
"""RPC_E_CALL_REJECTED, RPC_E_SERVERCALL_RETRYLATER, VBA_E_IGNORE (a cell is being edited)."""


def is_busy(error: BaseException) -> bool:
    """Whether Excel refused a call because it is busy, shows a dialog or a cell is being edited."""
    return type(error).__name__ == "ExcelBusyError" or not _BUSY.isdisjoint(_codes(error))


def _codes(error: BaseException) -> Iterator[object]:
    """The HRESULT of a COM error and, where Excel raised it itself, the one inside."""
    yield getattr(error, "hresult", None)
    inner = getattr(error, "excepinfo", None)
    if inner:
        yield inner[-1]


def patiently(act: Callable[[], _T]) -> _T:
    """What `act` gives, tried again for a few seconds while Excel is busy; then its error goes through."""
    until = monotonic() + PATIENCE
    while True:
        try:
            return act()
        except Exception as error:
            if not is_busy(error) or monotonic() >= until:
                raise
        sleep(_PAUSE)
