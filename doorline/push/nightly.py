"""NightlyTest: a silent push to every app once a night, so that a dead one is known by day."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, tzinfo

import structlog

from directory.queries.dial import DialSite
from doorline.push.finder import TargetFinder
from doorline.push.order import PushEvent, PushOrder
from doorline.push.waker import PushWaker

log = structlog.get_logger("push")

LOOK = 60.0
"""Seconds between two looks at the clock."""
BREATH = 0.05
"""Seconds between two pushes, so that real calls find room."""
USEFUL = 60.0
"""Seconds after which a test need not be delivered any more."""


def day_of_test(zone: tzinfo, now: float, hour: int) -> date | None:
    """The day at the site when its clock shows that hour; None at other hours.

    An hour that a change of summer time leaves out has no test, one that it brings twice has one.
    """
    local = datetime.fromtimestamp(now, zone)
    return local.date() if local.hour == hour else None


class NightlyTest:
    """Owner of the task that tests; switched off with an hour below 0."""

    def __init__(
        self,
        finder: TargetFinder,
        waker: PushWaker,
        sites: Callable[[], Mapping[int, DialSite]],
        utc: Callable[[], float],
        *,
        hour: int,
        patience: float,
    ) -> None:
        """`patience` is how long an app may take to register, seconds."""
        self._finder = finder
        self._waker = waker
        self._sites = sites
        self._utc = utc
        self._hour = hour
        self._patience = patience
        self._tested: dict[int, date] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look at the clock."""
        if self._hour >= 0:
            self._task = asyncio.create_task(self._run(), name="nightly push test")

    async def stop(self) -> None:
        """End."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def due(self) -> tuple[str, ...]:
        """Accounts to test now; each site comes once a day."""
        now = self._utc()
        sites = self._sites()
        today: set[int] = set()
        for site_id, site in sites.items():
            day = day_of_test(site.zone, now, self._hour)
            if day is not None and self._tested.get(site_id) != day:
                self._tested[site_id] = day
                today.add(site_id)
        for gone in self._tested.keys() - sites.keys():
            del self._tested[gone]
        return self._finder.users(today) if today else ()

    async def test(self, users: Iterable[str], breath: float = BREATH) -> int:
        """Push these; how many could be."""
        pushed = 0
        for user in users:
            now = self._utc()
            order = PushOrder(PushEvent.TEST, f"test-{int(now)}", user, now + USEFUL)
            pushed += self._waker.push(order, USEFUL, self._patience)
            await asyncio.sleep(breath)
        return pushed

    async def _run(self) -> None:
        while True:
            users = self.due()
            if users:
                log.info("push.tested", apps=await self.test(users))
            await asyncio.sleep(LOOK)
