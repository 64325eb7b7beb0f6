"""How long records are kept."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from directory.model.audit import AuditEntry
from directory.scope import Scope
from directory.service import sites
from doorline.adapters.retention import DAY, Deleted
from doorline.compose import compose
from doorline.settings import ServerSettings, Settings
from provisioning.ledger import AutopFetch, AutopLedger
from relay.door_log import DoorLog
from sipcore.b2bua.facts import CallEnded, CallStarted
from sipcore.storage.tables import call_events, calls
from tests.support.calls_on_record import PLAN
from tests.support.clock import ManualClock
from tests.support.door_log import ENTRY
from tests.support.entropy import SequenceEntropy


@pytest.mark.feature("F263")
async def test_records_of_day_31_go_and_those_of_day_30_stay(tmp_path: Path) -> None:
    """Calls, door log and autop ledger are deleted on day 31; day 30 and the audit trail stay."""
    clock = ManualClock()
    settings = Settings(server=ServerSettings(data_dir=tmp_path / "var"))
    server = await compose(settings, clock=clock, entropy=SequenceEntropy())
    async with server.stores.directory.unit(Scope.system()) as unit:
        await sites.create(unit, name="Court")
    for day in (31, 30):
        at = clock.utc() - day * DAY
        server.stores.journal.record(CallStarted(f"day{day}", at, "sip", PLAN))
        server.stores.journal.record(
            CallEnded(f"day{day}", at + 1, "missed", "server", "timeout", 480)
        )
        server.stores.door_log.write(replace(ENTRY, at=at))
        server.stores.ledger.write(AutopFetch(at, 200, "token", "192.0.2.7"))
    server.stores.journal.flush_and_close()
    await server.stores.door_log.flush()
    await server.stores.ledger.flush()

    gone = await server.stores.retention.delete_old()
    async with server.stores.directory.database.connect() as connection:
        kept_calls = list(await connection.scalars(select(calls.c.id)))
        kept_events = set(await connection.scalars(select(call_events.c.call_id)))
        kept_times = [
            *await connection.scalars(select(DoorLog.at)),
            *await connection.scalars(select(AutopLedger.at)),
        ]
        audit = await connection.scalar(select(func.count()).select_from(AuditEntry))
    await server.stop()

    assert gone == Deleted(calls=1, door_log=1, autop_ledger=1)
    assert (kept_calls, kept_events) == (["day30"], {"day30"})
    assert kept_times == [clock.utc() - 30 * DAY] * 2
    assert audit == 1
