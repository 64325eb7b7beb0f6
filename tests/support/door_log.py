"""A database with nothing but the door log in it, and one row to vary."""

from pathlib import Path

from sqlalchemy import Connection

from directory.database import Database, open_database
from directory.model import Base
from relay.door_log import DoorLog, DoorLogEntry

ENTRY = DoorLogEntry(
    at=7.0,
    site_id=1,
    device_name="Gate",
    initiated_by="Ann",
    actor_kind="app",
    method="in_call_dtmf",
    log_type="door_release",
    action="open",
    response="allowed",
    outcome="passed_on",
)


class Rows:
    """Keeps what is written to the door log."""

    def __init__(self) -> None:
        self.entries: list[DoorLogEntry] = []

    def write(self, entry: DoorLogEntry) -> None:
        """Keep one row."""
        self.entries.append(entry)


async def create_door_log(database: Database) -> None:
    """Make the one table."""

    def create(connection: Connection) -> None:
        Base.metadata.create_all(connection, tables=[Base.metadata.tables[DoorLog.__tablename__]])

    async with database.engine.begin() as connection:
        await connection.run_sync(create)


async def door_log_database(directory: Path) -> Database:
    """A new database file in that directory, with the table."""
    opened = open_database(f"sqlite+aiosqlite:///{directory}/door.db")
    await create_door_log(opened)
    return opened
