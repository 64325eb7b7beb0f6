"""StreamConnection: one TCP, TLS or WebSocket connection, from its first octet to its last.

Octets pass through TLS, where there is any, and a framing; each stage may have to answer by
itself. Nothing here waits: what takes too long is found by the connection table's sweep.
"""

import asyncio
import socket
from collections import Counter
from contextlib import suppress
from typing import Final, Protocol, cast

from sipcore.kernel.clock import Clock
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.framing import PONG
from sipcore.transport.framing import Framing
from sipcore.transport.tls import TlsError, TlsLayer

HANDSHAKE_TIMEOUT: Final = 10.0
"""Seconds until TLS and WebSocket have shaken hands."""
FIRST_MESSAGE_TIMEOUT: Final = 30.0
"""Seconds a new connection may stay without a complete message."""
PARTIAL_TIMEOUT: Final = 20.0
"""Seconds a message may take to arrive once it has begun, or what was sent to be read."""
LINGER: Final = 2.0
"""Seconds for the other side to read why its connection is closed."""
KEEPALIVE_IDLE: Final = 120
"""Seconds of silence after which the kernel asks whether the peer still exists…"""
KEEPALIVE_INTERVAL: Final = 15
"""… and seconds until it asks again…"""
KEEPALIVE_PROBES: Final = 3
"""… so often until it gives the connection up."""
VANISHED: Final = KEEPALIVE_IDLE + KEEPALIVE_PROBES * KEEPALIVE_INTERVAL
"""Seconds after which a peer that acknowledges nothing is gone, be it asked or written to."""
UNREAD: Final = 4096
"""Octets that may wait without anybody minding."""
MAX_WRITE_BUFFER: Final = 256 * 1024
"""Octets waiting for a peer that does not read; beyond that the connection is closed."""

# What is not acknowledged would be repeated for a quarter of an hour, and meanwhile be no silence.
_WATCHFUL: Final = (
    ("TCP_KEEPIDLE", KEEPALIVE_IDLE),
    ("TCP_KEEPINTVL", KEEPALIVE_INTERVAL),
    ("TCP_KEEPCNT", KEEPALIVE_PROBES),
    ("TCP_USER_TIMEOUT", VANISHED * 1000),
)
"""Options of a socket, where the system has them."""


class ConnectionTable(Protocol):
    """What a connection tells the table it belongs to."""

    clock: Clock
    counters: Counter[str]

    def admit(self, connection: "StreamConnection") -> bool:
        """Take it in; False when there are too many."""

    def receive(self, data: bytes, flow: Flow) -> None:
        """Pass a message on."""

    def refuse(self, data: bytes, flow: Flow, error: BadMessage) -> None:
        """Answer a message that cannot be read to its end, if that is possible."""

    def vouched(self, connection: "StreamConnection", message: bytes) -> None:
        """A message came from somebody whose certificate was verified."""

    def watch(self, connection: "StreamConnection") -> None:
        """Look at its deadline in each sweep."""

    def dismiss(self, connection: "StreamConnection") -> None:
        """It is gone."""


