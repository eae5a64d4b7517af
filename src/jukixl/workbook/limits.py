"""What is read at most of one file: beyond these a file is rejected, with the limit in the message.

A filled survey form has 20 KB, 50 KB inflated and 500 cells; the whole country's master stays below 20 MB.
"""

from __future__ import annotations

MEGABYTE = 1024 * 1024

MAX_PART_SIZE = 200 * MEGABYTE
"""Of one inflated part of any Office file."""

MAX_PACKAGE_SIZE = 1024 * MEGABYTE
"""Of all inflated parts of any Office file."""

MAX_FILE_SIZE = 20 * MEGABYTE
"""Of a returned form, as it lies in the folder."""

MAX_FORM_SIZE = 200 * MEGABYTE
"""Of all inflated parts of a returned form. A sheet with every row formatted has 80 MB."""

MAX_CELLS = 100_000
"""Cells with contents on one sheet of a returned form."""

MAX_DEPTH = 100
"""Elements within each other in any XML that is read. Office's own stay below 30."""

MAX_SECONDS = 30.0
"""For reading one returned form: looked at between the steps, each of which the limits above bound."""

MAX_COUNT = 999_999_999
"""What a municipality may answer to a count: more is a slip of the keyboard."""
