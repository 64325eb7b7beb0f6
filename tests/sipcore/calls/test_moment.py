"""Moments as operators write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sipcore.calls.moment import EXPECTED, moment_of

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2027-01-15T23:30", "2027-01-15T22:30:00+00:00"),
        ("2027-07-15 23:30:15", "2027-07-15T21:30:15+00:00"),
        ("2027-07-15T23:30:00Z", "2027-07-15T23:30:00+00:00"),
        ("2027-07-15T23:30:00-05:00", "2027-07-16T04:30:00+00:00"),
        ("2027-07-15T23:30:00 02:00", "2027-07-15T21:30:00+00:00"),
        (" 2027-07-15 ", "2027-07-14T22:00:00+00:00"),
        ("2027-10-31T02:30", "2027-10-31T00:30:00+00:00"),
    ],
    ids=["local", "blank", "utc", "offset", "plus-lost-in-a-query", "a-day", "first-of-two"],
)
def test_a_moment_without_offset_is_the_sites_local_time(written: str, meant: str) -> None:
    moment = datetime.fromtimestamp(moment_of(written, BERLIN), UTC)

    assert moment.isoformat() == meant


@pytest.mark.parametrize(
    "written", ["", "tonight", "23:30", "2027-02-30T10:00", "2027-01-15T24:01"]
)
def test_what_is_no_moment_says_what_was_expected(written: str) -> None:
    with pytest.raises(ValueError, match="2027-01-15T23:30") as found:
        moment_of(written, BERLIN)

    assert str(found.value) == EXPECTED


def test_an_hour_that_the_clocks_skip_does_not_exist() -> None:
    with pytest.raises(ValueError, match="clocks of Europe/Berlin skip it"):
        moment_of("2027-03-28T02:30", BERLIN)


@pytest.mark.parametrize("written", ["0001-01-01T00:00", "1969-12-31T23:00", "9999-12-31T23:59"])
def test_years_that_some_zone_cannot_hold_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match="between 1971 and 2999"):
        moment_of(written, BERLIN)
