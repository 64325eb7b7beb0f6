"""Phones that keep the rules, on a network that does not: messages get lost, doubled and late.

The phones are small and obey RFC 3261: they repeat what is not answered and answer what is
repeated. Whatever the network loses, in the end nobody rings, nobody talks and nothing is kept.
"""

import heapq
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from sipcore.b2bua.facts import CallFact, LegAnswered, LegFailed, LegReleased, LegStarted
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response, parse
from tests.support.peers import (
    ANSWER_SDP,
    ack,
    ack_failure,
    cancel,
    in_dialog_of_callee,
    in_dialog_of_caller,
    invite,
    reply,
)
from tests.support.wire import APP, DOOR, MONITOR, Wire, stage

STEP = 0.05
T1 = 0.5
GIVE_UP = 32.0


@dataclass
class Network:
    """Carries messages between the server and the phones, and owns the time."""

    losses: list[bool]
    doubles: list[bool]
    delays: list[float] = field(default_factory=list)
    """Extra seconds that messages need, so that later ones overtake them."""
    wire: Wire = field(init=False)
    phones: dict[Flow, "Phone"] = field(default_factory=dict)
    agenda: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    order: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.wire = Wire(
            stage("indoor", "monitor", timeout=12.0),
            stage("both", "monitor", "app", timeout=12.0),
            contacts={"monitor": [MONITOR], "app": [APP]},
        )

    @property
    def now(self) -> float:
        """Seconds on the only clock there is."""
        return self.wire.clock.monotonic()

    def at(self, delay: float, happen: Callable[[], None]) -> None:
        """Let something happen later."""
        heapq.heappush(self.agenda, (self.now + delay, next(self.order), happen))

    def carry(self, deliver: Callable[[], None]) -> None:
        """Bring a message to its end after a while: not at all, once, or twice."""
        if self.losses and self.losses.pop():
            return
        self.at(STEP + (self.delays.pop() if self.delays else 0.0), deliver)
        if self.doubles and self.doubles.pop():
            self.at(3 * STEP, deliver)

    def to_server(self, data: bytes, flow: Flow) -> None:
        """A phone sends."""
        self.carry(lambda: self.spread(self.wire.receive(data, flow)))

    def spread(self, sent: list[tuple[Request | Response, Flow]]) -> None:
        """The server sends."""
        for message, flow in sent:
            phone = self.phones[flow]
            raw = message.raw
            self.carry(lambda phone=phone, raw=raw: phone.take(parse(raw)))  # type: ignore[misc]

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self.now < end:
            self.spread(self.wire.advance(STEP, STEP))
            while self.agenda and self.agenda[0][0] <= self.now + STEP / 2:
                heapq.heappop(self.agenda)[2]()


class Phone(ABC):
    """What a door and a callee have in common: requests are repeated until they are answered."""

    def __init__(self, network: Network, flow: Flow) -> None:
        self.network = network
        self.flow = flow
        self.waiting: set[bytes] = set()
        """Branch and method of requests, or keys of responses, that are still repeated."""
        self.is_ringing = False
        self.is_talking = False
        self.has_talked = False
        self.number = 1
        network.phones[flow] = self

    @abstractmethod
    def take(self, message: Request | Response) -> None:
        """Something arrived."""

    def send(self, data: bytes) -> None:
        """Send once."""
        self.network.to_server(data, self.flow)

    def persist(self, data: bytes, key: bytes, interval: float = T1, age: float = 0.0) -> None:
        """Send, and send again until somebody takes the key out of `waiting`."""
        if age == 0.0:
            self.waiting.add(key)
        if key not in self.waiting:
            return
        if age >= GIVE_UP:
            self.waiting.discard(key)
            return
        self.send(data)
        following = min(2 * interval, 4.0)
        self.network.at(interval, lambda: self.persist(data, key, following, age + interval))

    def answer(self, request: Request, status: int) -> None:
        """Answer a request other than INVITE."""
        self.send(reply(request, status, flow=self.flow))

    def talk(self) -> None:
        """A session begins."""
        self.is_ringing = False
        self.is_talking = self.has_talked = True

    def hang_up(self) -> None:
        """End the session, if there is one."""
        if self.is_talking:
            self.is_talking = False
            self.number += 1
            self.persist(self.bye(), b"BYE")

    @abstractmethod
    def bye(self) -> bytes:
        """The BYE for the present session."""


class Door(Phone):
    """Calls once; cancels or hangs up when its time has come."""

    def __init__(self, network: Network, patience: float, talks_for: float) -> None:
        super().__init__(network, DOOR)
        self.press = invite(DOOR)
        self.patience = patience
        self.talks_for = talks_for
        self.final: Response | None = None

    def call(self) -> None:
        """Press the button."""
        self.persist(self.press, b"INVITE")
        self.network.at(self.patience, self.give_up)

    def give_up(self) -> None:
        """Nobody answered in time."""
        if self.final is None:
            self.persist(cancel(self.press), b"CANCEL")

    def take(self, message: Request | Response) -> None:
        if isinstance(message, Request):
            if message.method == b"BYE":
                self.is_talking = False
                self.answer(message, 200)
            return
        self.waiting.discard(message.cseq.method)
        if message.cseq.method != b"INVITE" or message.status < 200:
            return
        if message.status >= 300:
            self.final = message
            self.send(ack_failure(self.press, message))
            return
        self.send(ack(message, DOOR))
        if self.final is None:
            self.final = message
            self.talk()
            self.network.at(self.talks_for, self.hang_up)

    def bye(self) -> bytes:
        assert self.final is not None
        branch = f"z9hG4bKbye{self.number}"
        return in_dialog_of_caller("BYE", self.final, DOOR, cseq=self.number, branch=branch)


