"""A whole endpoint on a wire of lists: what it is sent goes in, what it sends is kept.

The endpoint is the real one, with real machines and a real timer wheel; only the sockets, the
clock, the randomness and the ports are doubles.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from sipcore.b2bua.call_ports import CallPorts
from sipcore.b2bua.facts import CallFact
from sipcore.b2bua.plan import CallRequest, Party, Refusal, RingPlan, RingStage, Target
from sipcore.b2bua.policy import USUAL
from sipcore.b2bua.ports import DigitVerdict, Route
from sipcore.b2bua.trunk_identity import TrunkIdentity
from sipcore.capture.tap import CaptureTap
from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.endpoint import SipEndpoint
from sipcore.endpoint.ports import EndpointPorts
from sipcore.endpoint.settings import BoundListener, EndpointSettings, ListenAddress
from sipcore.endpoint.switchboard import SendBytes
from sipcore.events.package import Sight
from sipcore.events.rules import Denial, Permission
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response, parse
from sipcore.paging.recipients import Envelope
from sipcore.registrar.binding import BindingChanged, BindingRemoved, Changes
from sipcore.registrar.digest import Authenticated, Challenged
from sipcore.registrar.local_names import LocalNames
from sipcore.registrar.location import Location
from sipcore.registrar.outcome import Rejected
from tests.support.clock import ManualClock
from tests.support.entropy import SequenceEntropy
from tests.support.peers import (
    ANSWER_SDP,
    SDP,
    ack,
    in_dialog_of_callee,
    in_dialog_of_caller,
    invite,
    reply,
)
from tests.support.registration import RegistrarBench, binding

Sent = list[tuple[Request | Response, Flow]]
"""What an endpoint sent, and over which flows."""

DOMAIN = "doorline.test"
DOOR = Flow("UDP", 0, "192.0.2.1", 5062)
MONITOR = Flow("UDP", 0, "192.0.2.11", 5060)
APP = Flow("UDP", 0, "192.0.2.12", 5060)
DOOR_PARTY = Party(
    "door", "1000000001", "Main Door", site_id=1, device_id=1, may_hide=False, takes_text=False
)


class Journal:
    """Keeps the facts."""

    def __init__(self) -> None:
        self.facts: list[CallFact] = []

    def record(self, fact: CallFact) -> None:
        """Keep one fact."""
        self.facts.append(fact)

    @property
    def names(self) -> list[str]:
        """Class names of the facts, in order."""
        return [type(fact).__name__ for fact in self.facts]


class ScriptedDigits:
    """DigitSink that says what the test told it to."""

    def __init__(self) -> None:
        self.verdict = DigitVerdict.FORWARD
        self.seen: list[tuple[str, str, bytes]] = []
        self.ended: list[str] = []

    def digits(
        self, call_id: str, sender: Party, receiver: Party, content_type: bytes, body: bytes
    ) -> DigitVerdict:
        """Keep who sent what to whom."""
        self.seen.append((sender.user, receiver.user, body))
        return self.verdict

    def keys(self, content_type: bytes, body: bytes) -> str | None:
        """What the body says, in the plainest spelling."""
        return body.decode().strip() if content_type.startswith(b"application/dtmf") else None

    def call_ended(self, call_id: str) -> None:
        """Keep the call."""
        self.ended.append(call_id)


class Contacts:
    """Locator over a dictionary of account → flows."""

    def __init__(self) -> None:
        self.flows: dict[str, list[Flow]] = {}
        self.failed: list[tuple[Flow, float | None]] = []
        self.trunk: tuple[Flow, ...] = ()
        """Servers of the trunk that carries every target without flows of its own."""
        self.identity: TrunkIdentity | None = None
        """Who calls through the trunk."""
        self.fallback: Route | None = None
        """The way through the next trunk, or over the next flow of every phone."""
        self.any_error = False
        """Whether any 5xx of a server of the trunk sends a call to the next one."""
        self.large: tuple[Flow, ...] = ()
        """What every route says about requests too large for UDP."""
        self.streams: dict[Flow, Flow] = {}
        """Places that are reached over UDP → the same over TCP, as far as it may be tried."""
        self.next_hops: list[bytes] = []
        """What such a place was asked for."""

    def why_not(self, target: Target) -> str:
        """Nobody is there."""
        return "not_registered"

    def stream_beside(self, next_hop: bytes, flow: Flow) -> Flow | None:
        """What the test has set, until it failed."""
        self.next_hops.append(next_hop)
        stream = self.streams.get(flow)
        return None if (stream, None) in self.failed else stream

    def unreachable(self, flow: Flow, seconds: float | None) -> None:
        """Keep what failed."""
        self.failed.append((flow, seconds))

    def use(self, addressing: LocalAddressing) -> None:
        """Nothing to learn."""

    def routes(self, target: Target) -> tuple[Route, ...]:
        """One route per flow."""
        user = target.party.user
        aor = f"sip:{user}@{DOMAIN}".encode()
        if self.trunk and user not in self.flows:
            first, *others = self.trunk
            number = f"sip:{user}@provider.test".encode()
            return (
                Route(
                    number,
                    first,
                    number,
                    identity=self.identity,
                    trunk="provider",
                    alternatives=tuple(others),
                    fallback=self.fallback,
                    any_error=self.any_error,
                ),
            )
        return tuple(
            Route(
                f"sip:{user}@{flow.host}:{flow.port}".encode(),
                flow,
                aor,
                trunk=target.trunk,
                large=self.large,
                fallback=self.fallback,
            )
            for flow in self.flows.get(user, ())
        )


class Challenges:
    """Trunk credentials: none, or one fixed line."""

    def __init__(self) -> None:
        self.line: bytes | None = None

    def authorization(
        self,
        trunk: str,
        method: bytes,
        uri: bytes,
        body: bytes,
        challenge: Response,
        count: int = 1,
    ) -> bytes | None:
        """The line the test has set."""
        return self.line


class ScriptedWaker:
    """Waker that keeps what it is asked."""

    def __init__(self) -> None:
        self.woken: list[tuple[str, float]] = []
        """Account, and for how many seconds it rings."""
        self.callers: list[Party] = []
        self.called_off: list[tuple[str, str]] = []
        """Account and reason."""
        self.answers: list[tuple[str, bytes]] = []
        """Account and contact."""
        self.accounts: list[str] = []
        """With what each of them had registered for the call alone; empty: with its own."""

    def can_wake(self, user: str) -> bool:
        """Everybody can be woken."""
        return True

    def wake(self, call_id: str, party: Party, caller: Party, seconds: float) -> None:
        """Keep whom."""
        self.woken.append((party.user, seconds))
        self.callers.append(caller)

    def call_off(self, call_id: str, user: str, reason: str) -> None:
        """Keep whom."""
        self.called_off.append((user, reason))

    def answered(self, call_id: str, user: str, contact: bytes, account: str = "") -> None:
        """Keep who answered where."""
        self.answers.append((user, contact))
        self.accounts.append(account)


class ScriptedVisits:
    """VisitContacts over a dictionary of call → routes, whoever is meant."""

    def __init__(self) -> None:
        self.by_call: dict[str, list[Route]] = {}

    def register(self, call_id: str, flow: Flow, account: str = "visit-1") -> None:
        """A phone registers for one call alone."""
        contact = f"sip:app@{flow.host}:{flow.port}".encode()
        route = Route(contact, flow, b"sip:app@doorline.test", account=account)
        self.by_call.setdefault(call_id, []).append(route)

    def routes(self, call_id: str, user: str) -> tuple[Route, ...]:
        """What the test has set."""
        return tuple(self.by_call.get(call_id, ()))

    def hosts(self, account: str) -> tuple[str, ...]:
        """Where routes with that account lead."""
        routes = [route for some in self.by_call.values() for route in some]
        return tuple(route.flow.host for route in routes if route.account == account)

    def every_host(self) -> Iterator[str]:
        """Where any routes lead."""
        return (route.flow.host for some in self.by_call.values() for route in some)


class Gate:
    """Authenticator that believes the From header, unless the test says otherwise."""

    def __init__(self) -> None:
        self.outcome: Authenticated | Challenged | Rejected | None = None
        self._last = b""

    def authenticate(
        self, request: Request, now: float, *, proxy: bool = False, flow: Flow | None = None
    ) -> Authenticated | Challenged | Rejected:
        """Authenticated as whoever From says."""
        is_repeat, self._last = request.raw == self._last, request.raw
        holder = Holder(request.from_.uri.decoded_user)
        return self.outcome or Authenticated(holder, is_repeat)


class Holder:
    """A credential that needs no password."""

    enabled = True

    def __init__(self, user: str) -> None:
        self.user = user

    def ha1(self, algorithm: str) -> bytes:
        return b""


class FixedPlanner:
    """Answers every request with the same stages."""

    def __init__(self, stages: tuple[RingStage, ...]) -> None:
        self.stages = stages
        self.refusal: Refusal | None = None
        self.asked: list[CallRequest] = []
        self.policy = USUAL
        self.caller_kind = ""
        """Kind of whoever calls; empty for the door."""
        self.pickers: set[str] = set()
        """Users that may pick up."""

    def plan(self, request: CallRequest) -> RingPlan | Refusal:
        """The stages the test has set."""
        self.asked.append(request)
        if self.refusal is not None:
            return self.refusal
        caller = DOOR_PARTY
        if self.caller_kind:
            caller = Party(self.caller_kind, request.caller_user, request.caller_user, site_id=1)
        return RingPlan(
            "test",
            caller,
            request.dialled,
            self.stages,
            is_visit=True,
            policy=self.policy,
        )

    def may_pick_up(self, user: str, party: Party, at: float) -> Party | None:
        """Whoever the test allows."""
        return Party("guard", user, user, site_id=1) if user in self.pickers else None


class OpenWatching:
    """WatchRules: everybody sees everything, unless the test says otherwise."""

    def __init__(self) -> None:
        self.denied: dict[tuple[str, str], int] = {}
        """Status by watcher and watched account."""
        self.sight = Sight.FULL

    def watch(self, watcher: str, target: str, package: str) -> Permission | Denial:
        """What the test has set."""
        status = self.denied.get((watcher, target))
        return Permission(target, self.sight) if status is None else Denial(status)


class Addressees:
    """Recipients over a dictionary of number → accounts."""

    def __init__(self) -> None:
        self.numbers: dict[str, tuple[str, ...]] = {}

    def envelope(self, sender: str, dialled: str) -> Envelope | Refusal:
        """The accounts the test has set for the number; 404 when there are none."""
        users = self.numbers.get(dialled)
        known = Party("indoor", sender, f"The {sender}", site_id=1)
        if users is None:
            return Refusal(404, "unknown_number", known, dialled)
        return Envelope(known, tuple(Party("indoor", user, site_id=1) for user in users))


class WiredEndpoint(SipEndpoint):
    """SipEndpoint without sockets, until the wire is told to listen."""

    wire: "Wire"

    def send(self, data: bytes, flow: Flow) -> bool:
        """Keep what would go out; flows the test broke refuse."""
        if self.wire.has_sockets:
            return super().send(data, flow)
        return self.wire.send(data, flow)

    def _way_out(self) -> SendBytes:
        return self.send

    @property
    def ports(self) -> CallPorts:
        """What the next call asks of the world."""
        return self.admission.ports

    @ports.setter
    def ports(self, ports: CallPorts) -> None:
        self.admission.ports = ports


def stage(name: str, *users: str, timeout: float = 30.0, kind: str = "indoor") -> RingStage:
    """A stage that rings these accounts."""
    is_account = kind != "landline"
    parties = [Party(kind, user, user, is_account=is_account) for user in users]
    return RingStage(name, tuple(Target(party) for party in parties), timeout)


class Wire:
    """The endpoint and everything it ever sent."""

    def __init__(
        self,
        *stages: RingStage,
        contacts: Mapping[str, list[Flow]] | None = None,
        tap: CaptureTap | None = None,
    ) -> None:
        self.clock = ManualClock()
        self.journal = Journal()
        self.digits = ScriptedDigits()
        self.contacts = Contacts()
        self.contacts.flows.update(contacts or {})
        self.challenges = Challenges()
        self.gate = Gate()
        self.waker = ScriptedWaker()
        self.visits = ScriptedVisits()
        self.planner = FixedPlanner(stages)
        self.broken: set[Flow] = set()
        self.has_sockets = False
        self._sent: list[tuple[Request | Response, Flow]] = []
        self.watching = OpenWatching()
        self.addressees = Addressees()
        self.location = Location()
        entropy = SequenceEntropy()
        ports = EndpointPorts(
            names=LocalNames(DOMAIN, any_address=True),
            registrar=RegistrarBench().registrar,
            location=self.location,
            authenticator=self.gate,
            planner=self.planner,
            locator=self.contacts,  # type: ignore[arg-type]
            challenges=self.challenges,  # type: ignore[arg-type]
            digits=self.digits,
            journal=self.journal,
            watching=self.watching,
            correspondence=self.addressees,
            clock=self.clock,
            entropy=entropy,
            tap=tap,
            waker=self.waker,
            visits=self.visits,
        )
        self.endpoint = WiredEndpoint(EndpointSettings(DOMAIN, "", ()), ports)
        self.endpoint.wire = self
        self.endpoint.addressing.listeners = (BoundListener("UDP", "192.0.2.100", 5060),)

    async def listen(self, *addresses: ListenAddress) -> tuple[BoundListener, ...]:
        """Serve on real sockets from now on; time still stands still unless the test moves it."""
        self.has_sockets = True
        self.endpoint.settings = replace(self.endpoint.settings, listen=addresses)
        bound = await self.endpoint.start()
        # A clock moved by hand would look like a loop that is late by as much, and what a test asks
        # after it would be shed as in an overload.
        self.endpoint._pulse.stop()
        return bound

    def send(self, data: bytes, flow: Flow) -> bool:
        """What the endpoint sends."""
        if flow in self.broken:
            return False
        if data.strip():  # else a connection is opened
            self._sent.append((parse(data), flow))
        return True

    def receive(self, data: bytes, flow: Flow) -> list[tuple[Request | Response, Flow]]:
        """Let a message arrive; returns what is sent in reaction."""
        self.endpoint.reception.take(data, flow)
        return self.taken()

    def register(self, user: str, flow: Flow) -> list[tuple[Request | Response, Flow]]:
        """Let an account register from there; returns what is sent a tick later."""
        if flow not in self.contacts.flows.setdefault(user, []):
            self.contacts.flows[user].append(flow)
        made = binding(f"sip:{user}@{flow.host}:{flow.port}", user=user, flow=flow)
        self.location.apply(user, Changes((made,), (BindingChanged(made),)))
        return self.advance(0.021)

    def unregister(
        self, user: str, flow: Flow, reason: str = "unregistered"
    ) -> list[tuple[Request | Response, Flow]]:
        """Let an account lose its phone there; returns what is sent a tick later."""
        self.contacts.flows[user] = [one for one in self.contacts.flows[user] if one != flow]
        made = binding(f"sip:{user}@{flow.host}:{flow.port}", user=user, flow=flow)
        self.location.apply(user, Changes((), (BindingRemoved(made, reason),)))
        return self.advance(0.021)

    def advance(self, seconds: float, step: float = 0.02) -> list[tuple[Request | Response, Flow]]:
        """Let time pass in steps; returns what is sent meanwhile."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            if not len(self.endpoint.switchboard.wheel):
                self.clock.advance(end - self.clock.monotonic())
                break
            self.clock.advance(min(step, end - self.clock.monotonic()))
            self.endpoint.switchboard.wheel.advance(self.clock.monotonic())
        return self.taken()

    @property
    def remains(self) -> dict[str, int]:
        """What the endpoint still keeps in memory; empty when it keeps nothing."""
        board = self.endpoint.switchboard
        kept = {
            "calls": len(board.calls),
            "dialogs": len(board.dialogs),
            "transactions": len(board.table),
            "timers": len(board.wheel),
            "subscriptions": self.endpoint.subscriptions,
            "messages": len(self.endpoint.messenger),
            "arrivals": len(board.arrivals),
        }
        return {name: count for name, count in kept.items() if count}

    def taken(self) -> list[tuple[Request | Response, Flow]]:
        """What was sent since the last look."""
        sent, self._sent = self._sent, []
        return sent


