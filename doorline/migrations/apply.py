"""Brings a database to the present schema.

    .venv/bin/alembic -c doorline/migrations/alembic.ini revision --autogenerate -m "what changes"

writes the next revision from the difference between `schema.py` and the revisions so far.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from directory.errors import DatabaseUnavailable

_FOLDER = Path(__file__).parent
_BUSY_TIMEOUT = 10.0
"""Seconds to wait for another writer."""


def upgrade(url: str, revision: str = "head") -> None:
    """Apply every revision up to `revision` that the database does not have yet.

    Blocks; call it from a thread when a loop runs. Takes the URL of the settings; its
    asynchronous SQLite driver is replaced by the plain one. DatabaseUnavailable says in one line
    why it failed; a failed revision leaves the schema as it was.
    """
    engine = migration_engine(url)
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise DatabaseUnavailable(
            f"{engine.url.render_as_string()}: cannot bring the schema up to date: {cause}"
        ) from error
    finally:
        engine.dispose()


def migration_engine(url: str) -> Engine:
    """An engine without a loop, whose transactions take in changes of the schema.

    Foreign keys stay off: altering a table on SQLite copies and drops it, and what refers to it
    must not be deleted with it.
    """
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = create_engine(
        parsed.set(drivername="sqlite") if sqlite else parsed,
        poolclass=NullPool,
        connect_args={"timeout": _BUSY_TIMEOUT} if sqlite else {},
        hide_parameters=True,
    )
    if sqlite:
        # The driver begins no transaction before DDL; so it leaves that to us.
        event.listen(engine, "connect", _no_autocommit)
        event.listen(engine, "begin", _begin)
    return engine


def _no_autocommit(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
