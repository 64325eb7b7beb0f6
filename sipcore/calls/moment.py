"""Moments as operators write them: ISO 8601, and without an offset the site's local time."""

import re
from datetime import UTC, datetime, tzinfo
from typing import Final

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2999
"""Years that are taken; beyond them some time zone leaves the calendar."""
EXPECTED: Final = (
    "must be a date and time such as 2027-01-15T23:30, or 2027-01-15T23:30:00+01:00 with an offset"
)
# A plus sign that was not escaped in a query arrives as a blank.
_LOST_PLUS: Final = re.compile(r"(T[0-9:.]+) ([0-9]{2}:?[0-9]{2})")


def moment_of(text: str, zone: tzinfo) -> float:
    """Seconds since the epoch of a text; one without offset is read in the zone.

    Of an hour that the clocks show twice the first is meant. ValueError says what was expected,
    also for an hour that the clocks skip.
    """
    written = _LOST_PLUS.sub(r"\1+\2", text.strip())
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(EXPECTED) from None
    if not FIRST_YEAR < moment.year <= LAST_YEAR:
        raise ValueError(f"must lie between {FIRST_YEAR + 1} and {LAST_YEAR}")
    if moment.tzinfo is not None:
        return moment.timestamp()
    local = moment.replace(tzinfo=zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
        raise ValueError(f"does not exist there: the clocks of {zone} skip it")
    return local.timestamp()
