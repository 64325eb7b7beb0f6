"""RFC 4028: each leg has a session timer of its own; a party that vanished ends the call."""

import pytest

from sipcore.b2bua.facts import CallEnded
from sipcore.message.message import Request, Response
from tests.support.peers import ANSWER_SDP, SDP, ack, in_dialog_of_caller, invite, reply
from tests.support.wire import DOOR, MONITOR, Talk, Wire, requests, responses, sent_to, stage, talk

TIMER = ("Supported: timer",)


def rung(*asked: str) -> tuple[list[Response], list[Request]]:
    """What becomes of an INVITE with these lines."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    sent = wire.receive(invite(DOOR, extra=asked), DOOR)
    return responses(sent), requests(sent, b"INVITE")


def ended(on: Talk) -> CallEnded:
    """The last fact of the call."""
    fact = on.wire.journal.facts[-1]
    assert isinstance(fact, CallEnded)
    return fact


def test_our_invite_says_timer_and_asks_for_an_interval() -> None:
    """§7.1: Supported: timer in each request; no refresher, so that the phone may choose."""
    _, (leg,) = rung()

    assert b"timer" in leg.values(b"supported")
    assert leg.first(b"session-expires") == b"1800"


def test_a_too_small_interval_is_422_with_our_minimum() -> None:
    """§9: "the UAS MUST include a Min-SE header field with the value of its minimum interval"."""
    (refused,), legs = rung(*TIMER, "Session-Expires: 89")

    assert (refused.status, refused.first(b"min-se"), legs) == (422, b"90", [])


def test_a_too_small_interval_of_a_caller_without_timers_is_not_refused() -> None:
    """§8.1, §9: 422 would make no sense to it; the interval is raised instead."""
    (trying,), legs = rung("Session-Expires: 30")

    assert (trying.status, len(legs)) == (100, 1)


@pytest.mark.parametrize("line", ["Session-Expires: x", "Session-Expires: -1", "Min-SE: soon"])
def test_a_malformed_interval_is_400(line: str) -> None:
    """§4: delta-seconds."""
    (refused,), legs = rung(*TIMER, line)

    assert (refused.status, legs) == (400, [])


@pytest.mark.parametrize(
    ("asked", "told", "requires"),
    [
        ((*TIMER, "Session-Expires: 600;refresher=uac"), b"600;refresher=uac", True),
        ((*TIMER, "Session-Expires: 600;refresher=uas"), b"600;refresher=uas", True),
        ((*TIMER, "Session-Expires: 600"), b"600;refresher=uac", True),
        ((*TIMER, "x: 600"), b"600;refresher=uac", True),
        ((*TIMER, "Session-Expires: 7200"), b"1800;refresher=uac", True),
        ((*TIMER, "Session-Expires: 7200", "Min-SE: 3600"), b"3600;refresher=uac", True),
        (TIMER, b"1800;refresher=uac", True),
        (("Session-Expires: 600",), b"600;refresher=uas", False),
        ((), None, False),
    ],
)
def test_the_answer_settles_interval_and_refresher(
    asked: tuple[str, ...], told: bytes | None, requires: bool
) -> None:
    """§9, table 2: the caller's choice of refresher stands; Require: timer when it must refresh."""
    on = talk(asked=asked)

    assert on.answer.first(b"session-expires") == told
    assert (b"timer" in on.answer.values(b"require")) == requires


def test_a_caller_that_stops_refreshing_is_hung_up_on_shortly_before_the_end() -> None:
    """§10: BYE at the interval less min(32 s, a third); both sides and the record know."""
    on = talk(asked=(*TIMER, "Session-Expires: 90"), told=("Session-Expires: 1800;refresher=uas",))

    early = on.wire.advance(59.0)
    late = on.wire.advance(2.0)

    assert [m.method for m in requests(early, b"BYE")] == []
    assert set(sent_to(late, DOOR)) == {(b"BYE", b"BYE")}
    assert set(sent_to(late, MONITOR)) == {(b"BYE", b"BYE")}
    assert (ended(on).outcome, ended(on).reason, ended(on).by) == (
        "answered",
        "session_expired",
        "caller",
    )


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
def test_a_refresh_of_the_caller_keeps_the_call(method: str) -> None:
    """§9: each 2xx to a refresh starts the interval anew."""
    on = talk(asked=(*TIMER, "Session-Expires: 90"))
    on.wire.advance(45.0)
    extra = (*TIMER, "Session-Expires: 90;refresher=uac")
    body = SDP if method == "INVITE" else b""
    sent = on.wire.receive(on.door(method, body=body, extra=extra), DOOR)
    for crossed in requests(sent, b"INVITE"):
        sent = on.wire.receive(reply(crossed, 200, body=SDP, flow=MONITOR), MONITOR)
    (answer,) = (m for m in responses(sent) if m.status == 200)
    if method == "INVITE":
        on.wire.receive(ack(answer, DOOR, branch="z9hG4bKack2"), DOOR)

    on.wire.advance(50.0)

    assert answer.first(b"session-expires") == b"90;refresher=uac"
    assert on.wire.endpoint.active_calls == 1


