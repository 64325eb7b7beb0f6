"""Leg: one side of a call with its dialog; Use: one request we sent on it, and why."""

from enum import Enum, auto

from sipcore.b2bua.plan import Party
from sipcore.b2bua.ports import Route
from sipcore.dialog.dialog import Dialog, Opening
from sipcore.dialog.reach import flow_towards
from sipcore.kernel.flow import Flow
from sipcore.message.message import Response
from sipcore.transaction.invite_client import InviteClient
from sipcore.transaction.invite_server import InviteServer
from sipcore.transaction.non_invite_client import NonInviteClient
from sipcore.transaction.non_invite_server import NonInviteServer

ServerTransaction = InviteServer | NonInviteServer
ClientTransaction = InviteClient | NonInviteClient


class LegState(Enum):
    """Where a leg is in its life."""

    CALLING = auto()
    """INVITE sent or received, no final response yet."""
    RELEASING = auto()
    """Nobody wants the leg any more: CANCEL is due or sent, the final response is awaited."""
    TALKING = auto()
    """A 2xx was exchanged."""
    CLOSING = auto()
    """Our BYE is sent; its answer is awaited (the Mortal state of RFC 5407 §2)."""
    ENDED = auto()


class Leg:
    """One side of a call. Number 0 is the caller's; B-legs count from 1."""

    __slots__ = (
        "dialog",
        "flow",
        "invite",
        "number",
        "offering",
        "party",
        "rang",
        "route",
        "stage",
        "state",
    )

    def __init__(
        self,
        number: int,
        party: Party,
        flow: Flow,
        *,
        route: Route | None = None,
        stage: int = -1,
    ) -> None:
        self.number = number
        self.party = party
        self.flow = flow
        """Where the peer is reached."""
        self.route = route
        """How a B-leg was found; None for the caller's leg."""
        self.stage = stage
        self.state = LegState.CALLING
        self.dialog: Dialog | None = None
        """The caller's from the start, a B-leg's from its 2xx on."""
        self.invite: Use | None = None
        """The INVITE that started a B-leg."""
        self.rang = False
        """Whether the peer told that it rings."""
        self.offering: Use | None = None
        """A re-INVITE or UPDATE with an offer that we sent on this leg and that is unanswered."""

    @property
    def is_caller(self) -> bool:
        """Whether this is the A-leg."""
        return self.number == 0

    def follow(self, source: Flow) -> None:
        """The peer spoke over this flow or named a new contact: reach it there from now on."""
        if self.dialog is not None:
            self.flow = self.dialog.flow = reach_of(self.dialog, source)


class Purpose(Enum):
    """Why a request was sent."""

    INVITE = auto()
    """The INVITE that starts a B-leg."""
    CANCEL = auto()
    """Withdraws an INVITE; its own outcome changes nothing (RFC 3261 §9.1)."""
    BYE = auto()
    """Ends a dialog."""
    FORWARD = auto()
    """Carries a request of the other leg across the call."""


class Use:
    """What a client transaction was opened for: its owner, so that its outcome finds its place."""

    __slots__ = (
        "acks",
        "authorization",
        "branch",
        "cancel_line",
        "cancelled",
        "cseq",
        "data",
        "delayed_offer",
        "dialog",
        "flow",
        "has_offer",
        "heard",
        "is_open",
        "leg",
        "method",
        "opening",
        "purpose",
        "source",
        "transaction",
    )

    def __init__(
        self, leg: Leg, purpose: Purpose, method: bytes, flow: Flow, dialog: Dialog | None
    ) -> None:
        self.leg = leg
        """The leg the request was sent on."""
        self.purpose = purpose
        self.method = method
        self.flow = flow
        """Where it was sent; its CANCEL goes to the same place (RFC 3261 §9.1)."""
        self.dialog = dialog
        """The dialog it belongs to; None for the INVITE that starts a leg."""
        self.data = b""
        """The request as sent."""
        self.opening: Opening | None = None
        """What the INVITE that starts a leg puts into the dialogs it forms."""
        self.branch = b""
        self.cseq = 0
        self.authorization = b""
        """Credentials line, repeated in the ACK (RFC 3261 §22.1)."""
        self.source: ServerTransaction | None = None
        """The other leg's request that is being carried across, waiting for an answer."""
        self.has_offer = True
        """False when an INVITE went out without a body: the answer then travels in the ACK."""
        self.delayed_offer: Response | None = None
        """The 2xx with the offer whose answer is awaited in the other leg's ACK."""
        self.acks: dict[bytes, bytes] = {}
        """To tag of each 2xx → the ACK it got, sent again when the 2xx is repeated (§13.2.2.4)."""
        self.heard = False
        """Whether a provisional response came: from then on CANCEL may be sent (§9.1)."""
        self.cancel_line = b""
        """Reason line for the CANCEL; empty as long as the INVITE is wanted."""
        self.cancelled = False
        """Whether the CANCEL was sent."""
        self.is_open = False
        """Whether a final response or the end of its transaction is still to come."""
        self.transaction: ClientTransaction | None = None
        """Set by the shell when the transaction is open."""


def reach_of(dialog: Dialog, source: Flow) -> Flow:
    """Where requests inside the dialog go, given the flow its peer spoke over.

    With a route set the peer is a proxy, and the flow is the proxy's.
    """
    return source if dialog.route_set else flow_towards(dialog.remote_target, source)
