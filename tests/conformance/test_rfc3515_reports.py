"""RFC 3515 §2.4.4, RFC 4488, RFC 6665: what becomes of a transfer is told to who asked for it."""

import pytest

from tests.support.peers import reply
from tests.support.transfers import answer, refer, rings, told
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
