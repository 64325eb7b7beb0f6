"""RFC 3891: an INVITE with Replaces takes the place of a party; a phone is picked up."""

import pytest

from sipcore.b2bua.facts import TransferEnded
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
from tests.support.wire import (
    APP,
    DOOR,
    MONITOR,
    Sent,
    Talk,
    Wire,
    requests,
    responses,
    sent_to,
    stage,
    talk,
)

GUARD = Flow("UDP", 0, "192.0.2.21", 5060)
GUARD_SDP = SDP.replace(b"192.0.2.1", b"192.0.2.21")


def dialog_of(leg: Request, *, tag: str = "callee-tag") -> str:
    """The dialog of a phone we called, as that phone would tell a third party about it.

    To the newcomer's INVITE we are the recipient: our tag is the to-tag.
    """
    ours = leg.from_tag.decode()
    return f"{leg.call_id.decode()};to-tag={ours};from-tag={tag}"


def newcomer(replaces: str, *extra: str, body: bytes = GUARD_SDP, cseq: int = 1) -> bytes:
    """The guard's INVITE."""
    return invite(
        GUARD,
        "monitor",
        user="guard",
        branch=f"z9hG4bKguard{cseq}",
        call_id="pickup@guard",
        body=body,
        extra=(f"Replaces: {replaces}", *extra),
    )


def ringing(*users: str) -> tuple[Wire, list[Request]]:
    """The door rings these phones."""
    wire = Wire(
        stage("indoor", *(users or ("monitor",))), contacts={"monitor": [MONITOR], "app": [APP]}
    )
    wire.planner.pickers.add("guard")
    legs = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    for leg, flow in zip(legs, (MONITOR, APP), strict=False):
        wire.receive(reply(leg, 180, flow=flow), flow)
    return wire, legs


def talking() -> Talk:
    """Door and monitor talk; the guard may pick up."""
    on = talk()
    on.wire.planner.pickers.add("guard")
    return on


# -- an answered call ------------------------------------------------------------------------------


def test_the_newcomers_offer_goes_to_the_one_who_stays() -> None:
    """§3: the new INVITE replaces the dialog; its session is negotiated with the other party."""
    on = talking()

    sent = on.wire.receive(newcomer(dialog_of(on.leg)), GUARD)

    (offered,) = requests(sent, b"INVITE")
    assert (offered.uri, offered.body) == (b"sip:1000000001@192.0.2.1:5062", GUARD_SDP)
    assert sent_to(sent, GUARD) == [(100, b"INVITE")]


def test_the_replaced_party_hears_bye_once_the_newcomer_is_in() -> None:
    """§3: "the UA ... MUST send a BYE to the replaced dialog" after accepting the new one."""
    on = talking()
    (offered,) = requests(on.wire.receive(newcomer(dialog_of(on.leg)), GUARD), b"INVITE")

    sent = on.wire.receive(reply(offered, 200, body=SDP, flow=DOOR), DOOR)

    answer = next(m for m in responses(sent) if m.status == 200)
    assert (answer.body, answer.to_tag != b"") == (SDP, True)
    assert sent_to(sent, MONITOR) == [(b"BYE", b"BYE")]
    assert sent_to(sent, DOOR) == [(b"ACK", b"ACK")]
    on.wire.receive(ack(answer, GUARD, branch="z9hG4bKgack"), GUARD)
    assert on.wire.endpoint.active_calls == 1


def test_the_newcomer_talks_and_hangs_up_like_anybody() -> None:
    """§3: the new dialog is a dialog like any other; nothing is left afterwards."""
    on = talking()
    (offered,) = requests(on.wire.receive(newcomer(dialog_of(on.leg)), GUARD), b"INVITE")
    sent = on.wire.receive(reply(offered, 200, body=SDP, flow=DOOR), DOOR)
    answer = next(m for m in responses(sent) if m.status == 200)
    (replaced,) = requests(sent, b"BYE")
    on.wire.receive(reply(replaced, 200), MONITOR)
    on.wire.receive(ack(answer, GUARD, branch="z9hG4bKgack"), GUARD)

    sent = on.wire.receive(on.door("BYE"), DOOR)
    (bye,) = requests(sent, b"BYE")
    on.wire.receive(reply(bye, 200), GUARD)
    on.wire.advance(80.0)

    assert bye.uri == b"sip:guard@192.0.2.21:5060"
    assert on.wire.remains == {}


