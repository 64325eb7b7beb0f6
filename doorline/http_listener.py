"""One aiohttp application on any number of addresses, with the ports it really got."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from doorline.failures import cannot_listen
from doorline.settings import Address
from doorline.settings.address import bracketed

SHUTDOWN_TIMEOUT = 5.0
"""Seconds that requests in progress get when the server stops."""


class HttpListener:
    """Serves an application; `name` is what its lines begin with, such as `http/admin`."""

    def __init__(self, name: str, app: web.Application, addresses: Sequence[Address]) -> None:
        self._name = name
        self._addresses = addresses
        # No access log: the ledger, the audit trail and the figures say more and cost less.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT)
        self._servers: list[asyncio.Server] = []
        self.bound: tuple[Address, ...] = ()
        """Where it listens, once started."""

    async def start(self) -> None:
        """Bind every address; StartError names the one that cannot be bound."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        for address in self._addresses:
            try:
                server = await loop.create_server(
                    self._runner.server,  # type: ignore[arg-type]  # set by setup()
                    address.host,
                    address.port,
                    backlog=512,
                )
            except OSError as error:
                await self.stop()
                raise cannot_listen(f"{self._name} {address}", error) from error
            self._servers.append(server)
        self.bound = tuple(
            Address(*socket.getsockname()[:2])
            for server in self._servers
            for socket in server.sockets
        )

    async def stop(self) -> None:
        """Stop accepting, let requests in progress end, close what is left."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        await self._runner.cleanup()

    @property
    def lines(self) -> tuple[str, ...]:
        """One line per listener for the terminal."""
        return tuple(f"{self._name} {address}" for address in self.bound)

    def url(self) -> str:
        """Address of the first listener for a browser or a device, without a trailing slash."""
        first = self.bound[0]
        return f"http://{bracketed(first.host)}:{first.port}"
