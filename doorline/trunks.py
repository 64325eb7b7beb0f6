"""Telephone providers: from the settings to the engine, and which site uses which.

A provider is located as RFC 3263 says: by NAPTR, SRV and address records, or in /etc/hosts. That
happens here, in the background, and again whenever what was found expires; the engine reads what
is known at the moment, so no call ever waits for the DNS. While a provider cannot be located (a
router that boots slower than we do) its landline stages are skipped as having no trunk; once it
was located, that stays in use as long as nothing newer is found.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import structlog

from directory.queries.dial import DialSite
from doorline.settings import (
    LandlineSettings,
    SipSettings,
    SiteLandlineSettings,
    TrunkSettings,
)
from doorline.settings.address import bracketed, name_server
from sipcore.calls.incoming import Line, TrunkLines, digits_of
from sipcore.calls.toll import TollLimits
from sipcore.endpoint.trunk import Trunk
from sipcore.kernel.clock import Clock
from sipcore.transport.dns_cache import DnsCache
from sipcore.transport.dns_client import DnsClient
from sipcore.transport.dns_records import RecordKind
from sipcore.transport.locating import SECURE, Candidate, Located, Wanted, is_numeric, locate

log = structlog.get_logger("trunk")

RETRY_INTERVAL: Final = 15.0
"""Seconds until the next look-up when one failed."""
LEAST_INTERVAL: Final = 10.0
"""Seconds between two look-ups, however short a record lives."""
LONGEST_INTERVAL: Final = 3600.0
"""Seconds between two look-ups, however long a record lives: providers move in a hurry too."""
START_PATIENCE: Final = 3.0
"""Seconds the start waits for the first look-ups; after that they go on by themselves."""

Locate = Callable[[Wanted], Awaitable[Located]]
"""From what a trunk wants to where it is reached; does not raise OSError."""


class Trunks:
    """Every provider that can be reached; `known` is what the engine reads."""

    def __init__(
        self,
        settings: Mapping[str, TrunkSettings],
        locate: Locate,
        is_repeated: Callable[[str], bool],
    ) -> None:
        """`is_repeated` tells whether several sites have a name; it then means none of them."""
        self._is_repeated = is_repeated
        self._settings = settings
        self._locate = locate
        self._tasks: list[asyncio.Task[None]] = []
        self._by_site: dict[str, list[str]] = {}
        self._general: list[str] = []
        for name, trunk in sorted(settings.items(), key=lambda item: item[1].priority):
            for site in trunk.sites:
                self._by_site.setdefault(site, []).append(name)
            if not trunk.sites:
                self._general.append(name)
        self.known: dict[str, Trunk] = {}

    def of_site(self, site: DialSite) -> str | None:
        """Name of the trunk that is tried first for a site; None when it has none."""
        return next(iter(self._in_order(site)), None)

    def after(self, site: DialSite) -> tuple[str, ...]:
        """Names of those that take over, in order, when the first one cannot carry a call."""
        return self._in_order(site)[1:]

    def _in_order(self, site: DialSite) -> tuple[str, ...]:
        """The known ones: those that name the site, then those that name none; each by priority."""
        named = self._by_site.get(site.name)
        if named and self._is_repeated(site.name):
            named = None
        candidates = (*(named or ()), *self._general)
        return tuple(name for name in candidates if name in self.known)

    def put(self, name: str, found: Located) -> bool:
        """Use what a look-up found; whether that is news. Nothing found changes nothing."""
        if not found.candidates:
            return False
        before = self.known.get(name)
        trunk = self.known[name] = _trunk(name, self._settings[name], found)
        # Name servers turn the order of addresses at each answer; that is no news.
        return before is None or _places(before.servers) != _places(trunk.servers)

    async def start(self) -> None:
        """Look every provider up, then again in the background whenever that is due."""
        first = {
            asyncio.create_task(self._keep(name, trunk, located := asyncio.Event())): located
            for name, trunk in self._settings.items()
        }
        self._tasks = list(first)
        with suppress(TimeoutError):
            async with asyncio.timeout(START_PATIENCE):
                for located in first.values():
                    await located.wait()

    async def stop(self) -> None:
        """End the look-ups."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _keep(self, name: str, settings: TrunkSettings, located: asyncio.Event) -> None:
        """Look one provider up again and again; the end when it has a numeric address."""
        while True:
            interval = await self._refresh(name, settings)
            located.set()
            if interval is None:
                return
            await asyncio.sleep(interval)

    async def _refresh(self, name: str, settings: TrunkSettings) -> float | None:
        """One look-up; seconds until the next one, None when none is needed."""
        try:
            found = await self._locate(wanted(settings))
        except Exception:
            # One odd answer must not end the look-ups of this provider for ever.
            log.exception("trunk.look_up_failed", trunk=name)
            return RETRY_INTERVAL
        if not found.candidates:
            log.error("trunk.not_found", trunk=name, host=settings.host, why=list(found.notes))
            return None if found.ttl == float("inf") else RETRY_INTERVAL
        if self.put(name, found):
            log.info("trunk.found", trunk=name, servers=list(servers(found)))
        if found.ttl == float("inf"):
            return None
        return min(max(found.ttl, LEAST_INTERVAL), LONGEST_INTERVAL)