def test_a_newcomer_that_is_refused_changes_nothing() -> None:
    """§3: if the new INVITE fails, the replaced dialog MUST be left as it was."""
    on = talking()
    (offered,) = requests(on.wire.receive(newcomer(dialog_of(on.leg)), GUARD), b"INVITE")

    sent = on.wire.receive(reply(offered, 488), DOOR)

    assert (488, b"INVITE") in sent_to(sent, GUARD)
    assert sent_to(sent, MONITOR) == []
    assert on.wire.endpoint.active_calls == 1
    assert [f.status for f in on.wire.journal.facts if isinstance(f, TransferEnded)] == [488]


def test_a_newcomer_may_give_up() -> None:
    """RFC 3261 §9: its CANCEL withdraws what was asked of the one who stays."""
    on = talking()
    data = newcomer(dialog_of(on.leg))
    (offered,) = requests(on.wire.receive(data, GUARD), b"INVITE")
    on.wire.receive(reply(offered, 180, flow=DOOR), DOOR)

    sent = on.wire.receive(cancel(data), GUARD)
    assert (b"CANCEL", b"CANCEL") in sent_to(sent, DOOR)
    sent = on.wire.receive(reply(offered, 487), DOOR)

    assert (487, b"INVITE") in sent_to(sent, GUARD)
    assert on.wire.endpoint.active_calls == 1


@pytest.mark.parametrize(
    "replaces", ["no;to-tag=such;from-tag=dialog", "{call};to-tag={ours};from-tag=wrong"]
)
def test_a_dialog_that_is_not_there_is_481(replaces: str) -> None:
    """§3: "If the Replaces header field does not match any dialog ... 481"."""
    on = talking()
    call, ours = on.leg.call_id.decode(), on.leg.from_tag.decode()

    sent = on.wire.receive(newcomer(replaces.format(call=call, ours=ours)), GUARD)

    assert sent_to(sent, GUARD) == [(481, b"INVITE")]


@pytest.mark.parametrize("is_answered", [False, True])
def test_a_dialog_that_has_ended_is_603(is_answered: bool) -> None:
    """§3: "If the Replaces header field matches a dialog which has already terminated, the UA
    SHOULD decline the request with a 603", so that nothing rings for a call that is over."""
    if is_answered:
        on = talking()
        wire, leg = on.wire, on.leg
        (bye,) = requests(wire.receive(on.door("BYE"), DOOR), b"BYE")
        closing = wire.receive(newcomer(dialog_of(leg)), GUARD)
        assert sent_to(closing, GUARD) == [(603, b"INVITE")]  # its BYE is not answered yet
        wire.receive(reply(bye, 200), MONITOR)
    else:
        wire, (leg,) = ringing()
        wire.receive(cancel(invite(DOOR)), DOOR)
        wire.receive(reply(leg, 487), MONITOR)

    later = newcomer(dialog_of(leg), cseq=2).replace(b"pickup@", b"later@")
    sent = wire.receive(later, GUARD)

    assert sent_to(sent, GUARD) == [(603, b"INVITE")]


def test_a_phone_that_is_released_while_others_ring_is_603() -> None:
    wire = Wire(
        stage("indoor", "monitor"),
        stage("app", "app"),
        contacts={"monitor": [MONITOR], "app": [APP]},
    )
    wire.planner.pickers.add("guard")
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
    assert (b"CANCEL", b"CANCEL") in sent_to(wire.advance(31.0), MONITOR)

    sent = wire.receive(newcomer(dialog_of(leg)), GUARD)

    assert sent_to(sent, GUARD) == [(603, b"INVITE")]


def test_to_whoever_may_not_pick_up_an_ended_dialog_never_was() -> None:
    """§5."""
    on = talk()
    (bye,) = requests(on.wire.receive(on.door("BYE"), DOOR), b"BYE")
    on.wire.receive(reply(bye, 200), MONITOR)

    sent = on.wire.receive(newcomer(dialog_of(on.leg)), GUARD)

    assert sent_to(sent, GUARD) == [(481, b"INVITE")]


