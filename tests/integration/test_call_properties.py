"""Calls under any history: what must hold whatever phones, networks and people do.

Each example is a script of steps: phones answer any request they ever got with any status, callers
and callees cancel, hang up, renegotiate or fall silent, messages are lost (nobody reacts), arrive
twice, late or on a broken flow, and time passes. Then the door hangs up and everybody goes home.
"""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from sipcore.b2bua.facts import (
    CallEnded,
    LegAnswered,
    LegFailed,
    LegReleased,
    LegStarted,
    StageStarted,
)
from sipcore.b2bua.plan import Party, RingStage, Target
from sipcore.kernel.flow import Flow
from sipcore.message.cseq import CSeq
from sipcore.message.message import Request, Response, parse
from tests.support.peers import (
    ANSWER_SDP,
    SDP,
    ack,
    ack_failure,
    cancel,
    in_dialog_of_callee,
    in_dialog_of_caller,
    invite,
    reply,
)
from tests.support.wire import DOOR, Wire, stage

PHONES = (
    Flow("UDP", 0, "192.0.2.11", 5060),
    Flow("UDP", 0, "192.0.2.12", 5060),
    Flow("UDP", 0, "192.0.2.13", 5060),
    Flow("TCP", 0, "192.0.2.14", 40004, 4),
)
DOORS = (DOOR, Flow("TCP", 0, "192.0.2.1", 40001, 1))
CONTACTS = {"a": [PHONES[0]], "b": [PHONES[1]], "pair": [PHONES[2], PHONES[3]]}


def stages(confirms: bool) -> tuple[RingStage, ...]:
    """The second one rings a telephone, which may have to confirm with a key."""
    telephone = Target(Party("landline", "b"), trunk="provider", confirms=confirms)
    return (
        stage("one", "a", "pair", timeout=10.0),
        RingStage("two", (telephone, Target(Party("indoor", "a"))), 30.0),
        stage("three", "a", "pair", timeout=10.0),
    )


SILENCE = 400.0
"""Seconds after which every timer of every machine has run out."""


