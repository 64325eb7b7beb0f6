"""DnsClient: asks name servers and the operating system what `locating` wants to know.

The only place that knows dnspython. Nothing here decides; every wait has an end.
"""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any, Final, cast

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.rdata
import dns.resolver
from dns.rdtypes.IN.NAPTR import NAPTR
from dns.rdtypes.IN.SRV import SRV

from sipcore.transport.dns_cache import DnsCache
from sipcore.transport.dns_records import (
    Answer,
    NaptrRecord,
    Outcome,
    Question,
    Record,
    RecordKind,
    SrvRecord,
)
from sipcore.transport.locating import Located, Steps

ONE_SERVER: Final = 1.5
"""Seconds until the next name server is asked, or the same one again."""
ALL_SERVERS: Final = 4.0
"""Seconds until a question is given up."""
SYSTEM: Final = 5.0
"""Seconds the operating system may take; it cannot be stopped, only left alone."""
LEAST_TTL: Final = 1.0
LONGEST_TTL: Final = 86_400.0
LONGEST_NEGATIVE: Final = 300.0
"""Seconds that the absence of a record is believed at most: it may be a slip being mended."""
UNKNOWN_TTL: Final = 60.0
"""Seconds for answers that bring no time of their own."""
AFTER_FAILURE: Final = 15.0
"""Seconds until a name server that did not help is asked again."""

_FAMILIES: Final = {RecordKind.A: socket.AF_INET, RecordKind.AAAA: socket.AF_INET6}

NameServer = tuple[str, int]
"""Address and port."""


class DnsClient:
    """A stub resolver with a cache."""

    def __init__(
        self,
        cache: DnsCache,
        name_servers: Sequence[NameServer] = (),
        families: Sequence[RecordKind] = (RecordKind.A,),
    ) -> None:
        """Without `name_servers` those of /etc/resolv.conf are asked; `families` are the address
        records that can be used, for the operating system as well."""
        self._cache = cache
        self._name_servers = tuple(name_servers)
        wanted = {_FAMILIES[kind] for kind in families}
        self._family = wanted.pop() if len(wanted) == 1 else socket.AF_UNSPEC

    async def run(self, steps: Steps) -> Located:
        """Play a search to its end; takes at most a few seconds and never raises OSError."""
        try:
            question = next(steps)
            while True:
                question = steps.send(await self.ask(question))
        except StopIteration as end:
            return cast(Located, end.value)

    async def ask(self, question: Question) -> Answer:
        """One answer, from the cache when it is still good."""
        answer = self._cache.find(question)
        if answer is None:
            ask = self._ask_system if question.kind is RecordKind.HOSTS else self._ask_dns
            answer = await ask(question)
            self._cache.keep(question, answer)
        return answer

    async def _ask_dns(self, question: Question) -> Answer:
        try:
            # Made anew each time, so that a changed /etc/resolv.conf counts at once.
            resolver = dns.asyncresolver.Resolver(configure=not self._name_servers)
            if self._name_servers:
                resolver.nameservers = [
                    dns.nameserver.Do53Nameserver(host, port) for host, port in self._name_servers
                ]
            resolver.timeout = ONE_SERVER
            found = await resolver.resolve(
                question.name,
                question.kind.value,
                lifetime=ALL_SERVERS,
                search=False,
                raise_on_no_answer=False,
            )
        except dns.resolver.NXDOMAIN as error:
            ttls = [
                response.resolve_chaining().minimum_ttl
                for response in cast(Any, error).responses().values()
                if response is not None
            ]
            return _absent(min(ttls, default=UNKNOWN_TTL))
        except (dns.exception.Timeout, dns.resolver.NoResolverConfiguration, OSError):
            return Answer(Outcome.SILENT, ttl=AFTER_FAILURE)
        except dns.exception.DNSException:
            return Answer(Outcome.REFUSED, ttl=AFTER_FAILURE)
        if found.rrset is None:
            return _absent(found.chaining_result.minimum_ttl)
        records = tuple(_record(data) for data in found.rrset)
        if question.kind not in (RecordKind.A, RecordKind.AAAA):
            # Only the order of addresses means something: the first is to be tried first (§4.2).
            records = tuple(sorted(records))
        ttl = min(max(found.chaining_result.minimum_ttl, LEAST_TTL), LONGEST_TTL)
        return Answer(Outcome.FOUND, records, ttl)

    async def _ask_system(self, question: Question) -> Answer:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(SYSTEM):
                found = await loop.getaddrinfo(
                    question.name, None, family=self._family, type=socket.SOCK_DGRAM
                )
        except TimeoutError:
            return Answer(Outcome.SILENT, ttl=AFTER_FAILURE)
        except (OSError, UnicodeError):
            return _absent(AFTER_FAILURE)
        addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
        return Answer(Outcome.FOUND, addresses, UNKNOWN_TTL)


def _absent(ttl: float) -> Answer:
    return Answer(Outcome.NONE, ttl=min(max(ttl, LEAST_TTL), LONGEST_NEGATIVE))


def _record(data: dns.rdata.Rdata) -> Record:
    if isinstance(data, NAPTR):
        return NaptrRecord(
            data.order,
            data.preference,
            data.flags.decode("ascii", "replace"),
            data.service.decode("ascii", "replace"),
            data.regexp.decode("ascii", "replace"),
            data.replacement.to_text(omit_final_dot=True).removeprefix("."),
        )
    if isinstance(data, SRV):
        target = data.target.to_text(omit_final_dot=True).removeprefix(".")
        return SrvRecord(data.priority, data.weight, data.port, target)
    return data.to_text()
