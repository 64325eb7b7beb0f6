"""Counting what each source does, in bounded memory.

IPv6 sources count by their /64, the smallest network anybody is given.
"""

import ipaddress
from collections import OrderedDict

WINDOW = 60.0
"""Seconds."""
SOURCES = 10_000
"""Sources remembered; the one that is quiet for longest is forgotten first."""


class Tally:
    """How often each source was counted in its present window."""

    def __init__(self, window: float = WINDOW, sources: int = SOURCES) -> None:
        self._window = window
        self._sources = sources
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def count(self, source: str, now: float) -> int:
        """How often it was counted; `now` is monotonic seconds."""
        began, count = self._counts.get(network_of(source), (now, 0))
        return count if now - began < self._window else 0

    def add(self, source: str, now: float) -> int:
        """Count it once more; how often it was counted before."""
        key = network_of(source)
        began, count = self._counts.pop(key, (now, 0))
        if now - began >= self._window:
            began, count = now, 0
        self._counts[key] = (began, count + 1)
        if len(self._counts) > self._sources:
            self._counts.popitem(last=False)
        return count

    def admit(self, source: str, most: int, now: float) -> bool:
        """Count it once more; False, and not counted, when it was `most` times already."""
        if self.count(source, now) >= most:
            return False
        self.add(source, now)
        return True


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
