from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from sipcore.b2bua.facts import CallEnded, CallStarted, LegStarted
from sipcore.storage.call_deletion import delete_calls
from sipcore.storage.call_records import SqlCallJournal
from tests.support.calls_on_record import APP, PLAN
from tests.support.storage import create_tables, rows


async def test_ended_calls_go_with_legs_and_events_and_open_ones_stay(tmp_path: Path) -> None:
    path = create_tables(tmp_path)
    journal = SqlCallJournal(path, interval=0.0)
    for name, at, ends in (("old", 1.0, True), ("open", 1.0, False), ("new", 9.0, True)):
        journal.record(CallStarted(name, at, "s", PLAN))
        journal.record(LegStarted(name, at, 1, 0, APP, "sip:a@192.0.2.1"))
        if ends:
            journal.record(CallEnded(name, at + 1, "missed", "server", "timeout", 480))
    assert journal.flush_and_close()
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", poolclass=NullPool)
    async with engine.begin() as connection:
        gone = await delete_calls(connection, 9.0, 10)
    await engine.dispose()

    assert gone == 1
    for sql in (
        "SELECT id FROM calls ORDER BY id",
        "SELECT call_id FROM call_legs ORDER BY call_id",
        "SELECT DISTINCT call_id FROM call_events ORDER BY call_id",
    ):
        assert rows(path, sql) == [("new",), ("open",)]
