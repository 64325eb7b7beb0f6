"""What the endpoint is told at the start."""

from dataclasses import dataclass, field
from typing import Final

from sipcore.defence.policy import DefencePolicy
from sipcore.dialog.session_timer import SESSION_DEFAULTS, SessionPolicy
from sipcore.transport.streams import USUAL_LIMITS, StreamLimits
from sipcore.transport.tls import NO_TLS, TlsContexts
from sipcore.transport.websocket import EVERY_PAGE, WebSocketPolicy

MAX_CALLS: Final = 20_000
"""Calls at the same time."""
MAX_CALLS_PER_SOURCE: Final = 5_000
"""Calls at the same time that were made from one source."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where to listen."""

    transport: str
    """`UDP`, `TCP`, `TLS`, `WS` or `WSS`."""
    host: str
    """Address without brackets."""
    port: int
    """0 picks a free port."""
    advertised_host: str = ""
    """What others are told instead of the address; empty: see `EndpointSettings`."""
    advertised_port: int = 0
    """What others are told instead of the port; 0: the port itself."""


@dataclass(frozen=True, slots=True)
class BoundListener:
    """Where the endpoint listens indeed."""

    transport: str
    host: str
    port: int
    advertised_host: str = ""
    advertised_port: int = 0

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"sip/{self.transport.lower()} {host}:{self.port}"


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Names and addresses of this server."""

    domain: str
    """Domain of the AORs (`sip:1001@domain`)."""
    advertised_host: str
    """Host written into Via and Contact; empty: the address the listener is bound to."""
    listen: tuple[ListenAddress, ...]
    session: SessionPolicy = SESSION_DEFAULTS
    """Session timers of calls (RFC 4028)."""
    max_transactions: int = 100_000
    """Transactions alive at the same time; further requests are answered 503."""
    streams: StreamLimits = USUAL_LIMITS
    tls: TlsContexts = NO_TLS
    web: WebSocketPolicy = EVERY_PAGE
    max_calls: int = MAX_CALLS
    """Calls at the same time; further ones are answered 503."""
    max_calls_per_source: int = MAX_CALLS_PER_SOURCE
    """Calls at the same time that were made from one source, unless it is trusted."""
    defence: DefencePolicy = field(default_factory=DefencePolicy)
    """Limits and bans of sources."""