class Callee(Phone):
    """Rings, and answers or not, each time it is called."""

    def __init__(
        self, network: Network, flow: Flow, answers_after: float | None, talks_for: float
    ) -> None:
        super().__init__(network, flow)
        self.answers_after = answers_after
        self.talks_for = talks_for
        self.invites: dict[bytes, int] = {}
        """Branch of each INVITE → the status it was answered with last."""
        self.leg: Request | None = None

    def take(self, message: Request | Response) -> None:
        if isinstance(message, Response):
            self.waiting.discard(message.cseq.method)
        elif message.method == b"INVITE":
            self.ring(message)
        elif message.method == b"ACK":
            self.waiting.discard(b"200" + message.call_id)
            self.waiting.discard(b"487" + message.call_id)
        elif message.method == b"CANCEL":
            self.withdraw(message)
        elif message.method == b"BYE":
            if self.leg is not None and message.call_id == self.leg.call_id:
                self.is_talking = False
            self.answer(message, 200)

    def ring(self, request: Request) -> None:
        """An INVITE, or the same one again."""
        status = self.invites.setdefault(request.branch, 180)
        if status == 180:
            self.is_ringing = True
            self.answer(request, 180)
            if self.answers_after is not None and self.leg is not request:
                self.leg = self.leg or request
                self.network.at(self.answers_after, lambda: self.pick_up(request))

    def pick_up(self, request: Request) -> None:
        """Answer, unless the call was withdrawn meanwhile."""
        if self.invites[request.branch] != 180 or self.is_talking:
            return
        self.invites[request.branch] = 200
        self.leg = request
        self.talk()
        data = reply(request, 200, body=ANSWER_SDP, flow=self.flow)
        self.persist(data, b"200" + request.call_id)
        self.network.at(self.talks_for, self.hang_up)

    def withdraw(self, request: Request) -> None:
        """A CANCEL."""
        self.answer(request, 200)
        if self.invites.get(request.branch) == 180:
            self.invites[request.branch] = 487
            self.is_ringing = False
            lines = request.raw.replace(b"CSeq: 1 CANCEL", b"CSeq: 1 INVITE")
            original = parse(lines.replace(b"CANCEL ", b"INVITE ", 1))
            assert isinstance(original, Request)
            self.persist(reply(original, 487), b"487" + request.call_id)

    def bye(self) -> bytes:
        assert self.leg is not None
        branch = f"z9hG4bKbye{self.flow.host}{self.number}"
        return in_dialog_of_callee("BYE", self.leg, self.flow, cseq=self.number, branch=branch)


FEW = st.lists(st.sampled_from([False, False, True]), max_size=40).filter(lambda x: sum(x) <= 5)
LATE = st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.1, 0.3, 0.7, 1.9]), max_size=60)
TALKS = st.sampled_from([0.3, 2.0, 9.0, 60.0])


@settings(max_examples=60, deadline=None)
@given(
    losses=FEW,
    doubles=FEW,
    patience=st.sampled_from([0.1, 2.0, 11.9, 20.0, 60.0]),
    talks=st.tuples(TALKS, TALKS, TALKS),
    answers=st.tuples(*[st.sampled_from([None, 0.2, 5.0, 11.9, 14.0])] * 2),
    delays=LATE,
)
def test_in_the_end_nobody_rings_and_nobody_talks(
    losses: list[bool],
    doubles: list[bool],
    patience: float,
    talks: tuple[float, float, float],
    answers: tuple[float | None, float | None],
    delays: list[float],
) -> None:
    network = Network(losses, doubles, delays)
    door = Door(network, patience, talks[0])
    phones = [
        Callee(network, MONITOR, answers[0], talks[1]),
        Callee(network, APP, answers[1], talks[2]),
    ]
    door.call()
    network.run(300.0)

    assert [(phone.is_ringing, phone.is_talking) for phone in (door, *phones)] == [
        (False, False)
    ] * 3
    assert door.final is not None
    assert (network.wire.remains, network.wire.endpoint.counters["internal_errors"]) == ({}, 0)
    names = network.wire.journal.names
    assert (names.count("CallEnded"), names.count("LegAnswered") <= 1) == (1, True)
    check_legs(network.wire.journal.facts)


def check_legs(facts: list[CallFact]) -> None:
    """Every leg that was started was answered, failed or released, once."""
    started = [fact.leg for fact in facts if isinstance(fact, LegStarted)]
    settled = Counter(
        fact.leg
        for fact in facts
        if isinstance(fact, LegAnswered | LegFailed)
        or (isinstance(fact, LegReleased) and fact.reason != "late_answer")
    )
    assert settled == dict.fromkeys(started, 1)


@settings(max_examples=40, deadline=None)
@given(losses=FEW, doubles=FEW, delays=LATE)
def test_who_answers_gets_to_talk_whatever_is_lost(
    losses: list[bool], doubles: list[bool], delays: list[float]
) -> None:
    network = Network(losses, doubles, delays)
    door = Door(network, 60.0, 20.0)
    monitor, app = (Callee(network, flow, 1.0, 60.0) for flow in (MONITOR, APP))
    door.call()
    network.run(150.0)

    assert door.has_talked
    assert monitor.has_talked or app.has_talked
    assert network.wire.remains == {}
