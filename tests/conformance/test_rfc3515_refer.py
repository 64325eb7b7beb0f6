"""RFC 3515 and RFC 5589: a party of a call passes it on."""

import pytest

from sipcore.b2bua.facts import TransferEnded, TransferStarted
from sipcore.b2bua.plan import Party, Refusal
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from tests.support.consultation import GUARD, RESIDENT, RESIDENT_SDP, Consultation
from tests.support.peers import (
    SDP,
    ack,
    in_dialog_of_callee,
    in_dialog_of_caller,
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

Sent = list[tuple[Request | Response, Flow]]


def refer(on: Talk, to: str = "<sip:1002@doorline.test>", *extra: str, cseq: int = 1) -> Sent:
    """The monitor passes the door on; the number it names rings the app."""
    on.wire.planner.stages = (stage("app", "app", kind="app"),)
    on.wire.contacts.flows["app"] = [APP]
    data = on.monitor("REFER", cseq=cseq, extra=(f"Refer-To: {to}", *extra))
    return on.wire.receive(data, MONITOR)


def told(sent: Sent) -> list[bytes]:
    """First lines of the sipfrag bodies of all NOTIFY."""
    return [notify.body.strip() for notify in requests(sent, b"NOTIFY")]


def rings(on: Talk, sent: Sent) -> Request:
    """The INVITE that the app got."""
    (leg,) = requests(sent, b"INVITE")
    on.wire.receive(reply(leg, 180, tag="app", flow=APP), APP)
    return leg


def answer(on: Talk, leg: Request) -> Sent:
    """The app answers."""
    return on.wire.receive(reply(leg, 200, tag="app", body=RESIDENT_SDP, flow=APP), APP)


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


def test_a_second_refer_names_itself_in_its_events() -> None:
    """§2.4.6: an id parameter with the CSeq number of its REFER."""
    on = talk()
    leg = rings(on, refer(on))
    on.wire.receive(reply(leg, 486, tag="app"), APP)

    (notify,) = requests(refer(on, cseq=7), b"NOTIFY")

    assert notify.first(b"event") == b"refer;id=7"


def test_a_referrer_that_wants_no_events_gets_none() -> None:
    """RFC 4488 §4: Refer-Sub: false is confirmed in the 202."""
    on = talk()

    sent = refer(on, "<sip:1002@doorline.test>", "Refer-Sub: false")

    assert responses(sent)[0].first(b"refer-sub") == b"false"
    assert requests(sent, b"NOTIFY") == []


def subscribe(on: Talk, *extra: str, cseq: int = 2) -> Sent:
    """The one who has referred speaks of its subscription."""
    return on.wire.receive(on.monitor("SUBSCRIBE", cseq=cseq, extra=extra), MONITOR)


def states(sent: Sent) -> list[bytes]:
    """Subscription-State of all NOTIFY."""
    return [notify.first(b"subscription-state") or b"" for notify in requests(sent, b"NOTIFY")]


def confirm(on: Talk, sent: Sent) -> None:
    """The one who has referred answers all NOTIFY."""
    for notify in requests(sent, b"NOTIFY"):
        on.wire.receive(reply(notify, 200, flow=MONITOR), MONITOR)


@pytest.mark.parametrize("event", ["refer", "refer;id=1"])
def test_expires_0_ends_the_subscription_and_not_the_transfer(event: str) -> None:
    """§2.4.4, RFC 6665 §4.2.1.4: 200, one last NOTIFY, then none."""
    on = talk()
    leg = rings(on, refer(on))

    sent = subscribe(on, f"Event: {event}", "Expires: 0")

    (accepted,) = responses(sent)
    assert (accepted.status, accepted.first(b"expires")) == (200, b"0")
    assert accepted.first(b"contact") is not None
    assert (told(sent), states(sent)) == ([b"SIP/2.0 180 Ringing"], [b"terminated;reason=timeout"])
    assert told(answer(on, leg)) == []


def test_a_subscribe_confirms_the_subscription() -> None:
    """RFC 6665 §4.2.1.2: 200 with what is granted, and the state at once."""
    on = talk()
    leg = rings(on, refer(on))

    sent = subscribe(on, "Event: refer", "Expires: 600")

    (accepted,) = responses(sent)
    assert (accepted.status, accepted.first(b"expires")) == (200, b"180")
    assert (told(sent), states(sent)) == ([b"SIP/2.0 180 Ringing"], [b"active;expires=180"])
    assert told(answer(on, leg)) == [b"SIP/2.0 200 OK"]


def test_a_subscription_that_is_not_refreshed_expires_and_the_transfer_goes_on() -> None:
    """RFC 6665 §4.2.2, §4.4.1: NOTIFY with `terminated;reason=timeout` when its time is over; what
    is left of it is said in each one before."""
    on = talk()
    on.wire.planner.stages = (stage("app", "app", timeout=600.0, kind="app"),)
    on.wire.contacts.flows["app"] = [APP]
    to = ("Refer-To: <sip:1002@doorline.test>",)
    sent = on.wire.receive(on.monitor("REFER", extra=to), MONITOR)
    (leg,) = requests(sent, b"INVITE")
    sent += on.wire.receive(reply(leg, 180, tag="app", flow=APP), APP)
    confirm(on, sent)
    on.wire.advance(10.0, 0.5)
    sent = subscribe(on, "Event: refer", "Expires: 600")
    assert states(sent) == [b"active;expires=180"]
    confirm(on, sent)

    early = on.wire.advance(179.0, 0.5)
    sent = on.wire.advance(1.1, 0.5)

    assert states(early) == []
    assert (told(sent), states(sent)) == ([b"SIP/2.0 180 Ringing"], [b"terminated;reason=timeout"])
    assert told(answer(on, leg)) == []
    (refused,) = responses(subscribe(on, "Event: refer", "Expires: 600", cseq=3))
    assert refused.status == 481


def test_what_a_notify_says_is_left_of_the_subscription_is_left() -> None:
    """RFC 6665 §4.2.2: the expires parameter is the time that remains."""
    on = talk()
    (leg,) = requests(refer(on), b"INVITE")
    on.wire.advance(10.0, 0.5)

    sent = on.wire.receive(reply(leg, 180, tag="app", flow=APP), APP)

    assert states(sent) == [b"active;expires=170"]


@pytest.mark.parametrize(("event", "status"), [("dialog", 489), ("refer", 481)])
def test_nothing_but_a_refer_can_be_subscribed_to_in_a_call(event: str, status: int) -> None:
    """RFC 6665 §4.2.1.2; Allow names SUBSCRIBE (RFC 3261 §13.2.1), so it is not 405."""
    on = talk()

    (refused,) = responses(subscribe(on, f"Event: {event}", "Expires: 600"))

    assert (refused.status, b"SUBSCRIBE" in on.answer.values(b"allow")) == (status, True)
    assert refused.first(b"allow-events") == (b"refer" if status == 489 else None)


def test_a_subscribe_that_is_accepted_is_a_target_refresh() -> None:
    """RFC 6665 §3."""
    on = talk()
    refer(on)
    was, moved = (f"sip:callee@{MONITOR.host}:{port}".encode() for port in (MONITOR.port, 5099))
    data = on.monitor("SUBSCRIBE", cseq=2, extra=("Event: refer", "Expires: 600"))

    (notify,) = requests(on.wire.receive(data.replace(was, moved), MONITOR), b"NOTIFY")

    assert notify.uri == moved


def test_a_shorter_subscription_is_423_with_the_least() -> None:
    """RFC 6665 §4.2.1.1; RFC 6141 §4.6: what is refused moves no target."""
    on = talk()
    refer(on)

    (refused,) = responses(subscribe(on, "Event: refer", "Expires: 5"))

    assert (refused.status, refused.first(b"min-expires")) == (423, b"180")


@pytest.mark.parametrize(
    ("event", "status"), [("refer;id=7", 481), ("presence", 489), ("refer;=1", 400)]
)
def test_a_subscription_that_no_refer_has_made_is_none(event: str, status: int) -> None:
    """RFC 6665 §4.4.1."""
    on = talk()
    refer(on)

    sent = subscribe(on, f"Event: {event}", "Expires: 0")

    assert ([one.status for one in responses(sent)], told(sent)) == ([status], [])


def test_only_the_one_who_has_referred_has_a_subscription() -> None:
    """RFC 3515 §2.4.4: the REFER makes it, in the dialog of whoever sent it."""
    on = talk()
    refer(on)

    sent = on.wire.receive(on.door("SUBSCRIBE", extra=("Event: refer", "Expires: 600")), DOOR)

    assert sent_to(sent, DOOR) == [(481, b"SUBSCRIBE")]


@pytest.mark.parametrize("status", [404, 405, 410, 416, 480, 481, 482, 485, 489, 501, 604])
def test_a_refused_notify_ends_the_subscription_and_not_the_call(status: int) -> None:
    """RFC 6665 §4.2.2: these answers MUST remove it; RFC 5057 §5.1: they remove nothing else."""
    on = talk()
    sent = refer(on)
    (notify,) = requests(sent, b"NOTIFY")
    on.wire.receive(reply(notify, status), MONITOR)

    leg = rings(on, sent)

    assert told(answer(on, leg)) == []
    assert on.wire.endpoint.active_calls == 1


def test_a_notify_that_fails_for_the_moment_ends_nothing() -> None:
    """RFC 6665 §4.2.2."""
    on = talk()
    sent = refer(on)
    (notify,) = requests(sent, b"NOTIFY")
    on.wire.receive(reply(notify, 500), MONITOR)

    assert told(answer(on, rings(on, sent))) == [b"SIP/2.0 200 OK"]


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


def test_a_refer_before_the_answer_is_refused() -> None:
    """§2.4.2: 403: there is nobody to be transferred yet."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    (ringing,) = responses(wire.receive(reply(leg, 180, flow=MONITOR), MONITOR))
    extra = ("Refer-To: <sip:1002@doorline.test>",)
    data = in_dialog_of_caller("REFER", ringing, DOOR, cseq=2, branch="z9hG4bKr", extra=extra)

    (refused,) = responses(wire.receive(data, DOOR))

    assert refused.status == 403


# -- attended (RFC 5589 §7, RFC 3891) --------------------------------------------------------------


def test_an_attended_transfer_joins_the_two_others() -> None:
    """RFC 5589 §7.3: Refer-To with Replaces names the referrer's other dialog."""
    on = Consultation()

    sent = on.refer()

    assert told(sent) == [b"SIP/2.0 100 Trying", b"SIP/2.0 200 OK"]
    assert sent_to(sent, GUARD).count((b"BYE", b"BYE")) == 2  # in both its calls
    (asked,) = requests(sent, b"INVITE")
    assert asked.uri == b"sip:1000000001@192.0.2.1:5062"
    (offered,) = requests(on.wire.receive(reply(asked, 200, body=SDP, flow=DOOR), DOOR), b"INVITE")
    assert (offered.uri, offered.body) == (b"sip:callee@192.0.2.22:5060", SDP)
    done = on.wire.receive(reply(offered, 200, body=RESIDENT_SDP, flow=RESIDENT), RESIDENT)
    assert {m.uri for m in requests(done, b"ACK")} == {
        b"sip:callee@192.0.2.22:5060",
        b"sip:callee@192.0.2.1:5062",
    }
    assert on.wire.endpoint.active_calls == 1


def test_after_an_attended_transfer_a_bye_ends_both_and_nothing_is_left() -> None:
    """RFC 3261 §15."""
    on = Consultation()
    sent = on.refer()
    for request, flow in sent:
        if isinstance(request, Request) and request.method in (b"BYE", b"NOTIFY"):
            on.wire.receive(reply(request, 200), flow)
    (asked,) = requests(sent, b"INVITE")
    (offered,) = requests(on.wire.receive(reply(asked, 200, body=SDP, flow=DOOR), DOOR), b"INVITE")
    on.wire.receive(reply(offered, 200, body=RESIDENT_SDP, flow=RESIDENT), RESIDENT)
    data = in_dialog_of_callee("BYE", on.resident_leg, RESIDENT, tag="res")

    sent = on.wire.receive(data, RESIDENT)
    (bye,) = requests(sent, b"BYE")
    on.wire.receive(reply(bye, 200), DOOR)
    on.wire.advance(80.0)

    assert bye.uri == b"sip:callee@192.0.2.1:5062"
    assert on.wire.remains == {}


@pytest.mark.parametrize("replaces", ["no%3Bto-tag%3Dsuch%3Bfrom-tag%3Ddialog"])
def test_a_replaces_that_names_nothing_is_told_481(replaces: str) -> None:
    """RFC 3891 §3: no match: 481; the call goes on as it was."""
    on = Consultation()

    sent = on.refer(replaces)

    assert told(sent)[-1] == b"SIP/2.0 481 Call/Transaction Does Not Exist"
    assert on.wire.endpoint.active_calls == 2


def test_nobody_is_passed_on_to_the_call_that_it_is_in() -> None:
    """RFC 3891 §3: what is named has to be another dialog of the one who refers."""
    on = Consultation()
    leg = on.guard_leg
    call_id, tag = leg.call_id.decode().replace("@", "%40"), leg.from_tag.decode()

    sent = on.refer(f"{call_id}%3Bto-tag%3D{tag}%3Bfrom-tag%3Dcallee")

    assert told(sent)[-1] == b"SIP/2.0 481 Call/Transaction Does Not Exist"
    assert on.wire.endpoint.active_calls == 2


def test_a_stranger_to_the_other_call_cannot_take_it_over() -> None:
    """RFC 3891 §5: only a party of both dialogs may join them; across sites never."""
    on = Consultation()
    call = next(iter(on.wire.endpoint.switchboard.calls.values()))
    call.talkers.legs[1].party = Party("guard", "somebody-else")

    sent = on.refer()

    assert told(sent)[-1] == b"SIP/2.0 481 Call/Transaction Does Not Exist"
    assert on.wire.endpoint.active_calls == 2


def test_a_malformed_replaces_is_400() -> None:
    """RFC 3891 §6.1: to-tag and from-tag are needed."""
    on = Consultation()

    (refused,) = responses(on.refer("x%3Bto-tag%3D1"))

    assert refused.status == 400


def test_acks_of_repeated_answers_still_find_their_call() -> None:
    """RFC 3261 §13.2.2.4: the ACK is repeated for each repeated 2xx, also after the transfer."""
    on = Consultation()
    on.refer()
    data = reply(on.resident_leg, 200, tag="res", body=RESIDENT_SDP, flow=RESIDENT)

    assert sent_to(on.wire.receive(data, RESIDENT), RESIDENT) == [(b"ACK", b"ACK")]


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
