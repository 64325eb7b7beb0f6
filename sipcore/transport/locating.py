"""Locating SIP servers: from a URI's host to transports, ports and addresses (RFC 3263 §4).

Theory of operation
===================

`locate` is a generator: it yields `Question`s for the DNS, is sent `Answer`s, and returns what it
found; whoever runs it decides how to ask and how long to wait. It takes the first way that fits:

    numeric host ................ that address, the URI's port or the default one (§4.2)
    explicit port ............... A and AAAA of the host, that port (§4.2)
    explicit transport .......... SRV for that transport (§4.2)
    otherwise ................... NAPTR, then the SRV it points to (§4.1);
                                  without NAPTR the SRV of every transport we have (§4.1)
    no SRV records .............. A and AAAA of the host, the default port (§4.2)

Beyond the RFC, for networks as they are:

- Records with the lowest NAPTR order that lead to servers are used, all of them, in the order of
  their preference; but once TLS was found preferred, nothing in plain text is a substitute for it.
- A host without address records is looked up by the operating system, so that /etc/hosts works; a
  name without a dot means something to this machine alone and goes there at once.
- When no name server answers, none is asked again in the same search: waiting for each of five
  questions would take longer than anybody waits for a call.
"""

from collections.abc import Generator, Sequence
from ipaddress import ip_address
from typing import Final, NamedTuple, cast

from sipcore.kernel.flow import DEFAULT_PORTS
from sipcore.message.uri import Uri
from sipcore.transport.dns_records import (
    Answer,
    NaptrRecord,
    Outcome,
    Question,
    RecordKind,
    SrvRecord,
)

SERVICES: Final = {
    "SIP+D2U": "UDP",
    "SIP+D2T": "TCP",
    "SIPS+D2T": "TLS",
    "SIP+D2W": "WS",
    "SIPS+D2W": "WSS",
}
"""NAPTR service → transport (RFC 3263 §4.1, RFC 7118 §7)."""
SRV_PREFIXES: Final = {
    "UDP": "_sip._udp.",
    "TCP": "_sip._tcp.",
    "TLS": "_sips._tcp.",
    "WS": "_sip._ws.",
    "WSS": "_sips._wss.",
}
"""What stands before the domain in the name of the SRV record (§4.2)."""
SECURE: Final = frozenset(("TLS", "WSS"))
MAX_RECORDS: Final = 16
"""Records of one answer that are looked at: nobody needs more, and a forger may send thousands."""

Steps = Generator[Question, Answer, "Located"]


class Wanted(NamedTuple):
    """The parts of a URI that decide where a request goes."""

    host: str
    """TARGET of RFC 3263 §4: `maddr` or the host; IPv6 without brackets."""
    port: int | None = None
    transport: str = ""
    """`UDP`, `TCP`, `TLS`, …; empty when the URI names none."""
    secure: bool = False
    """A sips URI: nothing but TLS will do."""

    @classmethod
    def of(cls, uri: Uri) -> "Wanted":
        """What a SIP or SIPS URI wants."""
        target = (uri.param("maddr") or uri.host).strip("[]")
        transport = (uri.param("transport") or "").upper()
        return cls(target, uri.port, transport, uri.scheme == "sips")


class Candidate(NamedTuple):
    """One SRV record with its addresses, or the addresses of a host without SRV."""

    transport: str
    name: str
    """Host name the addresses belong to."""
    port: int
    addresses: tuple[str, ...]
    rank: int = 0
    """Place of its NAPTR record among those that are used; lower comes first."""
    priority: int = 0
    """Lower comes first (RFC 2782)."""
    weight: int = 0
    """Share of the calls among those of the same priority."""


class Located(NamedTuple):
    """Where a request may go."""

    candidates: tuple[Candidate, ...]
    """In no particular order of weight; empty when there is nowhere to go."""
    ttl: float
    """Seconds for which that holds; infinity for a numeric host."""
    notes: tuple[str, ...]
    """What was found on the way, for the operator."""


def locate(wanted: Wanted, supported: Sequence[str], families: Sequence[RecordKind]) -> Steps:
    """Find the servers for a request.

    `supported` are the transports this server can send over, the preferred one first; `families`
    are the address records it can use, likewise.
    """
    search = _Search(wanted, supported, families)
    candidates = yield from search.run()
    return Located(candidates, search.ttl, tuple(search.notes))


