"""LiveEvents: whoever listens is told what happens, with a short memory for those who come back.

While nobody listens nothing is told to it: it joins the sources of news with the first listener and
leaves them a minute after the last one has gone, so that one who was cut off for a moment misses
nothing. Every queue is bounded; whoever reads too slowly hears that events are missing.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Final

from admin_api.rows import EventWish, LiveEvent
from admin_api.schemas.base import iso_utc
from admin_api.services import TooManyFollowers
from sipcore.kernel.clock import Clock

MAX_KEPT: Final = 2048
"""Events that are remembered for those who come back."""
MAX_BEHIND: Final = 2048
"""Events that wait for one listener; what comes then is dropped for it."""
MAX_FOLLOWERS: Final = 64
MAX_OF_ONE: Final = 8
"""Streams of one operator at the same time."""
KEEP: Final = 60.0
"""Seconds for which events are remembered after the last listener has gone."""
STALE: Final = 120.0
"""Seconds without reading after which a listener counts as gone: its place is somebody else's."""

TOO_SLOW: Final = "too_slow"
RESUME: Final = "resume"


class LiveEvents:
    """EventSource port of the admin API."""

    def __init__(
        self,
        clock: Clock,
        run: str,
        *,
        join: Callable[[], None] = lambda: None,
        part: Callable[[], None] = lambda: None,
    ) -> None:
        """`run` tells ids of this start from those of another; `join` and `part` begin and end
        the telling."""
        self._clock = clock
        self._run = run
        self._join = join
        self._part = part
        self._kept: deque[LiveEvent] = deque(maxlen=MAX_KEPT)
        self._last = 0
        """Number of the last event."""
        self._followers: list[_Follower] = []
        self._resting: asyncio.TimerHandle | None = None
        self.is_on = False
        """Whether events are told to it."""

    def __len__(self) -> int:
        """Those who listen."""
        return len(self._followers)

    def publish(self, site_id: int | None, name: str, at: float, detail: dict[str, object]) -> None:
        """Something happened; never waits, never raises."""
        self._last += 1
        data = {"at": iso_utc(at), "site_id": site_id, **detail}
        told = json.dumps(data, default=str)
        event = LiveEvent(f"{self._run}-{self._last}", site_id, name, told)
        self._kept.append(event)
        for follower in self._followers:
            follower.take(event)

    def follow(self, wish: EventWish) -> "_Follower":
        """Tell somebody; raises TooManyFollowers."""
        now = self._clock.monotonic()
        for follower in [one for one in self._followers if now - one.read_at > STALE]:
            follower.end()
            self.leave(follower)
        mine = sum(one.wish.listener == wish.listener for one in self._followers)
        if len(self._followers) >= MAX_FOLLOWERS or mine >= MAX_OF_ONE:
            raise TooManyFollowers
        if not self.is_on:
            self.is_on = True
            self._join()
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        follower = _Follower(self, wish, self._clock)
        if wish.after is not None:
            self._catch_up(follower, wish.after)
        self._followers.append(follower)
        return follower

    def leave(self, follower: "_Follower") -> None:
        """That one listens no more."""
        if follower in self._followers:
            self._followers.remove(follower)
            if not self._followers:
                self._resting = asyncio.get_running_loop().call_later(KEEP, self._rest)

    def stop(self) -> None:
        """End every stream."""
        for follower in tuple(self._followers):
            follower.end()
        self._followers.clear()
        if self._resting is not None:
            self._resting.cancel()
        self._rest()

    def _rest(self) -> None:
        """Nobody has listened for a while: forget, and hear of nothing."""
        self._resting = None
        if self.is_on:
            self.is_on = False
            self._part()
            self._kept.clear()
            # What happens from now on is missing to whoever names an earlier event.
            self._last += 1

    def _catch_up(self, follower: "_Follower", after: str) -> None:
        run, _, number = after.rpartition("-")
        last = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else -1
        first = self._last - len(self._kept) + 1
        if run != self._run or not first - 1 <= last <= self._last:
            follower.miss(RESUME)
        else:
            for event in list(self._kept)[last - first + 1 :]:
                follower.take(event)


class _Follower:
    """Somebody who listens."""

    def __init__(self, hub: LiveEvents, wish: EventWish, clock: Clock) -> None:
        self.wish = wish
        self._hub = hub
        self._clock = clock
        self.read_at = clock.monotonic()
        """When it last asked for more."""
        self._waiting: deque[LiveEvent] = deque()
        self._lost = 0
        self._something = asyncio.Event()
        self._over = False

    def take(self, event: LiveEvent) -> None:
        """Queue an event that is wanted."""
        if not self.wish.matches(event):
            return
        if len(self._waiting) >= MAX_BEHIND:
            self._lost += 1
            return
        if self._lost:
            self._tell_loss()
        self._waiting.append(event)
        self._something.set()

    def miss(self, reason: str, **more: int) -> None:
        """Tell that events are missing."""
        told = json.dumps({"reason": reason, **more})
        self._waiting.append(LiveEvent("", None, "dropped", told))
        self._something.set()

    def end(self) -> None:
        """Let the reader come to the end."""
        self._over = True
        self._something.set()

    async def told(self, seconds: float) -> tuple[LiveEvent, ...] | None:
        """What waits, or comes within `seconds`; None at the end."""
        self.read_at = self._clock.monotonic()
        if not self._waiting and not self._over and seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self._something.wait()
            except TimeoutError:
                pass
        self._something.clear()
        self.read_at = self._clock.monotonic()
        if self._over:
            return None
        if self._lost:
            self._tell_loss()
        told = tuple(self._waiting)
        self._waiting.clear()
        return told

    def leave(self) -> None:
        """It listens no more."""
        self._hub.leave(self)

    def _tell_loss(self) -> None:
        lost, self._lost = self._lost, 0
        self.miss(TOO_SLOW, events=lost)
