"""One aiohttp application on any number of addresses.

The addresses are bound first and served later: what an application tells its clients may contain
the port it really got, and a port in use shows before anything else has begun.
"""

import asyncio
import socket
from collections.abc import Sequence

from aiohttp import web

from doorline.failures import cannot_listen
from doorline.settings import Address
from doorline.settings.address import bracketed

SHUTDOWN_TIMEOUT = 5.0
"""Seconds that requests in progress get when the server stops."""
IDLE_TIMEOUT = 75.0
"""Seconds that a connection may stay without a whole request."""
BACKLOG = 1024
"""Connections that may wait to be accepted: a building's devices after a power cut."""


class HttpListener:
    """Listeners with one purpose; `name` is what their lines begin with, such as `http/admin`."""

    def __init__(self, name: str, addresses: Sequence[Address]) -> None:
        self._name = name
        self._addresses = addresses
        self._sockets: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._runner: web.AppRunner | None = None

    def bind(self) -> None:
        """Take every address; StartError names the one that cannot be had."""
        for address in self._addresses:
            try:
                self._sockets.append(_listening(address))
            except OSError as error:
                self._release()
                raise cannot_listen(f"{self._name} {address}", error) from error

    @property
    def bound(self) -> tuple[Address, ...]:
        """The addresses with the ports that were really got."""
        return tuple(Address(*taken.getsockname()[:2]) for taken in self._sockets)

    @property
    def lines(self) -> tuple[str, ...]:
        """One line per listener for the terminal."""
        return tuple(f"{self._name} {address}" for address in self.bound)

    async def serve(self, app: web.Application) -> None:
        """Begin to answer."""
        # No access log: the ledger, the audit trail and the figures say more and cost less.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            keepalive_timeout=IDLE_TIMEOUT,
            shutdown_timeout=SHUTDOWN_TIMEOUT,
        )
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        for taken in self._sockets:
            self._servers.append(
                await loop.create_server(
                    self._runner.server,  # type: ignore[arg-type]  # set by setup()
                    sock=taken,
                    backlog=BACKLOG,
                )
            )

    async def stop(self) -> None:
        """Stop accepting, let requests in progress end, close what is left."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        self._release()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def _release(self) -> None:
        for taken in self._sockets:
            taken.close()
        self._sockets.clear()


def url_of(host: str, port: int) -> str:
    """Address for a browser or a device, without a trailing slash."""
    return f"http://{bracketed(host)}:{port}"


def _listening(address: Address) -> socket.socket:
    """A socket that listens on the address; OSError when it cannot be had."""
    family, _, _, _, where = socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    taken = socket.create_server(where[:2], family=family, backlog=BACKLOG)
    taken.setblocking(False)
    return taken
