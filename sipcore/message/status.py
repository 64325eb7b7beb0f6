"""Status lines (RFC 3261 §7.2), and the phrases of the status codes (§21, IANA registry)."""

from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.memo import remember

_known: Final[dict[bytes, tuple[int, bytes]]] = {}
"""Status and reason phrase by status line: there are a few dozen in the field."""

REMOVING: Final = frozenset((404, 405, 408, 410, 416, *range(480, 486), 489, 501, 604))
"""Answers to NOTIFY that end the subscription (RFC 6665 §4.2.2; 408 by RFC 5057 §5.1)."""

FLOW_FAILED: Final = 430
"""An edge proxy has no flow to the phone any more, which no endpoint is told (RFC 5626 §11.5)."""

_PHRASES: Final = {
    100: b"Trying",
    180: b"Ringing",
    181: b"Call Is Being Forwarded",
    182: b"Queued",
    183: b"Session Progress",
    199: b"Early Dialog Terminated",
    200: b"OK",
    202: b"Accepted",
    204: b"No Notification",
    300: b"Multiple Choices",
    301: b"Moved Permanently",
    302: b"Moved Temporarily",
    305: b"Use Proxy",
    380: b"Alternative Service",
    400: b"Bad Request",
    401: b"Unauthorized",
    402: b"Payment Required",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    406: b"Not Acceptable",
    407: b"Proxy Authentication Required",
    408: b"Request Timeout",
    410: b"Gone",
    412: b"Conditional Request Failed",
    413: b"Request Entity Too Large",
    414: b"Request-URI Too Long",
    415: b"Unsupported Media Type",
    416: b"Unsupported URI Scheme",
    417: b"Unknown Resource-Priority",
    420: b"Bad Extension",
    421: b"Extension Required",
    422: b"Session Interval Too Small",
    423: b"Interval Too Brief",
    424: b"Bad Location Information",
    425: b"Bad Alert Message",
    428: b"Use Identity Header",
    429: b"Provide Referrer Identity",
    FLOW_FAILED: b"Flow Failed",
    433: b"Anonymity Disallowed",
    436: b"Bad Identity Info",
    437: b"Unsupported Credential",
    438: b"Invalid Identity Header",
    439: b"First Hop Lacks Outbound Support",
    440: b"Max-Breadth Exceeded",
    469: b"Bad Info Package",
    470: b"Consent Needed",
    480: b"Temporarily Unavailable",
    481: b"Call/Transaction Does Not Exist",
    482: b"Loop Detected",
    483: b"Too Many Hops",
    484: b"Address Incomplete",
    485: b"Ambiguous",
    486: b"Busy Here",
    487: b"Request Terminated",
    488: b"Not Acceptable Here",
    489: b"Bad Event",
    491: b"Request Pending",
    493: b"Undecipherable",
    494: b"Security Agreement Required",
    500: b"Server Internal Error",
    501: b"Not Implemented",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    504: b"Server Time-out",
    505: b"Version Not Supported",
    513: b"Message Too Large",
    555: b"Push Notification Service Not Supported",
    580: b"Precondition Failure",
    600: b"Busy Everywhere",
    603: b"Decline",
    604: b"Does Not Exist Anywhere",
    606: b"Not Acceptable",
    607: b"Unwanted",
    608: b"Rejected",
}
_CLASSES: Final = {
    1: b"Trying",
    2: b"OK",
    3: b"Multiple Choices",
    4: b"Bad Request",
    5: b"Server Internal Error",
    6: b"Busy Everywhere",
}


def reason_phrase(status: int) -> bytes:
    """The registered phrase; for an unknown code that of its class (RFC 3261 §8.1.3.2)."""
    phrase = _PHRASES.get(status)
    return phrase if phrase is not None else _CLASSES.get(status // 100, b"Unknown")


def read_status_line(line: bytes) -> tuple[int, bytes]:
    """Status (100 to 699) and reason phrase as written; raises BadMessage."""
    known = _known.get(line)
    return remember(_known, line, _cut(line)) if known is None else known


def _cut(line: bytes) -> tuple[int, bytes]:
    version, _, rest = line.partition(b" ")
    code, _, reason = rest.partition(b" ")
    if version.upper() != b"SIP/2.0":
        raise BadMessage("SIP version is not 2.0", 505)
    if len(code) != 3 or not code.isdigit() or not b"100" <= code < b"700":
        raise BadMessage("malformed status line")
    return int(code), reason