def test_to_whoever_may_not_pick_up_the_dialog_is_not_there() -> None:
    """§5: authorisation; the answer does not tell whether the dialog exists."""
    on = talk()

    sent = on.wire.receive(newcomer(dialog_of(on.leg)), GUARD)

    assert sent_to(sent, GUARD) == [(481, b"INVITE")]
    assert on.wire.endpoint.active_calls == 1


def test_early_only_does_not_take_an_answered_call() -> None:
    """§3: with early-only, a confirmed dialog is answered 486."""
    on = talking()

    sent = on.wire.receive(newcomer(dialog_of(on.leg) + ";early-only"), GUARD)

    assert sent_to(sent, GUARD) == [(486, b"INVITE")]


@pytest.mark.parametrize(
    "replaces",
    [
        "",
        "x",
        "x;to-tag=1",
        "x;from-tag=1",
        "x;to-tag=1;to-tag=2;from-tag=3",
        ";to-tag=1;from-tag=2",
    ],
)
def test_a_malformed_replaces_is_400(replaces: str) -> None:
    """§6.1: call-id, to-tag and from-tag are mandatory, each once."""
    on = talking()

    sent = on.wire.receive(newcomer(replaces), GUARD)

    assert sent_to(sent, GUARD) == [(400, b"INVITE")]


def test_two_replaces_or_one_beside_join_are_400() -> None:
    """§3: "more than one Replaces ... or ... a Join header field ... MUST reject with 400"."""
    on = talking()
    named = dialog_of(on.leg)

    twice = on.wire.receive(newcomer(named, f"Replaces: {named}"), GUARD)
    joined = on.wire.receive(newcomer(named, f"Join: {named}", cseq=2), GUARD)

    assert sent_to(twice, GUARD) + sent_to(joined, GUARD) == [(400, b"INVITE")] * 2


def test_replaces_may_be_required() -> None:
    """§4: Require: replaces is understood; OPTIONS and INVITE name it in Supported."""
    on = talking()

    sent = on.wire.receive(newcomer(dialog_of(on.leg), "Require: replaces"), GUARD)

    assert len(requests(sent, b"INVITE")) == 1
    assert b"replaces" in on.leg.values(b"supported")


# -- a call that still rings -----------------------------------------------------------------------


def test_a_ringing_phone_is_picked_up_by_another() -> None:
    """§3: an early dialog that we began may be replaced: the phones stop ringing."""
    wire, (monitor, _) = ringing("monitor", "app")

    sent = wire.receive(newcomer(dialog_of(monitor)), GUARD)

    assert [m for m in sent_to(sent, GUARD) if m[0] == 200] == [(200, b"INVITE")]
    assert (200, b"INVITE") in sent_to(sent, DOOR)
    for flow in (MONITOR, APP):
        assert (b"CANCEL", b"CANCEL") in sent_to(sent, flow)


def test_until_the_two_have_negotiated_every_stream_is_inactive() -> None:
    """RFC 3264 §6.1: both offers are answered with as many streams, none of them active."""
    wire, (monitor,) = ringing()

    sent = wire.receive(newcomer(dialog_of(monitor)), GUARD)

    answers = [m for m in responses(sent) if m.status == 200]
    assert len(answers) == 2
    for answer in answers:
        assert answer.body.count(b"m=audio 9 RTP/AVP 0") == 1
        assert b"a=inactive" in answer.body


def test_once_both_have_acknowledged_they_negotiate_with_each_other() -> None:
    """RFC 3725 §4.3: re-INVITE without offer to the one, its offer to the other."""
    wire, (monitor,) = ringing()
    sent = wire.receive(newcomer(dialog_of(monitor)), GUARD)
    answers = {flow: m for m, flow in sent if isinstance(m, Response) and m.status == 200}

    early = wire.receive(ack(answers[GUARD], GUARD, branch="z9hG4bKg"), GUARD)
    sent = wire.receive(ack(answers[DOOR], DOOR), DOOR)

    assert requests(early, b"INVITE") == []
    (asked,) = requests(sent, b"INVITE")
    assert (asked.uri, asked.body) == (b"sip:1000000001@192.0.2.1:5062", b"")
    (offered,) = requests(wire.receive(reply(asked, 200, body=SDP, flow=DOOR), DOOR), b"INVITE")
    assert (offered.uri, offered.body) == (b"sip:guard@192.0.2.21:5060", SDP)
    done = wire.receive(reply(offered, 200, body=GUARD_SDP, flow=GUARD), GUARD)
    assert {m.body for m in requests(done, b"ACK")} == {b"", GUARD_SDP}


