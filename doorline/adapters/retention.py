"""Old records are deleted: calls, door log, autop ledger and pictures are kept for so many days
(F263).

Once a day, beginning with the start, in batches that hold the write lock for a moment only. The
audit trail is never touched. A call that is still going on stays, however long ago it began.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from directory.database import Database
from directory.queries.old_rows import delete_older
from provisioning.ledger import AutopLedger
from relay.door_log import DoorLog
from sipcore.storage.call_deletion import delete_calls
from sipcore.storage.pictures import delete_pictures

log = structlog.get_logger("doorline")

DAY = 86_400.0
"""Seconds."""
BATCH = 200
"""Rows, or calls with all that belongs to them, that one transaction deletes."""
BREATH = 0.05
"""Seconds between two batches, in which others may write."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """How many records went."""

    calls: int = 0
    door_log: int = 0
    autop_ledger: int = 0
    pictures: int = 0


class Retention:
    """Owner of the task that deletes."""

    def __init__(
        self, database: Database, utc: Callable[[], float], keep_days: int, *, batch: int = BATCH
    ) -> None:
        """`utc` reads the clock, seconds since the epoch."""
        self._database = database
        self._utc = utc
        self._keep = keep_days * DAY
        self._batch = batch
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Delete what is old now, and once a day from now on."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="retention")

    async def stop(self) -> None:
        """End after the batch that is being deleted."""
        self._closing.set()
        task, self._task = self._task, None
        if task is not None:
            await task

    async def delete_old(self) -> Deleted:
        """Delete every record older than the days to keep; errors of the database are raised."""
        before = self._utc() - self._keep
        return Deleted(
            calls=await self._all(lambda one, most: delete_calls(one, before, most)),
            door_log=await self._all(lambda one, most: delete_older(one, DoorLog, before, most)),
            autop_ledger=await self._all(
                lambda one, most: delete_older(one, AutopLedger, before, most)
            ),
            pictures=await self._all(lambda one, most: delete_pictures(one, before, most)),
        )

    async def _all(self, delete: Callable[[Any, int], Awaitable[int]]) -> int:
        """Delete batch by batch; `delete` takes a connection and the size of a batch."""
        gone = 0
        while not self._closing.is_set():
            async with self._database.begin_write() as connection, connection.begin():
                done = await delete(connection, self._batch)
            gone += done
            if done < self._batch:
                break
            await self._pause(BREATH)
        return gone

    async def _run(self) -> None:
        while not self._closing.is_set():
            try:
                gone = await self.delete_old()
            except Exception as error:  # tomorrow is another day
                log.error("records.not_deleted", error=type(error).__name__)
            else:
                if gone != Deleted():
                    log.info(
                        "records.deleted",
                        calls=gone.calls,
                        door_log=gone.door_log,
                        autop_ledger=gone.autop_ledger,
                        pictures=gone.pictures,
                    )
            await self._pause(DAY)

    async def _pause(self, delay: float) -> None:
        """Wait that long, or for the end, whichever comes first."""
        try:
            async with asyncio.timeout(delay):
                await self._closing.wait()
        except TimeoutError:
            return
