"""What can happen to a transaction, apart from its deadline passing."""

from dataclasses import dataclass

from sipcore.message.message import Request, Response


@dataclass(slots=True)
class RequestReceived:
    """The request of a server transaction arrived again (RFC 3261 §17.2.3)."""

    message: Request


@dataclass(slots=True)
class AckReceived:
    """An ACK that matches an INVITE server transaction, or a 2xx that awaits it."""

    message: Request


@dataclass(slots=True)
class ResponseOffered:
    """The transaction user answers the request of a server transaction."""

    status: int
    """The status code written in `data`, 100 to 699."""
    data: bytes
    """The complete response."""


@dataclass(slots=True)
class ResponseReceived:
    """A response that matches a client transaction (RFC 3261 §17.1.3)."""

    message: Response


@dataclass(slots=True)
class CancelSent:
    """The transaction user gave this INVITE up: its CANCEL is sent or due (RFC 3261 §9.1)."""


@dataclass(slots=True)
class FlowFailed:
    """The transport reported that it could not send (RFC 3261 §17.1.4 and §17.2.4)."""


Event = RequestReceived | AckReceived | ResponseOffered | ResponseReceived | CancelSent | FlowFailed
