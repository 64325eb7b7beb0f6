"""Pulse: a regular tick of the event loop that tells how late it comes."""

import asyncio
from collections.abc import Callable
from typing import Final

from sipcore.kernel.clock import Clock
from sipcore.kernel.histogram import Histogram

INTERVAL: Final = 0.02
"""Seconds between two ticks."""
BEAT: Final = 0.1
"""Seconds after which the beat is told of a tick again; sooner when ticks come late."""
# Of no fixed length: compiled, a constant tuple that begins with a float counts as not set.
BOUNDS: Final[tuple[float, ...]] = (
    *(0.0005, 0.001, 0.002, 0.003, 0.004, 0.005, 0.0075),
    *(0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0),
)
"""Upper bounds of what is counted together, seconds."""

Beat = Callable[[float, float], None]
"""Told the lateness of a tick in seconds, and the monotonic time."""


class Pulse:
    """Measures how long work waits in the event loop before it gets its turn."""

    def __init__(self, clock: Clock, beat: Beat) -> None:
        self._clock = clock
        self._beat = beat
        self.waits = Histogram(BOUNDS)
        """What every tick waited."""
        self._due = 0.0
        self._told_at = clock.monotonic()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handle: asyncio.TimerHandle | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to tick."""
        self._loop = loop
        self._arm(loop)

    def stop(self) -> None:
        """Tick no more."""
        self._loop = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def tick(self) -> None:
        """Tell the lateness of the tick that is due, and wait for the next."""
        now = self._clock.monotonic()
        late = max(now - self._due, 0.0)
        self.waits.add(late)
        if now - self._told_at >= BEAT - INTERVAL / 2:
            self._told_at = now
            self._beat(late, now)
        if self._loop is not None:
            self._arm(self._loop)

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = self._clock.monotonic() + INTERVAL
        self._handle = loop.call_later(INTERVAL, self.tick)
