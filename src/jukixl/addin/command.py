"""The command that needs the builder of the add-in."""

from __future__ import annotations

from pathlib import Path

from jukixl.addin.build import write_addin
from jukixl.commands.outputs import optional_output_of
from jukixl.commands.registry import Arguments, Outcome, Progress
from jukixl.setup.shipped import ADDIN_NAME


def build(arguments: Arguments, _progress: Progress) -> Outcome:
    """addin build."""
    path = optional_output_of(arguments, "out", Path(ADDIN_NAME).suffix) or Path(ADDIN_NAME)
    write_addin(path)
    return Outcome((f"アドインを作成しました: {path}",), {"addin": str(path)})
