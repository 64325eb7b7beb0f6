"""StreamTransport: one bounded table of all TCP, TLS and WebSocket connections.

Answers and requests to a registered contact go over the connection it came from (RFC 5626 §5.3,
RFC 7118 §5); only a flow without a connection, such as a trunk's, makes this server connect by
itself, over TCP or TLS.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from typing import Final, NamedTuple

from sipcore.kernel.clock import Clock
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.kernel.source import TrustedNetworks, source_of
from sipcore.transport.alias import advertised_port
from sipcore.transport.connection import StreamConnection
from sipcore.transport.framing import Framing, StreamFraming
from sipcore.transport.tls import NO_TLS, TlsContexts, TlsLayer
from sipcore.transport.websocket import EVERY_PAGE, WebSocketFraming, WebSocketPolicy

Receive = Callable[[bytes, Flow], None]
Refuse = Callable[[bytes, Flow, BadMessage], None]
FlowClosed = Callable[[Flow], None]

BACKLOG: Final = 1024
"""Connections that may wait to be accepted: a building's phones after a power cut."""
CONNECT_TIMEOUT: Final = 5.0
"""Seconds for a connection of ours, TLS included."""
MAX_CONNECTING: Final = 256
"""Connections of ours that may be on their way at the same time."""
MAX_WAITING: Final = 64
"""Messages kept while a connection is being made."""

_SECURE: Final = frozenset(("TLS", "WSS"))
_WEB: Final = frozenset(("WS", "WSS"))
_OURS: Final = frozenset(("TCP", "TLS"))
_CANDIDATES: Final = 64
"""Watched connections that are looked at when room is needed."""


class StreamLimits(NamedTuple):
    """How many connections there may be."""

    connections: int = 20_000
    """In all."""
    connections_per_source: int = 2_000
    """From one source."""
    trusted: TrustedNetworks = TrustedNetworks()
    """Sources to which the limit per source does not apply."""


USUAL_LIMITS: Final = StreamLimits()


class Destination(NamedTuple):
    """Where a connection of ours leads; with another name it is another one (RFC 5923 §9.3)."""

    transport: str
    host: str
    port: int
    server_name: str


