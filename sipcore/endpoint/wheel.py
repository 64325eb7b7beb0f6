"""TimerWheel: one timer of the event loop for every deadline of every machine.

Machines keep their own deadline; the wheel only remembers in which tick to look at them again.
Moving a deadline later costs nothing: the machine is found not yet due and is put back.
"""

import asyncio
from collections.abc import Callable
from math import inf
from typing import Final, Protocol

from sipcore.kernel.clock import Clock
from sipcore.kernel.turn import Turn, at_once

TICK: Final = 0.02
"""Seconds between two looks; a deadline is met up to this much late."""


class _Alarm(Protocol):
    """A timer of the event loop; that of uvloop is no `asyncio.TimerHandle`."""

    def cancel(self) -> None:
        """Do not call."""


class Timed(Protocol):
    """Anything with a deadline on the monotonic scale; `math.inf` for none."""

    deadline: float


class TimerWheel:
    """Buckets of machines, one bucket per tick."""

    def __init__(self, clock: Clock, fire: Callable[[Timed, float], None]) -> None:
        self._clock = clock
        self._fire = fire
        self._buckets: dict[int, Timed | dict[Timed, None]] = {}
        """What to look at in each tick. A call that lasts is alone in its own: no table for one."""
        self._tick_of: dict[Timed, int] = {}
        self._done = int(clock.monotonic() / TICK)
        self._handle: _Alarm | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn: Turn = at_once

    def __len__(self) -> int:
        return len(self._tick_of)

    def start(self, loop: asyncio.AbstractEventLoop, turn: Turn = at_once) -> None:
        """Begin to tick; what is due is done within `turn`."""
        self._loop = loop
        self._turn = turn
        self._arm()

    def stop(self) -> None:
        """Stop ticking; deadlines are no longer met."""
        self._loop = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def schedule(self, machine: Timed) -> None:
        """Look at the machine again when its present deadline has come."""
        deadline = machine.deadline
        if deadline == inf:
            return
        tick = int(deadline / TICK) + 1
        if tick <= self._done:
            tick = self._done + 1
        known = self._tick_of.get(machine)
        if known is not None:
            if known <= tick:
                return
            self._remove(machine, known)
        self._tick_of[machine] = tick
        bucket = self._buckets.get(tick)
        if bucket is None:
            self._buckets[tick] = machine
        elif isinstance(bucket, dict):
            bucket[machine] = None
        else:
            self._buckets[tick] = {bucket: None, machine: None}
        if self._handle is None:
            self._arm()

    def forget(self, machine: Timed) -> None:
        """Never look at the machine again; nothing happens when it is not in the wheel."""
        tick = self._tick_of.pop(machine, None)
        if tick is not None:
            self._remove(machine, tick)

    def advance(self, now: float) -> None:
        """Fire every machine that is due at `now` (monotonic seconds)."""
        start, target = self._done, int(now / TICK)
        # What is scheduled from here on belongs to a later tick than those being served.
        self._done = max(start, target)
        if target - start > len(self._buckets):
            ticks = sorted(tick for tick in self._buckets if tick <= target)
        else:
            ticks = [tick for tick in range(start + 1, target + 1) if tick in self._buckets]
        for tick in ticks:
            bucket = self._buckets.pop(tick, None)
            if bucket is None:
                continue
            for machine in bucket if isinstance(bucket, dict) else (bucket,):
                if self._tick_of.get(machine) != tick:
                    continue  # forgotten or moved while this tick was being served
                del self._tick_of[machine]
                if machine.deadline > now:
                    self.schedule(machine)
                else:
                    self._fire(machine, now)

    def _remove(self, machine: Timed, tick: int) -> None:
        bucket = self._buckets.get(tick)
        # There is none while that very tick is being served.
        if bucket is machine:
            del self._buckets[tick]
        elif isinstance(bucket, dict):
            bucket.pop(machine, None)
            if not bucket:
                del self._buckets[tick]

    def _arm(self) -> None:
        if self._handle is None and self._loop is not None and self._buckets:
            self._handle = self._loop.call_later(TICK, self._turn, self._tick)

    def _tick(self) -> None:
        self._handle = None
        try:
            self.advance(self._clock.monotonic())
        finally:
            self._arm()
