from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from directory.queries.old_rows import delete_older
from relay.door_log import DoorLog, door_log_writer
from tests.support.door_log import ENTRY, door_log_database


async def test_older_rows_go_and_no_more_than_asked_for(tmp_path: Path) -> None:
    database = await door_log_database(tmp_path)
    writer = door_log_writer(database)
    for at in (1.0, 2.0, 3.0, 4.0):
        writer.write(replace(ENTRY, at=at))
    await writer.flush()
    gone = []
    for _ in range(3):
        async with database.begin_write() as connection, connection.begin():
            gone.append(await delete_older(connection, DoorLog, 4.0, 2))
    async with database.connect() as connection:
        kept = list(await connection.scalars(select(DoorLog.at)))
    await database.close()

    assert (gone, kept) == ([2, 1, 0], [4.0])
