"""LiveLocator: a target's contacts at this moment, from the bindings in memory and the trunks."""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final, Protocol, final

from sipcore.b2bua.plan import NOT_REGISTERED, Party, Target
from sipcore.b2bua.ports import Route
from sipcore.dialog.reach import flow_towards, may_take_streams
from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.trunk import Trunk
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import DEFAULT_PORTS, Flow
from sipcore.kernel.memo import keep
from sipcore.message.address import Address
from sipcore.message.uri import Uri
from sipcore.registrar.binding import Binding
from sipcore.registrar.location import Location
from sipcore.registrar.record import lasting, updated_at
from sipcore.transport.failed_servers import AVOIDED_FOR, LONGEST, FailedServers
from sipcore.transport.locating import SECURE
from sipcore.transport.server_order import Draw, in_order

_LONGEST: Final = 1024
"""Octets of what a binding says for its way to be kept: two or three times what phones say."""
MAX_FLOWS: Final = 16
"""Flows of one route: a trunk with more servers is a mistake or a trap."""


@final
class Way:
    """How the phone of one binding is reached: made of what the binding says, but for its times.

    Many a call finds the same; what may change while the binding stays is asked at each call.
    """

    __slots__: ClassVar = ("instance", "large", "reg_id", "route", "user")

    def __init__(
        self,
        user: str,
        instance: str,
        reg_id: int,
        route: Route | None,
        large: Route | None = None,
    ) -> None:
        self.user = user
        self.instance = instance
        self.reg_id = reg_id
        self.route = route
        """None when no listener of ours leads there, or the contact is no SIP URI."""
        self.large = large
        """The same with a stream for what is too large for UDP; None for a phone that has none."""

    def before(self, others: list["Way"]) -> "Way":
        """This way with those over other flows of the same phone behind it, in order."""
        fallback: Route | None = None
        for other in reversed(others):
            behind = other.route if other.large is None else other.large
            if behind is not None:
                fallback = behind if fallback is None else _with_fallback(behind, fallback)
        if fallback is None:
            return self
        large = None if self.large is None else _with_fallback(self.large, fallback)
        route = fallback if self.route is None else _with_fallback(self.route, fallback)
        return Way(self.user, self.instance, self.reg_id, route, large)


class LandlinePermit(Protocol):
    """Says whether landlines may be rung."""

    def admit(self, party: Party) -> bool:
        """Whether a leg to this landline may start now; it counts from now on if so."""

    def why_not(self, party: Party) -> str | None:
        """Why a leg to this landline may not start now, as a reason; None when it may."""


