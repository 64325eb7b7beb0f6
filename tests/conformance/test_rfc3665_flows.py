"""RFC 3665 and RFC 5359: the basic flows as both phones see them, message by message.

The called side of the figures is a phone behind this server; figures with proxies are those of a
B2BUA, which answers each hop itself. Registrations (RFC 3665 §2) are in tests/sipcore/registrar
and tests/acceptance.
"""

import pytest

from sipcore.message.message import Request
from tests.conformance.line import SDP, Line, dial, summary
from tests.support.peers import ANSWER_SDP, ack, ack_failure, cancel, reply
from tests.support.plain_message import read
from tests.support.wire import APP, DOOR, MONITOR, Talk, Wire, requests, responses, stage, talk


def heard(line: Line) -> tuple[list[str], list[str]]:
    """What the door and the monitor heard."""
    return summary(line.to(DOOR)), summary(line.to(MONITOR))


def pressed() -> tuple[Line, Request]:
    """The door rings the monitor."""
    line = Line()
    return line, line.ring()


def test_a_call_that_is_answered_and_ended_by_the_called_side() -> None:
    """RFC 3665 §3.1 (F1 to F6)."""
    line, leg = pressed()
    line.say(reply(leg, 180, flow=MONITOR), MONITOR)
    sent = line.wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    line.sent += [(read(m.raw), to) for m, to in sent]
    (ok,) = responses(sent)
    line.say(ack(ok, DOOR))
    on = Talk(line.wire, leg, ok)
    (bye,) = requests(line.wire.receive(on.monitor("BYE"), MONITOR), b"BYE")
    line.say(reply(bye, 200), DOOR)

    assert heard(line) == (["100 INVITE", "180 INVITE", "200 INVITE"], ["INVITE", "ACK"])
    assert (ok.body, leg.body) == (ANSWER_SDP, SDP)
    line.wait(40.0, 0.2)
    assert line.wire.remains == {}


def test_an_answer_whose_offer_came_late() -> None:
    """RFC 3665 §3.6: no SDP in the INVITE, the offer in the 200, the answer in the ACK."""
    on = talk(offer=b"", answer=SDP, acknowledged=False)
    (acked,) = requests(on.wire.receive(ack(on.answer, DOOR, body=ANSWER_SDP), DOOR), b"ACK")

    assert (on.leg.body, on.answer.body, acked.body) == (b"", SDP, ANSWER_SDP)


def test_a_phone_that_gets_another_address_in_the_middle_of_a_call() -> None:
    """RFC 3665 §3.7: a re-INVITE with a new Contact and new SDP."""
    on = talk()
    moved = on.monitor("INVITE", body=SDP).replace(
        b"sip:callee@192.0.2.11", b"sip:callee@192.0.2.99"
    )
    (crossed,) = requests(on.wire.receive(moved, MONITOR), b"INVITE")
    on.wire.receive(reply(crossed, 200, body=ANSWER_SDP, flow=DOOR), DOOR)
    (bye,) = requests(on.wire.receive(on.door("BYE", cseq=5), DOOR), b"BYE")

    assert crossed.body == SDP
    assert b"192.0.2.99" in bye.uri


def test_nobody_answers_and_the_caller_gives_up() -> None:
    """RFC 3665 §3.8: CANCEL, 200, 487, ACK on each side."""
    line, leg = pressed()
    line.say(reply(leg, 180, flow=MONITOR), MONITOR)
    sent = line.wire.receive(cancel(dial()), DOOR)
    line.sent += [(read(m.raw), to) for m, to in sent]
    (failure,) = responses(sent, lambda one: one.status == 487)
    line.say(ack_failure(dial(), failure))
    (cancelled,) = requests(sent, b"CANCEL")
    line.say(reply(cancelled, 200), MONITOR)
    line.say(reply(leg, 487, flow=MONITOR), MONITOR)
    door, monitor = heard(line)

    assert door[:2] == ["100 INVITE", "180 INVITE"]
    assert sorted(door[2:]) == ["200 CANCEL", "487 INVITE"]
    assert monitor == ["INVITE", "CANCEL", "ACK"]
    line.wait(40.0, 0.2)
    assert line.wire.remains == {}


@pytest.mark.parametrize("status", [486, 480, 603])
def test_the_called_side_is_busy_or_away(status: int) -> None:
    """RFC 3665 §3.9, §3.11."""
    line, leg = pressed()
    line.say(reply(leg, status, flow=MONITOR), MONITOR)

    assert heard(line) == (["100 INVITE", f"{status} INVITE"], ["INVITE", "ACK"])


def test_a_phone_that_is_not_there() -> None:
    """RFC 3665 §3.10: no response at all: seven INVITEs, then a failure for the caller."""
    line = Line(Wire(stage("indoor", "monitor", timeout=60.0), contacts={"monitor": [MONITOR]}))
    line.ring()
    line.wait(34.0, 0.05)
    door, monitor = heard(line)

    assert monitor.count("INVITE") == 7
    assert door[-1] in ("408 INVITE", "480 INVITE") or door[-2:] == door[-1:] * 2


def test_a_user_without_any_phone() -> None:
    """RFC 3665 §3.11: 480 when nobody is registered."""
    line = Line(Wire(stage("indoor", "monitor")))

    assert summary(line.say(dial())) == ["100 INVITE", "480 INVITE"]


@pytest.mark.parametrize("attribute", [b"a=sendonly", b"a=inactive"])
def test_a_call_on_hold_and_back(attribute: bytes) -> None:
    """RFC 5359 §2.1: re-INVITE with sendonly or inactive, and again without."""
    on = talk()
    hold = SDP + attribute + b"\r\n"
    for number, offer in ((2, hold), (3, SDP)):
        (crossed,) = requests(
            on.wire.receive(on.door("INVITE", cseq=number, body=offer), DOOR), b"INVITE"
        )
        sent = on.wire.receive(reply(crossed, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
        (ok,) = responses(sent)
        assert crossed.body == offer
        assert (ok.status, ok.body) == (200, ANSWER_SDP)
        on.wire.receive(ack(ok, DOOR, branch=f"z9hG4bKack{number}"), DOOR)


def test_a_call_that_nobody_takes_goes_on_to_the_next() -> None:
    """RFC 5359 §2.8 (no answer, find me): the second stage rings when the first has ended."""
    wire = Wire(
        stage("one", "monitor", timeout=10.0),
        stage("two", "app", timeout=10.0),
        contacts={"monitor": [MONITOR], "app": [APP]},
    )
    line = Line(wire)
    leg = line.ring()
    line.say(reply(leg, 180, flow=MONITOR), MONITOR)
    line.wait(10.5)

    assert summary(line.to(MONITOR)) == ["INVITE", "CANCEL"]
    assert summary(line.to(APP))[0] == "INVITE"


def test_the_same_call_id_is_used_for_the_retry_after_a_challenge() -> None:
    """RFC 3665 §2.1, §3.3: the request after 401 has the next CSeq; to us it is a new request."""
    line = Line()
    line.ring(dial(cseq="CSeq: 1 INVITE"))
    again = dial(
        cseq="CSeq: 2 INVITE", via="Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK-2"
    )

    assert "482 INVITE" not in summary(line.say(again))
