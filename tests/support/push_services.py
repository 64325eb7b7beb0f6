"""Push services on loopback that speak real HTTP: Google's, a webhook (1.1) and Apple's (2)."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded


@dataclass
class Received:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Service:
    """What came in, and what is answered: status and JSON, one after the other."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[tuple[int, object]] = field(default_factory=lambda: [(200, {})])
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def next_answer(self) -> tuple[int, bytes]:
        """The next answer; the last one stays."""
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return status, json.dumps(body).encode()

    async def take(self, request: Received) -> None:
        """Note a request and wake whoever waits for it."""
        async with self.arrived:
            self.received.append(request)
            self.arrived.notify_all()

    async def until(self, count: int) -> list[Received]:
        """Wait for so many requests."""
        async with asyncio.timeout(10), self.arrived:
            await self.arrived.wait_for(lambda: len(self.received) >= count)
        return self.received


@asynccontextmanager
async def http_service() -> AsyncIterator[Service]:
    """HTTP/1.1 on a free port; `/token` grants access tokens, all else is a push."""
    service = Service()

    async def grant(_request: web.Request) -> web.Response:
        return web.json_response({"access_token": "ya29.granted", "expires_in": 3600})

    async def take(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        await service.take(Received(request.path, headers, await request.read()))
        status, body = service.next_answer()
        return web.Response(status=status, body=body, content_type="application/json")

    app = web.Application()
    app.router.add_post("/token", grant)
    app.router.add_post("/{rest:.*}", take)
    async with TestServer(app) as server:
        service.url = str(server.make_url("/")).rstrip("/")
        yield service


class _AppleConnection(asyncio.Protocol):
    """One HTTP/2 connection, prior knowledge (RFC 9113 §3.3)."""

    def __init__(self, service: Service, connections: set[asyncio.Transport]) -> None:
        self._service = service
        self._connections = connections
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._requests: dict[int, tuple[dict[str, str], bytearray]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(transport)
        self._h2.initiate_connection()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        for event in self._h2.receive_data(data):
            if isinstance(event, RequestReceived):
                headers = {str(name): str(value) for name, value in event.headers}
                self._requests[event.stream_id] = (headers, bytearray())
            elif isinstance(event, DataReceived):
                self._requests[event.stream_id][1].extend(event.data)
                self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamEnded):
                task = asyncio.ensure_future(self._answer(event.stream_id))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        self._flush()

    async def _answer(self, stream: int) -> None:
        headers, body = self._requests.pop(stream)
        await self._service.take(Received(headers[":path"], headers, bytes(body)))
        status, answer = self._service.next_answer()
        self._h2.send_headers(stream, [(":status", str(status)), ("apns-id", "1")])
        self._h2.send_data(stream, answer, end_stream=True)
        self._flush()

    def _flush(self) -> None:
        self._transport.write(self._h2.data_to_send())


@asynccontextmanager
async def apple(tls: ssl.SSLContext | None = None) -> AsyncIterator[Service]:
    """HTTP/2 on a free port, over TLS when a context is given."""
    service, connections = Service(), set[asyncio.Transport]()

    def make() -> asyncio.Protocol:
        return _AppleConnection(service, connections)

    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, ssl=tls)
    scheme = "http" if tls is None else "https"
    service.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        for transport in tuple(connections):
            transport.close()
        server.close()
        await server.wait_closed()
