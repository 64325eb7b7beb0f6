"""RFC 5589 with RFC 3261 §14: two parties negotiate with each other after a transfer."""

from sipcore.message.message import Request
from tests.support.consultation import RESIDENT_SDP
from tests.support.peers import SDP, ack, in_dialog_of_callee, in_dialog_of_caller, reply
from tests.support.transfers import answer, refer, rings
from tests.support.wire import (
    APP,
    DOOR,
    MONITOR,
    Sent,
    Talk,
    requests,
    responses,
    sent_to,
    stage,
    talk,
)


def test_a_phone_that_makes_no_offers_gets_one() -> None:
    """RFC 3725: when a re-INVITE without offer is refused, the other's description is offered."""
    on = talk()
    leg = rings(on, refer(on))
    (asked,) = requests(answer(on, leg), b"INVITE")

    (again,) = requests(on.wire.receive(reply(asked, 488), DOOR), b"INVITE")
    sent = on.wire.receive(reply(again, 200, body=SDP, flow=DOOR), DOOR)

    assert again.body == RESIDENT_SDP
    assert sent_to(sent, DOOR) == [(b"ACK", b"ACK")]


def test_two_that_cannot_be_joined_are_both_hung_up_on() -> None:
    """Better no call than one in which nobody hears anybody."""
    on = talk()
    leg = rings(on, refer(on))
    (asked,) = requests(answer(on, leg), b"INVITE")
    (again,) = requests(on.wire.receive(reply(asked, 488), DOOR), b"INVITE")

    sent = on.wire.receive(reply(again, 488), DOOR)

    assert (b"BYE", b"BYE") in sent_to(sent, DOOR)
    assert (b"BYE", b"BYE") in sent_to(sent, APP)


def joined(on: Talk, leg: Request) -> tuple[Request, Sent]:
    """The app answers; the re-INVITE that asks the door for an offer, and all that was sent."""
    sent = answer(on, leg)
    (bye,) = requests(sent, b"BYE")
    on.wire.receive(reply(bye, 200), MONITOR)
    (asked,) = requests(sent, b"INVITE")
    return asked, sent


def is_joined_by(on: Talk, asked: Request) -> bool:
    """Whether the two talk once the door makes an offer."""
    (offered,) = requests(on.wire.receive(reply(asked, 200, body=SDP, flow=DOOR), DOOR), b"INVITE")
    done = on.wire.receive(reply(offered, 200, body=RESIDENT_SDP, flow=APP), APP)
    return (offered.body, [m.body for m in requests(done, b"ACK")]) == (SDP, [b"", RESIDENT_SDP])


def test_a_party_that_has_an_offer_on_its_way_is_asked_again() -> None:
    """RFC 3261 §14.1: after a 491 the re-INVITE is tried again, 2.1 to 4 seconds later by whoever
    made the Call-ID, within two seconds by the other."""
    on = talk()
    asked, _ = joined(on, rings(on, refer(on)))

    sent = on.wire.receive(reply(asked, 491, flow=DOOR), DOOR)
    later = on.wire.advance(2.1, 0.05)

    assert requests(sent, b"INVITE") == []
    again = requests(later, b"INVITE")[0]
    assert (again.body, again.cseq.number > asked.cseq.number) == (b"", True)
    assert is_joined_by(on, again)


def test_when_the_other_party_has_an_offer_on_its_way_both_are_asked_again() -> None:
    """RFC 3261 §14.1, §13.2.2.4: the offer that found nobody is refused in its ACK meanwhile."""
    on = talk()
    asked, _ = joined(on, rings(on, refer(on)))
    sent = on.wire.receive(reply(asked, 200, body=SDP, flow=DOOR), DOOR)
    (offered,) = requests(sent, b"INVITE")

    sent = on.wire.receive(reply(offered, 491, flow=APP), APP)
    too_early = on.wire.advance(2.0, 0.05)
    later = on.wire.advance(2.1, 0.05)

    assert any(b"m=audio 0" in m.body for m in requests(sent, b"ACK"))
    assert requests(too_early, b"INVITE") == requests(too_early, b"BYE") == []
    again = requests(later, b"INVITE")[0]
    assert is_joined_by(on, again)


def test_a_party_that_never_gets_out_of_the_way_ends_the_call() -> None:
    """It is not tried for ever."""
    on = talk()
    asked, _ = joined(on, rings(on, refer(on)))
    byes: list[Request] = []
    for _ in range(60):
        sent = on.wire.receive(reply(asked, 491, flow=DOOR), DOOR) + on.wire.advance(2.1, 0.05)
        byes += requests(sent, b"BYE")
        if byes:
            break
        asked = requests(sent, b"INVITE")[-1]

    assert {bye.first(b"reason") for bye in byes} == {b'SIP;cause=488;text="No common media"'}
    assert len({bye.uri for bye in byes}) == 2