class StreamConnection(asyncio.Protocol):
    """One stream to a peer."""

    __slots__ = (
        "_framing",
        "_is_lingering",
        "_table",
        "_tls",
        "_transport",
        "deadline",
        "flow",
        "is_established",
        "number",
        "ready",
        "seen_message",
        "unread_since",
    )

    def __init__(
        self,
        table: ConnectionTable,
        flow: Flow,
        framing: Framing,
        tls: TlsLayer | None = None,
        ready: asyncio.Future[None] | None = None,
    ) -> None:
        """`flow` carries the number of the connection and, when we connect, where to.

        `ready`, for a connection that we make, is fulfilled when messages can be sent.
        """
        self._table = table
        self._framing = framing
        self._tls = tls
        self._transport: asyncio.Transport | None = None
        self._is_lingering = False
        self.number = flow.connection
        self.flow = flow
        self.ready = ready
        self.deadline = 0.0
        """Monotonic time by which something has to be complete; 0 when nothing is awaited."""
        self.unread_since = 0.0
        """Monotonic time since when octets wait for the peer to read; 0 when none do."""
        self.is_established = False
        """Whether every handshake is over."""
        self.seen_message = False

    # -- what the table asks ------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether something can still be sent."""
        transport = self._transport
        return transport is not None and not self._is_lingering and not transport.is_closing()

    @property
    def is_waiting(self) -> bool:
        """Whether there is anything that can take too long."""
        return self.deadline > 0.0 or self.unread_since > 0.0

    @property
    def names(self) -> frozenset[str]:
        """Identities in the verified certificate of the peer; empty without one."""
        return self._tls.names if self._tls is not None else frozenset()

    def fault(self, now: float) -> str | None:
        """Name of the figure that counts why this connection has to end now, None to go on."""
        if self.unread_since and now - self.unread_since > PARTIAL_TIMEOUT:
            return "slow_readers"
        if not self.deadline or now <= self.deadline:
            return None
        if self._is_lingering:
            return "connections_lingered"
        if not self.is_established:
            return "handshakes_unfinished"
        return "slow_senders" if self.seen_message else "idle_connections_closed"

    def write(self, message: bytes) -> bool:
        """Queue a message; False when the connection is closed or the peer does not read."""
        return self.is_open and self._put(self._framing.wrap(message))

    def close(self) -> None:
        """Say farewell and close after what is queued was sent; the sweep ends what is not."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        self._watch(LINGER)
        if self.is_established:
            self._put(self._framing.farewell())
        if self._tls is not None:
            self._put_raw(self._tls.farewell())
        transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    # -- what the event loop tells --------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Enter the table, or hang up when it is full."""
        # uvloop's transports are no subclass of asyncio's, though they do all it promises.
        stream = self._transport = cast(asyncio.Transport, transport)
        if self.ready is None:
            peer = transport.get_extra_info("peername") or ("", 0)
            self.flow = self.flow._replace(host=str(peer[0]), port=int(peer[1]))
        if not self._table.admit(self):
            stream.abort()
            return
        # Told when more than an ordinary answer waits, and when the last octet went.
        stream.set_write_buffer_limits(high=UNREAD, low=0)
        _notice_dead_peers(transport.get_extra_info("socket"))
        self._watch(HANDSHAKE_TIMEOUT)
        if self._tls is not None and self.ready is not None:
            self._tls.start()
            self._put_raw(self._tls.to_send())
        self._advance()

    def data_received(self, data: bytes) -> None:
        """Let octets pass through TLS and framing, and pass messages on."""
        if self._is_lingering:
            return  # why we do not listen any more was said already
        tls = self._tls
        if tls is None:
            self._take(data)
            return
        try:
            plain = tls.receive(data)
        except TlsError:
            self._table.counters["tls_failures"] += 1
            self._put_raw(tls.to_send())
            self._linger()
            return
        self._put_raw(tls.to_send())
        if not self.is_established:
            self._advance()
        if plain:
            self._take(plain)
        if tls.closed:
            self.close()

    def pause_writing(self) -> None:
        """The peer's window is full."""
        self.unread_since = self._table.clock.monotonic()
        self._table.watch(self)

    def resume_writing(self) -> None:
        """The peer has read everything."""
        self.unread_since = 0.0

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the table; bindings over this flow are dead."""
        self._transport = None
        self._framing.release()
        self._tell_who_waits()
        self._table.dismiss(self)

    # -- inside ---------------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        """Plain text: cut it and pass the messages on."""
        framing, table = self._framing, self._table
        items = framing.feed(data)
        if answer := framing.to_send():
            self._put(answer)
        if not self.is_established:
            self._advance()
        is_vouched = bool(self.names)
        has_message = False
        for item in items:
            if not isinstance(item, bytes):
                table.counters["keepalives"] += 1
                self._put(framing.wrap(PONG))
                continue
            self.seen_message = has_message = True
            if is_vouched:
                table.vouched(self, item)
            table.receive(item, self.flow)
        if framing.failed is not None:
            self._give_up(framing.failed)
        elif framing.is_over:
            self.close()
        elif self.seen_message and not self._is_lingering:
            if not framing.is_waiting:
                self.deadline = 0.0
            elif has_message or not self.deadline:
                self._watch(PARTIAL_TIMEOUT)

    def _advance(self) -> None:
        """Go on to messages when every handshake is over."""
        if (self._tls is None or self._tls.established) and self._framing.is_ready:
            self.is_established = True
            if self.ready is None:
                self._watch(FIRST_MESSAGE_TIMEOUT)
                return
            self.seen_message = True  # we speak first here
            self.deadline = 0.0
            self._tell_who_waits()

    def _give_up(self, error: BadMessage) -> None:
        """RFC 3261 §18.3: a stream that lost its framing cannot be read on."""
        self._table.counters["stream_errors"] += 1
        rejected = self._framing.rejected
        if rejected:
            self._table.refuse(rejected, self.flow, error)
        self._linger()

    def _linger(self) -> None:
        """Send the end of the stream, and wait a moment for the peer's.

        Closing at once would reset the connection when octets are still on their way to us, and
        a reset takes the last answer with it.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._tls is not None:
            self._put_raw(self._tls.farewell())
        self._is_lingering = True
        self._watch(LINGER)
        self._tell_who_waits()
        with suppress(OSError, RuntimeError):
            transport.write_eof()

    def _tell_who_waits(self) -> None:
        """A connection that we make is there, or will never be."""
        if self.ready is not None and not self.ready.done():
            self.ready.set_result(None)

    def _put(self, data: bytes) -> bool:
        """Queue octets of the framing; False when there are none or they cannot be sent."""
        if self._tls is not None and data:
            data = self._tls.protect(data)
        return self._put_raw(data)

    def _put_raw(self, data: bytes) -> bool:
        transport = self._transport
        if not data or transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > MAX_WRITE_BUFFER:
            self._table.counters["slow_readers"] += 1
            transport.abort()
            return False
        transport.write(data)
        return True

    def _watch(self, seconds: float) -> None:
        self.deadline = self._table.clock.monotonic() + seconds
        self._table.watch(self)


def _notice_dead_peers(stream: socket.socket | None) -> None:
    """Let the kernel find out about phones that vanished without a word."""
    if stream is None:
        return
    with suppress(OSError):
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _WATCHFUL:
            if hasattr(socket, name):
                stream.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
