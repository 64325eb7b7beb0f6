"""Leg: one side of a call with its dialogs; Use: one request we sent on it, and why."""

from enum import Enum, auto
from math import inf
from typing import ClassVar, Final, final

from sipcore.b2bua.plan import Party
from sipcore.b2bua.ports import Route
from sipcore.dialog.dialog import Dialog, Opening
from sipcore.dialog.reach import flow_towards, way_to
from sipcore.dialog.session_timer import SessionPolicy, SessionTimer
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.kernel.value import Value
from sipcore.message.demands import Demands
from sipcore.message.message import Request, Response
from sipcore.transaction.invite_client import InviteClient
from sipcore.transaction.invite_server import InviteServer
from sipcore.transaction.non_invite_client import NonInviteClient
from sipcore.transaction.non_invite_server import NonInviteServer

ServerTransaction = InviteServer | NonInviteServer
ClientTransaction = InviteClient | NonInviteClient

NO_WAY: Final = 503
"""Status of a request of ours that could not be sent, or whose stream broke: unlike 408 and 481 it
says nothing of the dialog (RFC 3261 §8.1.3.1, §12.2.1.2). A party that stays away is missed by
`Absences`, or when its session expires."""
MAX_EARLY: Final = 8
"""Early dialogs that one INVITE of ours may form; more than a forking proxy ever sends."""


class LegState(Enum):
    """Where a leg is in its life."""

    CALLING = auto()
    """INVITE sent or received, no final response yet."""
    RELEASING = auto()
    """Nobody wants the leg any more: CANCEL is due or sent, the final response is awaited."""
    CONFIRMING = auto()
    """A telephone has answered; it counts once a key is pressed (G04)."""
    TALKING = auto()
    """A 2xx was exchanged."""
    CLOSING = auto()
    """Our BYE is sent; its answer is awaited (the Mortal state of RFC 5407 §2)."""
    ENDED = auto()


