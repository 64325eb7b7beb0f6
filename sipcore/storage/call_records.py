"""SqlCallJournal: the record of calls, written while they happen but never awaited."""

import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Final

from sipcore.b2bua.facts import CallFact
from sipcore.storage.call_changes import CallChanges, Opened, OtherEvent, Recorded
from sipcore.storage.in_turn import InTurn
from sipcore.storage.interrupted import InterruptedCall, close_open_calls
from sipcore.storage.writer import BUSY_TIMEOUT, Statements, Writer, connect, database_path

_AT_A_TIME: Final = 64
"""Facts between which others may run: so many keep them waiting for a tenth of a millisecond."""
_STEP_ASIDE: Final = 1e-6
"""Seconds to sleep there: any time makes the thread step aside."""


class SqlCallJournal(Writer[Recorded]):
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
            on_error=on_error,
            busy_timeout=busy_timeout,
        )
        self._waiting: InTurn = InTurn(capacity, self.wake, self.counters)
        self.record: Callable[[CallFact], None] = self._waiting.put
        """Keep one fact."""

    @property
    def waiting(self) -> InTurn:
        """Facts and other events in their turn."""
        return self._waiting

    def record_event(
        self, call_id: str, at: float, kind: str, detail: Mapping[str, object]
    ) -> None:
        """Add something that others did during a call to its timeline.

        For `door_digits` with `allowed` true, `by` (a display name), `by_user` and `relay_id` are
        who and what opened of the call. The detail must hold no digits.
        """
        opened = _opened(detail) if kind == "door_digits" else None
        self._waiting.put(OtherEvent(call_id, at, kind, detail, opened))

    def close_interrupted(self, now_utc: float) -> tuple[InterruptedCall, ...]:
        """Mark calls without an end as interrupted; those that were.

        To be called once before calls are taken; raises sqlite3.Error.
        """
        connection = connect(self.path)
        try:
            return close_open_calls(connection, now_utc)
        finally:
            connection.close()

    def statements(self, entries: Collection[Recorded]) -> Statements:
        """What the facts change: each kind of statement once, with all its rows."""
        changes, facts = CallChanges(), list(entries)
        for start in range(0, len(facts), _AT_A_TIME):
            if start:
                time.sleep(_STEP_ASIDE)
            changes.add(facts[start : start + _AT_A_TIME])
        return list(changes.rows().items())


def _opened(detail: Mapping[str, object]) -> Opened | None:
    """What a completed code opened, if it was allowed to and somebody is named."""
    by, user, relay_id = detail.get("by"), detail.get("by_user"), detail.get("relay_id")
    if not by or not detail.get("allowed"):
        return None
    return Opened(
        str(by),
        user if isinstance(user, str) else None,
        relay_id if isinstance(relay_id, int) else None,
    )
