"""The database: engine, pragmas, and sessions that refuse to work without a Scope."""

from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.pool import ConnectionPoolEntry

from directory.errors import DatabaseUnavailable
from directory.model import Base, Site, SiteBound
from directory.scope import Scope

BUSY_TIMEOUT = 10.0
"""Seconds a connection waits for another writer of the same file."""

_SCOPE = "scope"
_IMMEDIATE = "doorline_immediate"


class UnscopedQueryError(RuntimeError):
    """Code asked the directory something without saying on whose behalf: a programming error."""


class ScopedSession(Session):
    """A session that adds the tenant filter to every statement."""


@event.listens_for(ScopedSession, "do_orm_execute")
def _apply_scope(state: ORMExecuteState) -> None:
    """Refuse statements without a scope; restrict the others to its sites."""
    scope = state.session.info.get(_SCOPE)
    if not isinstance(scope, Scope):
        raise UnscopedQueryError("a directory session needs a Scope")
    if scope.site_ids is None or state.is_column_load:
        return
    visible = sorted(state.session.info["visible"])
    state.statement = state.statement.options(
        with_loader_criteria(SiteBound, lambda row: row.site_id.in_(visible), include_aliases=True),
        with_loader_criteria(Site, lambda row: row.id.in_(visible), include_aliases=True),
    )


class Database:
    """One engine and the sessions on it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._writing = engine.execution_options(**{_IMMEDIATE: True})

    @property
    def url(self) -> URL:
        """Where the database is; its password prints as stars."""
        return self.engine.url

    def session(self, scope: Scope, *, write: bool) -> AsyncSession:
        """A session for one unit of work in that scope."""
        info: dict[str, Any] = {_SCOPE: scope, "visible": set(scope.site_ids or ())}
        return AsyncSession(
            self._writing if write else self.engine,
            sync_session_class=ScopedSession,
            expire_on_commit=False,
            autoflush=False,
            info=info,
        )

    def connect(self) -> AsyncConnection:
        """A connection for the set-based loaders of the engine, which serve every site."""
        return self.engine.connect()

    def begin_write(self) -> AsyncConnection:
        """A connection whose transaction takes the write lock at once, for bulk imports."""
        return self._writing.connect()

    async def check(self) -> None:
        """Open it once; DatabaseUnavailable says why that fails."""
        try:
            async with self.engine.connect() as connection:
                await connection.exec_driver_sql("SELECT 1")
        except (SQLAlchemyError, OSError) as error:
            cause = getattr(error, "orig", None) or error
            raise DatabaseUnavailable(
                f"{self.url.render_as_string()}: cannot open the database: {cause}"
            ) from error

    async def create_schema(self) -> None:
        """Create every table known to the directory's metadata, for tests and trials."""
        async with self.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def open_database(url: str) -> Database:
    """An engine for that URL; nothing is opened until the first use.

    SQLite files are set to WAL with foreign keys on; a write transaction takes its lock at the
    start, because a lock asked for after a read fails at once when another connection has written
    in between (SQLITE_BUSY_SNAPSHOT).
    """
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = create_async_engine(
        parsed, connect_args={"timeout": BUSY_TIMEOUT} if sqlite else {}, hide_parameters=True
    )
    if sqlite:
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return Database(engine)


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Pragmas; and the driver leaves BEGIN to us."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin, with the write lock when the unit will write."""
    immediate = connection.get_execution_options().get(_IMMEDIATE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