class Leg:
    """One side of a call. Number 0 is the caller's; B-legs count from 1.

    To the caller this server is like a forking proxy: each phone that sends a session description
    before it answers gives the caller an early dialog of its own. Every one of those is a leg with
    number 0, and `peer` says which phone is at the other end.
    """

    __slots__ = (
        "account",
        "alerted",
        "confirms",
        "description",
        "dialog",
        "early",
        "flow",
        "invite",
        "number",
        "offering",
        "party",
        "peer",
        "peer_tag",
        "rang",
        "reliable",
        "route",
        "stage",
        "state",
        "takes_update",
        "timer",
    )

    def __init__(
        self,
        number: int,
        party: Party,
        flow: Flow,
        *,
        route: Route | None = None,
        stage: int = -1,
        confirms: bool = False,
    ) -> None:
        self.number = number
        self.party = party
        self.flow = flow
        """Where the peer is reached."""
        self.route = route
        """How a B-leg was found; None for the caller's leg."""
        self.account = "" if route is None else route.account
        """The account of one visit alone with which the phone registered; empty: its own."""
        self.stage = stage
        self.confirms = confirms
        """Whether its answer counts only after a key (G04)."""
        self.state = LegState.CALLING
        self.dialog: Dialog | None = None
        """The caller's from the start, a B-leg's from its 2xx on."""
        self.early: dict[bytes, Response | Dialog] | None = None
        """A B-leg's early dialogs by remote tag; only the response until the dialog is needed."""
        self.reliable: dict[bytes, int] | None = None
        """RSeq of the last reliable provisional response by remote tag (RFC 3262 §4)."""
        self.invite: Use | None = None
        """The INVITE that started a B-leg."""
        self.rang = False
        """Whether the peer told that it rings."""
        self.alerted = False
        """Whether it told so with 180, as a gateway does only when the telephone rings."""
        self.offering: Use | None = None
        """A re-INVITE, UPDATE or PRACK with an offer that we sent on this leg and that is
        unanswered."""
        self.peer: Leg | None = None
        """The leg at the other end, once they are joined."""
        self.peer_tag = b""
        """Remote tag of the peer's early dialog that this leg of the caller stands for."""
        self.timer: SessionTimer | None = None
        """Session timer, once a 2xx was exchanged or a 422 came."""
        self.takes_update: bool | None = None
        """Whether the phone on this leg knows UPDATE (RFC 3311 §4); None when it never said."""
        self.description = (b"", b"")
        """Body and Content-Type of the session description that we sent last on this leg."""

    @property
    def is_caller(self) -> bool:
        """Whether this is the A-leg."""
        return self.number == 0

    def timer_of(self, policy: SessionPolicy) -> SessionTimer:
        """The session timer of this leg, from now on at the latest."""
        if self.timer is None:
            self.timer = SessionTimer(policy)
        return self.timer

    def follow(self, source: Flow) -> None:
        """The peer spoke over this flow or named a new contact: reach it there from now on."""
        if self.dialog is not None:
            self.flow = self.dialog.flow = reach_of(self.dialog, source)

    def refresh_target(self, dialog: Dialog, request: Request, source: Flow) -> None:
        """A 2xx of ours accepts a request that came over `source` in one of the leg's dialogs: the
        contact it names counts from now on."""
        moved = dialog.refresh_target(request)
        if moved and dialog is self.dialog and source.connection == self.flow.connection:
            self.follow(source)

    def turn_to_contact(self) -> None:
        """The peer's connection is gone: reach it at its contact, if it can be connected to.

        With a route set that is the first proxy (RFC 3261 §8.1.2); a provider is where it was.
        """
        dialog = self.dialog
        if dialog is None:
            return
        way = self._way_to_provider()
        if way is None:
            way = way_to(dialog.next_hop, self.flow, is_server=not self.party.is_account)
        if way is not None:
            self.flow = dialog.flow = way

    def _way_to_provider(self) -> Flow | None:
        """Where a trunk was connected to at the host that spoke last; None for phones."""
        route = self.route
        if route is None or route.trunk is None:
            return None
        for flow in (route.flow, *route.alternatives, *route.large):
            if (flow.host, flow.transport) == (self.flow.host, self.flow.transport):
                return flow
        return None

    def take_early(self, response: Response) -> bool:
        """Note the early dialog of a provisional response; True when it is the first of the leg."""
        tag = response.to_tag
        if not tag or self.dialog is not None:
            return False
        if self.early is None:
            self.early = {tag: response}
            return True
        if tag not in self.early and len(self.early) < MAX_EARLY:
            self.early[tag] = response
        return False

    def is_next(self, tag: bytes, number: int) -> bool:
        """Whether a reliable response is the next one of its early dialog (RFC 3262 §4)."""
        known = self.reliable
        if known is None:
            known = self.reliable = {}
        last = known.get(tag)
        if (last is not None and number != last + 1) or (last is None and len(known) >= MAX_EARLY):
            return False
        known[tag] = number
        return True

    def dialog_with(self, remote_tag: bytes) -> Dialog | None:
        """The dialog, early or confirmed, whose other side has this tag."""
        dialog = self.dialog
        if dialog is not None and dialog.remote_tag == remote_tag:
            return dialog
        early = None if self.early is None else self.early.get(remote_tag)
        if early is None or isinstance(early, Dialog):
            return early
        assert self.early is not None  # noqa: S101 - for mypy: it was looked up there
        if self.invite is None or self.invite.opening is None:
            return None
        try:
            made = Dialog.from_response(self.invite.opening, self.invite.cseq, early, self.flow)
        except BadMessage:
            del self.early[remote_tag]
            return None
        made.flow = reach_of(made, self.flow)
        self.early[remote_tag] = made
        return made


@final
class End(Value):
    """One end of a conversation: a leg and the dialog of it that is meant."""

    __slots__: ClassVar = ("dialog", "leg")

    def __init__(self, leg: Leg, dialog: Dialog) -> None:
        self.leg = leg
        self.dialog = dialog


