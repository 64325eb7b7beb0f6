"""LocalAddressing: what this server writes about itself into Via and Contact."""

import socket
from typing import Final

from sipcore.endpoint.settings import BoundListener
from sipcore.kernel.flow import Flow

_WILDCARDS: Final = frozenset(("0.0.0.0", "::"))  # noqa: S104 - compared with, not bound to
_MAX_REMEMBERED: Final = 4096

_Lines = tuple[bytes, bytes, bytes]
"""Via without its branch, Contact, and Contact with a SIPS URI."""
_URI_TRANSPORT: Final = {"TCP": "tcp", "TLS": "tls", "WS": "ws", "WSS": "ws"}
"""RFC 7118 §5.2 knows `ws` only, for either kind of WebSocket."""


class LocalAddressing:
    """Sent-by and Contact per listener (RFC 3261 §18.1.1, §8.1.1.8)."""

    def __init__(
        self, domain: str, advertised_host: str, listeners: tuple[BoundListener, ...] = ()
    ) -> None:
        self.domain = domain.encode()
        self.listeners = listeners
        """Every listener by its index; empty until the endpoint has started."""
        self._advertised = advertised_host
        self._towards: dict[tuple[int, str], str] = {}
        self._made: dict[tuple[int, str, str], _Lines] = {}

    def via(self, flow: Flow, branch: bytes) -> bytes:
        """Complete Via line; asks for rport (RFC 3581 §3)."""
        return self._lines(flow)[0] + branch

    def via_and_contact(self, flow: Flow, branch: bytes, *, secure: bool) -> tuple[bytes, bytes]:
        """Both of a request over this flow that begins a dialog."""
        lines = self._lines(flow)
        return lines[0] + branch, lines[2 if secure else 1]

    def contact(self, flow: Flow, *, secure: bool) -> bytes:
        """Complete Contact line; `secure` when the dialog demands a SIPS URI (RFC 3261 §8.1.1.8).

        A SIPS URI leaves out `transport=tls`, which it implies (RFC 3261 §19.1.2, §26.2.2).
        """
        return self._lines(flow)[2 if secure else 1]

    def local_end(self, flow: Flow) -> tuple[str, int]:
        """Address and port of this machine at which a flow ends, whatever is advertised."""
        listener = self.listeners[flow.listener]
        if listener.host in _WILDCARDS:
            return self._local_host_towards(flow), listener.port
        return listener.host, listener.port

    def listener_for(self, transport: str, host: str) -> int | None:
        """Index of the first listener that can reach `host` over `transport`."""
        wants_six = ":" in host
        for index, listener in enumerate(self.listeners):
            if listener.transport == transport and (":" in listener.host) == wants_six:
                return index
        return None

    def outlet_for(self, transport: str, host: str) -> int | None:
        """Index of the listener that stands for this server on a connection of its own.

        The first that `listener_for` finds; without any, as with a provider that takes TLS only
        and a server that has no certificate, the first of the same family. Its address is then
        what Via and Contact name.
        """
        found = self.listener_for(transport, host)
        if found is not None or transport not in ("TCP", "TLS"):
            return found
        for index, listener in enumerate(self.listeners):
            if (":" in listener.host) == (":" in host):
                return index
        return None

    def present(self, flow: Flow) -> Flow | None:
        """The flow over a listener that is open now; None when none can carry it.

        A stored binding may name a listener that other settings had at that place.
        """
        if flow.listener < len(self.listeners):
            listener = self.listeners[flow.listener]
            if listener.transport == flow.transport and (":" in listener.host) == (
                ":" in flow.host
            ):
                return flow
        other = self.listener_for(flow.transport, flow.host)
        return None if other is None else flow._replace(listener=other)

    def _lines(self, flow: Flow) -> _Lines:
        transport, index, _, _, _, _ = flow
        listener = self.listeners[index]
        host = listener.advertised_host or self._advertised or listener.host
        if host in _WILDCARDS:
            host = self._local_host_towards(flow)
        key = (index, transport, host)
        known = self._made.get(key)
        if known is not None:
            return known
        address = _address(host, listener)
        # A connection of ours may have another transport than the listener that speaks for it.
        name = _URI_TRANSPORT.get(listener.transport, "")
        plain = f";transport={name}" if name else ""
        secure = ";transport=ws" if name == "ws" else ""
        lines = (
            f"Via: SIP/2.0/{transport} {address};rport;branch=".encode(),
            f"Contact: <sip:{address}{plain}>".encode(),
            f"Contact: <sips:{self._secure_address(listener, host) or address}{secure}>".encode(),
        )
        if len(self._made) < _MAX_REMEMBERED:
            self._made[key] = lines
        return lines

    def _secure_address(self, listener: BoundListener, host: str) -> str:
        """Where a SIPS URI leads that is told over UDP or TCP: to TLS (RFC 3261 §26.2.2).

        Empty when the listener is secure itself, or none is. `host` is what it is called.
        """
        index = None
        if listener.transport in ("UDP", "TCP"):
            index = self.listener_for("TLS", listener.host)
        if index is None:
            return ""
        over_tls = self.listeners[index]
        named = over_tls.advertised_host or self._advertised or over_tls.host
        return _address(host if named in _WILDCARDS else named, over_tls)

    def _local_host_towards(self, flow: Flow) -> str:
        """The local address the kernel would use towards the flow's host."""
        key = (flow.listener, flow.host)
        known = self._towards.get(key)
        if known is not None:
            return known
        family = socket.AF_INET6 if ":" in flow.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((flow.host, flow.port or 9))
                host = str(probe.getsockname()[0])
            except OSError:
                host = "127.0.0.1" if family == socket.AF_INET else "::1"
        if len(self._towards) >= _MAX_REMEMBERED:
            self._towards.clear()
        self._towards[key] = host
        return host


def _address(host: str, listener: BoundListener) -> str:
    """Host and port as a URI spells them."""
    written = f"[{host}]" if ":" in host else host
    return f"{written}:{listener.advertised_port or listener.port}"
