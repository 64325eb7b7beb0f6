"""UDP: one non-blocking socket per listener, drained in batches (RFC 3261 §18).

asyncio's DatagramTransport reads one datagram per wakeup, which costs five times as much under
load; here the socket is read until it is empty or a batch is full, and sends go straight out. When
the kernel's buffer fills up all the same, it is emptied into a `Backlog`.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from sipcore.kernel.flow import Flow
from sipcore.kernel.memo import keep
from sipcore.kernel.turn import Turn, at_once
from sipcore.transport.backlog import Backlog

BATCH: Final = 32
"""Datagrams handled in one wakeup before the event loop gets its turn."""
RECEIVE_BUFFER: Final = 4 * 1024 * 1024
"""Bytes asked of the kernel for bursts."""
MAX_DATAGRAM: Final = 65535
CROWDED: Final = 0.25
"""Share of the kernel's buffer from which it is emptied into the backlog."""
READ_AHEAD: Final = 8 * BATCH
"""Datagrams put into the backlog in one wakeup, which handles `BATCH` of it."""

_SO_MEMINFO: Final = 55
_MEMINFO: Final = struct.Struct("=9I")
"""What Linux tells of a socket's memory; the first is taken by what was received, the second is
the limit of that, the last counts what was dropped."""

Receive = Callable[[bytes, Flow], None]
Knows = Callable[[Flow], bool]
"""Whether somebody there has proved lately who they are."""


class UdpListener:
    """A bound UDP socket."""

    def __init__(
        self,
        index: int,
        host: str,
        port: int,
        receive: Receive,
        knows: Knows = lambda flow: False,
    ) -> None:
        self.index = index
        self.transport = "UDP"
        self.lost = 0
        """Datagrams the kernel refused to send."""
        self.backlog = Backlog()
        """What waits because more comes than can be handled; empty at most times."""
        self._receive = receive
        self._flows: dict[tuple[Any, ...], Flow] = {}
        """By the remote address, as the socket tells it; most datagrams come from where some came
        lately."""
        self._turn: Turn = at_once
        self._knows = knows
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next: asyncio.Handle | None = None
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            if family == socket.AF_INET6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise
        self.host: str
        self.port: int
        self.host, self.port = self._socket.getsockname()[:2]

    def open(self, loop: asyncio.AbstractEventLoop, turn: Turn = at_once) -> None:
        """Start receiving; what comes is handled within `turn`."""
        self._loop = loop
        self._turn = turn
        loop.add_reader(self._socket.fileno(), turn, self._readable)

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop receiving and free the port."""
        self._loop = None
        if self._next is not None:
            self._next.cancel()
            self._next = None
        loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def send(self, data: bytes, flow: Flow) -> bool:
        """Send one datagram; False when the kernel refuses it for good.

        A full send buffer counts as a loss on the way: SIP repeats what matters.
        """
        try:
            self._socket.sendto(data, (flow[2], flow[3]))  # host and port
        except (BlockingIOError, InterruptedError):
            self.lost += 1
        except OSError:
            self.lost += 1
            return False
        return True

    @property
    def dropped(self) -> int:
        """Datagrams that came and were thrown away because too many came."""
        return self._memory()[8] + self.backlog.dropped

    def _readable(self) -> None:
        if self._next is not None:
            self._read_ahead()  # what came later must not overtake what waits
            return
        receive, receive_from, flows = self._receive, self._socket.recvfrom, self._flows
        for _ in range(BATCH):
            try:
                data, address = receive_from(MAX_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue  # an ICMP error of an earlier datagram: RFC 3261 §18.4 lets us go on
            flow = flows.get(address)
            receive(data, flow if flow is not None else self._flow(address))
        memory = self._memory()
        if memory[0] > memory[1] * CROWDED:
            self._read_ahead()
            self._go_on()

    def _read_ahead(self) -> None:
        """Bring into the backlog what the kernel holds."""
        receive_from, put, knows = self._socket.recvfrom, self.backlog.put, self._knows
        flows = self._flows
        for _ in range(READ_AHEAD):
            try:
                data, address = receive_from(MAX_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue
            flow = flows.get(address) or self._flow(address)
            put(data, flow, is_known=knows(flow))

    def _work(self) -> None:
        """Handle one batch of the backlog, and come again while something waits."""
        self._next = None
        receive = self._receive
        for data, flow in self.backlog.take(BATCH):
            receive(data, flow)
        self._go_on()

    def _go_on(self) -> None:
        if self._loop is not None and self.backlog:
            self._next = self._loop.call_soon(self._turn, self._work)

    def _flow(self, address: tuple[Any, ...]) -> Flow:
        """The flow from an address that is new, or was forgotten."""
        return keep(self._flows, address, Flow("UDP", self.index, address[0], address[1]))

    def _memory(self) -> tuple[int, ...]:
        """The socket's memory; zeros where the kernel tells nothing."""
        try:
            told = self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
        except OSError:
            return (0,) * 9
        return _MEMINFO.unpack(told) if len(told) == _MEMINFO.size else (0,) * 9