class LiveLocator:
    """Fulfils the B2BUA's Locator port."""

    def __init__(
        self,
        location: Location,
        trunks: Mapping[str, Trunk],
        *,
        failed: FailedServers,
        draw: Draw,
        large_over_tcp: bool = True,
        permit: LandlinePermit | None = None,
    ) -> None:
        """`large_over_tcp` lets requests too large for UDP go over TCP (RFC 3261 §18.1.1)."""
        self._permit = permit
        self._location = location
        self._trunks = trunks
        self._failed = failed
        self._draw = draw
        self._large_over_tcp = large_over_tcp
        self._addressing: LocalAddressing | None = None
        self._ways: dict[bytes, Way] = {}
        """By what the binding's record says behind its head, its user aside."""

    def use(self, addressing: LocalAddressing) -> None:
        """Learn the bound listeners; called once when the endpoint has started."""
        self._addressing = addressing
        self._ways.clear()

    def routes(self, target: Target) -> tuple[Route, ...]:
        """Every live contact of an account, or the way to a landline through its trunk."""
        if self._addressing is None:
            return ()
        if target.trunk is not None:
            return self._trunk_routes(target, self._addressing)
        routes: list[Route] = []
        for way in self._ways_to(target.party.user, self._addressing):
            route = way.large
            if route is None or self._failed.holds(route.large[0]):
                route = way.route
            if route is not None:
                routes.append(route)
        return tuple(routes)

    def route_of(self, binding: Binding, account: str) -> Route | None:
        """The way to the phone of a binding that the location does not know; None when no listener
        of ours leads there. `account` is that of one visit alone with which it was made."""
        if self._addressing is None:
            return None
        way = _way(binding, self._addressing, self._large_over_tcp)
        route = way.large
        if route is None or self._failed.holds(route.large[0]):
            route = way.route
        if route is not None:
            route.account = account
        return route

    def why_not(self, target: Target) -> str:
        """Why the target has no routes: nobody has registered, or a landline may not be rung."""
        if target.trunk is None:
            return NOT_REGISTERED
        reason = None if self._permit is None else self._permit.why_not(target.party)
        return reason or "no_trunk"

    def stream_beside(self, next_hop: bytes, flow: Flow) -> Flow | None:
        """The same place over TCP for what is too large for UDP; None when that will not do."""
        addressing = self._addressing
        if addressing is None or not may_take_streams(next_hop, flow):
            return None
        is_kept = any(trunk.only_udp for trunk in self._trunks_at(flow.host))
        return None if is_kept else self._over_tcp(flow, addressing)

    def unreachable(self, flow: Flow, seconds: float | None) -> None:
        """Try other flows first for so many seconds.

        A phone that refused a TCP connection will hardly learn TCP soon, so without a given time
        that is remembered for long.
        """
        if flow.connection:
            return  # that one connection is gone, which says nothing about who made it
        if seconds is None:
            seconds = AVOIDED_FOR if any(self._trunks_at(flow.host)) else LONGEST
        self._failed.note(flow, seconds)

    def _trunks_at(self, host: str) -> Iterator[Trunk]:
        """The trunks that a server at this address belongs to."""
        for trunk in self._trunks.values():
            if any(host in candidate.addresses for candidate in trunk.servers):
                yield trunk

    def _ways_to(self, user: str, addressing: LocalAddressing) -> list[Way]:
        """The ways to an account's phones, as its bindings tell them now."""
        ways: list[Way] = []
        has_flows = False
        records = self._location.records(user)
        for record in records:
            said = lasting(record)
            way = self._ways.get(said)
            if way is None or way.user != user:
                way = _way(self._location.unpack(user, record), addressing, self._large_over_tcp)
                if len(said) <= _LONGEST:  # phones write it: nobody can make the memo large
                    keep(self._ways, said, way)
            has_flows = has_flows or way.reg_id != 0
            ways.append(way)
        return _one_flow_each(records, ways) if has_flows else ways

    def _over_tcp(self, flow: Flow, addressing: LocalAddressing) -> Flow | None:
        """The same place over TCP; None when we do not listen there or it failed before."""
        stream = _beside(flow, addressing) if self._large_over_tcp else None
        return None if stream is None or self._failed.holds(stream) else stream

    def _trunk_routes(self, target: Target, addressing: LocalAddressing) -> tuple[Route, ...]:
        """The way through the first trunk that can be reached; the others stand behind it."""
        known = [self._trunks.get(name or "") for name in (target.trunk, *target.fallbacks)]
        ways = [
            (trunk, flows)
            for trunk in known
            if trunk is not None and (flows := self.servers(trunk))
        ]
        # As among servers: what failed a moment ago comes last, but it comes.
        ways.sort(key=lambda way: self._failed.holds(way[1][0]))
        route: Route | None = None
        for trunk, flows in reversed(ways):
            number = target.party.user
            route = Route(
                trunk.uri(number),
                flows[0],
                trunk.address(number),
                identity=trunk.identity,
                trunk=trunk.name,
                alternatives=flows[1:],
                large=self._large(trunk, flows, addressing),
                fallback=route,
                any_error=trunk.any_error,
                codecs=trunk.codecs,
            )
        if route is None or (self._permit is not None and not self._permit.admit(target.party)):
            return ()
        return (route,)

    def servers(self, trunk: Trunk) -> tuple[Flow, ...]:
        """A trunk's servers in the order in which they are tried now (RFC 3263 §4.3)."""
        addressing = self._addressing
        if addressing is None:
            return ()
        flows = [
            Flow(
                server.transport,
                listener,
                server.host,
                server.port,
                server_name=trunk.server_name if server.transport in SECURE else "",
            )
            for server in in_order(trunk.servers, self._draw)
            if (listener := addressing.outlet_for(server.transport, server.host)) is not None
        ]
        # What failed a moment ago comes last, but it comes: everything may have failed.
        return tuple(sorted(flows[:MAX_FLOWS], key=self._failed.holds))

    def _large(
        self, trunk: Trunk, flows: tuple[Flow, ...], addressing: LocalAddressing
    ) -> tuple[Flow, ...]:
        """Each server over TCP before the same server over UDP; empty when that changes nothing."""
        if trunk.only_udp:
            return ()
        large: list[Flow] = []
        for flow in flows:
            stream = self._over_tcp(flow, addressing) if flow.transport == "UDP" else None
            if stream is not None:
                large.append(stream)
            large.append(flow)
        return () if len(large) == len(flows) else tuple(dict.fromkeys(large))