def is_numeric(host: str) -> bool:
    """Whether a host is an IPv4 or IPv6 address without brackets."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class _Search:
    """One run of the procedure."""

    def __init__(
        self, wanted: Wanted, supported: Sequence[str], families: Sequence[RecordKind]
    ) -> None:
        self.ttl = float("inf")
        self.notes: list[str] = []
        self._host = wanted.host.rstrip(".").lower()
        self._port = wanted.port
        self._secure = wanted.secure
        self._supported = [
            transport for transport in supported if not wanted.secure or transport in SECURE
        ]
        self._named = _secured(wanted.transport) if wanted.secure else wanted.transport
        self._families = families
        self._is_silent = False

    def run(self) -> Generator[Question, Answer, tuple[Candidate, ...]]:
        """The whole procedure of §4.1 and §4.2."""
        transport = self._named or self._default()
        if transport not in self._supported:
            self.notes.append(f"no listener here speaks {transport or 'TLS'}")
            return ()
        if is_numeric(self._host):
            return (self._plain(transport, (self._host,)),)
        if self._port is None and "." in self._host:
            if self._named:
                found = yield from self._service(self._named, self._srv_name(self._named))
            else:
                found = yield from self._by_naptr()
                if found is None:
                    found = yield from self._by_srv()
            if found is not None:
                return found
        addresses = yield from self._addresses(self._host)
        return (self._plain(transport, addresses),) if addresses else ()

    def _default(self) -> str:
        """UDP for sip, TLS for sips (§4.1); what we have when we do not have that."""
        usual = "TLS" if self._secure else "UDP"
        return usual if usual in self._supported else next(iter(self._supported), "")

    def _plain(self, transport: str, addresses: tuple[str, ...]) -> Candidate:
        port = DEFAULT_PORTS[transport] if self._port is None else self._port
        return Candidate(transport, self._host, port, addresses)

    def _srv_name(self, transport: str) -> str:
        return SRV_PREFIXES[transport] + self._host

    def _by_naptr(self) -> Generator[Question, Answer, tuple[Candidate, ...] | None]:
        """Servers by NAPTR; None when no record is usable or none leads anywhere."""
        answer = yield from self._ask(Question(self._host, RecordKind.NAPTR))
        records = sorted(filter(self._is_usable, cast(tuple[NaptrRecord, ...], answer.records)))
        found: list[Candidate] = []
        order = -1
        for rank, record in enumerate(records[:MAX_RECORDS]):
            transport = SERVICES[record.service.upper()]
            if found and record.order != order:
                break  # RFC 2915 §2: nothing of a higher order once a rule has matched
            if found and found[0].transport in SECURE and transport not in SECURE:
                continue
            servers = yield from self._service(transport, record.replacement)
            found += [server._replace(rank=rank) for server in servers or ()]
            order = record.order
        return tuple(found) or None

    def _is_usable(self, record: NaptrRecord) -> bool:
        """§4.1: a terminal rule to an SRV record, for a transport we have."""
        transport = SERVICES.get(record.service.upper())
        return (
            transport in self._supported
            and record.flags.lower() == "s"
            and not record.regexp
            and bool(record.replacement)
        )

    def _by_srv(self) -> Generator[Question, Answer, tuple[Candidate, ...] | None]:
        """Servers of the first of our transports that has SRV records (§4.1)."""
        declined = False
        for transport in self._supported:
            found = yield from self._service(transport, self._srv_name(transport))
            if found:
                return found
            declined = declined or found is not None
        return () if declined else None

    def _service(
        self, transport: str, name: str
    ) -> Generator[Question, Answer, tuple[Candidate, ...] | None]:
        """Servers of one SRV name; None without records, nothing when it is declined."""
        answer = yield from self._ask(Question(name, RecordKind.SRV))
        records = cast(tuple[SrvRecord, ...], answer.records)
        if not records:
            return None
        offered = [record for record in records[:MAX_RECORDS] if record.target and record.port]
        if not offered:
            # RFC 2782: a target of "." means that the service is decidedly not available.
            self.notes.append(f"{name} says that this service is not offered")
            return ()
        found: list[Candidate] = []
        for record in offered:
            target = record.target.lower()
            addresses = (target,) if is_numeric(target) else (yield from self._addresses(target))
            if addresses:
                found.append(
                    Candidate(
                        transport,
                        target,
                        record.port,
                        addresses,
                        priority=record.priority,
                        weight=record.weight,
                    )
                )
        return tuple(found)

    def _addresses(self, host: str) -> Generator[Question, Answer, tuple[str, ...]]:
        """Addresses of a host: of the DNS, or else of the operating system."""
        found: list[str] = []
        if "." in host:
            for kind in self._families:
                answer = yield from self._ask(Question(host, kind))
                found += cast(tuple[str, ...], answer.records)
        if not found:
            question = Question(host, RecordKind.HOSTS)
            answer = yield question
            self._note(question, answer)
            found += cast(tuple[str, ...], answer.records)
        return tuple(dict.fromkeys(found))[:MAX_RECORDS]

    def _ask(self, question: Question) -> Generator[Question, Answer, Answer]:
        """Ask the DNS, unless it is known to be silent."""
        if self._is_silent:
            return Answer(Outcome.SILENT)
        answer = yield question
        self._is_silent = answer.outcome is Outcome.SILENT
        self._note(question, answer)
        return answer

    def _note(self, question: Question, answer: Answer) -> None:
        self.ttl = min(self.ttl, answer.ttl)
        name, kind = question
        what = f"{kind.value} of {name}"
        if kind is RecordKind.HOSTS:
            what = f"{name} in this machine's own tables"
        self.notes.append(f"{what}: {_said(answer)}")


def _secured(transport: str) -> str:
    """The transport of a sips URI: `transport=tcp` means TLS over TCP (RFC 3261 §26.2.2)."""
    return {"TCP": "TLS", "WS": "WSS"}.get(transport, transport)


def _said(answer: Answer) -> str:
    if answer.outcome is Outcome.FOUND:
        return ", ".join(_shown(record) for record in answer.records[:MAX_RECORDS])
    return {
        Outcome.NONE: "nothing",
        Outcome.REFUSED: "the name server cannot tell",
        Outcome.SILENT: "no name server answers",
    }[answer.outcome]


def _shown(record: object) -> str:
    if isinstance(record, SrvRecord):
        return f"{record.target or '.'}:{record.port}"
    if isinstance(record, NaptrRecord):
        return f"{record.service} {record.replacement}"
    return str(record)
