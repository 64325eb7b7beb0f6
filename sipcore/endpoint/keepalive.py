"""What keeps a flow alive and is no SIP message: CRLFs and STUN (RFC 5626 §3.5, §5.3, §8).

On streams the framing answers pings before anything gets here; this is about datagrams.
"""

from typing import Final

from sipcore.kernel.flow import Flow
from sipcore.message.framing import PING, PONG
from sipcore.transport.stun import binding_response, is_stun

_NOTHING: Final = b"\r\n\0"
"""Octets that phones send to their NAT, and that mean nothing to us."""


def is_keep_alive(data: bytes, flow: Flow) -> bool:
    """Whether what arrived only keeps a flow alive."""
    return not data.strip(_NOTHING) or (flow.transport == "UDP" and is_stun(data))


def keep_alive_answer(data: bytes, flow: Flow) -> bytes | None:
    """What a keep-alive is answered with, None when with nothing.

    Only a whole double CRLF gets its CRLF, so that two servers can never answer each other.
    """
    if flow.transport != "UDP":
        return None
    return PONG if data == PING.value else binding_response(data, flow.host, flow.port)
