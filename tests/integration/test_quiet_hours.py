"""Quiet windows against a clock read minute by minute: every change of the clocks, any plan."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.queries.dial_quiet import DialQuiet
from directory.quiet_windows import DAYS, boundaries, windows
from sipcore.b2bua.plan import CallRequest, Refusal, RingPlan
from sipcore.calls.inquiry import Answer
from sipcore.calls.quiet import minute_of_week, why_silent
from tests.support.dial_site import residence
from tests.support.planning import planner

Windows = list[dict[str, Any]]
ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Havana",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Pacific/Auckland",
)
"""Changes at night and at midnight, of an hour and of half an hour, in both hemispheres."""
YEARS = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
SETS: tuple[Windows, ...] = (
    [{"days": list(DAYS), "start": "22:00", "end": "07:00"}],
    [{"days": list(DAYS), "start": "02:15", "end": "02:45"}],
    [{"days": ["sat", "sun"], "start": "00:00", "end": "24:00"}],
    [
        {"days": ["sun"], "start": "00:30", "end": "00:00"},
        {"days": ["sat"], "start": "23:45", "end": "01:10"},
    ],
)


def is_quiet(stored: Windows, local: datetime) -> bool:
    """What somebody sees who reads weekday and time from a clock and the list of windows."""
    clock = local.strftime("%H:%M")
    today, yesterday = DAYS[local.weekday()], DAYS[local.weekday() - 1]
    for window in stored:
        start, end, days = window["start"], window["end"], window["days"]
        if start < end:
            if today in days and start <= clock < end:
                return True
        elif (today in days and clock >= start) or (yesterday in days and clock < end):
            return True
    return False


def planned(stored: Windows, moment: datetime, zone: ZoneInfo) -> bool:
    at = moment.timestamp()
    return why_silent(DialQuiet(boundaries(stored)), at, minute_of_week(at, zone)) is not None


def changes_of(zone: ZoneInfo) -> Iterator[datetime]:
    """The moments at which the clocks of a zone are put forward or back."""
    hour, end = YEARS
    offset = hour.astimezone(zone).utcoffset()
    while hour < end:
        hour += timedelta(hours=1)
        if (now := hour.astimezone(zone).utcoffset()) != offset:
            offset = now
            yield hour


@pytest.mark.parametrize("name", ZONES)
def test_every_minute_around_every_change_of_the_clocks_is_what_the_wall_shows(name: str) -> None:
    zone = ZoneInfo(name)
    changes = list(changes_of(zone))
    assert len(changes) >= 6

    for change in changes:
        for minutes in range(-4 * 60, 4 * 60):
            moment = change + timedelta(minutes=minutes)
            for stored in SETS:
                seen = is_quiet(stored, moment.astimezone(zone))
                assert planned(stored, moment, zone) is seen, (moment, stored)


@pytest.mark.parametrize(
    ("day", "start", "end", "minutes"),
    [
        ("2027-03-28", "02:15", "02:45", 0),
        ("2027-03-28", "01:00", "04:00", 120),
        ("2027-03-28", "00:00", "24:00", 23 * 60),
        ("2027-10-31", "02:15", "02:45", 60),
        ("2027-10-31", "01:00", "04:00", 240),
        ("2027-10-31", "00:00", "24:00", 25 * 60),
        ("2027-06-06", "00:00", "24:00", 24 * 60),
    ],
)
def test_a_skipped_hour_is_in_no_window_and_a_doubled_one_is_quiet_twice(
    day: str, start: str, end: str, minutes: int
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    midnight = datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)
    stored = windows([{"days": ["sun"], "start": start, "end": end}])

    found = sum(planned(stored, midnight + timedelta(minutes=at), zone) for at in range(30 * 60))

    assert found == minutes


times = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from((0, 1, 30, 59)))
window = st.builds(
    lambda days, start, end: {"days": days, "start": start, "end": end},
    st.lists(st.sampled_from(DAYS), min_size=1, max_size=4),
    times,
    times | st.just("24:00"),
).filter(lambda found: found["start"] != found["end"])
KEYS = (
    "apartment:101",
    "apartment:102",
    "person:7",
    "account:i1001",
    "account:a1001",
    "account:g-1",
)
CALL_TYPES = ("app_and_indoor", "indoor_then_app_then_phone", "phone_and_indoor", "indoor_only")
NUMBERS = ("1001", "1*1001", "**1001", "1002", "i1001", "a1001", "EMP-7", "0", "999", "d-2", "77")


@settings(max_examples=300, deadline=None)
@given(
    sets=st.dictionaries(
        st.sampled_from(KEYS),
        st.tuples(st.lists(window, max_size=3), st.sampled_from(("skip", "guard"))),
    ),
    at=st.integers(1_735_700_000, 1_830_000_000),
    call_type=st.sampled_from(CALL_TYPES),
    guard_stage=st.sampled_from((None, "never", "with_indoor", "after_indoor")),
    number=st.sampled_from(NUMBERS),
    caller=st.sampled_from(("d-1", "d-gate", "i1001", "a1002", "g-1")),
    online=st.none() | st.sets(st.sampled_from(("i1001", "a1001", "g-1", "g-2", "i1002", "a7"))),
    override=st.booleans(),
)
def test_plans_at_any_moment(
    sets: dict[str, tuple[Windows, str]],
    at: int,
    call_type: str,
    guard_stage: str | None,
    number: str,
    caller: str,
    online: set[str] | None,
    override: bool,
) -> None:
    """No plan fails; nobody is taken out outside the own hours, everybody within them."""
    plain = residence(call_type, guard_stage=guard_stage, emergency_number="999")
    quiet = {key: DialQuiet(boundaries(stored), action) for key, (stored, action) in sets.items()}
    request = CallRequest(caller, number, float(at), override)

    before = planner(plain, online).plan(request)
    after = planner(replace(plain, quiet=quiet), online).plan(request)

    if isinstance(before, Refusal):
        assert after == before
        return
    local = datetime.fromtimestamp(at, ZoneInfo("Europe/London"))
    now = {key: action for key, (stored, action) in sets.items() if is_quiet(stored, local)}
    if number in ("0", "999"):
        assert after == before
        return
    silent = {
        user for user, keys, is_phone in _rung(before, caller) if _is_silent(now, keys, is_phone)
    }
    if not silent or override:
        assert _users(after) == _users(before)
        return
    left = _users(before) - silent
    if isinstance(after, Refusal):
        assert after.status == 480
        assert after.reason == "quiet_hours"
        # Whoever else was left would have been rung; a visitor would have got the guards.
        assert not left
        assert caller[0] != "d" or (online is not None and not online & {"g-1", "g-2"})
        return
    assert left <= _users(after) <= left | {"g-1", "g-2"}
    assert _users(after)
    skipped = {one.party.user for stage in after.stages for one in stage.skipped}
    assert silent <= skipped


def _rung(answer: RingPlan, caller: str) -> Iterator[tuple[str, set[str], bool]]:
    """Household parties, away or not: what may silence each, and whether it is a telephone."""
    is_home = answer.caller.kind != "door" and answer.caller.apartment_id is not None
    for stage in answer.stages:
        away = [one.party for one in stage.skipped if one.reason == "not_registered"]
        for party in (*[target.party for target in stage.targets], *away):
            if party.kind not in ("indoor", "app", "landline"):
                continue
            keys = {f"apartment:{party.apartment_id}", f"person:{party.person_id}"}
            if is_home and answer.caller.apartment_id == party.apartment_id:
                keys = set()
            yield party.user, keys | {f"account:{party.user}"}, party.kind == "landline"


def _is_silent(now: dict[str, str], keys: set[str], is_phone: bool) -> bool:
    return any(key in now and (not is_phone or now[key] == "guard") for key in keys)


def _users(answer: Answer) -> set[str]:
    assert isinstance(answer, RingPlan)
    return {target.party.user for stage in answer.stages for target in stage.targets}
