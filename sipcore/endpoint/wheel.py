"""TimerWheel: one timer of the event loop for every deadline of every machine.

Machines keep their own deadline; the wheel only keeps in which tick to look at them again.
Moving a deadline later costs nothing: the machine is found not yet due and is put back.
"""

import asyncio
from collections.abc import Callable
from math import inf
from typing import Final, Protocol

from sipcore.kernel.clock import Clock
from sipcore.kernel.timed import Timed
from sipcore.kernel.turn import Turn, at_once

TICK: Final = 0.02
"""Seconds between two looks; a deadline is met up to this much late."""
_NEVER: Final = inf


class _Alarm(Protocol):
    """A timer of the event loop; that of uvloop is no `asyncio.TimerHandle`."""

    def cancel(self) -> None:
        """Do not call."""


class TimerWheel:
    """Rings of machines, one ring per tick, in the order in which they came."""

    def __init__(self, clock: Clock, fire: Callable[[Timed, float], None]) -> None:
        self._clock = clock
        self._fire = fire
        self._firsts: dict[int, Timed] = {}
        """The first machine of each tick in which there is one."""
        self._count = 0
        self._done = int(clock.monotonic() / TICK)
        self._handle: _Alarm | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn: Turn = at_once

    def __len__(self) -> int:
        return self._count

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
        if deadline == _NEVER:
            return
        tick = int(deadline / TICK) + 1
        if tick <= self._done:
            tick = self._done + 1
        known = machine.tick
        if known:
            if known <= tick:
                return
            self._remove(machine)
        machine.tick = tick
        self._count += 1
        first = self._firsts.get(tick)
        if first is None:
            self._firsts[tick] = machine
        else:
            last = first.before or first
            machine.before = last
            machine.after = first
            last.after = first.before = machine
        if self._handle is None:
            self._arm()

    def forget(self, machine: Timed) -> None:
        """Never look at the machine again; nothing happens when it is not in the wheel."""
        if machine.tick:
            self._remove(machine)

    def advance(self, now: float) -> None:
        """Fire every machine that is due at `now` (monotonic seconds)."""
        start, target = self._done, int(now / TICK)
        # What is scheduled from here on belongs to a later tick than those being served.
        self._done = max(start, target)
        if target - start > len(self._firsts):
            ticks = sorted(tick for tick in self._firsts if tick <= target)
        else:
            ticks = [tick for tick in range(start + 1, target + 1) if tick in self._firsts]
        for tick in ticks:
            # Each may forget others of this tick, or bring them forward to the next one.
            while (machine := self._firsts.get(tick)) is not None:
                self._remove(machine)
                if machine.deadline > now:
                    self.schedule(machine)
                else:
                    self._fire(machine, now)

    def _remove(self, machine: Timed) -> None:
        tick, before, after = machine.tick, machine.before, machine.after
        machine.tick = 0
        machine.before = machine.after = None
        self._count -= 1
        if before is None or after is None:
            del self._firsts[tick]
            return
        if before is after:
            before.before = before.after = None
        else:
            before.after = after
            after.before = before
        if self._firsts[tick] is machine:
            self._firsts[tick] = after

    def _arm(self) -> None:
        if self._handle is None and self._loop is not None and self._firsts:
            self._handle = self._loop.call_later(TICK, self._turn, self._tick)

    def _tick(self) -> None:
        self._handle = None
        try:
            self.advance(self._clock.monotonic())
        finally:
            self._arm()
