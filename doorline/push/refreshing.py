"""Refreshing: a push before a registration ends, for apps that only register when pushed.

RFC 8599 §4.1.4 tells an app that was promised pushes not to refresh by itself, so the promise is
kept here (§5.5): two minutes before a binding ends, or at half its time when that is shorter.
"""

import asyncio
import heapq
from collections.abc import Callable
from contextlib import suppress

from doorline.push.order import PushEvent, PushOrder
from doorline.push.waker import PushWaker
from sipcore.registrar.binding import Binding, BindingChanged, BindingFact
from sipcore.registrar.location import Location
from sipcore.registrar.push import PushService

AHEAD = 120.0
"""Seconds before the end of a binding at which a push asks for its refresh (§5.5)."""
LOOK = 5.0
"""Seconds between two looks."""
MOST = 200
"""Accounts that one look goes through; the rest follows at the next one."""
_PRID = "pn-prid"


def refresh_at(binding: Binding) -> float:
    """When a push has to ask for a refresh, seconds since the epoch UTC."""
    half = (binding.expires_at - binding.updated_at) / 2
    return binding.expires_at - min(AHEAD, half)


class Refreshing:
    """Knows when which account is due; each stands in the heap once."""

    def __init__(
        self,
        location: Location,
        waker: PushWaker,
        utc: Callable[[], float],
        services: tuple[PushService, ...],
    ) -> None:
        self._location = location
        self._waker = waker
        self._utc = utc
        self._services = services
        self._heap: list[tuple[float, str]] = []
        self._users: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Accounts that are looked after."""
        return len(self._users)

    def start(self) -> None:
        """Begin; registrations of before are looked through once."""
        if not self._services:
            return
        needle = _PRID.encode()
        for user in self._location.users():
            if any(needle in record.lower() for record in self._location.records(user)):
                self._enter(user, self._utc())
        self._task = asyncio.create_task(self._run(), name="push refreshes")

    async def stop(self) -> None:
        """End."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def heard(self, fact: BindingFact) -> None:
        """A location listener: an account with a token of its own has come."""
        if not self._services or not isinstance(fact, BindingChanged):
            return
        binding = fact.binding
        if binding.user not in self._users and _PRID in binding.contact.lower():
            self._enter(binding.user, refresh_at(binding))

    def look(self) -> None:
        """Push those that are due."""
        now = self._utc()
        for _ in range(MOST):
            if not self._heap or self._heap[0][0] > now:
                return
            _, user = heapq.heappop(self._heap)
            self._users.discard(user)
            self._look_at(user, now)

    def _look_at(self, user: str, now: float) -> None:
        waiting = [
            binding
            for binding in self._location.bindings(user)
            if _PRID in binding.contact.lower() and binding.expires_at > now
        ]
        if not waiting:
            return
        due = min(map(refresh_at, waiting))
        if due > now:
            self._enter(user, due)
            return
        # Once for each binding: when it is not refreshed, it ends, and is not pushed again (§5.5).
        ends = min(binding.expires_at for binding in waiting)
        order = PushOrder(PushEvent.REFRESH, f"refresh-{int(ends)}", user, ends)
        self._waker.push(order, ends - now, ends - now)
        self._enter(user, ends + 1)

    def _enter(self, user: str, due: float) -> None:
        self._users.add(user)
        heapq.heappush(self._heap, (due, user))

    async def _run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(LOOK)
