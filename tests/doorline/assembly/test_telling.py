"""Who hears of calls and doors, and when."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from admin_api.rows import EventWish
from directory.kinds import AccountKind
from directory.scope import Scope
from directory.service import accounts, sites
from doorline.assembly.stores import Stores
from doorline.assembly.telling import Telling, telling
from sipcore.b2bua.facts import CallRefused, CallStarted
from sipcore.b2bua.plan import Party, RingPlan
from tests.support.clock import ManualClock
from tests.support.entropy import SequenceEntropy
from tests.support.rooms import opened

DOOR = Party("door", "d1", "Main Door", site_id=1)
REFUSED = CallRefused("c1", 10.0, "sip-1", DOOR, "9", 404, "unknown_number", True)


@asynccontextmanager
async def told(folder: Path, clock: ManualClock) -> AsyncIterator[tuple[Stores, Telling]]:
    async with opened(folder, clock) as (stores, memory):
        yield (
            stores,
            telling(stores, memory, (), lambda _call_id: None, clock, SequenceEntropy()),
        )


async def test_facts_are_recorded_and_told_live_only_while_somebody_listens(
    tmp_path: Path,
) -> None:
    async with told(tmp_path, ManualClock()) as (stores, room):
        room.facts.record(REFUSED)
        follower = room.live.follow(EventWish(None, "me"))
        room.facts.record(REFUSED)
        events = await follower.told(0.0)
        room.live.stop()
        room.facts.record(REFUSED)
        recorded = stores.journal.counters

    assert events is not None
    assert [event.name for event in events] == ["visit.refused"]
    assert sum(recorded.values()) > 0


async def test_a_door_is_on_record_whoever_listens_and_live_for_those_who_do(
    tmp_path: Path,
) -> None:
    async with told(tmp_path, ManualClock()) as (stores, room):
        follower = room.live.follow(EventWish(None, "me"))
        recogniser = room.digits._digits
        assert recogniser._pressed is not None
        recogniser._opened("c1", 10.0, {"allowed": True})
        recogniser._pressed("c1", 11.0, {"count": 1})
        events = await follower.told(0.0)
        room.live.stop()
        recogniser._opened("c1", 12.0, {"allowed": True})
        waiting = len(stores.journal.waiting)

    assert events is not None
    assert [event.name for event in events] == ["door.opened", "door.digits"]
    assert waiting == 3


async def test_a_visit_that_the_last_run_could_not_end_is_in_the_door_log(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as (stores, _):
        async with stores.directory.unit(Scope.system()) as unit:
            site = await sites.create(unit, name="Court")
            await accounts.create(unit, site_id=site.id, kind=AccountKind.DOOR, user="d1")
        plan = RingPlan("indoor_then_app", DOOR, "1001", (), is_visit=True)
        stores.journal.record(CallStarted("c1", clock.utc(), "sip-1", plan))
    async with told(tmp_path, clock) as (stores, _):
        waiting = len(stores.door_log)

    assert waiting == 1


async def test_a_call_past_the_server_is_on_record_and_in_the_door_log(tmp_path: Path) -> None:
    async with told(tmp_path, ManualClock()) as (stores, room):
        room.direct.record(CallStarted("c1", 10.0, "", RingPlan("ip", DOOR, "10.0.0.2", ())))
        waiting = len(stores.journal.waiting)

    assert waiting == 1
