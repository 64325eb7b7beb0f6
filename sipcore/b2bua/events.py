"""What happens to a call: every stimulus the shell can bring."""

from typing import ClassVar, Final, final

from sipcore.b2bua.conversation import Conversant
from sipcore.b2bua.leg import Leg, ServerTransaction, Use
from sipcore.b2bua.plan import Party
from sipcore.kernel.flow import Flow
from sipcore.kernel.value import Value
from sipcore.message.message import Request, Response
from sipcore.transaction.invite_server import InviteServer


@final
class CallerCancelled(Value):
    """A CANCEL matched an INVITE of this call, the first one or a re-INVITE."""

    __slots__: ClassVar = ("request", "transaction")

    def __init__(self, transaction: InviteServer, request: Request) -> None:
        self.transaction = transaction
        self.request = request
        """The CANCEL, which may say why (RFC 3326)."""


@final
class CallerUnreachable(Value):
    """The stream over which this INVITE came is closed: its answer cannot be delivered."""

    __slots__: ClassVar = ("transaction",)

    def __init__(self, transaction: InviteServer) -> None:
        self.transaction = transaction


@final
class StreamClosed(Value):
    """A stream connection over which parties of this call spoke is closed."""

    __slots__: ClassVar = ("connection",)

    def __init__(self, connection: int) -> None:
        self.connection = connection


@final
class ResponseArrived(Value):
    """A response to a request that this call sent."""

    __slots__: ClassVar = ("response", "use")

    def __init__(self, use: Use, response: Response) -> None:
        self.use = use
        self.response = response


@final
class NoResponse(Value):
    """No final response came in time (status 408) or the flow failed (status 503)."""

    __slots__: ClassVar = ("status", "use")

    def __init__(self, use: Use, status: int) -> None:
        self.use = use
        self.status = status


@final
class RequestArrived(Value):
    """A new request inside a dialog of this call; `transaction` awaits the answer."""

    __slots__: ClassVar = ("flow", "leg", "request", "transaction")

    def __init__(
        self, leg: Leg, transaction: ServerTransaction, request: Request, flow: Flow
    ) -> None:
        self.leg = leg
        self.transaction = transaction
        self.request = request
        self.flow = flow


@final
class AckArrived(Value):
    """An ACK for a 2xx."""

    __slots__: ClassVar = ("leg", "request")

    def __init__(self, leg: Leg, request: Request) -> None:
        self.leg = leg
        self.request = request


@final
class HandOver(Value):
    """Another call wants whom this leg talks to; the answer is told to that call."""

    __slots__: ClassVar = ("leg", "to")

    def __init__(self, leg: Leg, to: Conversant) -> None:
        self.leg = leg
        self.to = to
        """The other call."""


@final
class HandedOver(Value):
    """What another call gave: a leg, or None when it cannot."""

    __slots__: ClassVar = ("description", "leg")

    def __init__(self, leg: Leg | None, description: tuple[bytes, bytes]) -> None:
        self.leg = leg
        self.description = description
        """Body and Content-Type of the description that leg's phone gave last."""


NOBODY: Final = HandedOver(None, (b"", b""))
"""Nobody can be given away now."""


@final
class PickedUp(Value):
    """An INVITE with Replaces wants to take the place of this leg (RFC 3891)."""

    __slots__: ClassVar = ("leg", "party", "transaction")

    def __init__(self, leg: Leg, party: Party, transaction: InviteServer) -> None:
        self.leg = leg
        self.party = party
        self.transaction = transaction


@final
class Registered(Value):
    """An account that the present stage rings has registered, or refreshed what it had."""

    __slots__: ClassVar = ("user",)

    def __init__(self, user: str) -> None:
        self.user = user


@final
class Unregistered(Value):
    """A phone of an account that the present stage rings has unregistered, or lost its stream."""

    __slots__: ClassVar = ("contacts", "user")

    def __init__(self, user: str, contacts: tuple[bytes, ...]) -> None:
        self.user = user
        self.contacts = contacts
        """Where it was rung, as Request-URIs."""


@final
class NotWoken(Value):
    """No push has reached an account that was to be woken; `reason` says why."""

    __slots__: ClassVar = ("reason", "user")

    def __init__(self, user: str, reason: str) -> None:
        self.user = user
        self.reason = reason


@final
class Dismissed(Value):
    """The operator or the end of the program ends the call."""

    __slots__: ClassVar = ()


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
    | Registered
    | Unregistered
    | NotWoken
    | Dismissed
)
