"""Histogram: durations counted by bound, in bounded memory and with one addition each."""

from bisect import bisect_left
from collections.abc import Sequence


class Histogram:
    """How many durations lay under each bound."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        """Upper bounds in ascending order, seconds."""
        self.counts = [0] * (len(bounds) + 1)
        """By bound; the last counts what is above all of them."""
        self.total = 0.0
        """Seconds in all."""

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds
