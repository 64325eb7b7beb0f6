"""What a transaction asks of its shell; carried out in order.

Slots objects rather than named tuples or frozen dataclasses: a third of the cost to make, and two
kinds with the same content never compare equal.
"""

from dataclasses import dataclass

from sipcore.message.message import Request, Response


@dataclass(slots=True)
class Send:
    """Put these bytes on the transaction's flow."""

    data: bytes


@dataclass(slots=True)
class Deliver:
    """Give this request or response to the transaction user."""

    message: Request | Response


@dataclass(slots=True)
class TimedOut:
    """The peer kept silent for 64*T1."""

    reason: str
    """`no_response` (timers B and F, or a cancelled INVITE) or `no_ack` (timer H)."""


@dataclass(slots=True)
class FlowLost:
    """The transport could not send; tell the transaction user."""


@dataclass(slots=True)
class Terminated:
    """The transaction is over: remove it from the table."""


Action = Send | Deliver | TimedOut | FlowLost | Terminated

NO_RESPONSE = TimedOut("no_response")
NO_ACK = TimedOut("no_ack")
FLOW_LOST = FlowLost()
TERMINATED = Terminated()
