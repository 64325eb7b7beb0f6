"""The day it is somewhere."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LONGEST_DAY: Final = 26 * 3600.0
"""Seconds that no day lasts longer, not even the one on which clocks go back."""


def local_day(timezone: str, at: float) -> int:
    """The day that a moment (seconds since the epoch, UTC) belongs to in an IANA time zone.

    Counted from 1 January of the year 1; a zone that is not known counts as UTC.
    """
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return datetime.fromtimestamp(at, UTC).toordinal()
    return datetime.fromtimestamp(at, zone).toordinal()
