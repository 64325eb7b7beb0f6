"""Flow: one transport association, as RFC 5626 §2 means it, including a pair of UDP addresses."""

from typing import Final, NamedTuple

DEFAULT_PORTS: Final = {"UDP": 5060, "TCP": 5060, "TLS": 5061, "WS": 80, "WSS": 443}
"""Port of a URI or of a sent-by that names none (RFC 3261 §18.2.2, §19.1.2, RFC 7118 §5.2.1)."""


class Flow(NamedTuple):
    """Where a message came from, and therefore where its answer goes.

    A named tuple: hashable, cheap to make for every datagram, and easy to store as text.
    """

    transport: str
    """`UDP`, `TCP`, `TLS`, `WS` or `WSS`."""
    listener: int
    """Index of the listener in the settings' order; chooses the local address."""
    host: str
    """Remote address without brackets."""
    port: int
    """Remote port."""
    connection: int = 0
    """Number of the stream connection in this process; 0 for UDP or when none is open yet."""
    server_name: str = ""
    """Name that the certificate of the server we connect to must show (RFC 5922 §7.3).

    Only for flows towards a server over TLS; empty for flows that others opened to us.
    """

    @property
    def reliable(self) -> bool:
        """Whether the transport retransmits by itself."""
        return self.transport != "UDP"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport.lower()}:{host}:{self.port}"
