"""Refusals of each source, and what it may still ask for.

A MAC can be guessed, a token cannot: so a source with many refusals loses the files that need no
token first, and everything only when it goes on ten times as long. Devices behind the same address
whose tokens are right are not kept from their files by a neighbour that sweeps MACs.
"""

from enum import IntEnum

from provisioning.tally import SOURCES, WINDOW, Tally

REFUSALS = 60
"""Refusals of one source in one window before it gets no more files without a token."""
HARD_FACTOR = 10
"""Times `REFUSALS` before it gets nothing."""


class Standing(IntEnum):
    """What a source may still ask for."""

    OPEN = 0
    TOKENS_ONLY = 1
    CLOSED = 2


class Refusals:
    """Refusals of each source in its present window."""

    def __init__(
        self, allowed: int = REFUSALS, window: float = WINDOW, sources: int = SOURCES
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

    def add(self, source: str, now: float) -> bool:
        """Count one refusal; whether it is worth a record.

        Those of an open source are, and the first one after each change of its standing.
        """
        count = self._tally.add(source, now)
        return count <= self._allowed or count == self._allowed * HARD_FACTOR
