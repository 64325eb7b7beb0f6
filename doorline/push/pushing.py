"""Pushing: everything that wakes apps, started and stopped as one."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from directory.kinds import PushProvider
from directory.queries.dial import DialDirectory
from directory.queries.push_targets import PushTargetTable
from directory.unit import Directory
from doorline.push.book import WakeBook
from doorline.push.burial import Burial
from doorline.push.call_accounts import CallAccounts
from doorline.push.carrier import PushCarrier
from doorline.push.finder import TargetFinder
from doorline.push.nightly import NightlyTest
from doorline.push.refreshing import Refreshing
from doorline.push.sender import PushSender
from doorline.push.waker import Later, PushWaker
from doorline.settings import PushSettings
from sipcore.kernel.clock import Clock
from sipcore.registrar.location import Location
from sipcore.registrar.push import PushService

LAST_WORDS = 2.0
"""Seconds a stop waits for pushes under way: calls that it ended have apps to call off."""


@dataclass(slots=True)
class Pushing:
    """The parts; `pushing` puts them together."""

    finder: TargetFinder
    book: WakeBook
    waker: PushWaker
    senders: Mapping[PushProvider, PushSender]
    refreshing: Refreshing
    nightly: NightlyTest
    burial: Burial

    @property
    def waiting(self) -> int:
        """Pushes that wait for their turn."""
        return sum(sender.waiting for sender in self.senders.values())

    def start(self) -> None:
        """Begin to send."""
        for sender in self.senders.values():
            sender.start()
        self.refreshing.start()
        self.nightly.start()

    async def stop(self) -> None:
        """Send what waits, within `LAST_WORDS`, then nothing more; what is known of tokens is
        written.
        """
        await self.nightly.stop()
        await self.refreshing.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                for sender in self.senders.values():
                    await sender.idle()
        for sender in self.senders.values():
            await sender.stop()
        await self.burial.finish()


def pushing(
    settings: PushSettings,
    carriers: Mapping[PushProvider, PushCarrier],
    services: tuple[PushService, ...],
    directory: Directory,
    dial: DialDirectory,
    table: PushTargetTable,
    location: Location,
    clock: Clock,
    *,
    later: Later | None = None,
    accounts: CallAccounts | None = None,
) -> Pushing:
    """Put the parts together and let them hear who registers.

    `accounts` makes accounts that are good for one visit; None where pushes carry none.
    """
    senders = {name: PushSender(carrier, clock.monotonic) for name, carrier in carriers.items()}
    finder = TargetFinder(table, location, senders.keys(), services)
    burial = Burial(directory, table, finder)
    book = WakeBook()

    def site_name(site_id: int | None) -> str:
        site = None if site_id is None else dial.sites.get(site_id)
        return "" if site is None else site.name

    waker = PushWaker(
        finder,
        senders,
        book,
        clock,
        site_name,
        wake_timeout=settings.wake_timeout,
        died=burial.died,
        later=later,
        accounts=accounts,
    )
    refreshing = Refreshing(location, waker, clock.utc, services)
    nightly = NightlyTest(
        finder,
        waker,
        lambda: dial.sites,
        clock.utc,
        hour=settings.test_hour,
        patience=settings.wake_timeout,
    )
    if carriers:
        location.listen(waker.heard, waker.refreshed)
        if accounts is not None:
            accounts.listen(waker.came)
        location.listen(refreshing.heard, lambda _user, _record: None)
    return Pushing(finder, book, waker, senders, refreshing, nightly, burial)
