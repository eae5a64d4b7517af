"""The job by jukixl's registered commands, in one process: `ours.py MASTER FORMS OUT`.

As on the command line, nothing is loaded before `jukixl.process.run` has made the process ready.
"""

from __future__ import annotations

import sys
from pathlib import Path

from jukixl.process import run


def main(master: str, forms: str, out: str) -> int:
    import msgspec

    from jukixl.commands.registry import Outcome, find_command
    from jukixl.workbook.host import FileHost

    def call(command_id: str, **arguments: object) -> Outcome:
        command = find_command(command_id)
        assert command is not None
        return command.load()(arguments, lambda _done, _total, _text: None)

    host = FileHost(Path(master))
    collected = call("collect", MASTER=host, DIR=forms)
    built = call("build", MASTER=host, out=f"{out}/handout.docx")  # checks the master before it builds
    (Path(out) / "findings.json").write_bytes(msgspec.json.encode(built.data["findings"]))
    return collected.exit_code or built.exit_code


if __name__ == "__main__":
    run(lambda: main(*sys.argv[1:4]))
