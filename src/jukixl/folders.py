"""The user's own folders: the only places outside the documents where the program reads or writes anything."""

from __future__ import annotations

import os
from pathlib import Path

CONFIG_FILE = "xlwings.conf"
"""What the add-in's VBA reads, in the configuration folder: which Python it starts."""


def config_folder() -> Path:
    """`%APPDATA%\\jukixl` on Windows, `~/.config/jukixl` elsewhere."""
    base = os.environ.get("APPDATA") or os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "jukixl"


def log_file() -> Path:
    """The log of the add-in, the newest of a few."""
    return config_folder() / "log" / "jukixl.log"
