"""Counting misses per source, in bounded memory.

A MAC can be guessed, a token cannot: so a source with many misses loses the
files that need no token first, and everything only when it goes on ten times as long. Devices
behind the same address whose tokens are right are not kept from their files by a neighbour that
sweeps MACs. IPv6 sources count by their /64, the smallest network anybody is given.
"""

import ipaddress
from collections import OrderedDict
from enum import IntEnum

MISSES = 60
"""Misses of one source in one window before it is refused files without a token."""
HARD_FACTOR = 10
"""Times `MISSES` before it is refused everything."""
WINDOW = 60.0
"""Seconds."""
SOURCES = 10_000
"""Sources remembered; the one that is quiet for longest is forgotten first."""


class Standing(IntEnum):
    """What a source may still ask for."""

    OPEN = 0
    TOKENS_ONLY = 1
    CLOSED = 2


class Misses:
    """Misses of each source in its present window."""

    def __init__(
        self, allowed: int = MISSES, window: float = WINDOW, sources: int = SOURCES
    ) -> None:
        self._allowed = allowed
        self._window = window
        self._sources = sources
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def standing(self, source: str, now: float) -> Standing:
        """How the source stands; `now` is monotonic seconds."""
        began, count = self._counts.get(network_of(source), (now, 0))
        if now - began >= self._window or count < self._allowed:
            return Standing.OPEN
        return Standing.CLOSED if count >= self._allowed * HARD_FACTOR else Standing.TOKENS_ONLY

    def miss(self, source: str, now: float) -> bool:
        """Count one miss; whether it is worth a record.

        Those of an open source are, and the first one after each change of its standing.
        """
        key = network_of(source)
        began, count = self._counts.pop(key, (now, 0))
        if now - began >= self._window:
            began, count = now, 0
        self._counts[key] = (began, count + 1)
        if len(self._counts) > self._sources:
            self._counts.popitem(last=False)
        return count <= self._allowed or count == self._allowed * HARD_FACTOR


def network_of(source: str) -> str:
    """The address itself, or the /64 of an IPv6 address; any other text counts as it is."""
    if ":" not in source:
        return source
    try:
        address = ipaddress.IPv6Address(source.partition("%")[0])
    except ValueError:
        return source
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