def test_a_refresh_with_too_small_an_interval_is_422_and_changes_nothing() -> None:
    """§9: holds for every refresh, not for the first INVITE alone."""
    on = talk(asked=TIMER)
    data = on.door("UPDATE", extra=(*TIMER, "Session-Expires: 20"))

    (refused,) = responses(on.wire.receive(data, DOOR))

    assert (refused.status, refused.first(b"min-se")) == (422, b"90")
    assert on.wire.endpoint.active_calls == 1


def test_when_the_caller_wants_us_to_refresh_it_gets_an_update_at_half_time() -> None:
    """§10, §7.4: half the interval; UPDATE when Allow names it; the roles stay."""
    on = talk(asked=(*TIMER, "Allow: UPDATE", "Session-Expires: 100;refresher=uas"))

    sent = on.wire.advance(50.3)

    (update,) = requests(sent, b"UPDATE")
    assert update.first(b"session-expires") == b"100;refresher=uac"
    assert (update.body, b"timer" in update.values(b"supported")) == (b"", True)
    assert sent_to(sent, MONITOR) == []


@pytest.mark.parametrize("by", ["asked", "told"])
def test_an_update_with_a_description_settles_the_session_of_either_leg_anew(by: str) -> None:
    """§7.2, §9: a shorter interval counts from its 2xx on; the refresh comes at half of it."""
    allow = "Allow: INVITE, ACK, CANCEL, BYE, UPDATE"
    on = talk(asked=(*TIMER, allow), told=(allow,))
    asked = (*TIMER, f"Session-Expires: {90 if by == 'asked' else 1800};refresher=uas")
    sent = on.wire.receive(on.door("UPDATE", body=SDP, extra=asked), DOOR)
    (crossed,) = requests(sent, b"UPDATE")
    told = ("Require: timer", f"Session-Expires: {90 if by == 'told' else 1800};refresher=uac")
    on.wire.receive(reply(crossed, 200, body=SDP, flow=MONITOR, extra=told), MONITOR)

    later = on.wire.advance(46.0)

    assert sent_to(later, DOOR if by == "asked" else MONITOR)[:1] == [(b"UPDATE", b"UPDATE")]
    assert sent_to(later, MONITOR if by == "asked" else DOOR) == []


def test_a_phone_without_update_is_refreshed_by_a_reinvite_with_the_same_description() -> None:
    """§7.4: the re-INVITE SHOULD contain an offer that has not changed."""
    on = talk(told=("Session-Expires: 120;refresher=uac",))

    (refresh,) = requests(on.wire.advance(60.3), b"INVITE")
    sent = on.wire.receive(
        reply(refresh, 200, body=SDP, flow=MONITOR, extra=("Session-Expires: 120;refresher=uac",)),
        MONITOR,
    )

    assert (refresh.body, refresh.cseq.number) == (SDP, 2)
    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK")]
    assert sent_to(sent, DOOR) == []
    assert len(requests(on.wire.advance(60.3), b"INVITE")) == 1


@pytest.mark.parametrize("offer", [SDP, b""])
def test_a_refresh_repeats_the_description_that_a_prack_has_settled(offer: bytes) -> None:
    """§7.4, RFC 3262 §5: the PRACK carries the next offer, or the answer to the phone's."""
    settled = b"a=settled\r\n"
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    asked = ("Supported: timer, 100rel", "Session-Expires: 90;refresher=uas", "Allow: INVITE, ACK")
    (leg,) = requests(wire.receive(invite(DOOR, body=offer, extra=asked), DOOR), b"INVITE")
    extra = ("Require: 100rel", "RSeq: 1")
    data = reply(leg, 183, body=ANSWER_SDP, flow=MONITOR, extra=extra)
    (told,) = responses(wire.receive(data, MONITOR))
    rack = f"RAck: {(told.first(b'rseq') or b'').decode()} 1 INVITE"
    kind, body = "application/sdp", SDP + settled
    prack = in_dialog_of_caller(
        "PRACK", told, DOOR, cseq=2, branch="z9hG4bKp", body=body, content_type=kind, extra=(rack,)
    )
    (crossed,) = requests(wire.receive(prack, DOOR), b"PRACK")
    answer = ANSWER_SDP + settled if offer else b""
    wire.receive(reply(crossed, 200, body=answer, flow=MONITOR), MONITOR)
    interval = ("Require: timer", "Session-Expires: 90;refresher=uac", "Allow: INVITE, ACK")
    (ok,) = responses(wire.receive(reply(leg, 200, flow=MONITOR, extra=interval), MONITOR))
    wire.receive(ack(ok, DOOR), DOOR)

    refreshes = requests(wire.advance(45.1), b"INVITE")

    assert {one.body for one in refreshes} == {body, answer or ANSWER_SDP}


