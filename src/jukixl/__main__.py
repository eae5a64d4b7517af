"""`python -m jukixl` is the same as `jukixl`."""

import sys

from jukixl.cli import main

if __name__ == "__main__":
    sys.exit(main())
