"""What can happen to a transaction, apart from its deadline passing."""

from typing import ClassVar, final

from sipcore.kernel.value import Value
from sipcore.message.message import Request, Response


@final
class RequestReceived(Value):
    """The request of a server transaction arrived again (RFC 3261 §17.2.3)."""

    __slots__: ClassVar = ("message",)

    def __init__(self, message: Request) -> None:
        self.message = message


@final
class AckReceived(Value):
    """An ACK that matches an INVITE server transaction, or a 2xx that awaits it."""

    __slots__: ClassVar = ("message",)

    def __init__(self, message: Request) -> None:
        self.message = message


@final
class ResponseOffered(Value):
    """The transaction user answers the request of a server transaction."""

    __slots__: ClassVar = ("data", "status")

    def __init__(self, status: int, data: bytes) -> None:
        self.status = status
        """The status code written in `data`, 100 to 699."""
        self.data = data
        """The complete response."""


@final
class ResponseReceived(Value):
    """A response that matches a client transaction (RFC 3261 §17.1.3)."""

    __slots__: ClassVar = ("message",)

    def __init__(self, message: Response) -> None:
        self.message = message


@final
class CancelSent(Value):
    """The transaction user gave this INVITE up: its CANCEL is sent or due (RFC 3261 §9.1)."""

    __slots__: ClassVar = ()


@final
class FlowFailed(Value):
    """The transport reported that it could not send (RFC 3261 §17.1.4 and §17.2.4)."""

    __slots__: ClassVar = ()


Event = RequestReceived | AckReceived | ResponseOffered | ResponseReceived | CancelSent | FlowFailed

CANCEL_SENT = CancelSent()
FLOW_FAILED = FlowFailed()
