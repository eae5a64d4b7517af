"""The log: what was pressed and where it failed. Never a cell's value, a file's content or an exception's message."""

from __future__ import annotations

import logging
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path

from jukixl.folders import log_file

_SIZE, _KEPT = 500_000, 3


def write_failure(command_id: str, error: BaseException) -> Path:
    """Log where a command failed; returns the log's path. A log that can't be written is given up silently."""
    places = [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    _write(f"{command_id} failed: {type(error).__name__} at {' < '.join(reversed(places))}")
    return log_file()


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