class Purpose(Enum):
    """Why a request was sent."""

    INVITE = auto()
    """The INVITE that starts a B-leg."""
    CANCEL = auto()
    """Withdraws an INVITE; its own outcome changes nothing (RFC 3261 §9.1)."""
    PRACK = auto()
    """Acknowledges a provisional response that nobody else will; its outcome changes nothing."""
    BYE = auto()
    """Ends a dialog."""
    FORWARD = auto()
    """Carries a request of the other leg across the call."""
    NOTIFY = auto()
    """Tells what becomes of a transfer; its outcome may end that (RFC 6665 §4.2.2)."""
    JOIN = auto()
    """A re-INVITE that brings two legs together after a transfer."""
    REFRESH = auto()
    """Keeps the session of one leg alive (RFC 4028 §10)."""
    PROBE = auto()
    """Asks a party that was long away whether it is still there."""


class Use:
    """What a client transaction was opened for: its owner, so that its outcome finds its place."""

    __slots__ = (
        "acks",
        "alternatives",
        "attempts",
        "authorization",
        "branch",
        "cancel_lines",
        "cancelled",
        "cseq",
        "data",
        "delayed_offer",
        "demands",
        "dialog",
        "flow",
        "gives_up_at",
        "has_offer",
        "heard",
        "is_open",
        "leg",
        "method",
        "opening",
        "opens",
        "parted",
        "patience",
        "purpose",
        "sender",
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
        self.attempts = 0
        """How often it was sent again with a longer session interval."""
        self.alternatives: tuple[Flow, ...] = ()
        """Where the request goes next when it gets no response (RFC 3263 §4.3)."""
        self.patience: float | None = None
        """Seconds until another flow is tried when there is no response; None: timer B."""
        self.authorization = b""
        """Credentials lines, repeated in the ACK (RFC 3261 §22.1)."""
        self.demands: Demands | None = None
        """The challenges that they answer."""
        self.source: ServerTransaction | None = None
        """The other leg's request that is being carried across, waiting for an answer."""
        self.sender: Leg | None = None
        """The leg that request came from."""
        self.has_offer = True
        """False when an INVITE went out without a body: the answer then travels in the ACK."""
        self.delayed_offer: Response | None = None
        """The 2xx with the offer whose answer is awaited in the other leg's ACK."""
        self.acks: dict[bytes, tuple[bytes, Flow]] | None = None
        """To tag of each 2xx → the ACK it got, sent again when the 2xx is repeated (§13.2.2.4)."""
        self.parted: dict[bytes, Response | Dialog] | None = None
        """Early dialogs of the leg that are over, by remote tag, if one has carried requests."""
        self.heard = False
        """Whether a provisional response came: from then on CANCEL may be sent (§9.1)."""
        self.gives_up_at = inf
        """Timer C of a re-INVITE that is carried across (RFC 3261 §16.6 step 11)."""
        self.cancel_lines: tuple[bytes, ...] = ()
        """Reason lines for the CANCEL; empty as long as the INVITE is wanted."""
        self.cancelled = False
        """Whether the CANCEL was sent."""
        self.opens = False
        """Whether it carries the end of a door code."""
        self.is_open = False
        """Whether a final response or the end of its transaction is still to come."""
        self.transaction: ClientTransaction | None = None
        """Set by the shell when the transaction is open."""

    def found_nobody(self, status: int) -> bool:
        """Whether an INVITE that got no response is to go elsewhere: there was no way, or no word.

        Without a transaction it never went out: our own table is full.
        """
        return self.transaction is not None and (status == NO_WAY or not self.heard)

    def rest(self) -> None:
        """The transaction is over: the leg that an INVITE has made needs it no longer.

        Until then repeated 2xx come, which want the same ACK again (RFC 3261 §13.2.2.4).
        """
        leg = self.leg
        if leg.invite is self and leg.state is LegState.TALKING and leg.early is None:
            leg.invite = None


def reach_of(dialog: Dialog, source: Flow) -> Flow:
    """Where requests inside the dialog go, given the flow its peer spoke over.

    With a route set the peer is a proxy, and the flow is the proxy's.
    """
    return source if dialog.route_set else flow_towards(dialog.remote_target, source)
