"""Telephone providers: from the settings to the engine, and which site uses which.

The engine sends to addresses only. A provider that is given by name is looked up here, at the
start and again every few minutes; while its name is unknown (a router that boots slower than we
do) its landline stages are skipped as having no trunk, and everything else works.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import structlog

from directory.queries.dial import DialSite
from doorline.settings import TrunkSettings
from doorline.settings.address import is_ip
from sipcore.endpoint.trunk import Trunk

log = structlog.get_logger("trunk")

LOOK_UP_INTERVAL = 300.0
"""Seconds between two look-ups of a provider's name."""
RETRY_INTERVAL = 15.0
"""Seconds until the next look-up when one failed."""

LookUp = Callable[[str], Awaitable[str]]
"""From a host name to one address; raises OSError when there is none."""


class Trunks:
    """Every provider that can be reached; `known` is what the engine reads."""

    def __init__(self, settings: Mapping[str, TrunkSettings], look_up: LookUp) -> None:
        self._settings = settings
        self._look_up = look_up
        self._task: asyncio.Task[None] | None = None
        self._by_site: dict[str, list[str]] = {}
        self._general: list[str] = []
        for name, trunk in settings.items():
            for site in trunk.sites:
                self._by_site.setdefault(site, []).append(name)
            if not trunk.sites:
                self._general.append(name)
        self.known: dict[str, Trunk] = {}

    def of_site(self, site: DialSite) -> str | None:
        """Name of the trunk of a site: the first known one that names the site, else the first
        known one that names none; None when there is neither."""
        candidates = (*self._by_site.get(site.name, ()), *self._general)
        return next((name for name in candidates if name in self.known), None)

    async def start(self) -> None:
        """Look every name up once, then again in the background."""
        await self._resolve()
        if any(not is_ip(trunk.host) for trunk in self._settings.values()):
            self._task = asyncio.create_task(self._repeat(), name="trunk names")

    async def stop(self) -> None:
        """End the look-ups."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _repeat(self) -> None:
        while True:
            complete = len(self.known) == len(self._settings)
            await asyncio.sleep(LOOK_UP_INTERVAL if complete else RETRY_INTERVAL)
            await self._resolve()

    async def _resolve(self) -> None:
        """An address that was found once stays in use while its name cannot be looked up."""
        for name, trunk in self._settings.items():
            try:
                address = trunk.host if is_ip(trunk.host) else await self._look_up(trunk.host)
            except OSError as error:
                log.error("trunk.not_found", trunk=name, host=trunk.host, error=str(error))
                continue
            self.known[name] = _trunk(name, trunk, address)


def _trunk(name: str, settings: TrunkSettings, address: str) -> Trunk:
    """A provider at an address, called by its domain or name in URIs."""
    domain = settings.domain
    if not domain and address != settings.host:
        domain = settings.host if settings.port == 5060 else f"{settings.host}:{settings.port}"
    return Trunk(
        name=name,
        host=address,
        port=settings.port,
        transport=settings.transport.upper(),
        user=settings.user if settings.kind == "digest" else "",
        password=settings.password.reveal(),
        from_user=settings.from_user or settings.user,
        domain=domain,
        prefix=settings.prefix,
    )


def system_look_up(*, ipv6: bool) -> LookUp:
    """The operating system's resolver, for the family that the SIP listeners speak."""
    family = socket.AF_INET6 if ipv6 else socket.AF_INET

    async def look_up(host: str) -> str:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, None, family=family, type=socket.SOCK_DGRAM)
        return str(found[0][4][0])

    return look_up
