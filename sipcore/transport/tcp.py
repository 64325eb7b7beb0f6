"""TCP: framed streams, connection reuse and bounded tables (RFC 3261 §18.3, RFC 5626 §3.5.1).

Answers and requests to a registered contact go over the connection it came from (RFC 5626 §5.3);
only a flow without a connection, such as a trunk's, makes this server connect by itself.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast

from sipcore.kernel.clock import Clock
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.framing import PING, PONG, StreamFramer

Receive = Callable[[bytes, Flow], None]
FlowClosed = Callable[[Flow], None]

MAX_CONNECTIONS: Final = 20_000
MAX_CONNECTIONS_PER_HOST: Final = 2_000
FIRST_MESSAGE_TIMEOUT: Final = 30.0
"""Seconds a new connection may stay without a complete message."""
PARTIAL_TIMEOUT: Final = 20.0
"""Seconds a message may take to arrive once it has begun, or a closing stream to drain."""
CONNECT_TIMEOUT: Final = 5.0
KEEPALIVE_IDLE: Final = 120
"""Seconds of silence after which the kernel asks whether the peer still exists."""
MAX_WRITE_BUFFER: Final = 256 * 1024
"""Bytes waiting for a peer that does not read; beyond that the connection is closed."""
MAX_WAITING: Final = 64
"""Messages kept while a connection is being made."""


class TcpConnection(asyncio.Protocol):
    """One stream to a peer."""

    def __init__(self, table: "TcpTransport", listener: int, number: int) -> None:
        self._table = table
        self._listener = listener
        self._framer = StreamFramer()
        self._transport: asyncio.Transport | None = None
        self.number = number
        self.flow = Flow("TCP", listener, "", 0, number)
        self.waiting_since = 0.0
        """Monotonic time since when a complete message is overdue; 0 when none is."""
        self.seen_message = False

    @property
    def is_open(self) -> bool:
        """Whether something can still be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Enter the table, or hang up when it is full."""
        # uvloop's transports are no subclass of asyncio's, though they do all it promises.
        stream = self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername") or ("", 0)
        self.flow = Flow("TCP", self._listener, str(peer[0]), int(peer[1]), self.number)
        self.waiting_since = self._table.clock.monotonic()
        if self._table.admit(self):
            _notice_dead_peers(transport.get_extra_info("socket"))
        else:
            stream.abort()

    def data_received(self, data: bytes) -> None:
        """Cut the stream into messages and pass them on."""
        try:
            messages = self._framer.feed(data)
        except BadMessage:
            messages = []
        for message in messages:
            if message is PING:
                self.write(PONG)
            elif isinstance(message, bytes):
                self.seen_message = True
                self._table.receive(message, self.flow)
        if self._framer.failed is not None:
            # RFC 3261 §18.3: without a usable Content-Length the stream cannot be read on.
            self._table.counters["stream_errors"] += 1
            self.close()
        elif self.seen_message:
            if not len(self._framer):
                self.waiting_since = 0.0
            elif messages or not self.waiting_since:
                self.waiting_since = self._table.clock.monotonic()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the table; bindings over this flow are dead."""
        self._transport = None
        self._table.dismiss(self)

    def write(self, data: bytes) -> bool:
        """Queue bytes; False when the connection is closed or the peer does not read."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > MAX_WRITE_BUFFER:
            self._table.counters["slow_readers"] += 1
            transport.abort()
            return False
        transport.write(data)
        return True

    def close(self) -> None:
        """Close after what is queued was sent; the sweep ends what does not get sent."""
        if self._transport is not None:
            self.waiting_since = self._table.clock.monotonic()
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()


class TcpTransport:
    """All TCP listeners and connections of the endpoint."""

    def __init__(
        self, receive: Receive, closed: FlowClosed, clock: Clock, counters: Counter[str]
    ) -> None:
        self.receive = receive
        self.clock = clock
        self.counters = counters
        self._closed = closed
        self._servers: list[asyncio.Server] = []
        self._connections: dict[int, TcpConnection] = {}
        self._per_host: Counter[str] = Counter()
        self._by_peer: dict[tuple[str, int], TcpConnection] = {}
        """Connections that this server opened."""
        self._connecting: dict[Flow, list[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # Numbers are never used twice, not even across restarts: a stored binding must not be
        # taken for a binding of somebody else's new connection.
        self._number = int(clock.utc() * 1000) << 10

    async def listen(self, index: int, host: str, port: int) -> tuple[str, int]:
        """Open a listener; returns the bound address.

        Raises OSError when the address cannot be bound.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: self._accept(index), host, port)
        self._servers.append(server)
        bound = server.sockets[0].getsockname()
        return str(bound[0]), int(bound[1])

    async def close(self) -> None:
        """Close listeners and connections."""
        for server in self._servers:
            server.close()
        for task in tuple(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for connection in tuple(self._connections.values()):
            connection.close()
        await asyncio.sleep(0)
        for connection in tuple(self._connections.values()):
            connection.abort()  # its peer does not read
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()

    def __len__(self) -> int:
        return len(self._connections)

    def send(self, data: bytes, flow: Flow) -> bool:
        """Send over the flow's connection; False when there is none (any more)."""
        if flow.connection:
            connection = self._connections.get(flow.connection)
            return connection is not None and connection.write(data)
        known = self._by_peer.get((flow.host, flow.port))
        if known is not None and known.is_open:
            return known.write(data)
        waiting = self._connecting.get(flow)
        if waiting is None:
            self._connecting[flow] = [data]
            task = asyncio.get_running_loop().create_task(self._connect(flow))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return True
        if len(waiting) >= MAX_WAITING:
            return False
        waiting.append(data)
        return True

    def admit(self, connection: TcpConnection) -> bool:
        """Take a connection into the table unless that is full."""
        host = connection.flow.host
        full = len(self._connections) >= MAX_CONNECTIONS
        if full or self._per_host[host] >= MAX_CONNECTIONS_PER_HOST:
            self.counters["connections_refused"] += 1
            if not self._per_host[host]:
                del self._per_host[host]
            return False
        self.counters["connections"] += 1
        self._connections[connection.number] = connection
        self._per_host[host] += 1
        return True

    def dismiss(self, connection: TcpConnection) -> None:
        """Forget a closed connection."""
        flow = connection.flow
        if self._connections.pop(connection.number, None) is None:
            return
        self._per_host[flow.host] -= 1
        if not self._per_host[flow.host]:
            del self._per_host[flow.host]
        if self._by_peer.get((flow.host, flow.port)) is connection:
            del self._by_peer[flow.host, flow.port]
        self._closed(flow)

    def sweep(self, now: float) -> None:
        """Close connections that keep a message back too long."""
        for connection in tuple(self._connections.values()):
            limit = PARTIAL_TIMEOUT if connection.seen_message else FIRST_MESSAGE_TIMEOUT
            if connection.waiting_since and now - connection.waiting_since > limit:
                self.counters["idle_connections_closed"] += 1
                connection.abort()

    def _accept(self, index: int) -> TcpConnection:
        self._number += 1
        return TcpConnection(self, index, self._number)

    async def _connect(self, flow: Flow) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                _, connection = await loop.create_connection(
                    lambda: self._accept(flow.listener), flow.host, flow.port
                )
        except (OSError, TimeoutError):
            self._connecting.pop(flow, None)
            self._closed(flow)
            return
        waiting = self._connecting.pop(flow, [])
        if not connection.is_open:  # the table is full, or the peer hung up at once
            self._closed(flow)
            return
        connection.seen_message = True  # we speak first here
        connection.waiting_since = 0.0
        self._by_peer[flow.host, flow.port] = connection
        for data in waiting:
            connection.write(data)


def _notice_dead_peers(stream: socket.socket | None) -> None:
    """Let the kernel find out about phones that vanished without a word."""
    if stream is None:
        return
    with suppress(OSError):
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_KEEPIDLE"):
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE)
