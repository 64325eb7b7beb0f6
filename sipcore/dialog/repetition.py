"""Repetition: a response that is sent again until it is acknowledged, or for 64*T1.

A 2xx to an INVITE, until its ACK (RFC 3261 §13.3.1.4): the INVITE server transaction only absorbs
the repeated INVITE (RFC 6026 §7.1); bringing the 2xx through is the work of the user agent, over
reliable transports as well, because a hop behind the next proxy may be UDP. The interval doubles up
to T2: 0.5, 1.5, 3.5, 7.5, 11.5 … 31.5 s, and it is given up at 32 s.

A reliable provisional response, until its PRACK (RFC 3262 §3): the interval doubles without a cap,
0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s, and the INVITE is to be refused at 32 s.

The first one leaves through the INVITE's transaction; this machine begins with the first
repetition, T1 later.
"""

from enum import Enum
from math import inf

from sipcore.kernel.timers import T1, TIMEOUT


class Due(Enum):
    """What is to be done at a deadline."""

    NOTHING = "nothing"
    """It was called too early."""
    REPEAT = "repeat"
    GIVE_UP = "give up"
    """64*T1 passed without an acknowledgement."""


class Repetition:
    """One response that waits for its acknowledgement; times are monotonic seconds."""

    __slots__ = ("_ends_at", "_interval", "_longest", "data", "deadline")

    def __init__(self, data: bytes, now: float, longest: float = inf) -> None:
        """`longest` is where the interval stops to grow."""
        self.data = data
        self._longest = longest
        self._interval = T1
        self._ends_at = now + TIMEOUT
        self.deadline = now + T1
        """When to call `on_deadline`; infinity once nothing is awaited any more."""

    def stop(self) -> None:
        """It is acknowledged, or needs no acknowledgement any more."""
        self.deadline = inf

    def on_deadline(self, now: float) -> Due:
        """Whether `data` is to be sent again, or given up."""
        if now < self.deadline:
            return Due.NOTHING
        if now >= self._ends_at:
            self.deadline = inf
            return Due.GIVE_UP
        self._interval = min(2 * self._interval, self._longest)
        self.deadline = min(now + self._interval, self._ends_at)
        return Due.REPEAT
