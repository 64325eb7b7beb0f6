import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.database import Database, open_database
from directory.row_writer import RowWriter
from directory.scope import Scope
from relay.door_log import DoorLog, DoorLogEntry
from relay.door_log_list import list_door_log
from tests.support.door_log import ENTRY, create_door_log, door_log_database

Writer = RowWriter[DoorLogEntry]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await door_log_database(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def broken(tmp_path: Path) -> AsyncIterator[Database]:
    """A database without a single table."""
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path}/empty.db")
    yield opened
    await opened.close()


async def stored(database: Database) -> list[float]:
    rows = await list_door_log(database, Scope.system(), limit=1000, descending=False)
    return [row.at for row in rows]


async def test_rows_are_written_in_their_order_and_in_groups(database: Database) -> None:
    writer = Writer(database, DoorLog, batch=3)
    for number in range(8):
        writer.write(replace(ENTRY, at=float(number)))
    waiting = len(writer)
    await writer.flush()

    assert (waiting, len(writer), writer.counters, await stored(database)) == (
        8,
        0,
        {"rows_written": 8, "rows_dropped": 0},
        [float(number) for number in range(8)],
    )


async def test_text_that_a_database_refuses_is_made_harmless(database: Database) -> None:
    writer = Writer(database, DoorLog)
    writer.write(replace(ENTRY, device_name="Ga\udc80te", initiated_by="A\0nn"))
    await writer.flush()

    (row,) = await list_door_log(database, Scope.system())
    assert row == replace(ENTRY, id=1, device_name="Ga?te", initiated_by="Ann")


async def test_close_writes_what_is_still_being_gathered(database: Database) -> None:
    writer = Writer(database, DoorLog, gather=3600.0)
    writer.start()
    writer.start()
    for number in range(5):
        writer.write(replace(ENTRY, at=float(number)))
    await writer.close()

    assert (await stored(database), writer.counters) == (
        [0.0, 1.0, 2.0, 3.0, 4.0],
        {"rows_written": 5, "rows_dropped": 0},
    )


async def test_a_writer_that_was_never_started_writes_at_its_close(database: Database) -> None:
    writer = Writer(database, DoorLog)
    writer.write(ENTRY)
    await writer.close()

    assert await stored(database) == [7.0]


async def test_an_idle_writer_closes(database: Database) -> None:
    writer = Writer(database, DoorLog)
    writer.start()
    await writer.close()

    assert writer.counters == {"rows_written": 0, "rows_dropped": 0}


async def test_a_full_queue_drops_the_newest_and_counts_it(database: Database) -> None:
    writer = Writer(database, DoorLog, capacity=2)
    for number in range(5):
        writer.write(replace(ENTRY, at=float(number)))
    await writer.close()

    assert (await stored(database), writer.dropped) == ([0.0, 1.0], 3)


async def test_a_refusing_database_keeps_the_rows_waiting(broken: Database) -> None:
    writer = Writer(broken, DoorLog)
    writer.write(ENTRY)
    with pytest.raises(OperationalError):
        await writer.flush()
    before = (len(writer), writer.last_error)
    await create_door_log(broken)
    await writer.flush()

    assert before == (1, "no such table: door_log")
    assert (len(writer), writer.last_error, await stored(broken)) == (0, "", [7.0])


@pytest.mark.parametrize(
    "refused",
    [replace(ENTRY, person_id=1 << 63), replace(ENTRY, person_id=cast(int, object()))],
    ids=["a number too large", "not a number"],
)
async def test_a_row_refused_for_good_is_dropped_and_the_others_are_written(
    database: Database, refused: DoorLogEntry
) -> None:
    writer = Writer(database, DoorLog)
    writer.start()
    for entry in (replace(ENTRY, at=1.0), refused, replace(ENTRY, at=2.0)):
        writer.write(entry)
    await writer.close()

    assert (await stored(database), writer.counters) == (
        [1.0, 2.0],
        {"rows_written": 2, "rows_dropped": 1},
    )
    assert (len(writer), writer.last_error) == (0, "")


async def test_a_row_that_breaks_a_rule_of_the_table_is_dropped(database: Database) -> None:
    writer = Writer(database, DoorLog)
    writer.write(replace(ENTRY, device_name=cast(str, None)))
    writer.write(ENTRY)
    await writer.flush()

    assert (await stored(database), writer.dropped) == ([7.0], 1)


class Reluctant(Database):
    """Refuses the first tries to write."""

    def __init__(self, database: Database, refusals: int) -> None:
        super().__init__(database.engine)
        self._refusals = refusals
        self.gave_in = asyncio.Event()

    def begin_write(self) -> AsyncConnection:
        if self._refusals:
            self._refusals -= 1
            raise OperationalError("INSERT", {}, Exception("database is locked"))
        self.gave_in.set()
        return super().begin_write()


async def test_the_task_tries_again_until_the_database_gives_in(database: Database) -> None:
    reluctant = Reluctant(database, refusals=3)
    writer = Writer(reluctant, DoorLog, retry_delay=0.0)
    writer.start()
    writer.write(ENTRY)
    await reluctant.gave_in.wait()
    await writer.close()

    assert (await stored(database), writer.counters) == (
        [7.0],
        {"rows_written": 1, "rows_dropped": 0},
    )


async def test_rows_that_cannot_be_written_at_the_end_are_counted(broken: Database) -> None:
    writer = Writer(broken, DoorLog, capacity=2, retry_delay=3600.0)
    writer.start()
    for _ in range(3):
        writer.write(ENTRY)
    await writer.close()

    assert (writer.counters, len(writer)) == ({"rows_written": 0, "rows_dropped": 3}, 0)
