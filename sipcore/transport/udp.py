"""UDP: one non-blocking socket per listener, drained in batches (RFC 3261 §18).

asyncio's DatagramTransport reads one datagram per wakeup, which costs five times as much under
load; here all that have come are taken, up to a batch, and sends go straight out: by `datagrams`
where that is compiled, else by Python's socket. When the kernel's buffer fills up all the same, it
is emptied into a `Backlog`.
"""

import asyncio
import errno
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sipcore.kernel.flow import Flow
from sipcore.kernel.memo import keep
from sipcore.kernel.turn import Turn, at_once
from sipcore.transport.backlog import Backlog, Knows

Make = Callable[[bytes, str, int], Flow]
take_datagrams: Callable[[int, dict[bytes, Flow], Make, int], list[tuple[bytes, Flow]]] | None
send_datagram: Callable[[int, bytes, str, int], int] | None
try:
    from sipcore.transport.datagrams import send_datagram, take_datagrams
except ImportError:  # Python runs the sources, or this is no Linux
    send_datagram = take_datagrams = None

BATCH: Final = 32
"""Datagrams handled in one wakeup before the event loop gets its turn; `datagrams` has room for no
more."""
RECEIVE_BUFFER: Final = 4 * 1024 * 1024
"""Bytes asked of the kernel for bursts."""
MAX_DATAGRAM: Final = 65535
CROWDED: Final = 0.25
"""Share of the kernel's buffer from which it is emptied into the backlog."""
READ_AHEAD: Final = 8
"""Batches put into the backlog in one wakeup, which handles one of it."""
_FULL: Final = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR)

_SO_MEMINFO: Final = 55
_MEMINFO: Final = struct.Struct("=9I")
"""What Linux tells of a socket's memory; the first is taken by what was received, the second is
the limit of that, the last counts what was dropped."""

Receive = Callable[[bytes, Flow], None]


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
        self.backlog = Backlog(knows)
        """What waits because more comes than can be handled; empty at most times."""
        self._receive = receive
        self._flows: dict[bytes, Flow] = {}
        """By remote address and port as octets; most datagrams come from where some came lately."""
        self._turn: Turn = at_once
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
        error = self._send(data, flow[2], flow[3])  # host and port
        if error == 0:
            return True
        self.lost += 1
        return error in _FULL

    @property
    def dropped(self) -> int:
        """Datagrams that came and were thrown away because too many came."""
        return self._memory()[8] + self.backlog.dropped

    def _readable(self) -> None:
        if self._next is not None:
            self._read_ahead()  # what came later must not overtake what waits
            return
        taken = self._take()
        self._hand_over(taken)
        if len(taken) < BATCH:
            return
        memory = self._memory()
        if memory[0] > memory[1] * CROWDED:
            self._read_ahead()
            self._go_on()

    def _read_ahead(self) -> None:
        """Bring into the backlog what the kernel holds."""
        for _ in range(READ_AHEAD):
            taken = self._take()
            for data, flow in taken:
                self.backlog.put(data, flow)
            if len(taken) < BATCH:
                return

    def _work(self) -> None:
        """Handle one batch of the backlog, and come again while something waits."""
        self._next = None
        try:
            self._hand_over(list(self.backlog.take(BATCH)))
        finally:
            self._go_on()

    def _hand_over(self, taken: list[tuple[bytes, Flow]]) -> None:
        """Have datagrams handled; one that nobody can handle takes none of the others with it."""
        receive = self._receive
        done = 0
        try:
            for data, flow in taken:
                done += 1
                receive(data, flow)
        finally:
            if done < len(taken):
                self._hand_over(taken[done:])

    def _go_on(self) -> None:
        if self._loop is not None and self.backlog:
            self._next = self._loop.call_soon(self._turn, self._work)

    def _take(self) -> list[tuple[bytes, Flow]]:
        """What has come, up to a batch; an ICMP error of an earlier datagram is passed over.

        RFC 3261 §18.4 lets us go on after one.
        """
        if take_datagrams is not None:
            return take_datagrams(self._socket.fileno(), self._flows, self._flow, BATCH)
        taken: list[tuple[bytes, Flow]] = []
        for _ in range(BATCH):
            try:
                data, address = self._socket.recvfrom(MAX_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                continue
            host, port = address[0], address[1]
            place = f"{host} {port}".encode()
            taken.append((data, self._flows.get(place) or self._flow(place, host, port)))
        return taken

    def _send(self, data: bytes, host: str, port: int) -> int:
        """Send one datagram: 0, or what errno says."""
        if send_datagram is not None:
            told = send_datagram(self._socket.fileno(), data, host, port)
            if told >= 0:
                return told
        try:
            self._socket.sendto(data, (host, port))
        except OSError as error:
            return error.errno or errno.EINVAL
        return 0

    def _flow(self, place: bytes, host: str, port: int) -> Flow:
        """The flow from an address that is new, or was forgotten."""
        return keep(self._flows, place, Flow("UDP", self.index, host, port))

    def _memory(self) -> tuple[int, ...]:
        """The socket's memory; zeros where the kernel tells nothing."""
        try:
            told = self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
        except OSError:
            return (0,) * 9
        return _MEMINFO.unpack(told) if len(told) == _MEMINFO.size else (0,) * 9
