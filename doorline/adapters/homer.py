"""HomerExporter: every message to a HEP collector such as Homer, by UDP, without ever waiting.

What the collector does not take is lost and counted: the signalling never depends on who watches.
"""

import asyncio
import socket
from collections import Counter
from contextlib import suppress
from typing import Final

from sipcore.capture.captured import Captured
from sipcore.capture.hep import HepEncoder
from sipcore.capture.masking import masked
from sipcore.capture.tap import CaptureTap

LOOK_UP_INTERVAL: Final = 60.0
"""Seconds between two looks at the collector's name: it may have moved."""


class HomerExporter:
    """Watches the tap and sends one packet for each message."""

    def __init__(self, tap: CaptureTap, encoder: HepEncoder, host: str, port: int) -> None:
        """`host` is a name or an address without brackets."""
        self.counters: Counter[str] = Counter(hep_sent=0, hep_lost=0)
        self._tap = tap
        self._encoder = encoder
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None
        self._address: object = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; a collector that cannot be found yet stops nothing."""
        await self._look_up()
        self._tap.watch(self.export)
        self._task = asyncio.get_running_loop().create_task(self._follow())

    async def stop(self) -> None:
        """End, and free the socket."""
        self._tap.leave(self.export)
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._close()

    def export(self, message: Captured) -> None:
        """Send one message masked, or count it as lost."""
        if self._socket is None:
            self.counters["hep_lost"] += 1
            return
        packet = self._encoder.packet(message.at, self._tap.way(message), masked(message.data))
        try:
            self._socket.send(packet)
        except OSError:
            # The buffer is full, or an earlier packet was refused by the collector's host.
            self.counters["hep_lost"] += 1
        else:
            self.counters["hep_sent"] += 1

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK_UP_INTERVAL)
            await self._look_up()

    async def _look_up(self) -> None:
        """Connect the socket to where the collector is now; the old one stays when nobody knows."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                self._host, self._port, type=socket.SOCK_DGRAM
            )
        except OSError:
            return
        family, _, _, _, address = found[0]
        if self._socket is not None and address == self._address:
            return
        fresh = socket.socket(family, socket.SOCK_DGRAM)
        fresh.setblocking(False)
        try:
            fresh.connect(address)
        except OSError:
            fresh.close()
            return
        self._close()
        self._socket, self._address = fresh, address

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
