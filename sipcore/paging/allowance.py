"""Allowance: how often somebody may do something, as a token bucket for each."""

from typing import NamedTuple


class _Bucket(NamedTuple):
    tokens: float
    at: float


class Allowance:
    """`burst` at once, then `rate` in a second; of `most` names at the same time.

    Whoever was silent for the longest time is forgotten first, and starts again with a full bucket.
    """

    def __init__(self, rate: float, burst: int, most: int = 10_000) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most
        self._buckets: dict[str, _Bucket] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, name: str, now: float) -> bool:
        """Whether `name` may do it at `now`, monotonic seconds; if so, it counts."""
        bucket = self._buckets.pop(name, None)
        tokens = float(self._burst)
        if bucket is not None:
            tokens = min(tokens, bucket.tokens + (now - bucket.at) * self._rate)
        elif len(self._buckets) >= self._most:
            del self._buckets[next(iter(self._buckets))]
        granted = tokens >= 1
        self._buckets[name] = _Bucket(tokens - granted, now)
        return granted