async def look_up_all(sip: SipSettings, clock: Clock) -> dict[str, Located]:
    """Where every provider of the settings is reached at this moment, by name."""
    find = locator(sip, clock)
    found = await asyncio.gather(*(find(wanted(trunk)) for trunk in sip.trunk.values()))
    return dict(zip(sip.trunk, found, strict=True))


def toll_limits(
    settings: LandlineSettings, is_repeated: Callable[[str], bool]
) -> Callable[[str], TollLimits]:
    """The limits of the site of a name; of a name of several sites the narrower ones of both."""
    usual = _limits(settings, SiteLandlineSettings())
    special = {name: _limits(settings, site) for name, site in settings.site.items()}
    narrow = {name: _narrower(usual, limits) for name, limits in special.items()}

    def of(name: str) -> TollLimits:
        if name not in special:
            return usual
        return narrow[name] if is_repeated(name) else special[name]

    return of


def _narrower(one: TollLimits, other: TollLimits) -> TollLimits:
    """What both allow; countries that have none in common leave the usual kinds of none."""
    countries = one.countries & other.countries
    apart = bool(one.countries and other.countries and not countries)
    return TollLimits(
        min(one.at_once, other.at_once),
        min(one.per_day, other.per_day),
        frozenset() if apart else one.kinds & other.kinds,
        countries if one.countries and other.countries else one.countries | other.countries,
    )


def _limits(usual: LandlineSettings, site: SiteLandlineSettings) -> TollLimits:
    return TollLimits(
        site.at_once or usual.at_once,
        site.per_day or usual.per_day,
        frozenset(site.kinds or usual.kinds),
        frozenset(site.countries or usual.countries),
    )


def incoming_lines(trunks: Mapping[str, TrunkSettings]) -> dict[str, TrunkLines]:
    """What may come in, by trunk; those without numbers take no calls."""
    return {
        name: TrunkLines(
            trunk.incoming.at_once,
            {
                digits_of(number): Line(line.site, line.to.strip())
                for number, line in trunk.incoming.number.items()
            },
        )
        for name, trunk in trunks.items()
        if trunk.incoming.number
    }


def wanted(settings: TrunkSettings) -> Wanted:
    """What is to be located for a provider."""
    transport = "" if settings.transport == "auto" else settings.transport.upper()
    return Wanted(settings.host, settings.port or None, transport)


def servers(found: Located) -> tuple[str, ...]:
    """Everything a look-up found, as text, by precedence."""
    return servers_of(found.candidates)


def servers_of(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """The same for what is known of a trunk."""
    return tuple(
        f"{candidate.transport.lower()} {bracketed(address)}:{candidate.port}"
        for candidate in sorted(candidates, key=lambda one: (one.rank, one.priority))
        for address in candidate.addresses
    )


def locator(sip: SipSettings, clock: Clock) -> Locate:
    """Looks up in the DNS and the operating system, for the listeners that the settings name."""
    listen = sip.listen
    listeners = {"UDP": listen.udp, "TCP": listen.tcp, "TLS": listen.tls}
    supported = tuple(transport for transport, addresses in listeners.items() if addresses)
    families = _families([one.host for addresses in listeners.values() for one in addresses])
    client = DnsClient(DnsCache(clock), [name_server(text) for text in sip.dns], families)

    async def find(wanted: Wanted) -> Located:
        # Connections of our own need no listener; but `auto` chooses among what we listen on.
        named = (wanted.transport,) if wanted.transport in ("TCP", "TLS") else ()
        return await client.run(locate(wanted, (*supported, *named), families))

    return find


def _families(hosts: Sequence[str]) -> tuple[RecordKind, ...]:
    """Address records that the listeners can use; a listener given by name counts as IPv4."""
    six = [":" in host for host in hosts]
    kinds = ((RecordKind.A, not all(six)), (RecordKind.AAAA, any(six)))
    return tuple(kind for kind, is_used in kinds if is_used)


def _places(candidates: Sequence[Candidate]) -> frozenset[tuple[str, str, int]]:
    return frozenset((one.transport, at, one.port) for one in candidates for at in one.addresses)


def _trunk(name: str, settings: TrunkSettings, found: Located) -> Trunk:
    """A provider as located, called by its domain or name in URIs."""
    return Trunk(
        name=name,
        host=settings.domain or settings.host,
        servers=found.candidates,
        port=0 if settings.domain else settings.port,
        server_name=_server_name(settings, found),
        only_udp=settings.transport == "udp",
        user=settings.user if settings.kind != "static" else "",
        password=settings.password.reveal(),
        from_user=settings.from_user or settings.caller_id or settings.user,
        caller_id=settings.caller_id,
        display=settings.display,
        identity_headers=settings.identity,
        codecs=frozenset(name.lower() for name in settings.codecs),
        number_in_to=settings.incoming.number_in == "to",
        any_error=settings.next_server == "5xx",
        prefix=settings.prefix,
    )


def _server_name(settings: TrunkSettings, found: Located) -> str:
    """The name the search began with: a name that only the DNS tells proves nothing (RFC 5922)."""
    if all(candidate.transport not in SECURE for candidate in found.candidates):
        return ""
    return settings.domain if is_numeric(settings.host) and settings.domain else settings.host
