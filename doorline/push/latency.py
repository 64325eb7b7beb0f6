"""Latencies: how long apps take to wake, over the last ones."""

from collections import deque
from math import ceil

WINDOW = 50
"""Wakes that percentiles are taken of."""
BOUNDS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0, 15.0, 30.0)
"""Upper bounds of the histogram, seconds."""


class Latencies:
    """The last latencies of one app, seconds."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=WINDOW)

    def __len__(self) -> int:
        return len(self._last)

    def add(self, seconds: float) -> None:
        """Take one in; the oldest goes."""
        self._last.append(seconds)

    @property
    def last(self) -> float | None:
        """The newest; None before the first."""
        return self._last[-1] if self._last else None

    def percentile(self, part: float) -> float | None:
        """The smallest that `part` (above 0, at most 1) of them do not exceed; None for none."""
        if not self._last:
            return None
        ordered = sorted(self._last)
        return ordered[max(ceil(part * len(ordered)), 1) - 1]
