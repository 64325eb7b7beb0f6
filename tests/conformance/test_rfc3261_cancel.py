"""RFC 3261 §9, RFC 3326 and the races of RFC 5407 that a CANCEL can run into."""

import pytest

from sipcore.kernel.flow import Flow
from tests.conformance.line import DOMAIN, Line, dial, phone, summary
from tests.support.peers import ANSWER_SDP, ack, ack_failure, cancel, reply
from tests.support.plain_message import read, tag_of
from tests.support.wire import APP, DOOR, MONITOR, Wire, requests, responses, stage


def test_a_cancel_before_the_final_response_ends_in_487() -> None:
    """§9.2: 200 for the CANCEL, 487 for the INVITE, and the rung phone is cancelled."""
    line = Line()
    line.ring()
    leg = line.to(MONITOR)[0]
    line.say(reply_to(line, 180), MONITOR)
    sent = line.say(cancel(dial()))

    assert sorted(summary(sent)) == ["200 CANCEL", "487 INVITE", "CANCEL"]
    (ended,) = [one for one in sent if one.method == "CANCEL" and not one.status]
    assert ended.start.split()[1] == leg.start.split()[1]
    for name in ("Via", "From", "To", "Call-ID"):
        assert ended.get(name) == leg.get(name)  # §9.1
    assert ended.get("CSeq").split()[0] == leg.get("CSeq").split()[0]


def test_a_cancel_whose_answer_was_lost_gets_it_again_when_the_invite_is_long_over() -> None:
    """§9.2, §17.2.2: a CANCEL is answered in a transaction of its own, for 32 s."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    data = dial()
    wire.receive(data, DOOR)
    first, refused = responses(wire.receive(cancel(data), DOOR))
    wire.receive(ack_failure(data, refused), DOOR)
    wire.advance(20)

    (again,) = responses(wire.receive(cancel(data), DOOR))
    wire.advance(13)
    (stranger,) = responses(wire.receive(cancel(data), DOOR))

    assert (first.status, refused.status, again.raw) == (200, 487, first.raw)
    assert stranger.status == 481


def test_a_cancel_is_heard_though_there_is_no_room_for_its_transaction() -> None:
    """§9.2: the call ends all the same."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    data = dial()
    (leg,) = requests(wire.receive(data, DOOR), b"INVITE")
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
    wire.endpoint.table.max_transactions = 1

    sent = wire.receive(cancel(data), DOOR)

    assert sorted(one.status for one in responses(sent)) == [200, 487]


def test_the_tags_of_both_answers_are_the_same() -> None:
    """§9.2: the To tag of the 200 and that of the INVITE's responses SHOULD be one."""
    line = Line()
    line.ring()
    line.say(reply_to(line, 180), MONITOR)
    ringing = line.to(DOOR)[-1]
    sent = {one.status: tag_of(one.get("To")) for one in line.say(cancel(dial())) if one.status}

    assert sent[200] == sent[487] == tag_of(ringing.get("To"))


def test_no_cancel_is_sent_before_a_provisional_response() -> None:
    """§9.1: it MUST wait for a 1xx; it goes out when that has come."""
    line = Line()
    line.ring()
    at_once = line.say(cancel(dial()))
    later = line.say(reply_to(line, 100), MONITOR)

    assert sorted(summary(at_once)) == ["200 CANCEL", "487 INVITE"]
    assert summary(later) == ["CANCEL"]


def test_a_phone_that_answers_before_it_could_be_cancelled_hears_ack_and_bye() -> None:
    """§9.1, §13.2.2.4, RFC 5407 §3.1.2: a 2xx that crossed the CANCEL is a call to be ended."""
    line = Line()
    line.ring()
    line.say(cancel(dial()))
    sent = line.say(reply_to(line, 200, body=ANSWER_SDP), MONITOR)

    assert summary(sent) == ["ACK", "BYE"]


def test_a_2xx_after_the_cancel_was_sent_is_ended_too() -> None:
    """RFC 5407 §3.1.2."""
    line = Line()
    line.ring()
    line.say(reply_to(line, 180), MONITOR)
    line.say(cancel(dial()))
    line.say(cancelled(line, 200), MONITOR)
    sent = line.say(reply_to(line, 200, body=ANSWER_SDP), MONITOR)

    assert summary(sent) == ["ACK", "BYE"]
    assert "200 INVITE" not in summary(line.to(DOOR))