@dataclass
class Scene:
    """A door, four phones, and everything that was said."""

    delayed_offer: bool
    at: Flow
    """Where the door is."""
    confirms: bool
    wire: Wire = field(init=False)
    press: bytes = field(init=False)
    asked: list[tuple[Request, Flow]] = field(default_factory=list)
    """Requests that phones and the door got from the server."""
    told: list[Response] = field(default_factory=list)
    """Responses that the door got to its first INVITE."""
    arrived: list[tuple[bytes, Flow]] = field(default_factory=list)
    """Everything that arrived at the server."""
    rung: list[Request] = field(default_factory=list)
    """INVITEs that a phone said it rings for."""
    refused: set[bytes] = field(default_factory=set)
    """Branches of the INVITEs that a phone refused."""
    answered: list[tuple[Request, bytes]] = field(default_factory=list)
    """INVITEs that were answered 2xx, with the tag of the answer."""
    cut: set[Flow] = field(default_factory=set)
    """Phones that could not be reached for a while: nobody can hang up on them."""
    gone: set[Flow] = field(default_factory=set)
    """Streams that are closed for good."""
    count: int = 1

    def __post_init__(self) -> None:
        self.wire = Wire(*stages(self.confirms), contacts=CONTACTS)
        self.wire.challenges.line = b'Authorization: Digest username="u"'
        self.press = invite(self.at, body=b"" if self.delayed_offer else SDP)
        self.arrive(self.press, self.at)

    def arrive(self, data: bytes, flow: Flow) -> None:
        """Let a message reach the server and note what it says."""
        if flow in self.gone:
            return
        self.arrived.append((data, flow))
        self.note(self.wire.receive(data, flow))

    def note(self, sent: list[tuple[Request | Response, Flow]]) -> None:
        """Remember what the server said."""
        for message, flow in sent:
            if isinstance(message, Request):
                self.asked.append((message, flow))
            elif flow == self.at and message.cseq == CSeq(1, b"INVITE") and message.status != 482:
                # 482 is what an INVITE gets that the network kept for half a minute.
                self.told.append(message)

    @property
    def final(self) -> Response | None:
        """The final response the door got."""
        return next((response for response in self.told if response.status >= 200), None)

    def number(self) -> int:
        """Never the same twice."""
        self.count += 1
        return self.count

    # -- steps --------------------------------------------------------------------------------

    def respond(self, which: int, status: int, tag: str, body: bool) -> None:
        """Somebody answers one of the requests it ever got, in any way."""
        waiting = [item for item in self.asked if item[0].method != b"ACK"]
        if not waiting:
            return
        request, flow = waiting[which % len(waiting)]
        sdp = ANSWER_SDP if body else b""
        data = reply(request, status, tag=tag, body=sdp, flow=flow)
        if request.method == b"INVITE" and is_awaited(self.wire, data) and flow not in self.cut:
            if status < 200:
                self.rung.append(request)
            elif status >= 300:
                self.refused.add(request.branch)
            elif request.branch not in self.refused:
                self.answered.append((request, request.to_tag or tag.encode()))
        self.arrive(data, flow)

    def repeat(self, which: int) -> None:
        """The network delivers something again."""
        data, flow = self.arrived[which % len(self.arrived)]
        self.arrive(data, flow)

    def door(self, method: str, body: bool) -> None:
        """The door says something inside its dialog."""
        final = self.final
        answer = self.told[-1] if final is None else final
        if not answer.to_tag:
            return
        number = self.number()
        sdp = SDP if body else b""
        data = in_dialog_of_caller(
            method,
            answer,
            self.at,
            cseq=number,
            branch=f"z9hG4bKd{number}",
            body=sdp,
            content_type="application/sdp" if sdp else "",
        )
        self.arrive(data, self.at)

    def phone(self, which: int, method: str, body: bool) -> None:
        """A phone says something inside its dialog."""
        legs = [item for item in self.asked if item[0].method == b"INVITE"]
        request, flow = legs[which % len(legs)] if legs else (None, self.at)
        if request is None or flow == self.at or request.to_tag:
            return
        number = self.number()
        sdp = SDP if body else b""
        data = in_dialog_of_callee(
            method,
            request,
            flow,
            cseq=number,
            branch=f"z9hG4bKp{number}",
            body=sdp,
            content_type="application/sdp" if sdp else "",
        )
        tags = (tag for answered, tag in self.answered if answered.branch == request.branch)
        data = data.replace(b";tag=callee-tag", b";tag=" + next(tags, b"callee-tag"), 1)
        self.arrive(data, flow)

    def pick_up_telephone(self) -> None:
        """The telephone is answered, by somebody who is to confirm or by a mailbox."""
        self.wait(11.0)
        rung = [request for request, flow in self.asked if flow == PHONES[1]]
        body = SDP if self.delayed_offer else ANSWER_SDP
        self.answered.append((rung[0], b"one"))
        self.arrive(reply(rung[0], 200, tag="one", body=body, flow=PHONES[1]), PHONES[1])
        assert "KeyAwaited" in self.wire.journal.names

    def key(self, which: int, digit: str) -> None:
        """A phone sends a digit inside its dialog."""
        legs = [item for item in self.asked if item[0].method == b"INVITE" and not item[0].to_tag]
        legs = [item for item in legs if item[1] != self.at]
        if legs:
            request, flow = legs[which % len(legs)]
            number = self.number()
            data = in_dialog_of_callee(
                "INFO",
                request,
                flow,
                cseq=number,
                branch=f"z9hG4bKk{number}",
                body=digit.encode(),
                content_type="application/dtmf-relay",
            )
            tags = (tag for answered, tag in self.answered if answered.branch == request.branch)
            data = data.replace(b";tag=callee-tag", b";tag=" + next(tags, b"callee-tag"), 1)
            self.arrive(data, flow)

    def acknowledge(self) -> None:
        """The door acknowledges the final answer it got."""
        final = self.final
        if final is None:
            return
        if final.status < 300:
            body = ANSWER_SDP if self.delayed_offer else b""
            self.arrive(ack(final, self.at, body=body), self.at)
        else:
            self.arrive(ack_failure(self.press, final), self.at)

    def give_up(self) -> None:
        """The door cancels."""
        self.arrive(cancel(self.press), self.at)

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.note(self.wire.advance(seconds, 0.1))

    def turn(self, which: int) -> None:
        """A flow breaks, or works again."""
        flow = PHONES[which % 3]
        self.wire.broken ^= {flow}
        self.cut.add(flow)

    def close(self, which: int) -> None:
        """A stream ends and never comes back."""
        flow = (PHONES[3], DOORS[1])[which % 2]
        self.wire.broken.add(flow)
        self.gone.add(flow)
        self.cut.add(flow)
        self.wire.endpoint.switchboard.flow_closed(flow, self.wire.clock.monotonic())
        self.note(self.wire.taken())

    def go_home(self) -> None:
        """Everybody hangs up and nobody says anything any more."""
        self.wire.broken &= self.gone
        final = self.final
        if final is None:
            self.give_up()
        elif final.status < 300:
            self.door("BYE", body=False)
        if self.at in self.gone:  # the door cannot hang up any more, but the other end does
            for which in range(len(self.asked)):
                self.phone(which, "BYE", body=False)
        self.note(self.wire.advance(SILENCE, 0.25))


