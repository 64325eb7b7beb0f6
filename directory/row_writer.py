"""RowWriter: rows of a record are queued without waiting and written in groups.

The door log and the autop ledger are written by it. The queue is bounded. When the database cannot
keep up or cannot be written, the newest rows are dropped and counted; calls, doors and devices go
on. A single row that the database refuses for good is dropped and counted, so that it cannot hold
up the others.
"""

import asyncio
from collections import deque
from itertools import islice
from typing import Generic, TypeVar

import structlog
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.database import Database
from directory.model.base import Base, table_of

log = structlog.get_logger(__name__)

CAPACITY = 20_000
"""Rows that may wait: minutes of the busiest city, a town whose power has come back."""
BATCH = 500
"""Rows written in one transaction."""
RETRY_DELAY = 1.0
"""Seconds between two tries when the database refuses."""

_REFUSALS = (SQLAlchemyError, ValueError, TypeError, OverflowError)
"""What a database says to a row that it will not take; the driver raises some of it bare."""

Entry = TypeVar("Entry", contravariant=True)
"""A row as a value: it has an attribute for each column; the database gives the id."""


class RowWriter(Generic[Entry]):
    """Owner of one task that writes; `start` in a running loop, `close` before the database."""

    def __init__(
        self,
        database: Database,
        model: type[Base],
        *,
        capacity: int = CAPACITY,
        batch: int = BATCH,
        gather: float = 0.0,
        retry_delay: float = RETRY_DELAY,
    ) -> None:
        """`gather` is how many seconds a group waits for rows that come a moment later."""
        self._database = database
        self._table = table_of(model)
        self._columns = tuple(column.key for column in self._table.columns if column.key != "id")
        self._capacity = capacity
        self._batch = batch
        self._gather = gather
        self._retry_delay = retry_delay
        self._waiting: deque[Entry] = deque()
        self._something = asyncio.Event()
        self._closing = asyncio.Event()
        self._flushing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.written = 0
        """Rows stored since the start."""
        self.dropped = 0
        """Rows lost because the queue was full, because the database refused them for good, or
        because it could not be written at the end."""
        self.last_error = ""
        """What the latest attempt failed with; empty when it succeeded."""

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def counters(self) -> dict[str, int]:
        """Both figures under the names of metrics."""
        return {"rows_written": self.written, "rows_dropped": self.dropped}

    def start(self) -> None:
        """Begin to write what is queued."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"{self._table.name} writer")

    def write(self, entry: Entry) -> None:
        """Queue one row; returns at once and never raises."""
        if len(self._waiting) >= self._capacity:
            self.dropped += 1
            return
        self._waiting.append(entry)
        self._something.set()

    async def flush(self) -> None:
        """Write what is queued now.

        When the database cannot be written, its error is raised and the rows stay queued.
        """
        async with self._flushing:
            while self._waiting:
                rows = [self._values(entry) for entry in islice(self._waiting, self._batch)]
                try:
                    refused = await self._store(rows)
                except (SQLAlchemyError, OSError) as error:
                    self.last_error = _text_of(error)
                    raise
                self.last_error = ""
                for _ in rows:
                    self._waiting.popleft()
                self.written += len(rows) - refused
                self.dropped += refused

    async def close(self) -> None:
        """Write what is left, once; what the database refuses then is dropped and counted."""
        self._closing.set()
        self._something.set()
        task, self._task = self._task, None
        if task is not None:
            await task
        try:
            await self.flush()
        except (SQLAlchemyError, OSError) as error:
            lost = len(self._waiting)
            self._waiting.clear()
            self.dropped += lost
            log.error("rows.lost", table=self._table.name, error=type(error).__name__, rows=lost)

    async def _store(self, rows: list[dict[str, object]]) -> int:
        """Store the rows, or all but those that are refused one by one; how many were."""
        async with self._database.begin_write() as connection:
            try:
                async with connection.begin():
                    await connection.execute(insert(self._table), rows)
            except (OperationalError, OSError):
                raise  # locked, full, not there: nothing is wrong with the rows
            except _REFUSALS:
                async with connection.begin():
                    return sum([await self._is_refused(connection, row) for row in rows])
        return 0

    async def _is_refused(self, connection: AsyncConnection, row: dict[str, object]) -> bool:
        try:
            async with connection.begin_nested():
                await connection.execute(insert(self._table), row)
        except (OperationalError, OSError):
            raise
        except _REFUSALS as error:
            log.error("rows.refused", table=self._table.name, error=_text_of(error))
            return True
        return False

    async def _run(self) -> None:
        while not self._closing.is_set():
            await self._something.wait()
            self._something.clear()
            await self._pause(self._gather)
            if self._closing.is_set():
                return
            try:
                await self.flush()
            except (SQLAlchemyError, OSError) as error:
                log.error(
                    "rows.not_written",
                    table=self._table.name,
                    error=type(error).__name__,
                    waiting=len(self._waiting),
                )
                self._something.set()
                await self._pause(self._retry_delay)

    async def _pause(self, delay: float) -> None:
        """Wait that long, or for the end, whichever comes first."""
        try:
            async with asyncio.timeout(delay):
                await self._closing.wait()
        except TimeoutError:
            return

    def _values(self, entry: Entry) -> dict[str, object]:
        return {name: _storable(getattr(entry, name)) for name in self._columns}


def _text_of(error: Exception) -> str:
    """What the database said, without the statement around it."""
    return str(getattr(error, "orig", None) or error)


def _storable(value: object) -> object:
    """Text that every database takes: names may come from the wire with broken bytes in them."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "replace").decode().replace("\0", "")
