from dataclasses import fields, replace
from pathlib import Path

from directory.database import open_database
from directory.scope import Scope
from provisioning.ledger import COLUMNS, AutopFetch, AutopLedger, ledger_writer
from provisioning.ledger_list import list_fetches

FETCH = AutopFetch(
    at=1_800_000_000.0,
    status=200,
    decision="token",
    remote_address="192.0.2.7",
    site_id=1,
    device_id=7,
    mac="0C1105000001",
    file="0c1105000001.cfg",
    kind="device",
    etag='"abc"',
    size=2048,
    once=1,
    user_agent="Akuvox",
    evidence="mac=0C1105000001 (path)",
    notes="The server has no TLS listener.",
    id=3,
)


def test_the_table_has_a_column_for_everything_a_row_says() -> None:
    assert set(COLUMNS) == set(AutopLedger.__table__.columns.keys())
    assert tuple(field.name for field in fields(AutopFetch)) == COLUMNS


async def test_a_stored_row_reads_back_as_the_same_value(tmp_path: Path) -> None:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path / 'autop.db'}")
    await database.create_schema()
    writer = ledger_writer(database)

    writer.write(FETCH)
    await writer.close()

    assert await list_fetches(database, Scope.system()) == (replace(FETCH, id=1),)
    await database.close()
