"""The parts of pushing, put together, started and stopped."""

from pathlib import Path

from directory.kinds import PushProvider
from directory.queries.dial import DialDirectory
from directory.queries.push_targets import StoredPushTarget, load_push_targets
from doorline.push.pushing import pushing
from doorline.settings import PushSettings
from sipcore.b2bua.plan import Party
from sipcore.registrar.binding import BindingChanged, Changes
from sipcore.registrar.location import Location
from tests.support.clock import ManualClock
from tests.support.dial_site import residence
from tests.support.directories import open_directory
from tests.support.pushes import TOKEN, Carrier, ManualLater
from tests.support.pushing import DOOR
from tests.support.registration import binding


async def test_a_wake_goes_through_all_parts_and_back(tmp_path: Path) -> None:
    carrier, location, clock = Carrier(), Location(), ManualClock()
    site = residence()
    dial = DialDirectory()
    dial.put_site(site)
    async with open_directory(tmp_path / "d.db") as directory:
        table = await load_push_targets(directory.database, directory.vault)
        sealed = directory.vault.seal(TOKEN, "push_targets.token:a1001")
        table.put(StoredPushTarget(1, site.site_id, "a1001", PushProvider.FCM, sealed))
        push = pushing(
            PushSettings(), {PushProvider.FCM: carrier}, (), directory, dial, table, location,
            clock, later=ManualLater(),
        )  # fmt: skip
        push.waker.wake("v1", Party("app", "a1001", site_id=site.site_id), DOOR, 30.0)
        waiting = push.waiting
        push.start()
        await push.senders[PushProvider.FCM].idle()
        made = binding(user="a1001")
        location.apply("a1001", Changes((made,), (BindingChanged(made),)))
        await push.stop()

    history = push.book.history("a1001")
    assert history is not None
    assert (waiting, history.wakes, carrier.closed) == (1, 1, True)
    assert carrier.sent[0][0].site == site.name


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
