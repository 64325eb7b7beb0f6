"""BanLog: one line for each ban that is made or lifted, never more than a few a second."""

from typing import Final

import structlog

from sipcore.defence.sentinel import BanFact, BanMade
from sipcore.kernel.clock import Clock

MOST: Final = 10
"""Lines in one second; how many more there were is told with the next line after it."""

log = structlog.get_logger("sip")


class BanLog:
    """Writes bans into the log."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._second = 0
        self._written = 0
        self._untold = 0

    def take(self, fact: BanFact) -> None:
        """Write one fact, unless too many were written in this second."""
        second = int(self._clock.monotonic())
        if second != self._second:
            self._second, self._written = second, 0
        if self._written >= MOST:
            self._untold += 1
            return
        self._written += 1
        ban = fact.ban
        more = {"untold": self._untold} if self._untold else {}
        self._untold = 0
        if isinstance(fact, BanMade):
            seconds = round(ban.until - ban.since)
            log.warning(
                "sip.ban_made", source=ban.source, reason=ban.reason, seconds=seconds, **more
            )
        else:
            log.info("sip.ban_lifted", source=ban.source, how=fact.how, **more)
