"""Captures for people: one account's messages as pcap, and everything to a HEP collector."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from admin_api.services import TooManyFollowers
from doorline.adapters.homer import HomerExporter
from doorline.settings import Address, CaptureSettings
from sipcore.capture import pcap
from sipcore.capture.account_filter import AccountFilter
from sipcore.capture.captured import Captured
from sipcore.capture.hep import HepEncoder
from sipcore.capture.masking import masked
from sipcore.capture.tap import CaptureTap
from sipcore.registrar.location import Location

MAX_BEHIND: Final = 1000
"""Messages that wait for somebody who reads slowly; what comes then is lost for them."""
BATCH: Final = 32
"""Messages looked at before the event loop gets its turn."""


class AccountCapture:
    """CaptureSource port of the admin API."""

    def __init__(self, tap: CaptureTap, location: Location) -> None:
        self._tap = tap
        self._location = location
        self._followers: set[_Follower] = set()

    def pcap(self, user: str, seconds: float) -> AsyncIterator[bytes]:
        """A pcap file: what is remembered of the account, then what passes for `seconds`.

        Raises TooManyFollowers.
        """
        chosen = AccountFilter(user, lambda: [b.flow for b in self._location.bindings(user)])
        follower = _Follower(chosen)
        kept = self._tap.kept()
        if seconds:
            if not self._tap.watch(follower.notice):
                raise TooManyFollowers
            self._followers.add(follower)
            # Here and not where it is read: whoever asked may be gone before the first octet.
            asyncio.get_running_loop().call_later(seconds, self._leave, follower)
        return self._octets(kept, chosen, follower, is_live=seconds > 0)

    def stop(self) -> None:
        """End every capture that still follows."""
        for follower in tuple(self._followers):
            self._leave(follower)

    async def _octets(
        self,
        kept: tuple[Captured, ...],
        chosen: AccountFilter,
        follower: "_Follower",
        *,
        is_live: bool,
    ) -> AsyncIterator[bytes]:
        try:
            yield pcap.FILE_HEADER
            # Twice, because a call is known to be the account's only from one of its messages on.
            for look in (chosen.learn, chosen.selects):
                for number, message in enumerate(kept):
                    if look(message):
                        yield self._record(message)
                    if number % BATCH == 0:
                        await asyncio.sleep(0)
            while is_live and (passing := await follower.queue.get()) is not None:
                yield self._record(passing)
        finally:
            self._leave(follower)

    def _record(self, message: Captured) -> bytes:
        return pcap.record(message.at, self._tap.way(message), masked(message.data))

    def _leave(self, follower: "_Follower") -> None:
        self._tap.leave(follower.notice)
        self._followers.discard(follower)
        follower.end()


class _Follower:
    """Somebody who reads one account's messages as they pass."""

    def __init__(self, chosen: AccountFilter) -> None:
        self.queue: asyncio.Queue[Captured | None] = asyncio.Queue(MAX_BEHIND + 1)
        self._chosen = chosen

    def notice(self, message: Captured) -> None:
        """Queue a message of the account; the last place is kept for the end."""
        if self.queue.qsize() < MAX_BEHIND and self._chosen.selects(message):
            self.queue.put_nowait(message)

    def end(self) -> None:
        """Let the reader come to the end; may be said again."""
        if not self.queue.full():
            self.queue.put_nowait(None)


def homer_exporter(tap: CaptureTap, settings: CaptureSettings) -> HomerExporter | None:
    """The exporter the settings ask for."""
    if not settings.hep:
        return None
    target = Address.parse(settings.hep)
    encoder = HepEncoder(settings.hep_id, settings.hep_password.reveal().encode())
    return HomerExporter(tap, encoder, target.host, target.port)
