"""Two habits of xlwings' engine for Windows that staff mustn't suffer from, broken."""

from __future__ import annotations

import atexit
from types import ModuleType
from typing import cast

_ATTEMPTS = 200


def limit_attempts() -> None:
    """Have a call that Excel refuses tried so many times at once; of itself the engine tries for ever, and Excel waits."""
    engine = _find_engine()
    if engine is not None:
        engine.N_COM_ATTEMPTS = _ATTEMPTS  # type: ignore[attr-defined]


def spare_excels() -> None:
    """Leave every Excel running when this process ends; of itself the engine then kills each that has no workbook open."""
    engine = _find_engine()
    if engine is not None:
        atexit.unregister(engine.cleanup)


def _find_engine() -> ModuleType | None:
    """None elsewhere than on Windows."""
    import xlwings

    return cast("ModuleType | None", getattr(xlwings, "_xlwindows", None))
