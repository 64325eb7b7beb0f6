"""SqlCallJournal: the record of calls, written while they happen but never awaited."""

from collections.abc import Callable, Collection, Mapping
from itertools import count
from pathlib import Path
from sqlite3 import Connection

from sipcore.b2bua.facts import CallFact
from sipcore.storage.call_statements import (
    INTERRUPT_CALLS,
    INTERRUPT_LEGS,
    Recorded,
    Statement,
    door_opened,
    event,
    rows,
)
from sipcore.storage.writer import BUSY_TIMEOUT, Writer, connect, database_path


class SqlCallJournal(Writer[int, Recorded]):
    """Fulfils the B2BUA's CallJournal port with the tables calls, call_legs and call_events.

    `database` is the file or its SQLAlchemy URL. What is recorded can be read a quarter of a
    second later.
    """

    def __init__(
        self,
        database: Path | str,
        interval: float = 0.25,
        *,
        capacity: int = 100_000,
        on_error: Callable[[Exception], None] | None = None,
        busy_timeout: float = BUSY_TIMEOUT,
    ) -> None:
        super().__init__(
            database if isinstance(database, Path) else database_path(database),
            name="call record writer",
            interval=interval,
            capacity=capacity,
            on_error=on_error,
            busy_timeout=busy_timeout,
        )
        self._numbers = count()

    def record(self, fact: CallFact) -> None:
        """Keep one fact."""
        self.put(next(self._numbers), fact)

    def record_event(
        self, call_id: str, at: float, kind: str, detail: Mapping[str, object]
    ) -> None:
        """Add something that others did during a call to its timeline.

        For `door_digits` with `allowed` true, `by` (a display name) becomes the call's
        `opened_by`. The detail must hold no digits.
        """
        entry: tuple[Statement, ...] = (event(call_id, at, kind, detail),)
        if kind == "door_digits" and detail.get("allowed") and detail.get("by"):
            entry += (door_opened(call_id, str(detail["by"])),)
        self.put(next(self._numbers), entry)

    def close_interrupted(self, now_utc: float) -> int:
        """Mark calls without an end as interrupted; how many there were.

        To be called once before calls are taken; raises sqlite3.Error.
        """
        connection = connect(self.path)
        try:
            interrupted = connection.execute(INTERRUPT_CALLS, (now_utc,)).rowcount
            connection.execute(INTERRUPT_LEGS, (now_utc,))
        finally:
            connection.close()
        return interrupted

    def write(self, connection: Connection, entries: Collection[Recorded]) -> None:
        """Execute what the facts change: each kind of statement in one go, for all its rows in the
        order in which they were recorded. That costs half as much as one by one."""
        for sql, many in rows(entries).items():
            if many:
                connection.executemany(sql, many)
