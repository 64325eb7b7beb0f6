"""What routing remembers, and what has to hear of calls for it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from directory.scope import Scope
from directory.service import sites
from doorline.assembly.memory import Memory
from doorline.assembly.routing import Routing, routing
from doorline.assembly.stores import Stores
from doorline.settings import SipSettings, TrunkSettings
from sipcore.b2bua.facts import CallStarted, LegStarted
from sipcore.b2bua.plan import Party
from tests.support.calls_on_record import PLAN
from tests.support.clock import ManualClock
from tests.support.entropy import SequenceEntropy
from tests.support.pushing import Bench
from tests.support.rooms import opened

PROVIDER = {"voip": TrunkSettings(host="192.0.2.50")}


def routed(
    stores: Stores, memory: Memory, clock: ManualClock, trunk: Mapping[str, TrunkSettings]
) -> Routing:
    sip = SipSettings(trunk=trunk)
    waker = Bench().waker
    return routing(sip, memory, waker, stores.journal.path, clock, SequenceEntropy())


async def test_what_a_site_has_telephoned_today_counts_after_a_restart(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as (stores, _):
        async with stores.directory.unit(Scope.system()) as unit:
            site = await sites.create(unit, name="Court")
        phone = Party("landline", "+442079460001", site_id=site.id, is_account=False)
        stores.journal.record(CallStarted("c1", clock.utc(), "sip-1", PLAN))
        stores.journal.record(LegStarted("c1", clock.utc(), 0, 1, phone, "sip:p@h"))
    async with opened(tmp_path, clock) as (stores, memory):
        usage = routed(stores, memory, clock, PROVIDER).tolls.usage(site.id)

    assert usage == (0, 1)


@pytest.mark.parametrize(("trunk", "counting"), [({}, 0), (PROVIDER, 2)])
async def test_nothing_counts_calls_where_nobody_can_telephone(
    tmp_path: Path, trunk: Mapping[str, TrunkSettings], counting: int
) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as (stores, memory):
        assert len(routed(stores, memory, clock, trunk).counting) == counting
