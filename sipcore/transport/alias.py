"""The `alias` parameter of Via: a connection offered for the other direction (RFC 5923)."""

from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Request, parse

DEFAULT_PORT: Final = 5061
"""Port of a sent-by over TLS that names none (RFC 5923 §8.2)."""


def advertised_port(message: bytes) -> int:
    """Port at which the sender of a request takes requests, when its top Via says `alias`.

    0 when it does not, or when there is no such Via to read.
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
    return (via.port or DEFAULT_PORT) if via.param("alias") is not None else 0
