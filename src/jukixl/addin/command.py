"""The command that needs the builder of the add-in."""

from __future__ import annotations

from pathlib import Path

from jukixl.addin.build import write_addin
from jukixl.commands.registry import Arguments, Outcome, Progress, optional_path_of
from jukixl.setup.shipped import ADDIN_NAME


def build(arguments: Arguments, _progress: Progress) -> Outcome:
    """addin build."""
    path = optional_path_of(arguments, "out") or Path(ADDIN_NAME)
    write_addin(path)
    return Outcome((f"アドインを作成しました: {path}",), {"addin": str(path)})
