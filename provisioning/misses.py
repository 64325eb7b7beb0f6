"""Counting misses per source.

A MAC can be guessed, a token cannot: so a source with many misses loses the
files that need no token first, and everything only when it goes on ten times as long. Devices
behind the same address whose tokens are right are not kept from their files by a neighbour that
sweeps MACs.
"""

from enum import IntEnum

from provisioning.tally import SOURCES, WINDOW, Tally

MISSES = 60
"""Misses of one source in one window before it is refused files without a token."""
HARD_FACTOR = 10
"""Times `MISSES` before it is refused everything."""


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
        self._tally = Tally(window, sources)

    def __len__(self) -> int:
        return len(self._tally)

    def standing(self, source: str, now: float) -> Standing:
        """How the source stands; `now` is monotonic seconds."""
        count = self._tally.count(source, now)
        if count < self._allowed:
            return Standing.OPEN
        return Standing.CLOSED if count >= self._allowed * HARD_FACTOR else Standing.TOKENS_ONLY

    def miss(self, source: str, now: float) -> bool:
        """Count one miss; whether it is worth a record.

        Those of an open source are, and the first one after each change of its standing.
        """
        count = self._tally.add(source, now)
        return count <= self._allowed or count == self._allowed * HARD_FACTOR
