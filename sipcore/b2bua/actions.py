"""What a call asks the shell to do; small tuples, carried out in order.

None of them names the call: the shell knows which call it asked.
"""

from typing import NamedTuple

from sipcore.b2bua.conversation import Conversant
from sipcore.b2bua.events import HandedOver, HandOver
from sipcore.b2bua.facts import CallFact
from sipcore.b2bua.leg import Leg, ServerTransaction, Use
from sipcore.kernel.flow import Flow


class OpenClient(NamedTuple):
    """Start a client transaction that sends `data` over `flow`."""

    method: bytes
    branch: bytes
    data: bytes
    flow: Flow
    use: Use


class Answer(NamedTuple):
    """Offer a response to a server transaction."""

    transaction: ServerTransaction
    status: int
    data: bytes


class Transmit(NamedTuple):
    """Send without a transaction: an ACK for a 2xx, or a repeated 2xx."""

    data: bytes
    flow: Flow


class Expire(NamedTuple):
    """Give this INVITE 64*T1 more for its final response (RFC 3261 §9.1)."""

    use: Use


class JoinDialog(NamedTuple):
    """Requests of this dialog (Call-ID, local tag) belong to the leg from now on."""

    key: tuple[bytes, bytes]
    leg: Leg


class LeaveDialog(NamedTuple):
    """The dialog is over; its requests are answered 481 from now on."""

    key: tuple[bytes, bytes]


class Record(NamedTuple):
    """A fact for the journal."""

    fact: CallFact


class Tell(NamedTuple):
    """Bring this event to another call."""

    call: Conversant
    event: HandOver | HandedOver


class CallOver(NamedTuple):
    """Nothing is left of the call: forget it."""


Action = (
    OpenClient | Answer | Transmit | Expire | JoinDialog | LeaveDialog | Record | Tell | CallOver
)
