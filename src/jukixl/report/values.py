"""What a cell can hold once it has been read: never a float, never a bare symbol."""

from __future__ import annotations

from datetime import date, time
from fractions import Fraction

from jukixl.figures import Missing

Value = int | Fraction | date | time | str | Missing
"""A count (int), an exact unrounded rate (Fraction, 1 = 100 %), a day, a time, a text, or why there is none."""
