"""What happens to a call: every stimulus the shell can bring."""

from typing import NamedTuple

from sipcore.b2bua.conversation import Conversant
from sipcore.b2bua.leg import Leg, ServerTransaction, Use
from sipcore.b2bua.plan import Party
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from sipcore.transaction.invite_server import InviteServer


class CallerCancelled(NamedTuple):
    """A CANCEL matched an INVITE of this call, the first one or a re-INVITE."""

    transaction: InviteServer
    request: Request
    """The CANCEL, which may say why (RFC 3326)."""


class CallerUnreachable(NamedTuple):
    """The stream over which this INVITE came is closed: its answer cannot be delivered."""

    transaction: InviteServer


class StreamClosed(NamedTuple):
    """A stream connection over which parties of this call spoke is closed."""

    connection: int


class ResponseArrived(NamedTuple):
    """A response to a request that this call sent."""

    use: Use
    response: Response


class NoResponse(NamedTuple):
    """No final response came in time (status 408) or the flow failed (status 503)."""

    use: Use
    status: int


class RequestArrived(NamedTuple):
    """A new request inside a dialog of this call; `transaction` awaits the answer."""

    leg: Leg
    transaction: ServerTransaction
    request: Request
    flow: Flow


class AckArrived(NamedTuple):
    """An ACK for a 2xx."""

    leg: Leg
    request: Request


class HandOver(NamedTuple):
    """Another call wants whom this leg talks to; the answer is told to that call."""

    leg: Leg
    to: Conversant
    """The other call."""


class HandedOver(NamedTuple):
    """What another call gave: a leg, or None when it cannot."""

    leg: Leg | None
    description: tuple[bytes, bytes]
    """Body and Content-Type of the description that leg's phone gave last."""


class PickedUp(NamedTuple):
    """An INVITE with Replaces wants to take the place of this leg (RFC 3891)."""

    leg: Leg
    party: Party
    transaction: InviteServer


class Dismissed(NamedTuple):
    """The operator or the end of the program ends the call."""


Event = (
    CallerCancelled
    | CallerUnreachable
    | StreamClosed
    | ResponseArrived
    | NoResponse
    | RequestArrived
    | AckArrived
    | HandOver
    | HandedOver
    | PickedUp
    | Dismissed
)