def test_a_newcomer_without_offer_gets_the_callers() -> None:
    """RFC 3264 §5: an INVITE without offer is answered with one."""
    wire, (monitor,) = ringing()

    sent = wire.receive(newcomer(dialog_of(monitor), body=b""), GUARD)

    answers = {flow: m for m, flow in sent if isinstance(m, Response) and m.status == 200}
    assert answers[GUARD].body == SDP


def test_nothing_is_left_of_a_call_that_was_picked_up() -> None:
    """RFC 3261 §15."""
    wire, (monitor,) = ringing()
    sent = wire.receive(newcomer(dialog_of(monitor)), GUARD)
    answers = {flow: m for m, flow in sent if isinstance(m, Response) and m.status == 200}
    (withdrawn,) = requests(sent, b"CANCEL")
    wire.receive(reply(withdrawn, 200), MONITOR)
    wire.receive(reply(monitor, 487), MONITOR)
    wire.receive(ack(answers[GUARD], GUARD, branch="z9hG4bKg"), GUARD)
    (asked,) = requests(wire.receive(ack(answers[DOOR], DOOR), DOOR), b"INVITE")
    (offered,) = requests(wire.receive(reply(asked, 200, body=SDP, flow=DOOR), DOOR), b"INVITE")
    wire.receive(reply(offered, 200, body=GUARD_SDP, flow=GUARD), GUARD)
    bye = in_dialog_of_caller("BYE", answers[GUARD], GUARD, cseq=2, branch="z9hG4bKbye")
    (crossed,) = requests(wire.receive(bye, GUARD), b"BYE")
    wire.receive(reply(crossed, 200), DOOR)
    wire.advance(80.0)

    assert wire.remains == {}


