"""The day it is somewhere."""

from datetime import datetime, tzinfo
from typing import Final

LONGEST_DAY: Final = 26 * 3600.0
"""Seconds that no day lasts longer, not even the one on which clocks go back."""


def local_day(zone: tzinfo, at: float) -> int:
    """The day that a moment (seconds since the epoch, UTC) belongs to in a time zone.

    Counted from 1 January of the year 1.
    """
    return datetime.fromtimestamp(at, zone).toordinal()
