"""Pushes that ask for a refresh before a registration ends (RFC 8599 §5.5)."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from doorline.push.refreshing import Refreshing, refresh_at
from tests.support.pushing import SERVICES, Bench
from tests.support.registration import binding

CONTACT = "sip:r1@192.0.2.10;pn-provider=fcm;pn-param=project;pn-prid=APA91b"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    made.start()
    yield made
    await made.stop()


def refreshing(bench: Bench) -> Refreshing:
    made = Refreshing(bench.location, bench.waker, lambda: bench.utc, SERVICES)
    bench.location.listen(made.heard, lambda _user, _record: None)
    return made


@pytest.mark.parametrize(("lasts", "before"), [(3600, 120), (300, 120), (240, 120), (60, 30)])
def test_two_minutes_before_the_end_or_at_half_time(lasts: int, before: int) -> None:
    made = binding(expires_at=1000.0 + lasts, updated_at=1000.0)

    assert made.expires_at - refresh_at(made) == before


async def looked(made: Refreshing, bench: Bench, seconds: float) -> list[tuple[str, str, str]]:
    bench.pass_by(seconds)
    made.look()
    await bench.settled()
    return bench.carrier.told


async def test_an_app_is_pushed_once_before_its_registration_ends(bench: Bench) -> None:
    made = refreshing(bench)
    bench.register("r1", CONTACT)

    assert await looked(made, bench, 179) == []
    pushed = await looked(made, bench, 1)
    assert [(event, user) for event, _, user in pushed] == [("refresh", "r1")]
    assert len(await looked(made, bench, 60)) == 1


async def test_after_its_refresh_it_is_pushed_again(bench: Bench) -> None:
    made = refreshing(bench)
    bench.register("r1", CONTACT)
    await looked(made, bench, 180)
    bench.pass_by(2)
    bench.register("r1", CONTACT, cseq=2)

    assert len(await looked(made, bench, 119)) == 1
    assert len(await looked(made, bench, 61)) == 2
    assert bench.book.histogram.total == 2.0


async def test_an_app_that_is_gone_is_forgotten(bench: Bench) -> None:
    made = refreshing(bench)
    bench.register("r1", CONTACT)
    bench.location.remove_user("r1")

    assert await looked(made, bench, 300) == []
    assert len(made) == 0


async def test_other_phones_are_not_looked_after(bench: Bench) -> None:
    made = refreshing(bench)
    bench.register("a1")

    assert len(made) == 0


async def test_registrations_of_before_the_start_are_looked_after(bench: Bench) -> None:
    bench.register("r1", CONTACT)
    bench.register("a1")
    made = Refreshing(bench.location, bench.waker, lambda: bench.utc, SERVICES)
    made.start()
    await asyncio.sleep(0)
    await made.stop()

    assert len(made) == 1


async def test_a_server_that_promises_nothing_pushes_nothing(bench: Bench) -> None:
    made = Refreshing(bench.location, bench.waker, lambda: bench.utc, ())
    bench.location.listen(made.heard, lambda _user, _record: None)
    made.start()
    bench.register("r1", CONTACT)
    await made.stop()

    assert len(made) == 0
