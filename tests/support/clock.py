"""A clock that moves only when told to."""


class ManualClock:
    """Clock port double: both readings advance together."""

    def __init__(self, monotonic: float = 1000.0, utc: float = 1_800_000_000.0) -> None:
        self._monotonic = monotonic
        self._utc = utc

    def monotonic(self) -> float:
        """Seconds on the monotonic scale."""
        return self._monotonic

    def utc(self) -> float:
        """Seconds since the epoch."""
        return self._utc

    def advance(self, seconds: float) -> None:
        """Move both readings forward."""
        self._monotonic += seconds
        self._utc += seconds
