"""The Clock port: the only way the engine learns what time it is."""

from typing import Protocol


class Clock(Protocol):
    """Two readings of time; adapters live in `doorline`, a manual one in `tests/support`."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start, never going back; for deadlines."""

    def utc(self) -> float:
        """Seconds since the Unix epoch, UTC; for what is stored or shown."""
