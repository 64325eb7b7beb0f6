"""DoorLogWriter: door log rows are queued without waiting and written in groups.

The queue is bounded. When the database cannot keep up or cannot be written, the newest rows are
dropped and counted; calls and doors go on.
"""

import asyncio
from collections import deque
from itertools import islice

import structlog
from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from directory.database import Database
from relay.door_log import DoorLog, DoorLogEntry, insertable

log = structlog.get_logger(__name__)

CAPACITY = 10_000
"""Rows that may wait: minutes of the busiest city."""
BATCH = 500
"""Rows written in one transaction."""
RETRY_DELAY = 1.0
"""Seconds between two tries when the database refuses."""


class DoorLogWriter:
    """Owner of one task that writes; `start` in a running loop, `close` before the database."""

    def __init__(
        self,
        database: Database,
        *,
        capacity: int = CAPACITY,
        batch: int = BATCH,
        retry_delay: float = RETRY_DELAY,
    ) -> None:
        self._database = database
        self._capacity = capacity
        self._batch = batch
        self._retry_delay = retry_delay
        self._waiting: deque[DoorLogEntry] = deque()
        self._something = asyncio.Event()
        self._closing = asyncio.Event()
        self._flushing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.written = 0
        """Rows stored since the start."""
        self.dropped = 0
        """Rows lost because the queue was full, or the database could not be written at the end."""

    def __len__(self) -> int:
        return len(self._waiting)

    def start(self) -> None:
        """Begin to write what is queued."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="door log writer")

    def write(self, entry: DoorLogEntry) -> None:
        """Queue one row; returns at once and never raises."""
        if len(self._waiting) >= self._capacity:
            self.dropped += 1
            return
        self._waiting.append(entry)
        self._something.set()

    async def flush(self) -> None:
        """Write what is queued now; a database error is raised and the rows stay queued."""
        async with self._flushing:
            while self._waiting:
                rows = list(islice(self._waiting, self._batch))
                async with self._database.begin_write() as connection, connection.begin():
                    await connection.execute(insert(DoorLog), [insertable(row) for row in rows])
                for _ in rows:
                    self._waiting.popleft()
                self.written += len(rows)

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
            self.dropped += len(self._waiting)
            self._waiting.clear()
            log.error("door_log_lost", error=type(error).__name__, rows=self.dropped)

    async def _run(self) -> None:
        while not self._closing.is_set():
            await self._something.wait()
            self._something.clear()
            try:
                await self.flush()
            except (SQLAlchemyError, OSError) as error:
                log.error(
                    "door_log_not_written", error=type(error).__name__, waiting=len(self._waiting)
                )
                self._something.set()
                await self._pause()

    async def _pause(self) -> None:
        """Wait for the next try, or for the end, whichever comes first."""
        try:
            async with asyncio.timeout(self._retry_delay):
                await self._closing.wait()
        except TimeoutError:
            return
