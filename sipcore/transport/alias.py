"""The `alias` parameter of Via: a connection offered for the other direction (RFC 5923)."""

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import DEFAULT_PORTS
from sipcore.message.message import Request, parse


def advertised_port(message: bytes) -> int:
    """Port at which the sender of a request takes requests, when its top Via says `alias`.

    That of TLS when the sent-by names none (RFC 5923 §8.2); 0 when it does not say so, or when
    there is no such Via to read.
    """
    if b"alias" not in message[:4096].lower():
        return 0
    try:
        request = parse(message)
        if not isinstance(request, Request):
            return 0
        via = request.via
    except BadMessage:
        return 0
    return (via.port or DEFAULT_PORTS["TLS"]) if via.param("alias") is not None else 0
