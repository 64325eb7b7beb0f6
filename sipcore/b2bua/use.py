"""Use: what a client transaction of a call was opened for, so that its outcome finds its place."""

from enum import Enum, auto
from typing import TYPE_CHECKING

from sipcore.transaction.invite_client import InviteClient
from sipcore.transaction.invite_server import InviteServer
from sipcore.transaction.non_invite_client import NonInviteClient
from sipcore.transaction.non_invite_server import NonInviteServer

if TYPE_CHECKING:
    from sipcore.b2bua.call import Call
    from sipcore.b2bua.leg import Leg


class Purpose(Enum):
    """Why a request was sent."""

    INVITE = auto()
    """The INVITE that starts a B-leg."""
    CANCEL = auto()
    """Withdraws an INVITE; its own outcome changes nothing (RFC 3261 §9.1)."""
    BYE = auto()
    """Ends a leg; its own outcome changes nothing."""
    FORWARD = auto()
    """Carries a request of the other leg across the call."""
    FORWARD_INVITE = auto()
    """Carries a re-INVITE of the other leg across the call."""


class Use:
    """Owner of a client transaction."""

    __slots__ = (
        "acks",
        "branch",
        "call",
        "cancelled",
        "cseq",
        "data",
        "has_offer",
        "leg",
        "purpose",
        "source",
        "transaction",
    )

    def __init__(self, call: "Call", leg: "Leg", purpose: Purpose) -> None:
        self.call = call
        self.leg = leg
        """The leg the request was sent on."""
        self.purpose = purpose
        self.source: InviteServer | NonInviteServer | None = None
        """The other leg's request that is being carried across, waiting for an answer."""
        self.data = b""
        """The INVITE as sent; CANCEL is made from it."""
        self.branch = b""
        self.cseq = 0
        self.has_offer = True
        """False when the INVITE went out without a body: the answer then travels in the ACK."""
        self.acks: dict[bytes, bytes] = {}
        """To tag of each 2xx → the ACK it got, sent again when the 2xx is repeated (§13.2.2.4)."""
        self.cancelled = False
        self.transaction: InviteClient | NonInviteClient | None = None
        """Set by the shell when the transaction is open."""
