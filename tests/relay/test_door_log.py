from dataclasses import replace
from pathlib import Path

from directory.scope import Scope
from relay.door_log import COLUMNS, DoorLog, LogType, Response, door_log_writer
from relay.door_log_list import list_door_log
from tests.support.door_log import ENTRY, door_log_database


def test_a_row_and_an_entry_have_the_same_columns() -> None:
    assert set(COLUMNS) == set(DoorLog.__table__.columns.keys())


async def test_a_stored_row_becomes_the_entry_that_made_it(tmp_path: Path) -> None:
    database = await door_log_database(tmp_path)
    writer = door_log_writer(database)

    writer.write(ENTRY)
    await writer.close()

    assert await list_door_log(database, Scope.system()) == (replace(ENTRY, id=1),)
    await database.close()


def test_no_id_of_a_row_ties_it_to_what_it_names() -> None:
    assert list(DoorLog.__table__.foreign_keys) == []


def test_the_words_of_types_and_responses() -> None:
    assert ([str(word) for word in LogType], [str(word) for word in Response]) == (
        ["call", "door_release", "door_close"],
        ["allowed", "denied"],
    )
