"""The `keep` parameter of Via: who wants to send keep-alives is told how often (RFC 6223)."""

import re
from typing import Final

UDP_INTERVAL: Final = 30
"""Seconds: what the NATs of homes keep a UDP binding for at least (RFC 5626 §4.4.1)."""
STREAM_INTERVAL: Final = 120
"""Seconds: long before a NAT forgets a stream, and what RFC 5626 §4.4.1 names for streams."""

KEPT_METHODS: Final = frozenset((b"REGISTER", b"INVITE", b"SUBSCRIBE"))
"""Requests that begin what keep-alives can be negotiated for (RFC 6223 §4.1)."""

_UNANSWERED: Final = re.compile(rb"(;[ \t]*keep)(?=[ \t]*(?:[;,]|\Z))", re.IGNORECASE).sub


def answer_keep(via: bytes) -> bytes:
    """The Via line with a value for the `keep` of its top value.

    A `keep` that has a value already is somebody else's (§4.4) and stays as it is.
    """
    top, comma, others = via.partition(b",")
    if b'"' in top:
        return via  # a comma or semicolon inside quotes: nobody writes that who wants keep-alives
    interval = UDP_INTERVAL if b"/UDP" in top.upper() else STREAM_INTERVAL
    return _UNANSWERED(rb"\g<1>=%d" % interval, top, count=1) + comma + others
