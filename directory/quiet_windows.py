"""Quiet windows: hours of the week, on the clock on the wall, in which phones stay silent (G09).

A window begins on each of its days at `start` and lasts until `end`; one that ends at or before its
start on the clock ends on the next day. `24:00` is the end of the day, so a whole day is `00:00` to
`24:00`. The clock on the wall decides, also when it is put forward or back: a skipped hour is in no
window, and an hour that is shown twice is quiet twice.
"""

import re
from typing import Any

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Words for days in the order of `datetime.weekday`."""
MOST = 20
"""Most windows of one party."""
DAY = 24 * 60
WEEK = 7 * DAY
"""Minutes."""

Window = dict[str, Any]
"""`days` (words), `start` and `end` (`HH:MM`)."""

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


def windows(value: object) -> list[Window]:
    """Windows as they are stored: days in the order of the week, each once.

    ValueError says which window is wrong, counted from 1, and what was expected.
    """
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of windows")
    if len(value) > MOST:
        raise ValueError(f"at most {MOST} windows")
    checked = []
    for number, window in enumerate(value, start=1):
        try:
            checked.append(_window(window))
        except ValueError as error:
            raise ValueError(f"window {number}: {error}") from None
    return checked


def boundaries(stored: list[Window]) -> tuple[int, ...]:
    """Begin, end, begin, end, … in minutes of the week, in order, nothing overlapping.

    A minute is quiet when an odd number of boundaries is not after it.
    """
    pieces: list[tuple[int, int]] = []
    for window in stored:
        start, end = _minutes(window["start"]), _minutes(window["end"])
        length = end - start if end > start else end - start + DAY
        for day in window["days"]:
            begin = DAYS.index(day) * DAY + start
            pieces.append((begin, min(begin + length, WEEK)))
            if begin + length > WEEK:
                pieces.append((0, begin + length - WEEK))
    merged: list[int] = []
    for begin, end in sorted(pieces):
        if merged and begin <= merged[-1]:
            merged[-1] = max(merged[-1], end)
        else:
            merged += [begin, end]
    return tuple(merged)


def _window(value: object) -> Window:
    if not isinstance(value, dict) or set(value) != {"days", "start", "end"}:
        raise ValueError("must have days, start and end")
    days, start, end = value["days"], value["start"], value["end"]
    if not isinstance(days, list | tuple) or not days:
        raise ValueError("is empty: name at least one day")
    if any(day not in DAYS for day in days):
        raise ValueError("days must be of " + ", ".join(DAYS))
    for name, time in (("start", start), ("end", end)):
        if not isinstance(time, str) or _TIME.fullmatch(time) is None:
            raise ValueError(f"{name} must be a time from 00:00 to 24:00 such as 22:30")
    if start == "24:00":
        raise ValueError("start must be before 24:00: take 00:00 of the next day")
    if start == end:
        raise ValueError("is empty: end equals start; a whole day is 00:00 to 24:00")
    return {"days": [day for day in DAYS if day in days], "start": start, "end": end}


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)
