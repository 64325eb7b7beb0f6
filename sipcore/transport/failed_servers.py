"""FailedServers: where requests came to nothing a moment ago, so that others are tried first.

RFC 3263 §2 wants the availability of a server remembered for some time and then flushed.
"""

from typing import Final

from sipcore.kernel.clock import Clock
from sipcore.kernel.flow import Flow

AVOIDED_FOR: Final = 60.0
"""Seconds for which a server that failed is tried last."""
LONGEST: Final = 3600.0
"""Seconds at most, whatever a Retry-After says."""


class FailedServers:
    """Transport, address and port of each server that failed, until when it is avoided."""

    def __init__(self, clock: Clock, capacity: int = 1024) -> None:
        self.evicted = 0
        """Servers that were forgotten before their time, because there was no room."""
        self._clock = clock
        self._capacity = capacity
        self._until: dict[tuple[str, str, int], float] = {}

    def __len__(self) -> int:
        return len(self._until)

    def note(self, flow: Flow, seconds: float = AVOIDED_FOR) -> None:
        """A request over this flow failed; when there is no room, the oldest is forgotten."""
        key = _key(flow)
        self._until.pop(key, None)
        if len(self._until) >= self._capacity:
            del self._until[next(iter(self._until))]
            self.evicted += 1
        self._until[key] = self._clock.monotonic() + min(max(seconds, 0.0), LONGEST)

    def holds(self, flow: Flow) -> bool:
        """Whether this flow's server failed a moment ago."""
        if not self._until:
            return False
        key = _key(flow)
        until = self._until.get(key)
        if until is None:
            return False
        if until > self._clock.monotonic():
            return True
        del self._until[key]
        return False


def _key(flow: Flow) -> tuple[str, str, int]:
    return flow.transport, flow.host, flow.port
