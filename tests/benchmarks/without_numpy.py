"""Imported first by a peer that doesn't need numpy: openpyxl loads it where it is installed, which takes 0.1 s.

Only pycel needs numpy; a colleague without pycel wouldn't have it, so the other peers don't pay for it.
"""

from __future__ import annotations

import sys

sys.modules["numpy"] = None  # type: ignore[assignment]  # the import fails, as where it isn't installed