def test_a_cancel_after_the_200_is_answered_and_has_no_effect() -> None:
    """§9.2: the transaction still exists, its final response is sent: 200, and the call goes on."""
    line = Line()
    line.ring()
    line.say(reply_to(line, 200, body=ANSWER_SDP), MONITOR)

    assert summary(line.say(cancel(dial()))) == ["200 CANCEL"]
    assert line.wire.remains["calls"] == 1


def test_a_cancel_after_a_failure_is_answered_and_has_no_effect() -> None:
    """§9.2."""
    line = Line()
    line.ring()
    line.say(reply_to(line, 486), MONITOR)

    assert summary(line.say(cancel(dial()))) == ["200 CANCEL"]


@pytest.mark.parametrize(
    "data",
    [
        phone("CANCEL", f"sip:1001@{DOMAIN}"),
        cancel(dial(via="Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK-other")),
        cancel(dial(via="Via: SIP/2.0/UDP 192.0.2.9:5062;rport;branch=z9hG4bK-1")),
    ],
)
def test_a_cancel_for_nothing_is_481(data: bytes) -> None:
    """§9.2: no transaction by the rules of §17.2.3, which compare branch and sent-by."""
    line = Line()
    if b"z9hG4bK-1\r" not in data or b"192.0.2.9" in data:
        line.ring()

    assert summary(line.say(data)) == ["481 CANCEL"]
    assert "CANCEL" not in summary(line.to(MONITOR))


def test_a_cancel_that_was_lost_and_comes_again_gets_200_again() -> None:
    """§9.2, §17.2.2."""
    line = Line()
    line.ring()
    line.say(cancel(dial()))

    assert summary(line.say(cancel(dial()))) == ["200 CANCEL"]


def test_a_stranger_cannot_cancel() -> None:
    """§26: a CANCEL cannot be challenged (§22.1), so it must come from where the INVITE came."""
    line = Line()
    line.ring()

    assert summary(line.say(cancel(dial()), Flow("UDP", 0, "192.0.2.66", 5062))) == ["481 CANCEL"]


def test_the_cancel_reaches_its_invite_although_the_port_changed() -> None:
    """§9.2: matching is by branch and sent-by; a NAT may give every packet another port."""
    line = Line()
    line.ring()

    assert "200 CANCEL" in summary(line.say(cancel(dial()), DOOR._replace(port=40001)))


def test_a_cancel_is_not_challenged() -> None:
    """§22.1: it cannot be sent again with credentials."""
    line = Line()
    line.ring()

    assert not [one for one in line.say(cancel(dial())) if one.status in (401, 407)]


def test_only_an_invite_is_cancelled() -> None:
    """§9.1, §9.2: a CANCEL for another request has no effect on it."""
    line = Line()
    options = phone(via="Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK-o")
    line.say(options)

    assert summary(line.say(cancel(options))) in (["481 CANCEL"], ["200 CANCEL"])


def test_the_ack_for_487_ends_the_transaction_and_is_passed_to_nobody() -> None:
    """§17.2.1."""
    line = Line()
    line.ring()
    line.say(reply_to(line, 180), MONITOR)
    sent = line.wire.receive(cancel(dial()), DOOR)
    (failure,) = responses(sent, lambda one: one.status == 487)

    assert line.say(ack_failure(dial(), failure)) == []


def test_a_phone_that_was_cancelled_gets_the_ack_for_its_487() -> None:
    """§17.1.1.3: same Request-URI and top Via as the INVITE; To of the response."""
    line = Line()
    line.ring()
    leg = line.to(MONITOR)[0]
    line.say(reply_to(line, 180), MONITOR)
    line.say(cancel(dial()))
    (ended,) = line.say(reply_to(line, 487), MONITOR)

    assert ended.method == "ACK"
    assert ended.get("Via") == leg.get("Via")
    assert ended.start.split()[1] == leg.start.split()[1]
    assert tag_of(ended.get("To")) == "callee-tag"


def test_when_no_487_comes_the_transaction_ends_after_64_t1() -> None:
    """§9.1: a client gives up the cancelled transaction after 64*T1."""
    line = Line()
    line.ring()
    line.say(reply_to(line, 180), MONITOR)
    line.say(cancel(dial()))
    line.wait(70.0, 0.1)

    assert line.wire.remains == {}


