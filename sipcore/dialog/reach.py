"""Where a peer is reached: at its contact when that can be true, else where it spoke from.

RFC 3261 §12.2.1.1 sends a request to the remote target. Behind a NAT that target is a private
address nobody can reach, and a registered contact may name any host at all, so what is sent there
would also be a way to make this server attack others. Therefore the host is always the one the
peer spoke from; only the port follows the contact, for a phone that sends from one port and
listens on another, and only when the contact names that very host.
"""

from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import DEFAULT_PORTS, Flow
from sipcore.message.grammar import wire
from sipcore.message.uri import Uri

STREAM_PORTS: Final = {name: DEFAULT_PORTS[name] for name in ("TCP", "TLS")}
"""Transports over which a peer can be connected to, and their usual ports."""
SIP_PORT: Final = DEFAULT_PORTS["UDP"]
"""Port of a UDP contact that names none (RFC 3261 §19.1.2)."""
MAX_UNRELIABLE: Final = 1300
"""Octets of a request above which UDP will not do when the path MTU is unknown (§18.1.1)."""


def is_too_large(request: bytes, flow: Flow) -> bool:
    """Whether a request wants a transport with congestion control, which this flow has not."""
    return len(request) > MAX_UNRELIABLE and not flow.reliable


def may_take_streams(next_hop: bytes | str, flow: Flow) -> bool:
    """Whether who is reached over this UDP flow may be connected to at the same place.

    Only when the URI names the very host and port: behind a NAT nobody can connect to it. Nor when
    it asks for one transport in so many words, or for the flow it made itself (RFC 5626 §4.3).
    """
    if flow.transport != "UDP":
        return False
    try:
        uri = Uri.parse(next_hop)
    except BadMessage:
        return False
    named = (uri.host.strip("[]"), uri.port or SIP_PORT)
    is_bound = uri.param("transport") is not None or uri.param("ob") is not None
    return named == (flow.host, flow.port) and not is_bound


def flow_towards(contact: bytes | str, source: Flow) -> Flow:
    """The flow for requests to `contact`, whose owner spoke over `source`.

    Streams are always used again (RFC 5626 §5.3); a contact that announces outbound or names
    another host leaves the source as it is.
    """
    transport, listener, host, port, connection, server_name = source
    if transport != "UDP":
        return source
    written = contact if isinstance(contact, bytes) else wire(contact)
    if written.endswith(f"@{host}:{port}".encode()):
        return source  # most contacts name the very place, which needs no parsing
    try:
        uri = Uri.parse(contact)
    except BadMessage:
        return source
    named = uri.port or SIP_PORT
    if uri.host != host or named == port or uri.param("ob") is not None:
        return source
    return Flow(transport, listener, host, named, connection, server_name)


def way_to(contact: bytes, source: Flow, *, is_server: bool = False) -> Flow | None:
    """A connection of ours to `contact`, whose owner spoke over `source`, which is gone.

    RFC 3261 §12.2.1.1: requests go to the remote target. Behind a NAT nobody can connect to it, and
    a contact may name anybody: only one at the very host, over the same transport, and at another
    port than the one the peer had connected from, where nobody listens. With a peer that
    `is_server`, a provider, the connection may have been ours, and its port the one it listens on.
    """
    usual = STREAM_PORTS.get(source.transport)
    if usual is None or not source.connection:
        return None
    try:
        uri = Uri.parse(contact)
    except BadMessage:
        return None
    transport = uri.param("transport") or ("tls" if uri.scheme == "sips" else "")
    port = uri.port or usual
    is_there = uri.host == source.host and (is_server or port != source.port)
    if not is_there or transport.upper() != source.transport or uri.param("ob") is not None:
        return None
    return Flow(source.transport, source.listener, source.host, port, 0, source.server_name)
