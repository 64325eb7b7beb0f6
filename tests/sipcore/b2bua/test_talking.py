"""Requests that cross an answered call, on a wire of lists."""

import pytest

from sipcore.b2bua.facts import CallEnded, CodeAnswered
from sipcore.b2bua.ports import DigitVerdict
from sipcore.endpoint.replies import METHODS
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.support.peers import (
    ANSWER_SDP,
    SDP,
    ack,
    ack_failure,
    cancel,
    invite,
    reply,
)
from tests.support.wire import (
    APP,
    DOOR,
    MONITOR,
    Talk,
    Wire,
    requests,
    responses,
    sent_to,
    stage,
    talk,
)

DIGIT = b"Signal=5\r\nDuration=160"


def crossed(on: Talk, data: bytes, method: bytes) -> Request:
    """The request that the monitor gets for one of the door."""
    (forwarded,) = requests(on.wire.receive(data, DOOR), method)
    return forwarded


@pytest.mark.parametrize("method", ["INFO", "UPDATE", "MESSAGE", "INVITE"])
def test_a_request_crosses_with_its_body_and_its_answer_comes_back(method: str) -> None:
    on = talk()
    data = on.door(method, body=SDP, kind="application/sdp;x=1").replace(
        b"Max-Forwards: 70", b"Max-Forwards: 70\r\nX-Secret: 1\r\nContent-Disposition: session"
    )

    forwarded = crossed(on, data, method.encode())
    sent = on.wire.receive(reply(forwarded, 202, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    (back,) = responses(sent)
    assert (forwarded.body, forwarded.first(b"content-type")) == (SDP, b"application/sdp;x=1")
    assert forwarded.first(b"content-disposition") == b"session"
    assert forwarded.first(b"x-secret") is None
    assert forwarded.cseq.number == 2
    assert (back.status, back.body, back.cseq.method) == (202, ANSWER_SDP, method.encode())
    assert (back.first(b"contact") is not None) == (method in ("UPDATE", "INVITE"))


@pytest.mark.parametrize(("status", "told"), [(488, 488), (491, 491), (302, 480), (503, 500)])
def test_a_refused_reinvite_leaves_the_call_as_it_was(status: int, told: int) -> None:
    on = talk()
    forwarded = crossed(on, on.door("INVITE", body=SDP), b"INVITE")

    sent = on.wire.receive(reply(forwarded, status), MONITOR)

    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK")]
    assert sent_to(sent, DOOR) == [(told, b"INVITE")]
    assert on.wire.endpoint.active_calls == 1


@pytest.mark.parametrize("method", ["INVITE", "INFO", "UPDATE"])
@pytest.mark.parametrize("status", [408, 481])
def test_a_request_whose_dialog_is_gone_ends_the_call(method: str, status: int) -> None:
    on = talk()
    forwarded = crossed(on, on.door(method, body=SDP), method.encode())

    sent = on.wire.receive(reply(forwarded, status), MONITOR)

    assert sent_to(sent, DOOR)[-1] == (b"BYE", b"BYE")
    assert sent_to(sent, MONITOR)[-1] == (b"BYE", b"BYE")
    assert [fact for fact in on.wire.journal.facts if isinstance(fact, CallEnded)] == [
        CallEnded("token-2", on.wire.clock.utc(), "answered", "callee", "leg_lost", 200)
    ]


def test_a_reinvite_that_nobody_answers_ends_the_call() -> None:
    on = talk()
    crossed(on, on.door("INVITE", body=SDP), b"INVITE")

    sent = on.wire.advance(32.1)

    assert (408, b"INVITE") in sent_to(sent, DOOR)
    assert (b"BYE", b"BYE") in sent_to(sent, DOOR)
    assert on.wire.endpoint.active_calls == 0


def test_an_info_that_nobody_answers_ends_the_call_without_a_408() -> None:
    on = talk()
    crossed(on, on.door("INFO", body=DIGIT, kind="application/dtmf-relay"), b"INFO")

    sent = on.wire.advance(32.1)

    assert [item for item in sent_to(sent, DOOR) if item[1] == b"INFO"] == [(100, b"INFO")]
    assert (b"BYE", b"BYE") in sent_to(sent, DOOR)


# -- offers that meet --------------------------------------------------------------------------


def test_reinvites_that_meet_are_both_told_491() -> None:
    on = talk()
    forwarded = crossed(on, on.door("INVITE", body=SDP), b"INVITE")

    to_monitor = on.wire.receive(on.monitor("INVITE", body=SDP), MONITOR)
    to_door = on.wire.receive(reply(forwarded, 491), MONITOR)

    assert sent_to(to_monitor, MONITOR) == [(491, b"INVITE")]
    assert sent_to(to_door, DOOR) == [(491, b"INVITE")]
    assert on.wire.endpoint.active_calls == 1


def test_after_the_glare_each_side_may_try_again() -> None:
    on = talk()
    forwarded = crossed(on, on.door("INVITE", body=SDP), b"INVITE")
    (refused,) = responses(on.wire.receive(reply(forwarded, 491), MONITOR))
    on.wire.receive(ack_failure(on.door("INVITE", body=SDP), refused), DOOR)

    sent = on.wire.receive(on.monitor("INVITE", cseq=2, body=SDP), MONITOR)

    assert sent_to(sent, DOOR) == [(b"INVITE", b"INVITE")]


def test_an_update_with_an_offer_meets_a_reinvite() -> None:
    on = talk()
    crossed(on, on.door("INVITE", body=SDP), b"INVITE")

    with_offer = on.wire.receive(on.monitor("UPDATE", body=SDP), MONITOR)
    without = on.wire.receive(on.monitor("UPDATE", cseq=2), MONITOR)

    assert sent_to(with_offer, MONITOR) == [(491, b"UPDATE")]
    assert sent_to(without, MONITOR) == [(200, b"UPDATE")]


def test_a_second_reinvite_of_the_same_phone_has_to_wait() -> None:
    on = talk()
    crossed(on, on.door("INVITE", body=SDP), b"INVITE")

    (refused,) = responses(on.wire.receive(on.door("INVITE", cseq=3, body=SDP), DOOR))

    assert refused.status == 500
    assert 0 <= int(refused.first(b"retry-after") or b"-1") <= 10


def test_a_reinvite_to_a_phone_whose_ack_is_missing_is_491() -> None:
    on = talk(acknowledged=False)

    sent = on.wire.receive(on.monitor("INVITE", body=SDP), MONITOR)

    assert sent_to(sent, MONITOR) == [(491, b"INVITE")]


def test_a_reinvite_may_overtake_an_ack_that_carries_nothing() -> None:
    on = talk(acknowledged=False)

    sent = on.wire.receive(on.door("INVITE", body=SDP), DOOR)  # RFC 5407 §3.1.4

    assert sent_to(sent, MONITOR) == [(b"INVITE", b"INVITE")]


def test_a_reinvite_may_not_overtake_an_ack_that_carries_the_answer() -> None:
    on = talk(offer=b"", answer=SDP, acknowledged=False)

    sent = on.wire.receive(on.door("INVITE", body=SDP), DOOR)  # RFC 5407 §3.1.5

    assert sent_to(sent, DOOR) == [(491, b"INVITE")]


# -- acknowledgements --------------------------------------------------------------------------


def test_a_reinvite_is_acknowledged_on_both_sides() -> None:
    on = talk()
    forwarded = crossed(on, on.door("INVITE", body=SDP), b"INVITE")
    final = reply(forwarded, 200, body=ANSWER_SDP, flow=MONITOR)
    sent = on.wire.receive(final, MONITOR)
    (answer,) = responses(sent)
    (first,) = requests(sent, b"ACK")

    again = on.wire.receive(final, MONITOR)
    on.wire.receive(ack(answer, DOOR), DOOR)

    assert first.cseq.number == 2
    assert [(message.raw, flow) for message, flow in again] == [(first.raw, MONITOR)]
    assert on.wire.advance(60.0) == []


def test_the_answer_to_a_reinvite_is_repeated_until_its_ack_and_then_the_call_ends() -> None:
    on = talk()
    forwarded = crossed(on, on.door("INVITE", body=SDP), b"INVITE")
    on.wire.receive(reply(forwarded, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    repeated = responses(on.wire.advance(8.0))
    sent = on.wire.advance(24.1)

    assert [response.status for response in repeated] == [200, 200, 200, 200]
    assert (b"BYE", b"BYE") in sent_to(sent, DOOR)
    assert (b"BYE", b"BYE") in sent_to(sent, MONITOR)


def test_a_repeated_answer_goes_where_the_answer_went_and_not_to_the_contact() -> None:
    wire, source = (
        Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]}),
        DOOR._replace(port=40000),
    )
    (leg,) = requests(wire.receive(invite(DOOR), source), b"INVITE")
    first = wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    repeated = wire.advance(0.6)  # RFC 3261 §18.2.2

    assert sent_to(first, source) == [(200, b"INVITE")]
    assert sent_to(repeated, source) == [(200, b"INVITE")]


def test_a_reinvite_without_offer_is_answered_in_its_ack() -> None:
    on = talk()
    forwarded = crossed(on, on.door("INVITE"), b"INVITE")
    offer = reply(forwarded, 200, body=SDP, flow=MONITOR)
    sent = on.wire.receive(offer, MONITOR)
    (answer,) = responses(sent)

    repeated = on.wire.receive(offer, MONITOR)
    passed = on.wire.receive(ack(answer, DOOR, body=ANSWER_SDP), DOOR)

    assert (requests(sent, b"ACK"), repeated, answer.body) == ([], [], SDP)
    assert [(r.body, r.cseq.number) for r in requests(passed, b"ACK")] == [(ANSWER_SDP, 2)]


def test_an_ack_with_another_number_acknowledges_nothing() -> None:
    on = talk(acknowledged=False)

    on.wire.receive(on.door("ACK", cseq=7), DOOR)

    assert [response.status for response in responses(on.wire.advance(1.0))] == [200]


# -- CANCEL of a re-INVITE ---------------------------------------------------------------------


def test_when_the_call_ends_an_offer_whose_answer_will_not_come_is_declined() -> None:
    on = talk()
    forwarded = crossed(on, on.door("INVITE"), b"INVITE")
    on.wire.receive(reply(forwarded, 200, body=SDP, flow=MONITOR), MONITOR)

    sent = on.wire.receive(on.door("BYE", cseq=3), DOOR)

    (declined,) = requests(sent, b"ACK")
    assert declined.body == SDP.replace(b"m=audio 4000", b"m=audio 0")
    assert (b"BYE", b"BYE") in sent_to(sent, MONITOR)


def test_a_withdrawn_reinvite_is_cancelled_at_the_other_leg_too() -> None:
    on = talk()
    data = on.door("INVITE", body=SDP)
    forwarded = crossed(on, data, b"INVITE")
    on.wire.receive(reply(forwarded, 100), MONITOR)

    sent = on.wire.receive(cancel(data), DOOR)
    (withdrawn,) = requests(sent, b"CANCEL")
    on.wire.receive(reply(withdrawn, 200), MONITOR)
    ended = on.wire.receive(reply(forwarded, 487), MONITOR)

    assert sent_to(sent, DOOR) == [(200, b"CANCEL")]
    assert (withdrawn.branch, withdrawn.to_tag) == (forwarded.branch, b"callee-tag")
    assert sent_to(ended, DOOR) == [(487, b"INVITE")]
    assert on.wire.endpoint.active_calls == 1


def test_the_cancel_of_a_reinvite_waits_for_a_provisional_response() -> None:
    on = talk()
    data = on.door("INVITE", body=SDP)
    forwarded = crossed(on, data, b"INVITE")

    early = on.wire.receive(cancel(data), DOOR)
    late = on.wire.receive(reply(forwarded, 100), MONITOR)

    assert sent_to(early, MONITOR) == []
    assert sent_to(late, MONITOR) == [(b"CANCEL", b"CANCEL")]


def test_an_answer_that_crosses_the_cancel_of_a_reinvite_counts() -> None:
    on = talk()
    data = on.door("INVITE", body=SDP)
    forwarded = crossed(on, data, b"INVITE")
    on.wire.receive(reply(forwarded, 100), MONITOR)
    on.wire.receive(cancel(data), DOOR)

    sent = on.wire.receive(reply(forwarded, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK")]
    assert sent_to(sent, DOOR) == [(200, b"INVITE")]


# -- the call ends meanwhile -------------------------------------------------------------------


@pytest.mark.parametrize("method", ["INFO", "INVITE", "UPDATE"])
def test_a_request_on_its_way_is_answered_487_when_the_call_ends(method: str) -> None:
    on = talk()
    crossed(on, on.door(method, body=SDP), method.encode())

    sent = on.wire.receive(on.monitor("BYE"), MONITOR)

    assert sent_to(sent, DOOR) == [(487, method.encode()), (b"BYE", b"BYE")]


def test_the_answer_to_a_reinvite_is_acknowledged_after_the_bye() -> None:
    on = talk()
    forwarded = crossed(on, on.door("INVITE", body=SDP), b"INVITE")
    (bye,) = requests(on.wire.receive(on.door("BYE", cseq=3), DOOR), b"BYE")

    crossing = reply(forwarded, 200, body=ANSWER_SDP, flow=MONITOR)  # RFC 5407 §3.2.3
    sent = on.wire.receive(crossing, MONITOR)
    again = on.wire.receive(crossing, MONITOR)

    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK")]
    assert sent_to(again, MONITOR) == [(b"ACK", b"ACK")]
    assert sent_to(sent, DOOR) == []
    assert bye.cseq.number == 3


def test_an_offer_that_arrives_after_the_bye_is_declined() -> None:
    on = talk()
    forwarded = crossed(on, on.door("INVITE"), b"INVITE")
    on.wire.receive(on.door("BYE", cseq=3), DOOR)

    sent = on.wire.receive(reply(forwarded, 200, body=SDP, flow=MONITOR), MONITOR)

    assert [r.body for r in requests(sent, b"ACK")] == [SDP.replace(b"audio 4000", b"audio 0")]


def test_a_late_answer_to_a_forwarded_info_changes_nothing() -> None:
    on = talk()
    forwarded = crossed(on, on.door("INFO", body=DIGIT, kind="a/b"), b"INFO")
    on.wire.receive(on.monitor("BYE"), MONITOR)

    assert on.wire.receive(reply(forwarded, 200), MONITOR) == []


def test_everything_is_forgotten_when_a_call_ended_in_the_middle_of_a_reinvite() -> None:
    on = talk()
    data = on.door("INVITE", body=SDP)
    forwarded = crossed(on, data, b"INVITE")
    on.wire.receive(reply(forwarded, 100), MONITOR)
    sent = on.wire.receive(on.door("BYE", cseq=3), DOOR)
    (refused,) = responses(sent, lambda response: response.status == 487)
    on.wire.receive(ack_failure(data, refused), DOOR)

    on.wire.advance(100.0)

    assert on.wire.remains == {}


# -- what is answered here ---------------------------------------------------------------------


def test_options_inside_a_call_are_answered_here() -> None:
    on = talk()

    sent = on.wire.receive(on.door("OPTIONS"), DOOR)

    (answer,) = responses(sent)
    assert (len(sent), answer.status) == (1, 200)
    assert answer.first(b"allow") == METHODS.removeprefix(b"Allow: ")


@pytest.mark.parametrize("method", ["NOTIFY", "PUBLISH", "INVENTED"])
def test_methods_that_nobody_implements_are_405_with_allow(method: str) -> None:
    on = talk()

    (refused,) = responses(on.wire.receive(on.door(method), DOOR))

    assert (refused.status, b"INFO" in (refused.first(b"allow") or b"")) == (405, True)


def test_a_required_extension_is_420() -> None:
    on = talk()
    data = on.door("INVITE", body=SDP).replace(b"Max-F", b"Require: timer, x, y\r\nMax-F")

    (refused,) = responses(on.wire.receive(data, DOOR))

    assert (refused.status, refused.first(b"unsupported")) == (420, b"x, y")


def test_a_bye_that_requires_an_extension_is_420_and_ends_nothing() -> None:
    on = talk()

    sent = on.wire.receive(on.door("BYE").replace(b"Max-F", b"Require: x\r\nMax-F"), DOOR)

    assert sent_to(sent, DOOR) == [(420, b"BYE")]
    assert sent_to(sent, MONITOR) == []


def test_an_older_request_is_500_and_crosses_nothing() -> None:
    on = talk()
    on.wire.receive(on.door("INFO", cseq=5, kind="a/b", body=b"1"), DOOR)

    sent = on.wire.receive(on.door("INFO", cseq=4, kind="a/b", body=b"1"), DOOR)

    assert sent_to(sent, DOOR) == [(500, b"INFO")]
    assert sent_to(sent, MONITOR) == []


def test_a_repeated_request_crosses_once_and_is_answered_from_memory() -> None:
    on = talk()
    data = on.door("INFO", body=DIGIT, kind="application/dtmf-relay")
    forwarded = crossed(on, data, b"INFO")

    waiting = on.wire.receive(data, DOOR)
    (answer,) = responses(on.wire.receive(reply(forwarded, 200), MONITOR))
    ((repeated, _),) = on.wire.receive(data, DOOR)

    assert (waiting, repeated.raw) == ([], answer.raw)
    assert len(on.wire.digits.seen) == 1


def test_an_info_with_a_malformed_content_type_is_400() -> None:
    on = talk()
    data = on.door("INFO", body=b"5", kind="nonsense")

    (refused,) = responses(on.wire.receive(data, DOOR))
    ((again, _),) = on.wire.receive(data, DOOR)

    assert (refused.status, again.raw) == (400, refused.raw)
    assert on.wire.digits.seen == []


def test_withheld_digits_are_403_and_the_sink_learns_who_sent_them() -> None:
    on = talk()
    on.wire.digits.verdict = DigitVerdict.WITHHOLD

    sent = on.wire.receive(on.monitor("INFO", body=DIGIT, kind="application/dtmf-relay"), MONITOR)

    assert sent_to(sent, MONITOR) == [(403, b"INFO")]
    assert on.wire.digits.seen == [("monitor", "1000000001", DIGIT)]


@pytest.mark.parametrize("status", [200, 415])
def test_what_the_door_answers_to_a_code_is_a_fact(status: int) -> None:
    on = talk()
    on.wire.digits.verdict = DigitVerdict.OPEN
    press = on.monitor("INFO", body=DIGIT, kind="application/dtmf-relay")
    (told,) = requests(on.wire.receive(press, MONITOR), b"INFO")

    on.wire.receive(reply(told, status), DOOR)

    (fact,) = codes_answered(on)
    assert (fact.party.kind, fact.status) == ("door", status)


def test_a_door_that_never_answers_a_code_is_a_fact_too() -> None:
    on = talk()
    on.wire.digits.verdict = DigitVerdict.OPEN
    on.wire.receive(on.monitor("INFO", body=DIGIT, kind="application/dtmf-relay"), MONITOR)

    on.wire.advance(32.1)

    assert [fact.status for fact in codes_answered(on)] == [408]


def test_what_the_door_answers_to_other_digits_is_none() -> None:
    on = talk()
    press = on.monitor("INFO", body=DIGIT, kind="application/dtmf-relay")
    (told,) = requests(on.wire.receive(press, MONITOR), b"INFO")

    on.wire.receive(reply(told, 200), DOOR)

    assert codes_answered(on) == []


def codes_answered(on: Talk) -> list[CodeAnswered]:
    return [fact for fact in on.wire.journal.facts if isinstance(fact, CodeAnswered)]


def test_digits_in_a_message_are_shown_to_the_sink_and_words_are_not() -> None:
    on = talk()
    on.wire.digits.verdict = DigitVerdict.WITHHOLD

    digits = on.wire.receive(
        on.monitor("MESSAGE", body=DIGIT, kind="application/dtmf-relay"), MONITOR
    )
    words = on.wire.receive(on.door("MESSAGE", cseq=3, body=b"5", kind="text/plain"), DOOR)

    assert sent_to(digits, MONITOR) == [(403, b"MESSAGE")]
    assert sent_to(words, MONITOR) == [(b"MESSAGE", b"MESSAGE")]
    assert len(on.wire.digits.seen) == 1


def test_no_words_reach_a_door_for_some_doors_open_at_a_word() -> None:
    """Device facts §5.4."""
    on = talk()

    sent = on.wire.receive(on.monitor("MESSAGE", body=b"open", kind="text/plain"), MONITOR)

    assert sent_to(sent, DOOR) == []
    assert sent_to(sent, MONITOR) == [(403, b"MESSAGE")]


def test_a_flood_of_requests_is_told_to_come_later() -> None:
    on = talk()
    statuses = []
    for number in range(20):
        data = on.door("INFO", cseq=2 + number, body=b"5", kind="a/b")
        statuses += [response.status for response in responses(on.wire.receive(data, DOOR))]

    assert statuses == [500] * 4


# -- where the peers are -----------------------------------------------------------------------


def test_a_phone_behind_a_nat_is_reached_where_it_spoke_from_last() -> None:
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    final = reply(leg, 200, body=ANSWER_SDP, contact="sip:m@10.0.0.5:5060")
    (answer,) = responses(wire.receive(final, MONITOR))
    wire.receive(ack(answer, DOOR), DOOR)
    on, moved = Talk(wire, leg, answer), MONITOR._replace(port=40001)
    wire.receive(on.monitor("OPTIONS"), moved)

    sent = wire.receive(on.door("BYE"), DOOR)

    assert sent_to(sent, moved) == [(b"BYE", b"BYE")]
    assert requests(sent, b"BYE")[0].uri == b"sip:m@10.0.0.5:5060"


def test_a_target_refresh_moves_the_requests_that_follow() -> None:
    on = talk()
    forwarded = crossed(on, on.door("INVITE", body=SDP), b"INVITE")
    final = reply(forwarded, 200, body=ANSWER_SDP, contact="sip:new@192.0.2.11:5070")
    (answer,) = responses(on.wire.receive(final, MONITOR))
    on.wire.receive(ack(answer, DOOR), DOOR)

    sent = on.wire.receive(on.door("BYE", cseq=3), DOOR)

    (bye,) = requests(sent, b"BYE")
    assert bye.uri == b"sip:new@192.0.2.11:5070"
    assert sent_to(sent, MONITOR._replace(port=5070)) == [(b"BYE", b"BYE")]


def test_an_update_refreshes_the_target_as_well() -> None:
    on = talk()
    forwarded = crossed(on, on.door("UPDATE", body=SDP), b"UPDATE")
    final = reply(forwarded, 200, body=ANSWER_SDP, contact="sip:new@192.0.2.11:5070")
    on.wire.receive(final, MONITOR)

    (bye,) = requests(on.wire.receive(on.door("BYE", cseq=3), DOOR), b"BYE")

    assert bye.uri == b"sip:new@192.0.2.11:5070"


@pytest.mark.parametrize("alter", [(b"callee-tag", b"wrong-tag"), (b";tag=tag-", b";tag=tug-")])
def test_a_request_with_a_wrong_tag_is_481(alter: tuple[bytes, bytes]) -> None:
    on = talk()

    sent = on.wire.receive(on.monitor("BYE").replace(*alter), MONITOR)

    assert sent_to(sent, MONITOR) == [(481, b"BYE")]
    assert on.wire.endpoint.active_calls == 1


def test_a_request_from_a_foreign_host_is_481() -> None:
    on = talk()
    stranger = Flow("UDP", 0, "203.0.113.66", 5060)

    sent = on.wire.receive(on.monitor("INFO", body=DIGIT, kind="application/dtmf-relay"), stranger)

    assert sent_to(sent, stranger) == [(481, b"INFO")]
    assert on.wire.digits.seen == []


def test_whoever_knows_the_tags_may_hang_up_from_anywhere() -> None:
    on = talk()
    moved = Flow("UDP", 0, "203.0.113.66", 5060)

    sent = on.wire.receive(on.monitor("BYE"), moved)

    assert sent_to(sent, moved) == [(200, b"BYE")]
    assert sent_to(sent, DOOR) == [(b"BYE", b"BYE")]


def test_a_party_may_speak_from_the_host_its_contact_names() -> None:
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    final = reply(leg, 200, body=ANSWER_SDP, contact="sip:m@198.51.100.4")
    (answer,) = responses(wire.receive(final, MONITOR))
    wire.receive(ack(answer, DOOR), DOOR)
    named = Flow("UDP", 0, "198.51.100.4", 5060)

    sent = wire.receive(Talk(wire, leg, answer).monitor("INFO", body=b"5", kind="a/b"), named)

    assert sent_to(sent, DOOR) == [(b"INFO", b"INFO")]


def test_a_phone_that_registered_elsewhere_meanwhile_may_speak_from_there() -> None:
    on = talk()
    elsewhere = Flow("UDP", 0, "198.51.100.9", 5060)
    on.wire.contacts.flows["monitor"] = [elsewhere]

    sent = on.wire.receive(on.monitor("INFO", body=b"5", kind="a/b"), elsewhere)

    assert sent_to(sent, DOOR) == [(b"INFO", b"INFO")]


def test_a_reinvite_through_a_trunk_answers_its_challenge() -> None:
    wire = Wire(stage("landline", "+49301234", kind="landline"), contacts={"+49301234": [APP]})
    object.__setattr__(wire.planner.stages[0].targets[0], "trunk", "provider")
    wire.challenges.line = b'Proxy-Authorization: Digest username="u"'
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    (answer,) = responses(wire.receive(reply(leg, 200, body=SDP, flow=APP), APP))
    wire.receive(ack(answer, DOOR), DOOR)
    on = Talk(wire, leg, answer)
    forwarded = crossed(on, on.door("INVITE", body=SDP), b"INVITE")

    sent = wire.receive(reply(forwarded, 407), APP)
    (again,) = requests(sent, b"INVITE")
    final = wire.receive(reply(again, 200, body=ANSWER_SDP, flow=APP), APP)

    assert sent_to(sent, DOOR) == []
    assert (again.cseq.number, again.body) == (3, SDP)
    assert sent_to(final, DOOR) == [(200, b"INVITE")]
    assert requests(final, b"ACK")[0].first(b"proxy-authorization") == b'Digest username="u"'
