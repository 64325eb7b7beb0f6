"""RFC 3261 §21.5.4, §20.33, §26.3.2.4: an overloaded or besieged server, and whom it serves.

RFC 7339 is about overload between servers, and this server does not announce it; what its §5.10.1
says of priorities ("INVITEs versus requests associated with existing sessions") holds here as well.
"""

import re

import pytest

from sipcore.kernel.flow import Flow
from sipcore.message.message import Response
from sipcore.registrar.digest import Challenged
from tests.support.peers import ack_failure, cancel, in_dialog_of_caller, invite, message, reply
from tests.support.wire import DOOR, MONITOR, Wire, requests, responses, sent_to, stage, talk

STRANGER = Flow("UDP", 0, "192.0.2.66", 5060)


def overloaded(level: int) -> Wire:
    """An endpoint with one monitor, at this level of overload."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    wire.endpoint.overload.level = level
    return wire


def options(number: int = 1) -> bytes:
    """An OPTIONS from outside."""
    lines = [
        f"Via: SIP/2.0/UDP 192.0.2.66:5060;rport;branch=z9hG4bK{number}",
        "Max-Forwards: 70",
        "From: <sip:a@doorline.test>;tag=f",
        "To: <sip:doorline.test>",
        f"Call-ID: {number}@stranger",
        f"CSeq: {number} OPTIONS",
    ]
    return message("OPTIONS sip:doorline.test SIP/2.0", lines)


def refused(wire: Wire, call_id: str) -> Response:
    """The answer to an INVITE with that Call-ID."""
    (answer,) = responses(wire.receive(invite(DOOR, call_id=call_id, branch=call_id), DOOR))
    return answer


@pytest.mark.parametrize("level", [2, 3, 4])
def test_a_server_that_is_overloaded_answers_503_and_says_when_to_come_back(level: int) -> None:
    """§21.5.4: "The server MAY indicate when the client should retry the request in a Retry-After
    header field"."""
    answer = refused(overloaded(level), "z9hG4bKa")

    assert answer.status == 503
    assert re.fullmatch(rb"[0-9]+", answer.first(b"retry-after") or b"")  # §20.33: delta-seconds


def test_those_who_were_refused_together_do_not_come_back_together() -> None:
    """§20.33 leaves the interval to the server: here it differs from call to call."""
    wire = overloaded(2)
    moments = {refused(wire, f"z9hG4bK{n}").first(b"retry-after") for n in range(200)}

    assert len(moments) > 20


def test_a_repeated_invite_is_told_the_same() -> None:
    """§8.2.7: a stateless server must answer copies of a request alike."""
    wire = overloaded(2)

    assert refused(wire, "z9hG4bKa").raw == refused(wire, "z9hG4bKa").raw


def test_the_ack_of_a_503_is_absorbed() -> None:
    """§17.1.1.3: the client acknowledges any final response; nobody answers an ACK."""
    wire = overloaded(2)
    data = invite(DOOR)
    (answer,) = responses(wire.receive(data, DOOR))

    assert wire.receive(ack_failure(data, answer), DOOR) == []
    assert wire.remains == {}


def test_an_overloaded_server_may_drop_a_request_instead() -> None:
    """§21.5.4: "servers MAY refuse the connection or drop the request instead of responding"."""
    assert overloaded(1).receive(options(), STRANGER) == []


def test_requests_of_a_dialog_are_served_in_overload() -> None:
    """RFC 7339 §5.10.1: requests of existing sessions come before new INVITEs."""
    wire, leg, answered = talk()
    wire.endpoint.overload.level = 4

    sent = wire.receive(
        in_dialog_of_caller("BYE", answered, DOOR, cseq=2, branch="z9hG4bKbye"), DOOR
    )
    (bye,) = requests(sent, b"BYE")
    wire.receive(reply(bye, 200, flow=MONITOR), MONITOR)

    assert (200, b"BYE") in sent_to(sent, DOOR)
    assert bye.call_id == leg.call_id


def test_a_cancel_and_a_repeated_invite_are_served_in_overload() -> None:
    """§9.2, §17.2.1: they belong to a transaction that exists."""
    wire = overloaded(0)
    data = invite(DOOR)
    wire.receive(data, DOOR)
    wire.endpoint.overload.level = 4

    assert (100, b"INVITE") in sent_to(wire.receive(data, DOOR), DOOR)
    assert (200, b"CANCEL") in sent_to(wire.receive(cancel(data), DOOR), DOOR)


def test_responses_are_taken_in_overload() -> None:
    """§18.1.2: a response is matched to its transaction, whatever the server thinks of others."""
    wire = overloaded(0)
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.endpoint.overload.level = 4

    assert (180, b"INVITE") in sent_to(wire.receive(reply(leg, 180, flow=MONITOR), MONITOR), DOOR)


def test_a_flood_of_one_source_is_answered_in_part_and_others_in_full() -> None:
    """§26.1.5, §26.3.2.4: denial of service must be limited to whoever causes it."""
    wire = overloaded(0)
    answered = sum(len(wire.receive(options(number), STRANGER)) for number in range(1, 8000))

    assert 0 < answered < 7000
    assert len(wire.receive(options(), DOOR)) == 1


def test_a_challenge_keeps_no_memory() -> None:
    """§26.3.2.4: "challenge questionable requests with only a single 401", "forgoing the normal
    response retransmission algorithm, and thus behaving statelessly"."""
    wire = overloaded(0)
    wire.gate.outcome = Challenged((b'WWW-Authenticate: Digest realm="x", nonce="y"',))
    for number in range(500):
        data = invite(STRANGER, branch=f"z9hG4bK{number}", call_id=f"{number}")
        assert sent_to(wire.receive(data, STRANGER), STRANGER) == [(401, b"INVITE")]
    wire.clock.advance(60)

    assert wire.remains == {}
