from dataclasses import replace

from relay.door_log import COLUMNS, DoorLog, LogType, Response, insertable
from tests.support.door_log import ENTRY


def test_a_row_and_an_entry_have_the_same_columns() -> None:
    assert set(COLUMNS) == set(DoorLog.__table__.columns.keys())


def test_a_stored_row_becomes_the_entry_that_made_it() -> None:
    row = DoorLog(**insertable(ENTRY), id=5)

    assert row.entry() == replace(ENTRY, id=5)


def test_the_database_gives_the_id() -> None:
    assert set(insertable(ENTRY)) == set(COLUMNS) - {"id"}


def test_text_that_a_database_refuses_is_made_harmless() -> None:
    values = insertable(replace(ENTRY, device_name="Ga\udc80te", initiated_by="A\0nn"))

    assert (values["device_name"], values["initiated_by"]) == ("Ga?te", "Ann")


def test_no_id_of_a_row_ties_it_to_what_it_names() -> None:
    assert list(DoorLog.__table__.foreign_keys) == []


def test_the_words_of_types_and_responses() -> None:
    assert ([str(word) for word in LogType], [str(word) for word in Response]) == (
        ["call", "door_release", "door_close"],
        ["allowed", "denied"],
    )
