"""A call from the caller's INVITE to the last release, on a wire of lists."""

from sipcore.b2bua.call import LONGEST_CALL
from sipcore.b2bua.events import Dismissed
from sipcore.b2bua.facts import CallEnded
from sipcore.b2bua.ports import DigitVerdict
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from tests.support.peers import (
    ANSWER_SDP,
    SDP,
    ack,
    cancel,
    in_dialog_of_callee,
    in_dialog_of_caller,
    invite,
    reply,
)
from tests.support.wire import APP, DOOR, MONITOR, Wire, requests, responses, sent_to, stage, talk

TWO_STAGES = (stage("indoor", "monitor", timeout=10.0), stage("app", "app", kind="app"))
CONTACTS = {"monitor": [MONITOR], "app": [APP]}


def answered_call() -> tuple[Wire, Request, Response]:
    """The monitor of the first stage answered and everything is acknowledged."""
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    (sent,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(sent, 180, flow=MONITOR), MONITOR)
    answer = responses(wire.receive(reply(sent, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR))[0]
    ack = in_dialog_of_caller("ACK", answer, DOOR, cseq=1, branch="z9hG4bKack")
    assert wire.receive(ack, DOOR) == []
    return wire, sent, answer


def test_the_first_stage_rings_with_a_leg_of_its_own_identity() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)

    sent = wire.receive(invite(DOOR), DOOR)

    (trying,) = responses(sent)
    (leg,) = requests(sent, b"INVITE")
    assert trying.status == 100
    assert leg.uri == b"sip:monitor@192.0.2.11:5060"
    assert leg.body == SDP
    assert (leg.first(b"from") or b"").startswith(
        b'"Main Door" <sip:1000000001@doorline.test>;tag='
    )
    assert leg.first(b"call-id") != b"visit@door"
    assert leg.max_forwards == 69
    assert b"192.0.2.1:" not in leg.raw.partition(b"\r\n\r\n")[0]


def test_an_answer_reaches_the_caller_and_is_acknowledged_at_once() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    (ringing,) = responses(wire.receive(reply(leg, 180, flow=MONITOR), MONITOR))

    sent = wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    (answer,) = responses(sent)
    (ack,) = requests(sent, b"ACK")
    assert (ringing.status, answer.status) == (180, 200)
    assert answer.body == ANSWER_SDP
    assert answer.to_tag == ringing.to_tag
    assert ack.cseq.number == 1
    assert ack.uri == b"sip:callee@192.0.2.11:5060"


def test_a_stage_that_times_out_is_cancelled_and_the_next_one_rings() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    (monitor,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(monitor, 180, flow=MONITOR), MONITOR)

    sent = wire.advance(10.1)

    (withdrawn,) = requests(sent, b"CANCEL")
    (app,) = requests(sent, b"INVITE")
    assert withdrawn.branch == monitor.branch
    assert withdrawn.first(b"reason") == b'SIP;cause=408;text="Nobody answered"'
    assert app.uri == b"sip:app@192.0.2.12:5060"


def test_a_stage_whose_last_leg_fails_gives_way_at_once() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    (monitor,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")

    sent = wire.receive(reply(monitor, 486), MONITOR)

    assert [request.uri for request in requests(sent, b"INVITE")] == [b"sip:app@192.0.2.12:5060"]


def test_a_stage_with_nobody_reachable_is_skipped_and_the_record_says_so() -> None:
    wire = Wire(*TWO_STAGES, contacts={"app": [APP]})

    sent = wire.receive(invite(DOOR), DOOR)

    assert [request.uri for request in requests(sent, b"INVITE")] == [b"sip:app@192.0.2.12:5060"]
    assert wire.journal.names == [
        "CallStarted",
        "TargetSkipped",
        "StageSkipped",
        "StageStarted",
        "LegStarted",
    ]


def test_nobody_reachable_at_all_is_480() -> None:
    wire = Wire(*TWO_STAGES)

    sent = wire.receive(invite(DOOR), DOOR)

    assert [response.status for response in responses(sent)] == [100, 480]
    assert wire.endpoint.active_calls == 0


def test_the_winner_silences_the_other_phones_with_a_reason() -> None:
    wire = Wire(stage("app+indoor", "monitor", "app"), contacts=CONTACTS)
    monitor, app = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(monitor, 180, flow=MONITOR), MONITOR)
    wire.receive(reply(app, 180, flow=APP), APP)

    sent = wire.receive(reply(app, 200, body=ANSWER_SDP, flow=APP), APP)

    (silenced,) = requests(sent, b"CANCEL")
    assert silenced.uri == monitor.uri
    assert silenced.first(b"reason") == b'SIP;cause=200;text="Call completed elsewhere"'


