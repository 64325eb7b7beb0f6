"""A call that a trunk cannot carry goes on through the next one."""

import pytest

from sipcore.b2bua.facts import CallEnded, LegAnswered, LegFailed, LegStarted
from sipcore.b2bua.ports import Route
from sipcore.b2bua.trunk_identity import TrunkIdentity
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.support.peers import ANSWER_SDP, ack, invite, reply
from tests.support.wire import DOOR, Sent, Wire, requests, responses, stage

FIRST, SECOND = (Flow("UDP", 0, f"192.0.2.5{n}", 5060) for n in (1, 2))
NUMBER = "+442079460999"
SPARE = Route(
    b"sip:00442079460999@spare.test",
    SECOND,
    b"sip:00442079460999@spare.test",
    identity=TrunkIdentity(b"sip:4930@spare.test"),
    trunk="spare",
)


def pressed(timeout: float = 30.0, fallback: Route | None = SPARE) -> tuple[Wire, Request]:
    """A landline is called through a trunk that has another one behind it."""
    wire = Wire(stage("landline", NUMBER, kind="landline", timeout=timeout))
    wire.contacts.trunk = (FIRST,)
    wire.contacts.fallback = fallback
    (first,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    return wire, first


def invited(sent: Sent) -> list[Flow]:
    """Where INVITEs went."""
    return [flow for message, flow in sent if message in requests(sent, b"INVITE")]


@pytest.mark.parametrize("status", [401, 407, 408, 500, 501, 502, 503, 504, 505, 513])
def test_a_failure_of_the_trunk_gives_the_call_to_the_next_one(status: int) -> None:
    wire, first = pressed()

    sent = wire.receive(reply(first, status), FIRST)

    (second,) = requests(sent, b"INVITE")
    assert invited(sent) == [SECOND]
    assert second.uri == b"sip:00442079460999@spare.test"
    assert second.to.uri.host == "spare.test"
    assert second.from_.uri.user == "4930"
    assert second.call_id != first.call_id


@pytest.mark.parametrize("status", [302, 400, 403, 404, 480, 484, 486, 488, 600, 603, 604])
def test_a_word_of_the_called_is_the_answer(status: int) -> None:
    wire, first = pressed()

    assert invited(wire.receive(reply(first, status), FIRST)) == []


def test_a_telephone_that_rang_is_not_called_twice() -> None:
    wire, first = pressed()
    wire.receive(reply(first, 180, flow=FIRST), FIRST)

    assert invited(wire.receive(reply(first, 500), FIRST)) == []


def test_the_record_has_a_leg_for_each_trunk_and_the_caller_hears_of_the_last_alone() -> None:
    wire, first = pressed()
    sent = wire.receive(reply(first, 500), FIRST)
    (second,) = requests(sent, b"INVITE")
    assert responses(sent) == []

    sent = wire.receive(reply(second, 486), SECOND)

    legs = [
        (type(fact), fact.leg)
        for fact in wire.journal.facts
        if isinstance(fact, LegStarted | LegFailed)
    ]
    assert legs == [(LegStarted, 1), (LegFailed, 1), (LegStarted, 2), (LegFailed, 2)]
    assert {fact.party.user for fact in wire.journal.facts if isinstance(fact, LegStarted)} == {
        NUMBER
    }
    ended = [fact for fact in wire.journal.facts if isinstance(fact, CallEnded)]
    assert [(fact.outcome, fact.status) for fact in ended] == [("busy", 486)]
    wire.advance(40.0)
    assert wire.remains == {}


def test_the_next_trunk_may_answer() -> None:
    wire, first = pressed()
    (second,) = requests(wire.receive(reply(first, 503), FIRST), b"INVITE")

    sent = wire.receive(reply(second, 200, flow=SECOND, body=ANSWER_SDP), SECOND)

    (answer,) = responses(sent, lambda response: response.status == 200)
    wire.receive(ack(answer, DOOR), DOOR)
    assert [f.leg for f in wire.journal.facts if isinstance(f, LegAnswered)] == [2]


def test_silence_is_waited_for_no_longer_than_until_the_next_trunk_can_still_ring() -> None:
    wire, _ = pressed()

    sent = wire.advance(4.1)

    assert invited(sent) == [FIRST, FIRST, FIRST, SECOND]
    assert wire.contacts.failed == [(FIRST, None)]


def test_a_dead_flow_gives_the_call_to_the_next_trunk_at_once() -> None:
    wire = Wire(stage("landline", NUMBER, kind="landline"))
    wire.contacts.trunk = (FIRST,)
    wire.contacts.fallback = SPARE
    wire.broken.add(FIRST)

    assert invited(wire.receive(invite(DOOR), DOOR)) == [SECOND]


def test_the_stage_ends_when_it_would_have_ended_without_a_failure() -> None:
    wire, first = pressed(timeout=10.0)
    wire.advance(2.0)
    (second,) = requests(wire.receive(reply(first, 503), FIRST), b"INVITE")
    wire.receive(reply(second, 180, flow=SECOND), SECOND)

    assert requests(wire.advance(7.9), b"CANCEL") == []
    assert len(requests(wire.advance(0.3), b"CANCEL")) == 1


def test_without_another_trunk_the_failure_stands() -> None:
    wire, first = pressed(fallback=None)

    assert invited(wire.receive(reply(first, 500), FIRST)) == []


def test_whoever_hung_up_is_not_called_for_any_more() -> None:
    wire, first = pressed(timeout=1.0)
    wire.receive(reply(first, 100), FIRST)
    wire.advance(1.1)

    assert invited(wire.receive(reply(first, 500), FIRST)) == []
