"""Answers that need no transaction: built from the request alone (RFC 3261 §8.2.7)."""

from collections import Counter
from collections.abc import Callable
from hashlib import blake2s
from typing import Final

from sipcore.dialog.reach import SIP_PORT, STREAM_PORTS
from sipcore.events.package import ALLOW_EVENTS
from sipcore.kernel.count import count
from sipcore.kernel.errors import BadMessage, SipError
from sipcore.kernel.flow import Flow
from sipcore.message import build
from sipcore.message.capabilities import Served, allow, supported
from sipcore.message.content import ACCEPT, ACCEPT_ENCODING
from sipcore.message.message import Request
from sipcore.message.via import NO_RPORT, plain_via

METHODS: Final = allow(Served.OUTSIDE, Served.CALL)
"""What this server understands at all."""

CAPABILITIES: Final = (
    METHODS,
    ACCEPT,
    ACCEPT_ENCODING,
    b"Accept-Language: en",
    supported(),
    ALLOW_EVENTS,
)
"""What an OPTIONS is told (RFC 3261 §11.2). Sessions, door codes and messages; bodies of other
types cross a call as well and are for the phone at the other end to accept."""

COUNTERS: Final = {status: f"responses_{status}" for status in range(100, 700)}
"""Figures of the responses sent, by status; made beforehand because every message needs one."""


class StatelessReplies:
    """Responses whose To tag is the same for each copy of a request (RFC 3261 §8.2.7)."""

    def __init__(
        self, secret: bytes, send: Callable[[bytes, Flow], bool], counters: Counter[str]
    ) -> None:
        self._mac = blake2s(key=secret, digest_size=8)
        self._send = send
        self._counters = counters

    def send(
        self,
        request: Request,
        flow: Flow,
        status: int,
        *,
        to_tag: bytes = b"",
        extra: tuple[bytes, ...] = (),
        reason: bytes = b"",
    ) -> None:
        """Answer `request`, which came over `flow`, and forget it."""
        count(self._counters, COUNTERS[status])
        data = self.make(request, flow, status, to_tag=to_tag, extra=extra, reason=reason)
        self._send(data, flow)

    def make(
        self,
        request: Request,
        flow: Flow,
        status: int,
        *,
        to_tag: bytes = b"",
        extra: tuple[bytes, ...] = (),
        reason: bytes = b"",
    ) -> bytes:
        """A complete response to `request`, which came over `flow`."""
        return build.response(
            request,
            status,
            reason=reason,
            to_tag=to_tag or self._tag(request),
            extra=extra,
            source=(flow.host, flow.port),
        )

    def _tag(self, request: Request) -> bytes:
        matter = request.index.get(b"call-id", b"") + request.index.get(b"via", b"")
        mac = self._mac.copy()
        mac.update(matter)
        return mac.hexdigest().encode()


def phrase(error: SipError) -> bytes:
    """A reason phrase that names the fault, on one line; empty for the usual one."""
    text = "".join(character for character in error.reason if character.isprintable())[:80]
    if error.status == 500:
        return text.encode()
    return ("Bad Request - " + text).encode() if error.status == 400 else b""


def answer_flow(request: Request, flow: Flow) -> Flow:
    """Where the answers to a datagram go, given where it came from.

    RFC 3581 §4: with `rport` back to the port it came from. Without, RFC 3261 §18.2.2 wants the
    port that Via names, or the address in its maddr. That is done only when Via names the very host
    the datagram came from: any other Via is behind a NAT, where only the port it came from can be
    reached, or wants our answer to go to somebody else.
    """
    if flow.transport != "UDP":
        return flow
    if request.sent_by:
        has_rport = request.rport != NO_RPORT
    else:
        written = request.index.get(b"via", b"")
        plain = plain_via(written)
        has_rport = b"rport" in written if plain is None else plain[2] != NO_RPORT
    if has_rport:
        return flow
    try:
        via = request.via
    except BadMessage:
        return flow
    port = via.port or SIP_PORT
    named = via.maddr or via.host
    if port == flow.port or named != flow.host or via.param("rport") is not None:
        return flow
    return flow._replace(port=port)


def way_back(request: Request, flow: Flow) -> Flow | None:
    """Where answers go when the connection they belong to is gone; None when nowhere.

    RFC 3261 §18.2.2: to the address the request came from, at the port that Via names. Only when
    Via names that very host: behind a NAT nobody can be reached this way. A port that is the one
    the connection came from is nobody's who listens.
    """
    if not flow.connection or flow.transport not in STREAM_PORTS:
        return None
    try:
        via = request.via
    except BadMessage:
        return None
    port = via.port or STREAM_PORTS[flow.transport]
    if via.host != flow.host or port == flow.port:
        return None
    return flow._replace(port=port, connection=0)