def test_a_phone_that_refuses_update_after_all_gets_a_reinvite() -> None:
    """§7.4: UPDATE is only recommended."""
    on = talk(told=("Session-Expires: 120;refresher=uac", "Allow: INVITE, UPDATE"))
    (update,) = requests(on.wire.advance(60.3), b"UPDATE")

    (refresh,) = requests(on.wire.receive(reply(update, 405), MONITOR), b"INVITE")

    assert refresh.body == SDP


@pytest.mark.parametrize("status", [408, 481])
def test_a_refresh_that_finds_nobody_ends_the_call(status: int) -> None:
    """§10: 408, 481 or silence: the session is gone."""
    on = talk(told=("Session-Expires: 120;refresher=uac",))
    (refresh,) = requests(on.wire.advance(60.3), b"INVITE")

    sent = on.wire.receive(reply(refresh, status), MONITOR)

    assert (b"BYE", b"BYE") in sent_to(sent, DOOR)
    assert (ended(on).reason, ended(on).by) == ("leg_lost", "callee")


def test_a_refresh_that_nobody_answers_ends_the_call() -> None:
    """§10: a vanished phone ends the call on both sides and in the record."""
    on = talk(told=("Session-Expires: 120;refresher=uac",))

    sent = on.wire.advance(60.3 + 33.0)

    assert (b"BYE", b"BYE") in sent_to(sent, DOOR)
    assert ended(on).reason == "leg_lost"


def test_a_refresh_that_is_refused_for_the_moment_is_tried_again() -> None:
    """§10: other failures do not end the session before its time."""
    on = talk(told=("Session-Expires: 120;refresher=uac",))
    (refresh,) = requests(on.wire.advance(60.3), b"INVITE")
    on.wire.receive(reply(refresh, 491), MONITOR)

    assert len(requests(on.wire.advance(10.3), b"INVITE")) == 1
    assert on.wire.endpoint.active_calls == 1


def test_a_phone_that_wants_a_longer_interval_is_asked_again() -> None:
    """§7.3, §7.4: after 422 a new INVITE with Min-SE and the same Call-ID, CSeq + 1."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")

    sent = wire.receive(reply(leg, 422, extra=("Min-SE: 3600",)), MONITOR)

    (again,) = requests(sent, b"INVITE")
    assert (again.first(b"session-expires"), again.first(b"min-se")) == (b"3600", b"3600")
    assert (again.call_id, again.cseq.number) == (leg.call_id, 2)
    assert again.body == leg.body


def test_a_422_to_a_reinvite_is_answered_with_a_longer_interval() -> None:
    """§7.4: the interval of that leg is no matter of whoever sent the re-INVITE."""
    on = talk()
    (crossed,) = requests(on.wire.receive(on.door("INVITE", body=SDP), DOOR), b"INVITE")

    refused = reply(crossed, 422, extra=("Min-SE: 3600",), flow=MONITOR)
    sent = on.wire.receive(refused, MONITOR)

    (again,) = requests(sent, b"INVITE")
    assert again.cseq.number == crossed.cseq.number + 1
    assert (again.first(b"min-se"), again.body) == (b"3600", SDP)
    assert sent_to(sent, DOOR) == []


def test_a_422_that_asks_for_nothing_longer_fails_the_leg() -> None:
    """§7.3: the UAC MAY retry; without a longer interval it would only hear the same again."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")

    sent = wire.receive(reply(leg, 422), MONITOR)

    assert requests(sent, b"INVITE") == []
    assert responses(sent)[-1].status == 500  # the interval was this server's, not the caller's


def test_endless_422_are_not_answered_for_ever() -> None:
    """§11: a hostile phone must not keep us busy."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    tries = 0
    while True:
        sent = wire.receive(reply(leg, 422, extra=(f"Min-SE: {4000 + tries}",)), MONITOR)
        again = requests(sent, b"INVITE")
        if not again:
            break
        (leg,) = again
        tries += 1

    assert tries <= 8


def test_a_phone_that_knows_no_timers_is_refreshed_by_us() -> None:
    """§7.2: "if the UAC still wishes to use the session timer ... it has to perform them"."""
    on = talk()

    sent = on.wire.advance(900.3)

    assert sent_to(sent, MONITOR)[0] == (b"INVITE", b"INVITE")


def test_a_requirement_of_timer_is_met() -> None:
    """§7.1: Require: timer is understood."""
    (trying,), legs = rung("Require: timer")

    assert (trying.status, len(legs)) == (100, 1)
