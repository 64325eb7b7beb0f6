"""The silent test of the night."""

import asyncio
from datetime import UTC, date, datetime

import pytest

from directory.queries.dial import DialSite, zone_of
from doorline.push.nightly import NightlyTest, day_of_test
from tests.support.pushing import Bench


def at(*when: int) -> float:
    return datetime(*when, tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("zone", "when", "day"),
    [
        ("Europe/Berlin", (2026, 1, 10, 2, 30), date(2026, 1, 10)),
        ("Europe/Berlin", (2026, 7, 10, 1, 30), date(2026, 7, 10)),
        ("Europe/Berlin", (2026, 7, 10, 2, 30), None),
        ("Nowhere/Land", (2026, 1, 10, 3, 0), date(2026, 1, 10)),
        ("Europe/Berlin", (2026, 3, 29, 1, 0), date(2026, 3, 29)),
    ],
)
def test_the_hour_is_that_of_the_site(zone: str, when: tuple[int, ...], day: date | None) -> None:
    assert day_of_test(zone_of(zone), at(*when), 3) == day


def test_an_hour_that_summer_time_leaves_out_has_no_test() -> None:
    night = [at(2026, 3, 28, 22, 0) + 600 * step for step in range(36)]

    assert {day_of_test(zone_of("Europe/Berlin"), now, 2) for now in night} == {None}


def nightly(bench: Bench, hour: int) -> NightlyTest:
    site = DialSite(1, "Court", "community", "UTC", "DE")
    return NightlyTest(
        bench.finder, bench.waker, lambda: {1: site}, lambda: bench.utc, hour=hour, patience=20.0
    )


def hour_of(bench: Bench) -> int:
    return datetime.fromtimestamp(bench.utc, UTC).hour


async def test_every_app_is_tested_once_a_day() -> None:
    bench = Bench()
    bench.start()
    test = nightly(bench, hour_of(bench))

    due = test.due()
    pushed = await test.test(due, breath=0)
    await bench.settled()
    again = test.due()
    bench.pass_by(86_400)
    tomorrow = test.due()
    await bench.stop()

    assert (due, pushed, again, tomorrow) == (("a1", "a2"), 2, (), ("a1", "a2"))
    assert [(event, user) for event, _, user in bench.carrier.told] == [
        ("test", "a1"),
        ("test", "a2"),
    ]


async def test_at_other_hours_nobody_is_tested() -> None:
    bench = Bench()

    assert nightly(bench, (hour_of(bench) + 1) % 24).due() == ()


async def test_an_app_that_sleeps_through_its_test_is_counted_and_no_call_hears_of_it() -> None:
    bench = Bench()
    bench.start()
    await nightly(bench, 3).test(["a1"], breath=0)
    await bench.settled()
    bench.pass_by(20)
    await bench.stop()

    history = bench.book.history("a1")
    assert history is not None
    assert (history.silences, bench.failed) == (1, [])


async def test_it_runs_by_itself_when_an_hour_is_set() -> None:
    bench = Bench()
    bench.start()
    test = nightly(bench, hour_of(bench))
    test.start()
    await bench.under_way()
    await test.stop()
    off = nightly(bench, -1)
    off.start()
    await asyncio.sleep(0)
    await off.stop()
    await bench.stop()

    assert bench.carrier.told[0][0] == "test"
