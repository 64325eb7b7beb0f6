"""AcceptedInvite: repeats a 2xx to an INVITE until its ACK comes (RFC 3261 §13.3.1.4).

The INVITE server transaction only absorbs the repeated INVITE (RFC 6026 §7.1); bringing the 2xx
through is the work of the user agent, over reliable transports as well, because a hop behind the
next proxy may be UDP. The first 2xx leaves through the transaction; this machine begins with the
first repetition, T1 later: 0.5, 1.5, 3.5, 7.5, 11.5 … 31.5 s, and gives up at 32 s.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from sipcore.kernel.timers import T1, T2, TIMEOUT
from sipcore.transaction.actions import Send
from sipcore.transaction.events import AckReceived, Event


@dataclass(slots=True)
class AckMissing:
    """64*T1 passed without an ACK: the session should be ended with BYE."""


class State(StrEnum):
    """Where the acknowledgement is."""

    REPEATING = "Repeating"
    ACKNOWLEDGED = "Acknowledged"
    ABANDONED = "Abandoned"


class AcceptedInvite:
    """One 2xx that waits for its ACK; a machine like those of `sipcore.transaction`."""

    __slots__ = ("_ends_at", "_interval", "_send", "deadline", "state")

    def __init__(self, data: bytes, now: float) -> None:
        self._send = Send(data)
        self._interval = T1
        self._ends_at = now + TIMEOUT
        self.state = State.REPEATING
        self.deadline = now + T1
        """Monotonic time of the next wake-up; infinity when none is wanted."""

    def handle(self, event: Event, now: float) -> tuple[Send | AckMissing, ...]:
        """Stop at the ACK, which the caller has matched to this INVITE by its CSeq number."""
        if isinstance(event, AckReceived) and self.state is State.REPEATING:
            self.state = State.ACKNOWLEDGED
            self.deadline = inf
        return ()

    def on_deadline(self, now: float) -> tuple[Send | AckMissing, ...]:
        """Repeat the 2xx, or give up; nothing when called too early."""
        if now < self.deadline:
            return ()
        if now >= self._ends_at:
            self.state = State.ABANDONED
            self.deadline = inf
            return (AckMissing(),)
        self._interval = min(2 * self._interval, T2)
        self.deadline = min(now + self._interval, self._ends_at)
        return (self._send,)