def test_a_phone_that_lost_and_answers_all_the_same_is_hung_up_on() -> None:
    """RFC 3261 §13.2.2.4: a 2xx that crosses the CANCEL gets ACK and BYE."""
    wire, (monitor,) = ringing()
    wire.receive(newcomer(dialog_of(monitor)), GUARD)

    sent = wire.receive(reply(monitor, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK"), (b"BYE", b"BYE")]


def test_a_request_in_the_replaced_dialog_is_481_afterwards() -> None:
    """§3: the early dialog is gone."""
    wire, (monitor,) = ringing()
    wire.receive(newcomer(dialog_of(monitor)), GUARD)
    data = in_dialog_of_callee("INFO", monitor, MONITOR)

    assert sent_to(wire.receive(data, MONITOR), MONITOR) == [(481, b"INFO")]


def test_the_callers_own_dialog_is_not_picked_up_while_it_rings() -> None:
    """§3: an early dialog begun by the other side (the caller) does not match: 481."""
    wire, _ = ringing()
    (ringing_again,) = responses(wire.receive(invite(DOOR), DOOR))
    named = f"visit@door;to-tag={ringing_again.to_tag.decode()};from-tag=door-tag"

    assert sent_to(wire.receive(newcomer(named), GUARD), GUARD)[-1] == (481, b"INVITE")


# -- while something else is going on --------------------------------------------------------------


def of_guard(sent: Sent) -> list[int]:
    """Statuses of the final responses that the guard got."""
    return [
        m.status for m, to in sent if to == GUARD and isinstance(m, Response) and m.status > 199
    ]


@pytest.mark.parametrize("by_door", [True, False])
def test_a_newcomer_waits_while_an_offer_is_on_its_way(by_door: bool) -> None:
    """RFC 3261 §14.1: no INVITE to the one who stays while one of its own, or for it, is open."""
    on = talking()
    if by_door:
        on.wire.receive(on.door("INVITE", body=SDP), DOOR)
    else:
        on.wire.receive(on.monitor("INVITE", body=SDP), MONITOR)

    sent = on.wire.receive(newcomer(dialog_of(on.leg)), GUARD)

    assert (of_guard(sent), requests(sent, b"INVITE")) == ([491], [])


def test_a_newcomer_waits_while_the_call_is_passed_on() -> None:
    """RFC 3515: who talks to whom is about to change; the place that is named may be left soon."""
    on = talking()
    on.wire.planner.stages = (stage("app", "app", kind="app"),)
    on.wire.contacts.flows["app"] = [APP]
    on.wire.receive(on.door("REFER", extra=("Refer-To: <sip:1002@doorline.test>",)), DOOR)

    sent = on.wire.receive(newcomer(dialog_of(on.leg)), GUARD)

    assert (of_guard(sent), requests(sent, b"INVITE")) == ([491], [])


def test_a_call_is_not_passed_on_while_a_newcomer_comes_in() -> None:
    """RFC 3515 §2.4.2: 491 until it is clear who talks."""
    on = talking()
    on.wire.receive(newcomer(dialog_of(on.leg)), GUARD)

    sent = on.wire.receive(on.door("REFER", extra=("Refer-To: <sip:1002@doorline.test>",)), DOOR)

    assert [m.status for m in responses(sent)] == [491]


def test_a_call_that_ends_while_a_newcomer_comes_in_leaves_nothing() -> None:
    """RFC 3261 §15.1.2: 487 for the newcomer, whose dialog never was."""
    on = talking()
    (offered,) = requests(on.wire.receive(newcomer(dialog_of(on.leg)), GUARD), b"INVITE")

    sent = on.wire.receive(on.monitor("BYE"), MONITOR)
    on.wire.receive(reply(offered, 481, flow=DOOR), DOOR)
    (bye,) = requests(sent, b"BYE")
    on.wire.receive(reply(bye, 200), DOOR)
    on.wire.advance(80.0)

    assert of_guard(sent) == [487]
    assert [f.status for f in on.wire.journal.facts if isinstance(f, TransferEnded)] == [487]
    assert on.wire.remains == {}


def test_after_a_newcomer_came_in_requests_cross_in_either_direction() -> None:
    """§3: the new dialog is a dialog like any other."""
    on = talking()
    (offered,) = requests(on.wire.receive(newcomer(dialog_of(on.leg)), GUARD), b"INVITE")
    sent = on.wire.receive(reply(offered, 200, body=SDP, flow=DOOR), DOOR)
    answer = next(m for m in responses(sent) if m.status == 200)
    on.wire.receive(ack(answer, GUARD, branch="z9hG4bKgack"), GUARD)

    info = on.wire.receive(on.door("INFO", body=b"x", kind="a/b"), DOOR)
    offer = in_dialog_of_caller("INVITE", answer, GUARD, cseq=2, branch="z9hG4bKre", body=SDP)
    again = on.wire.receive(offer.replace(b"Content-L", b"Content-Type: a/b\r\nContent-L"), GUARD)

    assert [m.uri for m in requests(info, b"INFO")] == [b"sip:guard@192.0.2.21:5060"]
    assert [m.uri.endswith(b"@192.0.2.1:5062") for m in requests(again, b"INVITE")] == [True]


def test_a_call_with_early_media_is_picked_up_in_a_dialog_of_its_own() -> None:
    """RFC 3264 §4: the offer that a phone has answered gets no second answer in that dialog; and no
    2xx there before its PRACK (RFC 3262 §3). The PRACK does not reach the newcomer."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    wire.planner.pickers.add("guard")
    data = invite(DOOR, extra=("Supported: 100rel",))
    (leg,) = requests(wire.receive(data, DOOR), b"INVITE")
    early = reply(leg, 183, body=ANSWER_SDP, flow=MONITOR, extra=("Require: 100rel", "RSeq: 1"))
    (told,) = responses(wire.receive(early, MONITOR))

    sent = wire.receive(newcomer(dialog_of(leg)), GUARD)
    rack = f"RAck: {(told.first(b'rseq') or b'').decode()} 1 INVITE"
    prack = in_dialog_of_caller("PRACK", told, DOOR, cseq=2, branch="z9hG4bKp", extra=(rack,))
    late = wire.receive(prack, DOOR)

    (answer,) = (m for m, to in sent if to == DOOR and isinstance(m, Response) and m.status == 200)
    assert answer.to_tag not in (b"", told.to_tag)
    assert requests(late, b"PRACK") == []
