"""Content: which bodies this server reads itself, and what it says of others (RFC 3261 §8.2.3).

That is for requests that end here: OPTIONS, REGISTER, SUBSCRIBE. What crosses a call, or is sent on
as a message, is for the phone at the other end to accept.
"""

from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Request

_KINDS: Final = (b"application/sdp", b"application/dtmf-relay", b"application/dtmf", b"text/plain")
_DISPOSITIONS: Final = (b"session", b"early-session", b"render")
ACCEPT: Final = b"Accept: " + b", ".join(_KINDS)
"""Types of bodies, as a header line."""
ACCEPT_ENCODING: Final = b"Accept-Encoding: identity"
"""Encodings of bodies, as a header line."""


def not_understood(request: Request) -> tuple[bytes, ...]:
    """Header lines of the 415 that a body of this request is answered with; none when it is read.

    A body that its sender calls optional (§20.11) is passed over. Never raises: a header that
    cannot be read is not understood.
    """
    if not request.body or _is_optional(request):
        return ()
    lines: tuple[bytes, ...] = ()
    if not _is_known(request):
        lines = (ACCEPT,)
    if any(each.lower() != b"identity" for each in request.values(b"content-encoding")):
        lines = (*lines, ACCEPT_ENCODING)
    return lines


def _is_known(request: Request) -> bool:
    """Whether type and disposition are; without a type it is nothing but padding (`check`)."""
    if request.index.get(b"content-type") is None:
        return True
    disposition = request.index.get(b"content-disposition")
    kind = b"render" if disposition is None else disposition.partition(b";")[0].strip().lower()
    if kind not in _DISPOSITIONS:
        return False
    try:
        return request.content_type in _KINDS
    except BadMessage:
        return False


def _is_optional(request: Request) -> bool:
    """`handling=optional`; `required` is the default."""
    _, *params = (request.index.get(b"content-disposition") or b"").split(b";")
    for param in params:
        name, _, value = param.partition(b"=")
        if name.strip().lower() == b"handling":
            return value.strip().lower() == b"optional"
    return False
