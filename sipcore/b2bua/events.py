"""What happens to a call: every stimulus the shell can bring."""

from typing import TYPE_CHECKING, NamedTuple

from sipcore.b2bua.use import Use
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from sipcore.transaction.invite_server import InviteServer
from sipcore.transaction.non_invite_server import NonInviteServer

if TYPE_CHECKING:
    from sipcore.b2bua.leg import Leg


class CallerCancelled(NamedTuple):
    """A CANCEL matched an INVITE of this call, the first one or a re-INVITE."""

    transaction: InviteServer


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

    leg: "Leg"
    transaction: InviteServer | NonInviteServer
    request: Request
    flow: Flow


class AckArrived(NamedTuple):
    """An ACK for a 2xx."""

    leg: "Leg"
    request: Request


class AnswerUndelivered(NamedTuple):
    """A failure answer of ours was never acknowledged, or its flow is gone."""

    transaction: InviteServer


class Dismissed(NamedTuple):
    """The operator or the end of the program ends the call."""

    reason: str


Event = (
    CallerCancelled
    | ResponseArrived
    | NoResponse
    | RequestArrived
    | AckArrived
    | AnswerUndelivered
    | Dismissed
)
