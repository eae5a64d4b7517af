"""The log: what was pressed and where it failed. Never a cell's value, a file's content or an exception's message."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

from jukixl.folders import log_file

_SIZE, _KEPT = 500_000, 3


def write_failure(command_id: str, error: BaseException) -> Path:
    """Log where a command failed; returns the log's path. A log that can't be written is given up silently."""
    _write(f"{command_id} failed: {' because of '.join(_describe(one) for one in _iter_causes(error))}")
    return log_file()


def _iter_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _describe(error: BaseException) -> str:
    """Its class, where Windows raised it the number of the error, and where it came from, innermost first."""
    code = getattr(error, "hresult", None)
    number = f"({code & 0xFFFFFFFF:#010x})" if isinstance(code, int) else ""
    places = [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return f"{type(error).__name__}{number} at {' < '.join(reversed(places))}"


def write_done(command_id: str, exit_code: int) -> None:
    """Log that a command ended, and how."""
    _write(f"{command_id} ended: {exit_code}")


def _write(line: str) -> None:
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=_SIZE, backupCount=_KEPT, encoding="utf-8")
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    handler.emit(logging.LogRecord("jukixl", logging.INFO, "", 0, line, None, None))
    handler.close()