def test_who_loses_is_told_that_another_answered() -> None:
    """RFC 3326 §2: `Reason: SIP;cause=200` keeps the call out of the list of missed calls."""
    wire = Wire(stage("indoor", "monitor", "app"), contacts={"monitor": [MONITOR], "app": [APP]})
    line = Line(wire)
    legs = dict(zip((MONITOR, APP), requests(wire.receive(dial(), DOOR), b"INVITE"), strict=True))
    for flow, leg in legs.items():
        line.say(reply(leg, 180, flow=flow), flow)
    line.say(reply(legs[APP], 200, body=ANSWER_SDP, flow=APP), APP)
    (ended,) = [one for one in line.to(MONITOR) if one.method == "CANCEL"]

    assert "SIP" in ended.get("Reason")
    assert "cause=200" in ended.get("Reason").replace(" ", "")


def test_who_is_cancelled_by_the_caller_is_not_told_that_another_answered() -> None:
    """RFC 3326 §2."""
    line = Line()
    line.ring()
    line.say(reply_to(line, 180), MONITOR)
    line.say(cancel(dial()))
    (ended,) = [one for one in line.to(MONITOR) if one.method == "CANCEL"]

    assert "cause=200" not in ended.get("Reason").replace(" ", "")


def test_the_second_of_two_answers_at_once_is_ended() -> None:
    """§13.2.2.4: two phones pick up in the same instant; the caller hears one of them."""
    wire = Wire(stage("indoor", "monitor", "app"), contacts={"monitor": [MONITOR], "app": [APP]})
    line = Line(wire)
    monitor, app = requests(wire.receive(dial(), DOOR), b"INVITE")
    line.say(reply(monitor, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    sent = line.say(reply(app, 200, body=ANSWER_SDP, flow=APP), APP)

    assert summary(sent) == ["ACK", "BYE"]
    assert summary(line.to(DOOR)).count("200 INVITE") == 1


def test_a_re_invite_can_be_cancelled_and_the_call_goes_on() -> None:
    """§9, §14.1: the session stays as it was."""
    line = Line()
    leg = line.ring()
    sent = line.wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    (ok,) = responses(sent)
    line.say(ack(ok, DOOR))
    again = phone(
        "INVITE",
        "sip:192.0.2.100:5060",
        body=ANSWER_SDP,
        to=f"To: {(ok.first(b'to') or b'').decode()}",
        cseq="CSeq: 2 INVITE",
        via="Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK-re",
    )
    line.say(again)
    (crossed,) = [one for one in line.to(MONITOR)[1:] if one.method == "INVITE"]
    line.say(ringing(crossed.raw, 100), MONITOR)
    sent_on = summary(line.say(cancel(again)))
    refused = summary(line.say(ringing(crossed.raw, 487), MONITOR))

    assert "CANCEL" in sent_on
    assert "200 CANCEL" in sent_on
    assert sorted(refused) == ["487 INVITE", "ACK"]
    assert line.wire.remains["calls"] == 1


def ringing(raw: bytes, status: int) -> bytes:
    """A response of the monitor to a request it got."""
    got = read(raw)
    lines = [f"SIP/2.0 {status} x", *(f"Via: {via}" for via in got.every("Via"))]
    lines += [f"{name}: {got.get(name)}" for name in ("From", "To", "Call-ID", "CSeq")]
    return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()


def reply_to(line: Line, status: int, body: bytes = b"") -> bytes:
    """A response of the monitor to its INVITE."""
    got = line.to(MONITOR)[0]
    tag = "" if status == 100 else ";tag=callee-tag"
    lines = [f"SIP/2.0 {status} x", *(f"Via: {via}" for via in got.every("Via"))]
    lines += [f"{name}: {got.get(name)}" for name in ("From", "Call-ID", "CSeq")]
    lines += [f"To: {got.get('To')}{tag}", "Contact: <sip:monitor@192.0.2.11:5060>"]
    if body:
        lines.append("Content-Type: application/sdp")
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def cancelled(line: Line, status: int) -> bytes:
    """A response of the monitor to the CANCEL it got."""
    (got,) = [one for one in line.to(MONITOR) if one.method == "CANCEL"]
    return ringing(got.raw, status)