def is_awaited(wire: Wire, data: bytes) -> bool:
    """Whether the server still knows the request that this response answers."""
    response = parse(data)
    assert isinstance(response, Response)
    return wire.endpoint.table.find_client(response) is not None


Step = tuple[str, tuple[object, ...]]
ANY = st.integers(0, 30)
STATUSES = st.sampled_from([100, 180, 180, 183, 199, 200, 200, 200, 202, 302, 401, 408, 481])
STATUSES = STATUSES | st.sampled_from([486, 487, 491, 500, 503, 603])
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(
        st.just("respond"),
        st.tuples(ANY, STATUSES, st.sampled_from(["one", "one", "two"]), st.booleans()),
    ),
    st.tuples(st.just("respond"), st.tuples(ANY, STATUSES, st.just("one"), st.just(True))),
    st.tuples(st.just("repeat"), st.tuples(ANY)),
    st.tuples(
        st.just("door"),
        st.tuples(
            st.sampled_from(["BYE", "INVITE", "UPDATE", "INFO", "OPTIONS", "REFER"]),
            st.booleans(),
        ),
    ),
    st.tuples(
        st.just("phone"),
        st.tuples(ANY, st.sampled_from(["BYE", "INVITE", "UPDATE", "INFO"]), st.booleans()),
    ),
    st.tuples(st.just("key"), st.tuples(ANY, st.sampled_from(["1", "1", "2", ""]))),
    st.tuples(st.just("acknowledge"), st.just(())),
    st.tuples(st.just("give_up"), st.just(())),
    st.tuples(st.just("wait"), st.tuples(st.sampled_from([0.1, 0.6, 3.0, 11.0, 33.0]))),
    st.tuples(st.just("turn"), st.tuples(ANY)),
    st.tuples(st.just("close"), st.tuples(ANY)),
)


@settings(max_examples=150, deadline=None)
@given(
    delayed_offer=st.booleans(),
    at=st.sampled_from(DOORS),
    confirms=st.booleans(),
    script=st.lists(STEPS, max_size=25),
)
def test_any_history_of_a_call_ends_well(
    delayed_offer: bool, at: Flow, confirms: bool, script: list[Step]
) -> None:
    scene = Scene(delayed_offer, at, confirms)
    if confirms:
        scene.pick_up_telephone()
    for name, arguments in script:
        getattr(scene, name)(*arguments)
    scene.go_home()

    assert scene.wire.endpoint.counters["internal_errors"] == 0
    assert scene.wire.remains == {}
    check_record(scene)
    check_caller(scene)
    check_legs(scene)


def check_record(scene: Scene) -> None:
    """One end, one answer at most, nothing rung after it, and every leg accounted for."""
    facts = scene.wire.journal.facts
    kinds = [type(fact) for fact in facts]
    assert kinds.count(CallEnded) == 1
    assert kinds.count(LegAnswered) <= 1
    if LegAnswered in kinds:
        assert StageStarted not in kinds[kinds.index(LegAnswered) :]
    started = [fact.leg for fact in facts if isinstance(fact, LegStarted)]
    settled = Counter(
        fact.leg
        for fact in facts
        if isinstance(fact, LegAnswered | LegFailed)
        or (isinstance(fact, LegReleased) and fact.reason != "late_answer")
    )
    assert settled == dict.fromkeys(started, 1)


def check_caller(scene: Scene) -> None:
    """The caller hears one final answer, however often it is repeated."""
    finals = {response.raw for response in scene.told if response.status >= 200}
    assert len(finals) == 1 or (not finals and scene.at in scene.gone)


def check_legs(scene: Scene) -> None:
    """No phone is left ringing or talking to nobody."""
    asked = [request for request, flow in scene.asked if flow not in scene.cut]
    said = {(request.method, request.call_id, request.to_tag) for request in asked}
    byes = b"".join(data for data, _ in scene.arrived if data.startswith(b"BYE"))
    ended = {request.branch for request in asked if request.method == b"CANCEL"}
    ended |= scene.refused | {request.branch for request, _ in scene.answered}
    mine = {request.branch for request in asked}
    for request in scene.rung:
        assert request.branch in ended or request.branch not in mine
    for request, tag in scene.answered:
        if request.branch in mine:
            assert (b"ACK", request.call_id, tag) in said
            is_hung_up = (b"BYE", request.call_id, tag) in said or request.call_id in byes
            assert is_hung_up or request.to_tag
