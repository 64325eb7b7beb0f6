"""RFC 3515 and RFC 5589: a party of a call passes it on, blind."""

import pytest

from sipcore.b2bua.facts import TransferEnded, TransferStarted
from sipcore.b2bua.plan import Party, Refusal
from sipcore.message.message import Request, Response
from tests.support.consultation import RESIDENT_SDP
from tests.support.peers import SDP, ack, in_dialog_of_callee, in_dialog_of_caller, invite, reply
from tests.support.transfers import answer, refer, rings, told
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


def test_a_refer_is_accepted_and_its_progress_told() -> None:
    """§2.4.2, §2.4.4: 202, then at once a NOTIFY with a message/sipfrag body."""
    on = talk()

    sent = refer(on)

    (accepted,) = responses(sent)
    (notify,) = requests(sent, b"NOTIFY")
    assert (accepted.status, accepted.first(b"contact") is not None) == (202, True)
    assert notify.first(b"event") == b"refer"
    assert (notify.first(b"subscription-state") or b"").startswith(b"active;expires=")
    assert notify.content_type == b"message/sipfrag"
    assert notify.body == b"SIP/2.0 100 Trying\r\n"


def test_the_new_phone_is_called_in_the_name_of_the_one_who_stays() -> None:
    """RFC 5589 §5: the transferee calls the target; who referred is said in Referred-By."""
    on = talk()

    leg = rings(on, refer(on))

    assert leg.uri == b"sip:app@192.0.2.12:5060"
    assert (leg.first(b"from") or b"").startswith(b'"Main Door" <sip:1000000001@doorline.test>')
    assert leg.first(b"referred-by") == b"<sip:monitor@doorline.test>"
    assert leg.body == SDP
    assert on.wire.planner.asked[-1].caller_user == "monitor"  # its rights, not the door's


def test_when_the_new_phone_answers_the_two_negotiate_and_the_referrer_leaves() -> None:
    """§2.4.5: the final NOTIFY ends the subscription; RFC 3725: offer and answer of the two."""
    on = talk()
    leg = rings(on, refer(on))

    sent = answer(on, leg)

    assert told(sent) == [b"SIP/2.0 200 OK"]
    (final,) = requests(sent, b"NOTIFY")
    assert final.first(b"subscription-state") == b"terminated;reason=noresource"
    assert [m for m in sent_to(sent, MONITOR) if m[0] == b"BYE"] == [(b"BYE", b"BYE")]
    assert sent_to(sent, APP) == [(b"ACK", b"ACK")]
    (asked,) = requests(sent, b"INVITE")
    assert (asked.uri, asked.body) == (b"sip:1000000001@192.0.2.1:5062", b"")
    offer = reply(asked, 200, body=SDP, flow=DOOR)
    (offered,) = requests(on.wire.receive(offer, DOOR), b"INVITE")
    assert (offered.uri, offered.body) == (b"sip:callee@192.0.2.12:5060", SDP)
    done = on.wire.receive(reply(offered, 200, body=RESIDENT_SDP, flow=APP), APP)
    acks = {m.uri: m.body for m in requests(done, b"ACK")}
    assert acks == {
        b"sip:callee@192.0.2.12:5060": b"",
        b"sip:callee@192.0.2.1:5062": RESIDENT_SDP,
    }
    facts = [f for f in on.wire.journal.facts if isinstance(f, TransferStarted | TransferEnded)]
    assert [type(fact).__name__ for fact in facts] == ["TransferStarted", "TransferEnded"]
    assert on.wire.endpoint.active_calls == 1


def transferred() -> tuple[Talk, Request]:
    """Door and app talk after the monitor passed the call on."""
    on = talk()
    leg = rings(on, refer(on))
    sent = answer(on, leg)
    (asked,) = requests(sent, b"INVITE")
    for notify in requests(sent, b"NOTIFY"):
        on.wire.receive(reply(notify, 200, flow=MONITOR), MONITOR)
    (bye,) = requests(sent, b"BYE")
    on.wire.receive(reply(bye, 200), MONITOR)
    sent = on.wire.receive(reply(asked, 200, body=SDP, flow=DOOR), DOOR)
    (offered,) = requests(sent, b"INVITE")
    on.wire.receive(reply(offered, 200, body=RESIDENT_SDP, flow=APP), APP)
    return on, leg


