"""`python -m jukixl` is the same as `jukixl`."""

from __future__ import annotations

from typing import NoReturn

from jukixl.process import run


def main() -> NoReturn:
    """The `jukixl` command."""
    from jukixl.cli import main as run_command

    run(run_command)


if __name__ == "__main__":
    main()