def test_an_offer_that_crosses_when_the_new_phone_answers_is_waited_for() -> None:
    """RFC 3261 §14.1: no second INVITE in a dialog while one is in progress."""
    on = talk()
    leg = rings(on, refer(on))
    (hold,) = requests(on.wire.receive(on.monitor("INVITE", cseq=2, body=SDP), MONITOR), b"INVITE")
    on.wire.receive(reply(hold, 100), DOOR)

    sent = answer(on, leg)
    held = on.wire.receive(reply(hold, 200, body=SDP, flow=DOOR), DOOR)
    later = on.wire.advance(2.1, 0.05)

    assert [m.status for m in responses(sent)] == [487]  # the monitor has left
    assert (requests(sent, b"INVITE"), len(requests(sent, b"CANCEL"))) == ([], 1)
    assert [m.uri for m in requests(held, b"ACK")] == [b"sip:callee@192.0.2.1:5062"]
    again = requests(later, b"INVITE")[0]
    assert is_joined_by(on, again)
    byes = requests(on.wire.advance(40.0, 0.25), b"BYE")
    assert {m.uri for m in byes} <= {b"sip:callee@192.0.2.11:5060"}  # no ACK of it is missed


def test_an_offer_to_whoever_leaves_may_be_made_again() -> None:
    """RFC 3261 §14.1: 491 tells the one who stays to offer once more, to the new phone."""
    on = talk()
    leg = rings(on, refer(on))
    on.wire.receive(on.door("INVITE", body=SDP), DOOR)

    sent = answer(on, leg)

    assert [(m.status, m.cseq.method) for m in responses(sent)] == [(491, b"INVITE")]
    assert [m.uri for m in requests(sent, b"INVITE")] == [b"sip:1000000001@192.0.2.1:5062"]


def test_a_stream_that_breaks_while_two_are_joined_does_not_end_the_call() -> None:
    """RFC 3261 §8.1.3.1: no way says nothing of the dialog; the party may come back."""
    on = talk()
    on.wire.broken.add(DOOR)
    sent = answer(on, rings(on, refer(on)))
    lost = on.wire.advance(1.0, 0.05)
    on.wire.broken.clear()

    later = on.wire.advance(2.1, 0.05)

    assert {m.uri for m in requests([*sent, *lost], b"BYE")} == {b"sip:callee@192.0.2.11:5060"}
    again = requests(later, b"INVITE")[0]
    assert is_joined_by(on, again)


def passed_on_by_the_door(on: Talk, cseq: int = 2) -> Request:
    """The door passes the monitor on; the INVITE that the app got."""
    on.wire.planner.stages = (stage("app", "app", kind="app"),)
    on.wire.contacts.flows["app"] = [APP]
    data = on.door("REFER", cseq=cseq, extra=("Refer-To: <sip:1002@doorline.test>",))
    (leg,) = requests(on.wire.receive(data, DOOR), b"INVITE")
    return leg


def test_a_caller_that_refers_before_its_ack_hears_bye_after_it() -> None:
    """RFC 3261 §15: no BYE of the called side before the ACK; the two others are joined already."""
    on = talk(acknowledged=False)
    leg = passed_on_by_the_door(on)

    sent = answer(on, leg)
    between = on.wire.receive(on.door("INFO", cseq=3, body=b"x", kind="a/b"), DOOR)
    later = on.wire.receive(ack(on.answer, DOOR), DOOR)

    assert requests(sent, b"BYE") == []
    assert [m.uri for m in requests(sent, b"INVITE")] == [b"sip:callee@192.0.2.11:5060"]
    assert [(m.status, m.cseq.method) for m in responses(between)] == [(481, b"INFO")]
    assert [m.uri for m in requests(later, b"BYE")] == [b"sip:1000000001@192.0.2.1:5062"]


def test_an_ack_that_a_referrer_owes_for_ever_ends_its_leg_alone() -> None:
    """RFC 3261 §13.3.1.4: after 64*T1 the one that never acknowledged is hung up on."""
    on = talk(acknowledged=False)
    sent = answer(on, passed_on_by_the_door(on))
    (asked,) = requests(sent, b"INVITE")
    (offered,) = requests(on.wire.receive(reply(asked, 200, body=SDP), MONITOR), b"INVITE")
    on.wire.receive(reply(offered, 200, body=RESIDENT_SDP, flow=APP), APP)

    late = on.wire.advance(33.0, 0.25)

    assert {m.uri for m in requests(late, b"BYE")} == {b"sip:1000000001@192.0.2.1:5062"}
    assert on.wire.endpoint.active_calls == 1


def test_an_offer_that_the_referrer_was_to_answer_is_refused_before_another_one_is_asked() -> None:
    """RFC 3261 §14.1, §13.2.2.4: the ACK of the monitor's 2xx comes first, with an answer."""
    on = talk()
    leg = passed_on_by_the_door(on)
    (crossed,) = requests(on.wire.receive(on.door("INVITE", cseq=3), DOOR), b"INVITE")
    on.wire.receive(reply(crossed, 200, body=SDP, flow=MONITOR), MONITOR)

    on.wire.receive(reply(leg, 180, tag="app", flow=APP), APP)
    sent = answer(on, leg)
    new = in_dialog_of_callee("INVITE", leg, APP, tag="app", body=SDP, content_type="a/b")
    early = on.wire.receive(new, APP)
    sent += on.wire.receive(in_dialog_of_caller("ACK", on.answer, DOOR, cseq=3, branch="a"), DOOR)
    sent += on.wire.advance(2.1, 0.05)

    to_monitor = [m for m, to in sent if to == MONITOR and isinstance(m, Request)]
    methods = [m.method for m in to_monitor if m.method in (b"ACK", b"INVITE")]
    assert methods[:2] == [b"ACK", b"INVITE"]
    assert [m.status for m in responses(early)] == [491]