def test_a_cancel_waits_for_the_first_provisional_response() -> None:
    wire = Wire(stage("app+indoor", "monitor", "app"), contacts=CONTACTS)
    monitor, app = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    sent = wire.receive(reply(app, 200, body=ANSWER_SDP, flow=APP), APP)
    assert requests(sent, b"CANCEL") == []

    sent = wire.receive(reply(monitor, 180, flow=MONITOR), MONITOR)

    assert [request.branch for request in requests(sent, b"CANCEL")] == [monitor.branch]


def test_a_late_answer_gets_ack_and_bye() -> None:
    wire = Wire(stage("app+indoor", "monitor", "app"), contacts=CONTACTS)
    monitor, app = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(monitor, 180, flow=MONITOR), MONITOR)
    wire.receive(reply(app, 200, body=ANSWER_SDP, flow=APP), APP)

    sent = wire.receive(reply(monitor, 200, tag="late", body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert [message.method for message, _ in sent if isinstance(message, Request)] == [
        b"ACK",
        b"BYE",
    ]
    assert {flow for _, flow in sent} == {MONITOR}


def test_a_caller_who_gives_up_ends_every_leg() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    press = invite(DOOR)
    (monitor,) = requests(wire.receive(press, DOOR), b"INVITE")
    wire.receive(reply(monitor, 180, flow=MONITOR), MONITOR)

    sent = wire.receive(cancel(press), DOOR)

    assert [(r.status, r.cseq.method) for r in responses(sent)] == [
        (200, b"CANCEL"),
        (487, b"INVITE"),
    ]
    assert len(requests(sent, b"CANCEL")) == 1
    assert wire.journal.names[-3:] == ["LegReleased", "StageEnded", "CallEnded"]
    assert wire.endpoint.active_calls == 0


def test_bye_of_either_side_ends_the_other() -> None:
    wire, sent_invite, _ = answered_call()

    sent = wire.receive(in_dialog_of_callee("BYE", sent_invite, MONITOR), MONITOR)

    (ok,) = responses(sent)
    (bye,) = requests(sent, b"BYE")
    assert (ok.status, bye.uri) == (200, b"sip:1000000001@192.0.2.1:5062")
    assert wire.endpoint.active_calls == 0


def test_the_answer_is_repeated_until_the_caller_acknowledges_it() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    repeated = responses(wire.advance(4.0))

    assert [response.status for response in repeated] == [200, 200, 200]


def test_an_answer_that_is_never_acknowledged_ends_with_bye_on_both_sides() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    sent = wire.advance(32.5)

    uris = {request.uri for request in requests(sent, b"BYE")}
    assert uris == {b"sip:1000000001@192.0.2.1:5062", b"sip:callee@192.0.2.11:5060"}


def test_a_door_code_crosses_the_call_and_its_answer_comes_back() -> None:
    wire, sent_invite, _ = answered_call()
    info = in_dialog_of_callee(
        "INFO",
        sent_invite,
        MONITOR,
        body=b"Signal=1\r\nDuration=160",
        content_type="application/dtmf-relay",
    )

    (forwarded,) = requests(wire.receive(info, MONITOR), b"INFO")
    (back,) = responses(wire.receive(reply(forwarded, 200), DOOR))

    assert forwarded.body == b"Signal=1\r\nDuration=160"
    assert forwarded.content_type == b"application/dtmf-relay"
    assert (back.status, back.cseq.method) == (200, b"INFO")


def test_a_withheld_door_code_never_reaches_the_door() -> None:
    wire, sent_invite, _ = answered_call()
    wire.digits.verdict = DigitVerdict.WITHHOLD
    info = in_dialog_of_callee(
        "INFO", sent_invite, MONITOR, body=b"1", content_type="application/dtmf"
    )

    sent = wire.receive(info, MONITOR)

    assert [response.status for response in responses(sent)] == [403]
    assert requests(sent, b"INFO") == []


def test_a_reinvite_crosses_with_its_offer_answer_and_ack() -> None:
    wire, sent_invite, _ = answered_call()
    offer = in_dialog_of_callee(
        "INVITE", sent_invite, MONITOR, body=SDP, content_type="application/sdp"
    )

    (forwarded,) = requests(wire.receive(offer, MONITOR), b"INVITE")
    sent = wire.receive(reply(forwarded, 200, body=ANSWER_SDP, flow=DOOR), DOOR)

    assert forwarded.body == SDP
    assert [r.method for r in requests(sent, b"ACK")] == [b"ACK"]
    assert [(r.status, r.body) for r in responses(sent)] == [(200, ANSWER_SDP)]


def test_a_delayed_offer_is_answered_in_the_callers_ack() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    (leg,) = requests(wire.receive(invite(DOOR, body=b""), DOOR), b"INVITE")
    sent = wire.receive(reply(leg, 200, body=SDP, flow=MONITOR), MONITOR)
    (answer,) = responses(sent)
    assert requests(sent, b"ACK") == []

    ack = in_dialog_of_caller(
        "ACK",
        answer,
        DOOR,
        cseq=1,
        branch="z9hG4bKack",
        body=ANSWER_SDP,
        content_type="application/sdp",
    )
    (passed,) = requests(wire.receive(ack, DOOR), b"ACK")

    assert passed.body == ANSWER_SDP


def test_early_media_of_one_phone_does_not_bind_the_answer_of_another() -> None:
    wire = Wire(stage("app+indoor", "monitor", "app"), contacts=CONTACTS)
    monitor, app = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    (preview,) = responses(wire.receive(reply(monitor, 183, body=SDP, flow=MONITOR), MONITOR))

    (answer,) = responses(wire.receive(reply(app, 200, body=ANSWER_SDP, flow=APP), APP))

    assert preview.body == SDP
    assert answer.to_tag != preview.to_tag


def test_a_challenge_of_a_trunk_is_answered_once() -> None:
    wire = Wire(stage("landline", "+49301234", kind="landline"), contacts={"+49301234": [APP]})
    object.__setattr__(wire.planner.stages[0].targets[0], "trunk", "provider")
    wire.challenges.line = b'Authorization: Digest username="u"'
    (first,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")

    sent = wire.receive(reply(first, 401), APP)

    (again,) = requests(sent, b"INVITE")
    assert again.first(b"authorization") == b'Digest username="u"'
    assert (again.cseq.number, again.branch != first.branch) == (2, True)
    assert again.call_id == first.call_id


def test_busy_everywhere_is_told_to_the_caller() -> None:
    wire = Wire(stage("indoor", "monitor"), contacts=CONTACTS)
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")

    sent = wire.receive(reply(leg, 486), MONITOR)

    assert [response.status for response in responses(sent)] == [486]
    assert wire.journal.facts[-1] == CallEnded(
        "token-2", wire.clock.utc(), "busy", "server", "Busy Here", 486
    )


def test_a_phone_that_cannot_be_sent_to_counts_as_failed() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    wire.broken.add(MONITOR)

    sent = wire.receive(invite(DOOR), DOOR)

    assert [request.uri for request in requests(sent, b"INVITE")] == [b"sip:app@192.0.2.12:5060"]


def test_a_repeated_invite_starts_nothing_new() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    wire.receive(invite(DOOR), DOOR)

    sent = wire.receive(invite(DOOR), DOOR)

    assert requests(sent, b"INVITE") == []
    assert wire.endpoint.active_calls == 1


def test_a_call_that_lasts_too_long_is_ended() -> None:
    on = talk()

    on.wire.clock.advance(LONGEST_CALL)
    sent = on.wire.advance(0.1)

    assert sent_to(sent, DOOR) == [(b"BYE", b"BYE")]
    assert sent_to(sent, MONITOR) == [(b"BYE", b"BYE")]
    assert requests(sent, b"BYE")[0].first(b"reason") == (
        b'Q.850;cause=102;text="Longest call time"'
    )


def test_an_ended_call_does_not_wait_in_the_wheel_for_its_longest_time() -> None:
    on = talk()
    (bye,) = requests(on.wire.receive(on.door("BYE"), DOOR), b"BYE")
    on.wire.receive(reply(bye, 200), MONITOR)

    on.wire.advance(33.0)

    assert on.wire.remains == {}


def test_a_dismissed_call_hears_bye_on_both_sides() -> None:
    on = talk()
    board = on.wire.endpoint.switchboard
    (call,) = board.calls.values()

    board.tell(call, Dismissed(), on.wire.clock.monotonic())
    sent = on.wire.taken()

    assert [r.first(b"reason") for r in requests(sent, b"BYE")] == [
        b'SIP;cause=503;text="Server is stopping"'
    ] * 2


def test_a_dismissed_call_that_rings_is_refused_503() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
    (call,) = wire.endpoint.switchboard.calls.values()

    wire.endpoint.switchboard.tell(call, Dismissed(), wire.clock.monotonic())
    sent = wire.taken()

    assert sent_to(sent, DOOR) == [(503, b"INVITE")]
    (refused,) = responses(sent)
    assert 5 <= int(refused.first(b"retry-after") or 0) <= 30
    assert sent_to(sent, MONITOR) == [(b"CANCEL", b"CANCEL")]


# -- streams -----------------------------------------------------------------------------------

STREAM = Flow("TCP", 0, "192.0.2.1", 40123, 7)


def test_a_caller_whose_stream_breaks_while_it_rings_ends_the_call() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    (leg,) = requests(wire.receive(invite(STREAM), STREAM), b"INVITE")
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)

    wire.broken.add(STREAM)
    wire.endpoint.switchboard.flow_closed(STREAM, wire.clock.monotonic())

    assert sent_to(wire.taken(), MONITOR) == [(b"CANCEL", b"CANCEL")]
    assert wire.journal.facts[-1] == CallEnded(
        "token-2", wire.clock.utc(), "abandoned", "caller", "leg_lost", 487
    )


BACK = STREAM._replace(port=5062, connection=0)
"""Where that caller listens, by its Via."""


def ringing_over_a_stream() -> tuple[Wire, Request]:
    """A call from a phone whose Via names the port at which it listens, and the leg that rings."""
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    call = invite(STREAM).replace(b"192.0.2.1:40123;", b"192.0.2.1:5062;", 1)
    (leg,) = requests(wire.receive(call, STREAM), b"INVITE")
    wire.broken.add(STREAM)
    wire.endpoint.switchboard.flow_closed(STREAM, wire.clock.monotonic())
    return wire, leg


def test_a_caller_that_can_be_connected_to_hears_the_answer_over_another_stream() -> None:
    """RFC 3261 §18.2.2."""
    wire, leg = ringing_over_a_stream()

    sent = wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert sent_to(sent, BACK) == [(200, b"INVITE")]
    (answer,) = [message for message, flow in sent if flow == BACK]
    assert isinstance(answer, Response)
    wire.receive(ack(answer, STREAM), BACK._replace(connection=8))
    assert wire.endpoint.active_calls == 1


def test_a_caller_that_cannot_be_connected_to_either_ends_the_call() -> None:
    wire, leg = ringing_over_a_stream()
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)

    wire.broken.add(BACK)
    wire.endpoint.switchboard.flow_closed(BACK, wire.clock.monotonic())

    assert sent_to(wire.taken(), MONITOR) == [(b"CANCEL", b"CANCEL")]
    wire.receive(reply(leg, 487, flow=MONITOR), MONITOR)
    wire.advance(40.0)
    assert wire.remains == {}


def test_an_answer_that_finds_the_callers_stream_broken_is_hung_up() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    (leg,) = requests(wire.receive(invite(STREAM), STREAM), b"INVITE")
    wire.broken.add(STREAM)

    sent = wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK"), (b"BYE", b"BYE")]
    wire.receive(reply(requests(sent, b"BYE")[0], 200), MONITOR)
    wire.advance(40.0)
    assert wire.remains == {}


def test_a_talking_caller_may_lose_its_stream() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    (leg,) = requests(wire.receive(invite(STREAM), STREAM), b"INVITE")
    (answer,) = responses(wire.receive(reply(leg, 200, body=SDP, flow=MONITOR), MONITOR))
    wire.receive(ack(answer, STREAM), STREAM)

    wire.endpoint.switchboard.flow_closed(STREAM, wire.clock.monotonic())

    assert (wire.taken(), wire.endpoint.active_calls) == ([], 1)


def test_a_phone_whose_stream_closes_while_it_rings_has_failed() -> None:
    stream = Flow("TCP", 0, "192.0.2.11", 40777, 9)
    wire = Wire(*TWO_STAGES, contacts={"monitor": [stream], "app": [APP]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, 180, flow=stream), stream)

    wire.endpoint.switchboard.flow_closed(stream, wire.clock.monotonic())

    assert [r.uri for r in requests(wire.taken(), b"INVITE")] == [b"sip:app@192.0.2.12:5060"]
