"""What is known of the request being answered, for the log line and the answer's headers."""

import re
from contextvars import ContextVar
from dataclasses import dataclass

HEADER = "X-Request-Id"
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class RequestTrace:
    """Identity of one request."""

    request_id: str
    actor: str | None = None
    """Who asks, once the token is known to be valid."""


CURRENT: ContextVar[RequestTrace | None] = ContextVar("request_trace", default=None)


def accepted_id(header: str | None) -> str | None:
    """The client's own request id when it is short and plain, else None."""
    if header is None or _ACCEPTABLE.fullmatch(header) is None:
        return None
    return header


def note_actor(actor: str) -> None:
    """Tell the log line who asks."""
    trace = CURRENT.get()
    if trace is not None:
        trace.actor = actor
