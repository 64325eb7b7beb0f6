"""From action URLs to the records."""

from pathlib import Path

from directory.hook_token import hook_token
from directory.kinds import DeviceType
from directory.scope import Scope
from directory.service import devices, sites
from doorline.assembly.reporting import reporting
from doorline.assembly.telling import telling
from provisioning.direct import nowhere
from provisioning.reports import Knock, Reply
from tests.support.clock import ManualClock
from tests.support.entropy import SequenceEntropy
from tests.support.rooms import opened


async def test_a_device_reports_a_call_until_its_token_is_replaced(tmp_path: Path) -> None:
    clock, entropy = ManualClock(), SequenceEntropy()
    async with opened(tmp_path, clock) as (stores, memory):
        told = telling(stores, memory, (), lambda _call_id: None, clock, entropy)
        room = reporting(stores, memory, told, nowhere, lambda: "192.0.2.1", clock, entropy)
        async with stores.directory.unit(Scope.system()) as unit:
            site = await sites.create(unit, name="Court")
            door = await devices.create(
                unit, site_id=site.id, name="Door", type=DeviceType.MULTI_TENANT_DOOR
            )
            token = hook_token(door.id, (await devices.token(unit, door.id)).reveal())
        knock = Knock(token, "MakeCall", "192.0.2.9", {"remote": "192.0.2.7"})

        taken = await room.reports.receive(knock)
        is_open = len(room.calls)
        async with stores.directory.unit(Scope.system()) as unit:
            await devices.rotate_token(unit, door.id)
        refused = await room.reports.receive(knock)
        room.calls.stop()
        counted = dict(room.calls.counters)

    assert (taken, is_open, refused.status, counted) == (Reply(200), 1, 404, {"direct": 1})
