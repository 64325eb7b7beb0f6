"""Overload: how late the engine is, how full its tables are, and what is shed then.

It is better to refuse some at once than to serve all too late, because what is answered late is
repeated and makes more work. What is shed first is what costs nobody anything; what belongs to a
call or a registration that exists is shed never or last (RFC 7339 §5.10.1 of INVITEs and requests
of existing sessions). This server does not announce RFC 7339, whose clients are servers: phones
are told Retry-After as RFC 3261 §21.5.4 has it.
"""

from enum import IntEnum
from typing import Final

SMOOTHING: Final = 0.15
"""Weight of the newest lateness in the running mean: one breath of less than two seconds is no
overload."""
LATENESS: Final = (0.3, 0.8, 3.0, 10.0)
"""Mean lateness in seconds from which levels 1 to 4 hold. The last two lie where clients would have
given up many times: thousands of phones that come back over TLS make the loop late by a second, and
all of them are welcome."""
FILL: Final = (0.6, 0.85)
"""Share of a table from which levels 1 and 2 hold. A full table says nothing against
registrations, which take no place in it."""
WAITING: Final = 0.17
"""Mean share of the backlog of datagrams from which level 1 holds, half a second's work, and no
higher one: thousands of phones that come back fill it as well, and what they wait behind are
strangers."""
RELIEF: Final = 0.5
"""A level is left when its lateness has fallen below this share of what it was entered at…"""
FILL_RELIEF: Final = 0.9
"""… and the tables below this share: their filling does not waver as lateness does…"""
CALM: Final = 2.0
"""… for this many seconds; one level at a time."""


class Wish(IntEnum):
    """What a request outside every dialog asks for; the value is the level that sheds it."""

    STRANGER = 1
    """OPTIONS, and anything but REGISTER from a source where nobody authenticated lately."""
    CALL = 2
    """A new call, or any other request of somebody known."""
    ARRIVAL = 3
    """A registration without credentials from a source where nobody is registered."""
    REFRESH = 4
    """Any other registration."""


class Overload:
    """The level of overload, from 0 for none to 4, with hysteresis."""

    def __init__(self) -> None:
        self.level = 0
        self.lateness = 0.0
        """Running mean in seconds."""
        self.waiting = 0.0
        """Running mean of the share of the backlog that is taken."""
        self._calm_since: float | None = None

    def feed(self, lateness: float, fill: float, now: float, waiting: float = 0.0) -> None:
        """Take the newest lateness of a tick (seconds), the share of the fullest table that is
        taken, the monotonic time, and the share of the backlog of datagrams that is taken."""
        self.waiting += (waiting - self.waiting) * SMOOTHING
        self.lateness += (max(lateness, 0.0) - self.lateness) * SMOOTHING
        reached = self._reached(fill)
        if reached >= self.level:
            self.level = reached
            self._calm_since = None
        elif self._reached(fill, RELIEF, FILL_RELIEF) >= self.level:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = now
        elif now - self._calm_since >= CALM:
            self.level -= 1
            self._calm_since = now

    def sheds(self, wish: Wish) -> bool:
        """Whether such requests are refused at present."""
        return self.level >= wish

    def _reached(self, fill: float, late_share: float = 1.0, fill_share: float = 1.0) -> int:
        late = sum(self.lateness >= least * late_share for least in LATENESS)
        full = sum(fill >= least * fill_share for least in FILL)
        return max(late, full, int(self.waiting >= WAITING * late_share))