class StreamTransport:
    """All stream listeners and connections of the endpoint."""

    def __init__(
        self,
        receive: Receive,
        refuse: Refuse,
        closed: FlowClosed,
        clock: Clock,
        counters: Counter[str],
        *,
        limits: StreamLimits = USUAL_LIMITS,
        tls: TlsContexts = NO_TLS,
        web: WebSocketPolicy = EVERY_PAGE,
    ) -> None:
        self.receive = receive
        self.refuse = refuse
        self.clock = clock
        self.counters = counters
        self.limits = limits
        self.tls = tls
        """Certificates for the connections to come; those that are open keep theirs."""
        self.welcomes: Callable[[Flow], bool] = _everybody
        """Whether somebody may connect at all; asked before the first octet is read."""
        self._web = web
        self._closed = closed
        self._servers: list[asyncio.Server] = []
        self._connections: dict[int, StreamConnection] = {}
        self._per_source: Counter[str] = Counter()
        self._watched: dict[StreamConnection, None] = {}
        """Connections with something that may take too long, the longest watched first."""
        self._made: dict[Destination, StreamConnection] = {}
        """Connections that this server opened."""
        self._aliases: dict[tuple[str, int], StreamConnection] = {}
        """Connections of others that may be used in the other direction (RFC 5923)."""
        self._alias_of: dict[int, tuple[str, int]] = {}
        self._connecting: dict[Flow, list[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # Numbers are never used twice, not even across restarts: a stored binding must not be
        # taken for a binding of somebody else's new connection.
        self._number = int(clock.utc() * 1000) << 10

    # -- life cycle -----------------------------------------------------------------------------

    async def listen(self, transport: str, index: int, host: str, port: int) -> tuple[str, int]:
        """Open a listener; returns the bound address.

        Raises OSError when the address cannot be bound, or when there is no certificate for it.
        """
        if transport in _SECURE and self.tls.server is None:
            raise OSError(0, "there is no certificate")
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: self._accept(transport, index), host, port, backlog=BACKLOG
        )
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

    def sweep(self, now: float) -> None:
        """Close connections that keep something back too long, or do not read."""
        for connection in tuple(self._watched):
            reason = connection.fault(now)
            if reason is not None:
                self.counters[reason] += 1
                connection.abort()
                del self._watched[connection]
            elif not connection.is_waiting:
                del self._watched[connection]

    def __len__(self) -> int:
        return len(self._connections)

    # -- sending ----------------------------------------------------------------------------------

    def send(self, data: bytes, flow: Flow) -> bool:
        """Send over the flow's connection; False when there is none (any more)."""
        if flow.connection:
            connection = self._connections.get(flow.connection)
            return connection is not None and connection.write(data)
        known = self._reusable(flow)
        if known is not None:
            return known.write(data)
        if flow.transport not in _OURS or (flow.transport == "TLS" and self.tls.client is None):
            return False
        waiting = self._connecting.get(flow)
        if waiting is None:
            if len(self._connecting) >= MAX_CONNECTING:
                self.counters["connections_refused"] += 1
                return False
            self._connecting[flow] = [data]
            task = asyncio.get_running_loop().create_task(self._connect(flow))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return True
        if len(waiting) >= MAX_WAITING:
            return False
        waiting.append(data)
        return True

    def _reusable(self, flow: Flow) -> StreamConnection | None:
        """An open connection that leads where a flow without one leads."""
        known = self._made.get(_destination(flow))
        if known is not None and known.is_open:
            return known
        if flow.transport != "TLS" or not flow.server_name:
            return None
        alias = self._aliases.get((flow.host, flow.port))
        if alias is not None and alias.is_open and flow.server_name.lower() in alias.names:
            return alias
        return None

    async def _connect(self, flow: Flow) -> None:
        loop = asyncio.get_running_loop()
        made = self._outgoing(flow, loop)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await loop.create_connection(lambda: made, flow.host, flow.port)
                if made.ready is not None:
                    await made.ready
        except (OSError, TimeoutError):
            made.abort()
        waiting = self._connecting.pop(flow, [])
        if not (made.is_open and made.is_established):
            # It could not be reached, is not whom we wanted, hung up at once, or we are full.
            self.counters["connections_failed"] += 1
            made.abort()
            self._closed(flow)
            return
        self._made[_destination(flow)] = made
        for data in waiting:
            made.write(data)

    def _outgoing(self, flow: Flow, loop: asyncio.AbstractEventLoop) -> StreamConnection:
        tls = None
        if flow.transport == "TLS" and self.tls.client is not None:
            name = flow.server_name or flow.host
            tls = TlsLayer(self.tls.client, server_side=False, name=name)
        self._number += 1
        numbered = flow._replace(connection=self._number)
        return StreamConnection(self, numbered, StreamFraming(), tls, loop.create_future())

    # -- what connections tell --------------------------------------------------------------------

    def _accept(self, transport: str, index: int) -> StreamConnection:
        framing: Framing = WebSocketFraming(self._web) if transport in _WEB else StreamFraming()
        # The context is asked for at each connection, so that a reload holds from the next one on.
        context = self.tls.server if transport in _SECURE else None
        tls = TlsLayer(context) if context is not None else None
        self._number += 1
        return StreamConnection(self, Flow(transport, index, "", 0, self._number), framing, tls)

    def admit(self, connection: StreamConnection) -> bool:
        """Take a connection into the table unless that is full.

        A full table gives up its oldest connection that has not said anything sensible yet.
        """
        source = source_of(connection.flow.host)
        limits = self.limits
        if connection.ready is None and not self.welcomes(connection.flow):
            self.counters["connections_unwelcome"] += 1
            return False
        is_one_too_many = self._per_source[source] >= limits.connections_per_source
        if (is_one_too_many and not limits.trusted.cover(source)) or (
            len(self._connections) >= limits.connections and not self._make_room()
        ):
            self.counters["connections_refused"] += 1
            if not self._per_source[source]:
                del self._per_source[source]
            return False
        self.counters["connections"] += 1
        self._connections[connection.number] = connection
        self._per_source[source] += 1
        return True

    def watch(self, connection: StreamConnection) -> None:
        """Look at a connection in each sweep, until nothing of it can take too long."""
        if connection.number in self._connections:
            self._watched.setdefault(connection)

    def vouched(self, connection: StreamConnection, message: bytes) -> None:
        """RFC 5923 §8.2: a verified client may offer its connection for the other direction."""
        if connection.flow.transport != "TLS" or connection.ready is not None:
            return
        if connection.number in self._alias_of:
            return  # one for each connection: the table cannot grow by asking
        port = advertised_port(message)
        if port:
            place = connection.flow.host, port
            self._aliases[place] = connection
            self._alias_of[connection.number] = place

    def dismiss(self, connection: StreamConnection) -> None:
        """Forget a closed connection."""
        flow = connection.flow
        self._watched.pop(connection, None)
        if self._connections.pop(connection.number, None) is None:
            return
        source = source_of(flow.host)
        self._per_source[source] -= 1
        if not self._per_source[source]:
            del self._per_source[source]
        if self._made.get(_destination(flow)) is connection:
            del self._made[_destination(flow)]
        place = self._alias_of.pop(connection.number, None)
        if place is not None and self._aliases.get(place) is connection:
            del self._aliases[place]
        if connection.is_established or connection.ready is not None:
            self._closed(flow)

    def _make_room(self) -> bool:
        """End the oldest connection that nobody has seen a message on; False without any."""
        for connection in islice(self._watched, _CANDIDATES):
            if not connection.seen_message and connection.ready is None:
                self.counters["connections_evicted"] += 1
                self.dismiss(connection)
                connection.abort()
                return True
        return False


def _everybody(flow: Flow) -> bool:
    return True


def _destination(flow: Flow) -> Destination:
    return Destination(flow.transport, flow.host, flow.port, flow.server_name)
