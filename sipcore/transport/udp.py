"""UDP: one non-blocking socket per listener, drained in batches (RFC 3261 §18).

asyncio's DatagramTransport reads one datagram per wakeup, which costs five times as much under
load; here the socket is read until it is empty or a batch is full, and sends go straight out.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sipcore.kernel.flow import Flow

BATCH: Final = 32
"""Datagrams handled in one wakeup before the event loop gets its turn."""
RECEIVE_BUFFER: Final = 4 * 1024 * 1024
"""Bytes asked of the kernel for bursts."""
MAX_DATAGRAM: Final = 65535

_new: Final = tuple.__new__

Receive = Callable[[bytes, Flow], None]


class UdpListener:
    """A bound UDP socket."""

    def __init__(self, index: int, host: str, port: int, receive: Receive) -> None:
        self.index = index
        self.transport = "UDP"
        self.lost = 0
        """Datagrams the kernel refused to send."""
        self._receive = receive
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

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start receiving."""
        loop.add_reader(self._socket.fileno(), self._readable)

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop receiving and free the port."""
        loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def send(self, data: bytes, flow: Flow) -> bool:
        """Send one datagram; False when the kernel refuses it for good.

        A full send buffer counts as a loss on the way: SIP repeats what matters.
        """
        try:
            self._socket.sendto(data, flow[2:4])  # host and port
        except (BlockingIOError, InterruptedError):
            self.lost += 1
        except OSError:
            self.lost += 1
            return False
        return True

    def _readable(self) -> None:
        receive, receive_from, index = self._receive, self._socket.recvfrom, self.index
        for _ in range(BATCH):
            try:
                data, address = receive_from(MAX_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue  # an ICMP error of an earlier datagram: RFC 3261 §18.4 lets us go on
            # What `Flow(...)` does, without the call of its Python constructor.
            receive(data, _new(Flow, ("UDP", index, address[0], address[1], 0, "")))