def requests(sent: list[tuple[Request | Response, Flow]], method: bytes) -> list[Request]:
    """The requests with this method among what was sent."""
    return [m for m, _ in sent if isinstance(m, Request) and m.method == method]


def responses(
    sent: list[tuple[Request | Response, Flow]], matching: Callable[[Response], bool] | None = None
) -> list[Response]:
    """The responses among what was sent."""
    return [m for m, _ in sent if isinstance(m, Response) and (matching is None or matching(m))]


def sent_to(
    sent: list[tuple[Request | Response, Flow]], flow: Flow
) -> list[tuple[bytes | int, bytes]]:
    """Method or status, and the method of CSeq, of everything that went over this flow."""
    return [
        (m.method if isinstance(m, Request) else m.status, m.cseq.method)
        for m, over in sent
        if over == flow
    ]


class Talk(NamedTuple):
    """A call that the monitor answered."""

    wire: Wire
    leg: Request
    """The INVITE the monitor got."""
    answer: Response
    """The 200 the door got."""

    def door(
        self,
        method: str,
        *,
        cseq: int = 2,
        branch: str = "",
        body: bytes = b"",
        kind: str = "",
        extra: tuple[str, ...] = (),
    ) -> bytes:
        """A request of the door inside the call."""
        return in_dialog_of_caller(
            method,
            self.answer,
            DOOR,
            cseq=cseq,
            branch=branch or f"z9hG4bKdoor{cseq}{method}",
            body=body,
            content_type=kind or ("application/sdp" if body else ""),
            extra=extra,
        )

    def monitor(
        self,
        method: str,
        *,
        cseq: int = 1,
        branch: str = "",
        body: bytes = b"",
        kind: str = "",
        extra: tuple[str, ...] = (),
    ) -> bytes:
        """A request of the monitor inside the call."""
        return in_dialog_of_callee(
            method,
            self.leg,
            MONITOR,
            cseq=cseq,
            branch=branch or f"z9hG4bKmonitor{cseq}{method}",
            body=body,
            content_type=kind or ("application/sdp" if body else ""),
            extra=extra,
        )


def talk(
    *,
    offer: bytes = SDP,
    answer: bytes = ANSWER_SDP,
    acknowledged: bool = True,
    asked: tuple[str, ...] = (),
    told: tuple[str, ...] = (),
) -> Talk:
    """Door and monitor talk; without `acknowledged` the ACK of the door is still on its way.

    `asked` and `told` are further header lines of the door's INVITE and of the monitor's 200.
    """
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR, body=offer, extra=asked), DOOR), b"INVITE")
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
    data = reply(leg, 200, body=answer, flow=MONITOR, extra=told)
    (answered,) = responses(wire.receive(data, MONITOR))
    if acknowledged:
        wire.receive(ack(answered, DOOR, body=b"" if offer else ANSWER_SDP), DOOR)
    return Talk(wire, leg, answered)
