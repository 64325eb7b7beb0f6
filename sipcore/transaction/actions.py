"""What a transaction asks of its shell; carried out in order."""

from typing import ClassVar, final

from sipcore.kernel.value import Value
from sipcore.message.message import Request, Response


@final
class Send(Value):
    """Put these bytes on the transaction's flow."""

    __slots__: ClassVar = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


@final
class Deliver(Value):
    """Give this request or response to the transaction user."""

    __slots__: ClassVar = ("message",)

    def __init__(self, message: Request | Response) -> None:
        self.message = message


@final
class TimedOut(Value):
    """The peer kept silent for 64*T1."""

    __slots__: ClassVar = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason
        """`no_response` (timers B and F, or a cancelled INVITE) or `no_ack` (timer H)."""


@final
class FlowLost(Value):
    """The transport could not send; tell the transaction user."""

    __slots__: ClassVar = ()


@final
class Terminated(Value):
    """The transaction is over: remove it from the table."""

    __slots__: ClassVar = ()


Action = Send | Deliver | TimedOut | FlowLost | Terminated

NO_RESPONSE = TimedOut("no_response")
NO_ACK = TimedOut("no_ack")
FLOW_LOST = FlowLost()
TERMINATED = Terminated()
