"""Deleting old records in batches, while others write."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from directory.database import Database
from doorline.adapters.retention import DAY, Deleted, Retention
from doorline.opening import open_migrated
from doorline.settings import ServerSettings, Settings
from sipcore.b2bua.facts import CallStarted
from sipcore.storage.call_records import SqlCallJournal
from sipcore.storage.pictures import keep_picture
from sipcore.storage.tables import call_legs, calls, pictures
from tests.support.calls_on_record import PLAN

NOW = 1_800_000_000.0


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_migrated(Settings(server=ServerSettings(data_dir=tmp_path)))
    yield opened
    await opened.close()


def record(database: Database, count: int) -> None:
    """Calls of sixty days ago that have not ended."""
    journal = SqlCallJournal(database.url.render_as_string())
    for number in range(count):
        journal.record(CallStarted(f"c{number}", NOW - 60 * DAY, "sip", PLAN))
    assert journal.flush_and_close()


async def end(database: Database) -> None:
    async with database.begin_write() as connection, connection.begin():
        await connection.execute(calls.update().values(ended_at=NOW - 60 * DAY))
        await connection.execute(
            insert(call_legs).values(
                call_id="c0",
                leg=1,
                stage=0,
                kind="app",
                user="a",
                display="",
                contact="",
                started_at=NOW,
            )
        )


async def counted(database: Database) -> tuple[int, int]:
    async with database.connect() as connection:
        rows = [
            await connection.scalar(select(func.count()).select_from(table))
            for table in (calls, call_legs)
        ]
    return rows[0] or 0, rows[1] or 0


async def test_more_than_one_batch_goes_with_all_that_belongs_to_it(database: Database) -> None:
    record(database, 5)
    await end(database)
    gone = await Retention(database, lambda: NOW, 30, batch=2).delete_old()

    assert (gone, await counted(database)) == (Deleted(calls=5), (0, 0))


async def test_old_pictures_go_and_later_ones_stay(database: Database) -> None:
    async with database.begin_write() as connection, connection.begin():
        for at in (NOW - 60 * DAY, NOW):
            await keep_picture(connection, site_id=1, device_id=7, at=at, full=b"f", thumbnail=b"t")
    gone = await Retention(database, lambda: NOW, 30).delete_old()
    async with database.connect() as connection:
        left = list(await connection.scalars(select(pictures.c.at)))

    assert (gone, left) == (Deleted(pictures=1), [NOW])


async def test_a_call_that_goes_on_stays(database: Database) -> None:
    record(database, 1)
    gone = await Retention(database, lambda: NOW, 30).delete_old()

    assert (gone, await counted(database)) == (Deleted(), (1, 0))


async def test_it_begins_with_the_start_and_ends_when_told(database: Database) -> None:
    record(database, 1)
    await end(database)
    retention = Retention(database, lambda: NOW, 30)
    retention.start()
    while await counted(database) != (0, 0):
        pass
    await retention.stop()

    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "retention"] == []
