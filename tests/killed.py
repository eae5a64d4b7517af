"""A collection in a process of its own, to be killed."""

from __future__ import annotations

from pathlib import Path

from jukixl.commands.collecting import collect


def run(master: str, folder: str) -> None:
    """Collect without a word."""
    collect({"MASTER": Path(master), "DIR": Path(folder)}, lambda *_: None)
