"""What the B2BUA asks of the world: planning, finding contacts, digits and the record of calls."""

from collections.abc import Iterator
from enum import Enum
from typing import ClassVar, Final, Protocol, final

from sipcore.b2bua.facts import CallFact
from sipcore.b2bua.plan import CallRequest, Party, Refusal, RingPlan, Target
from sipcore.b2bua.trunk_identity import TrunkIdentity
from sipcore.kernel.flow import Flow
from sipcore.kernel.value import Value
from sipcore.message.message import Response


class CallPlanner(Protocol):
    """Turns a dialled number into a ring plan from memory, without waiting."""

    def plan(self, request: CallRequest) -> RingPlan | Refusal:
        """Decide who rings; total: an unknown number is a Refusal, never an exception."""

    def may_pick_up(self, user: str, party: Party, at: float) -> Party | None:
        """The account as a party when it may take that party's place in a call, else None.

        `at` is the moment of it, seconds since the epoch UTC.
        """


ALL_CODECS: Final[frozenset[str]] = frozenset()
"""A trunk is offered what the caller has."""


@final
class Route(Value):
    """Where one B-leg's INVITE is sent."""

    __slots__: ClassVar = (
        "account",
        "alternatives",
        "any_error",
        "codecs",
        "fallback",
        "flow",
        "identity",
        "large",
        "path",
        "request_uri",
        "to_uri",
        "trunk",
    )

    def __init__(
        self,
        request_uri: bytes,
        flow: Flow,
        to_uri: bytes,
        identity: TrunkIdentity | None = None,
        path: tuple[bytes, ...] = (),
        trunk: str | None = None,
        alternatives: tuple[Flow, ...] = (),
        large: tuple[Flow, ...] = (),
        fallback: "Route | None" = None,
        any_error: bool = False,
        codecs: frozenset[str] = ALL_CODECS,
        account: str = "",
    ) -> None:
        self.request_uri = request_uri
        """Contact URI as registered, or the landline's URI at the trunk."""
        self.flow = flow
        """The binding's flow; for a trunk the flow towards its address."""
        self.to_uri = to_uri
        """What To says: the AOR, or the landline's URI."""
        self.identity = identity
        """Who calls, when the trunk dictates it; None for the server's own choice."""
        self.path = path
        """Path header values of the binding, sent as Route (RFC 3327 §5.3)."""
        self.trunk = trunk
        """Name of the trunk whose credentials answer a challenge."""
        self.alternatives = alternatives
        """Where else the INVITE may go, in order, when this flow brings no response.

        RFC 3263 §4.3.
        """
        self.large = large
        """All flows in order for an INVITE too large for UDP (§18.1.1); empty: as usual."""
        self.fallback = fallback
        """The way through the next trunk when this one cannot carry the call, or over the phone's
        next flow when this one fails (RFC 5626 §7)."""
        self.any_error = any_error
        """Whether any 5xx of a trunk's server sends the INVITE to the next one, not 503 alone."""
        self.codecs = codecs
        """Audio codecs that a trunk is offered, in lower case; empty: all that the caller has."""
        self.account = account
        """The account of this visit alone that registered the contact; empty: an ordinary one."""


class Locator(Protocol):
    """Finds where a target can be reached at this moment."""

    def routes(self, target: Target) -> tuple[Route, ...]:
        """Every live contact of the target; empty when nobody can be reached."""

    def why_not(self, target: Target) -> str:
        """Why the target has no routes, as a machine-readable reason."""

    def stream_beside(self, next_hop: bytes, flow: Flow) -> Flow | None:
        """Where a request that is too large for this UDP flow goes over TCP (§18.1.1).

        None when `next_hop`, the URI it is for, cannot be connected to there.
        """

    def unreachable(self, flow: Flow, seconds: float | None) -> None:
        """A request over this flow came to nothing: try others first, for so many seconds."""


class VisitContacts(Protocol):
    """Finds phones that registered for one call alone, with an account that their push carried."""

    def routes(self, call_id: str, user: str) -> tuple[Route, ...]:
        """Where phones of this account may be rung by this call and no other."""

    def hosts(self, account: str) -> tuple[str, ...]:
        """Where the phone with that account of one visit has registered from."""

    def every_host(self) -> Iterator[str]:
        """Where all such phones have registered from, whatever their call."""


class NoVisitContacts:
    """No phone registers for one call alone."""

    def routes(self, call_id: str, user: str) -> tuple[Route, ...]:
        """Nowhere."""
        return ()

    def hosts(self, account: str) -> tuple[str, ...]:
        """Nowhere."""
        return ()

    def every_host(self) -> Iterator[str]:
        """Nowhere."""
        return iter(())


NO_VISIT_CONTACTS: Final = NoVisitContacts()


class TrunkCredentials(Protocol):
    """Answers the challenges of telephone providers."""

    def authorization(
        self,
        trunk: str,
        method: bytes,
        uri: bytes,
        body: bytes,
        challenge: Response,
        count: int = 1,
    ) -> bytes | None:
        """Complete Authorization or Proxy-Authorization line; None when we have no credentials.

        `body` is that of the retried request: `auth-int` covers it (RFC 7616 §3.4.3); `count`
        counts the requests with this nonce.
        """


class Addressing(Protocol):
    """What this server calls itself on a flow."""

    domain: bytes
    """Domain of the AORs."""

    def via(self, flow: Flow, branch: bytes) -> bytes:
        """Complete Via line with the advertised sent-by, `rport` (RFC 3581) and this branch."""

    def via_and_contact(self, flow: Flow, branch: bytes, *, secure: bool) -> tuple[bytes, bytes]:
        """Both of a request over this flow that begins a dialog."""

    def contact(self, flow: Flow, *, secure: bool) -> bytes:
        """Complete Contact line that reaches this server over the same kind of flow.

        `secure`: with a SIPS URI, as the dialog demands it (RFC 3261 §8.1.1.8, §12.1.1).
        """


class DigitVerdict(Enum):
    """What becomes of digits sent in a call."""

    FORWARD = "forward"
    """Pass them to the other leg."""
    OPEN = "open"
    """Pass them too: they complete a door code, so what the door answers is worth a fact."""
    WITHHOLD = "withhold"
    """Keep them: they would open a relay that this party may not open."""


class DigitSink(Protocol):
    """Looks at in-call digits before they reach the door's leg."""

    def digits(
        self, call_id: str, sender: Party, receiver: Party, content_type: bytes, body: bytes
    ) -> DigitVerdict:
        """Recognise, authorise and log the opening of a relay; never raises."""

    def keys(self, content_type: bytes, body: bytes) -> str | None:
        """The keys `0-9*#A-D` that a body carries, of a call that no door takes part in yet.

        None when it is not about keys; empty when it is and nobody can tell which. Total.
        """

    def call_ended(self, call_id: str) -> None:
        """Forget what was kept for this call."""


class CallJournal(Protocol):
    """Takes the facts of calls for the record; must not block."""

    def record(self, fact: CallFact) -> None:
        """Keep one fact."""