def _way(binding: Binding, addressing: LocalAddressing, large_over_tcp: bool) -> Way:
    flow = addressing.present(binding.flow)
    if flow is None or not binding.contact.lower().startswith(("sip:", "sips:")):
        return Way(binding.user, binding.instance, binding.reg_id, None)
    aor = b"sip:" + binding.user.encode() + b"@" + addressing.domain
    if binding.path:
        return Way(binding.user, binding.instance, binding.reg_id, _edge_route(binding, flow, aor))
    contact, reached = target_uri(binding.contact), flow_towards(binding.contact, flow)
    takes_streams = large_over_tcp and may_take_streams(binding.contact, reached)
    stream = _beside(reached, addressing) if takes_streams else None
    large = None if stream is None else Route(contact, reached, aor, large=(stream, reached))
    return Way(binding.user, binding.instance, binding.reg_id, Route(contact, reached, aor), large)


def _edge_route(binding: Binding, flow: Flow, aor: bytes) -> Route:
    """To a phone behind an edge proxy: where the proxy spoke from, along the Path (RFC 3327).

    The contact does not matter, nor does a host that the Path names: whoever registers could
    name any. But a proxy whose connection is gone is connected to again, at the port of its
    own hop.
    """
    hop = _edge_uri(binding)
    alternatives: tuple[Flow, ...] = ()
    if not flow.reliable:
        flow = flow_towards(str(hop), flow) if hop is not None else flow
    elif hop is not None and hop.host == flow.host and flow.transport in ("TCP", "TLS"):
        port = hop.port or DEFAULT_PORTS[flow.transport]
        alternatives = (flow._replace(port=port, connection=0),)
    return Route(
        target_uri(binding.contact),
        flow,
        aor,
        path=tuple(path.encode("utf-8", "surrogateescape") for path in binding.path),
        alternatives=alternatives,
    )


def _beside(flow: Flow, addressing: LocalAddressing) -> Flow | None:
    """The same place over TCP; None when we do not listen there."""
    listener = addressing.listener_for("TCP", flow.host)
    return None if listener is None else Flow("TCP", listener, flow.host, flow.port)


def target_uri(contact: str) -> bytes:
    """A contact as Request-URI: without headers and method (RFC 3261 §16.6 step 2, §19.1.1)."""
    if "?" in contact or ";method=" in contact.lower():
        contact = contact.partition("?")[0]
        pieces = contact.split(";")
        contact = ";".join(p for p in pieces if not p.lower().startswith("method="))
    return contact.encode("utf-8", "surrogateescape")


def _edge_uri(binding: Binding) -> Uri | None:
    """The first hop of a binding's Path; None when it cannot be read."""
    try:
        return Address.parse(binding.path[0], "Path").uri
    except BadMessage:
        return None


def _one_flow_each(records: tuple[bytes, ...], ways: list[Way]) -> list[Way]:
    """Ways without those that are further flows of the same phone, which stand behind its first.

    RFC 5626 §7: a phone that keeps several flows open (same instance, another reg-id) rings over
    one of them only, and over the next one when that fails. The one that was refreshed last is the
    most likely to work.
    """
    flows: dict[str, list[tuple[float, int, Way]]] = {}
    for index, (record, way) in enumerate(zip(records, ways, strict=True)):
        if way.reg_id:
            flows.setdefault(way.instance, []).append((-updated_at(record), index, way))
    first: dict[int, Way] = {}
    for each in flows.values():
        (_, index, way), *others = sorted(each, key=_by_refresh)
        first[index] = way.before([other for _, _, other in others])
    return [
        first.get(index, way) for index, way in enumerate(ways) if not way.reg_id or index in first
    ]


def _by_refresh(flow: tuple[float, int, Way]) -> tuple[float, int]:
    return flow[0], flow[1]


def _with_fallback(route: Route, fallback: Route) -> Route:
    """The same way to a phone, with another one behind it."""
    return Route(
        route.request_uri,
        route.flow,
        route.to_uri,
        path=route.path,
        alternatives=route.alternatives,
        large=route.large,
        fallback=fallback,
    )
