"""Dates as cells hold them: serial numbers, in the 1900 or the 1904 system."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

# Serial 60 is the 1900-02-29 that never was: from 1900-03-01 on, counting from 1899-12-30 gives Excel's number.
_EPOCH_1900 = date(1899, 12, 30)
_EPOCH_1904 = date(1904, 1, 1)


def to_serial(day: date, *, date1904: bool) -> int | float:
    """The serial number of a date (int) or of a date with a time of day other than midnight (float).

    Right from 1900-03-01 on. 2024-05-27 → 45439 in the 1900 system.
    """
    moment = day.replace(tzinfo=None) if isinstance(day, datetime) else datetime.combine(day, time())
    days = (moment.date() - (_EPOCH_1904 if date1904 else _EPOCH_1900)).days
    clock = moment - datetime.combine(moment.date(), time())
    return days + clock / timedelta(days=1) if clock else days
