"""The garbage collector of a running server: short looks at what is new, rare ones at the whole.

Nearly everything here is freed by counting references; the collector is there for the few objects
that refer to each other in a ring. Its cost is the number of objects it looks at: half a
microsecond each at 100,000 phones, so one look at all of them would be heard in every call.

What the engine leaves behind after a turn are calls and transactions, seventy objects for each
call, which live for 32 seconds and longer and come apart without the collector. To look at them is
vain: they are taken out of its sight (`gc.freeze`) unseen, between two turns. What others have made
meanwhile goes with them, so samples are looked at, and all of it as long as something is found in
them. When the engine has nothing to do it looks often and at little, and what has lived through
every second look is taken out of its sight as well. A ring among all that is found by a look at
everything, which waits for an hour in which there was nobody to disturb, and does not wait longer
than a day.
"""

import gc
from collections.abc import Callable
from typing import Any, Final

from sipcore.kernel.clock import Clock

YOUNG: Final = 2_000
"""New objects after which they are looked at: about 1 ms. More of them would cost as much in all,
for most live on, and pause for longer."""
SECOND: Final = 0
"""What makes every second look one at the survivors of the look before as well: 2 ms. With rarer
ones an object is looked at more often, and the longest pause is twice as long."""
ENOUGH: Final = 1_000
"""New objects after which those of the engine are taken out of sight: half of what would be looked
at in the middle of a turn."""
SAMPLE: Final = 16
"""Of so many times one look is taken before they go, once as many looks in turn have found
nothing."""
NEVER: Final = 1_000_000_000
WHOLE_AFTER: Final = 3600.0
"""Seconds between two looks at everything, when nobody is disturbed by it…"""
WHOLE_AT_LAST: Final = 86400.0
"""… and when there is never such a moment."""


class Collector:
    """Decides what the garbage collector looks at, and when."""

    def __init__(self, clock: Clock, is_quiet: Callable[[], bool]) -> None:
        """`is_quiet` tells whether a pause of some tenths of a second would disturb nobody."""
        self._clock = clock
        self._is_quiet = is_quiet
        self._looked_at = clock.monotonic()
        self._unseen = 0
        """How often new objects went unseen since the last look at some after a turn."""
        self._in_vain = 0
        """Such looks in turn that have found nothing."""

    def settle(self) -> None:
        """What was loaded stays. Switches the collector on."""
        self._look_at_all()
        gc.set_threshold(YOUNG, SECOND, NEVER)
        if _spare not in gc.callbacks:
            gc.callbacks.append(_spare)
        gc.enable()

    def release(self) -> None:
        """Leave the collector as a program without a server wants it."""
        if _spare in gc.callbacks:
            gc.callbacks.remove(_spare)
        gc.unfreeze()
        gc.set_threshold(700, 10, 10)

    def turn(self, work: Callable[[], None]) -> None:
        """Have the engine do its work, and see to what it leaves behind."""
        work()
        if gc.get_count()[0] < ENOUGH:
            return
        self._unseen += 1
        if self._in_vain < SAMPLE or self._unseen >= SAMPLE:
            self._unseen = 0
            if gc.collect(0):
                self._in_vain = 0
                return  # what lives of rings that come and go is looked at once more
            self._in_vain += 1
        gc.freeze()

    def tick(self) -> bool:
        """To be called about once a minute; whether everything was looked at."""
        waited = self._clock.monotonic() - self._looked_at
        if waited < WHOLE_AFTER or (waited < WHOLE_AT_LAST and not self._is_quiet()):
            return False
        self._look_at_all()
        return True

    def _look_at_all(self) -> None:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._looked_at = self._clock.monotonic()


def _spare(phase: str, info: dict[str, Any]) -> None:
    """Look no more at what has survived a second look."""
    if phase == "stop" and info["generation"] == 1:
        gc.freeze()
