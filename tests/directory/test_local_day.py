"""The day it is somewhere."""

from datetime import UTC, date, datetime

import pytest

from directory.local_day import LONGEST_DAY, local_day
from directory.queries.dial import zone_of


@pytest.mark.parametrize(
    ("timezone", "moment", "day"),
    [
        ("UTC", datetime(2026, 3, 1, 23, 59, tzinfo=UTC), date(2026, 3, 1)),
        ("Europe/Berlin", datetime(2026, 3, 1, 23, 0, tzinfo=UTC), date(2026, 3, 2)),
        ("America/New_York", datetime(2026, 3, 2, 4, 59, tzinfo=UTC), date(2026, 3, 1)),
        ("Nowhere/At all", datetime(2026, 3, 1, 23, 0, tzinfo=UTC), date(2026, 3, 1)),
        ("../etc/passwd", datetime(2026, 3, 1, 23, 0, tzinfo=UTC), date(2026, 3, 1)),
    ],
)
def test_the_day_is_that_of_the_zone(timezone: str, moment: datetime, day: date) -> None:
    assert local_day(zone_of(timezone), moment.timestamp()) == day.toordinal()


def test_no_moment_of_the_longest_day_is_older_than_it() -> None:
    """On 25 October 2026 clocks in Berlin go back: the day has 25 hours."""
    first, last = (
        datetime(2026, 10, 24, 22, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 22, 59, tzinfo=UTC),
    )

    assert local_day(zone_of("Europe/Berlin"), first.timestamp()) == local_day(
        zone_of("Europe/Berlin"), last.timestamp()
    )
    assert last.timestamp() - first.timestamp() < LONGEST_DAY
