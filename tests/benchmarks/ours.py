"""The job by jukixl's registered commands, in one process: `ours.py MASTER FORMS OUT`."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from jukixl.commands.registry import Outcome, find_command
from jukixl.process import run
from jukixl.workbook.host import FileHost


def _run(command_id: str, **arguments: object) -> Outcome:
    command = find_command(command_id)
    assert command is not None
    return command.load()(arguments, lambda _done, _total, _text: None)


def main(master: str, forms: str, out: str) -> int:
    host = FileHost(Path(master))
    collected = _run("collect", MASTER=host, DIR=forms)
    built = _run("build", MASTER=host, out=f"{out}/handout.docx")  # checks the master before it builds
    (Path(out) / "findings.json").write_bytes(msgspec.json.encode(built.data["findings"]))
    return collected.exit_code or built.exit_code


if __name__ == "__main__":
    run(lambda: main(*sys.argv[1:4]))  # as the command line does
