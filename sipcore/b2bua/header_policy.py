"""What crosses the B2BUA besides the body: an allow-list, so that topology cannot leak (RFC 7092).

Everything that belongs to one leg's dialog or transport (Via, Route, Record-Route, Contact, From,
To, Call-ID, CSeq, Allow, Supported, identities, credentials) is made anew for the other leg.

Alert-Info and Call-Info stay behind too: `info=alert-autoanswer` or `answer-after=0` makes most
phones pick up by themselves, and no resident may open a neighbour's microphone that way.
"""

import re
from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.message.capabilities import Served, allow, supported
from sipcore.message.message import Message, Request, Response

ALLOW: Final = allow(Served.CALL)
"""Methods understood inside a dialog, as a header line."""
SUPPORTED: Final = supported(b"timer", b"replaces")
"""Extensions understood inside a dialog whoever is at the other end, as a header line."""
SUPPORTED_RELIABLE: Final = supported(b"timer", b"replaces", b"100rel")
"""The same, with reliable provisional responses (RFC 3262)."""

VISIT: Final = b"X-Doorline-Visit"
"""Header that names the call in every INVITE of ours."""

ALLOW_WITHOUT_UPDATE: Final = ALLOW.replace(b" UPDATE,", b"")
_has_control: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]").search
MOST_BREADTH: Final = 60
"""Legs that ring at the same time, whatever Max-Breadth allows (RFC 5393 §5.3.3)."""
_MAX_REASONS: Final = 4
"""Reason lines of one request that cross."""

_IN_REQUESTS: Final = {
    b"accept": b"Accept",
    b"accept-language": b"Accept-Language",
    b"content-disposition": b"Content-Disposition",
    b"content-encoding": b"Content-Encoding",
    b"content-language": b"Content-Language",
    b"info-package": b"Info-Package",
    b"mime-version": b"MIME-Version",
    b"priority": b"Priority",
    b"recv-info": b"Recv-Info",
    b"subject": b"Subject",
}

_IN_MESSAGES: Final = {
    b"content-disposition": b"Content-Disposition",
    b"content-encoding": b"Content-Encoding",
    b"content-language": b"Content-Language",
    b"date": b"Date",
    b"expires": b"Expires",
    b"in-reply-to": b"In-Reply-To",
    b"mime-version": b"MIME-Version",
    b"priority": b"Priority",
    b"subject": b"Subject",
}
"""For a MESSAGE outside calls, of what RFC 3428 tables 1 and 2 allow."""

_IN_RESPONSES: Final = {
    b"accept": b"Accept",
    b"accept-encoding": b"Accept-Encoding",
    b"accept-language": b"Accept-Language",
    b"content-disposition": b"Content-Disposition",
    b"content-encoding": b"Content-Encoding",
    b"content-language": b"Content-Language",
    b"mime-version": b"MIME-Version",
    b"recv-info": b"Recv-Info",
    b"retry-after": b"Retry-After",
}
_IN_REFUSALS: Final = frozenset((b"accept", b"accept-encoding", b"accept-language", b"retry-after"))
"""Of these, what explains a failure without a body of its own."""

_NEEDED: Final = {
    405: b"Allow",
    420: b"Unsupported",
    421: b"Require",
    422: b"Min-SE",
    423: b"Min-Expires",
    489: b"Allow-Events",
}
"""Header that a failure of this status must have (RFC 3261 §21.4, RFC 4028 §5, RFC 6665 §8.3.2)."""
_WARNED: Final = frozenset((488, 606))
"""Failures that a Warning explains (RFC 3261 §21.4.26, §21.6.4)."""
_WARNING: Final = re.compile(rb'(\d{3}) [^\s",]+ ("(?:[^"\\]|\\.)*")')
_MAX_WARNINGS: Final = 4
"""Warnings of one response that cross."""


def crossing(message: Message) -> list[bytes]:
    """Header lines of `message` that are repeated on the other leg, in their order.

    A value with a control character is left behind: TEXT-UTF8 has none (RFC 3261 §25.1).
    """
    return _crossing(message, _IN_REQUESTS if isinstance(message, Request) else _IN_RESPONSES)


def crossing_in_message(request: Request) -> list[bytes]:
    """The same for a MESSAGE outside calls, which may tell when it was written and until when it
    makes sense (RFC 3428 §4)."""
    return _crossing(request, _IN_MESSAGES)


def _crossing(message: Message, names: dict[bytes, bytes]) -> list[bytes]:
    return [
        names[name] + b": " + value
        for name, value in message.pairs()
        if name in names and not _has_control(value)
    ]


def explaining(refusal: Response, told: int) -> tuple[bytes, ...]:
    """Header lines of a final failure that the caller is told too (RFC 3261 §21.4.13, §20.33).

    `told` is what its status is called to the caller: under another one nothing is needed.
    """
    lines = tuple(
        _IN_RESPONSES[name] + b": " + value
        for name, value in refusal.pairs()
        if name in _IN_REFUSALS and not _has_control(value)
    )
    return lines + needed(refusal) if told == refusal.status else lines


def needed(refusal: Response) -> tuple[bytes, ...]:
    """Header lines of a failure that only its status gives a meaning to, or asks for.

    A Warning crosses without the name of the phone that warns.
    """
    status = refusal.status
    name = _NEEDED.get(status)
    if name is not None:
        values = refusal.every(name.lower())
        if not values and status == 405:
            return (ALLOW.replace(b" %b," % refusal.cseq.method, b""),)
        return tuple(name + b": " + value for value in values if not _has_control(value))
    if status not in _WARNED:
        return ()
    found = _WARNING.findall(b",".join(refusal.every(b"warning")))[:_MAX_WARNINGS]
    return tuple(
        b"Warning: %b doorline %b" % (code, said) for code, said in found if not _has_control(said)
    )


def is_legal(status: int, lines: tuple[bytes, ...]) -> bool:
    """Whether a failure may be told with this status and what `needed` found for it."""
    return bool(lines) or status not in _NEEDED


def visit(call_id: str) -> bytes:
    """Header line that names the call."""
    return VISIT + b": " + call_id.encode()


def takes_update(message: Message) -> bool:
    """Whether the phone that sent this says that it knows UPDATE (RFC 3311 §4)."""
    return any(value.find(b"UPDATE") >= 0 for value in message.every(b"allow"))


def allowed_across(other: Message) -> bytes:
    """Allow line for one leg, given what the other leg's phone sent last.

    UPDATE is offered only when that phone says it knows UPDATE: many do not, and a caller that is
    told otherwise changes its session by a request that comes back refused.
    """
    return ALLOW if takes_update(other) else ALLOW_WITHOUT_UPDATE


def reasons(request: Request) -> tuple[bytes, ...]:
    """Reason lines of a BYE or CANCEL, for the one that follows on the other leg (RFC 3326 §2)."""
    values = request.every(b"reason")[:_MAX_REASONS]
    return tuple(b"Reason: " + value for value in values if not _has_control(value))


def max_breadth(request: Request) -> int:
    """How many legs the request may be divided into (RFC 5393 §5.3.3), at most 60.

    Raises BadMessage when Max-Breadth is malformed.
    """
    value = request.index.get(b"max-breadth")
    if value is None:
        return MOST_BREADTH
    if not value.isdigit():
        raise BadMessage("malformed Max-Breadth")
    return MOST_BREADTH if len(value) > 4 else min(int(value), MOST_BREADTH)


def raw_content_type(message: Message) -> bytes:
    """Content-Type as received, with its parameters (a boundary must survive); empty if none."""
    return message.index.get(b"content-type") or b""
