"""Pulse: a regular tick of the event loop that tells how late it comes."""

import asyncio
from collections.abc import Callable
from typing import Final

from sipcore.kernel.clock import Clock

INTERVAL: Final = 0.1
"""Seconds between two ticks."""

Beat = Callable[[float, float], None]
"""Told the lateness of a tick in seconds, and the monotonic time."""


class Pulse:
    """Measures how long work waits in the event loop before it gets its turn."""

    def __init__(self, clock: Clock, beat: Beat) -> None:
        self._clock = clock
        self._beat = beat
        self._due = 0.0
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
        self._beat(now - self._due, now)
        if self._loop is not None:
            self._arm(self._loop)

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = self._clock.monotonic() + INTERVAL
        self._handle = loop.call_later(INTERVAL, self.tick)