def test_after_the_transfer_requests_cross_between_the_two() -> None:
    """RFC 5589: the new call is a call like any other."""
    on, leg = transferred()
    data = in_dialog_of_callee("INFO", leg, APP, tag="app", body=b"x", content_type="a/b")

    (crossed,) = requests(on.wire.receive(data, APP), b"INFO")

    assert crossed.body == b"x"
    assert crossed.uri == b"sip:callee@192.0.2.1:5062"


def test_after_the_transfer_the_one_who_stayed_is_heard_too() -> None:
    """RFC 5589: requests and offers cross in either direction."""
    on, _ = transferred()

    info = requests(on.wire.receive(on.door("INFO", body=b"x", kind="a/b"), DOOR), b"INFO")
    offers = requests(on.wire.receive(on.door("INVITE", cseq=3, body=SDP), DOOR), b"INVITE")

    assert [m.uri for m in (*info, *offers)] == [b"sip:callee@192.0.2.12:5060"] * 2


@pytest.mark.parametrize("by_new", [True, False])
def test_after_the_caller_has_passed_the_call_on_requests_cross(by_new: bool) -> None:
    """RFC 5589 §6.1: the transferor may be the caller; two called phones then talk."""
    on = talk()
    on.wire.planner.stages = (stage("app", "app", kind="app"),)
    on.wire.contacts.flows["app"] = [APP]
    data = on.door("REFER", extra=("Refer-To: <sip:1002@doorline.test>",))
    (leg,) = requests(on.wire.receive(data, DOOR), b"INVITE")
    sent = on.wire.receive(reply(leg, 200, tag="app", body=RESIDENT_SDP, flow=APP), APP)
    (asked,) = requests(sent, b"INVITE")
    (offered,) = requests(on.wire.receive(reply(asked, 200, body=SDP), MONITOR), b"INVITE")
    on.wire.receive(reply(offered, 200, body=RESIDENT_SDP, flow=APP), APP)

    if by_new:
        data = in_dialog_of_callee("INFO", leg, APP, tag="app", body=b"x", content_type="a/b")
    else:
        data = on.monitor("INFO", body=b"x", kind="a/b")
    (crossed,) = requests(on.wire.receive(data, APP if by_new else MONITOR), b"INFO")

    assert crossed.uri.endswith(b"@192.0.2.11:5060" if by_new else b"@192.0.2.12:5060")


@pytest.mark.parametrize("method", ["INFO", "INVITE", "UPDATE"])
def test_whoever_has_passed_the_call_on_says_nothing_more_in_it(method: str) -> None:
    """RFC 5407 §3.3.3: our BYE is on its way to it; 481."""
    on = talk()
    answer(on, rings(on, refer(on)))

    sent = on.wire.receive(on.monitor(method, cseq=2, body=SDP), MONITOR)

    assert [(m.status, m.cseq.method) for m in responses(sent)] == [(481, method.encode())]
    assert requests(sent, method.encode()) == []


def test_either_of_the_two_may_hang_up_and_nothing_is_left() -> None:
    """RFC 3261 §15: the BYE of one is told to the other."""
    on, _ = transferred()

    sent = on.wire.receive(on.door("BYE"), DOOR)
    (bye,) = requests(sent, b"BYE")
    on.wire.receive(reply(bye, 200, tag="app"), APP)
    on.wire.advance(80.0)

    assert bye.uri == b"sip:callee@192.0.2.12:5060"
    assert on.wire.remains == {}


def test_when_the_referrer_has_left_nothing_crosses_until_somebody_answers() -> None:
    """RFC 3261 §12.2.1: its dialog is over."""
    on = talk()
    rings(on, refer(on))
    on.wire.receive(on.monitor("BYE", cseq=2), MONITOR)

    sent = on.wire.receive(on.door("INFO", body=b"x", kind="a/b"), DOOR)

    assert [(flow, m.status) for m, flow in sent if isinstance(m, Response)] == [(DOOR, 480)]
    assert requests(sent, b"INFO") == []


def test_the_referrer_may_hang_up_while_the_new_phone_rings() -> None:
    """RFC 5589 §6.1: an unattended transfer: the one who stays waits for the new phone."""
    on = talk()
    leg = rings(on, refer(on))

    left = on.wire.receive(on.monitor("BYE", cseq=2), MONITOR)
    sent = answer(on, leg)

    assert sent_to(left, MONITOR) == [(200, b"BYE")]
    assert sent_to(left, DOOR) == []
    assert requests(sent, b"NOTIFY") == []
    assert [m.uri for m in requests(sent, b"INVITE")] == [b"sip:1000000001@192.0.2.1:5062"]


