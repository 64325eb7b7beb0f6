from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from directory.database import Database, open_database
from provisioning.ledger import AutopFetch, AutopLedger
from provisioning.ledger_writer import LedgerWriter

FETCH = AutopFetch(at=100.0, status=404, decision="unknown_mac", remote_address="192.0.2.7")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path / 'autop.db'}")
    await opened.create_schema()
    yield opened
    await opened.close()


async def stored(database: Database) -> list[tuple[float, str]]:
    async with database.connect() as connection:
        query = select(AutopLedger.at, AutopLedger.decision).order_by(AutopLedger.id)
        return [(at, decision) for at, decision in await connection.execute(query)]


async def test_rows_are_written_in_order_and_in_groups(database: Database) -> None:
    writer = LedgerWriter(database, batch=2)
    for at in (1.0, 2.0, 3.0):
        writer.write(replace(FETCH, at=at))
    assert len(writer) == 3

    await writer.flush()

    assert await stored(database) == [(at, "unknown_mac") for at in (1.0, 2.0, 3.0)]
    assert (writer.written, writer.dropped, len(writer)) == (3, 0, 0)


async def test_a_running_writer_writes_what_is_left_when_it_closes(database: Database) -> None:
    writer = LedgerWriter(database, gather=3600.0)
    writer.start()
    writer.start()
    writer.write(FETCH)

    await writer.close()

    assert await stored(database) == [(100.0, "unknown_mac")]


async def test_a_running_writer_writes_by_itself(database: Database) -> None:
    written: list[int] = []

    class Watched(LedgerWriter):
        async def flush(self) -> None:
            await super().flush()
            written.append(self.written)
            self._closing.set()

    writer = Watched(database, gather=0.0)
    writer.start()
    writer.write(FETCH)
    task = writer._task
    assert task is not None
    await task

    assert written == [1]
    await writer.close()


async def test_rows_beyond_the_capacity_are_counted_and_lost(database: Database) -> None:
    writer = LedgerWriter(database, capacity=2)
    for at in (1.0, 2.0, 3.0):
        writer.write(replace(FETCH, at=at))

    await writer.flush()

    assert (len(await stored(database)), writer.dropped) == (2, 1)


async def test_rows_the_database_refuses_stay_queued(tmp_path: Path) -> None:
    empty = open_database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    writer = LedgerWriter(empty)
    writer.write(FETCH)

    with pytest.raises(OperationalError):
        await writer.flush()
    assert len(writer) == 1
    await empty.create_schema()
    await writer.flush()

    assert await stored(empty) == [(100.0, "unknown_mac")]
    await empty.close()


async def test_a_writer_goes_on_after_the_database_refused(tmp_path: Path) -> None:
    empty = open_database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    tries: list[str] = []

    class Watched(LedgerWriter):
        async def flush(self) -> None:
            try:
                await super().flush()
                tries.append("written")
                self._closing.set()
            except OperationalError:
                tries.append("refused")
                await empty.create_schema()
                raise

    writer = Watched(empty, gather=0.0, retry_delay=0.0)
    writer.start()
    writer.write(FETCH)
    task = writer._task
    assert task is not None
    await task

    assert tries == ["refused", "written"]
    await writer.close()
    await empty.close()


async def test_rows_that_cannot_be_written_at_the_end_are_counted(tmp_path: Path) -> None:
    empty = open_database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    writer = LedgerWriter(empty)
    writer.write(FETCH)

    await writer.close()

    assert (len(writer), writer.dropped) == (0, 1)
    await empty.close()


async def test_old_rows_are_forgotten(database: Database) -> None:
    writer = LedgerWriter(database)
    for at in (1.0, 2.0, 3.0):
        writer.write(replace(FETCH, at=at))
    await writer.flush()

    assert await writer.forget_before(3.0) == 2
    assert await stored(database) == [(3.0, "unknown_mac")]
