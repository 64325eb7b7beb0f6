"""Time zones as devices want them: an offset and a yearly rule instead of an IANA name (F041).

The rule comes from the POSIX TZ string at the end of each compiled zone of the `tzdata` package,
for instance `GMT0BST,M3.5.0/1,M10.5.0` (RFC 8536 §3.3). It changes only when a government changes
its rules, never with the calendar, so files made from it are byte-stable; and every node with the
same `tzdata` makes the same file, whatever its operating system knows.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_NAME = r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]+>)"
_TIME = r"[+-]?\d{1,3}(?::\d{2}){0,2}"
_RULE = re.compile(
    rf"{_NAME}(?P<standard>{_TIME})"
    rf"(?:{_NAME}(?P<summer>{_TIME})?"
    r"(?:,(?P<start>[^,/]+)(?:/(?P<start_time>[^,]+))?,(?P<end>[^,/]+)(?:/(?P<end_time>.+))?)?)?"
)
_DAY = re.compile(r"M(\d{1,2})\.([1-5])\.([0-6])")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
_DEFAULT_CHANGE = "2"
"""Hour of a change when the rule names none (POSIX)."""


class UnknownZone(ValueError):  # noqa: N818 - the name is the answer
    """No such IANA zone in the tzdata package."""


@dataclass(frozen=True, slots=True)
class ClockChange:
    """The moment clocks change, in the local time before the change."""

    month: int
    """1-12."""
    week: int
    """1-4, or 5 for the last such weekday of the month."""
    weekday: int
    """0 is Sunday."""
    hour: int
    """0-23. Rules that name the small hours of a following or preceding day (five zones) are
    moved to the edge of the named day, hours early on one night of the year. Minutes, which
    the Chatham Islands alone have (2:45), are dropped: devices take hours."""


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A zone's standard offset and, if it has one, its summer time."""

    zone: str
    """IANA name."""
    offset: int
    """Minutes east of Greenwich in standard time."""
    summer_shift: int = 0
    """Minutes that clocks are put forward in summer; 0 without summer time."""
    start: ClockChange | None = None
    """When summer time begins; None without summer time."""
    end: ClockChange | None = None
    """When summer time ends; None without summer time."""

    @property
    def city(self) -> str:
        """Last part of the name, with blanks: `New York`."""
        return self.zone.rpartition("/")[2].replace("_", " ")


@lru_cache(maxsize=1024)
def clock_rule(zone: str) -> ClockRule:
    """The present rule of an IANA zone; UnknownZone when tzdata has none of that name."""
    if not _ZONE.fullmatch(zone):
        raise UnknownZone(f"no time zone of that name: {zone!r}")
    try:
        compiled = files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes()
    except OSError as error:
        raise UnknownZone(f"no time zone of that name: {zone!r}") from error
    if not compiled.startswith(b"TZif"):
        raise UnknownZone(f"no time zone of that name: {zone!r}")
    footer = compiled.rstrip(b"\n").rpartition(b"\n")[2]
    return parse_rule(zone, footer.decode("ascii"))


def parse_rule(zone: str, text: str) -> ClockRule:
    """Read a POSIX TZ string; ValueError when it is none.

    Where winter time is the exception by law (Dublin), it is turned round: devices only know
    summer time.
    """
    match = _RULE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a POSIX time zone rule: {text!r}")
    standard = -_minutes(match["standard"])
    if match["start"] is None:
        return ClockRule(zone, standard)
    summer = standard + 60 if match["summer"] is None else -_minutes(match["summer"])
    start = _change(match["start"], match["start_time"])
    end = _change(match["end"], match["end_time"])
    if summer < standard:
        standard, summer, start, end = summer, standard, end, start
    return ClockRule(zone, standard, summer - standard, start, end)


def _change(day: str, time: str | None) -> ClockChange:
    match = _DAY.fullmatch(day)
    if match is None:
        raise ValueError(f"not a day by month, week and weekday: {day!r}")
    hour = min(max(_minutes(time or _DEFAULT_CHANGE) // 60, 0), 23)
    month, week, weekday = (int(number) for number in match.groups())
    return ClockChange(month, week, weekday, hour)


def _minutes(text: str) -> int:
    """`-5:30` → -330; seconds, which no present rule has, are dropped."""
    hours, _, rest = text.partition(":")
    total = abs(int(hours)) * 60 + int(rest[:2] or 0)
    return -total if text.startswith("-") else total
