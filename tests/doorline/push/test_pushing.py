"""The parts of pushing, put together, started and stopped."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from directory.kinds import PushProvider
from directory.queries.dial import DialDirectory
from directory.queries.push_targets import StoredPushTarget, load_push_targets
from doorline.push.pushing import Pushing, pushing
from doorline.settings import PushSettings
from sipcore.b2bua.plan import Party
from sipcore.registrar.binding import BindingChanged, Changes
from sipcore.registrar.location import Location
from tests.support.clock import ManualClock
from tests.support.dial_site import residence
from tests.support.directories import open_directory
from tests.support.pushes import TOKEN, Carrier, ManualLater
from tests.support.pushing import DOOR, HeldCarrier
from tests.support.registration import binding


@asynccontextmanager
async def parts(
    tmp_path: Path, carrier: Carrier, location: Location | None = None
) -> AsyncIterator[Pushing]:
    """The parts with the token of one app; whoever starts them stops them."""
    site = residence()
    dial = DialDirectory()
    dial.put_site(site)
    async with open_directory(tmp_path / "d.db") as directory:
        table = await load_push_targets(directory.database, directory.vault)
        sealed = directory.vault.seal(TOKEN, "push_targets.token:a1001")
        table.put(StoredPushTarget(1, site.site_id, "a1001", PushProvider.FCM, sealed))
        yield pushing(
            PushSettings(), {PushProvider.FCM: carrier}, (), directory, dial, table,
            Location() if location is None else location, ManualClock(), later=ManualLater(),
        )  # fmt: skip


async def test_a_wake_goes_through_all_parts_and_back(tmp_path: Path) -> None:
    carrier, location = Carrier(), Location()
    async with parts(tmp_path, carrier, location) as push:
        push.waker.wake("v1", Party("app", "a1001", site_id=1), DOOR, 30.0)
        waiting = push.waiting
        push.start()
        await push.senders[PushProvider.FCM].idle()
        made = binding(user="a1001")
        location.apply("a1001", Changes((made,), (BindingChanged(made),)))
        await push.stop()

    history = push.book.history("a1001")
    assert history is not None
    assert (waiting, history.wakes, carrier.closed) == (1, 1, True)
    assert carrier.sent[0][0].site == residence().name


async def test_calls_that_the_stop_ends_call_their_apps_off(tmp_path: Path) -> None:
    carrier = HeldCarrier()
    async with parts(tmp_path, carrier) as push:
        push.start()
        push.waker.wake("v1", Party("app", "a1001", site_id=1), DOOR, 30.0)
        await push.senders[PushProvider.FCM].idle()
        push.waker.call_off("v1", "a1001", "shutdown")
        await push.stop()

    assert carrier.told == [("wake", "v1", "a1001"), ("cancel", "v1", "a1001")]
    assert carrier.closed


async def test_a_stop_does_not_wait_long_for_a_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doorline.push.pushing.LAST_WORDS", 0.001)
    carrier = HeldCarrier()
    carrier.free.clear()
    async with parts(tmp_path, carrier) as push:
        push.start()
        push.waker.wake("v1", Party("app", "a1001", site_id=1), DOOR, 30.0)
        await push.stop()

    assert (len(carrier.sent), carrier.closed) == (1, True)


async def test_without_providers_nobody_is_woken_and_nobody_listens(tmp_path: Path) -> None:
    location = Location()
    async with open_directory(tmp_path / "d.db") as directory:
        table = await load_push_targets(directory.database, directory.vault)
        push = pushing(
            PushSettings(), {}, (), directory, DialDirectory(), table, location, ManualClock()
        )
        push.start()
        await push.stop()

    assert not push.waker.can_wake("a1")
    assert location._listeners == ()
