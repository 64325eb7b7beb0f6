"""Lines: which INVITEs come from a trunk, and what they say (RFC 3325 §5).

A trunk is known by the address and port it speaks from, which are those it was located at, or by
the networks of its settings; nothing in a message makes one.
"""

from collections.abc import Mapping
from typing import Protocol

from sipcore.b2bua.plan import IncomingCall, Refusal, RingPlan
from sipcore.endpoint.trunk import Trunk
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.kernel.source import TrustedNetworks, source_of
from sipcore.message.address import Address
from sipcore.message.message import Request
from sipcore.message.uri import Uri


class LinePlanner(Protocol):
    """Turns a call from a trunk into a ring plan from memory, without waiting."""

    def plan(self, call: IncomingCall) -> RingPlan | Refusal:
        """Decide who rings; total."""

    def began(self, call_id: str, trunk: str) -> None:
        """The call begins."""

    def failed(self, call_id: str) -> None:
        """The call did not begin after all."""


class Lines:
    """The trunks that calls may come in from."""

    def __init__(
        self,
        trunks: Mapping[str, Trunk],
        sources: Mapping[str, tuple[str, ...]],
        planner: LinePlanner | None,
    ) -> None:
        """`sources` are the networks each trunk that takes calls in may speak from, by its name;
        none: where it was located."""
        self._trunks = trunks
        self._sources = {name: TrustedNetworks(of) for name, of in sources.items()}
        self._given = {name for name, of in sources.items() if of}
        self._planner = planner

    def trunk_at(self, flow: Flow) -> str | None:
        """Name of the trunk that speaks over this flow; None for everybody else."""
        for name, networks in self._sources.items():
            if name in self._given:
                if networks.cover(source_of(flow.host)):
                    return name
                continue
            trunk = self._trunks.get(name)
            if trunk is not None and any(
                flow.host in server.addresses
                and flow.port == server.port
                and flow.transport == server.transport
                for server in trunk.servers
            ):
                return name
        return None

    def plan(self, trunk: str, request: Request, at: float) -> RingPlan | Refusal:
        """Who rings for an INVITE of that trunk. Raises BadMessage for a malformed header."""
        assert self._planner is not None  # noqa: S101 - without it no flow is a trunk's
        known = self._trunks.get(trunk)
        in_to = known is not None and known.number_in_to
        uri = request.to.uri if in_to else request.request_uri
        caller = _asserted(request) or request.from_
        is_number = caller.uri.host.lower() != "anonymous.invalid"
        return self._planner.plan(
            IncomingCall(
                trunk,
                _number(caller.uri) if is_number else "",
                caller.display if is_number else "",
                _number(uri),
                at,
            )
        )

    def began(self, call_id: str, trunk: str) -> None:
        """The call begins."""
        if self._planner is not None:
            self._planner.began(call_id, trunk)

    def failed(self, call_id: str) -> None:
        """The call did not begin after all: nobody will tell of its end."""
        if self._planner is not None:
            self._planner.failed(call_id)


NO_LINES = Lines({}, {}, None)
"""No call comes in from a trunk."""


def _asserted(request: Request) -> Address | None:
    """The caller as the provider asserts it; None when it says nothing that can be read.

    A provider may assert a `sip` and a `tel` URI, in one line or in two (§9.1).
    """
    for value in request.values(b"p-asserted-identity"):
        try:
            address = Address.parse(value.decode("utf-8", "replace"), "P-Asserted-Identity")
        except BadMessage:
            continue
        return address
    return None


def _number(uri: Uri) -> str:
    """The number a URI names, without what a telephone-subscriber may say of it (RFC 3966 §3)."""
    return uri.decoded_user.partition(";")[0]
