"""LiveLocator: a target's contacts at this moment, from the bindings in memory and the trunks."""

from collections.abc import Mapping
from typing import Final

from sipcore.b2bua.plan import Target
from sipcore.b2bua.ports import Route
from sipcore.dialog.reach import SIP_PORT, flow_towards
from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.trunk import Trunk
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.address import Address
from sipcore.message.uri import Uri
from sipcore.registrar.binding import Binding
from sipcore.registrar.location import Location
from sipcore.transport.failed_servers import AVOIDED_FOR, LONGEST, FailedServers
from sipcore.transport.locating import DEFAULT_PORTS, SECURE
from sipcore.transport.server_order import Draw, in_order

MAX_FLOWS: Final = 16
"""Flows of one route: a trunk with more servers is a mistake or a trap."""


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
    ) -> None:
        """`large_over_tcp` lets requests too large for UDP go over TCP (RFC 3261 §18.1.1)."""
        self._location = location
        self._trunks = trunks
        self._failed = failed
        self._draw = draw
        self._large_over_tcp = large_over_tcp
        self._addressing: LocalAddressing | None = None

    def use(self, addressing: LocalAddressing) -> None:
        """Learn the bound listeners; called once when the endpoint has started."""
        self._addressing = addressing

    def routes(self, target: Target) -> tuple[Route, ...]:
        """Every live contact of an account, or the way to a landline through its trunk."""
        if self._addressing is None:
            return ()
        if target.trunk is not None:
            return self._trunk_routes(target, target.trunk, self._addressing)
        aor = b"sip:" + target.party.user.encode() + b"@" + self._addressing.domain
        return tuple(
            self._route(binding, flow, aor, self._addressing)
            for binding in _one_flow_each(self._location.bindings(target.party.user))
            if binding.contact.lower().startswith(("sip:", "sips:"))
            and (flow := self._addressing.present(binding.flow)) is not None
        )

    def unreachable(self, flow: Flow, seconds: float | None) -> None:
        """Try other flows first for so many seconds.

        A phone that refused a TCP connection will hardly learn TCP soon, so without a given time
        that is remembered for long.
        """
        if flow.connection:
            return  # that one connection is gone, which says nothing about who made it
        if seconds is None:
            seconds = AVOIDED_FOR if self._serves_trunk(flow) else LONGEST
        self._failed.note(flow, seconds)

    def _serves_trunk(self, flow: Flow) -> bool:
        return any(
            flow.host in candidate.addresses
            for trunk in self._trunks.values()
            for candidate in trunk.servers
        )

    def _route(
        self, binding: Binding, flow: Flow, aor: bytes, addressing: LocalAddressing
    ) -> Route:
        if binding.path:
            return self._edge_route(binding, flow, aor)
        reached = flow_towards(binding.contact, flow)
        stream = self._stream_of(binding, reached, addressing)
        return Route(
            _target(binding.contact),
            reached,
            aor,
            large=() if stream is None else (stream, reached),
        )

    def _edge_route(self, binding: Binding, flow: Flow, aor: bytes) -> Route:
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
            _target(binding.contact),
            flow,
            aor,
            path=tuple(path.encode("utf-8", "surrogateescape") for path in binding.path),
            alternatives=alternatives,
        )

    def _stream_of(self, binding: Binding, flow: Flow, addressing: LocalAddressing) -> Flow | None:
        """The flow for a request that is too large for UDP, when the phone may take TCP.

        Only when its contact names the very host and port it is reached at: behind a NAT nobody
        can connect to it. Nor when the contact asks for UDP in so many words, or when the phone
        refused a connection before.
        """
        if flow.transport != "UDP":
            return None
        try:
            uri = Uri.parse(binding.contact)
        except BadMessage:
            return None
        named = (uri.host.strip("[]"), uri.port or SIP_PORT)
        if named != (flow.host, flow.port) or uri.param("transport") is not None:
            return None
        return self._over_tcp(flow, addressing)

    def _over_tcp(self, flow: Flow, addressing: LocalAddressing) -> Flow | None:
        """The same place over TCP; None when we do not listen there or it failed before."""
        listener = addressing.listener_for("TCP", flow.host) if self._large_over_tcp else None
        if listener is None:
            return None
        stream = Flow("TCP", listener, flow.host, flow.port)
        return None if self._failed.holds(stream) else stream

    def _trunk_routes(
        self, target: Target, name: str, addressing: LocalAddressing
    ) -> tuple[Route, ...]:
        trunk = self._trunks.get(name)
        flows = () if trunk is None else self._flows(trunk, addressing)
        if trunk is None or not flows:
            return ()
        number = target.party.user
        return (
            Route(
                trunk.uri(number),
                flows[0],
                trunk.address(number),
                from_uri=trunk.identity,
                trunk=name,
                alternatives=flows[1:],
                large=self._large(trunk, flows, addressing),
            ),
        )

    def _flows(self, trunk: Trunk, addressing: LocalAddressing) -> tuple[Flow, ...]:
        """A trunk's servers in the order in which they are tried now (RFC 3263 §4.3)."""
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


def _target(contact: str) -> bytes:
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


def _one_flow_each(bindings: tuple[Binding, ...]) -> tuple[Binding, ...]:
    """Bindings without those that are further flows of the same phone.

    RFC 5626 §6: a phone that keeps several flows open (same instance, another reg-id) rings over
    one of them only; the one that was refreshed last is the most likely to work.
    """
    if not any(binding.reg_id for binding in bindings):
        return bindings
    newest: dict[str, Binding] = {}
    for binding in bindings:
        if binding.reg_id:
            other = newest.setdefault(binding.instance, binding)
            if binding.updated_at > other.updated_at:
                newest[binding.instance] = binding
    return tuple(
        binding for binding in bindings if not binding.reg_id or newest[binding.instance] is binding
    )
