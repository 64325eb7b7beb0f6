"""Quiet windows: what is stored, and the minutes of the week they cover."""

from typing import Any

import pytest

from directory.quiet_windows import DAYS, MOST, WEEK, boundaries, windows

NIGHT = {"days": ["mon"], "start": "22:00", "end": "07:00"}
DAY = 24 * 60


def covered(stored: list[dict[str, Any]]) -> set[int]:
    """Every minute between a beginning and its end."""
    edges = boundaries(stored)
    assert list(edges) == sorted(edges)
    assert len(set(edges)) == len(edges)
    return {
        minute
        for begin, end in zip(edges[::2], edges[1::2], strict=True)
        for minute in range(begin, end)
    }


def test_days_are_stored_in_the_order_of_the_week_each_once() -> None:
    given = [{"days": ["sun", "mon", "sun"], "start": "13:00", "end": "15:00"}]

    assert windows(given) == [{"days": ["mon", "sun"], "start": "13:00", "end": "15:00"}]


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ({"days": [], "start": "22:00", "end": "07:00"}, "is empty: name at least one day"),
        ({"days": ["monday"], "start": "22:00", "end": "07:00"}, "days must be of mon, tue"),
        ({"days": [1], "start": "22:00", "end": "07:00"}, "days must be of mon, tue"),
        ({"days": "mon", "start": "22:00", "end": "07:00"}, "is empty: name at least one day"),
        ({"days": ["mon"], "start": "22:00", "end": "22:00"}, "is empty: end equals start"),
        ({"days": ["mon"], "start": "00:00", "end": "00:00"}, "a whole day is 00:00 to 24:00"),
        ({"days": ["mon"], "start": "24:00", "end": "07:00"}, "start must be before 24:00"),
        ({"days": ["mon"], "start": "22:60", "end": "07:00"}, "start must be a time"),
        ({"days": ["mon"], "start": "22:00", "end": "24:01"}, "end must be a time"),
        ({"days": ["mon"], "start": 22, "end": "07:00"}, "start must be a time"),
        ({"days": ["mon"], "start": "22:00"}, "must have days, start and end"),
        ("mon 22-7", "must have days, start and end"),
    ],
)
def test_a_wrong_window_is_named_by_number_and_reason(window: object, message: str) -> None:
    with pytest.raises(ValueError, match=message) as found:
        windows([NIGHT, window])

    assert str(found.value).startswith("window 2: ")


def test_there_are_at_most_twenty_windows() -> None:
    assert len(windows([NIGHT] * MOST)) == MOST
    with pytest.raises(ValueError, match="at most 20 windows"):
        windows([NIGHT] * (MOST + 1))


def test_windows_are_a_list() -> None:
    with pytest.raises(ValueError, match="must be a list"):
        windows(NIGHT)


def test_a_window_over_midnight_ends_on_the_next_day() -> None:
    assert boundaries([NIGHT]) == (22 * 60, DAY + 7 * 60)


def test_the_night_of_sunday_goes_on_in_the_first_hours_of_the_week() -> None:
    assert boundaries([NIGHT | {"days": ["sun"]}]) == (0, 7 * 60, 6 * DAY + 22 * 60, WEEK)


def test_whole_days_that_touch_are_one() -> None:
    whole = {"days": ["sat", "sun"], "start": "00:00", "end": "24:00"}

    assert boundaries([whole]) == (5 * DAY, WEEK)
    assert boundaries([whole | {"days": list(DAYS)}]) == (0, WEEK)


def test_windows_that_overlap_cover_what_either_covers() -> None:
    noon = {"days": ["tue"], "start": "06:00", "end": "13:30"}

    assert covered([NIGHT, noon]) == covered([NIGHT]) | covered([noon])


def test_an_end_at_midnight_is_the_end_of_the_day() -> None:
    evening = {"days": ["mon"], "start": "20:00", "end": "00:00"}

    assert boundaries([evening]) == (20 * 60, DAY) == boundaries([evening | {"end": "24:00"}])


def test_no_window_covers_nothing() -> None:
    assert boundaries([]) == ()
