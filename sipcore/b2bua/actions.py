"""What a call asks the shell to do, carried out in order.

None of them names the call: the shell knows which call it asked.
"""

from typing import ClassVar, final

from sipcore.b2bua.conversation import Conversant
from sipcore.b2bua.events import HandedOver, HandOver
from sipcore.b2bua.facts import CallFact
from sipcore.b2bua.leg import Leg, ServerTransaction, Use
from sipcore.kernel.flow import Flow
from sipcore.kernel.value import Value


@final
class OpenClient(Value):
    """Start a client transaction that sends `data` over `flow`."""

    __slots__: ClassVar = ("branch", "data", "flow", "method", "use")

    def __init__(self, method: bytes, branch: bytes, data: bytes, flow: Flow, use: Use) -> None:
        self.method = method
        self.branch = branch
        self.data = data
        self.flow = flow
        self.use = use


@final
class Answer(Value):
    """Offer a response to a server transaction."""

    __slots__: ClassVar = ("data", "status", "transaction")

    def __init__(self, transaction: ServerTransaction, status: int, data: bytes) -> None:
        self.transaction = transaction
        self.status = status
        self.data = data


@final
class Transmit(Value):
    """Send without a transaction: an ACK for a 2xx, or a repeated 2xx."""

    __slots__: ClassVar = ("data", "flow")

    def __init__(self, data: bytes, flow: Flow) -> None:
        self.data = data
        self.flow = flow


@final
class Expire(Value):
    """Give this INVITE 64*T1 more for its final response (RFC 3261 §9.1)."""

    __slots__: ClassVar = ("use",)

    def __init__(self, use: Use) -> None:
        self.use = use


@final
class JoinDialog(Value):
    """Requests of this dialog (Call-ID, local tag) belong to the leg from now on."""

    __slots__: ClassVar = ("key", "leg")

    def __init__(self, key: tuple[bytes, bytes], leg: Leg) -> None:
        self.key = key
        self.leg = leg


@final
class LeaveDialog(Value):
    """The dialog is over; its requests are answered 481 from now on."""

    __slots__: ClassVar = ("key",)

    def __init__(self, key: tuple[bytes, bytes]) -> None:
        self.key = key


@final
class Tell(Value):
    """Bring this event to another call."""

    __slots__: ClassVar = ("call", "event")

    def __init__(self, call: Conversant, event: HandOver | HandedOver) -> None:
        self.call = call
        self.event = event


@final
class Await(Value):
    """Tell the call when one of these accounts registers, in place of those named before."""

    __slots__: ClassVar = ("users",)

    def __init__(self, users: tuple[str, ...]) -> None:
        self.users = users


@final
class CallOver(Value):
    """Nothing is left of the call: forget it."""

    __slots__: ClassVar = ()


Action = (
    OpenClient
    | Answer
    | Transmit
    | Expire
    | JoinDialog
    | LeaveDialog
    | CallFact
    | Tell
    | Await
    | CallOver
)
"""A fact among them is for the journal."""