def test_when_nobody_answers_the_call_goes_on_as_it_was() -> None:
    """§2.4.5: the NOTIFY tells the failure; the referrer may take the call back."""
    on = talk()
    leg = rings(on, refer(on))

    sent = on.wire.receive(reply(leg, 486, tag="app"), APP)
    info = on.monitor("INFO", cseq=2, body=b"x", kind="a/b")
    crossed = requests(on.wire.receive(info, MONITOR), b"INFO")

    assert told(sent) == [b"SIP/2.0 486 Busy Here"]
    assert [m.uri for m in crossed] == [b"sip:1000000001@192.0.2.1:5062"]
    assert on.wire.endpoint.active_calls == 1


def test_the_failure_that_is_told_is_that_of_the_transfer_alone() -> None:
    """§2.4.5: what a phone has said when the call was new has nothing to do with the REFER."""
    both = stage("app+indoor", "monitor", "app")
    wire = Wire(both, contacts={"monitor": [MONITOR], "app": [APP]})
    monitor, app = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(app, 486, tag="app"), APP)
    (answered,) = responses(wire.receive(reply(monitor, 200, body=SDP, flow=MONITOR), MONITOR))
    wire.receive(ack(answered, DOOR), DOOR)
    on = Talk(wire, monitor, answered)
    rings(on, refer(on))

    assert told(wire.advance(30.1))[-1] == b"SIP/2.0 408 Request Timeout"


def test_when_nobody_answers_and_the_referrer_has_left_the_call_ends() -> None:
    """Nobody is left for the one who stays."""
    on = talk()
    leg = rings(on, refer(on))
    on.wire.receive(on.monitor("BYE", cseq=2), MONITOR)

    sent = on.wire.receive(reply(leg, 486, tag="app"), APP)

    assert (b"BYE", b"BYE") in sent_to(sent, DOOR)
    assert on.wire.endpoint.active_calls == 0


def test_when_the_one_who_stays_hangs_up_the_new_phone_stops_ringing() -> None:
    """RFC 3261 §9: what is not wanted any more is cancelled."""
    on = talk()
    rings(on, refer(on))

    sent = on.wire.receive(on.door("BYE"), DOOR)

    assert (b"CANCEL", b"CANCEL") in sent_to(sent, APP)
    assert (b"BYE", b"BYE") in sent_to(sent, MONITOR)


def test_a_target_that_cannot_be_reached_is_told_at_once() -> None:
    """§2.4.5: nobody is registered: 480."""
    on = talk()
    on.wire.planner.stages = (stage("app", "nobody"),)
    data = on.monitor("REFER", extra=("Refer-To: <sip:1002@doorline.test>",))

    sent = on.wire.receive(data, MONITOR)

    assert told(sent) == [b"SIP/2.0 100 Trying", b"SIP/2.0 480 Temporarily Unavailable"]


def test_what_the_referrer_may_not_call_it_may_not_transfer_to() -> None:
    """§5.1: policy; another site's number does not exist for this one."""
    on = talk()
    on.wire.planner.refusal = Refusal(404, "unknown_number", Party("indoor", "monitor"), "9")

    (refused,) = responses(refer(on))

    assert refused.status == 404
    assert on.wire.endpoint.active_calls == 1


@pytest.mark.parametrize(
    ("to", "status", "target"),
    [("<sip:9@doorline.test>", 404, "9"), ("<sip:1002@elsewhere.test>", 403, "1002")],
)
def test_a_refer_that_is_refused_is_on_record(to: str, status: int, target: str) -> None:
    """§2.4.2: a final response that refuses; the timeline says to whom, and with what."""
    on = talk()
    on.wire.planner.refusal = Refusal(404, "unknown_number", Party("indoor", "monitor"), "9")

    refer(on, to)

    began, ended = [
        f for f in on.wire.journal.facts if isinstance(f, TransferStarted | TransferEnded)
    ]
    assert isinstance(began, TransferStarted)
    assert isinstance(ended, TransferEnded)
    assert (began.kind, began.target, ended.kind, ended.status) == (
        "blind",
        target,
        "blind",
        status,
    )


