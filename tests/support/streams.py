"""Streams without sockets: a stream that remembers, and the real connection table on them."""

import asyncio
import socket
from collections import Counter

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.transport.connection import StreamConnection
from sipcore.transport.streams import USUAL_LIMITS, StreamLimits, StreamTransport
from sipcore.transport.tls import NO_TLS, TlsContexts
from sipcore.transport.websocket import EVERY_PAGE, WebSocketPolicy
from tests.support.clock import ManualClock

MESSAGE = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n"


class Stream(asyncio.Transport):
    """A stream that only remembers."""

    def __init__(self, peer: tuple[str, int], taken: socket.socket | None = None) -> None:
        super().__init__({"peername": peer, "socket": taken})
        self.written = b""
        self.buffered = 0
        self.ended = ""
        """How it was ended: `eof`, `closed` or `aborted`."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep what is sent."""
        self.written += bytes(data)

    def taken(self) -> bytes:
        """What was sent since the last look."""
        written, self.written = self.written, b""
        return written

    def write_eof(self) -> None:
        """Nothing more is sent."""
        self.ended = "eof"

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is buffered here."""

    def get_write_buffer_size(self) -> int:
        """What the test says."""
        return self.buffered

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.ended in ("closed", "aborted")

    def close(self) -> None:
        """Close after what is queued."""
        self.ended = "closed"

    def abort(self) -> None:
        """Close at once."""
        self.ended = "aborted"


class Table:
    """A StreamTransport, what it passed on, what it refused and which flows it reported closed."""

    def __init__(
        self,
        *,
        limits: StreamLimits = USUAL_LIMITS,
        tls: TlsContexts = NO_TLS,
        web: WebSocketPolicy = EVERY_PAGE,
    ) -> None:
        self.clock = ManualClock()
        self.received: list[tuple[bytes, Flow]] = []
        self.refused: list[tuple[bytes, int]] = []
        self.closed: list[Flow] = []
        self.streams = StreamTransport(
            lambda data, flow: self.received.append((data, flow)),
            self._refuse,
            self.closed.append,
            self.clock,
            Counter(),
            limits=limits,
            tls=tls,
            web=web,
        )
        self._port = 40000

    @property
    def messages(self) -> list[bytes]:
        """The messages without their flows."""
        return [data for data, _ in self.received]

    def connect(
        self, host: str = "192.0.2.7", transport: str = "TCP"
    ) -> tuple[StreamConnection, Stream]:
        """A peer connects."""
        self._port += 1
        connection = self.streams._accept(transport, 3)
        stream = Stream((host, self._port))
        connection.connection_made(stream)
        return connection, stream

    def sweep_after(self, seconds: float) -> None:
        """Let time pass and look at what takes too long."""
        self.clock.advance(seconds)
        self.streams.sweep(self.clock.monotonic())

    def _refuse(self, data: bytes, flow: Flow, error: BadMessage) -> None:
        self.refused.append((data, error.status))
