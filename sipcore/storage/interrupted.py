"""What an earlier run of the server left open: closed with what was on record of it last.

Nobody saw the end of these calls. Each ends, on record, with the last thing that is known of it:
a call that was answered and told nothing more is on record as answered and over at once, which is
honest, and not as a talk until the moment of the next start, which is not.
"""

import json
import sqlite3
from typing import ClassVar, Final, final

from sipcore.kernel.value import Value
from sipcore.storage.call_statements import (
    INSERT_EVENTS,
    INTERRUPT_CALL,
    INTERRUPT_LEGS,
    OPEN_CALLS,
)
from sipcore.storage.timeline import MICROSECONDS

OUTCOME: Final = "interrupted"
"""Outcome and reason of such a call."""


@final
class InterruptedCall(Value):
    """A call that was cut by the end of the server."""

    __slots__: ClassVar = (
        "apartment_id",
        "call_type",
        "caller_user",
        "ended_at",
        "id",
        "is_visit",
        "started_at",
    )

    def __init__(
        self,
        call_id: str,
        is_visit: bool,
        caller_user: str,
        apartment_id: int | None,
        started_at: float,
        ended_at: float,
        call_type: str = "",
    ) -> None:
        self.id = call_id
        self.is_visit = is_visit
        self.caller_user = caller_user
        self.apartment_id = apartment_id
        self.started_at = started_at
        """Seconds since the epoch, UTC."""
        self.ended_at = ended_at
        """The last thing that is known of it."""
        self.call_type = call_type
        """Name of the rule that made its plan."""


def close_open_calls(connection: sqlite3.Connection, now: float) -> tuple[InterruptedCall, ...]:
    """Close every call without an end, in one transaction; raises sqlite3.Error.

    `now` (UTC seconds) is when that was found out; the timeline tells it beside the end.
    """
    closed = []
    connection.execute("BEGIN IMMEDIATE")
    try:
        for row in connection.execute(OPEN_CALLS).fetchall():
            call = _interrupted(row)
            connection.execute(INTERRUPT_CALL, (call.ended_at, call.id))
            connection.execute(INSERT_EVENTS, (call.id, _end(call.ended_at, now)))
            closed.append(call)
        connection.execute(INTERRUPT_LEGS)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return tuple(closed)


def _interrupted(row: tuple[object, ...]) -> InterruptedCall:
    call_id, is_visit, caller_user, apartment_id, started_at, known_at, events, call_type = row
    last = max(_number(known_at), _last_of(events))
    return InterruptedCall(
        str(call_id),
        bool(is_visit),
        str(caller_user),
        apartment_id if isinstance(apartment_id, int) else None,
        _number(started_at),
        last,
        str(call_type),
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _last_of(events: object) -> float:
    """The moment of the last entry of a timeline's part; 0 when there is none."""
    if not isinstance(events, str):
        return 0.0
    return max([_number(at) for at, _, _ in json.loads(events)], default=0.0) / MICROSECONDS


def _end(at: float, noticed_at: float) -> str:
    """The timeline's last part."""
    detail = {
        "outcome": OUTCOME,
        "by": "server",
        "reason": OUTCOME,
        "status": 0,
        "noticed_at": noticed_at,
    }
    return json.dumps([[round(at * MICROSECONDS), "ended", detail]])