def test_another_domain_is_refused() -> None:
    """§5: this server calls nobody elsewhere on behalf of a phone."""
    on = talk()

    (refused,) = responses(refer(on, "<sip:1002@elsewhere.test>"))

    assert refused.status == 403


@pytest.mark.parametrize(
    "to", ["", "<sip:", "<http://x>", "<sip:a@doorline.test>, <sip:b@doorline.test>"]
)
def test_a_refer_without_exactly_one_usable_target_is_400(to: str) -> None:
    """§2.4.1: "An agent ... with multiple Refer-To MUST respond with 400"."""
    on = talk()

    (refused,) = responses(refer(on, to))

    assert refused.status == 400


def test_another_method_than_invite_is_declined() -> None:
    """§2.4.2: the agent may decline; it does not let phones send requests through it."""
    on = talk()

    (refused,) = responses(refer(on, "<sip:1002@doorline.test;method=BYE>"))

    assert refused.status == 603


def test_one_transfer_at_a_time() -> None:
    """A second REFER has to wait; 491 says so."""
    on = talk()
    rings(on, refer(on))

    (refused,) = responses(refer(on, cseq=2))

    assert refused.status == 491


def test_while_the_two_still_negotiate_nobody_is_passed_on() -> None:
    """RFC 3261 §14.2: a re-INVITE is on its way to both."""
    on = talk()
    answer(on, rings(on, refer(on)))

    sent = on.wire.receive(on.door("REFER", extra=("Refer-To: <sip:1@doorline.test>",)), DOOR)

    assert sent_to(sent, DOOR) == [(491, b"REFER")]


def test_an_ack_that_comes_again_begins_no_second_negotiation() -> None:
    """RFC 3261 §13.2.2.4: whoever hears a 2xx again repeats its ACK."""
    on = talk()
    answer(on, rings(on, refer(on)))

    assert on.wire.receive(ack(on.answer, DOOR), DOOR) == []


def test_the_caller_may_refer_as_well() -> None:
    """§2.4: either side of the dialog."""
    on = talk()
    on.wire.planner.stages = (stage("app", "app", kind="app"),)
    on.wire.contacts.flows["app"] = [APP]
    data = on.door("REFER", extra=("Refer-To: <sip:1002@doorline.test>",))

    leg = rings(on, on.wire.receive(data, DOOR))
    sent = answer(on, leg)

    assert (leg.first(b"from") or b"").startswith(b'"monitor" <sip:monitor@doorline.test>')
    assert (b"BYE", b"BYE") in sent_to(sent, DOOR)
    assert [m.uri for m in requests(sent, b"INVITE")] == [b"sip:callee@192.0.2.11:5060"]


def test_a_refer_before_the_answer_is_refused() -> None:
    """§2.4.2: 403: there is nobody to be transferred yet."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    (ringing,) = responses(wire.receive(reply(leg, 180, flow=MONITOR), MONITOR))
    extra = ("Refer-To: <sip:1002@doorline.test>",)
    data = in_dialog_of_caller("REFER", ringing, DOOR, cseq=2, branch="z9hG4bKr", extra=extra)

    (refused,) = responses(wire.receive(data, DOOR))

    assert refused.status == 403


@pytest.mark.parametrize("by_caller", [True, False])
def test_a_refer_that_is_refused_while_it_rings_silences_no_phone(by_caller: bool) -> None:
    """§2.4.2: it is refused; what the phone says afterwards still crosses (RFC 3262 §3)."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    data = invite(DOOR, extra=("Supported: 100rel",))
    (leg,) = requests(wire.receive(data, DOOR), b"INVITE")
    (ringing,) = responses(wire.receive(reply(leg, 180, flow=MONITOR), MONITOR))
    to = ("Refer-To: <sip:1002@doorline.test>",)
    if by_caller:
        data = in_dialog_of_caller("REFER", ringing, DOOR, cseq=2, branch="z9hG4bKr", extra=to)
    else:
        data = in_dialog_of_callee("REFER", leg, MONITOR, branch="z9hG4bKr", extra=to)
    (refused,) = responses(wire.receive(data, DOOR if by_caller else MONITOR))

    extra = ("Require: 100rel", "RSeq: 1")
    sent = wire.receive(reply(leg, 183, body=SDP, flow=MONITOR, extra=extra), MONITOR)

    assert (refused.status, [(m.status, m.body) for m in responses(sent)]) == (403, [(183, SDP)])
